//! Figures of earlier months that a later extract changed: what was published, and what holds now.
//!
//! Listed are figures of the kinds that bulletins print. A revised figure bears the mark where it is suppressed now or
//! was suppressed before.

use std::collections::BTreeSet;

use super::super::BulletinInput;
use super::super::document::{Block, Column, Missing, Reference, Row, Table, Text, Value};
use super::super::error::BulletinError;
use super::super::figures::{Answer, Figures, Query};
use super::super::labels;
use super::super::quantity::grouped;
use super::cells::{CROSS, Key};
use super::masks::Masks;
use canbao_publish::Snapshot;
use canbao_rules::Percent;
use canbao_rules::money::Yuan;

/// The query's identifier.
pub const ID: &str = "settlement.revisions";
/// More rows are for the workbook alone.
const ROWS_PRINTED: usize = 40;

/// The dataset.
const REVISIONS: &str = "settlement_revisions";
/// The value of its column `dataset` for figures by disease.
const CHRONIC: &str = "chronic_statistics";

/// What was revised up to the bulletin's month; none where the snapshot does not say.
pub fn read(input: &BulletinInput<'_>, snapshot: &Snapshot, figures: &Figures) -> Result<Vec<Answer>, BulletinError> {
    if snapshot.has(REVISIONS) { figures.ask_aside(snapshot, query(input)) } else { Ok(Vec::new()) }
}

fn query(input: &BulletinInput<'_>) -> Query {
    Query {
        id: ID,
        title: ("已公布数据的修订", "Revisions of published figures"),
        datasets: &[REVISIONS],
        keys: &["dataset", "period", "span", "scope", "care", "insutype", "dise_codg", "measure"],
        derived: ("", ""),
        sql: format!(
            "SELECT dataset, period, span, scope, care, insutype, dise_codg, measure, old_value, new_value, compared_with FROM {{{REVISIONS}}} \
             WHERE period <= '{}'",
            input.period()
        ),
    }
}

/// The section's blocks. `before` are the masks of what was published, `now` those of what holds.
pub fn blocks(
    input: &BulletinInput<'_>,
    snapshot: &Snapshot,
    figures: &mut Figures,
    before: &Masks,
    now: &Masks,
) -> Result<Vec<Block>, BulletinError> {
    let lang = input.lang;
    let plain = |zh: &str, en: &str| Ok(vec![Block::Text(Text::plain(lang.pick(zh, en)))]);
    if !snapshot.has(REVISIONS) {
        let name = snapshot.name();
        return plain(
            &format!("快照 {name} 没有数据集 {REVISIONS}，不列修订。"),
            &format!("Snapshot {name} has no dataset {REVISIONS}: revisions are not listed."),
        );
    }
    let rows = figures.ask(snapshot, query(input))?;
    if rows.is_empty() {
        return plain("没有修订以前月份的数据。", "No figure of an earlier month was revised.");
    }
    let listed: Vec<(&Answer, Key)> =
        rows.iter().filter_map(|row| Some((row, key(row).filter(|key| now.knows(key) || before.knows(key))?))).collect();
    let mut blocks = vec![Block::Text(paragraph(input, &rows, listed.len()))];
    if listed.is_empty() {
        return Ok(blocks);
    }
    let whole = table(input, &listed, before, now);
    if listed.len() > ROWS_PRINTED {
        let zh = format!("此处列出前{ROWS_PRINTED}项，全部{}项见工作簿。", listed.len());
        let en = format!("These are the first {ROWS_PRINTED}; all {} are in the workbook.", listed.len());
        let rows = whole.rows[..ROWS_PRINTED].to_vec();
        blocks.push(Block::Table(Table { rows, notes: vec![lang.pick(&zh, &en).to_owned()], ..whole.clone() }));
    }
    blocks.push(Block::Table(Table { is_long: listed.len() > ROWS_PRINTED, ..whole }));
    Ok(blocks)
}

/// The cell of a revised figure, where bulletins print such.
fn key(row: &Answer) -> Option<Key> {
    let [period, span, scope, insutype] = ["period", "span", "scope", "insutype"].map(|column| row.word(column));
    match row.word("dataset") {
        CHRONIC => (span == "ytd" && scope == CROSS && insutype == "all").then(|| Key::disease(period, scope, row.text("dise_codg"))),
        _ => Some(Key::care(period, span, scope, row.word("care"), insutype)),
    }
}

fn paragraph(input: &BulletinInput<'_>, rows: &[Answer], listed: usize) -> Text {
    let lang = input.lang;
    let compared: BTreeSet<&str> = rows.iter().map(|row| row.word("compared_with")).collect();
    let compared = compared.into_iter().collect::<Vec<_>>().join("、");
    let from = Reference { query: ID, cell: None };
    let figures = |count: usize| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    let mut text = Text::default();
    text.words(lang.pick(
        &format!("与已发布的 {compared} 相比，以前月份的数据修订"),
        &format!("Against {compared}, figures of earlier months revised: "),
    ));
    text.figure(lang.pick(&format!("{}项", figures(rows.len())), &figures(rows.len())), from.clone());
    if listed > 0 {
        text.words(lang.pick("，下表列出其中", "; listed below: "));
        text.figure(lang.pick(&format!("{}项", figures(listed)), &figures(listed)), from.clone());
    }
    if listed < rows.len() {
        let rest = figures(rows.len() - listed);
        text.words(lang.pick("，另有", "; of kinds that bulletins do not print: ")).figure(lang.pick(&format!("{rest}项"), &rest), from);
        text.words(
            lang.pick(&format!("（本地和省内分险种、分病种的数据等）通报不列，见数据集 {REVISIONS}"), &format!(", in dataset {REVISIONS}")),
        );
    }
    text.words(lang.pick("。", "."));
    text
}

fn table(input: &BulletinInput<'_>, listed: &[(&Answer, Key)], before: &Masks, now: &Masks) -> Table {
    let lang = input.lang;
    let group = |row: &Answer| match row.word("dataset") {
        CHRONIC => row.text("dise_codg").unwrap_or(lang.pick("未载病种", "Disease not stated")).to_owned(),
        _ => labels::care(lang, row.word("care")).to_owned(),
    };
    let rows = listed.iter().map(|(row, key)| {
        let measure = row.word("measure");
        // Once suppressed, a figure stays so: beside figures that were not revised a new value would tell the old one.
        let hidden = [before, now].into_iter().any(|masks| hides(masks, key, measure));
        Row {
            key: row.key.clone(),
            labels: vec![
                row.word("period").to_owned(),
                labels::span(lang, row.word("span")).to_owned(),
                labels::scope(lang, row.word("scope")).to_owned(),
                group(row),
                labels::insutype(lang, row.word("insutype")).to_owned(),
                labels::measure(lang, measure).to_owned(),
            ],
            values: ["old_value", "new_value"].map(|column| value(row, column, measure).unless(hidden)).to_vec(),
            is_total: false,
        }
    });
    let pick = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Table {
        query: ID,
        title: pick("修订的数据", "Revised figures"),
        labels: vec![
            pick("月份", "Month"),
            pick("期间", "Span"),
            pick("就医地", "Place"),
            pick("类别、病种", "Care, disease"),
            pick("险种", "Scheme"),
            pick("指标", "Measure"),
        ],
        columns: vec![
            Column { name: "old_value".to_owned(), title: pick("原值", "Published"), unit: String::new() },
            Column { name: "new_value".to_owned(), title: pick("新值", "Now"), unit: String::new() },
        ],
        rows: rows.collect(),
        notes: vec![pick("金额单位为元，比例单位为%。", "Amounts in yuan, shares in percent.")],
        is_long: false,
    }
}

fn hides(masks: &Masks, key: &Key, measure: &str) -> bool {
    match measure {
        _ if !masks.knows(key) => false,
        "person_times_prev" | "fund_pay_prev" => masks.hides_before(key),
        "person_times_growth_pct" | "fund_pay_growth_pct" => masks.hides_growth(key),
        _ => masks.hides(key),
    }
}

/// A value in the unit of its measure; all are kept in hundredths.
fn value(row: &Answer, column: &str, measure: &str) -> Value {
    let Some(hundredths) = row.hundredths(column) else {
        return Value::Missing(match measure {
            "in_policy_pct" => Missing::NothingInScope,
            "person_times_growth_pct" | "fund_pay_growth_pct" => Missing::NoBase,
            _ => Missing::NoRecords,
        });
    };
    match measure {
        "person_times" | "persons" | "person_times_prev" => Value::Count(hundredths / 100),
        "in_policy_pct" | "person_times_growth_pct" | "fund_pay_growth_pct" => Value::Percent(Percent::from_hundredths(hundredths)),
        _ => Value::Money(Yuan::from_fen(hundredths)),
    }
}
