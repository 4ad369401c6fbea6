//! Two weeks of a small county's clean-up, from extracts to workbooks.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use calamine::{Data, Reader, Xlsx, open_workbook};
use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::support::{CommandOutcome, TestContext, resident_number};

const FIRST: &str = "2023-12-18";
const SECOND: &str = "2023-12-25";

/// Somebody of the county, by a letter: a resident number of a division that was never assigned.
fn certno(letter: char) -> String {
    resident_number(&format!("34039919900101{:03}0", 100 + letter as u32))
}

/// Household rows: letter, name and place.
fn household(rows: &[(char, &str, &str)]) -> String {
    let rows = rows.iter().map(|(letter, name, place)| format!("{},{name},1990-01-01,{place},1,1\n", certno(*letter)));
    format!("certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n{}", rows.collect::<String>())
}

/// Enrollment rows: letter, insurance, area, months, status, time, amount.
type Enrolled = (char, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

fn enrollment(rows: &[Enrolled]) -> String {
    let header =
        "psn_no,certno,psn_name,insutype,insu_admdvs,psn_insu_stas,psn_insu_date,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt\n";
    let rows = rows.iter().map(|(letter, insutype, area, months, status, time, amount)| {
        let (first, last) = months.split_once('-').unwrap();
        format!("{area}0000{letter},{},,{insutype},{area},{status},2023-01-01,{first},{last},1,{time},{amount}\n", certno(*letter))
    });
    [header.to_owned(), rows.collect()].concat()
}

const TARGET: &str = "admdvs,name,registered,target\n340322101,头铺镇,100,90\n340322102,朱顶镇,100,90\n340322103,小溪镇,100,90\n";
const YEAR: &str = "202401-202412";

/// A pays twice. B is enrolled at home and elsewhere. C has a job for some months. D pays twice and lives elsewhere. F and
/// G are enrolled in two places and live in neither.
const ENROLLED: [Enrolled; 13] = [
    ('A', "390", "340322", YEAR, "1", "2023-10-01 09:00:00", "380"),
    ('A', "390", "340322", YEAR, "1", "2023-11-01 09:00:00", "380"),
    ('B', "390", "340322", YEAR, "1", "2023-10-05 09:00:00", "380"),
    ('B', "390", "340302", YEAR, "1", "2023-10-04 09:00:00", "380"),
    ('C', "390", "340322", YEAR, "1", "2023-10-07 09:00:00", "380"),
    ('C', "310", "340322", "202312-202401", "1", "2023-12-10 09:00:00", "210.5"),
    ('D', "390", "340322", YEAR, "1", "2023-10-08 09:00:00", "380"),
    ('D', "390", "340322", YEAR, "1", "2023-10-09 09:00:00", "380"),
    ('E', "390", "340322", YEAR, "1", "2023-10-10 09:00:00", "380"),
    ('F', "390", "340322", YEAR, "1", "2023-10-11 09:00:00", "380"),
    ('F', "390", "340302", YEAR, "1", "2023-10-12 09:00:00", "380"),
    ('G', "390", "340322", YEAR, "1", "2023-10-13 09:00:00", "380"),
    ('G', "390", "340302", YEAR, "1", "2023-10-14 09:00:00", "380"),
];

/// A county with the shipped pipelines and its extracts of the first week.
fn county() -> TestContext {
    let context = TestContext::new();
    let people = [
        ('A', "甲一", "340322101001"),
        ('B', "乙二", "340322101002"),
        ('C', "丙三", "340322102001"),
        ('D', "丁四", "340399101001"),
        ('E', "戊五", "340322102002"),
        ('F', "己六", "340399101002"),
        ('G', "庚七", "340399101003"),
    ];
    context.write("data/household.csv", &household(&people));
    context.write("data/enrollment.csv", &enrollment(&ENROLLED));
    context.write("data/target.csv", TARGET);
    context
}

/// What became of it a week later: A's second record is paused, B has another name, C's employer went on paying, E paid
/// once more, F is enrolled here only, G has moved here; and all rows stand the other way round.
fn a_week_later(context: &TestContext) {
    let people = [
        ('G', "庚七", "340322102003"),
        ('F', "己六", "340399101002"),
        ('E', "戊五", "340322102002"),
        ('D', "丁四", "340399101001"),
        ('C', "丙三", "340322102001"),
        ('B', "乙改", "340322101002"),
        ('A', "甲一", "340322101001"),
    ];
    let mut enrolled: Vec<Enrolled> = ENROLLED.to_vec();
    enrolled[1].4 = "2";
    enrolled[5] = ('C', "310", "340322", "202312-202402", "1", "2023-12-20 09:00:00", "210.5");
    enrolled.remove(10);
    enrolled.push(('E', "390", "340322", YEAR, "1", "2023-12-20 09:00:00", "380"));
    enrolled.reverse();
    context.write("data/household.csv", &household(&people));
    context.write("data/enrollment.csv", &enrollment(&enrolled));
}

fn audit(context: &TestContext, date: &str) {
    let outcome = context.run(&["run", "enrollment-audit", "--date", date, "--data", "data"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
}

fn clean_up(context: &TestContext, date: &str, more: &[&str]) -> CommandOutcome {
    context.run(&[&["run", "duplicate-cleanup", "--date", date, "--json"], more].concat())
}

fn cleaned(context: &TestContext, date: &str, more: &[&str]) -> Value {
    let outcome = clean_up(context, date, more);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    outcome.json()
}

fn two_weeks() -> TestContext {
    let context = county();
    audit(&context, FIRST);
    cleaned(&context, FIRST, &[]);
    a_week_later(&context);
    audit(&context, SECOND);
    cleaned(&context, SECOND, &[]);
    context
}

fn note(report: &Value, name: &str) -> u64 {
    let notes = report["notes"].as_array().unwrap();
    notes.iter().find(|note| note["name"] == name).unwrap()["count"].as_u64().unwrap()
}

/// The rows of a query with people's letters instead of their numbers.
fn rows(context: &TestContext, sql: &str) -> String {
    let outcome = context.run(&["query", sql, "--format", "csv"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    ('A'..='G').fold(outcome.stdout, |text, letter| text.replace(&certno(letter), &letter.to_string()))
}

/// `area psn_no-letter` → number of the case.
fn numbers(context: &TestContext, table: &str) -> BTreeMap<String, String> {
    let text = rows(context, &format!("SELECT psn_no, insutype, clct_time, case_no FROM {table}"));
    let pairs = text.lines().skip(1).map(|line| line.rsplit_once(',').unwrap());
    pairs.map(|(record, case)| (record.to_owned(), case.to_owned())).collect()
}

fn document(context: &TestContext, report: &Value, name: &str) -> PathBuf {
    context.path(report["snapshot"].as_str().unwrap()).join("documents").join(name)
}

/// A sheet's cells as texts, row by row.
fn sheet(path: &PathBuf, name: &str) -> Vec<Vec<String>> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let range = workbook.worksheet_range(name).unwrap();
    // The day 0 of a workbook whose day 60 is 29 February 1900.
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
    let shown = |cell: &Data| match cell {
        Data::DateTime(day) => (epoch + Days::new(day.as_f64() as u64)).to_string(),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(shown).collect()).collect()
}

/// One column of a sheet by its title.
fn column(sheet: &[Vec<String>], title: &str) -> Vec<String> {
    let place = sheet[0].iter().position(|name| name == title).unwrap();
    sheet[1..].iter().map(|row| row[place].clone()).collect()
}

#[test]
fn the_first_list_has_every_record_to_pause_or_confirm() {
    let context = county();
    audit(&context, FIRST);
    let report = cleaned(&context, FIRST, &[]);
    assert_eq!(["open_cases", "new_cases", "settled_cases"].map(|name| note(&report, name)), [9, 9, 0]);
    insta::assert_snapshot!(rows(&context, "SELECT certno, insutype, insu_admdvs, action, reason, refund_amt, receiving_area, township, township_name, first_seen, days_open FROM cleanup_worklist"), @"
    certno,insutype,insu_admdvs,action,reason,refund_amt,receiving_area,township,township_name,first_seen,days_open
    A,390,340322,pause,first_payment,380.00,340322,340322101,头铺镇,2023-12-18,0
    B,390,340302,pause,residence_place,380.00,340322,340322101,头铺镇,2023-12-18,0
    C,390,340322,confirm,flexible_employment,0.00,,340322102,朱顶镇,2023-12-18,0
    C,310,340322,confirm,flexible_employment,0.00,,340322102,朱顶镇,2023-12-18,0
    D,390,340322,pause,first_payment,380.00,340322,,,2023-12-18,0
    F,390,340322,confirm,place_unknown,0.00,,,,2023-12-18,0
    F,390,340302,confirm,place_unknown,0.00,,,,2023-12-18,0
    G,390,340322,confirm,place_unknown,0.00,,,,2023-12-18,0
    G,390,340302,confirm,place_unknown,0.00,,,,2023-12-18,0
    ");
    insta::assert_snapshot!(rows(&context, "SELECT certno, collides_with, reason_text FROM cleanup_worklist"), @"
    certno,collides_with,reason_text
    A,居民医保 340322 202401–202412，2023-10-01缴费，380.00元（保留）,同一地区同一险种重复缴费，保留最早缴费的一条；本条建议暂停
    B,居民医保 340322 202401–202412，2023-10-05缴费，380.00元（保留）,在多个地区参加居民医保，保留居住地的参保；本条建议暂停
    C,职工医保 340322 202312–202401，2023-12-10缴费，210.50元,同时参加职工医保和居民医保，职工医保连续参保未满12个月，由本人选择保留哪一种；本条待确认
    C,居民医保 340322 202401–202412，2023-10-07缴费，380.00元,同时参加职工医保和居民医保，职工医保连续参保未满12个月，由本人选择保留哪一种；本条待确认
    D,居民医保 340322 202401–202412，2023-10-08缴费，380.00元（保留）,同一地区同一险种重复缴费，保留最早缴费的一条；本条建议暂停
    F,居民医保 340302 202401–202412，2023-10-12缴费，380.00元,在多个地区参加居民医保，就读地和居住地都没有参保，由本人确认保留哪个地区；本条待确认
    F,居民医保 340322 202401–202412，2023-10-11缴费，380.00元,在多个地区参加居民医保，就读地和居住地都没有参保，由本人确认保留哪个地区；本条待确认
    G,居民医保 340302 202401–202412，2023-10-14缴费，380.00元,在多个地区参加居民医保，就读地和居住地都没有参保，由本人确认保留哪个地区；本条待确认
    G,居民医保 340322 202401–202412，2023-10-13缴费，380.00元,在多个地区参加居民医保，就读地和居住地都没有参保，由本人确认保留哪个地区；本条待确认
    ");
    let counted = rows(&context, "SELECT COUNT(*) AS n FROM duplicate_enrollment WHERE action <> 'keep'");
    assert_eq!(counted, "n\n9\n", "each record of the audit once");
}

#[test]
fn a_week_later_cases_keep_their_numbers_and_the_gone_are_settled() {
    let context = county();
    audit(&context, FIRST);
    cleaned(&context, FIRST, &[]);
    let before = numbers(&context, "cleanup_worklist");
    a_week_later(&context);
    audit(&context, SECOND);
    let report = cleaned(&context, SECOND, &[]);
    let read: Vec<&str> = report["snapshots"].as_array().unwrap().iter().map(|entry| entry["snapshot"].as_str().unwrap()).collect();
    assert_eq!(read, ["snapshot=2023-12-25.1", "snapshot=2023-12-18.1"]);
    assert_eq!(["open_cases", "new_cases", "settled_cases"].map(|name| note(&report, name)), [6, 1, 4]);

    insta::assert_snapshot!(rows(&context, "SELECT certno, psn_name, insutype, insu_admdvs, action, reason, first_seen, days_open FROM cleanup_worklist"), @"
    certno,psn_name,insutype,insu_admdvs,action,reason,first_seen,days_open
    B,乙改,390,340302,pause,residence_place,2023-12-18,7
    C,丙三,390,340322,confirm,flexible_employment,2023-12-18,7
    C,丙三,310,340322,confirm,flexible_employment,2023-12-18,7
    E,戊五,390,340322,pause,first_payment,2023-12-25,0
    G,庚七,390,340302,pause,residence_place,2023-12-18,7
    D,丁四,390,340322,pause,first_payment,2023-12-18,7
    ");
    insta::assert_snapshot!(rows(&context, "SELECT certno, insutype, insu_admdvs, action, first_seen, last_seen, settled_on, days_open, outcome FROM cleanup_settled ORDER BY certno, insu_admdvs"), @"
    certno,insutype,insu_admdvs,action,first_seen,last_seen,settled_on,days_open,outcome
    A,390,340322,pause,2023-12-18,2023-12-18,2023-12-25,7,record_gone
    F,390,340302,confirm,2023-12-18,2023-12-18,2023-12-25,7,record_gone
    F,390,340322,confirm,2023-12-18,2023-12-18,2023-12-25,7,no_longer_duplicate
    G,390,340322,confirm,2023-12-18,2023-12-18,2023-12-25,7,kept
    ");
    let after = numbers(&context, "cleanup_worklist");
    let new: Vec<&String> =
        after.iter().filter(|(_, case)| !before.values().any(|known| known == *case)).map(|(record, _)| record).collect();
    assert_eq!(new, ["3403220000E,390,2023-12-20 09:00:00"]);
    for (record, case) in &before {
        let moved = record.replace("2023-12-10", "2023-12-20");
        let now = after.get(record).or_else(|| after.get(&moved));
        assert!(now.is_none_or(|now| now == case), "{record}");
    }
    assert_eq!(after.values().max().unwrap(), "2024-000010");
}

#[test]
fn the_same_day_again_gives_the_same_bytes() {
    let context = two_weeks();
    let again = cleaned(&context, SECOND, &[]);
    let manifest = |attempt: u32| -> Value {
        let path = context.path(&format!("published/duplicate-cleanup/snapshot={SECOND}.{attempt}/manifest.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    assert_eq!(again["snapshot"], format!("published/duplicate-cleanup/snapshot={SECOND}.2"));
    assert_eq!(manifest(1)["datasets"], manifest(2)["datasets"]);
    assert_eq!(manifest(1)["documents"], manifest(2)["documents"]);
    assert_eq!(manifest(1)["inputs"], serde_json::json!([]));
    let first = &manifest(1)["documents"][0];
    let bytes =
        fs::read(context.path(&format!("published/duplicate-cleanup/snapshot={SECOND}.1")).join(first["file"].as_str().unwrap())).unwrap();
    assert_eq!(first["bytes"], bytes.len());
}

#[test]
fn a_record_that_comes_back_names_the_case_that_it_was() {
    let context = two_weeks();
    let settled = rows(&context, "SELECT case_no FROM cleanup_settled WHERE psn_no = '3403220000A'");
    context.write("data/enrollment.csv", &enrollment(&ENROLLED));
    audit(&context, "2023-12-31");
    cleaned(&context, "2023-12-31", &[]);
    let back = rows(&context, "SELECT reopened_from AS case_no FROM cleanup_worklist WHERE psn_no = '3403220000A'");
    assert_eq!(back, settled);
}

#[test]
fn workbooks_show_what_is_published() {
    let context = two_weeks();
    let report = cleaned(&context, SECOND, &[]);
    let names: Vec<&str> = report["documents"].as_array().unwrap().iter().map(|d| d["file"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "documents/340322-五河县-全部.xlsx",
            "documents/340322-五河县-辖区外.xlsx",
            "documents/340322101-头铺镇.xlsx",
            "documents/340322102-朱顶镇.xlsx",
            "documents/340322103-小溪镇.xlsx",
        ]
    );
    let region = document(&context, &report, "340322-五河县-全部.xlsx");
    let mut workbook: Xlsx<_> = open_workbook(&region).unwrap();
    assert_eq!(workbook.sheet_names(), ["封面", "清单", "已了结"]);
    let list = workbook.worksheet_range("清单").unwrap();
    assert!(matches!(list.get((1, 2)), Some(Data::String(_))), "numbers of certificates are text");
    assert!(matches!(list.get((1, 8)), Some(Data::DateTime(_))), "times are times");
    assert!(matches!(list.get((1, 9)), Some(Data::Float(_) | Data::Int(_))), "money is a number");

    let list = sheet(&region, "清单");
    let published = rows(&context, "SELECT case_no FROM cleanup_worklist");
    assert_eq!(column(&list, "案件编号"), published.lines().skip(1).collect::<Vec<_>>());
    let letters: Vec<String> = ('A'..='G').map(certno).collect();
    assert!(column(&list, "证件号码").iter().all(|number| letters.contains(number)));
    insta::assert_snapshot!(format!("{:#?}", list[0]), @r#"
    [
        "案件编号",
        "姓名",
        "证件号码",
        "乡镇（街道）",
        "建议处理",
        "险种",
        "参保地",
        "所属期",
        "缴费时间",
        "缴费（元）",
        "应退（元）",
        "与之重叠的记录",
        "理由",
        "接收地区",
        "首次发现",
        "未了结天数",
        "处理结果（手填）",
        "重复类型",
        "人员编号",
        "原案件编号",
    ]
    "#);
    let settled = sheet(&region, "已了结");
    assert_eq!(column(&settled, "了结日期"), [SECOND; 4]);

    let of_township = sheet(&document(&context, &report, "340322102-朱顶镇.xlsx"), "清单");
    assert_eq!(column(&of_township, "乡镇（街道）"), ["朱顶镇"; 4]);
    let elsewhere = sheet(&document(&context, &report, "340322-五河县-辖区外.xlsx"), "清单");
    assert_eq!(column(&elsewhere, "乡镇（街道）"), ["辖区外 340399101001"]);
    let nobody = sheet(&document(&context, &report, "340322103-小溪镇.xlsx"), "清单");
    assert_eq!(nobody[1][0], "本期没有需要处理的重复参保记录。");

    let cover = sheet(&region, "封面");
    let told: Vec<String> =
        cover.iter().map(|row| row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" | ")).collect();
    let told: Vec<String> = told.into_iter().filter(|line| !line.is_empty() && !line.starts_with("来源运行")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    重复参保清理清单：五河县全部
    来源
    范围 | 五河县全部
    统筹区 | 五河县 340322
    待遇年度 | 2024年度
    基准日 | 2023-12-25
    参保核查基准日 | 2023-12-25
    来源快照 | enrollment-audit snapshot=2023-12-25.1
    上期清单 | duplicate-cleanup snapshot=2023-12-18.1
    个人信息 | 证件号码和姓名为原文，注意保密
    本期件数
    重复类型 | 暂停 | 待确认 | 合计 | 应退金额（元）
    跨制度（职工与居民） | 0 | 2 | 2 | 0
    职工跨地区 | 0 | 0 | 0 | 0
    居民跨地区 | 2 | 0 | 2 | 760
    同地重复缴费 | 2 | 0 | 2 | 760
    待遇开始前死亡 | 0 | 0 | 0 | 0
    合计 | 4 | 2 | 6 | 1520
    本期新发现 | 1
    其中了结后又出现 | 0
    超过30天未了结 | 0
    未了结最长天数 | 7
    本期了结 | 4
    本待遇年度累计了结 | 4
    各乡镇（街道）
    乡镇（街道） | 区划 | 未了结 | 本期新发现 | 超过30天未了结 | 本期了结
    头铺镇 | 340322101 | 1 | 0 | 0 | 1
    朱顶镇 | 340322102 | 4 | 1 | 0 | 0
    小溪镇 | 340322103 | 0 | 0 | 0 | 0
    辖区外或不明 | 1 | 0 | 0 | 3
    政策依据
    五政办秘〔2023〕50号：三、三(一)2、二(一)、二(二)1、二(二)2、二(二)3、二(二)4、二(二)5、二(二)6、六(一)（本地理解）、三(一)1、三(二)1、三(二)2、三(二)3、三(二)、三(一)3、四(二)
    医保发〔2020〕33号（重复参保的处理）
    使用说明
    1. 本清单由参保核查自动生成，每条参保记录一行。处理方式为建议，由经办人员核实后办理。
    2. “暂停”为建议暂停本条参保；“待确认”为须由本人或经办人员确认保留哪一条。
    3. 案件编号在各期清单中不变，不含个人信息，可用于电话联系。案件了结后又出现的另编新号，并列出原案件编号。
    4. “接收地区”为与本条重叠而建议保留的记录的参保地，暂停前须告知当地经办机构。
    5. “已了结”一页列出本待遇年度曾列入清单、后不再列入的案件，最近了结的在前；结果依据参保核查判断。
    6. 筛选按钮在“清单”第一行；打印为A4横向，每页重复标题行。
    ");
}

#[test]
fn masked_lists_keep_their_numbers_and_show_nobody() {
    let context = county();
    audit(&context, FIRST);
    cleaned(&context, FIRST, &["--person-ids", "masked"]);
    let before =
        rows(&context, "SELECT case_no, insutype, clct_time FROM cleanup_worklist WHERE insutype = '310' OR insu_admdvs = '340302'");
    a_week_later(&context);
    audit(&context, SECOND);
    let report = cleaned(&context, SECOND, &["--person-ids", "masked"]);
    assert_eq!(["open_cases", "new_cases", "settled_cases"].map(|name| note(&report, name)), [6, 1, 4]);
    let outcome = context.run(&["query", "SELECT certno, psn_no, psn_name FROM cleanup_worklist", "--format", "csv"]);
    assert!(outcome.stdout.lines().skip(1).all(|line| line.contains("340399********") && line.contains('*')), "{outcome:?}");
    for number in before.lines().skip(1).map(|line| line.split(',').next().unwrap()) {
        let known = rows(&context, &format!("SELECT COUNT(*) AS n FROM cleanup_worklist WHERE case_no = '{number}' AND days_open = 7"));
        let gone = rows(&context, &format!("SELECT COUNT(*) AS n FROM cleanup_settled WHERE case_no = '{number}'"));
        assert!(known == "n\n1\n" || gone == "n\n1\n", "{number}");
    }
    let outcomes = rows(&context, "SELECT outcome, COUNT(*) AS n FROM cleanup_settled GROUP BY outcome ORDER BY outcome");
    assert_eq!(outcomes, "outcome,n\nkept,1\nno_longer_duplicate,1\nrecord_gone,2\n", "masking hides no outcome");
    for file in report["documents"].as_array().unwrap() {
        let path = context.path(report["snapshot"].as_str().unwrap()).join(file["file"].as_str().unwrap());
        for name in ["封面", "清单", "已了结"] {
            let text = sheet(&path, name).concat().join(" ");
            assert!(!('A'..='G').any(|letter| text.contains(&certno(letter))), "{path:?} {name}");
            assert!(!text.contains("甲一") && !text.contains("庚七"), "{path:?} {name}");
        }
    }
    // Another key: the cases could not be found again, so the run says so rather than settle all of them.
    fs::remove_file(context.path(".canbao/pseudonym.key")).unwrap();
    let refused = clean_up(&context, "2023-12-31", &["--person-ids", "masked"]);
    assert_eq!(refused.status, 1);
    insta::assert_snapshot!(refused.transcript(), @"
    exit 1
    error: stopped at stage `duplicate-cleanup`: `published/duplicate-cleanup/snapshot=2023-12-25.1/cleanup_worklist.parquet` was published under another key of pseudonyms than this one, so its cases cannot be found again
    hint: set CANBAO_PSEUDONYM_KEY or put `pseudonym.key` into the state folder as it was then; or publish audit and lists to another place with `--publish`, where numbering starts anew
    ");
}

#[test]
fn lists_go_on_when_persons_are_hidden_from_then_on() {
    let context = county();
    audit(&context, FIRST);
    cleaned(&context, FIRST, &[]);
    a_week_later(&context);
    audit(&context, SECOND);
    let report = cleaned(&context, SECOND, &["--person-ids", "pseudonym"]);
    assert_eq!(["open_cases", "new_cases", "settled_cases"].map(|name| note(&report, name)), [6, 1, 4]);
    audit(&context, "2023-12-31");
    let report = cleaned(&context, "2023-12-31", &["--person-ids", "pseudonym"]);
    assert_eq!(["open_cases", "new_cases", "settled_cases"].map(|name| note(&report, name)), [6, 0, 0]);
    let hidden = rows(&context, "SELECT certno FROM cleanup_settled");
    let before = context.run(&["query", "SELECT certno FROM cleanup_settled", "--format", "csv"]).stdout;
    assert_eq!(hidden, before, "no plain number is left");
    assert!(before.lines().skip(1).all(|line| line.len() == 32), "{before}");
    let plain = cleaned(&context, "2023-12-31", &[]);
    assert_eq!(note(&plain, "new_cases"), 0, "and when they are shown again");
}

#[test]
fn an_audit_whose_persons_are_hidden_is_refused() {
    let context = county();
    for form in ["masked", "pseudonym"] {
        let outcome = context.run(&["run", "enrollment-audit", "--date", FIRST, "--data", "data", "--person-ids", form]);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        assert_eq!(clean_up(&context, FIRST, &[]).status, 1);
    }
    insta::assert_snapshot!(clean_up(&context, FIRST, &[]).transcript(), @"
    exit 1
    error: stopped at stage `duplicate-cleanup`: `published/enrollment-audit/snapshot=2023-12-18.2` was published with person_ids `pseudonym`, by which nobody can be found again or written to
    hint: publish the audit with `--person-ids plain`, where outsiders do not get at it; what the clean-up itself publishes is masked by its own `person_ids`
    ");
    assert!(!context.path("published/duplicate-cleanup/latest.json").exists());
}

#[test]
fn without_an_audit_there_is_no_list() {
    let context = county();
    audit(&context, SECOND);
    insta::assert_snapshot!(clean_up(&context, FIRST, &[]).transcript(), @"
    exit 1
    error: stopped at stage `read`: no snapshot of `enrollment-audit` for region 340322 on or before 2023-12-18 in `published`
    hint: publish one first, `canbao run enrollment-audit --date …`, or name where its snapshots are with `--publish`
    ");
    assert_eq!(clean_up(&context, SECOND, &["--region", "340600"]).status, 1, "another region's audit is none");
}

#[test]
fn a_county_without_duplicates_has_an_empty_list_that_says_so() {
    let context = county();
    context.write("data/enrollment.csv", &enrollment(&ENROLLED[8..9]));
    audit(&context, FIRST);
    let report = cleaned(&context, FIRST, &[]);
    assert_eq!(note(&report, "open_cases"), 0);
    assert_eq!(rows(&context, "SELECT COUNT(*) AS n FROM cleanup_worklist"), "n\n0\n");
    let region = document(&context, &report, "340322-五河县-全部.xlsx");
    for name in ["封面", "清单"] {
        assert!(sheet(&region, name).concat().contains(&"本期没有需要处理的重复参保记录。".to_owned()), "{name}");
    }
    assert!(!document(&context, &report, "340322-五河县-辖区外.xlsx").exists());
}

#[test]
fn a_gate_holds_a_list_that_falls_all_at_once() {
    let context = county();
    let gate = "\n[[gate]]\ncheck = \"fewer-rows\"\ndataset = \"cleanup_worklist\"\nat_most_pct = 80\n";
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/duplicate-cleanup.toml");
    context.write("pipelines/duplicate-cleanup.toml", &[&fs::read_to_string(shipped).unwrap(), gate].concat());
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/enrollment-audit.toml");
    context.write("pipelines/enrollment-audit.toml", &fs::read_to_string(shipped).unwrap());
    audit(&context, FIRST);
    cleaned(&context, FIRST, &[]);
    context.write("data/enrollment.csv", &enrollment(&ENROLLED[..2]));
    audit(&context, SECOND);
    let held = clean_up(&context, SECOND, &[]);
    assert_eq!(held.status, 3, "{held:?}");
    insta::assert_snapshot!(held.transcript(), @"
    exit 3
    error: gate broken: dataset `cleanup_worklist`: rows fell from 9 in the last snapshot to 1 (88.89 % fewer), at most 80 % fewer allowed
    nothing was published
    hint: mend what the snapshots were made of, or change the pipeline's `[[gate]]`, and run again
    ");
    let report = held.json();
    assert_eq!((&report["status"], &report["held"], &report["documents"]), (&"held".into(), &Value::Null, &Value::Null));
    assert!(!context.path(&format!("published/duplicate-cleanup/snapshot={SECOND}.1")).exists());
}

#[test]
fn the_plan_names_the_snapshots_and_the_workbooks() {
    let context = two_weeks();
    let preview = context.run(&["plan", "duplicate-cleanup", "--date", "2024-01-01", "--json"]).json();
    let found: Vec<&Value> = preview["snapshots"].as_array().unwrap().iter().map(|entry| &entry["snapshot"]).collect();
    assert_eq!(found, ["published/enrollment-audit/snapshot=2023-12-25.1", "published/duplicate-cleanup/snapshot=2023-12-25.1"]);
    assert_eq!(preview["publish"]["datasets"], serde_json::json!(["cleanup_worklist", "cleanup_settled"]));
    assert_eq!(preview["publish"]["documents"].as_array().unwrap().len(), 1);
    assert_eq!(preview["benefit_year"], 2024);
}
