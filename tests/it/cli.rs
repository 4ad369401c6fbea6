//! The real binary, from the command line to the exit status and what it prints.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

/// A desk to work at: an empty folder in which the binary runs.
pub struct Desk {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A desk with a pipeline of one source and one query, and its extract of three residents, one of them with a
    /// number that is none.
    pub fn with_village() -> Self {
        let desk = Self::new();
        desk.write("pipelines/village.toml", VILLAGE);
        desk.write("data/household.csv", &household(&[&number("340399199001010011"), &number("340399198502280022"), BAD]));
        desk
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(&[], arguments)
    }

    /// Runs the binary with these environment variables.
    pub fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("canbao"));
        command.current_dir(self.folder.path()).args(arguments).env_remove("CANBAO_LOG").env_remove("CANBAO_PSEUDONYM_KEY");
        command.envs(environment.iter().copied());
        let output = command.output().unwrap();
        Ended {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn run_village(&self, more: &[&str]) -> Ended {
        self.run(&[&["run", "village", "--date", "2023-12-31", "--data", "data"], more].concat())
    }
}

impl Ended {
    /// Exit status and errors; lines that tell how long a stage took are left out.
    pub fn said(&self) -> String {
        let errors: Vec<&str> = self.stderr.lines().filter(|line| !line.contains(": done in ")).collect();
        format!("exit {}\n{}", self.status, errors.join("\n"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

const VILLAGE: &str = r#"
title = "一个村"
region = "340322"

[[source]]
extract = "household"
required = true

[[step]]
into = "by_township"
sql = "SELECT SUBSTR(resd_admdvs, 1, 9) AS township, COUNT(*) AS persons FROM household GROUP BY township"

[[gate]]
check = "reject-share"
source = "household"
at_most_pct = 50
"#;

/// A number with a wrong check character.
const BAD: &str = "340399199001010010";

/// The number with the right check character in its last place.
pub fn number(text: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{}{}", &text[..17], char::from(b"10X98765432"[(sum % 11) as usize]))
}

fn household(numbers: &[&str]) -> String {
    let rows = numbers.iter().map(|number| format!("{number},张三,1990-01-01,340322101203,1,1\n"));
    format!("certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n{}", rows.collect::<String>())
}

#[test]
fn the_bad_number_is_bad() {
    assert_ne!(number(BAD), BAD);
}

#[test]
fn a_run_publishes_and_prints_the_snapshot_last() {
    let desk = Desk::with_village();
    let ended = desk.run_village(&[]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let snapshot = ended.stdout.lines().last().unwrap();
    assert_eq!(snapshot, "published/village/snapshot=2023-12-31.1");
    for file in ["by_township.parquet", "rejects.parquet", "manifest.json"] {
        assert!(desk.path(snapshot).join(file).is_file(), "{file}");
    }
    let latest: Value = serde_json::from_str(&fs::read_to_string(desk.path("published/village/latest.json")).unwrap()).unwrap();
    assert_eq!(latest, serde_json::json!({ "snapshot": "snapshot=2023-12-31.1" }));
    assert!(ended.stderr.contains("read: done in"), "plain lines where no terminal is: {}", ended.stderr);
}

#[test]
fn the_report_adds_up() {
    let report = Desk::with_village().run_village(&["--json"]).json();
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
    let desk = Desk::with_village();
    let hashes = [1, 2].map(|attempt| {
        assert_eq!(desk.run_village(&[]).status, 0);
        let manifest = fs::read_to_string(desk.path(&format!("published/village/snapshot=2023-12-31.{attempt}/manifest.json")));
        serde_json::from_str::<Value>(&manifest.unwrap()).unwrap()["datasets"].clone()
    });
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn a_broken_gate_publishes_nothing_and_keeps_the_rejects() {
    let desk = Desk::with_village();
    desk.write("pipelines/village.toml", &VILLAGE.replace("at_most_pct = 50", "at_most_pct = 33.3"));
    let ended = desk.run_village(&["--json"]);
    assert_eq!(ended.status, 3);
    let finding = "error: gate broken: source `household`: 1 of 3 rows rejected (33.33 %), at most 33.30 % allowed";
    assert!(ended.stderr.contains(finding), "{}", ended.stderr);
    assert!(!desk.path("published/village").exists());
    let report = ended.json();
    assert_eq!((&report["status"], &report["snapshot"]), (&"held".into(), &Value::Null));
    let held = report["held"].as_str().unwrap();
    assert!(held.starts_with(".canbao/held/village/"), "{held}");
    assert!(desk.path(held).is_file());
}

#[test]
fn a_gate_compares_with_the_last_snapshot() {
    let desk = Desk::with_village();
    let gate = "\n[[gate]]\ncheck = \"fewer-rows\"\nsource = \"household\"\nat_most_pct = 20\n";
    desk.write("pipelines/village.toml", &[VILLAGE, gate].concat());
    assert_eq!(desk.run_village(&[]).status, 0);
    desk.write("data/household.csv", &household(&[&number("340399199001010011")]));
    let ended = desk.run_village(&[]);
    assert_eq!(ended.status, 3);
    assert!(
        ended.stderr.contains("rows fell from 3 in the last snapshot to 1 (66.67 % fewer), at most 20 % fewer allowed"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_missing_extract_is_named() {
    let desk = Desk::with_village();
    fs::remove_file(desk.path("data/household.csv")).unwrap();
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 1
    error: stopped at stage `read`: no extract `household` in `data`, expected household.csv, .txt, .xlsx, .parquet or household/*.csv
    hint: put the extract into the data location, or name another one with `--data`
    ");
    let failure = desk.run_village(&["--json"]).json();
    assert_eq!((&failure["status"], &failure["failure"]["stage"]), (&"failed".into(), &"read".into()));
}

#[test]
fn a_missing_data_location_is_named() {
    let desk = Desk::with_village();
    fs::remove_dir_all(desk.path("data")).unwrap();
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 1
    error: stopped at stage `read`: `data` does not exist, expected a folder
    hint: name the folder or the URL with `--data`, and see that it is there
    ");
}

#[test]
fn an_extract_that_is_there_twice_is_not_chosen_from() {
    let desk = Desk::with_village();
    desk.write("data/household/part.csv", &household(&[]));
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 1
    error: stopped at stage `read`: the extract `household` is there twice: `household/` and `household.csv`
    hint: keep one of them in the data location
    ");
}

#[test]
fn a_missing_column_is_named() {
    let desk = Desk::with_village();
    desk.write("data/household.csv", "certno,psn_name\n1,2\n");
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 1
    error: stopped at stage `read`: `household.csv` lacks the required columns: `brdy` (出生日期), `resd_admdvs` (居住地区划), `regi_type` (登记类型), `surv_stas` (生存状态)
    hint: headers are the platform's names or the Chinese ones; the first line must be the header
    ");
}

#[test]
fn an_extract_without_rows_stops_the_run() {
    let desk = Desk::with_village();
    desk.write("data/household.csv", &household(&[]));
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 1
    error: stopped at stage `read`: `household.csv` has a header but no rows
    hint: ask for the extract again, or take the file away if it is optional
    ");
}

#[test]
fn an_unknown_region_is_a_wrong_command_line() {
    insta::assert_snapshot!(Desk::with_village().run_village(&["--region", "340399"]).said(), @"
    exit 2
    error: no policy pack for region `340399`, expected one of `141121`, `331100`, `340322`, `340600`, `411600`
    hint: `--pipelines DIR` names a folder with packs in `policies`; docs/policy-packs.md says how to add one
    ");
}

#[test]
fn an_unknown_pipeline_is_a_wrong_command_line() {
    insta::assert_snapshot!(Desk::with_village().run(&["run", "vilage"]).said(), @"
    exit 2
    error: no pipeline `vilage`, expected one of `village`
    hint: did you mean `village`?
    ");
}

#[test]
fn a_date_outside_every_benefit_year_is_a_wrong_command_line() {
    let desk = Desk::new();
    insta::assert_snapshot!(desk.run(&["run", "enrollment-audit", "--date", "2020-01-01"]).said(), @"
    exit 2
    error: no benefit year of region `340322` holds 2020-01-01, expected a date from 2023-09-01 to 2024-12-31
    ");
    assert_eq!(desk.run(&["plan", "enrollment-audit", "--date", "2020-01-01"]).status, 2);
}

#[test]
fn a_pipeline_without_operator_runs_for_any_date() {
    let desk = Desk::with_village();
    let report = desk.run(&["run", "village", "--date", "2020-01-01", "--data", "data", "--json"]).json();
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
    let ended = Desk::with_village().run(arguments);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_wrong_pipeline_is_told_with_its_line() {
    let desk = Desk::with_village();
    desk.write("pipelines/village.toml", &VILLAGE.replace("region =", "regoin ="));
    insta::assert_snapshot!(desk.run_village(&[]).said(), @"
    exit 2
    error: `pipelines/village.toml` line 3: unknown field `regoin`, expected one of `title`, `schedule`, `after`, `when_new`, `catch_up`, `overlap`, `stage_timeout`, `stage_timeouts`, `timezone`, `region`, `data`, `source`, `snapshot`, `step`, `gate`, `publish`, `retry`, `keep`, `notify`
    hint: did you mean `region`?
    ");
}

#[test]
fn check_prints_the_rejects_and_succeeds() {
    let desk = Desk::with_village();
    let ended = desk.run(&["check", "household", "data/household.csv", "--date", "2023-12-31"]);
    insta::assert_snapshot!(format!("{}\n{}", ended.said(), ended.stdout), @"
    exit 0

     line   column   value                reason
    ─────────────────────────────────────────────────
        4   certno   340399********0010   bad_certno
    household data/household.csv: 3 rows read, 2 used, 1 rejected
    ");
    let report = desk.run(&["check", "household", "data/household.csv", "--json"]).json();
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
    let desk = Desk::new();
    let number = number("340399199001010011");
    desk.write("household.csv", &household(&[&number, &number]));
    let report = desk.run(&["check", "household", "household.csv", "--json"]).json();
    assert_eq!(report["rejects"], serde_json::json!([{ "line": 2, "column": null, "value": null, "reason": "superseded" }]));
    assert_eq!((&report["rows_read"], &report["rows_used"]), (&2.into(), &1.into()));
}

#[test]
fn a_query_sees_no_orphan_refund_and_nothing_of_a_day_to_come() {
    let desk = Desk::new();
    let pipeline = VILLAGE.replace("household", "settlement").replace("at_most_pct = 50", "at_most_pct = 100");
    let (before, _) = pipeline.split_once("sql = ").unwrap();
    desk.write("pipelines/village.toml", &format!("{before}sql = \"SELECT setl_id, refd_setl_flag FROM settlement\"\n"));
    let header = "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id";
    let certno = number("340399199001010011");
    let row =
        |id: &str, time: &str, amount: &str, refund: &str| format!("\n{id},{certno},390,340322,340322,11,{time},{amount},1,1,{refund}");
    let rows = [
        row("S1", "2023-12-31 09:00", "1", ","),
        row("S2", "2023-12-31", "-1", "1,S1"),
        row("S3", "2023-12-31", "-1", "1,S9"),
        row("S4", "2024-01-01", "much", ","),
    ];
    desk.write("data/settlement.csv", &[header, &rows.concat()].concat());
    let report = desk.run_village(&["--json"]).json();
    let source = &report["sources"][0];
    assert_eq!((&source["rows_used"], &source["by_reason"]), (&3.into(), &serde_json::json!({ "orphan_refund": 1 })), "{report}");
    let found = desk.run(&["query", "SELECT setl_id, refd_setl_flag FROM by_township", "--format", "csv"]);
    assert_eq!(found.stdout, "setl_id,refd_setl_flag\nS1,\nS2,1\n", "{found:?}");
}

#[test]
fn check_fails_where_the_file_cannot_be_read() {
    let desk = Desk::new();
    desk.write("household.csv", "certno\n1\n");
    assert_eq!(desk.run(&["check", "household", "household.csv"]).status, 1);
    insta::assert_snapshot!(desk.run(&["check", "household", "nothing.csv"]).said(), @"
    exit 1
    error: `nothing.csv` does not exist, expected the extract `household`
    ");
}

#[test]
fn plan_changes_nothing() {
    let desk = Desk::with_village();
    let ended = desk.run(&["plan", "village", "--date", "2023-12-31", "--data", "data", "--json"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let preview = ended.json();
    assert_eq!(preview["inputs"][0]["files"][0]["file"], "household.csv");
    assert_eq!(preview["publish"]["snapshot"], "published/village/snapshot=2023-12-31.1");
    assert!(preview["policy"]["parameters"].as_array().is_some_and(|all| all.iter().all(|one| one["source"].is_string())));
    assert!(!desk.path("published").exists() && !desk.path(".canbao").exists());
    assert_eq!(desk.run(&["plan", "village", "--date", "2023-12-31", "--data", "data"]).status, 0);
}

#[test]
fn plan_shows_the_next_occurrences() {
    let desk = Desk::with_village();
    desk.write("pipelines/village.toml", &VILLAGE.replacen("region", "schedule = \"0 3 3 * *\"\nregion", 1));
    let plan = ["plan", "village", "--date", "2023-12-31", "--data", "data"];
    let preview = desk.run(&[&plan[..], &["--next", "5", "--json"]].concat()).json();
    let occurrences = preview["occurrences"].as_array().unwrap();
    assert_eq!((occurrences.len(), &occurrences[0]["local"]), (5, &preview["next"]));
    assert_eq!(occurrences[0]["logical_date"], preview["next_logical_date"]);
    for pair in occurrences.windows(2) {
        let [one, next] = [&pair[0], &pair[1]].map(|occurrence| occurrence["utc"].as_str().unwrap());
        assert!(one < next && next.ends_with("-02T19:00:00Z"), "{one}, {next}");
    }
    let shown = desk.run(&[&plan[..], &["--next", "2"]].concat()).stdout;
    let lines: Vec<&str> = shown.lines().skip_while(|line| *line != "next occurrences").take(5).collect();
    assert!(lines[1].starts_with(" local time"), "{shown}");
    assert!(lines[3].contains("-03T03:00:00+08:00") && lines[4].contains("-02T19:00:00Z"), "{shown}");
    assert!(desk.run(&[&plan[..], &["--json"]].concat()).json()["occurrences"].is_null(), "only where they are asked for");
    assert_eq!(desk.run(&[&plan[..], &["--next", "0"]].concat()).status, 2);
}

#[test]
fn plan_says_what_wakes_a_pipeline() {
    let desk = Desk::with_village();
    let shown = |keys: &str| {
        desk.write("pipelines/village.toml", &VILLAGE.replacen("region", &format!("{keys}\nregion"), 1));
        let ended = desk.run(&["plan", "village", "--date", "2023-12-31", "--data", "data", "--next", "3"]);
        assert_eq!(ended.status, 0, "{ended:?}");
        ended.stdout.lines().skip(2).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown(""), @"no schedule: runs when somebody starts it");
    insta::assert_snapshot!(shown("after = [\"audit\"]\nwhen_new = \"data/*.csv\""), @"
    after each success of `audit`, for its logical date
    when a file `data/*.csv` has a new content and has stood still for 10s, for the day on which it is seen
    the runner would not wake it so: `pipelines/village.toml` line 3: pipeline `audit` is unknown, expected none
    ");
    desk.write("pipelines/audit.toml", VILLAGE);
    insta::assert_snapshot!(shown("after = [\"audit\"]"), @"after each success of `audit`, for its logical date");
}

#[test]
fn the_bulletin_follows_the_statistics() {
    let preview = Desk::new().run(&["plan", "monthly-bulletin", "--date", "2023-12-31", "--next", "3", "--json"]).json();
    assert_eq!((&preview["schedule"], &preview["next"]), (&Value::Null, &Value::Null));
    assert_eq!(preview["occurrences"], serde_json::json!([]));
    assert_eq!(preview["wakes"], serde_json::json!(["after each success of `settlement-statistics`, for its logical date"]));
    assert!(preview["problems"].is_null(), "{preview}");
}

#[test]
fn a_query_answers_from_the_latest_snapshot() {
    let desk = Desk::with_village();
    assert_eq!(desk.run_village(&[]).status, 0);
    let ended = desk.run(&["query", "SELECT township, persons FROM by_township", "--format", "csv"]);
    assert_eq!(ended.stdout, "township,persons\n340322101,2\n", "{ended:?}");
    let parquet = desk.run(&["query", "SELECT * FROM by_township", "--format", "parquet", "--output", "rows.parquet"]);
    assert_eq!((parquet.status, desk.path("rows.parquet").is_file()), (0, true), "{parquet:?}");
}

#[test]
fn masked_persons_stay_masked() {
    let desk = Desk::with_village();
    assert_eq!(desk.run_village(&["--person-ids", "masked"]).status, 0);
    let ended = desk.run(&["query", "SELECT value FROM rejects", "--format", "csv"]);
    assert_eq!(ended.stdout, "value\n340399********0010\n");
}

#[test]
fn the_example_of_a_users_own_pipeline_runs() {
    let desk = Desk::with_village();
    fs::remove_dir_all(desk.path("pipelines")).unwrap();
    let ended = desk.run(&["run", "residents-by-township", "--date", "2023-12-31", "--data", "data"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let rows = desk.run(&["query", "SELECT * FROM residents_by_township", "--format", "csv"]);
    insta::assert_snapshot!(rows.stdout, @"
    township,residents,registered,residence_permit,minors,elderly,paid
    340322101,2,2,0,0,0,0
    ");
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_failure() {
    let desk = Desk::with_village();
    let binary = assert_cmd::cargo::cargo_bin!("canbao").display().to_string();
    let script = format!("{binary} plan village --date 2023-12-31 --data data | true; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").current_dir(desk.folder.path()).args(["-c", &script]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
