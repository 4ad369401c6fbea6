//! Thirty days of a schedule that fires every minute, with downtime, restarts, and a clock that jumps both ways: no
//! occurrence twice, none without a record.

use chrono::{DateTime, TimeDelta, Utc};

use crate::support::scheduler::{SchedulerContext, SchedulerProcess};

/// How often time jumps.
const JUMPS: u32 = 120;
const BEGIN: &str = "2024-03-01T00:00:00Z";

#[test]
fn no_minute_is_missed_and_none_fires_twice() {
    let context = SchedulerContext::new();
    context.pipeline("minute", "schedule = \"* * * * *\"\ncatch_up = \"latest\"");
    let begin: DateTime<Utc> = BEGIN.parse().unwrap();
    let end = begin + TimeDelta::days(30);
    context.clock(BEGIN);
    let mut scheduler = Some(context.serve());
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    let (mut now, mut furthest) = (begin, begin);
    let mut seed = 20_240_301_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for jump in 1..=JUMPS {
        // The days go by as a whole; now and then the clock is set back by up to three hours first.
        let back = draw(5) == 0;
        now = if back {
            now - TimeDelta::seconds(i64::try_from(draw(3 * 3600)).unwrap())
        } else {
            let share = begin + (end - begin) * i32::try_from(jump).unwrap() / i32::try_from(JUMPS).unwrap();
            share - TimeDelta::seconds(i64::try_from(draw(1800)).unwrap())
        };
        // It is down while time jumps, or is killed, or asked to end, or hears of it while it serves.
        match draw(6) {
            0 => scheduler.take().into_iter().for_each(SchedulerProcess::kill),
            1 => drop(scheduler.take().map(SchedulerProcess::terminate)),
            _ => {}
        }
        context.clock(&now.to_rfc3339());
        let mut up = scheduler.take().unwrap_or_else(|| context.serve());
        assert_eq!(up.ended(), None, "{}", context.log());
        scheduler = Some(up);
        furthest = furthest.max(now);
        context.wait_for("SELECT max(horizon) FROM pipeline", furthest.timestamp_millis());
    }
    context.clock(&end.to_rfc3339());
    context.wait_for("SELECT max(horizon) FROM pipeline", end.timestamp_millis());
    context.wait_for("SELECT count(*) FROM occurrence WHERE state NOT IN ('succeeded', 'missed')", 0);
    scheduler.take().unwrap().terminate();

    let minutes = 30 * 24 * 60;
    let count = |sql: &str| context.ledger::<i64>(sql);
    assert_eq!(count("SELECT count(*) FROM occurrence"), minutes, "each minute has a record");
    assert_eq!(count("SELECT count(DISTINCT logical_time) FROM occurrence"), minutes, "and one only");
    let succeeded = count("SELECT count(*) FROM occurrence WHERE state = 'succeeded'");
    assert_eq!(count("SELECT count(*) FROM success"), succeeded, "none has succeeded twice");
    assert_eq!(count("SELECT count(DISTINCT logical_time) FROM success"), succeeded);
    assert_eq!(i64::try_from(context.published("minute").len()).unwrap(), succeeded, "one snapshot for each success");
    assert!(succeeded > i64::from(JUMPS) / 2, "{succeeded}");
    println!("30 days: {minutes} occurrences, {succeeded} ran, {} missed", minutes - succeeded);
}
