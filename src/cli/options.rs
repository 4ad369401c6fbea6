//! Options that several commands take.

use std::path::PathBuf;

use clap::Args;

use crate::operators::registry;
use crate::pipeline::{Library, LibraryError, Memory, Overrides};
use canbao_publish::PersonIds;
use canbao_rules::period::Day;
use canbao_rules::policy::Setting;

/// Which pipeline, and how it is run.
#[derive(Debug, Args)]
pub struct PipelineOptions {
    /// The pipeline: the name of its file without `.toml`
    pub pipeline: String,
    #[command(flatten)]
    pub run: RunOptions,
}

/// For which day, and what stands in for what the pipeline's file says.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Logical date: the day whose state is described [default: today in the pipeline's timezone]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<Day>,
    /// Where the extracts are: a folder or an object store's URL
    #[arg(long, value_name = "DIR|URL")]
    pub data: Option<String>,
    /// Where snapshots go: a folder or an object store's URL
    #[arg(long, value_name = "DIR|URL")]
    pub publish: Option<String>,
    /// Where the program keeps what is its own [default: .canbao]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Division code of the policy pack
    #[arg(long, value_name = "CODE")]
    pub region: Option<String>,
    /// Benefit year [default: the pack's year at the logical date]
    #[arg(long, value_name = "Y")]
    pub year: Option<i32>,
    /// A value for a parameter that the pack leaves open; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<Setting>,
    /// What stands for people's numbers and names: plain, masked or pseudonym
    #[arg(long, value_name = "FORM")]
    pub person_ids: Option<PersonIds>,
    /// How much memory a run may take, such as 4GiB: what does not fit is worked on in parts [default: half of the
    /// machine's, at most 1GiB]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    #[command(flatten)]
    pub library: LibraryOptions,
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

impl RunOptions {
    /// What the command line says in place of the pipeline's file.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            date: self.date,
            data: self.data.clone(),
            publish: self.publish.clone(),
            state: self.state.clone(),
            region: self.region.clone(),
            year: self.year,
            settings: self.set.clone(),
            person_ids: self.person_ids,
            memory: self.memory,
        }
    }
}
