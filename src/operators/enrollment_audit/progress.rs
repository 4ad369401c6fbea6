//! Progress: each township's enrollment against its target, then the total.
//!
//! Persons are tallied by township while they are decided upon; here the tallies meet the targets. What a share,
//! a rank or a required share is, says [`canbao_rules::rules::progress`].

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Int32Builder, Int64Builder, StringBuilder};
use arrow_schema::ArrowError;

use canbao_publish::build::{PercentBuilder, batch};
use canbao_publish::datasets::PROGRESS;
use canbao_rules::Percent;
use canbao_rules::policy::Policy;
use canbao_rules::rules::progress::{Completion, ranks, reaches_required};

/// The row that sums up all others.
const TOTAL: &str = "TOTAL";

/// What was counted in one township.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Who should be enrolled.
    pub eligible: i64,
    /// Who is enrolled here.
    pub enrolled: i64,
    /// Who should be and is.
    pub enrolled_of_eligible: i64,
    /// Whose valid resident record here was paid on the logical date.
    pub paid_today: i64,
}

impl Tally {
    /// Counts one person.
    pub fn add(&mut self, eligible: bool, enrolled: bool, paid_today: bool) {
        self.eligible += i64::from(eligible);
        self.enrolled += i64::from(enrolled);
        self.enrolled_of_eligible += i64::from(eligible && enrolled);
        self.paid_today += i64::from(paid_today);
    }

    fn merge(&mut self, other: &Self) {
        self.eligible += other.eligible;
        self.enrolled += other.enrolled;
        self.enrolled_of_eligible += other.enrolled_of_eligible;
        self.paid_today += other.paid_today;
    }
}

/// Tallies by township (nine digits); `None` holds those who live in no township of any extract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(BTreeMap<Option<u32>, Tally>);

impl Tallies {
    /// The tally of a township.
    pub fn of(&mut self, township: Option<u32>) -> &mut Tally {
        self.0.entry(township).or_default()
    }

    /// Takes in the tallies of other persons.
    pub fn merge(&mut self, other: &Self) {
        for (township, tally) in &other.0 {
            self.of(*township).merge(tally);
        }
    }
}

/// One row of the extract `target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The township; `None` is the document's own total.
    pub township: Option<u32>,
    /// Its name.
    pub name: String,
    /// 户籍人口数, persons.
    pub registered: i64,
    /// 目标任务数, persons.
    pub target: i64,
}

/// A row before it is written.
struct Row<'a> {
    admdvs: String,
    name: Option<&'a str>,
    registered: Option<i64>,
    target: Option<i64>,
    tally: Tally,
    rank: Option<i32>,
    stated_total_diff: Option<i64>,
}

/// The dataset: the townships of `targets` and those of the region in which persons live, by code, then the total
/// of everybody.
pub fn progress(tallies: &Tallies, targets: &[Target], policy: &Policy) -> Result<RecordBatch, ArrowError> {
    let mut rows = townships(tallies, targets, policy);
    let completions: Vec<Option<Completion>> =
        rows.iter().map(|row| Some(Completion { enrolled: row.tally.enrolled, target: row.target? })).collect();
    for (row, rank) in rows.iter_mut().zip(ranks(&completions)) {
        row.rank = rank;
    }
    rows.push(total(tallies, targets));
    write(&rows, policy)
}

fn townships<'a>(tallies: &Tallies, targets: &'a [Target], policy: &Policy) -> Vec<Row<'a>> {
    let mut by_code: BTreeMap<u32, Option<&Target>> = tallies
        .0
        .keys()
        .flatten()
        .filter(|&&township| policy.region.covers(canbao_rules::policy::Area::new(township / 1000)))
        .map(|&township| (township, None))
        .collect();
    by_code.extend(targets.iter().filter_map(|target| Some((target.township?, Some(target)))));
    by_code
        .into_iter()
        .map(|(township, target)| Row {
            admdvs: format!("{township:09}"),
            name: target.map(|t| t.name.as_str()),
            registered: target.map(|t| t.registered),
            target: target.map(|t| t.target),
            tally: tallies.0.get(&Some(township)).copied().unwrap_or_default(),
            rank: None,
            stated_total_diff: None,
        })
        .collect()
}

fn total<'a>(tallies: &Tallies, targets: &'a [Target]) -> Row<'a> {
    let stated = targets.iter().find(|target| target.township.is_none());
    let sum = |of: fn(&Target) -> i64| {
        let mut rows = targets.iter().filter(|target| target.township.is_some()).peekable();
        rows.peek().is_some().then(|| rows.map(of).sum::<i64>())
    };
    let target = sum(|t| t.target);
    let mut tally = Tally::default();
    tallies.0.values().for_each(|other| tally.merge(other));
    Row {
        admdvs: TOTAL.to_owned(),
        name: stated.map(|t| t.name.as_str()),
        registered: sum(|t| t.registered),
        target,
        tally,
        rank: None,
        stated_total_diff: stated.map(|stated| stated.target - target.unwrap_or(0)),
    }
}

fn write(rows: &[Row<'_>], policy: &Policy) -> Result<RecordBatch, ArrowError> {
    let (mut admdvs, mut name) = (StringBuilder::new(), StringBuilder::new());
    let (mut registered, mut target) = (Int64Builder::new(), Int64Builder::new());
    let (mut eligible, mut enrolled, mut paid_today) = (Int64Builder::new(), Int64Builder::new(), Int64Builder::new());
    let (mut completion_pct, mut enrollment_pct) = (PercentBuilder::default(), PercentBuilder::default());
    let (mut rank, mut reaches, mut stated_total_diff) = (Int32Builder::new(), BooleanBuilder::new(), Int64Builder::new());
    for row in rows {
        let tally = row.tally;
        admdvs.append_value(&row.admdvs);
        name.append_option(row.name);
        registered.append_option(row.registered);
        target.append_option(row.target);
        eligible.append_value(tally.eligible);
        enrolled.append_value(tally.enrolled);
        completion_pct.push(row.target.and_then(|target| Percent::of(tally.enrolled, target)));
        enrollment_pct.push(Percent::of(tally.enrolled_of_eligible, tally.eligible));
        paid_today.append_value(tally.paid_today);
        rank.append_option(row.rank);
        reaches.append_option(reaches_required(tally.enrolled_of_eligible, tally.eligible, policy));
        stated_total_diff.append_option(row.stated_total_diff);
    }
    batch(
        &PROGRESS,
        &mut [
            &mut admdvs,
            &mut name,
            &mut registered,
            &mut target,
            &mut eligible,
            &mut enrolled,
            &mut completion_pct,
            &mut enrollment_pct,
            &mut paid_today,
            &mut rank,
            &mut reaches,
            &mut stated_total_diff,
        ],
    )
}
