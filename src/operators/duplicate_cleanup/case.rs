//! A case: one record that a clerk has to see to, from the list on which it first stands to the one where it is gone.

use std::fmt;
use std::str::FromStr;

use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment, MonthSpan};
use canbao_rules::rules::{DuplicateAction, DuplicateKind, DuplicateOutcome, DuplicateReason};

/// The number of a case, `2024-000123`: the benefit year and a count. It says nothing of the person, and a clerk can
/// read it out on the phone. No two cases of one region have the same.
///
/// ```
/// use canbao::operators::duplicate_cleanup::CaseNumber;
/// let number: CaseNumber = "2024-000123".parse().unwrap();
/// assert_eq!((number.year, number.count), (2024, 123));
/// assert_eq!(number.to_string(), "2024-000123");
/// assert!("2024-123".parse::<CaseNumber>().is_err(), "one number, one way to write it");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber {
    /// The benefit year for which the record is one too many.
    pub year: i32,
    /// Counts from 1 for each year.
    pub count: u32,
}

/// A text that is no number of a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no case number, expected the benefit year and six or more digits such as `2024-000123`")]
pub struct BadCaseNumber(String);

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:06}", self.year, self.count)
    }
}

impl FromStr for CaseNumber {
    type Err = BadCaseNumber;

    fn from_str(text: &str) -> Result<Self, BadCaseNumber> {
        let parts = text.split_once('-');
        let number = parts.and_then(|(year, count)| Some(Self { year: year.parse().ok()?, count: count.parse().ok()? }));
        number.filter(|number| number.to_string() == text).ok_or_else(|| BadCaseNumber(text.to_owned()))
    }
}

/// What the audit says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The certificate's number.
    pub certno: String,
    /// The person's name.
    pub name: Option<String>,
    /// What is wrong with the person's records together.
    pub kind: DuplicateKind,
    /// The platform's number of the person.
    pub psn_no: String,
    /// The insurance: 310 or 390.
    pub insutype: String,
    /// The area that keeps the record.
    pub area: String,
    /// The accrual months.
    pub months: MonthSpan,
    /// When it was paid.
    pub paid_at: Option<Moment>,
    /// What the person paid.
    pub personal: Option<Yuan>,
    /// What is proposed.
    pub action: DuplicateAction,
    /// Why.
    pub reason: DuplicateReason,
    /// What is to be given back.
    pub refund: Yuan,
}

/// Where a person lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The division code of the household extract.
    pub residence: Option<String>,
    /// The township, where it is one of the region's.
    pub township: Option<String>,
    /// The township's name.
    pub township_name: Option<String>,
}

/// Whose record it is, in a form that can be compared: the numbers themselves, or what a key makes of them where they
/// are not published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// As they are.
    Plain {
        /// The certificate's number.
        person: String,
        /// The platform's number.
        psn_no: String,
    },
    /// Under the key of pseudonyms.
    Keyed {
        /// The certificate's number.
        person: String,
        /// The platform's number.
        psn_no: String,
    },
}

impl Who {
    /// The person alone.
    pub fn person(&self) -> &str {
        match self {
            Self::Plain { person, .. } | Self::Keyed { person, .. } => person,
        }
    }
}

/// A case as it stood on a published list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub number: CaseNumber,
    /// Whose it is.
    pub who: Who,
    /// What the audit said when it was last listed; numbers and name as they were published.
    pub record: Record,
    /// Where the person lived.
    pub home: Home,
    /// The logical date of the first list on which it stood.
    pub first_seen: Day,
    /// The number that the same record had before it was settled for a while.
    pub reopened_from: Option<CaseNumber>,
}

/// A case that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// As it stood on the last list that had it.
    pub case: Case,
    /// The logical date of that list.
    pub last_seen: Day,
    /// The logical date of the first list without it.
    pub settled_on: Day,
    /// How it ended, as far as can be seen.
    pub outcome: DuplicateOutcome,
}
