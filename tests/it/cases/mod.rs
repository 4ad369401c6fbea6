//! Policy cases as data: `tests/cases/*.yaml`, each read by people, run by this harness over the pure rules.
//!
//! A case gives a region, a date and one person's facts, and states what it expects of some decisions.
//! Only what it states is compared; a key that no decision has fails the case, and so does a key that no
//! fact has. `tests/cases/README.md` says how to write one.

mod decisions;
mod end_to_end;
mod extracts;
mod facts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use canbao_rules::policy::Packs;
use rstest::rstest;
use serde_yaml_ng::Value;

use decisions::decide;
use facts::Case;

#[test]
fn every_case_holds() {
    let packs = canbao::policies::load(Some(Path::new("pipelines"))).unwrap();
    let (mut count, mut failed) = (0, String::new());
    for (file, text) in files() {
        let (of_file, failures) = failures(&file, &text, &packs);
        count += of_file;
        failed += &failures;
    }
    assert!(failed.is_empty(), "\n{failed}");
    assert!(count >= 400, "only {count} cases");
}

/// What a rule can say has to be said somewhere, or nobody has thought of it.
#[test]
fn every_word_of_a_decision_is_expected_by_some_case() {
    let words: [(&str, &[&str]); 5] = [
        ("benefit_period", &BASES),
        ("duplicates", &["cross_scheme", "cross_region_employee", "cross_region_resident", "double_payment", "deceased"]),
        (
            "duplicates",
            &[
                "employee_12_months",
                "flexible_employment",
                "latest_employment",
                "school_place",
                "residence_place",
                "place_unknown",
                "first_payment",
                "death_before_cover",
            ],
        ),
        ("reconciliation", &["matched", "registered_unpaid", "paid_unregistered", "amount_mismatch", "paid_twice"]),
        ("mutual_aid", &["relation", "out_of_province", "payer_not_employee", "payee_is_employee", "year", "window"]),
    ];
    for (decision, words) in words {
        let said = said(decision, |_| true);
        let unsaid: Vec<&&str> = words.iter().filter(|word| !said.contains(**word)).collect();
        assert!(unsaid.is_empty(), "no case expects {unsaid:?} of {decision}");
    }
}

const BASES: [&str; 7] =
    ["newborn_from_birth", "concentrated", "newborn_after_payment", "migrant_extension", "special_group", "waiting", "none"];

#[rstest]
#[case::wenshui("141121", &["migrant_extension", "waiting"])]
#[case::huaibei("340600", &["special_group", "waiting"])]
#[case::wuhe("340322", &["none"])]
#[case::lishui("331100", &["migrant_extension", "none"])]
#[case::zhoukou("411600", &["migrant_extension", "special_group", "waiting"])]
fn every_region_has_a_case_for_each_basis_that_it_knows(#[case] region: &str, #[case] unknown_there: &[&str]) {
    let said = said("benefit_period", |case| &*case.region == region);
    for basis in BASES {
        assert_eq!(said.contains(basis), !unknown_there.contains(&basis), "{region} {basis}");
    }
}

/// Every text that some case expects of a decision.
fn said(decision: &str, of: impl Fn(&Case) -> bool) -> BTreeSet<String> {
    fn texts(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Mapping(map) => map.values().for_each(|value| texts(value, into)),
            Value::Sequence(list) => list.iter().for_each(|value| texts(value, into)),
            scalar => {
                into.insert(show(scalar));
            }
        }
    }
    let mut said = BTreeSet::new();
    for case in files().iter().flat_map(|(file, text)| read(file, text)).filter(of) {
        case.expect.get(decision).into_iter().for_each(|value| texts(value, &mut said));
    }
    said
}

/// How many cases a file has, and what was decided otherwise than they expect.
pub(crate) fn failures(file: &str, text: &str, packs: &Packs) -> (usize, String) {
    let cases = read(file, text);
    let mut failures = String::new();
    for case in &cases {
        assert!(!case.expect.is_empty(), "{file}: {} expects nothing", case.name);
        compare(file, case, &decide(case, packs), &mut failures);
    }
    (cases.len(), failures)
}

/// Holds what a case expects against what was decided; what is not decided at all counts as null.
fn compare(file: &str, case: &Case, decided: &BTreeMap<&'static str, Value>, failures: &mut String) {
    for (key, expected) in &case.expect {
        let actual = decided.get(key.as_str()).unwrap_or(&Value::Null);
        if !agrees(expected, actual) {
            let (name, paragraph) = (&case.name, &case.paragraph);
            let (expected, decided) = (show(expected), show(actual));
            let _ = writeln!(failures, "{file}: {name} ({paragraph}): {key}\n  expected {expected}\n  decided  {decided}");
        }
    }
}

fn read(file: &str, text: &str) -> Vec<Case> {
    serde_yaml_ng::from_str(text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The files of cases: name and text.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    let file = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(file).collect()
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
