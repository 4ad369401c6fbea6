//! Handmade published snapshots, written as anybody's are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use tempfile::TempDir;

use super::{Bulletin, Lang, MIN_PERSONS, Request, choose};
use crate::money::{Yuan, hundredths_of_percent};
use crate::period::Month;
use crate::publish::datasets::{BENEFIT_PERIOD, DUPLICATE_ENROLLMENT, MISSED_ENROLLMENT, PROGRESS, SUBSIDY};
use crate::publish::{ColumnKind, DatasetSpec, Publisher, RunFacts};

/// A place with snapshots.
pub struct Place {
    folder: TempDir,
}

/// A dataset's rows as text: the first line names columns, the others hold their values, cut at `|`; `-` is null. Columns
/// that are not named are 0, false or empty.
pub type Rows<'a> = (&'static DatasetSpec, &'a str);

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub fn publisher(&self) -> Publisher {
        Publisher::open(self.folder.path().to_str().unwrap()).unwrap()
    }

    /// Publishes a snapshot.
    pub fn publish(&self, pipeline: &str, date: &str, region: &str, datasets: &[Rows<'_>]) {
        let draft = self.publisher().begin(pipeline, date.parse().unwrap()).unwrap();
        for (spec, text) in datasets {
            draft.write(&spec.dataset(), [batch(spec, text)]).unwrap();
        }
        let facts = RunFacts {
            run_id: "run".to_owned(),
            logical_date: date.to_owned(),
            region: Some(region.to_owned()),
            benefit_year: (pipeline != "settlement-statistics").then_some(2024),
            program_version: "0".to_owned(),
            policy: None,
            inputs: Vec::new(),
            snapshots: Vec::new(),
        };
        draft.finish(facts).unwrap();
    }

    /// The bulletin of a month.
    pub fn bulletin(&self, month: (i32, u32), lang: Lang, region: &str) -> Bulletin {
        let month = Month::new(month.0, month.1).unwrap();
        let chosen = choose(&self.publisher(), month, None).unwrap();
        let request = Request { month, lang, min_persons: MIN_PERSONS, region: region.to_owned() };
        Bulletin::compose(&request, &chosen.shelf()).unwrap()
    }
}

/// Texts, which a dataset casts to its own types.
fn batch(spec: &DatasetSpec, text: &str) -> RecordBatch {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let named: Vec<&str> = lines.next().unwrap().split('|').map(str::trim).collect();
    let unknown = named.iter().find(|name| !spec.columns.iter().any(|column| column.name == **name));
    assert_eq!(unknown, None, "a column of `{}`", spec.name);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('|').map(str::trim).collect()).collect();
    let column = |name: &str, kind: ColumnKind, nullable: bool| -> ArrayRef {
        let value = |row: &Vec<&str>| match named.iter().position(|known| *known == name).map(|at| row[at]) {
            Some("-") => None,
            Some(value) => Some(value.to_owned()),
            None if nullable => None,
            None => Some(default(kind).to_owned()),
        };
        Arc::new(rows.iter().map(value).collect::<StringArray>())
    };
    let fields: Vec<Field> = spec.columns.iter().map(|column| Field::new(column.name, DataType::Utf8, true)).collect();
    let columns = spec.columns.iter().map(|c| column(c.name, c.kind, c.nullable)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn default(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Bool => "false",
        ColumnKind::Int32 | ColumnKind::Int64 | ColumnKind::Money | ColumnKind::Percent => "0",
        ColumnKind::Day => "2023-01-01",
        ColumnKind::Moment => "2023-01-01 00:00:00",
        _ => "",
    }
}

/// What happened in a group in a month: visits, persons, total cost, in scope, fund, in yuan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Happened {
    pub visits: i64,
    pub persons: i64,
    pub cost: i64,
    pub in_scope: i64,
    pub fund: i64,
    /// Visits and fund pay a year before.
    pub before: (i64, i64),
}

impl Happened {
    pub fn plain(visits: i64, persons: i64, fund: i64) -> Self {
        Self { visits, persons, cost: fund * 2, in_scope: fund * 3 / 2, fund, before: (0, 0) }
    }

    fn and(self, other: Self) -> Self {
        Self {
            visits: self.visits + other.visits,
            persons: self.persons.max(other.persons),
            cost: self.cost + other.cost,
            in_scope: self.in_scope + other.in_scope,
            fund: self.fund + other.fund,
            before: (self.before.0 + other.before.0, self.before.1 + other.before.1),
        }
    }

    /// The columns from `person_times` on.
    fn measures(self) -> String {
        let Self { visits, persons, cost, in_scope, fund, before } = self;
        let percent = |part: i64, whole: i64| {
            let share = hundredths_of_percent(i128::from(part), i128::from(whole));
            share.map_or("-".to_owned(), |share| Yuan::from_fen(share).to_string())
        };
        let (share, visits_up, fund_up) =
            (percent(fund, in_scope), percent(visits - before.0, before.0), percent(fund - before.1, before.1));
        format!("{visits}|{persons}|{cost}|{in_scope}|{fund}|{share}|{}|{}|{visits_up}|{fund_up}", before.0, before.1)
    }
}

const MEASURES: &str = "person_times|persons|medfee_sumamt|inscp_scp_amt|fund_pay_sumamt|in_policy_pct|person_times_prev|fund_pay_prev|\
                        person_times_growth_pct|fund_pay_growth_pct";

/// A year of settlements, by month, scope, care (or disease) and scheme.
#[derive(Debug, Clone, Default)]
pub struct Year {
    care: BTreeMap<(u32, String, String, String), Happened>,
    diseases: BTreeMap<(u32, String, String), Happened>,
}

impl Year {
    pub fn care(&mut self, month: u32, scope: &str, care: &str, insutype: &str, happened: Happened) -> &mut Self {
        self.care.insert((month, scope.to_owned(), care.to_owned(), insutype.to_owned()), happened);
        self
    }

    /// A disease, both schemes; it counts as residents' care for chronic diseases, too.
    pub fn disease(&mut self, month: u32, scope: &str, code: &str, happened: Happened) -> &mut Self {
        self.diseases.insert((month, scope.to_owned(), code.to_owned()), happened);
        let care = self.care.entry((month, scope.to_owned(), "chronic".to_owned(), "390".to_owned())).or_default();
        *care = care.and(happened);
        self
    }

    /// The rows of `settlement_statistics` up to a month.
    pub fn settlement_rows(&self, year: i32, last: u32) -> String {
        let mut rows = format!("period|span|scope|care|insutype|{MEASURES}\n");
        let mut groups: BTreeMap<(u32, &str, &str, &str), Happened> = BTreeMap::new();
        for ((month, scope, care, insutype), happened) in &self.care {
            for scheme in [insutype.as_str(), "all"] {
                let group = groups.entry((*month, scope, care, scheme)).or_default();
                *group = group.and(*happened);
            }
        }
        for month in 1..=last {
            let mut to_date: BTreeMap<(&str, &str, &str), Happened> = BTreeMap::new();
            for ((of, scope, care, scheme), happened) in groups.iter().filter(|((of, ..), _)| *of <= month) {
                let sum = to_date.entry((scope, care, scheme)).or_default();
                *sum = sum.and(*happened);
                if *of == month {
                    let _ = writeln!(rows, "{year}-{month:02}|month|{scope}|{care}|{scheme}|{}", happened.measures());
                }
            }
            for ((scope, care, scheme), happened) in to_date {
                let _ = writeln!(rows, "{year}-{month:02}|ytd|{scope}|{care}|{scheme}|{}", happened.measures());
            }
        }
        rows
    }

    /// The rows of `chronic_statistics` up to a month.
    pub fn chronic_rows(&self, year: i32, last: u32, names: &[(&str, &str)]) -> String {
        let mut rows = format!("period|span|scope|insutype|dise_codg|dise_name|{MEASURES}\n");
        for month in 1..=last {
            let mut to_date: BTreeMap<(&str, &str), Happened> = BTreeMap::new();
            for ((of, scope, code), happened) in self.diseases.iter().filter(|((of, ..), _)| *of <= month) {
                let sum = to_date.entry((scope, code)).or_default();
                *sum = sum.and(*happened);
                if *of == month {
                    let _ = writeln!(rows, "{year}-{month:02}|month|{scope}|all|{code}|{}|{}", name(code, names), happened.measures());
                }
            }
            for ((scope, code), happened) in to_date {
                let _ = writeln!(rows, "{year}-{month:02}|ytd|{scope}|all|{code}|{}|{}", name(code, names), happened.measures());
            }
        }
        rows
    }
}

fn name<'a>(code: &str, names: &[(&str, &'a str)]) -> &'a str {
    names.iter().find(|(known, _)| *known == code).map_or("-", |(_, name)| name)
}

/// The figures that 淮北市 published for January to September 2023.
pub fn huaibei() -> Year {
    let mut year = Year::default();
    let whole = [
        (
            "inpatient",
            Happened { visits: 28_100, persons: 15_000, fund: 392_150_600, before: (12_900, 203_735_765), ..Happened::default() },
        ),
        ("outpatient", Happened { visits: 80_800, persons: 30_000, fund: 10_105_100, before: (19_100, 3_282_583), ..Happened::default() }),
        ("chronic", Happened { visits: 2_000, persons: 400, fund: 860_200, ..Happened::default() }),
    ];
    for (care, whole) in whole {
        for month in 1..=9 {
            let part = |amount: i64| amount / 9 + if month == 9 { amount % 9 } else { 0 };
            // A third are employees.
            for (scheme, number, of) in [("310", 1, 3), ("390", 2, 3)] {
                let share = |amount: i64| if number == 1 { part(amount) / of } else { part(amount) - part(amount) / of };
                let happened = Happened {
                    visits: share(whole.visits),
                    persons: share(whole.persons),
                    cost: share(whole.fund) * 2,
                    in_scope: share(whole.fund) * 3 / 2,
                    fund: share(whole.fund),
                    before: (share(whole.before.0), share(whole.before.1)),
                };
                year.care(month, "cross_province", care, scheme, happened);
            }
        }
    }
    year
}

/// An audit's five datasets.
pub struct Audit<'a> {
    pub progress: &'a str,
    pub missed: &'a str,
    pub duplicates: &'a str,
    pub subsidies: &'a str,
    pub benefits: &'a str,
}

impl Audit<'_> {
    pub fn datasets(&self) -> [Rows<'_>; 5] {
        [
            (&PROGRESS, self.progress),
            (&MISSED_ENROLLMENT, self.missed),
            (&DUPLICATE_ENROLLMENT, self.duplicates),
            (&SUBSIDY, self.subsidies),
            (&BENEFIT_PERIOD, self.benefits),
        ]
    }
}
