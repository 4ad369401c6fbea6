use chrono_tz::America::New_York;
use chrono_tz::Asia::Shanghai;
use chrono_tz::Australia::Lord_Howe;
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What happens between two moments, as the zone's clock shows it.
fn told(text: &str, timezone: Tz, after: &str, until: &str) -> Vec<String> {
    let local = |instant: DateTime<Utc>| instant.with_timezone(&timezone).format("%d %H:%M%:z").to_string();
    schedule(text).occurrences(utc(after), utc(until), timezone).map(local).collect()
}

#[rstest]
#[case::a_day("0 3 3 * *", true)]
#[case::with_seconds("30 0 3 1 * *", true)]
#[case::last_day("0 3 L * *", true)]
#[case::a_day_that_most_months_have("0 3 31 * *", true)]
#[case::a_weekday("0 3 * * MON#1", true)]
#[case::new_year_midnight("0 0 1 * *", true)]
#[case::daily("0 3 * * *", false)]
#[case::weekly("0 3 * * MON", false)]
#[case::twice("0 3 1,15 * *", false)]
#[case::two_times_of_a_day("0 3,15 1 * *", false)]
#[case::quarterly("0 3 1 */3 *", false)]
#[case::every_other_month("0 3 1 */2 *", false)]
#[case::yearly("0 3 1 1 *", false)]
#[case::every_minute("* * * * *", false)]
fn what_happens_once_a_month_is_monthly(#[case] text: &str, #[case] monthly: bool) {
    assert_eq!(schedule(text).is_monthly(), monthly);
}

#[test]
fn occurrences_are_those_of_the_timezone() {
    let next = schedule("30 2 * * *").next_after(utc("2023-12-30T18:30:00Z"), Shanghai).unwrap();
    assert_eq!(next.to_rfc3339(), "2024-01-01T02:30:00+08:00", "18:30 UTC is the occurrence itself, the next comes a day later");
}

#[test]
fn a_fraction_of_a_second_is_no_reason_to_happen_twice() {
    let next = |moment: &str| schedule("30 2 * * *").next_after(utc(moment), Shanghai).unwrap().to_rfc3339();
    assert_eq!(next("2023-12-30T18:29:59.999Z"), "2023-12-31T02:30:00+08:00");
    assert_eq!(next("2023-12-30T18:30:00.001Z"), "2024-01-01T02:30:00+08:00");
}

#[test]
fn a_span_ends_with_its_last_moment() {
    let of = |after: &str, until: &str| told("0 0 * * *", Tz::UTC, after, until);
    assert_eq!(of("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"), ["02 00:00+00:00"], "what was before is not told again");
    assert!(of("2024-01-01T00:00:00Z", "2024-01-01T23:59:59Z").is_empty());
    assert!(of("2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z").is_empty());
}

// New York's clock goes from 02:00 to 03:00 on 10 March 2024, at 07:00 UTC.
#[rstest]
#[case::in_the_gap("30 2 * * *", &["09 02:30-05:00", "10 03:00-04:00", "11 02:30-04:00"])]
#[case::where_it_begins("0 2 * * *", &["09 02:00-05:00", "10 03:00-04:00", "11 02:00-04:00"])]
#[case::where_it_ends("0 3 * * *", &["09 03:00-05:00", "10 03:00-04:00", "11 03:00-04:00"])]
#[case::last_second_before("59 59 1 * * *", &["09 01:59-05:00", "10 01:59-05:00", "11 01:59-04:00"])]
#[case::several_meet("0,20,40 2 10 * *", &["10 03:00-04:00"])]
#[case::several_meet_one_that_is_there("0 2,3 10 * *", &["10 03:00-04:00"])]
#[case::some_of_several("30 1,2,3 10 * *", &["10 01:30-05:00", "10 03:00-04:00", "10 03:30-04:00"])]
#[case::every_hour("30 * 10 * *", &["10 00:30-05:00", "10 01:30-05:00", "10 03:00-04:00", "10 03:30-04:00", "10 04:30-04:00"])]
#[case::every_half_hour("*/30 1-3 10 * *", &["10 01:00-05:00", "10 01:30-05:00", "10 03:00-04:00", "10 03:30-04:00"])]
fn in_a_gap_to_the_next_valid_instant(#[case] text: &str, #[case] expected: &[&str]) {
    let mut happened = told(text, New_York, "2024-03-09T05:00:00Z", "2024-03-11T10:00:00Z");
    happened.truncate(expected.len());
    assert_eq!(happened, expected);
}

// New York's clock goes from 02:00 back to 01:00 on 3 November 2024, at 06:00 UTC.
#[rstest]
#[case::in_the_overlap("30 1 * * *", &["02 01:30-04:00", "03 01:30-04:00", "04 01:30-05:00"])]
#[case::where_it_begins("0 1 * * *", &["02 01:00-04:00", "03 01:00-04:00", "04 01:00-05:00"])]
#[case::where_it_ends("0 2 * * *", &["02 02:00-04:00", "03 02:00-05:00", "04 02:00-05:00"])]
#[case::several("0,30 1 3 * *", &["03 01:00-04:00", "03 01:30-04:00"])]
#[case::several_hours("30 0,1,2 3 * *", &["03 00:30-04:00", "03 01:30-04:00", "03 02:30-05:00"])]
#[case::every_hour("0 * 3 * *", &["03 00:00-04:00", "03 01:00-04:00", "03 02:00-05:00", "03 03:00-05:00"])]
#[case::every_half_hour("*/30 0-2 3 * *", &["03 00:00-04:00", "03 00:30-04:00", "03 01:00-04:00", "03 01:30-04:00", "03 02:00-05:00", "03 02:30-05:00"])]
fn in_an_overlap_once(#[case] text: &str, #[case] expected: &[&str]) {
    let mut happened = told(text, New_York, "2024-11-02T04:00:00Z", "2024-11-04T07:00:00Z");
    happened.truncate(expected.len());
    assert_eq!(happened, expected);
}

#[rstest]
// Berlin: 02:00 to 03:00 on 31 March 2024, 03:00 back to 02:00 on 27 October.
#[case::berlin_gap("15 2 * * *", Berlin, "2024-03-30T23:00:00Z", &["31 03:00+02:00"])]
#[case::berlin_overlap("15 2 * * *", Berlin, "2024-10-26T22:00:00Z", &["27 02:15+02:00"])]
// Lord Howe moves by half an hour: 02:00 to 02:30 on 6 October 2024, 02:00 back to 01:30 on 7 April.
#[case::lord_howe_gap("15 2 * * *", Lord_Howe, "2024-10-05T13:30:00Z", &["06 02:30+11:00"])]
#[case::lord_howe_gap_of_several("*/10 2 * * *", Lord_Howe, "2024-10-05T13:30:00Z", &["06 02:30+11:00", "06 02:40+11:00", "06 02:50+11:00"])]
#[case::lord_howe_overlap("45 1 * * *", Lord_Howe, "2024-04-06T13:00:00Z", &["07 01:45+11:00"])]
#[case::lord_howe_overlap_of_several("*/15 1 * * *", Lord_Howe, "2024-04-06T13:00:00Z", &["07 01:00+11:00", "07 01:15+11:00", "07 01:30+11:00", "07 01:45+11:00"])]
// Samoa had no 30 December 2011, and Cuba's days begin at 01:00 where the clock is set forward at midnight.
#[case::a_day_left_out("0 12 * * *", chrono_tz::Pacific::Apia, "2011-12-30T09:59:59Z", &["31 00:00+14:00", "31 12:00+14:00"])]
#[case::midnight_left_out("0 0 * * *", chrono_tz::America::Havana, "2024-03-10T04:30:00Z", &["10 01:00-04:00"])]
#[case::no_change("30 2 * * *", Shanghai, "2024-03-30T16:00:00Z", &["31 02:30+08:00"])]
fn zones_of_other_habits(#[case] text: &str, #[case] timezone: Tz, #[case] after: &str, #[case] expected: &[&str]) {
    let until = utc(after) + TimeDelta::hours(22);
    let mut happened = told(text, timezone, after, &until.to_rfc3339());
    happened.truncate(expected.len().max(1));
    assert_eq!(happened, expected);
}

#[test]
fn what_is_moved_past_midnight_is_about_its_own_day() {
    // Scoresbysund's clock goes from 23:00 to midnight on 30 March 2024.
    let zone = chrono_tz::America::Scoresbysund;
    let about = |text: &str| -> Vec<_> {
        let schedule = schedule(text);
        let all = schedule.occurrences(utc("2024-03-29T12:00:00Z"), utc("2024-04-01T12:00:00Z"), zone);
        all.map(|instant| schedule.logical_date(instant.with_timezone(&zone)).to_string()).collect()
    };
    assert_eq!(about("30 23 * * *"), ["2024-03-29", "2024-03-30", "2024-03-31"]);
    assert_eq!(about("0 0 * * *"), ["2024-03-30", "2024-03-31", "2024-04-01"]);
}

#[test]
fn a_second_schedule_goes_on_after_the_repeated_hour() {
    let second = schedule("* * * * * *");
    for within in ["2024-11-03T06:00:00Z", "2024-11-03T06:30:00.5Z", "2024-11-03T06:59:59Z"] {
        assert_eq!(second.next_after(utc(within), New_York).unwrap().to_rfc3339(), "2024-11-03T02:00:00-05:00", "{within}");
    }
}

#[test]
fn the_calendar_ends() {
    let daily = schedule("30 2 * * *");
    for zone in [New_York, Shanghai] {
        assert_eq!(daily.next_after(DateTime::<Utc>::MAX_UTC, zone), None);
        assert!(daily.next_after(utc("4999-12-31T00:00:00Z"), zone).is_some());
        let _ = daily.next_after(DateTime::<Utc>::MIN_UTC, zone);
    }
}

/// Instants of eight years, in seconds.
const YEARS: std::ops::Range<i64> = 1_672_531_200..1_924_992_000;

fn patterns() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "30 2 * * *",
        "0 2 * * *",
        "15 1 * * *",
        "0 0 * * *",
        "0,30 1,2 * * *",
        "*/15 * * * *",
        "7 * * * *",
        "* * * * *",
        "*/20 30 1-3 * * *",
        "0 2 * * SUN",
        "59 59 1,2 * * *",
        "10 2 L * *",
        "0 3 3 * *",
    ])
}

fn zones() -> impl Strategy<Value = Tz> {
    let named =
        vec![New_York, Berlin, Lord_Howe, Shanghai, chrono_tz::Pacific::Apia, chrono_tz::America::Havana, chrono_tz::Africa::Casablanca];
    prop_oneof![proptest::sample::select(named), proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec())]
}

/// Around half of the moments lie close to a change of the clock, where the trouble is.
fn moments() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    (zones(), YEARS, any::<bool>(), -7200i64..7200).prop_map(|(zone, seconds, near, offset)| {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        let shown = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local() - at.naive_utc();
        let change = (0..366).map(|day| moment + TimeDelta::days(day)).find(|at| shown(*at) != shown(*at + TimeDelta::days(1)));
        let Some(mut change) = change.filter(|_| near) else {
            return (zone, moment);
        };
        while shown(change) == shown(change + TimeDelta::hours(1)) {
            change += TimeDelta::hours(1);
        }
        (zone, change + TimeDelta::seconds(offset))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn occurrences_never_go_back_and_none_is_told_twice(text in patterns(), (zone, from) in moments()) {
        let all: Vec<_> = schedule(text).occurrences(from, from + TimeDelta::days(40), zone).take(500).collect();
        prop_assert!(all.iter().all(|instant| *instant > from));
        prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", all);
    }

    #[test]
    fn wherever_one_begins_the_next_is_the_same(text in patterns(), (zone, from) in moments(), within in 0.0f64..1.0) {
        let schedule = schedule(text);
        let first = schedule.next_after(from, zone).unwrap();
        let second = schedule.next_after(first.with_timezone(&Utc), zone).unwrap();
        let gap = (second - first).num_milliseconds();
        let between = first.with_timezone(&Utc) + TimeDelta::milliseconds((gap as f64 * within) as i64);
        prop_assert_eq!(schedule.next_after(between, zone), Some(second), "asked at {}", between);
        prop_assert_eq!(schedule.next_after(second.with_timezone(&Utc) - TimeDelta::nanoseconds(1), zone), Some(second));
    }

    /// The promise itself, with the wall clock gone through second by second instead of by croner.
    #[test]
    fn each_time_of_the_wall_clock_happens_once(text in patterns(), (zone, from) in moments()) {
        let schedule = schedule(text);
        let from = from.with_timezone(&zone).naive_local();
        let until = from + TimeDelta::hours(5);
        let mut named = Vec::new();
        let mut wall = from;
        while let Some(next) = schedule.next_on_the_wall(wall).filter(|next| *next <= until) {
            named.push(next);
            wall = next;
        }
        let mut expected: Vec<_> = named.iter().map(|wall| first_instant_not_before(*wall, zone)).collect();
        expected.dedup();
        if let (Some(first), Some(last)) = (expected.first(), expected.last()) {
            let told: Vec<_> = schedule.occurrences(*first - TimeDelta::nanoseconds(1), *last, zone).collect();
            prop_assert_eq!(told, expected);
        }
    }
}

/// The first instant at which a zone's clock shows `wall` or, where it never does, more. Asks only what the clock shows
/// at an instant, never the other way round.
fn first_instant_not_before(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let shows = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
    // Zones lie within 26 hours of UTC.
    let around = (-26 * 4..26 * 4).map(|quarter| wall.and_utc() + TimeDelta::minutes(15 * quarter));
    let shown = around.map(|instant| wall.and_utc() - (shows(instant) - instant.naive_utc())).filter(|instant| shows(*instant) == wall);
    if let Some(first) = shown.min() {
        return first;
    }
    let mut instant = wall.and_utc() - TimeDelta::hours(26);
    for step in [900, 60, 1] {
        while shows(instant + TimeDelta::seconds(step)) < wall {
            instant += TimeDelta::seconds(step);
        }
    }
    instant + TimeDelta::seconds(1)
}
