//! What wakes the scheduler's loop before its next slow look.
//!
//! A wake says no more than "look now". What is due says the ledger, so a wake that comes twice, too early or not at all
//! changes nothing but when it is seen: the loop looks every few seconds anyway.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono_tz::Tz;

/// A signal for which the loop waits. Wakes that come while it works are one wake.
#[derive(Debug, Clone, Default)]
pub struct WakeSignal(Arc<(Mutex<bool>, Condvar)>);

impl WakeSignal {
    /// Lets the loop look at once.
    pub fn wake(&self) {
        *self.pending() = true;
        self.0.1.notify_all();
    }

    /// Waits for a wake, or until so much time has passed. Gives whether there was a wake.
    pub fn wait(&self, at_most: Duration) -> bool {
        let began = Instant::now();
        let mut pending = self.pending();
        while !*pending {
            let Some(left) = at_most.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) else { break };
            pending = self.0.1.wait_timeout(pending, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut *pending)
    }

    fn pending(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A schedule at whose times the loop is to be woken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WakeSchedule {
    /// A cron pattern of five or six fields.
    pub pattern: String,
    /// Its zone, by name.
    pub zone: String,
}

impl WakeSchedule {
    /// A pattern in a zone.
    pub fn new(pattern: &str, zone: Tz) -> Self {
        Self { pattern: pattern.to_owned(), zone: zone.name().to_owned() }
    }
}

/// Wakes the loop at the times of schedules.
pub trait Waker: Send {
    /// Takes all schedules that are served now, in place of those before.
    fn set_schedules(&mut self, schedules: &[WakeSchedule]);
}

/// Wakes nobody: the slow look is all there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWaker;

impl Waker for NoWaker {
    fn set_schedules(&mut self, _schedules: &[WakeSchedule]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::from_secs(60);

    #[test]
    fn a_wake_before_the_wait_is_not_lost_and_several_are_one() {
        let signal = WakeSignal::default();
        signal.wake();
        signal.wake();
        assert!(signal.wait(NEVER));
        assert!(!signal.wait(Duration::from_millis(1)), "both wakes were one");
    }

    #[test]
    fn a_wake_ends_the_wait_of_another_thread() {
        let signal = WakeSignal::default();
        let other = signal.clone();
        let waiting = std::thread::spawn(move || other.wait(NEVER));
        signal.wake();
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn without_a_wake_the_wait_ends_by_itself() {
        assert!(!WakeSignal::default().wait(Duration::from_millis(5)));
    }
}
