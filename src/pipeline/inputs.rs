//! The stage `read`: finds every source, reads it once in the form that each of its readers wants.
//!
//! An operator gets packed columns, a query the public form. A source that both of them read is read twice, and its
//! rows are counted once. A source that nothing reads is still checked: its rejects are part of the run.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::definition::{SourceSpec, Step};
use super::error::RunError;
use super::frames;
use super::operator::Operator;
use super::plan::Plan;
use super::progress::Progress;
use super::report::FileReport;
use super::sql;
use super::tally::Tally;
use crate::extract::{self, Extract, ExtractError, Labels, Location, Request, Shape, Source, Want};
use crate::identity::OtherCertificates;

/// The name of the stage.
pub(super) const READ: &str = "read";

/// What was read.
pub(super) struct Reading {
    /// Counts and rejects, one a source that is there, in the pipeline's order.
    pub tallies: Vec<Tally>,
    /// For operators, by the extract's name.
    pub extracts: BTreeMap<&'static str, Extract>,
    /// The certificates behind the keys of `extracts`.
    pub certificates: OtherCertificates,
    /// For queries, by the extract's name; an absent extract has no rows.
    pub frames: Vec<(String, DataFrame)>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
}

/// One source and its files, where it is there.
pub(super) struct Found<'p> {
    pub spec: &'p SourceSpec,
    pub source: Option<Source>,
}

/// Looks for every source of the pipeline.
///
/// # Errors
/// A required extract is missing; one is there twice or is no regular file.
pub(super) fn find(plan: &Plan) -> Result<Vec<Found<'_>>, RunError> {
    let failed = |error: ExtractError| RunError::stage(READ, error);
    let location = Location::open(&plan.data).map_err(|error| RunError::stage(READ, error))?;
    plan.pipeline.sources.iter().map(|spec| {
        let source = Source::find(&location, &spec.extract).map_err(failed)?;
        if source.is_none() && spec.required {
            return Err(failed(ExtractError::Missing { file: format!("{}/{}", plan.data, spec.extract), source_name: spec.extract.clone() }));
        }
        Ok(Found { spec, source })
    }).collect()
}
