//! What pipelines compute: one folder an operator. Each operator implements [`Operator`] and declares itself by an
//! [`OperatorSpec`]; the list in this file names all of them.
//!
//! A new operator is a folder beside the others and one line in the list. Pipelines, plans, reports and explanations
//! know operators by the trait alone.

pub mod duplicate_cleanup;
pub mod enrollment_audit;
pub mod monthly_bulletin;
pub mod settlement_statistics;

mod inputs;
mod operator;
mod output;
mod registry;
mod spec;

pub use inputs::{
    ExplainInputs, ExtractForm, ExtractStream, OperatorExtracts, OperatorInputs, OperatorSnapshots, ReadContext, RowReader,
    SpilledExtracts, StreamedExtract,
};
pub use operator::{ExplainPerson, Operator};
pub use output::{DatasetOutput, InputRow, NoBenefitYear, Note, OperatorError, OperatorOutput, PersonDecisions, UncountedRows};
pub use registry::OperatorRegistry;
pub use spec::{BenefitYearUse, ExtractRequirement, InvalidOption, OperatorSpec, OptionSpec, SnapshotRequirement};

/// The operators that come with the program.
static SHIPPED: [&dyn Operator; 4] =
    [&enrollment_audit::OPERATOR, &duplicate_cleanup::OPERATOR, &monthly_bulletin::OPERATOR, &settlement_statistics::OPERATOR];

/// The operators that come with the program.
pub fn registry() -> OperatorRegistry {
    OperatorRegistry::new(&SHIPPED)
}
