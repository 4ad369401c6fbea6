//! A bulletin before it has a form: sections of sentences, tables and charts. Each form (page, workbook, Markdown) is
//! written from this and adds no figure.
//!
//! Invariants: every figure says where it comes from ([`Reference`]); what is suppressed or missing is a value of its
//! own, so that no form can print it as a number or leave it empty.

use std::fmt;

use super::quantity;
use canbao_rules::money::Yuan;
use canbao_rules::period::Day;
use canbao_rules::{Language, Percent};

/// The mark of a suppressed cell.
pub const MARK: &str = "*";
/// What names a row where there is nothing to name it by.
pub const NOTHING: &str = "—";

/// Where a figure comes from: a query, and the row and column of its answer where it is one value of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The query, by the identifier that `--trace` takes.
    pub query: &'static str,
    /// The row's key, its parts joined by `.`, and the column.
    pub cell: Option<(String, String)>,
}

impl Reference {
    /// A value of a query's answer.
    pub fn cell(query: &'static str, row: impl Into<String>, column: impl Into<String>) -> Self {
        Self { query, cell: Some((row.into(), column.into())) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.query)?;
        if let Some((row, column)) = &self.cell {
            write!(f, "/{row}/{column}")?;
        }
        Ok(())
    }
}

/// A section.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// For links and sheets.
    pub id: &'static str,
    /// Its heading, without a number.
    pub title: String,
    /// What stands in it, in order.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A paragraph with figures.
    Text(Text),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
}

/// A paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A part of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words without a figure of their own.
    Words(String),
    /// A figure with its unit, as it is read.
    Figure {
        /// As it is read.
        text: String,
        /// Where it comes from.
        from: Reference,
    },
}

impl Text {
    /// A paragraph of words.
    pub fn plain(words: impl Into<String>) -> Self {
        Self(vec![Piece::Words(words.into())])
    }

    /// Adds words.
    pub fn words(&mut self, words: impl Into<String>) -> &mut Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

    /// Adds a figure.
    pub fn figure(&mut self, text: impl Into<String>, from: Reference) -> &mut Self {
        self.0.push(Piece::Figure { text: text.into(), from });
        self
    }

    /// Adds all of another paragraph.
    pub fn append(&mut self, other: Text) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    /// The paragraph as it is read.
    pub fn reading(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(text) | Piece::Figure { text, .. } => text.clone(),
        };
        self.0.iter().map(piece).collect()
    }

    /// The queries that its figures come from, each once, in order.
    pub fn queries(&self) -> Vec<&'static str> {
        let mut queries = Vec::new();
        for piece in &self.0 {
            if let Piece::Figure { from, .. } = piece
                && !queries.contains(&from.query)
            {
                queries.push(from.query);
            }
        }
        queries
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The query that its cells come from.
    pub query: &'static str,
    /// Its caption.
    pub title: String,
    /// The heads of the columns that name a row.
    pub labels: Vec<String>,
    /// The columns with figures.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Remarks below.
    pub notes: Vec<String>,
    /// Whether it is for the workbook alone: too long to print.
    pub is_long: bool,
}

/// A column with figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the query's answer.
    pub name: String,
    /// Its head.
    pub title: String,
    /// Its unit.
    pub unit: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its key, the parts joined by `.`.
    pub key: String,
    /// What names it, one for each of the table's labels.
    pub labels: Vec<String>,
    /// Its values, one for each column.
    pub values: Vec<Value>,
    /// Whether it sums up others.
    pub is_total: bool,
}

impl Table {
    /// Where a cell comes from.
    pub fn reference(&self, row: &Row, column: &Column) -> Reference {
        Reference::cell(self.query, row.key.as_str(), column.name.as_str())
    }

    /// Whether a cell bears the mark.
    pub fn has_marks(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.values).any(|value| *value == Value::Suppressed)
    }
}

/// A cell's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words: a name, yes or no.
    Words(String),
    /// A number of persons, visits, records.
    Count(i64),
    /// An amount.
    Money(Yuan),
    /// A percentage.
    Percent(Percent),
    /// Suppressed for confidentiality.
    Suppressed,
    /// There is no such value, and why.
    Missing(Missing),
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Growth against nothing: there was none in the year before.
    NoBase,
    /// Growth against less than nothing: refunds outweighed settlements in the year before.
    NegativeBase,
    /// A percentage that its column cannot hold.
    TooLarge,
    /// The region has no target.
    NoTarget,
    /// A share of nobody.
    NobodyEligible,
    /// A share of no amount.
    NothingInScope,
    /// The document does not say.
    NotStated,
    /// The sum of these would count persons twice.
    NotAdded,
    /// Such a row has no such value.
    NotApplicable,
    /// There was nothing to count.
    NoRecords,
    /// Persons cannot be told apart in this snapshot.
    Masked,
}

impl Missing {
    /// What a table says in place of the value.
    pub const fn words(self, lang: Language) -> &'static str {
        match self {
            Self::NoBase => lang.pick("上年无数据", "no base"),
            Self::NegativeBase => lang.pick("上年为负", "negative base"),
            Self::TooLarge => lang.pick("增幅过大", "out of range"),
            Self::NoTarget => lang.pick("无任务数", "no target"),
            Self::NobodyEligible => lang.pick("无应参保人", "nobody eligible"),
            Self::NothingInScope => lang.pick("无范围内费用", "nothing in scope"),
            Self::NotStated => lang.pick("文件未写明", "not stated"),
            Self::NotAdded => lang.pick("不加总", "not added"),
            Self::NotApplicable => lang.pick("不适用", "not applicable"),
            Self::NoRecords => lang.pick("无记录", "no records"),
            Self::Masked => lang.pick("已脱敏", "masked"),
        }
    }
}

impl Value {
    /// The value as a table shows it.
    pub fn shown(&self, lang: Language) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Count(count) => quantity::grouped(*count),
            Self::Money(amount) => quantity::money(*amount),
            Self::Percent(percent) => quantity::plain_percent(*percent),
            Self::Suppressed => MARK.to_owned(),
            Self::Missing(missing) => missing.words(lang).to_owned(),
        }
    }

    /// Whether it is set to the right.
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Money(_) | Self::Percent(_))
    }

    /// The number for a chart; amounts in yuan, percentages in percent.
    pub fn point(&self) -> Point {
        match self {
            Self::Count(count) => Point::At(*count as f64),
            Self::Money(amount) => Point::At(amount.fen() as f64 / 100.0),
            Self::Percent(percent) => Point::At(percent.hundredths() as f64 / 100.0),
            Self::Suppressed => Point::Suppressed,
            Self::Words(_) | Self::Missing(_) => Point::Missing,
        }
    }

    /// The value unless it is to be hidden.
    #[must_use]
    pub fn unless(self, hidden: bool) -> Self {
        if hidden { Self::Suppressed } else { self }
    }
}

/// A chart: one panel, or several with the same categories, one below the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// For links and sheets.
    pub id: &'static str,
    /// The query that its points come from.
    pub query: &'static str,
    /// Its caption.
    pub title: String,
    /// The panels.
    pub panels: Vec<Panel>,
    /// Remarks below.
    pub notes: Vec<String>,
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// The unit of the values.
    pub unit: String,
    /// How the values are drawn.
    pub shape: Shape,
    /// What each value is of.
    pub categories: Categories,
    /// The values.
    pub series: Vec<Series>,
    /// A value to compare with, and its name.
    pub mark: Option<(f64, String)>,
}

/// How values are drawn. All axes of values begin at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Upright bars.
    Columns,
    /// Lying bars, the first category on top.
    Bars,
    /// A line.
    Line,
}

/// What the values of a panel are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Categories {
    /// Names.
    Names(Vec<String>),
    /// Every day from the first on.
    Days(Day, usize),
}

impl Categories {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Names(names) => names.len(),
            Self::Days(_, days) => *days,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What one is called.
    pub fn name(&self, at: usize) -> String {
        match self {
            Self::Names(names) => names.get(at).cloned().unwrap_or_default(),
            Self::Days(first, _) => first.plus_days(i32::try_from(at).unwrap_or(0)).to_string(),
        }
    }
}

/// Values with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// One for each category.
    pub points: Vec<Point>,
}

/// A value in a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Point {
    /// A number.
    At(f64),
    /// Suppressed for confidentiality.
    Suppressed,
    /// There is none.
    Missing,
}

impl Point {
    /// The number, where there is one.
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::At(number) => Some(number),
            Self::Suppressed | Self::Missing => None,
        }
    }
}

impl Chart {
    /// Whether there is anything to draw.
    pub fn has_points(&self) -> bool {
        let points = self.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
        points.filter_map(|point| point.number()).any(|number| number != 0.0)
    }

    /// Whether a value is suppressed.
    pub fn has_marks(&self) -> bool {
        self.panels.iter().flat_map(|panel| &panel.series).any(|series| series.points.contains(&Point::Suppressed))
    }
}
