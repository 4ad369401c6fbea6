//! What is wrong with a pipeline's file, as its owner is told.

use std::error::Error;

use super::{Gate, Pipeline, Step};

const GOOD: &str = r#"title = "t"
schedule = "30 2 * * *"
[[source]]
extract = "household"
required = true
[[source]]
extract = "enrollment"
[[step]]
operator = "enrollment-audit"
[[step]]
into = "by_township"
sql = "SELECT township, COUNT(*) AS persons FROM person GROUP BY township"
order_by = ["persons desc"]
[[gate]]
check = "reject-share"
source = "*"
at_most_pct = 12.5
[publish]
datasets = ["person", "by_township"]
"#;

/// The message and the hint for the good file with one piece changed.
fn told(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let error = Pipeline::parse("pipelines/mine.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
    assert!(error.source().is_none(), "all is said in one sentence");
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

#[test]
fn a_good_file_is_understood() {
    let pipeline = Pipeline::parse("pipelines/mine.toml", GOOD).unwrap();
    assert_eq!(pipeline.name, "mine");
    assert_eq!(pipeline.timezone, chrono_tz::Asia::Shanghai);
    assert_eq!((pipeline.data.as_str(), pipeline.publish.location.as_str()), ("sample_data", "published"));
    assert!(pipeline.needs_year());
    assert!(matches!(pipeline.steps.as_slice(), [Step::Operator(_), Step::Sql(_)]));
    assert!(matches!(pipeline.gates.as_slice(), [Gate::RejectShare { .. }]));
    assert_eq!(pipeline.published(), ["person", "by_township", "rejects"]);
    assert!(pipeline.sql_reads().contains("person"));
}

#[test]
fn a_misspelt_key() {
    insta::assert_snapshot!(told("schedule", "shedule"), @"");
}

#[test]
fn a_key_of_the_wrong_type() {
    insta::assert_snapshot!(told("required = true", "required = \"yes\""), @"");
}

#[test]
fn no_toml() {
    insta::assert_snapshot!(told("title = \"t\"", "title = t"), @"");
}

#[test]
fn a_missing_title() {
    insta::assert_snapshot!(told("title = \"t\"", ""), @"");
}

#[test]
fn a_bad_schedule() {
    insta::assert_snapshot!(told("30 2 * * *", "30 25 * * *"), @"");
    insta::assert_snapshot!(told("30 2 * * *", "daily"), @"");
}

#[test]
fn an_unknown_timezone() {
    insta::assert_snapshot!(told("[[source]]", "timezone = \"Asia/Shanghia\"\n[[source]]"), @"");
}

#[test]
fn an_unknown_extract() {
    insta::assert_snapshot!(told("\"household\"", "\"houshold\""), @"");
}

#[test]
fn an_extract_named_twice() {
    insta::assert_snapshot!(told("\"enrollment\"", "\"household\""), @"");
}

#[test]
fn an_unknown_encoding() {
    insta::assert_snapshot!(told("required = true", "encoding = \"gbk\""), @"");
}

#[test]
fn an_unknown_operator() {
    insta::assert_snapshot!(told("\"enrollment-audit\"", "\"enrolment-audit\""), @"");
}

#[test]
fn an_operator_without_its_source() {
    insta::assert_snapshot!(told("[[source]]\nextract = \"enrollment\"\n", ""), @"");
}

#[test]
fn a_step_of_neither_kind() {
    insta::assert_snapshot!(told("operator = \"enrollment-audit\"", ""), @"");
    insta::assert_snapshot!(told("into = \"by_township\"\n", ""), @"");
}

#[test]
fn a_dataset_made_twice() {
    insta::assert_snapshot!(told("into = \"by_township\"", "into = \"person\""), @"");
    insta::assert_snapshot!(told("into = \"by_township\"", "into = \"rejects\""), @"");
}

#[test]
fn a_query_for_an_unknown_frame_or_column() {
    insta::assert_snapshot!(told("FROM person", "FROM persons"), @"");
    insta::assert_snapshot!(told("SELECT township", "SELECT townschip"), @"");
    insta::assert_snapshot!(told("persons desc", "people desc"), @"");
    insta::assert_snapshot!(told("SELECT township", "SELEC township"), @"");
}

#[test]
fn an_unknown_dataset_to_publish() {
    insta::assert_snapshot!(told("\"by_township\"]", "\"by_townships\"]"), @"");
}

#[test]
fn a_gate_that_cannot_be() {
    insta::assert_snapshot!(told("\"reject-share\"", "\"rejects\""), @"");
    insta::assert_snapshot!(told("12.5", "120"), @"");
    insta::assert_snapshot!(told("12.5", "12.345"), @"");
    insta::assert_snapshot!(told("at_most_pct = 12.5", "at_least = 5"), @"");
    insta::assert_snapshot!(told("source = \"*\"", "source = \"student\""), @"");
    insta::assert_snapshot!(told("source = \"*\"", "dataset = \"person\""), @"");
}

#[test]
fn a_wrong_form_for_persons() {
    insta::assert_snapshot!(told("[publish]", "[publish]\nperson_ids = \"maskd\""), @"");
}
