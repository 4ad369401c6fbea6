//! Files that are meddled with between finding them and reading their end.

use canbao_runtime::diagnostic::Diagnostic;
use std::cell::Cell;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use rstest::rstest;
use tempfile::TempDir;

use super::super::{CheckedExtract, Encoding, ExtractError, HOUSEHOLD, Location, Progress, Request, Source, check_extract};
use canbao_rules::period::Day;

const TEXT: &str = "certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n\
                    34039919900228018X,王小明,1990-02-28,340322101,1,1\n\
                    340399199002280016,张三,1990-02-28,340322101,1,1\n";

/// Does something while the first bytes of a file are being told of: then it has been opened, and is not yet at its end
/// as far as anybody knows.
struct Meddler<F>(Cell<Option<F>>);

impl<F: FnOnce()> Progress for Meddler<F> {
    fn read(&self, _source: &str, _bytes: u64) {
        if let Some(meddle) = self.0.take() {
            meddle();
        }
    }
}

fn find(location: &Location) -> Source {
    Source::find(location, "household").unwrap().unwrap()
}

fn read(source: &Source, meddle: impl FnOnce()) -> Result<CheckedExtract, ExtractError> {
    let on = Day::from_ymd(2023, 12, 31).unwrap();
    let request = Request { contract: &HOUSEHOLD, columns: &[], split: None, labels: None, on, encoding: Encoding::Auto };
    check_extract(source, &request, &Meddler(Cell::new(Some(meddle))))
}

fn append(path: &Path) {
    fs::write(path, format!("{TEXT}34039919900228018X,王小明,1990-02-28,340322101,1,1\n")).unwrap();
}

fn cut(path: &Path) {
    File::options().write(true).open(path).unwrap().set_len(60).unwrap();
}

/// The same length, in place.
fn rewrite(path: &Path) {
    fs::write(path, TEXT.replace("张三", "李四")).unwrap();
    set_time(path, 60);
}

/// The same bytes with the same time, under another file's name before.
fn replace(path: &Path) {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let beside = path.with_extension("new");
    fs::write(&beside, TEXT).unwrap();
    File::options().write(true).open(&beside).unwrap().set_modified(time).unwrap();
    fs::rename(beside, path).unwrap();
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// So many seconds after the beginning of time.
fn set_time(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[rstest]
#[case::append(append)]
#[case::cut(cut)]
#[case::rewrite(rewrite)]
#[cfg_attr(unix, case::replace(replace))]
#[case::remove(remove)]
fn a_file_that_changes_while_it_is_read_is_refused(#[case] meddle: fn(&Path)) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("household.csv");
    fs::write(&path, TEXT).unwrap();
    set_time(&path, 30);
    let location = Location::open(folder.path().to_str().unwrap()).unwrap();
    let source = find(&location);
    for _ in 0..2 {
        assert_eq!(read(&source, || {}).unwrap().files[0].rows_read, 2, "as often as it stays the same");
    }
    let error = read(&source, || meddle(&path)).unwrap_err();
    assert_eq!(error.to_string(), "`household.csv` changed while it was read");
    assert!(error.class().is_transient());
    let error = read(&source, || {}).unwrap_err();
    assert!(matches!(error, ExtractError::Changed { .. } | ExtractError::Missing { .. }), "what was found is gone for good: {error}");
}

#[rstest]
#[case("household.csv")]
#[case("household.parquet")]
#[case("household.xlsx")]
fn what_is_wrong_with_a_file_that_changes_is_not_held_against_it(#[case] name: &str) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, "half").unwrap();
    let location = Location::open(folder.path().to_str().unwrap()).unwrap();
    let source = find(&location);
    let error = read(&source, || {}).unwrap_err();
    assert!(!matches!(error, ExtractError::Changed { .. }) && !error.class().is_transient(), "{error}");
    fs::write(&path, "half of").unwrap();
    let error = read(&source, || {}).unwrap_err();
    assert!(matches!(error, ExtractError::Changed { .. }), "{error}");
}

#[test]
fn an_object_that_changes_between_two_readings_is_refused() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let put = |text: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.put(&"data/household.csv".into(), text.to_owned().into())).unwrap();
    };
    put(TEXT);
    let location = Location::in_store("s3://data".to_owned(), Arc::clone(&store), "data".into()).unwrap();
    let source = find(&location);
    assert_eq!(read(&source, || put(&TEXT.replace("张三", "李四"))).unwrap().files[0].rows_read, 2, "of one state");
    let error = read(&source, || {}).unwrap_err();
    assert!(matches!(error, ExtractError::Changed { .. }), "of another one than before: {error}");

    let source = find(&location);
    put(&TEXT[..60]);
    let error = read(&source, || {}).unwrap_err();
    assert!(matches!(error, ExtractError::Changed { .. }), "not what was found: {error}");
}
