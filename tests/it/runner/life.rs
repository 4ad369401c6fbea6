//! How the scheduler and its runs begin and end.

use std::fs;

use super::Place;

/// A scheduler whose run stands still in its second step.
fn stalled(place: &Place) -> super::Serving<'_> {
    place.pipeline("count", "schedule = \"30 2 * * *\"");
    let serving = place.serve_stalled();
    place.wait_for("SELECT count(*) FROM stage WHERE state = 'running' AND name = 'by_township'", 1);
    serving
}

#[test]
fn a_run_that_takes_too_long_to_end_is_parked_and_goes_on() {
    let place = Place::new();
    let serving = stalled(&place);
    serving.terminate_at_once();
    assert_eq!(place.ledger::<String>("SELECT state FROM occurrence"), "parked");
    assert_eq!(place.latest("count"), None);
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM run"), 1, "the same run");
    assert_eq!(place.ledger::<String>("SELECT group_concat(state, ' ') FROM attempt"), "parked succeeded");
    let kept: String = place.ledger("SELECT group_concat(name, ' ') FROM stage WHERE attempt = 2 AND state = 'kept'");
    assert!(kept.contains("resident"), "{kept}: what was finished is not done again");
    assert!(place.run_folders().is_empty());
}

#[test]
fn a_run_may_end_within_the_grace_period() {
    let place = Place::new();
    let serving = stalled(&place);
    serving.signal();
    place.wait_until("it is asked to end", || place.log().contains("asked to end"));
    fs::write(place.path("go"), "").unwrap();
    assert!(serving.end().success());
    assert_eq!(place.ledger::<String>("SELECT state FROM occurrence"), "succeeded");
}

#[test]
fn a_run_lives_on_without_its_scheduler() {
    let place = Place::new();
    let serving = stalled(&place);
    serving.kill();
    let serving = place.serve();
    place.wait_until("the second serves", || place.log().matches("serving").count() == 2);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(place.ledger::<String>("SELECT state FROM occurrence"), "running", "its process lives, so nobody takes it");
    fs::write(place.path("go"), "").unwrap();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM attempt"), 1);
}

#[test]
fn a_second_scheduler_says_who_holds_the_folder() {
    let place = Place::new();
    let serving = place.serve();
    place.wait_until("it serves", || place.log().contains("serving"));
    let second = place.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains("in use by another `canbao serve`: process "), "{told}");
    assert!(serving.terminate().success());
}

#[test]
fn a_stage_that_takes_too_long_is_ended_and_tried_again() {
    let place = Place::new();
    place
        .pipeline("count", "schedule = \"30 2 * * *\"\nstage_timeouts = { by_township = \"1s\" }\nretry = { attempts = 2, wait = \"1s\" }");
    let serving = place.serve_stalled();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'waiting'", 1);
    fs::write(place.path("go"), "").unwrap();
    place.clock("2024-03-01T18:31:00Z");
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    serving.terminate();
    assert_eq!(place.ledger::<String>("SELECT group_concat(state, ' ') FROM attempt"), "timed_out succeeded");
}

#[test]
fn a_run_is_cancelled_while_it_works() {
    let place = Place::new();
    let serving = stalled(&place);
    let id: String = place.ledger("SELECT id FROM run");
    let cancelled = place.run(&["runs", "cancel", &id]);
    assert!(cancelled.status.success(), "{}", String::from_utf8_lossy(&cancelled.stderr));
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'cancelled'", 1);
    serving.terminate();
    // Whoever wants it after all goes on with it by hand.
    fs::write(place.path("go"), "").unwrap();
    let resumed = place.run(&["runs", "resume", &id[..18]]);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert_eq!(place.ledger::<String>("SELECT state FROM occurrence"), "succeeded");
}

#[test]
fn what_changed_between_two_attempts_is_noticed() {
    let place = Place::new();
    let serving = stalled(&place);
    serving.terminate_at_once();
    let id: String = place.ledger("SELECT id FROM run");
    let household = place.path("data/household.csv");
    let text = fs::read_to_string(&household).unwrap();
    let cut = text.trim_end().rfind('\n').unwrap();
    fs::write(&household, &text[..=cut]).unwrap();
    let resumed = place.run(&["runs", "resume", &id, "--json"]);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let report: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert_eq!(report["notes"][0]["name"], "stages_anew", "{report}");
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM stage WHERE state = 'kept'"), 0);
    assert_eq!(report["sources"][0]["rows_read"], text.trim_end().lines().count() as u64 - 2);
}

#[test]
fn a_newer_ledger_is_refused() {
    let place = Place::new();
    place.pipeline("count", "");
    assert!(place.run(&["run", "count", "--date", "2024-03-01"]).status.success());
    let ledger = place.open_ledger().unwrap();
    ledger.pragma_update(None, "user_version", 99).unwrap();
    drop(ledger);
    for args in [&["run", "count"][..], &["runs"], &["serve"]] {
        let refused = place.run(args);
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is of version 99, and this program knows version 1"));
    }
}

#[test]
fn what_is_due_while_the_pipeline_runs_is_skipped_or_waits() {
    for (overlap, expected) in [("skip", "succeeded skipped"), ("queue", "succeeded succeeded")] {
        let place = Place::new();
        place.pipeline("count", &format!("schedule = \"30 2,3 * * *\"\noverlap = \"{overlap}\""));
        let serving = place.serve_stalled();
        place.wait_for("SELECT count(*) FROM stage WHERE state = 'running' AND name = 'by_township'", 1);
        place.clock("2024-03-01T19:30:01Z");
        place.wait_for("SELECT count(*) FROM occurrence", 2);
        assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'running'"), 1, "never two at once");
        fs::write(place.path("go"), "").unwrap();
        place.wait_for("SELECT count(*) FROM occurrence WHERE state IN ('succeeded', 'skipped')", 2);
        serving.terminate();
        assert_eq!(
            place.ledger::<String>("SELECT group_concat(state, ' ') FROM (SELECT state FROM occurrence ORDER BY logical_time)"),
            expected
        );
    }
}

#[test]
fn what_is_old_goes_but_not_the_latest_nor_what_another_refers_to() {
    let place = Place::new();
    place.pipeline("count", "keep = { snapshots = \"2d\", runs = \"2d\" }");
    place.file(
        "pipelines/reader.toml",
        "title = \"摘要\"\nregion = \"340322\"\n[[snapshot]]\npipeline = \"count\"\nrequired = true\n[[step]]\ninto = \"total\"\n\
         sql = \"SELECT SUM(persons) AS persons FROM count__by_township\"\n[publish]\n",
    );
    for day in 1..=4 {
        place.clock(&format!("2024-02-0{day}T01:00:00Z"));
        assert!(place.run(&["run", "count", "--date", &format!("2024-02-0{day}")]).status.success());
    }
    let read = place.run(&["run", "reader", "--date", "2024-02-02"]);
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    place.clock("2024-03-01T00:00:00Z");
    let serving = place.serve();
    place.wait_until("what is old is gone", || place.published("count").len() == 2);
    place.wait_for("SELECT count(*) FROM run", 1);
    serving.terminate();
    assert_eq!(place.published("count"), ["snapshot=2024-02-02.1", "snapshot=2024-02-04.1"], "the one that is read, and the latest");
    assert_eq!(place.latest("count").as_deref(), Some("snapshot=2024-02-04.1"));
    let logs = fs::read_dir(place.path("state/logs/count")).unwrap().count();
    assert_eq!(logs, 4, "a log file is as old as the file system says, and these are of today");
}
