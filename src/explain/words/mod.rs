//! Steps of decisions in words: one file a language, each an exhaustive `match`, so that a new step cannot be shown
//! without words in both.

mod en;
mod zh;

use std::fmt;
use std::str::FromStr;

use canbao_publish::DatasetSpec;
use canbao_rules::policy::{Parameter, Policy};
use canbao_rules::rules::Row;
use canbao_rules::rules::trace::{Rule, Step};

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

/// A word that names no language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language, expected `zh` or `en`")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "zh" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage(text.to_owned())),
        }
    }
}

impl Language {
    /// The rule's name.
    pub fn rule(self, rule: Rule) -> &'static str {
        match self {
            Self::Chinese => zh::rule(rule),
            Self::English => en::rule(rule),
        }
    }

    /// The parameter's name.
    pub fn parameter(self, parameter: Parameter) -> String {
        match self {
            Self::Chinese => zh::parameter(parameter),
            Self::English => en::parameter(parameter),
        }
    }

    /// The parameter's value with its unit; `stated` is as the pack's provision shows it.
    pub fn value(self, parameter: Parameter, stated: &str, unit: &str, policy: &Policy) -> String {
        match self {
            Self::Chinese => zh::value(parameter, stated, unit, policy),
            Self::English => format!("{stated} {unit}").trim_end().to_owned(),
        }
    }

    /// A step as a statement; of a question, the statement that holds or does not. `place` says where a row stands.
    pub fn step(self, step: &Step, place: &dyn Fn(Row) -> String) -> String {
        match self {
            Self::Chinese => zh::step(step, place),
            Self::English => en::step(step, place),
        }
    }

    /// Yes or no.
    pub fn answer(self, holds: bool) -> &'static str {
        match (self, holds) {
            (Self::Chinese, true) => "是",
            (Self::Chinese, false) => "否",
            (Self::English, true) => "yes",
            (Self::English, false) => "no",
        }
    }

    /// A place in a file.
    pub fn place(self, file: &str, line: u64) -> String {
        match self {
            Self::Chinese => format!("{file} 第 {line} 行"),
            Self::English => format!("{file} line {line}"),
        }
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
