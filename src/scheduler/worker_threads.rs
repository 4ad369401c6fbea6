//! Threads beside the scheduler's loop for what may take long: the loop has to look at the clock several times a second.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::pipeline::Pipeline;

/// The pipelines that are served, shared by the scheduler's threads.
#[derive(Debug, Clone, Default)]
pub(super) struct ServedPipelines(Arc<Mutex<Vec<Arc<Pipeline>>>>);

impl ServedPipelines {
    /// Takes the pipelines' present versions.
    pub fn set(&self, pipelines: Vec<Arc<Pipeline>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pipelines;
    }

    /// The present versions.
    pub fn all(&self) -> Vec<Arc<Pipeline>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One pipeline's present version.
    pub fn pipeline(&self, name: &str) -> Option<Arc<Pipeline>> {
        self.all().into_iter().find(|pipeline| pipeline.name == name)
    }
}

/// A thread that does something at its start and every so often after it.
#[derive(Debug)]
pub(super) struct WorkerThread {
    working: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has none.
    pub fn start(name: &str, every: Duration, mut round: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (working, works) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut panics: u64 = 0;
            loop {
                // A panic ends its round and not the thread: what the thread does would end for good, and nobody would see it.
                if panic::catch_unwind(AssertUnwindSafe(&mut round)).is_err() {
                    panics += 1;
                    if panics.is_power_of_two() {
                        let thread = thread::current();
                        tracing::error!(
                            thread = thread.name(),
                            panics,
                            "a round of the thread ended in a defect of the program; the next one begins"
                        );
                    }
                }
                if works.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Self { working: Some(working), thread: Some(thread) })
    }

    /// Ends the thread after the round that it is in, and waits for that a while. What it leaves is done at the next start.
    pub fn end(&mut self, patience: Duration) {
        drop(self.working.take());
        let Some(thread) = self.thread.take() else { return };
        let began = Instant::now();
        while !thread.is_finished() && began.elapsed() < patience {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_round_that_panics_is_not_the_last() {
        let rounds = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&rounds);
        let mut worker = WorkerThread::start("test", Duration::from_millis(1), move || {
            assert!(seen.fetch_add(1, Ordering::Relaxed) > 2, "the first three rounds panic");
        })
        .unwrap();
        let began = Instant::now();
        while rounds.load(Ordering::Relaxed) < 6 && began.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(1));
        }
        worker.end(Duration::from_secs(60));
        assert!(rounds.load(Ordering::Relaxed) >= 6);
    }
}
