//! Texts of messages: the default ones and a user's own, by the same engine.
//!
//! A template is written in Jinja (`{{ title }}`, `{% if stage %}…{% endif %}`). A tag that stands alone on a line leaves
//! no line behind. Its variables are the event's:
//!
//! `kind` (`failure`, `gate`, `missed`, `recovery`), `pipeline`, `title`, `region`, `logical_date`, `occurrence`, `run_id`,
//! `attempt`, `stage`, `error`, `hint`, `findings` (a list), `rejects`, `missed` (with `count`, `first`, `last`, `from`,
//! `to`), `will_retry_at`, `snapshot`, `host`, `version`.
//!
//! Dates are written 2024-03-01, times 2024-03-01 06:30 Asia/Shanghai. What an event does not have is false and prints
//! as nothing; what no event has is an error. Where the receiver reads Markdown, values are written so that they are
//! not taken for it; `{{ value|safe }}` writes them as they are.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior};
use serde::Serialize;

use super::event::{Event, Kind, Missed, ZonedTime};
use super::example::examples;
use canbao_rules::Language;
use canbao_rules::identity::{Masked, mask_text};
use canbao_rules::suggestion::nearest;

/// The variables of a template.
const VARIABLES: [&str; 19] = [
    "kind",
    "pipeline",
    "title",
    "region",
    "logical_date",
    "occurrence",
    "run_id",
    "attempt",
    "stage",
    "error",
    "hint",
    "findings",
    "rejects",
    "missed",
    "will_retry_at",
    "snapshot",
    "host",
    "version",
    "loop",
];

/// How the receiver reads a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// As Markdown.
    Markdown,
    /// As it is.
    Plain,
}

/// Whether a template can be rendered for every kind of event, and says something.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence that begins with "the template".
///
/// ```
/// use canbao::notify::check_template;
/// assert!(check_template("{{ title }} {{ logical_date }}: {{ kind }}").is_ok());
/// assert_eq!(
///     check_template("{{ titel }}").unwrap_err().problem,
///     "knows no variable `titel`"
/// );
/// ```
pub fn check_template(template: &str) -> Result<(), TemplateFault> {
    let environment = environment(Reader::Markdown)?;
    let read = environment.template_from_str(template).map_err(|error| format!("cannot be read: {}", told(&error)))?;
    let globals: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
    let mut unknown: Vec<String> = read.undeclared_variables(false).into_iter().collect();
    unknown.retain(|name| !VARIABLES.contains(&name.as_str()) && !globals.contains(&name.as_str()));
    unknown.sort();
    if let Some(name) = unknown.first() {
        let hint = match nearest(name, &VARIABLES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its variables are {}", VARIABLES[..VARIABLES.len() - 1].join(", ")),
        };
        return Err(TemplateFault { problem: format!("knows no variable `{name}`"), hint: Some(hint) });
    }
    for event in examples() {
        let kind = event.kind.as_str();
        let text = render(template, &event, Reader::Markdown).map_err(|why| {
            let hint = why.contains("undefined").then(|| "ask first, as in `{% if missed %}{{ missed.count }}{% endif %}`".to_owned());
            TemplateFault { problem: format!("fails for an event of kind `{kind}`: {why}"), hint }
        })?;
        if text.trim().is_empty() {
            return Err(format!("says nothing of an event of kind `{kind}`").into());
        }
    }
    Ok(())
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// The rest of a sentence that begins with "the template".
    pub problem: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<String> for TemplateFault {
    fn from(problem: String) -> Self {
        Self { problem, hint: None }
    }
}

/// The default message of a kind.
pub(super) const fn default_template(kind: Kind, lang: Language) -> &'static str {
    match (kind, lang) {
        (Kind::Failure, Language::Chinese) => include_str!("templates/zh/failure.md"),
        (Kind::Gate, Language::Chinese) => include_str!("templates/zh/gate.md"),
        (Kind::Missed, Language::Chinese) => include_str!("templates/zh/missed.md"),
        (Kind::Recovery, Language::Chinese) => include_str!("templates/zh/recovery.md"),
        (Kind::Failure, Language::English) => include_str!("templates/en/failure.md"),
        (Kind::Gate, Language::English) => include_str!("templates/en/gate.md"),
        (Kind::Missed, Language::English) => include_str!("templates/en/missed.md"),
        (Kind::Recovery, Language::English) => include_str!("templates/en/recovery.md"),
    }
}

/// The text for an event; what is wrong where there is none. Numbers of residents are masked in whatever it says.
pub(super) fn render(template: &str, event: &Event, reader: Reader) -> Result<String, String> {
    let environment = environment(reader)?;
    let text = environment.render_str(template, Serde(View::of(event))).map_err(|error| told(&error))?;
    Ok(mask_text(text.trim()).into_owned())
}

fn environment(reader: Reader) -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| told(&error))?);
    environment.set_formatter(move |out, _, value| {
        let write = |out: &mut minijinja::Output, text: &str| out.write_str(text).map_err(Error::from);
        match reader {
            _ if value.is_none() => Ok(()),
            Reader::Markdown if !value.is_safe() => write(out, &harmless(&value.to_string())),
            _ => write(out, &value.to_string()),
        }
    });
    Ok(environment)
}

/// A value that Markdown leaves as it is: in one line, without tags, mentions, links, or stars of a masked number that
/// would be taken for emphasis. Backquotes stay; they set names apart in our messages, too.
fn harmless(value: &str) -> Cow<'_, str> {
    if !value.contains(|c: char| c.is_control() || matches!(c, '*' | '<' | ']')) {
        return Cow::Borrowed(value);
    }
    let one = |c: char| match c {
        '*' => '＊',
        '<' => '＜',
        c if c.is_control() => ' ',
        c => c,
    };
    Cow::Owned(value.chars().map(one).collect::<String>().replace("](", "］("))
}

/// The engine's account with the line, without the template's name, which it does not have.
fn told(error: &Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    match error.line() {
        Some(line) => format!("{what} (line {line})"),
        None => what,
    }
}

/// An event as templates see it: dates and times as people read them.
#[derive(Serialize)]
struct View<'a> {
    kind: &'static str,
    pipeline: &'a str,
    title: &'a Masked,
    region: Option<&'a str>,
    logical_date: String,
    occurrence: String,
    run_id: Option<&'a str>,
    attempt: Option<u32>,
    stage: Option<&'a Masked>,
    error: Option<&'a Masked>,
    hint: Option<&'a Masked>,
    findings: &'a [Masked],
    rejects: Option<&'a Masked>,
    missed: Option<MissedView>,
    will_retry_at: Option<String>,
    snapshot: Option<&'a Masked>,
    host: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct MissedView {
    count: u64,
    first: String,
    last: String,
    from: String,
    to: String,
}

impl<'a> View<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            kind: event.kind.as_str(),
            pipeline: &event.pipeline,
            title: &event.title,
            region: event.region.as_deref(),
            logical_date: event.logical_date.to_string(),
            occurrence: event.occurrence.to_string(),
            run_id: event.run_id.as_deref(),
            attempt: event.attempt,
            stage: event.stage.as_ref(),
            error: event.error.as_ref(),
            hint: event.hint.as_ref(),
            findings: &event.findings,
            rejects: event.rejects.as_ref(),
            missed: event.missed.as_ref().map(MissedView::of),
            will_retry_at: event.will_retry_at.as_ref().map(ZonedTime::to_string),
            snapshot: event.snapshot.as_ref(),
            host: &event.host,
            version: &event.version,
        }
    }
}

impl MissedView {
    fn of(missed: &Missed) -> Self {
        Self {
            count: missed.count,
            first: missed.first.to_string(),
            last: missed.last.to_string(),
            from: missed.from.to_string(),
            to: missed.to.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
