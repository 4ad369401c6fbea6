//! The edge: any error becomes a message, a hint and an exit status. Causes are printed once, resident numbers masked: a
//! file's name or a query may hold one.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::pipeline::{LibraryError, RunError};
use canbao_rules::identity::mask_text;
use canbao_runtime::diagnostic::Diagnostic;
use canbao_runtime::error_report::{error_text, hint_text};

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
    /// What an error says of itself: its class decides the exit status, its remedy becomes the hint.
    pub fn of(error: &(dyn Diagnostic + 'static)) -> Self {
        let kind = if error.class().exit_status() == 2 { Kind::Configuration } else { Kind::Failed };
        Self { hint: hint_text(error), ..Self::new(kind, error) }
    }

    /// A failure to do what was asked, of an error that says nothing of itself.
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
        Self { kind, stage: None, error: error_text(error), hint: None, closed_pipe: false }
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
        Self { closed_pipe, ..Self::of(&error) }
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        Self::of(&error)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let stage = error.failed_stage().map(str::to_owned);
        let Self { kind, hint, .. } = Self::of(&error);
        Self { stage, hint, ..Self::new(kind, error.inner()) }
    }
}
