//! The files of a stage's datasets, written while an operator makes their rows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::kept::{self, KeptDataset, title};
use crate::operators::OperatorSpec;
use canbao_publish::{Dataset, DatasetFile, DatasetSink, DatasetSpec, PersonIdMask, PublishError};

/// Takes rows of datasets into files, and keeps those that queries ask for.
pub(super) struct Files<'r> {
    /// The stage's folder.
    pub folder: PathBuf,
    pub mask: &'r PersonIdMask,
    /// Whether a dataset goes out.
    pub goes_out: &'r (dyn Fn(&str) -> bool + Sync),
    /// The frames that queries name.
    pub queried: &'r BTreeSet<String>,
    begun: Vec<Begun>,
}

/// A dataset that has rows, or could have.
struct Begun {
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
pub(super) struct Written {
    /// Those that go out, in the order of publishing.
    pub kept: Vec<KeptDataset>,
    /// The rows of those that queries name.
    pub queried: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>,
    /// All of them.
    pub specs: Vec<&'static DatasetSpec>,
}

impl<'r> Files<'r> {
    pub fn new(
        folder: PathBuf,
        mask: &'r PersonIdMask,
        goes_out: &'r (dyn Fn(&str) -> bool + Sync),
        queried: &'r BTreeSet<String>,
    ) -> Self {
        Self { folder, mask, goes_out, queried, begun: Vec::new() }
    }

    fn begin(&mut self, spec: &'static DatasetSpec) -> Result<(), PublishError> {
        let (dataset, path) = (spec.dataset(), kept::dataset_path(&self.folder, spec.name));
        let file = (self.goes_out)(spec.name).then(|| DatasetFile::create(&path, dataset.clone(), self.mask)).transpose()?;
        self.begun.push(Begun { spec, dataset, path, file, rows: Vec::new() });
        Ok(())
    }

    /// Ends all files.
    pub fn finish(self, operator: &OperatorSpec) -> Result<Written, PublishError> {
        let mut begun = self.begun;
        let order = |spec: &DatasetSpec| operator.datasets.iter().position(|known| known.name == spec.name);
        begun.sort_by_key(|begun| order(begun.spec));
        let finish = |begun: Begun| {
            let Begun { spec, dataset, path, file, rows } = begun;
            let entry = file.map(DatasetFile::finish).transpose()?;
            Ok((spec, rows, entry.map(|entry| KeptDataset { entry, title: title(&dataset), path })))
        };
        let finished = begun.into_par_iter().map(finish).collect::<Result<Vec<_>, PublishError>>()?;
        let mut written = Written::default();
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

impl DatasetSink for Files<'_> {
    fn write(&mut self, rows: Vec<(&'static DatasetSpec, Vec<RecordBatch>)>) -> Result<(), PublishError> {
        let mut more: Vec<Option<Vec<RecordBatch>>> = Vec::new();
        for (spec, batches) in rows {
            if self.begun.iter().all(|begun| begun.spec.name != spec.name) {
                self.begin(spec)?;
            }
            more.resize_with(self.begun.len(), || None);
            if let Some(place) = self.begun.iter().position(|begun| begun.spec.name == spec.name) {
                more[place] = Some(batches);
            }
        }
        let queried = self.queried;
        self.begun.par_iter_mut().zip(more).try_for_each(|(begun, batches)| {
            let batches = batches.unwrap_or_default();
            if let Some(file) = &mut begun.file {
                batches.iter().try_for_each(|batch| file.push(batch))?;
            }
            if queried.contains(begun.spec.name) {
                begun.rows.extend(batches);
            }
            Ok(())
        })
    }
}
