//! What of a schedule is due: every occurrence after the instant up to which it is accounted for, with what becomes
//! of it.
//!
//! One occurrence's verdict depends on the schedule, the present moment and the catch-up policy, and on nothing else.
//! So it is the same whether one asks for everything at once or piece by piece.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::cron::Schedule;

/// How late an occurrence may be seen and still be on time.
///
/// The runner looks several times a second; it is later only where the machine was busy, asleep or just starting. A
/// minute is the step of a five-field pattern: what is later than that was passed over, not delayed.
pub const ON_TIME: TimeDelta = TimeDelta::minutes(1);

/// What becomes of occurrences that were passed over: while the program was down, or the machine slept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Each of them runs, oldest first.
    All,
    /// The newest runs, unless one is on time after it; the others are missed.
    #[default]
    Latest,
    /// None runs; all are missed.
    None,
}

/// What becomes of one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It runs, and is not later than [`ON_TIME`].
    OnTime,
    /// It runs although it is late.
    CaughtUp,
    /// It does not run, and is recorded as missed.
    Missed,
}

/// How many occurrences to account for at once: as many as fit into one short transaction.
pub const AT_ONCE: usize = 10_000;

/// A piece of what is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Occurrences and what becomes of them, oldest first.
    pub verdicts: Vec<(DateTime<Utc>, Verdict)>,
    /// The instant up to which the schedule is accounted for once these are recorded; never before the old one.
    pub horizon: DateTime<Utc>,
    /// Whether there is nothing more to account for up to the present moment.
    pub complete: bool,
}

/// What becomes of the occurrences after `horizon`, up to and including `now`: the oldest `at_once` of them.
///
/// To account for all, ask again with the horizon that was reached until the account is complete. A moment before the
/// horizon has nothing due: what was accounted for once is not accounted for again, whatever the clock says.
pub fn account(
    schedule: &Schedule,
    timezone: Tz,
    horizon: DateTime<Utc>,
    now: DateTime<Utc>,
    catch_up: CatchUp,
    at_once: usize,
) -> Account {
    let mut due = verdicts(schedule, timezone, horizon, now, catch_up);
    let verdicts: Vec<_> = due.by_ref().take(at_once).collect();
    let complete = verdicts.len() < at_once || due.next().is_none();
    let reached = if complete { Some(now) } else { verdicts.last().map(|(instant, _)| *instant) };
    Account { verdicts, horizon: reached.unwrap_or(horizon).max(horizon), complete }
}

/// What becomes of the occurrences after `horizon`, up to and including `now`, oldest first.
pub fn verdicts(
    schedule: &Schedule,
    timezone: Tz,
    horizon: DateTime<Utc>,
    now: DateTime<Utc>,
    catch_up: CatchUp,
) -> impl Iterator<Item = (DateTime<Utc>, Verdict)> {
    let mut occurrences = schedule.occurrences(horizon, now, timezone).peekable();
    std::iter::from_fn(move || {
        let instant = occurrences.next()?;
        let verdict = match catch_up {
            _ if now - instant <= ON_TIME => Verdict::OnTime,
            CatchUp::All => Verdict::CaughtUp,
            CatchUp::Latest if occurrences.peek().is_none() => Verdict::CaughtUp,
            CatchUp::Latest | CatchUp::None => Verdict::Missed,
        };
        Some((instant, verdict))
    })
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::Verdict::{CaughtUp, Missed, OnTime};
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        format!("2024-01-01T{text}Z").parse().unwrap()
    }

    fn hourly(horizon: &str, now: &str, catch_up: CatchUp) -> Vec<(String, Verdict)> {
        let schedule = Schedule::parse("0 * * * *").unwrap();
        let all = verdicts(&schedule, Shanghai, utc(horizon), utc(now), catch_up);
        all.map(|(instant, verdict)| (instant.format("%H:%M").to_string(), verdict)).collect()
    }

    #[rstest]
    #[case::all_late(CatchUp::All, "12:30:00", &[CaughtUp, CaughtUp, CaughtUp])]
    #[case::latest_late(CatchUp::Latest, "12:30:00", &[Missed, Missed, CaughtUp])]
    #[case::none_late(CatchUp::None, "12:30:00", &[Missed, Missed, Missed])]
    #[case::all_and_one_on_time(CatchUp::All, "12:00:59", &[CaughtUp, CaughtUp, OnTime])]
    #[case::latest_and_one_on_time(CatchUp::Latest, "12:00:59", &[Missed, Missed, OnTime])]
    #[case::none_and_one_on_time(CatchUp::None, "12:00:59", &[Missed, Missed, OnTime])]
    #[case::just_on_time(CatchUp::None, "12:01:00", &[Missed, Missed, OnTime])]
    #[case::just_late(CatchUp::None, "12:01:00.001", &[Missed, Missed, Missed])]
    #[case::at_the_instant(CatchUp::Latest, "12:00:00", &[Missed, Missed, OnTime])]
    #[case::before_the_last(CatchUp::Latest, "11:59:59.999", &[Missed, CaughtUp])]
    fn what_was_passed_over(#[case] catch_up: CatchUp, #[case] now: &str, #[case] expected: &[Verdict]) {
        let hours = ["10:00", "11:00", "12:00"].map(str::to_owned);
        let expected: Vec<_> = hours.into_iter().zip(expected.iter().copied()).collect();
        assert_eq!(hourly("09:00:00", now, catch_up), expected);
    }

    #[test]
    fn a_clock_that_went_back_has_nothing_due() {
        assert!(hourly("12:00:00", "09:00:00", CatchUp::All).is_empty());
        let schedule = Schedule::parse("0 * * * *").unwrap();
        let account = account(&schedule, Shanghai, utc("12:00:00"), utc("09:00:00"), CatchUp::All, AT_ONCE);
        assert_eq!((account.horizon, account.complete), (utc("12:00:00"), true), "what is accounted for stays so");
    }

    #[test]
    fn years_of_every_second_come_in_pieces() {
        let schedule = Schedule::parse("* * * * * *").unwrap();
        let (horizon, now) = (utc("00:00:00"), utc("00:00:00") + TimeDelta::days(3650));
        let first = account(&schedule, Shanghai, horizon, now, CatchUp::Latest, AT_ONCE);
        assert_eq!((first.verdicts.len(), first.complete), (10_000, false));
        assert_eq!(first.horizon, horizon + TimeDelta::seconds(10_000));
        assert!(first.verdicts.iter().all(|(_, verdict)| *verdict == Missed), "the latest is not the last of a piece");
    }

    #[test]
    fn a_piece_that_holds_the_rest_is_complete() {
        let schedule = Schedule::parse("0 * * * *").unwrap();
        let piece = |at_once| account(&schedule, Shanghai, utc("09:00:00"), utc("12:30:00"), CatchUp::Latest, at_once);
        assert_eq!((piece(3).horizon, piece(3).complete), (utc("12:30:00"), true));
        assert_eq!((piece(2).horizon, piece(2).complete), (utc("11:00:00"), false));
        assert_eq!(piece(2).verdicts.last(), Some(&(utc("11:00:00"), Missed)));
        assert_eq!((piece(0).horizon, piece(0).complete), (utc("09:00:00"), false), "no room, no progress, no loss");
    }

    const PATTERNS: [&str; 6] = ["* * * * *", "*/7 * * * *", "0 * * * *", "30 1 * * *", "*/20 * * * * *", "0 0 1 * *"];

    fn policies() -> impl Strategy<Value = CatchUp> {
        proptest::sample::select(vec![CatchUp::All, CatchUp::Latest, CatchUp::None])
    }

    proptest! {
        #[test]
        fn however_time_is_cut_every_occurrence_is_accounted_for_once(
            pattern in 0usize..6,
            catch_up in policies(),
            start in 1_700_000_000i64..1_760_000_000,
            steps in proptest::collection::vec(-40_000i64..80_000, 1..12),
            at_once in 1usize..300,
        ) {
            let schedule = Schedule::parse(PATTERNS[pattern]).unwrap();
            let zone = chrono_tz::Europe::Berlin;
            let begin = DateTime::from_timestamp(start, 0).unwrap();
            let (mut horizon, mut now, mut told) = (begin, begin, Vec::new());
            // The clock jumps both ways; each tick takes one piece, complete or not.
            for step in steps {
                now += TimeDelta::seconds(step);
                let account = account(&schedule, zone, horizon, now, catch_up, at_once);
                prop_assert!(account.horizon >= horizon);
                prop_assert!(account.verdicts.iter().all(|(instant, _)| *instant > horizon && *instant <= account.horizon));
                horizon = account.horizon;
                told.extend(account.verdicts);
            }
            let all: Vec<_> = schedule.occurrences(begin, horizon, zone).collect();
            let told: Vec<_> = told.into_iter().map(|(instant, _)| instant).collect();
            prop_assert_eq!(told, all);
        }

        #[test]
        fn pieces_give_the_verdicts_of_the_whole(
            pattern in 0usize..5, catch_up in policies(), start in 1_700_000_000i64..1_760_000_000, span in 0i64..200_000, at_once in 1usize..50,
        ) {
            let schedule = Schedule::parse(PATTERNS[pattern]).unwrap();
            let begin = DateTime::from_timestamp(start, 0).unwrap();
            let now = begin + TimeDelta::seconds(span);
            let whole: Vec<_> = verdicts(&schedule, Shanghai, begin, now, catch_up).collect();
            let (mut horizon, mut pieces) = (begin, Vec::new());
            loop {
                let account = account(&schedule, Shanghai, horizon, now, catch_up, at_once);
                horizon = account.horizon;
                pieces.extend(account.verdicts);
                if account.complete {
                    break;
                }
            }
            prop_assert_eq!(&pieces, &whole);
            prop_assert_eq!(horizon, now);
            let late = whole.iter().filter(|(_, verdict)| *verdict == CaughtUp).count();
            match catch_up {
                CatchUp::All => prop_assert!(whole.iter().all(|(_, verdict)| *verdict != Missed)),
                CatchUp::Latest => prop_assert!(late <= 1 && whole.last().is_none_or(|(_, verdict)| *verdict != Missed)),
                CatchUp::None => prop_assert_eq!(late, 0),
            }
        }
    }
}
