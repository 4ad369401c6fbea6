//! Settlements: those in other provinces, chronic diseases, and figures of earlier months that were revised.
//!
//! Everything is read from the month's snapshot of the statistics; there is none to stand in for it from another month.

mod cells;
mod chronic;
mod cross;
mod masks;
mod revisions;
mod sentence;

use super::BulletinInput;
use super::document::{Block, Missing, Section, Text, Value};
use super::error::BulletinError;
use super::figures::{Answer, Figures};
use canbao_publish::Snapshot;
use canbao_rules::Percent;
use canbao_rules::money::Yuan;
use cells::Statistics;
use masks::Masks;

/// The three sections.
pub fn sections(input: &BulletinInput<'_>, figures: &mut Figures) -> Result<Vec<Section>, BulletinError> {
    let lang = input.lang;
    let titled = |id, zh: &str, en: &str, blocks| Section { id, title: lang.pick(zh, en).to_owned(), blocks };
    let (cross, chronic, revised) = match input.settlement {
        Some(snapshot) if snapshot.has("settlement_statistics") => {
            let statistics = Statistics::read(snapshot, figures, &input.period())?;
            let published = Masks::judge(&statistics.before(&revisions::read(input, snapshot, figures)?), input.min_persons);
            let masks = Masks::judge_again(&statistics, input.min_persons, &published);
            let mut cross = cross::blocks(input, snapshot, figures, &masks)?;
            if let Some(note) = up_to(input, snapshot) {
                cross.insert(0, Block::Text(note));
            }
            let chronic = chronic::blocks(input, snapshot, figures, &masks)?;
            (cross, chronic, revisions::blocks(input, snapshot, figures, &published, &masks)?)
        }
        found => {
            let words = missing(input, found);
            (vec![Block::Text(words.clone())], vec![Block::Text(words.clone())], vec![Block::Text(words)])
        }
    };
    Ok(vec![
        titled("cross-province", "跨省异地就医直接结算", "Settlement in other provinces", cross),
        titled("chronic", "门诊慢特病", "Chronic diseases", chronic),
        titled("revisions", "数据修订", "Revisions", revised),
    ])
}

fn missing(input: &BulletinInput<'_>, found: Option<&Snapshot>) -> Text {
    let month = input.month_words();
    let (zh, en) = match found {
        None => (format!("{month}没有已发布的结算统计快照，本部分从略。"), format!("No settlement statistics were published for {month}.")),
        Some(snapshot) => {
            let name = snapshot.name();
            (
                format!("快照 {name} 没有数据集 settlement_statistics，本部分从略。"),
                format!("Snapshot {name} has no dataset settlement_statistics."),
            )
        }
    };
    Text::plain(input.lang.pick(&zh, &en))
}

/// Says so where the statistics end before the month does.
fn up_to(input: &BulletinInput<'_>, snapshot: &Snapshot) -> Option<Text> {
    let date = snapshot.name().date;
    if date == input.month.last_day() {
        return None;
    }
    let day = input.day_words(date);
    let zh = format!("本月结算统计截至{day}，与上年截至同一日的数据相比。");
    let en = format!("The month's settlements are those up to {day}, compared with the year before up to the same day.");
    Some(Text::plain(input.lang.pick(&zh, &en)))
}

/// Growth from one number to another, or why there is none.
fn growth(now: i64, before: i64) -> Value {
    match Percent::growth(now, before) {
        Some(grown) => Value::Percent(grown),
        None if before == 0 => Value::Missing(Missing::NoBase),
        None if before < 0 => Value::Missing(Missing::NegativeBase),
        None => Value::Missing(Missing::TooLarge),
    }
}

/// The growth that a row states, or why it states none.
fn stated_growth(row: &Answer, stated: &str, before: i64) -> Value {
    match row.percent(stated) {
        Some(grown) => Value::Percent(grown),
        None if before == 0 => Value::Missing(Missing::NoBase),
        None if before < 0 => Value::Missing(Missing::NegativeBase),
        None => Value::Missing(Missing::TooLarge),
    }
}

/// A share of what is in scope, or why there is none.
fn in_policy(fund: Yuan, in_scope: Yuan) -> Value {
    let share = Percent::of(fund, in_scope);
    share.map_or(Value::Missing(if in_scope <= Yuan::ZERO { Missing::NothingInScope } else { Missing::TooLarge }), Value::Percent)
}
