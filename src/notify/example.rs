//! Events as they may come, of every kind, with all that an event of that kind can have and with as little: what
//! templates are tried with before one is needed.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::event::{Event, Kind, Missed, ZonedTime};
use canbao_rules::period::Day;

/// 2024-03-01 06:30 in Shanghai.
const DUE: i64 = 1_709_245_800;

/// Two events of each kind.
pub(super) fn examples() -> Vec<Event> {
    Kind::ALL.into_iter().flat_map(|kind| [full(kind), bare(kind)]).collect()
}

/// An event with all that one of its kind can have.
pub(super) fn full(kind: Kind) -> Event {
    let run = Event { region: Some("340322".into()), run_id: Some(RUN.into()), attempt: Some(2), ..bare(kind) };
    match kind {
        Kind::Failure => Event {
            stage: Some("read".into()),
            error: Some("`data/household.csv` has no column `certno`".into()),
            hint: Some("expected `certno` or `证件号码` in its first line".into()),
            will_retry_at: Some(after(10)),
            ..run
        },
        Kind::Gate => Event {
            findings: vec![
                "rejects of `household`: 23.10 % of 48,210 rows, at most 20 %".into(),
                "rows of `progress`: 3, at least 10".into(),
            ],
            hint: Some("mend the extracts, or change the pipeline's `[[gate]]`, and run again".into()),
            rejects: Some(".canbao/held/enrollment-audit/2024-02-29".into()),
            ..run
        },
        Kind::Missed => Event { run_id: None, attempt: None, will_retry_at: Some(after(60)), ..run },
        Kind::Recovery => Event { snapshot: Some("published/enrollment-audit/snapshot=2024-02-29.1".into()), ..run },
    }
}

/// An event with what every one of its kind has.
pub(super) fn bare(kind: Kind) -> Event {
    let day = Day::from_epoch(19_782);
    let missed = Missed { count: 3, first: after(-2 * 24 * 60), last: after(0), from: day.plus_days(-2), to: day };
    Event {
        missed: (kind == Kind::Missed).then_some(missed),
        version: "0.1.0".into(),
        ..Event::new(kind, "enrollment-audit".into(), "参保稽核".into(), day, after(0), "yibao-01".into())
    }
}

const RUN: &str = "018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12";

fn after(minutes: i64) -> ZonedTime {
    let due: DateTime<Utc> = DateTime::from_timestamp(DUE, 0).unwrap_or_default();
    ZonedTime::new(due + TimeDelta::minutes(minutes), Tz::Asia__Shanghai)
}
