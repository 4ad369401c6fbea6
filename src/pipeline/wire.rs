//! The wire form of a pipeline's file: what TOML may say, and nothing about what it means.
//!
//! Unknown keys are refused everywhere. Values that are checked later carry their place in the text ([`Spanned`]), so
//! that a message can name the line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Table};

use crate::publish::DescribedColumn;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub title: Spanned<String>,
    pub schedule: Option<Spanned<String>>,
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
    pub columns: BTreeMap<String, DescribedColumn>,
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
