//! Killed with SIGKILL at every step of the ledger and the publisher, and at moments drawn by a seed: afterwards there
//! is one successful run for the occurrence, `latest.json` was whole all the time, and the datasets are those of a run
//! that nobody disturbed.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::scheduler::{Datasets, PATIENCE, SchedulerContext};

/// How many moments are drawn beside the named points.
const MOMENTS: u64 = 140;
/// Two cores: as many disturbed runs at once keep both busy.
const AT_ONCE: usize = 4;
const SUCCEEDED: &str = "SELECT count(*) FROM occurrence WHERE state = 'succeeded'";

/// Where the process is killed.
#[derive(Debug, Clone)]
enum Kill {
    /// At a named point, for the so-manieth time in one process.
    Point(String, usize),
    /// The scheduler alone, so long after its start.
    Scheduler(Duration),
    /// The scheduler with its runs.
    All(Duration),
}

fn context() -> SchedulerContext {
    let context = SchedulerContext::new();
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    context
}

/// The datasets of an undisturbed run, and how often each point is passed in it.
fn undisturbed() -> (Datasets, BTreeMap<String, usize>) {
    let context = context();
    context.due();
    let points = context.path("points");
    let scheduler = context.serve_with(|command| {
        command.env("CANBAO_CRASH_LOG", &points);
    });
    context.wait_for(SUCCEEDED, 1);
    scheduler.terminate();
    let mut passed = BTreeMap::new();
    for name in fs::read_to_string(points).unwrap().lines() {
        *passed.entry(name.to_owned()).or_insert(0) += 1;
    }
    let snapshot = context.latest("count").unwrap();
    (context.datasets("count", &snapshot), passed)
}

#[test]
fn a_run_that_is_killed_anywhere_happens_once() {
    let (expected, passed) = undisturbed();
    let mut kills: Vec<Kill> = Vec::new();
    for (name, times) in &passed {
        // Where a point is passed often, the first and last times and some between.
        let step = times.div_ceil(12);
        kills.extend((1..=*times).step_by(step).map(|nth| Kill::Point(name.clone(), nth)));
    }
    let mut seed = 340_322_u64;
    for moment in 0..MOMENTS {
        // A linear congruential generator is chance enough for moments.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_millis((seed >> 33) % 700);
        kills.push(if moment % 2 == 0 { Kill::Scheduler(after) } else { Kill::All(after) });
    }
    assert!(kills.len() >= 200, "{} kills at {passed:?}", kills.len());
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(kill) = kills.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = std::panic::catch_unwind(|| disturbed(kill, &expected));
                    if outcome.is_err() {
                        failed.lock().unwrap().push(kill.clone());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("{} kills: {} at named points, {MOMENTS} at drawn moments", kills.len(), kills.len() as u64 - MOMENTS);
    assert!(failed.is_empty(), "{} of {} kills: {failed:?}", failed.len(), kills.len());
}

/// One run that is killed once, and what it has to have come to.
fn disturbed(kill: &Kill, expected: &Datasets) {
    let context = context();
    context.due();
    let mut scheduler = context.serve_with(|command| {
        if let Kill::Point(name, nth) = kill {
            command.env("CANBAO_CRASH_AT", format!("{name}#{nth}")).env("CANBAO_CRASH_ONCE", context.path("killed"));
        }
    });
    if let Kill::Scheduler(after) | Kill::All(after) = kill {
        thread::sleep(*after);
        match kill {
            Kill::All(_) => scheduler.kill_all(),
            _ => scheduler.kill(),
        }
        scheduler = context.serve();
    }
    let began = Instant::now();
    loop {
        context.latest("count");
        if scheduler.ended().is_some() {
            scheduler = context.serve();
        }
        if context
            .open_ledger()
            .is_some_and(|ledger| ledger.query_row(SUCCEEDED, [], |row| row.get::<_, i64>(0)).is_ok_and(|count| count == 1))
        {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{kill:?}: no success\n{}\n{}", context.log(), context.list_runs());
        thread::sleep(Duration::from_millis(20));
    }
    // A process that is between its success and its end is left to end.
    context.wait_until("the run's process ends", || !context.runs_alive());
    drop(scheduler);
    // The house is kept at each start.
    let scheduler = context.serve();
    context.wait_until("the house is kept", || context.run_folders().is_empty());
    context.wait_until("drafts are swept", || context.published("count").len() == 1);
    scheduler.terminate();
    let count = |sql: &str| context.ledger::<i64>(sql);
    assert_eq!(count("SELECT count(*) FROM occurrence"), 1, "{kill:?}");
    assert_eq!(count("SELECT count(*) FROM success"), 1, "{kill:?}");
    assert_eq!(count("SELECT count(*) FROM run WHERE state = 'succeeded'"), 1, "{kill:?}");
    assert_eq!(count("SELECT count(*) FROM attempt WHERE state = 'running'"), 0, "{kill:?}");
    let latest = context.latest("count").unwrap();
    assert_eq!(context.published("count"), std::slice::from_ref(&latest), "{kill:?}");
    assert!(context.datasets("count", &latest) == *expected, "{kill:?}: the datasets differ");
}
