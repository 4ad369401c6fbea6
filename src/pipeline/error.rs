//! Why a run did not end with a report, and who has to do something about it.

use std::error::Error;
use std::io;

use super::library::LibraryError;

/// A run that failed, or could not begin. A run that a gate stopped is no error: it has a report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The command line or the configuration is wrong.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Neither the pipeline nor the command line says which policy pack.
    #[error("`{file}` names no region, expected `region = \"CODE\"` in it or `--region CODE`")]
    NoRegion {
        /// The pipeline's file.
        file: String,
    },
    /// The pipeline decides about nobody, so nothing can be explained.
    #[error("`{file}` has no step that decides about persons, expected one with `operator = \"enrollment-audit\"`")]
    DecidesNothing {
        /// The pipeline's file.
        file: String,
    },
    /// A stage failed: nothing is published.
    #[error("stopped at stage `{stage}`")]
    Stage {
        /// The stage.
        stage: String,
        /// What to do about it, where that is known here.
        hint: Option<String>,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl RunError {
    /// A failure of a stage.
    pub(super) fn stage(stage: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Stage { stage: stage.to_owned(), hint: None, source: source.into() }
    }

    /// Whether the command line or the configuration has to be mended, rather than data or a place.
    pub const fn is_configuration(&self) -> bool {
        !matches!(self, Self::Stage { .. })
    }

    /// The stage that failed.
    pub fn failed_stage(&self) -> Option<&str> {
        match self {
            Self::Stage { stage, .. } => Some(stage),
            _ => None,
        }
    }

    /// The error to show: a stage's own, without the sentence that it failed.
    pub fn inner(&self) -> &(dyn Error + 'static) {
        match self {
            Self::Stage { source, .. } => source.as_ref(),
            other => other,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Library(error) => error.hint(),
            Self::NoRegion { .. } | Self::DecidesNothing { .. } => None,
            Self::Stage { hint, source, .. } => hint.clone().or_else(|| machine_hint(source.as_ref()).map(str::to_owned)),
        }
    }
}

/// What to do where the machine is at fault, however deep the cause lies.
fn machine_hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = error;
    let io = loop {
        match cause.downcast_ref::<io::Error>() {
            Some(io) => break io,
            None => cause = cause.source()?,
        }
    };
    Some(match io.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some disk space and run again; nothing was published",
        io::ErrorKind::PermissionDenied => "give the user who runs canbao the right to write there",
        io::ErrorKind::ReadOnlyFilesystem => "name another folder, the file system is mounted read-only",
        _ => return None,
    })
}
