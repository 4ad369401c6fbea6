//! What must not change a decision, for every region: the order of rows, parts and files, and other people.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rstest::rstest;

use super::people::{Extract, Home, People, people};
use super::support::TestContext;

const PERSONS: u32 = 400;

/// Runs the audit over the extracts in `data` and gives each dataset's rows as CSV.
fn audited(context: &TestContext, home: Home, date: &str) -> BTreeMap<String, Vec<String>> {
    let region = format!("{:06}", home.region);
    let run = ["run", "enrollment-audit", "--data", "data", "--publish", "out", "--region", &region, "--date", date];
    let outcome = context.run(&run);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let manifest = fs::read(context.path(outcome.stdout.lines().last().unwrap()).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let names: Vec<&str> = manifest["datasets"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    let rows = |name: &str| {
        let table = context.run(&["query", &format!("SELECT * FROM {name}"), "--publish", "out", "--format", "csv"]);
        assert_eq!(table.status, 0, "{table:?}");
        (name.to_owned(), table.stdout.lines().map(str::to_owned).collect())
    };
    names.into_iter().map(rows).collect()
}

fn write_whole(context: &TestContext, people: &People) {
    for extract in &people.extracts {
        context.write(&format!("data/{}.csv", extract.name), &extract.text(&extract.rows));
    }
}

/// The rows dealt out over three parts, last rows first, and the parts named against their order.
fn write_in_parts(context: &TestContext, extract: &Extract) {
    for part in 0..3 {
        let rows: Vec<&(String, String)> = extract.rows.iter().rev().skip(part).step_by(3).collect();
        context.write(&format!("data/{}/part-{}.csv", extract.name, 2 - part), &extract.text(rows));
    }
}

fn without_rejects(mut datasets: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let rejects = datasets.remove("rejects").unwrap();
    assert!(rejects[1..].iter().all(|row| row.ends_with(",not_born_yet")), "handmade rows are good: {rejects:?}");
    datasets
}

/// 文水, 淮北, 五河, 丽水 and 周口, before and after the benefit year begins.
#[rstest]
#[case::wenshui(Home { region: 141121, year: 2024, township: "141121101" }, "2024-03-31")]
#[case::huaibei(Home { region: 340600, year: 2024, township: "340621101" }, "2023-12-20")]
#[case::wuhe(Home { region: 340322, year: 2024, township: "340322101" }, "2024-06-30")]
#[case::lishui(Home { region: 331100, year: 2025, township: "331121101" }, "2025-06-30")]
#[case::lishui_next(Home { region: 331100, year: 2026, township: "331121101" }, "2026-05-31")]
#[case::zhoukou(Home { region: 411600, year: 2025, township: "411627101" }, "2024-12-20")]
fn neither_order_nor_parts_nor_other_people_change_a_decision(#[case] home: Home, #[case] date: &str) {
    let people = people(home, PERSONS);
    let context = TestContext::new();
    write_whole(&context, &people);
    let whole = without_rejects(audited(&context, home, date));
    for (name, rows) in &whole {
        let amounts_are_stated = home.year == 2024;
        assert!(rows.len() > 10 || name == "progress" || name == "subsidy" && !amounts_are_stated, "{name} has only {} rows", rows.len());
    }

    let context = TestContext::new();
    people.extracts.iter().for_each(|extract| write_in_parts(&context, extract));
    assert_eq!(without_rejects(audited(&context, home, date)), whole, "order and parts");

    let everybody: BTreeSet<&String> = people.extracts.iter().flat_map(|extract| extract.rows.iter().map(|(certno, _)| certno)).collect();
    let some: BTreeSet<&String> = everybody.iter().copied().step_by(3).collect();
    let context = TestContext::new();
    for extract in &people.extracts {
        let rows = extract.rows.iter().filter(|(certno, _)| some.contains(certno));
        context.write(&format!("data/{}.csv", extract.name), &extract.text(rows));
    }
    let alone = audited(&context, home, date);
    // All but the townships' progress are about one person a row, by number.
    for (name, rows) in whole.iter().filter(|(name, _)| *name != "progress") {
        let (header, rows) = rows.split_first().unwrap();
        let of_some = rows.iter().filter(|row| some.iter().any(|certno| row.starts_with(certno.as_str())));
        let expected: Vec<&String> = std::iter::once(header).chain(of_some).collect();
        assert_eq!(alone[name].iter().collect::<Vec<_>>(), expected, "{name}: other people");
    }
}
