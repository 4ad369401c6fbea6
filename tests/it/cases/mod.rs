//! Policy cases as data: `tests/cases/*.yaml`, each read by people, run by this harness over the pure rules.
//!
//! A case gives a region, a date and one person's facts, and states what it expects of some decisions.
//! Only what it states is compared; a key that no decision has fails the case, and so does a key that no
//! fact has. `tests/cases/README.md` says how to write one.

mod decisions;
mod end_to_end;
mod extracts;
mod facts;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use canbao::policy::Packs;
use serde_yaml_ng::Value;

use decisions::decide;
use facts::Case;

#[test]
fn every_case_holds() {
    let packs = Packs::shipped().unwrap();
    let mut failures = String::new();
    let cases = cases();
    for (file, case) in &cases {
        assert!(!case.expect.is_empty(), "{file}: {} expects nothing", case.name);
        compare(file, case, &decide(case, &packs), &mut failures);
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(cases.len() >= 200, "only {} cases", cases.len());
}

/// Holds what a case expects against what was decided; what is not decided at all counts as null.
fn compare(file: &str, case: &Case, decided: &BTreeMap<&'static str, Value>, failures: &mut String) {
    for (key, expected) in &case.expect {
        let actual = decided.get(key.as_str()).unwrap_or(&Value::Null);
        if !agrees(expected, actual) {
            let (name, paragraph) = (&case.name, &case.paragraph);
            let (expected, actual) = (show(expected), show(actual));
            let _ = writeln!(failures, "{file}: {name} ({paragraph}): {key}\n  expected {expected}\n  decided  {actual}");
        }
    }
}

/// All cases with the names of their files, in the files' order.
fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let short = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(file).unwrap();
        let cases: Vec<Case> = serde_yaml_ng::from_str(&text).unwrap_or_else(|e| panic!("{short}: {e}"));
        cases.into_iter().map(move |case| (short.clone(), case))
    };
    files.iter().filter(|f| f.extension().is_some_and(|e| e == "yaml")).flat_map(read).collect()
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
