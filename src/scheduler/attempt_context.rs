//! What an attempt works with, and why it may not begin.

use std::path::PathBuf;
use std::sync::Arc;

use super::ledger::LedgerError;
use super::stop::Stop;
use crate::logging::Logs;
use crate::operators::OperatorRegistry;
use canbao_runtime::clock::Clock;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// Who starts an attempt; that decides what follows a failure, and what asking to end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// Somebody who waits for it at a terminal: nothing follows by itself, and an interrupt cancels.
    User,
    /// The scheduler: it is tried again, and goes on after the program was asked to end.
    Scheduler,
}

/// What every attempt of a process works with.
pub struct AttemptContext {
    /// The state folder.
    pub state: PathBuf,
    /// The injected clock.
    pub clock: Arc<dyn Clock>,
    /// Where the run's log goes.
    pub logs: Logs,
    /// Whether the process was asked to end.
    pub stop: Stop,
    /// Who starts the attempts.
    pub initiator: Initiator,
    /// The operators that pipelines may call.
    pub operators: OperatorRegistry,
}

/// Why there is no attempt.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The run's folder cannot be used.
    #[error("cannot use the run's folder in `{}`", .state.display())]
    Folder {
        /// The state folder.
        state: PathBuf,
        /// The system's account.
        source: std::io::Error,
    },
    /// No random number can be had.
    #[error("no random number can be had")]
    Random(#[from] getrandom::Error),
}

impl Diagnostic for AttemptError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Folder { source, .. } => source.class(),
            Self::Random(_) => ErrorClass::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(error) => error.hint(),
            Self::Folder { .. } => {
                Some("give the user who runs canbao the right to write to the state folder, or name another with `--state`".to_owned())
            }
            Self::Random(_) => None,
        }
    }
}
