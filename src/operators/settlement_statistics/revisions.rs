//! What a later extract changed in figures that were published already.
//!
//! A month is compared once it was over on the logical date of the earlier snapshot: the figures of a month that was
//! still going on were never final, and that they grew is no revision. Months that only one of the two has, after a
//! new year, are none either. A group that one of the two has no row for counted nothing there.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use super::Column;
use super::figures::{Figures, Insured, Key};
use canbao_publish::datasets::{CHRONIC_STATISTICS, SETTLEMENT_STATISTICS};
use canbao_rules::period::{Day, Month};
use canbao_rules::rules::{Care, Scope, StatisticsSpan};

/// An earlier snapshot of the same statistics.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The snapshot's name.
    pub name: String,
    /// Its logical date.
    pub date: Day,
    /// The rows of those of its datasets that it has, by name.
    pub datasets: BTreeMap<&'static str, Vec<RecordBatch>>,
}

/// One published figure that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Revision {
    pub dataset: &'static str,
    pub key: Key,
    pub measure: Column,
    /// In hundredths of the measure's unit; `None` where there was none.
    pub old: Option<i128>,
    pub new: Option<i128>,
}

/// An earlier snapshot's rows that do not read as ours.
#[derive(Debug, thiserror::Error)]
#[error("`{snapshot}` cannot be compared with: {what} in `{dataset}`")]
pub struct Unreadable {
    snapshot: String,
    dataset: &'static str,
    what: String,
}

type Measures = BTreeMap<Column, Option<i128>>;

/// The revised figures of both statistics, by dataset, then in the order of its rows and columns. `year` is the one
/// whose months the new rows are of.
pub(super) fn revisions(
    earlier: &Earlier,
    year: i32,
    settlement: &[(Key, Figures)],
    chronic: &[(Key, Figures)],
) -> Result<Vec<Revision>, Unreadable> {
    let mut revisions = Vec::new();
    for (dataset, rows) in [(SETTLEMENT_STATISTICS.name, settlement), (CHRONIC_STATISTICS.name, chronic)] {
        let Some(batches) = earlier.datasets.get(dataset) else { continue };
        let unreadable = |what| Unreadable { snapshot: earlier.name.clone(), dataset, what };
        let mut old: BTreeMap<Key, Measures> = BTreeMap::new();
        for batch in batches {
            old.append(&mut read(batch).map_err(unreadable)?);
        }
        let is_final = |key: &Key| key.period.year() == year && key.period <= last_whole_month(earlier.date);
        old.retain(|key, _| is_final(key));
        compare(dataset, old, rows.iter().filter(|(key, _)| is_final(key)), &mut revisions);
    }
    Ok(revisions)
}

/// The last month that is over at the end of a day.
fn last_whole_month(day: Day) -> Month {
    if day.plus_days(1).month() == day.month() { day.month().plus(-1) } else { day.month() }
}

fn compare<'r>(
    dataset: &'static str,
    old: BTreeMap<Key, Measures>,
    rows: impl Iterator<Item = &'r (Key, Figures)>,
    revisions: &mut Vec<Revision>,
) {
    let nothing = Figures::default();
    let mut both: BTreeMap<Key, (Option<Measures>, &Figures)> = old.into_iter().map(|(key, old)| (key, (Some(old), &nothing))).collect();
    for (key, figures) in rows {
        both.entry(key.clone()).or_insert((None, &nothing)).1 = figures;
    }
    for (key, (old, new)) in both {
        for (measure, new) in new.measures() {
            let old = old.as_ref().map_or_else(|| nothing.measure(measure), |old| old.get(&measure).copied().flatten());
            if old != new {
                revisions.push(Revision { dataset, key: key.clone(), measure, old, new });
            }
        }
    }
}

/// The rows of a published batch.
fn read(batch: &RecordBatch) -> Result<BTreeMap<Key, Measures>, String> {
    let [period, span, scope, insutype] = [text(batch, "period")?, text(batch, "span")?, text(batch, "scope")?, text(batch, "insutype")?];
    let care = text(batch, "care").ok();
    let disease = text(batch, "dise_codg").ok();
    let measures = Column::ALL.into_iter().map(|column| Ok((column, hundredths(batch, column.as_str())?)));
    let measures: Vec<(Column, Vec<Option<i128>>)> = measures.collect::<Result<_, String>>()?;
    let mut rows = BTreeMap::new();
    for row in 0..batch.num_rows() {
        let key = Key {
            period: month(period(row)).ok_or_else(|| unknown("period", period(row)))?,
            span: known(StatisticsSpan::ALL, StatisticsSpan::as_str, "span", span(row))?,
            scope: known(Scope::ALL, Scope::as_str, "scope", scope(row))?,
            care: care.as_ref().map_or(Ok(Care::Chronic), |care| known(Care::ALL, Care::as_str, "care", care(row)))?,
            insured: known(Insured::ALL, Insured::as_str, "insutype", insutype(row))?,
            disease: disease.as_ref().and_then(|disease| disease(row)).map(str::to_owned),
        };
        rows.insert(key, measures.iter().map(|(column, values)| (*column, values[row])).collect());
    }
    Ok(rows)
}

fn known<T: Copy, const N: usize>(all: [T; N], word: fn(T) -> &'static str, column: &str, text: Option<&str>) -> Result<T, String> {
    all.into_iter().find(|&one| Some(word(one)) == text).ok_or_else(|| unknown(column, text))
}

fn unknown(column: &str, text: Option<&str>) -> String {
    format!("`{}` is no `{column}`", text.unwrap_or("null"))
}

/// `yyyy-MM`.
fn month(text: Option<&str>) -> Option<Month> {
    let (year, number) = text?.split_once('-')?;
    Month::new(year.parse().ok()?, number.parse().ok()?)
}

fn text<'b>(batch: &'b RecordBatch, column: &str) -> Result<impl Fn(usize) -> Option<&'b str> + use<'b>, String> {
    let texts = batch.column_by_name(column).and_then(|values| values.as_string_opt::<i32>());
    let texts = texts.ok_or_else(|| format!("there is no text column `{column}`"))?;
    Ok(move |row| texts.is_valid(row).then(|| texts.value(row)))
}

/// A measure in hundredths of its unit: counts are whole, amounts and percentages have two places.
fn hundredths(batch: &RecordBatch, column: &str) -> Result<Vec<Option<i128>>, String> {
    let values = batch.column_by_name(column);
    match values.map(|values| (values, values.data_type())) {
        Some((values, DataType::Int64)) => {
            Ok(values.as_primitive::<Int64Type>().iter().map(|count| count.map(|count| i128::from(count) * 100)).collect())
        }
        Some((values, DataType::Decimal128(_, 2))) => Ok(values.as_primitive::<Decimal128Type>().iter().collect()),
        _ => Err(format!("there is no column `{column}` of numbers")),
    }
}
