//! Bulletins from handmade snapshots.

use rstest::rstest;

use super::testing::{Audit, Happened, Place, Rows, Year, huaibei};
use super::testing_specs::{CHRONIC_STATISTICS, SETTLEMENT_REVISIONS, SETTLEMENT_STATISTICS};
use super::*;

const NAMES: [(&str, &str); 2] = [("M039", "高血压"), ("M016", "糖尿病")];

/// What was published for 淮北市 in September 2023.
fn huaibei_place() -> Place {
    let place = Place::new();
    let rows = huaibei().settlement_rows(2023, 9);
    place.publish("settlement-statistics", "2023-09-30", "340600", &[(&SETTLEMENT_STATISTICS, &rows)]);
    place
}

fn section<'a>(bulletin: &'a Bulletin, id: &str) -> &'a Section {
    bulletin.sections.iter().find(|section| section.id == id).unwrap()
}

fn sentences(section: &Section) -> Vec<String> {
    let text = |block: &Block| if let Block::Text(text) = block { Some(text.reading()) } else { None };
    section.blocks.iter().filter_map(text).collect()
}

fn table<'a>(bulletin: &'a Bulletin, query: &str) -> &'a Table {
    let blocks = bulletin.sections.iter().flat_map(|section| &section.blocks);
    let tables = blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    tables.into_iter().find(|table| table.query == query).unwrap()
}

/// A table's values as they are printed, by row.
fn shown(table: &Table) -> Vec<(String, Vec<String>)> {
    table.rows.iter().map(|row| (row.labels.join(" "), row.values.iter().map(|value| value.shown(Lang::Zh)).collect())).collect()
}

#[test]
fn the_published_figures_of_huaibei_in_its_sentence() {
    let bulletin = huaibei_place().bulletin((2023, 9), Lang::Zh, "淮北市");
    insta::assert_snapshot!(sentences(section(&bulletin, "cross-province"))[0], @"");
}

#[test]
fn the_same_sentence_in_english() {
    let bulletin = huaibei_place().bulletin((2023, 9), Lang::En, "Huaibei");
    insta::assert_snapshot!(sentences(section(&bulletin, "cross-province"))[0], @"");
}

#[rstest]
#[case::both_fall((90, 80), (100, 100))]
#[case::one_rises((120, 80), (100, 100))]
#[case::unchanged((100, 130), (100, 100))]
#[case::no_base((100, 130), (0, 0))]
#[case::no_money_before((100, 130), (50, 0))]
#[case::refunds_before((100, 130), (50, -20))]
#[case::out_of_range((100, 2_000_000_000), (50, 1))]
fn comparisons_in_words(#[case] now: (i64, i64), #[case] before: (i64, i64)) {
    let mut year = Year::default();
    let happened = Happened { visits: now.0, persons: 50, cost: now.1, in_scope: now.1, fund: now.1, before };
    year.care(1, "cross_province", "inpatient", "390", happened);
    let place = Place::new();
    place.publish("settlement-statistics", "2023-01-31", "340322", &[(&SETTLEMENT_STATISTICS, &year.settlement_rows(2023, 1))]);
    let bulletin = place.bulletin((2023, 1), Lang::Zh, "五河县");
    let name = format!("comparison_{}_{}_{}_{}", now.0, now.1, before.0, before.1);
    insta::assert_snapshot!(name, sentences(section(&bulletin, "cross-province"))[0]);
    without_holes(&bulletin);
}

/// No form shows what is no number, and no cell is empty.
fn without_holes(bulletin: &Bulletin) {
    for lang_form in [Form::Html, Form::Md] {
        let text = String::from_utf8(bulletin.write(lang_form).unwrap()).unwrap();
        for hole in ["NaN", "inf", "null", "None", "-0%", "|  |", "<td></td>"] {
            assert!(!text.replace("inflow", "").contains(hole) || (hole == "null" && only_in_queries(&text)), "{hole} in {lang_form:?}");
        }
    }
    for section in &bulletin.sections {
        assert!(!section.blocks.is_empty(), "{} says nothing", section.id);
        for block in &section.blocks {
            match block {
                Block::Chart(chart) => assert!(chart.has_points(), "{} is empty", chart.id),
                Block::Table(table) => {
                    assert!(!table.rows.is_empty() && table.rows.iter().all(|row| row.values.len() == table.columns.len()))
                }
                Block::Text(text) => assert!(!text.reading().is_empty()),
            }
        }
    }
}

/// `NULL` is a word of the queries, which are in capitals.
fn only_in_queries(text: &str) -> bool {
    !text.contains("null")
}
