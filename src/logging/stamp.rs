//! The times of log lines, by the program's clock and not the system's.

use std::fmt;
use std::sync::Arc;

use chrono::SecondsFormat;
use chrono_tz::Tz;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use canbao_runtime::clock::Clock;

/// Writes the present moment after RFC 3339: in UTC for programs, in a zone for people.
#[derive(Clone)]
pub struct Stamp {
    clock: Arc<dyn Clock>,
    zone: Option<Tz>,
}

impl Stamp {
    /// In UTC, to the microsecond.
    pub fn utc(clock: Arc<dyn Clock>) -> Self {
        Self { clock, zone: None }
    }

    /// In a zone, to the millisecond.
    pub fn local(clock: Arc<dyn Clock>, zone: Tz) -> Self {
        Self { clock, zone: Some(zone) }
    }
}

impl FormatTime for Stamp {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        let now = self.clock.now();
        match self.zone {
            None => w.write_str(&now.to_rfc3339_opts(SecondsFormat::Micros, true)),
            Some(zone) => w.write_str(&now.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false)),
        }
    }
}
