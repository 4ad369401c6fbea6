//! Whole extracts, end to end, over files in memory.

use std::sync::Mutex;

use encoding_rs::GB18030;
use proptest::prelude::*;
use rstest::rstest;

use super::read::read_in_blocks;
use super::stream::stream_in_blocks;
use super::*;
use canbao_rules::identity::{OtherCertificates, PersonKey};
use canbao_rules::period::Day;

const HOUSEHOLD_HEADER: &str = "证件号码,姓名,出生日期,居住地区划,登记类型,生存状态,更新时间";
const MAN: &str = "34039919900228018X";
const CHILD: &str = "340399202402290023";

fn on() -> Day {
    Day::from_ymd(2023, 12, 31).unwrap()
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile::from_bytes(name, Format::Text, bytes.as_ref().to_vec())
}

fn gb(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// Line, column, value and reason of each reject.
fn rejects_of(contract: &'static Contract, bytes: impl AsRef<[u8]>) -> (u64, Vec<String>) {
    let labels: Labels = [("脱贫人口", 3u8)].into_iter().collect();
    let checked = check(contract, bytes, Some(&labels)).unwrap();
    let show = |r: &Reject| format!("{} {} {:?} {}", r.origin.line(), r.column.unwrap_or("-"), r.value.as_deref().unwrap_or("-"), r.reason);
    (checked.files.iter().map(|file| file.rows_read).sum(), checked.rejects.iter().map(show).collect())
}

fn error_of(contract: &'static Contract, bytes: impl AsRef<[u8]>) -> String {
    check(contract, bytes, None).unwrap_err().to_string()
}

fn check(contract: &'static Contract, bytes: impl AsRef<[u8]>, labels: Option<&Labels>) -> Result<CheckedExtract, ExtractError> {
    let source = Source { name: contract.name.to_owned(), files: vec![file("x.csv", bytes)] };
    check_extract(&source, &Request { contract, columns: &[], split: None, labels, on: on(), encoding: Encoding::Auto }, &NoProgress)
}

fn household_text() -> String {
    format!(
        "{HOUSEHOLD_HEADER}\n\
         {MAN},王小明,1990-02-28,340322101,1,1,2023-01-02\n\
         \u{3000}{MAN} ,王小明,19900228,340322101203,1,1,2023/1/2 8:00\n\
         {CHILD},李四,2024-02-29,340322101,1,1,\n\
         340399199002280017,张三,1990-02-28,340322101,1,1,\n\
         \n\
         340399199002280016, ,1990-02-28,340322101,1,1,\n\
         340399199002280016,\"张,三\",1990-02-30,340322101,1,1,\n\
         340399199002280016,\"张\n三\",1990-02-28,340322,1,1,\n\
         340399199002280016,张三,1990-02-28,340322101,3,1,\n\
         340399199002280016,张三,1990-02-28,340322101,1,1,soon\n\
         340399199002280016,张三\n\
         340399199002280016,张三,1990-02-28,340322101,2,9,"
    )
}

const HOUSEHOLD_REJECTS: [&str; 9] = [
    "2 - \"-\" superseded",
    "4 certno \"340399202402290023\" not_born_yet",
    "5 certno \"340399199002280017\" bad_certno",
    "7 psn_name \" \" missing_value",
    "8 brdy \"1990-02-30\" bad_date",
    "9 resd_admdvs \"340322\" bad_code",
    "11 regi_type \"3\" bad_code",
    "12 updt_time \"soon\" bad_date",
    "13 - \"-\" bad_row",
];

#[rstest]
#[case::utf8(household_text().into_bytes())]
#[case::byte_order_mark([b"\xef\xbb\xbf".as_slice(), household_text().as_bytes()].concat())]
#[case::gb18030(gb(&household_text()))]
#[case::returns(household_text().replace('\n', "\r\n").replace("张\r\n三", "张\n三").into_bytes())]
fn a_household_extract(#[case] bytes: Vec<u8>) {
    let (rows, rejects) = rejects_of(&HOUSEHOLD, bytes);
    assert_eq!(rows, 11);
    assert_eq!(rejects, HOUSEHOLD_REJECTS);
}

#[rstest]
#[case::tab("\t")]
#[case::pipe("|")]
fn other_delimiters(#[case] delimiter: &str) {
    // 亅 ends in the byte of `|` in GB18030.
    let text = format!("CertNo,name2,psn_name,BRDY,resd_admdvs,regi_type,surv_stas\n{MAN},x,亅王亅,19900228,340322101,1,1\n")
        .replace(',', delimiter);
    for bytes in [text.clone().into_bytes(), gb(&text)] {
        assert_eq!(rejects_of(&HOUSEHOLD, bytes), (1, Vec::new()));
    }
}

#[test]
fn a_line_that_does_not_decode_is_one_bad_row() {
    let header = "certno,psn_name,begntime,school_admdvs\n";
    let good = format!("{MAN},明,2023-09-01,340322\n");
    let text = [header.as_bytes(), good.as_bytes(), b"x,\xff\xff,2023-09-01,340322\n", good.as_bytes()].concat();
    let (rows, rejects) = rejects_of(&STUDENT, &text);
    assert_eq!((rows, rejects), (3, vec!["2 - \"-\" superseded".to_owned(), "3 - \"-\" bad_row".to_owned()]));
    let text = [gb(header), gb(&good), b"x,\x81\x20,2023-09-01,340322\n".to_vec(), gb(&good)].concat();
    assert_eq!(rejects_of(&STUDENT, &text).1, ["2 - \"-\" superseded", "3 - \"-\" bad_row"]);
}

#[test]
fn enrollment_periods_and_repeated_rows() {
    let header = "人员编号,证件号码,证件类型,险种,参保地区划,参保状态,费款所属期起,费款所属期止,到账,个人缴费\n";
    let text = format!(
        "{header}P1,{MAN},01,390,340322,1,202401,202412,1,380\n\
         P1,{MAN}, ,390,340322,1,202401,202412,1,380\n\
         P1,{MAN} ,01,390,340322,1,202401,202412,1,380\n\
         P2,E1,03,390,340322,1,202412,202401,1,380\n\
         P2,E1,03,999,340322,1,202412,202401,1,380\n\
         P2,E1,03,310,340322,1,202401,202412,2,380\n\
         P2,E1,03,310,340322,7,202401,202412,1,380.123\n\
         P2,E1,03,310,340322,7,202401,202412,1,+380.5\n\
         P2,E1,02,310,340322,7,202401,202412,1,+380.5\n"
    );
    let (rows, rejects) = rejects_of(&ENROLLMENT, &text);
    assert_eq!(rows, 9);
    let expected = [
        "4 - \"-\" superseded",
        "5 accrym_end \"202401\" bad_date",
        "6 insutype \"999\" bad_code",
        "7 clct_flag \"2\" bad_code",
        "8 psn_clct_amt \"380.123\" bad_number",
    ];
    assert_eq!(rejects, expected);
}

#[test]
fn identity_labels() {
    let text = format!(
        "certno,人员身份类别,开始日期,结束日期\n{MAN},脱贫人口,2023-01-01,2022-12-31\n{MAN},贫困户,2023-01-01,\n{MAN},脱贫人口,2023-01-01,\n"
    );
    let expected = ["2 endtime \"2022-12-31\" bad_date", "3 psn_idet_type \"贫困户\" unknown_identity_type"];
    assert_eq!(rejects_of(&IDENTITY, text).1, expected);
}

#[test]
fn refunds_without_their_original() {
    let header = "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id\n";
    let row =
        |id: &str, time: &str, flag: &str, original: &str| format!("{id},{MAN},390,340322,340322,11,{time},1,1,1,{flag},{original}\n");
    let text = [
        header.to_owned(),
        row("S1", "2023-05-01", "", ""),
        row("S2", "2023-05-02", "1", "S1"),
        row("S3", "2023-05-02", "1", ""),
        row("S4", "2023-05-02", "1", "S4"),
        row("S5", "2023-05-02", "1", "S6"),
        row("S6", "2023-05-02", "1", "S7"),
        row("S8", "2024-01-01", "1", "S9"),
        row("S9", "2023-05-02", "1", "S8"),
        row("S1", "2023-05-01", "", ""),
        "S10,nobody,x,340322,340322,11,2024-01-01 00:00:00,a,b,c,5,\n".to_owned(),
    ];
    let (rows, rejects) = rejects_of(&SETTLEMENT, text.concat());
    assert_eq!(rows, 10);
    let expected = [
        "4 init_setl_id \"\" orphan_refund",
        "5 init_setl_id \"S4\" orphan_refund",
        "6 init_setl_id \"S6\" orphan_refund",
        "7 init_setl_id \"S7\" orphan_refund",
        "10 - \"-\" superseded",
    ];
    assert_eq!(rejects, expected);
}

#[test]
fn targets_may_state_a_total() {
    let text = "区划,名称,户籍人口数,目标任务数\n340322101,甲,1,2\nTOTAL,合计,3,4\n340322,县,5,6\n340322102,乙,-1,6\n";
    assert_eq!(rejects_of(&TARGET, text).1, ["4 admdvs \"340322\" bad_code", "5 registered \"-1\" bad_number"]);
}

#[rstest]
#[case::empty("", "`x.csv` is empty, expected a header and rows")]
#[case::only_a_mark("\u{feff}", "`x.csv` is empty, expected a header and rows")]
#[case::blank("\n \n", "`x.csv` is empty, expected a header and rows")]
#[case::no_rows("certno,年度,used_amt\n\n", "`x.csv` has a header but no rows")]
#[case::twice("certno,year,used_amt, CERTNO\nx", "`x.csv` has the column `certno` twice, as `certno` and as ` CERTNO`")]
#[case::both_names("certno,证件号码,year,used_amt\nx", "`x.csv` has the column `certno` twice, as `certno` and as `证件号码`")]
#[case::missing("certno,used_amt\nx", "`x.csv` lacks the required column: `year` (年度)")]
#[case::no_header("1,2,3\n", "`x.csv` lacks the required columns: `certno` (证件号码), `year` (年度), `used_amt` (使用额度)")]
#[case::utf16_without_a_mark("\0c\0,\0y\0\n\0x", "`x.csv` is UTF-16 text, expected UTF-8 or GB18030")]
fn files_that_cannot_be_read(#[case] text: &str, #[case] message: &str) {
    assert_eq!(error_of(&INCENTIVE_USE, text), message);
}

#[test]
fn utf16_is_known_by_its_mark() {
    assert_eq!(error_of(&TARGET, b"\xff\xfea\0"), "`x.csv` is UTF-16 text, expected UTF-8 or GB18030");
}

#[test]
fn parts_have_their_own_headers() {
    let one = format!("certno,year,used_amt,more\n{MAN},2023,1.5,x\n");
    let two = format!("使用额度\t年度\t证件类型\t证件号码\n2\t2022\t03\tE1\n3\t2023\t\t{MAN}\n");
    let source =
        Source { name: "incentive_use".to_owned(), files: vec![file("incentive_use/a.csv", one), file("incentive_use/b.csv", gb(&two))] };
    let wants = [Want::plain("used_amt"), Want::is("psn_cert_type", "03", false), Want::plain("year")];
    let request = Request { contract: &INCENTIVE_USE, columns: &wants, split: None, labels: None, on: on(), encoding: Encoding::Auto };
    let mut others = OtherCertificates::default();
    let extract = read(&source, &request, &mut others, &NoProgress).unwrap();
    let frame = &extract.parts[0];
    let names: Vec<_> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["key", "origin", "used_amt", "psn_cert_type", "year"]);
    let keys: Vec<_> = frame.column("key").unwrap().u64().unwrap().iter().flatten().map(|key| others.certno(PersonKey(key))).collect();
    assert_eq!(keys, [MAN, "E1", MAN]);
    let amounts: Vec<_> = frame.column("used_amt").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(amounts, [150, 200, 300]);
    let typed: Vec<_> = frame.column("psn_cert_type").unwrap().bool().unwrap().iter().flatten().collect();
    assert_eq!(typed, [false, true, false]);
    let origins: Vec<_> =
        frame.column("origin").unwrap().u64().unwrap().iter().flatten().map(|o| (Origin(o).file(), Origin(o).line())).collect();
    assert_eq!(origins, [(0, 2), (1, 2), (1, 3)]);
    assert_eq!(extract.absent, Vec::<&str>::new());
    assert_eq!(extract.files.iter().map(|file| file.rows_read).collect::<Vec<_>>(), [1, 2]);
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_ne!(extract.files[0].digest.hex(), hash, "not the hash of nothing");
}

/// Everything that a reading gives, as text.
fn reading(bytes: &[u8], block_size: usize) -> String {
    struct Sum(Mutex<u64>);
    impl Progress for Sum {
        fn read(&self, _source: &str, bytes: u64) {
            *self.0.lock().unwrap() += bytes;
        }
    }
    let show = |row: Option<Vec<polars::prelude::AnyValue<'_>>>| row.unwrap().iter().map(|value| format!("{value}|")).collect::<String>();
    let source = Source { name: "household".to_owned(), files: vec![file("household.csv", bytes)] };
    let wants = [Want::plain("psn_name"), Want::plain("brdy"), Want::plain("resd_admdvs"), Want::plain("hshd_no")];
    let request = Request { contract: &HOUSEHOLD, columns: &wants, split: None, labels: None, on: on(), encoding: Encoding::Auto };
    let (mut others, progress) = (OtherCertificates::default(), Sum(Mutex::new(0)));
    match read_in_blocks(&source, &request, &mut others, &progress, block_size) {
        Ok(mut extract) => {
            assert_eq!(*progress.0.lock().unwrap(), bytes.len() as u64);
            extract.parts.iter_mut().for_each(|part| {
                part.rechunk_mut();
            });
            let rows: Vec<_> = extract.parts.iter().flat_map(|part| (0..part.height()).map(|row| show(part.get(row)))).collect();
            format!("{rows:?} {:?} {:?} {:?}", extract.files, extract.rejects, extract.absent)
        }
        Err(error) => error.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_of_any_size_read_alike(
        lines in prop::collection::vec(
            prop_oneof![
                Just(format!("{MAN},王,1990-02-28,340322101,1,1,\n")),
                Just(format!("{MAN},\"王\n\"\"明\",19900228,340322101,1,1,x\r\n")),
                Just("E1,\"a\"b,1990/2/28,340322101,1,1,\n".to_owned()),
                "[,\"\r\n明|a ]{0,12}\n",
            ],
            0..12,
        ),
        block_size in 1usize..200,
        encode in any::<bool>(),
        broken in any::<bool>(),
    ) {
        let text = format!("{HOUSEHOLD_HEADER}\n{}", lines.concat());
        let mut bytes = if encode { gb(&text) } else { text.into_bytes() };
        if broken {
            bytes.extend_from_slice(b"\xc3\xf7\n\xff,\n\x81|\"\n");
        }
        prop_assert_eq!(reading(&bytes, block_size), reading(&bytes, 1 << 20));
    }
}

#[test]
fn the_end_of_a_file_can_overrule_its_beginning() {
    // The first block is UTF-8, most lines are GB18030: the first name becomes two other characters.
    let mut bytes = format!("certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n{MAN},明天,19900228,340322101,1,1\n").into_bytes();
    for _ in 0..3 {
        bytes.extend_from_slice(&gb("340399199002280016,明天,19900228,340322101,1,1\n"));
    }
    assert_eq!(reading(&bytes, 110), reading(&bytes, 1 << 20));
    assert!(reading(&bytes, 110).contains("明天"));
}

/// Remembers what goes by.
#[derive(Default)]
struct Witness(Vec<Seen>);

/// Origin, what was seen, fingerprint.
type Seen = (u64, String, u128);

impl Taker for Witness {
    fn take(&mut self, rows: &Rows<'_>) -> std::io::Result<()> {
        let mut buffer = Vec::new();
        for row in (0..rows.len()).filter(|&row| rows.is_used(row)) {
            let person = match rows.person(row) {
                Person::Resident(key) => format!("{:x}", key.0),
                Person::Other { kind, number } => format!("{kind} {number}"),
            };
            let flag = rows.code("refd_setl_flag")(row);
            let amount = rows.i64s("medfee_sumamt").get(row).copied();
            let text = format!("{person} {} {amount:?} {flag:?} {}", rows.text(row, 0), rows.is_not_yet(row));
            self.0.push((rows.origin(row).0, text, rows.fingerprint(row, &mut buffer)));
        }
        Ok(())
    }

    fn absorb(&mut self, mut other: Self) -> std::io::Result<()> {
        self.0.append(&mut other.0);
        Ok(())
    }
}

fn settlement_rows(name: impl Fn(usize) -> String, rows: usize) -> String {
    let header = "setl_id,certno,证件类型,insutype,insu_admdvs,mdtrtarea_admvs,fixmedins_name,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag\n";
    let row = |n: usize| {
        let (number, kind) = if n.is_multiple_of(3) { ("E1", "03") } else { (MAN, "") };
        let (day, amount) = match n % 5 {
            0 => ("2024-01-01", "x"),
            1 => ("2023-12-31", "1.234"),
            _ => ("2023-12-31", "1.5"),
        };
        format!("S{},{number},{kind},390,340322,340322,{},11,{day},{amount},1,1,{}\n", n / 2, name(n), ["", "0", "1"][n % 3])
    };
    header.to_owned() + &(0..rows).map(row).collect::<String>()
}

fn streamed(files: Vec<SourceFile>, block_size: usize) -> (Vec<Seen>, Vec<String>, Vec<FileReport>) {
    let source = Source { name: "settlement".to_owned(), files };
    let wants = [Want::plain("medfee_sumamt"), Want::plain("refd_setl_flag")];
    let request = Request { contract: &SETTLEMENT, columns: &wants, split: None, labels: None, on: on(), encoding: Encoding::Auto };
    let Streamed { taker, files, rejects, .. } = stream_in_blocks(&source, &request, &NoProgress, &Witness::default, block_size).unwrap();
    let rejects = rejects.to_vec();
    let mut rows = taker.0;
    rows.sort_unstable();
    // The same rows as a frame.
    let extract = read_in_blocks(&source, &request, &mut OtherCertificates::default(), &NoProgress, block_size).unwrap();
    let origins: Vec<u64> = extract.parts[0].column("origin").unwrap().u64().unwrap().iter().flatten().collect();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), origins);
    assert_eq!((&rejects, &files), (&extract.rejects, &extract.files));
    (rows, rejects.iter().map(|reject| format!("{reject:?}")).collect(), files)
}

#[rstest]
#[case(1)]
#[case(300)]
#[case(1 << 20)]
fn rows_that_go_by_are_those_of_the_frame(#[case] block_size: usize) {
    let text = settlement_rows(|_| "县医院".to_owned(), 40);
    let (rows, rejects, _) = streamed(vec![file("a.csv", &text), file("b.csv", gb(&text))], block_size);
    assert_eq!((rows.len(), rejects.len()), (64, 16));
    assert!(rows.iter().any(|row| row.1 == "03 E1 S0 Some(0) None true"), "{rows:?}");
    let print = |file: usize, line: u64| rows.iter().find(|row| row.0 == Origin::new(file, line).0).unwrap().2;
    assert_eq!(print(0, 9), print(1, 9), "the encoding is no part of a row");
    assert_ne!(print(0, 9), print(0, 10));
}

#[test]
fn rows_of_a_file_that_is_read_again_come_once() {
    // The first block looks like UTF-8, the whole file does not.
    let mut bytes = settlement_rows(|_| "明天".to_owned(), 2).into_bytes();
    let more = settlement_rows(|_| "明天".to_owned(), 60);
    bytes.extend_from_slice(&gb(more.split_once('\n').unwrap().1));
    let (rows, _, files) = streamed(vec![file("a.csv", &bytes)], 400);
    assert_eq!(files[0].rows_read, 62);
    let mut origins: Vec<u64> = rows.iter().map(|row| row.0).collect();
    origins.dedup();
    assert_eq!(origins.len(), rows.len());
}

#[test]
fn equal_rows_have_one_fingerprint_however_their_files_are_laid_out() {
    let one = format!(
        "setl_id,certno,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt\n S1 ,{MAN},390,340322,340322,\"11\",2023-01-01,1,1,1\n"
    );
    let two = format!(
        "基金支付|more|证件类型|总费用|政策范围内金额|结算时间|医疗类别|就医地|参保地区划|险种|证件号码|结算编号\n1|x||1|1|2023-01-01|11|340322|340322|390|{MAN}|S1\n"
    );
    let (rows, ..) = streamed(vec![file("a.csv", one), file("b.csv", two)], 1 << 20);
    assert_eq!(rows[0].2, rows[1].2);
}
