//! What a later run reads, from a folder and from an object store.

use canbao_runtime::error_report::message_with_hint;
use std::fs;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, StringArray};
use object_store::memory::InMemory;
use rstest::rstest;

use super::*;
use crate::spec::{ColumnKind, DatasetSpec, column};
use crate::{Document, PersonIdMask, PersonIds, RunFacts};

static COUNTS: DatasetSpec = DatasetSpec {
    name: "counts",
    title: "计数",
    meaning: "每人一行",
    order: "按证件号码",
    columns: &[column("certno", ColumnKind::Certno, "证件号码", "18位"), column("count", ColumnKind::Int64, "次数", "次")],
};

fn publisher(kind: &str, folder: &TempDir) -> Publisher {
    match kind {
        "folder" => Publisher::open(&folder.path().join("out").display().to_string()).unwrap(),
        _ => Publisher::in_store(Arc::new(InMemory::new()), "some/prefix".into(), "memory:///some/prefix".to_owned()).unwrap(),
    }
}

fn facts() -> RunFacts {
    RunFacts {
        run_id: "run-1".to_owned(),
        logical_date: "2023-12-31".to_owned(),
        region: Some("340322".to_owned()),
        benefit_year: Some(2024),
        program_version: "0".to_owned(),
        policy: None,
        inputs: Vec::new(),
        snapshots: Vec::new(),
    }
}

fn workbook() -> Document {
    Document { path: "乡镇/340322101-城关镇.xlsx".to_owned(), title: "清单".to_owned(), bytes: vec![7; 3] }
}

/// Publishes three rows and a document.
fn published(publisher: &Publisher) -> Snapshot {
    let draft = publisher.begin("audit", "2023-12-31".parse().unwrap()).unwrap();
    let dataset = COUNTS.dataset();
    let certno: ArrayRef = Arc::new(StringArray::from(vec!["34039919900101001X", "340399199001010028", "340399199001010036"]));
    let rows = RecordBatch::try_new(Arc::clone(dataset.schema()), vec![certno, Arc::new(Int64Array::from(vec![1, 2, 3]))]).unwrap();
    draft.write(&dataset, [rows]).unwrap();
    draft.write_document(&workbook()).unwrap();
    let published = draft.finish(facts()).unwrap();
    Snapshot::open(publisher, "audit", published.snapshot).unwrap().unwrap()
}

#[rstest]
fn what_was_published_is_read(#[values("folder", "memory")] kind: &str) {
    let folder = TempDir::new().unwrap();
    let publisher = publisher(kind, &folder);
    let snapshot = published(&publisher);
    assert_eq!(publisher.snapshots("audit").unwrap(), [snapshot.name()]);
    assert!(snapshot.has("counts") && !snapshot.has("person"));

    let rows = snapshot.rows("counts", Some(&["count"])).unwrap();
    assert_eq!(rows.schema().metadata()["title"], "计数");
    let batches: Vec<RecordBatch> = rows.map(Result::unwrap).collect();
    assert_eq!(batches[0].num_columns(), 1);
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().values(), &[1, 2, 3]);
}

#[rstest]
fn documents_lie_beside_the_datasets(#[values("folder", "memory")] kind: &str) {
    let folder = TempDir::new().unwrap();
    let publisher = publisher(kind, &folder);
    let snapshot = published(&publisher);
    let entry = &snapshot.manifest().documents[0];
    assert_eq!((entry.file.as_str(), entry.bytes), ("documents/乡镇/340322101-城关镇.xlsx", 3));
    assert_eq!(entry.sha256, hex::encode(Sha256::digest([7; 3])));
    if kind == "folder" {
        let path = folder.path().join("out/audit").join(snapshot.name().to_string()).join(&entry.file);
        assert_eq!(fs::read(path).unwrap(), [7; 3]);
    }
}

#[test]
fn a_document_is_written_once_and_stays_in_its_snapshot() {
    let folder = TempDir::new().unwrap();
    let draft = publisher("folder", &folder).begin("audit", "2023-12-31".parse().unwrap()).unwrap();
    draft.write_document(&workbook()).unwrap();
    let twice = draft.write_document(&workbook()).unwrap_err();
    assert_eq!(twice.to_string(), "document `documents/乡镇/340322101-城关镇.xlsx` is written twice into one snapshot");
    let outside = draft.write_document(&Document { path: "../x".to_owned(), ..workbook() }).unwrap_err();
    insta::assert_snapshot!(outside, @"`../x` cannot name a document, expected a relative path whose parts can name files on every system");
    let path = folder.path().join("out");
    drop(draft);
    assert_eq!(fs::read_dir(path.join("audit")).unwrap().count(), 1, "only the lock file stays");
}

#[test]
fn a_veiled_dataset_says_so() {
    let folder = TempDir::new().unwrap();
    let mask = PersonIdMask::open(PersonIds::Masked, folder.path(), None).unwrap();
    let snapshot = published(&publisher("folder", &folder).with_mask(mask));
    let rows = snapshot.rows("counts", Some(&[])).unwrap();
    assert_eq!(PersonIds::of(rows.schema()), Some(PersonIds::Masked));
}

#[test]
fn what_is_not_there_or_not_as_it_was_is_told() {
    let folder = TempDir::new().unwrap();
    let publisher = publisher("folder", &folder);
    let snapshot = published(&publisher);
    let told = |result: Result<Rows, PublishError>| {
        let text = message_with_hint(&result.map(drop).unwrap_err());
        text.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(told(snapshot.rows("person", None)), @"
    snapshot `FOLDER/out/audit/snapshot=2023-12-31.1` has no dataset `person`
    hint: it has counts
    ");
    insta::assert_snapshot!(told(snapshot.rows("counts", Some(&["township"]))), @"
    `FOLDER/out/audit/snapshot=2023-12-31.1/counts.parquet` has no column `township`
    hint: it was published by another version of the program; publish that pipeline again
    ");
    let file = folder.path().join("out/audit/snapshot=2023-12-31.1/counts.parquet");
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let again = Snapshot::open(&publisher, "audit", snapshot.name()).unwrap().unwrap();
    insta::assert_snapshot!(told(again.rows("counts", None)), @"
    `FOLDER/out/audit/snapshot=2023-12-31.1/counts.parquet` is not as it was published: its SHA-256 is not the manifest's
    hint: publish that pipeline again
    ");
    assert!(Snapshot::open(&publisher, "audit", "snapshot=2024-01-01.1".parse().unwrap()).unwrap().is_none());
}
