//! Township by township: enrolled, against the target and of those who should be.

use super::without;
use crate::operators::monthly_bulletin::BulletinInput;
use crate::operators::monthly_bulletin::document::{
    Block, Categories, Chart, Column, Missing, Panel, Reference, Row, Series, Shape, Table, Text, Value,
};
use crate::operators::monthly_bulletin::error::BulletinError;
use crate::operators::monthly_bulletin::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::quantity::{people, percent};
use crate::operators::monthly_bulletin::suppression::{Cell, Keyed, Persons};
use canbao_publish::Snapshot;

/// The query's identifier.
pub const ID: &str = "enrollment.progress";
/// The row that sums up all others.
const TOTAL: &str = "TOTAL";
/// The row of those who live in no township of the list.
const ELSEWHERE: &str = "elsewhere";

/// The headline and the chart, and the table, which comes later.
pub fn blocks(input: &BulletinInput<'_>, audit: &Snapshot, figures: &mut Figures) -> Result<(Vec<Block>, Option<Table>), BulletinError> {
    if let Some(block) = without(input, audit, "progress", "参保进度", "figures of progress") {
        return Ok((vec![block], None));
    }
    let rows = figures.ask(audit, query())?;
    let Some(total) = rows.iter().find(|row| row.key == TOTAL) else { return Ok((Vec::new(), None)) };
    let townships: Vec<&Answer> = rows.iter().filter(|row| row.key != TOTAL).collect();
    let elsewhere = Elsewhere::of(total, &townships);
    let mask = judge(input, total, &townships, &elsewhere);
    let table = table(input, total, &townships, &elsewhere, &mask);
    let mut blocks = vec![Block::Text(headline(input, audit, total, &mask))];
    blocks.extend(differences(input, total).map(Block::Text));
    blocks.push(chart(input, &table).map_or_else(Block::Text, Block::Chart));
    Ok((blocks, Some(table)))
}

fn query() -> Query {
    Query {
        id: ID,
        title: ("各乡镇（街道）参保进度", "Progress by township"),
        datasets: &["progress"],
        keys: &["admdvs"],
        derived: ("未落实到乡镇一行为合计减各乡镇（街道）", "the row `elsewhere` is the total less the townships"),
        sql: "SELECT admdvs, name, registered, target, eligible, enrolled, completion_pct, enrollment_pct, rank, reaches_required, \
              stated_total_diff FROM {progress} ORDER BY admdvs"
            .to_owned(),
    }
}

/// Those whom the total counts and no township does.
struct Elsewhere {
    eligible: i64,
    enrolled: i64,
}

impl Elsewhere {
    fn of(total: &Answer, townships: &[&Answer]) -> Self {
        let rest = |column| total.number(column) - townships.iter().map(|row| row.number(column)).sum::<i64>();
        Self { eligible: rest("eligible"), enrolled: rest("enrolled") }
    }

    fn is_nobody(&self) -> bool {
        self.eligible == 0 && self.enrolled == 0
    }
}

type Mask = Keyed<(String, &'static str)>;

fn judge(input: &BulletinInput<'_>, total: &Answer, townships: &[&Answer], elsewhere: &Elsewhere) -> Mask {
    let mut mask = Mask::new(input.min_persons);
    for (column, rest) in [("eligible", elsewhere.eligible), ("enrolled", elsewhere.enrolled)] {
        let rows = townships.iter().map(|row| (row.key.clone(), row.number(column)));
        let parts: Vec<(String, i64)> = rows.chain([(ELSEWHERE.to_owned(), rest)]).collect();
        for (key, count) in parts.iter().map(|(key, count)| (key.clone(), *count)).chain([(TOTAL.to_owned(), total.number(column))]) {
            let count = u64::try_from(count).unwrap_or(0);
            mask.add((key, column), Cell::new(count, count));
        }
        mask.sum(&(TOTAL.to_owned(), column), parts.into_iter().map(|(key, _)| (key, column)), Persons::Apart);
    }
    mask.release();
    mask
}

fn headline(input: &BulletinInput<'_>, audit: &Snapshot, total: &Answer, mask: &Mask) -> Text {
    let lang = input.lang;
    let at = |column: &str| Reference::cell(ID, TOTAL, column);
    let day = input.day_words(audit.name().date);
    let year = audit.manifest().run.benefit_year;
    let shown = |column: &'static str| {
        if mask.hides(&(TOTAL.to_owned(), column)) { input.few_people() } else { people(lang, total.number(column)) }
    };
    let mut text = Text::default();
    let zh =
        format!("截至{day}，{}{}城乡居民基本医疗保险应参保", input.whole(), year.map(|year| format!("{year}年度")).unwrap_or_default());
    let en = format!(
        "On {day}, to be enrolled in residents' medical insurance{}: ",
        year.map(|year| format!(" for {year}")).unwrap_or_default()
    );
    text.words(lang.pick(&zh, &en)).figure(shown("eligible"), at("eligible"));
    text.words(lang.pick("，其中已参保的比例（参保率）", ", of whom enrolled: "));
    let hidden = ["eligible", "enrolled"].iter().any(|column| mask.hides(&(TOTAL.to_owned(), *column)));
    match total.percent("enrollment_pct").filter(|_| !hidden) {
        Some(share) => text.figure(percent(share), at("enrollment_pct")),
        None if hidden => text.words(lang.pick("不予公布", "not published")),
        None => text.words(lang.pick("因没有应参保人员无从计算", "a share that cannot be stated, as there is nobody")),
    };
    match total.truth("reaches_required").filter(|_| !hidden) {
        Some(true) => text.words(lang.pick("，达到文件要求", ", which reaches the required share")),
        Some(false) => text.words(lang.pick("，未达到文件要求", ", which is below the required share")),
        None => &mut text,
    };
    text.words(lang.pick("；在本统筹区参保", "; enrolled here: ")).figure(shown("enrolled"), at("enrolled"));
    text.words(lang.pick("。", ". "));
    match (total.count("target"), total.percent("completion_pct")) {
        (Some(target), Some(done)) if !mask.hides(&(TOTAL.to_owned(), "enrolled")) => {
            text.words(lang.pick("目标任务", "The target is ")).figure(people(lang, target), at("target"));
            text.words(lang.pick("，完成", "; ")).figure(percent(done), at("completion_pct")).words(lang.pick("。", " of it is reached."));
        }
        (Some(target), _) => {
            text.words(lang.pick("目标任务", "The target is ")).figure(people(lang, target), at("target"));
            text.words(lang.pick("，完成率无从计算。", "; the share reached is not stated."));
        }
        (None, _) => {
            text.words(lang.pick("没有任务分解数据，不计算任务完成率。", "There is no target, so no share of it is stated."));
        }
    }
    text
}

/// What the document's own total says against its rows.
fn differences(input: &BulletinInput<'_>, total: &Answer) -> Option<Text> {
    let difference = total.count("stated_total_diff").filter(|&difference| difference != 0)?;
    let size = people(input.lang, difference.saturating_abs());
    let from = Reference::cell(ID, TOTAL, "stated_total_diff");
    let mut text = Text::default();
    let less = difference < 0;
    text.words(input.lang.pick(
        if less {
            "任务分解文件所载的合计比各乡镇（街道）之和少"
        } else {
            "任务分解文件所载的合计比各乡镇（街道）之和多"
        },
        "The total that the target document states differs from the sum of its rows by ",
    ));
    text.figure(size, from);
    text.words(input.lang.pick(
        "，本表以各乡镇（街道）之和为准。",
        if less { ": it is smaller. The table goes by the rows." } else { ": it is larger. The table goes by the rows." },
    ));
    Some(text)
}

fn table(input: &BulletinInput<'_>, total: &Answer, townships: &[&Answer], elsewhere: &Elsewhere, mask: &Mask) -> Table {
    let lang = input.lang;
    let people = lang.pick("人", "persons");
    let column = |name: &str, zh: &str, en: &str, unit: &str| Column {
        name: name.to_owned(),
        title: lang.pick(zh, en).to_owned(),
        unit: unit.to_owned(),
    };
    let with_required = total.truth("reaches_required").is_some();
    let mut columns = vec![
        column("registered", "户籍人口", "Registered", people),
        column("target", "目标任务", "Target", people),
        column("eligible", "应参保", "Should be enrolled", people),
        column("enrolled", "已参保", "Enrolled", people),
        column("completion_pct", "任务完成率", "Of target", "%"),
        column("rank", "名次", "Rank", ""),
        column("enrollment_pct", "参保率", "Enrolled share", "%"),
    ];
    if with_required {
        columns.push(column("reaches_required", "参保率达标", "Reaches required", ""));
    }
    let mut rows: Vec<Row> = townships.iter().map(|row| table_row(input, row, mask, with_required)).collect();
    if !elsewhere.is_nobody() {
        rows.push(elsewhere_row(input, elsewhere, mask, columns.len()));
    }
    rows.push(table_row(input, total, mask, with_required));
    let mut notes = vec![
        lang.pick(
            "任务完成率为已参保人数与目标任务之比；参保率为应参保人员中已参保的比例。",
            "“Of target” is enrolled against target; the enrolled share is of those who should be enrolled.",
        )
        .to_owned(),
    ];
    if townships.iter().any(|row| row.count("target").is_none()) {
        let words = lang.pick(
            "标“无任务数”的乡镇（街道）不在任务分解之列，不计算完成率和名次。",
            "Townships without a target have neither share nor rank.",
        );
        notes.push(words.to_owned());
    }
    Table {
        query: ID,
        title: lang.pick("各乡镇（街道）参保进度", "Progress by township").to_owned(),
        labels: vec![lang.pick("乡镇（街道）", "Township").to_owned()],
        columns,
        rows,
        notes,
        is_long: false,
    }
}

fn table_row(input: &BulletinInput<'_>, row: &Answer, mask: &Mask, with_required: bool) -> Row {
    let is_total = row.key == TOTAL;
    let hidden = |column| mask.hides(&(row.key.clone(), column));
    let (eligible, enrolled) = (hidden("eligible"), hidden("enrolled"));
    let rank = if is_total { Value::Missing(Missing::NotApplicable) } else { row.count_value("rank", Missing::NoTarget) };
    let mut values = vec![
        row.count_value("registered", Missing::NoTarget),
        row.count_value("target", Missing::NoTarget),
        Value::Count(row.number("eligible")).unless(eligible),
        Value::Count(row.number("enrolled")).unless(enrolled),
        row.percent_value("completion_pct", Missing::NoTarget).unless(enrolled && row.count("target").is_some()),
        rank.unless(enrolled && !is_total && row.count("target").is_some()),
        row.percent_value("enrollment_pct", Missing::NobodyEligible)
            .unless((eligible || enrolled) && row.percent("enrollment_pct").is_some()),
    ];
    if with_required {
        let words = |yes: bool| if yes { input.lang.pick("是", "yes") } else { input.lang.pick("否", "no") };
        let value =
            row.truth("reaches_required").map_or(Value::Missing(Missing::NobodyEligible), |yes| Value::Words(words(yes).to_owned()));
        values.push(value.unless(eligible || enrolled));
    }
    let name = if is_total { input.lang.pick("合计", "Total") } else { row.text("name").unwrap_or(&row.key) };
    Row { key: row.key.clone(), labels: vec![name.to_owned()], values, is_total }
}

fn elsewhere_row(input: &BulletinInput<'_>, elsewhere: &Elsewhere, mask: &Mask, columns: usize) -> Row {
    let hidden = |column| mask.hides(&(ELSEWHERE.to_owned(), column));
    let mut values = vec![Value::Missing(Missing::NotApplicable); columns];
    values[2] = Value::Count(elsewhere.eligible).unless(hidden("eligible"));
    values[3] = Value::Count(elsewhere.enrolled).unless(hidden("enrolled"));
    let name = input.lang.pick("未落实到乡镇", "In no township");
    Row { key: ELSEWHERE.to_owned(), labels: vec![name.to_owned()], values, is_total: false }
}

/// Completion by township, best first, beside the target; words where no township has one.
fn chart(input: &BulletinInput<'_>, table: &Table) -> Result<Chart, Text> {
    let lang = input.lang;
    let mut rows: Vec<(&Row, &Value)> = table.rows.iter().filter(|row| !row.is_total).map(|row| (row, &row.values[4])).collect();
    rows.retain(|(_, value)| !matches!(value, Value::Missing(_)));
    let order = |value: &Value| if let Value::Percent(share) = value { (0, -share.hundredths()) } else { (1, 0) };
    rows.sort_by_key(|(row, value)| (order(value), row.key.clone()));
    let title = lang.pick("各乡镇（街道）目标任务完成率", "Enrolled against target by township").to_owned();
    let chart = Chart {
        id: "chart-progress",
        query: ID,
        title,
        panels: vec![Panel {
            title: String::new(),
            unit: "%".to_owned(),
            shape: Shape::Bars,
            categories: Categories::Names(rows.iter().map(|(row, _)| row.labels[0].clone()).collect()),
            series: vec![Series {
                name: lang.pick("完成率", "of target").to_owned(),
                points: rows.iter().map(|(_, value)| value.point()).collect(),
            }],
            mark: Some((100.0, lang.pick("目标", "target").to_owned())),
        }],
        notes: Vec::new(),
    };
    if chart.has_points() {
        return Ok(chart);
    }
    Err(Text::plain(lang.pick("没有可以公布的任务完成率，不作图。", "There is no share of a target to draw.")))
}
