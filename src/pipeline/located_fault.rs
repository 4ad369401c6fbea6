//! Faults while a pipeline's file is read: what is wrong, and where in the text.

use std::ops::Range;

use toml::Spanned;

use super::config_error::Fault;

/// A fault and where in the text it begins.
pub(super) type LocatedFault = (Option<usize>, Fault);

/// A name that can be a table's and a file's: ASCII letters, digits, `_` and `-`.
pub(super) fn table_name(name: &Spanned<String>, what: &'static str) -> Result<String, LocatedFault> {
    let text = name.get_ref();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(text.clone());
    }
    Err(value_fault(name, what, "cannot name a file and a table".to_owned(), "ASCII letters, digits, `_` and `-`"))
}

/// A name, if it is one of the known ones.
pub(super) fn known_name(name: &Spanned<String>, what: &'static str, known: Vec<String>) -> Result<String, LocatedFault> {
    if known.contains(name.get_ref()) { Ok(name.get_ref().clone()) } else { Err(unknown(name, what, known)) }
}

/// What a word stands for, if it is one of the known ones.
pub(super) fn known_word<T: Copy>(word: &Spanned<String>, what: &'static str, known: &[(&str, T)]) -> Result<T, LocatedFault> {
    let meant = known.iter().find(|(name, _)| name == word.get_ref()).map(|(_, meant)| *meant);
    meant.ok_or_else(|| unknown(word, what, known.iter().map(|(name, _)| (*name).to_owned()).collect()))
}

pub(super) fn unknown(name: &Spanned<String>, what: &'static str, known: Vec<String>) -> LocatedFault {
    (Some(name.span().start), Fault::Unknown { what, name: name.get_ref().clone(), known })
}

pub(super) fn value_fault(written: &Spanned<String>, what: &'static str, problem: String, expected: &'static str) -> LocatedFault {
    let Range { start, .. } = written.span();
    (Some(start), value(what, written.get_ref().clone(), &problem, expected))
}

pub(super) fn value(what: &'static str, value: String, problem: &str, expected: &'static str) -> Fault {
    Fault::Value { what, value, problem: problem.to_owned(), expected }
}

pub(super) fn words(known: &[&str]) -> Vec<String> {
    known.iter().map(|&word| word.to_owned()).collect()
}

/// A name that belongs to something else already.
pub(super) fn name_taken(what: &'static str, name: String, problem: &str) -> Fault {
    value(what, name, problem, "a name of its own")
}
