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
//! # What else wakes it, and how it runs when nobody watches: may all be left out.
//! after = ["enrollment-audit"]  # runs after each success of one of these, once all have one for that logical date
//! when_new = "extracts/*.csv"   # or { files = "extracts/*.csv", quiet = "10s" }: runs once for each new content of a file
//! catch_up = "latest"           # of occurrences that were passed over: "all", "latest" (this is the default) or "none" run
//! overlap = "queue"             # what is due while the pipeline runs waits; with "skip" it is passed over
//! stage_timeout = "2h"          # how long a stage may take; by default as long as it needs
//! stage_timeouts = { read = "30m" } # the same for single stages: `read`, a step's name, `gates`, `publish`
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
//! options = {}                  # `min_persons` and `lang` for "monthly-bulletin", none for the others
//!
//! [[step]]                      # … or a query over the registered frames
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
//! datasets = ["by_township"]    # by default all that the steps make; `rejects` is published in any case
//! person_ids = "plain"          # or "masked", "pseudonym"
//!
//! [retry]                       # errors that can pass, such as a network's or a locked file; all values are defaults
//! attempts = 3                  # tries in all; 1: never again
//! wait = "30s"                  # before the second try, then twice as long each time, less up to half of it by chance
//! longest = "10m"               # never waits longer
//! crashes = 5                   # how often a run whose process died goes on by itself
//!
//! [keep]
//! stages = "14d"                # stage files of runs that did not end well; this is the default
//! runs = "400d"                 # history and log files; this is the default
//! snapshots = "400d"            # by default snapshots stay for ever; the newest always does
//! snapshots_at_least = 12       # these many of the newest stay whatever their age; by default 1
//!
//! [[notify]]                    # who is told
//! url = "https://…"             # a webhook, or `url_env` with the name of an environment variable that holds its URL
//! on = ["failure", "gate", "missed", "recovery"] # these are all events, and the default
//! shape = "wecom"               # or "dingtalk"; by default "json"
//! template = "…"                # the text of the message, for minijinja; by default one in the language
//! lang = "zh"                   # or "en"
//! secret_env = "DINGTALK_SECRET" # the variable with the secret by which DingTalk wants requests signed; may be left out
//! ```
//!
//! Spans of time are a whole number and a unit: `10s`, `30m`, `2h`, `14d`. `schedule`, `after` and `when_new` may stand
//! together; a pipeline without any of them runs when somebody starts it.
//!
//! Relative folders start at the working directory. Frames that a query can name: every source by its name (see [`public_frames`] for the
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
//! # The order of the files
//! A file uses only files that stand further up, and no two files need each other.
//!
//! ```text
//! what a file may say   config_error  toml_form  source_spec  memory  progress  public_frames  gates  run_id
//!                       located_fault  sql  notify  execution_policy  run_config
//! the typed pipeline    definition  (and `operators`: the trait and its spec)
//! checked               sql_check  parse_step  parse
//! found                 library  error
//! planned               snapshots  plan
//! reported              report  checkpoint  row_counts
//! read                  inputs  dataset_files
//! shown, run            preview  explain  run
//! ```
//!
//! The way of a row: `inputs` reads each extract for each operator that declares it, and counts its rows once; `run` hands
//! the extracts to the operators step by step, writes what they make into checkpoints, and registers the datasets for later
//! queries. Once the last operator is done the rejects are final; then the gates are checked, and the checkpoints' files are
//! published.
//!
//! # Invariants
//! - No operator is known here by its name: the operators come from a registry that is handed in.
//! - What can be known to be wrong without the extracts is found before one of them is opened.
//! - `plan` and `run` go by the same [`Plan`].
//! - For every source, rows read = rows used + rows rejected; every rejected row stands in `rejects`.
//! - Nothing is published unless every gate holds.

mod checkpoint;
mod config_error;
mod dataset_files;
mod definition;
mod error;
mod execution_policy;
mod explain;
mod gates;
mod inputs;
mod library;
mod located_fault;
mod memory;
mod notify;
mod parse;
mod parse_step;
mod plan;
mod preview;
mod progress;
pub mod public_frames;
mod report;
mod row_counts;
mod run;
mod run_config;
mod run_id;
mod snapshots;
mod source_spec;
mod sql;
mod sql_check;
mod toml_form;

pub use config_error::{ConfigError, Fault, nearest};
pub use definition::{DATA, OperatorStep, PUBLISH, Pipeline, PublishSpec, STATE, SnapshotSpec, SqlStep, Step};
pub use error::RunError;
pub use execution_policy::{ExecutionPolicy, FileTrigger, OverlapPolicy, RetentionPolicy, RetryPolicy, StageTimeouts};
pub use explain::{PersonReport, explain};
pub use gates::{Gate, GateCounts, GateFinding, GateSubject, SourceCounts};
pub use library::{Library, LibraryError};
pub use memory::{BadMemory, Memory};
pub use notify::{Address, AddressError, Notify};
pub use plan::Plan;
pub use preview::{OccurrencePreview, ParameterPreview, Preview, upcoming};
pub use progress::{NoProgress, Progress};
pub use report::{DatasetReport, DocumentReport, FileReport, PolicyReport, RunReport, SourceReport, StageReport, Status, UnreadableReport};
pub use run::{Attempt, run};
pub use run_config::RunConfig;
pub use run_id::run_id;
pub use snapshots::Snapshots;
pub use source_spec::SourceSpec;
pub use sql::OrderBy;

#[cfg(test)]
mod tests;
