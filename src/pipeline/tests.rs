//! The messages about a pipeline's file that is wrong.

use canbao_runtime::diagnostic::Diagnostic;
use std::error::Error;

use super::{Gate, Pipeline, Step};
use crate::operators::registry;

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
    let error = Pipeline::parse("pipelines/mine.toml", &GOOD.replacen(from, to, 1), &registry()).unwrap_err();
    assert!(error.source().is_none(), "all is said in one sentence");
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

#[test]
fn a_good_file_is_understood() {
    let pipeline = Pipeline::parse("pipelines/mine.toml", GOOD, &registry()).unwrap();
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
    insta::assert_snapshot!(told("schedule", "shedule"), @"
    `pipelines/mine.toml` line 2: unknown field `shedule`, expected one of `title`, `schedule`, `after`, `when_new`, `catch_up`, `overlap`, `stage_timeout`, `stage_timeouts`, `timezone`, `region`, `data`, `source`, `snapshot`, `step`, `gate`, `publish`, `retry`, `keep`, `notify`
    hint: did you mean `schedule`?
    ");
}

#[test]
fn a_key_of_the_wrong_type() {
    insta::assert_snapshot!(told("required = true", "required = \"yes\""), @r#"`pipelines/mine.toml` line 5: invalid type: string "yes", expected a boolean"#);
}

#[test]
fn no_toml() {
    insta::assert_snapshot!(told("title = \"t\"", "title = t"), @"`pipelines/mine.toml` line 1: invalid boolean, expected `true`");
}

#[test]
fn a_missing_title() {
    insta::assert_snapshot!(told("title = \"t\"", ""), @"`pipelines/mine.toml` line 1: missing field `title`");
}

#[test]
fn a_bad_schedule() {
    insta::assert_snapshot!(told("30 2 * * *", "30 25 * * *"), @"`pipelines/mine.toml` line 2: schedule `30 25 * * *` cannot be read (component error: Number out of bounds), expected a cron pattern of five fields (minute hour day month weekday) or six (second first)");
    insta::assert_snapshot!(told("30 2 * * *", "daily"), @"`pipelines/mine.toml` line 2: schedule `daily` has 1 fields, expected a cron pattern of five fields (minute hour day month weekday) or six (second first)");
}

#[test]
fn an_unknown_timezone() {
    insta::assert_snapshot!(told("[[source]]", "timezone = \"Asia/Shanghia\"\n[[source]]"), @"`pipelines/mine.toml` line 3: timezone `Asia/Shanghia` is unknown (did you mean `Asia/Shanghai`?), expected a name of the IANA time zone database such as `Asia/Shanghai`");
}

#[test]
fn an_unknown_extract() {
    insta::assert_snapshot!(told("\"household\"", "\"houshold\""), @"
    `pipelines/mine.toml` line 4: extract `houshold` is unknown, expected one of `household`, `identity`, `enrollment`, `student`, `payment`, `mutual_aid`, `target`, `settlement`, `incentive_use`
    hint: did you mean `household`?
    ");
}

#[test]
fn an_extract_named_twice() {
    insta::assert_snapshot!(told("\"enrollment\"", "\"household\""), @"`pipelines/mine.toml` line 7: source `household` is named twice");
}

#[test]
fn an_unknown_encoding() {
    insta::assert_snapshot!(told("required = true", "encoding = \"gbk\""), @"`pipelines/mine.toml` line 5: encoding `gbk` is unknown, expected one of `auto`, `utf-8`, `gb18030`");
}

#[test]
fn an_unknown_operator() {
    insta::assert_snapshot!(told("\"enrollment-audit\"", "\"enrolment-audit\""), @"
    `pipelines/mine.toml` line 9: operator `enrolment-audit` is unknown, expected one of `enrollment-audit`, `duplicate-cleanup`, `monthly-bulletin`, `settlement-statistics`
    hint: did you mean `enrollment-audit`?
    ");
}

#[test]
fn an_operator_without_its_source() {
    insta::assert_snapshot!(told("[[source]]\nextract = \"enrollment\"\n", ""), @r#"
    `pipelines/mine.toml` line 7: operator `enrollment-audit` reads `enrollment`, which is no `[[source]]` of this pipeline
    hint: add `[[source]]` with `extract = "enrollment"`
    "#);
}

#[test]
fn a_step_of_neither_kind() {
    insta::assert_snapshot!(told("operator = \"enrollment-audit\"", ""), @"`pipelines/mine.toml` line 8: a `[[step]]` has neither `operator` nor `sql`, expected either `operator` (and `options`), or `sql` and `into` (and `title`, `meaning`, `order_by`, `columns`)");
    insta::assert_snapshot!(told("operator = \"enrollment-audit\"", "operator = \"enrollment-audit\"\ntitle = \"t\""), @"`pipelines/mine.toml` line 8: a `[[step]]` has `operator` and what only queries have, expected either `operator` (and `options`), or `sql` and `into` (and `title`, `meaning`, `order_by`, `columns`)");
    insta::assert_snapshot!(told("operator = \"enrollment-audit\"", "operator = \"enrollment-audit\"\noptions = { fast = true }"), @"`pipelines/mine.toml` line 10: option `fast` is unknown, expected none");
    insta::assert_snapshot!(told("into = \"by_township\"\n", ""), @"`pipelines/mine.toml` line 10: a `[[step]]` has `sql` without `into`, expected either `operator` (and `options`), or `sql` and `into` (and `title`, `meaning`, `order_by`, `columns`)");
}

#[test]
fn a_dataset_made_twice() {
    insta::assert_snapshot!(told("into = \"by_township\"", "into = \"person\""), @"`pipelines/mine.toml` line 10: dataset `person` is made by a step before, expected a name of its own");
    insta::assert_snapshot!(told("into = \"by_township\"", "into = \"rejects\""), @"`pipelines/mine.toml` line 10: dataset `rejects` belongs to every run, expected a name of its own");
    insta::assert_snapshot!(told("into = \"by_township\"", "into = \"read\""), @"`pipelines/mine.toml` line 10: dataset `read` has the name of a stage, expected a name of its own");
}

#[test]
fn a_query_for_an_unknown_frame_or_column() {
    insta::assert_snapshot!(told("FROM person", "FROM persons"), @"
    `pipelines/mine.toml` line 12: the SQL of step `by_township` cannot run: relation 'persons' was not found
    hint: frames at hand: `household`, `enrollment`, `run`, `person`, `duplicate_enrollment`, `missed_enrollment`, `subsidy`, `benefit_period`, `incentive`, `progress`, `reconciliation`, `mutual_aid_check`
    ");
    insta::assert_snapshot!(told("SELECT township", "SELECT townschip"), @r#"
    `pipelines/mine.toml` line 12: the SQL of step `by_township` cannot run: unable to find column "townschip"; valid columns: ["certno", "psn_name", "gend", "brdy", "resd_admdvs", "township", "regi_type", "surv_stas", "student", "eligible", "covered_by", "enrolled_here", "prior_enrolled", "consecutive_years", "duplicate", "missed", "subsidy_category"]
    hint: frames at hand: `household`, `enrollment`, `run`, `person`, `duplicate_enrollment`, `missed_enrollment`, `subsidy`, `benefit_period`, `incentive`, `progress`, `reconciliation`, `mutual_aid_check`
    "#);
    insta::assert_snapshot!(told("persons desc", "people desc"), @"
    `pipelines/mine.toml` line 12: the SQL of step `by_township` cannot run: order_by `people` is no column of the result, expected one of `township`, `persons`
    hint: frames at hand: `household`, `enrollment`, `run`, `person`, `duplicate_enrollment`, `missed_enrollment`, `subsidy`, `benefit_period`, `incentive`, `progress`, `reconciliation`, `mutual_aid_check`
    ");
    insta::assert_snapshot!(told("SELECT township", "SELEC township"), @"
    `pipelines/mine.toml` line 12: the SQL of step `by_township` cannot run: expected: an SQL statement, found: SELEC at Line: 1, Column: 1
    hint: frames at hand: `household`, `enrollment`, `run`, `person`, `duplicate_enrollment`, `missed_enrollment`, `subsidy`, `benefit_period`, `incentive`, `progress`, `reconciliation`, `mutual_aid_check`
    ");
}

#[test]
fn an_unknown_dataset_to_publish() {
    insta::assert_snapshot!(told("\"by_township\"]", "\"by_townships\"]"), @"
    `pipelines/mine.toml` line 19: dataset `by_townships` is unknown, expected one of `person`, `duplicate_enrollment`, `missed_enrollment`, `subsidy`, `benefit_period`, `incentive`, `progress`, `reconciliation`, `mutual_aid_check`, `by_township`, `rejects`
    hint: did you mean `by_township`?
    ");
}

#[test]
fn a_gate_that_cannot_be() {
    insta::assert_snapshot!(told("\"reject-share\"", "\"rejects\""), @"`pipelines/mine.toml` line 15: check `rejects` is unknown, expected one of `reject-share`, `rows`, `fewer-rows`");
    insta::assert_snapshot!(told("12.5", "120"), @"`pipelines/mine.toml` line 17: at_most_pct `120` is no such share, expected percent from 0 to 100 with at most two places");
    insta::assert_snapshot!(told("12.5", "12.345"), @"`pipelines/mine.toml` line 17: at_most_pct `12.345` is no such share, expected percent from 0 to 100 with at most two places");
    insta::assert_snapshot!(told("at_most_pct = 12.5", "at_least = 5"), @"`pipelines/mine.toml` line 14: gate `reject-share` has other keys, expected `source` and `at_most_pct`");
    insta::assert_snapshot!(told("source = \"*\"", "source = \"student\""), @"`pipelines/mine.toml` line 16: source `student` is unknown, expected one of `household`, `enrollment`");
    insta::assert_snapshot!(told("check = \"reject-share\"", "check = \"fewer-rows\""), @"`pipelines/mine.toml` line 14: gate `fewer-rows` has other keys, expected the name of one `source` or `dataset`");
    insta::assert_snapshot!(told("source = \"*\"", "dataset = \"person\""), @"`pipelines/mine.toml` line 14: gate `reject-share` has other keys, expected `source` and `at_most_pct`");
}

#[test]
fn a_wrong_form_for_persons() {
    insta::assert_snapshot!(told("[publish]", "[publish]\nperson_ids = \"maskd\""), @"
    `pipelines/mine.toml` line 19: person_ids `maskd` is unknown, expected one of `plain`, `masked`, `pseudonym`
    hint: did you mean `masked`?
    ");
}

const OVER_SNAPSHOTS: &str = r#"title = "t"
[[snapshot]]
pipeline = "enrollment-audit"
required = true
[[snapshot]]
pipeline = "mine"
role = "past"
[[step]]
into = "by_township"
sql = "SELECT township, COUNT(*) AS persons FROM enrollment_audit__person GROUP BY township"
[[step]]
into = "largest"
sql = "SELECT * FROM by_township WHERE persons > 1000"
"#;

fn told_over_snapshots(from: &str, to: &str) -> String {
    assert!(OVER_SNAPSHOTS.contains(from), "{from}");
    let error = Pipeline::parse("pipelines/mine.toml", &OVER_SNAPSHOTS.replacen(from, to, 1), &registry()).unwrap_err();
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}\nhint: {hint}"))
}

#[test]
fn queries_over_snapshots_wait_until_these_are_known() {
    let pipeline = Pipeline::parse("pipelines/mine.toml", OVER_SNAPSHOTS, &registry()).unwrap();
    let roles: Vec<_> = pipeline.snapshots.iter().map(|s| (s.pipeline.as_str(), s.role.as_str(), s.required)).collect();
    assert_eq!(roles, [("enrollment-audit", "enrollment-audit", true), ("mine", "past", false)]);
    assert_eq!(pipeline.published(), ["by_township", "largest"], "no extracts, no rejects");
}

#[test]
fn a_snapshot_that_cannot_be() {
    insta::assert_snapshot!(told_over_snapshots("pipeline = \"mine\"", "pipeline = \"mine\"\nrequired = true"), @"`pipelines/mine.toml` line 6: a `[[snapshot]]` has `required = true` for a snapshot of its own, expected it to be optional, as its first run finds none");
    insta::assert_snapshot!(told_over_snapshots("pipeline = \"mine\"", "pipeline = \"enrollment_audit\""), @"`pipelines/mine.toml` line 6: snapshot `enrollment_audit` is named twice");
    insta::assert_snapshot!(told_over_snapshots("required = true\n", ""), @"`pipelines/mine.toml` line 9: step `by_township` has a query that reads a snapshot without `required = true`, expected `required = true` in the `[[snapshot]]`, as a query cannot do without its frames");
    insta::assert_snapshot!(told_over_snapshots("FROM enrollment_audit__person", "FROM mine__person"), @"`pipelines/mine.toml` line 10: step `by_township` has a query that reads a snapshot without `required = true`, expected `required = true` in the `[[snapshot]]`, as a query cannot do without its frames");
    insta::assert_snapshot!(told_over_snapshots("FROM enrollment_audit__person", "FROM settlement_statistics__x"), @"
    `pipelines/mine.toml` line 10: the SQL of step `by_township` cannot run: relation 'settlement_statistics__x' was not found
    hint: frames at hand: `run`
    ");
    insta::assert_snapshot!(told_over_snapshots("into = \"largest\"", "into = \"mine__largest\""), @"`pipelines/mine.toml` line 11: dataset `mine__largest` has the name of a snapshot's dataset, expected a name of its own");
    insta::assert_snapshot!(told_over_snapshots("pipeline = \"mine\"", "pipelin = \"mine\""), @"
    `pipelines/mine.toml` line 6: unknown field `pipelin`, expected one of `pipeline`, `role`, `required`
    hint: did you mean `pipeline`?
    ");
}

#[test]
fn an_operator_without_its_snapshot() {
    let step =
        "title = \"t\"\n[[snapshot]]\npipeline = \"enrollment-audit\"\nrequired = true\n[[step]]\noperator = \"duplicate-cleanup\"\n";
    let own = "[[snapshot]]\npipeline = \"mine\"\nrole = \"duplicate-cleanup\"\n";
    let told = |text: &str| {
        let error = Pipeline::parse("pipelines/mine.toml", text, &registry()).unwrap_err();
        format!("{error}\nhint: {}", error.hint().unwrap())
    };
    insta::assert_snapshot!(told(step), @r#"
    `pipelines/mine.toml` line 6: operator `duplicate-cleanup` reads the pipeline's own past as `duplicate-cleanup`, which no `[[snapshot]]` of this pipeline gives
    hint: add `[[snapshot]]` with `pipeline = "mine"`, `role = "duplicate-cleanup"`
    "#);
    let optional = [step, own].concat().replace("required = true\n", "");
    insta::assert_snapshot!(told(&optional), @r#"
    `pipelines/mine.toml` line 5: operator `duplicate-cleanup` reads the required snapshot `enrollment-audit`, which no `[[snapshot]]` of this pipeline gives
    hint: add `[[snapshot]]` with `pipeline = "enrollment-audit"`, `required = true`
    "#);
    let anothers = [step, own].concat().replace("pipeline = \"mine\"", "pipeline = \"duplicate-cleanup\"");
    assert_eq!(told(&anothers), told(step), "another pipeline's lists are not its own past");
    let pipeline = Pipeline::parse("pipelines/mine.toml", &[step, own].concat(), &registry()).unwrap();
    assert!(pipeline.reads_whole_past("duplicate-cleanup") && !pipeline.reads_whole_past("enrollment-audit"));
}
