//! A list as a sheet: header frozen and repeated in print, filters, one row a case.

use rust_xlsxwriter::{ExcelDateTime, IgnoreError, Worksheet, XlsxError};

use super::super::{LONG_OPEN_DAYS, messages};
use super::format::{Formats, height};
use super::line::Line;
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment};

const A4: u8 = 9;
/// Columns that stay in view when a clerk moves to the right: number and name.
const FROZEN: u16 = 2;

/// A sheet's name, what it says when it is empty, and its columns: as many as can be read on paper, and some beside.
pub(super) struct Layout {
    pub name: &'static str,
    empty: &'static str,
    /// What fits on paper.
    printed: &'static [Column],
    /// What is only on the screen, to the right of it.
    beside: &'static [Column],
}

/// One column.
struct Column {
    title: &'static str,
    /// In characters.
    width: f64,
    cell: fn(&Line<'_>) -> Cell,
}

/// What stands in a cell.
enum Cell {
    /// A code, a number or a name, in one line.
    Text(String),
    /// Words, in as many lines as they need.
    Words(String),
    Day(Day),
    Moment(Option<Moment>),
    Money(Option<Yuan>),
    /// Days that a case has been open.
    DaysOpen(i32),
    Days(i32),
}

/// What stands around each printed page.
pub(super) struct Margin<'a> {
    pub title: &'a str,
    pub date: Day,
    /// Whether persons are shown as they are.
    pub confidential: bool,
}

const fn column(title: &'static str, width: f64, cell: fn(&Line<'_>) -> Cell) -> Column {
    Column { title, width, cell }
}

fn text(text: Option<&str>) -> Cell {
    Cell::Text(text.unwrap_or_default().to_owned())
}

const NUMBER: Column = column("案件编号", 12.5, |line| Cell::Text(line.number.to_string()));
const NAME: Column = column("姓名", 8.0, |line| Cell::Words(line.name.unwrap_or_default().to_owned()));
const CERTNO: Column = column("证件号码", 19.5, |line| Cell::Words(line.certno.to_owned()));
const TOWNSHIP: Column = column("乡镇（街道）", 10.5, |line| {
    Cell::Words(match (line.township_name.or(line.township), line.residence) {
        (Some(township), _) => township.to_owned(),
        (None, Some(residence)) => format!("辖区外 {residence}"),
        (None, None) => "居住地不明".to_owned(),
    })
});
const KIND: Column = column("重复类型", 20.0, |line| text(Some(messages::kind(line.kind))));
const ACTION: Column = column("建议处理", 7.0, |line| text(Some(messages::action(line.action))));
const SCHEME: Column = column("险种", 8.5, |line| text(Some(messages::scheme(line.insutype))));
const AREA: Column = column("参保地", 7.5, |line| text(Some(line.area)));
const PSN_NO: Column = column("人员编号", 24.0, |line| text(Some(line.psn_no)));
const MONTHS: Column = column("所属期", 8.0, |line| Cell::Words(format!("{}–{}", line.first_month, line.last_month)));
const PAID_AT: Column = column("缴费时间", 10.5, |line| Cell::Moment(line.paid_at));
const PERSONAL: Column = column("缴费（元）", 9.0, |line| Cell::Money(line.personal));
const REFUND: Column = column("应退（元）", 9.0, |line| Cell::Money(line.refund));
const FIRST_SEEN: Column = column("首次发现", 10.5, |line| Cell::Day(line.first_seen));
const REOPENED_FROM: Column = column("原案件编号", 12.5, |line| text(line.reopened_from));

/// The list of what has to be done.
pub(super) static OPEN: Layout = Layout {
    name: "清单",
    empty: "本期没有需要处理的重复参保记录。",
    printed: &[
        NUMBER,
        NAME,
        CERTNO,
        TOWNSHIP,
        ACTION,
        SCHEME,
        AREA,
        MONTHS,
        PAID_AT,
        PERSONAL,
        REFUND,
        column("与之重叠的记录", 30.0, |line| Cell::Words(line.collides_with.unwrap_or_default().replace('；', "；\n"))),
        column("理由", 30.0, |line| Cell::Words(line.reason.to_owned())),
        column("接收地区", 7.5, |line| Cell::Words(line.receiving_area.unwrap_or_default().replace(';', " "))),
        FIRST_SEEN,
        column("未了结天数", 8.0, |line| Cell::DaysOpen(line.days_open)),
        column("处理结果（手填）", 13.0, |_| text(None)),
    ],
    beside: &[KIND, PSN_NO, REOPENED_FROM],
};

/// The list of what is done.
pub(super) static SETTLED: Layout = Layout {
    name: "已了结",
    empty: "本待遇年度还没有了结的案件。",
    printed: &[
        NUMBER,
        NAME,
        CERTNO,
        TOWNSHIP,
        SCHEME,
        AREA,
        MONTHS,
        PAID_AT,
        PERSONAL,
        column("曾建议处理", 8.0, |line| text(Some(messages::action(line.action)))),
        FIRST_SEEN,
        column("最后列入", 10.5, |line| line.end.map_or_else(|| text(None), |end| Cell::Day(end.last_seen))),
        column("了结日期", 10.5, |line| line.end.map_or_else(|| text(None), |end| Cell::Day(end.settled_on))),
        column("历时天数", 7.0, |line| Cell::Days(line.days_open)),
        column("结果", 26.0, |line| Cell::Words(line.end.map_or("", |end| messages::outcome(end.outcome)).to_owned())),
    ],
    beside: &[KIND, PSN_NO, REOPENED_FROM],
};

/// Fills a sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    layout: &Layout,
    lines: &[&Line<'_>],
    margin: &Margin<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_name(layout.name)?;
    set_up(sheet, layout, margin)?;
    let columns: Vec<&Column> = layout.printed.iter().chain(layout.beside).collect();
    for (place, column) in (0u16..).zip(&columns) {
        sheet.set_column_width(place, column.width)?;
        sheet.write_string_with_format(0, place, column.title, &formats.header)?;
    }
    sheet.set_row_height(0, 30)?;
    let [last_printed, last_column] = [layout.printed.len(), columns.len()].map(|columns| u16::try_from(columns - 1).unwrap_or(u16::MAX));
    let last_row = u32::try_from(lines.len()).unwrap_or(u32::MAX).max(1);
    sheet.set_print_area(0, 0, last_row, last_printed)?;
    if lines.is_empty() {
        sheet.merge_range(1, 0, 1, last_printed, layout.empty, &formats.subtitle)?;
        sheet.set_row_height(1, 30)?;
        return Ok(());
    }
    for (row, line) in (1u32..).zip(lines) {
        let cells: Vec<Cell> = columns.iter().map(|column| (column.cell)(line)).collect();
        for (place, cell) in (0u16..).zip(&cells) {
            put(sheet, row, place, cell, formats)?;
        }
        let wrapped = cells.iter().zip(&columns).filter_map(|(cell, column)| match cell {
            Cell::Words(words) => Some((words.as_str(), column.width)),
            _ => None,
        });
        sheet.set_row_height(row, height(wrapped))?;
    }
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.ignore_error_range(1, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

fn set_up(sheet: &mut Worksheet, layout: &Layout, margin: &Margin<'_>) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, FROZEN)?;
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
    let secret = if margin.confidential { "&R含个人信息，注意保密" } else { "" };
    // `&` begins a code in headers and footers.
    let title = margin.title.replace('&', "&&");
    sheet.set_header(format!("&L{title}{secret}")).set_footer(format!("&L基准日 {}&C第 &P 页，共 &N 页&R{}", margin.date, layout.name));
    Ok(())
}

fn put(sheet: &mut Worksheet, row: u32, place: u16, cell: &Cell, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => put_text(sheet, row, place, text, &formats.text),
        Cell::Words(words) => put_text(sheet, row, place, words, &formats.wrapped),
        Cell::Day(day) => put_time(sheet, row, place, i64::from(day.epoch()) * 86_400, *day, formats),
        // The sheet shows the day; the cell holds the time, too.
        Cell::Moment(Some(moment)) => put_time(sheet, row, place, moment.micros().div_euclid(1_000_000), moment.day(), formats),
        // A workbook's numbers are floating point: exact to the fen up to 90 trillion yuan.
        Cell::Money(Some(amount)) => sheet.write_number_with_format(row, place, amount.fen() as f64 / 100.0, &formats.money).map(drop),
        Cell::Moment(None) | Cell::Money(None) => sheet.write_blank(row, place, &formats.text).map(drop),
        Cell::DaysOpen(days) if *days > LONG_OPEN_DAYS => sheet.write_number_with_format(row, place, *days, &formats.late).map(drop),
        Cell::DaysOpen(days) | Cell::Days(days) => sheet.write_number_with_format(row, place, *days, &formats.count).map(drop),
    }
}

fn put_text(sheet: &mut Worksheet, row: u32, place: u16, text: &str, format: &rust_xlsxwriter::Format) -> Result<(), XlsxError> {
    if text.is_empty() { sheet.write_blank(row, place, format) } else { sheet.write_string_with_format(row, place, text, format) }.map(drop)
}

/// A day before 1900 is none to a workbook, and stands as text.
fn put_time(sheet: &mut Worksheet, row: u32, place: u16, seconds: i64, day: Day, formats: &Formats) -> Result<(), XlsxError> {
    match ExcelDateTime::from_timestamp(seconds) {
        Ok(time) => sheet.write_datetime_with_format(row, place, &time, &formats.day).map(drop),
        Err(_) => put_text(sheet, row, place, &day.to_string(), &formats.text),
    }
}
