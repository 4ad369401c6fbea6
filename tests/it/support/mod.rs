//! What the integration tests share: one [`TestContext`], in which the real program runs.
//!
//! # How to write the next test
//!
//! 1. Make a context: `TestContext::new()` is an empty folder, `TestContext::with_village()` has a small pipeline and an
//!    extract of three rows, `TestContext::with_sample(…)` has what `canbao sample` writes.
//! 2. Write the files that the test is about with [`TestContext::write`]. Paths are relative to the context's folder, which is
//!    the program's working directory, too. Resident numbers come from [`resident_number`], with a division code that was
//!    never assigned, such as 340399.
//! 3. Run the program with [`TestContext::run`]. [`TestContext::succeed`] does the same and fails the test, with what the
//!    program printed, where the exit status is not 0.
//! 4. Compare what users see: [`CommandOutcome::transcript`] in an inline snapshot for messages,
//!    [`CommandOutcome::json`] for reports, [`TestContext::query`] for published rows, [`TestContext::dataset_hashes`] where
//!    bytes have to be the same.
//!
//! The program never sees the real state of the machine: it runs in the context's folder without canbao's environment
//! variables. What is about time sets the injected clock; [`scheduler::SchedulerContext`] shows how, and is what a test of
//! `canbao serve` begins with.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

#[cfg(unix)]
pub mod scheduler;

/// A folder of its own in which the real program runs; removed at the end of the test.
pub struct TestContext {
    folder: TempDir,
}

/// How a command ended and what it printed.
#[derive(Debug)]
pub struct CommandOutcome {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl TestContext {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A pipeline of one source and one query, and its extract of three residents, one of whom has an invalid number.
    pub fn with_village() -> Self {
        let context = Self::new();
        context.write("pipelines/village.toml", VILLAGE);
        let numbers = [&resident_number("340399199001010011"), &resident_number("340399198502280022"), INVALID_NUMBER];
        context.write("data/household.csv", &household(&numbers));
        context
    }

    /// What `canbao sample data` writes with these further arguments.
    pub fn with_sample(arguments: &[&str]) -> Self {
        let context = Self::new();
        context.succeed(&[&["sample", "data"], arguments].concat());
        context
    }

    /// The path of a file or folder of the context.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program with these arguments, in the context's folder and without environment variables of canbao's.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.current_dir(self.folder.path()).args(arguments).env_remove("CANBAO_LOG").env_remove("CANBAO_PSEUDONYM_KEY");
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> CommandOutcome {
        self.run_with(&[], arguments)
    }

    /// Runs the program with these environment variables.
    pub fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> CommandOutcome {
        self.command(arguments).envs(environment.iter().copied()).output().unwrap().into()
    }

    /// Runs the program with this standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> CommandOutcome {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Runs the program, which has to end with exit status 0.
    pub fn succeed(&self, arguments: &[&str]) -> CommandOutcome {
        self.run(arguments).success(arguments)
    }

    /// Runs the village's pipeline with these further arguments.
    pub fn run_village(&self, more: &[&str]) -> CommandOutcome {
        self.run(&[&["run", "village", "--date", "2023-12-31", "--data", "data"], more].concat())
    }

    /// The answer of `canbao query` as CSV; `location` is where snapshots are published.
    pub fn query(&self, location: &str, sql: &str) -> String {
        self.succeed(&["query", sql, "--publish", location, "--format", "csv"]).stdout
    }

    /// The manifest of a snapshot.
    pub fn manifest(&self, snapshot: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(snapshot).join("manifest.json")).unwrap()).unwrap()
    }

    /// The SHA-256 of each dataset of a snapshot, by name, as its manifest says.
    pub fn dataset_hashes(&self, snapshot: &str) -> BTreeMap<String, String> {
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
        let manifest = self.manifest(snapshot);
        manifest["datasets"].as_array().unwrap().iter().map(|entry| (text(entry, "name"), text(entry, "sha256"))).collect()
    }

    /// The bytes of each dataset of a snapshot, by name.
    pub fn dataset_bytes(&self, snapshot: &str) -> BTreeMap<String, Vec<u8>> {
        let files = fs::read_dir(self.path(snapshot)).unwrap().map(|entry| entry.unwrap().path());
        let datasets = files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet"));
        datasets.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
    }
}

impl CommandOutcome {
    /// Exit status and errors; lines that say how long a stage took are left out.
    pub fn transcript(&self) -> String {
        let errors: Vec<&str> = self.stderr.lines().filter(|line| !line.contains(": done in ")).collect();
        format!("exit {}\n{}", self.status, errors.join("\n"))
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The snapshot that a run has published: the last line that it prints.
    pub fn snapshot(&self) -> &str {
        self.stdout.lines().last().unwrap()
    }

    fn success(self, arguments: &[&str]) -> Self {
        assert_eq!(self.status, 0, "{arguments:?}: {}", self.stderr);
        self
    }
}

impl From<Output> for CommandOutcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(assert_cmd::cargo::cargo_bin!("canbao"))
}

/// Counts the residents of each township.
pub const VILLAGE: &str = r#"
title = "一个村"
region = "340322"

[[source]]
extract = "household"
required = true

[[step]]
into = "by_township"
sql = "SELECT SUBSTR(resd_admdvs, 1, 9) AS township, COUNT(*) AS persons FROM household GROUP BY township"

[[gate]]
check = "reject-share"
source = "household"
at_most_pct = 50
"#;

/// A resident number with a wrong check character.
pub const INVALID_NUMBER: &str = "340399199001010010";

/// The resident number with the right check character in its last place.
pub fn resident_number(text: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{}{}", &text[..17], char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// A household extract with one resident for each number.
pub fn household(numbers: &[&str]) -> String {
    let rows = numbers.iter().map(|number| format!("{number},张三,1990-01-01,340322101203,1,1\n"));
    format!("certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n{}", rows.collect::<String>())
}

#[test]
fn the_invalid_number_is_invalid() {
    assert_ne!(resident_number(INVALID_NUMBER), INVALID_NUMBER);
}
