//! Signals that ask the program to end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::wake::WakeSignal;

/// Whether, and how often, the program was asked to end.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicU32>,
    signal: WakeSignal,
}

impl Stop {
    /// Listens for SIGTERM and SIGINT (elsewhere: Ctrl-C) for as long as the process lives.
    ///
    /// # Errors
    /// No thread or no handler can be had.
    pub fn listen() -> io::Result<Self> {
        let stop = Self::default();
        let heard = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (ready, is_ready) = std::sync::mpsc::channel();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                let mut signals = match Signals::new() {
                    Ok(signals) => {
                        let _ = ready.send(Ok(()));
                        signals
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        return;
                    }
                };
                while signals.next().await {
                    heard.ask();
                }
            });
        })?;
        is_ready.recv().unwrap_or_else(|_| Err(io::Error::other("the thread for signals ended")))?;
        Ok(stop)
    }

    /// Asks the program to end.
    pub fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.signal.wake();
    }

    /// The signal that is given when the program is asked to end; others may give it, too.
    pub fn signal(&self) -> WakeSignal {
        self.signal.clone()
    }

    /// How often the program was asked.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> bool {
        tokio::select! {
            got = self.terminate.recv() => got.is_some(),
            got = self.interrupt.recv() => got.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
