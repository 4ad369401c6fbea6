//! The first worksheet of an Excel workbook (`.xlsx`), row by row as text.
//!
//! What a cell says, and not how it looks, is its text: a number without needless places or an
//! exponent, so that a code typed as a number reads as the code; a day where the cell is formatted
//! as a date, and only there; an error as its text. Rows are known by their number in the sheet.
//!
//! Before anything is interpreted the archive is unpacked once into nothing, counting, and given
//! up beyond [`MOST_BYTES`], whatever sizes its directory claims. After that the sheet is streamed
//! cell by cell; the table of shared strings is held whole, as every reader of workbooks must.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;
use zip::result::ZipError;

use super::cells::{CellReader, Outlet, guarded, unreadable};
use super::{BlockReader, Contract, ExtractError, SourceFile};

/// The most that a workbook may unpack to: 1 GiB, all its parts together.
const MOST_BYTES: u64 = 1 << 30;

/// The first bytes of an OLE container, in which Excel puts protected workbooks and the old `.xls`.
const OLE_CONTAINER: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

type Book = Xlsx<BufReader<File>>;

/// Opens the workbook and reads its header, the first row with any text. Blocks hold the declared
/// columns only.
pub(super) fn open(file: &SourceFile, contract: &Contract) -> Result<Box<dyn BlockReader>, ExtractError> {
    open_within(file, contract, MOST_BYTES)
}

fn open_within(file: &SourceFile, contract: &Contract, most: u64) -> Result<Box<dyn BlockReader>, ExtractError> {
    let (handle, digest) = file.seekable()?;
    guarded(&file.path, || {
        let damaged = |error| damage(&file.path, &error);
        let handle = measured(refuse_container(handle, &file.path)?, &file.path, most)?;
        let mut book = Xlsx::new(BufReader::new(handle)).map_err(damaged)?;
        let sheet = book.sheets_metadata().iter().find(|sheet| sheet.typ == SheetType::WorkSheet);
        let sheet = sheet.ok_or_else(|| unreadable(&file.path, "the workbook has no worksheet"))?.name.clone();
        let (texts, header_row) = read_header(&mut book, &sheet).map_err(damaged)?;
        let mut slots = Vec::with_capacity(texts.len());
        let mut header = Vec::new();
        for text in texts {
            let declared = contract.place_of_header(&text).is_some();
            slots.push(declared.then_some(header.len()));
            if declared {
                header.push(text);
            }
        }
        let mut rows = Rows { path: file.path.clone(), bytes: digest.bytes, book, sheet, header_row, slots, width: header.len() };
        Ok(Box::new(CellReader::new(&file.path, header, digest, move |outlet| rows.read(outlet))) as Box<dyn BlockReader>)
    })
}

/// What it takes to read the rows below a header.
struct Rows {
    path: String,
    bytes: u64,
    book: Book,
    sheet: String,
    /// The header's row in the sheet, from 0.
    header_row: u32,
    /// For each of the header's columns, its place among the declared ones.
    slots: Vec<Option<usize>>,
    width: usize,
}

impl Rows {
    fn read(&mut self, outlet: &mut Outlet) -> Result<(), ExtractError> {
        let damaged = |error| damage(&self.path, &error);
        let calendar = Calendar { from_1904: self.book.has_1904_epoch() };
        let mut cells = self.book.worksheet_cells_reader(&self.sheet).map_err(damaged)?;
        let last_row = u64::from(cells.dimensions().end.0).max(1);
        let mut row = RowInWork::new(self.width);
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (number, column) = cell.get_position();
            if number <= self.header_row {
                continue;
            }
            if number != row.number {
                row.finish(outlet);
                row.number = number;
                outlet.progress(self.bytes.saturating_mul(u64::from(number)) / last_row);
                if !outlet.go_on() {
                    return Ok(());
                }
            }
            row.take(self.slots.get(column as usize).copied(), cell.get_value(), calendar);
        }
        row.finish(outlet);
        Ok(())
    }
}

/// The row whose cells are arriving. Cells may come in any order and any number.
struct RowInWork {
    /// From 0.
    number: u32,
    fields: Vec<String>,
    scratch: String,
    blank: bool,
    too_long: bool,
}

impl RowInWork {
    fn new(width: usize) -> Self {
        Self { number: 0, fields: vec![String::new(); width], scratch: String::new(), blank: true, too_long: false }
    }

    /// Takes a cell; `slot` is `None` beyond the header and `Some(None)` in a column nobody wants.
    fn take(&mut self, slot: Option<Option<usize>>, value: &DataRef<'_>, calendar: Calendar) {
        let text = match slot {
            Some(Some(slot)) => &mut self.fields[slot],
            Some(None) | None => &mut self.scratch,
        };
        text.clear();
        render(value, calendar, text);
        if !text.trim().is_empty() {
            self.blank = false;
            self.too_long |= slot.is_none();
        }
    }

    /// Puts the row into the block, unless it is empty.
    fn finish(&mut self, outlet: &mut Outlet) {
        let line = u64::from(self.number) + 1;
        if self.too_long {
            outlet.block().bad_row(line);
        } else if !self.blank {
            self.fields.iter().for_each(|field| outlet.block().push_cell(field));
            outlet.block().end_row(line);
        }
        self.fields.iter_mut().for_each(String::clear);
        (self.blank, self.too_long) = (true, false);
    }
}

/// The first row with any text, and its number from 0. A header is as wide as its last cell that
/// is there at all: cells that a merged one covers belong to it.
fn read_header(book: &mut Book, sheet: &str) -> Result<(Vec<String>, u32), XlsxError> {
    let calendar = Calendar { from_1904: book.has_1904_epoch() };
    let mut cells = book.worksheet_cells_reader(sheet)?;
    let mut header: Vec<String> = Vec::new();
    let mut row = 0;
    while let Some(cell) = cells.next_cell()? {
        let (number, column) = cell.get_position();
        if number != row {
            if header.iter().any(|name| !name.is_empty()) {
                return Ok((header, row));
            }
            header.clear();
            row = number;
        }
        let column = column as usize;
        if header.len() <= column {
            header.resize(column + 1, String::new());
        }
        let mut text = String::new();
        render(cell.get_value(), calendar, &mut text);
        text.trim().clone_into(&mut header[column]);
    }
    if header.iter().all(String::is_empty) {
        header.clear();
    }
    Ok((header, row))
}

/// Which days a workbook's serial numbers count from.
#[derive(Debug, Clone, Copy)]
struct Calendar {
    from_1904: bool,
}

impl Calendar {
    /// Whether the serial number is one of a day from the calendar's first to 9999-12-31. A time of
    /// day without a day lies below it.
    fn holds(self, serial: f64) -> bool {
        if self.from_1904 { (0.0..2_957_004.0).contains(&serial) } else { (1.0..2_958_466.0).contains(&serial) }
    }
}

/// Writes what a cell says.
fn render(value: &DataRef<'_>, calendar: Calendar, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = match value {
        DataRef::Empty => Ok(()),
        DataRef::String(string) | DataRef::DateTimeIso(string) | DataRef::DurationIso(string) => text.write_str(string),
        DataRef::SharedString(string) => text.write_str(string),
        DataRef::Bool(true) => text.write_str("TRUE"),
        DataRef::Bool(false) => text.write_str("FALSE"),
        DataRef::Int(number) => write!(text, "{number}"),
        DataRef::Float(number) => render_number(*number, text),
        DataRef::DateTime(day) if day.is_datetime() && calendar.holds(day.as_f64()) => render_day(*day, text),
        DataRef::DateTime(day) => render_number(day.as_f64(), text),
        DataRef::Error(error) => write!(text, "{error}"),
    };
}

/// A whole number has all its digits. A fraction has the 15 significant ones that Excel keeps and
/// shows: what a formula leaves behind them, as in 0.1 + 0.2, is noise.
fn render_number(number: f64, text: &mut String) -> std::fmt::Result {
    if number.fract() == 0.0 && number.abs() < 9.0e18 {
        return write!(text, "{}", number as i64);
    }
    let start = text.len();
    write!(text, "{number:.14e}")?;
    let kept = text[start..].parse().unwrap_or(number);
    text.truncate(start);
    write!(text, "{kept}")
}

fn render_day(day: ExcelDateTime, text: &mut String) -> std::fmt::Result {
    let (year, month, day, hour, minute, second, millisecond) = day.to_ymd_hms_milli();
    write!(text, "{year:04}-{month:02}-{day:02}")?;
    if (hour, minute, second, millisecond) != (0, 0, 0, 0) {
        write!(text, " {hour:02}:{minute:02}:{second:02}")?;
    }
    if millisecond != 0 {
        write!(text, ".{millisecond:03}")?;
    }
    Ok(())
}

/// The file again, unless it is an OLE container, whatever its ending says.
fn refuse_container(mut file: File, path: &str) -> Result<File, ExtractError> {
    let failed = |source| ExtractError::io(path, source);
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(failed)?;
    file.rewind().map_err(failed)?;
    if start != OLE_CONTAINER {
        return Ok(file);
    }
    match Xlsx::new(BufReader::new(file)) {
        Err(XlsxError::Password) => Err(protected(path)),
        _ => Err(unreadable(path, "it is a workbook in the old form .xls, save it as .xlsx or CSV")),
    }
}

/// The archive's file again, rewound, once it is known to unpack to at most `most` bytes.
fn measured(file: File, path: &str, most: u64) -> Result<File, ExtractError> {
    let too_big = || unreadable(path, format_args!("it unpacks to more than {most} bytes, export it as CSV or Parquet"));
    let damaged = |error: &dyn std::fmt::Display| unreadable(path, format_args!("it is no workbook or a damaged one ({error})"));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let mut claimed: u64 = 0;
    for part in 0..archive.len() {
        claimed = claimed.saturating_add(archive.by_index_raw(part).map_err(|error| damaged(&error))?.size());
    }
    if claimed > most {
        return Err(too_big());
    }
    // The directory may lie, and whoever unpacks would believe it.
    let mut left = most;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => protected(path),
            error => damaged(&error),
        })?;
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|error| damaged(&error))?;
        left = left.checked_sub(unpacked).ok_or_else(too_big)?;
    }
    let mut file = archive.into_inner().into_inner();
    file.rewind().map_err(|source| ExtractError::io(path, source))?;
    Ok(file)
}

fn protected(path: &str) -> ExtractError {
    unreadable(path, "it is protected with a password, save it without one")
}

/// What is wrong with a workbook whose archive is sound. The reader's own account may quote a cell:
/// it is given only where it cannot.
fn damage(path: &str, error: &XlsxError) -> ExtractError {
    let account = match error {
        XlsxError::Io(error) => error.to_string(),
        XlsxError::Zip(error) => error.to_string(),
        XlsxError::Password => return protected(path),
        XlsxError::FileNotFound(part) => format!("it lacks the part `{part}`"),
        XlsxError::XmlEof(element) => format!("`{element}` does not end"),
        XlsxError::Unexpected(what) => (*what).to_owned(),
        _ => "its parts do not hold together".to_owned(),
    };
    unreadable(path, format_args!("it is no workbook or a damaged one ({account})"))
}

#[cfg(test)]
mod tests;
