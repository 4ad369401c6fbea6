//! The enrollment audit end to end: what may differ in how extracts arrive, and must not differ in what comes out.

use std::collections::BTreeMap;
use std::fs;

use super::support::TestContext;

const RUN: [&str; 10] = ["run", "enrollment-audit", "--data", "data", "--publish", "out", "--state", "state", "--date", "2024-03-31"];

/// A plain county of a few hundred people in `data`.
fn county() -> TestContext {
    TestContext::with_sample(&["--persons", "700", "--seed", "11", "--region", "340322", "--plain"])
}

/// Audits the extracts in `data` and gives the hash of each dataset.
fn audited(county: &TestContext, environment: &[(&str, &str)]) -> BTreeMap<String, String> {
    let outcome = county.run_with(environment, &RUN);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    county.dataset_hashes(outcome.snapshot())
}

/// Without `rejects`, which names files and lines.
fn decisions(mut hashes: BTreeMap<String, String>) -> BTreeMap<String, String> {
    assert_eq!(hashes.len(), 8);
    hashes.remove("rejects");
    hashes
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let county = county();
    let first = audited(&county, &[]);
    assert_eq!(audited(&county, &[]), first);
    assert_eq!(audited(&county, &[("RAYON_NUM_THREADS", "1"), ("POLARS_MAX_THREADS", "1")]), first);
    assert!(county.path("out/enrollment-audit/snapshot=2024-03-31.3").is_dir(), "each run is an attempt of its own");
}

#[test]
fn neither_encoding_nor_delimiter_nor_line_ends_change_a_decision() {
    let county = county();
    let before = audited(&county, &[]);
    let data = county.path("data");
    for name in ["household.csv", "identity.csv", "student.csv", "enrollment/2023.csv"] {
        let text = fs::read_to_string(data.join(name)).unwrap();
        fs::write(data.join(name), encoding_rs::GB18030.encode(&text).0).unwrap();
    }
    let payment = data.join("payment.csv");
    let text = fs::read_to_string(&payment).unwrap().replace(',', "|").replace('\n', "\r\n");
    fs::write(&payment, format!("\u{feff}{text}")).unwrap();
    assert_eq!(audited(&county, &[]), before, "the rejects are the same, too");
}

#[test]
fn neither_the_order_of_rows_nor_parts_change_a_decision() {
    let county = county();
    let before = decisions(audited(&county, &[]));
    let data = county.path("data");
    for (name, part) in [("enrollment", "2024.csv"), ("payment", "payment.csv"), ("identity", "identity.csv")] {
        let file = if name == "enrollment" { data.join(name).join(part) } else { data.join(part) };
        let text = fs::read_to_string(&file).unwrap();
        fs::remove_file(&file).unwrap();
        fs::create_dir_all(data.join(name)).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.reverse();
        for (place, rows) in rows.chunks(rows.len().div_ceil(3)).enumerate() {
            fs::write(data.join(name).join(format!("part-{place}.csv")), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        }
    }
    assert_eq!(decisions(audited(&county, &[])), before);
}

#[test]
fn a_pseudonym_hides_everybody_and_stays_the_same() {
    let county = county();
    for _ in 0..2 {
        county.succeed(&[&RUN[..], &["--person-ids", "pseudonym"]].concat());
    }
    let query = |sql: &str| county.query("out", sql);
    let numbers = query("SELECT certno, psn_name FROM person");
    assert!(numbers.lines().count() > 600);
    // A pseudonym has 32 hexadecimal digits, and may begin like a number by chance.
    assert!(numbers.lines().skip(1).all(|line| line.split(',').next().is_some_and(|value| value.len() == 32)), "no number is left");
    let joined = query("SELECT COUNT(*) AS n FROM missed_enrollment AS m JOIN person AS p ON m.certno = p.certno");
    let missed = query("SELECT COUNT(*) AS n FROM missed_enrollment");
    assert_eq!(joined, missed, "a person has the same pseudonym in every dataset");
}
