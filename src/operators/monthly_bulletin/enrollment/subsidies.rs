//! Subsidised persons: by category, by who pays, and township by township.
//!
//! The three tables share their totals, so what may be printed is decided for all of them together.

use super::without;
use crate::operators::monthly_bulletin::BulletinInput;
use crate::operators::monthly_bulletin::document::{Block, Column, Missing, NOTHING, Reference, Row, Table, Text, Value};
use crate::operators::monthly_bulletin::error::BulletinError;
use crate::operators::monthly_bulletin::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::labels;
use crate::operators::monthly_bulletin::quantity::{amount, people};
use crate::operators::monthly_bulletin::suppression::{Cell, Keyed, Persons};
use canbao_publish::Snapshot;
use canbao_rules::policy::Category;

/// The identifier of the table by category.
pub const BY_CATEGORY: &str = "enrollment.subsidies";
/// The identifier of the table by payer.
pub const BY_PAYER: &str = "enrollment.payers";
/// The identifier of the table by township.
pub const BY_TOWNSHIP: &str = "enrollment.subsidy_townships";
/// What sums up all others, in rows and in columns.
const TOTAL: &str = "total";

/// A cell: a township or `total`, then a category, `payer:…` or `total`, then `persons`, `enrolled` or `others`.
type Mask = Keyed<(String, String, &'static str)>;

/// The answers of the three queries.
struct Answers {
    categories: Vec<Answer>,
    payers: Vec<Answer>,
    townships: Vec<Answer>,
}

/// The paragraph and the tables.
pub fn blocks(input: &BulletinInput<'_>, audit: &Snapshot, figures: &mut Figures) -> Result<Vec<Block>, BulletinError> {
    for dataset in ["subsidy", "progress"] {
        if let Some(block) = without(input, audit, dataset, "资助参保", "subsidies") {
            return Ok(vec![block]);
        }
    }
    let mut categories = figures.ask(audit, category_query())?;
    categories.sort_by_key(|row| order(row.word("category")));
    if categories.iter().all(|row| row.number("persons") == 0) {
        let words = input.lang.pick("没有享受参保资助的人员。", "Nobody's premium is subsidised.");
        return Ok(vec![Block::Text(Text::plain(words))]);
    }
    let mut payers = figures.ask(audit, payer_query())?;
    payers.sort_by_key(|row| (row.key == TOTAL, row.key == "-", row.key.clone()));
    let mut townships = figures.ask(audit, township_query(&names(&categories)))?;
    townships.sort_by_key(|row| (row.key == TOTAL, row.key == "-", row.key.clone()));
    let answers = Answers { categories, payers, townships };
    let mask = judge(input, &answers);
    Ok(vec![
        Block::Text(paragraph(input, &answers, &mask)),
        Block::Table(category_table(input, &answers, &mask)),
        Block::Table(payer_table(input, &answers, &mask)),
        Block::Table(township_table(input, &answers, &mask)),
    ])
}

/// Categories in the order of the rules, the total last.
fn order(category: &str) -> (bool, usize, String) {
    let place = Category::ALL.iter().position(|known| known.as_str() == category).unwrap_or(usize::MAX);
    (category == TOTAL, place, category.to_owned())
}

/// The categories found, without the total.
fn names(categories: &[Answer]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in categories {
        let name = row.word("category");
        if name != TOTAL && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn category_query() -> Query {
    let counts = "COUNT(*) AS persons, SUM(CASE WHEN enrolled_here THEN 1 ELSE 0 END) AS enrolled, \
                  SUM(subsidy_amt) AS subsidy_amt, SUM(CASE WHEN enrolled_here THEN subsidy_amt END) AS enrolled_amt";
    Query {
        id: BY_CATEGORY,
        title: ("资助参保，按类别", "Subsidies by category"),
        datasets: &["subsidy"],
        keys: &["category", "payer"],
        derived: ("", ""),
        sql: format!(
            "SELECT category, payer, {counts} FROM {{subsidy}} GROUP BY category, payer \
             UNION ALL SELECT '{TOTAL}' AS category, '{TOTAL}' AS payer, {counts} FROM {{subsidy}}"
        ),
    }
}

fn payer_query() -> Query {
    let counts = "COUNT(*) AS persons, SUM(subsidy_amt) AS subsidy_amt";
    Query {
        id: BY_PAYER,
        title: ("资助参保，按资金来源", "Subsidies by payer"),
        datasets: &["subsidy"],
        keys: &["payer"],
        derived: ("", ""),
        sql: format!(
            "SELECT payer, {counts} FROM {{subsidy}} GROUP BY payer UNION ALL SELECT '{TOTAL}' AS payer, {counts} FROM {{subsidy}}"
        ),
    }
}

fn township_query(categories: &[String]) -> Query {
    // Names of categories are plain words; a quote in one would end the text.
    let plain = categories.iter().filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let counts: Vec<String> = plain.map(|name| format!("SUM(CASE WHEN s.category = '{name}' THEN 1 ELSE 0 END) AS {name}")).collect();
    let counts = format!("COUNT(*) AS {TOTAL}, {}", counts.join(", "));
    Query {
        id: BY_TOWNSHIP,
        title: ("资助参保人数，按乡镇（街道）和类别", "Subsidised persons by township and category"),
        datasets: &["subsidy", "progress"],
        keys: &["township"],
        derived: ("", ""),
        sql: format!(
            "SELECT p.admdvs AS township, p.name, {counts} FROM {{subsidy}} s LEFT JOIN {{progress}} p ON s.township = p.admdvs \
             GROUP BY p.admdvs, p.name \
             UNION ALL SELECT '{TOTAL}' AS township, CAST(NULL AS VARCHAR) AS name, {counts} FROM {{subsidy}} s"
        ),
    }
}

fn key(row: &str, column: &str, what: &'static str) -> (String, String, &'static str) {
    (row.to_owned(), column.to_owned(), what)
}

/// The cell of a row of the table by category. A category that two payers share has a cell for each.
fn category_key(row: &Answer, what: &'static str) -> (String, String, &'static str) {
    match row.word("category") {
        TOTAL => key(TOTAL, TOTAL, what),
        category => key(TOTAL, &format!("{category}@{}", row.text("payer").unwrap_or("-")), what),
    }
}

fn payer_key(row: &Answer) -> (String, String, &'static str) {
    match row.key.as_str() {
        TOTAL => key(TOTAL, TOTAL, "persons"),
        payer => key(TOTAL, &format!("payer:{payer}"), "persons"),
    }
}

fn judge(input: &BulletinInput<'_>, answers: &Answers) -> Mask {
    let mut mask = Mask::new(input.min_persons);
    let cell = |count: u64| Cell::new(count, count);
    for row in &answers.categories {
        let (persons, enrolled) = (row.persons("persons"), row.persons("enrolled"));
        mask.add(category_key(row, "persons"), cell(persons));
        mask.add(category_key(row, "enrolled"), cell(enrolled));
        // Who is entitled and not enrolled follows from the two columns.
        mask.add(category_key(row, "others"), cell(persons.saturating_sub(enrolled)).unprinted());
        mask.sum(&category_key(row, "persons"), ["enrolled", "others"].map(|what| category_key(row, what)), Persons::Apart);
    }
    let parts: Vec<&Answer> = answers.categories.iter().filter(|row| row.word("category") != TOTAL).collect();
    for what in ["persons", "enrolled", "others"] {
        mask.sum(&key(TOTAL, TOTAL, what), parts.iter().map(|row| category_key(row, what)), Persons::Apart);
    }
    judge_payers(&mut mask, answers, &parts);
    judge_townships(&mut mask, answers, &parts);
    mask.release();
    mask
}

fn judge_payers(mask: &mut Mask, answers: &Answers, categories: &[&Answer]) {
    for row in &answers.payers {
        mask.add(payer_key(row), Cell::new(row.persons("persons"), row.persons("persons")));
    }
    let payers: Vec<&Answer> = answers.payers.iter().filter(|row| row.key != TOTAL).collect();
    mask.sum(&key(TOTAL, TOTAL, "persons"), payers.iter().map(|row| payer_key(row)), Persons::Apart);
    for payer in payers {
        let own = categories.iter().filter(|row| row.text("payer").unwrap_or("-") == payer.key);
        mask.sum(&payer_key(payer), own.map(|row| category_key(row, "persons")), Persons::Apart);
    }
}

fn judge_townships(mask: &mut Mask, answers: &Answers, categories: &[&Answer]) {
    let names = names(&answers.categories);
    let columns: Vec<&str> = names.iter().map(String::as_str).chain([TOTAL]).collect();
    for row in &answers.townships {
        for column in &columns {
            mask.add(key(&row.key, column, "persons"), Cell::new(row.persons(column), row.persons(column)));
        }
        mask.sum(&key(&row.key, TOTAL, "persons"), names.iter().map(|name| key(&row.key, name, "persons")), Persons::Apart);
    }
    for column in &columns {
        let parts = answers.townships.iter().filter(|row| row.key != TOTAL).map(|row| key(&row.key, column, "persons"));
        mask.sum(&key(TOTAL, column, "persons"), parts.collect::<Vec<_>>(), Persons::Apart);
    }
    for name in &names {
        let payers = categories.iter().filter(|row| row.word("category") == name);
        mask.sum(&key(TOTAL, name, "persons"), payers.map(|row| category_key(row, "persons")).collect::<Vec<_>>(), Persons::Apart);
    }
}

/// Whether the amount of a sum has to go with a suppressed category. What one person of a category gets is public, so
/// the sum of the amounts would tell how many are in it.
fn hides_amount(answers: &Answers, mask: &Mask, payer: Option<&str>, what: &'static str) -> bool {
    let parts = answers.categories.iter().filter(|row| row.word("category") != TOTAL);
    let mut own = parts.filter(|row| payer.is_none_or(|payer| row.text("payer").unwrap_or("-") == payer));
    own.any(|row| mask.hides(&category_key(row, what)))
}

fn paragraph(input: &BulletinInput<'_>, answers: &Answers, mask: &Mask) -> Text {
    let lang = input.lang;
    let mut text = Text::default();
    let Some(total) = answers.categories.iter().find(|row| row.word("category") == TOTAL) else { return text };
    let at = |column: &str| Reference::cell(BY_CATEGORY, total.key.as_str(), column);
    if mask.hides(&key(TOTAL, TOTAL, "persons")) {
        return Text::plain(lang.pick("享受参保资助的人数不予公布。", "The number of subsidised persons is not published."));
    }
    text.words(lang.pick("享受参保资助", "Subsidised: ")).figure(people(lang, total.number("persons")), at("persons"));
    if !hides_amount(answers, mask, None, "persons") {
        text.words(lang.pick("，资助标准合计", ", amounts due ")).figure(amount(lang, total.yuan("subsidy_amt")), at("subsidy_amt"));
    }
    if !mask.hides(&key(TOTAL, TOTAL, "enrolled")) {
        text.words(lang.pick("；其中已参保", "; of these enrolled: ")).figure(people(lang, total.number("enrolled")), at("enrolled"));
    }
    if !mask.hides(&key(TOTAL, TOTAL, "enrolled")) && !hides_amount(answers, mask, None, "enrolled") {
        text.words(lang.pick("，涉及资助", ", amounts due ")).figure(amount(lang, total.yuan("enrolled_amt")), at("enrolled_amt"));
    }
    text.words(lang.pick("。", "."));
    text
}

fn column(input: &BulletinInput<'_>, name: &str, zh: &str, en: &str, unit: (&str, &str)) -> Column {
    let pick = |zh: &str, en: &str| input.lang.pick(zh, en).to_owned();
    Column { name: name.to_owned(), title: pick(zh, en), unit: pick(unit.0, unit.1) }
}

fn category_table(input: &BulletinInput<'_>, answers: &Answers, mask: &Mask) -> Table {
    let lang = input.lang;
    let row = |row: &Answer| {
        let hidden = |what| mask.hides(&category_key(row, what));
        let is_total = row.word("category") == TOTAL;
        let payer = if is_total { NOTHING.to_owned() } else { labels::payer(lang, row.text("payer").unwrap_or("-")).to_owned() };
        Row {
            key: row.key.clone(),
            labels: vec![labels::category(lang, row.word("category")).to_owned(), payer],
            values: vec![
                Value::Count(row.number("persons")).unless(hidden("persons")),
                Value::Money(row.yuan("subsidy_amt")).unless(hidden("persons") || is_total && hides_amount(answers, mask, None, "persons")),
                Value::Count(row.number("enrolled")).unless(hidden("enrolled")),
                Value::Money(row.yuan("enrolled_amt"))
                    .unless(hidden("enrolled") || is_total && hides_amount(answers, mask, None, "enrolled")),
            ],
            is_total,
        }
    };
    Table {
        query: BY_CATEGORY,
        title: lang.pick("资助参保：按类别", "Subsidies by category").to_owned(),
        labels: vec![lang.pick("类别", "Category").to_owned(), lang.pick("资金来源", "Payer").to_owned()],
        columns: vec![
            column(input, "persons", "人数", "Persons", ("人", "persons")),
            column(input, "subsidy_amt", "资助标准合计", "Amounts due", ("元", "yuan")),
            column(input, "enrolled", "其中已参保", "Enrolled", ("人", "persons")),
            column(input, "enrolled_amt", "已参保人员资助", "Due for enrolled", ("元", "yuan")),
        ],
        rows: answers.categories.iter().map(row).collect(),
        notes: vec![
            lang.pick(
                "一人有多个类别时按资助金额最高的类别统计，不叠加。",
                "A person of several categories counts in the one with the highest amount.",
            )
            .to_owned(),
        ],
        is_long: false,
    }
}

fn payer_table(input: &BulletinInput<'_>, answers: &Answers, mask: &Mask) -> Table {
    let lang = input.lang;
    let row = |row: &Answer| {
        let hidden = mask.hides(&payer_key(row));
        let payer = (row.key != TOTAL).then_some(row.key.as_str());
        Row {
            key: row.key.clone(),
            labels: vec![labels::payer(lang, &row.key).to_owned()],
            values: vec![
                Value::Count(row.number("persons")).unless(hidden),
                row.money_value("subsidy_amt", Missing::NotStated).unless(hidden || hides_amount(answers, mask, payer, "persons")),
            ],
            is_total: row.key == TOTAL,
        }
    };
    Table {
        query: BY_PAYER,
        title: lang.pick("资助参保：按资金来源", "Subsidies by payer").to_owned(),
        labels: vec![lang.pick("资金来源", "Payer").to_owned()],
        columns: vec![
            column(input, "persons", "人数", "Persons", ("人", "persons")),
            column(input, "subsidy_amt", "资助标准合计", "Amounts due", ("元", "yuan")),
        ],
        rows: answers.payers.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}

fn township_table(input: &BulletinInput<'_>, answers: &Answers, mask: &Mask) -> Table {
    let lang = input.lang;
    let names = names(&answers.categories);
    let columns: Vec<&str> = names.iter().map(String::as_str).chain([TOTAL]).collect();
    let label = |row: &Answer| match (row.key.as_str(), row.text("name")) {
        (TOTAL, _) => lang.pick("合计", "Total").to_owned(),
        ("-", _) => lang.pick("未落实到乡镇", "In no township").to_owned(),
        (_, Some(name)) => name.to_owned(),
        (code, None) => code.to_owned(),
    };
    let row = |row: &Answer| Row {
        key: row.key.clone(),
        labels: vec![label(row)],
        values: columns.iter().map(|name| Value::Count(row.number(name)).unless(mask.hides(&key(&row.key, name, "persons")))).collect(),
        is_total: row.key == TOTAL,
    };
    Table {
        query: BY_TOWNSHIP,
        title: lang.pick("资助参保人数：按乡镇（街道）和类别", "Subsidised persons by township and category").to_owned(),
        labels: vec![lang.pick("乡镇（街道）", "Township").to_owned()],
        columns: columns
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                title: labels::category(lang, name).to_owned(),
                unit: lang.pick("人", "persons").to_owned(),
            })
            .collect(),
        rows: answers.townships.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: false,
    }
}
