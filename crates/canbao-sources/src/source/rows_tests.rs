//! A source that is no file: rows from memory go through the same row check, with rejects that name source, row and column.

use std::sync::Arc;

use canbao_rules::identity::OtherCertificates;

use crate::*;

/// Rows in memory, in blocks of two.
struct InMemory {
    header: Vec<String>,
    rows: Vec<Vec<&'static str>>,
}

struct InMemoryReader {
    header: Vec<String>,
    rows: std::vec::IntoIter<(u64, Vec<&'static str>)>,
}

impl RowSource for InMemory {
    fn open(&self, _contract: &'static Contract) -> Result<Box<dyn BlockReader>, ExtractError> {
        let rows: Vec<(u64, Vec<&'static str>)> = (1..).zip(self.rows.clone()).collect();
        Ok(Box::new(InMemoryReader { header: self.header.clone(), rows: rows.into_iter() }))
    }
}

impl BlockReader for InMemoryReader {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        let mut block = CellBlock::new(self.header.len());
        for (line, row) in self.rows.by_ref().take(2) {
            row.iter().for_each(|cell| block.push_cell(cell));
            block.end_row(line);
        }
        Ok((block.rows() > 0 || !block.bad_lines().is_empty()).then_some(Block::Cells(block)))
    }

    fn bytes_read(&self) -> u64 {
        0
    }

    fn digest(&mut self) -> Result<Digest, ExtractError> {
        Ok(Digest { bytes: 0, sha256: [7; 32] })
    }
}

fn payments(rows: Vec<Vec<&'static str>>) -> Source {
    let header = ["ORDER_NO", "certno", "clct_year", "pay_time", "pay_amt", "pay_stas"].map(str::to_owned).into();
    Source { name: "payment".to_owned(), files: vec![SourceFile::of_rows("memory:payment", Arc::new(InMemory { header, rows }))] }
}

fn read_payments(source: &Source) -> Extract {
    let columns = [Want::plain("pay_amt")];
    let on = "2023-12-31".parse().unwrap();
    let request = Request { contract: &PAYMENT, columns: &columns, split: None, labels: None, on, encoding: Encoding::Auto };
    read(source, &request, &mut OtherCertificates::default(), &NoProgress).unwrap()
}

#[test]
fn rows_of_a_source_without_a_file_are_checked_like_a_files() {
    let good = ["A1", "340399197001010015", "2024", "2023-10-01 09:00:00", "380.00", "1"];
    let source = payments(vec![
        good.to_vec(),
        [&["A2", "340399197001010010"][..], &good[2..]].concat(),
        [&["A3"], &good[1..4], &["much", "1"]].concat(),
        [&["A4"], &good[1..3], &["2023-02-30", "1", "1"]].concat(),
        [&["A5"], &good[1..]].concat(),
    ]);
    let extract = read_payments(&source);
    let rejects: Vec<(u64, Option<&str>, &str)> =
        extract.rejects.iter().map(|reject| (reject.origin.line(), reject.column, reject.reason.as_str())).collect();
    assert_eq!(rejects, [(2, Some("certno"), "bad_certno"), (3, Some("pay_amt"), "bad_number"), (4, Some("pay_time"), "bad_date")]);
    assert_eq!(extract.files[0].path, "memory:payment");
    assert_eq!((extract.files[0].rows_read, extract.files[0].rows_rejected, extract.files[0].digest.sha256), (5, 3, [7; 32]));
    let amounts: Vec<Option<i64>> = extract.parts[0].column("pay_amt").unwrap().i64().unwrap().iter().collect();
    assert_eq!(amounts, [Some(38_000), Some(38_000)]);
    assert_eq!(source.files[0].digest(&PAYMENT).unwrap().sha256, [7; 32], "and it is hashed by what its source says");
}

#[test]
fn a_source_without_a_file_may_be_spilled() {
    let rows = (0..5).map(|_| vec!["A1", "340399197001010015", "2024", "2023-10-01", "380.00", "1"]).collect();
    let folder = tempfile::tempdir().unwrap();
    let store = SpillStore::new(folder.path(), 1 << 16, 2);
    let columns = [Want::plain("pay_amt")];
    let on = "2023-12-31".parse().unwrap();
    let request = Request { contract: &PAYMENT, columns: &columns, split: None, labels: None, on, encoding: Encoding::Auto };
    let spilled = read_spilled(&payments(rows), &request, &mut OtherCertificates::default(), &NoProgress, &store).unwrap();
    assert_eq!((spilled.files[0].rows_read, spilled.rejects.len()), (5, 0));
}
