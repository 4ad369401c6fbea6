//! What packs say, and what may be asked of them.

mod refusals;
mod remarks;

use std::sync::LazyLock;

use rstest::rstest;

use super::{Category, CategorySet, Pack, Setting};
use crate::money::Yuan;
use crate::period::BenefitYear;
use crate::testing::shipped_packs;

const WUHE: &str = include_str!("../../../../pipelines/policies/340322.toml");
static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::parse(WUHE, "340322.toml").unwrap());

#[test]
fn asking_for_what_a_pack_does_not_have() {
    let packs = shipped_packs();
    assert_eq!(
        packs.by_region("999999").unwrap_err().to_string(),
        "no policy pack for region `999999`, expected one of `141121`, `331100`, `340322`, `340600`, `411600`"
    );
    assert_eq!(
        PACK.policy_on("2025-01-01".parse().unwrap()).unwrap_err().to_string(),
        "no benefit year of region `340322` holds 2025-01-01, expected a date from 2023-09-01 to 2024-12-31"
    );
    assert_eq!(
        PACK.policy_for(BenefitYear(2025)).unwrap_err().to_string(),
        "the pack of region `340322` has no benefit year 2025, expected one of `2024`"
    );
    assert_eq!(
        PACK.clone().with_settings(&["premium=1".parse().unwrap()]).unwrap_err().to_string(),
        "`premium` is no parameter without a stated value in the pack of region `340322`, expected no `--set`: it states every value"
    );
    assert_eq!(
        "critical_illness_cap".parse::<Setting>().unwrap_err().to_string(),
        "`critical_illness_cap` sets nothing, expected NAME=VALUE with an amount in yuan"
    );
}

#[test]
fn a_parameter_without_a_value_can_be_set() {
    let pack = shipped_packs().by_region("331100").unwrap().clone();
    let set = pack.with_settings(&["critical_illness_cap=400000".parse().unwrap()]).unwrap();
    for policy in set.years() {
        assert_eq!(policy.incentive.and_then(|i| i.critical_illness_cap), Some(Yuan::from_yuan(400_000)));
        assert!(policy.sources().contains(&"--set".to_owned()));
    }
}

#[rstest]
#[case("2023-08-31", None)]
#[case("2023-09-01", Some(2024))]
#[case("2024-12-31", Some(2024))]
#[case("2025-01-01", None)]
fn a_benefit_year_runs_from_its_window_to_its_end(#[case] date: &str, #[case] year: Option<i32>) {
    assert_eq!(PACK.policy_on(date.parse().unwrap()).ok().map(|p| p.year.0), year);
}

#[test]
fn the_figures_of_column_u() {
    let policy = PACK.policy_for(BenefitYear(2024)).unwrap();
    assert_eq!(policy.premium.personal, Yuan::from_yuan(380));
    assert_eq!(policy.premium.prior_personal, Some(Yuan::from_yuan(350)));
    assert_eq!(policy.premium.fiscal_subsidy, Some(Yuan::from_yuan(640)));
    assert_eq!(policy.migrant_until.map(|d| d.to_string()).as_deref(), Some("2024-02-29"));
    let none = CategorySet::EMPTY;
    assert_eq!(policy.subsidies.best(none.with(Category::Monitored)).map(|s| s.amount), Some(Yuan::from_yuan(190)));
    assert!(policy.difficulty.has(Category::SevereDisability), "whatever is subsidised is difficulty");
    assert_eq!(policy.labels().category("突发严重困难人口"), Some(Category::Monitored));
    assert_eq!(policy.sources().first().map(String::as_str), Some("五政办秘〔2023〕50号 三"));
    assert_eq!(policy.sha256().len(), 64);
}

/// docs/rules.md, Subsidy: every pack knows every label.
const LABELS: [(&str, Category); 22] = [
    ("特困人员", Category::Destitute),
    ("孤儿", Category::Orphan),
    ("事实无人抚养儿童", Category::UnsupportedChild),
    ("低保对象", Category::LowIncome),
    ("返贫致贫人口", Category::ReturnedToPoverty),
    ("监测对象", Category::Monitored),
    ("脱贫不稳定人口", Category::Monitored),
    ("边缘易致贫人口", Category::Monitored),
    ("突发严重困难人口", Category::Monitored),
    ("重点优抚对象", Category::KeyEntitled),
    ("重度残疾人", Category::SevereDisability),
    ("计划生育特殊家庭", Category::SpecialFamilyPlanning),
    ("农村两女户", Category::TwoDaughterHousehold),
    ("低保边缘家庭成员", Category::LowIncomeMargin),
    ("退役军人", Category::Demobilised),
    ("随军未就业配偶", Category::MilitarySpouse),
    ("刑满释放人员", Category::Released),
    ("严重精神障碍患者", Category::SevereMentalIllness),
    ("退捕渔民", Category::RetiredFisher),
    ("外出务工人员", Category::MigrantWorker),
    ("职工医保中断人员", Category::EmployeeLapsed),
    ("现役军人", Category::InService),
];

#[test]
fn every_shipped_pack_knows_every_label() {
    for pack in shipped_packs().iter() {
        for policy in pack.years() {
            let known: Vec<_> = policy.labels().iter().collect();
            assert_eq!(known.len(), LABELS.len(), "{}", pack.name());
            assert!(LABELS.iter().all(|pair| known.contains(pair)), "{}: {known:?}", pack.name());
        }
    }
}

/// docs/rules.md, Difficulty: the seven, in every pack, and whatever else is subsidised.
#[test]
fn difficulty_is_the_seven_and_the_subsidised() {
    let seven = "destitute;orphan;unsupported_child;low_income;returned_to_poverty;monitored;low_income_margin";
    for pack in shipped_packs().iter() {
        for policy in pack.years() {
            let stated = policy.provisions().iter().find(|p| p.parameter == "difficulty").unwrap();
            assert_eq!((stated.value.as_str(), stated.reading), (seven, true), "{}", pack.name());
            let more = if pack.name() == "340322.toml" { 11 } else { 7 };
            assert_eq!(policy.difficulty.iter().count(), more, "{}", pack.name());
        }
    }
}

/// docs/rules.md, Premium; docs/rules.md, Payment window and cover: row by row.
#[rstest]
#[case::wenshui("141121", 2024, 380, Some(640), Some(350), "2023-09-01..2023-12-25", None)]
#[case::huaibei("340600", 2024, 380, None, None, "2023-09-15..2023-12-31", Some("2024-02-28"))]
#[case::wuhe("340322", 2024, 380, Some(640), Some(350), "2023-09-01..2023-12-31", Some("2024-02-29"))]
#[case::lishui("331100", 2025, 400, Some(670), None, "2024-09-01..2024-12-31", None)]
#[case::lishui_again("331100", 2026, 400, Some(700), Some(400), "2025-09-01..2025-12-31", None)]
#[case::zhoukou("411600", 2025, 400, Some(670), None, "2024-10-10..2024-12-31", None)]
fn premiums_and_windows(
    #[case] region: &str,
    #[case] year: i32,
    #[case] personal: i64,
    #[case] fiscal: Option<i64>,
    #[case] before: Option<i64>,
    #[case] window: &str,
    #[case] migrants: Option<&str>,
) {
    let packs = shipped_packs();
    let policy = packs.by_region(region).unwrap().policy_for(BenefitYear(year)).unwrap();
    let premium = policy.premium;
    assert_eq!(premium.personal, Yuan::from_yuan(personal));
    assert_eq!((premium.fiscal_subsidy, premium.prior_personal), (fiscal.map(Yuan::from_yuan), before.map(Yuan::from_yuan)));
    assert_eq!(format!("{}..{}", policy.window.first, policy.window.last), window);
    assert_eq!(policy.migrant_until.map(|day| day.to_string()).as_deref(), migrants);
}

/// What docs/rules.md marks as a reading, and what the documents do not say of themselves.
#[rstest]
#[case::wenshui("141121", 2024, &["difficulty", "newborn.days", "newborn.birthday", "waiting"])]
#[case::huaibei("340600", 2024, &["difficulty"])]
#[case::wuhe("340322", 2024, &["difficulty"])]
#[case::zhoukou(
    "411600",
    2025,
    &["benefit_year.window", "premium.personal", "difficulty", "newborn.days", "newborn.birthday", "waiting", "mutual_aid"]
)]
fn readings_are_marked(#[case] region: &str, #[case] year: i32, #[case] readings: &[&str]) {
    let packs = shipped_packs();
    let policy = packs.by_region(region).unwrap().policy_for(BenefitYear(year)).unwrap();
    let marked: Vec<&str> = policy.provisions().iter().filter(|p| p.reading).map(|p| p.parameter.as_str()).collect();
    assert_eq!(marked, readings);
}
