//! Checkpoints: what is saved of a run's finished stages, so that a later attempt begins at the first unfinished one.
//!
//! A run has a folder of its own below the state folder. Each finished stage has a folder in it with its datasets as they
//! are published, its documents, and `stage.json`, which is written last and names the files with their hashes. A file
//! whose hash differs counts as absent, so nothing has to be flushed to the disk: after a loss of power a stage is done
//! again, and no wrong result is published.
//!
//! A checkpoint is valid for the inputs of its stage: its [`fingerprint`] is over the pipeline's file, the policy, the
//! settings, the bytes of all extracts, the snapshots and the program. If any of these changed between two attempts, all
//! stages are done again.
//!
//! The stage `read` has no checkpoint where an operator follows: the extracts are read again if an unfinished stage needs
//! their rows. Which rows an operator rejects is saved with the last operator's stage, so an operator that reads extracts is
//! restored only together with that one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::gates::SourceCounts;
use super::plan::Plan;
use super::report::{DatasetReport, DocumentReport, SourceReport};
use crate::operators::Note;
use canbao_publish::spec::TITLE;
use canbao_publish::{Dataset, DatasetEntry, DocumentEntry, PersonIdSettings, sha256};

/// What names the files of a finished stage.
const RECORD: &str = "stage.json";

/// The folder of a run's finished stages.
#[derive(Debug, Clone)]
pub(super) struct CheckpointStore {
    folder: PathBuf,
}

/// A finished stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// What it was made of.
    pub fingerprint: String,
    /// Its datasets that go out, in order.
    pub datasets: Vec<CheckpointDataset>,
    /// Its files for people.
    pub documents: Vec<CheckpointDocument>,
    /// Its remarks.
    pub notes: Vec<Note>,
    /// What became of every row, where it is the stage after which that is known.
    pub rows: Option<FinalRowCounts>,
}

/// A dataset's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CheckpointDataset {
    pub entry: DatasetEntry,
    pub title: String,
    #[serde(skip)]
    pub path: PathBuf,
}

/// A document's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CheckpointDocument {
    pub entry: DocumentEntry,
    pub title: String,
    #[serde(skip)]
    pub path: PathBuf,
}

/// What became of every row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FinalRowCounts {
    /// For the report.
    pub sources: Vec<SourceReport>,
    /// For the gates.
    pub counts: BTreeMap<String, SourceCounts>,
    /// Optional extracts that are not there.
    pub absent: Vec<String>,
    /// The dataset `rejects`; a run without extracts has none.
    pub rejects: Option<CheckpointDataset>,
}

/// One extract's file, as a fingerprint sees it.
#[derive(Debug, Serialize)]
pub(super) struct FingerprintFile<'a> {
    pub source: &'a str,
    pub file: &'a str,
    pub sha256: String,
}

impl CheckpointStore {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether an earlier attempt has left anything.
    pub fn is_empty(&self) -> bool {
        fs::read_dir(&self.folder)
            .map_or(true, |mut entries| entries.all(|entry| entry.is_ok_and(|entry| !entry.path().join(RECORD).exists())))
    }

    /// Makes the folder of a stage anew.
    pub fn begin(&self, place: usize, stage: &str) -> io::Result<()> {
        let folder = self.at(place, stage);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(&folder)
    }

    /// Says that a stage is finished; its files are there.
    pub fn finish(&self, place: usize, stage: &str, record: &Checkpoint) -> io::Result<()> {
        let folder = self.at(place, stage);
        let unfinished = folder.join("stage.unfinished");
        serde_json::to_writer(File::create(&unfinished)?, record)?;
        fs::rename(unfinished, folder.join(RECORD))
    }

    /// A finished stage whose files are whole and which was made of the same; `None` where there is none.
    pub fn restore(&self, place: usize, stage: &str, fingerprint: &str) -> Option<Checkpoint> {
        let folder = self.at(place, stage);
        let mut record: Checkpoint = serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()?;
        if record.fingerprint != fingerprint {
            return None;
        }
        let rejects = record.rows.iter_mut().filter_map(|rows| rows.rejects.as_mut());
        for dataset in record.datasets.iter_mut().chain(rejects) {
            dataset.path = dataset_path(&folder, &dataset.entry.name);
            if sha256(&dataset.path).ok()? != dataset.entry.sha256 {
                return None;
            }
        }
        for document in &mut record.documents {
            document.path = folder.join(&document.entry.file);
            if sha256(&document.path).ok()? != document.entry.sha256 {
                return None;
            }
        }
        Some(record)
    }

    /// The folder of a stage.
    pub fn at(&self, place: usize, stage: &str) -> PathBuf {
        self.folder.join(format!("{place:02}-{stage}"))
    }
}

impl CheckpointDataset {
    pub fn report(&self) -> DatasetReport {
        DatasetReport { name: self.entry.name.clone(), title: self.title.clone(), rows: self.entry.rows }
    }
}

impl CheckpointDocument {
    pub fn report(&self) -> DocumentReport {
        DocumentReport { entry: self.entry.clone(), title: self.title.clone() }
    }
}

/// The path of a stage's dataset in the stage's folder.
pub(super) fn dataset_path(folder: &Path, dataset: &str) -> PathBuf {
    folder.join(dataset).with_extension("parquet")
}

/// A text that is the same only for runs that give the same bytes.
pub(super) fn fingerprint(plan: &Plan, persons: &PersonIdSettings, inputs: &[FingerprintFile<'_>]) -> Result<String, serde_json::Error> {
    let settings: Vec<String> = plan.settings.iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect();
    let made_of = serde_json::json!({
        "program": env!("CARGO_PKG_VERSION"),
        "pipeline": plan.pipeline.text(),
        "policy": plan.pack.sha256(),
        "settings": settings,
        "date": plan.date.to_string(),
        "year": plan.year.map(|year| year.0),
        "persons": persons.mask().fingerprint(),
        "snapshots": plan.snapshots.entries(),
        "inputs": inputs,
    });
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(&made_of)?)))
}

/// The title of a dataset, as its schema says.
pub(super) fn title(dataset: &Dataset) -> String {
    dataset.schema().metadata().get(TITLE).cloned().unwrap_or_default()
}
