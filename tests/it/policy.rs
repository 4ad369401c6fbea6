//! Policy packs from outside: `check-policy`, and the county that docs/policy-packs.md adds, tried as the page says.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::cases;
use super::support::{TestContext, resident_number};

const PAGE: &str = include_str!("../../docs/policy-packs.md");

/// The first fenced block of a language on the page.
fn block(language: &str) -> String {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

/// A context with a folder of pipelines in which the page's county has been added.
fn context() -> TestContext {
    let context = TestContext::new();
    context.write("pipelines/enrollment-audit.toml", &fs::read_to_string("pipelines/enrollment-audit.toml").unwrap());
    context.write("pipelines/policies/990101.toml", &block("toml"));
    context.write("pipelines/policies/340322.toml", &fs::read_to_string("pipelines/policies/340322.toml").unwrap());
    context
}

#[test]
fn the_pages_pack_is_good() {
    let outcome = context().run(&["check-policy", "pipelines/policies/990101.toml"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    let shown: Vec<&str> = outcome.stdout.lines().collect();
    assert!(shown.contains(&"benefit year 2024, for logical dates from 2023-09-01 to 2024-09-09"), "{}", outcome.stdout);
    assert!(shown.contains(&"premium 400.00 yuan a person (380.00 the year before), fiscal subsidy not stated"), "{}", outcome.stdout);
    let last = [
        "note: line 46 column 8: `fiscal_subsidy` has no stated value: `--set fiscal_subsidy=YUAN` gives one",
        "pipelines/policies/990101.toml is good: 示例县 990101, benefit year 2024 with 19 parameters (1 reading, 0 not stated), \
         benefit year 2025 with 18 parameters (1 reading, 1 not stated), 0 warnings",
    ];
    assert_eq!(shown[shown.len() - 2..], last);
}

#[test]
fn the_pages_pack_as_json() {
    let report = context().run(&["check-policy", "pipelines/policies/990101.toml", "--json"]).json();
    assert_eq!((&report["verdict"], &report["region"]["name"]), (&"good".into(), &"示例县".into()));
    assert_eq!((&report["settings"], &report["warnings"]), (&serde_json::json!(["fiscal_subsidy"]), &serde_json::json!([])));
    let years = report["benefit_years"].as_array().unwrap();
    let waiting = |year: &Value| {
        let parameters = year["parameters"].as_array().unwrap();
        parameters.iter().find(|p| p["parameter"] == "waiting").unwrap().clone()
    };
    assert_eq!(
        waiting(&years[0]),
        serde_json::json!({
            "parameter": "waiting", "name": "待遇等待期", "value": "from month 3, counting the month of payment", "unit": "",
            "from": "2024-01-01", "source": "示医保发〔2023〕1号 三", "reading": false, "not_stated": false,
        })
    );
    assert_eq!(waiting(&years[1])["value"], "late payers are not admitted");
    assert_eq!((&years[1]["premium_personal"], &years[1]["premium_personal_before"]), (&"400.00".into(), &"380.00".into()));
    assert_eq!(report["settlement"]["date"], "2025-12-31");
    assert_eq!(report["settlement"]["parameters"][0]["value"], "M016 糖尿病, M039 高血压");
    assert_eq!(years[0]["dates"], serde_json::json!({ "first": "2023-09-01", "last": "2024-09-09" }));
}

#[test]
fn plan_shows_what_is_in_force_there() {
    let context = context();
    let plan =
        |date: &str| context.run(&["plan", "enrollment-audit", "--region", "990101", "--date", date, "--data", "extracts", "--json"]);
    let premium = |date: &str| {
        let preview = plan(date).json();
        let parameters = preview["policy"]["parameters"].as_array().unwrap().clone();
        let personal = parameters.iter().find(|p| p["parameter"] == "premium.personal").unwrap();
        (preview["benefit_year"].clone(), personal["value"].clone(), personal["source"].clone())
    };
    assert_eq!(premium("2024-09-09"), (2024.into(), "380".into(), "示医保发〔2023〕1号 二(一)".into()));
    assert_eq!(premium("2024-09-10"), (2025.into(), "400".into(), "示医保发〔2024〕2号 二(一)".into()));
    assert_eq!(plan("2023-08-31").status, 2);
}

/// Six people of the county: one a row of each rule that the page's pack states.
fn extracts(context: &TestContext) {
    let people = [
        "340399195001010011",
        "340399196001010011",
        "340399197001010011",
        "340399198001010011",
        "340399199001010011",
        "340399200001010011",
    ];
    let [destitute, poor, late, migrant, lapsed, unknown] = people.map(resident_number);
    let home = [&destitute, &poor, &late, &migrant, &lapsed, &unknown].map(|n| format!("{n},张三,1990-01-01,990101101203,1,1"));
    context.write("extracts/household.csv", &format!("certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n{}\n", home.join("\n")));
    let identities = [
        format!("{destitute},特困人员,2020-01-01,"),
        format!("{poor},城乡低保,2020-01-01,"),
        format!("{migrant},外出务工人员,2020-01-01,"),
        format!("{lapsed},职工医保中断人员,2024-01-15,"),
        format!("{unknown},残疾军人,2020-01-01,"),
    ];
    context.write("extracts/identity.csv", &format!("certno,psn_idet_type,begntime,endtime\n{}\n", identities.join("\n")));
    let record = |certno: &str, paid: &str, amount: &str| format!("9{certno},{certno},390,990101,1,202401,202412,1,{paid},{amount}");
    let records = [
        record(&destitute, "2023-10-01", "0"),
        record(&late, "2024-03-10", "380"),
        record(&migrant, "2024-02-29", "380"),
        record(&lapsed, "2024-04-15", "380"),
    ];
    let header = "psn_no,certno,insutype,insu_admdvs,psn_insu_stas,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt";
    context.write("extracts/enrollment.csv", &format!("{header}\n{}\n", records.join("\n")));
}

#[test]
fn an_audit_follows_the_pages_pack() {
    let context = context();
    extracts(&context);
    let run = ["run", "enrollment-audit", "--region", "990101", "--date", "2024-06-30", "--data", "extracts", "--publish", "published"];
    let outcome = context.run(&run);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let query = |sql: &str| context.run(&["query", sql, "--format", "csv", "--publish", "published"]).stdout;
    insta::assert_snapshot!(query("SELECT category, subsidy_amt, personal_amt, payer, enrolled_here FROM subsidy ORDER BY category"), @"
    category,subsidy_amt,personal_amt,payer,enrolled_here
    destitute,380.00,0.00,medical_assistance_fund,true
    low_income,300.00,80.00,medical_assistance_fund,false
    ");
    insta::assert_snapshot!(query("SELECT basis, waiting_months, benefit_begn, benefit_end FROM benefit_period ORDER BY basis"), @"
    basis,waiting_months,benefit_begn,benefit_end
    concentrated,0,2024-01-01,2024-12-31
    migrant_extension,0,2024-01-01,2024-12-31
    special_group,0,2024-04-16,2024-12-31
    waiting,2,2024-05-01,2024-12-31
    ");
    insta::assert_snapshot!(query("SELECT kind, ledger_difficulty, personal_amt FROM missed_enrollment ORDER BY personal_amt"), @"
    kind,ledger_difficulty,personal_amt
    never,true,80.00
    never,false,380.00
    ");
    insta::assert_snapshot!(query("SELECT source, line, \"column\", value, reason FROM rejects"), @"
    source,line,column,value,reason
    identity,6,psn_idet_type,残疾军人,unknown_identity_type
    ");
    insta::assert_snapshot!(query("SELECT admdvs, eligible, enrolled, enrollment_pct, reaches_required FROM progress"), @"
    admdvs,eligible,enrolled,enrollment_pct,reaches_required
    990101101,6,4,66.67,false
    TOTAL,6,4,66.67,false
    ");
}

#[test]
fn the_pages_cases_hold() {
    let context = context();
    let packs = canbao::policies::load(Some(&context.path("pipelines"))).unwrap();
    let (count, failures) = cases::failures("docs/policy-packs.md", &block("yaml"), &packs);
    assert_eq!((count, failures.as_str()), (2, ""));
}

#[test]
fn the_page_names_every_category_and_every_table() {
    for category in canbao_rules::policy::Category::ALL {
        assert!(PAGE.contains(&format!("| `{category}` |")), "{category}");
    }
    for table in ["region", "documents", "premium", "newborn", "duplicate", "incentive", "labels"] {
        assert!(PAGE.contains(&format!("### `[{table}]`")), "{table}");
    }
    for list in
        ["benefit_year", "subsidy", "difficulty", "required_share", "special_group", "waiting", "refund", "mutual_aid", "disease_families"]
    {
        assert!(PAGE.contains(&format!("### `[[{list}]]`")), "{list}");
    }
    assert!(PAGE.contains("and `[[city]]`"));
}

#[test]
fn a_refused_pack_is_told_with_all_its_faults() {
    let context = context();
    let broken = block("toml").replace("value = 300", "value = 3000").replace("nth_month = 3", "nth_mont = 3");
    context.write("broken.toml", &broken);
    insta::assert_snapshot!(context.run(&["check-policy", "broken.toml"]).transcript(), @"
    exit 2
    error: broken.toml line 139 column 1: unknown field `nth_mont`, expected one of `scheme`, `nth_month`, `fixed_months`, `long_break_years`, `long_break_months`, `months_of_unbroken_year`, `from`, `until`, `source`, `reading`, `name`
    hint: did you mean `nth_month`?
    broken.toml is refused: 1 fault
    ");
    context.write("broken.toml", &broken.replace("nth_mont ", "nth_month ").replace("\norder = 2", ""));
    let outcome = context.run(&["check-policy", "broken.toml", "--json"]);
    insta::assert_snapshot!(outcome.transcript(), @"
    exit 2
    error: broken.toml line 52 column 12: the subsidies of `orphan` and `destitute` are both 380.00 yuan, expected a different `order` for each
    hint: number them in the order in which the document names them: `order = 1`, `order = 2`
    error: broken.toml line 82 column 9: the subsidy of `low_income` is 3000.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
    hint: the value is what is taken off the premium, not what is left to pay
    error: broken.toml line 82 column 9: the subsidy of `low_income` is 3000.00 yuan, expected more than 0 and at most the personal premium of 2025, 400.00 yuan
    hint: the value is what is taken off the premium, not what is left to pay
    broken.toml is refused: 3 faults
    ");
    insta::assert_snapshot!(outcome.stdout, @r#"
    {
      "file": "broken.toml",
      "verdict": "refused",
      "faults": [
        {
          "line": 52,
          "column": 12,
          "fault": "the subsidies of `orphan` and `destitute` are both 380.00 yuan, expected a different `order` for each",
          "hint": "number them in the order in which the document names them: `order = 1`, `order = 2`"
        },
        {
          "line": 82,
          "column": 9,
          "fault": "the subsidy of `low_income` is 3000.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan",
          "hint": "the value is what is taken off the premium, not what is left to pay"
        },
        {
          "line": 82,
          "column": 9,
          "fault": "the subsidy of `low_income` is 3000.00 yuan, expected more than 0 and at most the personal premium of 2025, 400.00 yuan",
          "hint": "the value is what is taken off the premium, not what is left to pay"
        }
      ]
    }
    "#);
}

#[test]
fn a_run_refuses_a_broken_pack_too() {
    let context = context();
    context.write("pipelines/policies/990101.toml", &block("toml").replace("value = 300", "value = 3000").replace("\norder = 2", ""));
    insta::assert_snapshot!(context.run(&["run", "enrollment-audit", "--date", "2024-06-30", "--data", "extracts"]).transcript(), @"
    exit 2
    error: pipelines/policies/990101.toml line 52 column 12: the subsidies of `orphan` and `destitute` are both 380.00 yuan, expected a different `order` for each (and 2 more faults)
    hint: number them in the order in which the document names them: `order = 1`, `order = 2`; `canbao check-policy pipelines/policies/990101.toml` shows all faults
    ");
}

#[test]
fn a_pack_that_cannot_be_read_is_a_failure() {
    let context = TestContext::new();
    let outcome = context.run(&["check-policy", "990101.toml"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.starts_with("error: cannot read the policy packs in `990101.toml`: "), "{}", outcome.stderr);
    context.write("990101.toml", "");
    fs::write(context.path("990101.toml"), encoding_rs::GB18030.encode("[region]\nname = \"示例县\"\n").0).unwrap();
    insta::assert_snapshot!(context.run(&["check-policy", "990101.toml"]).transcript(), @"
    exit 2
    error: 990101.toml line 2 column 10: the bytes from here on are no UTF-8, expected a text file in UTF-8
    hint: save the file as UTF-8
    990101.toml is refused: 1 fault
    ");
}

#[test]
fn every_shipped_pack_is_good() {
    for entry in fs::read_dir("pipelines/policies").unwrap() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(entry.unwrap().path());
        let outcome = TestContext::new().run(&["check-policy", &path.to_string_lossy()]);
        assert!(outcome.status == 0 && outcome.stdout.trim_end().ends_with(", 0 warnings"), "{outcome:?}");
    }
}
