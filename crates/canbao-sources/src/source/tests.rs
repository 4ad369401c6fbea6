use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use rstest::rstest;
use tempfile::TempDir;

use super::super::cells::testing::message;
use super::*;

/// A folder with these files, each holding its own name. A name with `/` at its end is a folder.
fn folder(names: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in names {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
    }
    folder
}

fn find(folder: &TempDir) -> Result<Option<Source>, ExtractError> {
    Source::find(&Location::open(folder.path().to_str().unwrap()).unwrap(), "household")
}

fn text(file: &SourceFile) -> String {
    let mut text = String::new();
    file.open().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[rstest]
#[case::one(&["household.csv", "households.csv", "household.xls", "household", "student.csv"], &["household.csv"])]
#[case::workbook(&["household.xlsx"], &["household.xlsx"])]
#[case::other_case(&["Household.csv", "household.CSV"], &[])]
#[case::parts(&["household/b.csv", "household/a.csv", "household/B.csv", "household/.c.csv", "household/d.txt", "household/中.csv"],
    &["household/B.csv", "household/a.csv", "household/b.csv", "household/中.csv"])]
#[case::nothing(&["student.csv"], &[])]
fn an_extract_is_found_by_its_name(#[case] there: &[&str], #[case] found: &[&str]) {
    let folder = folder(there);
    let files = find(&folder).unwrap().map_or(vec![], |source| source.files);
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), found);
    for file in &files {
        assert_eq!(text(file), file.path);
        assert_eq!(file.size, file.path.len() as u64);
    }
}

#[rstest]
#[case(&["household.csv", "household/a.csv"], "the extract `household` is there twice: `household/` and `household.csv`")]
#[case(&["household.csv", "household/"], "the extract `household` is there twice: `household/` and `household.csv`")]
#[case(&["household.xlsx", "household.csv"], "the extract `household` is there twice: `household.csv` and `household.xlsx`")]
#[case(&["household.csv/"], "`household.csv` is a folder, expected a regular file")]
#[case(&["household/a.csv/"], "`household/a.csv` is a folder, expected a regular file")]
#[case(&["household/"], "`household/` cannot be read: it holds no parts, expected `household/*.csv`")]
#[case(&["household/.a.csv"], "`household/` cannot be read: it holds no parts, expected `household/*.csv`")]
fn what_cannot_be_told_is_an_error(#[case] there: &[&str], #[case] expected: &str) {
    assert_eq!(message(find(&folder(there))), expected);
}

#[test]
fn links_are_followed() {
    let elsewhere = folder(&["data.csv", "parts/a.csv"]);
    let linked = folder(&[]);
    symlink(elsewhere.path().join("data.csv"), linked.path().join("household.csv")).unwrap();
    assert_eq!(text(&find(&linked).unwrap().unwrap().files[0]), "data.csv");
    fs::remove_file(linked.path().join("household.csv")).unwrap();
    symlink(elsewhere.path().join("parts"), linked.path().join("household")).unwrap();
    let parts = find(&linked).unwrap().unwrap();
    assert_eq!((parts.files[0].path.as_str(), text(&parts.files[0]).as_str()), ("household/a.csv", "parts/a.csv"));
}

#[test]
fn a_link_that_leads_nowhere_is_not_an_absent_extract() {
    let folder = folder(&[]);
    symlink("gone", folder.path().join("household.csv")).unwrap();
    assert_eq!(message(find(&folder)), "`household.csv` is a link that leads nowhere, expected a regular file");
    fs::remove_file(folder.path().join("household.csv")).unwrap();
    symlink("gone", folder.path().join("household")).unwrap();
    assert_eq!(message(find(&folder)), "`household/` cannot be read: it is a link that leads nowhere, expected a folder of parts");
}

#[test]
fn a_named_pipe_is_never_waited_for() {
    let folder = folder(&["household/a.csv"]);
    let pipe = |name: &str| assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
    pipe("household/b.csv");
    assert_eq!(message(find(&folder)), "`household/b.csv` is a named pipe, expected a regular file");
    pipe("student.csv");
    let location = Location::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(message(Source::find(&location, "student")), "`student.csv` is a named pipe, expected a regular file");
    let path = folder.path().join("student.csv");
    assert_eq!(message(Source::at(path.to_str().unwrap(), "student")), "`student.csv` is a named pipe, expected a regular file");
}

#[test]
fn a_file_that_becomes_a_pipe_later_is_not_waited_for_either() {
    let folder = folder(&["household.csv"]);
    let source = find(&folder).unwrap().unwrap();
    fs::remove_file(folder.path().join("household.csv")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("household.csv")).status().unwrap().success());
    let said = message(source.files[0].open());
    assert!(said.contains("`household.csv` is a named pipe"), "{said}");
}

#[test]
fn a_socket_is_no_file() {
    let folder = folder(&[]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("household.csv")).unwrap();
    assert_eq!(message(find(&folder)), "`household.csv` is a socket, expected a regular file");
}

#[test]
fn a_file_without_permission_is_denied() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&["household.csv"]);
    let path = folder.path().join("household.csv");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let source = find(&folder).unwrap().unwrap();
    if fs::File::open(&path).is_ok() {
        eprintln!("skipped: whoever runs this test may read every file");
        return;
    }
    assert_eq!(message(source.files[0].open()), "`household.csv` may not be read: permission denied");
}

#[test]
fn a_location_that_is_no_folder_is_said_so() {
    let folder = folder(&["file"]);
    let look = |name: &str| message(Source::find(&Location::open(folder.path().join(name).to_str().unwrap()).unwrap(), "household"));
    let root = folder.path().display();
    assert_eq!(look("file"), format!("the location `{root}/file` is a regular file, expected a folder"));
    assert_eq!(look("gone"), format!("`{root}/gone` does not exist, expected a folder"));
}

#[rstest]
#[case("x/家庭 1.CSV", Format::Text)]
#[case("x/a.parquet", Format::Parquet)]
#[case("x/a.XLSX", Format::Workbook)]
fn a_path_tells_its_file(#[case] name: &str, #[case] format: Format) {
    let folder = folder(&[name]);
    let source = Source::at(folder.path().join(name).to_str().unwrap(), "household").unwrap();
    assert_eq!((source.name.as_str(), source.files[0].format), ("household", format));
    assert_eq!(format!("x/{}", source.files[0].path), name);
    let url = url::Url::from_file_path(folder.path().join(name)).unwrap();
    if !url.as_str().contains('%') {
        assert_eq!(text(&Source::at(url.as_str(), "household").unwrap().files[0]), name);
    }
}

#[test]
fn a_path_may_name_a_folder_of_parts_or_nothing() {
    let folder = folder(&["x/b.csv", "x/a.csv", "y.dat"]);
    let at = |name: &str| Source::at(folder.path().join(name).to_str().unwrap(), "household");
    assert_eq!(at("x/").unwrap().files.len(), 2);
    assert!(message(at("y.dat")).ends_with("y.dat` has no known ending, expected .csv, .txt, .xlsx or .parquet"));
    assert!(message(at("z.csv")).ends_with("z.csv` does not exist, expected the extract `household`"));
}

#[test]
fn an_object_store_is_a_location_like_a_folder() {
    let store = Arc::new(InMemory::new());
    let long = "长".repeat(100_000);
    let put = |path: &str, text: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.put(&path.into(), text.to_owned().into())).unwrap();
    };
    put("county/2024/household/b.csv", &long);
    put("county/2024/household/a.csv", "a");
    put("county/2024/student.csv", "s");
    put("county/2024/identity.csv", "i");
    put("county/2024/identity.txt", "i");
    let store: Arc<dyn ObjectStore> = store;
    let location = Location::in_store("s3://county/2024".to_owned(), store, "county/2024".into()).unwrap();
    let household = Source::find(&location, "household").unwrap().unwrap();
    assert_eq!(household.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["household/a.csv", "household/b.csv"]);
    assert_eq!(text(&household.files[1]), long);
    let (mut copy, digest) = household.files[1].seekable().unwrap();
    let mut whole = String::new();
    copy.read_to_string(&mut whole).unwrap();
    assert_eq!((digest.bytes, whole.as_str()), (300_000, long.as_str()));
    assert_eq!(Source::find(&location, "student").unwrap().unwrap().files[0].size, 1);
    assert!(Source::find(&location, "payment").unwrap().is_none());
    assert!(message(Source::find(&location, "identity")).ends_with("`identity.csv` and `identity.txt`"));
}

#[test]
fn a_local_file_is_hashed_and_read_in_place() {
    let folder = folder(&["household.csv"]);
    let (mut file, digest) = find(&folder).unwrap().unwrap().files[0].seekable().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "household.csv");
    assert_eq!(digest.bytes, 13);
    assert_eq!(digest.hex(), format!("{:x}", Sha256::digest("household.csv")));
}
