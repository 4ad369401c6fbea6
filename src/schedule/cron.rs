//! When a pipeline runs: a cron pattern in a named timezone.
//!
//! Five fields (minute first; second 0) or six (second first). A pattern names times of the wall clock, and each of
//! them happens once, whatever the clock is set to:
//! - one that the clock skips (a gap, when daylight-saving time begins) moves to the first instant after the gap;
//!   several that move to the same instant are one occurrence;
//! - one that the clock shows twice (an overlap, when it ends) happens the first time.
//!
//! Hence a pattern of every minute rests while an hour repeats itself. Who wants equal distances names a zone whose
//! clock is never changed, as the default `Asia/Shanghai` has been since 1991, or `UTC`.
//!
//! `croner` does the calendar work on the wall clock alone. It can follow a zone by itself, but keeps the two promises
//! for patterns with one time of day only: `0 1,2 * * *` loses what falls into a gap and happens twice in an overlap.
//!
//! What an occurrence is about, its logical date, is the day that the pattern names; a monthly one is about the month
//! before, and its date is that month's last day.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use canbao_rules::period::Day;

/// No zone's clock was ever set forward by more: Samoa left out a day.
const WIDEST_GAP: TimeDelta = TimeDelta::hours(25);

/// A validated cron pattern. Its text is kept as written.
#[derive(Debug, Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
}

impl Schedule {
    /// What a pattern looks like, for messages.
    pub const EXPECTED: &'static str = "a cron pattern of five fields (minute hour day month weekday) or six (second first)";

    /// Reads a pattern of five or six fields that has at least one occurrence.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with the pattern.
    ///
    /// ```
    /// use canbao::schedule::Schedule;
    /// assert!(Schedule::parse("30 2 * * *").is_ok());
    /// assert!(Schedule::parse("15 30 2 * * MON").is_ok());
    /// assert_eq!(Schedule::parse("30 2 * *").unwrap_err(), "has 4 fields");
    /// assert!(Schedule::parse("61 2 * * *").is_err());
    /// assert_eq!(Schedule::parse("0 0 30 2 *").unwrap_err(), "never happens");
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields = text.split_whitespace().count();
        if fields != 5 && fields != 6 {
            return Err(format!("has {fields} fields"));
        }
        let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| format!("cannot be read ({})", sentence(&error.to_string())))?;
        let schedule = Self { text: text.to_owned(), cron };
        match schedule.next_after(DateTime::UNIX_EPOCH, Tz::UTC) {
            Some(_) => Ok(schedule),
            None => Err("never happens".to_owned()),
        }
    }

    /// The first occurrence after `moment`, in `timezone`; `None` where none is left.
    ///
    /// ```
    /// use canbao::schedule::Schedule;
    /// use chrono_tz::America::New_York;
    /// let next = |schedule: &str, moment: &str| {
    ///     let next = Schedule::parse(schedule).unwrap().next_after(moment.parse().unwrap(), New_York);
    ///     next.unwrap().to_rfc3339()
    /// };
    /// // The clock goes from 02:00 to 03:00: what was to happen at 02:30 happens at 03:00.
    /// assert_eq!(next("30 2 * * *", "2024-03-10T05:00:00Z"), "2024-03-10T03:00:00-04:00");
    /// // The clock goes from 02:00 back to 01:00: what happened at the first 01:30 does not happen at the second.
    /// assert_eq!(next("30 1 * * *", "2024-11-03T05:00:00Z"), "2024-11-03T01:30:00-04:00");
    /// assert_eq!(next("30 1 * * *", "2024-11-03T05:30:00Z"), "2024-11-04T01:30:00-05:00");
    /// ```
    pub fn next_after(&self, moment: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Tz>> {
        // `happens` never goes back while the wall clock goes on, and gives no later instant than `moment` for what the
        // clock shows at `moment`. So the answer comes after that, and is the first that is later than `moment`.
        let shown = moment.with_timezone(&timezone);
        let mut wall = shown.naive_utc().checked_add_offset(shown.offset().fix())?;
        loop {
            wall = self.next_on_the_wall(wall)?;
            let instant = happens(wall, timezone)?;
            if instant > moment {
                return Some(instant);
            }
            // The clock shows for the second time what it has shown before; this happened then.
        }
    }

    /// All occurrences after `after` up to and including `until`, in order.
    pub fn occurrences(&self, after: DateTime<Utc>, until: DateTime<Utc>, timezone: Tz) -> impl Iterator<Item = DateTime<Utc>> {
        let next = move |moment: &DateTime<Utc>| self.next_after(*moment, timezone).map(|next| next.with_timezone(&Utc));
        std::iter::successors(next(&after), next).take_while(move |instant| *instant <= until)
    }

    /// The logical date of an occurrence.
    ///
    /// ```
    /// use canbao::schedule::Schedule;
    /// let at = "2024-03-03T03:00:00+08:00".parse::<chrono::DateTime<chrono::Utc>>().unwrap().with_timezone(&chrono_tz::Asia::Shanghai);
    /// assert_eq!(Schedule::parse("0 3 3 * *").unwrap().logical_date(at).to_string(), "2024-02-29");
    /// assert_eq!(Schedule::parse("0 3 * * *").unwrap().logical_date(at).to_string(), "2024-03-03");
    /// ```
    pub fn logical_date(&self, occurrence: DateTime<Tz>) -> Day {
        let day = Day::from(self.named(occurrence).date());
        if self.is_monthly() { day.month().plus(-1).last_day() } else { day }
    }

    /// The time of the wall clock that the pattern names for an occurrence: another than the clock shows where it was
    /// moved out of a gap, and of the day before where the gap held midnight.
    fn named(&self, occurrence: DateTime<Tz>) -> NaiveDateTime {
        let shown = occurrence.naive_local();
        if self.cron.is_time_matching(&shown).unwrap_or(true) {
            return shown;
        }
        let before = self.cron.find_previous_occurrence(&shown, false).ok();
        before.filter(|wall| happens(*wall, occurrence.timezone()) == Some(occurrence)).unwrap_or(shown)
    }

    /// Whether the pattern happens once a month: never twice in one, and in more than every other (the 31st is not in
    /// all of them).
    fn is_monthly(&self) -> bool {
        const YEAR: i32 = 2023;
        let mut months = Vec::new();
        let mut last = NaiveDate::from_ymd_opt(YEAR - 1, 12, 31).and_then(|day| day.and_hms_opt(23, 59, 59)).unwrap_or_default();
        while let Some(next) = self.next_on_the_wall(last)
            && next.year() == YEAR
        {
            if months.last() == Some(&next.month()) {
                return false;
            }
            months.push(next.month());
            last = next;
        }
        months.len() > 6
    }

    /// The first time of a clock that nobody sets which the pattern names and which comes after `wall`.
    fn next_on_the_wall(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        self.cron.find_next_occurrence(&wall, false).ok()
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The instant at which what the wall clock names happens; `None` at the end of the calendar.
fn happens(wall: NaiveDateTime, timezone: Tz) -> Option<DateTime<Tz>> {
    match timezone.from_local_datetime(&wall) {
        LocalResult::Single(instant) => Some(instant),
        LocalResult::Ambiguous(one, other) => Some(one.min(other)),
        LocalResult::None => after_gap(wall, timezone),
    }
}

/// The first instant after the gap in which a time of the wall clock falls.
fn after_gap(wall: NaiveDateTime, timezone: Tz) -> Option<DateTime<Tz>> {
    let later =
        |seconds| wall.checked_add_signed(TimeDelta::seconds(seconds)).and_then(|wall| timezone.from_local_datetime(&wall).earliest());
    let (mut inside, mut outside) = (0, WIDEST_GAP.num_seconds());
    while outside - inside > 1 {
        let middle = inside + (outside - inside) / 2;
        if later(middle).is_some() { outside = middle } else { inside = middle }
    }
    later(outside)
}

/// A library's sentence in our form: no capital, no full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
