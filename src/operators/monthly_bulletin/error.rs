//! Why there is no bulletin.

use crate::query::QueryError;
use canbao_publish::PublishError;

/// A bulletin that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BulletinError {
    /// Nothing that it could be made from was published.
    #[error(
        "nothing is published that a bulletin for {month} could be made from\nhint: run `canbao run settlement-statistics --date {last_day}` first, or name the place of the snapshots with `--publish`"
    )]
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
    #[error("there is no figure `{name}`\nhint: `--trace list` lists the figures of this bulletin{}", near(.nearest))]
    UnknownFigure {
        /// What was asked for.
        name: String,
        /// The figure with the nearest name.
        nearest: Option<String>,
    },
    /// No row, or no column, of a figure has this name.
    #[error("figure `{figure}` has no {what} `{name}`\nhint: `--trace {figure}` shows all of it")]
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

fn near(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
