//! The bulletin as one page of HTML: nothing is fetched, nothing runs, and it prints on A4.

use askama::Template;

use super::Bulletin;
use super::charts;
use super::document::{Block, Chart, Piece, Section, Table, Text, Value};
use super::error::BulletinError;
use super::figures::Figure;
use canbao_rules::Language;

/// So many rows of a table still fit on one page of A4.
const ROWS_ON_A_PAGE: usize = 30;

#[derive(Template)]
#[template(path = "operators/monthly_bulletin/page.html")]
struct Page<'a> {
    lang: &'static str,
    title: &'a str,
    subtitle: &'a str,
    words: Words,
    sources: &'a [Text],
    sections: Vec<PageSection<'a>>,
    remarks: &'a [Text],
    figures: Vec<PageFigure<'a>>,
}

/// The fixed words of the page.
struct Words {
    made_from: &'static str,
    remarks: &'static str,
    figures: &'static str,
    trace: &'static str,
    dataset: &'static str,
}

struct PageSection<'a> {
    id: &'static str,
    number: &'static str,
    title: &'a str,
    blocks: Vec<PageBlock<'a>>,
}

enum PageBlock<'a> {
    Text { pieces: Vec<PagePiece<'a>>, numbers: Vec<usize> },
    Table(PageTable<'a>),
    Chart { svg: String, chart: &'a Chart, number: usize },
}

/// Words, or a figure with the reference that `--trace` takes.
struct PagePiece<'a> {
    text: &'a str,
    trace: Option<String>,
}

struct PageTable<'a> {
    table: &'a Table,
    number: usize,
    rows: Vec<PageRow<'a>>,
    class: &'static str,
}

struct PageRow<'a> {
    labels: Vec<PageLabel<'a>>,
    cells: Vec<PageCell>,
    is_total: bool,
}

/// A label, and how many rows it is for.
struct PageLabel<'a> {
    text: &'a str,
    rows: usize,
}

struct PageCell {
    text: String,
    class: &'static str,
    trace: String,
}

struct PageFigure<'a> {
    number: usize,
    figure: &'a Figure,
}

/// The whole page.
///
/// # Errors
/// A chart cannot be drawn, or the template fails.
pub fn page(bulletin: &Bulletin) -> Result<String, BulletinError> {
    let lang = bulletin.lang;
    let sections = bulletin.sections.iter().enumerate().map(|(at, section)| page_section(bulletin, at, section));
    let page = Page {
        lang: lang.pick("zh-CN", "en"),
        title: &bulletin.title,
        subtitle: &bulletin.subtitle,
        words: words(lang),
        sources: &bulletin.sources,
        sections: sections.collect::<Result<_, _>>()?,
        remarks: &bulletin.remarks,
        figures: bulletin.figures.iter().enumerate().map(|(at, figure)| PageFigure { number: at + 1, figure }).collect(),
    };
    page.render().map_err(BulletinError::Page)
}

fn words(lang: Language) -> Words {
    Words {
        made_from: lang.pick("编制依据", "Made from"),
        remarks: lang.pick("说明", "Remarks"),
        figures: lang.pick("数据来源", "Sources of figures"),
        trace: lang.pick(
            "查询及其结果可用 canbao bulletin --trace 编号 查看；结果含未抑制的数据，仅供有权查看快照的人员使用。",
            "`canbao bulletin --trace ID` shows a query with its answer, small figures included: for those who may see the snapshots.",
        ),
        dataset: lang.pick("数据集", "Dataset"),
    }
}

fn number(lang: Language, at: usize) -> &'static str {
    const ZH: [&str; 6] = ["一、", "二、", "三、", "四、", "五、", "六、"];
    const EN: [&str; 6] = ["1. ", "2. ", "3. ", "4. ", "5. ", "6. "];
    let numbers = match lang {
        Language::Chinese => ZH,
        Language::English => EN,
    };
    numbers.get(at).copied().unwrap_or_default()
}

fn page_section<'a>(bulletin: &'a Bulletin, at: usize, section: &'a Section) -> Result<PageSection<'a>, BulletinError> {
    let blocks = section.blocks.iter().filter_map(|block| page_block(bulletin, block).transpose());
    Ok(PageSection { id: section.id, number: number(bulletin.lang, at), title: &section.title, blocks: blocks.collect::<Result<_, _>>()? })
}

fn page_block<'a>(bulletin: &'a Bulletin, block: &'a Block) -> Result<Option<PageBlock<'a>>, BulletinError> {
    Ok(Some(match block {
        Block::Text(text) => {
            let numbers = text.queries().into_iter().map(|query| bulletin.source_number(query)).collect();
            PageBlock::Text { pieces: text.0.iter().map(page_piece).collect(), numbers }
        }
        Block::Table(table) if table.is_long => return Ok(None),
        Block::Table(table) => PageBlock::Table(page_table(bulletin, table)),
        Block::Chart(chart) => {
            PageBlock::Chart { svg: charts::svg(bulletin.lang, chart)?, chart, number: bulletin.source_number(chart.query) }
        }
    }))
}

fn page_piece(piece: &Piece) -> PagePiece<'_> {
    match piece {
        Piece::Words(text) => PagePiece { text, trace: None },
        Piece::Figure { text, from } => PagePiece { text, trace: Some(from.to_string()) },
    }
}

fn page_table<'a>(bulletin: &'a Bulletin, table: &'a Table) -> PageTable<'a> {
    let cell = |value: &Value, trace: String| PageCell {
        text: value.shown(bulletin.lang),
        class: match value {
            Value::Suppressed => "mark",
            Value::Missing(_) => "none",
            Value::Words(_) => "word",
            Value::Count(_) | Value::Money(_) | Value::Percent(_) => "",
        },
        trace,
    };
    let rows = table.rows.iter().enumerate().map(|(at, row)| PageRow {
        labels: page_labels(table, at),
        cells: row.values.iter().zip(&table.columns).map(|(value, column)| cell(value, table.reference(row, column).to_string())).collect(),
        is_total: row.is_total,
    });
    let is_wide = table.columns.len() + table.labels.len() > 8;
    // One that fits on a page is not torn.
    let class = match (is_wide, table.rows.len() <= ROWS_ON_A_PAGE) {
        (true, true) => "wide short",
        (true, false) => "wide",
        (false, true) => "short",
        (false, false) => "long",
    };
    PageTable { table, number: bulletin.source_number(table.query), rows: rows.collect(), class }
}

/// The labels of a row. The first of several stands once for all rows that share it.
fn page_labels(table: &Table, at: usize) -> Vec<PageLabel<'_>> {
    let labels = &table.rows[at].labels;
    let first = |row: usize| table.rows.get(row).and_then(|row| row.labels.first());
    let is_grouped = labels.len() > 1;
    let repeats = is_grouped && at > 0 && first(at - 1) == first(at);
    let label = |(place, text)| {
        let rows = if is_grouped && place == 0 { (at..table.rows.len()).take_while(|row| first(*row) == first(at)).count() } else { 1 };
        PageLabel { text, rows }
    };
    labels.iter().map(String::as_str).enumerate().skip(usize::from(repeats)).map(label).collect()
}
