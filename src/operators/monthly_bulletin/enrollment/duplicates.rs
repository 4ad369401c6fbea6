//! Duplicate enrollment: what the audit found, and what the clean-up settled.

use super::without;
use crate::operators::monthly_bulletin::BulletinInput;
use crate::operators::monthly_bulletin::document::{Block, Column, Missing, Reference, Row, Table, Text, Value};
use crate::operators::monthly_bulletin::error::BulletinError;
use crate::operators::monthly_bulletin::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::labels;
use crate::operators::monthly_bulletin::quantity::{amount, grouped, people};
use crate::operators::monthly_bulletin::suppression::{Cell, Keyed, Persons};
use canbao_publish::{PersonIds, Snapshot};

/// The identifier of what was found.
pub const FOUND: &str = "enrollment.duplicates";
/// The identifier of what was settled.
pub const SETTLED: &str = "enrollment.settled";
/// The identifier of what is open.
pub const OPEN: &str = "enrollment.worklist";
/// The row that sums up all others.
const TOTAL: &str = "total";

const ACTIONS: [(&str, &str, &str); 3] =
    [("keep", "建议保留", "To keep"), ("pause", "建议暂停", "To pause"), ("confirm", "待确认", "To confirm")];

type Mask = Keyed<(String, &'static str)>;

/// What the audit found.
pub fn found(input: &BulletinInput<'_>, audit: &Snapshot, figures: &mut Figures) -> Result<Vec<Block>, BulletinError> {
    if let Some(block) = without(input, audit, "duplicate_enrollment", "重复参保", "duplicates") {
        return Ok(vec![block]);
    }
    let lang = input.lang;
    let mut rows = figures.ask(audit, found_query())?;
    rows.sort_by_key(|row| (labels::duplicate_kind_place(&row.key), row.key.clone()));
    let Some(total) = rows.iter().find(|row| row.key == TOTAL && row.number("records") > 0) else {
        let words = lang.pick("没有发现重复参保。", "No duplicate enrollment was found.");
        return Ok(vec![Block::Text(Text::plain(words))]);
    };
    let mask = judge_found(input, &rows);
    let can_count = can_count_persons(audit, "duplicate_enrollment")?;
    let mut text = Text::default();
    let hidden = |column| mask.hides(&(TOTAL.to_owned(), column));
    text.words(lang.pick("发现重复参保记录", "Records of duplicate enrollment: "));
    let records = if hidden("records") { input.few_records() } else { records(input, total.number("records")) };
    text.figure(records, Reference::cell(FOUND, TOTAL, "records"));
    if can_count && !hidden("records") {
        text.words(lang.pick("，涉及", ", of ")).figure(people(lang, total.number("persons")), Reference::cell(FOUND, TOTAL, "persons"));
    }
    if !hidden("pause") {
        text.words(lang.pick("，建议暂停", "; proposed to pause: "));
        text.figure(self::records(input, total.number("pause")), Reference::cell(FOUND, TOTAL, "pause"));
        text.words(lang.pick("，可退个人缴费", ", with personal contributions to refund of "));
        text.figure(amount(lang, total.yuan("refund_amt")), Reference::cell(FOUND, TOTAL, "refund_amt"));
    }
    text.words(lang.pick("。处理方式为建议，由经办人员决定。", ". These are proposals; a person decides."));
    Ok(vec![Block::Text(text), Block::Table(found_table(input, &rows, &mask, can_count))])
}

/// Masked numbers are not told apart well enough to count persons.
fn can_count_persons(snapshot: &Snapshot, dataset: &str) -> Result<bool, BulletinError> {
    let rows = snapshot.rows(dataset, Some(&[]))?;
    Ok(matches!(PersonIds::of(rows.schema()), Some(PersonIds::Plain | PersonIds::Pseudonym)))
}

fn records(input: &BulletinInput<'_>, count: i64) -> String {
    counted(input, count, "条", if count == 1 { "record" } else { "records" })
}

fn counted(input: &BulletinInput<'_>, count: i64, zh: &str, en: &str) -> String {
    input.lang.pick(&format!("{count}{zh}"), &format!("{} {en}", grouped(count))).to_owned()
}

fn found_query() -> Query {
    let action = |action: &str| {
        format!(
            "SUM(CASE WHEN action = '{action}' THEN 1 ELSE 0 END) AS {action}, \
             COUNT(DISTINCT CASE WHEN action = '{action}' THEN certno END) AS {action}_persons"
        )
    };
    let actions = ACTIONS.map(|(name, ..)| action(name)).join(", ");
    let counts = format!("COUNT(*) AS records, COUNT(DISTINCT certno) AS persons, {actions}, SUM(refund_amt) AS refund_amt");
    Query {
        id: FOUND,
        title: ("重复参保，按类型", "Duplicate enrollment by kind"),
        datasets: &["duplicate_enrollment"],
        keys: &["kind"],
        derived: ("", ""),
        sql: format!(
            "SELECT kind, {counts} FROM {{duplicate_enrollment}} GROUP BY kind \
             UNION ALL SELECT '{TOTAL}' AS kind, {counts} FROM {{duplicate_enrollment}}"
        ),
    }
}

fn judge_found(input: &BulletinInput<'_>, rows: &[Answer]) -> Mask {
    let mut mask = Mask::new(input.min_persons);
    for row in rows {
        mask.add((row.key.clone(), "records"), Cell::new(row.persons("persons"), row.persons("records")));
        for (action, ..) in ACTIONS {
            mask.add((row.key.clone(), action), Cell::new(row.persons(&format!("{action}_persons")), row.persons(action)));
        }
        mask.sum(&(row.key.clone(), "records"), ACTIONS.map(|(action, ..)| (row.key.clone(), action)), Persons::Again);
    }
    for column in ["records", "keep", "pause", "confirm"] {
        let parts = rows.iter().filter(|row| row.key != TOTAL).map(|row| (row.key.clone(), column));
        mask.sum(&(TOTAL.to_owned(), column), parts.collect::<Vec<_>>(), Persons::Apart);
    }
    mask.release();
    mask
}

fn found_table(input: &BulletinInput<'_>, rows: &[Answer], mask: &Mask, can_count: bool) -> Table {
    let lang = input.lang;
    let column = |name: &str, zh: &str, en: &str, unit: (&str, &str)| Column {
        name: name.to_owned(),
        title: lang.pick(zh, en).to_owned(),
        unit: lang.pick(unit.0, unit.1).to_owned(),
    };
    let mut columns =
        vec![column("persons", "涉及人数", "Persons", ("人", "persons")), column("records", "记录", "Records", ("条", "records"))];
    columns.extend(ACTIONS.map(|(name, zh, en)| column(name, zh, en, ("条", "records"))));
    columns.push(column("refund_amt", "应退金额", "To refund", ("元", "yuan")));
    let row = |row: &Answer| {
        let hidden = |column| mask.hides(&(row.key.clone(), column));
        let count = |column: &'static str| Value::Count(row.number(column));
        let persons = if can_count { count("persons") } else { Value::Missing(Missing::Masked) };
        let mut values = vec![persons.unless(hidden("records")), count("records").unless(hidden("records"))];
        values.extend(ACTIONS.map(|(action, ..)| count(action).unless(hidden(action))));
        values.push(Value::Money(row.yuan("refund_amt")).unless(hidden("pause") || hidden("records")));
        let labels = vec![labels::duplicate_kind(lang, &row.key).to_owned()];
        Row { key: row.key.clone(), labels, values, is_total: row.key == TOTAL }
    };
    Table {
        query: FOUND,
        title: lang.pick("发现的重复参保", "Duplicate enrollment found").to_owned(),
        labels: vec![lang.pick("类型", "Kind").to_owned()],
        columns,
        rows: rows.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}

/// What the clean-up has open and what it settled, by its last list of the month or before.
pub fn settled(input: &BulletinInput<'_>, figures: &mut Figures) -> Result<Vec<Block>, BulletinError> {
    let lang = input.lang;
    let Some(cleanup) = input.cleanup else {
        let zh = format!("截至{}没有已发布的重复参保清理快照，清理进展从略。", input.last_day_words());
        let en = format!("No list of the clean-up of duplicates was published on or before {}.", input.last_day_words());
        return Ok(vec![Block::Text(Text::plain(lang.pick(&zh, &en)))]);
    };
    for dataset in ["cleanup_worklist", "cleanup_settled"] {
        if let Some(block) = without(input, cleanup, dataset, "重复参保清理", "figures of the clean-up") {
            return Ok(vec![block]);
        }
    }
    let open = figures.ask(cleanup, open_query())?;
    let mut rows = figures.ask(cleanup, settled_query(input))?;
    rows.sort_by_key(|row| (row.key == TOTAL, row.key.clone()));
    let mut blocks = vec![Block::Text(open_text(input, cleanup, &open))];
    match rows.iter().find(|row| row.key == TOTAL && row.number("in_year") > 0) {
        Some(total) => {
            let mask = judge_settled(input, &rows);
            blocks.push(Block::Text(settled_text(input, total, &mask)));
            blocks.push(Block::Table(settled_table(input, &rows, &mask)));
        }
        None => {
            let words =
                lang.pick("本待遇年度尚无了结的重复参保案件。", "No case of duplicate enrollment has been settled this benefit year.");
            blocks.push(Block::Text(Text::plain(words)));
        }
    }
    Ok(blocks)
}

fn open_query() -> Query {
    Query {
        id: OPEN,
        title: ("重复参保清理清单上的案件", "Cases on the list of the clean-up"),
        datasets: &["cleanup_worklist"],
        keys: &["action"],
        derived: ("", ""),
        sql: format!(
            "SELECT action, COUNT(*) AS cases, COUNT(DISTINCT certno) AS persons FROM {{cleanup_worklist}} GROUP BY action \
             UNION ALL SELECT '{TOTAL}' AS action, COUNT(*) AS cases, COUNT(DISTINCT certno) AS persons FROM {{cleanup_worklist}}"
        ),
    }
}

fn open_text(input: &BulletinInput<'_>, cleanup: &Snapshot, rows: &[Answer]) -> Text {
    let lang = input.lang;
    let day = input.day_words(cleanup.name().date);
    let mut mask: Keyed<&str> = Keyed::new(input.min_persons);
    let of = |key: &str| rows.iter().find(|row| row.key == key);
    for key in [TOTAL, "pause", "confirm"] {
        let (persons, cases) = of(key).map_or((0, 0), |row| (row.persons("persons"), row.persons("cases")));
        mask.add(key, Cell::new(persons, cases));
    }
    mask.sum(&TOTAL, ["pause", "confirm"], Persons::Again);
    mask.release();
    let mut text = Text::default();
    let total = of(TOTAL).map_or(0, |row| row.number("cases"));
    if total == 0 {
        return Text::plain(lang.pick(
            &format!("截至{day}，重复参保清理清单上没有未了结的案件。"),
            &format!("On {day} no case of duplicate enrollment was open."),
        ));
    }
    let add = |text: &mut Text, zh: &str, en: &str, key: &'static str| {
        let cases = of(key).map_or(0, |row| row.number("cases"));
        let shown = if mask.hides(&key) { input.few_cases() } else { self::cases(input, cases) };
        text.words(lang.pick(zh, en)).figure(shown, Reference::cell(OPEN, key, "cases"));
    };
    add(&mut text, &format!("截至{day}，清理清单上未了结的案件"), &format!("Open cases on {day}: "), TOTAL);
    add(&mut text, "，其中建议暂停", "; to pause ", "pause");
    add(&mut text, "、待确认", ", to confirm ", "confirm");
    text.words(lang.pick("。", "."));
    text
}

fn cases(input: &BulletinInput<'_>, count: i64) -> String {
    counted(input, count, "件", if count == 1 { "case" } else { "cases" })
}

fn settled_query(input: &BulletinInput<'_>) -> Query {
    let (first, last) = (input.month.first_day(), input.month.last_day());
    let in_month = format!("settled_on >= DATE('{first}') AND settled_on <= DATE('{last}')");
    let counts = format!(
        "SUM(CASE WHEN {in_month} THEN 1 ELSE 0 END) AS in_month, COUNT(DISTINCT CASE WHEN {in_month} THEN certno END) AS in_month_persons, \
         COUNT(DISTINCT CASE WHEN {in_month} THEN NULL ELSE certno END) AS before_persons, \
         COUNT(*) AS in_year, COUNT(DISTINCT certno) AS in_year_persons"
    );
    Query {
        id: SETTLED,
        title: ("已了结的重复参保案件，按结果", "Settled cases of duplicate enrollment by outcome"),
        datasets: &["cleanup_settled"],
        keys: &["outcome"],
        derived: ("", ""),
        sql: format!(
            "SELECT outcome, {counts} FROM {{cleanup_settled}} GROUP BY outcome \
             UNION ALL SELECT '{TOTAL}' AS outcome, {counts} FROM {{cleanup_settled}}"
        ),
    }
}

fn judge_settled(input: &BulletinInput<'_>, rows: &[Answer]) -> Mask {
    let mut mask = Mask::new(input.min_persons);
    for row in rows {
        let (month, year) = (row.persons("in_month"), row.persons("in_year"));
        mask.add((row.key.clone(), "in_month"), Cell::new(row.persons("in_month_persons"), month));
        mask.add((row.key.clone(), "in_year"), Cell::new(row.persons("in_year_persons"), year));
        // What both columns tell together.
        mask.add((row.key.clone(), "before"), Cell::new(row.persons("before_persons"), year.saturating_sub(month)).unprinted());
        mask.sum(&(row.key.clone(), "in_year"), ["in_month", "before"].map(|part| (row.key.clone(), part)), Persons::Again);
    }
    for column in ["in_month", "in_year", "before"] {
        let parts = rows.iter().filter(|row| row.key != TOTAL).map(|row| (row.key.clone(), column));
        mask.sum(&(TOTAL.to_owned(), column), parts.collect::<Vec<_>>(), Persons::Again);
    }
    mask.release();
    mask
}

fn settled_text(input: &BulletinInput<'_>, total: &Answer, mask: &Mask) -> Text {
    let lang = input.lang;
    let mut text = Text::default();
    let add = |text: &mut Text, zh: &str, en: &str, column: &'static str| {
        let hidden = mask.hides(&(TOTAL.to_owned(), column));
        let shown = if hidden { input.few_cases() } else { cases(input, total.number(column)) };
        text.words(lang.pick(zh, en)).figure(shown, Reference::cell(SETTLED, TOTAL, column));
    };
    add(&mut text, "本月了结", "Settled this month: ", "in_month");
    add(&mut text, "，本待遇年度累计了结", "; this benefit year: ", "in_year");
    text.words(lang.pick("。", "."));
    text
}

fn settled_table(input: &BulletinInput<'_>, rows: &[Answer], mask: &Mask) -> Table {
    let lang = input.lang;
    let column = |name: &str, zh: &str, en: &str| Column {
        name: name.to_owned(),
        title: lang.pick(zh, en).to_owned(),
        unit: lang.pick("件", "cases").to_owned(),
    };
    let row = |row: &Answer| {
        let value = |column| Value::Count(row.number(column)).unless(mask.hides(&(row.key.clone(), column)));
        let labels = vec![labels::outcome(lang, &row.key).to_owned()];
        Row { key: row.key.clone(), labels, values: vec![value("in_month"), value("in_year")], is_total: row.key == TOTAL }
    };
    Table {
        query: SETTLED,
        title: lang.pick("已了结的重复参保案件", "Settled cases of duplicate enrollment").to_owned(),
        labels: vec![lang.pick("结果", "Outcome").to_owned()],
        columns: vec![column("in_month", "本月", "This month"), column("in_year", "本待遇年度累计", "This benefit year")],
        rows: rows.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}
