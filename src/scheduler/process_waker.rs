//! Which waker the program runs with.

use super::cron_waker::CronWaker;
use super::wake::{NoWaker, WakeSignal, Waker};

/// The waker of this process: the timer. Without a timer it still looks every few seconds.
///
/// A debug build whose clock is a file wakes when that file is written, so that a test need not wait; or not at all, where
/// its environment says `CANBAO_WAKER=none`.
pub fn process_waker(signal: WakeSignal) -> Box<dyn Waker> {
    #[cfg(debug_assertions)]
    if let Some(clock) = std::env::var_os("CANBAO_CLOCK") {
        return match std::env::var("CANBAO_WAKER").as_deref() {
            Ok("none") => Box::new(NoWaker),
            _ => Box::new(FileWaker::start(clock.into(), signal)),
        };
    }
    match CronWaker::start(signal) {
        Ok(waker) => Box::new(waker),
        Err(error) => {
            tracing::warn!("{error}; what is due is seen by the slow look");
            Box::new(NoWaker)
        }
    }
}

/// Wakes each time a file is written.
#[cfg(debug_assertions)]
struct FileWaker;

#[cfg(debug_assertions)]
impl FileWaker {
    fn start(path: std::path::PathBuf, signal: WakeSignal) -> Self {
        std::thread::spawn(move || {
            let mut before = None;
            loop {
                let written = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
                if written != before {
                    before = written;
                    signal.wake();
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        });
        Self
    }
}

#[cfg(debug_assertions)]
impl Waker for FileWaker {
    fn set_schedules(&mut self, _schedules: &[super::wake::WakeSchedule]) {}
}
