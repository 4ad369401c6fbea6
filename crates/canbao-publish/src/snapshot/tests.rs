//! One contract suite over both stores, and what must hold when a step fails.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use chrono::{DateTime, Utc};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::*;
use crate::spec::MEANING;
use crate::store::{Change, Claim, Upload};
use crate::testing::{COUNTS, day, facts, publish, publish_with_document, rows, snapshots, store};

#[rstest]
fn a_snapshot_is_found_again(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    assert!(publisher.pipelines().unwrap().is_empty());
    assert_eq!(publisher.latest("audit").unwrap(), None);

    let published = publish(&publisher, "2023-12-31").unwrap();

    assert!(published.is_latest);
    assert!(published.path.ends_with("audit/snapshot=2023-12-31.1"), "{}", published.path);
    assert_eq!(publisher.pipelines().unwrap(), ["audit"]);
    assert_eq!(publisher.latest("audit").unwrap(), Some(published.snapshot));
    assert_eq!(publisher.manifest("audit", published.snapshot).unwrap(), Some(published.manifest.clone()));
    let mut files = publisher.store.names("audit/snapshot=2023-12-31.1").unwrap();
    files.sort();
    assert_eq!(files, ["counts.parquet", "manifest.json"], "nothing else stays in a snapshot");
    let latest = publisher.store.read("audit/latest.json").unwrap().unwrap();
    let latest: serde_json::Value = serde_json::from_slice(&latest).unwrap();
    assert_eq!(latest, serde_json::json!({"snapshot": "snapshot=2023-12-31.1"}));

    let mut bytes = Vec::new();
    publisher.fetch("audit", published.snapshot, "counts", &mut bytes).unwrap();
    let entry = &published.manifest.datasets[0];
    assert_eq!((entry.rows, entry.columns), (10, 3));
    assert_eq!(entry.sha256, hex::encode(Sha256::digest(&bytes)));
}

#[test]
fn the_manifest_has_the_fields_of_the_contract() {
    let (store, _folder) = store("memory");
    let publisher = Publisher::new(store);
    publish(&publisher, "2023-12-31").unwrap();
    let manifest = publisher.store.read("audit/snapshot=2023-12-31.1/manifest.json").unwrap().unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let keys: Vec<&String> = manifest.as_object().unwrap().keys().collect();
    let wanted = ["run_id", "logical_date", "region", "benefit_year", "program_version", "policy", "inputs", "datasets"];
    assert_eq!(keys, wanted);
    let keys: Vec<&String> = manifest["datasets"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "rows", "columns", "sha256"]);
}

#[rstest]
fn attempts_count_as_numbers_and_the_latest_never_moves_back(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    for attempt in 1..=11 {
        let published = publish(&publisher, "2023-12-31").unwrap();
        assert_eq!(published.snapshot.attempt, attempt);
        assert!(published.is_latest);
    }
    let older = publish(&publisher, "2023-11-30").unwrap();
    assert!(!older.is_latest);
    assert_eq!(older.snapshot.to_string(), "snapshot=2023-11-30.1");
    assert_eq!(publisher.latest("audit").unwrap().unwrap().to_string(), "snapshot=2023-12-31.11");
    assert!(publish(&publisher, "2024-01-01").unwrap().is_latest);
}

#[rstest]
fn a_dropped_draft_leaves_nothing(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let first = publish(&publisher, "2023-12-31").unwrap();
    let draft = publisher.begin("audit", day("2023-12-31")).unwrap();
    let dataset = COUNTS.dataset();
    draft.write(&dataset, [rows(dataset.schema(), 0..10)]).unwrap();
    assert_eq!(publisher.manifest("audit", draft.snapshot()).unwrap(), None, "unseen while it is made");
    drop(draft);
    assert_eq!(snapshots(&publisher), ["snapshot=2023-12-31.1"]);
    assert_eq!(publisher.latest("audit").unwrap(), Some(first.snapshot));
}

#[rstest]
fn drafts_of_many_threads_never_share_a_name(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let dates = ["2023-12-30", "2023-12-31"];
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let publisher = publisher.clone();
            scope.spawn(move || (0..3).for_each(|turn| drop(publish(&publisher, dates[(thread + turn) % 2]).unwrap())));
        }
    });
    let names: Vec<String> = snapshots(&publisher);
    let mut wanted: Vec<String> = dates.iter().flat_map(|date| (1..=6).map(move |n| format!("snapshot={date}.{n}"))).collect();
    wanted.sort();
    assert_eq!(names, wanted);
    assert_eq!(publisher.latest("audit").unwrap().unwrap().to_string(), "snapshot=2023-12-31.6");
}

#[test]
fn what_a_crashed_process_left_is_swept() {
    let (store, folder) = store("folder");
    let publisher = Publisher::new(store);
    publish(&publisher, "2023-12-31").unwrap();
    let pipeline = folder.path().join("not/yet/there/audit");
    let left = pipeline.join(".unfinished-snapshot=2023-12-31.2");
    fs::create_dir(&left).unwrap();
    fs::write(left.join(".lock"), "").unwrap();
    fs::write(left.join("counts.parquet"), "half").unwrap();
    let living = publisher.begin("audit", day("2024-01-01")).unwrap();
    assert!(!left.exists());
    let other = publisher.begin("audit", day("2024-01-01")).unwrap();
    assert_eq!((living.snapshot().attempt, other.snapshot().attempt), (1, 2), "a living draft is not swept");
    assert!(pipeline.join(".unfinished-snapshot=2024-01-01.1").exists());
}

#[test]
fn a_broken_latest_is_told_to_readers_and_mended_by_the_next_snapshot() {
    let (store, folder) = store("folder");
    let publisher = Publisher::new(store);
    publish(&publisher, "2023-12-31").unwrap();
    fs::write(folder.path().join("not/yet/there/audit/latest.json"), "{\"snap").unwrap();
    assert!(matches!(publisher.latest("audit"), Err(PublishError::Json { .. })));
    assert!(publish(&publisher, "2023-12-31").unwrap().is_latest);
    assert_eq!(publisher.latest("audit").unwrap().unwrap().attempt, 2);
}

/// Fails at the operation that comes after `left` others; writes count each.
#[derive(Debug)]
struct Failing {
    inner: Box<dyn Store>,
    left: Arc<AtomicUsize>,
}

fn spend(left: &AtomicUsize) -> io::Result<()> {
    let spent = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    spent.map(drop).map_err(|_| io::ErrorKind::StorageFull.into())
}

impl Failing {
    fn spend(&self, path: &str) -> Result<(), PublishError> {
        spend(&self.left).map_err(|source| PublishError::File { doing: "write", path: path.to_owned(), source })
    }
}

struct FailingUpload(Box<dyn Upload>, Arc<AtomicUsize>);

impl Write for FailingUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        spend(&self.1)?;
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Upload for FailingUpload {
    fn finish(self: Box<Self>) -> Result<(), PublishError> {
        spend(&self.1).map_err(|source| PublishError::File { doing: "write", path: "it".to_owned(), source })?;
        self.0.finish()
    }
}

impl Store for Failing {
    fn shown(&self, path: &str) -> String {
        self.inner.shown(path)
    }
    fn names(&self, folder: &str) -> Result<Vec<String>, PublishError> {
        self.inner.names(folder)
    }
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, PublishError> {
        self.inner.read(path)
    }
    fn local(&self, path: &str) -> Option<PathBuf> {
        self.inner.local(path)
    }
    fn fetch(&self, path: &str, into: &mut dyn Write) -> Result<(), PublishError> {
        self.inner.fetch(path, into)
    }
    fn claim(&self, pipeline: &str, date: Day) -> Result<Claim, PublishError> {
        self.spend(pipeline)?;
        self.inner.claim(pipeline, date)
    }
    fn create(&self, path: &str) -> Result<Box<dyn Upload>, PublishError> {
        self.spend(path)?;
        Ok(Box::new(FailingUpload(self.inner.create(path)?, Arc::clone(&self.left))))
    }
    fn reveal(&self, pipeline: &str, claim: &Claim) -> Result<(), PublishError> {
        self.spend(pipeline)?;
        self.inner.reveal(pipeline, claim)
    }
    fn discard(&self, pipeline: &str, claim: &Claim) {
        self.inner.discard(pipeline, claim);
    }
    fn complete_reveal(&self, pipeline: &str, name: SnapshotName) -> Result<(), PublishError> {
        self.inner.complete_reveal(pipeline, name)
    }
    fn remove(&self, pipeline: &str, name: SnapshotName) -> Result<bool, PublishError> {
        self.inner.remove(pipeline, name)
    }
    fn sweep(&self, pipeline: &str, before: DateTime<Utc>) -> Result<Vec<String>, PublishError> {
        self.inner.sweep(pipeline, before)
    }
    fn revise(&self, path: &str, change: &mut Change<'_>) -> Result<bool, PublishError> {
        self.spend(path)?;
        self.inner.revise(path, change)
    }
}

#[rstest]
fn whichever_step_fails_the_last_snapshot_stays_the_latest(#[values("folder", "memory")] kind: &str) {
    let (inner, _folder) = store(kind);
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let publisher = Publisher::new(Box::new(Failing { inner, left: Arc::clone(&left) }));
    let first = publish(&publisher, "2023-12-30").unwrap();
    let mut steps = 0;
    loop {
        left.store(steps, Ordering::SeqCst);
        let outcome = publish_with_document(&publisher, "2023-12-31");
        let spent_all = left.load(Ordering::SeqCst) == 0;
        left.store(usize::MAX, Ordering::SeqCst);
        if outcome.is_ok() {
            break;
        }
        assert!(spent_all);
        assert_eq!(publisher.latest("audit").unwrap(), Some(first.snapshot), "step {steps}");
        for name in snapshots(&publisher) {
            let name = name.parse().unwrap();
            assert!(publisher.manifest("audit", name).unwrap().is_some(), "what is left at step {steps} is whole");
        }
        steps += 1;
    }
    assert!(steps >= 10, "claim, create, write and finish thrice, reveal, revise: {steps}");
}

#[test]
fn a_full_disk_says_so() {
    let (inner, _folder) = store("folder");
    let publisher = Publisher::new(Box::new(Failing { inner, left: Arc::new(AtomicUsize::new(2)) }));
    let error = publish(&publisher, "2023-12-31").unwrap_err();
    assert_eq!(error.to_string(), "cannot write dataset `counts` as Parquet");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("no storage space"), "{cause}");
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_are_cut() {
    let (store, folder) = store("folder");
    let publisher = Publisher::new(store);
    let dataset = COUNTS.dataset();
    let schema = dataset.schema();
    // More than one row group.
    let end = 300_000;
    let whole = vec![rows(schema, 0..end)];
    let cut = |at: &[i64]| at.windows(2).map(|pair| rows(schema, pair[0]..pair[1])).collect::<Vec<_>>();
    let cuts = [whole, cut(&[0, 1, 1, 262_143, 262_145, end]), cut(&[0, 100_000, 200_000, end])];
    let mut hashes = Vec::new();
    for (batches, threads) in cuts.into_iter().zip([1, 2, 4]) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let draft = publisher.begin("audit", day("2023-12-31")).unwrap();
        hashes.push(pool.install(|| draft.write(&dataset, batches).unwrap().sha256));
        draft.finish(facts("2023-12-31")).unwrap();
    }
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[0], hashes[2]);

    let file = fs::File::open(folder.path().join("not/yet/there/audit/snapshot=2023-12-31.2/counts.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 2);
    assert_eq!(reader.schema().field(1).metadata()[MEANING], "人");
    assert_eq!(reader.schema().metadata()["title"], "计数");
    let chunk = reader.metadata().row_group(0).column(0);
    assert!(matches!(chunk.compression(), parquet::basic::Compression::ZSTD(_)));
    assert!(chunk.statistics().is_some());
    let read: Vec<RecordBatch> = reader.with_batch_size(1 << 20).build().unwrap().collect::<Result<_, _>>().unwrap();
    let read = arrow_select::concat::concat_batches(&read[0].schema(), &read).unwrap();
    assert_eq!(read.columns(), rows(schema, 0..end).columns());
}

#[test]
fn rows_that_are_not_the_datasets_are_refused() {
    let (store, _folder) = store("memory");
    let publisher = Publisher::new(store);
    let draft = publisher.begin("audit", day("2023-12-31")).unwrap();
    let dataset = COUNTS.dataset();
    let batch = rows(dataset.schema(), 0..3).project(&[1, 0, 2]).unwrap();
    let error = draft.write(&dataset, [batch]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the rows for dataset `counts` have the columns count, certno, tags, which are not those of its description"
    );
    draft.write(&crate::datasets::PROGRESS.dataset(), []).unwrap();
    let again = draft.write(&crate::datasets::PROGRESS.dataset(), []).unwrap_err();
    assert_eq!(again.to_string(), "dataset `progress` is written twice into one snapshot");
}

#[test]
fn a_pipelines_name_cannot_lead_elsewhere() {
    let (store, _folder) = store("memory");
    let error = Publisher::new(store).begin("../elsewhere", day("2023-12-31")).unwrap_err();
    assert!(matches!(error, PublishError::BadName { .. }));
}
