use canbao_runtime::error_report::message_with_hint;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use object_store::memory::InMemory;
use rstest::rstest;

use super::*;
use canbao_publish::spec::ColumnKind::{Day, Moment, Money, Name, TextList};
use canbao_publish::spec::{DatasetSpec, column, list_item};
use canbao_publish::{Publisher, RunFacts};

static PAID: DatasetSpec = DatasetSpec {
    name: "paid",
    title: "缴费",
    meaning: "",
    order: "",
    columns: &[
        column("psn_name", Name, "", "").or_null(),
        column("amount", Money, "", ""),
        column("brdy", Day, "", ""),
        column("clct_time", Moment, "", "").or_null(),
        column("covered_by", TextList, "", ""),
    ],
};

fn batch() -> RecordBatch {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(list_item());
    lists.append_value([Some("310@340322"), Some("390@340322")]);
    lists.append_value::<_, &str>([]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("欧阳, 修"), None])),
        Arc::new(Decimal128Array::from(vec![38_000, -5]).with_precision_and_scale(18, 2).unwrap()),
        Arc::new(Date32Array::from(vec![0, 19_722])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1_703_980_800_000_000), None])),
        Arc::new(lists.finish()),
    ];
    RecordBatch::try_new(PAID.schema(), columns).unwrap()
}

fn publish(publisher: &Publisher, pipeline: &str) {
    let draft = publisher.begin(pipeline, "2023-12-31".parse().unwrap()).unwrap();
    draft.write(&PAID.dataset(), [batch()]).unwrap();
    let facts = serde_json::json!({
        "run_id": "1", "logical_date": "2023-12-31", "region": null, "benefit_year": null,
        "program_version": "0", "policy": null, "inputs": []
    });
    draft.finish(serde_json::from_value::<RunFacts>(facts).unwrap()).unwrap();
}

fn remote() -> Publisher {
    Publisher::in_store(Arc::new(InMemory::new()), "p".into(), "memory:///p".to_owned()).unwrap()
}

#[rstest]
#[case::folder(true)]
#[case::memory(false)]
fn tables_by_both_names(#[case] local: bool) {
    let folder = tempfile::tempdir().unwrap();
    let publisher = if local { Publisher::open(folder.path().to_str().unwrap()).unwrap() } else { remote() };
    publish(&publisher, "enrollment-audit");
    let answer = query(&publisher, "SELECT * FROM paid").unwrap();
    assert_eq!(answer.shape(), (2, 5), "the folder `snapshot=…` is no column");
    let sum = query(&publisher, "WITH p AS (SELECT amount FROM enrollment_audit__paid) SELECT SUM(amount) AS total FROM p").unwrap();
    let mut text = Vec::new();
    write_csv(&sum, &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "total\n379.95\n");
}

#[test]
fn an_ambiguous_name_names_the_qualified_ones() {
    let publisher = remote();
    publish(&publisher, "enrollment-audit");
    publish(&publisher, "mine");
    let error = query(&publisher, "select * from paid").unwrap_err();
    insta::assert_snapshot!(message_with_hint(&error), @r"
    `paid` is published by several pipelines
    hint: write one of enrollment_audit__paid, mine__paid
    ");
    assert_eq!(query(&publisher, "select * from mine__paid").unwrap().height(), 2);
    let own = query(&publisher, "with paid as (select amount from mine__paid) select * from paid");
    assert_eq!(own.unwrap().width(), 1, "a name that the query gives itself is not ours");
}

#[test]
fn unknown_names_are_told_with_those_that_are_known() {
    let publisher = remote();
    publish(&publisher, "mine");
    insta::assert_snapshot!(message_with_hint(&query(&publisher, "SELECT * FROM persons").unwrap_err()), @r"
    there is no table `persons`
    hint: the tables are mine__paid, paid
    ");
    insta::assert_snapshot!(message_with_hint(&query(&publisher, "SELECT certno FROM paid").unwrap_err()), @r"
    the query cannot be answered
    hint: the tables' columns are paid: psn_name amount brdy clct_time covered_by
    ");
    insta::assert_snapshot!(message_with_hint(&query(&publisher, "SELECT * FROM read_parquet('/etc/passwd')").unwrap_err()), @r"
    there is no table `read_parquet`
    hint: the tables are mine__paid, paid
    ");
}

#[rstest]
#[case("DROP TABLE paid")]
#[case("  -- harmless\n create table x as select * from paid")]
#[case("/* */ delete from paid")]
#[case("")]
fn only_reading_statements(#[case] sql: &str) {
    let publisher = remote();
    publish(&publisher, "mine");
    assert!(matches!(query(&publisher, sql), Err(QueryError::NoQuery { .. })));
}

#[rstest]
#[case("SELECT amount FROM paid; DROP TABLE paid")]
#[case("SELECT FROM WHERE")]
fn what_is_no_single_query_is_refused(#[case] sql: &str) {
    let publisher = remote();
    publish(&publisher, "mine");
    assert!(query(&publisher, sql).is_err());
}

#[test]
fn output_forms() {
    let publisher = remote();
    publish(&publisher, "mine");
    let answer = query(&publisher, "SELECT * FROM paid").unwrap();
    let text = |written: Vec<u8>| String::from_utf8(written).unwrap();

    let mut table = Vec::new();
    write_table(&answer, 10, &mut table).unwrap();
    insta::assert_snapshot!(text(table), @"
    ┌──────────┬────────┬────────────┬─────────────────────┬───────────────────────┐
    │ psn_name ┆ amount ┆ brdy       ┆ clct_time           ┆ covered_by            │
    ╞══════════╪════════╪════════════╪═════════════════════╪═══════════════════════╡
    │ 欧阳, 修 ┆ 380.00 ┆ 1970-01-01 ┆ 2023-12-31 00:00:00 ┆ 310@340322;390@340322 │
    │ null     ┆  -0.05 ┆ 2023-12-31 ┆ null                ┆                       │
    └──────────┴────────┴────────────┴─────────────────────┴───────────────────────┘
    2 rows
    ");

    let mut csv = Vec::new();
    write_csv(&answer, &mut csv).unwrap();
    insta::assert_snapshot!(text(csv), @r#"
    psn_name,amount,brdy,clct_time,covered_by
    "欧阳, 修",380.00,1970-01-01,2023-12-31 00:00:00,310@340322;390@340322
    ,-0.05,2023-12-31,,
    "#);

    let mut json = Vec::new();
    write_json(&answer, &mut json).unwrap();
    insta::assert_snapshot!(text(json), @r#"
    [
    {"psn_name":"欧阳, 修","amount":380.00,"brdy":"1970-01-01","clct_time":"2023-12-31 00:00:00","covered_by":["310@340322","390@340322"]},
    {"psn_name":null,"amount":-0.05,"brdy":"2023-12-31","clct_time":null,"covered_by":[]}
    ]
    "#);

    let mut parquet = Vec::new();
    write_parquet(&answer, &mut parquet).unwrap();
    assert_eq!(&parquet[..4], b"PAR1");

    let mut table = Vec::new();
    write_table(&answer, 1, &mut table).unwrap();
    assert!(text(table).ends_with("the first 1 of 2 rows\n"));
}
