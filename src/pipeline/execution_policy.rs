//! What a pipeline's file says about running: what wakes the pipeline beside its schedule, what becomes of occurrences
//! that were passed over, how often a try is repeated, how long files are kept, and who is notified.
//!
//! Everything has a default, so that a file that says nothing of it runs sensibly.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use toml::Spanned;

use super::config_error::Fault;
use super::located_fault::{LocatedFault, known_word, table_name, unknown, value, value_fault};
use super::notify::{self, Notify};
use super::toml_form;
use crate::schedule::{CatchUp, Span};

/// How often one of the numbers of `[retry]` may be tried, which stands for "always" and still ends.
const MOST_TRIES: i64 = 1000;

/// How a pipeline runs when nobody watches.
#[derive(Debug, Clone, Default)]
pub struct ExecutionPolicy {
    /// The pipelines whose success wakes this one.
    pub after: Vec<String>,
    /// The files whose arrival wakes this one.
    pub when_new: Option<FileTrigger>,
    /// What becomes of occurrences that were passed over.
    pub catch_up: CatchUp,
    /// What becomes of an occurrence that is due while the pipeline runs.
    pub overlap: OverlapPolicy,
    /// How long stages may take.
    pub timeouts: StageTimeouts,
    /// When a run that failed is tried again.
    pub retry: RetryPolicy,
    /// How long what a pipeline leaves behind is kept.
    pub retention: RetentionPolicy,
    /// Who is notified.
    pub notify: Vec<Notify>,
    /// Where in the file's text each name in `after` begins, in bytes.
    pub(super) after_at: Vec<usize>,
}

/// Files whose arrival wakes a pipeline: each content of each file once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTrigger {
    /// A pattern of local files, relative to the working directory: `*`, `?`, `[…]` within a name, `**` for folders.
    pub files: String,
    /// How long a file must have stood still before it counts as completely written.
    pub quiet: Span,
}

impl FileTrigger {
    /// How patterns match: letters in their case, `*` within one folder, hidden files only where the dot is written.
    pub const MATCH: glob::MatchOptions =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    const QUIET: Span = Span::of_seconds(10);
}

/// What becomes of an occurrence that is due while the pipeline runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OverlapPolicy {
    /// It waits until the run has ended.
    #[default]
    Queue,
    /// It is passed over, and recorded as skipped.
    Skip,
}

/// How long stages may take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageTimeouts {
    /// Every stage that has no limit of its own; `None`: as long as it takes.
    pub every: Option<Span>,
    /// Single stages by name.
    pub stages: BTreeMap<String, Span>,
}

impl StageTimeouts {
    /// The limit of one stage.
    pub fn of(&self, stage: &str) -> Option<Duration> {
        self.stages.get(stage).copied().or(self.every).map(Span::duration)
    }
}

/// When a run that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many tries there are in all, where an error can pass; at least 1.
    pub attempts: u32,
    /// How long the second try waits. Each further one waits twice as long as the one before it.
    pub wait: Span,
    /// No try waits longer.
    pub longest: Span,
    /// How often a run goes on by itself whose process died.
    pub crashes: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, wait: Span::of_seconds(30), longest: Self::LONGEST, crashes: 5 }
    }
}

impl RetryPolicy {
    const LONGEST: Span = Span::of_seconds(600);

    /// How long to wait before a try; the first, which is number 1, waits for nothing.
    ///
    /// `jitter` from 0 to 1 is a draw of chance: it leaves between half of the wait and all of it, so that what failed
    /// together is not tried again together.
    ///
    /// ```
    /// use canbao::pipeline::RetryPolicy;
    /// let retry = RetryPolicy::default();
    /// let waits = [1, 2, 3, 4, 99].map(|attempt| retry.wait_before(attempt, 1.0).as_secs());
    /// assert_eq!(waits, [0, 30, 60, 120, 600]);
    /// assert_eq!(retry.wait_before(2, 0.0).as_secs(), 15);
    /// ```
    pub fn wait_before(&self, attempt: u32, jitter: f64) -> Duration {
        let Some(doublings) = attempt.checked_sub(2) else {
            return Duration::ZERO;
        };
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        let whole = self.longest.seconds().min(self.wait.seconds().saturating_mul(factor));
        // NaN is no draw of chance, and would make the duration panic.
        let jitter = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
        Duration::from_secs(whole).mul_f64(0.5 + 0.5 * jitter)
    }
}

/// How long what a pipeline leaves behind is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// The stage files of runs that did not end well, from which they could go on.
    pub stages: Span,
    /// The history of runs, and their log files.
    pub runs: Span,
    /// Snapshots; `None`: for ever.
    pub snapshots: Option<Span>,
    /// How many of the newest snapshots stay whatever their age; at least 1.
    pub snapshots_at_least: u32,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self { stages: Span::of_days(14), runs: Span::of_days(400), snapshots: None, snapshots_at_least: 1 }
    }
}

/// What a file says about running. `own` is the pipeline's name, `stages` are those it has.
pub(super) fn build(form: &toml_form::File, own: &str, stages: &[String]) -> Result<ExecutionPolicy, LocatedFault> {
    let catch_up = [("all", CatchUp::All), ("latest", CatchUp::Latest), ("none", CatchUp::None)];
    let catch_up = form.catch_up.as_ref().map(|word| known_word(word, "catch_up", &catch_up)).transpose()?;
    let overlap = [("skip", OverlapPolicy::Skip), ("queue", OverlapPolicy::Queue)];
    let overlap = form.overlap.as_ref().map(|word| known_word(word, "overlap", &overlap)).transpose()?;
    Ok(ExecutionPolicy {
        after: after(&form.after, own)?,
        when_new: form.when_new.as_ref().map(when_new).transpose()?,
        catch_up: catch_up.unwrap_or_default(),
        overlap: overlap.unwrap_or_default(),
        timeouts: timeouts(form, stages)?,
        retry: retry(&form.retry)?,
        retention: retention(&form.keep)?,
        notify: form.notify.iter().map(notify::build).collect::<Result<_, _>>()?,
        after_at: form.after.iter().map(|name| name.span().start).collect(),
    })
}

fn after(form: &[Spanned<String>], own: &str) -> Result<Vec<String>, LocatedFault> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(form.len());
    for written in form {
        let name = table_name(written, "after")?;
        if name == own {
            return Err(value_fault(written, "after", "is this pipeline itself".to_owned(), "the name of another pipeline"));
        }
        if !seen.insert(name.clone()) {
            return Err((Some(written.span().start), Fault::Twice { what: "after", name }));
        }
        names.push(name);
    }
    Ok(names)
}

fn when_new(form: &Spanned<toml_form::WhenNew>) -> Result<FileTrigger, LocatedFault> {
    const EXPECTED: &str = "a pattern of local files such as `extracts/*.csv`";
    let (files, at, quiet) = match form.get_ref() {
        toml_form::WhenNew::Files(files) => (files, form.span().start, None),
        toml_form::WhenNew::More(more) => (more.files.get_ref(), more.files.span().start, more.quiet.as_ref()),
    };
    let problem = if files.is_empty() {
        "names nothing".to_owned()
    } else if files.contains("://") {
        "is no local path".to_owned()
    } else if files.ends_with(std::path::is_separator) || files.ends_with("**") {
        "names folders".to_owned()
    } else if let Err(bad) = glob::glob_with(files, FileTrigger::MATCH) {
        format!("is no pattern ({})", bad.msg)
    } else {
        let quiet = quiet.map(|text| span(text, "quiet")).transpose()?;
        return Ok(FileTrigger { files: files.clone(), quiet: quiet.unwrap_or(FileTrigger::QUIET) });
    };
    Err((Some(at), value("when_new", files.clone(), &problem, EXPECTED)))
}

fn timeouts(form: &toml_form::File, stages: &[String]) -> Result<StageTimeouts, LocatedFault> {
    let mut timeouts = StageTimeouts {
        every: form.stage_timeout.as_ref().map(|text| limit(text, "stage_timeout")).transpose()?,
        ..StageTimeouts::default()
    };
    for (stage, text) in &form.stage_timeouts {
        if !stages.contains(stage.get_ref()) {
            return Err(unknown(stage, "stage", stages.to_vec()));
        }
        timeouts.stages.insert(stage.get_ref().clone(), limit(text, "stage_timeouts")?);
    }
    Ok(timeouts)
}

fn retry(form: &toml_form::Retry) -> Result<RetryPolicy, LocatedFault> {
    let default = RetryPolicy::default();
    let wait = form.wait.as_ref().map(|text| span(text, "wait")).transpose()?.unwrap_or(default.wait);
    let longest = match &form.longest {
        Some(text) => match span(text, "longest")? {
            longest if longest < wait => {
                let problem = "is shorter than the first wait".to_owned();
                return Err(value_fault(text, "longest", problem, "a span of at least `wait`"));
            }
            longest => longest,
        },
        None => default.longest.max(wait),
    };
    let attempts = number(form.attempts.as_ref(), "attempts", 1, "a number of tries from 1 to 1000")?;
    let crashes = number(form.crashes.as_ref(), "crashes", 0, "a number of times from 0 to 1000")?;
    Ok(RetryPolicy { attempts: attempts.unwrap_or(default.attempts), wait, longest, crashes: crashes.unwrap_or(default.crashes) })
}

fn retention(form: &toml_form::Keep) -> Result<RetentionPolicy, LocatedFault> {
    let default = RetentionPolicy::default();
    let given = |text: &Option<Spanned<String>>, what| text.as_ref().map(|text| span(text, what)).transpose();
    let snapshots = given(&form.snapshots, "snapshots")?;
    if let (Some(count), None) = (&form.snapshots_at_least, snapshots) {
        let (found, expected) = ("`snapshots_at_least` alone", "`snapshots` beside it, as without an age every snapshot stays");
        return Err((Some(count.span().start), Fault::Shape { what: "`[keep]`".to_owned(), found, expected }));
    }
    let at_least = number(form.snapshots_at_least.as_ref(), "snapshots_at_least", 1, "a number of snapshots from 1 to 1000")?;
    Ok(RetentionPolicy {
        stages: given(&form.stages, "stages")?.unwrap_or(default.stages),
        runs: given(&form.runs, "runs")?.unwrap_or(default.runs),
        snapshots,
        snapshots_at_least: at_least.unwrap_or(default.snapshots_at_least),
    })
}

fn span(text: &Spanned<String>, what: &'static str) -> Result<Span, LocatedFault> {
    text.get_ref().parse().map_err(|bad| value_fault(text, what, format!("{bad}"), Span::EXPECTED))
}

/// A span in which something can be done.
fn limit(text: &Spanned<String>, what: &'static str) -> Result<Span, LocatedFault> {
    match span(text, what)? {
        Span::ZERO => Err(value_fault(text, what, "leaves no time".to_owned(), "a span of at least one second")),
        limit => Ok(limit),
    }
}

fn number(written: Option<&Spanned<i64>>, what: &'static str, least: i64, expected: &'static str) -> Result<Option<u32>, LocatedFault> {
    let Some(written) = written else {
        return Ok(None);
    };
    match u32::try_from(*written.get_ref()) {
        Ok(number) if (least..=MOST_TRIES).contains(&i64::from(number)) => Ok(Some(number)),
        _ => Err((Some(written.span().start), value(what, written.get_ref().to_string(), "is out of range", expected))),
    }
}

#[cfg(test)]
mod tests;
