//! The rows of the settlement statistics that decide what may be printed, and the names of their cells.

use std::collections::BTreeMap;

use super::super::error::BulletinError;
use super::super::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::suppression::Cell;
use canbao_publish::Snapshot;
use canbao_rules::money::Yuan;

/// The scope that the bulletin tells in detail.
pub const CROSS: &str = "cross_province";
/// All scopes together.
pub const ANYWHERE: &str = "anywhere";
/// All scopes but [`CROSS`].
pub const REST: &str = "rest";
/// The kinds of care that newspapers tell together. The others are added to no total: as they are small, and these are
/// printed, it would give them away.
pub const MAIN: [&str; 3] = ["inpatient", "outpatient", CHRONIC];
/// The sum of [`MAIN`].
pub const TOTAL: &str = "total";
/// Care for chronic diseases.
pub const CHRONIC: &str = "chronic";

/// A cell of the statistics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// yyyy-MM.
    pub period: String,
    /// `month` or `ytd`.
    pub span: String,
    /// A scope, or [`ANYWHERE`].
    pub scope: String,
    /// A kind of care, or a disease as [`Key::disease`] writes it.
    pub group: String,
    /// `310`, `390` or `all`.
    pub insutype: String,
}

impl Key {
    /// A kind of care.
    pub fn care(period: &str, span: &str, scope: &str, care: &str, insutype: &str) -> Self {
        let [period, span, scope, group, insutype] = [period, span, scope, care, insutype].map(str::to_owned);
        Self { period, span, scope, group, insutype }
    }

    /// A disease to date, both schemes.
    pub fn disease(period: &str, scope: &str, code: Option<&str>) -> Self {
        Self::care(period, "ytd", scope, &format!("disease {}", code.unwrap_or("-")), "all")
    }
}

/// What a row of statistics counts in one of the two years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The least number of persons.
    pub persons: u64,
    /// Visits.
    pub visits: i64,
    /// Whether any amount is not zero.
    pub has_money: bool,
}

impl Counts {
    pub(super) fn cell(self) -> Cell {
        Cell::new(self.persons, self.visits.unsigned_abs().max(u64::from(self.has_money)))
    }

    pub(super) fn is_nothing(self) -> bool {
        self.persons == 0 && self.visits == 0 && !self.has_money
    }

    /// Both, where the same persons may be in both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            persons: self.persons.max(other.persons),
            visits: self.visits.saturating_add(other.visits),
            has_money: self.has_money || other.has_money,
        }
    }
}

/// The rows of both datasets that are judged.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// By kind of care.
    pub care: Vec<Answer>,
    /// By disease, both schemes.
    pub diseases: Vec<Answer>,
}

const COUNTED: &str = "person_times, persons, medfee_sumamt, inscp_scp_amt, fund_pay_sumamt, person_times_prev, fund_pay_prev";

impl Statistics {
    /// All rows up to a month, given as yyyy-MM.
    pub fn read(snapshot: &Snapshot, figures: &Figures, month: &str) -> Result<Self, BulletinError> {
        let care = Query {
            id: "suppression.settlement",
            title: ("", ""),
            datasets: &["settlement_statistics"],
            keys: &["period", "span", "scope", "care", "insutype"],
            derived: ("", ""),
            sql: format!(
                "SELECT period, span, scope, care, insutype, {COUNTED} FROM {{settlement_statistics}} \
                 WHERE period <= '{month}' AND (scope = '{CROSS}' OR insutype = 'all')"
            ),
        };
        let diseases = Query {
            id: "suppression.chronic",
            title: ("", ""),
            datasets: &["chronic_statistics"],
            keys: &["period", "span", "scope", "dise_codg"],
            derived: ("", ""),
            sql: format!(
                "SELECT period, span, scope, dise_codg, {COUNTED} FROM {{chronic_statistics}} WHERE period <= '{month}' AND insutype = 'all'"
            ),
        };
        let has_diseases = snapshot.has("chronic_statistics");
        Ok(Self {
            care: figures.ask_aside(snapshot, care)?,
            diseases: if has_diseases { figures.ask_aside(snapshot, diseases)? } else { Vec::new() },
        })
    }
}

impl Statistics {
    /// The same rows as they were before these revisions.
    #[must_use]
    pub fn before(&self, revisions: &[Answer]) -> Self {
        let of_diseases = |revision: &&Answer| revision.word("dataset") == "chronic_statistics";
        let (diseases, care): (Vec<&Answer>, Vec<&Answer>) = revisions.iter().partition(of_diseases);
        let diseases = diseases.into_iter().filter(|revision| revision.word("insutype") == "all");
        Self {
            care: revised_back(&self.care, &["period", "span", "scope", "care", "insutype"], care.into_iter()),
            diseases: revised_back(&self.diseases, &["period", "span", "scope", "dise_codg"], diseases),
        }
    }
}

/// Rows with the old values of revisions of the same keys.
fn revised_back<'a>(rows: &[Answer], keys: &[&str], revisions: impl Iterator<Item = &'a Answer>) -> Vec<Answer> {
    let key = |row: &Answer| keys.iter().map(|key| row.text(key).map(str::to_owned)).collect::<Vec<_>>();
    let mut rows = rows.to_vec();
    let mut places: BTreeMap<Vec<Option<String>>, usize> = rows.iter().enumerate().map(|(at, row)| (key(row), at)).collect();
    for revision in revisions {
        let at = *places.entry(key(revision)).or_insert_with(|| {
            // What has no row any more had one then.
            rows.push(revision.only(keys));
            rows.len() - 1
        });
        rows[at].set_hundredths(revision.word("measure"), revision.hundredths("old_value").unwrap_or(0));
    }
    rows
}

/// What a row counts of this year.
pub(super) fn this_year(row: &Answer) -> Counts {
    let has_money = ["medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt"].iter().any(|column| row.yuan(column) != Yuan::ZERO);
    Counts { persons: row.persons("persons"), visits: row.number("person_times"), has_money }
}

/// The year before, with as many persons for its visits as this year has.
pub(super) fn year_before(row: &Answer) -> Counts {
    let (persons, visits) = (row.persons("persons"), row.persons("person_times"));
    let before = row.persons("person_times_prev");
    let likely = if persons == 0 || visits <= persons { before } else { mul_div(before, persons, visits) };
    Counts { persons: likely, visits: row.number("person_times_prev"), has_money: row.yuan("fund_pay_prev") != Yuan::ZERO }
}

fn mul_div(a: u64, b: u64, by: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) / u128::from(by.max(1))).unwrap_or(u64::MAX)
}
