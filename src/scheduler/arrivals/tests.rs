use std::fs::OpenOptions;
use std::io::Write;

use tempfile::TempDir;

use super::*;
use crate::schedule::Span;

/// A folder with a watch over its `*.csv`, and a clock that only the test sets.
struct Folder {
    folder: TempDir,
    watch: Watch,
    now: DateTime<Utc>,
}

impl Folder {
    fn new() -> Self {
        Self::watching("*.csv")
    }

    fn watching(pattern: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = format!("{}/{pattern}", glob::Pattern::escape(&folder.path().display().to_string()));
        let watch = Watch::new(&FileTrigger { files, quiet: Span::of_seconds(10) });
        Self { folder, watch, now: DateTime::from_timestamp(1_700_000_000, 0).unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        OpenOptions::new().append(true).open(self.path(name)).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Dates a file, as a copy that keeps times does: what is written in the same instant looks the same otherwise.
    fn date(&self, name: &str, seconds: u64) {
        let file = OpenOptions::new().append(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    }

    /// What one look finds, so many seconds later.
    fn look(&mut self, later: i64) -> Look {
        self.now += TimeDelta::seconds(later);
        self.watch.look(self.now).unwrap()
    }

    /// The names that arrive, so many seconds later.
    fn arrived(&mut self, later: i64) -> Vec<String> {
        let look = self.look(later);
        assert!(look.unreadable.is_empty(), "{look:?}");
        let root = self.folder.path();
        look.arrived.iter().map(|arrived| arrived.path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")).collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_file_arrives_once_it_stands_still() {
    let mut folder = Folder::new();
    folder.write("b.csv", "abc");
    folder.write("a.csv", "");
    folder.write("other.txt", "abc");
    assert_eq!(folder.arrived(0), NOTHING);
    assert_eq!(folder.arrived(9), NOTHING);
    let look = folder.look(1);
    let told: Vec<_> = look.arrived.iter().map(|a| (a.path.file_name().unwrap().to_str().unwrap(), a.bytes, a.sha256.as_str())).collect();
    let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(told, [("a.csv", 0, of_nothing), ("b.csv", 3, of_abc)]);
    assert_eq!(folder.arrived(1000), NOTHING, "and not again");
}

#[test]
fn a_file_that_grows_is_waited_for() {
    let mut folder = Folder::new();
    folder.write("a.csv", "1\n");
    assert_eq!(folder.arrived(0), NOTHING);
    for _ in 0..5 {
        folder.append("a.csv", "more\n");
        assert_eq!(folder.arrived(8), NOTHING, "it never stood still for ten seconds");
    }
    assert_eq!(folder.arrived(10), ["a.csv"]);
    folder.append("a.csv", "late\n");
    assert_eq!(folder.arrived(60), NOTHING, "changed, and seen so for the first time");
    assert_eq!(folder.arrived(10), ["a.csv"]);
}

#[test]
fn a_file_that_is_half_written_and_moved_into_place_arrives_whole() {
    let mut folder = Folder::new();
    folder.write("a.csv.part", "half");
    assert_eq!(folder.arrived(0), NOTHING);
    folder.append("a.csv.part", " and half");
    fs::rename(folder.path("a.csv.part"), folder.path("a.csv")).unwrap();
    assert_eq!(folder.arrived(10), NOTHING);
    assert_eq!(folder.look(10).arrived[0].bytes, 13);
}

#[test]
fn a_file_in_anothers_place_arrives() {
    let mut folder = Folder::new();
    folder.write("a.csv", "old");
    folder.date("a.csv", 1000);
    assert_eq!(folder.arrived(0), NOTHING);
    assert_eq!(folder.arrived(10), ["a.csv"]);
    // As long, and dated alike.
    folder.write("next", "new");
    folder.date("next", 1000);
    fs::rename(folder.path("next"), folder.path("a.csv")).unwrap();
    assert_eq!(folder.arrived(1), NOTHING);
    assert_eq!(folder.arrived(10), ["a.csv"]);
}

#[test]
fn a_file_that_is_replaced_while_it_is_waited_for_begins_anew() {
    let mut folder = Folder::new();
    folder.write("a.csv", "old");
    assert_eq!(folder.arrived(0), NOTHING);
    folder.write("next", "newer");
    fs::rename(folder.path("next"), folder.path("a.csv")).unwrap();
    assert_eq!(folder.arrived(10), NOTHING);
    assert_eq!(folder.arrived(9), NOTHING);
    assert_eq!(folder.arrived(1), ["a.csv"]);
}

#[test]
fn a_file_that_is_only_touched_does_not_arrive() {
    let mut folder = Folder::new();
    folder.write("a.csv", "abc");
    folder.arrived(0);
    assert_eq!(folder.arrived(10), ["a.csv"]);
    folder.date("a.csv", 2000);
    assert_eq!(folder.arrived(1), NOTHING);
    assert_eq!(folder.arrived(10), NOTHING);
}

#[test]
fn a_content_that_comes_back_does_not_arrive_again() {
    let mut folder = Folder::new();
    for (text, expected) in [("one", true), ("three", true), ("one", false), ("three", false), ("seven", true)] {
        folder.write("a.csv", text);
        assert_eq!(folder.arrived(1), NOTHING);
        assert_eq!(!folder.arrived(10).is_empty(), expected, "{text}");
    }
    folder.write("b.csv", "one");
    folder.arrived(0);
    assert_eq!(folder.arrived(10), ["b.csv"], "another file with the same content is another arrival");
}

#[test]
fn a_file_that_is_deleted_is_forgotten_and_its_content_is_not() {
    let mut folder = Folder::new();
    folder.write("a.csv", "abc");
    folder.arrived(0);
    assert_eq!(folder.arrived(10), ["a.csv"]);
    fs::remove_file(folder.path("a.csv")).unwrap();
    assert_eq!(folder.arrived(10), NOTHING);
    assert!(folder.watch.known.is_empty());
    folder.write("a.csv", "abc");
    assert_eq!(folder.arrived(0), NOTHING);
    assert_eq!(folder.arrived(10), NOTHING);
    folder.write("a.csv", "abcd");
    assert_eq!(folder.arrived(1), NOTHING);
    assert_eq!(folder.arrived(10), ["a.csv"]);
}

#[test]
fn a_file_that_goes_while_it_is_waited_for_does_not_arrive() {
    let mut folder = Folder::new();
    folder.write("a.csv", "abc");
    folder.arrived(0);
    fs::remove_file(folder.path("a.csv")).unwrap();
    assert_eq!(folder.arrived(9), NOTHING);
    folder.write("a.csv", "abc");
    assert_eq!(folder.arrived(1), NOTHING, "it has to stand still from now on");
    assert_eq!(folder.arrived(10), ["a.csv"]);
}

#[test]
fn where_nothing_fits_nothing_arrives() {
    let mut folder = Folder::watching("nowhere/*.csv");
    assert_eq!(folder.arrived(0), NOTHING);
    folder.write("nowhere/a.csv", "abc");
    assert_eq!(folder.arrived(0), NOTHING);
    assert_eq!(folder.arrived(10), ["nowhere/a.csv"]);
}

#[test]
fn neither_folders_nor_hidden_files() {
    let mut folder = Folder::watching("**/*.csv");
    folder.write(".a.csv", "abc");
    folder.write(".hidden/a.csv", "abc");
    folder.write("folder.csv/b.csv", "abc");
    folder.arrived(0);
    assert_eq!(folder.arrived(10), ["folder.csv/b.csv"]);
}

#[test]
fn a_clock_that_is_set_back_makes_a_file_wait_once_more() {
    let mut folder = Folder::new();
    folder.write("a.csv", "abc");
    assert_eq!(folder.arrived(0), NOTHING);
    assert_eq!(folder.arrived(-100_000), NOTHING);
    assert_eq!(folder.arrived(10), ["a.csv"]);
    assert_eq!(folder.arrived(-100_000), NOTHING, "what is known stays known");
    assert_eq!(folder.arrived(200_000), NOTHING);
}

#[test]
fn what_is_known_is_not_read_again() {
    let mut folder = Folder::new();
    folder.write("a.csv", "abc");
    folder.arrived(0);
    assert_eq!(folder.arrived(10), ["a.csv"]);
    // A content that were read once more would be reported once more, as its report is forgotten here.
    folder.watch.reported.clear();
    assert_eq!(folder.arrived(100), NOTHING);
    folder.date("a.csv", 1000);
    folder.arrived(1);
    assert_eq!(folder.arrived(10), ["a.csv"]);
}

/// A file's bytes; something happens to the file once the first of them are read.
struct While<'a, F: FnMut()>(&'a File, F);

impl<F: FnMut()> Read for While<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer);
        self.1();
        read
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_taken_for_what_it_was() {
    let folder = Folder::new();
    let path = folder.path("a.csv");
    let read_while = |happens: &dyn Fn()| {
        folder.write("a.csv", "abc");
        let state = State::of(&fs::metadata(&path).unwrap());
        let file = File::open(&path).unwrap();
        content_of(&file, While(&file, happens), &path, &state).unwrap().is_some()
    };
    assert!(read_while(&|| ()));
    assert!(!read_while(&|| folder.append("a.csv", "d")));
    assert!(!read_while(&|| folder.date("a.csv", 1000)), "perhaps it was written to and dated back");
    assert!(!read_while(&|| fs::remove_file(&path).unwrap_or_default()));
    let replace = || {
        folder.write("next", "abc");
        fs::rename(folder.path("next"), &path).unwrap();
    };
    assert_eq!(read_while(&replace), !cfg!(unix));
}

#[test]
fn a_file_that_changed_before_it_is_read_is_not_taken_for_what_it_was() {
    let folder = Folder::new();
    folder.write("a.csv", "abc");
    let state = State::of(&fs::metadata(folder.path("a.csv")).unwrap());
    folder.append("a.csv", "d");
    assert_eq!(content(&folder.path("a.csv"), &state).unwrap(), None);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed() {
        let mut folder = Folder::new();
        folder.write("elsewhere/real", "abc");
        symlink(folder.path("elsewhere/real"), folder.path("a.csv")).unwrap();
        folder.arrived(0);
        assert_eq!(folder.arrived(10), ["a.csv"]);
        folder.append("elsewhere/real", "d");
        assert_eq!(folder.arrived(1), NOTHING);
        assert_eq!(folder.arrived(10), ["a.csv"], "a change behind the link is a change");
    }

    #[test]
    fn a_link_that_leads_elsewhere_while_it_is_read_is_not_taken_for_what_it_was() {
        let folder = Folder::new();
        for name in ["one", "other"] {
            folder.write(name, "abc");
        }
        let path = folder.path("a.csv");
        symlink(folder.path("one"), &path).unwrap();
        let state = State::of(&fs::metadata(&path).unwrap());
        let file = File::open(&path).unwrap();
        let lead_elsewhere = || {
            symlink(folder.path("other"), folder.path("next")).unwrap_or_default();
            fs::rename(folder.path("next"), &path).unwrap();
        };
        assert_eq!(content_of(&file, While(&file, lead_elsewhere), &path, &state).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_is_told_once_and_keeps_nobody_waiting() {
        let mut folder = Folder::new();
        folder.write("a.csv", "abc");
        symlink(folder.path("nowhere"), folder.path("b.csv")).unwrap();
        let told = |look: &Look| look.unreadable.iter().map(|one| one.path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(told(&folder.look(0)), ["b.csv"]);
        let look = folder.look(10);
        assert_eq!((look.arrived.len(), look.unreadable.len()), (1, 0));
        folder.write("nowhere", "abc");
        assert_eq!(folder.arrived(0), NOTHING);
        assert_eq!(folder.arrived(10), ["b.csv"]);
        fs::remove_file(folder.path("nowhere")).unwrap();
        assert_eq!(told(&folder.look(1)), ["b.csv"], "it was readable in between");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let mut folder = Folder::new();
        let made = std::process::Command::new("mkfifo").arg(folder.path("a.csv")).status();
        assert!(made.is_ok_and(|status| status.success()));
        let look = folder.look(0);
        assert_eq!(look.unreadable[0].source.to_string(), "it is no regular file");
        assert!(folder.look(10).arrived.is_empty());
    }
}
