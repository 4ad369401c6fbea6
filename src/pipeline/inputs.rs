//! The stage `read`: finds every source, and reads it in the form that each of its readers wants.
//!
//! Each operator gets each extract that it declares, in a form of its own: packed columns, or what its row reader made of
//! the rows. A query gets the public form. A source with several readers is read once for each, and its rows and rejects
//! are counted once. A source without a reader is still checked: its rejects are part of the run.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, PolarsError, PolarsResult};

use super::definition::{OperatorStep, READ, Step};
use super::error::RunError;
use super::memory::Memory;
use super::plan::Plan;
use super::progress::Progress;
use super::public_frames;
use super::report::FileReport;
use super::row_counts::RowCounts;
use super::source_spec::SourceSpec;
use crate::operators::{ExtractForm, ExtractStream, Note, OperatorExtracts, ReadContext, RowReader, SpilledExtracts, StreamedExtract};
use canbao_rules::identity::OtherCertificates;
use canbao_sources::location::Location;
use canbao_sources::{Digest, Divide, Extract, ExtractError, Kind, Labels, Reject, Request, Source, SpillStore, Want, read_spilled};

/// What was read.
#[derive(Default)]
pub(super) struct Reading {
    /// GateCounts and rejects, one a source that is there, in the pipeline's order.
    pub counts: Vec<RowCounts>,
    /// The extracts of each operator, by the place of its step.
    pub operators: BTreeMap<usize, OperatorExtracts>,
    /// For queries, by the extract's name; an absent extract has no rows.
    pub frames: Vec<(String, DataFrame)>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
    /// Remarks.
    pub notes: Vec<Note>,
}

/// A source of the pipeline and who reads it.
struct FoundSource<'p> {
    spec: &'p SourceSpec,
    /// Its files; `None` where it is not there.
    source: Option<Source>,
    readers: Vec<Reader>,
    /// Whether an operator declares it and its policy has no rules for it.
    lacks_rules: bool,
}

/// An operator that reads a source.
struct Reader {
    /// The place of its step.
    step: usize,
    /// The extract's name, as the operator declares it.
    extract: &'static str,
    form: ExtractForm,
}

/// Reads all sources of a plan for the operators among `steps` and for the queries. All are looked for before the first is
/// opened; snapshots are read by those who need them, but have to be there. Rows that do not fit into `memory` are
/// spilled; without a limit all are held.
///
/// # Errors
/// A required extract or snapshot is missing; one is there twice, cannot be read, lacks a required column, or has no rows.
pub(super) fn read(
    plan: &Plan,
    steps: impl Fn(usize) -> bool,
    memory: Option<Memory>,
    progress: &dyn Progress,
) -> Result<Reading, RunError> {
    plan.snapshots.require_all()?;
    let found = find(plan)?.into_iter().map(|(spec, source)| FoundSource::new(plan, spec, source, &steps));
    let found: Vec<FoundSource<'_>> = found.collect();
    let labels: Option<Labels> = plan.labels().map(|labels| labels.iter().map(|(label, category)| (label, category.index())).collect());
    let queried = plan.pipeline.sql_reads();
    let mut reading = Reading::default();
    if let Some(most) = memory.and_then(|memory| spilled_range(memory, &found)) {
        for step in found.iter().flat_map(|found| &found.readers).filter(|reader| reader.may_spill()).map(|reader| reader.step) {
            let spilled = || SpilledExtracts { store: store(plan, most), most, extracts: BTreeMap::new() };
            reading.operators.entry(step).or_default().spilled.get_or_insert_with(spilled);
        }
    }
    for FoundSource { spec, source, readers, lacks_rules } in found {
        let Some(source) = source else {
            reading.absent.push(spec.extract.clone());
            reading.frames.push((spec.extract.clone(), public_frames::empty(spec.contract)));
            continue;
        };
        canbao_runtime::crash::point("read.source");
        progress.part_begins(&spec.extract, source.files.iter().map(|file| file.size).sum());
        let mut reader = SourceReader { plan, spec, source: &source, labels: labels.as_ref(), progress, counts: None };
        if lacks_rules && readers.is_empty() {
            reading.notes.push(without_rules(&spec.extract, plan));
        }
        for Reader { step, extract, form } in readers {
            reader.read_for_operator(extract, form, reading.operators.entry(step).or_default()).map_err(failed)?;
        }
        if queried.contains(&spec.extract) {
            reading.frames.push((spec.extract.clone(), reader.read_for_queries().map_err(failed)?));
        } else if reader.counts.is_none() {
            reader.check().map_err(failed)?;
        }
        reading.counts.extend(reader.counts);
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
            digests.push((spec.extract.clone(), file.path.clone(), file.digest(spec.contract).map_err(failed)?));
        }
    }
    Ok(digests)
}

impl<'p> FoundSource<'p> {
    fn new(plan: &Plan, spec: &'p SourceSpec, source: Option<Source>, steps: impl Fn(usize) -> bool) -> Self {
        let context = ReadContext { policy: plan.policy(), date: plan.date };
        let mut found = Self { spec, source, readers: Vec::new(), lacks_rules: false };
        for (place, step) in plan.pipeline.steps.iter().enumerate().filter(|(place, _)| steps(*place)) {
            let Step::Operator(OperatorStep { operator, .. }) = step else { continue };
            let declared = operator.spec().extracts.iter().find(|requirement| requirement.extract == spec.extract);
            let Some(declared) = declared else { continue };
            match operator.form(declared.extract, &context) {
                Some(form) => found.readers.push(Reader { step: place, extract: declared.extract, form }),
                None => found.lacks_rules = true,
            }
        }
        found
    }
}

impl Reader {
    fn may_spill(&self) -> bool {
        matches!(self.form, ExtractForm::Frames { may_spill: true, .. })
    }
}

/// Reads one source for each of its readers, and counts its rows once.
struct SourceReader<'a> {
    plan: &'a Plan,
    spec: &'a SourceSpec,
    source: &'a Source,
    labels: Option<&'a Labels>,
    progress: &'a dyn Progress,
    /// The counts of the first reading.
    counts: Option<RowCounts>,
}

impl SourceReader<'_> {
    /// Reads the source in the form that an operator wants.
    fn read_for_operator(&mut self, extract: &'static str, form: ExtractForm, operator: &mut OperatorExtracts) -> Result<(), ExtractError> {
        match form {
            ExtractForm::Rows(read) => self.stream(extract, read, operator),
            ExtractForm::Frames { columns, divide, may_spill } => {
                let spilled = operator.spilled.as_mut().filter(|_| may_spill);
                match spilled {
                    Some(spilled) => self.spill(extract, columns, divide.as_deref(), spilled, &mut operator.certificates),
                    None => self.hold(extract, columns, divide.as_deref(), operator),
                }
            }
        }
    }

    fn stream(&mut self, extract: &'static str, read: RowReader, operator: &mut OperatorExtracts) -> Result<(), ExtractError> {
        let Plan { pack, state, .. } = self.plan;
        let progress = SourceProgress(self.progress);
        let stream = ExtractStream { source: self.source, request: self.request(&[], None), pack, state, progress: &progress };
        let StreamedExtract { rows, files, rejects } = read(&stream)?;
        operator.streamed.insert(extract, rows);
        self.count(self.row_counts(&files, Vec::new()).with_log(rejects))
    }

    fn spill(
        &mut self,
        extract: &'static str,
        columns: &[Want],
        divide: Option<&Divide<'_>>,
        spilled: &mut SpilledExtracts,
        certificates: &mut OtherCertificates,
    ) -> Result<(), ExtractError> {
        let request = self.request(columns, divide);
        let mut read = read_spilled(self.source, &request, certificates, &SourceProgress(self.progress), &spilled.store)?;
        let rejects = std::mem::take(&mut read.rejects);
        let counts = self.row_counts(&read.files, Vec::new()).with_log(rejects);
        spilled.extracts.insert(extract, read);
        self.count(counts)
    }

    fn hold(
        &mut self,
        extract: &'static str,
        columns: &[Want],
        divide: Option<&Divide<'_>>,
        operator: &mut OperatorExtracts,
    ) -> Result<(), ExtractError> {
        let mut read = self.read(columns, divide, &mut operator.certificates)?;
        let counts = self.row_counts(&read.files, std::mem::take(&mut read.rejects));
        operator.frames.insert(extract, read);
        self.count(counts)
    }

    /// Reads the source in its public form.
    fn read_for_queries(&mut self) -> Result<DataFrame, ExtractError> {
        let contract = self.spec.contract;
        let kept = contract.columns.iter().filter(|column| !matches!(column.kind, Kind::Certificate { .. }));
        let columns: Vec<Want> = kept.map(|column| Want::plain(column.name)).collect();
        let mut certificates = OtherCertificates::default();
        let mut extract = self.read(&columns, None, &mut certificates)?;
        let files = std::mem::take(&mut extract.files);
        let (rows, rejects) = canbao_sources::deduplicated(extract, contract).map_err(frame_error(self.source))?;
        self.count(self.row_counts(&files, rejects).with_not_yet(canbao_sources::not_yet(&rows)))?;
        let rows = arrived(rows).map_err(frame_error(self.source))?;
        public_frames::public(contract, &rows, &certificates).map_err(frame_error(self.source))
    }

    /// Checks a source that nobody reads.
    fn check(&mut self) -> Result<(), ExtractError> {
        let (request, progress) = (self.request(&[], None), SourceProgress(self.progress));
        let range = if self.spec.contract.is_by_person() { self.plan.memory.range(std::iter::once(self.source)) } else { None };
        let checked = match range {
            None => canbao_sources::check_extract(self.source, &request, &progress)?,
            Some(most) => canbao_sources::check_spilled(self.source, &request, &progress, &store(self.plan, most), most)?,
        };
        self.count(self.row_counts(&checked.files, checked.rejects).with_not_yet(checked.not_yet))
    }

    fn read(&self, columns: &[Want], divide: Option<&Divide<'_>>, certificates: &mut OtherCertificates) -> Result<Extract, ExtractError> {
        canbao_sources::read(self.source, &self.request(columns, divide), certificates, &SourceProgress(self.progress))
    }

    fn request<'r>(&self, columns: &'r [Want], split: Option<&'r Divide<'r>>) -> Request<'r>
    where
        Self: 'r,
    {
        let SourceSpec { contract, encoding, .. } = *self.spec;
        Request { contract, columns, split, labels: self.labels, on: self.plan.date, encoding }
    }

    fn row_counts(&self, files: &[canbao_sources::FileReport], rejects: Vec<Reject>) -> RowCounts {
        let mut counts = RowCounts::new(self.spec, files.iter().map(file_report).collect());
        counts.reject(rejects);
        counts
    }

    /// Takes the counts of the first reading. A later one has to have met the same files.
    fn count(&mut self, counts: RowCounts) -> Result<(), ExtractError> {
        let Some(known) = &self.counts else {
            self.counts = Some(counts);
            return Ok(());
        };
        let differs = known.files().iter().zip(counts.files()).find(|(one, other)| one.sha256 != other.sha256);
        match differs {
            Some((file, _)) => Err(ExtractError::Changed { file: file.file.clone() }),
            None => Ok(()),
        }
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

/// How many bytes of rows may be held at a time where extracts do not fit into memory; `None` where they do.
fn spilled_range(memory: Memory, found: &[FoundSource<'_>]) -> Option<usize> {
    let of_source = |found: &FoundSource<'_>| found.readers.iter().filter(|reader| reader.may_spill()).count();
    let held = found.iter().filter_map(|found| Some(std::iter::repeat_n(found.source.as_ref()?, of_source(found))));
    let held: Vec<&Source> = held.flatten().collect();
    if held.is_empty() {
        return None;
    }
    let most = memory.range(held.into_iter())?;
    tracing::info!(memory = %memory, range_bytes = most, "extracts do not fit into memory: rows are put aside");
    Some(most)
}

fn store(plan: &Plan, most: usize) -> SpillStore {
    SpillStore::new(&plan.state, most, canbao_sources::threads())
}

fn without_rules(extract: &str, plan: &Plan) -> Note {
    let text = format!("the pack of region {} has no rules for extract `{extract}`: it was checked and decides nothing", plan.region());
    Note { name: "extract_without_rules".into(), count: 1, text }
}

fn failed(error: ExtractError) -> RunError {
    RunError::stage(READ, error)
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

/// Hands the progress of reading to the run's.
struct SourceProgress<'a>(&'a dyn Progress);

impl canbao_sources::Progress for SourceProgress<'_> {
    fn read(&self, _source: &str, bytes: u64) {
        self.0.advance(bytes);
    }
}
