//! Steps of decisions in words: one file a language, each an exhaustive `match`, so that a new step cannot be shown
//! without words in both.

mod en;
mod zh;

use std::fmt;

use crate::Language;
use crate::policy::{Parameter, Policy, Provision};
use crate::rules::trace::Step;
use crate::rules::{Ledger, Row, Rule};

/// The rule's name.
pub const fn rule(language: Language, rule: Rule) -> &'static str {
    rule.word(language)
}

/// The parameter's name.
pub fn parameter(language: Language, parameter: Parameter) -> String {
    match language {
        Language::Chinese => zh::parameter(parameter),
        Language::English => en::parameter(parameter),
    }
}

/// A parameter's value with its unit; `stated` is the parameter's provision of this policy.
pub fn value(language: Language, parameter: Parameter, stated: &Provision, policy: &Policy) -> String {
    match language {
        Language::Chinese => zh::value(parameter, stated, policy),
        Language::English => match stated.unit {
            Some(unit) => format!("{} {unit}", stated.value),
            None => stated.value.clone(),
        },
    }
}

/// A step as a statement; of a question, the statement that holds or does not. `place` gives the file and line of a row.
pub fn step(language: Language, step: &Step, place: &dyn Fn(Row) -> String) -> String {
    match language {
        Language::Chinese => zh::step(step, place),
        Language::English => en::step(step, place),
    }
}

/// Yes or no.
pub fn answer(language: Language, holds: bool) -> &'static str {
    if holds { language.pick("是", "yes") } else { language.pick("否", "no") }
}

/// A place in a file.
pub fn place(language: Language, file: &str, line: u64) -> String {
    match language {
        Language::Chinese => format!("{file} 第 {line} 行"),
        Language::English => format!("{file} line {line}"),
    }
}

/// A value, or a word for none.
struct Or<T>(Option<T>, &'static str);

impl<T: fmt::Display> fmt::Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(self.1),
        }
    }
}

/// The ledgers in which a person is listed; `listed` is in the order of [`Ledger::ALL`].
fn ledgers(listed: [bool; Ledger::ALL.len()], language: Language) -> Vec<&'static str> {
    Ledger::ALL.into_iter().zip(listed).filter(|(_, listed)| *listed).map(|(ledger, _)| ledger.word(language)).collect()
}
