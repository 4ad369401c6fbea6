//! What reaches standard error and what reaches the file, from an event to the line.

use std::fs;
use std::sync::Mutex;

use insta::assert_snapshot;
use tempfile::TempDir;
use tracing::subscriber::with_default;

use super::*;
use canbao_runtime::clock::FixedClock;

/// A standard error that can be looked at.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Screen {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Screen {
    fn shown(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock("2024-02-29T22:30:00.123456Z".parse().unwrap()))
}

/// What is shown while `work` logs.
fn shown(format: LogFormat, filter: &str, slot: &Slot, work: impl FnOnce()) -> String {
    let screen = Screen::default();
    let options = Options { format, filter: Some(filter.to_owned()), zone: Tz::Asia__Shanghai };
    let filter = EnvFilter::try_new(filter).unwrap();
    with_default(subscriber(&options, filter, false, screen.clone(), slot.clone(), clock()), work);
    screen.shown()
}

fn events() {
    tracing::info!(target: "canbao", stage = "read", rows = 48_210u64, "stage begins");
    tracing::warn!(target: "canbao", person = "34039919900228018X", key = 340_399_199_002_280_016u64, "odd row in 张三340399900228018.csv");
    tracing::debug!(target: "canbao", "340399199002280016 in detail");
}

#[test]
fn text_is_for_people() {
    assert_snapshot!(shown(LogFormat::Text, "info", &Slot::default(), events), @r#"
    2024-03-01T06:30:00.123+08:00  INFO canbao: stage begins stage="read" rows=48210
    2024-03-01T06:30:00.123+08:00  WARN canbao: odd row in 张三340399*****8018.csv person="340399********018X" key=340399********0016
    "#);
}

#[test]
fn json_is_for_programs() {
    let shown = shown(LogFormat::Json, "warn", &Slot::default(), events);
    assert_snapshot!(shown, @r#"{"timestamp":"2024-02-29T22:30:00.123456Z","level":"WARN","message":"odd row in 张三340399*****8018.csv","person":"340399********018X","key":"340399********0016","target":"canbao"}"#);
}

#[test]
fn colours_do_not_hide_a_number() {
    let screen = Screen::default();
    let options = Options { format: LogFormat::Text, filter: None, zone: Tz::UTC };
    let coloured = subscriber(&options, EnvFilter::new("warn"), true, screen.clone(), Slot::default(), clock());
    with_default(coloured, || tracing::warn!(person = %"340399199002280017", "x"));
    let shown = screen.shown();
    assert!(shown.contains("\u{1b}[") && shown.contains("340399********0017"), "{shown:?}");
}

#[test]
fn a_run_is_logged_from_info_on_whatever_is_shown() {
    let state = TempDir::new().unwrap();
    let slot = Slot::default();
    let logs = Logs { slot: slot.clone(), zone: Tz::Asia__Shanghai, clock: clock() };
    let log = |filter: &str| {
        shown(LogFormat::Text, filter, &slot, || {
            events();
            let _log = logs.run(state.path(), "audit", filter);
            tracing::info_span!("attempt", number = 2).in_scope(events);
        });
        fs::read_to_string(run_path(state.path(), "audit", filter)).unwrap()
    };
    assert_eq!(log("off"), log("trace"));
    assert_snapshot!(log("warn"), @r#"
    {"timestamp":"2024-02-29T22:30:00.123456Z","level":"INFO","message":"stage begins","stage":"read","rows":48210,"target":"canbao","span":{"number":2,"name":"attempt"}}
    {"timestamp":"2024-02-29T22:30:00.123456Z","level":"WARN","message":"odd row in 张三340399*****8018.csv","person":"340399********018X","key":"340399********0016","target":"canbao","span":{"number":2,"name":"attempt"}}
    "#);
}

#[test]
fn the_scheduler_is_logged_by_the_day() {
    let state = TempDir::new().unwrap();
    let slot = Slot::default();
    let logs = Logs { slot: slot.clone(), zone: Tz::Asia__Shanghai, clock: clock() };
    shown(LogFormat::Json, "off", &slot, || {
        let _log = logs.serve(state.path());
        events();
    });
    assert_eq!(fs::read_to_string(state.path().join("logs/serve-2024-03-01.log")).unwrap().lines().count(), 2);
}

#[test]
fn a_filter_that_cannot_be_read_is_told_of() {
    let (standing_in, complaint) = filter(Some("canbao=loud"));
    assert_eq!(standing_in.to_string(), "warn");
    assert_snapshot!(complaint.unwrap(), @r#"the log's filter cannot be read, so `warn` stands in for it: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5"#);
    assert_eq!(filter(Some(" ")).0.to_string(), "warn");
    assert_eq!(filter(None).0.to_string(), "warn");
    assert_eq!(filter(Some("info,canbao=debug")).1, None);
}
