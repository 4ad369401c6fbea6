//! A pipeline's file, checked and run: stages `read`, one a step, `gates`, `publish`.
//!
//! # The file
//! `NAME.toml` in the folder that `--pipelines` names. Keys that are not listed here are refused.
//!
//! ```toml
//! title = "…"                   # what it is, for reports
//! schedule = "30 2 * * *"       # five fields of cron, or six with seconds first; may be left out
//! timezone = "Asia/Shanghai"    # of the schedule and of "today"; this is the default
//! region = "340322"             # the policy pack, unless `--region` says otherwise
//!
//! [data]
//! location = "sample_data"      # folder or URL of the extracts; this is the default
//!
//! [[source]]
//! extract = "household"         # found as household.csv, .txt, .xlsx, .parquet or household/*.csv
//! contract = "household"        # its declared columns, where the extract has another name
//! required = true               # an absent extract stops the run; by default it is only named
//! encoding = "auto"             # or "utf-8", "gb18030"
//!
//! [[snapshot]]                  # what another pipeline has published, of the same region
//! pipeline = "enrollment-audit" # the newest snapshot whose logical date is not after the run's
//! role = "enrollment-audit"     # what an operator takes it for, where the pipeline has another name
//! required = true               # an absent snapshot stops the run; by default it is only named
//!
//! [[step]]                      # either a built-in operator …
//! operator = "enrollment-audit"
//!
//! [[step]]                      # … or a query over the frames at hand
//! into = "by_township"
//! sql = "SELECT …"
//! order_by = ["township", "persons desc"]
//! title = "…"                   # titles and meanings go into the published file
//! meaning = "…"
//! columns = { township = { title = "…", meaning = "…" } }
//!
//! [[gate]]                      # what must hold before anything is published
//! check = "reject-share"        # of a source, or of "*": each by itself; superseded and not_born_yet not counted
//! source = "*"
//! at_most_pct = 20
//!
//! [[gate]]
//! check = "rows"                # rows read of a source, rows of a dataset
//! dataset = "by_township"
//! at_least = 10
//!
//! [[gate]]
//! check = "fewer-rows"          # against the last snapshot
//! source = "household"
//! at_most_pct = 20
//!
//! [publish]
//! location = "published"        # folder or URL of the snapshots; this is the default
//! datasets = ["by_township"]    # by default all that the steps make; `rejects` goes out in any case
//! person_ids = "plain"          # or "masked", "pseudonym"
//! ```
//!
//! Relative folders start at the working directory. Frames at hand: every source by its name (see [`frames`] for the
//! columns), every dataset of a required snapshot as `pipeline__dataset` with `_` for `-`, every dataset of the steps
//! before, and `run(logical_date, region, benefit_year)` with one row.
//!
//! # Snapshots
//! Which snapshots a run reads is settled before it begins; `plan` shows them, and the manifest names them. They lie
//! where the run publishes. One of another region is passed over, and with `--year` one of another benefit year; without
//! it, the benefit year of a pipeline that names none itself is that of the first snapshot with one. A pipeline that
//! names itself reads the newest snapshot *of an earlier logical date* and of the same benefit year: what it made of
//! today does not change what it makes of today once more.
//!
//! # Invariants
//! - What can be known to be wrong without the extracts is found before one of them is opened.
//! - `plan` and `run` go by the same [`Plan`].
//! - For every source, rows read = rows used + rows rejected; every rejected row stands in `rejects`.
//! - Nothing is published unless every gate holds.

mod config;
mod definition;
mod error;
mod explain;
pub mod frames;
mod gates;
mod inputs;
mod library;
mod operator;
mod plan;
mod preview;
mod progress;
mod report;
mod run;
mod run_id;
mod schedule;
mod snapshots;
mod sql;
mod tally;
mod wire;

pub use config::{ConfigError, Fault, nearest};
pub use definition::{DATA, PUBLISH, Pipeline, PublishSpec, STATE, SnapshotSpec, SourceSpec, SqlStep, Step};
pub use error::RunError;
pub use explain::{PersonReport, explain};
pub use gates::{Counts, Finding, Gate, Percent, SourceCounts, Subject};
pub use library::{Library, LibraryError};
pub use operator::{Aside, Inputs, Made, Operator, OperatorError, Outcome, Passing, Reads, Taken};
pub use plan::{Overrides, Plan};
pub use preview::{ParameterPreview, Preview};
pub use progress::{Progress, Silent};
pub use report::{DatasetReport, DocumentReport, FileReport, Note, PolicyReport, RunReport, SourceReport, StageReport, Status};
pub use run::run;
pub use run_id::run_id;
pub use schedule::Schedule;
pub use snapshots::Snapshots;
pub use sql::OrderBy;

#[cfg(test)]
mod tests;
