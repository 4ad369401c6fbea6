//! SQL steps: queries in polars' dialect over the registered frames.
//!
//! Invariant: the rows of a result stand in an order that does not depend on how the engine worked. Whatever
//! `ORDER BY` a query has serves its own `LIMIT` only; what is published is sorted by the step's `order_by`, then by the
//! remaining columns from the left.

use arrow_schema::Schema as ArrowSchema;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, PlSmallStr, PolarsError, PolarsResult, SortMultipleOptions, polars_bail};
use polars::sql::{SQLContext, extract_table_identifiers};

use super::public_frames;
use super::source_spec::{RUN, SourceSpec};
use crate::query::redact_values;
use canbao_publish::DatasetSpec;
use canbao_rules::period::Day;
use canbao_sources::population::bridge::{self, BridgeError};

/// A column by which rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// The column.
    pub column: String,
    /// Largest first.
    pub descending: bool,
}

impl OrderBy {
    /// Reads `column` or `column desc`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let column = words.next()?.to_owned();
        let descending = match words.next() {
            None | Some("asc" | "ASC") => false,
            Some("desc" | "DESC") => true,
            Some(_) => return None,
        };
        words.next().is_none().then_some(Self { column, descending })
    }
}

/// The registered frames, by name.
pub struct QueryFrames {
    context: SQLContext,
    names: Vec<String>,
}

impl QueryFrames {
    /// No frames.
    pub fn new() -> Self {
        Self { context: SQLContext::new(), names: Vec::new() }
    }

    /// The sources and the frame `run`, all without rows: enough to check a query.
    pub fn empty(sources: &[SourceSpec]) -> Self {
        let mut frames = Self::new();
        frames.add_sources(sources);
        frames
    }

    /// The sources and the frame `run` without rows.
    pub fn add_sources(&mut self, sources: &[SourceSpec]) {
        for source in sources {
            self.add(&source.extract, public_frames::empty(source.contract));
        }
        self.add(RUN, public_frames::run_frame(Day::from_epoch(0), "", None).slice(0, 0));
    }

    /// Puts a frame beside the others.
    pub fn add(&mut self, name: &str, frame: DataFrame) {
        self.add_lazy(name, frame.lazy());
    }

    /// Puts a frame that is not read yet beside the others.
    pub fn add_lazy(&mut self, name: &str, frame: LazyFrame) {
        self.context.register(name, frame);
        self.names.push(name.to_owned());
    }

    /// Lists frames that are there once a query names them.
    pub fn mention(&mut self, names: Vec<String>) {
        let new = names.into_iter().filter(|name| !self.names.contains(name));
        let new: Vec<String> = new.collect();
        self.names.extend(new);
    }

    /// Datasets that an operator can make, without rows.
    pub fn add_empty(&mut self, datasets: &[&'static DatasetSpec]) -> Result<(), BridgeError> {
        for dataset in datasets {
            self.add_batches(dataset.name, &dataset.schema(), &[])?;
        }
        Ok(())
    }

    /// The rows of a dataset that an operator made.
    pub fn add_batches(&mut self, name: &str, schema: &ArrowSchema, rows: &[arrow_array::RecordBatch]) -> Result<(), BridgeError> {
        self.add(name, bridge::to_polars(schema, rows)?);
        Ok(())
    }

    /// What queries can name, `run` included.
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// The rows that a query gives, in the order that the module promises.
    pub fn query(&mut self, sql: &str, order: &[OrderBy]) -> PolarsResult<DataFrame> {
        let rows = self.context.execute(sql).and_then(LazyFrame::collect).map_err(redact_values)?;
        ordered(rows, order)
    }
}

impl Default for QueryFrames {
    fn default() -> Self {
        Self::new()
    }
}

/// The frames that a query reads. Empty where it is no SQL: the check at loading says so.
pub fn frames_read(sql: &str) -> Vec<String> {
    extract_table_identifiers(sql, false, true).unwrap_or_default()
}

fn ordered(rows: DataFrame, order: &[OrderBy]) -> PolarsResult<DataFrame> {
    let mut columns: Vec<PlSmallStr> = Vec::with_capacity(rows.width());
    let mut descending = Vec::with_capacity(rows.width());
    for OrderBy { column, descending: largest_first } in order {
        if rows.column(column).is_err() {
            let known: Vec<_> = rows.get_column_names().into_iter().map(|name| format!("`{name}`")).collect();
            polars_bail!(ColumnNotFound: "order_by `{column}` is no column of the result, expected one of {}", known.join(", "));
        }
        columns.push(column.as_str().into());
        descending.push(*largest_first);
    }
    for column in rows.columns() {
        if !columns.contains(column.name()) && !column.dtype().is_nested() {
            columns.push(column.name().clone());
            descending.push(false);
        }
    }
    if columns.is_empty() {
        return Ok(rows);
    }
    let options = SortMultipleOptions::default().with_order_descending_multi(descending).with_nulls_last(true);
    rows.sort(columns, options)
}

/// polars' message as a part of our sentence: one line in lower case, no full stop.
pub fn sentence(error: &PolarsError) -> String {
    let text = error.to_string();
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // The kind that polars puts in front repeats what the sentence says.
    let first = first.trim().trim_start_matches("not found: ").trim_start_matches("sql parser error: ");
    let first = first.trim_end_matches('.');
    let mut letters = first.chars();
    match (letters.next(), letters.clone().next()) {
        // A word, not an abbreviation.
        (Some(capital), Some(next)) if next.is_lowercase() => capital.to_lowercase().chain(letters).collect(),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn frames() -> QueryFrames {
        let mut frames = QueryFrames::new();
        frames.add("village", df!("township" => ["b", "a", "b", "a"], "persons" => [1i64, 2, 3, 4]).unwrap());
        frames
    }

    #[test]
    fn groups_come_out_in_order() {
        let sql = "SELECT township, SUM(persons) AS persons FROM village GROUP BY township";
        let rows = frames().query(sql, &[]).unwrap();
        assert_eq!(rows, df!("township" => ["a", "b"], "persons" => [6i64, 4]).unwrap());
        let largest = frames().query(sql, &[OrderBy::parse("persons desc").unwrap()]).unwrap();
        assert_eq!(largest, rows, "a has more persons");
    }

    #[test]
    fn an_order_by_a_missing_column_is_refused() {
        let order = OrderBy::parse("elsewhere").unwrap();
        insta::assert_snapshot!(sentence(&frames().query("SELECT township FROM village", &[order]).unwrap_err()), @"order_by `elsewhere` is no column of the result, expected one of `township`");
    }

    #[test]
    fn the_frames_a_query_reads_are_known() {
        let sql = "WITH x AS (SELECT * FROM household) SELECT * FROM x JOIN run ON true";
        assert!(frames_read(sql).contains(&"household".to_owned()));
    }
}
