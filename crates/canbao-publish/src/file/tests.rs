//! Files put aside have the bytes of published ones, and only the very same file is taken into a snapshot.

use canbao_runtime::error_report::message_with_hint;
use std::fs;

use rstest::rstest;
use tempfile::TempDir;

use super::*;
use crate::testing::{COUNTS, day, facts, rows, store};
use crate::{Draft, PersonIds, Publisher};

fn aside(folder: &TempDir, mask: &PersonIdMask) -> (PathBuf, DatasetEntry) {
    let dataset = COUNTS.dataset();
    let path = folder.path().join("runs/1/audit/counts.parquet");
    let entry = write_file(&path, &dataset, mask, [Ok(rows(dataset.schema(), 0..10))]).unwrap();
    (path, entry)
}

fn draft(kind: &str) -> (Publisher, Draft, TempDir) {
    let (store, folder) = store(kind);
    let publisher = Publisher::new(store);
    let draft = publisher.begin("audit", day("2023-12-31")).unwrap();
    (publisher, draft, folder)
}

fn document() -> Document {
    Document { path: "表/清单.xlsx".to_owned(), title: "清单".to_owned(), bytes: b"list".to_vec() }
}

#[rstest]
fn a_dataset_put_aside_has_the_bytes_of_a_published_one(#[values(PersonIds::Plain, PersonIds::Masked)] ids: PersonIds) {
    let folder = TempDir::new().unwrap();
    let mask = PersonIdMask::open(ids, folder.path(), None).unwrap();
    let (path, entry) = aside(&folder, &mask);
    assert_eq!((entry.rows, entry.columns), (10, 3));
    assert_eq!(entry.sha256, hex::encode(Sha256::digest(fs::read(&path).unwrap())));
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["counts.parquet"], "nothing stands beside it");

    let (store, _published) = store("folder");
    let publisher = Publisher::new(store).with_mask(mask);
    let draft = publisher.begin("audit", day("2023-12-31")).unwrap();
    let dataset = COUNTS.dataset();
    // Cut elsewhere: the bytes are those of the rows.
    let written = draft.write(&dataset, [rows(dataset.schema(), 0..3), rows(dataset.schema(), 3..10)]).unwrap();
    assert_eq!(written, entry);
}

#[rstest]
fn what_was_put_aside_is_taken(#[values("folder", "memory")] kind: &str) {
    let state = TempDir::new().unwrap();
    let (path, entry) = aside(&state, &PersonIdMask::Plain);
    let kept = state.path().join("runs/1/audit/list");
    let document = write_document_file(&kept, &document()).unwrap();
    let (publisher, draft, _folder) = draft(kind);
    draft.copy_dataset(entry.clone(), &path).unwrap();
    draft.copy_document(document.clone(), &kept).unwrap();
    let published = draft.finish(facts("2023-12-31")).unwrap();

    assert_eq!(published.manifest.datasets, [entry]);
    assert_eq!(published.manifest.documents, [document]);
    let mut bytes = Vec::new();
    publisher.fetch("audit", published.snapshot, "counts", &mut bytes).unwrap();
    assert_eq!(bytes, fs::read(&path).unwrap());
    let list = publisher.store.read("audit/snapshot=2023-12-31.1/documents/表/清单.xlsx").unwrap();
    assert_eq!(list.as_deref(), Some(b"list".as_slice()));
    // What happens to the file that was put aside does not happen to the published one.
    fs::write(&path, "gone").unwrap();
    let mut again = Vec::new();
    publisher.fetch("audit", published.snapshot, "counts", &mut again).unwrap();
    assert_eq!(again, bytes);
}

#[rstest]
fn another_file_than_was_put_aside_is_refused(#[values("folder", "memory")] kind: &str) {
    let state = TempDir::new().unwrap();
    let (path, entry) = aside(&state, &PersonIdMask::Plain);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (publisher, draft, _folder) = draft(kind);
    let error = draft.copy_dataset(entry.clone(), &path).unwrap_err();
    let shown = path.display();
    assert_eq!(
        message_with_hint(&error),
        format!("`{shown}` is not as it was written: its SHA-256 is not the one that was noted then\nhint: run again from the beginning")
    );
    drop(draft);
    assert_eq!(publisher.manifest("audit", "snapshot=2023-12-31.1".parse().unwrap()).unwrap(), None);

    fs::remove_file(&path).unwrap();
    let (_publisher, draft, _folder) = self::draft(kind);
    let error = draft.copy_dataset(entry, &path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read `{shown}`"));
}

#[test]
fn a_record_cannot_lead_elsewhere_or_name_a_file_twice() {
    let state = TempDir::new().unwrap();
    let (path, entry) = aside(&state, &PersonIdMask::Plain);
    let kept = state.path().join("list");
    let document = write_document_file(&kept, &document()).unwrap();
    let (_publisher, draft, _folder) = draft("folder");
    for name in ["../counts", "", "a/b"] {
        let error = draft.copy_dataset(DatasetEntry { name: name.to_owned(), ..entry.clone() }, &path).unwrap_err();
        assert!(matches!(error, PublishError::BadName { what: "dataset", .. }), "{name}");
    }
    for file in ["manifest.json", "documents/../manifest.json", "documents/", "documents", "documentsx/a"] {
        let error = draft.copy_document(DocumentEntry { file: file.to_owned(), ..document.clone() }, &kept).unwrap_err();
        assert!(matches!(error, PublishError::BadName { what: "document", .. }), "{file}");
    }
    draft.copy_dataset(entry.clone(), &path).unwrap();
    draft.copy_document(document.clone(), &kept).unwrap();
    assert!(matches!(draft.copy_dataset(entry, &path), Err(PublishError::Twice { what: "dataset", .. })));
    assert!(matches!(draft.copy_document(document, &kept), Err(PublishError::Twice { what: "document", .. })));
}

#[test]
fn what_could_not_be_written_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let dataset = COUNTS.dataset();
    let path = folder.path().join("counts.parquet");
    let batches = [Ok(rows(dataset.schema(), 0..10)), Err(ArrowError::ComputeError("no more".to_owned()))];
    let error = write_file(&path, &dataset, &PersonIdMask::Plain, batches).unwrap_err();
    assert!(matches!(error, PublishError::Rows { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
