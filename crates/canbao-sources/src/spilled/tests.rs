use encoding_rs::GB18030;
use polars::prelude::SortMultipleOptions;
use proptest::prelude::*;

use super::*;
use crate::read::read_in_blocks;
use crate::{ENROLLMENT, Encoding, Extract, Format, NoProgress, SETTLEMENT, SourceFile, Want, check_extract, check_spilled};
use canbao_rules::period::Day;

const WANTS: [Want; 5] = [
    Want::plain("psn_name"),
    Want::plain("psn_no"),
    Want::plain("accrym_begn"),
    Want::plain("psn_clct_amt"),
    Want::is("revs_flag", "Z", true),
];

fn request() -> Request<'static> {
    let on = Day::from_ymd(2023, 12, 31).unwrap();
    Request { contract: &ENROLLMENT, columns: &WANTS, split: None, labels: None, on, encoding: Encoding::Auto }
}

/// Rows of a few residents and a few others, from what chance gives.
fn text(rows: &[(u8, u8)]) -> String {
    let numbers = ["340399199002280016", "34039919900228018X", "340399198502280022", "340399199001010011"];
    let header = "psn_no,certno,psn_cert_type,psn_name,insutype,insu_admdvs,psn_insu_stas,accrym_begn,accrym_end,clct_flag,psn_clct_amt\n";
    let row = |(n, &(who, what)): (usize, &(u8, u8))| {
        let (certno, kind) = match numbers.get(usize::from(who)) {
            Some(number) => ((*number).to_owned(), "01"),
            None => (format!("E{}", 9 - who % 10), "03"),
        };
        let name = if what % 3 == 0 { "" } else { "张三" };
        let month = if what == 7 { "20241" } else { "202401" };
        format!("P{n},{certno},{kind},{name},390,340322,1,{month},202412,1,{}\n", if what % 2 == 0 { "380" } else { "" })
    };
    rows.iter().enumerate().map(row).fold(header.to_owned(), |text, row| text + &row)
}

fn source(parts: &[Vec<u8>]) -> Source {
    let file = |(n, bytes): (usize, &Vec<u8>)| SourceFile::from_bytes(format!("enrollment/{n}.csv"), Format::Text, bytes.clone());
    Source { name: "enrollment".to_owned(), files: parts.iter().enumerate().map(file).collect() }
}

/// What a stable sort of all rows by key gives.
fn sorted_whole(source: &Source, block: usize) -> (DataFrame, RejectLog) {
    let mut others = OtherCertificates::default();
    let Extract { mut parts, rejects, .. } = read_in_blocks(source, &request(), &mut others, &NoProgress, block).unwrap();
    let places = others.seal();
    let mut rows = parts.remove(0);
    crate::population::move_keys(&mut rows, &["key"], &places).unwrap();
    let mut log = RejectLog::default();
    log.note(&rejects);
    (rows.sort(["key"], SortMultipleOptions::default().with_maintain_order(true)).unwrap(), log)
}

fn check(source: &Source, block: usize, cuts: &[u64]) {
    let folder = tempfile::tempdir().unwrap();
    let store = SpillStore { spill: Spill::new(folder.path(), 0), run: 500, piece: 200 };
    let mut others = OtherCertificates::default();
    let read = read_spilled_in_blocks(source, &request(), &mut others, &NoProgress, &store, block).unwrap();
    let places = others.seal();
    let (expected, rejects) = sorted_whole(source, block);
    assert_eq!(read.rejects.to_vec(), rejects.to_vec());
    let mut found = DataFrame::empty();
    let mut begin = 0;
    for &end in cuts.iter().chain([&u64::MAX]) {
        let rows = read.parts[0].read_back(&(begin..=end), &places, &store).unwrap();
        let keys = rows.column("key").unwrap().u64().unwrap();
        assert!(keys.iter().flatten().all(|key| (begin..=end).contains(&key)));
        found = if found.width() == 0 { rows } else { found.vstack(&rows).unwrap() };
        begin = end.saturating_add(1);
    }
    assert!(found.equals_missing(&expected), "{found} {expected}");
    let weight: usize = read.parts[0].residents().map(|(_, bytes)| bytes).sum();
    assert_eq!(weight + read.parts[0].others(), expected.height() * codec::row_bytes(&expected));
    let mut weights = Vec::new();
    read.parts[0].weigh_others(&store, &places, &mut weights).unwrap();
    assert_eq!(weights.iter().sum::<usize>(), read.parts[0].others());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_taken_back_is_what_was_read(
        parts in prop::collection::vec(prop::collection::vec((0u8..8, 0u8..9), 1..60), 1..4),
        block in 100usize..4000, mut cuts in prop::collection::vec(any::<u64>(), 0..6), other in 0u64..4,
    ) {
        let texts: Vec<Vec<u8>> = parts.iter().map(|rows| text(rows).into_bytes()).collect();
        cuts.push(other | PersonKey::OTHER_BIT);
        cuts.sort_unstable();
        check(&source(&texts), block, &cuts);
    }
}

#[test]
fn a_file_that_is_read_again_leaves_nothing() {
    // The beginning is the same in both encodings, and what follows is GB18030.
    let rows: Vec<(u8, u8)> = (0..3000).map(|n| ((n % 8) as u8, if n < 2000 { 3 } else { 1 })).collect();
    let text = GB18030.encode(&text(&rows)).0.into_owned();
    check(&source(&[text]), 1000, &[PersonKey::OTHER_BIT + 1]);
}

#[test]
fn an_extract_without_a_good_row_has_frames_all_the_same() {
    let text = text(&[(0, 7), (1, 7)]).into_bytes();
    check(&source(&[text]), 1000, &[5]);
}

#[test]
fn what_cannot_be_put_aside_names_the_extract() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let store = SpillStore::new(&file.join("below"), 1 << 20, 2);
    let error = read_spilled(&source(&[text(&[(0, 1)]).into_bytes()]), &request(), &mut OtherCertificates::default(), &NoProgress, &store);
    assert_eq!(error.unwrap_err().to_string(), "rows of `enrollment/0.csv` could not be put aside in a temporary file");
}

/// Settlements and refunds of a few persons, some twice, some of a day to come.
fn settlements(rows: &[(u8, u8, u8, u8)]) -> String {
    let header = "setl_id,certno,psn_cert_type,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,\
                  medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id\n";
    let row = |&(who, id, original, what): &(u8, u8, u8, u8)| {
        let (certno, kind) = if who == 0 { ("340399199002280016".to_owned(), "01") } else { (format!("E{who}"), "03") };
        let day = if what == 0 { "2024-05-01" } else { "2023-05-01" };
        let (flag, named) =
            if what % 2 == 0 { ("1", if original == 9 { String::new() } else { format!("S{original}") }) } else { ("0", String::new()) };
        format!("S{id},{certno},{kind},390,340322,340322,11,{day},1.00,1.00,1.00,{flag},{named}\n")
    };
    rows.iter().map(row).fold(header.to_owned(), |text, row| text + &row)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_extract_on_a_shelf_has_the_rejects_of_one_in_memory(
        parts in prop::collection::vec(prop::collection::vec((0u8..4, 0u8..9, 0u8..10, 0u8..5), 1..40), 1..3), most in 500usize..9000,
    ) {
        let file = |(n, rows): (usize, &Vec<_>)| SourceFile::from_bytes(format!("settlement/{n}.csv"), Format::Text, settlements(rows).into_bytes());
        let source = Source { name: "settlement".to_owned(), files: parts.iter().enumerate().map(file).collect() };
        let request = Request { contract: &SETTLEMENT, columns: &[], ..request() };
        let folder = tempfile::tempdir().unwrap();
        let store = SpillStore { spill: Spill::new(folder.path(), 0), run: 600, piece: 300 };
        let whole = check_extract(&source, &request, &NoProgress).unwrap();
        let aside = check_spilled(&source, &request, &NoProgress, &store, most).unwrap();
        prop_assert_eq!(aside.rejects, whole.rejects);
        prop_assert_eq!((aside.files, aside.not_yet), (whole.files, whole.not_yet));
    }
}
