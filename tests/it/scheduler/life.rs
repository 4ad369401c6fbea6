//! How the scheduler and its runs begin and end.

use std::fs;

use crate::support::scheduler::{SchedulerContext, SchedulerProcess};

/// A scheduler whose run stands still in its second step.
fn stalled(context: &SchedulerContext) -> SchedulerProcess<'_> {
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    let scheduler = context.serve_stalled();
    context.wait_for("SELECT count(*) FROM stage WHERE state = 'running' AND name = 'by_township'", 1);
    scheduler
}

#[test]
fn a_run_that_takes_too_long_to_end_is_parked_and_goes_on() {
    let context = SchedulerContext::new();
    let scheduler = stalled(&context);
    scheduler.terminate_at_once();
    assert_eq!(context.ledger::<String>("SELECT state FROM occurrence"), "parked");
    assert_eq!(context.latest("count"), None);
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM run"), 1, "the same run");
    assert_eq!(context.ledger::<String>("SELECT group_concat(state, ' ') FROM attempt"), "parked succeeded");
    let kept: String = context.ledger("SELECT group_concat(name, ' ') FROM stage WHERE attempt = 2 AND state = 'kept'");
    assert!(kept.contains("resident"), "{kept}: what was finished is not done again");
    assert!(context.run_folders().is_empty());
}

#[test]
fn a_run_may_end_within_the_grace_period() {
    let context = SchedulerContext::new();
    let scheduler = stalled(&context);
    scheduler.signal();
    context.wait_until("it is asked to end", || context.log().contains("asked to end"));
    fs::write(context.path("go"), "").unwrap();
    assert!(scheduler.end().success());
    assert_eq!(context.ledger::<String>("SELECT state FROM occurrence"), "succeeded");
}

#[test]
fn a_run_lives_on_without_its_scheduler() {
    let context = SchedulerContext::new();
    let scheduler = stalled(&context);
    scheduler.kill();
    let scheduler = context.serve();
    context.wait_until("the second serves", || context.log().matches("serving").count() == 2);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(context.ledger::<String>("SELECT state FROM occurrence"), "running", "its process lives, so nobody takes it");
    fs::write(context.path("go"), "").unwrap();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM attempt"), 1);
}

#[test]
fn a_second_scheduler_says_who_holds_the_folder() {
    let context = SchedulerContext::new();
    let scheduler = context.serve();
    context.wait_until("it serves", || context.log().contains("serving"));
    let second = context.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains("in use by another `canbao serve`: process "), "{told}");
    assert!(scheduler.terminate().success());
}

#[test]
fn a_stage_that_takes_too_long_is_ended_and_tried_again() {
    let context = SchedulerContext::new();
    context
        .pipeline("count", "schedule = \"30 2 * * *\"\nstage_timeouts = { by_township = \"1s\" }\nretry = { attempts = 2, wait = \"1s\" }");
    let scheduler = context.serve_stalled();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'waiting'", 1);
    fs::write(context.path("go"), "").unwrap();
    context.clock("2024-03-01T18:31:00Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<String>("SELECT group_concat(state, ' ') FROM attempt"), "timed_out succeeded");
}

#[test]
fn a_run_is_cancelled_while_it_works() {
    let context = SchedulerContext::new();
    let scheduler = stalled(&context);
    let id: String = context.ledger("SELECT id FROM run");
    let cancelled = context.run(&["runs", "cancel", &id]);
    assert!(cancelled.status.success(), "{}", String::from_utf8_lossy(&cancelled.stderr));
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'cancelled'", 1);
    scheduler.terminate();
    // Whoever wants it after all goes on with it by hand.
    fs::write(context.path("go"), "").unwrap();
    let resumed = context.run(&["runs", "resume", &id[..18]]);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert_eq!(context.ledger::<String>("SELECT state FROM occurrence"), "succeeded");
}

#[test]
fn what_changed_between_two_attempts_is_noticed() {
    let context = SchedulerContext::new();
    let scheduler = stalled(&context);
    scheduler.terminate_at_once();
    let id: String = context.ledger("SELECT id FROM run");
    let household = context.path("data/household.csv");
    let text = fs::read_to_string(&household).unwrap();
    let cut = text.trim_end().rfind('\n').unwrap();
    fs::write(&household, &text[..=cut]).unwrap();
    let resumed = context.run(&["runs", "resume", &id, "--json"]);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let report: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert_eq!(report["notes"][0]["name"], "stages_anew", "{report}");
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM stage WHERE state = 'kept'"), 0);
    assert_eq!(report["sources"][0]["rows_read"], text.trim_end().lines().count() as u64 - 2);
}

#[test]
fn a_newer_ledger_is_refused() {
    let context = SchedulerContext::new();
    context.pipeline("count", "");
    assert!(context.run(&["run", "count", "--date", "2024-03-01"]).status.success());
    let ledger = context.open_ledger().unwrap();
    ledger.pragma_update(None, "user_version", 99).unwrap();
    drop(ledger);
    for args in [&["run", "count"][..], &["runs"], &["serve"]] {
        let refused = context.run(args);
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is of version 99, and this program knows version 1"));
    }
}

#[test]
fn what_is_due_while_the_pipeline_runs_is_skipped_or_waits() {
    for (overlap, expected) in [("skip", "succeeded skipped"), ("queue", "succeeded succeeded")] {
        let context = SchedulerContext::new();
        context.pipeline("count", &format!("schedule = \"30 2,3 * * *\"\noverlap = \"{overlap}\""));
        let scheduler = context.serve_stalled();
        context.wait_for("SELECT count(*) FROM stage WHERE state = 'running' AND name = 'by_township'", 1);
        context.clock("2024-03-01T19:30:01Z");
        context.wait_for("SELECT count(*) FROM occurrence", 2);
        assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'running'"), 1, "never two at once");
        fs::write(context.path("go"), "").unwrap();
        context.wait_for("SELECT count(*) FROM occurrence WHERE state IN ('succeeded', 'skipped')", 2);
        scheduler.terminate();
        assert_eq!(
            context.ledger::<String>("SELECT group_concat(state, ' ') FROM (SELECT state FROM occurrence ORDER BY logical_time)"),
            expected
        );
    }
}

#[test]
fn what_is_old_goes_but_not_the_latest_nor_what_another_refers_to() {
    let context = SchedulerContext::new();
    context.pipeline("count", "keep = { snapshots = \"2d\", runs = \"2d\" }");
    context.file(
        "pipelines/reader.toml",
        "title = \"摘要\"\nregion = \"340322\"\n[[snapshot]]\npipeline = \"count\"\nrequired = true\n[[step]]\ninto = \"total\"\n\
         sql = \"SELECT SUM(persons) AS persons FROM count__by_township\"\n[publish]\n",
    );
    for day in 1..=4 {
        context.clock(&format!("2024-02-0{day}T01:00:00Z"));
        assert!(context.run(&["run", "count", "--date", &format!("2024-02-0{day}")]).status.success());
    }
    let read = context.run(&["run", "reader", "--date", "2024-02-02"]);
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    context.clock("2024-03-01T00:00:00Z");
    let scheduler = context.serve();
    context.wait_until("what is old is gone", || context.published("count").len() == 2);
    context.wait_for("SELECT count(*) FROM run", 1);
    scheduler.terminate();
    assert_eq!(context.published("count"), ["snapshot=2024-02-02.1", "snapshot=2024-02-04.1"], "the one that is read, and the latest");
    assert_eq!(context.latest("count").as_deref(), Some("snapshot=2024-02-04.1"));
    let logs = fs::read_dir(context.path("state/logs/count")).unwrap().count();
    assert_eq!(logs, 4, "a log file is as old as the file system says, and these are of today");
}
