//! What wakes a pipeline: its schedule, another's success, new files; and what changing its file does.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};

use super::Place;

#[test]
fn each_success_of_another_wakes_once_both_have_one() {
    let place = Place::new();
    place.pipeline("early", "schedule = \"0 2 * * *\"");
    place.pipeline("late", "schedule = \"30 2 * * *\"");
    place.pipeline("after", "after = [\"early\", \"late\"]");
    place.clock("2024-03-01T17:59:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM pipeline", 3);
    place.clock("2024-03-01T18:00:01Z");
    place.wait_for("SELECT count(*) FROM success", 1);
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence WHERE pipeline = 'after'"), 0, "one of two is not enough");
    place.clock("2024-03-01T18:30:01Z");
    place.wait_for("SELECT count(*) FROM success", 3);
    serving.terminate();
    let (date, cause): (String, String) = (
        place.ledger("SELECT logical_date FROM occurrence WHERE pipeline = 'after'"),
        place.ledger("SELECT cause FROM occurrence WHERE pipeline = 'after'"),
    );
    assert_eq!((date.as_str(), cause.as_str()), ("2024-03-02", "after"));

    // What was followed is not followed again, whoever asks.
    let serving = place.serve();
    place.clock("2024-03-01T18:31:00Z");
    place.wait_for("SELECT count(*) FROM occurrence WHERE pipeline = 'after' AND state = 'succeeded'", 1);
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence"), 3);
}

#[test]
fn a_new_content_wakes_once() {
    let place = Place::new();
    fs::create_dir(place.path("inbox")).unwrap();
    place.pipeline("inbox", "when_new = { files = \"inbox/*.csv\", quiet = \"5s\" }");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM pipeline", 1);
    // It has to stand still for five seconds, and as long as the clock stands still none go by.
    place.file("inbox/a.csv", "one");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence"), 0);
    let mut now: DateTime<Utc> = "2024-03-01T00:00:00Z".parse().unwrap();
    let mut go_on = |place: &Place| {
        now += TimeDelta::seconds(6);
        place.clock(&now.to_rfc3339());
        std::thread::sleep(std::time::Duration::from_millis(600));
    };
    let succeeded = |place: &Place| place.ledger::<i64>("SELECT count(*) FROM occurrence WHERE state = 'succeeded'");
    place.wait_until("the content is run for", || {
        go_on(&place);
        succeeded(&place) == 1
    });
    assert_eq!(place.ledger::<String>("SELECT cause FROM occurrence"), "new_files");
    serving.terminate();

    // The same content once more, after a restart: nothing. Another content: another run.
    place.file("inbox/a.csv", "one");
    let serving = place.serve();
    for _ in 0..6 {
        go_on(&place);
    }
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence"), 1);
    place.file("inbox/a.csv", "two");
    place.wait_until("the other content is run for", || {
        go_on(&place);
        succeeded(&place) == 2
    });
    serving.terminate();
    assert_eq!(place.ledger::<i64>("SELECT count(*) FROM occurrence"), 2);
}

#[test]
fn a_changed_schedule_does_not_fire_the_past() {
    let place = Place::new();
    place.pipeline("count", "schedule = \"0 12 * * *\"");
    place.clock("2024-03-01T03:00:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM pipeline", 1);
    serving.terminate();
    // While it is down the schedule changes to one that would have fired at each hour of the night.
    place.pipeline("count", "schedule = \"0 * * * *\"\ncatch_up = \"all\"");
    place.clock("2024-03-02T03:30:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    place.clock("2024-03-02T04:00:01Z");
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 2);
    serving.terminate();
    let times: String =
        place.ledger("SELECT group_concat(logical_time, ' ') FROM (SELECT logical_time FROM occurrence ORDER BY logical_time)");
    assert_eq!(times, "2024-03-01T04:00:00Z 2024-03-02T04:00:00Z", "the old schedule's own, then the new one's from now on");
}

#[test]
fn a_broken_file_keeps_its_last_good_version() {
    let place = Place::new();
    place.pipeline("count", "schedule = \"30 2 * * *\"");
    place.clock("2024-03-01T18:00:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM pipeline", 1);
    place.file("pipelines/count.toml", "schedule = 7");
    place.wait_until("the fault is told", || place.log().contains("the last good version"));
    place.clock("2024-03-01T18:30:01Z");
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded'", 1);
    place.pipeline("count", "schedule = \"45 2 * * *\"");
    place.wait_until("the new version is taken", || place.log().contains("has changed"));
    place.clock("2024-03-01T18:45:01Z");
    place.wait_for("SELECT count(*) FROM occurrence WHERE state = 'succeeded' AND logical_time = '2024-03-01T18:45:00Z'", 1);
    serving.terminate();
}

#[test]
fn catching_up_is_the_pipelines_own_choice() {
    let place = Place::new();
    for (name, policy) in [("all", "all"), ("latest", "latest"), ("none", "none")] {
        place.pipeline(name, &format!("schedule = \"30 2 * * *\"\ncatch_up = \"{policy}\""));
    }
    place.clock("2024-03-01T00:00:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM pipeline", 3);
    serving.kill();
    place.clock("2024-03-04T00:00:00Z");
    let serving = place.serve();
    place.wait_for("SELECT count(*) FROM occurrence WHERE state IN ('succeeded', 'missed')", 9);
    serving.terminate();
    let of = |name: &str, state: &str| {
        place.ledger::<i64>(&format!("SELECT count(*) FROM occurrence WHERE pipeline = '{name}' AND state = '{state}'"))
    };
    assert_eq!(["all", "latest", "none"].map(|name| (of(name, "succeeded"), of(name, "missed"))), [(3, 0), (1, 2), (0, 3)]);
    let oldest: String = place.ledger("SELECT logical_time FROM success WHERE pipeline = 'all' ORDER BY number LIMIT 1");
    assert_eq!(oldest, "2024-03-01T18:30:00Z", "oldest first");
    let told = place.told();
    assert!(told.contains("the program did not run at the time"), "{told}");
}
