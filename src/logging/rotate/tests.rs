//! Which log files are old.

use std::time::SystemTime;

use rstest::rstest;
use tempfile::TempDir;

use super::super::files::{RunLog, Slot, run_path};
use super::*;
use canbao_runtime::clock::FixedClock;

/// 2024-03-31 02:00 in Shanghai, where it is still the 30th in UTC.
fn clock() -> FixedClock {
    FixedClock("2024-03-30T18:00:00Z".parse().unwrap())
}

fn write(path: &Path, written: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "{}\n").unwrap();
    let written: DateTime<Utc> = written.parse().unwrap();
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::from(written)).unwrap();
}

/// The names of what goes.
fn removed(folder: &Path, age: TimeDelta) -> Vec<String> {
    let removed = remove_older(folder, age, &clock(), Tz::Asia__Shanghai).unwrap();
    removed.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()).collect()
}

#[rstest]
#[case::years(TimeDelta::days(4000), &[])]
#[case::more_than_a_zone_can_be_reckoned_for(TimeDelta::MAX, &[])]
#[case::a_month(TimeDelta::days(30), &["serve-2024-02-29.log"])]
#[case::a_second_less(TimeDelta::days(30) - TimeDelta::seconds(1), &["february.log", "serve-2024-02-29.log"])]
#[case::a_day_less(TimeDelta::days(29), &["february.log", "serve-2024-02-29.log", "serve-2024-03-01.log"])]
#[case::none(TimeDelta::zero(), &["february.log", "march.log", "serve-2024-02-29.log", "serve-2024-03-01.log", "serve-2024-13-01.log"])]
fn what_is_old_goes_and_all_else_stays(#[case] age: TimeDelta, #[case] goes: &[&str]) {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(&at("february.log"), "2024-02-29T18:00:00Z");
    write(&at("march.log"), "2024-03-30T17:59:59Z");
    write(&at("to-come.log"), "2024-04-01T00:00:00Z");
    // The day in the name counts, not when somebody copied the file.
    write(&at("serve-2024-02-29.log"), "2030-01-01T00:00:00Z");
    write(&at("serve-2024-03-01.log"), "2020-01-01T00:00:00Z");
    write(&at("serve-2024-03-31.log"), "2020-01-01T00:00:00Z");
    // No day, so it is a run's for all that is known.
    write(&at("serve-2024-13-01.log"), "2024-03-30T17:00:00Z");
    write(&at("notes.txt"), "2020-01-01T00:00:00Z");
    write(&at("audit/old.log"), "2020-01-01T00:00:00Z");
    assert_eq!(removed(folder.path(), age), goes);
    assert_eq!(removed(folder.path(), age), Vec::<String>::new(), "nothing is removed twice");
    for stays in ["to-come.log", "serve-2024-03-31.log", "notes.txt", "audit/old.log"] {
        assert!(at(stays).exists(), "{stays}");
    }
}

#[test]
fn a_file_that_is_being_written_is_never_old() {
    let state = TempDir::new().unwrap();
    let path = run_path(state.path(), "audit", "1");
    write(&path, "2020-01-01T00:00:00Z");
    let log = RunLog::open(&Slot::default(), state.path(), "audit", "1");
    assert_eq!(removed(path.parent().unwrap(), TimeDelta::days(30)), Vec::<String>::new());
    drop(log);
    assert_eq!(removed(path.parent().unwrap(), TimeDelta::days(30)), ["1.log"]);
}

#[test]
fn a_folder_that_is_not_there_holds_nothing() {
    let folder = TempDir::new().unwrap();
    assert_eq!(removed(&folder.path().join("none"), TimeDelta::days(1)), Vec::<String>::new());
    write(&folder.path().join("file"), "2020-01-01T00:00:00Z");
    assert!(remove_older(&folder.path().join("file"), TimeDelta::days(1), &clock(), Tz::UTC).is_err());
}
