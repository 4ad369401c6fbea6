use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_buffer::i256;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{Int96, Int96Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use rstest::rstest;

use super::super::cells::testing::{Contents, message, read_all};
use super::super::{Format, PAYMENT};
use super::*;

fn file(bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile::from_bytes("payment.parquet", Format::Parquet, bytes.into())
}

fn written(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let mut bytes = Vec::new();
    let settings = WriterProperties::builder().set_compression(Compression::SNAPPY).set_max_row_group_row_count(Some(10_000)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Result<Contents, ExtractError> {
    read_all(open(&file(bytes), &PAYMENT)?.as_mut())
}

fn cells(array: impl Array + 'static) -> Vec<String> {
    let contents = read(written(vec![("pay_amt", Arc::new(array))])).unwrap();
    assert_eq!(contents.bad_numbers, []);
    contents.rows.into_iter().map(|(_, mut cells)| cells.remove(0)).collect()
}

#[test]
fn strings_of_every_kind_are_themselves() {
    let texts = [Some(" 王小明 "), None, Some("")];
    let expected = [" 王小明 ", "", ""];
    assert_eq!(cells(StringArray::from_iter(texts)), expected);
    assert_eq!(cells(LargeStringArray::from_iter(texts)), expected);
    assert_eq!(cells(StringViewArray::from_iter(texts)), expected);
    assert_eq!(cells(texts.into_iter().collect::<DictionaryArray<Int32Type>>()), expected);
}

#[test]
fn integers_of_every_width_have_all_their_digits() {
    assert_eq!(cells(Int8Array::from(vec![Some(-128), None])), ["-128", ""]);
    assert_eq!(cells(Int16Array::from(vec![1])), ["1"]);
    assert_eq!(cells(Int32Array::from(vec![202_401])), ["202401"]);
    assert_eq!(cells(Int64Array::from(vec![i64::MIN, 340_399_199_002_280_181])), ["-9223372036854775808", "340399199002280181"]);
    assert_eq!(cells(UInt8Array::from(vec![255])), ["255"]);
    assert_eq!(cells(UInt16Array::from(vec![65_535])), ["65535"]);
    assert_eq!(cells(UInt32Array::from(vec![u32::MAX])), ["4294967295"]);
    assert_eq!(cells(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
}

#[test]
fn decimals_are_exact() {
    let values = [38_000, -5, 0, 1_234];
    let expected = ["380.00", "-0.05", "0.00", "12.34"];
    assert_eq!(cells(Decimal32Array::from(values.to_vec()).with_precision_and_scale(9, 2).unwrap()), expected);
    assert_eq!(cells(Decimal64Array::from(values.map(i64::from).to_vec()).with_precision_and_scale(18, 2).unwrap()), expected);
    assert_eq!(cells(Decimal128Array::from(values.map(i128::from).to_vec()).with_precision_and_scale(38, 2).unwrap()), expected);
    let wide = Decimal256Array::from(values.map(|v| i256::from_i128(v.into())).to_vec());
    assert_eq!(cells(wide.with_precision_and_scale(50, 2).unwrap()), expected);
    let large = Decimal128Array::from(vec![Some(10_i128.pow(37)), None]).with_precision_and_scale(38, 0).unwrap();
    assert_eq!(cells(large), [format!("1{}", "0".repeat(37)), String::new()]);
}

#[rstest]
#[case(3_801_000, 4, "380.10")]
#[case(3_800_000, 4, "380.00")]
#[case(3_801_250, 4, "380.125")]
#[case(1, 6, "0.000001")]
#[case(3, 1, "0.3")]
fn decimals_keep_no_zeros_after_the_second_place(#[case] value: i128, #[case] scale: i8, #[case] text: &str) {
    assert_eq!(cells(Decimal128Array::from(vec![value]).with_precision_and_scale(18, scale).unwrap()), [text]);
}

#[test]
fn doubles_of_whole_cents_are_short() {
    let values = vec![Some(380.0), Some(380.5), Some(-0.0), Some(0.07), None, Some(9_999_999_999_999.99)];
    assert_eq!(cells(Float64Array::from(values)), ["380", "380.5", "0", "0.07", "", "9999999999999.99"]);
}

#[test]
fn doubles_that_are_no_whole_cents_are_marked_in_any_column() {
    let doubles = || Arc::new(Float64Array::from(vec![1.0, 380.125, f64::NAN, f64::INFINITY, 0.1 + 0.2])) as ArrayRef;
    let contents = read(written(vec![("order_no", doubles()), ("备注", doubles()), ("支付金额", doubles())])).unwrap();
    assert_eq!(contents.header, ["order_no", "支付金额"]);
    let texts: Vec<_> = contents.rows.iter().map(|(_, cells)| cells[1].as_str()).collect();
    assert_eq!(texts, ["1", "380.125", "NaN", "inf", "0.30000000000000004"]);
    assert_eq!(contents.bad_numbers, [(3, 0), (3, 1), (4, 0), (4, 1), (5, 0), (5, 1), (6, 0), (6, 1)]);
}

#[test]
fn days_are_written_out() {
    assert_eq!(cells(Date32Array::from(vec![Some(0), Some(19_782), None, Some(-719_162)])), ["1970-01-01", "2024-02-29", "", "0001-01-01"]);
    assert_eq!(cells(Date64Array::from(vec![86_400_000 * 19_782])), ["2024-02-29"]);
    assert_eq!(cells(Date32Array::from(vec![2_932_897, 20_240_101])), ["2932897 days from 1970-01-01", "20240101 days from 1970-01-01"]);
}

#[test]
fn timestamps_of_every_unit_are_written_out() {
    let second = 1_704_101_400_i64; // 2024-01-01 09:30:00
    let expected = ["2024-01-01 09:30:00"];
    assert_eq!(cells(TimestampSecondArray::from(vec![second])), expected);
    assert_eq!(cells(TimestampMillisecondArray::from(vec![second * 1_000])), expected);
    assert_eq!(cells(TimestampMicrosecondArray::from(vec![second * 1_000_000])), expected);
    assert_eq!(cells(TimestampNanosecondArray::from(vec![second * 1_000_000_000])), expected);
    assert_eq!(cells(TimestampMicrosecondArray::from(vec![second * 1_000_000 + 120_000])), ["2024-01-01 09:30:00.12"]);
    assert_eq!(cells(TimestampMillisecondArray::from(vec![Some(-1), None])), ["1969-12-31 23:59:59.999", ""]);
    let zoned = TimestampMicrosecondArray::from(vec![second * 1_000_000]).with_timezone("Asia/Shanghai");
    assert_eq!(cells(zoned), expected, "the instant as it stands in the file");
}

#[test]
fn a_column_of_nulls_is_empty() {
    assert_eq!(cells(NullArray::new(2)), ["", ""]);
}

#[test]
fn timestamps_of_96_bits_reach_the_year_9999() {
    let schema = Arc::new(parse_message_type("message m { required int96 pay_time; }").unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let mut end = Int96::new();
    // Nanoseconds of the day in the lower words, the Julian day in the upper.
    end.set_data(0, 0, 5_373_484);
    column.typed::<Int96Type>().write_batch(&[end], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    assert_eq!(read(bytes).unwrap().rows, [(2, vec!["9999-12-31 00:00:00".to_owned()])]);
}

#[test]
fn lines_count_on_over_batches_and_row_groups() {
    let rows = 40_000;
    let contents = read(written(vec![("order_no", Arc::new(Int32Array::from_iter_values(0..rows)))])).unwrap();
    assert!(contents.rows.iter().map(|(line, _)| *line).eq(2..=rows as u64 + 1));
    assert!(contents.rows.iter().map(|(_, cells)| cells[0].clone()).eq((0..rows).map(|row| row.to_string())));
}

#[test]
fn long_texts_do_not_gather_in_one_block() {
    let texts = StringArray::from_iter_values((0..100).map(|_| "长".repeat(100_000)));
    let bytes = written(vec![("order_no", Arc::new(texts))]);
    let mut reader = open(&file(bytes), &PAYMENT).unwrap();
    let mut blocks = 0;
    while let Some(super::super::Block::Cells(block)) = reader.next_block().unwrap() {
        assert!(block.text_len() < 2 << 20);
        blocks += 1;
    }
    assert!(blocks > 20, "{blocks}");
}

#[test]
fn a_declared_column_of_another_type_is_refused() {
    let refused = |array: ArrayRef, found: &str| {
        let said = message(read(written(vec![("备注", array.clone()), ("支付金额", array)])));
        assert!(said.starts_with(&format!("`payment.parquet` column `支付金额` cannot be read: its type is {found}")), "{said}");
        assert!(said.ends_with(", expected strings, integers, decimals, doubles, dates or timestamps"), "{said}");
    };
    refused(Arc::new(BooleanArray::from(vec![true])), "Boolean");
    refused(Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])])), "List");
    refused(Arc::new(BinaryArray::from_iter_values([b"x"])), "Binary");
    refused(Arc::new(Float32Array::from(vec![1.0])), "Float32");
    refused(Arc::new(Time64MicrosecondArray::from(vec![1])), "Time64");
    refused(Arc::new(DurationSecondArray::from(vec![1])), "Duration");
}

#[test]
fn an_extra_column_may_be_of_any_type() {
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), Some(2)])]));
    let struct_: ArrayRef = Arc::new(StructArray::from(vec![(
        Arc::new(Field::new("pay_amt", DataType::Int32, true)),
        Arc::new(Int32Array::from(vec![1])) as ArrayRef,
    )]));
    let contents = read(written(vec![("a", list), ("b", struct_), ("PAY_AMT", Arc::new(Int32Array::from(vec![7])))])).unwrap();
    assert_eq!((contents.header, contents.rows), (vec!["PAY_AMT".to_owned()], vec![(2, vec!["7".to_owned()])]));
}

/// A file of one column `order_no` of int64 and one page, whose page carries a checksum. The page is
/// put together by hand, for Arrow's writer writes no checksums.
fn with_checksum(values: &[i64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let zigzag = |value: i64| {
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        let mut bytes = Vec::new();
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let crc = crc_32(&data);
    let length = data.len() as i64;
    let mut page = Vec::new();
    // PageHeader in Thrift's compact form: type, both sizes, crc, then DataPageHeader.
    for (field, value) in [(0x15, 0), (0x15, length), (0x15, length), (0x15, i64::from(crc as i32))] {
        page.push(field);
        page.extend(zigzag(value));
    }
    page.push(0x1c);
    for value in [values.len() as i64, 0, 3, 3] {
        page.push(0x15);
        page.extend(zigzag(value));
    }
    page.extend([0, 0]);
    page.extend(&data);
    let size = page.len() as i64;

    let schema = Arc::new(parse_message_type("message m { required int64 order_no; }").unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let column =
        parquet::schema::types::SchemaDescriptor::new(Arc::new(parse_message_type("message m { required int64 order_no; }").unwrap()))
            .column(0);
    let metadata = ColumnChunkMetaData::builder(column)
        .set_compression(Compression::UNCOMPRESSED)
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE])
        .set_num_values(values.len() as i64)
        .set_total_compressed_size(size)
        .set_total_uncompressed_size(size)
        .set_data_page_offset(0)
        .build()
        .unwrap();
    let closed = ColumnCloseResult {
        bytes_written: page.len() as u64,
        rows_written: values.len() as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    group.append_column(&Bytes::from(page), closed).unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

/// CRC-32 as in gzip.
fn crc_32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn a_page_that_fails_its_checksum_makes_the_file_unreadable() {
    let good = with_checksum(&[11, 12, 13]);
    let rows = read(good.clone()).unwrap().rows;
    assert_eq!(rows.iter().map(|(_, cells)| cells[0].as_str()).collect::<Vec<_>>(), ["11", "12", "13"]);
    let mut bad = good;
    let at = bad.windows(8).position(|window| window == 12_i64.to_le_bytes()).unwrap();
    bad[at] ^= 1;
    let said = message(read(bad));
    assert!(said.starts_with("`payment.parquet` cannot be read: it is no Parquet file or a damaged one ("), "{said}");
    assert!(said.contains("CRC"), "the checksum is what is said to fail: {said}");
}

#[test]
fn no_single_damaged_byte_ends_the_program() {
    let texts = StringArray::from_iter_values((0..50).map(|n| format!("{n}")));
    let good = written(vec![("order_no", Arc::new(texts)), ("pay_amt", Arc::new(Int32Array::from_iter_values(0..50)))]);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x40;
        // Without checksums some damage goes unseen; none may break more than this file.
        let _ = read(bytes);
    }
}

#[test]
fn what_is_no_parquet_file_is_said_so() {
    assert!(
        message(read(b"order_no\n1\n".to_vec())).starts_with("`payment.parquet` cannot be read: it is no Parquet file or a damaged one (")
    );
    assert!(message(read(vec![])).starts_with("`payment.parquet` cannot be read: it is no Parquet file or a damaged one ("));
}
