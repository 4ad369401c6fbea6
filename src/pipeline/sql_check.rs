//! Queries are checked over frames without rows, so that an unknown frame or column comes to light before anything is read.

use std::collections::BTreeSet;

use super::config_error::{ConfigError, Fault};
use super::definition::{Pipeline, SqlStep, Step};
use super::located_fault::LocatedFault;
use super::sql::{self, QueryFrames};
use canbao_publish::qualified;

impl Pipeline {
    /// Checks the queries over snapshots, which wait until these are known.
    ///
    /// # Errors
    /// As [`Pipeline::parse`].
    pub(super) fn check_queries(&self, mut snapshots: QueryFrames) -> Result<(), ConfigError> {
        snapshots.add_sources(&self.sources);
        self.check_sql(snapshots, true).map_err(|(at, fault)| ConfigError::new(&self.file, &self.text, at, fault))
    }

    /// Runs every query over frames without rows: unknown frames and columns come to light before anything is read.
    /// Unless the snapshots are among the frames (`all_known`), the queries that need them wait, and so do those that
    /// need what these give.
    pub(super) fn check_sql(&self, mut frames: QueryFrames, all_known: bool) -> Result<(), LocatedFault> {
        let mut waiting = BTreeSet::new();
        for step in &self.steps {
            if let Step::Sql(step) = step
                && !all_known
                && self.waits(step, &waiting)?
            {
                waiting.insert(step.into.clone());
                continue;
            }
            let known = frames.names();
            let checked = match step {
                Step::Operator(step) => frames.add_empty(step.spec().datasets).map_err(|error| error.to_string()),
                Step::Sql(step) => match frames.query(&step.sql, &step.order) {
                    Ok(frame) => {
                        let published = step.published(&frame).map(drop);
                        frames.add(&step.into, frame);
                        published.map_err(|error| error.to_string())
                    }
                    Err(error) => Err(sql::sentence(&error)),
                },
            };
            let at = if let Step::Sql(step) = step { Some(step.at) } else { None };
            checked.map_err(|why| (at, Fault::Sql { step: step.name().to_owned(), why, frames: known }))?;
        }
        Ok(())
    }

    /// Whether a query needs frames whose columns are not known yet.
    fn waits(&self, step: &SqlStep, waiting: &BTreeSet<String>) -> Result<bool, LocatedFault> {
        let mut waits = false;
        for name in sql::frames_read(&step.sql) {
            if let Some(snapshot) = self.snapshots.iter().find(|snapshot| name.starts_with(&qualified(&snapshot.pipeline, ""))) {
                if !snapshot.required {
                    let found = "a query that reads a snapshot without `required = true`";
                    let expected = "`required = true` in the `[[snapshot]]`, as a query cannot do without its frames";
                    return Err((Some(step.at), Fault::Shape { what: format!("step `{}`", step.into), found, expected }));
                }
                waits = true;
            }
            waits |= waiting.contains(&name);
        }
        Ok(waits)
    }
}
