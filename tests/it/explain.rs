//! `canbao explain` by the real binary, on a village of three.

use super::support::{CommandOutcome, TestContext};

/// A woman on low income who paid late.
const LATE: &str = "340399198005060022";
/// A man enrolled twice, here and in the next county.
const TWICE: &str = "340399197001010015";

/// The extracts of both.
fn two_residents() -> TestContext {
    let context = TestContext::new();
    context.write(
        "data/household.csv",
        &format!(
            "certno,psn_name,gend,brdy,resd_admdvs,regi_type,surv_stas\n\
             {LATE},王小明,2,1980-05-06,340322101203,1,1\n\
             {TWICE},李四,1,1970-01-01,340322102001,1,1\n"
        ),
    );
    context.write("data/identity.csv", &format!("certno,psn_idet_type,begntime,endtime\n{LATE},低保对象,2023-06-01,\n"));
    context.write(
        "data/enrollment.csv",
        &format!(
            "psn_no,certno,insutype,insu_admdvs,psn_insu_stas,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt\n\
             N1,{LATE},390,340322,1,202401,202412,1,2024-01-10 09:30:00,60\n\
             N2,{TWICE},390,340322,1,202401,202412,1,2023-10-10 09:30:00,380\n\
             N3,{TWICE},390,340323,1,202401,202412,1,2023-11-10 09:30:00,380\n"
        ),
    );
    context
}

fn explain(context: &TestContext, arguments: &[&str], input: &str) -> CommandOutcome {
    context.run_with_input(&[&["explain", "--data", "data", "--region", "340322"], arguments].concat(), input)
}

/// The part of an explanation that begins with this title.
fn decision<'t>(text: &'t str, title: &str) -> &'t str {
    text.split("\n\n").find(|part| part.contains(title)).unwrap()
}

#[test]
fn a_late_payer_of_a_special_group() {
    let context = two_residents();
    let outcome = explain(&context, &[LATE, "--date", "2024-03-31"], "");
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    insta::assert_snapshot!(decision(&outcome.stdout, "待遇享受期"), @"
    9. 待遇享受期 — enrollment.csv 第 2 行
       依据 identity.csv 第 2 行
       参数 集中缴费期：2023-09-01 至 2023-12-31，起始日 2023-09-01，五政办秘〔2023〕50号 三
       参数 新生儿自出生起享受的缴费期限：90 天，起始日 2024-01-01，五政办秘〔2023〕50号 三(一)1
       参数 新生儿年龄上限：1 年，起始日 2024-01-01，五政办秘〔2023〕50号 三(一)1
       参数 返乡务工人员延长期：至 2024-02-29，起始日 2024-01-01，五政办秘〔2023〕50号 三(一)2
       参数 特殊群体：特困人员：缴费日有效，起始日 2024-01-01，五政办秘〔2023〕50号 三(二)1
       参数 特殊群体：低保对象：缴费日有效，起始日 2024-01-01，五政办秘〔2023〕50号 三(二)1
       参数 特殊群体待遇开始：缴费次日起，起始日 2024-01-01，五政办秘〔2023〕50号 三(二)
       · 记录载有缴费时间（2024-01-10） → 是
       · 出生日期 1980-05-06 在待遇年度 2024 或其上一年 → 否
       · 缴费日 2024-01-10 不晚于集中缴费期最后一日 2023-12-31 → 否
       · 缴费日 2024-01-10 晚于 1980-08-04，且不晚于周岁生日 1981-05-06 → 否
       · 缴费日 2024-01-10 不晚于返乡务工人员延长期 2024-02-29 → 是
       · 缴费日 2024-01-10 具有有效类别：外出务工人员 → 否
       · 缴费日 2024-01-10 具有有效类别：特困人员 → 否
       · 缴费日 2024-01-10 具有有效类别：低保对象 → 是
       · 按此依据自 2024-01-11 起
       ⇒ 特殊群体（special_group）：2024-01-11 至 2024-12-31 享受待遇
    ");
    insta::assert_snapshot!(decision(&outcome.stdout, "资助参保"), @"
    7. 资助参保
       参数 低保对象资助金额：320 元，起始日 2024-01-01，五政办秘〔2023〕50号 二(二)2
       参数 低保对象资助资金来源：医疗救助资金（medical_assistance_fund），起始日 2024-01-01，五政办秘〔2023〕50号 二(二)2
       参数 个人缴费标准：380 元，起始日 2024-01-01，五政办秘〔2023〕50号 二(一)
       · 已死亡，不再资助 → 否
       · 低保对象可资助 320.00 元
       · 个人缴费标准 380.00 元
       ⇒ 取最高者：低保对象，资助 320.00 元，个人应缴 60.00 元，资金来源：医疗救助资金（medical_assistance_fund）
    ");
}

#[test]
fn standard_input_and_english() {
    let context = two_residents();
    let outcome = explain(&context, &["-", "--date", "2023-12-31", "--lang", "en"], &format!("{TWICE}\n"));
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout.lines().take(6).collect::<Vec<_>>().join("\n"), @"
    340399********0015 · 五河县 340322 · benefit year 2024 · date 2023-12-31

    input rows used
      household.csv line 3  psn_name=李* gend=1 brdy=1970-01-01 resd_admdvs=340322102001 regi_type=1 surv_stas=1
      enrollment.csv line 3  psn_no=** insutype=390 insu_admdvs=340322 psn_insu_stas=1 accrym_begn=202401 accrym_end=202412 clct_flag=1 clct_time=2023-10-10 09:30:00 psn_clct_amt=380.00 revs_flag=Z
      enrollment.csv line 4  psn_no=** insutype=390 insu_admdvs=340323 psn_insu_stas=1 accrym_begn=202401 accrym_end=202412 clct_flag=1 clct_time=2023-11-10 09:30:00 psn_clct_amt=380.00 revs_flag=Z
    ");
    insta::assert_snapshot!(decision(&outcome.stdout, "duplicate enrollment"), @"
    7. duplicate enrollment
       rows enrollment.csv line 3, enrollment.csv line 4, household.csv line 3
       parameter refund.before_year: yes, from 2024-01-01, 五政办秘〔2023〕50号 四(二)
       · valid records: 2
       · 2 of them share a month with another one: cross_region_resident
       · 2 records are judged together
       · a record serves the place of residence 340322 → yes
       ⇒ enrollment.csv line 3: cross_region_resident, keep, residence_place, overlap 202401-202412, refund 0.00 yuan
       ⇒ enrollment.csv line 4: cross_region_resident, pause, residence_place, overlap 202401-202412, refund 380.00 yuan
    ");
    assert!(!outcome.stdout.contains(TWICE) && !outcome.stdout.contains("李四"), "a person is shown masked");
}

#[test]
fn a_program_reads_the_same() {
    let context = two_residents();
    let outcome = explain(&context, &[TWICE, "--date", "2023-12-31", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let duplicates = report["decisions"].as_array().unwrap().iter().find(|d| d["rule"] == "duplicates").unwrap();
    assert_eq!(duplicates["conclusions"][1]["values"]["action"], "pause");
    assert_eq!(duplicates["conclusions"][1]["values"]["record"], "enrollment.csv:4");
    assert_eq!(duplicates["inputs"][2]["file"], "household.csv");
    let rows = report["datasets"].as_array().unwrap().iter().find(|d| d["name"] == "duplicate_enrollment").unwrap();
    assert_eq!(rows["rows"][1]["refund_amt"], "380.00");
    assert_eq!(rows["rows"][1]["certno"], TWICE, "datasets show persons as snapshots do");
    let masked = explain(&context, &[TWICE, "--date", "2023-12-31", "--json", "--person-ids", "masked"], "");
    assert!(!masked.stdout.contains(TWICE));
}

#[test]
fn nobody_is_said_to_be_nobody() {
    let context = two_residents();
    let said = |arguments: &[&str], input: &str| {
        let outcome = explain(&context, &[arguments, &["--date", "2024-03-31"]].concat(), input);
        assert_eq!(outcome.stdout, "");
        let errors: Vec<&str> = outcome.stderr.lines().filter(|line| !line.contains("read")).collect();
        format!("exit {}\n{}", outcome.status, errors.join("\n"))
    };
    insta::assert_snapshot!(said(&["340399199001010011"], ""), @"
    exit 2
    error: `340399********0011` is no person's number: not a resident number: expected 17 digits with a real birth date from 1800 on, and the check character that belongs to them
    ");
    insta::assert_snapshot!(said(&["-"], "\n"), @"
    exit 2
    error: no certificate number is given, expected one, or `-` and a line on standard input
    ");
    insta::assert_snapshot!(said(&["E123", "--cert-type", "03"], ""), @"
    exit 1
    error: no used row of the extracts in `data` is about `****`
    hint: `rejects` of a run, or `canbao check`, lists rows that were not used
    ");
    insta::assert_snapshot!(said(&[LATE, "--pipeline", "residents-by-township"], ""), @r#"
    exit 2
    error: `residents-by-township.toml` has no step that decides about persons, expected one with `operator = "enrollment-audit"`
    "#);
}
