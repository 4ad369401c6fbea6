//! Settlement statistics with the real binary: from extracts in any format to datasets, reports and revisions.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::support::{TestContext, resident_number};

const HEADER: [&str; 14] = [
    "setl_id",
    "certno",
    "psn_cert_type",
    "insutype",
    "insu_admdvs",
    "mdtrtarea_admvs",
    "med_type",
    "dise_codg",
    "dise_name",
    "setl_time",
    "medfee_sumamt",
    "inscp_scp_amt",
    "fund_pay_sumamt",
    "refd_setl_flag",
];

/// The cells of a row, `init_setl_id` last.
type Row = [String; 15];

/// `care`: where, of which kind, and for which disease.
fn row(id: &str, person: usize, insutype: &str, care: [&str; 3], time: &str, yuan: &str) -> Row {
    let [treated, med_type, disease] = care;
    let name = if disease.is_empty() { "" } else { "病" };
    let certno = resident_number(&format!("34039919800101{person:03}0"));
    let cells = [id, &certno, "", insutype, "340322", treated, med_type, disease, name, time, yuan, yuan, yuan, "", ""];
    cells.map(str::to_owned)
}

fn refund(of: &Row, id: &str, time: &str) -> Row {
    let mut row = of.clone();
    (row[0], row[9], row[13], row[14]) = (id.to_owned(), time.to_owned(), "1".to_owned(), of[0].clone());
    (10..13).for_each(|amount| row[amount] = format!("-{}", row[amount]));
    row
}

fn rows() -> Vec<Row> {
    let first = row("S1", 11, "390", ["320102", "21", ""], "2023-01-05 08:00", "100.10");
    let mut elsewhere = row("S9", 12, "390", ["340321", "21", ""], "2023-01-05", "5");
    elsewhere[4] = "340321".to_owned();
    let mut orphan = refund(&first, "R9", "2023-01-09");
    orphan[14] = "S0".to_owned();
    vec![
        first.clone(),
        row("S2", 11, "310", ["340322", "11", ""], "2023-02-05", "7"),
        row("S3", 12, "390", ["340322", "1401", "M03900"], "2023-02-06", "20.5"),
        row("S4", 12, "390", ["340322", "1401", "M07800"], "2022-02-06", "3"),
        refund(&first, "R1", "2023-02-01"),
        elsewhere,
        orphan,
        row("S2", 11, "310", ["340322", "11", ""], "2023-02-05", "7"),
        row("S5", 12, "390", ["340322", "11", ""], "2023-03-01", "much"),
        row("S6", 12, "390", ["340322", "11", ""], "2023-02-01", "much"),
    ]
}

fn text(rows: &[Row], delimiter: &str) -> String {
    let lines = rows.iter().map(|row| row.join(delimiter) + "\n");
    format!("{}{delimiter}init_setl_id\n{}", HEADER.join(delimiter), lines.collect::<String>())
}

fn run(context: &TestContext, date: &str, more: &[&str]) -> Value {
    let arguments = ["run", "settlement-statistics", "--date", date, "--data", "data", "--json"];
    let outcome = context.run(&[&arguments, more].concat());
    assert_eq!(outcome.status, 0, "{outcome:?}");
    outcome.json()
}

/// The hash of each dataset of a run's snapshot.
fn hashes(context: &TestContext, report: &Value) -> BTreeMap<String, String> {
    context.dataset_hashes(report["snapshot"].as_str().unwrap())
}

fn manifest(context: &TestContext, report: &Value) -> Value {
    context.manifest(report["snapshot"].as_str().unwrap())
}

#[test]
fn the_shipped_pipeline_counts_and_tells_what_it_left_aside() {
    let context = TestContext::new();
    context.write("data/settlement.csv", &text(&rows(), ","));
    let report = run(&context, "2023-02-28", &[]);
    assert_eq!((&report["benefit_year"], &manifest(&context, &report)["benefit_year"]), (&Value::Null, &Value::Null));
    let source = &report["sources"][0];
    let counts = ["rows_read", "rows_used", "rows_rejected", "elsewhere", "not_yet"].map(|name| source[name].as_u64().unwrap());
    assert_eq!(counts, [10, 7, 3, 1, 1]);
    assert_eq!(source["by_reason"], json!({ "bad_number": 1, "orphan_refund": 1, "superseded": 1 }));
    assert_eq!(report["policy"]["sources"], json!(["国家医保信息业务编码 病种名称 (reading)"]));
    insta::assert_snapshot!(context.query("published", "SELECT period, span, scope, care, insutype, person_times AS times, persons, fund_pay_sumamt AS fund, in_policy_pct AS pct, person_times_prev AS prev, person_times_growth_pct AS growth FROM settlement_statistics WHERE insutype <> 'all' OR care = 'outpatient'"), @"
    period,span,scope,care,insutype,times,persons,fund,pct,prev,growth
    2023-01,month,cross_province,inpatient,390,1,1,100.10,100.00,0,
    2023-01,ytd,cross_province,inpatient,390,1,1,100.10,100.00,0,
    2023-02,month,cross_province,inpatient,390,-1,0,-100.10,,0,
    2023-02,month,local,outpatient,310,1,1,7.00,100.00,0,
    2023-02,month,local,outpatient,all,1,1,7.00,100.00,0,
    2023-02,month,local,chronic,390,1,1,20.50,100.00,1,0.00
    2023-02,ytd,cross_province,inpatient,390,0,0,0.00,,0,
    2023-02,ytd,local,outpatient,310,1,1,7.00,100.00,0,
    2023-02,ytd,local,outpatient,all,1,1,7.00,100.00,0,
    2023-02,ytd,local,chronic,390,1,1,20.50,100.00,1,0.00
    ");
    insta::assert_snapshot!(context.query("published", "SELECT period, span, insutype, dise_codg, dise_name, person_times, persons, medfee_sumamt, fund_pay_prev FROM chronic_statistics"), @"
    period,span,insutype,dise_codg,dise_name,person_times,persons,medfee_sumamt,fund_pay_prev
    2023-02,month,390,M039,高血压,1,1,20.50,0.00
    2023-02,month,390,M07800,病,0,0,0.00,3.00
    2023-02,month,all,M039,高血压,1,1,20.50,0.00
    2023-02,month,all,M07800,病,0,0,0.00,3.00
    2023-02,ytd,390,M039,高血压,1,1,20.50,0.00
    2023-02,ytd,390,M07800,病,0,0,0.00,3.00
    2023-02,ytd,all,M039,高血压,1,1,20.50,0.00
    2023-02,ytd,all,M07800,病,0,0,0.00,3.00
    ");
    assert_eq!(context.query("published", "SELECT COUNT(*) AS n FROM settlement_revisions"), "n\n0\n");
    let shown = context.run(&["run", "settlement-statistics", "--date", "2023-02-28", "--data", "data"]).stdout;
    assert!(shown.contains("\nsettlement: used and not counted: 1 of other regions, 1 of days to come\n"), "{shown}");
}

#[test]
fn rejects_are_those_of_check() {
    let context = TestContext::new();
    context.write("data/settlement.csv", &text(&rows(), ","));
    run(&context, "2023-02-28", &[]);
    let published = context.query("published", "SELECT line, column, value, reason FROM rejects");
    let checked = context.run(&["check", "settlement", "data/settlement.csv", "--date", "2023-02-28", "--json"]).json();
    let cell = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let lines = checked["rejects"].as_array().unwrap().iter();
    let lines = lines.map(|r| format!("{},{},{},{}\n", r["line"], cell(&r["column"]), cell(&r["value"]), cell(&r["reason"])));
    assert_eq!(published, format!("line,column,value,reason\n{}", lines.collect::<String>()));
    assert_eq!(published.lines().count(), 4);
}

#[test]
fn formats_encodings_and_parts_change_nothing() {
    let context = TestContext::new();
    let rows = rows();
    context.write("data/settlement.csv", &text(&rows, ","));
    let plain = hashes(&context, &run(&context, "2023-02-28", &[]));
    let gb = encoding_rs::GB18030.encode(&text(&rows, "|").replace("setl_time", "结算时间")).0.into_owned();
    fs::write(context.path("data/settlement.csv"), gb).unwrap();
    assert_eq!(hashes(&context, &run(&context, "2023-02-28", &[])), plain);

    let figures = |mut hashes: BTreeMap<String, String>| {
        hashes.remove("rejects");
        hashes
    };
    let plain = figures(plain);
    fs::remove_file(context.path("data/settlement.csv")).unwrap();
    for (number, part) in rows.chunks(3).rev().enumerate() {
        context.write(&format!("data/settlement/{number}.csv"), &text(part, "\t"));
    }
    let parts = run(&context, "2023-02-28", &[]);
    assert_eq!(parts["sources"][0]["files"].as_array().unwrap().len(), 4);
    assert_eq!(figures(hashes(&context, &parts)), plain);
    fs::remove_dir_all(context.path("data/settlement")).unwrap();

    fs::write(context.path("data/settlement.parquet"), parquet_bytes(&rows)).unwrap();
    assert_eq!(figures(hashes(&context, &run(&context, "2023-02-28", &[]))), plain);
    fs::remove_file(context.path("data/settlement.parquet")).unwrap();

    workbook(&rows).save(context.path("data/settlement.xlsx")).unwrap();
    assert_eq!(figures(hashes(&context, &run(&context, "2023-02-28", &[]))), plain);
}

fn parquet_bytes(rows: &[Row]) -> Vec<u8> {
    let names = HEADER.iter().chain(&["init_setl_id"]);
    let column = |at: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row[at].as_str()))) as ArrayRef;
    let batch = RecordBatch::try_from_iter(names.enumerate().map(|(at, name)| (*name, column(at)))).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn workbook(rows: &[Row]) -> rust_xlsxwriter::Workbook {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, name) in HEADER.iter().chain(&["init_setl_id"]).enumerate() {
        sheet.write_string(0, at as u16, *name).unwrap();
    }
    for (line, row) in rows.iter().enumerate() {
        for (at, cell) in row.iter().enumerate() {
            sheet.write_string(line as u32 + 1, at as u16, cell).unwrap();
        }
    }
    book
}

#[test]
fn a_later_extract_revises_past_months_and_a_rerun_gives_the_same_bytes() {
    let context = TestContext::new();
    context.write("data/settlement.csv", &text(&rows(), ","));
    run(&context, "2023-01-31", &[]);
    let mut later = rows();
    later.push(row("S7", 14, "390", ["320102", "21", ""], "2023-01-31", "50"));
    context.write("data/settlement.csv", &text(&later, ","));
    // A run for another region is none to compare with.
    run(&context, "2023-02-27", &["--region", "340600"]);
    let report = run(&context, "2023-02-28", &[]);
    let note = &report["notes"][0];
    assert_eq!((&note["name"], &note["count"]), (&json!("revised_figures"), &json!(20)), "{report}");
    insta::assert_snapshot!(context.query("published", "SELECT dataset, period, span, scope, care, insutype, measure, old_value, new_value, compared_with FROM settlement_revisions WHERE span = 'ytd' AND insutype = '390'"), @"
    dataset,period,span,scope,care,insutype,measure,old_value,new_value,compared_with
    settlement_statistics,2023-01,ytd,cross_province,inpatient,390,person_times,1.00,2.00,snapshot=2023-01-31.1
    settlement_statistics,2023-01,ytd,cross_province,inpatient,390,persons,1.00,2.00,snapshot=2023-01-31.1
    settlement_statistics,2023-01,ytd,cross_province,inpatient,390,medfee_sumamt,100.10,150.10,snapshot=2023-01-31.1
    settlement_statistics,2023-01,ytd,cross_province,inpatient,390,inscp_scp_amt,100.10,150.10,snapshot=2023-01-31.1
    settlement_statistics,2023-01,ytd,cross_province,inpatient,390,fund_pay_sumamt,100.10,150.10,snapshot=2023-01-31.1
    ");
    assert_eq!(hashes(&context, &run(&context, "2023-02-28", &[])), hashes(&context, &report), "today's snapshot is not compared with");
    let next_year = run(&context, "2024-01-31", &[]);
    assert_eq!(next_year["notes"][0]["count"], json!(0), "{next_year}");
}

#[test]
fn any_date_will_do() {
    let context = TestContext::new();
    context.write("data/settlement.csv", &text(&rows(), ","));
    for (date, rows) in [("0001-01-01", 0), ("2010-06-30", 0), ("2022-12-31", 24), ("9999-12-31", 0)] {
        let report = run(&context, date, &["--region", "340322"]);
        assert_eq!(report["datasets"][0]["rows"], json!(rows), "{date}");
    }
}

#[test]
fn a_sum_that_cannot_be_published_fails_the_run() {
    let context = TestContext::new();
    let large = |id: &str| row(id, 11, "390", ["340322", "21", ""], "2023-01-05", "9999999999999999.99");
    context.write("data/settlement.csv", &text(&[large("S1"), large("S2")], ","));
    let outcome = context.run(&["run", "settlement-statistics", "--date", "2023-01-31", "--data", "data"]);
    insta::assert_snapshot!(outcome.transcript(), @"
    exit 1
    error: stopped at stage `settlement-statistics`: the sum of `medfee_sumamt` for 2023-01 month local inpatient 390 has more than 16 digits before the point, which no published sum can hold
    hint: look for amounts in the extract that cannot be right
    ");
    assert!(!context.path("published/settlement-statistics/latest.json").exists());
}

#[test]
fn without_settlements_there_is_nothing_to_count() {
    let context = TestContext::new();
    context.write("data/household.csv", "certno\n");
    insta::assert_snapshot!(context.run(&["run", "settlement-statistics", "--date", "2023-01-31", "--data", "data"]).transcript(), @"
    exit 1
    error: stopped at stage `read`: no extract `settlement` in `data`, expected settlement.csv, .txt, .xlsx, .parquet or settlement/*.csv
    hint: put the extract into the data location, or name another one with `--data`
    ");
}

#[test]
fn a_monthly_occurrence_is_about_the_month_before() {
    let preview = TestContext::new().run(&["plan", "settlement-statistics", "--date", "2023-01-31", "--data", ".", "--json"]).json();
    let (next, date) = (preview["next"].as_str().unwrap(), preview["next_logical_date"].as_str().unwrap());
    assert_eq!(&next[8..16], "03T03:00");
    assert!(date < &next[..7] && matches!(&date[8..], "28" | "29" | "30" | "31"), "{next} {date}");
    assert_eq!(preview["policy"]["parameters"][0]["parameter"], "disease_families");
}
