//! Working through a span of the past.

use serde_json::Value;

use crate::support::scheduler::SchedulerContext;

const SPAN: [&str; 6] = ["backfill", "count", "--from", "2024-02-01", "--to", "2024-02-05"];

fn context() -> SchedulerContext {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    context
}

#[test]
fn what_has_no_success_is_run_oldest_first() {
    let context = context();
    assert!(context.run(&["run", "count", "--date", "2024-02-03"]).status.success());
    let done = context.json(&SPAN);
    let ran: Vec<(&str, bool)> = occurrences(&done).iter().map(|one| (one["logical_date"].as_str().unwrap(), one["ran"] == true)).collect();
    assert_eq!(ran, [("2024-02-01", true), ("2024-02-02", true), ("2024-02-03", false), ("2024-02-04", true), ("2024-02-05", true)]);
    let again = context.json(&SPAN);
    assert!(occurrences(&again).iter().all(|one| one["ran"] == false), "{again}");
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM success"), 5);
    assert_eq!(context.published("count").len(), 5);
}

#[test]
fn a_span_that_was_broken_off_goes_on() {
    let context = context();
    let mut first = context
        .command(&SPAN)
        .env("CANBAO_CRASH_AT", "processes.started#3")
        .env("CANBAO_CRASH_ONCE", context.path("killed"))
        .spawn()
        .unwrap();
    assert!(!first.wait().unwrap().success());
    let done = context.json(&SPAN);
    assert_eq!(occurrences(&done).len(), 5);
    assert_eq!(context.ledger::<i64>("SELECT count(*) FROM success"), 5);
    assert_eq!(context.published("count").len(), 5, "nothing is published twice");
}

#[test]
fn a_span_of_a_pipeline_without_a_schedule_is_refused() {
    let context = SchedulerContext::new();
    context.pipeline("count", "");
    let refused = context.run(&SPAN);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("has no `schedule`"), "{told}");
    let context = self::context();
    let refused = context.run(&["backfill", "count", "--from", "2024-02-05", "--to", "2024-02-01"]);
    assert_eq!(refused.status.code(), Some(2));
}

fn occurrences(done: &Value) -> &Vec<Value> {
    done["occurrences"].as_array().unwrap()
}
