//! The cover: what the workbook is made from, how many cases there are, and how it is read.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::super::messages;
use super::super::{CleanupInput, LONG_OPEN_DAYS};
use super::format::{Formats, height};
use super::line::Line;
use super::{Lists, Scope};
use canbao_publish::PersonIds;
use canbao_rules::money::Yuan;
use canbao_rules::period::Day;
use canbao_rules::rules::{DuplicateAction, DuplicateKind};

const A4: u8 = 9;
/// The widths of the columns in characters.
const WIDTHS: [f64; 6] = [24.0, 14.0, 14.0, 14.0, 14.0, 14.0];
const LAST: u16 = WIDTHS.len() as u16 - 1;

/// What the lists are made from.
pub(super) struct Source<'a> {
    pub region: String,
    pub region_name: &'a str,
    pub date: Day,
    year: Option<i32>,
    audited: Day,
    snapshot: String,
    run_id: &'a str,
    last: Option<String>,
    policies: &'a [String],
    shown: PersonIds,
}

impl<'a> Source<'a> {
    pub fn of(input: &CleanupInput<'a>) -> Self {
        let run = &input.audit.manifest().run;
        Self {
            region: input.region.area.to_string(),
            region_name: &input.region.name,
            date: input.date,
            year: run.benefit_year,
            audited: input.audit.name().date,
            snapshot: format!("{} {}", input.audit.pipeline(), input.audit.name()),
            run_id: &run.run_id,
            last: input.last.map(|last| format!("{} {}", last.pipeline(), last.name())),
            policies: run.policy.as_ref().map_or(&[], |policy| &policy.sources),
            shown: input.persons.mask().person_ids(),
        }
    }

    /// Whether persons are shown as they are.
    pub fn shows_persons(&self) -> bool {
        self.shown == PersonIds::Plain
    }

    fn facts(&self, scope: &Scope) -> Vec<(&'static str, String)> {
        let year = self.year.map_or_else(|| "未载".to_owned(), |year| format!("{year}年度"));
        let shown = match self.shown {
            PersonIds::Plain => "证件号码和姓名为原文，注意保密",
            PersonIds::Masked => "证件号码、人员编号和姓名已脱敏",
            PersonIds::Pseudonym => "证件号码、人员编号和姓名以假名代替",
        };
        vec![
            ("范围", scope.place(self)),
            ("统筹区", format!("{} {}", self.region_name, self.region)),
            ("待遇年度", year),
            ("基准日", self.date.to_string()),
            ("参保核查基准日", self.audited.to_string()),
            ("来源快照", self.snapshot.clone()),
            ("来源运行", self.run_id.to_owned()),
            ("上期清单", self.last.clone().unwrap_or_else(|| "无（首期）".to_owned())),
            ("个人信息", shown.to_owned()),
        ]
    }
}

/// A sheet that is written from top to bottom.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
}

/// Fills the cover.
pub(super) fn write(
    sheet: &mut Worksheet,
    scope: &Scope,
    source: &Source<'_>,
    lists: &Lists<'_>,
    townships: Option<&BTreeMap<&str, Option<&str>>>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_name("封面")?;
    sheet.set_paper_size(A4).set_portrait().set_print_fit_to_pages(1, 0).set_screen_gridlines(false);
    sheet.set_footer("&C第 &P 页，共 &N 页");
    for (place, width) in (0u16..).zip(WIDTHS) {
        sheet.set_column_width(place, width)?;
    }
    let mut page = Page { sheet, formats, row: 0 };
    page.heading(&scope.title(source))?;
    if lists.open.is_empty() {
        page.remark("本期没有需要处理的重复参保记录。")?;
    }
    page.section("来源")?;
    for (label, value) in source.facts(scope) {
        page.fact(label, &value)?;
    }
    page.section("本期件数")?;
    page.by_kind(&lists.open)?;
    page.gap();
    for (label, count) in counts(lists, source.date) {
        page.count(label, count)?;
    }
    if let Some(townships) = townships {
        page.section("各乡镇（街道）")?;
        page.by_township(lists, townships, source.date)?;
    }
    page.section("政策依据")?;
    let documents = documents(source.policies);
    if documents.is_empty() {
        page.line("参保核查的快照没有记载。")?;
    }
    for document in documents {
        page.line(&document)?;
    }
    page.section("使用说明")?;
    for (place, line) in guide().iter().enumerate() {
        page.line(&format!("{}. {line}", place + 1))?;
    }
    Ok(())
}

fn counts(lists: &Lists<'_>, date: Day) -> [(&'static str, i64); 6] {
    let open = |fits: &dyn Fn(&Line<'_>) -> bool| lists.open.iter().filter(|line| fits(line)).count() as i64;
    let settled_now = lists.settled.iter().filter(|line| line.is_settled_on(date)).count() as i64;
    [
        ("本期新发现", open(&|line| line.first_seen == date)),
        ("其中了结后又出现", open(&|line| line.first_seen == date && line.reopened_from.is_some())),
        (LONG_OPEN, open(&|line| line.is_long_open())),
        ("未了结最长天数", lists.open.iter().map(|line| i64::from(line.days_open)).max().unwrap_or(0)),
        ("本期了结", settled_now),
        ("本待遇年度累计了结", lists.settled.len() as i64),
    ]
}

/// The policy's sources, one line a document with the sections that were used.
fn documents(sources: &[String]) -> Vec<String> {
    let mut documents: Vec<(&str, Vec<String>)> = Vec::new();
    for source in sources {
        let (document, section) = source.split_once(' ').unwrap_or((source, ""));
        // A parameter's value that is our interpretation is marked so by the audit.
        let section = section.replace("(reading)", "（本地理解）").replace(" （", "（");
        match documents.iter_mut().find(|(known, _)| *known == document) {
            Some((_, sections)) => sections.push(section),
            None => documents.push((document, vec![section])),
        }
    }
    let line = |(document, mut sections): (&str, Vec<String>)| {
        sections.retain(|section| !section.is_empty());
        let sections = sections.join("、");
        // A section in brackets says what the document is about, rather than where in it.
        let colon = if sections.is_empty() || sections.starts_with('（') { "" } else { "：" };
        format!("{document}{colon}{sections}")
    };
    documents.into_iter().map(line).collect()
}

/// The label beside [`LONG_OPEN_DAYS`].
const LONG_OPEN: &str = "超过30天未了结";
const _: () = assert!(LONG_OPEN_DAYS == 30, "the label says it in words");

fn guide() -> [&'static str; 6] {
    [
        "本清单由参保核查自动生成，每条参保记录一行。处理方式为建议，由经办人员核实后办理。",
        "“暂停”为建议暂停本条参保；“待确认”为须由本人或经办人员确认保留哪一条。",
        "案件编号在各期清单中不变，不含个人信息，可用于电话联系。案件了结后又出现的另编新号，并列出原案件编号。",
        "“接收地区”为与本条重叠而建议保留的记录的参保地，暂停前须告知当地经办机构。",
        "“已了结”一页列出本待遇年度曾列入清单、后不再列入的案件，最近了结的在前；结果依据参保核查判断。",
        "筛选按钮在“清单”第一行；打印为A4横向，每页重复标题行。",
    ]
}

impl Page<'_> {
    fn heading(&mut self, title: &str) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST, title, &self.formats.title)?;
        self.sheet.set_row_height(self.row, 36)?;
        self.row += 1;
        Ok(())
    }

    fn remark(&mut self, text: &str) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST, text, &self.formats.subtitle)?;
        self.sheet.set_row_height(self.row, 24)?;
        self.row += 1;
        Ok(())
    }

    fn section(&mut self, title: &str) -> Result<(), XlsxError> {
        self.gap();
        self.sheet.write_string_with_format(self.row, 0, title, &self.formats.section)?;
        self.sheet.set_row_height(self.row, 20)?;
        self.row += 1;
        Ok(())
    }

    fn gap(&mut self) {
        self.row += 1;
    }

    fn fact(&mut self, label: &str, value: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &self.formats.label)?;
        self.sheet.merge_range(self.row, 1, self.row, LAST, value, &self.formats.wrapped)?;
        self.sheet.set_row_height(self.row, height([(value, WIDTHS[1..].iter().sum())]))?;
        self.row += 1;
        Ok(())
    }

    fn count(&mut self, label: &str, count: i64) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &self.formats.label)?;
        self.sheet.write_number_with_format(self.row, 1, count as f64, &self.formats.count)?;
        self.row += 1;
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST, text, &self.formats.note)?;
        self.sheet.set_row_height(self.row, height([(text, WIDTHS.iter().sum())]))?;
        self.row += 1;
        Ok(())
    }

    fn header(&mut self, titles: &[&str]) -> Result<(), XlsxError> {
        for (place, title) in (0u16..).zip(titles) {
            self.sheet.write_string_with_format(self.row, place, *title, &self.formats.header)?;
        }
        self.sheet.set_row_height(self.row, 30)?;
        self.row += 1;
        Ok(())
    }

    fn by_kind(&mut self, open: &[&Line<'_>]) -> Result<(), XlsxError> {
        self.header(&["重复类型", "暂停", "待确认", "合计", "应退金额（元）"])?;
        for kind in DuplicateKind::ALL {
            let of_kind: Vec<&Line<'_>> = open.iter().filter(|line| line.kind == kind).copied().collect();
            self.kind_row(messages::kind(kind), &of_kind)?;
        }
        self.kind_row("合计", open)
    }

    fn kind_row(&mut self, label: &str, lines: &[&Line<'_>]) -> Result<(), XlsxError> {
        let of_action = |action| lines.iter().filter(|line| line.action == action).count();
        let refund: Yuan = lines.iter().filter_map(|line| line.refund).sum();
        self.sheet.write_string_with_format(self.row, 0, label, &self.formats.label)?;
        for (place, count) in (1u16..).zip([of_action(DuplicateAction::Pause), of_action(DuplicateAction::Confirm), lines.len()]) {
            self.sheet.write_number_with_format(self.row, place, count as f64, &self.formats.count)?;
        }
        self.sheet.write_number_with_format(self.row, 4, refund.fen() as f64 / 100.0, &self.formats.money)?;
        self.row += 1;
        Ok(())
    }

    fn by_township(&mut self, lists: &Lists<'_>, townships: &BTreeMap<&str, Option<&str>>, date: Day) -> Result<(), XlsxError> {
        self.header(&["乡镇（街道）", "区划", "未了结", "本期新发现", LONG_OPEN, "本期了结"])?;
        let elsewhere = lists.open.iter().chain(&lists.settled).any(|line| line.township.is_none()).then_some((None, Some("辖区外或不明")));
        let rows = townships.iter().map(|(code, name)| (Some(*code), *name)).chain(elsewhere);
        for (code, name) in rows {
            let here = |line: &&&Line<'_>| line.township == code;
            let open: Vec<&&Line<'_>> = lists.open.iter().filter(here).collect();
            let count = |fits: &dyn Fn(&Line<'_>) -> bool| open.iter().filter(|line| fits(line)).count();
            let settled = lists.settled.iter().filter(here).filter(|line| line.is_settled_on(date)).count();
            self.sheet.write_string_with_format(self.row, 0, name.unwrap_or_default(), &self.formats.label)?;
            self.sheet.write_string_with_format(self.row, 1, code.unwrap_or_default(), &self.formats.text)?;
            let figures = [open.len(), count(&|line| line.first_seen == date), count(&|line| line.is_long_open()), settled];
            for (place, count) in (2u16..).zip(figures) {
                self.sheet.write_number_with_format(self.row, place, count as f64, &self.formats.count)?;
            }
            self.row += 1;
        }
        Ok(())
    }
}
