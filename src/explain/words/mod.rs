//! Steps of decisions in words: one file a language, each an exhaustive `match`, so that a new step cannot be shown
//! without words in both.

mod en;
mod zh;

use std::fmt;

use canbao_publish::DatasetSpec;
use canbao_rules::Language;
use canbao_rules::policy::{Parameter, Policy};
use canbao_rules::rules::Row;
use canbao_rules::rules::trace::{Rule, Step};

/// The rule's name.
pub(crate) fn rule(language: Language, rule: Rule) -> &'static str {
    match language {
        Language::Chinese => zh::rule(rule),
        Language::English => en::rule(rule),
    }
}

/// The parameter's name.
pub(crate) fn parameter(language: Language, parameter: Parameter) -> String {
    match language {
        Language::Chinese => zh::parameter(parameter),
        Language::English => en::parameter(parameter),
    }
}

/// The parameter's value with its unit; `stated` is as the pack's provision shows it.
pub(crate) fn value(language: Language, parameter: Parameter, stated: &str, unit: &str, policy: &Policy) -> String {
    match language {
        Language::Chinese => zh::value(parameter, stated, unit, policy),
        Language::English => format!("{stated} {unit}").trim_end().to_owned(),
    }
}

/// A step as a statement; of a question, the statement that holds or does not. `place` says where a row stands.
pub(crate) fn step(language: Language, step: &Step, place: &dyn Fn(Row) -> String) -> String {
    match language {
        Language::Chinese => zh::step(step, place),
        Language::English => en::step(step, place),
    }
}

/// Yes or no.
pub(crate) fn answer(language: Language, holds: bool) -> &'static str {
    if holds { language.pick("是", "yes") } else { language.pick("否", "no") }
}

/// A place in a file.
pub(crate) fn place(language: Language, file: &str, line: u64) -> String {
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

/// The Chinese word of a code, as the dataset's own column explains it, with the code.
fn coded(spec: &DatasetSpec, column: &str, code: &str) -> String {
    match spec.word(column, code) {
        Some(word) => format!("{word}（{code}）"),
        None => code.to_owned(),
    }
}
