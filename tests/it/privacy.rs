//! What the program says while it works and when it fails names nobody.

use std::fs;

use super::support::{TestContext, resident_number};

/// A valid number, and what of it may be shown.
fn somebody() -> (String, String) {
    let number = resident_number("340399198502280022");
    let shown = format!("340399********{}", &number[14..]);
    (number, shown)
}

#[test]
fn a_files_name_is_masked_in_errors() {
    let context = TestContext::with_village();
    let (number, shown) = somebody();
    fs::remove_file(context.path("data/household.csv")).unwrap();
    context.write(&format!("data/household/{number}.csv"), "certno,psn_name\n1,2\n");
    let outcome = context.run_village(&[]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains(&format!("{shown}.csv` lacks the required columns")), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains(&number), "{}", outcome.stderr);
    let failure = context.run_village(&["--json"]).json();
    assert!(failure["failure"]["error"].as_str().unwrap().contains(&shown), "{failure}");
}

#[test]
fn a_conversion_that_fails_tells_no_value() {
    let context = TestContext::with_village();
    let pipeline = fs::read_to_string(context.path("pipelines/village.toml")).unwrap();
    let (before, after) = pipeline.split_once("sql = ").unwrap();
    let rest = after.split_once('\n').unwrap().1;
    context.write("pipelines/village.toml", &format!("{before}sql = \"SELECT CAST(psn_name AS BIGINT) AS n FROM household\"\n{rest}"));
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `by_township`: conversion from `str` to `i64` failed in column 'psn_name' for 2 out of 2 values; TRY_CAST gives NULL where CAST fails
    ");
    context.write("pipelines/village.toml", &format!("{before}sql = \"SELECT psn_name FROM household\"\n{rest}"));
    assert_eq!(context.run_village(&[]).status, 0);
    let outcome = context.run(&["query", "SELECT CAST(psn_name AS BIGINT) FROM by_township"]);
    assert!(outcome.stderr.contains("failed in column 'psn_name' for 2 out of 2 values"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains('张'), "{}", outcome.stderr);
}

#[test]
fn a_number_at_a_wrong_place_of_the_command_line_is_masked() {
    let (number, shown) = somebody();
    let outcome = TestContext::with_village().run(&["explain", "张三", &number, "--date", "2023-12-31"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains(&format!("unexpected argument '{shown}' found")), "{}", outcome.stderr);
    let query = format!("SELECT * FROM person WHERE certno = '{number}' AND");
    let outcome = TestContext::with_village().run(&["query", &query]);
    assert!(outcome.status != 0 && !outcome.stderr.contains(&number), "{}", outcome.stderr);
}

#[test]
fn the_log_is_json_where_it_is_asked_for() {
    let context = TestContext::with_village();
    let outcome = context
        .run_with(&[("CANBAO_LOG", "canbao=info")], &["run", "village", "--date", "2023-12-31", "--data", "data", "--log-format", "json"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let log: Vec<serde_json::Value> = outcome.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(log.len() >= 4, "{}", outcome.stderr);
    for line in &log {
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert_eq!(line["level"], "INFO", "{line}");
        assert!(line["target"].as_str().is_some_and(|target| target.starts_with("canbao::")), "{line}");
    }
    assert!(log.iter().any(|line| line["message"] == "stage begins" && line["stage"] == "read"), "{}", outcome.stderr);
}

#[test]
fn the_log_is_text_and_quiet_by_default() {
    let context = TestContext::with_village();
    let run = ["run", "village", "--date", "2023-12-31", "--data", "data"];
    let quiet = context.run(&run);
    assert!(quiet.stderr.lines().all(|line| line.contains(": done in ")), "{}", quiet.stderr);
    let loud = context.run_with(&[("CANBAO_LOG", "info")], &run);
    assert!(loud.stderr.contains("+08:00  INFO canbao::pipeline::run: stage begins stage=\"read\""), "{}", loud.stderr);
    let wrong = context.run_with(&[("CANBAO_LOG", "canbao=loud")], &run);
    assert!(wrong.status == 0 && wrong.stderr.contains("the log's filter cannot be read, so `warn` stands in for it"), "{}", wrong.stderr);
    assert_eq!(context.run(&["--log-format", "xml", "plan", "village"]).status, 2);
}
