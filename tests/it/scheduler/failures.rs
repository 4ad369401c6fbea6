//! What can go wrong around a run: a clear outcome each, and nothing lost.

use std::fs;
use std::process::Command;

use crate::support::program;
use crate::support::scheduler::{DUE, SchedulerContext};

const SUCCEEDED: &str = "SELECT count(*) FROM occurrence WHERE state = 'succeeded'";

fn due(context: &SchedulerContext, more: &str) {
    context.pipeline("count", &format!("schedule = \"30 2 * * *\"\n{more}"));
    context.due();
}

#[test]
fn fifty_pipelines_that_are_due_together_all_finish() {
    let context = SchedulerContext::new();
    for number in 0..50 {
        context.pipeline(&format!("p{number:02}"), "schedule = \"30 2 * * *\"");
    }
    context.clock("2024-03-01T18:00:00Z");
    let scheduler = context.serve_with(|command| {
        command.args(["--jobs", "3"]);
    });
    context.wait_for("SELECT count(*) FROM pipeline", 50);
    context.clock(DUE);
    let mut most = 0;
    context.wait_until("all succeed", || {
        most = most.max(context.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'running'"));
        context.ledger::<i64>(SUCCEEDED) == 50
    });
    scheduler.terminate();
    assert!((1..=3).contains(&most), "{most} runs together");
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM run"), 50);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told() {
    let context = SchedulerContext::new();
    context.pipeline("count", "");
    fs::write(context.path("file"), "").unwrap();
    for command in ["serve", "run"] {
        let mut process = Command::new(program());
        process.current_dir(context.path("")).arg(command);
        if command == "run" {
            process.args(["count", "--date", "2024-03-01", "--data", "data", "--publish", "published"]);
        }
        let output = process.args(["--pipelines", "pipelines", "--state", "file/state"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("file/state"), "{told}");
        assert!(!context.path("published").exists());
    }
}

#[test]
fn a_ledger_that_another_process_has_locked_is_waited_for() {
    let context = SchedulerContext::new();
    due(&context, "");
    let ledger = context.open_ledger().unwrap();
    ledger.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let scheduler = context.serve();
    std::thread::sleep(std::time::Duration::from_secs(3));
    ledger.execute_batch("ROLLBACK").unwrap();
    context.wait_for(SUCCEEDED, 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence"), 1);
}

#[test]
fn an_extract_that_is_replaced_while_it_is_read_is_read_again() {
    let context = SchedulerContext::new();
    due(&context, "retry = { attempts = 2, wait = \"1s\" }");
    let scheduler = context.serve_with(|command| {
        command
            .env("CANBAO_STALL_AT", "read.source")
            .env("CANBAO_STALL_FILE", context.path("go"))
            .env("CANBAO_CRASH_LOG", context.path("points"));
    });
    context
        .wait_until("the file is found", || fs::read_to_string(context.path("points")).is_ok_and(|points| points.contains("read.source")));
    let text = fs::read_to_string(context.path("data/household.csv")).unwrap();
    let shorter = &text[..=text.trim_end().rfind('\n').unwrap()];
    context.file("data/household.csv", shorter);
    fs::write(context.path("go"), "").unwrap();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'waiting'", 1);
    assert!(context.ledger::<String>("SELECT error FROM attempt").contains("changed while it was read"));
    context.clock("2024-03-01T18:31:00Z");
    context.wait_for(SUCCEEDED, 1);
    scheduler.terminate();
    let id: String = context.ledger("SELECT id FROM run");
    let report = context.json(&["runs", "show", &id]);
    assert_eq!(report["sources"][0]["rows_read"], shorter.lines().count() as u64 - 1, "all rows of one state, none of the other");
}

#[test]
fn a_missing_extract_fails_once_and_is_told() {
    let context = SchedulerContext::new();
    due(&context, "");
    fs::remove_file(context.path("data/household.csv")).unwrap();
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'failed'", 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM attempt"), 1, "data that is not there does not pass by itself");
    let told = context.list_runs();
    assert!(told.contains("failed at stage `read`"), "{told}");
    assert!(told.contains("household"), "{told}");
}

/// A disk that is full: files may not grow beyond a few blocks, by the system's own limit.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_fails_the_run_and_spares_what_is_published() {
    let context = SchedulerContext::new();
    context.pipeline("count", "");
    assert!(context.run(&["run", "count", "--date", "2024-03-01"]).status.success());
    let before = context.latest("count").unwrap();
    let command = format!(
        "trap '' XFSZ; ulimit -f 1; exec '{}' run count --date 2024-03-02 --data data --publish published --pipelines pipelines --state other",
        program().display()
    );
    let output = Command::new("sh").current_dir(context.path("")).args(["-c", &command]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).is_empty());
    assert_eq!(context.latest("count").unwrap(), before);
    assert_eq!(context.published("count"), [before]);
}
