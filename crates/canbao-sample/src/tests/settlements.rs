//! Settlements by themselves: any number of rows, and the figures of a publication to the digit.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::*;
use canbao_rules::money::Yuan;
use canbao_rules::period::{Month, MonthSpan};

fn months(first: &str, last: &str) -> MonthSpan {
    let month = |text: &str| day(&format!("{text}-01")).month();
    MonthSpan::new(month(first), month(last)).unwrap()
}

fn stream(folder: &Path, region: &str, rows: u64, months: Option<MonthSpan>) -> SampleOptions {
    SampleOptions { what: What::Settlement { rows, months }, region: region.to_owned(), ..options(folder, 1, true) }
}

fn like(folder: &Path, name: &str, region: &str) -> SampleOptions {
    SampleOptions { what: What::Likeness { name: name.to_owned() }, region: region.to_owned(), ..options(folder, 1, true) }
}

/// A row as an outsider reads it.
#[derive(Debug, Clone)]
struct Read {
    id: String,
    certno: String,
    insurance: String,
    insured: String,
    treated: String,
    care: String,
    disease: String,
    day: String,
    fee: i64,
    in_scope: i64,
    fund: i64,
    is_refund: bool,
    original: String,
}

impl Read {
    /// `None` where a field is not what it should be.
    fn of(row: &csv::StringRecord) -> Option<Self> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let fen = |at: usize| Yuan::parse(row.get(at)?).map(Yuan::fen);
        let day = text(12)?.split(' ').next()?.to_owned();
        day.parse::<Day>().ok()?;
        let certno = text(3)?;
        Certificate::parse("01", &certno, self::day("2099-12-31")).ok()?;
        let filled = |at: usize| text(at).filter(|text| !text.is_empty());
        Some(Self {
            id: filled(0)?,
            certno,
            insurance: filled(4)?,
            insured: filled(5)?,
            treated: filled(6)?,
            care: filled(9)?,
            disease: text(10)?,
            day,
            fee: fen(13)?,
            in_scope: fen(14)?,
            fund: fen(15)?,
            is_refund: row.get(18)? == "1",
            original: text(19)?,
        })
    }

    fn scope(&self) -> &'static str {
        match (self.insured[..2] == self.treated[..2], self.insured[..4] == self.treated[..4]) {
            (false, _) => "cross_province",
            (true, false) => "in_province",
            _ => "local",
        }
    }

    fn care(&self) -> &'static str {
        match self.care.as_str() {
            "21" | "22" | "23" | "24" | "25" | "28" => "inpatient",
            "11" | "12" | "13" => "outpatient",
            "41" => "pharmacy",
            care if care.starts_with("14") => "chronic",
            _ => "other",
        }
    }

    fn times(&self) -> i64 {
        if self.is_refund { -1 } else { 1 }
    }
}

/// What a careful outsider makes of the files: no faulty rows, each row once, no refunds whose original is not there.
struct Extract {
    rows: Vec<Read>,
    faulty: usize,
    repeated: usize,
    orphans: usize,
}

impl Extract {
    /// Every row of the folder's settlements, whatever it says.
    fn raw(folder: &Path) -> Vec<csv::StringRecord> {
        let mut rows = Vec::new();
        let mut parts: Vec<_> = fs::read_dir(folder.join("settlement")).unwrap().map(|part| part.unwrap().path()).collect();
        parts.sort();
        for part in parts {
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(part).unwrap();
            assert_eq!(reader.headers().unwrap().len(), 20);
            rows.extend(reader.records().map(Result::unwrap));
        }
        rows
    }

    fn read(folder: &Path) -> Self {
        let raw = Self::raw(folder);
        let sound: Vec<_> = raw.iter().filter(|row| row.len() == 20).filter_map(|row| Some((row, Read::of(row)?))).collect();
        let mut seen = HashSet::new();
        let once: Vec<Read> =
            sound.iter().filter(|(row, _)| seen.insert(row.as_byte_record().as_slice().to_vec())).map(|(_, read)| read.clone()).collect();
        let mut rows = once.clone();
        loop {
            let ids: HashSet<String> = rows.iter().map(|row| row.id.clone()).collect();
            let before = rows.len();
            rows.retain(|row| !row.is_refund || (row.original != row.id && ids.contains(&row.original)));
            if rows.len() == before {
                break;
            }
        }
        Self { faulty: raw.len() - sound.len(), repeated: sound.len() - once.len(), orphans: once.len() - rows.len(), rows }
    }

    /// Person-times, fund, in scope and fee of the rows of a city and a span of days that fit.
    fn sums(&self, city: &str, days: (&str, &str), fits: impl Fn(&Read) -> bool) -> (i64, i64, i64, i64) {
        let counted = self.rows.iter().filter(|row| {
            row.insured.starts_with(city)
                && ["310", "390"].contains(&row.insurance.as_str())
                && days.0 <= row.day.as_str()
                && row.day.as_str() <= days.1
                && fits(row)
        });
        counted.fold((0, 0, 0, 0), |sum, row| (sum.0 + row.times(), sum.1 + row.fund, sum.2 + row.in_scope, sum.3 + row.fee))
    }
}

/// A percentage in hundredths, half away from zero.
fn hundredths(part: i64, whole: i64) -> i64 {
    let (part, whole) = (i128::from(part), i128::from(whole));
    ((2 * 10_000 * part + whole) / (2 * whole)) as i64
}

/// Yuan in fen as ten-thousands of yuan, in hundredths.
fn wan(fen: i64) -> i64 {
    (fen + 5_000) / 10_000
}

#[test]
fn huaibei_2023_adds_up_to_what_was_published() {
    let folder = tempfile::tempdir().unwrap();
    let report = write(&like(folder.path(), "huaibei-2023", "340600"), &packs(), &|_| {}).unwrap();
    let rows: u64 = report.files.iter().map(|file| file.rows).sum();
    assert!((150_000..400_000).contains(&rows), "{rows}");
    let extract = Extract::read(folder.path());
    assert!(extract.faulty > 20 && extract.repeated > 100 && extract.orphans > 20);

    let (this_year, last_year) = (("2023-01-01", "2023-09-30"), ("2022-01-01", "2022-09-30"));
    let of = |care: &'static str, days| extract.sums("3406", days, |row| row.scope() == "cross_province" && row.care() == care);
    let growth = |now: i64, before: i64| hundredths(now - before, before);

    let (inpatient, before) = (of("inpatient", this_year), of("inpatient", last_year));
    assert_eq!((hundredths(inpatient.0, 1_000_000), wan(inpatient.1)), (281, 3_921_506), "2.81 万人次, 39215.06 万元");
    assert_eq!((growth(inpatient.0, before.0), growth(inpatient.1, before.1)), (11_783, 9_248), "117.83 %, 92.48 %");

    let (outpatient, before) = (of("outpatient", this_year), of("outpatient", last_year));
    assert_eq!((hundredths(outpatient.0, 1_000_000), wan(outpatient.1)), (808, 101_051), "8.08 万人次, 1010.51 万元");
    assert_eq!((growth(outpatient.0, before.0), growth(outpatient.1, before.1)), (32_304, 20_784), "323.04 %, 207.84 %");

    let (chronic, before) = (of("chronic", this_year), of("chronic", last_year));
    assert_eq!((chronic.0, wan(chronic.1)), (2_000, 8_602), "0.2 万人次, 86.02 万元");
    assert_eq!(before, (0, 0, 0, 0), "which is why no growth was published");

    // The runs for 2022-12-31 and 2023-09-30, each with its year to date.
    let five = |days| {
        extract.sums("3406", days, |row| {
            let code = row.disease.to_uppercase();
            let is_one = ["M039", "M016", "M005", "M083"].iter().any(|family| code.starts_with(family)) || code == "M07801";
            row.scope() == "cross_province" && row.care() == "chronic" && is_one
        })
    };
    let (first, then) = (five(("2022-01-01", "2022-12-31")), five(this_year));
    assert!(first.0 > 20 && then.0 > 100, "both runs have a part");
    let sum = (first.0 + then.0, first.1 + then.1, first.2 + then.2, first.3 + then.3);
    assert_eq!((sum.0, wan(sum.3), wan(sum.1), wan(sum.2)), (233, 1_431, 903, 1_389), "233 人次, 14.31, 9.03, 13.89 万元");
    assert_eq!(hundredths(sum.1, sum.2), 6_500, "65 %");
    let all: i64 = extract.rows.iter().filter(|row| row.care() == "inpatient").map(|row| row.fund).sum();
    assert_ne!(wan(all), 3_921_506, "a sum over everything is another one");
}

#[test]
fn a_likeness_is_of_its_own_region() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name, region| write(&like(folder.path(), name, region), &packs(), &|_| {}).unwrap_err();
    insta::assert_snapshot!(refused("huaibei-2022", "340600"), @"no sample is like `huaibei-2022`, expected `huaibei-2023`");
    insta::assert_snapshot!(refused("huaibei-2023", "340322"), @"`huaibei-2023` is of region `340600`, found region `340322`");
    assert!(refused("huaibei-2023", "340322").is_usage());
    assert_eq!(region_of_likeness("huaibei-2023").unwrap(), "340600");
}

#[rstest]
#[case("340322", None)]
#[case("340600", Some(("2023-01", "2024-09")))]
#[case("331100", Some(("2025-06", "2025-06")))]
fn threads_do_not_change_a_settlement(#[case] region: &str, #[case] span: Option<(&str, &str)>) {
    let span = span.map(|(first, last)| months(first, last));
    let with = |threads| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let report = pool.install(|| write(&stream(folder.path(), region, 30_000, span), &packs(), &|_| {}).unwrap());
        assert_eq!(report.files.iter().map(|file| file.rows).sum::<u64>(), 30_000);
        bytes_of(folder.path())
    };
    let one = with(1);
    assert!(one == with(3));
    assert_eq!(one.len(), span.map_or(24, |span| (span.last.index() - span.first.index() + 1) as usize));
}

#[test]
fn every_kind_of_row_is_in_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    write(&stream(folder.path(), "340600", 60_000, Some(months("2023-01", "2024-09"))), &packs(), &|_| {}).unwrap();
    let extract = Extract::read(folder.path());
    assert!(
        extract.faulty > 30 && extract.repeated > 100 && extract.orphans > 200,
        "{} {} {}",
        extract.faulty,
        extract.repeated,
        extract.orphans
    );
    let by_id: HashMap<&str, &Read> = extract.rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for row in &extract.rows {
        seen.insert(format!("{} {}", row.scope(), row.care()));
        seen.insert(format!("insurance {}", row.insurance));
        seen.insert(format!("care {}", row.care));
        if row.care() == "chronic" {
            seen.insert(format!("disease {}", row.disease));
        }
        seen.insert(match row.insured.as_str() {
            "340600" => "insured in the pool".to_owned(),
            insured if insured.starts_with("3406") => format!("insured in {insured}"),
            _ => "insured elsewhere".to_owned(),
        });
        if row.day.as_str() > "2024-09-30" {
            seen.insert("not yet".to_owned());
        }
        if row.fund == 0 && !row.is_refund {
            seen.insert("without fund".to_owned());
        }
        if row.is_refund {
            let original = by_id[row.original.as_str()];
            assert!(row.fee <= 0 && row.in_scope <= 0 && row.fund <= 0, "a refund's amounts are negative: {row:?}");
            assert_eq!((&row.certno, &row.care, &row.insured), (&original.certno, &original.care, &original.insured));
            let to_come = original.day.as_str() > "2024-09-30";
            seen.insert(match (original.is_refund, to_come, row.fee == -original.fee) {
                (true, ..) => "refund of a refund".to_owned(),
                (_, true, _) => "refund of what is to come".to_owned(),
                (.., true) => "whole refund".to_owned(),
                _ => "refund in part".to_owned(),
            });
            if !to_come {
                assert!(row.day >= original.day, "{row:?} before {original:?}");
            }
            if row.day[..4] != original.day[..4] {
                seen.insert("refund in the year after".to_owned());
            }
        }
    }
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for scope in ["cross_province", "in_province", "local"] {
        wanted.extend(["inpatient", "outpatient", "chronic", "pharmacy", "other"].map(|care| format!("{scope} {care}")));
    }
    wanted.extend(["310", "390", "510", "340", "391"].map(|code| format!("insurance {code}")));
    let cares =
        ["11", "12", "13", "14", "140104", "1402", "21", "22", "23", "24", "25", "28", "41", "51", "52", "91", "210", "1", "4101", "X9"];
    wanted.extend(cares.map(|code| format!("care {code}")));
    let diseases =
        ["M03900", "M03901", "m03900", "M01600", "M00500", "M07801", "m07801", "M07800", "m07800", "M08300", "M02", "", "M09900"];
    wanted.extend(diseases.map(|code| format!("disease {code}")));
    wanted.extend(["insured in the pool", "insured elsewhere", "not yet", "without fund", "refund in the year after"].map(str::to_owned));
    wanted.extend(["340602", "340603", "340604", "340621"].map(|area| format!("insured in {area}")));
    wanted.extend(["whole refund", "refund in part", "refund of a refund", "refund of what is to come"].map(str::to_owned));
    let missing: Vec<_> = wanted.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Why refunds are orphans.
    let raw = Extract::raw(folder.path());
    let ids: HashSet<&str> = raw.iter().filter_map(|row| row.get(0)).collect();
    let refunds = || raw.iter().filter(|row| row.get(18) == Some("1"));
    assert!(refunds().any(|row| row.get(19) == Some("")), "unnamed");
    assert!(refunds().any(|row| row.get(19) == row.get(0)), "itself");
    assert!(refunds().any(|row| row.get(19).is_some_and(|id| !id.is_empty() && !ids.contains(id))), "unknown");
    let unknown: HashSet<&str> =
        refunds().filter(|row| row.get(19).is_some_and(|id| !ids.contains(id))).filter_map(|row| row.get(0)).collect();
    assert!(refunds().any(|row| row.get(19).is_some_and(|id| unknown.contains(id))), "an orphan's");
}

#[test]
fn volume_has_seasons_and_grows() {
    let folder = tempfile::tempdir().unwrap();
    write(&stream(folder.path(), "340322", 40_000, None), &packs(), &|_| {}).unwrap();
    let extract = Extract::read(folder.path());
    let of = |days, cross| extract.sums("340322", days, |row| (row.scope() == "cross_province") == cross).0;
    let (now, before) = (("2024-01-01", "2024-12-31"), ("2023-01-01", "2023-12-31"));
    assert!(of(now, false) > of(before, false));
    assert!(of(now, true) * 10 > of(before, true) * 14, "more and more people go to other provinces");
    assert!(of(("2024-12-01", "2024-12-31"), false) > of(("2024-02-01", "2024-02-29"), false));
}

#[rstest]
#[case(1)]
#[case(23)]
#[case(1_500)]
fn few_settlements_are_enough(#[case] rows: u64) {
    let folder = tempfile::tempdir().unwrap();
    let report = write(&stream(folder.path(), "411600", rows, None), &packs(), &|_| {}).unwrap();
    assert_eq!(report.files.iter().map(|file| file.rows).sum::<u64>(), rows);
}

#[test]
fn settlements_replace_settlements_only() {
    let folder = tempfile::tempdir().unwrap();
    write(&options(folder.path(), 300, true), &packs(), &|_| {}).unwrap();
    let county = bytes_of(folder.path());
    for rows in [2_000, 500] {
        write(&stream(folder.path(), REGION, rows, None), &packs(), &|_| {}).unwrap();
    }
    let both = bytes_of(folder.path());
    assert!(county.iter().all(|(name, bytes)| &both[name] == bytes));
    assert_eq!(Extract::raw(folder.path()).len(), 500);
    write(&options(folder.path(), 300, true), &packs(), &|_| {}).unwrap();
    assert!(bytes_of(folder.path()) == county, "a county replaces all");
}

#[test]
fn somebody_elses_settlements_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(&options(folder.path(), 300, true), &packs(), &|_| {}).unwrap();
    let real = "setl_id,certno\n1,110101199001011237\n";
    fs::write(folder.path().join("settlement.csv"), real).unwrap();
    for options in [stream(folder.path(), REGION, 10, None), options(folder.path(), 10, true)] {
        assert!(matches!(write(&options, &packs(), &|_| {}), Err(SampleError::Occupied { .. })));
    }
    assert_eq!(fs::read_to_string(folder.path().join("settlement.csv")).unwrap(), real);
}

#[test]
fn senseless_numbers_of_settlements_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |options: &SampleOptions| write(options, &packs(), &|_| {}).unwrap_err();
    assert!(matches!(refused(&stream(folder.path(), REGION, 0, None)), SampleError::Rows(0)));
    let span = MonthSpan { first: Month::new(1999, 12).unwrap(), last: Month::new(2024, 1).unwrap() };
    insta::assert_snapshot!(refused(&stream(folder.path(), REGION, 10, Some(span))), @"settlements of the years 1999 to 2024 cannot be made, expected months of 2000 to 2099");
}
