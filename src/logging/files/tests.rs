//! Log files on a real file system: a new day, a full disk, a folder that is none.

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use tempfile::TempDir;

use super::*;

struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// The log file of run 1, and what was told of it.
fn log(state: &Path) -> (LogFile, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&said);
    (LogFile::open(state, run_path(state, "audit", "1"), Box::new(move |text| tell.lock().unwrap().push(text.to_owned()))), said)
}

#[test]
fn the_schedulers_log_turns_with_the_day_of_its_zone() {
    let state = TempDir::new().unwrap();
    let clock = Arc::new(Hands(Mutex::new("2024-02-29T15:59:59Z".parse().unwrap())));
    let mut slot = Slot::default();
    let log = ServeLog::open(&slot, state.path(), Tz::Asia__Shanghai, Arc::<Hands>::clone(&clock));
    slot.write_all(b"before midnight\n").unwrap();
    *clock.0.lock().unwrap() += TimeDelta::seconds(1);
    slot.write_all(b"after midnight\n").unwrap();
    *clock.0.lock().unwrap() -= TimeDelta::seconds(1);
    slot.write_all(b"the clock was set back\n").unwrap();
    drop(log);
    slot.write_all(b"nobody logs any more\n").unwrap();
    let read = |day: &str| fs::read_to_string(state.path().join(format!("logs/serve-{day}.log"))).unwrap();
    assert_eq!(read("2024-02-29"), "before midnight\nthe clock was set back\n");
    assert_eq!(read("2024-03-01"), "after midnight\n");
}

#[test]
fn attempts_of_a_run_share_its_file() {
    let state = TempDir::new().unwrap();
    let mut slot = Slot::default();
    assert!(!slot.in_use());
    for attempt in ["first\n", "second\n"] {
        let log = RunLog::open(&slot, state.path(), "enrollment-audit", "018df6c5");
        assert!(slot.in_use());
        assert_eq!(log.path(), state.path().join("logs/enrollment-audit/018df6c5.log"));
        slot.write_all(attempt.as_bytes()).unwrap();
    }
    assert!(!slot.in_use());
    assert_eq!(fs::read_to_string(run_path(state.path(), "enrollment-audit", "018df6c5")).unwrap(), "first\nsecond\n");
}

#[cfg(unix)]
#[test]
fn logs_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let state = TempDir::new().unwrap();
    let below = state.path().join("state");
    let log = RunLog::open(&Slot::default(), &below, "audit", "1");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&below.join("logs")), mode(&below.join("logs/audit")), mode(log.path())], [0o700, 0o700, 0o600]);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_once() {
    let state = TempDir::new().unwrap();
    fs::write(state.path().join("logs"), "a file where the folder should be").unwrap();
    let (mut log, said) = log(state.path());
    log.write(b"one\n");
    log.write(b"two\n");
    let said = said.lock().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("cannot write the log `") && said[0].contains("/logs/audit/1.log`: "), "{}", said[0]);
}

#[test]
fn logging_goes_on_when_it_can_again() {
    let state = TempDir::new().unwrap();
    fs::write(state.path().join("logs"), "in the way").unwrap();
    let (mut log, said) = log(state.path());
    log.write(b"lost\n");
    fs::remove_file(state.path().join("logs")).unwrap();
    log.write(b"kept\n");
    assert_eq!(fs::read_to_string(&log.path).unwrap(), "kept\n");
    assert_eq!(said.lock().unwrap().len(), 1);
}

/// `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_stops_nothing() {
    let state = TempDir::new().unwrap();
    fs::create_dir_all(state.path().join("logs/audit")).unwrap();
    std::os::unix::fs::symlink("/dev/full", run_path(state.path(), "audit", "1")).unwrap();
    let (mut log, said) = log(state.path());
    for _ in 0..3 {
        log.write(b"line\n");
    }
    let said = said.lock().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("No space left on device"), "{}", said[0]);
}

#[test]
fn a_torn_line_does_not_spoil_the_next() {
    let state = TempDir::new().unwrap();
    let (mut log, _) = log(state.path());
    log.write(b"{\"half");
    log.torn = true;
    log.write(b"{}\n");
    assert_eq!(fs::read_to_string(&log.path).unwrap(), "{\"half\n{}\n");
}

#[rstest]
#[case::up("..", "1")]
#[case::further_up("audit", "../../1")]
#[case::root("/", "1")]
#[case::nothing("audit", "")]
#[case::here(".", "1")]
#[case::slash_at_the_end("audit/", "1")]
fn a_name_cannot_lead_elsewhere(#[case] pipeline: &str, #[case] run_id: &str) {
    let state = TempDir::new().unwrap();
    let slot = Slot::default();
    let _log = RunLog::open(&slot, &state.path().join("state"), pipeline, run_id);
    assert!(!slot.in_use());
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
}

#[test]
fn the_state_folder_may_be_named_by_any_path() {
    let state = TempDir::new().unwrap();
    fs::create_dir(state.path().join("desk")).unwrap();
    let log = RunLog::open(&Slot::default(), &state.path().join("desk/../state"), "logs", "1");
    assert!(log.path().is_file() && state.path().join("state/logs/logs/1.log").is_file());
}

#[test]
fn only_the_schedulers_logs_have_a_day() {
    assert_eq!(day_of("serve-2024-02-29.log"), Day::from_ymd(2024, 2, 29));
    for name in ["serve-2024-02-30.log", "serve-.log", "serve-2024-02-29.log.gz", "2024-02-29.log", "server-2024-02-29.log"] {
        assert_eq!(day_of(name), None, "{name}");
    }
}
