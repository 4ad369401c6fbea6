use std::io::Write;

use rstest::rstest;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, IntoExcelData, Workbook};

use super::super::cells::testing::{Contents, message, read_all};
use super::super::{Format as FileFormat, PAYMENT};
use super::*;

const HEADER: [&str; 6] = ["订单号", "CERTNO", "clct_year", "pay_time", "支付金额", "pay_stas"];

fn file(bytes: Vec<u8>) -> SourceFile {
    SourceFile::from_bytes("payment.xlsx", FileFormat::Workbook, bytes)
}

fn read(mut book: Workbook) -> Contents {
    let file = file(book.save_to_buffer().unwrap());
    read_all(open(&file, &PAYMENT).unwrap().as_mut()).unwrap()
}

/// A workbook with the header in its first row and `fill` below.
fn sheet(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADER).unwrap();
    fill(sheet);
    book
}

/// What a cell with this value says.
fn cell(value: impl IntoExcelData) -> String {
    formatted(value, &Format::new())
}

fn formatted(value: impl IntoExcelData, format: &Format) -> String {
    let contents = read(sheet(|sheet| {
        sheet.write(1, 0, "x").unwrap();
        sheet.write_with_format(1, 1, value, format).unwrap();
    }));
    assert_eq!(contents.rows.len(), 1);
    contents.rows[0].1[1].clone()
}

#[rstest]
#[case(1.0, "1")]
#[case(-0.0, "0")]
#[case(380.5, "380.5")]
#[case(0.1 + 0.2, "0.3")]
#[case(1.255, "1.255")]
#[case(202_401.0, "202401")]
#[case(340_399_199_001_011.0, "340399199001011")]
#[case(3.4e17, "340000000000000000")]
#[case(1e20, "100000000000000000000")]
#[case(-12.34, "-12.34")]
#[case(1e-7, "0.0000001")]
fn a_number_has_no_exponent_and_no_needless_places(#[case] number: f64, #[case] text: &str) {
    assert_eq!(cell(number), text);
}

#[rstest]
#[case(45_292.0, "yyyy-mm-dd", "2024-01-01")]
#[case(45_292.437_5, "yyyy/m/d h:mm", "2024-01-01 10:30:00")]
#[case(45_292.999_999_999_9, "yyyy/m/d", "2024-01-02")]
#[case(45_292.0, "yyyy\"年\"m\"月\"d\"日\"", "2024-01-01")]
#[case(45_292.343_981_481_5, "yyyy-mm-dd hh:mm:ss", "2024-01-01 08:15:20")]
#[case(2_958_465.0, "yyyy-mm-dd", "9999-12-31")]
#[case(2_958_466.0, "yyyy-mm-dd", "2958466")]
#[case(60.0, "yyyy-mm-dd", "1900-02-29")]
#[case(0.4375, "h:mm", "0.4375")]
#[case(45_292.0, "0.00", "45292")]
#[case(45_292.0, "[h]:mm", "45292")]
fn a_serial_day_counts_in_a_cell_formatted_as_a_date(#[case] serial: f64, #[case] format: &str, #[case] text: &str) {
    let format = Format::new().set_num_format(format);
    assert_eq!(formatted(serial, &format), text);
}

#[test]
fn a_day_of_the_writing_library_comes_back() {
    let format = Format::new().set_num_format("yyyy-mm-dd");
    let day = ExcelDateTime::from_ymd(2023, 2, 28).unwrap();
    assert_eq!(formatted(&day, &format), "2023-02-28");
}

#[test]
fn truths_texts_and_errors_are_their_text() {
    assert_eq!(cell(true), "TRUE");
    assert_eq!(cell(false), "FALSE");
    assert_eq!(cell(" 01 "), " 01 ", "trimming is the row check's");
    assert_eq!(cell(Formula::new("=NA()").set_result("#N/A")), "#N/A");
    assert_eq!(cell(Formula::new("=1/0").set_result("#DIV/0!")), "#DIV/0!");
    assert_eq!(cell(Formula::new("=1+1").set_result("2")), "2");
}

#[test]
fn empty_rows_are_none_and_short_ones_are_filled_up() {
    let contents = read(sheet(|sheet| {
        sheet.write(2, 1, "a").unwrap();
        sheet.write(4, 0, "  ").unwrap();
        sheet.write_blank(5, 2, &Format::new().set_bold()).unwrap();
        sheet.write(9, 5, 1).unwrap();
    }));
    assert_eq!(contents.header, HEADER);
    let row = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    assert_eq!(contents.rows, [(3, row(["", "a", "", "", "", ""])), (10, row(["", "", "", "", "", "1"]))]);
    assert_eq!(contents.bad_lines, [0; 0]);
}

#[test]
fn a_row_longer_than_the_header_is_bad() {
    let contents = read(sheet(|sheet| {
        sheet.write(1, 0, "good").unwrap();
        sheet.write(1, 6, " ").unwrap();
        sheet.write(2, 0, "long").unwrap();
        sheet.write(2, 6, "beyond").unwrap();
        sheet.write(3, 9, "only beyond").unwrap();
        sheet.write(4, 0, "good").unwrap();
    }));
    assert_eq!(contents.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(contents.bad_lines, [3, 4]);
}

#[test]
fn the_sheet_may_begin_lower_and_blank_headers_are_extra_columns() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let format = Format::new().set_bold();
    sheet.write(4, 2, "certno").unwrap();
    sheet.merge_range(4, 4, 4, 6, "pay_amt", &format).unwrap();
    for (column, text) in (0..).zip(["0", "1", "2", "3", "4", "5", "6"]) {
        sheet.write(6, column, text).unwrap();
    }
    sheet.write(7, 7, "beyond the merged cell").unwrap();
    let contents = read(book);
    assert_eq!(contents.header, ["certno", "pay_amt"]);
    assert_eq!(contents.rows, [(7, vec!["2".to_owned(), "4".to_owned()])]);
    assert_eq!(contents.bad_lines, [8]);
}

#[test]
fn the_first_sheet_is_read_and_extra_columns_are_not() {
    let mut book = Workbook::new();
    let first = book.add_worksheet().set_name("缴费").unwrap();
    first.write_row(0, 0, ["备注", "certno"]).unwrap();
    first.write_row(1, 0, ["extra", "first"]).unwrap();
    let second = book.add_worksheet();
    second.set_active(true).write_row(0, 0, ["certno"]).unwrap();
    second.write_row(1, 0, ["second"]).unwrap();
    let contents = read(book);
    assert_eq!((contents.header, contents.rows), (vec!["certno".to_owned()], vec![(2, vec!["first".to_owned()])]));
}

#[test]
fn many_rows_come_in_blocks_and_in_order() {
    let rows = 40_000;
    let contents = read(sheet(|sheet| {
        for row in 1..=rows {
            sheet.write(row, 0, row).unwrap();
        }
    }));
    assert!(contents.rows.iter().map(|(line, _)| *line).eq(2..=u64::from(rows) + 1));
    assert_eq!(contents.rows[rows as usize - 1].1[0], rows.to_string());
}

#[test]
fn whoever_stops_asking_is_not_waited_for() {
    let mut book = sheet(|sheet| {
        for row in 1..=40_000 {
            sheet.write(row, 0, row).unwrap();
        }
    });
    let file = file(book.save_to_buffer().unwrap());
    let mut reader = open(&file, &PAYMENT).unwrap();
    assert!(reader.next_block().unwrap().is_some());
    drop(reader);
}

#[test]
fn a_sheet_without_rows_has_no_header() {
    let mut book = Workbook::new();
    book.add_worksheet();
    assert_eq!(read(book), Contents { header: vec![], rows: vec![], bad_lines: vec![], bad_numbers: vec![] });
}

#[test]
fn what_is_no_workbook_is_said_so() {
    let said = |bytes: &[u8]| message(open(&file(bytes.to_vec()), &PAYMENT));
    assert!(said(b"").starts_with("`payment.xlsx` cannot be read: it is no workbook or a damaged one ("));
    assert!(said("订单号,certno\n".as_bytes()).starts_with("`payment.xlsx` cannot be read: it is no workbook or a damaged one ("));
    let old = [&OLE_CONTAINER[..], &[0; 2000]].concat();
    assert_eq!(said(&old), "`payment.xlsx` cannot be read: it is a workbook in the old form .xls, save it as .xlsx or CSV");
    let mut torn = sheet(|_| ()).save_to_buffer().unwrap();
    torn.truncate(torn.len() / 2);
    assert!(said(&torn).starts_with("`payment.xlsx` cannot be read: it is no workbook or a damaged one ("));
}

#[test]
fn a_part_that_fails_its_checksum_makes_the_file_unreadable() {
    let bytes = sheet(|sheet| {
        sheet.write(1, 0, "x").unwrap();
    })
    .save_to_buffer()
    .unwrap();
    let name = b"xl/worksheets/sheet1.xml";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 40;
    let mut bytes = bytes;
    bytes[at] ^= 0x10;
    assert!(message(open(&file(bytes), &PAYMENT)).starts_with("`payment.xlsx` cannot be read: it is no workbook or a damaged one ("));
}

/// An archive with one part of 100 000 bytes that claims to have `claimed`.
fn bomb(claimed: u32) -> SourceFile {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&[b' '; 100_000]).unwrap();
    let mut bytes = archive.finish().unwrap().into_inner();
    let entry = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[entry + 24..entry + 28].copy_from_slice(&claimed.to_le_bytes());
    bytes[22..26].copy_from_slice(&claimed.to_le_bytes());
    file(bytes)
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_not_opened() {
    assert_eq!(
        message(open_within(&bomb(100_000), &PAYMENT, 99_999)),
        "`payment.xlsx` cannot be read: it unpacks to more than 99999 bytes, export it as CSV or Parquet"
    );
    // The count while unpacking or the archive reader's own checks, whichever sees the lie first.
    let lie = message(open_within(&bomb(10), &PAYMENT, 99_999));
    assert!(lie.contains("unpacks to more than 99999 bytes") || lie.contains("no workbook or a damaged one"), "{lie}");
    let fits = message(open_within(&bomb(100_000), &PAYMENT, 100_000));
    assert!(!fits.contains("unpacks to more"), "{fits}");
}
