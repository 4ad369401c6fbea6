//! What wakes a pipeline: its schedule, another's success, new files; and what changing its file does.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};

use crate::support::scheduler::{DUE, SchedulerContext};

#[test]
fn each_success_of_another_wakes_once_both_have_one() {
    let context = SchedulerContext::new();
    context.pipeline("early", "schedule = \"0 2 * * *\"");
    context.pipeline("late", "schedule = \"30 2 * * *\"");
    context.pipeline("after", "after = [\"early\", \"late\"]");
    context.clock("2024-03-01T17:59:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 3);
    context.clock("2024-03-01T18:00:01Z");
    context.wait_for("SELECT count(*) FROM success", 1);
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence WHERE pipeline = 'after'"), 0, "one of two is not enough");
    context.clock("2024-03-01T18:30:01Z");
    context.wait_for("SELECT count(*) FROM success", 3);
    scheduler.terminate();
    let (date, cause): (String, String) = (
        context.ledger("SELECT logical_date FROM occurrence WHERE pipeline = 'after'"),
        context.ledger("SELECT cause FROM occurrence WHERE pipeline = 'after'"),
    );
    assert_eq!((date.as_str(), cause.as_str()), ("2024-03-02", "after"));

    // What was followed is not followed again, whoever asks.
    let scheduler = context.serve();
    context.clock("2024-03-01T18:31:00Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE pipeline = 'after' AND state = 'succeeded'", 1);
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence"), 3);
}

#[test]
fn a_new_content_wakes_once() {
    let context = SchedulerContext::new();
    fs::create_dir(context.path("inbox")).unwrap();
    context.pipeline("inbox", "when_new = { files = \"inbox/*.csv\", quiet = \"5s\" }");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    // It has to stand still for five seconds, and as long as the clock stands still none go by.
    context.file("inbox/a.csv", "one");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence"), 0);
    let mut now: DateTime<Utc> = "2024-03-01T00:00:00Z".parse().unwrap();
    let mut go_on = |context: &SchedulerContext| {
        now += TimeDelta::seconds(6);
        context.clock(&now.to_rfc3339());
        std::thread::sleep(std::time::Duration::from_millis(600));
    };
    let succeeded = |context: &SchedulerContext| context.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'succeeded'");
    context.wait_until("the content is run for", || {
        go_on(&context);
        succeeded(&context) == 1
    });
    assert_eq!(context.ledger::<String>("SELECT cause FROM occurrence"), "new_files");
    scheduler.terminate();

    // The same content once more, after a restart: nothing. Another content: another run.
    context.file("inbox/a.csv", "one");
    let scheduler = context.serve();
    for _ in 0..6 {
        go_on(&context);
    }
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence"), 1);
    context.file("inbox/a.csv", "two");
    context.wait_until("the other content is run for", || {
        go_on(&context);
        succeeded(&context) == 2
    });
    scheduler.terminate();
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM occurrence"), 2);
}

#[test]
fn a_changed_schedule_does_not_fire_the_past() {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"0 12 * * *\"");
    context.clock("2024-03-01T03:00:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    scheduler.terminate();
    // While it is down the schedule changes to one that would have fired at each hour of the night.
    context.pipeline("count", "schedule = \"0 * * * *\"\ncatch_up = \"all\"");
    context.clock("2024-03-02T03:30:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    context.clock("2024-03-02T04:00:01Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 2);
    scheduler.terminate();
    let times: String =
        context.ledger("SELECT group_concat(logical_time, ' ') FROM (SELECT logical_time FROM occurrence ORDER BY logical_time)");
    assert_eq!(times, "2024-03-01T04:00:00Z 2024-03-02T04:00:00Z", "the old schedule's own, then the new one's from now on");
}

#[test]
fn a_broken_file_keeps_its_last_good_version() {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    context.clock("2024-03-01T18:00:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    context.file("pipelines/count.toml", "schedule = 7");
    context.wait_until("the fault is told", || context.log().contains("the last good version"));
    context.clock("2024-03-01T18:30:01Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    context.pipeline("count", "schedule = \"45 2 * * *\"");
    context.wait_until("the new version is taken", || context.log().contains("has changed"));
    context.clock("2024-03-01T18:45:01Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded' AND logical_time = '2024-03-01T18:45:00Z'", 1);
    scheduler.terminate();
}

#[test]
fn catching_up_is_the_pipelines_own_choice() {
    let context = SchedulerContext::new();
    for (name, policy) in [("all", "all"), ("latest", "latest"), ("none", "none")] {
        context.pipeline(name, &format!("schedule = \"30 2 * * *\"\ncatch_up = \"{policy}\""));
    }
    context.clock("2024-03-01T00:00:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 3);
    scheduler.kill();
    context.clock("2024-03-04T00:00:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM occurrence WHERE state IN ('succeeded', 'missed')", 9);
    scheduler.terminate();
    let of = |name: &str, state: &str| {
        context.ledger::<i64>(&format!("SELECT count(*) FROM occurrence WHERE pipeline = '{name}' AND state = '{state}'"))
    };
    assert_eq!(["all", "latest", "none"].map(|name| (of(name, "succeeded"), of(name, "missed"))), [(3, 0), (1, 2), (0, 3)]);
    let oldest: String = context.ledger("SELECT logical_time FROM success WHERE pipeline = 'all' ORDER BY number LIMIT 1");
    assert_eq!(oldest, "2024-03-01T18:30:00Z", "oldest first");
    let told = context.list_runs();
    assert!(told.contains("the program did not run at the time"), "{told}");
}

/// The timer is a hint: without any wake what is due runs, at the slow look.
#[test]
fn without_a_waker_nothing_is_missed() {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    let scheduler = context.serve_with(|command| {
        command.env("CANBAO_WAKER", "none");
    });
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    context.clock(DUE);
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    scheduler.terminate();
}

/// A wake says no more than "look": however many come, the occurrence starts once.
#[test]
fn many_wakes_start_an_occurrence_once() {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    for _ in 0..100 {
        context.clock(DUE);
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    scheduler.terminate();
    let count = |table: &str| context.ledger::<i64>(&format!("SELECT count(*) FROM {table}"));
    assert_eq!((count("occurrence"), count("run"), context.published("count").len()), (1, 1, 1));
}
