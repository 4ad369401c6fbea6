//! The real binary, from the command line to the exit status and what it prints.

use std::fs;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use super::support::{TestContext, VILLAGE, household, program, resident_number};

#[test]
fn a_run_publishes_and_prints_the_snapshot_last() {
    let context = TestContext::with_village();
    let outcome = context.run_village(&[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let snapshot = outcome.stdout.lines().last().unwrap();
    assert_eq!(snapshot, "published/village/snapshot=2023-12-31.1");
    for file in ["by_township.parquet", "rejects.parquet", "manifest.json"] {
        assert!(context.path(snapshot).join(file).is_file(), "{file}");
    }
    let latest: Value = serde_json::from_str(&fs::read_to_string(context.path("published/village/latest.json")).unwrap()).unwrap();
    assert_eq!(latest, serde_json::json!({ "snapshot": "snapshot=2023-12-31.1" }));
    assert!(outcome.stderr.contains("read: done in"), "plain lines where no terminal is: {}", outcome.stderr);
}

#[test]
fn the_report_adds_up() {
    let report = TestContext::with_village().run_village(&["--json"]).json();
    let source = &report["sources"][0];
    assert_eq!((&source["source"], &source["rows_read"]), (&"household".into(), &3.into()));
    assert_eq!((&source["rows_used"], &source["rows_rejected"]), (&2.into(), &1.into()));
    assert_eq!(source["by_reason"]["bad_certno"], 1);
    assert_eq!(report["status"], "published");
    assert_eq!(report["datasets"][0]["name"], "by_township");
    assert_eq!(report["snapshot"], "published/village/snapshot=2023-12-31.1");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let context = TestContext::with_village();
    let hashes = [1, 2].map(|attempt| {
        assert_eq!(context.run_village(&[]).status, 0);
        let manifest = fs::read_to_string(context.path(&format!("published/village/snapshot=2023-12-31.{attempt}/manifest.json")));
        serde_json::from_str::<Value>(&manifest.unwrap()).unwrap()["datasets"].clone()
    });
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn a_broken_gate_publishes_nothing_and_keeps_the_rejects() {
    let context = TestContext::with_village();
    context.write("pipelines/village.toml", &VILLAGE.replace("at_most_pct = 50", "at_most_pct = 33.3"));
    let outcome = context.run_village(&["--json"]);
    assert_eq!(outcome.status, 3);
    let finding = "error: gate broken: source `household`: 1 of 3 rows rejected (33.33 %), at most 33.30 % allowed";
    assert!(outcome.stderr.contains(finding), "{}", outcome.stderr);
    assert!(!context.path("published/village").exists());
    let report = outcome.json();
    assert_eq!((&report["status"], &report["snapshot"]), (&"held".into(), &Value::Null));
    let held = report["held"].as_str().unwrap();
    assert!(held.starts_with(".canbao/held/village/"), "{held}");
    assert!(context.path(held).is_file());
}

#[test]
fn a_gate_compares_with_the_last_snapshot() {
    let context = TestContext::with_village();
    let gate = "\n[[gate]]\ncheck = \"fewer-rows\"\nsource = \"household\"\nat_most_pct = 20\n";
    context.write("pipelines/village.toml", &[VILLAGE, gate].concat());
    assert_eq!(context.run_village(&[]).status, 0);
    context.write("data/household.csv", &household(&[&resident_number("340399199001010011")]));
    let outcome = context.run_village(&[]);
    assert_eq!(outcome.status, 3);
    assert!(
        outcome.stderr.contains("rows fell from 3 in the last snapshot to 1 (66.67 % fewer), at most 20 % fewer allowed"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_missing_extract_is_named() {
    let context = TestContext::with_village();
    fs::remove_file(context.path("data/household.csv")).unwrap();
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: no extract `household` in `data`, expected household.csv, .txt, .xlsx, .parquet or household/*.csv
    hint: put the extract into the data location, or name another one with `--data`
    ");
    let failure = context.run_village(&["--json"]).json();
    assert_eq!((&failure["status"], &failure["failure"]["stage"]), (&"failed".into(), &"read".into()));
}

#[test]
fn a_missing_data_location_is_named() {
    let context = TestContext::with_village();
    fs::remove_dir_all(context.path("data")).unwrap();
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: `data` does not exist, expected a folder
    hint: name the folder or the URL with `--data`, and see that it is there
    ");
}

#[test]
fn an_extract_that_is_there_twice_is_not_chosen_from() {
    let context = TestContext::with_village();
    context.write("data/household/part.csv", &household(&[]));
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: the extract `household` is there twice: `household/` and `household.csv`
    hint: keep one of them in the data location
    ");
}

#[test]
fn a_missing_column_is_named() {
    let context = TestContext::with_village();
    context.write("data/household.csv", "certno,psn_name\n1,2\n");
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: `household.csv` lacks the required columns: `brdy` (出生日期), `resd_admdvs` (居住地区划), `regi_type` (登记类型), `surv_stas` (生存状态)
    hint: headers are the platform's names or the Chinese ones; the first line must be the header
    ");
}

#[test]
fn an_extract_without_rows_stops_the_run() {
    let context = TestContext::with_village();
    context.write("data/household.csv", &household(&[]));
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: `household.csv` has a header but no rows
    hint: ask for the extract again, or take the file away if it is optional
    ");
}

#[test]
fn an_unknown_region_is_a_wrong_command_line() {
    insta::assert_snapshot!(TestContext::with_village().run_village(&["--region", "340399"]).transcript(), @"
    exit 2
    error: no policy pack for region `340399`, expected one of `141121`, `331100`, `340322`, `340600`, `411600`
    hint: `--pipelines DIR` names a folder with packs in `policies`; docs/policy-packs.md says how to add one
    ");
}

#[test]
fn an_unknown_pipeline_is_a_wrong_command_line() {
    insta::assert_snapshot!(TestContext::with_village().run(&["run", "vilage"]).transcript(), @"
    exit 2
    error: no pipeline `vilage`, expected one of `village`
    hint: did you mean `village`?
    ");
}

#[test]
fn a_date_outside_every_benefit_year_is_a_wrong_command_line() {
    let context = TestContext::new();
    insta::assert_snapshot!(context.run(&["run", "enrollment-audit", "--date", "2020-01-01"]).transcript(), @"
    exit 2
    error: no benefit year of region `340322` holds 2020-01-01, expected a date from 2023-09-01 to 2024-12-31
    ");
    assert_eq!(context.run(&["plan", "enrollment-audit", "--date", "2020-01-01"]).status, 2);
}

#[test]
fn a_pipeline_without_operator_runs_for_any_date() {
    let context = TestContext::with_village();
    let report = context.run(&["run", "village", "--date", "2020-01-01", "--data", "data", "--json"]).json();
    assert_eq!((&report["status"], &report["benefit_year"]), (&"published".into(), &Value::Null));
}

#[rstest]
#[case::date(&["run", "village", "--date", "2023-13-01"])]
#[case::setting(&["run", "village", "--set", "cap"])]
#[case::unknown_setting(&["run", "village", "--date", "2023-12-31", "--set", "colour=1"])]
#[case::year(&["run", "village", "--date", "2023-12-31", "--year", "1999"])]
#[case::person_ids(&["run", "village", "--person-ids", "hidden"])]
#[case::command(&["walk"])]
#[case::contract(&["check", "houshold", "data/household.csv"])]
#[case::pipelines(&["run", "village", "--pipelines", "nowhere"])]
#[case::query(&["query", "DROP TABLE person"])]
fn a_wrong_command_line_exits_2(#[case] arguments: &[&str]) {
    let outcome = TestContext::with_village().run(arguments);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_wrong_pipeline_is_told_with_its_line() {
    let context = TestContext::with_village();
    context.write("pipelines/village.toml", &VILLAGE.replace("region =", "regoin ="));
    insta::assert_snapshot!(context.run_village(&[]).transcript(), @"
    exit 2
    error: `pipelines/village.toml` line 3: unknown field `regoin`, expected one of `title`, `schedule`, `after`, `when_new`, `catch_up`, `overlap`, `stage_timeout`, `stage_timeouts`, `timezone`, `region`, `data`, `source`, `snapshot`, `step`, `gate`, `publish`, `retry`, `keep`, `notify`
    hint: did you mean `region`?
    ");
}

#[test]
fn check_prints_the_rejects_and_succeeds() {
    let context = TestContext::with_village();
    let outcome = context.run(&["check", "household", "data/household.csv", "--date", "2023-12-31"]);
    insta::assert_snapshot!(format!("{}\n{}", outcome.transcript(), outcome.stdout), @"
    exit 0

     line   column   value                reason
    ─────────────────────────────────────────────────
        4   certno   340399********0010   bad_certno
    household data/household.csv: 3 rows read, 2 used, 1 rejected
    ");
    let report = context.run(&["check", "household", "data/household.csv", "--json"]).json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "source": "household",
      "file": "data/household.csv",
      "rows_read": 3,
      "rows_used": 2,
      "rows_rejected": 1,
      "rejects": [
        {
          "line": 4,
          "column": "certno",
          "value": "340399199001010010",
          "reason": "bad_certno"
        }
      ]
    }
    "#);
}

#[test]
fn check_counts_superseded_rows() {
    let context = TestContext::new();
    let number = resident_number("340399199001010011");
    context.write("household.csv", &household(&[&number, &number]));
    let report = context.run(&["check", "household", "household.csv", "--json"]).json();
    assert_eq!(report["rejects"], serde_json::json!([{ "line": 2, "column": null, "value": null, "reason": "superseded" }]));
    assert_eq!((&report["rows_read"], &report["rows_used"]), (&2.into(), &1.into()));
}

#[test]
fn a_query_sees_no_orphan_refund_and_nothing_of_a_day_to_come() {
    let context = TestContext::new();
    let pipeline = VILLAGE.replace("household", "settlement").replace("at_most_pct = 50", "at_most_pct = 100");
    let (before, _) = pipeline.split_once("sql = ").unwrap();
    context.write("pipelines/village.toml", &format!("{before}sql = \"SELECT setl_id, refd_setl_flag FROM settlement\"\n"));
    let header = "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id";
    let certno = resident_number("340399199001010011");
    let row =
        |id: &str, time: &str, amount: &str, refund: &str| format!("\n{id},{certno},390,340322,340322,11,{time},{amount},1,1,{refund}");
    let rows = [
        row("S1", "2023-12-31 09:00", "1", ","),
        row("S2", "2023-12-31", "-1", "1,S1"),
        row("S3", "2023-12-31", "-1", "1,S9"),
        row("S4", "2024-01-01", "much", ","),
    ];
    context.write("data/settlement.csv", &[header, &rows.concat()].concat());
    let report = context.run_village(&["--json"]).json();
    let source = &report["sources"][0];
    assert_eq!((&source["rows_used"], &source["by_reason"]), (&3.into(), &serde_json::json!({ "orphan_refund": 1 })), "{report}");
    let found = context.run(&["query", "SELECT setl_id, refd_setl_flag FROM by_township", "--format", "csv"]);
    assert_eq!(found.stdout, "setl_id,refd_setl_flag\nS1,\nS2,1\n", "{found:?}");
}

#[test]
fn check_fails_where_the_file_cannot_be_read() {
    let context = TestContext::new();
    context.write("household.csv", "certno\n1\n");
    assert_eq!(context.run(&["check", "household", "household.csv"]).status, 1);
    insta::assert_snapshot!(context.run(&["check", "household", "nothing.csv"]).transcript(), @"
    exit 1
    error: `nothing.csv` does not exist, expected the extract `household`
    ");
}

#[test]
fn plan_changes_nothing() {
    let context = TestContext::with_village();
    let outcome = context.run(&["plan", "village", "--date", "2023-12-31", "--data", "data", "--json"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let preview = outcome.json();
    assert_eq!(preview["inputs"][0]["files"][0]["file"], "household.csv");
    assert_eq!(preview["publish"]["snapshot"], "published/village/snapshot=2023-12-31.1");
    assert!(preview["policy"]["parameters"].as_array().is_some_and(|all| all.iter().all(|one| one["source"].is_string())));
    assert!(!context.path("published").exists() && !context.path(".canbao").exists());
    assert_eq!(context.run(&["plan", "village", "--date", "2023-12-31", "--data", "data"]).status, 0);
}

#[test]
fn plan_shows_the_next_occurrences() {
    let context = TestContext::with_village();
    context.write("pipelines/village.toml", &VILLAGE.replacen("region", "schedule = \"0 3 3 * *\"\nregion", 1));
    let plan = ["plan", "village", "--date", "2023-12-31", "--data", "data"];
    let preview = context.run(&[&plan[..], &["--next", "5", "--json"]].concat()).json();
    let occurrences = preview["occurrences"].as_array().unwrap();
    assert_eq!((occurrences.len(), &occurrences[0]["local"]), (5, &preview["next"]));
    assert_eq!(occurrences[0]["logical_date"], preview["next_logical_date"]);
    for pair in occurrences.windows(2) {
        let [one, next] = [&pair[0], &pair[1]].map(|occurrence| occurrence["utc"].as_str().unwrap());
        assert!(one < next && next.ends_with("-02T19:00:00Z"), "{one}, {next}");
    }
    let shown = context.run(&[&plan[..], &["--next", "2"]].concat()).stdout;
    let lines: Vec<&str> = shown.lines().skip_while(|line| *line != "next occurrences").take(5).collect();
    assert!(lines[1].starts_with(" local time"), "{shown}");
    assert!(lines[3].contains("-03T03:00:00+08:00") && lines[4].contains("-02T19:00:00Z"), "{shown}");
    assert!(context.run(&[&plan[..], &["--json"]].concat()).json()["occurrences"].is_null(), "only where they are asked for");
    assert_eq!(context.run(&[&plan[..], &["--next", "0"]].concat()).status, 2);
}

#[test]
fn plan_says_what_wakes_a_pipeline() {
    let context = TestContext::with_village();
    let shown = |keys: &str| {
        context.write("pipelines/village.toml", &VILLAGE.replacen("region", &format!("{keys}\nregion"), 1));
        let outcome = context.run(&["plan", "village", "--date", "2023-12-31", "--data", "data", "--next", "3"]);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        outcome.stdout.lines().skip(2).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown(""), @"no schedule: runs when somebody starts it");
    insta::assert_snapshot!(shown("after = [\"audit\"]\nwhen_new = \"data/*.csv\""), @"
    after each success of `audit`, for its logical date
    when a file `data/*.csv` has a new content and has stood still for 10s, for the day on which it is seen
    the runner would not wake it so: `pipelines/village.toml` line 3: pipeline `audit` is unknown, expected none
    ");
    context.write("pipelines/audit.toml", VILLAGE);
    insta::assert_snapshot!(shown("after = [\"audit\"]"), @"after each success of `audit`, for its logical date");
}

#[test]
fn the_bulletin_follows_the_statistics() {
    let preview = TestContext::new().run(&["plan", "monthly-bulletin", "--date", "2023-12-31", "--next", "3", "--json"]).json();
    assert_eq!((&preview["schedule"], &preview["next"]), (&Value::Null, &Value::Null));
    assert_eq!(preview["occurrences"], serde_json::json!([]));
    assert_eq!(preview["wakes"], serde_json::json!(["after each success of `settlement-statistics`, for its logical date"]));
    assert!(preview["problems"].is_null(), "{preview}");
}

#[test]
fn a_query_answers_from_the_latest_snapshot() {
    let context = TestContext::with_village();
    assert_eq!(context.run_village(&[]).status, 0);
    let outcome = context.run(&["query", "SELECT township, persons FROM by_township", "--format", "csv"]);
    assert_eq!(outcome.stdout, "township,persons\n340322101,2\n", "{outcome:?}");
    let parquet = context.run(&["query", "SELECT * FROM by_township", "--format", "parquet", "--output", "rows.parquet"]);
    assert_eq!((parquet.status, context.path("rows.parquet").is_file()), (0, true), "{parquet:?}");
}

#[test]
fn masked_persons_stay_masked() {
    let context = TestContext::with_village();
    assert_eq!(context.run_village(&["--person-ids", "masked"]).status, 0);
    let outcome = context.run(&["query", "SELECT value FROM rejects", "--format", "csv"]);
    assert_eq!(outcome.stdout, "value\n340399********0010\n");
}

#[test]
fn the_example_of_a_users_own_pipeline_runs() {
    let context = TestContext::with_village();
    fs::remove_dir_all(context.path("pipelines")).unwrap();
    let outcome = context.run(&["run", "residents-by-township", "--date", "2023-12-31", "--data", "data"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let rows = context.run(&["query", "SELECT * FROM residents_by_township", "--format", "csv"]);
    insta::assert_snapshot!(rows.stdout, @"
    township,residents,registered,residence_permit,minors,elderly,paid
    340322101,2,2,0,0,0,0
    ");
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_failure() {
    let context = TestContext::with_village();
    let binary = program().display();
    let script = format!("{binary} plan village --date 2023-12-31 --data data | true; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").current_dir(context.path("")).args(["-c", &script]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
