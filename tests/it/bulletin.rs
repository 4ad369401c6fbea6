//! The monthly bulletin by the real binary: from a sample to a page, and back from a figure to its rows.

use std::fs;

use crate::support::TestContext;

const PLACES: [&str; 4] = ["--publish", "out", "--state", "state"];

fn done(context: &TestContext, arguments: &[&str]) -> String {
    context.succeed(arguments).stdout
}

/// What 淮北市 published for September 2023, as settlements and then as statistics.
fn huaibei() -> TestContext {
    let context = TestContext::new();
    done(&context, &["sample", "data", "--what", "settlement", "--like", "huaibei-2023", "--seed", "1", "--region", "340600"]);
    let run = ["run", "settlement-statistics", "--region", "340600", "--data", "data", "--date", "2023-09-30"];
    done(&context, &[&run[..], &PLACES].concat());
    context
}

#[test]
fn the_published_sentence_and_its_trace() {
    let context = huaibei();
    let told = done(&context, &["bulletin", "--month", "2023-09", "--publish", "out", "--out", "b"]);
    assert!(told.starts_with("淮北市医疗保障月报 2023年9月\n"), "{told}");
    let text = fs::read_to_string(context.path("b/bulletin-2023-09.md")).unwrap();
    let published = "全市住院跨省直接结算2.81万人次，医保基金支付39215.06万元，与去年同期相比，分别增长117.83%和92.48%；\
                     普通门诊跨省直接结算8.08万人次，医保基金支付1010.51万元，与去年同期相比，分别增长323.04%和207.84%；\
                     门诊慢特病跨省直接结算0.2万人次，医保基金支付86.02万元";
    assert!(text.contains(published), "{text}");
    let page = fs::read_to_string(context.path("b/bulletin-2023-09.html")).unwrap();
    assert!(page.contains(r#"<b class="figure" title="settlement.ytd/inpatient.all/person_times">2.81万人次</b>"#));
    assert!(context.path("b/bulletin-2023-09.xlsx").exists());

    let trace = ["bulletin", "--month", "2023-09", "--publish", "out", "--trace"];
    let listed = done(&context, &[&trace[..], &["list"]].concat());
    assert!(listed.contains("settlement.ytd"), "{listed}");
    let traced = context.run(&[&trace[..], &["settlement.ytd/inpatient.all/person_times", "--json"]].concat()).json();
    assert_eq!(traced["rows"], serde_json::json!([{ "person_times": 28100 }]));
    assert_eq!(traced["snapshot"], "snapshot=2023-09-30.1");
    // The trace is the very computation: the query gives the same answer when somebody else asks it.
    let sql = traced["sql"].as_str().unwrap();
    let pinned = "settlement-statistics/snapshot=2023-09-30.1";
    let again = done(&context, &["query", sql, "--publish", "out", "--snapshot", pinned, "--format", "csv"]);
    assert!(again.lines().any(|line| line.starts_with("inpatient,all,28100,")), "{again}");
}

#[test]
fn the_pipeline_publishes_what_the_command_writes() {
    let context = huaibei();
    let run = ["run", "monthly-bulletin", "--region", "340600", "--date", "2023-09-30", "--json"];
    let report = context.run(&[&run[..], &PLACES].concat()).json();
    assert_eq!(report["status"], "published", "{report}");
    assert_eq!(report["benefit_year"], serde_json::Value::Null);
    let snapshot = context.path(report["snapshot"].as_str().unwrap());
    done(&context, &["bulletin", "--month", "2023-09", "--publish", "out", "--out", "b"]);
    for form in ["html", "xlsx", "md"] {
        let name = format!("bulletin-2023-09.{form}");
        let published = fs::read(snapshot.join("documents").join(&name)).unwrap();
        assert!(published == fs::read(context.path("b").join(&name)).unwrap(), "{name}");
    }
    let rows = done(
        &context,
        &[
            "query",
            "SELECT shown, value, state FROM bulletin_figures WHERE figure = 'settlement.ytd/inpatient.all/person_times'",
            "--publish",
            "out",
            "--format",
            "csv",
        ],
    );
    assert_eq!(rows, "shown,value,state\n\"28,100\",28100.00,published\n");
}

#[test]
fn what_cannot_be_is_refused() {
    let context = TestContext::new();
    context.write("pipelines/monthly-bulletin.toml", BULLETIN);
    let said = |arguments: &[&str]| context.run(&[&["bulletin"], arguments].concat()).transcript();
    insta::assert_snapshot!(said(&["--month", "2023-09", "--publish", "out"]), @"
    exit 1
    error: nothing is published that a bulletin for 2023-09 could be made from
    hint: run `canbao run settlement-statistics --date 2023-09-30` first, or name the place of the snapshots with `--publish`
    ");
    insta::assert_snapshot!(said(&["--month", "2023-9"]), @"
    exit 2
    error: invalid value '2023-9' for '--month <YYYY-MM>': `2023-9` is no month, expected YYYY-MM

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["--month", "2023-09", "--format", "pdf"]), @"
    exit 2
    error: invalid value 'pdf' for '--format <FORM,…>': `pdf` is no form of a bulletin, expected html, xlsx or md

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["--month", "2023-09", "--lang", "fr"]), @"
    exit 2
    error: invalid value 'fr' for '--lang <LANG>': `fr` is no language, expected `zh` or `en`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["--month", "2023-09", "--min-persons", "0"]), @"
    exit 2
    error: invalid value '0' for '--min-persons <N>': number would be zero for non-zero type

    For more information, try '--help'.
    ");
    context.write("pipelines/monthly-bulletin.toml", &BULLETIN.replace("min_persons = 7", "min_persons = 0"));
    insta::assert_snapshot!(said(&["--month", "2023-09", "--publish", "out"]), @"
    exit 2
    error: `pipelines/monthly-bulletin.toml` line 16: min_persons `0` cannot be taken, expected a number of persons, at least 1
    ");
    context.write("pipelines/monthly-bulletin.toml", &BULLETIN.replace("min_persons = 7", "min_person = 7"));
    insta::assert_snapshot!(said(&["--month", "2023-09", "--publish", "out"]), @"
    exit 2
    error: `pipelines/monthly-bulletin.toml` line 16: option `min_person` is unknown, expected one of `min_persons`, `lang`
    hint: did you mean `min_persons`?
    ");
}

const BULLETIN: &str = r#"
title = "月报"
region = "340322"

[[snapshot]]
pipeline = "enrollment-audit"

[[snapshot]]
pipeline = "duplicate-cleanup"

[[snapshot]]
pipeline = "settlement-statistics"

[[step]]
operator = "monthly-bulletin"
options = { min_persons = 7 }
"#;
