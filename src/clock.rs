//! The only place that may ask what time it is. Everything else is handed a [`Clock`] or a date.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::period::Day;

/// A source of the present moment.
pub trait Clock: Send + Sync {
    /// The present moment in UTC.
    fn now(&self) -> DateTime<Utc>;

    /// The civil date that `timezone` has at this moment.
    fn today(&self, timezone: Tz) -> Day {
        Day::from(self.now().with_timezone(&timezone).date_naive())
    }
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where wall-clock time enters the program")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still: for tests, and for anything that must be repeatable.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
