//! The facts that rules take: plain values of one person, already checked by the readers.

use crate::money::Yuan;
use crate::period::{Day, Moment, MonthSpan};
use crate::policy::{Area, Category};

use super::codes::{Registration, Scheme, Source, Survival};

/// The input row behind a fact. A rule passes it on to its [`Trace`](super::Trace) and never looks into it: no decision
/// depends on where a row came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The extract.
    pub source: Source,
    /// The file and line in it, encoded by the reader.
    pub origin: u64,
}

/// One row of the extract `enrollment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The input row.
    pub row: Row,
    /// `psn_no`; decides where nothing else does.
    pub psn_no: &'a str,
    /// `insutype`.
    pub scheme: Scheme,
    /// `insu_admdvs`.
    pub area: Area,
    /// `accrym_begn` to `accrym_end`.
    pub months: MonthSpan,
    /// `psn_insu_stas` is 1.
    pub in_force: bool,
    /// `clct_flag` is 1.
    pub collected: bool,
    /// `revs_flag` is Z or empty: not reversed.
    pub not_reversed: bool,
    /// `clct_time`.
    pub paid_at: Option<Moment>,
    /// `psn_insu_date`.
    pub employed_since: Option<Day>,
    /// `psn_clct_amt`.
    pub personal: Option<Yuan>,
}

impl Record<'_> {
    /// The day of payment.
    #[inline]
    pub fn paid_on(&self) -> Option<Day> {
        self.paid_at.map(Moment::day)
    }

    /// What the person paid by this record; nothing where the record does not say.
    #[inline]
    pub fn personal_or_zero(&self) -> Yuan {
        self.personal.unwrap_or_default()
    }
}

/// One row of the extract `identity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentitySpan {
    /// The input row.
    pub row: Row,
    /// The category that the label means.
    pub category: Category,
    /// `begntime`.
    pub begin: Day,
    /// `endtime`, the last day; open where there is none.
    pub end: Option<Day>,
}

impl IdentitySpan {
    /// Whether the category is in force on a day: begun, and not ended before it.
    #[inline]
    pub fn in_force(&self, on: Day) -> bool {
        self.begin <= on && self.end.is_none_or(|end| end >= on)
    }
}

/// The row of the extract `student`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schooling {
    /// The input row.
    pub row: Row,
    /// The first six digits of `school_admdvs`.
    pub school: Area,
    /// `begntime`.
    pub begin: Day,
    /// `endtime`, the last day; open where there is none.
    pub end: Option<Day>,
}

impl Schooling {
    /// Whether the person is at school on a day.
    #[inline]
    pub fn in_force(&self, on: Day) -> bool {
        self.begin <= on && self.end.is_none_or(|end| end >= on)
    }
}

/// The row of the extract `household`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residence {
    /// The input row.
    pub row: Row,
    /// The first six digits of `resd_admdvs`.
    pub area: Area,
    /// `regi_type`.
    pub registration: Registration,
    /// `surv_stas`.
    pub survival: Survival,
}

/// One row of the extract `payment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// The input row.
    pub row: Row,
    /// `clct_year`, the benefit year that is paid for.
    pub year: i32,
    /// `pay_time`.
    pub paid_at: Moment,
    /// `pay_amt`.
    pub amount: Yuan,
    /// `pay_stas` is 1: it arrived and was not given back.
    pub succeeded: bool,
}

/// One used row of the extract `settlement` of one of the two schemes, up to the logical date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The input row.
    pub row: Row,
    /// The calendar year of `setl_time`.
    pub year: i32,
    /// `fund_pay_sumamt`; less than nothing where the row is a refund.
    pub fund: Yuan,
}

/// One row of the extract `incentive_use`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpliftUse {
    /// The input row.
    pub row: Row,
    /// `year`.
    pub year: i32,
}
