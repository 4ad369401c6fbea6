//! Workbooks: rows as cells of one sheet, dates as serial days.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use canbao_rules::period::Day;

use super::record::Time;
use super::row::{Column, Row};

/// Cells of a sheet, one row after the other. The first error ends the writing and is handed out by [`Cells::finish`].
pub struct Cells<'a> {
    sheet: &'a mut Worksheet,
    date: Format,
    row: u32,
    column: u16,
    outcome: Result<(), XlsxError>,
}

/// A workbook with one sheet, whose rows `fill` writes, as the bytes of its file; with the number of rows.
///
/// Its time of creation is a fixed one, so that the same rows give the same bytes.
pub fn workbook(title: &str, header: &[Column], fill: impl FnOnce(&mut Cells<'_>)) -> Result<(Vec<u8>, u64), XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2024, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let sheet = workbook.add_worksheet_with_constant_memory();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let mut cells = Cells { sheet, date, row: 0, column: 0, outcome: Ok(()) };
    for (_, chinese) in header {
        cells.text(chinese);
    }
    cells.end();
    fill(&mut cells);
    let rows = cells.finish()?;
    Ok((workbook.save_to_buffer()?, rows))
}

impl Cells<'_> {
    /// Rows below the header.
    fn finish(self) -> Result<u64, XlsxError> {
        self.outcome.map(|()| u64::from(self.row) - 1)
    }

    fn put(&mut self, write: impl FnOnce(&mut Worksheet, u32, u16) -> Result<(), XlsxError>) {
        if self.outcome.is_ok() {
            self.outcome = write(self.sheet, self.row, self.column);
        }
        self.column += 1;
    }
}

impl Row for Cells<'_> {
    fn text(&mut self, value: &str) {
        self.put(|sheet, row, column| if value.is_empty() { Ok(()) } else { sheet.write_string(row, column, value).map(drop) });
    }

    fn integer(&mut self, value: u64) {
        self.put(|sheet, row, column| sheet.write_number(row, column, value as f64).map(drop));
    }

    fn amount(&mut self, fen: i64) {
        self.put(|sheet, row, column| sheet.write_number(row, column, fen as f64 / 100.0).map(drop));
    }

    fn day(&mut self, day: Option<Day>) {
        self.time(day.map(|day| (day, 0)));
    }

    fn time(&mut self, time: Option<Time>) {
        let date = self.date.clone();
        self.put(|sheet, row, column| {
            let Some((day, seconds)) = time else { return Ok(()) };
            let serial = f64::from(day.epoch() - EPOCH) + f64::from(seconds) / 86_400.0;
            sheet.write_number_with_format(row, column, serial, &date).map(drop)
        });
    }

    fn end(&mut self) {
        self.row += 1;
        self.column = 0;
    }
}

/// Day 0 of a workbook, 1899-12-30, in days since 1970-01-01.
const EPOCH: i32 = -25_569;
