//! Every branch of late entry and of earlier years, region by region, decided by the rules on what a sample's people are.
//!
//! `tests/it/sample.rs` holds the same samples, written and audited, against the branches of every dataset.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;

use super::super::arrears::Past;
use super::super::late::LateCase;
use super::super::record::Record;
use super::*;
use canbao_rules::period::{BenefitYear, Moment, Month, MonthSpan};
use canbao_rules::policy::Area;
use canbao_rules::rules::benefit_period::{BenefitPeriod, Circumstances, benefit_period};
use canbao_rules::rules::history::BrokenYears;
use canbao_rules::rules::{self, IdentitySpan, NoTrace, Row, Scheme, Schooling, Source};

const ROW: Row = Row { source: Source::Enrollment, origin: 0 };

fn people(region: &str, year: Option<i32>, persons: u64) -> People {
    People::new(7, persons, county(region, year))
}

fn scheme(record: &Record) -> Option<Scheme> {
    match record.insurance {
        Insurance::Employee => Some(Scheme::Employee),
        Insurance::Resident => Some(Scheme::Resident),
        Insurance::Maternity => None,
    }
}

fn fact(record: &Record) -> Option<rules::Record<'static>> {
    let month = |number: u32| Month::new((number / 100) as i32, number % 100).unwrap();
    Some(rules::Record {
        row: ROW,
        psn_no: "",
        scheme: scheme(record)?,
        area: Area::new(record.area),
        months: MonthSpan::new(month(record.first), month(record.last)).unwrap(),
        in_force: record.state == 1,
        collected: record.collected,
        not_reversed: !record.reversed,
        paid_at: record.paid.map(|(day, seconds)| Moment::at(day, i64::from(seconds) * 1_000_000)),
        employed_since: Some(record.since),
        personal: None,
    })
}

/// All records of a person, of every year.
fn records(person: &Person<'_>) -> Vec<rules::Record<'static>> {
    let mut facts = Vec::new();
    person.county().years().for_each(|year| person.records(year, |record| facts.extend(fact(&record))));
    facts
}

/// The benefit period of the person's first resident record of the benefit year.
fn period(person: &Person<'_>) -> Option<BenefitPeriod> {
    let county = person.county();
    let records = records(person);
    let identities: Vec<IdentitySpan> = person
        .held
        .iter()
        .flatten()
        .map(|held| IdentitySpan { row: ROW, category: county.labels[held.label].category, begin: held.begins, end: held.ends })
        .collect();
    let schooling = person.schooling.map(|s| Schooling { row: ROW, school: Area::new(s.area), begin: s.begins, end: s.ends });
    let circumstances =
        Circumstances { born: Some(person.birth.day), identities: &identities, schooling: schooling.as_ref(), records: &records };
    let year = BenefitYear(county.year);
    let record = records.iter().find(|record| record.scheme == Scheme::Resident && year.months().common(record.months).is_some())?;
    Some(benefit_period(record, &circumstances, &county.policy, year.last_day(), &mut NoTrace))
}

/// Category or school, edge and basis of those who pay late because of it.
fn late_cases(people: &People) -> BTreeMap<String, u64> {
    let mut seen = BTreeMap::new();
    for index in 0..people.persons {
        let person = people.person(index);
        let Some(&LateCase { test, edge, .. }) = person.late_case() else { continue };
        let of = match test {
            GroupTest::InForce(category) | GroupTest::BegunThisYear(category) => category.as_str(),
            GroupTest::AfterLeaving { category, .. } | GroupTest::UntilMonthEnd { category, .. } => category.as_str(),
            GroupTest::SchoolRegistration { .. } => "school",
        };
        let basis = period(&person).unwrap().basis;
        *seen.entry(format!("{of} {edge:?} {}", basis.as_str())).or_default() += 1;
    }
    seen
}

#[rstest]
#[case::wuhe("340322", None, WUHE)]
#[case::wenshui("141121", None, WENSHUI)]
#[case::huaibei("340600", None, &[])]
#[case::zhoukou("411600", None, &[])]
#[case::lishui("331100", None, LISHUI)]
#[case::lishui_a_year_earlier("331100", Some(2025), LISHUI)]
fn every_special_group_with_its_edges(#[case] region: &str, #[case] year: Option<i32>, #[case] wanted: Edges) {
    let seen: BTreeSet<String> = late_cases(&people(region, year, 5_000)).into_keys().collect();
    let wanted: BTreeSet<String> = wanted.iter().flat_map(|(of, edges)| edges.iter().map(move |edge| format!("{of} {edge}"))).collect();
    assert_eq!(seen, wanted);
}

/// Categories or schools, each with edges and the basis that follows.
type Edges = &'static [(&'static str, &'static [&'static str])];

const IN_FORCE: &[&str] = &["Ordinary special_group"];
const SPAN: &[&str] = &["Ordinary special_group", "FirstDay special_group", "LastDay special_group"];

const WUHE: Edges = &[
    ("destitute", IN_FORCE),
    ("low_income", IN_FORCE),
    ("returned_to_poverty", IN_FORCE),
    ("monitored", IN_FORCE),
    ("low_income_margin", IN_FORCE),
    ("demobilised", &["Ordinary special_group", "OtherYear waiting"]),
    ("military_spouse", IN_FORCE),
    ("retired_fisher", IN_FORCE),
    ("severe_mental_illness", IN_FORCE),
    ("released", IN_FORCE),
];

const WENSHUI: Edges = &[
    ("employee_lapsed", SPAN),
    ("employee_lapsed", &["ShortMonth special_group", "BeforeTheYear special_group", "DayTooLate none", "DayTooEarly none"]),
    ("released", SPAN),
    ("released", &["ShortMonth special_group", "BeforeTheYear special_group", "DayTooLate none", "DayTooEarly none"]),
    ("demobilised", SPAN),
    ("demobilised", &["ShortMonth special_group", "OtherYear none", "DayTooLate none", "DayTooEarly none"]),
    ("military_spouse", SPAN),
    ("military_spouse", &["ShortMonth special_group", "BeforeTheYear special_group", "DayTooLate none", "DayTooEarly none"]),
    ("military_spouse", &["StillThere special_group", "NotLeft none"]),
];

const LISHUI: Edges = &[
    ("destitute", IN_FORCE),
    ("orphan", IN_FORCE),
    ("unsupported_child", IN_FORCE),
    ("low_income", IN_FORCE),
    ("returned_to_poverty", IN_FORCE),
    ("monitored", IN_FORCE),
    ("low_income_margin", IN_FORCE),
    ("employee_lapsed", SPAN),
    ("employee_lapsed", &["ShortMonth special_group", "DayTooLate waiting", "DayTooEarly waiting"]),
    ("released", SPAN),
    ("released", &["ShortMonth special_group", "DayTooLate waiting", "DayTooEarly waiting"]),
    ("demobilised", SPAN),
    ("demobilised", &["DayTooLate waiting", "DayTooEarly waiting"]),
    ("school", SPAN),
    ("school", &["ShortMonth special_group", "DayTooLate waiting", "DayTooEarly waiting", "Elsewhere waiting"]),
];

#[rstest]
#[case(None)]
#[case(Some(2025))]
fn every_count_of_broken_and_repaid_years(#[case] year: Option<i32>) {
    let people = people("331100", year, 5_000);
    let canbao_rules::policy::Waiting::Arrears(arrears) = people.county.policy.waiting else { panic!("丽水 counts arrears") };
    let on = BenefitYear(people.county.year).last_day();
    let (mut counts, mut singles) = (BTreeMap::new(), BTreeSet::new());
    for person in (0..people.persons).map(|index| people.person(index)).filter(|person| person.cover == Cover::Arrears) {
        let records = records(&person);
        let broken = BrokenYears::count(&records, &arrears, &people.county.policy, on, &mut NoTrace);
        let period = period(&person).unwrap();
        counts.entry((broken.years, broken.repaid)).or_insert_with(BTreeSet::new).insert((period.waiting_months, period.cover.is_some()));
        let history = &people.histories[(person.nth % people.histories.len() as u64) as usize];
        if let [past] = history.last[..] {
            singles.insert((format!("{past:?}"), broken.years, broken.repaid));
        }
        if history.before == Past::Missing {
            assert_eq!((records.len(), broken), (1, BrokenYears::default()), "who was never enrolled has broken nothing");
        }
    }
    // BrokenYears, repaid, months of waiting: 3 + B − R, at least 3, from B = 4 on at least 6.
    let mut wanted = Vec::new();
    for broken in 0..=5 {
        for repaid in 0..=broken {
            wanted.push(((broken, repaid), (3 + broken - repaid).max(if broken >= 4 { 6 } else { 3 })));
        }
    }
    for (count, months) in &wanted {
        assert!(counts.get(count).is_some_and(|seen| seen.contains(&(*months, true))), "{count:?}: {:?}", counts.get(count));
    }
    assert_eq!(counts.len(), wanted.len(), "{counts:?}");
    let wanted = [
        ("Employed(8)", 1, 0),
        ("Employed(9)", 0, 0),
        ("EmployedAndRepaid(8)", 1, 1),
        ("FirstDayAfter", 1, 1),
        ("LastDay", 0, 0),
        ("Missing", 1, 0),
        ("Repaid", 1, 1),
        ("Untimed", 0, 0),
    ];
    assert_eq!(singles, wanted.map(|(past, years, repaid)| (past.to_owned(), years, repaid)).into_iter().collect());
}

#[rstest]
#[case("340322", &["LateSchool", "Arrears", "TwoCounties", "PoolAndCounty"])]
#[case("141121", &["LateMigrant", "LateSchool", "Arrears", "TwoCounties", "PoolAndCounty"])]
#[case("340600", &["LateSpecial", "LateSchool", "Arrears"])]
#[case("411600", &["LateMigrant", "LateSpecial", "LateSchool", "Arrears"])]
#[case("331100", &["LateMigrant"])]
fn every_cover_that_the_rules_know(#[case] region: &str, #[case] unknown: &[&str]) {
    let people = people(region, None, 5_000);
    let seen: BTreeSet<String> = (0..people.persons).map(|index| format!("{:?}", people.person(index).cover)).collect();
    let more = [Cover::LateSchool, Cover::Arrears, Cover::TwoCounties, Cover::PoolAndCounty];
    let mut wanted: BTreeSet<String> = ALL_COVERS.into_iter().chain(more).map(|cover| format!("{cover:?}")).collect();
    wanted.retain(|cover| !unknown.contains(&cover.as_str()));
    assert_eq!(seen, wanted);
}

/// What of newborns the rules tell apart: when born, when paid, what follows.
fn newborn_case(person: &Person<'_>) -> Option<String> {
    let county = person.county();
    let mut paid = None;
    person.records(county.year, |record| paid = paid.or(Some(record.paid)));
    let born = person.birth.day;
    let when_born = match born.year() - county.year {
        0 => "in the year",
        _ if born >= county.window.0 => "since the window opened",
        _ => "before the window",
    };
    let when_paid = match paid? {
        None => "untimed",
        Some((day, _)) if day == born.plus_days(90) => "on day 90",
        Some((day, _)) if day == born.plus_days(91) => "on day 91",
        Some((day, _)) if day < born.plus_days(90) => "within 90 days",
        Some((day, _)) if day <= born.birthday(1) => "within the year of birth",
        Some(_) => "after the birthday",
    };
    Some(format!("born {when_born}, paid {when_paid}: {}", period(person)?.basis.as_str()))
}

#[rstest]
#[case("340322", "waiting")]
#[case("141121", "none")]
#[case("340600", "none")]
#[case("411600", "none")]
#[case("331100", "waiting")]
fn every_kind_of_newborn(#[case] region: &str, #[case] otherwise: &str) {
    let people = people(region, None, 8_000);
    let newborns = (0..people.persons).map(|index| people.person(index)).filter(|person| person.cover == Cover::Newborn);
    let seen: BTreeSet<String> = newborns.filter_map(|person| newborn_case(&person)).collect();
    let wanted = [
        "born in the year, paid within 90 days: newborn_from_birth",
        "born in the year, paid on day 90: newborn_from_birth",
        "born in the year, paid on day 91: newborn_after_payment",
        "born in the year, paid within the year of birth: newborn_after_payment",
        "born in the year, paid untimed: concentrated",
        "born since the window opened, paid within 90 days: newborn_from_birth",
        "born since the window opened, paid within the year of birth: newborn_after_payment",
        "born before the window, paid within the year of birth: concentrated",
        "born before the window, paid within the year of birth: newborn_after_payment",
        "born before the window, paid untimed: concentrated",
    ];
    let missing: Vec<_> = wanted.iter().filter(|&&case| !seen.contains(case)).collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:#?}");
    assert!(seen.contains(&format!("born before the window, paid after the birthday: {otherwise}")), "{seen:#?}");
}
