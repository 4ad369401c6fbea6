//! What the ledger says of a run's options, for the attempts to come.

use crate::pipeline::{RunConfig, RunError};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// A record of the ledger that this program cannot follow.
#[derive(Debug, thiserror::Error)]
#[error("the ledger's record of the run's options cannot be read")]
pub struct BadRecord(#[from] serde_json::Error);

/// The options of a run, as the ledger has them.
///
/// # Errors
/// The text is none of ours, or has a word that this program does not know.
pub fn recorded_config(text: &str) -> Result<RunConfig, BadRecord> {
    Ok(serde_json::from_str(text)?)
}

impl Diagnostic for BadRecord {
    fn class(&self) -> ErrorClass {
        ErrorClass::Data
    }

    fn hint(&self) -> Option<String> {
        Some("start the run anew with `canbao run`".to_owned())
    }
}

impl From<BadRecord> for RunError {
    fn from(error: BadRecord) -> Self {
        Self::UnreadableConfig(error.into())
    }
}
