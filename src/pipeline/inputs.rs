//! The stage `read`: finds every source, reads it once in the form that each of its readers wants.
//!
//! An operator gets packed columns, or takes the rows as they come; a query gets the public form. A source that both of
//! them read is read twice, and its rows are counted once. A source that nothing reads is still checked: its rejects
//! are part of the run.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, PolarsError, PolarsResult};

use super::definition::{READ, Step};
use super::error::RunError;
use super::frames;
use super::memory::Memory;
use super::operator::{Operator, Passing, Taken};
use super::plan::Plan;
use super::progress::Progress;
use super::report::{FileReport, Note};
use super::source_spec::SourceSpec;
use super::tally::Tally;
use crate::operators::enrollment_audit::Aside;
use canbao_rules::identity::OtherCertificates;
use canbao_sources::location::Location;
use canbao_sources::{Digest, Extract, ExtractError, Kind, Labels, Reject, Request, Shelf, Source, Streamed, Want, read_aside};

/// What was read.
#[derive(Default)]
pub(super) struct Reading {
    /// Counts and rejects, one a source that is there, in the pipeline's order.
    pub tallies: Vec<Tally>,
    /// For operators, by the extract's name.
    pub extracts: BTreeMap<&'static str, Extract>,
    /// The extracts of which the same is true, where they do not fit into memory.
    pub aside: Option<Aside>,
    /// What operators took row by row, by the extract's name.
    pub taken: BTreeMap<&'static str, Taken>,
    /// The certificates behind the keys of `extracts`.
    pub certificates: OtherCertificates,
    /// For queries, by the extract's name; an absent extract has no rows.
    pub frames: Vec<(String, DataFrame)>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
    /// Remarks.
    pub notes: Vec<Note>,
}

/// Reads all sources of a plan. All are looked for before the first is opened; snapshots are read by those who need
/// them, but have to be there. What does not fit into `memory` is put aside; without a limit all is held.
///
/// # Errors
/// A required extract or snapshot is missing; one is there twice, cannot be read, lacks a required column, or has no rows.
pub(super) fn read(plan: &Plan, memory: Option<Memory>, progress: &dyn Progress) -> Result<Reading, RunError> {
    plan.snapshots.are_there()?;
    let found = find(plan)?;
    let labels: Option<Labels> = plan.labels().map(|labels| labels.iter().map(|(label, category)| (label, category.index())).collect());
    let queried = plan.pipeline.sql_reads();
    let mut reading = Reading { aside: memory.and_then(|memory| shelf(plan, memory, &found)), ..Reading::default() };
    for (spec, source) in found {
        let Some(source) = source else {
            reading.absent.push(spec.extract.clone());
            reading.frames.push((spec.extract.clone(), frames::empty(spec.contract)));
            continue;
        };
        canbao_runtime::crash::point("read.source");
        progress.part_begins(&spec.extract, source.files.iter().map(|file| file.size).sum());
        let desk = Desk { plan, spec, source: &source, labels: labels.as_ref(), progress };
        let operator = operator_of(plan, &spec.extract);
        let counted = match operator {
            Some(operator) if operator.takes_rows(&spec.extract) => {
                desk.take_rows_for(operator, &mut reading).map_err(failed)?;
                true
            }
            Some(operator) => match plan.policy().and_then(|policy| operator.columns(&spec.extract, policy)) {
                Some(columns) => {
                    desk.read_for(operator, columns, &mut reading).map_err(failed)?;
                    true
                }
                None => {
                    reading.notes.push(without_rules(&spec.extract, plan));
                    false
                }
            },
            None => false,
        };
        if queried.contains(&spec.extract) {
            desk.read_for_queries(!counted, &mut reading).map_err(failed)?;
        } else if !counted {
            desk.check(&mut reading).map_err(failed)?;
        }
    }
    Ok(reading)
}

/// Every file of a plan's extracts with its length and hash: source, file, digest. Nothing is read for its rows.
///
/// # Errors
/// As [`read`] where an extract is missing, twice there, or cannot be read.
pub(super) fn digests(plan: &Plan) -> Result<Vec<(String, String, Digest)>, RunError> {
    let mut digests = Vec::new();
    for (spec, source) in find(plan)? {
        for file in source.iter().flat_map(|source| &source.files) {
            digests.push((spec.extract.clone(), file.path.clone(), file.digest().map_err(failed)?));
        }
    }
    Ok(digests)
}

/// One source on its way.
struct Desk<'a> {
    plan: &'a Plan,
    spec: &'a SourceSpec,
    source: &'a Source,
    labels: Option<&'a Labels>,
    progress: &'a dyn Progress,
}

impl Desk<'_> {
    fn read(
        &self,
        columns: &[Want],
        split: Option<&canbao_sources::Divide<'_>>,
        certificates: &mut OtherCertificates,
    ) -> Result<Extract, ExtractError> {
        canbao_sources::read(self.source, &self.request(columns, split), certificates, &Told(self.progress))
    }

    fn request<'r>(&self, columns: &'r [Want], split: Option<&'r canbao_sources::Divide<'r>>) -> Request<'r>
    where
        Self: 'r,
    {
        let SourceSpec { contract, encoding, .. } = *self.spec;
        Request { contract, columns, split, labels: self.labels, on: self.plan.date, encoding }
    }

    /// For a source that nothing reads.
    fn check(&self, reading: &mut Reading) -> Result<(), ExtractError> {
        let (request, told) = (self.request(&[], None), Told(self.progress));
        let range = if self.spec.contract.is_by_person() { self.plan.memory.range(std::iter::once(self.source)) } else { None };
        let checked = match range {
            None => canbao_sources::check_extract(self.source, &request, &told)?,
            Some(most) => {
                let shelf = Shelf::new(&self.plan.state, most, canbao_sources::threads());
                canbao_sources::check_aside(self.source, &request, &told, &shelf, most)?
            }
        };
        reading.tallies.push(self.tally(&checked.files, checked.rejects).with_not_yet(checked.not_yet));
        Ok(())
    }

    fn tally(&self, files: &[canbao_sources::FileReport], rejects: Vec<Reject>) -> Tally {
        let mut tally = Tally::new(self.spec, files.iter().map(file_report).collect());
        tally.reject(rejects);
        tally
    }

    fn take_rows_for(&self, operator: Operator, reading: &mut Reading) -> Result<(), ExtractError> {
        let Plan { pack, state, .. } = self.plan;
        let passing = Passing { source: self.source, request: self.request(&[], None), pack, state, progress: &Told(self.progress) };
        let Streamed { taker, files, rejects, .. } = operator.take_rows(&passing)?;
        reading.tallies.push(self.tally(&files, Vec::new()).with_log(rejects));
        reading.taken.insert(self.spec.contract.name, taker);
        Ok(())
    }

    fn read_for(&self, operator: Operator, columns: &[Want], reading: &mut Reading) -> Result<(), ExtractError> {
        let name = self.spec.contract.name;
        let split = self.plan.year.and_then(|year| operator.split(name, year, self.plan.date));
        let split = split.as_deref().map(|split| split as &canbao_sources::Divide<'_>);
        if let Some(aside) = reading.aside.as_mut().filter(|_| operator.goes_aside(self.spec.contract)) {
            let request = self.request(columns, split);
            let mut read = read_aside(self.source, &request, &mut reading.certificates, &Told(self.progress), &aside.shelf)?;
            let rejects = std::mem::take(&mut read.rejects);
            reading.tallies.push(self.tally(&read.files, Vec::new()).with_log(rejects));
            aside.extracts.insert(name, read);
            return Ok(());
        }
        let mut extract = self.read(columns, split, &mut reading.certificates)?;
        reading.tallies.push(self.tally(&extract.files, std::mem::take(&mut extract.rejects)));
        reading.extracts.insert(self.spec.contract.name, extract);
        Ok(())
    }

    /// `counted`: whether the rows have not been counted yet.
    fn read_for_queries(&self, counted: bool, reading: &mut Reading) -> Result<(), ExtractError> {
        let contract = self.spec.contract;
        let kept = contract.columns.iter().filter(|column| !matches!(column.kind, Kind::Certificate { .. }));
        let columns: Vec<Want> = kept.map(|column| Want::plain(column.name)).collect();
        let mut certificates = OtherCertificates::default();
        let mut extract = self.read(&columns, None, &mut certificates)?;
        let files = std::mem::take(&mut extract.files);
        let (rows, rejects) = canbao_sources::standing(extract, contract).map_err(frame_error(self.source))?;
        if counted {
            reading.tallies.push(self.tally(&files, rejects).with_not_yet(canbao_sources::not_yet(&rows)));
        }
        let rows = arrived(rows).map_err(frame_error(self.source))?;
        let frame = frames::public(contract, &rows, &certificates).map_err(frame_error(self.source))?;
        reading.frames.push((self.spec.extract.clone(), frame));
        Ok(())
    }
}

/// Every source of the pipeline with its files, where it is there.
fn find(plan: &Plan) -> Result<Vec<(&SourceSpec, Option<Source>)>, RunError> {
    if plan.pipeline.sources.is_empty() {
        return Ok(Vec::new());
    }
    let location = Location::open(&plan.data).map_err(|error| RunError::stage(READ, error))?;
    let found = plan.pipeline.sources.iter().map(|spec| {
        let source = Source::find(&location, &spec.extract).map_err(failed)?;
        if source.is_none() && spec.required {
            let location = location.to_string();
            return Err(failed(ExtractError::Absent { source_name: spec.extract.clone(), location }));
        }
        Ok((spec, source))
    });
    found.collect()
}

/// Where extracts go whose rows do not fit into memory; `None` where they do.
fn shelf(plan: &Plan, memory: Memory, found: &[(&SourceSpec, Option<Source>)]) -> Option<Aside> {
    let policy = plan.policy()?;
    let held = found.iter().filter_map(|(spec, source)| {
        let operator = operator_of(plan, &spec.extract)?;
        let goes_aside = operator.goes_aside(spec.contract) && operator.columns(&spec.extract, policy).is_some();
        source.as_ref().filter(|_| goes_aside)
    });
    let most = memory.range(held)?;
    tracing::info!(memory = %memory, range_bytes = most, "extracts do not fit into memory: rows are put aside");
    Some(Aside { shelf: Shelf::new(&plan.state, most, canbao_sources::threads()), most, extracts: BTreeMap::new() })
}

fn operator_of(plan: &Plan, extract: &str) -> Option<Operator> {
    plan.pipeline.steps.iter().find_map(|step| match step {
        Step::Operator(operator) if operator.reads().iter().any(|(name, _)| *name == extract) => Some(*operator),
        _ => None,
    })
}

fn without_rules(extract: &str, plan: &Plan) -> Note {
    let text = format!("the pack of region {} has no rules for extract `{extract}`: it was checked and decides nothing", plan.region());
    Note { name: "extract_without_rules".into(), count: 1, text }
}

fn failed(error: ExtractError) -> RunError {
    let hint = error.hint().map(str::to_owned);
    RunError::Stage { stage: READ.to_owned(), hint, source: error.into() }
}

/// The rows without those of a day to come: they are used and count nowhere, and their values may be unreadable.
fn arrived(rows: DataFrame) -> PolarsResult<DataFrame> {
    let Ok(not_yet) = rows.column("not_yet") else { return Ok(rows) };
    let not_yet = not_yet.bool()?;
    rows.filter(&!not_yet)
}

/// A frame that polars refuses is a defect of the program; the extract's first file stands for it.
fn frame_error(source: &Source) -> impl FnOnce(PolarsError) -> ExtractError {
    let file = source.files.first().map(|file| file.path.clone()).unwrap_or_default();
    move |source| ExtractError::Frame { file, source }
}

fn file_report(file: &canbao_sources::FileReport) -> FileReport {
    FileReport {
        file: file.path.clone(),
        bytes: file.digest.bytes,
        sha256: file.digest.hex(),
        rows_read: file.rows_read,
        rows_used: 0,
        rows_rejected: 0,
    }
}

/// Tells the reader's progress to the run's.
struct Told<'a>(&'a dyn Progress);

impl canbao_sources::Progress for Told<'_> {
    fn read(&self, _source: &str, bytes: u64) {
        self.0.advance(bytes);
    }
}
