//! Wakes at the times of cron patterns, by `tokio-cron-scheduler`: one job a schedule, which only says "look".
//!
//! Nothing depends on it. The library polls the machine's clock twice a second; after a sleep or a jump of the clock it
//! fires once and skips the rest; it keeps the offset that the zone had when the job was made, so that after a change of
//! daylight-saving time its jobs come an hour early or late. The ledger and the loop's slow look make up for all of that.

use std::collections::BTreeMap;
use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use uuid::Uuid;

use super::wake::{WakeSchedule, WakeSignal, Waker};

/// Why no waker could be started. The scheduler works without one.
#[derive(Debug, thiserror::Error)]
pub enum CronWakerError {
    /// No thread, or no timer.
    #[error("cannot start the thread that wakes the scheduler")]
    Runtime(#[from] io::Error),
    /// The library's account.
    #[error("cannot start the timer that wakes the scheduler")]
    Timer(#[from] JobSchedulerError),
}

/// The timer and its jobs.
pub struct CronWaker {
    runtime: Runtime,
    timer: JobScheduler,
    signal: WakeSignal,
    /// The jobs of each schedule that is served.
    jobs: BTreeMap<WakeSchedule, Vec<Uuid>>,
}

impl CronWaker {
    /// Starts the timer, without a job yet.
    ///
    /// # Errors
    /// No thread can be started, or the library refuses.
    pub fn start(signal: WakeSignal) -> Result<Self, CronWakerError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("timer").enable_time().build()?;
        let timer = runtime.block_on(async {
            let timer = JobScheduler::new().await?;
            timer.start().await?;
            Ok::<_, JobSchedulerError>(timer)
        })?;
        Ok(Self { runtime, timer, signal, jobs: BTreeMap::new() })
    }

    fn add(&self, schedule: &WakeSchedule) -> Result<Vec<Uuid>, JobSchedulerError> {
        let zone: chrono_tz::Tz = schedule.zone.parse().unwrap_or(chrono_tz::UTC);
        let jobs = timer_patterns(&schedule.pattern).into_iter().map(|pattern| {
            let signal = self.signal.clone();
            // An asynchronous job: the library never runs a blocking one again after a panic.
            let job = Job::new_async_tz(pattern, zone, move |_, _| {
                signal.wake();
                Box::pin(async {})
            })?;
            self.runtime.block_on(self.timer.add(job))
        });
        jobs.collect()
    }
}

impl Waker for CronWaker {
    fn set_schedules(&mut self, schedules: &[WakeSchedule]) {
        let gone: Vec<WakeSchedule> = self.jobs.keys().filter(|known| !schedules.contains(known)).cloned().collect();
        for id in gone.iter().filter_map(|schedule| self.jobs.remove(schedule)).flatten() {
            if let Err(error) = self.runtime.block_on(self.timer.remove(&id)) {
                tracing::debug!("a job of the timer cannot be removed, and wakes for nothing: {error}");
            }
        }
        for schedule in schedules {
            if !self.jobs.contains_key(schedule) {
                let jobs = self.add(schedule).unwrap_or_else(|error| {
                    let WakeSchedule { pattern, zone } = schedule;
                    tracing::warn!(
                        pattern,
                        zone,
                        "the timer cannot wake for a schedule, its occurrences are seen by the slow look: {error}"
                    );
                    Vec::new()
                });
                self.jobs.insert(schedule.clone(), jobs);
            }
        }
    }
}

impl Drop for CronWaker {
    fn drop(&mut self) {
        if let Err(error) = self.runtime.block_on(self.timer.shutdown()) {
            tracing::debug!("the timer does not end: {error}");
        }
    }
}

/// A pattern of ours in the dialect of the library, which wants seconds, and takes a day of the month *and* a weekday
/// where a pattern that names both means either.
fn timer_patterns(pattern: &str) -> Vec<String> {
    let mut fields: Vec<&str> = pattern.split_whitespace().collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    let is_open = |field: &str| field == "*" || field == "?";
    match fields.as_slice() {
        [second, minute, hour, day, month, weekday] if !is_open(day) && !is_open(weekday) => {
            vec![format!("{second} {minute} {hour} {day} {month} *"), format!("{second} {minute} {hour} * {month} {weekday}")]
        }
        _ => vec![fields.join(" ")],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn patterns_in_the_librarys_dialect() {
        assert_eq!(timer_patterns("30 2 * * *"), ["0 30 2 * * *"]);
        assert_eq!(timer_patterns("15 30 2 * * MON"), ["15 30 2 * * MON"]);
        assert_eq!(timer_patterns("0 3 1 * MON"), ["0 0 3 1 * *", "0 0 3 * * MON"]);
    }

    #[test]
    fn every_pattern_of_the_shipped_pipelines_is_taken() {
        let waker = CronWaker::start(WakeSignal::default()).unwrap();
        for pattern in ["30 2 * * *", "0 7 * * MON", "0 3 3 * *", "0 3 1 * MON", "*/5 8-18 * * 1-5", "* * * * * *"] {
            let schedule = WakeSchedule::new(pattern, chrono_tz::Asia::Shanghai);
            assert!(!waker.add(&schedule).unwrap().is_empty(), "{pattern}");
        }
    }

    #[test]
    fn a_schedule_wakes_until_it_is_taken_away() {
        let signal = WakeSignal::default();
        let mut waker = CronWaker::start(signal.clone()).unwrap();
        waker.set_schedules(&[WakeSchedule::new("* * * * * *", chrono_tz::UTC)]);
        assert!(signal.wait(Duration::from_secs(60)), "each second has an occurrence");
        waker.set_schedules(&[]);
        assert!(waker.jobs.is_empty());
    }
}
