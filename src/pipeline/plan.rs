//! What a run would do, settled before it does anything: `plan` shows it, `run` follows it.
//!
//! Which snapshots are read is a part of it: the places where they lie are looked at, but none is read.

use std::path::PathBuf;

use super::definition::{Pipeline, STATE};
use super::error::RunError;
use super::library::{Library, LibraryError};
use super::memory::Memory;
use super::run_config::RunConfig;
use super::snapshots::{SnapshotQuery, Snapshots};
use canbao_publish::{PersonIdSettings, PersonIds, PublishError};
use canbao_rules::period::{BenefitYear, Day};
use canbao_rules::policy::{Labels, Pack, Policy, Provision, Setting};
use canbao_runtime::clock::Clock;

/// The environment variable that may hold the key of pseudonyms.
const PSEUDONYM_KEY: &str = "CANBAO_PSEUDONYM_KEY";

/// A pipeline with everything that a run needs to know, and nothing read yet.
#[derive(Debug)]
pub struct Plan {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The day whose state is described.
    pub date: Day,
    /// The pack in force, with the settings of the command line.
    pub pack: Pack,
    /// What was published before and is read.
    pub snapshots: Snapshots,
    /// The benefit year; `None` where the pipeline uses none, or needs none and the pack has none for the date.
    pub year: Option<BenefitYear>,
    /// Where the extracts are.
    pub data: String,
    /// Where snapshots go.
    pub publish: String,
    /// Where the program keeps what is its own.
    pub state: PathBuf,
    /// What stands for people's numbers and names.
    pub person_ids: PersonIds,
    /// The values that were given for parameters that the pack leaves open.
    pub settings: Vec<Setting>,
    /// How much memory a run may take. It changes no result.
    pub memory: Memory,
}

impl Plan {
    /// Settles a pipeline's run.
    ///
    /// # Errors
    /// Such as lie in the command line or the configuration: an unknown pipeline or region, a date that no benefit
    /// year of the pack holds, a parameter that the pack does not leave open. Or the snapshots that the pipeline names
    /// cannot be looked for; a required one that is missing is an error only once the plan is followed.
    pub fn resolve(library: &Library, name: &str, config: &RunConfig, clock: &dyn Clock) -> Result<Self, RunError> {
        let pipeline = library.pipeline(name)?;
        let date = config.date.unwrap_or_else(|| clock.today(pipeline.timezone));
        let region = config.region.as_ref().or(pipeline.region.as_ref());
        let region = region.ok_or_else(|| RunError::NoRegion { file: pipeline.file.clone() })?;
        let pack = library.packs().by_region(region).map_err(LibraryError::from)?.clone();
        let pack = pack.with_settings(&config.settings).map_err(LibraryError::from)?;
        let given = config.year.map(|year| pack.policy_for(BenefitYear(year)).map_err(LibraryError::from));
        let given = given.transpose()?.map(|policy| policy.year);
        let publish = config.publish.clone().unwrap_or_else(|| pipeline.publish.location.clone());
        let region = pack.region().area.to_string();
        let wanted = SnapshotQuery { region: &region, date, year: given };
        let mut snapshots = Snapshots::of_others(&pipeline, &publish, wanted)?;
        let year = match given.or(snapshots.year()) {
            None => year_on(&pack, date, pipeline.needs_year())?,
            year => year,
        };
        let year = year.filter(|_| pipeline.uses_year());
        snapshots.add_own(&pipeline, &publish, SnapshotQuery { year, ..wanted })?;
        if snapshots.require_all().is_ok() {
            pipeline.check_queries(snapshots.empty_frames(&pipeline.sql_reads())?).map_err(LibraryError::from)?;
        }
        Ok(Self {
            date,
            year,
            pack,
            snapshots,
            data: config.data.clone().unwrap_or_else(|| pipeline.data.clone()),
            publish,
            state: config.state.clone().unwrap_or_else(|| PathBuf::from(STATE)),
            person_ids: config.person_ids.unwrap_or(pipeline.publish.person_ids),
            settings: config.settings.clone(),
            memory: config.memory.unwrap_or_else(Memory::of_machine),
            pipeline,
        })
    }

    /// The policy of the benefit year, where there is one.
    pub fn policy(&self) -> Option<&Policy> {
        self.pack.policy_for(self.year?).ok()
    }

    /// The parameters in force that the run's report and manifest name: those of the benefit year's policy, else of the
    /// pack's newest; in a pipeline that uses no year, those that hold without one.
    pub fn provisions(&self) -> Vec<Provision> {
        if !self.pipeline.uses_year() {
            return self.pack.settlement_on(self.date).provisions().to_vec();
        }
        self.policy_named().map(|policy| policy.provisions().to_vec()).unwrap_or_default()
    }

    /// The policy whose labels are known: the benefit year's, else the pack's newest.
    pub fn policy_named(&self) -> Option<&Policy> {
        self.policy().or_else(|| self.pack.years().last())
    }

    /// The region's code.
    pub fn region(&self) -> String {
        self.pack.region().area.to_string()
    }

    /// Which category each label of the identity extract means.
    pub fn labels(&self) -> Option<&Labels> {
        self.policy_named().map(Policy::labels)
    }

    /// What stands for numbers and names of persons.
    pub(super) fn persons(&self) -> Result<PersonIdSettings, PublishError> {
        PersonIdSettings::open(self.person_ids, &self.state, std::env::var(PSEUDONYM_KEY).ok())
    }
}

/// The pack's year at a date.
fn year_on(pack: &Pack, date: Day, needed: bool) -> Result<Option<BenefitYear>, RunError> {
    match pack.policy_on(date) {
        Ok(policy) => Ok(Some(policy.year)),
        Err(error) if needed => Err(LibraryError::from(error).into()),
        Err(_) => Ok(None),
    }
}
