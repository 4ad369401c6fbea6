//! Options that several commands take.

use std::path::PathBuf;

use clap::Args;

use crate::operators::registry;
use crate::pipeline::{Library, LibraryError, RunConfig};

/// Which pipeline, and how it is run.
#[derive(Debug, Args)]
pub struct PipelineOptions {
    /// The pipeline: the name of its file without `.toml`
    pub pipeline: String,
    #[command(flatten)]
    pub run: RunConfig,
    /// Print one JSON report and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Where pipelines and policy packs are.
#[derive(Debug, Args)]
pub struct LibraryOptions {
    /// Folder of pipelines, with their policy packs in `policies` [default: ./pipelines, else the shipped ones]
    #[arg(long, value_name = "DIR")]
    pub pipelines: Option<PathBuf>,
}

impl LibraryOptions {
    /// The pipelines and policy packs, with the operators that come with the program.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open(&self) -> Result<Library, LibraryError> {
        Library::open(self.pipelines.as_deref(), registry())
    }
}

/// The pipelines and policy packs of a run, with the operators that come with the program.
///
/// # Errors
/// As [`Library::open`].
pub fn open_library(config: &RunConfig) -> Result<Library, LibraryError> {
    Library::open(config.pipelines.as_deref(), registry())
}
