//! `canbao sample` end to end: every region's sample, audited by the real program, shows every branch of every dataset.
//!
//! The edges of late entry and of earlier years are held against the rules in `src/sample/tests/branches.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rstest::rstest;

use super::support::TestContext;

/// A region's sample of five thousand persons.
struct Sampled {
    context: TestContext,
    region: &'static str,
    seen: BTreeSet<String>,
}

impl Sampled {
    fn new(region: &'static str, more: &[&str]) -> Self {
        let context = TestContext::with_sample(&[&["--persons", "5000", "--seed", "7", "--region", region], more].concat());
        Self { context, region, seen: BTreeSet::new() }
    }

    /// Audits the sample for a date and notes which branches occur, as `dataset: values`.
    fn audited(mut self, date: &str, more: &[&str]) -> Self {
        let run = ["run", "enrollment-audit", "--data", "data", "--publish", "out", "--region", self.region, "--date", date];
        self.context.succeed(&[&run, more].concat());
        for (dataset, columns) in BRANCHES {
            if *dataset == "incentive" && self.region != "331100" || *dataset == "mutual_aid_check" && self.region != "411600" {
                continue;
            }
            let query = format!("SELECT DISTINCT {columns} FROM {dataset}");
            let rows = self.context.query("out", &query);
            self.seen.extend(rows.lines().skip(1).map(|row| format!("{dataset}: {}", row.replace('"', ""))));
        }
        self
    }

    fn shows(&self, wanted: &[&str]) {
        let missing: Vec<_> = wanted.iter().filter(|&&branch| !self.seen.contains(branch)).collect();
        assert!(missing.is_empty(), "{}: {missing:#?} of {:#?}", self.region, self.seen);
    }

    /// Nothing but what is wanted, of this dataset.
    fn shows_only(&self, dataset: &str, wanted: &[&str]) {
        let seen: BTreeSet<&str> =
            self.seen.iter().map(String::as_str).filter(|branch| branch.starts_with(&format!("{dataset}: "))).collect();
        assert_eq!(seen, wanted.iter().copied().collect(), "{}", self.region);
    }
}

/// What makes a branch, of each dataset.
const BRANCHES: &[(&str, &str)] = &[
    ("person", "'state', surv_stas, eligible"),
    ("person", "'place', regi_type, eligible"),
    ("person", "'student', student, eligible"),
    ("person", "'prior', prior_enrolled, missed"),
    ("person", "'here', enrolled_here, duplicate"),
    ("person", "'subsidy', subsidy_category"),
    ("duplicate_enrollment", "kind, action, reason"),
    ("duplicate_enrollment", "'refund', kind, CASE WHEN refund_amt > 0 THEN 'paid' ELSE 'none' END AS refund"),
    ("duplicate_enrollment", "'city', kind, action, SUBSTR(insu_admdvs, 1, 4) AS city, SUBSTR(insu_admdvs, 5, 2) = '00' AS pool"),
    ("missed_enrollment", "kind"),
    ("missed_enrollment", "CASE WHEN ledger_difficulty THEN 'difficulty' ELSE '' END AS ledger"),
    ("missed_enrollment", "CASE WHEN ledger_newborn THEN 'newborn' ELSE '' END AS ledger"),
    ("missed_enrollment", "CASE WHEN ledger_migrant THEN 'migrant' ELSE '' END AS ledger"),
    ("missed_enrollment", "CASE WHEN ledger_student THEN 'student' ELSE '' END AS ledger"),
    ("subsidy", "category, payer"),
    ("subsidy", "'enrolled', enrolled_here"),
    ("subsidy", "CASE WHEN overpaid_amt > 0 THEN 'overpaid' ELSE '' END AS overpaid"),
    ("subsidy", "CASE WHEN category = categories THEN 'one' ELSE 'several' END AS kinds"),
    ("benefit_period", "basis, waiting_months, CASE WHEN benefit_begn IS NULL THEN 'no cover' ELSE 'cover' END AS cover"),
    ("progress", "'required', reaches_required"),
    ("progress", "CASE WHEN target IS NULL THEN 'no target' ELSE 'target' END AS target"),
    ("reconciliation", "status"),
    ("incentive", "'years', consecutive_years"),
    ("incentive", "zero_claim_years, CASE WHEN uplift_consecutive > 0 THEN 'row' ELSE '' END AS uplift, capped"),
    ("mutual_aid_check", "valid, reason"),
    ("mutual_aid_check", "'relation', valid, relation"),
];

/// What every region has, whatever its rules.
const EVERYWHERE: &[&str] = &[
    "person: state,1,true",
    "person: state,2,false",
    "person: state,3,false",
    "person: state,4,false",
    "person: state,9,true",
    // In service.
    "person: state,1,false",
    "person: place,1,true",
    "person: place,1,false",
    "person: place,2,true",
    "person: place,,true",
    "person: student,true,true",
    "person: student,true,false",
    "person: prior,true,true",
    "person: prior,false,true",
    "person: prior,true,false",
    "person: prior,false,false",
    "person: here,true,true",
    "person: here,true,false",
    "person: here,false,true",
    "duplicate_enrollment: cross_scheme,keep,employee_12_months",
    "duplicate_enrollment: cross_scheme,pause,employee_12_months",
    "duplicate_enrollment: cross_scheme,confirm,flexible_employment",
    // Mixed groups: the second rule judges what the first keeps.
    "duplicate_enrollment: cross_scheme,keep,latest_employment",
    "duplicate_enrollment: cross_scheme,pause,latest_employment",
    "duplicate_enrollment: cross_region_employee,keep,latest_employment",
    "duplicate_enrollment: cross_region_employee,pause,latest_employment",
    "duplicate_enrollment: cross_region_resident,keep,school_place",
    "duplicate_enrollment: cross_region_resident,pause,school_place",
    "duplicate_enrollment: cross_region_resident,keep,residence_place",
    "duplicate_enrollment: cross_region_resident,pause,residence_place",
    "duplicate_enrollment: cross_region_resident,confirm,place_unknown",
    "duplicate_enrollment: double_payment,keep,first_payment",
    "duplicate_enrollment: double_payment,pause,first_payment",
    "duplicate_enrollment: refund,cross_scheme,paid",
    "duplicate_enrollment: refund,cross_region_resident,paid",
    "duplicate_enrollment: refund,double_payment,paid",
    "missed_enrollment: lapsed",
    "missed_enrollment: never",
    "missed_enrollment: difficulty",
    "missed_enrollment: newborn",
    "missed_enrollment: migrant",
    "missed_enrollment: student",
    "benefit_period: concentrated,0,cover",
    "benefit_period: newborn_from_birth,0,cover",
    "benefit_period: newborn_after_payment,0,cover",
    "reconciliation: matched",
    "reconciliation: registered_unpaid",
    "reconciliation: paid_unregistered",
    "reconciliation: amount_mismatch",
    "reconciliation: paid_twice",
];

#[test]
fn wenshui_shows_every_branch() {
    let sampled = Sampled::new("141121", &[]).audited("2023-12-31", &[]).audited("2024-12-31", &[]);
    sampled.shows(EVERYWHERE);
    let fund = "medical_assistance_fund";
    let subsidised = ["destitute", "orphan", "unsupported_child", "low_income", "returned_to_poverty", "monitored"];
    sampled.shows(&subsidised.map(|category| format!("subsidy: {category},{fund}")).each_ref().map(String::as_str));
    sampled.shows(&[
        "person: subsidy,",
        "subsidy: enrolled,true",
        "subsidy: enrolled,false",
        "subsidy: overpaid",
        "subsidy: several",
        "subsidy: one",
        "benefit_period: special_group,0,cover",
        "benefit_period: none,0,no cover",
        "progress: required,true",
        "progress: required,false",
        "progress: no target",
    ]);
}

#[test]
fn huaibei_shows_every_branch() {
    let sampled = Sampled::new("340600", &[]).audited("2023-12-31", &[]).audited("2024-12-31", &[]);
    sampled.shows(EVERYWHERE);
    sampled.shows(&[
        "subsidy: destitute,",
        "subsidy: low_income,",
        "subsidy: returned_to_poverty,",
        "subsidy: monitored,",
        "subsidy: overpaid",
        "subsidy: several",
        "benefit_period: migrant_extension,0,cover",
        "benefit_period: none,0,no cover",
        "progress: required,",
        "progress: no target",
        // The city's pool serves its counties, each county itself, pools of other cities their own.
        "duplicate_enrollment: city,cross_region_resident,keep,3406,true",
        "duplicate_enrollment: city,cross_region_resident,keep,3406,false",
        "duplicate_enrollment: city,cross_region_resident,pause,3406,true",
        "duplicate_enrollment: city,cross_region_resident,pause,3406,false",
    ]);
    let other_pool = sampled
        .seen
        .iter()
        .any(|seen| seen.starts_with("duplicate_enrollment: city,") && !seen.contains(",3406,") && seen.ends_with("true"));
    assert!(other_pool, "{:#?}", sampled.seen);
}

#[test]
fn wuhe_shows_every_branch() {
    let sampled = Sampled::new("340322", &[]).audited("2023-12-31", &[]).audited("2024-12-31", &[]);
    sampled.shows(EVERYWHERE);
    sampled.shows(&[
        "subsidy: destitute,medical_assistance_fund",
        "subsidy: low_income,medical_assistance_fund",
        "subsidy: monitored,medical_assistance_fund",
        "subsidy: key_entitled,",
        "subsidy: severe_disability,",
        "subsidy: special_family_planning,township",
        "subsidy: two_daughter_household,township",
        "subsidy: overpaid",
        "subsidy: several",
        "duplicate_enrollment: deceased,pause,death_before_cover",
        "duplicate_enrollment: refund,deceased,paid",
        "benefit_period: migrant_extension,0,cover",
        "benefit_period: special_group,0,cover",
        "benefit_period: waiting,6,cover",
        "benefit_period: waiting,6,no cover",
    ]);
}

#[test]
fn zhoukou_shows_every_branch() {
    let sampled = Sampled::new("411600", &[]).audited("2024-12-31", &[]).audited("2025-12-31", &[]);
    sampled.shows(EVERYWHERE);
    sampled.shows(&[
        "benefit_period: none,0,no cover",
        "duplicate_enrollment: city,cross_region_resident,keep,4116,true",
        "duplicate_enrollment: city,cross_region_resident,keep,4116,false",
        "progress: no target",
        "mutual_aid_check: true,",
        "mutual_aid_check: false,relation",
        "mutual_aid_check: false,out_of_province",
        "mutual_aid_check: false,payer_not_employee",
        "mutual_aid_check: false,payee_is_employee",
        "mutual_aid_check: false,year",
        "mutual_aid_check: false,window",
    ]);
    let relations = ["配偶", "父母", "子女", "兄弟姐妹", "祖父母", "外祖父母", "孙子女", "外孙子女"];
    sampled.shows(&relations.map(|relation| format!("mutual_aid_check: relation,true,{relation}")).each_ref().map(String::as_str));
    assert!(sampled.seen.iter().all(|seen| !seen.starts_with("subsidy: destitute")), "the pack states no amounts");
}

#[test]
fn lishui_shows_every_branch() {
    // A low cap, so that some raises reach a fifth of it.
    let cap = ["--set", "critical_illness_cap=40000"];
    let sampled = Sampled::new("331100", &[]).audited("2025-12-31", &cap).audited("2026-12-31", &cap);
    sampled.shows(EVERYWHERE);
    sampled.shows(&[
        "benefit_period: special_group,0,cover",
        "benefit_period: waiting,3,cover",
        "benefit_period: waiting,4,cover",
        "benefit_period: waiting,5,cover",
        "benefit_period: waiting,6,cover",
        "benefit_period: waiting,7,cover",
        "benefit_period: waiting,8,cover",
        "duplicate_enrollment: city,cross_region_resident,keep,3311,true",
        "duplicate_enrollment: city,cross_region_resident,keep,3311,false",
        "progress: no target",
        "incentive: 0,,false",
        "incentive: 0,row,false",
        "incentive: 1,,false",
        "incentive: 1,row,true",
    ]);
    sampled.shows(&["0", "1", "2", "3", "4", "5", "6"].map(|years| format!("incentive: years,{years}")).each_ref().map(String::as_str));
    let too_late = |seen: &String| seen.starts_with("benefit_period: waiting,") && seen.ends_with("no cover");
    assert!(sampled.seen.iter().any(too_late), "some wait beyond the year");
    assert!(sampled.seen.iter().all(|seen| !seen.starts_with("subsidy: destitute")), "the pack states no amounts");
}

#[test]
fn lishui_of_a_year_before_is_another_sample() {
    let sampled = Sampled::new("331100", &["--year", "2025"]).audited("2025-08-31", &[]);
    sampled.shows_only(
        "incentive",
        &[
            "incentive: years,0",
            "incentive: years,1",
            "incentive: years,2",
            "incentive: years,3",
            "incentive: years,4",
            "incentive: years,5",
            "incentive: years,6",
            // Nothing counts yet, and no cap is known.
            "incentive: 0,,",
        ],
    );
    assert!(fs::exists(sampled.context.path("data/enrollment/2019.csv")).unwrap());
}

/// Years without a claim: what settlements and uses make of last year, by the files themselves.
#[test]
fn lishui_has_years_without_a_claim_in_every_way() {
    let sampled = Sampled::new("331100", &["--plain"]).audited("2026-12-31", &[]);
    let query = "SELECT certno, zero_claim_years FROM incentive WHERE consecutive_years > 0";
    let rows = sampled.context.query("out", query);
    let zero: BTreeSet<(String, bool)> =
        rows.lines().skip(1).filter_map(|row| row.split_once(',').map(|(certno, years)| (certno.to_owned(), years == "1"))).collect();
    let fields = |file: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(sampled.context.path("data").join(file)).unwrap();
        text.lines().skip(1).map(|row| row.split(',').map(|field| field.trim().to_owned()).collect()).collect()
    };
    let used: BTreeSet<String> = fields("incentive_use.csv").into_iter().map(|row| row[0].clone()).collect();
    let mut last_year: BTreeMap<String, (f64, bool, bool)> = BTreeMap::new();
    for row in fields("settlement.csv")
        .into_iter()
        .filter(|row| row.len() == 20 && row[12].starts_with("2025") && ["310", "390"].contains(&row[4].as_str()))
    {
        let sums = last_year.entry(row[3].clone()).or_default();
        sums.0 += row[15].parse::<f64>().unwrap_or_default();
        sums.1 |= row[18] == "1";
        sums.2 |= row[18] != "1";
    }
    let mut seen = BTreeSet::new();
    for (certno, without) in zero.iter().filter(|(certno, _)| !used.contains(certno)) {
        seen.insert(match last_year.get(certno) {
            None => format!("nothing settled: {without}"),
            Some((fund, refund, settled)) => {
                let sign = if *fund > 0.005 {
                    "above"
                } else if *fund < -0.005 {
                    "below"
                } else {
                    "at"
                };
                format!("fund {sign} nothing, refund {refund}, settled {settled}: {without}")
            }
        });
    }
    let wanted = [
        "nothing settled: true",
        "fund above nothing, refund false, settled true: false",
        "fund above nothing, refund true, settled true: false",
        "fund at nothing, refund false, settled true: true",
        "fund at nothing, refund true, settled true: true",
        "fund below nothing, refund true, settled false: true",
    ];
    let missing: Vec<_> = wanted.iter().filter(|&&branch| !seen.contains(branch)).collect();
    assert!(missing.is_empty(), "{missing:#?} of {seen:#?}");
    assert!(zero.iter().any(|(certno, without)| used.contains(certno) && !without), "a use takes the year away");
    assert!(zero.iter().any(|(certno, without)| used.contains(certno) && *without), "a use of a year before does not");
}

#[rstest]
#[case::unknown_region(&["--persons", "10", "--seed", "7", "--region", "340324"])]
#[case::unknown_year(&["--persons", "10", "--seed", "7", "--region", "340322", "--year", "2025"])]
#[case::no_persons(&["--seed", "7", "--region", "340322"])]
#[case::rows_of_a_county(&["--persons", "10", "--rows", "10", "--seed", "7", "--region", "340322"])]
#[case::months_of_a_county(&["--persons", "10", "--months", "2023-01..2023-02", "--seed", "7", "--region", "340322"])]
#[case::settlement_without_rows(&["--what", "settlement", "--seed", "7", "--region", "340322"])]
#[case::settlement_of_persons(&["--what", "settlement", "--persons", "10", "--seed", "7", "--region", "340322"])]
#[case::months_in_the_wrong_order(&["--what", "settlement", "--rows", "10", "--months", "2023-02..2023-01", "--seed", "7", "--region", "340322"])]
#[case::no_seed(&["--persons", "10", "--region", "340322"])]
#[case::no_region(&["--persons", "10", "--seed", "7"])]
#[case::like_of_a_county(&["--like", "huaibei-2023"])]
#[case::like_nothing(&["--what", "settlement", "--like", "nothing"])]
#[case::like_of_another_region(&["--what", "settlement", "--like", "huaibei-2023", "--region", "340322"])]
fn what_makes_no_sense_exits_2_and_writes_nothing(#[case] arguments: &[&str]) {
    let context = TestContext::new();
    let outcome = context.run(&[&["sample", "data"], arguments].concat());
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(!outcome.stderr.is_empty() && outcome.stdout.is_empty());
    assert!(!context.path("data").exists());
}

/// The sample that ships feeds every pipeline that ships, for the date that README names.
#[test]
fn every_shipped_pipeline_runs_on_the_shipped_sample() {
    let context = TestContext::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let run = |pipeline: &str| {
        let data = sample.to_str().unwrap();
        context.succeed(&["run", pipeline, "--data", data, "--publish", "published", "--date", "2023-12-31", "--json"]).json()
    };
    // In the order in which they follow each other.
    let order = ["enrollment-audit", "residents-by-township", "settlement-statistics", "duplicate-cleanup", "monthly-bulletin"];
    let shipped: BTreeSet<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(shipped, order.map(str::to_owned).into());
    for pipeline in order {
        let report = run(pipeline);
        assert_eq!(report["status"], "published", "{pipeline}: {report}");
        let datasets = report["datasets"].as_array().unwrap();
        let empty = datasets.iter().filter(|dataset| dataset["rows"] == 0).map(|dataset| dataset["name"].as_str().unwrap());
        // Nothing was published before that could have been revised or settled since.
        assert!(empty.clone().all(|name| ["settlement_revisions", "cleanup_settled"].contains(&name)), "{pipeline}: {report}");
    }
    let years = context.query("published", "SELECT COUNT(*) AS n FROM settlement_statistics WHERE person_times_growth_pct IS NOT NULL");
    assert!(years.lines().nth(1).unwrap().parse::<u32>().unwrap() > 100, "there is a year before: {years}");
}

/// A pack that nobody has given townships for: a made-up city with the rules of 五河县.
#[test]
fn a_pack_of_ones_own_is_enough() {
    let context = TestContext::new();
    let pack = fs::read_to_string("pipelines/policies/340322.toml").unwrap();
    context.write("pipelines/enrollment-audit.toml", &fs::read_to_string("pipelines/enrollment-audit.toml").unwrap());
    context.write("pipelines/policies/990100.toml", &pack.replace("\"340322\"", "\"990100\""));
    context.succeed(&["sample", "data", "--persons", "1500", "--seed", "1", "--region", "990100"]);
    context.succeed(&["run", "enrollment-audit", "--data", "data", "--publish", "out", "--region", "990100", "--date", "2024-03-31"]);
    let rows = context.query("out", "SELECT admdvs FROM progress WHERE enrolled > 0 AND admdvs <> 'TOTAL'");
    assert!(rows.lines().count() > 8 && rows.lines().skip(1).all(|code| code.starts_with("9901")), "{rows}");
}

#[test]
fn messages_say_what_was_expected() {
    let context = TestContext::new();
    let stderr = |arguments: &[&str]| context.run(&[&["sample", "data"], arguments].concat()).stderr;
    insta::assert_snapshot!(stderr(&["--persons", "10", "--seed", "7", "--region", "340324"]), @"
    error: no policy pack for region `340324`, expected one of `141121`, `331100`, `340322`, `340600`, `411600`
    hint: `--pipelines DIR` names a folder with packs in `policies`; docs/policy-packs.md says how to add one
    ");
    insta::assert_snapshot!(
        stderr(&["--what", "settlement", "--seed", "7", "--region", "340322"]),
        @"error: `--what settlement` takes `--rows N`, with or without `--months`, or `--like NAME`, not `--persons`"
    );
    insta::assert_snapshot!(stderr(&["--rows", "10", "--seed", "7", "--region", "340322"]), @"
    error: `--what county` takes `--persons N`, not `--rows`, `--months` or `--like`
    hint: settlements are written with `--what settlement`
    ");
}

#[test]
fn a_county_says_which_setting_it_is_made_for() {
    let context = TestContext::new();
    let sample = ["sample", "data", "--persons", "50", "--seed", "7", "--region", "331100"];
    let printed = context.succeed(&sample).stdout;
    assert!(printed.contains("--set critical_illness_cap=400000"), "{printed}");
    let report = context.succeed(&[&sample[..], &["--json"]].concat()).json();
    assert_eq!(report["settings"], serde_json::json!(["critical_illness_cap=400000"]));
}
