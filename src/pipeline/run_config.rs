//! What a run was given in place of what its pipeline's file says.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::memory::{BadMemory, Memory};
use canbao_publish::{PersonIds, UnknownPersonIds};
use canbao_rules::period::Day;
use canbao_rules::policy::{PolicyError, Setting};

/// What a run was given on the command line, or by the scheduler for one of its attempts.
///
/// Its JSON, by which an attempt hands it on to a later one, has everything but the date and the state folder: these belong
/// to the occurrence and to the process.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(into = "ConfigRecord", try_from = "ConfigRecord")]
pub struct RunConfig {
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
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<Setting>,
    /// What stands for people's numbers and names: plain, masked or pseudonym
    #[arg(long, value_name = "FORM")]
    pub person_ids: Option<PersonIds>,
    /// How much memory a run may take, such as 4GiB: what does not fit is worked on in parts [default: half of the
    /// machine's, at most 1GiB]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// Folder of pipelines, with their policy packs in `policies` [default: ./pipelines, else the shipped ones]
    #[arg(long, value_name = "DIR")]
    pub pipelines: Option<PathBuf>,
}

impl RunConfig {
    /// The same for a date and a state folder.
    #[must_use]
    pub fn at(self, date: Day, state: &Path) -> Self {
        Self { date: Some(date), state: Some(state.to_owned()), ..self }
    }

    /// As JSON, without the date and the state folder.
    pub fn to_json(&self) -> String {
        // Texts and numbers always have a form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A [`RunConfig`] in the words of the command line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ConfigRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_ids: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipelines: Option<PathBuf>,
}

/// A word of a record that this program does not know.
#[derive(Debug, thiserror::Error)]
enum UnknownWord {
    #[error(transparent)]
    Setting(#[from] PolicyError),
    #[error(transparent)]
    PersonIds(#[from] UnknownPersonIds),
    #[error("memory `{0}` {1}")]
    Memory(String, BadMemory),
}

impl From<RunConfig> for ConfigRecord {
    fn from(config: RunConfig) -> Self {
        Self {
            data: config.data,
            publish: config.publish,
            region: config.region,
            year: config.year,
            settings: config.settings.iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect(),
            person_ids: config.person_ids.map(|ids| ids.as_str().to_owned()),
            memory: config.memory.map(|memory| memory.to_string()),
            pipelines: config.pipelines,
        }
    }
}

impl TryFrom<ConfigRecord> for RunConfig {
    type Error = UnknownWord;

    fn try_from(record: ConfigRecord) -> Result<Self, UnknownWord> {
        let memory = |text: String| text.parse().map_err(|error| UnknownWord::Memory(text, error));
        Ok(Self {
            date: None,
            data: record.data,
            publish: record.publish,
            state: None,
            region: record.region,
            year: record.year,
            settings: record.settings.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?,
            person_ids: record.person_ids.as_deref().map(str::parse).transpose()?,
            memory: record.memory.map(memory).transpose()?,
            pipelines: record.pipelines,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_read_back_as_it_was_written() {
        let text = r#"{"data":"in","year":2024,"settings":["a=1.5"],"person_ids":"masked","memory":"1500MiB","pipelines":"mine"}"#;
        let config: RunConfig = serde_json::from_str(text).unwrap();
        assert_eq!((config.year, config.memory), (Some(2024), "1500MiB".parse().ok()));
        assert_eq!(config.to_json().replace("a=1.50", "a=1.5"), text);
        assert_eq!(config.at("2024-03-31".parse().unwrap(), Path::new("state")).to_json().replace("a=1.50", "a=1.5"), text);
        assert_eq!(RunConfig::default().to_json(), "{}");
    }

    #[test]
    fn a_word_that_is_not_known_is_refused() {
        for bad in [r#"{"memory":"much"}"#, r#"{"person_ids":"secret"}"#, r#"{"settings":["a"]}"#, r#"{"year":"x"}"#] {
            assert!(serde_json::from_str::<RunConfig>(bad).is_err(), "{bad}");
        }
    }
}
