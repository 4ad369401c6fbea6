//! A context for tests of `canbao serve`: the scheduler as a process of its own, its ledger, and a clock that the test sets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use super::TestContext;

/// A moment after an occurrence of 02:30 in Shanghai.
pub const DUE: &str = "2024-03-01T18:30:01Z";

/// Longer than anything here takes, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The bytes of datasets by name.
pub type Datasets = Vec<(String, Vec<u8>)>;

/// A [`TestContext`] with extracts, pipelines, published snapshots, a state folder, and the clock of the program in a file.
pub struct SchedulerContext {
    context: TestContext,
}

impl SchedulerContext {
    /// With the extracts of a small county and no pipeline yet.
    pub fn new() -> Self {
        let context = Self { context: TestContext::new() };
        fs::create_dir(context.path("pipelines")).unwrap();
        fs::create_dir(context.path("data")).unwrap();
        for entry in fs::read_dir(extracts()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), context.path("data").join(entry.file_name())).unwrap();
        }
        context.clock("2024-03-01T00:00:00Z");
        context
    }

    /// The path of a file or folder of the context.
    pub fn path(&self, name: &str) -> PathBuf {
        self.context.path(name)
    }

    /// Writes a pipeline that counts residents by township in two steps; `more` are keys at the top of its file.
    pub fn pipeline(&self, name: &str, more: &str) {
        let text = format!(
            r#"title = "乡镇人数"
region = "340322"
{more}

[[source]]
extract = "household"
required = true

[[step]]
into = "resident"
sql = "SELECT SUBSTR(resd_admdvs, 1, 9) AS township, surv_stas FROM household"

[[step]]
into = "by_township"
sql = "SELECT township, COUNT(*) AS persons FROM resident GROUP BY township"
order_by = ["township"]

[publish]
"#
        );
        self.file(&format!("pipelines/{name}.toml"), &text);
    }

    /// Writes a file as a whole.
    pub fn file(&self, name: &str, text: &str) {
        let unfinished = self.path(".unfinished");
        fs::write(&unfinished, text).unwrap();
        fs::rename(unfinished, self.path(name)).unwrap();
    }

    /// Sets the clock.
    pub fn clock(&self, moment: &str) {
        self.file("clock", moment);
    }

    /// The program with these arguments, the context's clock and its folders.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.context.command(args);
        command.env("CANBAO_CLOCK", self.path("clock"));
        for option in [["--state", "state"], ["--pipelines", "pipelines"]] {
            command.args(option);
        }
        if ["run", "serve", "backfill", "plan"].contains(&args[0]) {
            command.args(["--data", "data", "--publish", "published"]);
        }
        command
    }

    /// Runs the program to its end, however that is.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A command that has to succeed and gives JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.command(args).arg("--json").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A scheduler has seen the pipelines and is down again, and by the clock one of 02:30 is due.
    pub fn due(&self) {
        self.clock("2024-03-01T18:00:00Z");
        let scheduler = self.serve();
        self.wait_for("SELECT count(*) FROM pipeline", 1);
        scheduler.terminate();
        self.clock(DUE);
    }

    /// A scheduler whose run stands still in the middle of its second step, until `go` is there.
    pub fn serve_stalled(&self) -> SchedulerProcess<'_> {
        self.clock("2024-03-01T18:00:00Z");
        let scheduler = self.serve_with(|command| {
            command.env("CANBAO_STALL_AT", "run.stage#3").env("CANBAO_STALL_FILE", self.path("go"));
        });
        self.wait_for("SELECT count(*) FROM pipeline", 1);
        self.clock(DUE);
        scheduler
    }

    /// Starts the scheduler.
    pub fn serve(&self) -> SchedulerProcess<'_> {
        self.serve_with(|_| {})
    }

    /// Starts the scheduler; `set` may change its environment and arguments.
    pub fn serve_with(&self, set: impl FnOnce(&mut Command)) -> SchedulerProcess<'_> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("serve.log")).unwrap();
        let mut command = self.command(&["serve"]);
        command.env("CANBAO_LOG", "info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        set(&mut command);
        SchedulerProcess { child: command.spawn().unwrap(), context: self }
    }

    /// What the scheduler has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("serve.log")).unwrap_or_default()
    }

    /// One value of the ledger.
    pub fn ledger<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let ledger = self.open_ledger().expect("a ledger");
        ledger.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub fn open_ledger(&self) -> Option<Connection> {
        let path = self.path("state/ledger.sqlite");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let ledger = Connection::open_with_flags(path, flags).ok()?;
        ledger.busy_timeout(PATIENCE).unwrap();
        Some(ledger)
    }

    /// Waits until a count in the ledger is as expected.
    pub fn wait_for(&self, sql: &str, expected: i64) {
        self.wait_until(&format!("{sql} = {expected}"), || {
            self.open_ledger()
                .is_some_and(|ledger| ledger.query_row(sql, [], |row| row.get::<_, i64>(0)).is_ok_and(|found| found == expected))
        });
    }

    /// Waits until something is so, for a limited time.
    pub fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}\n{}\n{}", self.log(), self.list_runs());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What `runs` says.
    pub fn list_runs(&self) -> String {
        String::from_utf8(self.run(&["runs"]).stdout).unwrap()
    }

    /// The snapshots of a pipeline, whole or not, by name; what is hidden, too.
    pub fn published(&self, pipeline: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("published").join(pipeline)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "latest.json" && name != ".lock");
        names.sort();
        names
    }

    /// The bytes of a snapshot's datasets, by name.
    pub fn datasets(&self, pipeline: &str, snapshot: &str) -> Datasets {
        let folder = self.path("published").join(pipeline).join(snapshot);
        let mut datasets: Datasets = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "parquet"))
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
        datasets.sort();
        datasets
    }

    /// `latest.json` of a pipeline: it is whole and names a whole snapshot, or is not there.
    pub fn latest(&self, pipeline: &str) -> Option<String> {
        let folder = self.path("published").join(pipeline);
        let text = fs::read(folder.join("latest.json")).ok()?;
        let latest: Value = serde_json::from_slice(&text).expect("latest.json is whole");
        let name = latest["snapshot"].as_str().unwrap().to_owned();
        let manifest: Value =
            serde_json::from_slice(&fs::read(folder.join(&name).join("manifest.json")).unwrap()).expect("a whole manifest");
        for dataset in manifest["datasets"].as_array().unwrap() {
            let file = folder.join(&name).join(format!("{}.parquet", dataset["name"].as_str().unwrap()));
            assert_eq!(sha256(&file), dataset["sha256"].as_str().unwrap(), "{}", file.display());
        }
        Some(name)
    }

    /// Whether a process holds the lock of a run's folder.
    pub fn runs_alive(&self) -> bool {
        let held = |run: &String| {
            let lock = fs::File::open(self.path("state/runs").join(run).join("lock"));
            lock.is_ok_and(|lock| lock.try_lock().is_err())
        };
        self.run_folders().iter().any(held)
    }

    /// The folders of runs in the state folder.
    pub fn run_folders(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("state/runs")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// The scheduler's process; killed when the test is done with it.
pub struct SchedulerProcess<'c> {
    child: Child,
    context: &'c SchedulerContext,
}

impl SchedulerProcess<'_> {
    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGKILL, for its runs as well.
    pub fn kill_all(mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and what the process says at its end.
    pub fn terminate(self) -> ExitStatus {
        self.signal();
        self.end()
    }

    /// What the process says at its end, to which it was asked before.
    pub fn end(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the scheduler does not end\n{}", self.context.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM twice: it does not wait for its runs.
    pub fn terminate_at_once(self) -> ExitStatus {
        self.signal();
        thread::sleep(Duration::from_millis(200));
        self.terminate()
    }

    /// SIGTERM.
    pub fn signal(&self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for SchedulerProcess<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The extracts of a small synthetic county, made once.
fn extracts() -> PathBuf {
    static COUNTY: OnceLock<TestContext> = OnceLock::new();
    let sample = ["--persons", "200", "--seed", "5", "--region", "340322", "--plain"];
    COUNTY.get_or_init(|| TestContext::with_sample(&sample)).path("data")
}

fn sha256(path: &Path) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}
