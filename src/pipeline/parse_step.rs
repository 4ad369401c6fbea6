//! `[[step]]`: operators with their options, and queries.

use std::collections::BTreeSet;

use toml::{Spanned, Table};

use super::config_error::Fault;
use super::definition::{GATES, OperatorStep, PUBLISH_STAGE, READ, REJECTS, SnapshotSpec, SqlStep, Step};
use super::located_fault::{LocatedFault, name_taken, table_name, unknown, value, value_fault};
use super::source_spec::{RUN, SourceSpec};
use super::sql::OrderBy;
use super::toml_form;
use crate::operators::{InvalidOption, Operator, OperatorRegistry, OperatorSpec, SnapshotRequirement};
use canbao_publish::{DatasetDescription, qualified};

/// What a step of a pipeline's file may refer to.
pub(super) struct StepContext<'a> {
    pub operators: &'a OperatorRegistry,
    pub sources: &'a [SourceSpec],
    pub snapshots: &'a [SnapshotSpec],
    /// The pipeline's own name.
    pub own: &'a str,
}

/// The steps of a file. Each dataset has a name of its own.
pub(super) fn parse_steps(form: Vec<Spanned<toml_form::Step>>, known: &StepContext<'_>) -> Result<Vec<Step>, LocatedFault> {
    let mut made = BTreeSet::new();
    let mut steps = Vec::with_capacity(form.len());
    for step in form {
        let at = step.span();
        let step = parse_step(step, known)?;
        for dataset in step.datasets() {
            // An operator's own `rejects` and the runner's are the same; a query may not take the name.
            let problem = if dataset == RUN || (dataset == REJECTS && matches!(step, Step::Sql(_))) {
                "belongs to every run"
            } else if [READ, GATES, PUBLISH_STAGE].contains(&step.name()) {
                "has the name of a stage"
            } else if known.sources.iter().any(|source| source.extract == dataset) {
                "has the name of a source"
            } else if known.snapshots.iter().any(|snapshot| dataset.starts_with(&qualified(&snapshot.pipeline, ""))) {
                "has the name of a snapshot's dataset"
            } else if !made.insert(dataset.clone()) {
                "is made by a step before"
            } else {
                continue;
            };
            return Err((Some(at.start), name_taken("dataset", dataset, problem)));
        }
        steps.push(step);
    }
    Ok(steps)
}

fn parse_step(step: Spanned<toml_form::Step>, known: &StepContext<'_>) -> Result<Step, LocatedFault> {
    let at = step.span();
    let step = step.into_inner();
    let shape = |found| {
        let expected = "either `operator` (and `options`), or `sql` and `into` (and `title`, `meaning`, `order_by`, `columns`)";
        (Some(at.start), Fault::Shape { what: "a `[[step]]`".to_owned(), found, expected })
    };
    let described = !step.title.is_empty() || !step.meaning.is_empty() || !step.order_by.is_empty() || !step.columns.is_empty();
    match (step.operator, step.sql, step.into) {
        (Some(_), Some(_), _) => Err(shape("both `operator` and `sql`")),
        (Some(_), None, Some(_)) => Err(shape("`operator` and `into`")),
        (None, None, _) => Err(shape("neither `operator` nor `sql`")),
        (None, Some(_), None) => Err(shape("`sql` without `into`")),
        (Some(_), None, None) if described => Err(shape("`operator` and what only queries have")),
        (None, Some(_), Some(_)) if step.options.is_some() => Err(shape("`sql` and `options`")),
        (Some(name), None, None) => {
            let operator = known.operators.named(name.get_ref());
            let operator = operator.ok_or_else(|| unknown(&name, "operator", known.operators.names()))?;
            let options = options(operator, step.options)?;
            known.check_operator(&name, operator.spec())?;
            Ok(Step::Operator(OperatorStep { operator, options }))
        }
        (None, Some(sql), Some(into)) => {
            let into = table_name(&into, "dataset")?;
            let expected = "a column, and `desc` for the largest first";
            let order_by = |text: &Spanned<String>| {
                OrderBy::parse(text.get_ref()).ok_or_else(|| value_fault(text, "order_by", "is no order".to_owned(), expected))
            };
            let order = step.order_by.iter().map(order_by).collect::<Result<Vec<_>, _>>()?;
            let order_text = step.order_by.iter().map(|text| text.get_ref().as_str()).collect::<Vec<_>>().join(", ");
            let described = DatasetDescription { title: step.title, meaning: step.meaning, order: order_text, columns: step.columns };
            Ok(Step::Sql(SqlStep { at: sql.span().start, sql: sql.into_inner(), into, order, described }))
        }
    }
}

/// The options of an operator's step, if the operator has all of them and takes their values.
fn options(operator: &'static dyn Operator, written: Option<Spanned<Table>>) -> Result<Table, LocatedFault> {
    let Some(written) = written else { return Ok(Table::new()) };
    let at = Some(written.span().start);
    let options = written.into_inner();
    let declared = operator.spec().options;
    if let Some(name) = options.keys().find(|name| declared.iter().all(|option| option.name != name.as_str())) {
        let known = declared.iter().map(|option| option.name.to_owned()).collect();
        return Err((at, Fault::Unknown { what: "option", name: name.clone(), known }));
    }
    match operator.check_options(&options) {
        Ok(()) => Ok(options),
        Err(InvalidOption { name, value: written, expected }) => Err((at, value(name, written, "cannot be taken", expected))),
    }
}

impl StepContext<'_> {
    /// Checks that the pipeline has the extracts and snapshots without which an operator cannot work.
    fn check_operator(&self, name: &Spanned<String>, spec: &'static OperatorSpec) -> Result<(), LocatedFault> {
        let at = Some(name.span().start);
        let absent = |extract: &str| !self.sources.iter().any(|source| source.extract == extract);
        if let Some(missing) = spec.extracts.iter().find(|requirement| requirement.required && absent(requirement.extract)) {
            return Err((at, Fault::MissingSource { operator: spec.name, source_name: missing.extract.to_owned() }));
        }
        for &SnapshotRequirement { role, required, whole_past } in spec.snapshots {
            let fits = |s: &SnapshotSpec| s.role == role && (s.required || !required) && (s.pipeline == self.own || !whole_past);
            if !self.snapshots.iter().any(fits) {
                let pipeline = if whole_past { self.own } else { role }.to_owned();
                return Err((at, Fault::MissingSnapshot { operator: spec.name, role, pipeline, required }));
            }
        }
        Ok(())
    }
}
