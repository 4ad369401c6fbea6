//! Who should be enrolled and is not: the five ledgers, township by township.

use super::without;
use crate::operators::monthly_bulletin::BulletinInput;
use crate::operators::monthly_bulletin::document::{Block, Column, Reference, Row, Table, Text, Value};
use crate::operators::monthly_bulletin::error::BulletinError;
use crate::operators::monthly_bulletin::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::quantity::people;
use crate::operators::monthly_bulletin::suppression::{Cell, Keyed, Persons};
use canbao_publish::Snapshot;

/// The query's identifier.
pub const ID: &str = "enrollment.missed";
/// The row that sums up all others.
const TOTAL: &str = "TOTAL";

/// The columns: name, title in both languages. The first is the sum of the next two; the rest overlap.
const COLUMNS: [(&str, &str, &str); 7] = [
    ("missed", "漏保合计", "Not enrolled"),
    ("lapsed", "断保", "Lapsed"),
    ("never", "其他漏保", "Others"),
    ("difficulty", "困难群众", "In difficulty"),
    ("newborn", "新生儿", "Newborns"),
    ("migrant", "外出务工", "Migrant workers"),
    ("student", "在校学生", "Students"),
];

/// The paragraph and the table.
pub fn blocks(input: &BulletinInput<'_>, audit: &Snapshot, figures: &mut Figures) -> Result<Vec<Block>, BulletinError> {
    for dataset in ["missed_enrollment", "progress"] {
        if let Some(block) = without(input, audit, dataset, "漏保与五本台账", "those who are not enrolled") {
            return Ok(vec![block]);
        }
    }
    let mut rows = figures.ask(audit, query())?;
    rows.sort_by_key(|row| (row.key == TOTAL, row.key == "-", row.key.clone()));
    let Some(total) = rows.iter().find(|row| row.key == TOTAL && row.number("missed") > 0) else {
        let words = input.lang.pick("没有应参保而未参保的人员。", "Nobody who should be enrolled is not.");
        return Ok(vec![Block::Text(Text::plain(words))]);
    };
    let mask = judge(input, &rows);
    Ok(vec![Block::Text(paragraph(input, total, &mask)), Block::Table(table(input, &rows, &mask))])
}

fn query() -> Query {
    let counts = "COUNT(*) AS missed, \
                  SUM(CASE WHEN m.kind = 'lapsed' THEN 1 ELSE 0 END) AS lapsed, SUM(CASE WHEN m.kind = 'lapsed' THEN 0 ELSE 1 END) AS never, \
                  SUM(CASE WHEN m.ledger_difficulty THEN 1 ELSE 0 END) AS difficulty, SUM(CASE WHEN m.ledger_newborn THEN 1 ELSE 0 END) AS newborn, \
                  SUM(CASE WHEN m.ledger_migrant THEN 1 ELSE 0 END) AS migrant, SUM(CASE WHEN m.ledger_student THEN 1 ELSE 0 END) AS student";
    Query {
        id: ID,
        title: ("漏保与五本台账，按乡镇（街道）", "Those not enrolled and the five ledgers, by township"),
        datasets: &["missed_enrollment", "progress"],
        keys: &["township"],
        derived: ("", ""),
        sql: format!(
            "SELECT p.admdvs AS township, p.name, {counts} FROM {{missed_enrollment}} m LEFT JOIN {{progress}} p ON m.township = p.admdvs \
             GROUP BY p.admdvs, p.name \
             UNION ALL SELECT '{TOTAL}' AS township, CAST(NULL AS VARCHAR) AS name, {counts} FROM {{missed_enrollment}} m"
        ),
    }
}

type Mask = Keyed<(String, &'static str)>;

fn judge(input: &BulletinInput<'_>, rows: &[Answer]) -> Mask {
    let mut mask = Mask::new(input.min_persons);
    for row in rows {
        for (column, ..) in COLUMNS {
            mask.add((row.key.clone(), column), Cell::new(row.persons(column), row.persons(column)));
        }
        mask.sum(&(row.key.clone(), "missed"), ["lapsed", "never"].map(|part| (row.key.clone(), part)), Persons::Apart);
    }
    for (column, ..) in COLUMNS {
        let parts = rows.iter().filter(|row| row.key != TOTAL).map(|row| (row.key.clone(), column));
        mask.sum(&(TOTAL.to_owned(), column), parts.collect::<Vec<_>>(), Persons::Apart);
    }
    mask.release();
    mask
}

fn paragraph(input: &BulletinInput<'_>, total: &Answer, mask: &Mask) -> Text {
    let lang = input.lang;
    let mut text = Text::default();
    let add = |text: &mut Text, zh: &str, en: &str, column: &'static str| {
        let hidden = mask.hides(&(TOTAL.to_owned(), column));
        let shown = if hidden { input.few_people() } else { people(lang, total.number(column)) };
        text.words(lang.pick(zh, en)).figure(shown, Reference::cell(ID, TOTAL, column));
    };
    add(&mut text, "应参保而未参保", "Of those who should be enrolled, not covered anywhere: ", "missed");
    add(&mut text, "，其中断保（上年度参保）", "; enrolled the year before: ", "lapsed");
    add(&mut text, "、其他漏保", "; others: ", "never");
    text.words(lang.pick("。五本台账（同一人可列入多本）：", ". The five ledgers (a person can be in several): "));
    add(&mut text, "困难群众", "in difficulty ", "difficulty");
    add(&mut text, "，新生儿", ", newborns ", "newborn");
    add(&mut text, "，外出务工人员", ", migrant workers ", "migrant");
    add(&mut text, "，在校学生", ", students ", "student");
    add(&mut text, "，断保人员", ", lapsed ", "lapsed");
    text.words(lang.pick("。", "."));
    text
}

fn table(input: &BulletinInput<'_>, rows: &[Answer], mask: &Mask) -> Table {
    let lang = input.lang;
    let name = |row: &Answer| match (row.key.as_str(), row.text("name")) {
        (TOTAL, _) => lang.pick("合计", "Total").to_owned(),
        ("-", _) => lang.pick("未落实到乡镇", "In no township").to_owned(),
        (_, Some(name)) => name.to_owned(),
        (code, None) => code.to_owned(),
    };
    let values = |row: &Answer| {
        let value = |column| Value::Count(row.number(column)).unless(mask.hides(&(row.key.clone(), column)));
        COLUMNS.map(|(column, ..)| value(column)).to_vec()
    };
    let people = lang.pick("人", "persons");
    let column =
        |(name, zh, en): (&str, &str, &str)| Column { name: name.to_owned(), title: lang.pick(zh, en).to_owned(), unit: people.to_owned() };
    let overlap = lang.pick(
        "断保与其他漏保之和为漏保合计；困难群众、新生儿、外出务工、在校学生可与断保重叠，不加总。",
        "“Lapsed” and “others” add up to those not enrolled; the other ledgers overlap and are not added up.",
    );
    Table {
        query: ID,
        title: lang.pick("漏保与五本台账", "Those not enrolled, and the five ledgers").to_owned(),
        labels: vec![lang.pick("乡镇（街道）", "Township").to_owned()],
        columns: COLUMNS.map(column).to_vec(),
        rows: rows
            .iter()
            .map(|row| Row { key: row.key.clone(), labels: vec![name(row)], values: values(row), is_total: row.key == TOTAL })
            .collect(),
        notes: vec![overlap.to_owned()],
        is_long: false,
    }
}
