//! Reading single values of the wire form: days, names, units, sources, and which entry is in force.

use std::ops::Range;

use toml::Spanned;
use toml::value::Datetime;

use crate::period::Day;

use super::wire::{Dated, Document, Figure, Pack, Source};
use super::{Category, Fault, Place, PolicyError, Provision};

/// What is wrong, and the bytes of the pack where it is.
#[derive(Debug)]
pub(super) struct Flaw {
    pub span: Range<usize>,
    pub fault: Fault,
}

pub(super) type Checked<T> = Result<T, Flaw>;

impl Flaw {
    pub(super) fn at<T>(value: &Spanned<T>, fault: Fault) -> Self {
        Self { span: value.span(), fault }
    }

    /// Names the pack and turns bytes into line and column.
    pub(super) fn of(self, file: &str, text: &str) -> PolicyError {
        PolicyError::Pack { file: file.to_owned(), place: Place::of(text, self.span.start), fault: self.fault }
    }
}

/// A TOML date without time.
pub(super) fn day(value: &Spanned<Datetime>) -> Checked<Day> {
    let written = value.get_ref();
    let day = match written {
        Datetime { date: Some(d), time: None, offset: None } => Day::from_ymd(i32::from(d.year), u32::from(d.month), u32::from(d.day)),
        _ => None,
    };
    match day {
        Some(day) => Ok(day),
        None => {
            Err(Flaw::at(value, Fault::BadValue { parameter: "date".into(), value: written.to_string(), expected: "a date as YYYY-MM-DD" }))
        }
    }
}

/// One of a closed list of names.
pub(super) fn name<T: Copy>(value: &Spanned<String>, what: &'static str, known: &[(&str, T)]) -> Checked<T> {
    let written = value.get_ref();
    known.iter().find(|(name, _)| name == written).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known = list(known.iter().map(|(name, _)| *name));
        Flaw::at(value, Fault::UnknownName { name: written.clone(), what, known })
    })
}

pub(super) fn category(value: &Spanned<String>) -> Checked<Category> {
    name(value, "category", &Category::ALL.map(|c| (c.as_str(), c)))
}

/// Names in backticks, separated by commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The unit has to be the parameter's own.
pub(super) fn unit(parameter: &str, written: &Spanned<String>, expected: &'static str) -> Checked<()> {
    if written.get_ref() == expected {
        return Ok(());
    }
    let fault = Fault::WrongUnit { parameter: parameter.to_owned(), unit: written.get_ref().clone(), expected };
    Err(Flaw::at(written, fault))
}

/// A small whole number that makes sense.
pub(super) fn small(parameter: &str, value: &Spanned<i64>, range: std::ops::RangeInclusive<i32>, expected: &'static str) -> Checked<i32> {
    i32::try_from(*value.get_ref()).ok().filter(|n| range.contains(n)).ok_or_else(|| {
        let fault = Fault::BadValue { parameter: parameter.to_owned(), value: value.get_ref().to_string(), expected };
        Flaw::at(value, fault)
    })
}

pub(super) fn document<'a>(pack: &'a Pack, source: &Source) -> Checked<&'a Document> {
    pack.documents.get(source.document.get_ref()).ok_or_else(|| {
        let known = list(pack.documents.keys().map(String::as_str));
        Flaw::at(&source.document, Fault::UnknownName { name: source.document.get_ref().clone(), what: "document of the pack", known })
    })
}

/// The entry in force on a day, after looking for overlaps and gaps among all entries of the parameter.
pub(super) fn in_force<'a, T: Dated>(parameter: &str, entries: impl IntoIterator<Item = &'a T>, on: Day) -> Checked<Option<&'a T>> {
    let mut dated = Vec::new();
    for entry in entries {
        let from = day(entry.from())?;
        let until = entry.until().map(day).transpose()?;
        if let Some(until) = until.filter(|&until| until < from) {
            let fault = Fault::EndsBeforeItBegins { what: parameter.to_owned(), from, until };
            return Err(Flaw { span: entry.from().span(), fault });
        }
        dated.push((from, until, entry));
    }
    dated.sort_by_key(|(from, ..)| *from);
    for pair in dated.windows(2) {
        let ((earlier, until, _), (from, _, entry)) = (pair[0], pair[1]);
        if earlier == from || until.is_some_and(|until| until >= from) {
            return Err(Flaw::at(entry.from(), Fault::Overlap { parameter: parameter.to_owned(), from }));
        }
        if let Some(gap) = until.map(|until| until.plus_days(1)).filter(|&gap| gap < from) {
            return Err(Flaw::at(entry.from(), Fault::Gap { parameter: parameter.to_owned(), on: gap }));
        }
    }
    let current = dated.iter().rev().find(|(from, ..)| *from <= on);
    Ok(current.filter(|(_, until, _)| until.is_none_or(|until| until >= on)).map(|(.., entry)| *entry))
}

/// A parameter whose figure is in force, as it will be shown.
pub(super) fn provision(pack: &Pack, parameter: &str, value: String, unit: &'static str, entry: &impl Dated) -> Checked<Provision> {
    let document = document(pack, entry.source())?;
    Ok(Provision {
        parameter: parameter.to_owned(),
        value,
        unit,
        from: day(entry.from())?,
        document: document.number.clone(),
        section: entry.source().section.clone(),
        reading: entry.reading(),
    })
}

/// The stated value of a figure that must have one.
pub(super) fn stated<'a>(parameter: &str, figure: &'a Figure) -> Checked<&'a Spanned<i64>> {
    figure.value.as_ref().ok_or_else(|| {
        let fault = Fault::MissingKey { parameter: parameter.to_owned(), key: "value" };
        Flaw { span: figure.unit.span(), fault }
    })
}
