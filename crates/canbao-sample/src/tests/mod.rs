//! The sample as a whole: the same bytes, readable formats, every case.

mod branches;
mod settlements;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rstest::rstest;

use canbao_rules::identity::Certificate;
use canbao_rules::period::Day;
use canbao_rules::policy::{Category, GroupTest};

use super::certificate::Office;
use super::cover::Cover;
use super::person::{Person, Place};
use super::record::Insurance;
use super::*;

const COUNTY: u32 = 340_322;
const REGION: &str = "340322";

fn options(folder: &Path, persons: u64, plain: bool) -> SampleOptions {
    SampleOptions { folder: folder.to_owned(), seed: 42, region: REGION.to_owned(), year: None, what: What::County { persons, plain } }
}

fn packs() -> Packs {
    crate::testing::shipped_packs()
}

fn county(region: &str, year: Option<i32>) -> County {
    County::of(region, year, &packs()).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The files of a folder, by name.
fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(bytes_of(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

fn written(persons: u64, plain: bool) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    write(&options(folder.path(), persons, plain), &packs(), &|_| {}).unwrap();
    bytes_of(folder.path())
}

#[rstest]
#[case("340322", true)]
#[case("340322", false)]
#[case("331100", false)]
#[case("411600", true)]
fn threads_do_not_change_a_byte(#[case] region: &str, #[case] plain: bool) {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let options = SampleOptions { region: region.to_owned(), ..options(folder.path(), 9_000, plain) };
        pool.install(|| write(&options, &packs(), &|_| {}).unwrap());
        bytes_of(folder.path())
    };
    let one = with(1);
    assert_eq!(one.keys().collect::<Vec<_>>(), with(3).keys().collect::<Vec<_>>());
    for (name, bytes) in with(2) {
        assert!(one[&name] == bytes, "{name} differs");
    }
}

/// What README says about how the shipped sample was written: a county, and settlements of two years.
#[test]
fn the_shipped_sample_is_what_is_written_for_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let options = SampleOptions { seed: 20_231_231, ..options(folder.path(), 5_000, false) };
    write(&options, &packs(), &|_| {}).unwrap();
    let [first, last] = ["2022-01-01", "2023-12-01"].map(|day| day.parse::<Day>().unwrap().month());
    let what = What::Settlement { rows: 9_600, months: MonthSpan::new(first, last) };
    write(&SampleOptions { what, ..options }, &packs(), &|_| {}).unwrap();
    let shipped = bytes_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data"));
    let written = bytes_of(folder.path());
    assert_eq!(written.keys().collect::<Vec<_>>(), shipped.keys().collect::<Vec<_>>());
    assert!(written == shipped, "`canbao sample` with the arguments that README tells writes other bytes than `sample_data`");
}

#[test]
fn plain_files_have_the_declared_columns_and_nothing_else() {
    let files = written(500, true);
    let header = |name: &str| String::from_utf8(files[name].clone()).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(
        header("household.csv"),
        "certno,psn_cert_type,psn_name,gend,brdy,hshd_no,hshd_rlts,resd_admdvs,regi_type,surv_stas,updt_time"
    );
    assert_eq!(header("identity.csv"), "certno,psn_name,psn_idet_type,begntime,endtime,dept");
    assert_eq!(header("student.csv"), "certno,psn_name,school_name,school_admdvs,begntime,endtime");
    assert_eq!(header("payment.csv"), "order_no,certno,psn_name,clct_year,pay_time,pay_amt,pay_stas");
    assert_eq!(header("target.csv"), "admdvs,name,registered,target");
    for year in 2020..=2024 {
        assert_eq!(
            header(&format!("enrollment/{year}.csv")),
            "psn_no,certno,psn_name,insutype,insu_admdvs,psn_type,psn_insu_stas,psn_insu_date,accrym_begn,accrym_end,\
             clct_flag,clct_time,psn_clct_amt,finsubs_amt,revs_flag"
        );
    }
    assert!(files.values().all(|bytes| !bytes.contains(&b'"') && !bytes.contains(&b'\r')));
}

#[test]
fn mixed_formats_are_what_they_seem() {
    let folder = tempfile::tempdir().unwrap();
    let report = write(&options(folder.path(), 5_000, false), &packs(), &|_| {}).unwrap();
    let rows = |name: &str| report.files.iter().find(|file| file.file == name).unwrap().rows;
    for (name, header) in [("identity.xlsx", "证件号码"), ("target.xlsx", "区划")] {
        let mut book = open_workbook_auto(folder.path().join(name)).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(sheet.height() as u64, rows(name) + 1);
        assert_eq!(sheet.get((0, 0)), Some(&Data::String(header.to_owned())));
    }
    let payments = SerializedFileReader::new(fs::File::open(folder.path().join("payment.parquet")).unwrap()).unwrap();
    assert_eq!(payments.metadata().file_metadata().num_rows() as u64, rows("payment.parquet"));
    let files = bytes_of(folder.path());
    assert!(files.values().map(Vec::len).sum::<usize>() < 6_000_000, "the sample of the repository stays small");
    assert!(std::str::from_utf8(&files["household/part-1.csv"]).is_err(), "GB18030, and a byte that is nothing");
    let (text, _, _) = encoding_rs::GB18030.decode(&files["household/part-1.csv"]);
    assert!(text.starts_with("证件号码,证件类型,姓名,性别,出生日期"));
    assert!(files["enrollment/2022.csv"].iter().filter(|&&byte| byte == b'"').count() % 2 == 1, "a quote never closes");
    assert!(files["enrollment/2023.csv"].starts_with(&[0xEF, 0xBB, 0xBF]));
    for wide in ["０", "１"] {
        assert!(text.contains(wide), "numbers in full width");
    }
}

#[rstest]
#[case::another_name("notes.txt", b"")]
#[case::somebody_elses_extract("household.csv", b"certno,psn_name\n110101199001011237,x\n")]
fn a_folder_with_other_things_is_refused(#[case] name: &str, #[case] bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let refused = write(&options(folder.path(), 10, true), &packs(), &|_| {}).unwrap_err();
    assert!(matches!(&refused, SampleError::Occupied { name: found, .. } if found == name), "{refused}");
    assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
}

#[test]
fn an_earlier_sample_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    write(&options(folder.path(), 300, true), &packs(), &|_| {}).unwrap();
    write(&options(folder.path(), 300, false), &packs(), &|_| {}).unwrap();
    assert!(!folder.path().join("household.csv").exists());
    assert_eq!(bytes_of(folder.path()), written(300, false));
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(17)]
fn few_persons_are_enough(#[case] persons: u64) {
    for plain in [true, false] {
        for region in ["340322", "331100", "411600"] {
            let folder = tempfile::tempdir().unwrap();
            let options = SampleOptions { region: region.to_owned(), ..options(folder.path(), persons, plain) };
            assert!(write(&options, &packs(), &|_| {}).unwrap().files.len() > 1);
        }
    }
}

#[test]
fn senseless_options_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |options: &SampleOptions| write(options, &packs(), &|_| {}).unwrap_err();
    let no_persons = refused(&options(folder.path(), 0, true));
    assert!(matches!(no_persons, SampleError::Persons(0)) && no_persons.is_usage());
    let region = refused(&SampleOptions { region: "340324".to_owned(), ..options(folder.path(), 1, true) });
    insta::assert_snapshot!(region, @"no policy pack for region `340324`, expected one of `141121`, `331100`, `340322`, `340600`, `411600`");
    let year = refused(&SampleOptions { year: Some(2023), ..options(folder.path(), 1, true) });
    insta::assert_snapshot!(year, @"the pack of region `340322` has no benefit year 2023, expected one of `2024`");
    assert!(region.is_usage() && year.is_usage());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written before all is known");
}

#[test]
fn every_spelling_is_the_same_valid_number() {
    let people = People::new(42, 20_000, county(REGION, None));
    let mut numbers = BTreeSet::new();
    let mut respelled = 0;
    for index in 0..people.persons {
        let person = people.person(index);
        let usual = person.certificate();
        assert!(numbers.insert(usual.as_str().to_owned()), "{} twice", usual.as_str());
        for office in [Office::Household, Office::Identity, Office::Student, Office::Payment, Office::Enrollment(2024)] {
            for plain in [true, false] {
                let written = person.written_certificate(office, plain);
                respelled += u64::from(written.as_str() != usual.as_str());
                assert_eq!(key(&person, written.as_str()), key(&person, usual.as_str()), "{}", written.as_str());
            }
        }
        if !person.foreign {
            assert_eq!(key(&person, person.disability_card().as_str()), key(&person, usual.as_str()));
        }
    }
    assert!(respelled > 500, "{respelled}");
}

/// A certificate as the identity room reads it.
fn key<'t>(person: &Person<'_>, number: &'t str) -> Certificate<'t> {
    Certificate::parse(person.certificate_type(), number, day("2024-03-31")).unwrap()
}

/// Which cases a person shows, by a name for each.
fn cases(person: &Person<'_>, seen: &mut BTreeMap<String, u64>) {
    let mut see = |case: String| *seen.entry(case).or_default() += 1;
    see(format!("{:?}", person.cover));
    see(format!("survival {}", person.survival));
    see(match person.place {
        Place::Home(_) => "home".to_owned(),
        Place::Permit(_) => "permit".to_owned(),
        Place::Elsewhere(_) => "elsewhere".to_owned(),
        Place::Unlisted => "unlisted".to_owned(),
    });
    if person.foreign {
        see("other certificate".to_owned());
    }
    for date in ["2023-12-31", "2024-03-31"] {
        let on = day(date);
        for held in person.held.iter().flatten() {
            let label = &person.county().labels[held.label].name;
            let when = if held.begins > on {
                "to come"
            } else if held.on(on) {
                "in force"
            } else {
                "over"
            };
            see(format!("{date} {label} {when}"));
            see(format!("{date} label {when}"));
        }
        if person.held.iter().flatten().filter(|held| held.on(on)).count() == 2 {
            see(format!("{date} two labels"));
        }
        if let Some(schooling) = person.schooling {
            let when = if schooling.begins > on {
                "to come"
            } else if schooling.ends.is_none_or(|ends| ends >= on) {
                "in force"
            } else {
                "over"
            };
            see(format!("{date} school {when}, here {}", schooling.area == COUNTY));
        }
        person.records(2024, |record| {
            let valid = record.collected && record.state == 1 && !record.reversed && record.paid.is_none_or(|(paid, _)| paid <= on);
            if valid && record.insurance == Insurance::Resident && record.area == COUNTY {
                see(format!("{date} {}", basis(person, record.paid.map(|(paid, _)| paid))));
                if person.survival == 2 {
                    see(format!("{date} deceased"));
                }
            }
        });
    }
}

/// The basis of a benefit period by column U of the rules.
fn basis(person: &Person<'_>, paid: Option<Day>) -> String {
    let (window, born) = (person.county().window, person.birth.day);
    let Some(paid) = paid else { return "concentrated, untimed".to_owned() };
    let held = || person.held.iter().flatten().filter(|held| held.on(paid)).map(|held| &person.county().labels[held.label]);
    let policy = &person.county().policy;
    let special = |label: &super::county::Label| policy.special.tests.iter().any(|test| test_of(test) == Some(label.category));
    let infant = born.year() >= 2023;
    if infant && paid <= born.plus_days(90) && (born >= window.0 || paid > window.1) {
        "newborn_from_birth".to_owned()
    } else if paid <= window.1 {
        "concentrated".to_owned()
    } else if infant && paid > born.plus_days(90) && paid <= born.birthday(1) {
        "newborn_after_payment".to_owned()
    } else if policy.migrant_until.is_some_and(|until| paid <= until) && held().any(|label| label.category == Category::MigrantWorker) {
        "migrant_extension".to_owned()
    } else if let Some(label) = held().find(|label| special(label)) {
        format!("special_group {}", label.category)
    } else {
        format!("waiting {}", paid.month())
    }
}

/// The category that a test of this county asks for.
fn test_of(test: &GroupTest) -> Option<Category> {
    match *test {
        GroupTest::InForce(category) | GroupTest::BegunThisYear(category) => Some(category),
        _ => None,
    }
}

#[test]
fn every_case_occurs_among_5000() {
    for seed in [1, 42, 2_024] {
        let people = People::new(seed, 5_000, county(REGION, None));
        let mut seen = BTreeMap::new();
        for index in 0..5_000 {
            cases(&people.person(index), &mut seen);
        }
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        wanted.extend(["home", "permit", "elsewhere", "unlisted", "other certificate"].map(str::to_owned));
        wanted.extend([1, 2, 3, 4, 9].map(|state| format!("survival {state}")));
        wanted.extend(ALL_COVERS.map(|cover| format!("{cover:?}")));
        for date in ["2023-12-31", "2024-03-31"] {
            wanted.extend(["label over", "label to come", "two labels", "deceased"].map(|case| format!("{date} {case}")));
            wanted.extend(["concentrated", "concentrated, untimed", "newborn_from_birth"].map(|case| format!("{date} {case}")));
            for label in &people.county.labels {
                wanted.insert(format!("{date} {} in force", label.name));
            }
            for here in [true, false] {
                wanted.extend(["in force", "over"].map(|when| format!("{date} school {when}, here {here}")));
            }
        }
        wanted.extend(["newborn_after_payment", "migrant_extension"].map(|case| format!("2024-03-31 {case}")));
        wanted.extend(["202401", "202402", "202403"].map(|month| format!("2024-03-31 waiting {month}")));
        for category in people.county.policy.special.tests.iter().filter_map(test_of) {
            wanted.insert(format!("2024-03-31 special_group {category}"));
        }
        let missing: Vec<_> = wanted.iter().filter(|case| !seen.contains_key(*case)).collect();
        assert!(missing.is_empty(), "seed {seed}: {missing:?}");
    }
}

/// Those of a county without arrears.
const ALL_COVERS: [Cover; 27] = [
    Cover::Resident,
    Cover::Untimed,
    Cover::Newborn,
    Cover::LateMigrant,
    Cover::LateSpecial,
    Cover::LateWaiting,
    Cover::Employee,
    Cover::EmployeeByMonth,
    Cover::EmployeeElsewhere,
    Cover::ResidentElsewhere,
    Cover::Never,
    Cover::Lapsed,
    Cover::Paused,
    Cover::Reversed,
    Cover::Uncollected,
    Cover::SteadyEmployee,
    Cover::FreshEmployee,
    Cover::TwoEmployers,
    Cover::SchoolAway,
    Cover::SchoolHere,
    Cover::MovedHome,
    Cover::NoPlace,
    Cover::CityPool,
    Cover::PaidTwice,
    Cover::Mixed,
    Cover::MixedSteady,
    Cover::Apart,
];

#[test]
fn shares_are_a_countys() {
    let people = People::new(7, 20_000, county(REGION, None));
    let mut rows = [0u64; 3];
    let mut doubled = 0;
    for index in 0..people.persons {
        let person = people.person(index);
        (2020..=2024).for_each(|year| person.records(year, |_| rows[0] += 1));
        rows[1] += person.labels();
        rows[2] += u64::from(person.schooling.is_some());
        let mut residents = 0;
        person.records(2024, |_| residents += 1);
        doubled += u64::from(residents > 1 && person.cover != Cover::EmployeeByMonth && person.cover != Cover::Employee);
    }
    let each = |count: u64| count as f64 / people.persons as f64;
    assert!((3.5..5.5).contains(&each(rows[0])), "{rows:?}");
    assert!((0.1..0.2).contains(&each(rows[1])), "{rows:?}");
    assert!((0.1..0.25).contains(&each(rows[2])), "{rows:?}");
    assert!((0.01..0.025).contains(&each(doubled)), "{doubled}");
}
