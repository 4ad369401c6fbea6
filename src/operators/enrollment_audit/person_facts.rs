//! One person as the rules see him: the rows of all sources turned into facts.

use std::fmt;

use arrow_array::builder::StringBuilder;
use arrow_array::types::UInt64Type;

use super::codes::Codes;
use super::columns::{Enrollment, Household, Identity, IncentiveUse, Numbers, Payment as PaymentColumns, Settlement, Student};
use canbao_rules::identity::{DivisionCode, OtherCertificates, PersonKey};
use canbao_rules::period::{Day, MonthSpan};
use canbao_rules::policy::{Area, Category, CategorySet, Policy};
use canbao_rules::rules::history::EnrolledYears;
use canbao_rules::rules::{
    Claim, IdentitySpan, Payment, Record, Residence, Row, Scheme, Schooling, Source, Survival, Trace, UpliftUse, categories, eligibility,
    validity,
};
use canbao_sources::population::{PersonRows, Population};

/// The sources, in the order in which a person's rows are named.
pub(super) const HOUSEHOLD: usize = 0;
pub(super) const STUDENT: usize = 1;
pub(super) const IDENTITY: usize = 2;
/// Enrollment rows that may count for the benefit year, with all their columns.
pub(super) const RECORDS: usize = 3;
/// Enrollment rows of other years, with what history asks.
pub(super) const HISTORY: usize = 4;
pub(super) const PAYMENT: usize = 5;
/// Settlements of the two schemes up to the logical date, where the policy has incentives.
pub(super) const SETTLEMENT: usize = 6;
pub(super) const INCENTIVE_USE: usize = 7;
/// How many sources there are.
pub(super) const SOURCES: usize = 8;

/// The columns of all sources.
pub(super) struct Sources<'a> {
    pub household: Household<'a>,
    pub student: Student<'a>,
    pub identity: Identity<'a>,
    pub records: Enrollment<'a>,
    pub history: Enrollment<'a>,
    pub payment: PaymentColumns<'a>,
    pub settlement: Settlement<'a>,
    pub incentive_use: IncentiveUse<'a>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(population: &'a Population<SOURCES>) -> Self {
        let batch = |source: usize| &population.sources[source].batch;
        Self {
            household: Household::of(batch(HOUSEHOLD)),
            student: Student::of(batch(STUDENT)),
            identity: Identity::of(batch(IDENTITY)),
            records: Enrollment::of(batch(RECORDS)),
            history: Enrollment::of(batch(HISTORY)),
            payment: PaymentColumns::of(batch(PAYMENT)),
            settlement: Settlement::of(batch(SETTLEMENT)),
            incentive_use: IncentiveUse::of(batch(INCENTIVE_USE)),
        }
    }
}

/// What is the same for everybody.
pub(super) struct Context<'a> {
    pub policy: &'a Policy,
    pub on: Day,
    pub codes: &'a Codes,
    pub certificates: &'a OtherCertificates,
    pub sources: &'a Sources<'a>,
}

/// A person's facts of several rows; one set is used for all persons of a cohort, so that nobody costs an allocation.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// All identity rows.
    pub identities: Vec<IdentitySpan>,
    /// All enrollment records, those that may count for the year first.
    pub records: Vec<Record<'a>>,
    /// The records that are valid for the year.
    pub valid: Vec<Record<'a>>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// The settlements.
    pub claims: Vec<Claim>,
    /// The uses of incentives.
    pub uses: Vec<UpliftUse>,
    covered_by: Vec<Cover>,
}

/// One person, put together.
#[derive(Debug)]
pub(super) struct Person<'a> {
    pub certno: &'a str,
    pub name: Option<&'a str>,
    pub gender: Option<&'a str>,
    pub born: Option<Day>,
    pub residence_code: Option<DivisionCode>,
    pub residence: Option<Residence>,
    pub schooling: Option<Schooling>,
    /// The categories in force on the logical date.
    pub categories: CategorySet,
    pub student: bool,
    pub eligible: bool,
    pub covered_by: &'a [Cover],
    pub enrolled_here: bool,
    pub years: EnrolledYears,
    /// Whether the birth date of the household row is not that of the number.
    pub births_differ: bool,
}

/// A scheme and a place in which a person is covered; sorts like its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cover {
    scheme: Scheme,
    area: Area,
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.scheme.as_str(), self.area)
    }
}

impl Person<'_> {
    /// Whether household says the person is dead.
    pub(super) fn is_dead(&self) -> bool {
        self.residence.is_some_and(|r| r.survival == Survival::Dead)
    }

    /// Whether `person` has a row for him: seen in household, at a school here, or enrolled here.
    pub(super) fn is_listed(&self, policy: &Policy) -> bool {
        self.residence.is_some() || self.enrolled_here || self.schooling.is_some_and(|s| policy.region.covers(s.school))
    }

    /// The first nine digits of the residence's code.
    pub(super) fn township(&self) -> Option<u32> {
        self.residence_code.and_then(DivisionCode::township)
    }

    pub(super) fn write_township(&self, column: &mut StringBuilder) {
        append(column, self.township().map(Township));
    }
}

/// A township's code; writes nine digits.
pub(super) struct Township(pub u32);

impl fmt::Display for Township {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

/// Appends what a value writes, or null.
pub(super) fn append(column: &mut StringBuilder, value: Option<impl fmt::Display>) {
    use fmt::Write;
    match value {
        Some(value) => {
            // Writing into a string builder cannot fail; the empty value ends the text written before it.
            let _ = write!(column, "{value}");
            column.append_value("");
        }
        None => column.append_null(),
    }
}

impl<'a> Facts<'a> {
    /// Turns the person's rows into facts.
    pub(super) fn gather(&mut self, rows: &PersonRows<SOURCES>, context: &Context<'a>, trace: &mut impl Trace) {
        let sources = context.sources;
        self.identities.clear();
        for row in rows.rows[IDENTITY].clone() {
            let category = sources.identity.category.get(row).and_then(Category::from_index);
            if let (Some(category), Some(begin)) = (category, sources.identity.begin.day(row)) {
                let end = sources.identity.end.day(row);
                self.identities.push(IdentitySpan { row: input(Source::Identity, sources.identity.origin, row), category, begin, end });
            }
        }
        self.records.clear();
        self.records.extend(rows.rows[RECORDS].clone().filter_map(|row| record(&sources.records, row, context.codes)));
        self.valid.clear();
        self.valid.extend(self.records.iter().filter(|r| validity::judge(r, context.policy, context.on, trace)));
        self.records.extend(rows.rows[HISTORY].clone().filter_map(|row| record(&sources.history, row, context.codes)));
        self.covered_by.clear();
        self.covered_by.extend(self.valid.iter().map(|r| Cover { scheme: r.scheme, area: r.area }));
        self.covered_by.sort_unstable();
        self.covered_by.dedup();
        self.payments.clear();
        self.payments.extend(rows.rows[PAYMENT].clone().filter_map(|row| payment(&sources.payment, row, context.codes)));
        self.claims.clear();
        self.claims.extend(rows.rows[SETTLEMENT].clone().filter_map(|row| claim(&sources.settlement, row)));
        self.uses.clear();
        self.uses.extend(rows.rows[INCENTIVE_USE].clone().filter_map(|row| {
            let year = sources.incentive_use.year.get(row)?;
            Some(UpliftUse { row: input(Source::IncentiveUse, sources.incentive_use.origin, row), year })
        }));
    }

    /// Puts the person together. `certno` holds the text of the key.
    pub(super) fn person<'p>(
        &'p self,
        rows: &PersonRows<SOURCES>,
        certno: &'p str,
        context: &Context<'p>,
        trace: &mut impl Trace,
    ) -> Person<'p> {
        let Context { policy, on, codes, sources, .. } = *context;
        let home = rows.rows[HOUSEHOLD].clone().next();
        let school = rows.rows[STUDENT].clone().next();
        let residence_code = home.and_then(|row| sources.household.residence.get(row)).map(DivisionCode::from_packed);
        let residence = home.zip(residence_code).and_then(|(row, code)| {
            let registration = codes.registration(sources.household.registration.get(row)?)?;
            let survival = codes.survival(sources.household.survival.get(row)?)?;
            let input = input(Source::Household, sources.household.origin, row);
            Some(Residence { row: input, area: Area::new(code.county()), registration, survival })
        });
        let schooling = school.and_then(|row| {
            let code = DivisionCode::from_packed(sources.student.school.get(row)?);
            Some(Schooling {
                row: input(Source::Student, sources.student.origin, row),
                school: Area::new(code.county()),
                begin: sources.student.begin.day(row)?,
                end: sources.student.end.day(row),
            })
        });
        let number = rows.key.resident();
        let stated = home.and_then(|row| sources.household.born.day(row));
        let born = number.map(|n| n.born()).or(stated);
        let gender = match (home, number) {
            (Some(row), _) => sources.household.gender.get(row),
            (None, Some(number)) => Some(if number.is_male() { "1" } else { "2" }),
            (None, None) => None,
        };
        let categories = categories::in_force(&self.identities, on, trace);
        Person {
            certno,
            name: name(rows, sources),
            gender,
            born,
            residence_code,
            residence,
            schooling,
            categories,
            student: eligibility::is_student(schooling.as_ref(), on, trace),
            eligible: eligibility::is_eligible(residence.as_ref(), schooling.as_ref(), categories, policy, on, trace),
            covered_by: &self.covered_by,
            enrolled_here: self.valid.iter().any(|r| validity::is_valid_here(r, policy, on)),
            years: EnrolledYears::of_any_scheme(&self.records, policy, on, trace),
            births_differ: stated.zip(number).is_some_and(|(stated, number)| stated != number.born()),
        }
    }
}

/// A name is what household says, else student, else enrollment (its first row with one), else identity.
fn name<'a>(rows: &PersonRows<SOURCES>, sources: &Sources<'a>) -> Option<&'a str> {
    let home = rows.rows[HOUSEHOLD].clone().next().and_then(|row| sources.household.name.get(row));
    let school = || rows.rows[STUDENT].clone().next().and_then(|row| sources.student.name.get(row));
    let enrolled = || {
        let first = |columns: &Enrollment<'a>, rows: std::ops::Range<usize>| {
            rows.into_iter().find_map(|row| Some((columns.origin.get(row)?, columns.name.get(row)?)))
        };
        let recent = first(&sources.records, rows.rows[RECORDS].clone());
        let past = first(&sources.history, rows.rows[HISTORY].clone());
        recent.into_iter().chain(past).min_by_key(|(origin, _)| *origin).map(|(_, name)| name)
    };
    let identified = || rows.rows[IDENTITY].clone().find_map(|row| sources.identity.name.get(row));
    home.or_else(school).or_else(enrolled).or_else(identified)
}

/// A record of one of the two schemes; other kinds of insurance play no part.
pub(super) fn record<'a>(columns: &Enrollment<'a>, row: usize, codes: &Codes) -> Option<Record<'a>> {
    Some(Record {
        row: input(Source::Enrollment, columns.origin, row),
        psn_no: columns.psn_no.get(row).unwrap_or_default(),
        scheme: codes.scheme(columns.scheme.get(row)?)?,
        area: Area::new(columns.area.get(row).unwrap_or_default()),
        months: MonthSpan::new(columns.first.month(row)?, columns.last.month(row)?)?,
        in_force: columns.in_force.is_set(row),
        collected: columns.collected.is_set(row),
        not_reversed: columns.not_reversed.is_set(row),
        paid_at: columns.paid_at.moment(row),
        employed_since: columns.employed_since.day(row),
        personal: columns.personal.yuan(row),
    })
}

fn payment(columns: &PaymentColumns<'_>, row: usize, codes: &Codes) -> Option<Payment> {
    Some(Payment {
        row: input(Source::Payment, columns.origin, row),
        year: columns.year.get(row)?,
        paid_at: columns.paid_at.moment(row)?,
        amount: columns.amount.yuan(row)?,
        succeeded: codes.succeeded(columns.status.get(row)?),
    })
}

fn claim(columns: &Settlement<'_>, row: usize) -> Option<Claim> {
    Some(Claim {
        row: input(Source::Settlement, columns.origin, row),
        year: columns.settled_at.moment(row)?.day().year(),
        fund: columns.fund.yuan(row)?,
    })
}

/// The input row behind a row of a sorted source.
pub(super) fn input(source: Source, origins: Numbers<'_, UInt64Type>, row: usize) -> Row {
    Row { source, origin: origins.get(row).unwrap_or_default() }
}

/// The text of a person's number: written into `buffer` for residents.
pub(super) fn certno<'a>(key: PersonKey, certificates: &'a OtherCertificates, buffer: &'a mut [u8; 18]) -> &'a str {
    match key.resident() {
        Some(number) => {
            number.write(buffer);
            std::str::from_utf8(buffer).unwrap_or_default()
        }
        None => certificates.number(key).unwrap_or_default(),
    }
}
