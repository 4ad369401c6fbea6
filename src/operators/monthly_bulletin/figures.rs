//! Where figures come from: queries over published snapshots, each under an identifier of its own.
//!
//! Invariant: a figure of the bulletin is a value of such a query's answer, or is worked out from its row by the formula
//! that the query's `derived` states. `--trace` asks the same query again and shows the whole answer.

use polars::prelude::{AnyValue, DataFrame};

use super::document::{Missing, Value};
use super::error::BulletinError;
use crate::query::query_in;
use canbao_publish::qualified;
use canbao_publish::{Snapshot, SnapshotName};
use canbao_rules::money::Yuan;
use canbao_rules::period::Day;
use canbao_rules::{Language, Percent};

/// A query, before it is asked.
#[derive(Debug, Clone)]
pub struct Query {
    /// What `--trace` takes.
    pub id: &'static str,
    /// What it asks for, in both languages.
    pub title: (&'static str, &'static str),
    /// The datasets that it reads; the first gives its rows.
    pub datasets: &'static [&'static str],
    /// The columns that name a row.
    pub keys: &'static [&'static str],
    /// What the program works out from a row, in both languages; empty where nothing is.
    pub derived: (&'static str, &'static str),
    /// The query, with `{name}` for the table of each dataset.
    pub sql: String,
}

/// A query that was asked.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What `--trace` takes.
    pub id: &'static str,
    /// What it asks for.
    pub title: String,
    /// What the program works out from a row; empty where nothing is.
    pub derived: String,
    /// The pipeline whose snapshot was asked.
    pub pipeline: String,
    /// The snapshot.
    pub snapshot: SnapshotName,
    /// Where it stands.
    pub place: String,
    /// The datasets that were read.
    pub datasets: &'static [&'static str],
    /// The columns that name a row.
    pub keys: &'static [&'static str],
    /// The query as it was asked.
    pub sql: String,
    /// The whole answer.
    pub rows: DataFrame,
}

/// Asks snapshots and remembers what was asked.
#[derive(Debug)]
pub struct Figures {
    lang: Language,
    asked: Vec<Figure>,
}

impl Figures {
    /// Nothing asked yet.
    pub fn new(lang: Language) -> Self {
        Self { lang, asked: Vec::new() }
    }

    /// Asks for figures that are printed.
    pub fn ask(&mut self, snapshot: &Snapshot, query: Query) -> Result<Vec<Answer>, BulletinError> {
        let figure = self.figure(snapshot, query)?;
        let answers = answers(&figure.rows, figure.keys);
        self.asked.push(figure);
        Ok(answers)
    }

    /// Asks for what is not printed itself but decides what may be.
    pub fn ask_aside(&self, snapshot: &Snapshot, query: Query) -> Result<Vec<Answer>, BulletinError> {
        let figure = self.figure(snapshot, query)?;
        Ok(answers(&figure.rows, figure.keys))
    }

    fn figure(&self, snapshot: &Snapshot, query: Query) -> Result<Figure, BulletinError> {
        let mut sql = query.sql;
        for dataset in query.datasets {
            sql = sql.replace(&format!("{{{dataset}}}"), &qualified(snapshot.pipeline(), dataset));
        }
        let rows = query_in(&[snapshot], &sql).map_err(|source| BulletinError::Query { figure: query.id, source: Box::new(source) })?;
        Ok(Figure {
            id: query.id,
            title: self.lang.pick(query.title.0, query.title.1).to_owned(),
            derived: self.lang.pick(query.derived.0, query.derived.1).to_owned(),
            pipeline: snapshot.pipeline().to_owned(),
            snapshot: snapshot.name(),
            place: snapshot.shown(),
            datasets: query.datasets,
            keys: query.keys,
            sql,
            rows,
        })
    }

    /// All that was asked, in the order of asking.
    pub fn into_asked(self) -> Vec<Figure> {
        self.asked
    }
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its key, the parts joined by `.`; a part that is null is `-`.
    pub key: String,
    values: Vec<(String, AnyValue<'static>)>,
}

/// The rows of an answer.
pub fn answers(rows: &DataFrame, keys: &[&str]) -> Vec<Answer> {
    let row = |at: usize| {
        let values = rows.columns().iter().map(|column| {
            let value = column.get(at).map_or(AnyValue::Null, AnyValue::into_static);
            (column.name().to_string(), value)
        });
        let mut answer = Answer { key: String::new(), values: values.collect() };
        let part = |key: &&str| answer.text(key).map(str::to_owned).or_else(|| answer.day(key).map(|day| day.to_string()));
        let parts: Vec<String> = keys.iter().map(|key| part(key).unwrap_or_else(|| "-".to_owned())).collect();
        answer.key = if parts.is_empty() { "all".to_owned() } else { parts.join(".") };
        answer
    };
    (0..rows.height()).map(row).collect()
}

impl Answer {
    /// A row by hand.
    #[cfg(test)]
    pub fn of(values: Vec<(String, AnyValue<'static>)>) -> Self {
        Self { key: String::new(), values }
    }

    /// A row with some of the columns only.
    pub fn only(&self, columns: &[&str]) -> Self {
        let values = self.values.iter().filter(|(name, _)| columns.contains(&name.as_str()));
        Self { key: self.key.clone(), values: values.cloned().collect() }
    }

    /// Replaces a value by one in hundredths of its unit.
    pub fn set_hundredths(&mut self, column: &str, hundredths: i64) {
        let value = AnyValue::Decimal(hundredths.into(), 38, 2);
        match self.values.iter_mut().find(|(name, _)| name == column) {
            Some((_, present)) => *present = value,
            None => self.values.push((column.to_owned(), value)),
        }
    }

    fn value(&self, column: &str) -> &AnyValue<'static> {
        self.values.iter().find(|(name, _)| name == column).map_or(&AnyValue::Null, |(_, value)| value)
    }

    /// A text.
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.value(column) {
            AnyValue::String(text) => Some(text),
            AnyValue::StringOwned(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// A text, empty where there is none.
    pub fn word(&self, column: &str) -> &str {
        self.text(column).unwrap_or_default()
    }

    /// A whole number.
    pub fn count(&self, column: &str) -> Option<i64> {
        match self.value(column) {
            AnyValue::Decimal(unscaled, _, 0) => i64::try_from(*unscaled).ok(),
            AnyValue::Decimal(unscaled, _, 2) => i64::try_from(unscaled / 100).ok(),
            value if value.is_primitive_numeric() => value.extract::<i64>(),
            _ => None,
        }
    }

    /// A whole number, 0 where there is none.
    pub fn number(&self, column: &str) -> i64 {
        self.count(column).unwrap_or(0)
    }

    /// The least number of persons that a column states.
    pub fn persons(&self, column: &str) -> u64 {
        u64::try_from(self.number(column)).unwrap_or(0)
    }

    /// Hundredths: fen, or hundredths of a percent.
    pub fn hundredths(&self, column: &str) -> Option<i64> {
        match self.value(column) {
            AnyValue::Decimal(unscaled, _, 2) => i64::try_from(*unscaled).ok(),
            AnyValue::Decimal(unscaled, _, 0) => i64::try_from(unscaled.checked_mul(100)?).ok(),
            value if value.is_integer() => value.extract::<i64>()?.checked_mul(100),
            _ => None,
        }
    }

    /// An amount.
    pub fn money(&self, column: &str) -> Option<Yuan> {
        self.hundredths(column).map(Yuan::from_fen)
    }

    /// An amount, nothing where there is none.
    pub fn yuan(&self, column: &str) -> Yuan {
        self.money(column).unwrap_or(Yuan::ZERO)
    }

    /// A percentage.
    pub fn percent(&self, column: &str) -> Option<Percent> {
        self.hundredths(column).map(Percent::from_hundredths)
    }

    /// Yes or no.
    pub fn truth(&self, column: &str) -> Option<bool> {
        match self.value(column) {
            AnyValue::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A day.
    pub fn day(&self, column: &str) -> Option<Day> {
        match self.value(column) {
            AnyValue::Date(days) => Some(Day::from_epoch(*days)),
            _ => None,
        }
    }

    /// A count for a table.
    pub fn count_value(&self, column: &str, missing: Missing) -> Value {
        self.count(column).map_or(Value::Missing(missing), Value::Count)
    }

    /// An amount for a table.
    pub fn money_value(&self, column: &str, missing: Missing) -> Value {
        self.money(column).map_or(Value::Missing(missing), Value::Money)
    }

    /// A percentage for a table.
    pub fn percent_value(&self, column: &str, missing: Missing) -> Value {
        self.percent(column).map_or(Value::Missing(missing), Value::Percent)
    }
}
