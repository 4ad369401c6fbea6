//! The only place that may ask what time it is. Everything else is handed a [`Clock`] or a date.

use std::sync::Arc;
#[cfg(debug_assertions)]
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use canbao_rules::period::Day;

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

/// The clock of this process: the machine's.
///
/// A debug build whose environment names a file in `CANBAO_CLOCK` reads the moment from there at each look, as RFC 3339,
/// so that a test can let the time of a running program jump.
pub fn clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(path) = std::env::var_os("CANBAO_CLOCK") {
        return Arc::new(FileClock { path: path.into(), last: Mutex::new(DateTime::UNIX_EPOCH) });
    }
    Arc::new(SystemClock)
}

/// A clock that somebody else sets.
#[cfg(debug_assertions)]
struct FileClock {
    path: std::path::PathBuf,
    /// What was read last: a file that is being written has no moment in it.
    last: Mutex<DateTime<Utc>>,
}

#[cfg(debug_assertions)]
impl Clock for FileClock {
    fn now(&self) -> DateTime<Utc> {
        let read = std::fs::read_to_string(&self.path).ok().and_then(|text| text.trim().parse().ok());
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(now) = read {
            *last = now;
        }
        *last
    }
}
