//! What can go wrong around a run: a clear outcome each, and nothing lost.

use std::fs;
use std::process::Command;

use super::{DUE, Place};

const SUCCEEDED: &str = "SELECT count(*) FROM occurrence WHERE state = 'succeeded'";

fn due(place: &Place, more: &str) {
    place.pipeline("count", &format!("schedule = \"30 2 * * *\"\n{more}"));
    place.due();
}

#[test]
fn fifty_pipelines_that_are_due_together_all_finish() {
    let place = Place::new();
    for number in 0..50 {
        place.pipeline(&format!("p{number:02}"), "schedule = \"30 2 * * *\"");
    }
    place.clock("2024-03-01T18:00:00Z");
    let serving = place.serve_with(|command| {
        command.args(["--jobs", "3"]);
    });
    place.wait_for("SELECT count(*) FROM pipeline", 50);
    place.clock(DUE);
    let mut most = 0;
    place.wait_until("all succeed", || {
        most = most.max(place.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'running'"));
        place.ledger::<i64>(SUCCEEDED) == 50
    });
    serving.terminate();
    assert!((1..=3).contains(&most), "{most} runs together");
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM run"), 50);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told() {
    let place = Place::new();
    place.pipeline("count", "");
    fs::write(place.path("file"), "").unwrap();
    for command in ["serve", "run"] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_canbao"));
        process.current_dir(place.folder.path()).arg(command);
        if command == "run" {
            process.args(["count", "--date", "2024-03-01", "--data", "data", "--publish", "published"]);
        }
        let output = process.args(["--pipelines", "pipelines", "--state", "file/state"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("file/state"), "{told}");
        assert!(!place.path("published").exists());
    }
}

#[test]
fn a_ledger_that_another_process_has_locked_is_waited_for() {
    let place = Place::new();
    due(&place, "");
    let ledger = place.open_ledger().unwrap();
    ledger.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let serving = place.serve();
    std::thread::sleep(std::time::Duration::from_secs(3));
    ledger.execute_batch("ROLLBACK").unwrap();
    place.wait_for(SUCCEEDED, 1);
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence"), 1);
}

#[test]
fn an_extract_that_is_replaced_while_it_is_read_is_read_again() {
    let place = Place::new();
    due(&place, "retry = { attempts = 2, wait = \"1s\" }");
    let serving = place.serve_with(|command| {
        command
            .env("CANBAO_STALL_AT", "read.source")
            .env("CANBAO_STALL_FILE", place.path("go"))
            .env("CANBAO_CRASH_LOG", place.path("points"));
    });
    place.wait_until("the file is found", || fs::read_to_string(place.path("points")).is_ok_and(|points| points.contains("read.source")));
    let text = fs::read_to_string(place.path("data/household.csv")).unwrap();
    let shorter = &text[..=text.trim_end().rfind('\n').unwrap()];
    place.file("data/household.csv", shorter);
    fs::write(place.path("go"), "").unwrap();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'waiting'", 1);
    assert!(place.ledger::<String>("SELECT error FROM attempt").contains("changed while it was read"));
    place.clock("2024-03-01T18:31:00Z");
    place.wait_for(SUCCEEDED, 1);
    serving.terminate();
    let id: String = place.ledger("SELECT id FROM run");
    let report = place.json(&["runs", "show", &id]);
    assert_eq!(report["sources"][0]["rows_read"], shorter.lines().count() as u64 - 1, "all rows of one state, none of the other");
}

#[test]
fn a_missing_extract_fails_once_and_is_told() {
    let place = Place::new();
    due(&place, "");
    fs::remove_file(place.path("data/household.csv")).unwrap();
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'failed'", 1);
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM attempt"), 1, "data that is not there does not pass by itself");
    let told = place.told();
    assert!(told.contains("failed at stage `read`"), "{told}");
    assert!(told.contains("household"), "{told}");
}

/// A disk that is full: files may not grow beyond a few blocks, by the system's own limit.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_fails_the_run_and_spares_what_is_published() {
    let place = Place::new();
    place.pipeline("count", "");
    assert!(place.run(&["run", "count", "--date", "2024-03-01"]).status.success());
    let before = place.latest("count").unwrap();
    let command = format!(
        "trap '' XFSZ; ulimit -f 1; exec '{}' run count --date 2024-03-02 --data data --publish published --pipelines pipelines --state other",
        env!("CARGO_BIN_EXE_canbao")
    );
    let output = Command::new("sh").current_dir(place.folder.path()).args(["-c", &command]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).is_empty());
    assert_eq!(place.latest("count").unwrap(), before);
    assert_eq!(place.published("count"), [before]);
}
