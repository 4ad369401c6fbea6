//! What a command line said in place of a pipeline's file, as the ledger keeps it for the attempts to come.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::pipeline::{BadMemory, Overrides, RunError};
use canbao_publish::UnknownPersonIds;
use canbao_rules::period::Day;
use canbao_rules::policy::PolicyError;

/// The options of a run, in their own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `--data`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// `--publish`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
    /// `--region`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `--year`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// `--set`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// `--person-ids`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_ids: Option<String>,
    /// `--memory`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// `--pipelines`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<PathBuf>,
}

/// A record of the ledger that this program cannot follow.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// No such JSON.
    #[error("the ledger's record of the run's options cannot be read")]
    Json(#[from] serde_json::Error),
    /// A setting.
    #[error(transparent)]
    Setting(#[from] PolicyError),
    /// A form of numbers.
    #[error(transparent)]
    PersonIds(#[from] UnknownPersonIds),
    /// An amount of memory.
    #[error(transparent)]
    Memory(#[from] BadMemory),
}

impl Asked {
    /// What the options of a command say.
    pub fn of(overrides: &Overrides, pipelines: Option<&Path>) -> Self {
        let settings = overrides.settings.iter().map(|setting| format!("{}={}", setting.name, setting.value));
        Self {
            data: overrides.data.clone(),
            publish: overrides.publish.clone(),
            region: overrides.region.clone(),
            year: overrides.year,
            settings: settings.collect(),
            person_ids: overrides.person_ids.map(|ids| ids.as_str().to_owned()),
            memory: overrides.memory.map(|memory| memory.to_string()),
            pipelines: pipelines.map(Path::to_owned),
        }
    }

    /// As the ledger keeps it.
    pub fn to_json(&self) -> String {
        // Texts and numbers always have a form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the ledger.
    ///
    /// # Errors
    /// The text is none of ours.
    pub fn from_json(text: &str) -> Result<Self, BadRecord> {
        Ok(serde_json::from_str(text)?)
    }

    /// For a date and a state folder.
    ///
    /// # Errors
    /// A word that this program does not know.
    pub fn overrides(&self, date: Day, state: &Path) -> Result<Overrides, BadRecord> {
        Ok(Overrides {
            date: Some(date),
            data: self.data.clone(),
            publish: self.publish.clone(),
            state: Some(state.to_owned()),
            region: self.region.clone(),
            year: self.year,
            settings: self.settings.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?,
            person_ids: self.person_ids.as_deref().map(str::parse).transpose()?,
            memory: self.memory.as_deref().map(str::parse).transpose()?,
        })
    }
}

impl From<BadRecord> for RunError {
    fn from(error: BadRecord) -> Self {
        Self::Stage { stage: "read".to_owned(), hint: Some("start the run anew with `canbao run`".to_owned()), source: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_asked_again() {
        let memory = "1500MiB".parse().ok();
        let overrides = Overrides { memory, year: Some(2024), person_ids: "masked".parse().ok(), ..Overrides::default() };
        let asked = Asked::from_json(&Asked::of(&overrides, None).to_json()).unwrap();
        let again = asked.overrides(Day::from_ymd(2024, 3, 31).unwrap(), Path::new("state")).unwrap();
        assert_eq!((again.memory, again.year, again.person_ids), (memory, overrides.year, overrides.person_ids));
        assert!(Asked { memory: Some("much".to_owned()), ..asked }.overrides(Day::from_ymd(2024, 3, 31).unwrap(), Path::new("s")).is_err());
    }
}
