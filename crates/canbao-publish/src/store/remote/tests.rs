//! Publishing to an object store that fails, and what is left to sweep there.

use canbao_runtime::diagnostic::Diagnostic;
use std::io::ErrorKind;

use chrono::DateTime;
use object_store::memory::InMemory;
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::flaky::{Flaky, Plan, When};
use super::*;
use crate::document::Document;
use crate::testing::{COUNTS, day, facts, publish, publish_with_document, rows};
use crate::{PublishedSnapshot, Publisher};

/// No call beyond the first is to fail.
const ONCE: usize = usize::MAX;

fn publisher(store: Arc<dyn ObjectStore>) -> Publisher {
    Publisher::new(Box::new(Remote::new(store, "some/prefix".into(), "memory:///some/prefix".to_owned()).unwrap()))
}

/// A store where a snapshot is the latest, and the way to it that never fails.
fn begun() -> (Arc<InMemory>, Publisher, SnapshotName) {
    let store = Arc::new(InMemory::new());
    let sound = publisher(Arc::clone(&store) as Arc<dyn ObjectStore>);
    let first = publish(&sound, "2023-12-30").unwrap().snapshot;
    (store, sound, first)
}

/// The store holds whole snapshots and what names them, nothing else; the latest is this one.
fn assert_whole(sound: &Publisher, latest: SnapshotName) {
    assert_eq!(sound.latest("audit").unwrap(), Some(latest));
    for name in sound.snapshots("audit").unwrap() {
        let manifest = sound.manifest("audit", name).unwrap().unwrap_or_else(|| panic!("{name} is half"));
        for entry in &manifest.datasets {
            let mut bytes = Vec::new();
            sound.fetch("audit", name, &entry.name, &mut bytes).unwrap();
            assert_eq!(hex::encode(Sha256::digest(&bytes)), entry.sha256, "{name}");
        }
        let names = sound.store.names(&format!("audit/{name}")).unwrap();
        let documents = usize::from(!manifest.documents.is_empty());
        assert_eq!(names.len(), manifest.datasets.len() + documents + 1, "{name}: {names:?}");
    }
}

#[rstest]
fn one_call_that_fails_is_made_again(#[values(When::Before, When::After)] when: When, #[values(true, false)] first_of_pipeline: bool) {
    let mut call = 0;
    loop {
        let store = Arc::new(InMemory::new());
        let sound = publisher(Arc::clone(&store) as Arc<dyn ObjectStore>);
        if !first_of_pipeline {
            publish(&sound, "2023-12-30").unwrap();
        }
        let flaky = Flaky::new(store, Plan { first: call, every: ONCE, when, kind: ErrorKind::ConnectionReset });
        let published = publish_with_document(&publisher(Arc::new(flaky.clone())), "2023-12-31").unwrap();
        assert!(published.is_latest, "call {call}");
        assert_eq!(published.snapshot.to_string(), "snapshot=2023-12-31.1", "call {call}");
        assert_whole(&sound, published.snapshot);
        if !flaky.has_failed() {
            break;
        }
        call += 1;
    }
    assert!(call >= 10, "claim, three files, reveal, latest: {call}");
}

#[rstest]
fn a_store_that_fails_every_third_call_is_published_to(#[values(When::Before, When::After)] when: When, #[values(0, 1, 2)] first: usize) {
    let (store, sound, _) = begun();
    let flaky = Arc::new(Flaky::new(store, Plan { first, every: 3, when, kind: ErrorKind::TimedOut }));
    for _ in 0..5 {
        let PublishedSnapshot { snapshot, is_latest, .. } =
            publish_with_document(&publisher(Arc::clone(&flaky) as Arc<dyn ObjectStore>), "2023-12-31").unwrap();
        assert!(is_latest);
        assert_whole(&sound, snapshot);
    }
}

/// Two failures in a row are too many for no request: the third try succeeds. Three are.
#[rstest]
#[case(ErrorKind::TimedOut, true)]
#[case(ErrorKind::PermissionDenied, false)]
fn a_store_that_goes_away_leaves_the_latest_whole(
    #[case] kind: ErrorKind,
    #[case] passes: bool,
    #[values(When::Before, When::After)] when: When,
) {
    let mut call = 0;
    loop {
        let (store, sound, first) = begun();
        let flaky = Flaky::new(store, Plan { first: call, every: 1, when, kind });
        let outcome = publish_with_document(&publisher(Arc::new(flaky.clone())), "2023-12-31");
        if !flaky.has_failed() {
            outcome.unwrap();
            break;
        }
        let error = outcome.unwrap_err();
        assert_eq!(error.class().is_transient(), passes, "call {call}: {error:?}");
        // The answer to the moving of `latest.json` may have been lost.
        let latest = sound.latest("audit").unwrap().unwrap();
        let second = "snapshot=2023-12-31.1".parse().unwrap();
        assert!(latest == first || (latest == second && when == When::After), "call {call}: {latest}");
        assert!(sound.manifest("audit", latest).unwrap().is_some());

        sound.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap();
        assert_whole(&sound, latest);
        let adopted = sound.adopt("audit", day("2023-12-31"), "run-1").unwrap();
        let latest = match adopted {
            Some(published) => published,
            None => publish(&sound, "2023-12-31").unwrap(),
        };
        assert_eq!(latest.snapshot, second, "call {call}: published once, and under the first name");
        assert_whole(&sound, second);
        call += 1;
    }
    assert!(call >= 10, "{call}");
}

#[rstest]
fn a_large_file_is_sent_whole_or_not_at_all(#[values(When::Before, When::After)] when: When) {
    let large = Document { path: "large".to_owned(), title: "large".to_owned(), bytes: vec![7; 17 << 20] };
    let mut call = 0;
    let mut failed = 0;
    loop {
        let (store, sound, first) = begun();
        let flaky = Flaky::new(store, Plan { first: call, every: ONCE, when, kind: ErrorKind::ConnectionReset });
        let through = publisher(Arc::new(flaky.clone()));
        let outcome = through.begin("audit", day("2023-12-31")).and_then(|draft| {
            draft.write_document(&large)?;
            draft.finish(facts("2023-12-31"))
        });
        match outcome {
            Ok(published) => {
                assert_whole(&sound, published.snapshot);
                let sent = sound.store.read("audit/snapshot=2023-12-31.1/documents/large").unwrap();
                assert!(sent.is_some_and(|sent| sent == large.bytes), "call {call}");
            }
            Err(error) => {
                assert!(error.class().is_transient(), "call {call}: {error:?}");
                assert_whole(&sound, first);
                failed += 1;
            }
        }
        if !flaky.has_failed() {
            break;
        }
        call += 1;
    }
    assert_eq!(failed, 4, "three parts and their completing are not sent anew");
}

#[test]
fn a_living_draft_that_was_swept_publishes_nothing() {
    let (_store, sound, first) = begun();
    let draft = sound.begin("audit", day("2023-12-31")).unwrap();
    let dataset = COUNTS.dataset();
    draft.write(&dataset, [rows(dataset.schema(), 0..10)]).unwrap();
    assert!(sound.sweep("audit", DateTime::UNIX_EPOCH).unwrap().is_empty(), "it is young");
    assert_eq!(sound.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap(), ["memory:///some/prefix/audit/snapshot=2023-12-31.1"]);
    let error = draft.finish(facts("2023-12-31")).unwrap_err();
    assert!(matches!(error, PublishError::ClaimLost { .. }) && error.class().is_transient(), "{error:?}");
    assert_whole(&sound, first);
}

#[test]
fn a_draft_that_is_revealed_while_it_is_swept_is_one_or_the_other() {
    let (_store, sound, first) = begun();
    let store = &sound.store;
    let claim = store.claim("audit", day("2023-12-31")).unwrap();
    store.create(&format!("{}/{MANIFEST}", claim.folder)).unwrap().finish().unwrap();
    // The manifest is there: the sweep takes the claim for one that a crash left, and the rest for a whole snapshot.
    let mark = format!("memory:///some/prefix/{}/{MARK}", claim.folder);
    assert_eq!(sound.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap(), [mark]);
    assert!(matches!(store.reveal("audit", &claim), Err(PublishError::ClaimLost { .. })));
    store.discard("audit", &claim);
    assert_eq!(sound.manifest("audit", claim.name).unwrap(), None, "the draft has taken its manifest away");
    sound.sweep("audit", DateTime::UNIX_EPOCH).unwrap();
    assert_whole(&sound, first);
}

#[test]
fn nobody_discards_anothers_draft() {
    let (_store, sound, _) = begun();
    let lost = sound.store.claim("audit", day("2023-12-31")).unwrap();
    sound.sweep("audit", DateTime::<Utc>::MAX_UTC).unwrap();
    let other = publish(&sound, "2023-12-31").unwrap();
    assert_eq!(other.snapshot, lost.name);
    sound.store.discard("audit", &lost);
    assert_whole(&sound, other.snapshot);
}
