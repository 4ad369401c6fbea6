//! The built-in operators: what each reads, what it makes, and the one place where it is called.
//!
//! An operator is handed extracts, snapshots, a policy and a date, and gives datasets and documents. It knows no
//! location, no command line and no clock. An extract that may be larger than memory it does not take as frames but row
//! by row, while it is read ([`Operator::take_rows`]).

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::RecordBatch;

use super::report::Note;
use super::snapshots::Snapshots;
use crate::operators::duplicate_cleanup::{self, Cleanup, CleanupError};
use crate::operators::enrollment_audit::{self, AuditError};
use crate::operators::monthly_bulletin::{self, Bulletin, BulletinError, Shelf};
use crate::operators::settlement_statistics::{self as settlement, Collected, Collectors, Earlier, Layout, StatisticsError};
use canbao_publish::{DatasetSink, DatasetSpec, Document, PersonIdSettings, PublishError, Snapshot, datasets};
use canbao_rules::identity::OtherCertificates;
use canbao_rules::period::{BenefitYear, Day};
use canbao_rules::policy::{Pack, Policy};
use canbao_sources::{Contract, Divide, Extract, ExtractError, Reject, Request, Source, Streamed, Want, stream};

/// A built-in operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Who is enrolled, who is not, and what does not add up: the county's main job.
    EnrollmentAudit,
    /// What settlements come to, by month, place, kind of care and disease.
    SettlementStatistics,
    /// The lists of duplicate records that clerks work through.
    DuplicateCleanup,
    /// What was published for a month, in words, tables and charts.
    MonthlyBulletin(monthly_bulletin::Options),
}

/// An option that an operator does not have, or a value that it cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadOption {
    /// There is no such option; these there are.
    Unknown {
        /// As written.
        name: String,
        /// The names that would do.
        known: Vec<String>,
    },
    /// The value cannot be taken.
    Value {
        /// The option.
        name: &'static str,
        /// As written.
        value: String,
        /// What would do.
        expected: &'static str,
    },
}

/// What an operator is handed.
pub struct Inputs<'a> {
    /// The extracts that are there, as read: rejected rows are out, superseded ones are not.
    pub extracts: BTreeMap<&'static str, Extract>,
    /// Those of them that do not fit into memory, where that is so.
    pub aside: Option<enrollment_audit::Aside>,
    /// The certificates that are no resident numbers, not yet sealed.
    pub certificates: OtherCertificates,
    /// What the operator took row by row, by the extract's name.
    pub taken: BTreeMap<&'static str, Taken>,
    /// What was published before.
    pub snapshots: &'a Snapshots,
    /// The region's pack.
    pub pack: &'a Pack,
    /// The policy in force for the benefit year, where there is one.
    pub policy: Option<&'a Policy>,
    /// The day whose state is described.
    pub date: Day,
    /// How persons are shown: a document masks its rows as the datasets are masked.
    pub persons: &'a PersonIdSettings,
    /// Takes the rows of datasets that are too many to be handed over at the end.
    pub sink: &'a mut dyn DatasetSink,
}

/// What an operator keeps of an extract that it takes row by row.
pub enum Taken {
    /// Settlements for `settlement-statistics`.
    Settlements(Box<Collected>),
}

/// An extract to be taken row by row.
pub struct Passing<'a> {
    /// Its files.
    pub source: &'a Source,
    /// How to read it; which columns, the operator says.
    pub request: Request<'a>,
    /// The region's pack.
    pub pack: &'a Pack,
    /// Where rows may be put aside that do not fit into memory.
    pub state: &'a Path,
    /// Hears how far reading has come.
    pub progress: &'a dyn canbao_sources::Progress,
}

/// A snapshot that an operator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// The role: the name of the pipeline that publishes it, unless the file says otherwise.
    pub role: &'static str,
    /// Whether the operator cannot work without.
    pub required: bool,
    /// Whether it is the pipeline's own past, all of it for the region and year, that the operator reads.
    pub whole_past: bool,
}

/// What an operator gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The datasets that did not go to [`Inputs::sink`], in the order of publishing; one whose optional extract is absent
    /// is left out.
    pub datasets: Vec<Made>,
    /// Files for people, with their persons masked. The same inputs give the same bytes.
    pub documents: Vec<Document>,
    /// Rows that the operator rejected (`superseded`, …), by the extract's name.
    pub rejects: Vec<(&'static str, Vec<Reject>)>,
    /// Used rows that play no part, by the extract's name.
    pub aside: BTreeMap<&'static str, Aside>,
    /// Remarks with counts.
    pub notes: Vec<Note>,
}

/// A dataset that an operator made.
#[derive(Debug)]
pub struct Made {
    /// What it is.
    pub spec: &'static DatasetSpec,
    /// Its rows in the spec's order.
    pub rows: Vec<RecordBatch>,
}

/// Used rows that play no part in the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aside {
    /// Rows of other regions; `None` where the operator does not tell them apart.
    pub elsewhere: Option<u64>,
    /// Rows dated after the logical date.
    pub not_yet: u64,
}

/// Why an operator could not finish. Rows never make it fail: a bad row is a reject.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The enrollment audit could not be made.
    #[error(transparent)]
    EnrollmentAudit(#[from] AuditError),
    /// The settlement statistics could not be made.
    #[error(transparent)]
    SettlementStatistics(#[from] StatisticsError),
    /// An earlier snapshot could not be read.
    #[error(transparent)]
    Snapshot(#[from] PublishError),
    /// The lists of duplicate records could not be made.
    #[error(transparent)]
    DuplicateCleanup(#[from] CleanupError),
    /// The bulletin could not be made.
    #[error(transparent)]
    MonthlyBulletin(#[from] BulletinError),
    /// There is no benefit year, and the operator works for one.
    #[error("operator `{operator}` works for a benefit year, and there is none for this date")]
    NoYear {
        /// The operator.
        operator: &'static str,
    },
}

/// What `enrollment-audit` reads.
const ENROLLMENT_AUDIT_READS: [(&str, bool); 9] = [
    ("household", true),
    ("identity", false),
    ("enrollment", true),
    ("student", false),
    ("payment", false),
    ("mutual_aid", false),
    ("target", false),
    ("settlement", false),
    ("incentive_use", false),
];

/// What `enrollment-audit` makes, in the order of publishing.
static ENROLLMENT_AUDIT_MAKES: [&DatasetSpec; 9] = [
    &datasets::PERSON,
    &datasets::DUPLICATE_ENROLLMENT,
    &datasets::MISSED_ENROLLMENT,
    &datasets::SUBSIDY,
    &datasets::BENEFIT_PERIOD,
    &datasets::INCENTIVE,
    &datasets::PROGRESS,
    &datasets::RECONCILIATION,
    &datasets::MUTUAL_AID_CHECK,
];

/// The extract of `settlement-statistics`.
const SETTLEMENT: &str = "settlement";

/// What `settlement-statistics` reads of what was published before: its own last figures.
const SETTLEMENT_STATISTICS_READS: [Reads; 1] = [Reads { role: "settlement-statistics", required: false, whole_past: false }];

/// What `settlement-statistics` makes, in the order of publishing.
static SETTLEMENT_STATISTICS_MAKES: [&DatasetSpec; 3] =
    [&datasets::SETTLEMENT_STATISTICS, &datasets::CHRONIC_STATISTICS, &datasets::SETTLEMENT_REVISIONS];

/// What `duplicate-cleanup` reads: the audit, and all its own lists, as no number of a case may be given twice.
const DUPLICATE_CLEANUP_READS: [Reads; 2] = [
    Reads { role: duplicate_cleanup::AUDIT, required: true, whole_past: false },
    Reads { role: duplicate_cleanup::LISTS, required: false, whole_past: true },
];

/// What `duplicate-cleanup` makes, in the order of publishing.
static DUPLICATE_CLEANUP_MAKES: [&DatasetSpec; 2] = [&datasets::CLEANUP_WORKLIST, &datasets::CLEANUP_SETTLED];

/// What `monthly-bulletin` reads: whatever is there, and the bulletin says what is not.
const MONTHLY_BULLETIN_READS: [Reads; 3] = [
    Reads { role: monthly_bulletin::AUDIT, required: false, whole_past: false },
    Reads { role: monthly_bulletin::CLEANUP, required: false, whole_past: false },
    Reads { role: monthly_bulletin::SETTLEMENT, required: false, whole_past: false },
];

/// What `monthly-bulletin` makes beside its documents.
static MONTHLY_BULLETIN_MAKES: [&DatasetSpec; 1] = [&datasets::BULLETIN_FIGURES];

impl Operator {
    const ALL: [Self; 4] = [
        Self::EnrollmentAudit,
        Self::DuplicateCleanup,
        Self::MonthlyBulletin(monthly_bulletin::Options::DEFAULT),
        Self::SettlementStatistics,
    ];

    /// The same with what the step's `options` say.
    ///
    /// # Errors
    /// An option that it does not have, or a value that it cannot take.
    pub fn with_options(self, options: &toml::Table) -> Result<Self, BadOption> {
        let Self::MonthlyBulletin(mut chosen) = self else {
            let unknown = |name: &String| BadOption::Unknown { name: name.clone(), known: Vec::new() };
            return options.keys().next().map_or(Ok(self), |name| Err(unknown(name)));
        };
        for (name, value) in options {
            let bad = |name, expected| BadOption::Value { name, value: value.to_string(), expected };
            match name.as_str() {
                "min_persons" => {
                    let persons = value.as_integer().and_then(|persons| u32::try_from(persons).ok()).filter(|persons| *persons > 0);
                    chosen.min_persons = persons.ok_or_else(|| bad("min_persons", "a number of persons, at least 1"))?;
                }
                "lang" => {
                    let lang = value.as_str().and_then(|lang| lang.parse().ok());
                    chosen.lang = lang.ok_or_else(|| bad("lang", "\"zh\" or \"en\""))?;
                }
                _ => {
                    return Err(BadOption::Unknown {
                        name: name.clone(),
                        known: monthly_bulletin::Options::NAMES.map(str::to_owned).into(),
                    });
                }
            }
        }
        Ok(Self::MonthlyBulletin(chosen))
    }

    /// The operator with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// The names of all operators.
    pub fn names() -> Vec<String> {
        Self::ALL.iter().map(|operator| operator.name().to_owned()).collect()
    }

    /// The name by which a step calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnrollmentAudit => "enrollment-audit",
            Self::SettlementStatistics => "settlement-statistics",
            Self::DuplicateCleanup => "duplicate-cleanup",
            Self::MonthlyBulletin(_) => "monthly-bulletin",
        }
    }

    /// The extracts that it reads where a pipeline declares them, each with whether it cannot work without.
    pub const fn reads(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::EnrollmentAudit => &ENROLLMENT_AUDIT_READS,
            Self::SettlementStatistics => &[(SETTLEMENT, true)],
            Self::DuplicateCleanup | Self::MonthlyBulletin(_) => &[],
        }
    }

    /// The snapshots that it reads. The pipeline has to name them.
    pub const fn snapshots(self) -> &'static [Reads] {
        match self {
            Self::EnrollmentAudit => &[],
            Self::SettlementStatistics => &SETTLEMENT_STATISTICS_READS,
            Self::DuplicateCleanup => &DUPLICATE_CLEANUP_READS,
            Self::MonthlyBulletin(_) => &MONTHLY_BULLETIN_READS,
        }
    }

    /// The documents that it makes, in words.
    pub const fn documents(self) -> &'static [&'static str] {
        match self {
            Self::EnrollmentAudit | Self::SettlementStatistics => &[],
            Self::DuplicateCleanup => &["a workbook for the region, one for each township, one for those who live elsewhere"],
            Self::MonthlyBulletin(_) => &["the bulletin as a page, as a workbook and as Markdown"],
        }
    }

    /// Every dataset that it can make, in the order of publishing, but for `rejects`, which is the runner's.
    pub const fn datasets(self) -> &'static [&'static DatasetSpec] {
        match self {
            Self::EnrollmentAudit => &ENROLLMENT_AUDIT_MAKES,
            Self::SettlementStatistics => &SETTLEMENT_STATISTICS_MAKES,
            Self::DuplicateCleanup => &DUPLICATE_CLEANUP_MAKES,
            Self::MonthlyBulletin(_) => &MONTHLY_BULLETIN_MAKES,
        }
    }

    /// Whether it works for a benefit year: then a logical date that no year of the pack holds is refused.
    pub const fn needs_year(self) -> bool {
        match self {
            Self::EnrollmentAudit => true,
            // The clean-up works for the year of the audit that it reads.
            Self::SettlementStatistics | Self::DuplicateCleanup | Self::MonthlyBulletin(_) => false,
        }
    }

    /// Whether a benefit year plays any part in what it does.
    pub const fn uses_year(self) -> bool {
        match self {
            Self::EnrollmentAudit | Self::DuplicateCleanup => true,
            Self::SettlementStatistics | Self::MonthlyBulletin(_) => false,
        }
    }

    /// Whether it takes the rows of an extract while they are read, by [`Operator::take_rows`], and no frame of it.
    pub fn takes_rows(self, extract: &str) -> bool {
        self == Self::SettlementStatistics && extract == SETTLEMENT
    }

    /// Whether the rows of an extract may be put aside and worked on by ranges of persons.
    pub fn goes_aside(self, contract: &Contract) -> bool {
        self == Self::EnrollmentAudit && contract.is_by_person()
    }

    /// Reads an extract whose rows it takes.
    ///
    /// # Errors
    /// As [`canbao_sources::read()`], and where rows cannot be put aside.
    pub fn take_rows(self, passing: &Passing<'_>) -> Result<Streamed<Taken>, ExtractError> {
        let Passing { source, pack, state, progress, request } = *passing;
        let request = Request { columns: &settlement::WANTS, ..request };
        let layout = Layout::for_bytes(source.files.iter().map(|file| file.size).sum(), canbao_sources::threads());
        let collectors = Collectors::new(pack.settlement_on(request.on), request.on, layout, state);
        let Streamed { taker, files, rejects, absent } = stream(source, &request, progress, &|| collectors.collector())?;
        let collected = taker.finish().map_err(|error| {
            let file = source.files.first().map(|file| file.path.clone()).unwrap_or_default();
            ExtractError::Aside { file, source: error }
        })?;
        Ok(Streamed { taker: Taken::Settlements(Box::new(collected)), files, rejects, absent })
    }

    /// The columns of an extract that it reads, in the shapes in which it wants them; `None` where the policy has no
    /// rules for what the extract tells.
    pub fn columns(self, extract: &str, policy: &Policy) -> Option<&'static [Want]> {
        match self {
            Self::EnrollmentAudit => enrollment_audit::wants(extract, policy),
            Self::SettlementStatistics | Self::DuplicateCleanup | Self::MonthlyBulletin(_) => None,
        }
    }

    /// How the frames of an extract are divided while they are read.
    pub fn split(self, extract: &str, year: BenefitYear, on: Day) -> Option<Box<Divide<'static>>> {
        match self {
            Self::EnrollmentAudit if extract == "enrollment" => Some(Box::new(enrollment_audit::split_enrollment(year, on))),
            Self::EnrollmentAudit | Self::SettlementStatistics | Self::DuplicateCleanup | Self::MonthlyBulletin(_) => None,
        }
    }

    /// Does the work.
    ///
    /// # Errors
    /// An extract contradicts itself in a way that no single row is to blame for, or a defect of the program.
    pub fn run(self, inputs: Inputs<'_>) -> Result<Outcome, OperatorError> {
        match self {
            Self::EnrollmentAudit => {
                let Inputs { extracts, aside, certificates, policy, date, sink, .. } = inputs;
                let policy = policy.ok_or(OperatorError::NoYear { operator: self.name() })?;
                let material = enrollment_audit::Material { extracts, aside, certificates, policy, on: date };
                let audit = enrollment_audit::enrollment_audit(material, sink)?;
                let births = Note {
                    name: "birth_date_differs".into(),
                    count: audit.births_differ,
                    text: format!(
                        "persons whose birth date in household differs from their number's, which holds: {}",
                        audit.births_differ
                    ),
                };
                let ranges = audit.ranges.map(|ranges| Note {
                    name: "ranges_of_persons".into(),
                    count: ranges as u64,
                    text: format!("ranges in which persons were worked on, as their rows did not fit into memory: {ranges}"),
                });
                let not_yet = audit.settlements_not_yet.map(|not_yet| ("settlement", Aside { elsewhere: None, not_yet }));
                let notes = std::iter::once(births).chain(ranges).collect();
                Ok(Outcome { rejects: audit.rejects, aside: not_yet.into_iter().collect(), notes, ..Outcome::default() })
            }
            Self::SettlementStatistics => settlement_statistics(inputs),
            Self::DuplicateCleanup => duplicate_cleanup(&inputs),
            Self::MonthlyBulletin(options) => monthly_bulletin(&inputs, options),
        }
    }
}

fn settlement_statistics(inputs: Inputs<'_>) -> Result<Outcome, OperatorError> {
    let Inputs { mut taken, snapshots, .. } = inputs;
    // Without its source the pipeline would not have been taken.
    let Some(Taken::Settlements(collected)) = taken.remove(SETTLEMENT) else { return Ok(Outcome::default()) };
    let earlier = snapshots.of(SETTLEMENT_STATISTICS_READS[0].role).map(earlier).transpose()?;
    let statistics = settlement::settlement_statistics(*collected, earlier.as_ref())?;
    let revised = earlier.map(|earlier| Note {
        name: "revised_figures".into(),
        count: statistics.revised,
        text: format!("figures of past months that differ from those of {}: {}", earlier.name, statistics.revised),
    });
    let aside = Aside { elsewhere: Some(statistics.elsewhere), not_yet: statistics.not_yet };
    Ok(Outcome {
        datasets: statistics.datasets.into_iter().map(|(spec, rows)| Made { spec, rows: vec![rows] }).collect(),
        rejects: vec![(SETTLEMENT, statistics.rejects)],
        aside: BTreeMap::from([(SETTLEMENT, aside)]),
        notes: revised.into_iter().collect(),
        ..Outcome::default()
    })
}

/// The statistics of an earlier snapshot, those of them that it has.
fn earlier(snapshot: &Snapshot) -> Result<Earlier, PublishError> {
    let mut datasets = BTreeMap::new();
    for spec in [&datasets::SETTLEMENT_STATISTICS, &datasets::CHRONIC_STATISTICS].into_iter().filter(|spec| snapshot.has(spec.name)) {
        let columns: Vec<&str> = spec.columns.iter().map(|column| column.name).collect();
        datasets.insert(spec.name, snapshot.rows(spec.name, Some(&columns))?.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(Earlier { name: snapshot.name().to_string(), date: snapshot.name().date, datasets })
}

fn duplicate_cleanup(inputs: &Inputs<'_>) -> Result<Outcome, OperatorError> {
    let Inputs { snapshots, pack, policy, date, persons, .. } = *inputs;
    let desk = duplicate_cleanup::Desk {
        audit: snapshots.of(duplicate_cleanup::AUDIT).ok_or(CleanupError::NoSnapshot { role: duplicate_cleanup::AUDIT })?,
        last: snapshots.of(duplicate_cleanup::LISTS),
        others: snapshots.others(duplicate_cleanup::LISTS),
        region: pack.region(),
        policy,
        date,
        persons,
    };
    let Cleanup { worklist, settled, documents, counts } = duplicate_cleanup::duplicate_cleanup(&desk)?;
    let datasets = vec![
        Made { spec: &datasets::CLEANUP_WORKLIST, rows: vec![worklist] },
        Made { spec: &datasets::CLEANUP_SETTLED, rows: vec![settled] },
    ];
    let note = |name: &'static str, count, text: &str| Note { name: name.into(), count, text: format!("{text}: {count}") };
    let age = u64::try_from(date.epoch() - desk.audit.name().date.epoch()).unwrap_or(0);
    let notes = vec![
        note("audit_age_days", age, "days between the audit's date and the list's"),
        note("open_cases", counts.open, "records to pause or to confirm"),
        note("new_cases", counts.new, "of them on the list for the first time"),
        note("long_open_cases", counts.long_open, &format!("of them on it for more than {} days", duplicate_cleanup::LONG_OPEN_DAYS)),
        note("settled_cases", counts.settled, "gone since the last list"),
    ];
    Ok(Outcome { datasets, documents, notes, ..Outcome::default() })
}

fn monthly_bulletin(inputs: &Inputs<'_>, options: monthly_bulletin::Options) -> Result<Outcome, OperatorError> {
    let Inputs { snapshots, pack, date, .. } = *inputs;
    let monthly_bulletin::Options { min_persons, lang } = options;
    let month = date.month();
    let request = monthly_bulletin::Request { month, lang, min_persons, region: pack.region().name.clone() };
    // Statistics of another month do not stand in for the month's own.
    let settlement = snapshots.of(monthly_bulletin::SETTLEMENT).filter(|snapshot| snapshot.name().date.month() == month);
    let shelf = Shelf { audit: snapshots.of(monthly_bulletin::AUDIT), cleanup: snapshots.of(monthly_bulletin::CLEANUP), settlement };
    let made = Bulletin::compose(&request, &shelf)?.publish()?;
    let text = format!("figures suppressed for confidentiality: {}", made.suppressed);
    Ok(Outcome {
        datasets: vec![Made { spec: &datasets::BULLETIN_FIGURES, rows: vec![made.figures] }],
        documents: made.documents,
        notes: vec![Note { name: "suppressed_figures".into(), count: made.suppressed, text }],
        ..Outcome::default()
    })
}
