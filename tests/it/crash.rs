//! A run that is killed at each of the publisher's points: what is published stays whole, and the next run is undisturbed.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::TestContext;

const DATES: [&str; 2] = ["2023-12-30", "2023-12-31"];
const SNAPSHOT: &str = "published/village/snapshot=2023-12-31.1";

fn village(context: &TestContext, date: &str, environment: &[(&str, &str)]) -> ExitStatus {
    let mut command = context.command(&["run", "village", "--data", "data", "--date", date, "--json"]);
    command.envs(environment.iter().copied()).output().unwrap().status
}

/// The publisher's points that an undisturbed run passes, each as `NAME#N`.
fn points() -> Vec<String> {
    let context = TestContext::with_village();
    let log = context.path("points");
    assert!(village(&context, DATES[0], &[("CANBAO_CRASH_LOG", log.to_str().unwrap())]).success());
    let mut passed: BTreeMap<String, u32> = BTreeMap::new();
    for name in fs::read_to_string(log).unwrap().lines().filter(|name| name.starts_with("publish.")) {
        *passed.entry(name.to_owned()).or_default() += 1;
    }
    passed.iter().flat_map(|(name, times)| (1..=*times).map(move |nth| format!("{name}#{nth}"))).collect()
}

/// The files of a snapshot but its manifest, by name.
fn files(context: &TestContext, snapshot: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(context.path(snapshot)).unwrap().map(Result::unwrap);
    let entries = entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
    entries.filter(|(name, _)| name != "manifest.json").collect()
}

/// The snapshot that `latest.json` names; it has to have all files that its manifest lists.
fn latest(context: &TestContext) -> String {
    let json = |file: &str| -> Value { serde_json::from_slice(&fs::read(context.path(file)).unwrap()).unwrap() };
    let name = json("published/village/latest.json")["snapshot"].as_str().unwrap().to_owned();
    let folder = format!("published/village/{name}");
    let listed = json(&format!("{folder}/manifest.json"))["datasets"].as_array().unwrap().len();
    assert_eq!(files(context, &folder).len(), listed, "{folder}");
    name
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

#[test]
fn killed_at_any_point_a_run_leaves_what_is_published_whole() {
    let undisturbed = TestContext::with_village();
    DATES.iter().for_each(|date| assert!(village(&undisturbed, date, &[]).success()));
    let wanted = files(&undisturbed, SNAPSHOT);
    let points = points();
    for point in ["claimed#1", "dataset.half#2", "manifest.half#1", "revealed#1", "revising.half#1", "latest#1"] {
        assert!(points.contains(&format!("publish.{point}")), "{point} in {points:?}");
    }
    for point in &points {
        let context = TestContext::with_village();
        assert!(village(&context, DATES[0], &[]).success());
        let status = village(&context, DATES[1], &[("CANBAO_CRASH_AT", point)]);
        assert!(was_killed(status), "{point}: {status}");
        let named = latest(&context);
        let revealed = context.path(SNAPSHOT).exists();
        assert!(named == "snapshot=2023-12-30.1" || revealed, "{point}: {named}");
        if revealed {
            assert_eq!(files(&context, SNAPSHOT), wanted, "{point}");
        }
        // Without a ledger nothing is adopted: the next run is another one.
        assert!(village(&context, DATES[1], &[]).success(), "{point}");
        let named = latest(&context);
        assert_eq!(named, if revealed { "snapshot=2023-12-31.2" } else { "snapshot=2023-12-31.1" }, "{point}");
        assert_eq!(files(&context, &format!("published/village/{named}")), wanted, "{point}");
        let entries = fs::read_dir(context.path("published/village")).unwrap().map(Result::unwrap);
        let unfinished = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".unfinished"));
        assert_eq!(unfinished.count(), 0, "{point}");
    }
}

#[test]
fn a_run_can_be_held_up_at_a_point() {
    let context = TestContext::with_village();
    let (log, go) = (context.path("points"), context.path("go"));
    let environment =
        [("CANBAO_STALL_AT", "publish.revealed"), ("CANBAO_STALL_FILE", go.to_str().unwrap()), ("CANBAO_CRASH_LOG", log.to_str().unwrap())];
    thread::scope(|scope| {
        let run = scope.spawn(|| village(&context, DATES[1], &environment));
        let arrived = || fs::read_to_string(&log).is_ok_and(|points| points.lines().last() == Some("publish.revealed"));
        while !arrived() {
            assert!(!run.is_finished(), "the run outcome without stopping");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(context.path(SNAPSHOT).exists());
        assert!(!context.path("published/village/latest.json").exists(), "it is held up before `latest.json` is made");
        fs::write(&go, "").unwrap();
        assert!(run.join().unwrap().success());
    });
    assert_eq!(latest(&context), "snapshot=2023-12-31.1");
}
