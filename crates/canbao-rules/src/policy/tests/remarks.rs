//! What a pack's writer is told of a pack without fault.

use std::fmt::Write as _;

use super::super::{Pack, Severity};
use super::WUHE;

/// The remarks on the pack of 五河县 with texts replaced, each in its first place.
fn remarks(name: &str, replaced: &[(&str, &str)]) -> String {
    let replace = |text: String, (written, by): &(&str, &str)| {
        assert!(text.contains(written), "the pack has no `{written}`");
        text.replacen(written, by, 1)
    };
    let text = replaced.iter().fold(WUHE.to_owned(), replace);
    let mut told = String::new();
    for remark in Pack::review(&text, name).unwrap().remarks {
        let _ = writeln!(told, "{:?} {}: {}", remark.severity, remark.position, remark.text);
    }
    told
}

#[test]
fn what_is_probably_not_meant() {
    insta::assert_snapshot!(remarks("340323.toml", &[
        ("duplicates = {", "other = { number = \"某文\", title = \"某文\" }\nduplicates = {"),
        ("\"孤儿\" = \"orphan\"\n", ""),
        ("\"外出务工人员\" = \"migrant_worker\"\n", ""),
        ("\"重度残疾人\" = \"severe_disability\"\n", ""),
        ("value = 350\nunit = \"yuan\"\nfrom = 2023-01-01", "value = 350\nunit = \"yuan\"\nfrom = 2023-02-01"),
        ("rule = \"death_before_cover\"\nfrom = 2024-01-01", "rule = \"death_before_cover\"\nfrom = 2024-04-01"),
        ("rule = \"before_year\"\nfrom = 2024-01-01", "rule = \"before_year\"\nfrom = 2024-01-01\nuntil = 2024-06-30"),
    ]), @"
    Warning line 9 column 8: the file is called `340323.toml`, expected the region's code: `340322.toml`
    Warning line 14 column 9: no entry names the document `other` as its source
    Warning line 20 column 31: no label means `migrant_worker`, so that the extension is nobody's
    Warning line 27 column 8: `premium.personal` is in force on 1 January of no benefit year of the pack (2024)
    Warning line 102 column 12: no label means `severe_disability`, so that nobody has what `subsidy.severe_disability` is about
    Warning line 132 column 28: no label means `orphan`, so that nobody has what `difficulty` is about
    Warning line 244 column 9: `refund.before_year` ends on 2024-06-30, and holds for the whole benefit year 2024 all the same
    Warning line 249 column 8: `refund.death_before_cover` is in force on 1 January of no benefit year of the pack (2024)
    Note line 272 column 1: labels whose category no rule of the pack asks for: `职工医保中断人员`
    ");
}

#[test]
fn a_start_of_cover_for_nobody() {
    let (before, rest) = WUHE.split_once("[[special_group]]").unwrap();
    let (_, after) = rest.split_once("[[waiting]]").unwrap();
    let review = Pack::review(&format!("{before}[[waiting]]{after}"), "340322.toml").unwrap();
    insta::assert_snapshot!(review.remarks[0].text, @"`special_start` decides nothing: the pack has no `[[special_group]]` in force");
}

#[test]
fn what_decides_nothing_is_good_to_know() {
    insta::assert_snapshot!(remarks("pipelines/policies/340322.toml", &[("value = 640\n", "")]), @"
    Note line 37 column 8: `fiscal_subsidy` has no stated value: `--set fiscal_subsidy=YUAN` gives one
    Note line 272 column 1: labels whose category no rule of the pack asks for: `职工医保中断人员`
    ");
}

#[test]
fn the_shipped_packs_give_no_cause_for_a_warning() {
    for pack in crate::testing::shipped_packs().iter() {
        let text = std::fs::read_to_string(format!("{}/../../pipelines/policies/{}", env!("CARGO_MANIFEST_DIR"), pack.name())).unwrap();
        let remarks = Pack::review(&text, pack.name()).unwrap().remarks;
        let warnings: Vec<_> = remarks.iter().filter(|remark| remark.severity == Severity::Warning).collect();
        assert!(warnings.is_empty(), "{}: {warnings:?}", pack.name());
    }
}
