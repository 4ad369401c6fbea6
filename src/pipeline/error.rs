//! Why a run did not end with a report, and who has to do something about it.

use std::error::Error;
use std::io;

use super::library::LibraryError;
use canbao_publish::PublishError;
use canbao_runtime::transient;
use canbao_sources::ExtractError;

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

    /// Whether the same run may succeed later, with nothing mended: the network, a file that was just being written.
    pub fn can_pass(&self) -> bool {
        let Self::Stage { source, .. } = self else { return false };
        let error: &(dyn Error + 'static) = source.as_ref();
        if let Some(error) = error.downcast_ref::<PublishError>() {
            return error.can_pass();
        }
        if let Some(error) = error.downcast_ref::<ExtractError>() {
            return error.can_pass();
        }
        transient::is_transient(error)
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::operators::OperatorError;

    fn store(kind: io::ErrorKind) -> PublishError {
        let source = object_store::Error::Generic { store: "S3", source: Box::new(io::Error::from(kind)) };
        PublishError::Store { doing: "read", path: "s3://b/x".to_owned(), source }
    }

    #[rstest]
    #[case::being_written(ExtractError::Changed { file: "x.csv".to_owned() }.into(), true)]
    #[case::no_rows(ExtractError::NoRows { file: "x.csv".to_owned() }.into(), false)]
    #[case::network(ExtractError::io("x.csv", io::ErrorKind::ConnectionReset.into()).into(), true)]
    #[case::contended(PublishError::Contended { path: "latest.json".to_owned() }.into(), true)]
    #[case::store(store(io::ErrorKind::TimedOut).into(), true)]
    #[case::below_an_operator(OperatorError::from(store(io::ErrorKind::TimedOut)).into(), true)]
    #[case::for_good(OperatorError::from(store(io::ErrorKind::PermissionDenied)).into(), false)]
    #[case::disk_full(PublishError::Parquet { dataset: "d".to_owned(), source: io::Error::from(io::ErrorKind::StorageFull).into() }.into(), false)]
    #[case::words("some words".into(), false)]
    fn only_what_can_pass_is_worth_another_try(#[case] cause: Box<dyn Error + Send + Sync>, #[case] passes: bool) {
        assert_eq!(RunError::Stage { stage: "s".to_owned(), hint: None, source: cause }.can_pass(), passes);
    }

    #[test]
    fn a_configuration_does_not_mend_itself() {
        assert!(!RunError::NoRegion { file: "p.toml".to_owned() }.can_pass());
    }
}
