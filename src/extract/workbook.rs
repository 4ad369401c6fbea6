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

use super::cells::{CellBlock, CellBlocks, CellsError, Outlet, guarded};

/// The most that a workbook may unpack to: 1 GiB, all its parts together.
pub const MOST_BYTES: u64 = 1 << 30;

/// The first bytes of an OLE container, in which Excel puts protected workbooks and the old `.xls`.
const OLE_CONTAINER: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// A workbook whose header has been read.
pub struct Workbook {
    file: String,
    book: Xlsx<BufReader<File>>,
    sheet: String,
    header: Vec<String>,
    /// The header's row in the sheet, from 0.
    header_row: u32,
}

impl Workbook {
    /// Opens the workbook and reads its header: the first row with any text. `name` stands for the
    /// file in messages.
    ///
    /// # Errors
    /// [`CellsError`], among them [`CellsError::TooBig`].
    pub fn open(file: File, name: &str) -> Result<Self, CellsError> {
        Self::open_within(file, name, MOST_BYTES)
    }

    fn open_within(mut file: File, name: &str, most: u64) -> Result<Self, CellsError> {
        guarded(name, || {
            refuse_containers(&mut file, name)?;
            let file = measured(file, name, most)?;
            let damaged = |source| damage(source, name);
            let mut book = Xlsx::new(BufReader::new(file)).map_err(damaged)?;
            let sheet = book.sheets_metadata().iter().find(|sheet| sheet.typ == SheetType::WorkSheet);
            let sheet = sheet.ok_or_else(|| CellsError::NoSheet { file: name.to_owned() })?.name.clone();
            let (header, header_row) = read_header(&mut book, &sheet).map_err(damaged)?;
            Ok(Self { file: name.to_owned(), book, sheet, header, header_row })
        })
    }

    /// The header's texts by column, from the sheet's first; a blank one is an empty text and its
    /// column an extra one. Without any row there is no header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The rows below the header that have any text, with the header's columns `wanted` in that order.
    pub fn rows(mut self, wanted: &[usize]) -> CellBlocks {
        let mut slots = vec![None; self.header.len()];
        for (slot, &column) in wanted.iter().enumerate() {
            slots[column] = Some(slot);
        }
        let width = wanted.len();
        CellBlocks::start(self.file.clone(), move |outlet| self.read_rows(&slots, width, outlet))
    }

    fn read_rows(&mut self, slots: &[Option<usize>], width: usize, outlet: &Outlet) -> Result<(), CellsError> {
        let damaged = |source| damage(source, &self.file);
        let calendar = Calendar { from_1904: self.book.has_1904_epoch() };
        let mut cells = self.book.worksheet_cells_reader(&self.sheet).map_err(damaged)?;
        let mut block = CellBlock::new(width);
        let mut row = RowInWork::new(width);
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (number, column) = cell.get_position();
            if number <= self.header_row {
                continue;
            }
            if number != row.number {
                row.finish(&mut block);
                row.number = number;
                if block.is_full() && !outlet.put(std::mem::replace(&mut block, CellBlock::new(width))) {
                    return Ok(());
                }
            }
            row.take(slots.get(column as usize).copied(), cell.get_value(), calendar);
        }
        row.finish(&mut block);
        outlet.put(block);
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
    fn finish(&mut self, block: &mut CellBlock) {
        if !self.blank {
            for field in &self.fields {
                block.text().push_str(field);
                block.end_field();
            }
            block.end_row(u64::from(self.number) + 1, self.too_long);
        }
        self.fields.iter_mut().for_each(String::clear);
        (self.blank, self.too_long) = (true, false);
    }
}

/// The first row with any text, and its number from 0. A header is as wide as its last cell that
/// is there at all: cells that a merged one covers belong to it.
fn read_header(book: &mut Xlsx<BufReader<File>>, sheet: &str) -> Result<(Vec<String>, u32), XlsxError> {
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

/// Refuses what bears the ending of a workbook and is an OLE container.
fn refuse_containers(file: &mut File, name: &str) -> Result<(), CellsError> {
    let unreadable = |source| CellsError::Read { file: name.to_owned(), source };
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    if start != OLE_CONTAINER {
        return Ok(());
    }
    match Xlsx::new(BufReader::new(file)) {
        Err(XlsxError::Password) => Err(CellsError::Protected { file: name.to_owned() }),
        _ => Err(CellsError::OldWorkbook { file: name.to_owned() }),
    }
}

/// The archive's file again, rewound, once it is known to unpack to at most `most` bytes.
fn measured(file: File, name: &str, most: u64) -> Result<File, CellsError> {
    let too_big = || CellsError::TooBig { file: name.to_owned(), limit: most };
    let no_workbook = |source: Box<dyn std::error::Error + Send + Sync>| CellsError::NoWorkbook { file: name.to_owned(), source };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| no_workbook(error.into()))?;
    let mut claimed: u64 = 0;
    for part in 0..archive.len() {
        let size = archive.by_index_raw(part).map_err(|error| no_workbook(error.into()))?.size();
        claimed = claimed.saturating_add(size);
    }
    if claimed > most {
        return Err(too_big());
    }
    let mut left = most;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => CellsError::Protected { file: name.to_owned() },
            error => no_workbook(error.into()),
        })?;
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|error| no_workbook(error.into()))?;
        left = left.checked_sub(unpacked).ok_or_else(too_big)?;
    }
    let mut file = archive.into_inner().into_inner();
    file.rewind().map_err(|source| CellsError::Read { file: name.to_owned(), source })?;
    Ok(file)
}

fn damage(source: XlsxError, file: &str) -> CellsError {
    CellsError::Workbook { file: file.to_owned(), source }
}
