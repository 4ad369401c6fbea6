//! Enrollment: who is enrolled, township by township and day by day; who is not; duplicates; subsidies.
//!
//! All of it is a state on one day, that of the audit's snapshot, which need not lie in the bulletin's month.

mod days;
mod duplicates;
mod ledgers;
mod progress;
mod subsidies;

use super::BulletinInput;
use super::document::{Block, Section, Text};
use super::error::BulletinError;
use super::figures::Figures;
use canbao_publish::Snapshot;

/// The section.
pub fn section(input: &BulletinInput<'_>, figures: &mut Figures) -> Result<Section, BulletinError> {
    let lang = input.lang;
    let mut blocks = Vec::new();
    match input.audit {
        Some(audit) => {
            if let Some(note) = not_of_the_month(input, audit) {
                blocks.push(Block::Text(note));
            }
            let (progress, townships) = progress::blocks(input, audit, figures)?;
            blocks.extend(progress);
            // The charts together fill the first page.
            blocks.extend(days::blocks(input, audit, figures)?);
            blocks.extend(townships.map(Block::Table));
            blocks.extend(ledgers::blocks(input, audit, figures)?);
            blocks.extend(duplicates::found(input, audit, figures)?);
        }
        None => {
            let zh = format!("截至{}没有已发布的参保核查快照，本部分参保情况从略。", input.last_day_words());
            let en = format!("No enrollment audit was published on or before {}: enrollment is left out.", input.last_day_words());
            blocks.push(Block::Text(Text::plain(lang.pick(&zh, &en))));
        }
    }
    blocks.extend(duplicates::settled(input, figures)?);
    if let Some(audit) = input.audit {
        blocks.extend(subsidies::blocks(input, audit, figures)?);
    }
    Ok(Section { id: "enrollment", title: lang.pick("参保情况", "Enrollment").to_owned(), blocks })
}

/// Says which day is described where it is not the month's last.
fn not_of_the_month(input: &BulletinInput<'_>, snapshot: &Snapshot) -> Option<Text> {
    let date = snapshot.name().date;
    let day = input.day_words(date);
    let (zh, en) = if date == input.month.last_day() {
        return None;
    } else if date.month() == input.month {
        (
            format!("参保情况为{day}的情况，该日为本月最近一次参保核查的基准日。"),
            format!("Enrollment is that of {day}, the last audit of the month."),
        )
    } else {
        (
            format!("本月没有参保核查快照，参保情况为{day}的情况，即此前最近一次参保核查的基准日。"),
            format!("No audit was published for this month: enrollment is that of {day}, the last audit before."),
        )
    };
    Some(Text::plain(input.lang.pick(&zh, &en)))
}

/// A paragraph in place of what a missing dataset would show.
fn without(input: &BulletinInput<'_>, snapshot: &Snapshot, dataset: &str, zh: &str, en: &str) -> Option<Block> {
    if snapshot.has(dataset) {
        return None;
    }
    let (place, lang) = (snapshot.name(), input.lang);
    let zh = format!("快照 {place} 没有数据集 {dataset}，{zh}从略。");
    let en = format!("Snapshot {place} has no dataset {dataset}: {en} are left out.");
    Some(Block::Text(Text::plain(lang.pick(&zh, &en))))
}
