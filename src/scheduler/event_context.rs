//! What notifications say of runs: events for each of the pipeline's `[[notify]]` that wants them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::ledger::{Accounted, End, Occurrence, OccurrenceOutcome, Ticket};
use crate::notify::{Event, Kind, Missed, ZonedTime};
use crate::pipeline::{Pipeline, RunReport};
use canbao_rules::period::Day;
use canbao_runtime::clock::Clock;

/// The attempt that an event is about, and what its notifications need to know.
pub(super) struct EventContext<'a> {
    /// The pipeline, where its file can be read.
    pub pipeline: Option<&'a Pipeline>,
    /// The occurrence.
    pub occurrence: &'a Occurrence,
    /// The attempt.
    pub ticket: &'a Ticket,
    /// The injected clock.
    pub clock: &'a dyn Clock,
}

impl EventContext<'_> {
    /// That a run failed, unless it is tried again by itself.
    pub fn failed(&self, end: &End) -> Vec<(i64, String)> {
        if end.again.is_some() {
            return Vec::new();
        }
        self.notices(Kind::Failure, |event| {
            event.stage = end.stage.clone().map(Into::into);
            event.error = end.error.clone().map(Into::into);
            event.hint = end.hint.clone().map(Into::into);
        })
    }

    /// That a gate held a run.
    pub fn held(&self, report: &RunReport) -> Vec<(i64, String)> {
        let broken = report.gates.iter().filter(|finding| !finding.passed);
        let findings: Vec<String> = broken.map(|finding| format!("{}: {}", finding.subject, finding.figures)).collect();
        self.notices(Kind::Gate, |event| {
            event.region = Some(report.region.clone());
            event.stage = Some("gates".to_owned().into());
            event.findings = findings.iter().cloned().map(Into::into).collect();
            event.rejects = report.held.clone().map(Into::into);
        })
    }

    /// That a pipeline publishes again.
    pub fn recovered(&self, report: &RunReport) -> Vec<(i64, String)> {
        self.notices(Kind::Recovery, |event| {
            event.region = Some(report.region.clone());
            event.snapshot = report.snapshot.clone().map(Into::into);
        })
    }

    fn notices(&self, kind: Kind, fill: impl Fn(&mut Event)) -> Vec<(i64, String)> {
        let Some(pipeline) = self.pipeline else { return Vec::new() };
        // One that was started by hand was due when it was started.
        let due = DateTime::parse_from_rfc3339(&self.occurrence.logical_time).map_or_else(|_| self.clock.now(), |due| due.to_utc());
        notices(pipeline, kind, || {
            let mut event = event(pipeline, kind, self.occurrence.date, ZonedTime::new(due, pipeline.timezone));
            event.run_id = Some(self.ticket.run.clone());
            event.attempt = u32::try_from(self.ticket.attempt).ok();
            fill(&mut event);
            event
        })
    }
}

/// That occurrences were missed, all of them in one message.
pub(super) fn missed(pipeline: &Pipeline, occurrences: &[Accounted], zone: Tz) -> Vec<(i64, String)> {
    let missed: Vec<&Accounted> = occurrences.iter().filter(|one| one.outcome == OccurrenceOutcome::Missed).collect();
    let (Some(first), Some(last)) = (missed.first(), missed.last()) else { return Vec::new() };
    let at = |moment: DateTime<Utc>| ZonedTime::new(moment, zone);
    notices(pipeline, Kind::Missed, || {
        let span = Missed { count: missed.len() as u64, first: at(first.at), last: at(last.at), from: first.date, to: last.date };
        Event { missed: Some(span), ..event(pipeline, Kind::Missed, last.date, at(last.at)) }
    })
}

/// An event for each target that wants it, by the target's place.
fn notices(pipeline: &Pipeline, kind: Kind, event: impl FnOnce() -> Event) -> Vec<(i64, String)> {
    let wanted = pipeline.execution.notify.iter().enumerate().filter(|(_, notify)| notify.on.contains(&kind));
    let places: Vec<i64> = wanted.filter_map(|(place, _)| i64::try_from(place).ok()).collect();
    if places.is_empty() {
        return Vec::new();
    }
    // Texts and numbers always have a form.
    let json = serde_json::to_string(&event()).unwrap_or_default();
    places.into_iter().map(|place| (place, json.clone())).collect()
}

fn event(pipeline: &Pipeline, kind: Kind, date: Day, occurrence: ZonedTime) -> Event {
    let event = Event::new(kind, pipeline.name.clone(), pipeline.title.clone().into(), date, occurrence, super::host());
    Event { region: pipeline.region.clone(), ..event }
}
