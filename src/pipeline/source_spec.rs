//! The extracts of a pipeline, and the frame that stands beside them for SQL.

use canbao_sources::{Contract, Encoding};

/// The frame with the logical date, the region and the benefit year, which stands beside the sources for SQL.
pub const RUN: &str = "run";

/// One extract to read.
#[derive(Debug)]
pub struct SourceSpec {
    /// The name by which it is found in the data location, and by which SQL and reports know it.
    pub extract: String,
    /// Its declared columns.
    pub contract: &'static Contract,
    /// Whether its absence stops the run.
    pub required: bool,
    /// How its text is encoded.
    pub encoding: Encoding,
}
