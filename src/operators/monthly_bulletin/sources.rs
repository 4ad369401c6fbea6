//! What a bulletin says of itself: the snapshots it was made from, and how to read it.

use super::BulletinInput;
use super::document::{Block, MARK, Section, Text};
use super::input_snapshots::{AUDIT, CLEANUP, SETTLEMENT};
use canbao_publish::Snapshot;

/// A paragraph for each snapshot.
pub fn sources(input: &BulletinInput<'_>) -> Vec<Text> {
    let lang = input.lang;
    let line = |zh: &str, en: &str, pipeline: &str, snapshot: Option<&Snapshot>| {
        let (zh, en) = match snapshot {
            Some(snapshot) => {
                let (name, day) = (snapshot.name(), input.day_words(snapshot.name().date));
                let pipeline = snapshot.pipeline();
                (format!("{zh}：{pipeline}/{name}（{day}）"), format!("{en}: {pipeline}/{name} ({day})"))
            }
            None => (format!("{zh}：没有可用的 {pipeline} 快照"), format!("{en}: no snapshot of {pipeline}")),
        };
        Text::plain(lang.pick(&zh, &en))
    };
    vec![
        line("参保", "Enrollment", AUDIT, input.audit),
        line("重复参保清理", "Clean-up of duplicates", CLEANUP, input.cleanup),
        line("结算", "Settlements", SETTLEMENT, input.settlement),
    ]
}

/// How to read it.
pub fn remarks(input: &BulletinInput<'_>, sections: &[Section]) -> Vec<Text> {
    let lang = input.lang;
    let has_marks = sections.iter().flat_map(|section| &section.blocks).any(|block| match block {
        Block::Table(table) => table.has_marks(),
        Block::Chart(chart) => chart.has_marks(),
        Block::Text(_) => false,
    });
    let n = input.min_persons;
    let mut remarks = Vec::new();
    let mut remark = |zh: String, en: String| remarks.push(Text::plain(lang.pick(&zh, &en)));
    if has_marks {
        remark(
            format!("标“{MARK}”的数据因统计保密不予公布：涉及不足{n}人，或与其他数据相减可以推出不足{n}人的数据。{MARK}不表示0。"),
            format!(
                "Figures marked “{MARK}” are not published: they are about fewer than {n} persons, or would tell such figures by subtraction. \
                 “{MARK}” does not stand for 0."
            ),
        );
    } else {
        remark(
            format!("本月报没有需要因统计保密（不足{n}人）而不予公布的数据。"),
            format!("No figure had to be left out for confidentiality (fewer than {n} persons)."),
        );
    }
    remark(
        "正文中的数以万人次、万元等为单位时保留至多两位小数；表中金额以元为单位。百分比按未舍入的数计算，四舍五入保留两位小数。".to_owned(),
        "Sentences round to at most two places; tables give amounts in yuan. Percentages are from unrounded figures, half away from zero."
            .to_owned(),
    );
    remark(
        "人次：结算每笔加1，退费每笔减1；金额按退费的负数计入。".to_owned(),
        "Visits: plus 1 for each settlement, minus 1 for each refund; amounts count refunds as negative.".to_owned(),
    );
    remark(
        "每个数据的来源见“数据来源”：所用快照、数据集和查询语句。".to_owned(),
        "Where each figure comes from, by snapshot, dataset and query, is listed under “Sources of figures”.".to_owned(),
    );
    remarks
}
