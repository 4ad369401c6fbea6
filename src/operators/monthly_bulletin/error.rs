//! Why there is no bulletin.

use crate::query::QueryError;
use canbao_publish::PublishError;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// A bulletin that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BulletinError {
    /// Nothing that it could be made from was published.
    #[error("nothing is published that a bulletin for {month} could be made from")]
    Nothing {
        /// The month, as yyyy-MM.
        month: String,
        /// Its last day.
        last_day: String,
    },
    /// A figure's query has no answer.
    #[error("figure `{figure}` cannot be computed")]
    Query {
        /// The figure.
        figure: &'static str,
        /// The cause.
        source: Box<QueryError>,
    },
    /// A snapshot cannot be read.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// There is no such figure.
    #[error("there is no figure `{name}`")]
    UnknownFigure {
        /// What was asked for.
        name: String,
        /// The figure with the nearest name.
        nearest: Option<String>,
    },
    /// No row, or no column, of a figure has this name.
    #[error("figure `{figure}` has no {what} `{name}`")]
    UnknownCell {
        /// The figure.
        figure: &'static str,
        /// `row` or `column`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A chart cannot be drawn.
    #[error("chart `{chart}` cannot be drawn: {why}")]
    Chart {
        /// The chart.
        chart: &'static str,
        /// What the charting library says.
        why: String,
    },
    /// The page cannot be written.
    #[error("the page cannot be written")]
    Page(#[source] askama::Error),
    /// The dataset of figures cannot be built: a defect of the program.
    #[error("the bulletin's figures do not fit their description")]
    Figures(#[from] arrow_schema::ArrowError),
    /// The workbook cannot be written.
    #[error("the workbook cannot be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
}

impl Diagnostic for BulletinError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Nothing { .. } => ErrorClass::Data,
            Self::UnknownFigure { .. } | Self::UnknownCell { .. } => ErrorClass::Usage,
            // The figures' queries are the program's own.
            Self::Query { source, .. } => match source.class() {
                ErrorClass::Usage => ErrorClass::Bug,
                class => class,
            },
            Self::Publish(error) => error.class(),
            Self::Chart { .. } | Self::Page(_) | Self::Figures(_) | Self::Workbook(_) => ErrorClass::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Nothing { last_day, .. } => Some(format!(
                "run `canbao run settlement-statistics --date {last_day}` first, or name the place of the snapshots with `--publish`"
            )),
            Self::UnknownFigure { nearest, .. } => Some(format!("`--trace list` lists the figures of this bulletin{}", near(nearest))),
            Self::UnknownCell { figure, .. } => Some(format!("`--trace {figure}` shows all of it")),
            Self::Query { source, .. } => source.hint(),
            Self::Publish(error) => error.hint(),
            Self::Chart { .. } | Self::Page(_) | Self::Figures(_) | Self::Workbook(_) => None,
        }
    }
}

fn near(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
