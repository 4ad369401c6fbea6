//! What can be wrong with a pipeline's file: where it stands, what was expected, and the remedy.

use std::fmt;

pub use canbao_rules::suggestion::nearest;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// A pipeline's file that cannot be taken as it stands.
///
/// Displays as one sentence that begins with the place: `` `pipelines/x.toml` line 3: … ``. The remedy, where there is
/// one, is kept apart ([`ConfigError::hint`]).
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct ConfigError {
    place: FileLine,
    fault: Fault,
}

impl ConfigError {
    /// A fault of `file`, at the byte `offset` of its `text` where one is known.
    pub(super) fn new(file: &str, text: &str, offset: Option<usize>, fault: Fault) -> Self {
        let line = offset.map(|at| 1 + text.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count());
        Self { place: FileLine { file: file.to_owned(), line }, fault }
    }

    /// What was wrong, without the place.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl Diagnostic for ConfigError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }

    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

#[derive(Debug)]
struct FileLine {
    file: String,
    line: Option<usize>,
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "`{}` line {line}", self.file),
            None => write!(f, "`{}`", self.file),
        }
    }
}

/// One fault of a pipeline's file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file is no TOML, or holds a key or a type that no pipeline has.
    #[error("{message}")]
    Syntax {
        /// The parser's sentence.
        message: String,
        /// The known key nearest to an unknown one.
        near: Option<String>,
    },
    /// A name that does not exist where it is used.
    #[error("{what} `{name}` is unknown, expected {}{}", if .known.is_empty() { "" } else { "one of " }, list(.known))]
    Unknown {
        /// What kind of thing is named: `extract`, `operator`, `dataset`, …
        what: &'static str,
        /// The name as written.
        name: String,
        /// The names that would do.
        known: Vec<String>,
    },
    /// A name given twice.
    #[error("{what} `{name}` is named twice")]
    Twice {
        /// What kind of thing is named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A value of the right type that cannot be taken.
    #[error("{what} `{value}` {problem}, expected {expected}")]
    Value {
        /// What the value is.
        what: &'static str,
        /// The value as written.
        value: String,
        /// What is wrong with it.
        problem: String,
        /// What would do.
        expected: &'static str,
    },
    /// Keys that do not go together, or one that is missing beside another.
    #[error("{what} has {found}, expected {expected}")]
    Shape {
        /// Which table.
        what: String,
        /// What stands there.
        found: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// An operator without one of the sources it reads.
    #[error("operator `{operator}` reads `{source_name}`, which is no `[[source]]` of this pipeline")]
    MissingSource {
        /// The operator.
        operator: &'static str,
        /// The source.
        source_name: String,
    },
    /// An operator without one of the snapshots it reads.
    #[error("operator `{operator}` reads {} `{role}`, which no `[[snapshot]]` of this pipeline gives", if *.required { "the required snapshot" } else { "the pipeline's own past as" })]
    MissingSnapshot {
        /// The operator.
        operator: &'static str,
        /// The role.
        role: &'static str,
        /// The pipeline that would play it.
        pipeline: String,
        /// Whether it cannot work without.
        required: bool,
    },
    /// An SQL step that polars does not accept on the registered frames.
    #[error("the SQL of step `{step}` cannot run: {why}")]
    Sql {
        /// The dataset the step makes.
        step: String,
        /// polars' own sentence.
        why: String,
        /// The registered frames.
        frames: Vec<String>,
    },
    /// A message's text that is no template.
    #[error("the template of a `[[notify]]` {why}")]
    Template {
        /// What is wrong with it.
        why: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Pipelines that wait for each other.
    #[error("`after` leads back to this pipeline: {}", circle(.pipelines))]
    Circle {
        /// The pipelines, each of them after the next, the last after the first.
        pipelines: Vec<String>,
    },
}

impl Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Fault::Syntax { near, .. } => near.as_ref().map(|name| format!("did you mean `{name}`?")),
            Fault::Unknown { name, known, .. } => nearest(name, known).map(|near| format!("did you mean `{near}`?")),
            Fault::MissingSource { source_name, .. } => Some(format!("add `[[source]]` with `extract = \"{source_name}\"`")),
            Fault::MissingSnapshot { role, pipeline, required, .. } => {
                let role = if pipeline == role { String::new() } else { format!(", `role = \"{role}\"`") };
                let required = if *required { ", `required = true`" } else { "" };
                Some(format!("add `[[snapshot]]` with `pipeline = \"{pipeline}\"`{role}{required}"))
            }
            Fault::Sql { frames, .. } => Some(format!("frames at hand: {}", list(frames))),
            Fault::Circle { .. } => Some("take one of them out of `after`, or give it a `schedule` instead".to_owned()),
            Fault::Template { hint, .. } => hint.clone(),
            Fault::Twice { .. } | Fault::Value { .. } | Fault::Shape { .. } => None,
        }
    }
}

/// `a` after `b` after `a`.
fn circle(pipelines: &[String]) -> String {
    pipelines.iter().chain(pipelines.first()).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" after ")
}

/// Names in backticks, set off by commas.
pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
