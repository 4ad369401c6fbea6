//! Operators beside each other in one pipeline, and one that does not come with the program.

mod resident_count;

use std::collections::BTreeMap;
use std::path::Path;

use canbao::operators::{OperatorRegistry, registry};
use canbao::pipeline::{Attempt, Library, NoProgress, Plan, RunConfig, RunError, RunReport, run};
use canbao_runtime::clock::SystemClock;
use canbao_runtime::diagnostic::Diagnostic;
use rstest::rstest;
use serde_json::Value;

use crate::support::TestContext;

const DATE: &str = "2026-05-31";
const AUDIT: &str = "[[step]]\noperator = \"enrollment-audit\"\n";
const STATISTICS: &str = "[[step]]\noperator = \"settlement-statistics\"\n";
const COUNT: &str = "[[step]]\noperator = \"resident-count\"\n";

/// A county whose policy has incentives, so that the audit reads settlements, too. Every extract has rows that are
/// rejected.
fn county() -> TestContext {
    TestContext::with_sample(&["--persons", "900", "--seed", "5", "--region", "331100"])
}

/// A pipeline that reads all extracts of the county, with these steps.
fn pipeline(steps: &[&str]) -> String {
    let extracts = ["household", "identity", "enrollment", "student", "payment", "mutual_aid", "target", "settlement", "incentive_use"];
    let sources = extracts.map(|extract| format!("[[source]]\nextract = \"{extract}\"\n"));
    let past = "[[snapshot]]\npipeline = \"both\"\nrole = \"settlement-statistics\"\n";
    format!("title = \"t\"\nregion = \"331100\"\n{}{past}{}", sources.concat(), steps.concat())
}

/// The report and the bytes of each dataset of a run with these steps.
fn published(county: &TestContext, name: &str, steps: &[&str], memory: &str) -> (Value, BTreeMap<String, Vec<u8>>) {
    county.write(&format!("pipelines/{name}.toml"), &pipeline(steps));
    let arguments = ["run", name, "--date", DATE, "--data", "data", "--publish", name, "--memory", memory, "--json"];
    let report = county.succeed(&arguments).json();
    let datasets = county.dataset_bytes(report["snapshot"].as_str().unwrap());
    (report, datasets)
}

#[rstest]
#[case::audit_first(&[AUDIT, STATISTICS])]
#[case::statistics_first(&[STATISTICS, AUDIT])]
fn two_operators_of_one_pipeline_publish_what_each_publishes_alone(#[case] steps: &[&str]) {
    let county = county();
    let (audit, mut expected) = published(&county, "audit", &[AUDIT], "4GiB");
    let report = RunReport::from_json(&audit.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), audit, "a report is read back whole");
    let (statistics, of_statistics) = published(&county, "statistics", &[STATISTICS], "4GiB");
    assert_eq!(of_statistics["rejects"], expected["rejects"], "both reject the same settlements");
    expected.extend(of_statistics);
    assert_eq!(expected.len(), 9 + 3, "{:?}", expected.keys());
    for memory in ["4GiB", "1MiB"] {
        let (both, found) = published(&county, "both", steps, memory);
        assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "{name} differs with {memory}");
        }
        let sources = |report: &Value| report["sources"].as_array().unwrap().clone();
        for ((both, audit), statistics) in sources(&both).iter().zip(sources(&audit)).zip(sources(&statistics)) {
            assert_eq!(both["rows_read"], audit["rows_read"], "rows are counted once");
            let expected = if both["source"] == "settlement" { &statistics } else { &audit };
            assert_eq!(both, expected);
        }
        let rows = |report: &Value, name: &str| {
            report["sources"].as_array().unwrap().iter().find(|s| s["source"] == name).unwrap()["rows_read"].clone()
        };
        assert!(rows(&both, "settlement").as_u64().unwrap() > 0);
    }
}

/// The plan of a pipeline with these steps over the county's extracts.
fn plan(county: &TestContext, steps: &[&str], operators: OperatorRegistry) -> Result<Plan, RunError> {
    county.write("pipelines/mine.toml", &pipeline(steps));
    let folder = |name: &str| county.path(name).to_string_lossy().into_owned();
    let config = RunConfig {
        date: Some(DATE.parse().unwrap()),
        data: Some(folder("data")),
        publish: Some(folder("published")),
        state: Some(county.path("state")),
        ..RunConfig::default()
    };
    let library = Library::open(Some(&county.path("pipelines")), operators).unwrap();
    Plan::resolve(&library, "mine", &config, &SystemClock)
}

fn attempt(plan: &Plan, stages: &Path, again: bool) -> Result<RunReport, RunError> {
    run(plan, &Attempt { run_id: "1", checkpoints: stages, again, progress: &NoProgress })
}

#[test]
fn an_operator_that_is_added_runs_like_the_others() {
    let county = county();
    let operators = registry().with(&resident_count::RESIDENT_COUNT);
    let plan = plan(&county, &[COUNT, AUDIT], operators).unwrap();
    let report = attempt(&plan, &county.path("stages"), false).unwrap();
    let household = report.sources.iter().find(|source| source.source == "household").unwrap();
    assert!(household.by_reason["superseded"] > 0 && household.rows_used > 500, "{household:?}");
    let residents = report.notes.iter().find(|note| note.name == "residents").unwrap();
    assert_eq!(residents.count, household.rows_used, "two operators reject the same rows, which are counted once");
    assert_eq!(report.datasets.iter().map(|dataset| dataset.name.as_str()).next(), Some("resident_count"));
    let published = county.query("published", "SELECT persons FROM resident_count");
    assert_eq!(published, format!("persons\n{}\n", household.rows_used));
}

#[test]
fn an_operator_declares_what_a_file_may_say() {
    let county = TestContext::new();
    let told = |steps: &[&str]| {
        let operators = registry().with(&resident_count::RESIDENT_COUNT);
        let error = plan(&county, steps, operators).unwrap_err().to_string();
        error.split_once(": ").unwrap().1.to_owned()
    };
    insta::assert_snapshot!(told(&[COUNT, "options = { at_least = \"many\" }\n"]), @r#"at_least `"many"` cannot be taken, expected a number of residents"#);
    insta::assert_snapshot!(told(&[COUNT, "options = { least = 1 }\n"]), @"option `least` is unknown, expected one of `at_least`");
    insta::assert_snapshot!(told(&["[[step]]\noperator = \"residents\"\n"]), @"operator `residents` is unknown, expected one of `enrollment-audit`, `duplicate-cleanup`, `monthly-bulletin`, `settlement-statistics`, `resident-count`");
}

#[test]
fn a_run_that_goes_on_between_two_operators_loses_no_reject() {
    let county = county();
    let operators = registry().with(&resident_count::SECOND_ATTEMPT);
    let plan = plan(&county, &[AUDIT, COUNT], operators).unwrap();
    let failed = attempt(&plan, &county.path("stages"), false).unwrap_err();
    assert_eq!((failed.failed_stage(), failed.class().is_transient()), (Some("resident-count"), true));
    let report = attempt(&plan, &county.path("stages"), true).unwrap();
    let (expected, datasets) = published(&county, "audit", &[AUDIT], "4GiB");
    let rejected = |source: &str| report.sources.iter().find(|counts| counts.source == source).unwrap().rows_rejected;
    for source in expected["sources"].as_array().unwrap() {
        assert_eq!(rejected(source["source"].as_str().unwrap()), source["rows_rejected"].as_u64().unwrap(), "{source}");
    }
    let found = county.dataset_bytes(report.snapshot.as_deref().unwrap());
    for (name, bytes) in &datasets {
        assert!(found[name] == *bytes, "{name} differs");
    }
}
