//! What happened, as it is told: one event for each message, kept as JSON until it has been sent.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use canbao_rules::identity::Masked;
use canbao_rules::period::Day;

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A run failed.
    Failure,
    /// A gate held a run: its data is not fit to be published.
    Gate,
    /// Occurrences passed without a run, and none will be made up for.
    Missed,
    /// A pipeline that had failed, was held or was missed has published again.
    Recovery,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Failure, Self::Gate, Self::Missed, Self::Recovery];

    /// The word for it, in templates and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Gate => "gate",
            Self::Missed => "missed",
            Self::Recovery => "recovery",
        }
    }
}

/// What happened to a pipeline. Free texts are [`Masked`], so an event names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Why somebody is told.
    pub kind: Kind,
    /// The pipeline's name.
    pub pipeline: String,
    /// The pipeline's title.
    pub title: Masked,
    /// The policy pack, where the pipeline has one.
    #[serde(default)]
    pub region: Option<String>,
    /// The day that the occurrence is about; of missed ones the last.
    #[serde(with = "as_text")]
    pub logical_date: Day,
    /// When it was to run.
    pub occurrence: ZonedTime,
    /// The run, where there was one.
    #[serde(default)]
    pub run_id: Option<String>,
    /// Which try of the run it was, from 1.
    #[serde(default)]
    pub attempt: Option<u32>,
    /// The stage at which it stopped.
    #[serde(default)]
    pub stage: Option<Masked>,
    /// What was wrong, with its causes.
    #[serde(default)]
    pub error: Option<Masked>,
    /// The remedy.
    #[serde(default)]
    pub hint: Option<Masked>,
    /// Broken gates, in words.
    #[serde(default)]
    pub findings: Vec<Masked>,
    /// Where the rejects of a held run were put aside.
    #[serde(default)]
    pub rejects: Option<Masked>,
    /// Which occurrences were missed.
    #[serde(default)]
    pub missed: Option<Missed>,
    /// When it is tried again without anybody doing anything.
    #[serde(default)]
    pub will_retry_at: Option<ZonedTime>,
    /// What was published.
    #[serde(default)]
    pub snapshot: Option<Masked>,
    /// The machine.
    pub host: String,
    /// The program's version.
    pub version: String,
}

impl Event {
    /// An event of which nothing more is known than what every one has.
    pub fn new(kind: Kind, pipeline: String, title: Masked, logical_date: Day, occurrence: ZonedTime, host: String) -> Self {
        Self {
            kind,
            pipeline,
            title,
            region: None,
            logical_date,
            occurrence,
            run_id: None,
            attempt: None,
            stage: None,
            error: None,
            hint: None,
            findings: Vec::new(),
            rejects: None,
            missed: None,
            will_retry_at: None,
            snapshot: None,
            host,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Occurrences that passed without a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// How many.
    pub count: u64,
    /// When the first was due.
    pub first: ZonedTime,
    /// When the last was due.
    pub last: ZonedTime,
    /// The logical date of the first, from which `canbao backfill` would begin.
    #[serde(with = "as_text")]
    pub from: Day,
    /// The logical date of the last.
    #[serde(with = "as_text")]
    pub to: Day,
}

/// A moment and the zone in which people read it.
///
/// Written like RFC 9557 does, shown as people do:
///
/// ```
/// use canbao::notify::ZonedTime;
/// let time: ZonedTime = "2024-03-01T06:30:00+08:00[Asia/Shanghai]".parse().unwrap();
/// assert_eq!(time.to_string(), "2024-03-01 06:30 Asia/Shanghai");
/// assert_eq!(serde_json::to_string(&time).unwrap(), r#""2024-03-01T06:30:00+08:00[Asia/Shanghai]""#);
/// assert!("2024-03-01T06:30:00+08:00".parse::<ZonedTime>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZonedTime(pub DateTime<Tz>);

impl ZonedTime {
    /// A moment, to be read in `zone`.
    pub fn new(moment: DateTime<Utc>, zone: Tz) -> Self {
        Self(moment.with_timezone(&zone))
    }

    /// The moment.
    pub fn moment(self) -> DateTime<Utc> {
        self.0.to_utc()
    }
}

/// A text that is no time with a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time with a zone, expected one like 2024-03-01T06:30:00+08:00[Asia/Shanghai]")]
pub struct BadZonedTime(String);

impl FromStr for ZonedTime {
    type Err = BadZonedTime;

    fn from_str(text: &str) -> Result<Self, BadZonedTime> {
        let read = || {
            let (moment, zone) = text.strip_suffix(']')?.split_once('[')?;
            Some(Self::new(DateTime::parse_from_rfc3339(moment).ok()?.to_utc(), zone.parse().ok()?))
        };
        read().ok_or_else(|| BadZonedTime(text.to_owned()))
    }
}

/// To the minute, or to the second where it is none of a whole minute.
impl fmt::Display for ZonedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole_minute = self.0.timestamp().rem_euclid(60) == 0;
        let form = if whole_minute { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
        write!(f, "{} {}", self.0.format(form), self.0.timezone())
    }
}

impl Serialize for ZonedTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}[{}]", self.0.format("%Y-%m-%dT%H:%M:%S%.f%:z"), self.0.timezone()))
    }
}

impl<'de> Deserialize<'de> for ZonedTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is written as its `Display` and read by its `FromStr`.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
