//! Handmade published snapshots, written as anybody's are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use polars::prelude::AnyValue;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use tempfile::TempDir;

use super::figures::Answer;
use super::{Bulletin, MIN_PERSONS, Request, choose};
use canbao_publish::datasets::{
    BENEFIT_PERIOD, CHRONIC_STATISTICS, DUPLICATE_ENROLLMENT, MISSED_ENROLLMENT, PROGRESS, SETTLEMENT_REVISIONS, SETTLEMENT_STATISTICS,
    SUBSIDY,
};
use canbao_publish::{ColumnKind, DatasetSpec, Publisher, RunFacts};
use canbao_rules::Language;
use canbao_rules::Percent;
use canbao_rules::money::Yuan;
use canbao_rules::period::Month;

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
    pub fn bulletin(&self, month: (i32, u32), lang: Language, region: &str) -> Bulletin {
        let month = Month::new(month.0, month.1).unwrap();
        let chosen = choose(&self.publisher(), month, None).unwrap();
        let request = Request { month, lang, min_persons: MIN_PERSONS, region: region.to_owned() };
        Bulletin::compose(&request, &chosen.snapshots()).unwrap()
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
            let share = Percent::of(part, whole);
            share.map_or("-".to_owned(), |share| share.to_string())
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
    pub fn care(&mut self, month: u32, scope: &str, care: &str, insutype: &str, happened: Happened) {
        self.care.insert((month, scope.to_owned(), care.to_owned(), insutype.to_owned()), happened);
    }

    /// A disease, both schemes; it counts as residents' care for chronic diseases, too.
    pub fn disease(&mut self, month: u32, scope: &str, code: &str, happened: Happened) {
        self.diseases.insert((month, scope.to_owned(), code.to_owned()), happened);
        let care = self.care.entry((month, scope.to_owned(), "chronic".to_owned(), "390".to_owned())).or_default();
        *care = care.and(happened);
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

/// Fails where a text is no well-formed XML.
pub fn well_formed(text: &str) {
    let mut reader = Reader::from_str(text);
    let mut open = 0;
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.error_position()));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                tag.attributes().for_each(|attribute| drop(attribute.unwrap().normalized_value(XmlVersion::Explicit1_0).unwrap()));
                open += 1;
            }
            Event::GeneralRef(reference) => {
                let known = matches!(&*reference, "amp" | "lt" | "gt" | "quot" | "apos");
                assert!(known || reference.is_char_ref(), "{reference:?}");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open > 0, "there is no element");
}

/// A county with a bit of everything: a township without a target, one with few people, refunds, a disease of few.
pub fn county() -> Place {
    let place = Place::new();
    let audit = Audit {
        progress: "admdvs|name|registered|target|eligible|enrolled|completion_pct|enrollment_pct|paid_today|rank|reaches_required|stated_total_diff
            340322101|城关镇|9000|6000|6100|5900|98.33|95.20|12|2|true|-
            340322102|头铺镇|5000|4000|4100|4050|101.25|97.80|3|1|true|-
            340322103|-|-|-|40|30|-|75.00|0|-|false|-
            TOTAL|全县|14000|10000|10243|9983|99.83|96.10|15|-|true|-1",
        missed: &missed(),
        duplicates: &duplicates(),
        subsidies: &subsidies(),
        benefits: &benefits(),
    };
    place.publish("enrollment-audit", "2023-09-20", "340322", &audit.datasets());
    let mut year = Year::default();
    for month in 1..=9 {
        let n = i64::from(month);
        let care = |visits: i64, persons: i64, fund: i64, before: i64| Happened {
            visits,
            persons,
            cost: fund * 2,
            in_scope: fund * 3 / 2,
            fund,
            before: (before, before * 1200),
        };
        year.care(month, "cross_province", "inpatient", "310", care(120 + n, 90, 800_000 + n * 1000, 100));
        year.care(month, "cross_province", "inpatient", "390", care(400 + 5 * n, 300, 2_100_000, 420));
        year.care(month, "cross_province", "outpatient", "390", care(900, 700, 120_000 + n * 700, 450));
        year.disease(month, "local", "M039", care(2000 + n, 1500, 300_000, 1900));
        year.disease(month, "local", "M016", care(1200, 800, 250_000, 0));
        year.disease(month, "in_province", "M039", care(70, 40, 9000, 60));
        year.disease(month, "cross_province", "M039", care(30, 20, 6000, 0));
        if month == 9 {
            year.disease(month, "cross_province", "M016", care(4, 2, 900, 0));
            year.disease(month, "local", "M083", care(6, 3, 40_000, 0));
        }
    }
    year.care(
        3,
        "cross_province",
        "pharmacy",
        "310",
        Happened { visits: 2, persons: 1, cost: 300, in_scope: 200, fund: 100, before: (0, 0) },
    );
    let names = [("M039", "高血压"), ("M016", "糖尿病"), ("M083", "器官移植抗排异")];
    let (settlement, chronic) = (year.settlement_rows(2023, 9), year.chronic_rows(2023, 9, &names));
    let revisions = "dataset|period|span|scope|care|insutype|dise_codg|measure|old_value|new_value|compared_with
        settlement_statistics|2023-03|month|cross_province|inpatient|390|-|person_times|414|415|snapshot=2023-08-31.1
        settlement_statistics|2023-03|month|cross_province|inpatient|390|-|fund_pay_sumamt|2099000.50|2100000|snapshot=2023-08-31.1
        settlement_statistics|2023-03|month|cross_province|pharmacy|310|-|person_times|1|2|snapshot=2023-08-31.1
        settlement_statistics|2023-03|month|local|chronic|390|-|person_times|3202|3203|snapshot=2023-08-31.1";
    let datasets: [Rows<'_>; 3] =
        [(&SETTLEMENT_STATISTICS, &settlement), (&CHRONIC_STATISTICS, &chronic), (&SETTLEMENT_REVISIONS, revisions)];
    place.publish("settlement-statistics", "2023-09-30", "340322", &datasets);
    place
}

/// Two townships with 130 and 50 missed, three persons without one.
fn missed() -> String {
    let mut rows =
        "certno|township|kind|ledger_difficulty|ledger_newborn|ledger_migrant|ledger_student|ledger_lapsed|personal_amt\n".to_owned();
    for n in 0..183 {
        let township = ["340322101", "340322102", "-"][if n < 130 { 0 } else { usize::from(n >= 180) + 1 }];
        let (lapsed, newborn) = (n % 2 == 0, n % 60 == 1);
        let kind = if lapsed { "lapsed" } else { "never" };
        let _ = writeln!(rows, "{}|{township}|{kind}|{}|{newborn}|{}|{}|{lapsed}|380", number(n), n % 7 == 0, n % 5 == 0, n % 9 == 0);
    }
    rows
}

fn duplicates() -> String {
    let mut rows = "certno|kind|psn_no|insutype|insu_admdvs|accrym_begn|accrym_end|action|reason|refund_amt\n".to_owned();
    for n in 0..23 {
        let kind = if n < 20 { "double_payment" } else { "cross_scheme" };
        for action in ["keep", "pause"] {
            let refund = if action == "pause" { 380 } else { 0 };
            let _ = writeln!(rows, "{}|{kind}|P{n}|390|340322|202401|202412|{action}|first_payment|{refund}", number(n));
        }
    }
    rows
}

fn subsidies() -> String {
    let mut rows = "certno|township|category|categories|premium_personal|subsidy_amt|personal_amt|payer|enrolled_here\n".to_owned();
    let groups = [
        ("low_income", 320, "medical_assistance_fund", 40),
        ("monitored", 190, "medical_assistance_fund", 12),
        ("key_entitled", 320, "-", 3),
        ("two_daughter_household", 380, "township", 30),
    ];
    let mut n = 1000;
    for (category, amount, payer, persons) in groups {
        for one in 0..persons {
            let township = ["340322101", "340322102"][usize::from(one % 3 == 0)];
            let _ = writeln!(rows, "{}|{township}|{category}|{category}|380|{amount}|{}|{payer}|{}", number(n), 380 - amount, one % 4 != 0);
            n += 1;
        }
    }
    rows
}

/// Records paid for on ten days, two of them quiet, and some without a time.
fn benefits() -> String {
    let mut rows = "certno|psn_no|clct_time|basis|waiting_months|benefit_begn|benefit_end\n".to_owned();
    let mut n = 5000;
    for (day, records) in [(1, 60), (2, 40), (3, 2), (4, 30), (5, 25), (6, 80), (7, 1), (8, 3), (9, 90), (12, 20)] {
        for _ in 0..records {
            let _ = writeln!(rows, "{}|P{n}|2023-09-{day:02} 10:00:00|concentrated|0|2024-01-01|2024-12-31", number(n));
            n += 1;
        }
    }
    for _ in 0..7 {
        let _ = writeln!(rows, "{}|P{n}|-|concentrated|0|2024-01-01|2024-12-31", number(n));
        n += 1;
    }
    rows
}

/// A number with a division code that was never assigned.
fn number(n: usize) -> String {
    format!("34039919900101{n:04}")
}

/// The rows of a text in the form of [`Rows`] as a query answers them: codes are texts, the rest numbers.
pub fn answers_of(text: &str) -> Vec<Answer> {
    const TEXTS: [&str; 7] = ["period", "span", "scope", "care", "insutype", "dise_codg", "dise_name"];
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<&str> = lines.next().unwrap().split('|').collect();
    let value = |name: &str, value: &str| match value {
        "-" => AnyValue::Null,
        _ if TEXTS.contains(&name) => AnyValue::StringOwned(value.into()),
        _ => AnyValue::Decimal(Yuan::parse(value).unwrap().fen().into(), 18, 2),
    };
    let row = |line: &str| names.iter().zip(line.split('|')).map(|(name, text)| ((*name).to_owned(), value(name, text))).collect();
    lines.map(|line| Answer::of(row(line))).collect()
}
