//! Enrollment: who is enrolled, township by township and day by day; who is not; duplicates; subsidies.
//!
//! All of it is a state on one day, that of the audit's snapshot, which need not lie in the bulletin's month.

mod days;
mod duplicates;
mod ledgers;
mod progress;
mod subsidies;

use super::Desk;
use super::document::{Block, Section, Text};
use super::error::BulletinError;
use super::figures::Figures;
use canbao_publish::Snapshot;

/// The section.
pub fn section(desk: &Desk<'_>, figures: &mut Figures) -> Result<Section, BulletinError> {
    let lang = desk.lang;
    let mut blocks = Vec::new();
    match desk.audit {
        Some(audit) => {
            if let Some(note) = not_of_the_month(desk, audit) {
                blocks.push(Block::Text(note));
            }
            let (progress, townships) = progress::blocks(desk, audit, figures)?;
            blocks.extend(progress);
            // The charts together fill the first page.
            blocks.extend(days::blocks(desk, audit, figures)?);
            blocks.extend(townships.map(Block::Table));
            blocks.extend(ledgers::blocks(desk, audit, figures)?);
            blocks.extend(duplicates::found(desk, audit, figures)?);
        }
        None => {
            let zh = format!("截至{}没有已发布的参保核查快照，本部分参保情况从略。", desk.last_day_words());
            let en = format!("No enrollment audit was published on or before {}: enrollment is left out.", desk.last_day_words());
            blocks.push(Block::Text(Text::plain(lang.pick(&zh, &en))));
        }
    }
    blocks.extend(duplicates::settled(desk, figures)?);
    if let Some(audit) = desk.audit {
        blocks.extend(subsidies::blocks(desk, audit, figures)?);
    }
    Ok(Section { id: "enrollment", title: lang.pick("参保情况", "Enrollment").to_owned(), blocks })
}

/// Says which day is described where it is not the month's last.
fn not_of_the_month(desk: &Desk<'_>, snapshot: &Snapshot) -> Option<Text> {
    let date = snapshot.name().date;
    let day = desk.day_words(date);
    let (zh, en) = if date == desk.month.last_day() {
        return None;
    } else if date.month() == desk.month {
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
    Some(Text::plain(desk.lang.pick(&zh, &en)))
}

/// A paragraph in place of what a missing dataset would show.
fn without(desk: &Desk<'_>, snapshot: &Snapshot, dataset: &str, zh: &str, en: &str) -> Option<Block> {
    if snapshot.has(dataset) {
        return None;
    }
    let (place, lang) = (snapshot.name(), desk.lang);
    let zh = format!("快照 {place} 没有数据集 {dataset}，{zh}从略。");
    let en = format!("Snapshot {place} has no dataset {dataset}: {en} are left out.");
    Some(Block::Text(Text::plain(lang.pick(&zh, &en))))
}
