//! A trace that records everything.

use crate::policy::Parameter;
use crate::rules::trace::{Step, StepKind};
use crate::rules::{Row, Rule, Trace};

/// One decision as it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The rule.
    pub rule: Rule,
    /// The row that it decides about; `None` for the person.
    pub about: Option<Row>,
    /// The rows it looked at, each once, in the order of looking.
    pub rows: Vec<Row>,
    /// The parameters it used, each once.
    pub parameters: Vec<Parameter>,
    /// Its tests, its intermediate values and its conclusions.
    pub steps: Vec<(StepKind, Step)>,
}

impl Decision {
    /// What was decided; several where a rule decides on several records at once.
    pub fn conclusions(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|(kind, _)| *kind == StepKind::Conclusion).map(|(_, step)| step)
    }
}

/// A trace that records everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorder {
    decisions: Vec<Decision>,
}

impl Recorder {
    /// The decisions in the order in which they were made. One that ended without a conclusion had nothing to decide,
    /// and is left out.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.conclusions().next().is_some())
    }
}

impl Trace for Recorder {
    fn begin(&mut self, rule: Rule, about: Option<Row>) {
        self.decisions.push(Decision { rule, about, rows: Vec::new(), parameters: Vec::new(), steps: Vec::new() });
    }

    fn saw(&mut self, row: Row) {
        if let Some(decision) = self.decisions.last_mut().filter(|decision| !decision.rows.contains(&row)) {
            decision.rows.push(row);
        }
    }

    fn used(&mut self, parameter: Parameter) {
        if let Some(decision) = self.decisions.last_mut().filter(|decision| !decision.parameters.contains(&parameter)) {
            decision.parameters.push(parameter);
        }
    }

    fn note(&mut self, kind: StepKind, step: impl FnOnce() -> Step) {
        if let Some(decision) = self.decisions.last_mut() {
            decision.steps.push((kind, step()));
        }
    }
}
