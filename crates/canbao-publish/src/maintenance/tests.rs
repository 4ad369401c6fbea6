//! What a crash leaves is found, adopted, and swept; both stores behave alike.

use std::fs;
use std::io::Write;

use rstest::rstest;

use super::*;
use crate::testing::{day, facts, publish_for, store};

/// Takes `latest.json` back to where it was before the last snapshot: as a crash before moving it leaves it.
fn rewind(publisher: &Publisher, to: Option<SnapshotName>) {
    let content = to.map_or_else(|| "{\"snap".to_owned(), |name| format!("{{\"snapshot\": \"{name}\"}}"));
    publisher.store.revise("audit/latest.json", &mut |_| Some(content.clone().into_bytes())).unwrap();
}

fn put(publisher: &Publisher, path: &str, content: &str) {
    let mut upload = publisher.store.create(path).unwrap();
    upload.write_all(content.as_bytes()).unwrap();
    upload.finish().unwrap();
}

#[rstest]
fn a_run_finds_what_it_has_published(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let date = day("2023-12-31");
    assert_eq!(publisher.of_run("audit", date, "run-1").unwrap(), None);
    let first = publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap();
    let second = publish_for(&publisher, "audit", "2023-12-31", "run-2", &[]).unwrap();
    publish_for(&publisher, "audit", "2024-01-01", "run-3", &[]).unwrap();
    let found = publisher.of_run("audit", date, "run-1").unwrap();
    assert_eq!(found, Some(PublishedSnapshot { is_latest: false, ..first }));
    let found = publisher.adopt("audit", date, "run-2").unwrap();
    assert_eq!(found, Some(PublishedSnapshot { is_latest: false, ..second }), "a newer one is the latest");
    assert_eq!(publisher.of_run("audit", date, "run-3").unwrap(), None, "of another date");

    let draft = publisher.begin("audit", date).unwrap();
    assert_eq!(publisher.of_run("audit", date, "run-4").unwrap(), None, "unfinished");
    drop(draft);
}

#[rstest]
fn a_manifest_that_is_not_ours_is_nobodys(#[values("folder", "memory")] kind: &str) {
    let (store, folder) = store(kind);
    let publisher = Publisher::new(store);
    let first = publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap();
    if kind == "folder" {
        fs::create_dir(folder.path().join("not/yet/there/audit/snapshot=2023-12-31.2")).unwrap();
    }
    put(&publisher, "audit/snapshot=2023-12-31.2/manifest.json", "{\"run_id\": \"run-1\"");
    assert_eq!(publisher.of_run("audit", day("2023-12-31"), "run-1").unwrap(), Some(first));
    assert_eq!(publisher.repair_latest("audit").unwrap(), None, "it is not whole");
}

#[rstest]
fn a_crash_before_latest_moved_is_finished_by_adopting(
    #[values("folder", "memory")] kind: &str,
    #[values(true, false)] first_of_pipeline: bool,
) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let before = (!first_of_pipeline).then(|| publish_for(&publisher, "audit", "2023-12-30", "run-0", &[]).unwrap().snapshot);
    let published = publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap();
    rewind(&publisher, before);
    if kind == "memory" {
        put(&publisher, "audit/snapshot=2023-12-31.1/.claimed", "somebody");
    }
    let found = publisher.of_run("audit", day("2023-12-31"), "run-1").unwrap();
    assert_eq!(found, Some(PublishedSnapshot { is_latest: false, ..published.clone() }));
    for _ in 0..2 {
        assert_eq!(publisher.adopt("audit", day("2023-12-31"), "run-1").unwrap(), Some(published.clone()));
        assert_eq!(publisher.latest("audit").unwrap(), Some(published.snapshot));
        let names = publisher.store.names("audit/snapshot=2023-12-31.1").unwrap();
        assert!(!names.contains(&".claimed".to_owned()), "the claim is over");
    }
}

#[rstest]
fn latest_is_settled_forward_and_never_back(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    assert_eq!(publisher.repair_latest("audit").unwrap(), None, "there is nothing yet");
    let old = publish_for(&publisher, "audit", "2023-12-30", "run-0", &[]).unwrap().snapshot;
    let new = publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap().snapshot;
    assert_eq!(publisher.repair_latest("audit").unwrap(), None, "nothing is newer");
    let unfinished = publisher.begin("audit", day("2024-01-01")).unwrap();
    for before in [Some(old), None] {
        rewind(&publisher, before);
        assert_eq!(publisher.repair_latest("audit").unwrap(), Some(new));
        assert_eq!(publisher.latest("audit").unwrap(), Some(new));
    }
    drop(unfinished);
    let ahead = "snapshot=2024-02-29.1".parse().unwrap();
    rewind(&publisher, Some(ahead));
    assert_eq!(publisher.repair_latest("audit").unwrap(), None);
    assert_eq!(publisher.latest("audit").unwrap(), Some(ahead));
}

/// Everything in a pipeline's part of the location, below the snapshots too.
fn names(publisher: &Publisher) -> Vec<String> {
    let mut names: Vec<String> = publisher.store.names("audit").unwrap().into_iter().filter(|name| name != ".lock").collect();
    names.sort();
    names
}

#[test]
fn what_killed_processes_left_in_a_folder_is_swept() {
    let (store, folder) = store("folder");
    let publisher = Publisher::new(store);
    assert!(publisher.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap().is_empty());
    assert!(!folder.path().join("not").exists(), "nothing is made where nothing is");
    publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap();
    let living = publisher.begin("audit", day("2024-01-01")).unwrap();
    let pipeline = folder.path().join("not/yet/there/audit");
    for (folder, file) in [
        (".unfinished-snapshot=2023-12-31.2", "counts.parquet"),
        (".unfinished-snapshot=2023-12-31.3", ".lock"),
        (".removed-snapshot=2023-12-01.1", "manifest.json"),
    ] {
        fs::create_dir(pipeline.join(folder)).unwrap();
        fs::write(pipeline.join(folder).join(file), "half").unwrap();
    }
    fs::write(pipeline.join(".latest.json.new"), "half").unwrap();
    let removed = publisher.sweep("audit", DateTime::UNIX_EPOCH).unwrap();
    let removed: Vec<&str> = removed.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    let wanted =
        [".latest.json.new", ".removed-snapshot=2023-12-01.1", ".unfinished-snapshot=2023-12-31.2", ".unfinished-snapshot=2023-12-31.3"];
    assert_eq!(removed, wanted);
    assert!(publisher.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap().is_empty());
    assert_eq!(names(&publisher), [".unfinished-snapshot=2024-01-01.1", "latest.json", "snapshot=2023-12-31.1"]);
    living.finish(facts("2024-01-01")).unwrap();
}

#[test]
fn what_killed_processes_left_in_an_object_store_is_swept_once_it_is_old() {
    let (store, _folder) = store("memory");
    let publisher = Publisher::new(store);
    publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap();
    for path in [
        // A draft.
        "audit/snapshot=2023-12-31.2/.claimed",
        "audit/snapshot=2023-12-31.2/documents/a/b",
        // Amid revealing.
        "audit/snapshot=2023-12-31.1/.claimed",
        // Amid removing.
        "audit/snapshot=2023-12-01.1/counts.parquet",
        // Nothing of ours.
        "audit/other/.claimed",
    ] {
        put(&publisher, path, "x");
    }
    let below = |name: &str| format!("memory:///some/prefix/audit/{name}");
    assert_eq!(publisher.sweep("audit", DateTime::UNIX_EPOCH).unwrap(), [below("snapshot=2023-12-01.1")], "that is nobody's");
    let removed = publisher.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap();
    assert_eq!(removed, [below("snapshot=2023-12-31.1/.claimed"), below("snapshot=2023-12-31.2")]);
    assert!(publisher.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap().is_empty());
    assert_eq!(names(&publisher), ["latest.json", "other", "snapshot=2023-12-31.1"]);
    assert!(publisher.of_run("audit", day("2023-12-31"), "run-1").unwrap().is_some());
}

#[rstest]
fn what_is_not_the_latest_can_be_removed(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let old = publish_for(&publisher, "audit", "2023-12-30", "run-0", &[]).unwrap().snapshot;
    let latest = publish_for(&publisher, "audit", "2023-12-31", "run-1", &[]).unwrap().snapshot;
    rewind(&publisher, Some(old));
    for name in [old, latest] {
        let error = publisher.remove("audit", name).unwrap_err();
        assert!(matches!(error, PublishError::NotOutdated { .. }), "it is the latest, or about to be: {error}");
    }
    publisher.repair_latest("audit").unwrap();
    assert!(publisher.remove("audit", old).unwrap());
    assert!(!publisher.remove("audit", old).unwrap(), "it is gone");
    assert_eq!(names(&publisher), ["latest.json", "snapshot=2023-12-31.1"]);
    assert!(matches!(publisher.remove("audit", latest), Err(PublishError::NotOutdated { .. })));
    assert!(matches!(publisher.remove("../audit", old), Err(PublishError::BadName { .. })));
    let draft = publisher.begin("audit", day("2023-12-30")).unwrap();
    assert!(!publisher.remove("audit", draft.snapshot()).unwrap(), "a draft is no snapshot");
    draft.finish(facts("2023-12-30")).unwrap();
}

#[rstest]
fn retention_removes_what_nothing_refers_to(#[values("folder", "memory")] kind: &str) {
    let (store, _folder) = store(kind);
    let publisher = Publisher::new(store);
    let audit = |date: &str| publish_for(&publisher, "audit", date, date, &[]).unwrap().snapshot;
    let [first, second, third, latest] = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-03-31"].map(audit);
    let bulletin = |date: &str, read| publish_for(&publisher, "bulletin", date, date, &[("audit", read)]).unwrap().snapshot;
    let (old, new) = (bulletin("2024-01-31", second), bulletin("2024-02-29", third));
    let unfinished = publisher.begin("audit", day("2024-01-04")).unwrap();
    let keep = |age| RetentionTerms { age: Some(age), at_least: 1 };
    let terms = |bulletin| BTreeMap::from([("audit".to_owned(), keep(10)), ("bulletin".to_owned(), keep(bulletin))]);
    let gone =
        |names: &[(&str, SnapshotName)]| -> Vec<SnapshotId> { names.iter().map(|&(pipeline, name)| (pipeline.to_owned(), name)).collect() };

    assert_eq!(publisher.retain(&terms(365), day("2024-04-01")).unwrap(), gone(&[("audit", first)]));
    assert_eq!(publisher.retain(&terms(365), day("2024-04-01")).unwrap(), []);
    assert_eq!(publisher.retain(&terms(0), day("2024-04-01")).unwrap(), gone(&[("bulletin", old), ("audit", second)]));
    assert_eq!(publisher.retain(&terms(0), day("2024-04-01")).unwrap(), []);
    let mut left = publisher.snapshots("audit").unwrap();
    left.retain(|name| *name != unfinished.snapshot());
    assert_eq!(left, [third, latest]);
    assert_eq!(publisher.snapshots("bulletin").unwrap(), [new]);
    unfinished.finish(facts("2024-01-04")).unwrap();
}
