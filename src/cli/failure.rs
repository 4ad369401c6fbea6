//! The edge: any error becomes a message, a hint and an exit status. Causes are printed once, resident numbers masked: a
//! file's name or a query may hold one.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::pipeline::{LibraryError, RunError};
use canbao_rules::identity::mask_text;
use canbao_runtime::error_report::told;

/// Who has to do something, which decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The run failed: the data, a file, a store. Exit 1.
    Failed,
    /// The command line or the configuration is wrong. Exit 2.
    Configuration,
}

/// Why a command did not do what it was asked.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// Who has to do something.
    pub kind: Kind,
    /// Where a run stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What was wrong, with its causes.
    pub error: String,
    /// The remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Standard output was closed: nothing is wrong, and there is nobody to tell.
    #[serde(skip)]
    closed_pipe: bool,
}

impl Failure {
    /// A failure to do what was asked.
    pub fn failed(error: &(dyn Error + 'static)) -> Self {
        Self::new(Kind::Failed, error)
    }

    /// A command line or a configuration that cannot be followed.
    pub fn configuration(error: &(dyn Error + 'static)) -> Self {
        Self::new(Kind::Configuration, error)
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.map(|hint| masked(&hint)).or(self.hint), ..self }
    }

    fn new(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let (error, hint) = told(error);
        Self { kind, stage: None, error, hint, closed_pipe: false }
    }

    /// Tells standard error, and gives the exit status.
    pub fn tell(&self) -> ExitCode {
        if self.closed_pipe {
            return ExitCode::SUCCESS;
        }
        let place = self.stage.as_ref().map(|stage| format!("stopped at stage `{stage}`: ")).unwrap_or_default();
        let mut message = format!("error: {place}{}\n", self.error);
        if let Some(hint) = &self.hint {
            let _ = writeln!(message, "hint: {hint}");
        }
        // Nowhere is left to say that standard error is closed.
        let _ = io::stderr().write_all(message.as_bytes());
        match self.kind {
            Kind::Failed => ExitCode::from(1),
            Kind::Configuration => ExitCode::from(2),
        }
    }
}

fn masked(text: &str) -> String {
    mask_text(text).into_owned()
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { closed_pipe, ..Self::failed(&error) }
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        let hint = error.hint();
        Self::configuration(&error).with_hint(hint)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let hint = error.hint();
        let kind = if error.is_configuration() { Kind::Configuration } else { Kind::Failed };
        let stage = error.failed_stage().map(str::to_owned);
        Self { stage, ..Self::new(kind, error.inner()) }.with_hint(hint)
    }
}
