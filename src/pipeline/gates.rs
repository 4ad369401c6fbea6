//! Data-quality gates: what must hold before a snapshot is published. One broken gate and nothing is.
//!
//! A gate looks at counts only, never at rows: those of this run, and those of the last snapshot's manifest.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use canbao_publish::Manifest;
use canbao_rules::Percent;
use rust_decimal::Decimal;

/// A percentage as gates write it: without places where these are zero.
struct Share(Percent);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0.value();
        if percent.is_integer() { write!(f, "{} %", percent.trunc()) } else { write!(f, "{percent:.2} %") }
    }
}

/// What a gate counts the rows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateSubject {
    /// A source by its extract's name.
    Source(String),
    /// Each source of the pipeline by itself.
    EverySource,
    /// A published dataset.
    Dataset(String),
}

impl fmt::Display for GateSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GateSubject::Source(name) => write!(f, "source `{name}`"),
            GateSubject::EverySource => f.write_str("every source"),
            GateSubject::Dataset(name) => write!(f, "dataset `{name}`"),
        }
    }
}

/// One condition on the counts of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// At most this share of a source's rows is rejected. `superseded` and `not_born_yet` are not counted: neither
    /// says that the data are bad.
    RejectShare {
        /// Which source.
        of: GateSubject,
        /// The largest share that passes.
        at_most: Percent,
    },
    /// At least so many rows: rows read of a source, rows of a dataset.
    Rows {
        /// Which source or dataset.
        of: GateSubject,
        /// The least number that passes.
        at_least: u64,
    },
    /// At most this share fewer rows than in the last snapshot. Passes where there is no last snapshot, or where that
    /// one does not have the source or dataset.
    FewerRows {
        /// Which source or dataset.
        of: GateSubject,
        /// The largest loss that passes.
        at_most: Percent,
    },
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::RejectShare { of, at_most } => write!(f, "{of}: at most {} of the rows rejected", Share(*at_most)),
            Gate::Rows { of, at_least } => write!(f, "{of}: at least {at_least} rows"),
            Gate::FewerRows { of, at_most } => write!(f, "{of}: at most {} fewer rows than in the last snapshot", Share(*at_most)),
        }
    }
}

/// The rows of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// Rows read.
    pub read: u64,
    /// Rows rejected for a reason that a gate counts.
    pub faulty: u64,
}

/// The counts that gates look at.
#[derive(Debug, Clone, Default)]
pub struct GateCounts {
    /// By extract's name; an absent optional extract has none, and gates on it pass.
    pub sources: BTreeMap<String, SourceCounts>,
    /// Rows by dataset.
    pub datasets: BTreeMap<String, u64>,
}

impl GateCounts {
    /// What a snapshot's manifest tells.
    pub(super) fn of_manifest(manifest: &Manifest) -> Self {
        let mut sources: BTreeMap<String, SourceCounts> = BTreeMap::new();
        for input in &manifest.run.inputs {
            sources.entry(input.source.clone()).or_default().read += input.rows_read;
        }
        let datasets = manifest.datasets.iter().map(|entry| (entry.name.clone(), entry.rows)).collect();
        Self { sources, datasets }
    }
}

/// What one gate found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFinding {
    /// The condition.
    pub gate: String,
    /// The source or dataset that was looked at.
    pub subject: String,
    /// Whether the condition holds.
    pub passed: bool,
    /// The figures, as a sentence.
    pub figures: String,
}

/// Looks at every gate, all of them even where the first is broken: a bureau mends its data in one go.
pub fn check_all(gates: &[Gate], now: &GateCounts, last: Option<&GateCounts>) -> Vec<GateFinding> {
    gates.iter().flat_map(|gate| check_gate(gate, now, last)).collect()
}

fn check_gate(gate: &Gate, now: &GateCounts, last: Option<&GateCounts>) -> Vec<GateFinding> {
    let subjects: Vec<GateSubject> = match gate.subject() {
        GateSubject::EverySource => now.sources.keys().map(|name| GateSubject::Source(name.clone())).collect(),
        one => vec![one.clone()],
    };
    let finding = |subject: &GateSubject| {
        let (passed, figures) = match gate {
            Gate::RejectShare { at_most, .. } => reject_share(subject, *at_most, now)?,
            Gate::Rows { at_least, .. } => {
                let rows = now.rows(subject)?;
                (rows >= *at_least, format!("{rows} rows, at least {at_least} expected"))
            }
            Gate::FewerRows { at_most, .. } => fewer_rows(subject, *at_most, now, last)?,
        };
        Some(GateFinding { gate: gate.to_string(), subject: subject.to_string(), passed, figures })
    };
    subjects.iter().filter_map(finding).collect()
}

fn reject_share(subject: &GateSubject, at_most: Percent, now: &GateCounts) -> Option<(bool, String)> {
    let GateSubject::Source(name) = subject else { return None };
    let SourceCounts { read, faulty } = *now.sources.get(name)?;
    let passed = is_within(faulty, read, at_most);
    let share = share(faulty, read);
    Some((passed, format!("{faulty} of {read} rows rejected ({share}), at most {} allowed", Share(at_most))))
}

fn fewer_rows(subject: &GateSubject, at_most: Percent, now: &GateCounts, last: Option<&GateCounts>) -> Option<(bool, String)> {
    let rows = now.rows(subject)?;
    let Some(before) = last.and_then(|counts| counts.rows(subject)) else {
        return Some((true, format!("{rows} rows, nothing in a last snapshot to compare with")));
    };
    let fewer = before.saturating_sub(rows);
    let passed = is_within(fewer, before, at_most);
    let share = share(fewer, before);
    Some((
        passed,
        format!("rows fell from {before} in the last snapshot to {rows} ({share} fewer), at most {} fewer allowed", Share(at_most)),
    ))
}

/// Whether so many of so many are at most this percentage, without rounding.
fn is_within(part: u64, whole: u64, at_most: Percent) -> bool {
    Decimal::from(part) * Decimal::ONE_HUNDRED <= at_most.value() * Decimal::from(whole)
}

fn share(part: u64, whole: u64) -> String {
    Percent::of(part, whole).map_or_else(|| "no share".to_owned(), |share| Share(share).to_string())
}

impl Gate {
    /// Whether it looks at the last snapshot.
    pub fn needs_last(&self) -> bool {
        matches!(self, Gate::FewerRows { .. })
    }

    fn subject(&self) -> &GateSubject {
        match self {
            Gate::RejectShare { of, .. } | Gate::Rows { of, .. } | Gate::FewerRows { of, .. } => of,
        }
    }
}

impl GateCounts {
    fn rows(&self, subject: &GateSubject) -> Option<u64> {
        match subject {
            GateSubject::Source(name) => self.sources.get(name).map(|counts| counts.read),
            GateSubject::Dataset(name) => self.datasets.get(name).copied(),
            GateSubject::EverySource => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn counts(read: u64, faulty: u64, persons: u64) -> GateCounts {
        GateCounts {
            sources: BTreeMap::from([("household".to_owned(), SourceCounts { read, faulty })]),
            datasets: BTreeMap::from([("person".to_owned(), persons)]),
        }
    }

    fn household() -> GateSubject {
        GateSubject::Source("household".to_owned())
    }

    fn person() -> GateSubject {
        GateSubject::Dataset("person".to_owned())
    }

    const FIFTH: Percent = Percent::from_hundredths(2000);

    #[rstest]
    #[case::share_reached(Gate::RejectShare { of: household(), at_most: FIFTH }, counts(1000, 200, 0), true)]
    #[case::share_passed(Gate::RejectShare { of: household(), at_most: FIFTH }, counts(1000, 201, 0), false)]
    #[case::every_source(Gate::RejectShare { of: GateSubject::EverySource, at_most: FIFTH }, counts(5, 2, 0), false)]
    #[case::rows_reached(Gate::Rows { of: household(), at_least: 10 }, counts(10, 0, 0), true)]
    #[case::rows_short(Gate::Rows { of: person(), at_least: 10 }, counts(10, 0, 9), false)]
    #[case::loss_reached(Gate::FewerRows { of: person(), at_most: FIFTH }, counts(1, 0, 80), true)]
    #[case::loss_passed(Gate::FewerRows { of: person(), at_most: FIFTH }, counts(1, 0, 79), false)]
    #[case::more_rows(Gate::FewerRows { of: household(), at_most: FIFTH }, counts(5000, 0, 0), true)]
    fn a_gate_passes_up_to_its_figure(#[case] gate: Gate, #[case] now: GateCounts, #[case] passed: bool) {
        let last = counts(1000, 0, 100);
        let findings = check_all(&[gate], &now, Some(&last));
        assert_eq!(findings.iter().map(|f| f.passed).collect::<Vec<_>>(), [passed], "{findings:?}");
    }

    #[test]
    fn without_a_last_snapshot_nothing_has_been_lost() {
        let findings = check_all(&[Gate::FewerRows { of: person(), at_most: FIFTH }], &counts(1, 0, 1), None);
        assert!(findings[0].passed);
    }

    #[test]
    fn an_absent_optional_source_is_not_looked_at() {
        let gate = Gate::Rows { of: GateSubject::Source("payment".to_owned()), at_least: 1 };
        assert_eq!(check_all(&[gate], &counts(1, 0, 1), None), []);
    }

    #[test]
    fn the_finding_names_its_figures() {
        let findings = check_all(&[Gate::RejectShare { of: GateSubject::EverySource, at_most: FIFTH }], &counts(300, 100, 0), None);
        insta::assert_snapshot!(format!("{}: {}", findings[0].subject, findings[0].figures), @"source `household`: 100 of 300 rows rejected (33.33 %), at most 20 % allowed");
    }
}
