//! Why: every decision on one person, with the rule, the rows and parameters behind it, the steps and the result.
//!
//! [`Recorder`] writes down what the rules tell while the audit decides ([`crate::operators::enrollment_audit::explain`]); an
//! [`Explanation`] puts that beside the policy's provisions and the places of the rows, in words of one
//! [`Language`]. This room decides nothing and works nothing out: what it shows is what the rules said.
//!
//! Invariants: a conclusion and the dataset's row say the same, because both come from one call of the rule; numbers
//! and names of persons are masked in words and in inputs.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::ArrowError;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::operators::InputRow;
use canbao_publish::DatasetSpec;
use canbao_rules::Language;
use canbao_rules::explanation::{Decision, Recorder, words};
use canbao_rules::policy::{Parameter, Policy, Unit};
use canbao_rules::rules::Row;
use canbao_rules::rules::trace::{Step, StepKind, Value};
use canbao_sources::Origin;

/// What is known about one person's decisions.
#[derive(Debug)]
pub struct Findings<'a> {
    /// What the rules told.
    pub recorder: &'a Recorder,
    /// The person's rows in the extracts.
    pub rows: &'a [InputRow],
    /// The rows that the datasets would have.
    pub datasets: &'a [(&'static DatasetSpec, RecordBatch)],
    /// The files of each extract, in reading order.
    pub files: &'a BTreeMap<String, Vec<String>>,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// The explanation, ready to be shown or written as JSON.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The person's rows.
    pub inputs: Vec<Input>,
    /// The decisions in the order in which they were made.
    pub decisions: Vec<Explained>,
    /// The rows that the datasets have for the person.
    pub datasets: Vec<Rows>,
}

/// An input row.
#[derive(Debug, Serialize)]
pub struct Input {
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// Its values by the platform's names.
    pub values: Map<String, Json>,
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The extract.
    pub source: &'static str,
    /// The file below the data location.
    pub file: String,
    /// The line; in a workbook the sheet's row.
    pub line: u64,
}

/// One decision in words.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The rule's name for programs.
    pub rule: &'static str,
    /// The rule's name.
    pub title: &'static str,
    /// The row that it decides about; `None` for the person.
    pub about: Option<Place>,
    /// The rows it looked at.
    pub inputs: Vec<Place>,
    /// The parameters it used.
    pub parameters: Vec<Used>,
    /// What it asked and worked out.
    pub steps: Vec<Said>,
    /// What it concluded.
    pub conclusions: Vec<Said>,
}

/// A parameter with what stands behind it.
#[derive(Debug, Serialize)]
pub struct Used {
    /// The name in the pack.
    pub parameter: String,
    /// The name in words.
    pub title: String,
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: &'static str,
    /// Value and unit in words.
    pub words: String,
    /// The day from which it holds.
    pub from: String,
    /// The document and its section.
    pub source: String,
    /// Whether it is an interpretation.
    pub reading: bool,
}

/// A step in words.
#[derive(Debug, Serialize)]
pub struct Said {
    /// The step's name for programs.
    pub step: &'static str,
    /// Of a question: whether it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// The values by their names.
    pub values: Map<String, Json>,
    /// The statement.
    pub text: String,
}

/// Rows of a dataset.
#[derive(Debug, Serialize)]
pub struct Rows {
    /// The dataset.
    pub name: &'static str,
    /// Its Chinese name.
    pub title: &'static str,
    /// Its rows, as text by column; null where there is none.
    pub rows: Vec<Map<String, Json>>,
}

impl Explanation {
    /// Puts everything together, in the words of a language.
    ///
    /// # Errors
    /// A dataset's value that cannot be written as text: a defect of this program.
    pub fn new(findings: &Findings<'_>, language: Language) -> Result<Self, ArrowError> {
        let inputs = findings.rows.iter().map(|input| Input {
            place: findings.place(input.row),
            values: input.values.iter().map(|(name, value)| ((*name).to_owned(), Json::from(value.as_str()))).collect(),
        });
        let datasets = findings.datasets.iter().map(|(spec, batch)| Ok(Rows { name: spec.name, title: spec.title, rows: rows(batch)? }));
        Ok(Self {
            inputs: inputs.collect(),
            decisions: findings.recorder.decisions().map(|decision| findings.explained(decision, language)).collect(),
            datasets: datasets.collect::<Result<_, ArrowError>>()?,
        })
    }
}

impl Findings<'_> {
    fn place(&self, row: Row) -> Place {
        let origin = Origin(row.origin);
        let source = row.source.as_str();
        let file = self.files.get(source).and_then(|files| files.get(origin.file())).cloned().unwrap_or_default();
        Place { source, file, line: origin.line() }
    }

    fn explained(&self, decision: &Decision, language: Language) -> Explained {
        let said = |kind: &StepKind, step: &Step| self.said(*kind, step, language);
        let (conclusions, steps): (Vec<_>, Vec<_>) = decision.steps.iter().partition(|(kind, _)| *kind == StepKind::Conclusion);
        Explained {
            rule: decision.rule.as_str(),
            title: words::rule(language, decision.rule),
            about: decision.about.map(|row| self.place(row)),
            inputs: decision.rows.iter().map(|row| self.place(*row)).collect(),
            parameters: decision.parameters.iter().filter_map(|parameter| self.used(*parameter, language)).collect(),
            steps: steps.into_iter().map(|(kind, step)| said(kind, step)).collect(),
            conclusions: conclusions.into_iter().map(|(kind, step)| said(kind, step)).collect(),
        }
    }

    fn said(&self, kind: StepKind, step: &Step, language: Language) -> Said {
        let place = |row: Row| {
            let place = self.place(row);
            words::place(language, &place.file, place.line)
        };
        let holds = match kind {
            StepKind::Test(holds) => Some(holds),
            StepKind::Value | StepKind::Conclusion => None,
        };
        let values = step.values().into_iter().map(|(name, value)| (name.to_owned(), self.json(value)));
        Said { step: step.name(), holds, values: values.collect(), text: words::step(language, step, &place) }
    }

    fn json(&self, value: Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Text(text) => Json::from(text.into_owned()),
            Value::Bool(yes) => Json::from(yes),
            Value::Number(number) => Json::from(number),
            Value::Row(row) => {
                let place = self.place(row);
                Json::from(format!("{}:{}", place.file, place.line))
            }
        }
    }

    fn used(&self, parameter: Parameter, language: Language) -> Option<Used> {
        let name = parameter.to_string();
        let provision = self.policy.provisions().iter().find(|provision| provision.parameter == name)?;
        Some(Used {
            title: words::parameter(language, parameter),
            words: words::value(language, parameter, provision, self.policy),
            value: provision.value.clone(),
            unit: provision.unit.map_or("", Unit::as_str),
            from: provision.from.to_string(),
            source: provision.source(),
            reading: provision.reading,
            parameter: name,
        })
    }
}

/// The rows of a batch, each value as text.
fn rows(batch: &RecordBatch) -> Result<Vec<Map<String, Json>>, ArrowError> {
    let options = FormatOptions::default();
    let formatters = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    let row = |row: usize| {
        let values = schema.fields().iter().zip(batch.columns()).zip(&formatters);
        let value = values.map(|((field, column), formatter)| {
            let text = column.is_valid(row).then(|| formatter.value(row).to_string());
            (field.name().clone(), text.map_or(Json::Null, Json::from))
        });
        value.collect::<Map<String, Json>>()
    };
    Ok((0..batch.num_rows()).map(row).collect())
}
