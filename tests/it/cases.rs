//! Policy cases as data: `tests/cases/*.yaml`, each read by people, run by this harness over the pure rules.
//!
//! A case gives a region, a date and one person's facts, and states what it expects of some decisions.
//! Only what it states is compared; a key that no decision has fails the case, and so does a key that no
//! fact has. `tests/cases/README.md` says how to write one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use canbao::money::Yuan;
use canbao::period::{Day, Moment, Month, MonthSpan};
use canbao::policy::{Area, CategorySet, Packs, Policy};
use canbao::rules::benefit_period::{Circumstances, benefit_period};
use canbao::rules::duplicates;
use canbao::rules::history::Years;
use canbao::rules::missed::Standing;
use canbao::rules::reconciliation::reconcile;
use canbao::rules::validity::{is_valid, is_valid_here};
use canbao::rules::{IdentitySpan, Payment, Record, Registration, Residence, Row, Scheme, Schooling, Silent, Source, Survival};
use canbao::rules::{categories, eligibility, missed, progress, subsidy};
use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The paragraph that the case tests.
    paragraph: String,
    region: Text,
    date: String,
    #[serde(default)]
    year: Option<i32>,
    #[serde(default)]
    person: Person,
    #[serde(default)]
    townships: Vec<Township>,
    expect: BTreeMap<String, Value>,
}

/// A word or a number, as its text.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
struct Text(String);

impl From<Value> for Text {
    fn from(value: Value) -> Self {
        Self(show(&value))
    }
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    born: Option<String>,
    /// The area of the household row; at home in the region where the case says nothing, `none` for no row.
    residence: Option<Text>,
    registration: Option<String>,
    survival: Option<String>,
    student: Option<Student>,
    #[serde(default)]
    identities: Vec<Identity>,
    #[serde(default)]
    records: Vec<Enrollment>,
    #[serde(default)]
    payments: Vec<Paid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Student {
    school: u32,
    begin: String,
    end: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    label: String,
    begin: String,
    end: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrollment {
    no: Option<Text>,
    scheme: Option<Text>,
    area: Option<u32>,
    months: Option<String>,
    in_force: Option<bool>,
    collected: Option<bool>,
    standing: Option<bool>,
    paid: Option<String>,
    since: Option<String>,
    amount: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paid {
    year: Option<i32>,
    paid: String,
    amount: Text,
    succeeded: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Township {
    enrolled: i64,
    eligible: Option<i64>,
    target: Option<i64>,
}

#[test]
fn every_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let packs = Packs::shipped().unwrap();
    let (mut count, mut failures) = (0, String::new());
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "yaml")) {
        let short = file.file_name().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(file).unwrap();
        let cases: Vec<Case> = serde_yaml_ng::from_str(&text).unwrap_or_else(|e| panic!("{short}: {e}"));
        for case in cases {
            count += 1;
            let decided = decide(&case, &packs);
            for (key, expected) in &case.expect {
                let actual = decided.get(key.as_str()).unwrap_or(&Value::Null);
                if !agrees(expected, actual) {
                    let _ = writeln!(
                        failures,
                        "{short}: {} ({}): {key}\n  expected {}\n  decided  {}",
                        case.name,
                        case.paragraph,
                        show(expected),
                        show(actual)
                    );
                }
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(count >= 90, "only {count} cases");
}

/// Every decision on the case's person, by the name of the dataset.
fn decide(case: &Case, packs: &Packs) -> BTreeMap<&'static str, Value> {
    let on = day(&case.date);
    let pack = packs.by_region(&case.region).unwrap();
    let policy = match case.year {
        Some(year) => pack.policy_for(canbao::period::BenefitYear(year)).unwrap(),
        None => pack.policy_on(on).unwrap_or_else(|e| panic!("{}: {e}", case.name)),
    };
    let facts = Facts::of(case, policy);
    let records = facts.records(case, policy);
    let in_force = categories::in_force(&facts.identities, on, &mut Silent);
    BTreeMap::from([
        ("person", person(&facts, &records, in_force, policy, on)),
        ("missed", missed_ledgers(&facts, &records, in_force, policy, on)),
        ("subsidy", subsidy_row(in_force, policy)),
        ("duplicates", findings(&facts, &records, policy, on)),
        ("benefit_period", periods(&facts, &records, policy, on)),
        ("reconciliation", reconciliation(&facts, &records, in_force, policy, on)),
        ("progress", progress_rows(case, policy)),
    ])
}

/// The case's facts as the rules see them.
struct Facts {
    born: Option<Day>,
    residence: Option<Residence>,
    schooling: Option<Schooling>,
    identities: Vec<IdentitySpan>,
    payments: Vec<Payment>,
    /// `psn_no` of each record.
    numbers: Vec<String>,
}

impl Facts {
    fn of(case: &Case, policy: &Policy) -> Self {
        let person = &case.person;
        let residence = (person.residence.as_deref() != Some("none")).then(|| Residence {
            row: row(Source::Household, 0),
            area: person.residence.as_deref().map_or(policy.region.area, |code| Area::parse(code).unwrap()),
            registration: match person.registration.as_deref() {
                None | Some("household") => Registration::Household,
                Some("permit") => Registration::Permit,
                Some(other) => panic!("{}: registration `{other}`", case.name),
            },
            survival: match person.survival.as_deref() {
                None | Some("alive") => Survival::Alive,
                Some("dead") => Survival::Dead,
                Some("imprisoned") => Survival::Imprisoned,
                Some("missing") => Survival::Missing,
                Some("unknown") => Survival::Unknown,
                Some(other) => panic!("{}: survival `{other}`", case.name),
            },
        });
        let schooling = person.student.as_ref().map(|s| Schooling {
            row: row(Source::Student, 0),
            school: Area::new(s.school),
            begin: day(&s.begin),
            end: s.end.as_deref().map(day),
        });
        let category = |label: &str| policy.labels().category(label).unwrap_or_else(|| panic!("{}: label `{label}`", case.name));
        Self {
            born: person.born.as_deref().map(day),
            residence,
            schooling,
            identities: person
                .identities
                .iter()
                .map(|i| IdentitySpan {
                    row: row(Source::Identity, 0),
                    category: category(&i.label),
                    begin: day(&i.begin),
                    end: i.end.as_deref().map(day),
                })
                .collect(),
            payments: person
                .payments
                .iter()
                .map(|p| Payment {
                    row: row(Source::Payment, 0),
                    year: p.year.unwrap_or(policy.year.0),
                    paid_at: moment(&p.paid),
                    amount: amount(&p.amount),
                    succeeded: p.succeeded.unwrap_or(true),
                })
                .collect(),
            numbers: person
                .records
                .iter()
                .enumerate()
                .map(|(i, r)| r.no.as_ref().map_or_else(|| (i + 1).to_string(), |no| no.to_string()))
                .collect(),
        }
    }

    fn records(&self, case: &Case, policy: &Policy) -> Vec<Record<'_>> {
        let written = case.person.records.iter().zip(&self.numbers);
        let record = |(r, psn_no): (&Enrollment, _)| Record {
            row: row(Source::Enrollment, 0),
            psn_no,
            scheme: Scheme::from_code(r.scheme.as_deref().unwrap_or("390")).unwrap(),
            area: r.area.map_or(policy.region.area, Area::new),
            months: r.months.as_deref().map_or(policy.year.months(), span),
            in_force: r.in_force.unwrap_or(true),
            collected: r.collected.unwrap_or(true),
            standing: r.standing.unwrap_or(true),
            paid_at: r.paid.as_deref().map(moment),
            employed_since: r.since.as_deref().map(day),
            personal: r.amount.as_deref().map(amount),
        };
        written.map(|(r, no)| record((r, no.as_str()))).collect()
    }
}

fn person(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let years = Years::enrolled(records, policy, on, &mut Silent);
    let eligible = eligibility::is_eligible(facts.residence.as_ref(), facts.schooling.as_ref(), in_force, policy, on, &mut Silent);
    let mut covered: Vec<String> =
        records.iter().filter(|r| is_valid(r, policy, on)).map(|r| format!("{}@{}", r.scheme.as_str(), r.area)).collect();
    covered.sort();
    covered.dedup();
    let found = duplicates::decide(records, facts.residence.as_ref(), facts.schooling.as_ref(), policy, on, &mut Silent);
    let dead = facts.residence.is_some_and(|r| r.survival == Survival::Dead);
    map([
        ("eligible", eligible.into()),
        ("student", eligibility::is_student(facts.schooling.as_ref(), on, &mut Silent).into()),
        ("enrolled_here", records.iter().any(|r| is_valid_here(r, policy, on)).into()),
        ("prior_enrolled", years.prior().into()),
        ("consecutive_years", years.consecutive().into()),
        ("duplicate", found.iter().any(|f| f.overlap.is_some()).into()),
        ("missed", (eligible && covered.is_empty()).into()),
        ("covered_by", covered.into()),
        ("subsidy_category", subsidy::award(in_force, dead, policy, &mut Silent).map_or(Value::Null, |a| a.category.as_str().into())),
    ])
}

fn missed_ledgers(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let student = eligibility::is_student(facts.schooling.as_ref(), on, &mut Silent);
    let prior = Years::enrolled(records, policy, on, &mut Silent).prior();
    let standing = Standing { eligible: true, covers: 0, categories: in_force, born: facts.born, student, prior_enrolled: prior };
    let Some(row) = missed::missed(&standing, policy, on, &mut Silent) else { return "none".into() };
    let ledgers = [
        ("difficulty", row.difficulty),
        ("newborn", row.newborn),
        ("migrant", row.migrant),
        ("student", row.student),
        ("lapsed", row.lapsed),
    ];
    let names: Vec<&str> = ledgers.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    map([("kind", row.kind.as_str().into()), ("ledgers", names.into()), ("personal_amt", yuan(row.personal))])
}

fn subsidy_row(in_force: CategorySet, policy: &Policy) -> Value {
    let Some(award) = subsidy::award(in_force, false, policy, &mut Silent) else { return "none".into() };
    map([
        ("category", award.category.as_str().into()),
        ("categories", in_force.to_string().into()),
        ("subsidy_amt", yuan(award.amount)),
        ("personal_amt", yuan(award.personal)),
        ("payer", award.payer.map_or(Value::Null, |p| p.as_str().into())),
    ])
}

fn findings(facts: &Facts, records: &[Record<'_>], policy: &Policy, on: Day) -> Value {
    let found = duplicates::decide(records, facts.residence.as_ref(), facts.schooling.as_ref(), policy, on, &mut Silent);
    let rows = found.iter().map(|f| {
        let row = map([
            ("kind", f.kind.as_str().into()),
            ("action", f.action.as_str().into()),
            ("reason", f.reason.as_str().into()),
            ("refund", yuan(f.refund)),
            ("overlap", f.overlap.map_or(Value::Null, |s| format!("{}-{}", s.first, s.last).into())),
        ]);
        (Value::from(facts.numbers[f.record].as_str()), row)
    });
    Value::Mapping(rows.collect())
}

fn periods(facts: &Facts, records: &[Record<'_>], policy: &Policy, on: Day) -> Value {
    let circumstances = Circumstances { born: facts.born, identities: &facts.identities, schooling: facts.schooling.as_ref(), records };
    let here = records.iter().zip(&facts.numbers).filter(|(r, _)| is_valid_here(r, policy, on));
    let rows = here.map(|(r, no)| {
        let period = benefit_period(r, &circumstances, policy, on, &mut Silent);
        let row = map([
            ("basis", period.basis.as_str().into()),
            ("waiting_months", period.waiting_months.into()),
            ("begn", period.cover.map_or(Value::Null, |(begin, _)| begin.to_string().into())),
            ("end", period.cover.map_or(Value::Null, |(_, end)| end.to_string().into())),
        ]);
        (Value::from(no.as_str()), row)
    });
    Value::Mapping(rows.collect())
}

fn reconciliation(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let Some(row) = reconcile(records, &facts.payments, in_force, policy, on, &mut Silent) else { return "none".into() };
    map([
        ("registered", yuan(row.registered)),
        ("paid", yuan(row.paid)),
        ("expected", yuan(row.expected)),
        ("status", row.status.as_str().into()),
    ])
}

fn progress_rows(case: &Case, policy: &Policy) -> Value {
    let completions: Vec<_> =
        case.townships.iter().map(|t| t.target.map(|target| progress::Completion { enrolled: t.enrolled, target })).collect();
    let percent = |part, whole: Option<i64>| whole.and_then(|whole| progress::percent(part, whole)).map_or(Value::Null, hundredths);
    let rows = case.townships.iter().zip(progress::ranks(&completions)).map(|(t, rank)| {
        map([
            ("rank", rank.map_or(Value::Null, Into::into)),
            ("completion_pct", percent(t.enrolled, t.target)),
            ("enrollment_pct", percent(t.enrolled, t.eligible)),
            ("reaches_required", progress::reaches_required(t.enrolled, t.eligible.unwrap_or(0), policy).map_or(Value::Null, Into::into)),
        ])
    });
    Value::Sequence(rows.collect())
}

/// Whether the decision is what the case expects: of a map, all keys that the case names (and, where each
/// key is a record, no other); of a list, every item; of a scalar, its text.
fn agrees(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Mapping(e), Value::Mapping(a)) => {
            let by_record = a.values().all(Value::is_mapping) && e.values().all(Value::is_mapping);
            (!by_record || e.len() == a.len())
                && e.iter().all(|(key, value)| a.iter().any(|(k, found)| show(k) == show(key) && agrees(value, found)))
        }
        (Value::Sequence(e), Value::Sequence(a)) => e.len() == a.len() && e.iter().zip(a).all(|(e, a)| agrees(e, a)),
        _ => show(expected) == show(actual),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_yaml_ng::to_string(other).unwrap().trim_end().replace('\n', "\n           "),
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Mapping(entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Mapping>())
}

/// `380`, or `380.50` where there are fen.
fn yuan(amount: Yuan) -> Value {
    if amount.fen() % 100 == 0 { (amount.fen() / 100).into() } else { amount.to_string().into() }
}

/// `33.33`.
fn hundredths(value: i64) -> Value {
    format!("{}.{:02}", value / 100, value % 100).into()
}

fn row(source: Source, place: u64) -> Row {
    Row { source, place }
}

fn day(text: &str) -> Day {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// A day, or a day and `HH:MM`.
fn moment(text: &str) -> Moment {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let (hours, minutes) = time.split_once(':').unwrap();
    let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
    Moment::at(day(date), minutes * 60_000_000)
}

fn amount(text: &str) -> Yuan {
    Yuan::parse(text).unwrap_or_else(|| panic!("`{text}` is no amount"))
}

/// `202401-202412`.
fn span(text: &str) -> MonthSpan {
    let month = |text: &str| Month::new(text[..4].parse().unwrap(), text[4..].parse().unwrap()).unwrap();
    let (first, last) = text.split_once('-').unwrap();
    MonthSpan::new(month(first), month(last)).unwrap()
}
