//! The way to an object store, for callers that are not asynchronous.
//!
//! A request that fails for a reason that can pass is sent anew a few times. The stores of `object_store` do that by
//! themselves for most requests; what is left are those that they dare not repeat, such as a conditional put whose answer
//! was lost. Whoever sends such a request has to know its own work when it meets it.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use object_store::{Error, ObjectStore};
use tokio::runtime::{Builder, Runtime};

use canbao_runtime::transient;

/// How often a request is sent.
const TRIES: u32 = 3;
/// What is waited before the second time; before the third, five times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 100 });
/// A request that took longer has been repeated often enough by the store's own client.
const PATIENCE: Duration = Duration::from_secs(20);

/// An object store and the runtime that carries its transfers.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
}

impl Link {
    pub fn new(store: Arc<dyn ObjectStore>) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { store, runtime: Arc::new(runtime) })
    }

    /// Waits for what must not be asked twice.
    pub fn once<T>(&self, request: impl Future<Output = T>) -> T {
        self.runtime.block_on(request)
    }

    /// Sends a request, and sends it anew where it failed for a reason that can pass.
    pub fn send<T, F: Future<Output = Result<T, Error>>>(&self, request: impl Fn() -> F) -> Result<T, Error> {
        let began = Instant::now();
        let mut tries = 1;
        loop {
            match self.once(request()) {
                Err(error) if tries < TRIES && began.elapsed() < PATIENCE && transient::is_transient(&error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, tries, "a request to the object store is sent anew");
                    thread::sleep(PAUSE * 5_u32.pow(tries - 1));
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }
}
