//! When a pipeline runs: a cron pattern in a named timezone.
//!
//! Five fields (minute first; second 0) or six (second first). `croner` does the calendar work: in a gap of
//! daylight-saving time an occurrence moves to the next valid instant, in an overlap it happens once.
//!
//! What an occurrence is about, its logical date, is the day on which it fires; a monthly one is about the month before,
//! and its date is that month's last day.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::period::Day;

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
    /// use canbao::pipeline::Schedule;
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
    pub fn next_after(&self, moment: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Tz>> {
        self.cron.find_next_occurrence(&moment.with_timezone(&timezone), false).ok()
    }

    /// The logical date of an occurrence.
    ///
    /// ```
    /// use canbao::pipeline::Schedule;
    /// let at = "2024-03-03T03:00:00+08:00".parse::<chrono::DateTime<chrono::Utc>>().unwrap().with_timezone(&chrono_tz::Asia::Shanghai);
    /// assert_eq!(Schedule::parse("0 3 3 * *").unwrap().logical_date(at).to_string(), "2024-02-29");
    /// assert_eq!(Schedule::parse("0 3 * * *").unwrap().logical_date(at).to_string(), "2024-03-03");
    /// ```
    pub fn logical_date(&self, occurrence: DateTime<Tz>) -> Day {
        let day = Day::from(occurrence.date_naive());
        if self.is_monthly() { day.month().plus(-1).last_day() } else { day }
    }

    /// Whether the pattern happens once a month: never twice in one, and in more than every other (the 31st is not in
    /// all of them).
    fn is_monthly(&self) -> bool {
        const YEAR: i32 = 2023;
        let mut months = Vec::new();
        let mut last = DateTime::from_timestamp(1_672_531_199, 0).unwrap_or_default().with_timezone(&Tz::UTC);
        while let Ok(next) = self.cron.find_next_occurrence(&last, false)
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

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// A library's sentence in our form: no capital, no full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_day("0 3 3 * *", true)]
    #[case::with_seconds("30 0 3 1 * *", true)]
    #[case::last_day("0 3 L * *", true)]
    #[case::a_day_that_most_months_have("0 3 31 * *", true)]
    #[case::a_weekday("0 3 * * MON#1", true)]
    #[case::daily("0 3 * * *", false)]
    #[case::weekly("0 3 * * MON", false)]
    #[case::twice("0 3 1,15 * *", false)]
    #[case::two_times_of_a_day("0 3,15 1 * *", false)]
    #[case::quarterly("0 3 1 */3 *", false)]
    #[case::every_other_month("0 3 1 */2 *", false)]
    #[case::yearly("0 3 1 1 *", false)]
    #[case::every_minute("* * * * *", false)]
    fn what_happens_once_a_month_is_monthly(#[case] text: &str, #[case] monthly: bool) {
        assert_eq!(Schedule::parse(text).unwrap().is_monthly(), monthly);
    }

    #[test]
    fn occurrences_are_those_of_the_timezone() {
        let schedule = Schedule::parse("30 2 * * *").unwrap();
        let moment = Utc.with_ymd_and_hms(2023, 12, 30, 18, 30, 0).unwrap();
        let next = schedule.next_after(moment, chrono_tz::Asia::Shanghai).unwrap();
        assert_eq!(next.to_rfc3339(), "2024-01-01T02:30:00+08:00", "18:30 UTC is the occurrence itself, the next comes a day later");
    }
}
