//! Settlements as text, counted; and that neither layout nor order changes anything.

use canbao_runtime::error_report::message_with_hint;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::*;

use super::*;
use canbao_rules::period::Day;
use canbao_rules::policy::{Pack, SettlementTerms};
use canbao_sources::{Encoding, Format, NoProgress, Reject, Request, SETTLEMENT, Source, SourceFile, Streamed, check_extract, stream};

const HEADER: &str = "setl_id,certno,psn_cert_type,insutype,insu_admdvs,mdtrtarea_admvs,med_type,dise_codg,dise_name,setl_time,\
                      medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag,init_setl_id";

/// As little as can be: everything goes through the file, and parts are looked at in slices of three rows.
const NARROW: Layout = Layout { parts: 3, chunk: 1, memory: 0, rows: 3 };
const WIDE: Layout = Layout { parts: 1, chunk: 1 << 16, memory: 1 << 20, rows: 1 << 20 };

/// One settlement; what a test does not say is ordinary.
#[derive(Debug, Clone)]
struct Row {
    id: String,
    person: usize,
    insutype: &'static str,
    insured: &'static str,
    treated: &'static str,
    med_type: &'static str,
    disease: (&'static str, &'static str),
    time: String,
    amounts: [i64; 3],
    refund_of: Option<String>,
}

impl Row {
    fn new(id: &str, person: usize, time: &str) -> Self {
        Self {
            id: id.to_owned(),
            person,
            insutype: "390",
            insured: "340322",
            treated: "340322",
            med_type: "21",
            disease: ("", ""),
            time: time.to_owned(),
            amounts: [300, 200, 100],
            refund_of: None,
        }
    }

    /// The row that takes a settlement back, on a day.
    fn refund(&self, id: &str, time: &str) -> Self {
        let amounts = self.amounts.map(|fen| -fen);
        Self { id: id.to_owned(), time: time.to_owned(), amounts, refund_of: Some(self.id.clone()), ..self.clone() }
    }

    fn line(&self) -> String {
        let Self { id, insutype, insured, treated, med_type, disease: (code, name), time, amounts, refund_of, .. } = self;
        let certificate = certificate(self.person);
        let yuan = |fen: i64| canbao_rules::money::Yuan::from_fen(fen).to_string();
        let [fee, scope, fund] = amounts.map(yuan);
        let flag = if refund_of.is_some() { "1" } else { "" };
        let original = refund_of.as_deref().unwrap_or("");
        format!(
            "{id},{certificate},{insutype},{insured},{treated},{med_type},{code},{name},{time},{fee},{scope},{fund},{flag},{original}\n"
        )
    }
}

/// A number and its type. Every third person has a passport.
fn certificate(person: usize) -> String {
    if person % 3 == 2 {
        return format!("E{person},03");
    }
    let body = format!("34039919800101{person:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{},", char::from(b"10X98765432"[(sum % 11) as usize]))
}

fn terms(region: &str, on: Day) -> SettlementTerms {
    crate::policies::shipped().unwrap().by_region(region).unwrap().settlement_on(on)
}

fn on(text: &str) -> Day {
    text.parse().unwrap()
}

/// Everything that a run gives, as text.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    settlement: Vec<String>,
    chronic: Vec<String>,
    revisions: Vec<String>,
    rejects: Vec<String>,
    elsewhere: u64,
    not_yet: u64,
}

fn run(
    files: &[String],
    date: &str,
    layout: Layout,
    terms: SettlementTerms,
    earlier: Option<&Earlier>,
) -> Result<SettlementStatistics, StatisticsError> {
    let folder = tempfile::tempdir().unwrap();
    let (source, request) = (source(files), request(on(date)));
    let collectors = Collectors::new(terms, on(date), layout, folder.path());
    let Streamed { taker, rejects, .. } = stream(&source, &request, &NoProgress, &|| collectors.collector()).unwrap();
    let mut statistics = settlement_statistics(taker.finish().unwrap(), earlier)?;
    statistics.rejects.extend(rejects.to_vec());
    statistics.rejects.sort_by_key(|reject| reject.origin);
    Ok(statistics)
}

fn source(files: &[String]) -> Source {
    let file = |(number, rows): (usize, &String)| {
        SourceFile::from_bytes(format!("settlement/{number}.csv"), Format::Text, format!("{HEADER}\n{rows}").into_bytes())
    };
    Source { name: "settlement".to_owned(), files: files.iter().enumerate().map(file).collect() }
}

fn request(on: Day) -> Request<'static> {
    Request { contract: &SETTLEMENT, columns: &WANTS, split: None, labels: None, on, encoding: Encoding::Utf8 }
}

fn told(statistics: &SettlementStatistics) -> Told {
    let rows = |name: &str| lines(&statistics.datasets.iter().find(|(spec, _)| spec.name == name).unwrap().1);
    Told {
        settlement: rows("settlement_statistics"),
        chronic: rows("chronic_statistics"),
        revisions: rows("settlement_revisions"),
        rejects: rejects(&statistics.rejects),
        elsewhere: statistics.elsewhere,
        not_yet: statistics.not_yet,
    }
}

fn rejects(rejects: &[Reject]) -> Vec<String> {
    let tell = |reject: &Reject| format!("{reject:?} {}", reject.value.as_deref().unwrap_or("-"));
    rejects.iter().map(tell).collect()
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("-");
    let columns: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" ")).collect()
}

/// Counts rows of one file for region 340322, in both layouts.
fn count(rows: &[Row], date: &str) -> Told {
    let text = vec![rows.iter().map(Row::line).collect::<String>()];
    let wide = told(&run(&text, date, WIDE, terms("340322", on(date)), None).unwrap());
    let narrow = told(&run(&text, date, NARROW, terms("340322", on(date)), None).unwrap());
    assert_eq!(wide, narrow);
    let checked = check_extract(&source(&text), &request(on(date)), &NoProgress).unwrap();
    assert_eq!(wide.rejects, rejects(&checked.rejects), "as `check` finds them");
    wide
}

#[test]
fn months_and_years_to_date_beside_the_year_before() {
    let rows = [
        Row::new("S1", 1, "2023-01-31 23:59:59"),
        Row::new("S2", 1, "2023-02-01"),
        Row::new("S3", 2, "2023-02-28"),
        Row { amounts: [1000, 800, 600], ..Row::new("S4", 1, "2022-02-28 12:00") },
        Row::new("S5", 1, "2022-03-01"),
        Row::new("S6", 4, "2021-12-31"),
        Row::new("S7", 4, "2023-03-01"),
    ];
    let told = count(&rows, "2023-02-28");
    let expected = [
        "2023-01 month local inpatient 390 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 month local inpatient all 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 ytd local inpatient 390 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 ytd local inpatient all 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-02 month local inpatient 390 2 2 6.00 4.00 2.00 50.00 1 6.00 100.00 -66.67",
        "2023-02 month local inpatient all 2 2 6.00 4.00 2.00 50.00 1 6.00 100.00 -66.67",
        "2023-02 ytd local inpatient 390 3 2 9.00 6.00 3.00 50.00 1 6.00 200.00 -50.00",
        "2023-02 ytd local inpatient all 3 2 9.00 6.00 3.00 50.00 1 6.00 200.00 -50.00",
    ];
    assert_eq!(told.settlement, expected);
    assert_eq!((told.not_yet, told.elsewhere, told.rejects), (1, 0, vec![]));
    assert_eq!((told.chronic, told.revisions), (vec![], vec![]));
}

#[test]
fn a_month_that_goes_on_is_compared_up_to_the_same_day() {
    let rows = [
        Row::new("S1", 1, "2023-02-10"),
        Row::new("S2", 1, "2022-02-10"),
        Row::new("S3", 1, "2022-02-11"),
        Row::new("S4", 1, "2022-01-31"),
    ];
    let told = count(&rows, "2023-02-10");
    let expected = [
        "2023-01 month local inpatient 390 0 0 0.00 0.00 0.00 - 1 1.00 -100.00 -100.00",
        "2023-02 month local inpatient 390 1 1 3.00 2.00 1.00 50.00 1 1.00 0.00 0.00",
        "2023-02 ytd local inpatient 390 1 1 3.00 2.00 1.00 50.00 2 2.00 -50.00 -50.00",
    ];
    for row in expected {
        assert!(told.settlement.iter().any(|line| line == row), "{row}: {:#?}", told.settlement);
    }
}

#[test]
fn refunds_take_back_times_amounts_and_persons() {
    let first = Row::new("S1", 1, "2023-01-05");
    let rows = [first.refund("R1", "2023-01-06"), first.clone(), Row::new("S2", 2, "2023-01-05"), Row::new("S3", 2, "2023-01-05")];
    let told = count(&rows, "2023-01-31");
    assert_eq!(told.settlement[0], "2023-01 month local inpatient 390 2 1 6.00 4.00 2.00 50.00 0 0.00 - -");
    assert_eq!(told.rejects, Vec::<String>::new());
}

#[test]
fn a_group_may_consist_of_a_refund_alone() {
    let first = Row::new("S1", 1, "2021-01-05");
    let told = count(&[first.clone(), first.refund("R1", "2023-01-06")], "2023-01-31");
    assert_eq!(told.settlement[0], "2023-01 month local inpatient 390 -1 0 -3.00 -2.00 -1.00 - 0 0.00 - -");
}

#[test]
fn orphans_are_no_used_rows_and_neither_are_their_refunds() {
    let person = 1;
    let strangers = Row::new("S9", 3, "2023-01-01");
    let rows = [
        Row { refund_of: Some("S8".to_owned()), ..Row::new("R1", person, "2023-01-02") },
        Row { refund_of: Some("R1".to_owned()), ..Row::new("R2", 4, "2023-01-02") },
        Row { refund_of: Some("S9".to_owned()), ..Row::new("R3", person, "2023-01-02") },
        strangers.clone(),
        Row { refund_of: Some(String::new()), ..Row::new("R4", 2, "2023-01-02") },
        Row { refund_of: Some("R5".to_owned()), ..Row::new("R5", 5, "2023-01-02") },
        Row { refund_of: Some("N1".to_owned()), ..Row::new("R6", 5, "2023-01-03") },
        Row::new("N1", 6, "2023-02-01"),
        Row { refund_of: Some("nothing".to_owned()), ..Row::new("N2", 6, "2023-02-01") },
        Row { insured: "340399", refund_of: Some("nothing".to_owned()), ..Row::new("R7", 6, "2023-01-01") },
    ];
    let told = count(&rows, "2023-01-31");
    let expected = [
        "0:2 init_setl_id orphan_refund S8",
        "0:3 init_setl_id orphan_refund R1",
        "0:6 init_setl_id orphan_refund ",
        "0:7 init_setl_id orphan_refund R5",
        "0:11 init_setl_id orphan_refund nothing",
    ];
    assert_eq!(told.rejects, expected);
    assert_eq!(told.settlement[0], "2023-01 month local inpatient 390 -1 1 9.00 6.00 3.00 50.00 0 0.00 - -", "R3 and R6 stand beside S9");
    assert_eq!((told.not_yet, told.elsewhere), (2, 0));
}

#[test]
fn a_refund_of_another_person_is_counted_with_its_own() {
    // Person 1 has a settlement too, so whether he is counted depends on the refund whose original is person 3's.
    let rows = [
        Row::new("S1", 1, "2023-01-01"),
        Row { refund_of: Some("S9".to_owned()), ..Row::new("R3", 1, "2023-01-02") },
        Row::new("S9", 3, "2023-01-01"),
        Row::new("S5", 5, "2023-01-01"),
        Row { refund_of: Some("S7".to_owned()), ..Row::new("R5", 5, "2023-01-02") },
    ];
    let told = count(&rows, "2023-01-31");
    assert_eq!(told.settlement[0], "2023-01 month local inpatient 390 2 2 12.00 8.00 4.00 50.00 0 0.00 - -");
    assert_eq!(told.rejects, ["0:6 init_setl_id orphan_refund S7"]);
}

#[test]
fn repeated_rows_stand_once() {
    let first = Row::new("S1", 2, "2023-01-05");
    let refund = first.refund("R1", "2023-01-06");
    let rows = [
        first.clone(),
        first.clone(),
        Row { amounts: [301, 200, 100], ..first.clone() },
        refund.clone(),
        refund,
        first,
        Row::new("N1", 2, "2023-02-05"),
        Row::new("N1", 2, "2023-02-05"),
    ];
    let told = count(&rows, "2023-01-31");
    assert_eq!(told.rejects, ["0:3 - superseded -", "0:6 - superseded -", "0:7 - superseded -"]);
    assert_eq!(told.settlement[0], "2023-01 month local inpatient 390 1 1 3.01 2.00 1.00 50.00 0 0.00 - -");
    assert_eq!(told.not_yet, 2);
}

#[test]
fn only_the_region_and_two_insurances_are_counted() {
    let rows = [
        Row { insured: "340321", ..Row::new("S1", 1, "2023-01-01") },
        Row { insured: "340321", insutype: "340", ..Row::new("S2", 1, "2023-01-01") },
        Row { insutype: "391", ..Row::new("S3", 1, "2023-01-01") },
        Row { insured: "3403x2", ..Row::new("S4", 1, "2023-02-01") },
        Row { insutype: "310", ..Row::new("S5", 1, "2023-01-01") },
        Row::new("S6", 1, "2023-01-01"),
    ];
    let told = count(&rows, "2023-01-31");
    assert_eq!((told.elsewhere, told.not_yet), (2, 1));
    let expected = [
        "2023-01 month local inpatient 310 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 month local inpatient 390 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 month local inpatient all 2 1 6.00 4.00 2.00 50.00 0 0.00 - -",
    ];
    assert_eq!(told.settlement[..3], expected);
    let city = run(&[rows.iter().map(Row::line).collect()], "2023-01-31", WIDE, terms("340600", on("2023-01-31")), None).unwrap();
    assert_eq!((city.elsewhere, city.datasets[0].1.num_rows()), (5, 0));
}

#[test]
fn diseases_by_family_and_their_names() {
    let chronic = |id: &str, person, time: &str, disease| Row { med_type: "1401", disease, ..Row::new(id, person, time) };
    let old = chronic("S9", 1, "2020-05-05", ("M999", "旧名"));
    let rows = [
        chronic("S1", 1, "2023-01-02", ("m03900", "高血压病")),
        chronic("S2", 2, "2023-01-02", ("M039", "")),
        chronic("S3", 1, "2023-01-02", ("M07800", "肾衰竭")),
        chronic("S4", 1, "2023-01-02 00:00:01", ("M07800", "慢性肾衰竭")),
        chronic("S5", 1, "2023-01-02", ("", "无编码")),
        old.clone(),
        chronic("S6", 1, "2023-01-03", ("M999", "")),
        old.refund("R1", "2022-12-31"),
        // An orphan's name does not count.
        Row { refund_of: Some("nobody".to_owned()), ..chronic("R2", 1, "2023-01-31", ("M07800", "孤儿")) },
        // Nor another region's, nor that of another kind of care.
        Row { insured: "340321", ..chronic("S7", 1, "2023-01-31", ("M07800", "外地")) },
        Row { disease: ("M07800", "住院"), ..Row::new("S8", 1, "2023-01-31") },
    ];
    let told = count(&rows, "2023-01-31");
    let months: Vec<&str> = told.chronic.iter().map(String::as_str).filter(|line| line.contains(" month local 390 ")).collect();
    let expected = [
        "2023-01 month local 390 M039 高血压 2 2 6.00 4.00 2.00 50.00 0 0.00 - -",
        "2023-01 month local 390 M07800 慢性肾衰竭 2 1 6.00 4.00 2.00 50.00 0 0.00 - -",
        "2023-01 month local 390 M999 旧名 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
        "2023-01 month local 390 - 无编码 1 1 3.00 2.00 1.00 50.00 0 0.00 - -",
    ];
    assert_eq!(months, expected);
    assert_eq!(told.rejects, ["0:10 init_setl_id orphan_refund nobody"]);
}

#[test]
fn a_refunds_name_counts_where_it_stands() {
    let first = Row { med_type: "14", disease: ("M999", "甲"), ..Row::new("S1", 1, "2023-01-02") };
    let mine = Row { disease: ("M999", "乙"), ..first.refund("R1", "2023-01-03") };
    let strangers = Row { disease: ("M999", "丙"), person: 5, ..first.refund("R2", "2023-01-04") };
    let name = |rows: &[Row]| count(rows, "2023-01-31").chronic[0].split(' ').nth(5).unwrap().to_owned();
    assert_eq!(name(&[first.clone(), mine.clone()]), "乙");
    assert_eq!(name(&[first.clone(), mine, strangers]), "丙");
}

#[test]
fn cities_of_their_own_and_cities_of_several() {
    let text = include_str!("../../../pipelines/policies/340322.toml");
    let cities = r#"
        [[city]]
        name = "自治县"
        codes = ["340322"]
        from = 2020-01-01
        until = 2023-12-31
        source = { document = "plan", section = "一" }
        [[city]]
        name = "合并市"
        codes = ["3404", "340302"]
        from = 2020-01-01
        source = { document = "plan", section = "一" }
    "#;
    let pack = Pack::parse(&format!("{text}{cities}"), "340322.toml").unwrap();
    let scope = |pack: &Pack, insured: &'static str, treated: &'static str, date: &str| {
        let row = Row { insured, treated, ..Row::new("S1", 1, date) };
        // Whoever is insured in the city is counted for it.
        let mut terms = pack.settlement_on(on(date));
        terms.region.area = canbao_rules::policy::Area::new(340_300);
        let statistics = run(&[row.line()], date, WIDE, terms, None).unwrap();
        told(&statistics).settlement[0].split(' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(scope(&pack, "340322", "340303", "2023-01-31"), "in_province");
    assert_eq!(scope(&pack, "340322", "340322", "2023-01-31"), "local");
    assert_eq!(scope(&pack, "340322", "340303", "2024-01-31"), "local", "it holds no longer");
    assert_eq!(scope(&pack, "340302", "340421", "2023-01-31"), "local");
    assert_eq!(scope(&pack, "340302", "340303", "2023-01-31"), "in_province");
    assert_eq!(scope(&pack, "340302", "410402", "2023-01-31"), "cross_province");
    let shown: Vec<String> = pack.settlement_on(on("2024-01-31")).provisions().iter().map(ToString::to_string).collect();
    assert!(shown[1].starts_with("city 合并市 = 3404 340302, from 2020-01-01, "), "{shown:?}");
}

#[test]
fn a_sum_too_large_to_publish_is_an_error_with_its_place() {
    let large = Row { amounts: [999_999_999_999_999_999, 1, 1], ..Row::new("S1", 1, "2023-01-01") };
    let text = vec![large.line() + &Row { id: "S2".to_owned(), ..large.clone() }.line()];
    let error = run(&text, "2023-01-31", WIDE, terms("340322", on("2023-01-31")), None).unwrap_err();
    insta::assert_snapshot!(message_with_hint(&error), @"
    the sum of `medfee_sumamt` for 2023-01 month local inpatient 390 has more than 16 digits before the point, which no published sum can hold
    hint: look for amounts in the extract that cannot be right
    ");
    assert_eq!(
        count(&[large.clone(), large.refund("R1", "2023-01-02"), Row { id: "S2".to_owned(), ..large }], "2023-01-31").settlement.len(),
        4
    );
}

#[test]
fn what_a_later_extract_changed_is_revised() {
    let june = [
        Row::new("S1", 1, "2023-01-05"),
        Row::new("S2", 2, "2023-02-05"),
        Row { med_type: "14", disease: ("M039", ""), ..Row::new("S3", 1, "2023-02-07") },
        Row { med_type: "41", ..Row::new("S4", 1, "2023-02-07") },
        Row::new("S5", 2, "2023-03-05"),
    ];
    let publish = |rows: &[Row], date: &str, earlier: Option<&Earlier>| {
        let text = [rows.iter().map(Row::line).collect::<String>()];
        run(&text, date, WIDE, terms("340322", on(date)), earlier).unwrap()
    };
    let as_earlier = |statistics: &SettlementStatistics, date: &str| Earlier {
        name: format!("snapshot={date}.1"),
        date: on(date),
        datasets: statistics.datasets.iter().map(|(spec, rows)| (spec.name, vec![rows.clone()])).collect::<BTreeMap<_, _>>(),
    };
    let first = publish(&june, "2023-03-10", None);
    let earlier = as_earlier(&first, "2023-03-10");
    assert_eq!(told(&publish(&june, "2023-03-31", Some(&earlier))).revisions, Vec::<String>::new());

    let mut later = june.to_vec();
    later.push(Row { amounts: [50, 50, 50], ..Row::new("S6", 3, "2023-02-28") });
    later.push(Row::new("S7", 3, "2023-03-09"));
    later.retain(|row| row.id != "S4");
    let revised = publish(&later, "2023-03-31", Some(&earlier));
    let all = told(&revised).revisions;
    assert_eq!(revised.revised as usize, all.len());
    assert!(all.iter().all(|line| line.contains(" 2023-02 ")), "January did not change, and March was not over: {all:#?}");
    let of_month = |what: &str| all.iter().filter(|line| line.contains(what)).cloned().collect::<Vec<_>>();
    let expected = [
        "settlement_statistics 2023-02 month local inpatient 390 - person_times 1.00 2.00 snapshot=2023-03-10.1",
        "settlement_statistics 2023-02 month local inpatient 390 - persons 1.00 2.00 snapshot=2023-03-10.1",
        "settlement_statistics 2023-02 month local inpatient 390 - medfee_sumamt 3.00 3.50 snapshot=2023-03-10.1",
        "settlement_statistics 2023-02 month local inpatient 390 - inscp_scp_amt 2.00 2.50 snapshot=2023-03-10.1",
        "settlement_statistics 2023-02 month local inpatient 390 - fund_pay_sumamt 1.00 1.50 snapshot=2023-03-10.1",
        "settlement_statistics 2023-02 month local inpatient 390 - in_policy_pct 50.00 60.00 snapshot=2023-03-10.1",
    ];
    assert_eq!(of_month(" month local inpatient 390 "), expected);
    let gone = of_month(" month local pharmacy 390 ");
    assert_eq!(gone[0], "settlement_statistics 2023-02 month local pharmacy 390 - person_times 1.00 0.00 snapshot=2023-03-10.1");
    assert_eq!(gone[5], "settlement_statistics 2023-02 month local pharmacy 390 - in_policy_pct 50.00 - snapshot=2023-03-10.1");
    assert_eq!(of_month("chronic_statistics"), Vec::<String>::new());

    let next_year = publish(&june, "2024-01-31", Some(&as_earlier(&first, "2023-12-31")));
    assert_eq!(told(&next_year).revisions, Vec::<String>::new());
}

#[test]
fn an_earlier_snapshot_that_is_none_of_ours_is_an_error() {
    let batch = RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty()));
    let earlier = Earlier {
        name: "snapshot=2023-01-31.1".to_owned(),
        date: on("2023-01-31"),
        datasets: BTreeMap::from([("settlement_statistics", vec![batch])]),
    };
    let error =
        run(&[Row::new("S1", 1, "2023-02-01").line()], "2023-02-28", WIDE, terms("340322", on("2023-02-28")), Some(&earlier)).unwrap_err();
    insta::assert_snapshot!(error, @"`snapshot=2023-01-31.1` cannot be compared with: there is no text column `period` in `settlement_statistics`");
}

/// Any settlements of a few persons, with refunds of each other, repetitions and faults.
fn any_rows() -> impl Strategy<Value = Vec<String>> {
    let row = (
        (0usize..7, 0usize..5, 0usize..12, prop::sample::select(vec!["310", "390", "390", "340", "x"])),
        prop::sample::select(vec!["340322", "340322", "340322", "340321", "320102"]),
        prop::sample::select(vec!["340322", "340302", "340102", "320102"]),
        prop::sample::select(vec!["21", "11", "14", "1401", "41", "99"]),
        prop::sample::select(vec![("", ""), ("M039", "a"), ("m0391", ""), ("M07800", "b"), ("M999", "c"), ("M999", "d"), ("", "e")]),
        prop::option::weighted(0.3, 0usize..14),
        -3i64..300,
    );
    let days = [
        "2022-01-10",
        "2022-02-15",
        "2022-02-16",
        "2022-12-31",
        "2023-01-01",
        "2023-01-31",
        "2023-02-14",
        "2023-02-15",
        "2023-02-16",
        "2020-02-02",
        "soon",
        "2023-01-02 10:00",
    ];
    let line =
        move |((id, person, day, insutype), insured, treated, med_type, disease, refund_of, fen): (_, _, _, _, _, Option<usize>, i64)| {
            let refund_of = refund_of.map(|original| if original > 9 { String::new() } else { format!("S{original}") });
            Row {
                insutype,
                insured,
                treated,
                med_type,
                disease,
                refund_of,
                amounts: [fen, fen, fen / 2],
                ..Row::new(&format!("S{id}"), person, days[day])
            }
            .line()
        };
    prop::collection::vec(row.prop_map(line), 1..30)
}

/// What must not depend on where rows stand.
fn wherever(told: Told, lines: &[Vec<String>]) -> (Vec<String>, Vec<String>, BTreeMap<String, u64>, u64, u64) {
    let mut rejects = BTreeMap::new();
    for reject in told.rejects {
        // File and line lead to the row itself.
        let (place, what) = reject.split_once(' ').unwrap();
        let (file, line) = place.split_once(':').unwrap();
        let row = &lines[file.parse::<usize>().unwrap()][line.parse::<usize>().unwrap() - 2];
        *rejects.entry(format!("{row}{what}")).or_insert(0) += 1;
    }
    (told.settlement, told.chronic, rejects, told.elsewhere, told.not_yet)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn neither_layout_nor_files_nor_order_change_a_figure(rows in any_rows(), cuts in 1usize..4, seed in any::<u64>(), parts in 1usize..5, held in 1usize..9) {
        let date = "2023-02-15";
        let whole = vec![rows.clone()];
        let text = |files: &[Vec<String>]| files.iter().map(|rows| rows.concat()).collect::<Vec<String>>();
        let plain = told(&run(&text(&whole), date, WIDE, terms("340322", on(date)), None).unwrap());
        let checked = check_extract(&source(&text(&whole)), &request(on(date)), &NoProgress).unwrap();
        prop_assert_eq!(&plain.rejects, &rejects(&checked.rejects));

        let mut turned = rows;
        turned.sort_by_key(|row| xxhash_rust::xxh3::xxh3_64_with_seed(row.as_bytes(), seed));
        let files: Vec<Vec<String>> = turned.chunks(turned.len().div_ceil(cuts)).map(<[String]>::to_vec).collect();
        let layout = Layout { parts, chunk: 1, memory: 200, rows: held };
        let other = told(&run(&text(&files), date, layout, terms("340322", on(date)), None).unwrap());
        prop_assert_eq!(wherever(other, &files), wherever(plain, &whole));
    }
}
