//! A parameter in force with its source: value, unit, first day, document and section.

use std::fmt;

use crate::period::Day;

use super::Unit;

/// One parameter in force, as a reader of `plan` or of a manifest sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// The parameter's name in the pack, such as `premium.personal`.
    pub parameter: String,
    /// The name that the document gives it, such as 特困人员, where the pack states one.
    pub name: Option<String>,
    /// The value in words, such as `380`.
    pub value: String,
    /// The unit; `None` where the value has none.
    pub unit: Option<Unit>,
    /// The day from which the value holds.
    pub from: Day,
    /// The document's number, such as 五政办秘〔2023〕50号.
    pub document: String,
    /// The section of the document.
    pub section: String,
    /// Whether the value is our interpretation of an open point.
    pub reading: bool,
}

impl Provision {
    /// The value shown where the document states none.
    pub(super) const NOT_STATED: &'static str = "not stated";

    /// Whether the document states no value and none was set.
    pub fn is_not_stated(&self) -> bool {
        self.value == Self::NOT_STATED
    }

    /// The document and its section: `五政办秘〔2023〕50号 二(一)`.
    pub fn source(&self) -> String {
        if self.section.is_empty() { self.document.clone() } else { format!("{} {}", self.document, self.section) }
    }

    /// The documents and sections of several, each once, in the order of their first use; readings are marked.
    pub fn sources(provisions: &[Self]) -> Vec<String> {
        let mut sources: Vec<String> = Vec::new();
        for provision in provisions {
            let source = if provision.reading { format!("{} (reading)", provision.source()) } else { provision.source() };
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }
}

impl fmt::Display for Provision {
    /// `premium.personal = 380 yuan, from 2024-01-01, 五政办秘〔2023〕50号 二(一)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parameter)?;
        if let Some(name) = &self.name {
            write!(f, " {name}")?;
        }
        write!(f, " = {}", self.value)?;
        if let Some(unit) = self.unit {
            write!(f, " {unit}")?;
        }
        write!(f, ", from {}, {}", self.from, self.source())?;
        if self.reading { f.write_str(" (reading)") } else { Ok(()) }
    }
}
