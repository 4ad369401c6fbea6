//! The architecture, as `ARCHITECTURE.md` draws it, held against the code: which crate may depend on which, which room may
//! use which, and that no two files need each other.
//!
//! The source is read as text: paths in `use` declarations, and paths that begin with `crate`, `super` or `self`. A path is
//! followed through re-exports to the file that defines the name. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::source::SourceTree;

mod source;

/// Which crates of the workspace a crate may depend on.
const CRATES: [(&str, &[&str]); 6] = [
    ("canbao-rules", &[]),
    ("canbao-runtime", &["canbao-rules"]),
    ("canbao-sample", &["canbao-rules"]),
    ("canbao-sources", &["canbao-rules", "canbao-runtime"]),
    ("canbao-publish", &["canbao-rules", "canbao-runtime"]),
    ("canbao", &["canbao-publish", "canbao-rules", "canbao-runtime", "canbao-sample", "canbao-sources"]),
];

/// Which rooms of the root package a room may use.
const ROOMS: [(&str, &[&str]); 7] = [
    ("cli", &["explain", "logging", "operators", "pipeline", "policies", "query", "schedule", "scheduler"]),
    ("explain", &["operators"]),
    ("notify", &[]),
    ("operators", &["query"]),
    ("pipeline", &["notify", "operators", "policies", "query", "schedule"]),
    ("scheduler", &["logging", "notify", "operators", "pipeline", "schedule"]),
    ("query", &[]),
];

/// Engines, files, clocks and runtimes: none of them is known to the rules.
const UNKNOWN_TO_RULES: [&str; 12] = [
    "arrow-array",
    "arrow-ipc",
    "arrow-schema",
    "calamine",
    "object_store",
    "parquet",
    "polars",
    "rayon",
    "rusqlite",
    "tempfile",
    "tokio",
    "tracing",
];

#[test]
fn a_crate_depends_on_no_other_crates_than_the_architecture_says() {
    for (name, allowed) in CRATES {
        let dependencies = dependencies(name);
        let ours: Vec<&str> = dependencies.iter().map(String::as_str).filter(|name| name.starts_with("canbao")).collect();
        let wrong: Vec<&&str> = ours.iter().filter(|name| !allowed.contains(name)).collect();
        assert!(wrong.is_empty(), "{name} depends on {wrong:?}, expected none but {allowed:?}");
    }
    let members: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .chain(["canbao".to_owned()])
        .collect();
    let listed: BTreeSet<String> = CRATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(members, listed, "each crate of the workspace stands in the table");
}

#[test]
fn rules_know_no_engine_no_file_and_no_runtime() {
    let dependencies = dependencies("canbao-rules");
    let wrong: Vec<&str> = UNKNOWN_TO_RULES.into_iter().filter(|name| dependencies.contains(*name)).collect();
    assert!(wrong.is_empty(), "canbao-rules depends on {wrong:?}");
    for (file, text) in SourceTree::read(&root().join("crates/canbao-rules/src")).texts() {
        for word in ["std::fs", "std::net", "std::process", "std::thread", "SystemTime", "Utc::now", "Instant"] {
            assert!(!text.contains(word), "{} knows `{word}`", file.display());
        }
    }
}

#[test]
fn polars_stands_only_where_frames_are_needed() {
    for folder in ["crates/canbao-rules", "crates/canbao-publish", "crates/canbao-sample", "crates/canbao-runtime"] {
        let name = Path::new(folder).file_name().unwrap().to_str().unwrap();
        assert!(!dependencies(name).iter().any(|name| name.starts_with("polars")), "{name} depends on polars");
    }
}

#[test]
fn no_two_files_need_each_other() {
    let mut circles = String::new();
    for folder in source_folders() {
        for circle in SourceTree::read(&folder).circles() {
            circles += &format!("{}: {}\n", folder.strip_prefix(root()).unwrap().display(), circle.join(" → "));
        }
    }
    assert!(circles.is_empty(), "files that need each other:\n{circles}");
}

#[test]
fn a_room_uses_no_other_rooms_than_the_architecture_says() {
    let arrows = SourceTree::read(&root().join("src")).arrows_between_rooms();
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let wrong: Vec<String> = arrows
        .iter()
        .filter(|((from, to), _)| !allowed.get(from.as_str()).is_some_and(|rooms| rooms.contains(&to.as_str())))
        .map(|((from, to), file)| format!("{from} → {to} (in {file})"))
        .collect();
    assert!(wrong.is_empty(), "arrows that ARCHITECTURE.md does not draw:\n{}", wrong.join("\n"));
    let unused: Vec<String> = ROOMS
        .iter()
        .flat_map(|(from, rooms)| rooms.iter().map(|to| ((*from).to_owned(), (*to).to_owned())))
        .filter(|arrow| !arrows.contains_key(arrow))
        .map(|(from, to)| format!("{from} → {to}"))
        .collect();
    assert!(unused.is_empty(), "arrows that nothing needs any more:\n{}", unused.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `src` of each package of the workspace.
fn source_folders() -> Vec<PathBuf> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path().join("src"));
    let mut folders: Vec<PathBuf> = crates.chain([root().join("src")]).collect();
    folders.sort();
    folders
}

/// The names under `[dependencies]` of a package.
fn dependencies(package: &str) -> BTreeSet<String> {
    let folder = if package == "canbao" { root() } else { root().join("crates").join(package) };
    let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    manifest.get("dependencies").and_then(toml::Value::as_table).into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
