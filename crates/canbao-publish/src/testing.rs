//! What the tests of publishing share: a dataset, its rows, and publishing them.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use object_store::memory::InMemory;
use tempfile::TempDir;

use super::document::Document;
use super::error::PublishError;
use super::manifest::{RunFacts, SnapshotEntry};
use super::published::PublishedSnapshot;
use super::snapshot::Publisher;
use super::snapshot_name::SnapshotName;
use super::spec::{ColumnKind, ColumnSpec, DatasetSpec, column};
use super::store::{Folder, Remote, Store};
use canbao_rules::period::Day;

/// A dataset of every kind of column that encoding tells apart.
pub(super) static COUNTS: DatasetSpec = DatasetSpec {
    name: "counts",
    title: "计数",
    meaning: "每个乡镇一行",
    order: "按乡镇",
    columns: &[COUNTS_CERTNO, column("count", ColumnKind::Int64, "人数", "人"), COUNTS_TAGS],
};
const COUNTS_CERTNO: ColumnSpec = column("certno", ColumnKind::Certno, "证件号码", "18位").or_null();
const COUNTS_TAGS: ColumnSpec = column("tags", ColumnKind::TextList, "标签", "可为空列表");

pub(super) fn rows(schema: &SchemaRef, range: std::ops::Range<i64>) -> RecordBatch {
    let certno: StringArray = range.clone().map(|n| (n % 7 != 0).then(|| format!("3403991990{n:08}"))).collect();
    let mut tags = ListBuilder::new(StringBuilder::new()).with_field(super::spec::list_item());
    for n in range.clone() {
        for tag in 0..n % 3 {
            tags.values().append_value(format!("tag{tag}"));
        }
        tags.append(true);
    }
    let counts: Int64Array = range.collect::<Vec<_>>().into();
    RecordBatch::try_new(Arc::clone(schema), vec![Arc::new(certno), Arc::new(counts), Arc::new(tags.finish())]).unwrap()
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn facts(date: &str) -> RunFacts {
    RunFacts {
        run_id: "run-1".to_owned(),
        logical_date: date.to_owned(),
        region: Some("340322".to_owned()),
        benefit_year: Some(2024),
        program_version: "0".to_owned(),
        policy: None,
        inputs: Vec::new(),
        snapshots: Vec::new(),
    }
}

pub(super) fn publish(publisher: &Publisher, date: &str) -> Result<PublishedSnapshot, PublishError> {
    let draft = publisher.begin("audit", day(date))?;
    let dataset = COUNTS.dataset();
    draft.write(&dataset, [rows(dataset.schema(), 0..10)])?;
    draft.finish(facts(date))
}

pub(super) fn publish_with_document(publisher: &Publisher, date: &str) -> Result<PublishedSnapshot, PublishError> {
    let draft = publisher.begin("audit", day(date))?;
    let dataset = COUNTS.dataset();
    draft.write(&dataset, [rows(dataset.schema(), 0..10)])?;
    draft.write_document(&Document { path: "清单.xlsx".to_owned(), title: "清单".to_owned(), bytes: b"list".to_vec() })?;
    draft.finish(facts(date))
}

/// What a run publishes that has read those snapshots.
pub(super) fn publish_for(
    publisher: &Publisher,
    pipeline: &str,
    date: &str,
    run_id: &str,
    read: &[(&str, SnapshotName)],
) -> Result<PublishedSnapshot, PublishError> {
    let draft = publisher.begin(pipeline, day(date))?;
    let dataset = COUNTS.dataset();
    draft.write(&dataset, [rows(dataset.schema(), 0..10)])?;
    let read =
        read.iter().map(|&(pipeline, snapshot)| SnapshotEntry { pipeline: pipeline.to_owned(), snapshot, run_id: "another".to_owned() });
    draft.finish(RunFacts { run_id: run_id.to_owned(), snapshots: read.collect(), ..facts(date) })
}

/// A kind of store, and what must live as long as it.
pub(super) fn store(kind: &str) -> (Box<dyn Store>, TempDir) {
    let folder = TempDir::new().unwrap();
    let store: Box<dyn Store> = match kind {
        "folder" => Box::new(Folder::new(folder.path().join("not/yet/there"))),
        _ => Box::new(Remote::new(Arc::new(InMemory::new()), "some/prefix".into(), "memory:///some/prefix".to_owned()).unwrap()),
    };
    (store, folder)
}

pub(super) fn snapshots(publisher: &Publisher) -> Vec<String> {
    let mut names = publisher.store.names("audit").unwrap();
    names.retain(|name| name.contains("snapshot="));
    names.sort();
    names
}
