//! SQL over the latest snapshot of every pipeline, or over snapshots that are named.
//!
//! Each dataset is a table by its name where only one pipeline publishes it, and always as
//! `pipeline__dataset` with `_` for `-`. Files of this machine are scanned as far as the query needs
//! them; of remote ones those that the query names are copied to a temporary folder first.
//!
//! Only statements that read: nothing published can be changed, and no file beside the snapshots is
//! looked at (`read_parquet('…')` and its like are unknown tables here).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use polars::prelude::{DataFrame, IntoLazy, LazyFrame, PolarsError};
use polars::sql::{SQLContext, extract_table_identifiers};
use tempfile::TempDir;

use canbao_publish::{Manifest, PublishError, Publisher, Snapshot, SnapshotName, as_identifier, qualified};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

use self::scan::scan;

mod output;
mod redaction;
mod scan;
#[cfg(test)]
mod tests;

pub use self::redaction::redact_values;
pub use self::scan::{frame, scan_file};
pub use output::{write_csv, write_json, write_parquet, write_table};

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Something else than one reading statement.
    #[error("`{keyword}` is no query")]
    NoQuery {
        /// What the statement begins with.
        keyword: String,
    },
    /// A table that nobody publishes.
    #[error("there is no table `{table}`")]
    UnknownTable {
        /// The name in the query.
        table: String,
        /// The names that could stand there.
        tables: Vec<String>,
    },
    /// A plain name that several pipelines publish.
    #[error("`{table}` is published by several pipelines")]
    Ambiguous {
        /// The name in the query.
        table: String,
        /// The qualified names.
        candidates: Vec<String>,
    },
    /// A statement that polars does not understand, or a column that is not there.
    #[error("the query cannot be answered")]
    Sql {
        /// The columns of the tables that the query names.
        columns: Vec<String>,
        /// What polars says.
        source: PolarsError,
    },
    /// A snapshot cannot be found or read.
    #[error(transparent)]
    Published(#[from] PublishError),
    /// A snapshot that `latest.json` names is not there.
    #[error("`{path}` is named by latest.json and has no manifest")]
    NoManifest {
        /// The snapshot.
        path: String,
    },
    /// A snapshot that was asked for is not there.
    #[error("there is no snapshot `{path}`")]
    NoSnapshot {
        /// The snapshot.
        path: String,
    },
    /// A remote dataset cannot be kept while the query runs.
    #[error("cannot copy a dataset to a temporary file")]
    Temporary(#[source] io::Error),
    /// The result cannot be written.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
}

fn known(tables: &[String]) -> String {
    if tables.is_empty() { "nothing is published here yet".to_owned() } else { format!("the tables are {}", tables.join(", ")) }
}

impl Diagnostic for QueryError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::NoQuery { .. } | Self::UnknownTable { .. } | Self::Ambiguous { .. } | Self::Sql { .. } | Self::NoSnapshot { .. } => {
                ErrorClass::Usage
            }
            Self::Published(error) => error.class(),
            Self::NoManifest { .. } => ErrorClass::Data,
            Self::Temporary(error) | Self::Output(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoQuery { .. } => Some("expected one statement that begins with SELECT, WITH, VALUES, FROM, EXPLAIN or SHOW".to_owned()),
            Self::UnknownTable { tables, .. } => Some(known(tables)),
            Self::Ambiguous { candidates, .. } => Some(format!("write one of {}", candidates.join(", "))),
            Self::Sql { columns, .. } if columns.is_empty() => None,
            Self::Sql { columns, .. } => Some(format!("the tables' columns are {}", columns.join("; "))),
            Self::Published(error) => error.hint(),
            Self::NoManifest { .. } | Self::NoSnapshot { .. } => None,
            Self::Temporary(error) | Self::Output(error) => error.hint(),
        }
    }
}

/// Answers a query from the latest snapshots at a publish location.
///
/// # Errors
/// See [`QueryError`].
pub fn query(publisher: &Publisher, sql: &str) -> Result<DataFrame, QueryError> {
    query_at(publisher, &BTreeMap::new(), sql)
}

/// The same, where `at` says for some pipelines which snapshot is looked at in place of the latest.
///
/// # Errors
/// See [`QueryError`].
pub fn query_at(publisher: &Publisher, at: &BTreeMap<String, SnapshotName>, sql: &str) -> Result<DataFrame, QueryError> {
    only_reading(&words(sql))?;
    let catalog = Catalog::of(publisher, at)?;
    let mut copies = None;
    answer(sql, &catalog, |table| table.scan(publisher, &mut copies))
}

/// Answers a query from these snapshots and no others, whose files are held against their manifests before.
///
/// # Errors
/// See [`QueryError`].
pub fn query_in(snapshots: &[&Snapshot], sql: &str) -> Result<DataFrame, QueryError> {
    only_reading(&words(sql))?;
    let mut catalog = Catalog::default();
    for snapshot in snapshots {
        catalog.add(snapshot.pipeline(), snapshot.name(), snapshot.manifest());
    }
    let frame = |table: &Table| {
        let snapshot = snapshots.iter().find(|snapshot| snapshot.pipeline() == table.pipeline && snapshot.name() == table.snapshot);
        snapshot.map_or_else(|| Err(catalog.unknown(&table.dataset)), |snapshot| Ok(frame(snapshot, &table.dataset)?))
    };
    answer(sql, &catalog, frame)
}

fn answer(sql: &str, catalog: &Catalog, mut frame: impl FnMut(&Table) -> Result<LazyFrame, QueryError>) -> Result<DataFrame, QueryError> {
    let no_columns = |source| QueryError::Sql { columns: Vec::new(), source };
    let named = extract_table_identifiers(sql, false, true).map_err(no_columns)?;
    let words = words(sql);
    let within: BTreeSet<&str> = defined_within(&words);
    let mut context = SQLContext::new();
    let mut scanned = Vec::new();
    for name in named.iter().filter(|name| !within.contains(name.as_str())) {
        let frame = frame(catalog.find(name)?)?;
        scanned.push((name, frame.clone()));
        context.register(name, frame);
    }
    if named.is_empty() {
        // Nothing is named in `SHOW TABLES`: it lists what could be.
        for name in catalog.names() {
            context.register(&name, DataFrame::empty().lazy());
        }
    }
    let answer = context.execute(sql).and_then(LazyFrame::collect);
    answer.map_err(|error| QueryError::Sql { columns: columns_of(scanned), source: redact_values(error) })
}

/// The columns of each table, for the hint beside an error.
fn columns_of(tables: Vec<(&String, LazyFrame)>) -> Vec<String> {
    let listed = tables.into_iter().filter_map(|(name, mut frame)| {
        let schema = frame.collect_schema().ok()?;
        let names: Vec<&str> = schema.iter_names().map(|column| column.as_str()).collect();
        Some(format!("{name}: {}", names.join(" ")))
    });
    listed.collect()
}

/// One published dataset of a latest snapshot.
#[derive(Debug, Clone)]
struct Table {
    pipeline: String,
    snapshot: SnapshotName,
    dataset: String,
}

/// All tables, by name; a plain name leads to several where pipelines share it.
#[derive(Default)]
struct Catalog(BTreeMap<String, Vec<Table>>);

impl Catalog {
    fn of(publisher: &Publisher, at: &BTreeMap<String, SnapshotName>) -> Result<Self, QueryError> {
        let mut catalog = Self::default();
        let published = publisher.pipelines()?;
        for pipeline in published.iter().chain(at.keys().filter(|pipeline| !published.contains(pipeline))) {
            let snapshot = match at.get(pipeline) {
                Some(&snapshot) => snapshot,
                None => match publisher.latest(pipeline)? {
                    Some(latest) => latest,
                    None => continue,
                },
            };
            let missing = || match at.contains_key(pipeline) {
                true => QueryError::NoSnapshot { path: publisher.shown(pipeline, snapshot) },
                false => QueryError::NoManifest { path: publisher.shown(pipeline, snapshot) },
            };
            let manifest = publisher.manifest(pipeline, snapshot)?.ok_or_else(missing)?;
            catalog.add(pipeline, snapshot, &manifest);
        }
        Ok(catalog)
    }

    fn add(&mut self, pipeline: &str, snapshot: SnapshotName, manifest: &Manifest) {
        for entry in &manifest.datasets {
            let table = Table { pipeline: pipeline.to_owned(), snapshot, dataset: entry.name.clone() };
            self.0.entry(table.qualified()).or_default().push(table.clone());
            self.0.entry(as_identifier(&table.dataset)).or_default().push(table);
        }
    }

    fn find(&self, name: &str) -> Result<&Table, QueryError> {
        match self.0.get(name).map(Vec::as_slice) {
            Some([table]) => Ok(table),
            Some(several) => {
                Err(QueryError::Ambiguous { table: name.to_owned(), candidates: several.iter().map(Table::qualified).collect() })
            }
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, table: &str) -> QueryError {
        QueryError::UnknownTable { table: table.to_owned(), tables: self.names() }
    }

    /// The names that lead to one table each.
    fn names(&self) -> Vec<String> {
        self.0.iter().filter(|(_, tables)| tables.len() == 1).map(|(name, _)| name.clone()).collect()
    }
}

impl Table {
    fn qualified(&self) -> String {
        qualified(&self.pipeline, &self.dataset)
    }

    fn scan(&self, publisher: &Publisher, copies: &mut Option<TempDir>) -> Result<LazyFrame, QueryError> {
        let path = match publisher.local_file(&self.pipeline, self.snapshot, &self.dataset) {
            Some(path) => path,
            None => {
                let folder = match copies {
                    Some(folder) => folder,
                    none => none.insert(TempDir::new().map_err(QueryError::Temporary)?),
                };
                let path = folder.path().join(format!("{}.parquet", self.qualified()));
                let mut file = File::create(&path).map_err(QueryError::Temporary)?;
                publisher.fetch(&self.pipeline, self.snapshot, &self.dataset, &mut file)?;
                path
            }
        };
        scan(&path).map_err(|source| QueryError::Sql { columns: Vec::new(), source })
    }
}

fn only_reading(words: &[&str]) -> Result<(), QueryError> {
    let first = words.iter().find(|word| **word != "(").copied().unwrap_or_default();
    let reads = ["SELECT", "WITH", "VALUES", "FROM", "EXPLAIN", "SHOW"].iter().any(|known| first.eq_ignore_ascii_case(known));
    if reads { Ok(()) } else { Err(QueryError::NoQuery { keyword: first.to_owned() }) }
}

/// The names that a query itself gives to parts of it: `name AS (`, or `name (columns) AS (`. They are
/// no tables of ours.
fn defined_within<'a>(words: &[&'a str]) -> BTreeSet<&'a str> {
    let is_name = |word: &str| word.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
    let mut names = BTreeSet::new();
    for at in 1..words.len().saturating_sub(1) {
        if !words[at].eq_ignore_ascii_case("as") || words[at + 1] != "(" {
            continue;
        }
        let before = if words[at - 1] == ")" { words[..at].iter().rposition(|word| *word == "(") } else { Some(at) };
        let name = before.and_then(|before| before.checked_sub(1)).map(|name| words[name]);
        names.extend(name.filter(|name| is_name(name)).map(|name| name.trim_matches('"')));
    }
    names
}

/// The words and signs of a statement, without blanks and comments; a quoted text is one word.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '\'' || first == '"' {
            rest[1..].find(first).map_or(rest.len(), |end| end + 2)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if !word.starts_with("--") && !word.starts_with("/*") {
            words.push(word);
        }
        rest = after.trim_start();
    }
    words
}
