//! The bulletin as a workbook: its words, its tables with numbers as numbers, and charts that the office's own program
//! draws from them.
//!
//! A sheet for the words, one for each section, one for the points of the charts, one for the sources. A suppressed or
//! missing value is words in its cell; in the sheet of points it is `#N/A`, which no chart draws, and its name bears
//! the mark.

mod charts;
mod styles;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::Bulletin;
use super::document::{Block, Section, Table, Value};
use super::error::BulletinError;
use charts::Points;
use styles::Styles;

/// No cell is wider, in letters.
const WIDEST: f64 = 34.0;
/// How wide the words are, in letters.
const TEXT_WIDTH: f64 = 76.0;
/// The height of a head with its unit, in points.
const HEAD_HEIGHT: f64 = 32.0;
/// The height of a row that is not set, in pixels.
const ROW_PIXELS: u32 = 20;

/// The whole file.
///
/// # Errors
/// The library refuses.
pub fn workbook(bulletin: &Bulletin) -> Result<Vec<u8>, BulletinError> {
    write(bulletin).map_err(BulletinError::Workbook)
}

fn write(bulletin: &Bulletin) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(bulletin)?);
    let styles = Styles::new();
    words(bulletin, &styles, workbook.add_worksheet())?;
    let name = bulletin.lang.pick("图表数据", "Chart data");
    let mut points = Points::new(name);
    for section in &bulletin.sections {
        sheet(bulletin, section, &styles, &mut points, workbook.add_worksheet())?;
    }
    points.write(bulletin, &styles, workbook.add_worksheet())?;
    sources(bulletin, &styles, workbook.add_worksheet())?;
    workbook.save_to_buffer()
}

/// No clock: the file is as old as the month it tells of.
fn properties(bulletin: &Bulletin) -> Result<DocProperties, XlsxError> {
    let (year, month, day) = bulletin.month.last_day().ymd();
    let created =
        ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(u16::MAX), u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))?;
    Ok(DocProperties::new().set_title(format!("{} {}", bulletin.title, bulletin.subtitle)).set_creation_datetime(&created))
}

/// Paper, and how a sheet fits on it.
fn page(sheet: &mut Worksheet, name: &str) -> Result<(), XlsxError> {
    const A4: u8 = 9;
    sheet.set_name(name)?;
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
    sheet.set_screen_gridlines(false).set_footer("&C&P / &N");
    Ok(())
}

/// The words of all sections.
fn words(bulletin: &Bulletin, styles: &Styles, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let lang = bulletin.lang;
    page(sheet, lang.pick("正文", "Text"))?;
    sheet.set_portrait();
    sheet.set_column_width(0, TEXT_WIDTH)?;
    let mut row = 0;
    let mut line = |text: &str, format: &Format, line_height: f64, sheet: &mut Worksheet| {
        sheet.write_string_with_format(row, 0, text, format)?;
        // Not every program finds out by itself how many lines a text takes.
        let lines = (letters(text) / (TEXT_WIDTH - 4.0)).ceil().max(1.0);
        sheet.set_row_height(row, lines * line_height + 5.0)?;
        row += 1;
        Ok::<(), XlsxError>(())
    };
    line(&bulletin.title, &styles.title, 28.0, sheet)?;
    line(&bulletin.subtitle, &styles.subtitle, 20.0, sheet)?;
    for source in &bulletin.sources {
        line(&source.reading(), &styles.note, 13.0, sheet)?;
    }
    for section in &bulletin.sections {
        line(&section.title, &styles.heading, 24.0, sheet)?;
        for block in &section.blocks {
            if let Block::Text(text) = block {
                line(&text.reading(), &styles.text, 16.0, sheet)?;
            }
        }
    }
    line(lang.pick("说明", "Remarks"), &styles.heading, 24.0, sheet)?;
    for remark in &bulletin.remarks {
        line(&remark.reading(), &styles.text, 16.0, sheet)?;
    }
    Ok(())
}

/// The tables and charts of a section, one below the other.
fn sheet(bulletin: &Bulletin, section: &Section, styles: &Styles, points: &mut Points, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    page(sheet, &section.title)?;
    sheet.write_string_with_format(0, 0, &section.title, &styles.heading)?;
    let mut row = 2;
    let mut widths: Vec<f64> = Vec::new();
    let has_tables = section.blocks.iter().any(|block| matches!(block, Block::Table(_)));
    // What is too long to print comes last.
    let is_long = |block: &&Block| matches!(block, Block::Table(table) if table.is_long);
    let long = section.blocks.iter().filter(is_long);
    for block in section.blocks.iter().filter(|block| !is_long(block)).chain(long) {
        match block {
            // The words stand in their own sheet; here they say why there is no table.
            Block::Text(_) if has_tables => {}
            Block::Text(text) => {
                sheet.write_string_with_format(row, 0, text.reading(), &styles.plain)?;
                row += 2;
            }
            Block::Table(table) => {
                row = write_table(bulletin, table, styles, sheet, row, &mut widths)? + 1;
            }
            Block::Chart(chart) => {
                for native in points.add(bulletin, chart) {
                    sheet.insert_chart(row, 0, &native)?;
                    row += charts::HEIGHT.div_ceil(ROW_PIXELS) + 1;
                }
            }
        }
    }
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, width.min(WIDEST))?;
    }
    Ok(())
}

/// A table from `top` on; gives the first row after it.
fn write_table(
    bulletin: &Bulletin,
    table: &Table,
    styles: &Styles,
    sheet: &mut Worksheet,
    top: u32,
    widths: &mut Vec<f64>,
) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(top, 0, &table.title, &styles.caption)?;
    let mut row = top + 1;
    sheet.set_row_height(row, HEAD_HEIGHT)?;
    let heads = table.columns.iter().map(|column| match column.unit.is_empty() {
        true => column.title.clone(),
        false => format!("{}\n{}", column.title, bulletin.lang.in_brackets(&column.unit).trim_start()),
    });
    for (column, head) in (0u16..).zip(table.labels.iter().cloned().chain(heads)) {
        sheet.write_string_with_format(row, column, &head, &styles.head)?;
        widen(widths, column, head.lines().map(letters).fold(0.0, f64::max));
    }
    for line in &table.rows {
        row += 1;
        for (column, label) in (0u16..).zip(&line.labels) {
            sheet.write_string_with_format(row, column, label, if line.is_total { &styles.total_label } else { &styles.label })?;
            widen(widths, column, letters(label));
        }
        for (column, value) in (u16::try_from(table.labels.len()).unwrap_or(0)..).zip(&line.values) {
            write_value(bulletin, value, line.is_total, styles, sheet, (row, column))?;
            widen(widths, column, letters(&value.shown(bulletin.lang)));
        }
    }
    for note in &table.notes {
        row += 1;
        sheet.write_string_with_format(row, 0, note, &styles.note)?;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, source(bulletin, table.query), &styles.note)?;
    Ok(row + 1)
}

fn write_value(
    bulletin: &Bulletin,
    value: &Value,
    is_total: bool,
    styles: &Styles,
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
) -> Result<(), XlsxError> {
    let format = styles.of(value, is_total);
    match value {
        Value::Count(count) => sheet.write_number_with_format(row, column, *count as f64, format)?,
        Value::Money(amount) => sheet.write_number_with_format(row, column, amount.fen() as f64 / 100.0, format)?,
        Value::Percent(percent) => sheet.write_number_with_format(row, column, percent.hundredths() as f64 / 100.0, format)?,
        Value::Words(_) | Value::Suppressed | Value::Missing(_) => {
            sheet.write_string_with_format(row, column, value.shown(bulletin.lang), format)?
        }
    };
    Ok(())
}

/// Where a table's figures come from.
fn source(bulletin: &Bulletin, query: &str) -> String {
    let Some(figure) = bulletin.figures.iter().find(|figure| figure.id == query) else { return query.to_owned() };
    let (datasets, pipeline, snapshot) = (figure.datasets.join(", "), &figure.pipeline, figure.snapshot);
    let zh = format!("来源：{query}（{pipeline}/{snapshot}，数据集 {datasets}）");
    let en = format!("Source: {query} ({pipeline}/{snapshot}, dataset {datasets})");
    bulletin.lang.pick(&zh, &en).to_owned()
}

/// Where all figures come from, with the queries.
fn sources(bulletin: &Bulletin, styles: &Styles, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let lang = bulletin.lang;
    page(sheet, lang.pick("数据来源", "Sources"))?;
    let heads = [
        (lang.pick("编号", "ID"), 26.0),
        (lang.pick("内容", "What"), 30.0),
        (lang.pick("快照", "Snapshot"), 30.0),
        (lang.pick("数据集", "Dataset"), 24.0),
        (lang.pick("推算", "Worked out"), 30.0),
        (lang.pick("查询", "Query"), 90.0),
    ];
    for (column, (head, width)) in (0u16..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &styles.head)?;
        sheet.set_column_width(column, width)?;
    }
    for (row, figure) in (1u32..).zip(&bulletin.figures) {
        let snapshot = format!("{}/{}", figure.pipeline, figure.snapshot);
        let datasets = figure.datasets.join(", ");
        let cells = [figure.id, &figure.title, &snapshot, &datasets, &figure.derived, &figure.sql];
        for (column, cell) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, column, cell, &styles.text)?;
        }
        let lines = cells.iter().zip(heads).map(|(cell, (_, width))| (letters(cell) / (width - 2.0)).ceil()).fold(1.0, f64::max);
        sheet.set_row_height(row, lines * 15.0 + 5.0)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn widen(widths: &mut Vec<f64>, column: u16, letters: f64) {
    let column = usize::from(column);
    if widths.len() <= column {
        widths.resize(column + 1, 10.0);
    }
    widths[column] = widths[column].max(letters + 2.0);
}

/// How wide a text is: a Chinese letter takes two places.
fn letters(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum()
}
