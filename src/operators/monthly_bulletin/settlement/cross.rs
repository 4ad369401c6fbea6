//! Settlements in other provinces: the sentence, the month, the year to date, and month by month beside the year before.

use super::super::BulletinInput;
use super::super::document::{Block, Categories, Chart, Column, Missing, Panel, Point, Row, Series, Shape, Table, Text, Value};
use super::super::error::BulletinError;
use super::super::figures::{Answer, Figures, Query};
use super::super::labels;
use super::cells::{CROSS, Key, MAIN, TOTAL};
use super::masks::Masks;
use super::sentence::{Clause, sentence};
use super::{growth, in_policy, stated_growth};
use canbao_publish::Snapshot;
use canbao_rules::money::Yuan;
use canbao_rules::period::Month;

/// The identifier of the month's figures.
pub const MONTH: &str = "settlement.month";
/// The identifier of the figures to date.
pub const TO_DATE: &str = "settlement.ytd";
/// The identifier of the figures by month.
pub const BY_MONTH: &str = "settlement.months";

/// Kinds of care in the order of the table.
const CARES: [&str; 6] = ["inpatient", "outpatient", "chronic", TOTAL, "pharmacy", "other"];

/// The section's blocks.
pub fn blocks(input: &BulletinInput<'_>, snapshot: &Snapshot, figures: &mut Figures, masks: &Masks) -> Result<Vec<Block>, BulletinError> {
    let lang = input.lang;
    let to_date = Rows::ask(input, snapshot, figures, TO_DATE, "ytd")?;
    let month = Rows::ask(input, snapshot, figures, MONTH, "month")?;
    let by_month = figures.ask(snapshot, by_month_query(input))?;
    if to_date.rows.is_empty() {
        let zh = format!("{}年至今没有跨省异地就医直接结算记录。", input.month.year());
        let en = format!("There were no settlements in other provinces in {}.", input.month.year());
        return Ok(vec![Block::Text(Text::plain(lang.pick(&zh, &en)))]);
    }
    let mut blocks = vec![Block::Text(to_date.sentence(input, snapshot, masks))];
    let is_quiet = month.rows.iter().all(|row| row.number("person_times") == 0);
    if is_quiet {
        let zh = format!("{}没有跨省异地就医直接结算记录。", input.month_words());
        let en = format!("There were no settlements in other provinces in {}.", input.month_words());
        blocks.push(Block::Text(Text::plain(lang.pick(&zh, &en))));
    } else {
        blocks.push(Block::Text(month.sentence(input, snapshot, masks)));
    }
    blocks.extend(chart(input, &by_month, masks));
    if !is_quiet {
        blocks.push(Block::Table(month.table(input, masks)));
    }
    blocks.push(Block::Table(to_date.table(input, masks)));
    Ok(blocks)
}

/// The figures of a span, by kind of care and scheme, totals over kinds of care last.
struct Rows {
    id: &'static str,
    span: &'static str,
    rows: Vec<Answer>,
}

impl Rows {
    fn ask(
        input: &BulletinInput<'_>,
        snapshot: &Snapshot,
        figures: &mut Figures,
        id: &'static str,
        span: &'static str,
    ) -> Result<Self, BulletinError> {
        let condition = format!("WHERE period = '{}' AND span = '{span}' AND scope = '{CROSS}'", input.period());
        let query = Query {
            id,
            title: match span {
                "month" => ("跨省异地就医直接结算，当月", "Settlements in other provinces, the month"),
                _ => ("跨省异地就医直接结算，年内累计", "Settlements in other provinces, year to date"),
            },
            datasets: &["settlement_statistics"],
            keys: &["care", "insutype"],
            derived: (
                "合计行的政策范围内报销比例为基金支付比政策范围内金额，增幅为本年与上年同期之差比上年同期",
                "in the total's rows the share of what is in scope is fund pay against it, growth the difference against the year before",
            ),
            sql: format!(
                "SELECT care, insutype, person_times, persons, medfee_sumamt, inscp_scp_amt, fund_pay_sumamt, in_policy_pct, person_times_prev, \
                 fund_pay_prev, person_times_growth_pct, fund_pay_growth_pct FROM {{settlement_statistics}} {condition} \
                 UNION ALL SELECT '{TOTAL}' AS care, insutype, SUM(person_times) AS person_times, CAST(NULL AS BIGINT) AS persons, \
                 SUM(medfee_sumamt) AS medfee_sumamt, SUM(inscp_scp_amt) AS inscp_scp_amt, SUM(fund_pay_sumamt) AS fund_pay_sumamt, \
                 CAST(NULL AS DECIMAL(9,2)) AS in_policy_pct, SUM(person_times_prev) AS person_times_prev, SUM(fund_pay_prev) AS fund_pay_prev, \
                 CAST(NULL AS DECIMAL(9,2)) AS person_times_growth_pct, CAST(NULL AS DECIMAL(9,2)) AS fund_pay_growth_pct \
                 FROM {{settlement_statistics}} {condition} AND care IN ({}) GROUP BY insutype",
                main_cares()
            ),
        };
        let mut rows = figures.ask(snapshot, query)?;
        let place = |row: &Answer| CARES.iter().position(|care| *care == row.word("care")).unwrap_or(CARES.len());
        rows.sort_by_key(|row| (place(row), row.word("care").to_owned(), row.word("insutype").to_owned()));
        Ok(Self { id, span, rows })
    }

    fn key(&self, input: &BulletinInput<'_>, row: &Answer) -> Key {
        Key::care(&input.period(), self.span, CROSS, row.word("care"), row.word("insutype"))
    }

    fn growths(row: &Answer) -> (Value, Value) {
        let (visits, before) = (row.number("person_times"), row.number("person_times_prev"));
        let (fund, fund_before) = (row.yuan("fund_pay_sumamt").fen(), row.yuan("fund_pay_prev").fen());
        if row.word("care") == TOTAL {
            return (growth(visits, before), growth(fund, fund_before));
        }
        (stated_growth(row, "person_times_growth_pct", before), stated_growth(row, "fund_pay_growth_pct", fund_before))
    }

    fn sentence(&self, input: &BulletinInput<'_>, snapshot: &Snapshot, masks: &Masks) -> Text {
        let lang = input.lang;
        let opening = match self.span {
            "ytd" => input.year_to_date_words(snapshot.name().date),
            _ => lang.pick(&format!("{}月当月，", input.month.number()), &format!("In {}, ", input.month_words())).to_owned(),
        };
        let clause = |care: &str| {
            let row = self.rows.iter().find(|row| row.word("care") == care && row.word("insutype") == "all")?;
            let key = self.key(input, row);
            let name = labels::care(lang, care);
            let about = lang.pick(&format!("{name}跨省直接结算"), &name.to_lowercase()).to_owned();
            let figures = (!masks.hides(&key)).then(|| (row.number("person_times"), row.yuan("fund_pay_sumamt")));
            let growth = (!masks.hides_growth(&key)).then(|| Self::growths(row));
            Some(Clause { about, figures, growth, from: (self.id, row.key.clone()) })
        };
        // What newspapers tell: hospitals, outpatients, chronic diseases.
        let clauses: Vec<Clause> = MAIN.into_iter().filter_map(clause).collect();
        if clauses.is_empty() {
            return Text::plain(format!(
                "{opening}{}",
                lang.pick(
                    "没有住院、普通门诊和门诊慢特病的跨省直接结算。",
                    "no settlements for inpatients, outpatients or chronic diseases."
                )
            ));
        }
        let opening = lang.pick(&format!("{opening}{}", input.whole()), &opening).to_owned();
        sentence(input, &opening, &clauses)
    }

    fn table(&self, input: &BulletinInput<'_>, masks: &Masks) -> Table {
        let lang = input.lang;
        let column = |name: &str, zh: &str, en: &str, unit: (&str, &str)| Column {
            name: name.to_owned(),
            title: lang.pick(zh, en).to_owned(),
            unit: lang.pick(unit.0, unit.1).to_owned(),
        };
        let yuan = ("元", "yuan");
        let row = |row: &Answer| {
            let key = self.key(input, row);
            let (hidden, no_growth) = (masks.hides(&key), masks.hides_growth(&key));
            let (visits_growth, fund_growth) = Self::growths(row);
            let is_total = row.word("care") == TOTAL;
            let persons = row.count_value("persons", Missing::NotAdded);
            let share = in_policy(row.yuan("fund_pay_sumamt"), row.yuan("inscp_scp_amt"));
            let share = if is_total { share } else { row.percent("in_policy_pct").map_or(share, Value::Percent) };
            Row {
                key: row.key.clone(),
                labels: vec![labels::care(lang, row.word("care")).to_owned(), labels::insutype(lang, row.word("insutype")).to_owned()],
                values: vec![
                    Value::Count(row.number("person_times")).unless(hidden),
                    persons.unless(hidden && !is_total),
                    Value::Money(row.yuan("medfee_sumamt")).unless(hidden),
                    Value::Money(row.yuan("fund_pay_sumamt")).unless(hidden),
                    share.unless(hidden),
                    visits_growth.unless(no_growth),
                    fund_growth.unless(no_growth),
                ],
                is_total,
            }
        };
        let title = match self.span {
            "month" => lang.pick("跨省异地就医直接结算：当月", "Settlements in other provinces: the month"),
            _ => lang.pick("跨省异地就医直接结算：年内累计", "Settlements in other provinces: year to date"),
        };
        Table {
            query: self.id,
            title: title.to_owned(),
            labels: vec![lang.pick("医疗类别", "Care").to_owned(), lang.pick("险种", "Scheme").to_owned()],
            columns: vec![
                column("person_times", "人次", "Visits", ("", "")),
                column("persons", "人数", "Persons", ("", "")),
                column("medfee_sumamt", "总费用", "Total cost", yuan),
                column("fund_pay_sumamt", "基金支付", "Fund pay", yuan),
                column("in_policy_pct", "政策范围内报销比例", "Of what is in scope", ("%", "%")),
                column("person_times_growth_pct", "人次增幅", "Growth of visits", ("%", "%")),
                column("fund_pay_growth_pct", "基金增幅", "Growth of fund pay", ("%", "%")),
            ],
            rows: self.rows.iter().map(row).collect(),
            notes: vec![
                lang.pick(
                    "三类合计为住院、普通门诊、门诊慢特病之和，其中人数因同一人可有多类就医不加总；增幅为与上年同期相比，“上年无数据”表示上年同期没有可比的结算。",
                    "The three together are inpatient, outpatient and chronic disease; persons are not added up, as one can have care of several kinds; growth is against the same span a year before.",
                )
                .to_owned(),
            ],
            is_long: false,
        }
    }
}

/// The main kinds of care as a list in SQL.
fn main_cares() -> String {
    MAIN.map(|care| format!("'{care}'")).join(", ")
}

fn by_month_query(input: &BulletinInput<'_>) -> Query {
    Query {
        id: BY_MONTH,
        title: ("跨省异地就医直接结算，逐月", "Settlements in other provinces, month by month"),
        datasets: &["settlement_statistics"],
        keys: &["period"],
        derived: ("", ""),
        sql: format!(
            "SELECT period, SUM(person_times) AS person_times, SUM(fund_pay_sumamt) AS fund_pay_sumamt, \
             SUM(person_times_prev) AS person_times_prev, SUM(fund_pay_prev) AS fund_pay_prev FROM {{settlement_statistics}} \
             WHERE span = 'month' AND scope = '{CROSS}' AND insutype = 'all' AND care IN ({}) AND period >= '{:04}-01' AND period <= '{}' \
             GROUP BY period ORDER BY period",
            main_cares(),
            input.month.year(),
            input.period()
        ),
    }
}

/// This year beside the last: visits and what the fund paid, and their table.
fn chart(input: &BulletinInput<'_>, rows: &[Answer], masks: &Masks) -> Vec<Block> {
    let lang = input.lang;
    let first = input.month.plus(1 - i32::try_from(input.month.number()).unwrap_or(1));
    let months: Vec<Month> = (0..=input.month.index() - first.index()).map(|later| first.plus(later)).collect();
    let table = month_table(input, &months, rows, masks);
    let points = |column: usize| table.rows.iter().map(|row| row.values[column].point()).collect::<Vec<Point>>();
    let years = [input.month.year(), input.month.year() - 1].map(|year| lang.pick(&format!("{year}年"), &year.to_string()).to_owned());
    // A year without any figure has no place in the legend.
    let has_before = points(1).iter().any(|point| *point != Point::Missing);
    let panel = |title: &str, unit: &str, now: usize, before: usize, in_unit: f64| {
        let scaled =
            |column| points(column).into_iter().map(|point| point.number().map_or(point, |number| Point::At(number / in_unit))).collect();
        Panel {
            title: title.to_owned(),
            unit: unit.to_owned(),
            shape: Shape::Columns,
            categories: Categories::Names(months.iter().map(|month| short_month(input, *month)).collect()),
            series: [now, before]
                .into_iter()
                .zip(&years)
                .take(if has_before { 2 } else { 1 })
                .map(|(column, name)| Series { name: name.clone(), points: scaled(column) })
                .collect(),
            mark: None,
        }
    };
    let chart = Chart {
        id: "chart-months",
        query: BY_MONTH,
        title: lang
            .pick(
                "住院、普通门诊、门诊慢特病跨省直接结算：逐月与上年对比",
                "Settlements in other provinces by month, beside the year before",
            )
            .to_owned(),
        panels: vec![
            panel(lang.pick("结算人次", "Visits"), lang.pick("人次", "visits"), 0, 1, 1.0),
            panel(lang.pick("基金支付", "Fund pay"), lang.pick("万元", "ten thousand yuan"), 2, 3, 10_000.0),
        ],
        notes: if has_before { Vec::new() } else { vec![no_year_before(input)] },
    };
    let quiet = months_without(input, &months, rows);
    let mut blocks = Vec::new();
    if chart.has_points() {
        blocks.push(Block::Chart(chart));
    } else {
        blocks.push(Block::Text(Text::plain(lang.pick("没有可以公布的逐月数据，不作图。", "There are no figures by month to draw."))));
    }
    blocks.extend(quiet.map(|text| Block::Text(Text::plain(text))));
    blocks.push(Block::Table(table));
    blocks
}

fn no_year_before(input: &BulletinInput<'_>) -> String {
    let before = input.month.year() - 1;
    let zh = format!("{before}年没有可比的结算，图中只有{}年。", input.month.year());
    let en = format!("There are no settlements of {before} to compare with; the chart is of {}.", input.month.year());
    input.lang.pick(&zh, &en).to_owned()
}

fn short_month(input: &BulletinInput<'_>, month: Month) -> String {
    const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = month.number();
    input.lang.pick(&format!("{number}月"), EN.get(number as usize - 1).copied().unwrap_or_default()).to_owned()
}

/// Names the months of this year that have no settlement at all.
fn months_without(input: &BulletinInput<'_>, months: &[Month], rows: &[Answer]) -> Option<String> {
    let has = |month: &Month| rows.iter().any(|row| row.key == period(*month) && row.number("person_times") != 0);
    let quiet: Vec<String> = months.iter().filter(|month| !has(month)).map(|month| short_month(input, *month)).collect();
    if quiet.is_empty() {
        return None;
    }
    let zh = format!("{}没有住院、普通门诊和门诊慢特病的跨省直接结算记录。", quiet.join("、"));
    let en = format!("No inpatients, outpatients or chronic diseases were settled in other provinces in {}.", quiet.join(", "));
    Some(input.lang.pick(&zh, &en).to_owned())
}

/// A month as the statistics write it.
pub fn period(month: Month) -> String {
    format!("{:04}-{:02}", month.year(), month.number())
}

fn month_table(input: &BulletinInput<'_>, months: &[Month], rows: &[Answer], masks: &Masks) -> Table {
    let lang = input.lang;
    let column = |name: &str, zh: String, en: String, unit: (&str, &str)| Column {
        name: name.to_owned(),
        title: lang.pick(&zh, &en).to_owned(),
        unit: lang.pick(unit.0, unit.1).to_owned(),
    };
    let year = input.month.year();
    let row = |month: &Month| {
        let period = period(*month);
        let key = Key::care(&period, "month", CROSS, TOTAL, "all");
        let [mut now, mut before] =
            [Value::Missing(Missing::NoRecords), Value::Missing(Missing::NoRecords)].map(|none| [none.clone(), none]);
        if let Some(row) = rows.iter().find(|row| row.key == period) {
            let both = |visits: &str, fund: &str| [Value::Count(row.number(visits)), Value::Money(row.yuan(fund))];
            let nothing = [Value::Count(0), Value::Money(Yuan::ZERO)];
            let (this_year, year_before) = (both("person_times", "fund_pay_sumamt"), both("person_times_prev", "fund_pay_prev"));
            if this_year != nothing {
                now = this_year.map(|value| value.unless(masks.hides(&key)));
            }
            if year_before != nothing {
                before = year_before.map(|value| value.unless(masks.hides_before(&key)));
            }
        }
        let ([visits, fund], [visits_before, fund_before]) = (now, before);
        let values = vec![visits, visits_before, fund, fund_before];
        Row { key: period, labels: vec![short_month(input, *month)], values, is_total: false }
    };
    let (visits, yuan) = (("", ""), ("元", "yuan"));
    let before = year - 1;
    Table {
        query: BY_MONTH,
        title: lang.pick("三类跨省直接结算：逐月", "Settlements in other provinces by month").to_owned(),
        labels: vec![lang.pick("月份", "Month").to_owned()],
        columns: vec![
            column("person_times", format!("{year}年人次"), format!("Visits {year}"), visits),
            column("person_times_prev", format!("{before}年人次"), format!("Visits {before}"), visits),
            column("fund_pay_sumamt", format!("{year}年基金支付"), format!("Fund pay {year}"), yuan),
            column("fund_pay_prev", format!("{before}年基金支付"), format!("Fund pay {before}"), yuan),
        ],
        rows: months.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}
