//! The files of a stage's datasets, written while an operator makes their rows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::checkpoint::{self, CheckpointDataset, title};
use crate::operators::OperatorSpec;
use canbao_publish::{Dataset, DatasetFile, DatasetSink, DatasetSpec, PersonIdMask, PublishError};

/// Takes rows of datasets into files, and keeps those that queries ask for.
pub(super) struct DatasetFiles<'r> {
    /// The stage's folder.
    pub folder: PathBuf,
    pub mask: &'r PersonIdMask,
    /// Whether a dataset is published.
    pub is_published: &'r (dyn Fn(&str) -> bool + Sync),
    /// The frames that queries name.
    pub queried: &'r BTreeSet<String>,
    open: Vec<OpenDataset>,
}

/// A dataset that has rows, or could have.
struct OpenDataset {
    spec: &'static DatasetSpec,
    dataset: Dataset,
    path: PathBuf,
    /// `None` where the dataset does not go out.
    file: Option<DatasetFile>,
    /// For queries.
    rows: Vec<RecordBatch>,
}

/// What became of a stage's datasets.
#[derive(Default)]
pub(super) struct WrittenDatasets {
    /// Those that go out, in the order of publishing.
    pub kept: Vec<CheckpointDataset>,
    /// The rows of those that queries name.
    pub queried: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>,
    /// All of them.
    pub specs: Vec<&'static DatasetSpec>,
}

impl<'r> DatasetFiles<'r> {
    pub fn new(
        folder: PathBuf,
        mask: &'r PersonIdMask,
        is_published: &'r (dyn Fn(&str) -> bool + Sync),
        queried: &'r BTreeSet<String>,
    ) -> Self {
        Self { folder, mask, is_published, queried, open: Vec::new() }
    }

    fn begin(&mut self, spec: &'static DatasetSpec) -> Result<(), PublishError> {
        let (dataset, path) = (spec.dataset(), checkpoint::dataset_path(&self.folder, spec.name));
        let file = (self.is_published)(spec.name).then(|| DatasetFile::create(&path, dataset.clone(), self.mask)).transpose()?;
        self.open.push(OpenDataset { spec, dataset, path, file, rows: Vec::new() });
        Ok(())
    }

    /// Ends all files.
    pub fn finish(self, operator: &OperatorSpec) -> Result<WrittenDatasets, PublishError> {
        let mut open = self.open;
        let order = |spec: &DatasetSpec| operator.datasets.iter().position(|known| known.name == spec.name);
        open.sort_by_key(|open| order(open.spec));
        let finish = |open: OpenDataset| {
            let OpenDataset { spec, dataset, path, file, rows } = open;
            let entry = file.map(DatasetFile::finish).transpose()?;
            Ok((spec, rows, entry.map(|entry| CheckpointDataset { entry, title: title(&dataset), path })))
        };
        let finished = open.into_par_iter().map(finish).collect::<Result<Vec<_>, PublishError>>()?;
        let mut written = WrittenDatasets::default();
        for (spec, rows, kept) in finished {
            written.specs.push(spec);
            written.kept.extend(kept);
            if self.queried.contains(spec.name) {
                written.queried.push((spec, rows));
            }
        }
        Ok(written)
    }
}

impl DatasetSink for DatasetFiles<'_> {
    fn write(&mut self, rows: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>) -> Result<(), PublishError> {
        let mut more: Vec<Option<Vec<RecordBatch>>> = Vec::new();
        for (spec, batches) in rows {
            if self.open.iter().all(|open| open.spec.name != spec.name) {
                self.begin(spec)?;
            }
            more.resize_with(self.open.len(), || None);
            if let Some(place) = self.open.iter().position(|open| open.spec.name == spec.name) {
                more[place] = Some(batches);
            }
        }
        let queried = self.queried;
        self.open.par_iter_mut().zip(more).try_for_each(|(open, batches)| {
            let batches = batches.unwrap_or_default();
            if let Some(file) = &mut open.file {
                batches.iter().try_for_each(|batch| file.push(batch))?;
            }
            if queried.contains(open.spec.name) {
                open.rows.extend(batches);
            }
            Ok(())
        })
    }
}
