use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

const TODAY: &str = "2024-03-31";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn named(text: &str) -> SnapshotId {
    let (pipeline, name) = text.split_once(' ').unwrap();
    (pipeline.to_owned(), format!("snapshot={name}").parse().unwrap())
}

/// `audit 2024-01-01.1 latest < other 2024-01-01.1, …`; `?` after `<` is a manifest that cannot be read.
fn stored(line: &str) -> StoredSnapshot {
    let (head, read) = line.split_once(" < ").unwrap_or((line, ""));
    let is_latest = head.ends_with(" latest");
    let (pipeline, snapshot) = named(head.trim_end_matches(" latest"));
    let refers_to = (read != "?").then(|| read.split(", ").filter(|text| !text.is_empty()).map(named).collect());
    StoredSnapshot { pipeline, snapshot, refers_to, is_latest }
}

fn gone(all: &[&str], terms: &[(&str, Option<u32>, u32)]) -> Vec<String> {
    let all: Vec<StoredSnapshot> = all.iter().map(|line| stored(line)).collect();
    let terms = terms.iter().map(|&(pipeline, age, at_least)| (pipeline.to_owned(), RetentionTerms { age, at_least })).collect();
    let gone = removable(&all, &terms, day(TODAY));
    gone.into_iter().map(|(pipeline, name)| format!("{pipeline} {}", name.to_string().replace("snapshot=", ""))).collect()
}

#[rstest]
#[case::exactly_the_age(&["a 2024-03-01.1", "a 2024-03-31.1 latest"], 30, 0, &[])]
#[case::a_day_older(&["a 2024-02-29.1", "a 2024-03-31.1 latest"], 30, 0, &["a 2024-02-29.1"])]
#[case::the_latest(&["a 2020-01-01.1 latest"], 0, 0, &[])]
#[case::newer_than_the_latest(&["a 2020-01-01.1 latest", "a 2020-01-02.1"], 0, 0, &[])]
#[case::no_latest(&["a 2020-01-01.1", "a 2020-01-02.1"], 0, 0, &[])]
#[case::the_newest(&["a 2020-01-01.1", "a 2020-01-01.2", "a 2020-01-02.1 latest"], 0, 2, &["a 2020-01-01.1"])]
#[case::attempts_count(&["a 2020-01-01.1", "a 2020-01-02.1", "a 2020-01-02.2", "a 2020-01-02.10 latest"], 0, 3, &["a 2020-01-01.1"])]
#[case::unreadable(&["a 2020-01-01.1 < ?", "a 2020-01-02.1", "a 2020-01-03.1 latest"], 0, 0, &["a 2020-01-02.1"])]
#[case::unreadable_does_not_count(&["a 2020-01-01.1", "a 2020-01-02.1 < ?", "a 2020-01-03.1 latest"], 0, 2, &[])]
#[case::days_to_come(&["a 2020-01-01.1", "a 2203-01-01.1", "a 2203-01-02.1 latest"], 0, 0, &["a 2020-01-01.1"])]
#[case::days_to_come_do_not_count(&["a 2020-01-01.1", "a 2203-01-01.1", "a 2203-01-02.1 latest"], 0, 1, &[])]
fn age_and_number_decide(#[case] all: &[&str], #[case] age: u32, #[case] at_least: u32, #[case] wanted: &[&str]) {
    assert_eq!(gone(all, &[("a", Some(age), at_least)]), wanted);
}

#[test]
fn without_an_age_and_without_a_word_all_is_kept() {
    let all = ["a 2020-01-01.1", "a 2020-01-02.1 latest"];
    assert!(gone(&all, &[("a", None, 0)]).is_empty());
    assert!(gone(&all, &[("b", Some(0), 0)]).is_empty());
}

#[test]
fn what_a_bulletin_refers_to_goes_with_it_and_not_before() {
    let old = "bulletin 2024-01-31.1 < audit 2024-01-30.1, cleanup 2024-01-28.1";
    let all = [
        "audit 2024-01-27.1",
        "audit 2024-01-29.1",
        "audit 2024-01-30.1",
        "audit 2024-03-31.1 latest",
        "cleanup 2024-01-28.1 < audit 2024-01-27.1",
        "cleanup 2024-03-31.1 latest",
        old,
        "bulletin 2024-02-29.1 latest",
    ];
    let (audit, cleanup) = (("audit", Some(10), 1), ("cleanup", Some(10), 1));
    assert_eq!(gone(&all, &[audit, cleanup, ("bulletin", None, 0)]), ["audit 2024-01-29.1"]);
    assert_eq!(
        gone(&all, &[audit, cleanup, ("bulletin", Some(40), 0)]),
        ["audit 2024-01-29.1", "bulletin 2024-01-31.1", "audit 2024-01-30.1", "cleanup 2024-01-28.1", "audit 2024-01-27.1"],
        "each after what refers to it"
    );
    // Of a location that others publish to as well, their references hold, too.
    assert_eq!(gone(&all, &[audit]), ["audit 2024-01-29.1"]);
}

#[test]
fn a_pipeline_that_reads_its_own_past_holds_it() {
    let chain = ["s 2024-01-31.1", "s 2024-02-29.1 < s 2024-01-31.1", "s 2024-03-31.1 latest < s 2024-02-29.1"];
    assert!(gone(&chain, &[("s", Some(0), 0)]).is_empty());
    let broken = ["s 2024-01-31.1", "s 2024-02-29.1 < s 2024-01-31.1", "s 2024-03-31.1 latest"];
    assert_eq!(gone(&broken, &[("s", Some(0), 0)]), ["s 2024-02-29.1", "s 2024-01-31.1"]);
}

#[test]
fn references_in_a_ring_or_to_nothing_do_no_harm() {
    let all = [
        "a 2020-01-01.1 < b 2020-01-01.1",
        "b 2020-01-01.1 < a 2020-01-01.1, a 2019-01-01.1",
        "a 2024-01-01.1 latest",
        "b 2024-01-01.1 latest",
    ];
    assert_eq!(gone(&all, &[("a", Some(1), 0), ("b", Some(1), 0)]), ["a 2020-01-01.1", "b 2020-01-01.1"]);
    let own = ["a 2020-01-01.1 < a 2020-01-01.1", "a 2024-01-01.1 latest"];
    assert_eq!(gone(&own, &[("a", Some(1), 0)]), ["a 2020-01-01.1"]);
}

const PIPELINES: [&str; 3] = ["audit", "bulletin", "cleanup"];

/// Snapshots of three pipelines around today, each made from some that are there, or from none.
fn locations() -> impl Strategy<Value = Vec<StoredSnapshot>> {
    let one = (
        0..PIPELINES.len(),
        -60..10i32,
        1..4u32,
        proptest::option::weighted(0.9, proptest::collection::vec(any::<prop::sample::Index>(), 0..3)),
    );
    let latest = proptest::collection::vec(any::<prop::sample::Index>(), PIPELINES.len());
    (proptest::collection::vec(one, 1..40), latest).prop_map(|(drawn, latest)| {
        let name = |pipeline: usize, days: i32, attempt: u32| {
            (PIPELINES[pipeline].to_owned(), SnapshotName { date: day(TODAY).plus_days(days), attempt })
        };
        let names: Vec<SnapshotId> = drawn.iter().map(|&(pipeline, days, attempt, _)| name(pipeline, days, attempt)).collect();
        let mut all: Vec<StoredSnapshot> = Vec::new();
        for ((pipeline, snapshot), (.., read)) in names.iter().cloned().zip(drawn) {
            let refers_to = read.map(|read| read.iter().map(|index| index.get(&names).clone()).collect());
            if !all.iter().any(|stored| (stored.pipeline.as_str(), stored.snapshot) == (pipeline.as_str(), snapshot)) {
                all.push(StoredSnapshot { pipeline, snapshot, refers_to, is_latest: false });
            }
        }
        for (pipeline, index) in PIPELINES.iter().zip(latest) {
            let mut own: Vec<&mut StoredSnapshot> = all.iter_mut().filter(|stored| stored.pipeline == *pipeline).collect();
            if !own.is_empty() {
                let at = index.index(own.len());
                own[at].is_latest = true;
            }
        }
        all
    })
}

proptest! {
    #[test]
    fn whatever_stays_can_be_traced(
        all in locations(),
        ages in proptest::collection::vec(proptest::option::weighted(0.9, 0..40u32), PIPELINES.len()),
        at_least in proptest::collection::vec(0..6u32, PIPELINES.len()),
    ) {
        let keep = |at: usize| (PIPELINES[at].to_owned(), RetentionTerms { age: ages[at], at_least: at_least[at] });
        let terms: BTreeMap<String, RetentionTerms> = (0..PIPELINES.len()).map(keep).collect();
        let today = day(TODAY);
        let order = removable(&all, &terms, today);
        let go: BTreeSet<SnapshotId> = order.iter().cloned().collect();
        prop_assert_eq!(go.len(), order.len(), "nothing twice");
        let (gone, left): (Vec<StoredSnapshot>, Vec<StoredSnapshot>) = all.iter().cloned().partition(|stored| go.contains(&stored.name()));
        prop_assert_eq!(gone.len(), go.len(), "only what is there");

        for stored in &left {
            prop_assert!(stored.refers_to.iter().flatten().all(|needed| !go.contains(needed)), "{stored:?} refers to what goes");
        }
        for stored in &gone {
            let keep = terms[&stored.pipeline];
            let latest = all.iter().find(|other| other.is_latest && other.pipeline == stored.pipeline).unwrap();
            prop_assert!(stored.snapshot < latest.snapshot && stored.refers_to.is_some());
            let days = today.epoch() - stored.snapshot.date.epoch();
            prop_assert!(keep.age.is_some_and(|age| days > age as i32));
            let newer = left.iter().filter(|other| other.pipeline == stored.pipeline && other.snapshot > stored.snapshot);
            let newer = newer.filter(|other| other.refers_to.is_some() && other.snapshot.date <= today).count();
            prop_assert!(newer >= keep.at_least as usize);
        }
        prop_assert!(removable(&left, &terms, today).is_empty(), "a second time removes nothing");
        // What is old enough, not among the newest and referred to by nothing does go.
        for stored in &left {
            let own = |other: &&StoredSnapshot| other.pipeline == stored.pipeline && other.refers_to.is_some() && other.snapshot.date <= today;
            let newer = all.iter().filter(own).filter(|other| other.snapshot > stored.snapshot).count();
            let latest = all.iter().find(|other| other.is_latest && other.pipeline == stored.pipeline).unwrap();
            let old = terms[&stored.pipeline].age.is_some_and(|age| today.epoch() - stored.snapshot.date.epoch() > age as i32);
            let free = old && newer >= terms[&stored.pipeline].at_least as usize && stored.snapshot < latest.snapshot && stored.refers_to.is_some();
            let needed = left.iter().any(|other| other.refers_to.iter().flatten().any(|needed| *needed == stored.name()));
            // A ring of references, or one to itself, holds nothing by itself; here it may only be held from outside.
            prop_assert!(!free || needed);
        }
    }
}
