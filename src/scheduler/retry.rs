//! When a run that failed is tried again.

use chrono::{DateTime, TimeDelta, Utc};

use super::event_context::EventContext;
use super::ledger::{Ledger, LedgerError, RunState};

/// When a run is tried again after an error that can pass; `None` once it has had its tries.
pub(super) fn retry_at(ledger: &Ledger, about: &EventContext<'_>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let retry = about.pipeline.map(|pipeline| pipeline.execution.retry).unwrap_or_default();
    let tried = ledger.attempts(&about.ticket.run, &[RunState::Failed, RunState::TimedOut])? + 1;
    if tried >= retry.attempts {
        return Ok(None);
    }
    let wait = TimeDelta::from_std(retry.wait_before(tried + 1, jitter())).unwrap_or(TimeDelta::days(1));
    Ok(now.checked_add_signed(wait))
}

/// A random number from 0 to 1, so that runs which failed together are not tried again together.
pub(super) fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
