//! Why a run did not end with a report, and who has to do something about it.

use super::library::LibraryError;
use canbao_runtime::diagnostic::{BoxDiagnostic, Diagnostic, ErrorClass};

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
    /// What the run was given is on record, and cannot be read: no stage has begun.
    #[error("what the run was given cannot be read")]
    UnreadableConfig(BoxDiagnostic),
    /// A stage failed: nothing is published.
    #[error("stopped at stage `{stage}`")]
    Stage {
        /// The stage.
        stage: String,
        /// What to do about it, where that is known here.
        hint: Option<String>,
        /// The cause.
        cause: BoxDiagnostic,
    },
}

impl RunError {
    /// A failure of a stage.
    pub(super) fn stage(stage: &str, cause: impl Into<BoxDiagnostic>) -> Self {
        Self::Stage { stage: stage.to_owned(), hint: None, cause: cause.into() }
    }

    /// The stage that failed.
    pub fn failed_stage(&self) -> Option<&str> {
        match self {
            Self::Stage { stage, .. } => Some(stage),
            _ => None,
        }
    }

    /// The error to show: a stage's own, without the sentence that it failed.
    pub fn inner(&self) -> &(dyn Diagnostic + 'static) {
        match self {
            Self::Stage { cause, .. } | Self::UnreadableConfig(cause) => cause.as_ref(),
            other => other,
        }
    }
}

impl Diagnostic for RunError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Library(error) => error.class(),
            Self::NoRegion { .. } | Self::DecidesNothing { .. } => ErrorClass::Usage,
            Self::UnreadableConfig(cause) => cause.class(),
            // What a stage meets is no fault of the command line any more, whatever it would be elsewhere.
            Self::Stage { cause, .. } => match cause.class() {
                ErrorClass::Usage => ErrorClass::Environment,
                class => class,
            },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Library(error) => error.hint(),
            Self::NoRegion { .. } | Self::DecidesNothing { .. } => None,
            Self::UnreadableConfig(cause) => cause.hint(),
            Self::Stage { hint, cause, .. } => hint.clone().or_else(|| cause.hint()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use std::io;

    use super::*;
    use crate::operators::OperatorError;
    use canbao_publish::PublishError;
    use canbao_runtime::diagnostic::Defect;
    use canbao_sources::ExtractError;

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
    #[case::defect(Defect(std::fmt::Error).into(), false)]
    fn only_what_can_pass_is_worth_another_try(#[case] cause: BoxDiagnostic, #[case] passes: bool) {
        assert_eq!(RunError::stage("s", cause).class().is_transient(), passes);
    }

    #[test]
    fn a_configuration_does_not_mend_itself() {
        assert!(!RunError::NoRegion { file: "p.toml".to_owned() }.class().is_transient());
    }
}
