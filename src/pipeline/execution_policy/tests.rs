use canbao_runtime::diagnostic::Diagnostic;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::notify::{Kind, Shape};
use crate::operators::registry;
use crate::pipeline::{Address, AddressError, Pipeline};
use canbao_rules::Language;

/// ExecutionPolicy as a file with these keys says it, beside a step `by_township`.
fn parsed(keys: &str, tables: &str) -> Result<Pipeline, String> {
    let step = "[[source]]\nextract = \"household\"\n[[step]]\ninto = \"by_township\"\nsql = \"SELECT certno FROM household\"\n";
    Pipeline::parse("pipelines/mine.toml", &format!("title = \"t\"\n{keys}\n{step}{tables}\n"), &registry()).map_err(|error| {
        match error.hint() {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        }
    })
}

fn execution(keys: &str, tables: &str) -> ExecutionPolicy {
    parsed(keys, tables).unwrap().execution
}

/// What is said of a key in the second line.
fn told(key: &str) -> String {
    parsed(key, "").unwrap_err()
}

/// What is said of a table that begins in line 8.
fn told_of(table: &str) -> String {
    parsed("", table).unwrap_err()
}

fn seconds(span: &str) -> Span {
    span.parse().unwrap()
}

#[test]
fn a_file_that_says_nothing_runs_sensibly() {
    let execution = execution("", "");
    assert!(execution.after.is_empty() && execution.when_new.is_none() && execution.notify.is_empty());
    assert_eq!((execution.catch_up, execution.overlap), (CatchUp::Latest, OverlapPolicy::Queue));
    assert_eq!(execution.timeouts.of("read"), None);
    assert_eq!(execution.retry, RetryPolicy { attempts: 3, wait: seconds("30s"), longest: seconds("10m"), crashes: 5 });
    assert_eq!(
        execution.retention,
        RetentionPolicy { stages: seconds("14d"), runs: seconds("400d"), snapshots: None, snapshots_at_least: 1 }
    );
}

#[test]
fn everything_can_be_said() {
    let keys = r#"schedule = "30 2 * * *"
after = ["enrollment-audit", "another"]
when_new = { files = "extracts/*.csv", quiet = "1m" }
catch_up = "all"
overlap = "skip"
stage_timeout = "2h"
stage_timeouts = { read = "30m", by_township = "10s", gates = "1s", publish = "1d" }"#;
    let tables = r#"[retry]
attempts = 1
wait = "1m"
longest = "1h"
crashes = 0
[keep]
stages = "1d"
runs = "2d"
snapshots = "3d"
snapshots_at_least = 12
[[notify]]
url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRET"
on = ["gate", "recovery"]
shape = "wecom"
template = "{{ pipeline }}"
lang = "en"
[[notify]]
url_env = "CANBAO_ROBOT"
shape = "dingtalk""#;
    let execution = execution(keys, tables);
    assert_eq!(execution.after, ["enrollment-audit", "another"]);
    assert_eq!(execution.when_new, Some(FileTrigger { files: "extracts/*.csv".to_owned(), quiet: seconds("1m") }));
    assert_eq!((execution.catch_up, execution.overlap), (CatchUp::All, OverlapPolicy::Skip));
    let limits = ["read", "by_township", "gates", "publish", "else"].map(|stage| execution.timeouts.of(stage).unwrap().as_secs());
    assert_eq!(limits, [1800, 10, 1, 86_400, 7200]);
    assert_eq!(execution.retry, RetryPolicy { attempts: 1, wait: seconds("1m"), longest: seconds("1h"), crashes: 0 });
    let keep = RetentionPolicy { stages: seconds("1d"), runs: seconds("2d"), snapshots: Some(seconds("3d")), snapshots_at_least: 12 };
    assert_eq!(execution.retention, keep);
    let [first, second] = execution.notify.as_slice() else { panic!("two are told") };
    assert_eq!((first.on.as_slice(), first.shape, first.lang), ([Kind::Gate, Kind::Recovery].as_slice(), Shape::WeCom, Language::English));
    assert_eq!(first.template.as_deref(), Some("{{ pipeline }}"));
    assert_eq!((second.on.as_slice(), second.shape, second.lang), (Kind::ALL.as_slice(), Shape::DingTalk, Language::Chinese));
    assert_eq!(second.address, Address::Env("CANBAO_ROBOT".to_owned()));
}

#[test]
fn files_alone_say_enough() {
    let new = execution("when_new = \"extracts/**/[a-c]*.csv\"", "").when_new.unwrap();
    assert_eq!((new.files.as_str(), new.quiet), ("extracts/**/[a-c]*.csv", seconds("10s")));
}

#[test]
fn upstreams_that_cannot_be() {
    insta::assert_snapshot!(told("after = [\"other\", \"mine\"]"), @"`pipelines/mine.toml` line 2: after `mine` is this pipeline itself, expected the name of another pipeline");
    insta::assert_snapshot!(told("after = [\"other\",\n\"other\"]"), @"`pipelines/mine.toml` line 3: after `other` is named twice");
    insta::assert_snapshot!(told("after = [\"../other\"]"), @"`pipelines/mine.toml` line 2: after `../other` cannot name a file and a table, expected ASCII letters, digits, `_` and `-`");
    insta::assert_snapshot!(told("after = \"other\""), @r#"`pipelines/mine.toml` line 2: invalid type: string "other", expected a sequence"#);
}

#[rstest]
#[case::empty("", "names nothing")]
#[case::remote("s3://bucket/*.csv", "is no local path")]
#[case::folder("extracts/", "names folders")]
#[case::folders("extracts/**", "names folders")]
#[case::open("extracts/[a.csv", "is no pattern (invalid range pattern)")]
#[case::open_across_folders("extracts/[a/b].csv", "is no pattern (invalid range pattern)")]
#[case::stars("extracts/***.csv", "is no pattern (wildcards are either regular `*` or recursive `**`)")]
fn a_pattern_that_cannot_be(#[case] files: &str, #[case] problem: &str) {
    let expected =
        format!("`pipelines/mine.toml` line 2: when_new `{files}` {problem}, expected a pattern of local files such as `extracts/*.csv`");
    assert_eq!(told(&format!("when_new = \"{files}\"")), expected);
    assert_eq!(told(&format!("when_new = {{ quiet = \"1s\", files = \"{files}\" }}")), expected);
}

#[test]
fn what_is_not_known_of_new_files() {
    insta::assert_snapshot!(told("when_new = { files = \"a\", quite = \"1s\" }"), @"
    `pipelines/mine.toml` line 2: unknown field `quite`, expected `files` or `quiet`
    hint: did you mean `quiet`?
    ");
    insta::assert_snapshot!(told("when_new = { quiet = \"1s\" }"), @"`pipelines/mine.toml` line 2: missing field `files`");
    insta::assert_snapshot!(told("when_new = 5"), @"`pipelines/mine.toml` line 2: invalid type: integer `5`, expected a pattern of files, or a table with `files` and `quiet`");
    insta::assert_snapshot!(told("when_new = { files = \"a\", quiet = \"soon\" }"), @"`pipelines/mine.toml` line 2: quiet `soon` is no span of time, expected a whole number and a unit, such as `10s`, `30m`, `2h` or `14d`, at most 36500d");
}

#[test]
fn words_that_are_not_known() {
    insta::assert_snapshot!(told("catch_up = \"lastest\""), @"
    `pipelines/mine.toml` line 2: catch_up `lastest` is unknown, expected one of `all`, `latest`, `none`
    hint: did you mean `latest`?
    ");
    insta::assert_snapshot!(told("overlap = \"wait\""), @"`pipelines/mine.toml` line 2: overlap `wait` is unknown, expected one of `skip`, `queue`");
}

#[test]
fn limits_that_cannot_be() {
    insta::assert_snapshot!(told("stage_timeout = \"2 h\""), @"`pipelines/mine.toml` line 2: stage_timeout `2 h` is no span of time, expected a whole number and a unit, such as `10s`, `30m`, `2h` or `14d`, at most 36500d");
    insta::assert_snapshot!(told("stage_timeout = \"0s\""), @"`pipelines/mine.toml` line 2: stage_timeout `0s` leaves no time, expected a span of at least one second");
    insta::assert_snapshot!(told("stage_timeouts = { reed = \"1s\" }"), @"
    `pipelines/mine.toml` line 2: stage `reed` is unknown, expected one of `read`, `by_township`, `gates`, `publish`
    hint: did you mean `read`?
    ");
    insta::assert_snapshot!(told("stage_timeouts = { read = \"0m\" }"), @"`pipelines/mine.toml` line 2: stage_timeouts `0m` leaves no time, expected a span of at least one second");
    insta::assert_snapshot!(told_of("[stage_timeouts]\nread = \"1s\"\nmine = \"1s\""), @"`pipelines/mine.toml` line 10: stage `mine` is unknown, expected one of `read`, `by_township`, `gates`, `publish`");
}

#[test]
fn retries_that_cannot_be() {
    insta::assert_snapshot!(told_of("[retry]\nattempts = 0"), @"`pipelines/mine.toml` line 9: attempts `0` is out of range, expected a number of tries from 1 to 1000");
    insta::assert_snapshot!(told_of("[retry]\ncrashes = -1"), @"`pipelines/mine.toml` line 9: crashes `-1` is out of range, expected a number of times from 0 to 1000");
    insta::assert_snapshot!(told_of("[retry]\nwait = \"1m\"\nlongest = \"59s\""), @"`pipelines/mine.toml` line 10: longest `59s` is shorter than the first wait, expected a span of at least `wait`");
    insta::assert_snapshot!(told_of("[retry]\nattempts = \"3\""), @r#"`pipelines/mine.toml` line 9: invalid type: string "3", expected i64"#);
    insta::assert_snapshot!(told_of("[retry]\nattempt = 3"), @"
    `pipelines/mine.toml` line 9: unknown field `attempt`, expected one of `attempts`, `wait`, `longest`, `crashes`
    hint: did you mean `attempts`?
    ");
    assert_eq!(execution("", "[retry]\nwait = \"1h\"").retry.longest, seconds("1h"), "a first wait is not cut by a limit that nobody gave");
}

#[test]
fn what_cannot_be_kept() {
    insta::assert_snapshot!(told_of("[keep]\nsnapshots_at_least = 12"), @"`pipelines/mine.toml` line 9: `[keep]` has `snapshots_at_least` alone, expected `snapshots` beside it, as without an age every snapshot stays");
    insta::assert_snapshot!(told_of("[keep]\nsnapshots = \"1d\"\nsnapshots_at_least = 0"), @"`pipelines/mine.toml` line 10: snapshots_at_least `0` is out of range, expected a number of snapshots from 1 to 1000");
    insta::assert_snapshot!(told_of("[keep]\nruns = \"1y\""), @"`pipelines/mine.toml` line 9: runs `1y` is no span of time, expected a whole number and a unit, such as `10s`, `30m`, `2h` or `14d`, at most 36500d");
}

#[test]
fn nobody_can_be_told_so() {
    let url = "[[notify]]\nurl = \"https://example.org/x\"\n";
    insta::assert_snapshot!(told_of("[[notify]]\nlang = \"zh\""), @"`pipelines/mine.toml` line 8: a `[[notify]]` has neither `url` nor `url_env`, expected exactly one of `url` and `url_env`");
    insta::assert_snapshot!(told_of(&format!("{url}url_env = \"X\"")), @"`pipelines/mine.toml` line 8: a `[[notify]]` has both `url` and `url_env`, expected exactly one of `url` and `url_env`");
    insta::assert_snapshot!(told_of("[[notify]]\nurl_env = \"A=B\""), @"`pipelines/mine.toml` line 9: a `[[notify]]` has a `url_env` that cannot name an environment variable, expected ASCII letters, digits and `_`, no digit first");
    insta::assert_snapshot!(told_of(&format!("{url}on = [\"gate\", \"failed\"]")), @"`pipelines/mine.toml` line 10: event `failed` is unknown, expected one of `failure`, `gate`, `missed`, `recovery`");
    insta::assert_snapshot!(told_of(&format!("{url}on = [\"gate\", \"gate\"]")), @"`pipelines/mine.toml` line 10: event `gate` is named twice");
    insta::assert_snapshot!(told_of(&format!("{url}on = []")), @"`pipelines/mine.toml` line 10: a `[[notify]]` has an `on` without events, expected at least one, or no `on` for all of them");
    insta::assert_snapshot!(told_of(&format!("{url}shape = \"weixin\"")), @"`pipelines/mine.toml` line 10: shape `weixin` is unknown, expected one of `wecom`, `dingtalk`, `json`");
    insta::assert_snapshot!(told_of(&format!("{url}lang = \"de\"")), @"`pipelines/mine.toml` line 10: lang `de` is unknown, expected one of `zh`, `en`");
    insta::assert_snapshot!(told_of(&format!("{url}template = \"\"\"a\n{{{{ pipeline }}\"\"\"")), @"`pipelines/mine.toml` line 10: the template of a `[[notify]]` cannot be read: syntax error: unexpected `}`, expected end of variable block (line 2)");
}

#[test]
fn an_address_is_a_secret() {
    for bad in ["qyapi.weixin.qq.com/send?key=SECRET", "ftp://host/SECRET", "https://SECRET:x", "https://"] {
        let told = told_of(&format!("[[notify]]\nurl = \"{bad}\""));
        assert_eq!(
            told,
            "`pipelines/mine.toml` line 9: a `[[notify]]` has a `url` that is no web address, expected one that begins with https:// or http://"
        );
    }
    let notify = execution("", "[[notify]]\nurl = \"https://user:SECRET@example.org/SECRET?key=SECRET\"").notify.remove(0);
    assert_eq!(notify.address.to_string(), "https://example.org/…");
    assert!(!format!("{notify:?}").contains("SECRET"));
}

#[test]
fn an_address_in_the_environment() {
    let address = Address::Env("ROBOT".to_owned());
    let with = |value: Option<&str>| address.url(|name| value.filter(|_| name == "ROBOT").map(str::to_owned));
    assert_eq!(with(Some(" https://example.org/x\n")).unwrap().as_str(), "https://example.org/x");
    assert_eq!(with(None), Err(AddressError::Unset("ROBOT".to_owned())));
    assert_eq!(with(Some("SECRET")), Err(AddressError::NoUrl("ROBOT".to_owned())));
    assert!(!with(Some("SECRET")).unwrap_err().to_string().contains("SECRET"));
    assert_eq!(address.to_string(), "$ROBOT");
}

#[rstest]
#[case(1, 0)]
#[case(2, 30)]
#[case(3, 60)]
#[case(4, 120)]
#[case(5, 240)]
#[case(6, 480)]
#[case(7, 600)]
#[case(8, 600)]
#[case(65, 600)]
#[case(66, 600)]
#[case(u32::MAX, 600)]
fn each_wait_is_twice_the_one_before(#[case] attempt: u32, #[case] longest: u64) {
    let wait = |jitter| RetryPolicy::default().wait_before(attempt, jitter);
    assert_eq!(wait(1.0), Duration::from_secs(longest));
    assert_eq!(wait(0.0), Duration::from_secs(longest) / 2);
    assert_eq!(wait(f64::NAN), Duration::from_secs(longest), "no panic");
}

proptest! {
    #[test]
    fn a_wait_is_never_longer_than_the_longest_and_never_less_than_half(
        attempt in 0u32..2000, jitter in 0.0f64..1.0, wait in 0u64..4_000_000_000, longest in 0u64..4_000_000_000,
    ) {
        let retry = RetryPolicy { wait: Span::of_seconds(wait), longest: Span::of_seconds(longest), ..RetryPolicy::default() };
        let waits = retry.wait_before(attempt, jitter);
        prop_assert!(waits <= retry.longest.duration());
        if attempt >= 2 {
            prop_assert!(waits >= retry.longest.min(retry.wait).duration() / 2);
            prop_assert!(retry.wait_before(attempt + 1, jitter) >= waits);
        }
    }
}
