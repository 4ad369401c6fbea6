//! The wire form of a pipeline's file: what TOML may say, and nothing about what it means.
//!
//! Unknown keys are refused everywhere. Values that are checked later carry their place in the text ([`Spanned`]), so
//! that a message can name the line.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::{Spanned, Table};

use canbao_publish::ColumnDescription;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub title: Spanned<String>,
    pub schedule: Option<Spanned<String>>,
    #[serde(default)]
    pub after: Vec<Spanned<String>>,
    pub when_new: Option<Spanned<WhenNew>>,
    pub catch_up: Option<Spanned<String>>,
    pub overlap: Option<Spanned<String>>,
    pub stage_timeout: Option<Spanned<String>>,
    #[serde(default)]
    pub stage_timeouts: BTreeMap<Spanned<String>, Spanned<String>>,
    pub timezone: Option<Spanned<String>>,
    pub region: Option<Spanned<String>>,
    #[serde(default)]
    pub data: Data,
    #[serde(default)]
    pub source: Vec<Spanned<Source>>,
    #[serde(default)]
    pub snapshot: Vec<Spanned<Snapshot>>,
    #[serde(default)]
    pub step: Vec<Spanned<Step>>,
    #[serde(default)]
    pub gate: Vec<Spanned<Gate>>,
    #[serde(default)]
    pub publish: Publish,
    #[serde(default)]
    pub retry: Retry,
    #[serde(default)]
    pub keep: Keep,
    #[serde(default)]
    pub notify: Vec<Spanned<Notify>>,
}

/// `"extracts/*.csv"`, or the same with more to say: `{ files = "extracts/*.csv", quiet = "10s" }`.
#[derive(Debug)]
pub(super) enum WhenNew {
    Files(String),
    More(NewFiles),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFiles {
    pub files: Spanned<String>,
    pub quiet: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for WhenNew {
    /// By hand, as an untagged enum tells neither the line of a fault nor the key.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = WhenNew;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pattern of files, or a table with `files` and `quiet`")
            }

            fn visit_str<E>(self, text: &str) -> Result<WhenNew, E> {
                Ok(WhenNew::Files(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WhenNew, A::Error> {
                NewFiles::deserialize(MapAccessDeserializer::new(map)).map(WhenNew::More)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    pub attempts: Option<Spanned<i64>>,
    pub wait: Option<Spanned<String>>,
    pub longest: Option<Spanned<String>>,
    pub crashes: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keep {
    pub stages: Option<Spanned<String>>,
    pub runs: Option<Spanned<String>>,
    pub snapshots: Option<Spanned<String>>,
    pub snapshots_at_least: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    pub url: Option<Spanned<String>>,
    pub url_env: Option<Spanned<String>>,
    pub on: Option<Spanned<Vec<Spanned<String>>>>,
    pub shape: Option<Spanned<String>>,
    pub template: Option<Spanned<String>>,
    pub lang: Option<Spanned<String>>,
    pub secret_env: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub location: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub extract: Spanned<String>,
    pub contract: Option<Spanned<String>>,
    #[serde(default)]
    pub required: bool,
    pub encoding: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    pub pipeline: Spanned<String>,
    pub role: Option<Spanned<String>>,
    #[serde(default)]
    pub required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub operator: Option<Spanned<String>>,
    pub options: Option<Spanned<Table>>,
    pub sql: Option<Spanned<String>>,
    pub into: Option<Spanned<String>>,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub meaning: String,
    #[serde(default)]
    pub order_by: Vec<Spanned<String>>,
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnDescription>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    pub check: Spanned<String>,
    pub source: Option<Spanned<String>>,
    pub dataset: Option<Spanned<String>>,
    pub at_most_pct: Option<Spanned<toml::Value>>,
    pub at_least: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    pub location: Option<Spanned<String>>,
    pub datasets: Option<Vec<Spanned<String>>>,
    pub person_ids: Option<Spanned<String>>,
}
