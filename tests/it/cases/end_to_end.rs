//! Every case once more, the whole way: written as extracts, read, checked, audited and explained. The dataset has to
//! say what the case expects, and the explanation what the dataset says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use canbao::explain::{Explained, Explanation, Findings, Rows, Said};
use canbao::operators::registry;
use canbao::pipeline::{Library, NoProgress, Plan, RunConfig, explain};
use canbao_rules::Language;
use canbao_rules::explanation::Recorder;
use canbao_rules::identity::Certificate;
use canbao_rules::money::Yuan;
use canbao_runtime::clock::SystemClock;
use serde_json::{Map, Value as Json};
use serde_yaml_ng::{Mapping, Value};
use tempfile::TempDir;

use super::facts::{Case, day};
use super::{compare, extracts, files, read};

#[test]
fn every_case_holds_from_extract_to_dataset_and_the_explanation_agrees() {
    let library = Library::open(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")), registry()).unwrap();
    let mut failures = String::new();
    let mut explained = BTreeSet::new();
    let (mut whole, mut conclusions) = (0, 0);
    // Targets of townships are no person's facts.
    let cases: Vec<(String, Case)> =
        files().iter().flat_map(|(file, text)| read(file, text).into_iter().map(|case| (file.clone(), case))).collect();
    for (file, case) in cases.iter().filter(|(_, case)| case.townships.is_empty()) {
        let folder = TempDir::new().unwrap();
        let plan = plan(case, &library, folder.path());
        extracts::write(case, plan.policy().unwrap(), folder.path());
        // Of who is in no extract nothing is decided; a row of mutual aid is explained by its payer.
        let person = explanation(&plan, extracts::KIND, extracts::PERSON);
        let payers = (0..case.aid.len()).filter_map(|row| explanation(&plan, "01", &extracts::party(row, true)));
        let payers: Vec<Explanation> = payers.collect();
        if person.is_none() && payers.is_empty() {
            continue;
        }
        for explanation in person.iter().chain(&payers) {
            conclusions += agreement(explanation, &case.name);
            explained.extend(explanation.decisions.iter().map(|decision| decision.rule));
        }
        let mut decided = person.as_ref().map(decisions).unwrap_or_default();
        let rows = payers.iter().flat_map(|payer| rows(payer, "mutual_aid_check")).map(aid_row).collect();
        let judged = plan.policy().unwrap().mutual_aid.is_some();
        decided.insert("mutual_aid", if judged { Value::Sequence(rows) } else { "none".into() });
        whole += 1;
        compare(file, case, &decided, &mut failures);
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(whole >= 400, "only {whole} cases");
    assert!(conclusions >= 4 * whole, "only {conclusions} conclusions");
    assert_eq!(explained.len(), 12, "every rule is explained: {explained:?}");
}

fn plan(case: &Case, library: &Library, folder: &Path) -> Plan {
    let config = RunConfig {
        date: Some(day(&case.date)),
        data: Some(folder.to_string_lossy().into_owned()),
        state: Some(folder.join("state")),
        region: Some(case.region.to_string()),
        year: case.year,
        settings: case.set.iter().map(|(name, value)| format!("{name}={}", &**value).parse().unwrap()).collect(),
        ..RunConfig::default()
    };
    Plan::resolve(library, "enrollment-audit", &config, &SystemClock).unwrap()
}

fn explanation(plan: &Plan, kind: &str, number: &str) -> Option<Explanation> {
    let person = Certificate::parse(kind, number, plan.date).unwrap();
    let mut recorder = Recorder::default();
    let report = explain(plan, person, &mut recorder, &NoProgress).unwrap();
    let decisions = report.decisions?;
    let policy = plan.policy().unwrap();
    let findings = Findings { recorder: &recorder, rows: &decisions.rows, datasets: &decisions.datasets, files: &report.files, policy };
    let used: usize = recorder.decisions().map(|decision| decision.parameters.len()).sum();
    let [chinese, _] = [Language::Chinese, Language::English].map(|language| {
        let explanation = Explanation::new(&findings, language).unwrap();
        let shown: usize = explanation.decisions.iter().map(|decision| decision.parameters.len()).sum();
        assert_eq!(used, shown, "a parameter has no provision");
        for decision in &explanation.decisions {
            assert!(decision.conclusions.iter().chain(&decision.steps).all(|said| !said.text.is_empty()));
        }
        explanation
    });
    Some(chinese)
}

/// Holds each conclusion against the rows of its dataset, by the names of columns; gives how many were compared.
fn agreement(person: &Explanation, case: &str) -> usize {
    let mut compared = 0;
    for decision in &person.decisions {
        let dataset = match decision.rule {
            "duplicates" => "duplicate_enrollment",
            "missed" => "missed_enrollment",
            "mutual_aid" => "mutual_aid_check",
            "subsidy" | "benefit_period" | "incentive" | "reconciliation" => decision.rule,
            _ => "person",
        };
        let of_dataset = rows(person, dataset);
        for said in &decision.conclusions {
            let negative = matches!(said.step, "no_duplicate" | "no_award" | "not_missed");
            let candidates = if negative { rows(person, "person") } else { of_dataset.clone() };
            // Who is enrolled nowhere near has no row of `person`.
            if candidates.is_empty() && (negative || dataset == "person") {
                continue;
            }
            assert!(candidates.iter().any(|row| is_said_of(said, row)), "{case}: {decision:?} is not what {dataset} says: {candidates:?}");
            compared += 1;
        }
        assert_parameters(decision);
    }
    compared
}

/// Whether a row of a dataset has all values of a conclusion whose names are columns.
fn is_said_of(said: &Said, row: &Map<String, Json>) -> bool {
    said.values.iter().all(|(name, value)| match row.get(name) {
        None => true,
        Some(column) => *column == text(value),
    })
}

fn text(value: &Json) -> Json {
    match value {
        Json::Null => Json::Null,
        Json::String(text) => Json::from(text.as_str()),
        other => Json::from(other.to_string()),
    }
}

fn assert_parameters(decision: &Explained) {
    for used in &decision.parameters {
        assert!(!used.source.is_empty() && !used.from.is_empty() && !used.words.is_empty(), "{used:?}");
    }
}

fn rows<'e>(person: &'e Explanation, dataset: &str) -> Vec<&'e Map<String, Json>> {
    person.datasets.iter().filter(|rows: &&Rows| rows.name == dataset).flat_map(|rows| &rows.rows).collect()
}

/// The datasets in the words of cases.
fn decisions(explanation: &Explanation) -> BTreeMap<&'static str, Value> {
    let one = |dataset: &str| rows(explanation, dataset).first().copied();
    let by_record = |dataset: &str, row: fn(&Map<String, Json>) -> Value| {
        let rows = rows(explanation, dataset).into_iter().map(|r| (column(r, "psn_no"), row(r)));
        Value::Mapping(rows.collect())
    };
    BTreeMap::from([
        ("person", one("person").map_or(Value::Null, person)),
        ("missed", one("missed_enrollment").map_or("none".into(), missed)),
        (
            "subsidy",
            one("subsidy").map_or("none".into(), |r| columns(r, &["category", "categories", "payer"], &["subsidy_amt", "personal_amt"])),
        ),
        ("duplicates", by_record("duplicate_enrollment", finding)),
        ("benefit_period", by_record("benefit_period", benefit)),
        (
            "incentive",
            one("incentive").map_or("none".into(), |r| {
                columns(
                    r,
                    &["consecutive_years", "zero_claim_years", "capped"],
                    &["uplift_consecutive", "uplift_zero_claim", "uplift_total"],
                )
            }),
        ),
        ("reconciliation", one("reconciliation").map_or("none".into(), reconciliation)),
    ])
}

fn person(row: &Map<String, Json>) -> Value {
    let names = ["eligible", "student", "enrolled_here", "prior_enrolled", "consecutive_years", "duplicate", "missed", "subsidy_category"];
    let Value::Mapping(mut person) = columns(row, &names, &[]) else { return Value::Null };
    let covered = row["covered_by"].as_str().unwrap_or_default().trim_matches(['[', ']']);
    let covered: Vec<Value> = covered.split(", ").filter(|cover| !cover.is_empty()).map(Value::from).collect();
    person.insert("covered_by".into(), Value::Sequence(covered));
    Value::Mapping(person)
}

fn missed(row: &Map<String, Json>) -> Value {
    let Value::Mapping(mut missed) = columns(row, &["kind"], &["personal_amt"]) else { return Value::Null };
    let ledgers = ["difficulty", "newborn", "migrant", "student", "lapsed"];
    let is_in = |ledger: &&str| row[&format!("ledger_{ledger}")] == "true";
    missed.insert("ledgers".into(), Value::Sequence(ledgers.into_iter().filter(is_in).map(Value::from).collect()));
    Value::Mapping(missed)
}

fn finding(row: &Map<String, Json>) -> Value {
    let Value::Mapping(mut finding) = columns(row, &["kind", "action", "reason"], &[]) else { return Value::Null };
    finding.insert("refund".into(), amount(row, "refund_amt"));
    let overlap = match (row["overlap_begn"].as_str(), row["overlap_end"].as_str()) {
        (Some(begin), Some(end)) => format!("{begin}-{end}").into(),
        _ => Value::Null,
    };
    finding.insert("overlap".into(), overlap);
    Value::Mapping(finding)
}

fn benefit(row: &Map<String, Json>) -> Value {
    let Value::Mapping(mut benefit) = columns(row, &["basis", "waiting_months"], &[]) else { return Value::Null };
    benefit.insert("begn".into(), column(row, "benefit_begn"));
    benefit.insert("end".into(), column(row, "benefit_end"));
    Value::Mapping(benefit)
}

fn reconciliation(row: &Map<String, Json>) -> Value {
    let Value::Mapping(mut reconciled) = columns(row, &["status"], &[]) else { return Value::Null };
    for name in ["registered", "paid", "expected"] {
        reconciled.insert(name.into(), amount(row, &format!("{name}_amt")));
    }
    Value::Mapping(reconciled)
}

fn aid_row(row: &Map<String, Json>) -> Value {
    columns(row, &["valid", "reason"], &[])
}

/// Columns as they are, and amounts without fen where there are none.
fn columns(row: &Map<String, Json>, plain: &[&str], amounts: &[&str]) -> Value {
    let plain = plain.iter().map(|name| (Value::from(*name), column(row, name)));
    let amounts = amounts.iter().map(|name| (Value::from(*name), amount(row, name)));
    Value::Mapping(plain.chain(amounts).collect::<Mapping>())
}

fn column(row: &Map<String, Json>, name: &str) -> Value {
    row[name].as_str().map_or(Value::Null, Value::from)
}

fn amount(row: &Map<String, Json>, name: &str) -> Value {
    match row[name].as_str().and_then(Yuan::parse) {
        Some(amount) if amount.fen() % 100 == 0 => (amount.fen() / 100).into(),
        Some(amount) => amount.to_string().into(),
        None => Value::Null,
    }
}
