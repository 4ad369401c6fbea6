//! What a snapshot's folder is called.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use canbao_rules::period::Day;

/// The name of a snapshot's folder, `snapshot=<logical date>.<attempt>`; ordered by date, then attempt
/// as a number.
///
/// ```
/// use canbao_publish::SnapshotName;
/// let ninth: SnapshotName = "snapshot=2023-12-31.9".parse().unwrap();
/// let tenth: SnapshotName = "snapshot=2023-12-31.10".parse().unwrap();
/// assert!(ninth < tenth);
/// assert_eq!(tenth.to_string(), "snapshot=2023-12-31.10");
/// assert!("snapshot=2023-12-31.01".parse::<SnapshotName>().is_err(), "one name for one snapshot");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotName {
    /// The logical date.
    pub date: Day,
    /// Counts from 1 for each date.
    pub attempt: u32,
}

/// A text that names no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no snapshot, expected `snapshot=YYYY-MM-DD.N`")]
pub struct BadSnapshotName(String);

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot={}.{}", self.date, self.attempt)
    }
}

impl FromStr for SnapshotName {
    type Err = BadSnapshotName;

    fn from_str(text: &str) -> Result<Self, BadSnapshotName> {
        let parts = text.strip_prefix("snapshot=").and_then(|rest| rest.split_once('.'));
        let name = parts.and_then(|(date, attempt)| Some(Self { date: date.parse().ok()?, attempt: attempt.parse().ok()? }));
        name.filter(|name| name.attempt > 0 && name.to_string() == text).ok_or_else(|| BadSnapshotName(text.to_owned()))
    }
}

impl Serialize for SnapshotName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SnapshotName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The table of a pipeline's dataset: `enrollment_audit__person`.
pub fn qualified(pipeline: &str, dataset: &str) -> String {
    format!("{}__{}", as_identifier(pipeline), as_identifier(dataset))
}

/// A pipeline's or dataset's name as it can stand in SQL without quotes.
pub fn as_identifier(name: &str) -> String {
    name.replace('-', "_")
}
