//! Chronic diseases treated without a stay in hospital: all of them, then disease by disease.

use super::super::BulletinInput;
use super::super::document::{Block, Categories, Chart, Column, NOTHING, Panel, Point, Reference, Row, Series, Shape, Table, Text, Value};
use super::super::error::BulletinError;
use super::super::figures::{Answer, Figures, Query};
use super::super::labels;
use super::super::quantity::{amount, percent, visits};
use super::cells::{ANYWHERE, CHRONIC, CROSS, Key};
use super::masks::Masks;
use super::{growth, in_policy};
use canbao_publish::Snapshot;

/// The identifier of the figures by place.
pub const BY_PLACE: &str = "chronic.places";
/// The identifier of the figures by disease.
pub const BY_DISEASE: &str = "chronic.diseases";
/// A chart holds no more diseases legibly.
const DISEASES_DRAWN: usize = 12;

/// The section's blocks.
pub fn blocks(input: &BulletinInput<'_>, snapshot: &Snapshot, figures: &mut Figures, masks: &Masks) -> Result<Vec<Block>, BulletinError> {
    let lang = input.lang;
    let places = figures.ask(snapshot, place_query(input))?;
    let Some(total) = places.iter().find(|row| row.key == ANYWHERE && row.number("rows") > 0) else {
        let zh = format!("{}年至今没有门诊慢特病结算记录。", input.month.year());
        let en = format!("There were no settlements for chronic diseases in {}.", input.month.year());
        return Ok(vec![Block::Text(Text::plain(lang.pick(&zh, &en)))]);
    };
    let mut text = paragraph(input, total, masks, &input.year_to_date_words(snapshot.name().date));
    match places.iter().find(|row| row.key == CROSS) {
        Some(cross) => {
            let opening = lang.pick("其中", " Of these ");
            text.append(paragraph(input, cross, masks, opening));
        }
        None => {
            text.words(lang.pick("其中没有跨省直接结算。", " None of them in other provinces."));
        }
    }
    let mut blocks = vec![Block::Text(text)];
    if !snapshot.has("chronic_statistics") {
        let name = snapshot.name();
        let zh = format!("快照 {name} 没有数据集 chronic_statistics，分病种数据从略。");
        let en = format!("Snapshot {name} has no dataset chronic_statistics: figures by disease are left out.");
        blocks.push(Block::Text(Text::plain(lang.pick(&zh, &en))));
        return Ok(blocks);
    }
    let mut diseases = figures.ask(snapshot, disease_query(input))?;
    diseases.sort_by_key(|row| (-row.yuan("fund_pay_sumamt").fen(), row.key.clone()));
    if diseases.is_empty() {
        blocks.push(Block::Text(Text::plain(lang.pick("没有分病种的数据。", "There are no figures by disease."))));
        return Ok(blocks);
    }
    let table = disease_table(input, &diseases, masks);
    blocks.push(chart(input, &table).map_or_else(Block::Text, Block::Chart));
    blocks.push(Block::Table(table));
    Ok(blocks)
}

const SUMS: &str = "SUM(person_times) AS person_times, SUM(medfee_sumamt) AS medfee_sumamt, SUM(inscp_scp_amt) AS inscp_scp_amt, \
                    SUM(fund_pay_sumamt) AS fund_pay_sumamt, SUM(person_times_prev) AS person_times_prev, SUM(fund_pay_prev) AS fund_pay_prev";

fn place_query(input: &BulletinInput<'_>) -> Query {
    let condition = format!("WHERE period = '{}' AND span = 'ytd' AND care = '{CHRONIC}' AND insutype = 'all'", input.period());
    Query {
        id: BY_PLACE,
        title: ("门诊慢特病，按就医地，年内累计", "Chronic diseases by place, year to date"),
        datasets: &["settlement_statistics"],
        keys: &["scope"],
        derived: ("政策范围内报销比例为基金支付比政策范围内金额", "the share of what is in scope is fund pay against it"),
        sql: format!(
            "SELECT scope, COUNT(*) AS rows, {SUMS} FROM {{settlement_statistics}} {condition} GROUP BY scope \
             UNION ALL SELECT '{ANYWHERE}' AS scope, COUNT(*) AS rows, {SUMS} FROM {{settlement_statistics}} {condition}"
        ),
    }
}

fn paragraph(input: &BulletinInput<'_>, row: &Answer, masks: &Masks, opening: &str) -> Text {
    let lang = input.lang;
    let at = |column: &str| Reference::cell(BY_PLACE, row.key.as_str(), column);
    let key = Key::care(&input.period(), "ytd", &row.key, CHRONIC, "all");
    let is_cross = row.key == CROSS;
    let mut text = Text::plain(opening);
    let everywhere = format!("{}门诊慢特病累计报销", input.whole());
    text.words(match is_cross {
        true => lang.pick("跨省直接结算", "in other provinces"),
        false => lang.pick(&everywhere, "care for chronic diseases"),
    });
    if masks.hides(&key) {
        text.words(lang.pick("的人次和金额不予公布。", ": not published."));
        return text;
    }
    let (fund, in_scope) = (row.yuan("fund_pay_sumamt"), row.yuan("inscp_scp_amt"));
    let count = row.number("person_times");
    text.words(lang.pick("", ": ")).figure(visits(lang, count, count), at("person_times"));
    text.words(lang.pick("，总费用", ", total cost ")).figure(amount(lang, row.yuan("medfee_sumamt")), at("medfee_sumamt"));
    text.words(lang.pick("，基金支付", ", paid by the fund ")).figure(amount(lang, fund), at("fund_pay_sumamt"));
    match in_policy(fund, in_scope) {
        Value::Percent(share) => {
            text.words(lang.pick("，政策范围内报销比例", ", of what is in scope ")).figure(percent(share), at("in_policy_pct"));
        }
        _ => {
            text.words(lang.pick("，没有政策范围内费用", ", nothing in scope"));
        }
    }
    text.words(lang.pick("。", "."));
    text
}

fn disease_query(input: &BulletinInput<'_>) -> Query {
    let cross = |column: &str| format!("SUM(CASE WHEN scope = '{CROSS}' THEN {column} END) AS cross_{column}");
    Query {
        id: BY_DISEASE,
        title: ("门诊慢特病，按病种，年内累计", "Chronic diseases by disease, year to date"),
        datasets: &["chronic_statistics"],
        keys: &["dise_codg"],
        derived: (
            "政策范围内报销比例为基金支付比政策范围内金额，增幅为本年与上年同期之差比上年同期",
            "the share of what is in scope is fund pay against it, growth the difference against the year before",
        ),
        sql: format!(
            "SELECT dise_codg, MAX(dise_name) AS dise_name, {SUMS}, {}, {} FROM {{chronic_statistics}} \
             WHERE period = '{}' AND span = 'ytd' AND insutype = 'all' GROUP BY dise_codg",
            cross("person_times"),
            cross("fund_pay_sumamt"),
            input.period()
        ),
    }
}

fn disease_name(input: &BulletinInput<'_>, row: &Answer) -> String {
    match (row.text("dise_name"), row.text("dise_codg")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(code)) => code.to_owned(),
        (None, None) => input.lang.pick("未载病种", "Disease not stated").to_owned(),
    }
}

fn disease_table(input: &BulletinInput<'_>, rows: &[Answer], masks: &Masks) -> Table {
    let lang = input.lang;
    let column = |name: &str, zh: &str, en: &str, unit: (&str, &str)| Column {
        name: name.to_owned(),
        title: lang.pick(zh, en).to_owned(),
        unit: lang.pick(unit.0, unit.1).to_owned(),
    };
    let (people, yuan, share) = (("", ""), ("元", "yuan"), ("%", "%"));
    let row = |row: &Answer| {
        let key = |scope: &str| Key::disease(&input.period(), scope, row.text("dise_codg"));
        let (hidden, cross_hidden, no_growth) = (masks.hides(&key(ANYWHERE)), masks.hides(&key(CROSS)), masks.hides_growth(&key(ANYWHERE)));
        let (fund, before) = (row.yuan("fund_pay_sumamt"), row.yuan("fund_pay_prev"));
        let cross_money = row.yuan("cross_fund_pay_sumamt");
        Row {
            key: row.key.clone(),
            labels: vec![disease_name(input, row), row.text("dise_codg").unwrap_or(NOTHING).to_owned()],
            values: vec![
                Value::Count(row.number("person_times")).unless(hidden),
                Value::Money(row.yuan("medfee_sumamt")).unless(hidden),
                Value::Money(fund).unless(hidden),
                in_policy(fund, row.yuan("inscp_scp_amt")).unless(hidden),
                growth(fund.fen(), before.fen()).unless(no_growth),
                Value::Count(row.number("cross_person_times")).unless(cross_hidden),
                Value::Money(cross_money).unless(cross_hidden),
            ],
            is_total: false,
        }
    };
    Table {
        query: BY_DISEASE,
        title: lang.pick("门诊慢特病：按病种，年内累计", "Chronic diseases: by disease, year to date").to_owned(),
        labels: vec![lang.pick("病种", "Disease").to_owned(), lang.pick("编码", "Code").to_owned()],
        columns: vec![
            column("person_times", "人次", "Visits", people),
            column("medfee_sumamt", "总费用", "Total cost", yuan),
            column("fund_pay_sumamt", "基金支付", "Fund pay", yuan),
            column("in_policy_pct", "政策范围内报销比例", "Of what is in scope", share),
            column("fund_pay_growth_pct", "基金增幅", "Growth of fund pay", share),
            column("cross_person_times", "其中跨省人次", "In other provinces", people),
            column("cross_fund_pay_sumamt", "其中跨省基金支付", "Paid there", yuan),
        ],
        rows: rows.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}

/// The diseases on which the fund pays most.
fn chart(input: &BulletinInput<'_>, table: &Table) -> Result<Chart, Text> {
    let lang = input.lang;
    let shown: Vec<&Row> = table.rows.iter().filter(|row| matches!(row.values[2], Value::Money(_))).take(DISEASES_DRAWN).collect();
    let in_unit = |value: &Value| value.point().number().map_or(Point::Missing, |yuan| Point::At(yuan / 10_000.0));
    let left_out = table.rows.iter().filter(|row| row.values[2] == Value::Suppressed).count();
    let mut notes = Vec::new();
    if left_out > 0 {
        let zh = format!("另有{left_out}个病种因统计保密不作图。");
        let en = format!("{left_out} diseases are left out for confidentiality.");
        notes.push(lang.pick(&zh, &en).to_owned());
    }
    let chart = Chart {
        id: "chart-diseases",
        query: BY_DISEASE,
        title: lang.pick("门诊慢特病基金支付：支付最多的病种", "Fund pay for chronic diseases: those with the most").to_owned(),
        panels: vec![Panel {
            title: String::new(),
            unit: lang.pick("万元", "ten thousand yuan").to_owned(),
            shape: Shape::Bars,
            categories: Categories::Names(shown.iter().map(|row| row.labels[0].clone()).collect()),
            series: vec![Series {
                name: labels::measure(lang, "fund_pay_sumamt").to_owned(),
                points: shown.iter().map(|row| in_unit(&row.values[2])).collect(),
            }],
            mark: None,
        }],
        notes,
    };
    if chart.has_points() {
        return Ok(chart);
    }
    Err(Text::plain(lang.pick("没有可以公布的分病种数据，不作图。", "There are no figures by disease to draw.")))
}
