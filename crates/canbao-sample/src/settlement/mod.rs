//! Settlements: one row of the extract, whoever makes it.
//!
//! Three makers share the row: [`claims`] gives the people of a county a modest number each, [`stream`] writes an
//! extract of any size, [`likeness`] one whose sums are those that a bureau has published.

pub mod calendar;
pub mod claims;
pub mod figures;
pub mod likeness;
pub mod places;
pub mod stream;

use super::county::County;
use super::dirt::{BAD_CHECK, Dirt, fault, put_row};
use super::line::{Dialect, Line};
use super::number::Number;
use super::output::{Content, Output};
use super::record::Time;
use super::row::{Column, Fault, Row, SHORT, SURPLUS, Scope, Values};
use super::short::Short;
use super::{SampleError, SampleFile, folder, names};
use canbao_rules::period::{BenefitYear, Month, MonthSpan};
use figures::{Amounts, Care, Disease};
use likeness::{Copyist, Likeness};
use stream::{Stream, Written};

/// The columns of a plain settlement extract.
pub const COLUMNS: &[Column] = &[
    ("setl_id", "结算编号"),
    ("mdtrt_id", "就诊编号"),
    ("psn_no", "人员编号"),
    ("certno", "证件号码"),
    ("insutype", "险种"),
    ("insu_admdvs", "参保地区划"),
    ("mdtrtarea_admvs", "就医地"),
    ("fixmedins_code", "机构编码"),
    ("fixmedins_name", "机构名称"),
    ("med_type", "医疗类别"),
    ("dise_codg", "病种编码"),
    ("dise_name", "病种名称"),
    ("setl_time", "结算时间"),
    ("medfee_sumamt", "总费用"),
    ("inscp_scp_amt", "政策范围内金额"),
    ("fund_pay_sumamt", "基金支付"),
    ("acct_pay", "个人账户支付"),
    ("psn_cash_pay", "个人现金支付"),
    ("refd_setl_flag", "退费"),
    ("init_setl_id", "原结算编号"),
];

/// What goes wrong in settlement extracts.
pub const FAULTS: &[Fault] = &[
    BAD_CHECK,
    fault("setl_time", "2023-02-30 10:00:00", Scope::Anywhere),
    fault("fund_pay_sumamt", "", Scope::Anywhere),
    fault("medfee_sumamt", "12O.00", Scope::Anywhere),
    fault("insutype", "999", Scope::Mixed),
    fault(SHORT, "", Scope::Lines),
    fault("med_type", "", Scope::Anywhere),
    fault("insu_admdvs", "34032", Scope::Mixed),
    fault("inscp_scp_amt", "100.005", Scope::Mixed),
    fault("refd_setl_flag", "2", Scope::Mixed),
    fault(SURPLUS, "?", Scope::Lines),
    fault("setl_id", "", Scope::Anywhere),
];

/// The benefit year and the year before.
pub fn default_months(county: &County) -> MonthSpan {
    let year = BenefitYear(county.year);
    MonthSpan { first: year.before(1).months().first, last: year.months().last }
}

/// Writes so many rows, a file a month.
pub fn write_stream(seed: u64, rows: u64, span: MonthSpan, county: &County, output: Output<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let stream = Stream::new(seed, rows, span, county)?;
    let months = stream.calendar.months();
    months.map(|(month, rows)| write_month(month, (rows.start, rows.end), |row| stream.row(row), output)).collect()
}

/// Writes the rows of a likeness, a file a month.
pub fn write_likeness(seed: u64, likeness: Likeness, county: &County, output: Output<'_>) -> Result<Vec<SampleFile>, SampleError> {
    let copyist = Copyist::new(seed, likeness, county)?;
    let rows = copyist.rows()?;
    let mut start = 0;
    let months = rows.chunk_by(|one, next| one.month() == next.month()).map(|of_a_month| {
        let numbers = (start, start + of_a_month.len() as u64);
        start = numbers.1;
        write_month(of_a_month[0].month(), numbers, |row| rows[row as usize], output)
    });
    months.collect()
}

fn write_month<'a>(
    month: Month,
    numbers: (u64, u64),
    row: impl Fn(u64) -> Written<'a> + Sync,
    output: Output<'_>,
) -> Result<SampleFile, SampleError> {
    let name = format!("{}/{:04}-{:02}.csv", folder::SETTLEMENT, month.year(), month.number());
    output.text(Content { name: &name, header: COLUMNS, numbers }, Dialect::PLAIN, b"", |numbers, line: &mut Line| {
        for Written { settlement, fault } in numbers.map(&row) {
            put_row(line, &settlement, fault.map_or(Dirt::Clean, Dirt::Faulty), COLUMNS);
        }
    })
}

/// Whose settlement it is, as written.
#[derive(Debug, Clone, Copy)]
pub struct Patient {
    /// The person's number in the sample.
    pub index: u64,
    pub certificate: Short,
    /// `None` in a plain extract, which has no column for it.
    pub certificate_type: Option<&'static str>,
}

impl Patient {
    /// Somebody with a resident number in its usual form, in a plain extract.
    pub fn plain(index: u64, number: Number) -> Self {
        Self { index, certificate: number.text(), certificate_type: None }
    }
}

/// Whether a row reverses another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refund {
    No,
    /// Of the settlement with this number.
    Of(u64),
    /// Of a settlement that the row does not name.
    Unnamed,
}

/// One row of the settlement extract.
#[derive(Debug, Clone, Copy)]
pub struct Settlement<'a> {
    /// Tells settlements apart: `setl_id`.
    pub number: u64,
    /// The visit: a refund's is its original's.
    pub visit: u64,
    pub patient: Patient,
    /// `insutype`.
    pub insurance: u32,
    pub insured: u32,
    pub treated: u32,
    /// A number below 1000 for the hospital or pharmacy at the place of treatment.
    pub institution: u32,
    pub care: &'a Care,
    pub disease: Option<&'a Disease>,
    pub time: Time,
    pub amounts: Amounts,
    pub refund: Refund,
}

impl Settlement<'_> {
    /// The row that reverses so many hundredths of this one.
    #[must_use]
    pub fn refunded(&self, number: u64, time: Time, hundredths: i64) -> Self {
        Self { number, time, amounts: self.amounts.refunded(hundredths), refund: Refund::Of(self.number), ..*self }
    }
}

impl Values for Settlement<'_> {
    fn put<R: Row>(&self, row: &mut R) {
        row.text(numbered('S', self.number).as_str());
        row.text(numbered('M', self.visit).as_str());
        row.text(person_number(self.insured, self.patient.index).as_str());
        row.text(self.patient.certificate.as_str());
        if let Some(certificate_type) = self.patient.certificate_type {
            row.text(certificate_type);
        }
        row.integer(self.insurance.into());
        row.integer(self.insured.into());
        row.integer(self.treated.into());
        row.text(self.institution_code().as_str());
        row.text(names::institution(self.institution, self.care.pharmacy).as_str());
        row.text(&self.care.med_type);
        row.text(self.disease.map_or("", |disease| &disease.code));
        row.text(self.disease.map_or("", |disease| &disease.name));
        row.time(Some(self.time));
        for fen in [self.amounts.fee, self.amounts.in_scope, self.amounts.fund, self.amounts.account, self.amounts.cash] {
            row.amount(fen);
        }
        match self.refund {
            // Offices write either for a row that is no refund.
            Refund::No => row.text(if self.number.is_multiple_of(3) { "0" } else { "" }),
            Refund::Of(_) | Refund::Unnamed => row.text("1"),
        }
        match self.refund {
            Refund::Of(original) => row.text(numbered('S', original).as_str()),
            Refund::No | Refund::Unnamed => row.text(""),
        }
    }
}

impl Settlement<'_> {
    fn institution_code(&self) -> Short {
        let mut code = Short::default();
        code.push(if self.care.pharmacy { "P" } else { "H" });
        code.push_padded(self.treated.into(), 6);
        code.push_padded(self.institution.into(), 5);
        code
    }
}

/// `psn_no`: a person has one at each place of insurance.
pub fn person_number(area: u32, index: u64) -> Short {
    let mut number = Short::default();
    number.push_padded(area.into(), 6);
    number.push_padded(index + 1, 12);
    number
}

fn numbered(kind: char, number: u64) -> Short {
    let mut text = Short::default();
    text.push_byte(kind as u8);
    text.push_padded(number, 15);
    text
}
