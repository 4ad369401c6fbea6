//! Reading single values of the wire form: days, names, units, sources, and which entry is in force.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::value::Datetime;

use crate::period::Day;
use crate::vocabulary::Vocabulary;

use super::wire::{Dated, Document, Figure, Pack, Source};
use super::{Category, Fault, PolicyError, Position, Provision, Unit};

/// What is wrong, and the bytes of the pack where it is.
#[derive(Debug)]
pub(super) struct SpannedFault {
    pub span: Range<usize>,
    pub fault: Fault,
}

pub(super) type Checked<T> = Result<T, SpannedFault>;

impl SpannedFault {
    pub(super) fn at<T>(value: &Spanned<T>, fault: Fault) -> Self {
        Self { span: value.span(), fault }
    }
}

/// All faults of a pack, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<SpannedFault>);

impl Faults {
    pub(super) fn push(&mut self, fault: SpannedFault) {
        self.0.push(fault);
    }

    /// The value, or a note of what is wrong with it.
    pub(super) fn keep<T>(&mut self, checked: Checked<T>) -> Option<T> {
        checked.map_err(|fault| self.push(fault)).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of the text, each once (each year finds the same fault again), with the pack's name, line and column.
    pub(super) fn of(mut self, file: &str, text: &str) -> Vec<PolicyError> {
        self.0.sort_by_key(|fault| fault.span.start);
        let mut errors: Vec<(usize, Fault)> = Vec::with_capacity(self.0.len());
        for SpannedFault { span, fault } in self.0 {
            if !errors.iter().any(|(start, known)| *start == span.start && *known == fault) {
                errors.push((span.start, fault));
            }
        }
        let error = |(start, fault)| PolicyError::Pack {
            file: file.to_owned(),
            position: Position::of(text, start),
            fault: Box::new(fault),
            more: 0,
        };
        errors.into_iter().map(error).collect()
    }
}

/// A TOML date without time.
pub(super) fn day(value: &Spanned<Datetime>) -> Checked<Day> {
    let written = value.get_ref();
    let day = match written {
        Datetime { date: Some(d), time: None, offset: None } => Day::from_ymd(i32::from(d.year), u32::from(d.month), u32::from(d.day)),
        _ => None,
    };
    day.ok_or_else(|| bad_value(value, "date", written, "a date as YYYY-MM-DD"))
}

/// A text that is not empty and has no space around it.
pub(super) fn words<'a>(value: &'a Spanned<String>, what: &str) -> Checked<&'a str> {
    let written = value.get_ref().as_str();
    if written.is_empty() || written.trim() != written {
        return Err(bad_value(value, what, written, "words without spaces around them"));
    }
    Ok(written)
}

/// One of a closed list of names.
pub(super) fn name<T: Copy>(value: &Spanned<String>, what: &'static str, known: &[(&str, T)]) -> Checked<T> {
    let written = value.get_ref();
    known.iter().find(|(name, _)| name == written).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        SpannedFault::at(value, Fault::UnknownName { name: written.clone(), what, known })
    })
}

/// One of the codes of a vocabulary.
pub(super) fn code<V: Vocabulary>(value: &Spanned<String>, what: &'static str) -> Checked<V> {
    let known: Vec<(&str, V)> = V::ALL.iter().map(|&known| (known.term().code, known)).collect();
    name(value, what, &known)
}

pub(super) fn category(value: &Spanned<String>) -> Checked<Category> {
    code(value, "category")
}

/// The unit has to be the parameter's own.
pub(super) fn unit(parameter: &str, written: &Spanned<String>, expected: Unit) -> Checked<()> {
    if written.get_ref() == expected.as_str() {
        return Ok(());
    }
    let fault = Fault::WrongUnit { parameter: parameter.to_owned(), unit: written.get_ref().clone(), expected };
    Err(SpannedFault::at(written, fault))
}

/// A whole number in the range that makes sense.
pub(super) fn small<T: Copy + Into<i64>>(parameter: &str, value: &Spanned<T>, range: RangeInclusive<i32>) -> Checked<i32> {
    let written: i64 = (*value.get_ref()).into();
    i32::try_from(written).ok().filter(|n| range.contains(n)).ok_or_else(|| {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        bad_value(value, parameter, written, expected)
    })
}

/// A value that the parameter cannot have.
pub(super) fn bad_value<T>(at: &Spanned<T>, parameter: &str, value: impl ToString, expected: impl Into<String>) -> SpannedFault {
    let fault = Fault::BadValue { parameter: parameter.to_owned(), value: value.to_string(), expected: expected.into() };
    SpannedFault::at(at, fault)
}

/// The document and the section that a source names.
pub(super) fn source<'a>(pack: &'a Pack, source: &'a Source) -> Checked<(&'a Document, &'a str)> {
    let named = pack.documents.get(source.document.get_ref()).ok_or_else(|| {
        let known = pack.documents.keys().cloned().collect();
        SpannedFault::at(
            &source.document,
            Fault::UnknownName { name: source.document.get_ref().clone(), what: "document of the pack", known },
        )
    })?;
    let section = source.section.get_ref().trim();
    if section.is_empty() {
        return Err(SpannedFault::at(&source.section, Fault::NoSection));
    }
    Ok((named.get_ref(), section))
}

/// The entry in force on a day, after looking for overlaps and gaps among all entries of the parameter.
pub(super) fn in_force<'a, T: Dated>(parameter: &str, entries: impl IntoIterator<Item = &'a T>, on: Day) -> Checked<Option<&'a T>> {
    let mut dated = Vec::new();
    for entry in entries {
        let from = day(entry.from())?;
        let until = entry.until().map(day).transpose()?;
        if let Some(until) = until.filter(|&until| until < from) {
            let fault = Fault::EndsBeforeItBegins { what: parameter.to_owned(), from, until };
            return Err(SpannedFault { span: entry.until().map_or(entry.from().span(), Spanned::span), fault });
        }
        dated.push((from, until, entry));
    }
    dated.sort_by_key(|(from, ..)| *from);
    for pair in dated.windows(2) {
        let ((earlier, until, _), (from, _, entry)) = (pair[0], pair[1]);
        if earlier == from || until.is_some_and(|until| until >= from) {
            return Err(SpannedFault::at(entry.from(), Fault::Overlap { parameter: parameter.to_owned(), from }));
        }
        if let Some(gap) = until.map(|until| until.plus_days(1)).filter(|&gap| gap < from) {
            return Err(SpannedFault::at(entry.from(), Fault::Gap { parameter: parameter.to_owned(), on: gap }));
        }
    }
    let current = dated.iter().rev().find(|(from, ..)| *from <= on);
    Ok(current.filter(|(_, until, _)| until.is_none_or(|until| until >= on)).map(|(.., entry)| *entry))
}

/// A parameter whose figure is in force, as it will be shown.
pub(super) fn provision(
    pack: &Pack,
    parameter: &str,
    value: String,
    unit: impl Into<Option<Unit>>,
    entry: &impl Dated,
) -> Checked<Provision> {
    let (document, section) = source(pack, entry.source())?;
    Ok(Provision {
        parameter: parameter.to_owned(),
        name: entry.name().map(str::to_owned),
        value,
        unit: unit.into(),
        from: day(entry.from())?,
        document: document.number.clone(),
        section: section.to_owned(),
        reading: entry.reading(),
    })
}

/// The stated value of a figure that must have one.
pub(super) fn stated<'a>(parameter: &str, figure: &'a Figure) -> Checked<&'a Spanned<i64>> {
    figure.value.as_ref().ok_or_else(|| {
        let fault = Fault::MissingKey { parameter: parameter.to_owned(), key: "value" };
        SpannedFault { span: figure.unit.span(), fault }
    })
}
