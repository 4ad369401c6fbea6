//! The one trait of all operators.

use std::fmt;

use canbao_rules::explanation::Recorder;

use super::inputs::{ExplainInputs, ExtractForm, OperatorInputs, ReadContext};
use super::output::{OperatorError, OperatorOutput, PersonDecisions};
use super::spec::{InvalidOption, OperatorSpec};

/// An operator: it makes datasets and documents of extracts, snapshots, a policy and a date. It knows no location, no
/// command line and no clock.
///
/// The order of the calls: a pipeline's file is checked by [`spec`](Self::spec) and
/// [`check_options`](Self::check_options); the stage `read` asks for the [`form`](Self::form) of each extract and reads it;
/// the operator's own stage is [`run`](Self::run).
pub trait Operator: fmt::Debug + Send + Sync {
    /// What it is, reads and makes.
    fn spec(&self) -> &'static OperatorSpec;

    /// Checks the values of a step's options; their names are those of the spec.
    ///
    /// # Errors
    /// A value that the operator cannot take.
    fn check_options(&self, _options: &toml::Table) -> Result<(), InvalidOption> {
        Ok(())
    }

    /// The form in which it wants an extract that it declares; `None` where the policy has no rules for what the extract
    /// tells: then the extract is checked, and the operator does not get it.
    fn form(&self, _extract: &str, _context: &ReadContext<'_>) -> Option<ExtractForm> {
        None
    }

    /// Does the work.
    ///
    /// # Errors
    /// An extract contradicts itself in a way that no single row is to blame for, an earlier snapshot cannot be read, or
    /// a defect of the program.
    fn run(&self, inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError>;

    /// What explains its decisions about one person; `None` where it decides about nobody.
    fn explain(&self) -> Option<&dyn ExplainPerson> {
        None
    }
}

/// Decides about one person as a run would, and records why.
pub trait ExplainPerson {
    /// What is decided about the person; `None` where no used row is about them.
    ///
    /// # Errors
    /// As [`Operator::run`].
    fn explain_person(&self, inputs: ExplainInputs<'_>, recorder: &mut Recorder) -> Result<Option<PersonDecisions>, OperatorError>;
}
