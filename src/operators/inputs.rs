//! What an operator is handed, and in which form it wants each extract.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;

use canbao_publish::{DatasetSink, PersonIdSettings, Snapshot};
use canbao_rules::identity::{Certificate, OtherCertificates};
use canbao_rules::period::Day;
use canbao_rules::policy::{Pack, Policy};
use canbao_sources::{Divide, Extract, ExtractError, FileReport, Progress, RejectLog, Request, Source, SpillStore, SpilledExtract, Want};

/// What an operator works on.
pub struct OperatorInputs<'a> {
    /// The extracts that it declares and the pipeline has.
    pub extracts: OperatorExtracts,
    /// The snapshots that it declares.
    pub snapshots: OperatorSnapshots<'a>,
    /// The options of its step. Their names are known to be the operator's own, their values to be valid.
    pub options: &'a toml::Table,
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

/// The extracts that one operator reads, in the forms that it asked for ([`ExtractForm`]). One that is not there is an
/// optional extract that is absent, or one for which the policy has no rules.
#[derive(Default)]
pub struct OperatorExtracts {
    /// The rows held in memory, by the extract's name: rejected rows are out, superseded ones are not.
    pub frames: BTreeMap<&'static str, Extract>,
    /// Those extracts that do not fit into memory; `None` where all of them do.
    pub spilled: Option<SpilledExtracts>,
    /// What the operator's own row reader made of an extract, by the extract's name.
    pub streamed: BTreeMap<&'static str, Box<dyn Any + Send>>,
    /// The certificates behind the person keys of `frames` and `spilled` that are no resident numbers, not yet sealed.
    pub certificates: OtherCertificates,
}

/// Extracts whose rows were spilled while they were read, to be worked on by ranges of the person key.
#[derive(Debug)]
pub struct SpilledExtracts {
    /// Where their rows are.
    pub store: SpillStore,
    /// Bytes of rows that may be held at a time.
    pub most: usize,
    /// The extracts by name.
    pub extracts: BTreeMap<&'static str, SpilledExtract>,
}

/// The snapshots that one operator reads, by role.
#[derive(Debug, Default)]
pub struct OperatorSnapshots<'a>(BTreeMap<&'a str, RoleSnapshots<'a>>);

/// The snapshots in one role.
#[derive(Debug, Clone, Copy)]
struct RoleSnapshots<'a> {
    newest: Option<&'a Snapshot>,
    others: &'a [Snapshot],
}

/// What is known when an operator says in which form it wants an extract.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    /// The policy in force for the benefit year, where there is one.
    pub policy: Option<&'a Policy>,
    /// The logical date.
    pub date: Day,
}

/// The form in which an operator wants an extract.
pub enum ExtractForm {
    /// Frames of the used rows, held in memory.
    Frames {
        /// The columns to keep, in the shapes in which they are wanted.
        columns: &'static [Want],
        /// How each block of rows is divided into parts while it is read.
        divide: Option<Box<Divide<'static>>>,
        /// Whether the rows may be spilled and worked on by ranges of persons where they do not fit into memory.
        may_spill: bool,
    },
    /// Row by row, while the extract is read: no row is held by the pipeline.
    Rows(RowReader),
}

/// Reads an extract row by row and gives what the operator keeps of it.
pub type RowReader = fn(&ExtractStream<'_>) -> Result<StreamedExtract, ExtractError>;

/// An extract to be read row by row.
pub struct ExtractStream<'a> {
    /// Its files.
    pub source: &'a Source,
    /// How to read it; the columns are the reader's to add.
    pub request: Request<'a>,
    /// The region's pack.
    pub pack: &'a Pack,
    /// Where rows may be spilled that do not fit into memory.
    pub state: &'a Path,
    /// Hears how far reading has come.
    pub progress: &'a dyn Progress,
}

/// What a row reader gives.
pub struct StreamedExtract {
    /// What the operator keeps, for [`OperatorExtracts::take_streamed`].
    pub rows: Box<dyn Any + Send>,
    /// The files that were read.
    pub files: Vec<FileReport>,
    /// The rejected rows by origin.
    pub rejects: RejectLog,
}

/// What the explanation of one person's decisions works on.
pub struct ExplainInputs<'a> {
    /// The extracts, all of them in memory.
    pub extracts: OperatorExtracts,
    /// The policy in force for the benefit year, where there is one.
    pub policy: Option<&'a Policy>,
    /// The logical date.
    pub date: Day,
    /// The person.
    pub person: Certificate<'a>,
}

impl OperatorExtracts {
    /// What the operator's row reader made of an extract; `None` where the extract is absent.
    pub fn take_streamed<T: 'static>(&mut self, extract: &str) -> Option<Box<T>> {
        self.streamed.remove(extract)?.downcast().ok()
    }
}

impl<'a> OperatorSnapshots<'a> {
    /// Adds the snapshots of a role.
    pub fn insert(&mut self, role: &'a str, newest: Option<&'a Snapshot>, others: &'a [Snapshot]) {
        self.0.insert(role, RoleSnapshots { newest, others });
    }

    /// The snapshot in a role, where there is one.
    pub fn newest(&self, role: &str) -> Option<&'a Snapshot> {
        self.0.get(role)?.newest
    }

    /// All other snapshots that the pipeline itself has published for the same region and benefit year, oldest first;
    /// those of the run's own date and of later ones among them. Only for an operator that reads its whole past.
    pub fn others(&self, role: &str) -> &'a [Snapshot] {
        self.0.get(role).map_or(&[], |snapshots| snapshots.others)
    }
}
