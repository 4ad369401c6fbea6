//! Messages that wait until they are taken: tried again with growing pauses, given up after three days.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::sender::Carrier;
use super::target::Target;
use super::verdict::Delivery;
use canbao_runtime::clock::Clock;

/// The pause after the first try; it doubles with each.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// No pause is longer, but for what chance adds.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// A message that was not taken so long after it was written is news no more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(3);

/// A message that waits.
#[derive(Debug, Clone)]
pub struct Pending {
    /// By which the outbox knows it.
    pub id: i64,
    /// Where it goes.
    pub target: Target,
    /// What [`message`](super::message()) made.
    pub body: String,
    /// How often it was put off.
    pub tries: u32,
    /// When it was written.
    pub since: DateTime<Utc>,
}

/// Where messages wait. What it records outlives the process.
pub trait Outbox {
    /// Why something cannot be read or recorded.
    type Error: fmt::Display;

    /// The messages whose time has come, the oldest first.
    ///
    /// # Errors
    /// They cannot be read.
    fn due(&self, now: DateTime<Utc>) -> Result<Vec<Pending>, Self::Error>;

    /// The message was taken.
    ///
    /// # Errors
    /// It cannot be recorded; the message will be sent once more.
    fn sent(&self, id: i64, now: DateTime<Utc>) -> Result<(), Self::Error>;

    /// The message was not taken, or not tried; it is due again at `at`, and `tries` is one more.
    ///
    /// # Errors
    /// It cannot be recorded.
    fn again(&self, id: i64, at: DateTime<Utc>, reason: &str) -> Result<(), Self::Error>;

    /// The message is not tried any more.
    ///
    /// # Errors
    /// It cannot be recorded.
    fn gave_up(&self, id: i64, reason: &str) -> Result<(), Self::Error>;
}

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages taken.
    pub sent: usize,
    /// Messages put off.
    pub again: usize,
    /// Messages given up.
    pub gave_up: usize,
}

/// One round: tries every message that is due. A receiver that does not take one is left alone for the rest of the
/// round, and its other messages wait as long; so a receiver that hangs costs one timeout and not one for each.
///
/// `jitter` gives numbers from 0 to 1, by which up to a quarter is added to a pause: what failed together does not come
/// back together.
///
/// # Errors
/// What the outbox cannot read or record. What was carried before stays recorded.
pub fn deliver<O: Outbox>(
    outbox: &O,
    carrier: &impl Carrier,
    clock: &dyn Clock,
    mut jitter: impl FnMut() -> f64,
) -> Result<Delivered, O::Error> {
    let mut round = Delivered::default();
    let mut silent: HashMap<String, (DateTime<Utc>, String)> = HashMap::new();
    for pending in outbox.due(clock.now())? {
        let receiver = pending.target.fingerprint();
        if let Some((until, reason)) = silent.get(&receiver) {
            put_off(outbox, &mut round, &pending, clock.now(), *until, reason)?;
            continue;
        }
        match carrier.carry(&pending.target, &pending.body) {
            Delivery::Sent => {
                outbox.sent(pending.id, clock.now())?;
                round.sent += 1;
            }
            Delivery::TryAgain { reason, wait } => {
                let now = clock.now();
                let wait = wait.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
                let until = now + pause(pending.tries, jitter()).max(wait);
                put_off(outbox, &mut round, &pending, now, until, &reason)?;
                silent.insert(receiver, (until, reason));
            }
            Delivery::Refused { reason } => give_up(outbox, &mut round, &pending, &reason)?,
        }
    }
    Ok(round)
}

/// Puts a message off, or gives it up if it waits for too long.
fn put_off<O: Outbox>(
    outbox: &O,
    round: &mut Delivered,
    pending: &Pending,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<(), O::Error> {
    if now.signed_duration_since(pending.since) >= GIVEN_UP_AFTER {
        return give_up(outbox, round, pending, &format!("{reason}, after {} days", GIVEN_UP_AFTER.num_days()));
    }
    tracing::info!(notice = pending.id, receiver = %pending.target, reason, %until, "message put off");
    outbox.again(pending.id, until, reason)?;
    round.again += 1;
    Ok(())
}

fn give_up<O: Outbox>(outbox: &O, round: &mut Delivered, pending: &Pending, reason: &str) -> Result<(), O::Error> {
    tracing::warn!(notice = pending.id, receiver = %pending.target, reason, "message given up");
    outbox.gave_up(pending.id, reason)?;
    round.gave_up += 1;
    Ok(())
}

/// The pause after so many tries, with what chance adds.
fn pause(tries: u32, jitter: f64) -> TimeDelta {
    let doubled = 2i32.checked_pow(tries).and_then(|times| FIRST_PAUSE.checked_mul(times)).unwrap_or(LONGEST_PAUSE);
    let pause = doubled.min(LONGEST_PAUSE);
    let quarter = pause.as_seconds_f64() * 250.0 * jitter.clamp(0.0, 1.0);
    pause + TimeDelta::milliseconds(quarter as i64)
}

#[cfg(test)]
mod tests;
