//! An operator that does not come with the program: how many residents the household extract has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use canbao::operators::{
    BenefitYearUse, DatasetOutput, ExtractForm, ExtractRequirement, InvalidOption, Note, Operator, OperatorError, OperatorInputs,
    OperatorOutput, OperatorSpec, OptionSpec, ReadContext,
};
use canbao_publish::{ColumnKind, ColumnSpec, DatasetSpec};
use canbao_runtime::diagnostic::{Defect, Diagnostic, ErrorClass};
use canbao_sources::{HOUSEHOLD, Want, deduplicated};

/// Counts residents.
pub static RESIDENT_COUNT: ResidentCount = ResidentCount { fails_once: AtomicBool::new(false) };

/// Counts residents, but only at the second attempt.
pub static SECOND_ATTEMPT: ResidentCount = ResidentCount { fails_once: AtomicBool::new(true) };

#[derive(Debug)]
pub struct ResidentCount {
    fails_once: AtomicBool,
}

const AT_LEAST: OptionSpec = OptionSpec { name: "at_least", expected: "a number of residents" };

static RESIDENTS: DatasetSpec = DatasetSpec {
    name: "resident_count",
    title: "户籍人数",
    meaning: "一行为全部户籍人员",
    order: "一行",
    columns: &[ColumnSpec {
        name: "persons", title: "人数", meaning: "户籍提取中采用的行数", kind: ColumnKind::Int64, nullable: false
    }],
};

static SPEC: OperatorSpec = OperatorSpec {
    name: "resident-count",
    title: "户籍人数",
    extracts: &[ExtractRequirement::required("household")],
    snapshots: &[],
    datasets: &[&RESIDENTS],
    documents: &[],
    options: &[AT_LEAST],
    benefit_year: BenefitYearUse::Unused,
};

#[derive(Debug, thiserror::Error)]
#[error("{persons} residents, at least {at_least} expected")]
struct TooFew {
    persons: i64,
    at_least: i64,
}

impl Diagnostic for TooFew {
    fn class(&self) -> ErrorClass {
        ErrorClass::Data
    }
}

fn at_least(options: &toml::Table) -> Result<i64, InvalidOption> {
    match options.get(AT_LEAST.name) {
        None => Ok(0),
        Some(value) => value.as_integer().ok_or_else(|| AT_LEAST.invalid(value)),
    }
}

impl Operator for ResidentCount {
    fn spec(&self) -> &'static OperatorSpec {
        &SPEC
    }

    fn check_options(&self, options: &toml::Table) -> Result<(), InvalidOption> {
        at_least(options).map(drop)
    }

    fn form(&self, _extract: &str, _context: &ReadContext<'_>) -> Option<ExtractForm> {
        Some(ExtractForm::Frames { columns: &const { [Want::plain("resd_admdvs")] }, divide: None, may_spill: false })
    }

    fn run(&self, mut inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError> {
        if self.fails_once.swap(false, Ordering::Relaxed) {
            return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        }
        let household = inputs.extracts.frames.remove("household").unwrap();
        let (residents, rejects) = deduplicated(household, &HOUSEHOLD).map_err(Defect)?;
        let (persons, at_least) = (residents.height() as i64, at_least(inputs.options)?);
        if persons < at_least {
            return Err(TooFew { persons, at_least }.into());
        }
        let column: ArrayRef = Arc::new(Int64Array::from(vec![persons]));
        let rows = vec![RecordBatch::try_new(RESIDENTS.schema(), vec![column]).map_err(Defect)?];
        Ok(OperatorOutput {
            datasets: vec![DatasetOutput { spec: &RESIDENTS, rows }],
            rejects: vec![("household", rejects)],
            notes: vec![Note { name: "residents".into(), count: persons as u64, text: format!("residents: {persons}") }],
            ..OperatorOutput::default()
        })
    }
}
