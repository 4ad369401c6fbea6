//! Bulletins from handmade snapshots.

use canbao_runtime::error_report::message_with_hint;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rstest::rstest;

use super::testing::{Audit, Happened, Place, Year, county, huaibei, well_formed};
use super::*;
use canbao_publish::datasets::{CHRONIC_STATISTICS, SETTLEMENT_REVISIONS, SETTLEMENT_STATISTICS};

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
    let mut tables = blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    tables.find(|table| table.query == query).unwrap()
}

/// A table's values as they are printed.
fn shown(table: &Table) -> String {
    let row = |row: &document::Row| {
        let values: Vec<String> = row.values.iter().map(|value| value.shown(Language::Chinese)).collect();
        format!("{}: {}", row.labels.join(" "), values.join(" | "))
    };
    table.rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// No form shows what is no number, and nothing is empty.
fn without_holes(bulletin: &Bulletin) {
    for form in [Form::Html, Form::Md] {
        let text = String::from_utf8(bulletin.write(form).unwrap()).unwrap();
        for hole in ["NaN", "inf", "null", "None", "-0%", "|  |", "></td>", "+∞"] {
            assert!(!text.contains(hole), "{hole} in {form:?}: {text}");
        }
    }
    for section in &bulletin.sections {
        assert!(!section.blocks.is_empty(), "{} says nothing", section.id);
        for block in &section.blocks {
            match block {
                Block::Chart(chart) => assert!(chart.has_points(), "{} is empty", chart.id),
                Block::Table(table) => {
                    assert!(
                        !table.rows.is_empty() && table.rows.iter().all(|row| row.values.len() == table.columns.len()),
                        "{}",
                        table.query
                    );
                }
                Block::Text(text) => assert!(!text.reading().is_empty()),
            }
        }
    }
}

#[test]
fn the_published_figures_of_huaibei_in_its_sentence() {
    let bulletin = huaibei_place().bulletin((2023, 9), Language::Chinese, "淮北市");
    insta::assert_snapshot!(sentences(section(&bulletin, "cross-province"))[0], @"2023年1—9月，全市住院跨省直接结算2.81万人次，医保基金支付39215.06万元，与去年同期相比，分别增长117.83%和92.48%；普通门诊跨省直接结算8.08万人次，医保基金支付1010.51万元，与去年同期相比，分别增长323.04%和207.84%；门诊慢特病跨省直接结算0.2万人次，医保基金支付86.02万元，去年同期没有此类结算，不作比较。");
    let english = huaibei_place().bulletin((2023, 9), Language::English, "Huaibei");
    insta::assert_snapshot!(sentences(section(&english, "cross-province"))[0], @"January to September 2023, inpatient: 28,100 visits, paid by the fund CNY 392.15 million, compared with the year before up by 117.83% and 92.48%; outpatient: 80,800 visits, paid by the fund CNY 10.11 million, compared with the year before up by 323.04% and 207.84%; chronic disease: 2,000 visits, paid by the fund CNY 860,200.00; there were none the year before to compare with.");
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
    let bulletin = place.bulletin((2023, 1), Language::Chinese, "五河县");
    let name = format!("comparison {now:?} {before:?}");
    insta::assert_snapshot!(name, sentences(section(&bulletin, "cross-province"))[0]);
    without_holes(&bulletin);
}

#[test]
fn the_whole_bulletin_as_markdown() {
    let bulletin = county().bulletin((2023, 9), Language::Chinese, "五河县");
    insta::assert_snapshot!(String::from_utf8(bulletin.write(Form::Md).unwrap()).unwrap());
    without_holes(&bulletin);
}

#[test]
fn the_whole_bulletin_in_english() {
    let bulletin = county().bulletin((2023, 9), Language::English, "Wuhe");
    let text = String::from_utf8(bulletin.write(Form::Md).unwrap()).unwrap();
    insta::assert_snapshot!(text);
    without_holes(&bulletin);
}

#[rstest]
#[case(Form::Html)]
#[case(Form::Xlsx)]
#[case(Form::Md)]
fn the_same_snapshots_give_the_same_bytes(#[case] form: Form) {
    let place = county();
    let write = || place.bulletin((2023, 9), Language::Chinese, "五河县").write(form).unwrap();
    assert!(write() == write(), "{form:?} differs");
}

#[rstest]
#[case(Language::Chinese)]
#[case(Language::English)]
fn the_page_is_well_formed_and_needs_nothing_else(#[case] lang: Language) {
    let page = String::from_utf8(county().bulletin((2023, 9), lang, "<五河> & \"县\"").write(Form::Html).unwrap()).unwrap();
    well_formed(&page);
    for outside in ["src=", "<script", "<link", "@import", "url(", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("http://").count(), page.matches("http://www.w3.org/2000/svg").count(), "namespaces only");
    assert_eq!(page.matches("<svg ").count(), 4, "every chart is in it");
}

#[test]
fn every_figure_can_be_traced() {
    let bulletin = county().bulletin((2023, 9), Language::Chinese, "五河县");
    let mut traced = 0;
    for block in bulletin.sections.iter().flat_map(|section| &section.blocks) {
        let references: Vec<Reference> = match block {
            Block::Text(text) => {
                text.0.iter().filter_map(|p| if let document::Piece::Figure { from, .. } = p { Some(from.clone()) } else { None }).collect()
            }
            Block::Table(table) => {
                table.rows.iter().flat_map(|row| table.columns.iter().map(|column| table.reference(row, column))).collect()
            }
            Block::Chart(chart) => vec![Reference { query: chart.query, cell: None }],
        };
        for reference in references {
            let found = trace(&bulletin, &reference.to_string()).unwrap_or_else(|error| panic!("{reference}: {error}"));
            assert!(found.rows.height() > 0, "{reference}");
            traced += 1;
        }
    }
    assert!(traced > 200, "{traced}");
    let one = trace(&bulletin, "settlement.ytd/inpatient.all/person_times").unwrap();
    assert_eq!(one.rows.shape(), (1, 1));
    insta::assert_snapshot!(message_with_hint(&trace(&bulletin, "settlement.yt").unwrap_err()), @r"
    there is no figure `settlement.yt`
    hint: `--trace list` lists the figures of this bulletin; did you mean `settlement.ytd`?
    ");
    insta::assert_snapshot!(message_with_hint(&trace(&bulletin, "enrollment.missed/nowhere").unwrap_err()), @r"
    figure `enrollment.missed` has no row `nowhere`
    hint: `--trace enrollment.missed` shows all of it
    ");
}

#[test]
fn what_few_persons_are_behind_is_marked() {
    let bulletin = county().bulletin((2023, 9), Language::Chinese, "五河县");
    insta::assert_snapshot!(shown(table(&bulletin, "settlement.ytd")), @"
    住院 职工: 1,125 | 90 | 14,490,000.00 | 7,245,000.00 | 66.67 | 25.00 | 570.83
    住院 居民: 3,825 | 300 | 37,800,000.00 | 18,900,000.00 | 66.67 | 1.19 | 316.67
    住院 合计: 4,950 | 300 | 52,290,000.00 | 26,145,000.00 | 66.67 | 5.77 | 365.54
    普通门诊 居民: 8,100 | 700 | 2,223,000.00 | 1,111,500.00 | 66.67 | 100.00 | -77.13
    普通门诊 合计: 8,100 | 700 | 2,223,000.00 | 1,111,500.00 | 66.67 | 100.00 | -77.13
    门诊慢特病 居民: 274 | 20 | 109,800.00 | 54,900.00 | 66.67 | 上年无数据 | 上年无数据
    门诊慢特病 合计: 274 | 20 | 109,800.00 | 54,900.00 | 66.67 | 上年无数据 | 上年无数据
    三类合计 职工: 1,125 | 不加总 | 14,490,000.00 | 7,245,000.00 | 66.67 | 25.00 | 570.83
    三类合计 居民: 12,199 | 不加总 | 40,132,800.00 | 20,066,400.00 | 66.67 | 55.80 | 113.56
    三类合计 合计: 13,324 | 不加总 | 54,622,800.00 | 27,311,400.00 | 66.67 | 52.62 | 160.70
    定点药店 职工: * | * | * | * | * | * | *
    定点药店 合计: * | * | * | * | * | * | *
    ");
    insta::assert_snapshot!(shown(table(&bulletin, "chronic.diseases")), @r"
    高血压 M039: 18,945 | 5,670,000.00 | 2,835,000.00 | 66.67 | -86.61 | * | *
    糖尿病 M016: * | * | * | * | * | * | *
    器官移植抗排异 M083: * | * | * | * | * | 0 | 0.00
    ");
    insta::assert_snapshot!(shown(table(&bulletin, "enrollment.progress")), @r"
    城关镇: 9,000 | 6,000 | 6,100 | 5,900 | 98.33 | 2 | 95.20 | 是
    头铺镇: 5,000 | 4,000 | 4,100 | 4,050 | 101.25 | 1 | 97.80 | 是
    340322103: 无任务数 | 无任务数 | * | * | 无任务数 | 无任务数 | * | *
    未落实到乡镇: 不适用 | 不适用 | * | * | 不适用 | 不适用 | 不适用 | 不适用
    合计: 14,000 | 10,000 | 10,243 | 9,983 | 99.83 | 不适用 | 96.10 | 是
    ");
    insta::assert_snapshot!(shown(table(&bulletin, "enrollment.subsidies")), @r"
    低保 医疗救助资金: * | * | 30 | 9,600.00
    监测对象 医疗救助资金: * | * | * | *
    重点优抚 文件未写明: * | * | * | *
    农村两女户 乡镇（街道）: * | * | 22 | 8,360.00
    合计 —: 85 | * | 63 | *
    ");
    insta::assert_snapshot!(shown(table(&bulletin, "enrollment.duplicates")), @r"
    跨制度（职工与居民）: * | * | * | * | 0 | *
    同地重复缴费: * | * | * | * | 0 | *
    合计: 23 | 46 | 23 | 23 | 0 | 8,740.00
    ");
    insta::assert_snapshot!(shown(table(&bulletin, "settlement.revisions")), @r"
    2023-03 当月 跨省 住院 居民 人次: 414 | 415
    2023-03 当月 跨省 住院 居民 基金支付: 2,099,000.50 | 2,100,000.00
    2023-03 当月 跨省 定点药店 职工 人次: * | *
    ");
}

/// What each part says where there is nothing to say it of.
#[rstest]
#[case::no_settlement(&[], "cross-province", "没有已发布的结算统计快照")]
#[case::another_month(&[("settlement-statistics", "2023-08-31", "")], "cross-province", "2023年9月没有已发布的结算统计快照")]
#[case::no_dataset(&[("settlement-statistics", "2023-09-30", "revisions")], "cross-province", "没有数据集 settlement_statistics")]
#[case::no_chronic_dataset(&[("settlement-statistics", "2023-09-30", "chronic-care")], "chronic", "没有数据集 chronic_statistics")]
#[case::no_revisions_dataset(&[("settlement-statistics", "2023-09-30", "chronic-care")], "revisions", "没有数据集 settlement_revisions")]
#[case::no_rows(&[("settlement-statistics", "2023-09-30", "empty")], "cross-province", "2023年至今没有跨省异地就医直接结算记录")]
#[case::no_rows(&[("settlement-statistics", "2023-09-30", "empty")], "chronic", "2023年至今没有门诊慢特病结算记录")]
#[case::no_rows(&[("settlement-statistics", "2023-09-30", "empty")], "revisions", "没有修订以前月份的数据")]
#[case::a_quiet_month(&[("settlement-statistics", "2023-09-30", "until-july")], "cross-province", "2023年9月没有跨省异地就医直接结算记录")]
#[case::quiet_months(&[("settlement-statistics", "2023-09-30", "until-july")], "cross-province", "8月、9月没有住院、普通门诊和门诊慢特病的跨省直接结算记录")]
#[case::half_a_month(&[("settlement-statistics", "2023-09-20", "until-july")], "cross-province", "截至2023年9月20日，与上年截至同一日的数据相比")]
#[case::half_a_month(&[("settlement-statistics", "2023-09-20", "until-july")], "cross-province", "2023年1月1日至9月20日，全县住院")]
#[case::few(&[("settlement-statistics", "2023-09-30", "few")], "cross-province", "全县住院跨省直接结算的人次和金额不予公布")]
#[case::few(&[("settlement-statistics", "2023-09-30", "few")], "cross-province", "没有可以公布的逐月数据，不作图")]
#[case::no_audit(&[], "enrollment", "截至2023年9月30日没有已发布的参保核查快照")]
#[case::no_cleanup(&[], "enrollment", "没有已发布的重复参保清理快照")]
#[case::an_older_audit(&[("enrollment-audit", "2023-06-30", "no-target")], "enrollment", "本月没有参保核查快照，参保情况为2023年6月30日的情况")]
#[case::a_later_audit(&[("enrollment-audit", "2023-10-01", "no-target")], "enrollment", "没有已发布的参保核查快照")]
#[case::no_target(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "没有任务分解数据，不计算任务完成率")]
#[case::no_target(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "没有可以公布的任务完成率，不作图")]
#[case::nobody_eligible(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "参保率）因没有应参保人员无从计算")]
#[case::no_days(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "不作逐日参保图")]
#[case::nobody_missed(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "没有应参保而未参保的人员")]
#[case::no_duplicates(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "没有发现重复参保")]
#[case::no_subsidies(&[("enrollment-audit", "2023-09-30", "no-target")], "enrollment", "没有享受参保资助的人员")]
#[case::no_audit_datasets(&[("enrollment-audit", "2023-09-30", "progress-only")], "enrollment", "没有数据集 subsidy，资助参保从略")]
fn holes_are_said_in_words(#[case] published: &[(&str, &str, &str)], #[case] id: &str, #[case] words: &str) {
    let place = Place::new();
    // Something has to be there, or there is no bulletin.
    place.publish("duplicate-cleanup", "2023-10-31", "340322", &[]);
    place.publish(if id == "enrollment" { "settlement-statistics" } else { "enrollment-audit" }, "2023-09-01", "340322", &[]);
    for (pipeline, date, what) in published {
        publish(&place, pipeline, date, what);
    }
    let bulletin = place.bulletin((2023, 9), Language::Chinese, "五河县");
    let found = sentences(section(&bulletin, id));
    assert!(found.iter().any(|sentence| sentence.contains(words)), "{found:#?}");
    without_holes(&bulletin);
}

fn publish(place: &Place, pipeline: &str, date: &str, what: &str) {
    let plain = |visits: i64, persons: i64| Happened { visits, persons, cost: 100, in_scope: 0, fund: 0, before: (0, 0) };
    let mut year = Year::default();
    match what {
        "chronic-care" => year.disease(9, "local", "M039", plain(90, 60)),
        "until-july" => (1..=7).for_each(|month| year.care(month, "cross_province", "inpatient", "390", plain(90, 60))),
        "few" => year.care(9, "cross_province", "inpatient", "390", plain(3, 2)),
        _ => {}
    }
    let (settlement, chronic) = (year.settlement_rows(2023, 9), year.chronic_rows(2023, 9, &[]));
    let revisions = "dataset|period|span|scope|care|insutype|dise_codg|measure|old_value|new_value|compared_with";
    let nobody = "admdvs|eligible|enrolled\nTOTAL|0|0";
    let audit = Audit { progress: nobody, missed: "certno", duplicates: "certno", subsidies: "certno", benefits: "certno" };
    match what {
        "" => place.publish(pipeline, date, "340322", &[]),
        "revisions" => place.publish(pipeline, date, "340322", &[(&SETTLEMENT_REVISIONS, revisions)]),
        "chronic-care" => place.publish(pipeline, date, "340322", &[(&SETTLEMENT_STATISTICS, &settlement)]),
        "no-target" => place.publish(pipeline, date, "340322", &audit.datasets()),
        "progress-only" => place.publish(pipeline, date, "340322", &audit.datasets()[..1]),
        _ => {
            let all = [(&SETTLEMENT_STATISTICS, settlement.as_str()), (&CHRONIC_STATISTICS, &chronic), (&SETTLEMENT_REVISIONS, revisions)];
            place.publish(pipeline, date, "340322", &all);
        }
    }
}

#[test]
fn nothing_published_is_no_bulletin() {
    let place = Place::new();
    place.publish("settlement-statistics", "2023-08-31", "340322", &[]);
    let month = Month::new(2023, 9).unwrap();
    let chosen = choose(&place.publisher(), month, None).unwrap();
    let request = Request { month, lang: Language::Chinese, min_persons: 5, region: String::new() };
    insta::assert_snapshot!(message_with_hint(&Bulletin::compose(&request, &chosen.snapshots()).unwrap_err()), @r"
    nothing is published that a bulletin for 2023-09 could be made from
    hint: run `canbao run settlement-statistics --date 2023-09-30` first, or name the place of the snapshots with `--publish`
    ");
}

#[test]
fn snapshots_of_the_month_and_the_region_are_chosen() {
    let place = Place::new();
    for (pipeline, date, region) in [
        ("settlement-statistics", "2023-09-15", "340322"),
        ("settlement-statistics", "2023-09-30", "340322"),
        ("settlement-statistics", "2023-09-30", "340322"),
        ("settlement-statistics", "2023-10-31", "340322"),
        ("enrollment-audit", "2023-08-31", "340322"),
        ("enrollment-audit", "2023-09-29", "141121"),
        ("enrollment-audit", "2023-10-01", "340322"),
    ] {
        place.publish(pipeline, date, region, &[]);
    }
    let names = |region: Option<&str>| {
        let chosen = choose(&place.publisher(), Month::new(2023, 9).unwrap(), region).unwrap();
        let snapshots = chosen.snapshots();
        [snapshots.settlement, snapshots.audit, snapshots.cleanup].map(|snapshot| snapshot.map(|snapshot| snapshot.name().to_string()))
    };
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(names(None), [name("snapshot=2023-09-30.2"), name("snapshot=2023-08-31.1"), None], "the settlements' region");
    assert_eq!(names(Some("141121")), [None, name("snapshot=2023-09-29.1"), None]);
}

#[test]
fn the_workbook_holds_the_figures_of_the_snapshots() {
    let place = county();
    let bulletin = place.bulletin((2023, 9), Language::Chinese, "五河县");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bulletin.write(Form::Xlsx).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["正文", "参保情况", "跨省异地就医直接结算", "门诊慢特病", "数据修订", "图表数据", "数据来源"]);
    let sheet = book.worksheet_range("跨省异地就医直接结算").unwrap();
    let to_date = sheet.rows().skip_while(|row| row[0] != Data::String("跨省异地就医直接结算：年内累计".to_owned()));
    let mut rows = to_date.skip(2);
    let inpatient = rows.find(|row| row[0] == Data::String("住院".to_owned()) && row[1] == Data::String("合计".to_owned())).unwrap();
    let sql = "SELECT SUM(person_times) AS visits, SUM(fund_pay_sumamt) AS fund FROM settlement_statistics \
               WHERE span = 'month' AND scope = 'cross_province' AND insutype = 'all' AND care = 'inpatient'";
    let parquet = crate::query::query(&place.publisher(), sql).unwrap();
    let expected = &figures::answers(&parquet, &[])[0];
    assert_eq!(inpatient[2], Data::Float(expected.number("visits") as f64));
    assert_eq!(inpatient[5], Data::Float(expected.yuan("fund").fen() as f64 / 100.0));
    // Not a number, not 0, not empty: neither in the tables nor behind the charts.
    let pharmacy = sheet.rows().filter(|row| row[0] == Data::String("定点药店".to_owned())).flat_map(|row| &row[2..6]);
    let pharmacy: Vec<&Data> = pharmacy.collect();
    assert!(!pharmacy.is_empty() && pharmacy.iter().all(|cell| **cell == Data::String("*".to_owned())), "{pharmacy:?}");
    for name in book.sheet_names() {
        let sheet = book.worksheet_range(&name).unwrap();
        let wrong =
            sheet.rows().flatten().find(|cell| matches!(cell, Data::Error(error) if name != "图表数据" || error.to_string() != "#N/A"));
        assert_eq!(wrong, None, "{name}");
    }
}
