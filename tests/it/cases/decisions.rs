//! A case's decisions, by the rules themselves: what the datasets would show.

use std::collections::BTreeMap;

use canbao_rules::Percent;
use canbao_rules::money::Yuan;
use canbao_rules::period::{BenefitYear, Day};
use canbao_rules::policy::{Area, CategorySet, Packs, Policy, Setting};
use canbao_rules::rules::benefit_period::{Circumstances, benefit_period};
use canbao_rules::rules::duplicates;
use canbao_rules::rules::history::EnrolledYears;
use canbao_rules::rules::incentive::uplift;
use canbao_rules::rules::missed::{PersonStatus, missed};
use canbao_rules::rules::mutual_aid::{Aid, refusal};
use canbao_rules::rules::reconciliation::reconcile;
use canbao_rules::rules::validity::{is_valid, is_valid_here};
use canbao_rules::rules::{Claim, NoTrace, Record, Scheme, Source, Survival, UpliftUse, categories, eligibility, progress, subsidy};
use serde_yaml_ng::{Mapping, Value};

use super::facts::{Case, Facts, day, moment, row};

/// Every decision on the case's person, by the name of the dataset.
pub(super) fn decide(case: &Case, packs: &Packs) -> BTreeMap<&'static str, Value> {
    let on = day(&case.date);
    let settings: Vec<Setting> = case.set.iter().map(|(name, value)| format!("{name}={}", &**value).parse().unwrap()).collect();
    let pack = packs.by_region(&case.region).unwrap().clone().with_settings(&settings).unwrap();
    let policy = match case.year {
        Some(year) => pack.policy_for(BenefitYear(year)).unwrap(),
        None => pack.policy_on(on).unwrap_or_else(|e| panic!("{}: {e}", case.name)),
    };
    let facts = Facts::of(case, policy);
    let records = facts.records(case, policy);
    let in_force = categories::in_force(&facts.identities, on, &mut NoTrace);
    BTreeMap::from([
        ("person", person(&facts, &records, in_force, policy, on)),
        ("missed", missed_ledgers(&facts, &records, in_force, policy, on)),
        ("subsidy", subsidy_row(in_force, policy)),
        ("duplicates", findings(&facts, &records, policy, on)),
        ("benefit_period", periods(&facts, &records, policy, on)),
        ("incentive", incentive_row(&facts, &records, policy, on)),
        ("reconciliation", reconciliation(&facts, &records, in_force, policy, on)),
        ("progress", progress_rows(case, policy)),
        ("mutual_aid", aid_rows(case, policy, on)),
    ])
}

fn person(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let years = EnrolledYears::of_any_scheme(records, policy, on, &mut NoTrace);
    let eligible = eligibility::is_eligible(facts.residence.as_ref(), facts.schooling.as_ref(), in_force, policy, on, &mut NoTrace);
    let mut covered: Vec<String> =
        records.iter().filter(|r| is_valid(r, policy, on)).map(|r| format!("{}@{}", r.scheme.as_str(), r.area)).collect();
    covered.sort();
    covered.dedup();
    let found = duplicates::decide(records, facts.residence.as_ref(), facts.schooling.as_ref(), policy, on, &mut NoTrace);
    let dead = facts.residence.is_some_and(|r| r.survival == Survival::Dead);
    map([
        ("eligible", eligible.into()),
        ("student", eligibility::is_student(facts.schooling.as_ref(), on, &mut NoTrace).into()),
        ("enrolled_here", records.iter().any(|r| is_valid_here(r, policy, on)).into()),
        ("prior_enrolled", years.prior().into()),
        ("consecutive_years", years.consecutive().into()),
        ("duplicate", found.iter().any(|f| f.overlap.is_some()).into()),
        ("missed", (eligible && covered.is_empty()).into()),
        ("covered_by", covered.into()),
        ("subsidy_category", subsidy::award(in_force, dead, policy, &mut NoTrace).map_or(Value::Null, |a| a.category.as_str().into())),
    ])
}

fn missed_ledgers(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let student = eligibility::is_student(facts.schooling.as_ref(), on, &mut NoTrace);
    let prior = EnrolledYears::of_any_scheme(records, policy, on, &mut NoTrace).prior();
    let eligible = eligibility::is_eligible(facts.residence.as_ref(), facts.schooling.as_ref(), in_force, policy, on, &mut NoTrace);
    let covers = records.iter().filter(|r| is_valid(r, policy, on)).count();
    let standing = PersonStatus { eligible, covers, categories: in_force, born: facts.born, student, prior_enrolled: prior };
    let Some(row) = missed(&standing, policy, on, &mut NoTrace) else { return "none".into() };
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
    let Some(award) = subsidy::award(in_force, false, policy, &mut NoTrace) else { return "none".into() };
    map([
        ("category", award.category.as_str().into()),
        ("categories", in_force.to_string().into()),
        ("subsidy_amt", yuan(award.amount)),
        ("personal_amt", yuan(award.personal)),
        ("payer", award.payer.map_or(Value::Null, |p| p.as_str().into())),
    ])
}

fn findings(facts: &Facts, records: &[Record<'_>], policy: &Policy, on: Day) -> Value {
    let found = duplicates::decide(records, facts.residence.as_ref(), facts.schooling.as_ref(), policy, on, &mut NoTrace);
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
        let period = benefit_period(r, &circumstances, policy, on, &mut NoTrace);
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

/// `none` for a person who is not enrolled here, or where the region has no incentives.
fn incentive_row(facts: &Facts, records: &[Record<'_>], policy: &Policy, on: Day) -> Value {
    if !records.iter().any(|r| is_valid_here(r, policy, on)) {
        return "none".into();
    }
    let settled = facts.settlements.iter().filter(|(day, _)| *day <= on);
    let claims: Vec<Claim> = settled.map(|(day, fund)| Claim { row: row(Source::Settlement), year: day.year(), fund: *fund }).collect();
    let uses: Vec<UpliftUse> = facts.uses.iter().map(|&year| UpliftUse { row: row(Source::IncentiveUse), year }).collect();
    let Some(row) = uplift(records, &claims, &uses, policy, on, &mut NoTrace) else { return "none".into() };
    map([
        ("consecutive_years", row.consecutive_years.into()),
        ("zero_claim_years", row.zero_claim_years.into()),
        ("uplift_consecutive", yuan(row.consecutive)),
        ("uplift_zero_claim", yuan(row.zero_claim)),
        ("uplift_total", yuan(row.total)),
        ("capped", row.capped.map_or(Value::Null, Into::into)),
    ])
}

fn reconciliation(facts: &Facts, records: &[Record<'_>], in_force: CategorySet, policy: &Policy, on: Day) -> Value {
    let Some(row) = reconcile(records, &facts.payments, in_force, policy, on, &mut NoTrace) else { return "none".into() };
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
    let percent = |part: i64, whole: Option<i64>| {
        whole.and_then(|whole| Percent::of(part, whole)).map_or(Value::Null, |share| hundredths(share.hundredths()))
    };
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

/// `none` where the region has no mutual aid.
fn aid_rows(case: &Case, policy: &Policy, on: Day) -> Value {
    let Some(terms) = &policy.mutual_aid else { return "none".into() };
    let is_employee = |records: &[Record<'_>]| records.iter().any(|r| r.scheme == Scheme::Employee && is_valid(r, policy, on));
    let rows = case.aid.iter().map(|written| {
        let aid = Aid {
            row: row(Source::MutualAid),
            relation: &written.relation,
            payer_area: written.payer.area.map_or(policy.region.area, Area::new),
            payee_area: written.payee.area.map_or(policy.region.area, Area::new),
            payer_is_employee: is_employee(&written.payer.records(policy, true)),
            payee_is_employee: is_employee(&written.payee.records(policy, false)),
            year: written.year.unwrap_or(policy.year.0),
            paid_on: moment(&written.paid).day(),
        };
        let refused = refusal(&aid, terms, policy, &mut NoTrace);
        map([("valid", refused.is_none().into()), ("reason", refused.map_or(Value::Null, |r| r.as_str().into()))])
    });
    Value::Sequence(rows.collect())
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
