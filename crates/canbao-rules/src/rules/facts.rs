//! What rules are told: plain values of one person, already checked by the readers.

use crate::money::Yuan;
use crate::period::{Day, Moment, MonthSpan};
use crate::policy::{Area, Category};

/// The extract that a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// 户籍与居住证人口
    Household,
    /// 身份类别
    Identity,
    /// 参保缴费
    Enrollment,
    /// 学籍
    Student,
    /// 税务到账
    Payment,
    /// 个人账户共济代缴
    MutualAid,
    /// 结算
    Settlement,
    /// 激励额度使用
    IncentiveUse,
}

impl Source {
    /// The extract's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Identity => "identity",
            Self::Enrollment => "enrollment",
            Self::Student => "student",
            Self::Payment => "payment",
            Self::MutualAid => "mutual_aid",
            Self::Settlement => "settlement",
            Self::IncentiveUse => "incentive_use",
        }
    }
}

/// The input row behind a fact. A rule hands it on to its [`Trace`](super::Trace) and never looks into it: no decision
/// depends on where a row stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The extract.
    pub source: Source,
    /// The place in it, in the reader's own numbers.
    pub place: u64,
}

/// The scheme of an enrollment record. Records of other kinds of insurance play no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// 310 职工
    Employee,
    /// 390 居民
    Resident,
}

impl Scheme {
    /// The platform's code (`insutype`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employee => "310",
            Self::Resident => "390",
        }
    }

    /// The scheme with this code, if it is one of the two.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "310" => Some(Self::Employee),
            "390" => Some(Self::Resident),
            _ => None,
        }
    }
}

/// One row of the extract `enrollment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it stands.
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
    pub standing: bool,
    /// `clct_time`.
    pub paid_at: Option<Moment>,
    /// `psn_insu_date`.
    pub employed_since: Option<Day>,
    /// `psn_clct_amt`.
    pub personal: Option<Yuan>,
}

impl Record<'_> {
    /// The day of payment.
    pub fn paid_on(&self) -> Option<Day> {
        self.paid_at.map(Moment::day)
    }

    /// What the person paid by this record; nothing where the record does not say.
    pub fn personal_or_zero(&self) -> Yuan {
        self.personal.unwrap_or_default()
    }
}

/// One row of the extract `identity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentitySpan {
    /// Where it stands.
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
    pub fn in_force(&self, on: Day) -> bool {
        self.begin <= on && self.end.is_none_or(|end| end >= on)
    }
}

/// The row of the extract `student`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schooling {
    /// Where it stands.
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
    pub fn in_force(&self, on: Day) -> bool {
        self.begin <= on && self.end.is_none_or(|end| end >= on)
    }
}

/// `regi_type`: on what ground the police know the person here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registration {
    /// 1 户籍
    Household,
    /// 2 居住证
    Permit,
}

impl Registration {
    /// The platform's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "1",
            Self::Permit => "2",
        }
    }

    /// What this code means.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Household, Self::Permit].into_iter().find(|known| known.as_str() == code)
    }
}

/// `surv_stas`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Survival {
    /// 1 正常
    Alive,
    /// 2 死亡
    Dead,
    /// 3 收监
    Imprisoned,
    /// 4 失踪
    Missing,
    /// 9 不明
    Unknown,
}

impl Survival {
    /// The platform's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "1",
            Self::Dead => "2",
            Self::Imprisoned => "3",
            Self::Missing => "4",
            Self::Unknown => "9",
        }
    }

    /// What this code means.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Alive, Self::Dead, Self::Imprisoned, Self::Missing, Self::Unknown].into_iter().find(|known| known.as_str() == code)
    }
}

/// The row of the extract `household`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residence {
    /// Where it stands.
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
    /// Where it stands.
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
    /// Where it stands.
    pub row: Row,
    /// The calendar year of `setl_time`.
    pub year: i32,
    /// `fund_pay_sumamt`; less than nothing where the row is a refund.
    pub fund: Yuan,
}

/// One row of the extract `incentive_use`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Where it stands.
    pub row: Row,
    /// `year`.
    pub year: i32,
}
