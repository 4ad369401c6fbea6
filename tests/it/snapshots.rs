//! Pipelines that read what others have published.

use std::fs;

use serde_json::Value;

use crate::support::TestContext;

/// Reads `village`, and its own past.
const DISTRICT: &str = r#"
title = "一个片区"
region = "340322"

[[snapshot]]
pipeline = "village"
required = true

[[snapshot]]
pipeline = "district"

[[step]]
into = "large"
sql = "SELECT township, persons FROM village__by_township WHERE persons > 1"

[[step]]
into = "count"
sql = "SELECT COUNT(*) AS townships FROM large"
"#;

fn context() -> TestContext {
    let context = TestContext::with_village();
    context.write("pipelines/district.toml", DISTRICT);
    context
}

fn run_on(context: &TestContext, pipeline: &str, date: &str) -> Value {
    let outcome = context.run(&["run", pipeline, "--date", date, "--data", "data", "--json"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    outcome.json()
}

#[test]
fn a_query_reads_what_another_pipeline_published() {
    let context = context();
    let village = run_on(&context, "village", "2023-12-31");
    let report = run_on(&context, "district", "2024-01-02");
    let read = serde_json::json!([{ "pipeline": "village", "snapshot": "snapshot=2023-12-31.1", "run_id": village["run_id"] }]);
    assert_eq!(report["snapshots"], read);
    assert_eq!(
        report["absent_snapshots"],
        serde_json::json!(["`district` for region 340322 and benefit year 2024 before 2024-01-02 in `published`"])
    );
    assert_eq!(report["sources"], serde_json::json!([]));
    let snapshot = report["snapshot"].as_str().unwrap();
    let manifest: Value = serde_json::from_slice(&fs::read(context.path(snapshot).join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["snapshots"], read);
    let names: Vec<&str> = manifest["datasets"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["count", "large"], "a pipeline without extracts has no rejects");
    let rows = context.run(&["query", "SELECT * FROM large", "--format", "csv"]);
    assert_eq!(rows.stdout, "township,persons\n340322101,2\n");
}

#[test]
fn the_newest_snapshot_not_after_the_date_is_read() {
    let context = context();
    for date in ["2023-12-01", "2023-12-01", "2023-12-15"] {
        run_on(&context, "village", date);
    }
    let read = |date: &str| run_on(&context, "district", date)["snapshots"][0]["snapshot"].clone();
    assert_eq!(read("2023-12-14"), "snapshot=2023-12-01.2");
    assert_eq!(read("2023-12-15"), "snapshot=2023-12-15.1");
    assert_eq!(read("2024-06-01"), "snapshot=2023-12-15.1");
}

#[test]
fn a_pipeline_reads_its_own_past_but_not_todays() {
    let context = context();
    run_on(&context, "village", "2023-12-01");
    let own = |report: &Value| -> Vec<String> {
        let all = report["snapshots"].as_array().unwrap().iter();
        all.filter(|entry| entry["pipeline"] == "district").map(|entry| entry["snapshot"].as_str().unwrap().to_owned()).collect()
    };
    assert!(own(&run_on(&context, "district", "2023-12-04")).is_empty());
    assert_eq!(own(&run_on(&context, "district", "2023-12-11")), ["snapshot=2023-12-04.1"]);
    let again = context.run(&["plan", "district", "--date", "2023-12-11", "--data", "data", "--json"]).json();
    assert_eq!(again["snapshots"][1]["snapshot"], "published/district/snapshot=2023-12-04.1", "not that of the same day");
}

#[test]
fn a_snapshot_of_another_region_is_passed_over() {
    let context = context();
    run_on(&context, "village", "2023-12-01");
    let other = context.run(&["run", "village", "--date", "2023-12-02", "--data", "data", "--region", "340600"]);
    assert_eq!(other.status, 0, "{other:?}");
    assert_eq!(run_on(&context, "district", "2023-12-03")["snapshots"][0]["snapshot"], "snapshot=2023-12-01.1");
}

#[test]
fn a_missing_snapshot_stops_the_run_and_shows_in_the_plan() {
    let context = context();
    run_on(&context, "village", "2023-12-31");
    let outcome = context.run(&["run", "district", "--date", "2023-12-30"]);
    insta::assert_snapshot!(outcome.transcript(), @"
    exit 1
    error: stopped at stage `read`: no snapshot of `village` for region 340322 on or before 2023-12-30 in `published`
    hint: publish one first, `canbao run village --date …`, or name where its snapshots are with `--publish`
    ");
    assert!(!context.path("published/district").exists());
    let plan = context.run(&["plan", "district", "--date", "2023-12-30"]);
    assert_eq!(plan.status, 0);
    assert!(plan.stdout.contains("the run would stop: no snapshot of `village`"), "{}", plan.stdout);
    assert!(plan.stdout.contains("absent, optional"), "{}", plan.stdout);
}

#[test]
fn a_query_for_what_a_snapshot_does_not_have_is_a_wrong_configuration() {
    let context = context();
    run_on(&context, "village", "2023-12-31");
    context.write(
        "pipelines/district.toml",
        &DISTRICT.replace("SELECT township, persons FROM village__by_township", "SELECT town FROM village__by_township"),
    );
    insta::assert_snapshot!(context.run(&["run", "district", "--date", "2023-12-31"]).transcript(), @r#"
    exit 2
    error: `pipelines/district.toml` line 14: the SQL of step `large` cannot run: unable to find column "town"; valid columns: ["township", "persons"]
    hint: frames at hand: `village__by_township`, `village__rejects`, `run`
    "#);
    context.write("pipelines/district.toml", &DISTRICT.replace("village__by_township", "village__by_county"));
    insta::assert_snapshot!(context.run(&["plan", "district", "--date", "2023-12-31"]).transcript(), @"
    exit 2
    error: `pipelines/district.toml` line 14: the SQL of step `large` cannot run: relation 'village__by_county' was not found
    hint: frames at hand: `village__by_township`, `village__rejects`, `run`
    ");
}

#[test]
fn a_snapshot_that_was_changed_is_not_read() {
    let context = context();
    let report = run_on(&context, "village", "2023-12-31");
    let file = context.path(report["snapshot"].as_str().unwrap()).join("by_township.parquet");
    let mut bytes = fs::read(&file).unwrap();
    bytes[10] ^= 1;
    fs::write(&file, bytes).unwrap();
    insta::assert_snapshot!(context.run(&["run", "district", "--date", "2023-12-31"]).transcript(), @"
    exit 1
    error: stopped at stage `read`: `published/village/snapshot=2023-12-31.1/by_township.parquet` is not as it was published: its SHA-256 is not the manifest's
    hint: publish that pipeline again
    ");
}
