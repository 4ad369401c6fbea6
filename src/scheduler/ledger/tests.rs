//! The ledger over a real file: what may happen once happens once, whoever asks.

use canbao_runtime::error_report::message_with_hint;
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use tempfile::TempDir;

use super::*;
use canbao_rules::period::Day;

const PIPELINE: &str = "count";

struct PipelineRegistry {
    folder: TempDir,
    ledger: Ledger,
}

fn desk() -> PipelineRegistry {
    let folder = TempDir::new().unwrap();
    let ledger = Ledger::open(&folder.path().join("state")).unwrap();
    PipelineRegistry { folder, ledger }
}

fn at(text: &str) -> DateTime<Utc> {
    format!("2024-03-{text}Z").parse().unwrap()
}

fn day(text: &str) -> Day {
    format!("2024-03-{text}").parse().unwrap()
}

fn known(horizon: DateTime<Utc>) -> Known {
    Known { schedule: Some("30 2 * * *".to_owned()), timezone: "Asia/Shanghai".to_owned(), horizon }
}

fn due(moment: &str, date: &str) -> Accounted {
    Accounted { at: at(moment), date: day(date), outcome: OccurrenceOutcome::Due, remark: None }
}

/// An occurrence with a run under way.
fn begun(ledger: &mut Ledger, run: &str) -> Ticket {
    let occurrence = ledger.ask_for(PIPELINE, run, day("02"), Cause::Schedule, at("02T00:00:00")).unwrap();
    ledger.begin(occurrence.id, Begun::New { id: run, config: "{}", anew: false }, 1, at("02T00:00:00")).unwrap().unwrap()
}

#[test]
fn an_occurrence_is_written_down_once() {
    let PipelineRegistry { folder, mut ledger } = desk();
    let occurrences = [due("01T18:30:00", "02"), due("02T18:30:00", "03")];
    assert_eq!(ledger.account(PIPELINE, &known(at("02T18:30:00")), &occurrences, &[], at("03T00:00:00")).unwrap(), 2);
    assert_eq!(ledger.account(PIPELINE, &known(at("01T00:00:00")), &occurrences, &[], at("03T00:00:00")).unwrap(), 0);
    assert_eq!(ledger.known(PIPELINE).unwrap().unwrap().horizon, at("02T18:30:00"), "the horizon never goes back");
    let again = Ledger::open(&folder.path().join("state")).unwrap();
    let oldest = again.startable(PIPELINE, at("03T00:00:00")).unwrap().unwrap();
    assert_eq!(oldest.logical_time, "2024-03-01T18:30:00Z");
    assert_eq!(again.startable("another", at("03T00:00:00")).unwrap(), None);
}

#[test]
fn of_two_that_begin_one_does() {
    let PipelineRegistry { folder, mut ledger } = desk();
    let occurrence = ledger.ask_for(PIPELINE, "2024-03-02", day("02"), Cause::Manual, at("02T00:00:00")).unwrap();
    let mut other = Ledger::open(&folder.path().join("state")).unwrap();
    let first = ledger.begin(occurrence.id, Begun::New { id: "a", config: "{}", anew: false }, 1, at("02T00:00:00")).unwrap();
    let second = other.begin(occurrence.id, Begun::New { id: "b", config: "{}", anew: false }, 2, at("02T00:00:00")).unwrap();
    assert_eq!(first.map(|ticket| (ticket.run, ticket.attempt)), Some(("a".to_owned(), 1)));
    assert_eq!(second, None);
    assert!(other.find("b").is_err(), "what did not begin left nothing");
}

#[rstest]
#[case::published(RunState::Succeeded, None, OccurrenceState::Succeeded)]
#[case::held(RunState::Held, None, OccurrenceState::Held)]
#[case::failed(RunState::Failed, None, OccurrenceState::Failed)]
#[case::failed_and_tried_again(RunState::Failed, Some("02T00:01:00"), OccurrenceState::Waiting)]
#[case::crashed_and_tried_again(RunState::Crashed, Some("02T00:00:00"), OccurrenceState::Waiting)]
#[case::crashed_for_good(RunState::Crashed, None, OccurrenceState::Failed)]
#[case::parked(RunState::Parked, None, OccurrenceState::Parked)]
#[case::cancelled(RunState::Cancelled, None, OccurrenceState::Cancelled)]
fn an_attempt_ends_once(#[case] state: RunState, #[case] again: Option<&str>, #[case] expected: OccurrenceState) {
    let PipelineRegistry { mut ledger, .. } = desk();
    let ticket = begun(&mut ledger, "run");
    ledger.stage_begins(&ticket, "read", StageState::Running, at("02T00:00:00")).unwrap();
    let end = End { again: again.map(at), ..End::of(state) };
    assert_eq!(ledger.finish(&ticket, &end, at("02T00:00:01")).unwrap(), Ended::Written);
    assert_eq!(ledger.finish(&ticket, &End::of(RunState::Succeeded), at("02T00:00:02")).unwrap(), Ended::Before);
    let run = ledger.find("run").unwrap();
    assert_eq!((run.state, run.occurrence_state, run.attempts), (state, expected, 1));
    assert_eq!(ledger.stages_of("run").unwrap()[0].state, StageState::Failed, "a stage does not outlive its attempt");
    let startable = ledger.startable(PIPELINE, at("02T00:01:00")).unwrap().is_some();
    assert_eq!(startable, matches!(expected, OccurrenceState::Waiting | OccurrenceState::Parked));
    if let Some(again) = again.map(at).filter(|again| *again > at("02T00:00:01")) {
        assert!(ledger.startable(PIPELINE, again - TimeDelta::seconds(1)).unwrap().is_none(), "not before its time");
    }
}

#[test]
fn a_run_that_goes_on_has_another_attempt() {
    let PipelineRegistry { mut ledger, .. } = desk();
    let ticket = begun(&mut ledger, "run");
    ledger.finish(&ticket, &End::of(RunState::Parked), at("02T00:00:01")).unwrap();
    assert_eq!(ledger.unfinished_run(ticket.occurrence).unwrap().as_deref(), Some("run"));
    let second = ledger.begin(ticket.occurrence, Begun::Again("run"), 2, at("02T00:00:02")).unwrap().unwrap();
    assert_eq!(second.attempt, 2);
    assert_eq!(ledger.finish(&ticket, &End::of(RunState::Succeeded), at("02T00:00:03")).unwrap(), Ended::Before, "the first is over");
    assert_eq!(ledger.finish(&second, &End::of(RunState::Succeeded), at("02T00:00:03")).unwrap(), Ended::Written);
    assert_eq!(ledger.unfinished_run(ticket.occurrence).unwrap(), None);
    assert!(ledger.has_success(PIPELINE, "run", day("02")).unwrap());
    // Whoever comes late finds it done; somebody who wants another snapshot has to say so.
    assert_eq!(ledger.begin(ticket.occurrence, Begun::Again("run"), 3, at("02T00:00:04")).unwrap(), None);
    let late = Begun::New { id: "late", config: "{}", anew: false };
    assert_eq!(ledger.begin(ticket.occurrence, late, 3, at("02T00:00:04")).unwrap(), None);
    let anew = Begun::New { id: "anew", config: "{}", anew: true };
    assert!(ledger.begin(ticket.occurrence, anew, 3, at("02T00:00:04")).unwrap().is_some());
}

#[test]
fn successes_are_followed_once_and_in_order() {
    let PipelineRegistry { mut ledger, .. } = desk();
    let upstream = ["a".to_owned(), "b".to_owned()];
    let now = at("02T00:00:00");
    let none = Known { schedule: None, timezone: "Asia/Shanghai".to_owned(), horizon: now };
    ledger.account("after", &none, &[], &[], now).unwrap();
    let succeed = |ledger: &mut Ledger, pipeline: &str, time: &str| {
        let occurrence = ledger.ask_for(pipeline, time, day("02"), Cause::Schedule, now).unwrap();
        let id = format!("{pipeline}{time}");
        let ticket = ledger.begin(occurrence.id, Begun::New { id: &id, config: "{}", anew: false }, 1, now).unwrap().unwrap();
        ledger.finish(&ticket, &End::of(RunState::Succeeded), now).unwrap();
    };
    succeed(&mut ledger, "a", "1");
    assert!(ledger.follow("after", &upstream, now).unwrap().is_empty(), "b has none for the date yet");
    succeed(&mut ledger, "b", "2");
    succeed(&mut ledger, "a", "3");
    let followed: Vec<String> = ledger.follow("after", &upstream, now).unwrap().into_iter().map(|one| one.logical_time).collect();
    assert_eq!(followed, ["2", "3"]);
    assert!(ledger.follow("after", &upstream, now).unwrap().is_empty());
}

#[test]
fn a_content_arrives_once() {
    let PipelineRegistry { mut ledger, .. } = desk();
    let file = |hash: &str| [("inbox/a.csv".to_owned(), hash.to_owned())];
    let now = at("02T00:00:00");
    assert!(ledger.arrived(PIPELINE, &file("1"), day("02"), now).unwrap());
    assert!(!ledger.arrived(PIPELINE, &file("1"), day("02"), now).unwrap());
    assert!(ledger.arrived(PIPELINE, &file("2"), day("02"), now).unwrap(), "a clock that stands still gives another instant");
    assert!(!ledger.arrived(PIPELINE, &file("1"), day("02"), now).unwrap(), "a content that was there before is not new");
}

#[test]
fn the_past_is_forgotten_but_not_what_goes_on() {
    let PipelineRegistry { mut ledger, .. } = desk();
    let old = begun(&mut ledger, "old");
    ledger.finish(&old, &End::of(RunState::Succeeded), at("02T00:00:01")).unwrap();
    let open = begun(&mut ledger, "open");
    ledger.finish(&open, &End::of(RunState::Parked), at("02T00:00:01")).unwrap();
    assert_eq!(ledger.forget(PIPELINE, at("02T00:00:00")).unwrap(), Vec::<String>::new());
    ledger.account(PIPELINE, &known(at("03T00:00:00")), &[], &[], at("03T00:00:00")).unwrap();
    assert_eq!(ledger.forget(PIPELINE, at("03T00:00:00")).unwrap(), ["old"]);
    assert!(ledger.find("old").is_err());
    assert!(ledger.find("open").is_ok());
}

#[test]
fn what_is_no_ledger_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(FILE), "no database at all, and long enough to be seen as one by its first bytes").unwrap();
    let error = message_with_hint(&Ledger::open(folder.path()).unwrap_err());
    assert!(error.contains("hint: the file is no ledger"), "{error}");
    assert!(Ledger::look(&folder.path().join("elsewhere")).unwrap().is_none());
}
