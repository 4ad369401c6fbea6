//! The audit within little memory: ranges of persons, threads, encodings and formats change no byte of what comes out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use rstest::rstest;

use super::support::TestContext;

/// So little that every extract is put aside and the persons are cut into many ranges.
const LITTLE: &str = "1MiB";
const ONE_THREAD: [(&str, &str); 2] = [("RAYON_NUM_THREADS", "1"), ("POLARS_MAX_THREADS", "1")];

struct County {
    context: TestContext,
    region: &'static str,
    date: &'static str,
}

impl County {
    fn sample(region: &'static str, date: &'static str, persons: &str, more: &[&str]) -> Self {
        let context = TestContext::with_sample(&[&["--persons", persons, "--seed", "7", "--region", region], more].concat());
        Self { context, region, date }
    }

    /// The bytes of each dataset, and in how many ranges it was worked.
    fn audited(&self, memory: &str, environment: &[(&str, &str)]) -> (BTreeMap<String, Vec<u8>>, usize) {
        let arguments = ["run", "enrollment-audit", "--data", "data", "--publish", "out", "--region", self.region, "--date", self.date];
        let outcome = self.context.run_with(environment, &[&arguments[..], &["--memory", memory]].concat());
        assert_eq!(outcome.status, 0, "{outcome:?}");
        let told = outcome.stdout.lines().find_map(|line| line.split_once("did not fit into memory: "));
        let ranges = told.map_or(1, |(_, ranges)| ranges.trim().parse().unwrap());
        (self.context.dataset_bytes(outcome.snapshot()), ranges)
    }

    fn csv_files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.context.path("data")];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "csv") {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Makes every other person one with a certificate of another type.
    fn with_foreigners(&self) {
        for path in self.csv_files() {
            let text = fs::read_to_string(&path).unwrap();
            let header = text.lines().next().unwrap();
            let column = |name: &str| header.split(',').position(|found| found == name);
            let Some(certno) = column("certno") else { continue };
            let kind = column("psn_cert_type");
            let lines = text.lines().enumerate().map(|(line, row)| {
                let mut fields: Vec<&str> = row.split(',').collect();
                let is_other = fields.get(certno).and_then(|number| number.as_bytes().get(16)).is_some_and(|place| place % 2 == 0);
                let value = if is_other { "03" } else { "01" };
                match kind {
                    Some(kind) if line > 0 && kind < fields.len() => fields[kind] = value,
                    None => fields.push(if line == 0 { "psn_cert_type" } else { value }),
                    Some(_) => {}
                }
                fields.join(",") + "\n"
            });
            let text: String = lines.collect();
            fs::write(&path, text).unwrap();
        }
    }

    fn in_gb18030(&self) {
        for path in self.csv_files() {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, encoding_rs::GB18030.encode(&text).0).unwrap();
        }
    }

    /// Every extract as one Parquet file; records that are no rows are left out.
    fn in_parquet(&self) {
        let mut extracts: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        let data = self.context.path("data");
        for path in self.csv_files() {
            let extract = if path.parent() == Some(&data) { path.with_extension("") } else { path.parent().unwrap().to_owned() };
            extracts.entry(extract).or_default().push(path);
        }
        for (extract, parts) in extracts {
            let mut columns: Vec<(String, Vec<String>)> = Vec::new();
            for part in &parts {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(part).unwrap();
                let header = reader.headers().unwrap().clone();
                if columns.is_empty() {
                    columns = header.iter().map(|name| (name.to_owned(), Vec::new())).collect();
                }
                for record in reader.records().map(Result::unwrap).filter(|record| record.len() == header.len()) {
                    columns.iter_mut().zip(&record).for_each(|((_, values), value)| values.push(value.to_owned()));
                }
                fs::remove_file(part).unwrap();
            }
            if extract.is_dir() {
                fs::remove_dir(&extract).unwrap();
            }
            let arrays = columns.into_iter().map(|(name, values)| (name, Arc::new(StringArray::from(values)) as ArrayRef));
            let rows = RecordBatch::try_from_iter(arrays).unwrap();
            let mut writer = ArrowWriter::try_new(File::create(extract.with_extension("parquet")).unwrap(), rows.schema(), None).unwrap();
            writer.write(&rows).unwrap();
            writer.close().unwrap();
        }
    }

    fn is_left_clean(&self) {
        let left: Vec<String> = fs::read_dir(self.context.path(".canbao")).unwrap().map(|entry| name(&entry.unwrap().path())).collect();
        assert!(left.iter().all(|name| ["ledger", "logs", "runs"].contains(&name.as_str())), "{left:?}");
    }
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert!(found.keys().eq(expected.keys()), "{what}");
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{what}: {name} differs");
    }
}

fn decisions(datasets: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    datasets.iter().filter(|(name, _)| *name != "rejects").map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

/// 文水, 淮北, 五河, 丽水 (settlements and incentives) and 周口 (mutual aid), in the mixed formats of a bureau.
#[rstest]
#[case::wenshui("141121", "2024-03-31")]
#[case::huaibei("340600", "2023-12-20")]
#[case::wuhe("340322", "2024-06-30")]
#[case::lishui("331100", "2026-05-31")]
#[case::zhoukou("411600", "2025-06-30")]
fn many_ranges_give_the_bytes_of_one(#[case] region: &'static str, #[case] date: &'static str) {
    let county = County::sample(region, date, "1200", &[]);
    let (whole, one) = county.audited("4GiB", &[]);
    assert_eq!(one, 1);
    let (parted, many) = county.audited(LITTLE, &[]);
    assert!(many > 5, "only {many} ranges");
    same(&parted, &whole, "many ranges");
    same(&county.audited(LITTLE, &ONE_THREAD).0, &whole, "many ranges on one thread");
    county.is_left_clean();
}

/// Certificates that are no resident numbers have their places in the order of keys only once all are known.
#[rstest]
#[case::lishui("331100", "2026-05-31")]
#[case::zhoukou("411600", "2025-06-30")]
fn encodings_formats_and_other_certificates_change_nothing(#[case] region: &'static str, #[case] date: &'static str) {
    let county = County::sample(region, date, "1000", &["--plain"]);
    county.with_foreigners();
    let (whole, _) = county.audited("4GiB", &[]);
    let (parted, many) = county.audited(LITTLE, &[]);
    assert!(many > 5, "only {many} ranges");
    same(&parted, &whole, "many ranges");

    county.in_gb18030();
    same(&county.audited("4GiB", &ONE_THREAD).0, &whole, "GB18030");
    same(&county.audited(LITTLE, &[]).0, &whole, "GB18030 in many ranges");

    let county = County::sample(region, date, "1000", &["--plain"]);
    county.with_foreigners();
    county.in_parquet();
    let (packed, one) = county.audited("4GiB", &[]);
    assert_eq!(one, 1);
    same(&decisions(&packed), &decisions(&whole), "Parquet");
    let (parted, many) = county.audited(LITTLE, &[]);
    assert!(many > 5, "only {many} ranges");
    same(&parted, &packed, "Parquet in many ranges");
}

#[test]
fn a_limit_is_a_number_and_a_unit() {
    let outcome = TestContext::new().run(&["run", "enrollment-audit", "--memory", "4"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("is no amount of memory, expected a whole number and a unit, such as 4GiB"), "{outcome:?}");
}

/// What queries ask of datasets that go out, and of those that do not, is there whatever the ranges.
#[test]
fn queries_over_datasets_see_all_ranges() {
    let county = County::sample("340322", "2024-06-30", "1200", &["--plain"]);
    county.context.write("pipelines/mine.toml", MINE);
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/policies");
    fs::create_dir_all(county.context.path("pipelines/policies")).unwrap();
    for pack in fs::read_dir(shipped).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&pack, county.context.path("pipelines/policies").join(pack.file_name().unwrap())).unwrap();
    }
    let counted = ["4GiB", LITTLE].map(|memory| {
        let outcome =
            county.context.run(&["run", "mine", "--data", "data", "--publish", "out", "--date", "2024-06-30", "--memory", memory]);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        let snapshot = county.context.path(outcome.stdout.lines().last().unwrap());
        let mut files: Vec<PathBuf> = fs::read_dir(snapshot).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
        files.into_iter().map(|path| (name(&path), fs::read(path).unwrap())).collect::<BTreeMap<_, _>>()
    });
    assert_eq!(counted[0].keys().collect::<Vec<_>>(), ["by_township", "missed_enrollment", "rejects"]);
    same(&counted[1], &counted[0], "queries");
}

const MINE: &str = r#"
title = "漏保人数"
region = "340322"
timezone = "Asia/Shanghai"

[[source]]
extract = "household"
required = true

[[source]]
extract = "enrollment"
required = true

[[step]]
operator = "enrollment-audit"

[[step]]
into = "by_township"
order_by = ["township"]
sql = "SELECT p.township, COUNT(*) AS persons, COUNT(m.certno) AS missed FROM person AS p LEFT JOIN missed_enrollment AS m ON p.certno = m.certno GROUP BY p.township"

[publish]
datasets = ["missed_enrollment", "by_township"]
"#;
