//! The monthly bulletin as an [`Operator`].

use super::{AUDIT, Bulletin, CLEANUP, InputSnapshots, MIN_PERSONS, Request, SETTLEMENT};
use crate::operators::{
    BenefitYearUse, DatasetOutput, InvalidOption, Note, Operator, OperatorError, OperatorInputs, OperatorOutput, OperatorSpec, OptionSpec,
    SnapshotRequirement,
};
use canbao_publish::datasets;
use canbao_rules::Language;

/// What was published for a month, in words, tables and charts.
#[derive(Debug)]
pub struct MonthlyBulletinOperator;

/// The operator, for the list of operators.
pub static OPERATOR: MonthlyBulletinOperator = MonthlyBulletinOperator;

const MIN_PERSONS_OPTION: OptionSpec = OptionSpec { name: "min_persons", expected: "a number of persons, at least 1" };
const LANG_OPTION: OptionSpec = OptionSpec { name: "lang", expected: "\"zh\" or \"en\"" };

static SPEC: OperatorSpec = OperatorSpec {
    name: "monthly-bulletin",
    title: "医保月报",
    extracts: &[],
    // Whatever is there: the bulletin says what is not.
    snapshots: &[
        SnapshotRequirement { role: AUDIT, required: false, whole_past: false },
        SnapshotRequirement { role: CLEANUP, required: false, whole_past: false },
        SnapshotRequirement { role: SETTLEMENT, required: false, whole_past: false },
    ],
    datasets: &[&datasets::BULLETIN_FIGURES],
    documents: &["the bulletin as a page, as a workbook and as Markdown"],
    options: &[MIN_PERSONS_OPTION, LANG_OPTION],
    benefit_year: BenefitYearUse::Unused,
};

/// What a pipeline's file may say of its bulletin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulletinOptions {
    /// Cells with fewer persons are suppressed.
    pub min_persons: u32,
    /// The language.
    pub lang: Language,
}

impl Default for BulletinOptions {
    fn default() -> Self {
        Self { min_persons: MIN_PERSONS, lang: Language::Chinese }
    }
}

impl BulletinOptions {
    /// What a step's `options` say. Other names than the operator's own play no part here.
    ///
    /// # Errors
    /// A value that cannot be taken.
    pub fn from_table(table: &toml::Table) -> Result<Self, InvalidOption> {
        let mut options = Self::default();
        // In the table's order, so that the first fault is told.
        for (name, value) in table {
            if name == MIN_PERSONS_OPTION.name {
                let persons = value.as_integer().and_then(|persons| u32::try_from(persons).ok()).filter(|persons| *persons > 0);
                options.min_persons = persons.ok_or_else(|| MIN_PERSONS_OPTION.invalid(value))?;
            } else if name == LANG_OPTION.name {
                let lang = value.as_str().and_then(|lang| lang.parse().ok());
                options.lang = lang.ok_or_else(|| LANG_OPTION.invalid(value))?;
            }
        }
        Ok(options)
    }
}

impl Operator for MonthlyBulletinOperator {
    fn spec(&self) -> &'static OperatorSpec {
        &SPEC
    }

    fn check_options(&self, options: &toml::Table) -> Result<(), InvalidOption> {
        BulletinOptions::from_table(options).map(drop)
    }

    fn run(&self, inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError> {
        let OperatorInputs { snapshots, options, pack, date, .. } = inputs;
        let BulletinOptions { min_persons, lang } = BulletinOptions::from_table(options)?;
        let month = date.month();
        let request = Request { month, lang, min_persons, region: pack.region().name.clone() };
        // Statistics of another month do not stand in for the month's own.
        let settlement = snapshots.newest(SETTLEMENT).filter(|snapshot| snapshot.name().date.month() == month);
        let snapshots = InputSnapshots { audit: snapshots.newest(AUDIT), cleanup: snapshots.newest(CLEANUP), settlement };
        let made = Bulletin::compose(&request, &snapshots)?.publish()?;
        let text = format!("figures suppressed for confidentiality: {}", made.suppressed);
        Ok(OperatorOutput {
            datasets: vec![DatasetOutput { spec: &datasets::BULLETIN_FIGURES, rows: vec![made.figures] }],
            documents: made.documents,
            notes: vec![Note { name: "suppressed_figures".into(), count: made.suppressed, text }],
            ..OperatorOutput::default()
        })
    }
}
