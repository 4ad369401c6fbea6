//! What a pack refuses, and how it says so.

use std::sync::LazyLock;

use rstest::rstest;

use super::{Category, CategorySet, Pack, Packs, Setting};
use crate::money::Yuan;
use crate::period::BenefitYear;

const WUHE: &str = include_str!("../../pipelines/policies/340322.toml");
static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::parse(WUHE, "340322.toml").unwrap());

/// The message about the pack of 五河县 with one text replaced (in its first place).
fn refused(text: &str, by: &str) -> String {
    assert!(WUHE.contains(text), "the pack has no `{text}`");
    Pack::parse(&WUHE.replacen(text, by, 1), "340322.toml").unwrap_err().to_string()
}

#[rstest]
#[case::unknown_key("[[premium.personal]]", "[[premium.persnal]]", "unknown field `persnal`, expected one of")]
#[case::typo_in_a_key("value = 350", "valve = 350", "unknown field `valve`, expected one of")]
#[case::wrong_type("value = 350", "value = \"350\"", "expected i64")]
#[case::wrong_unit("unit = \"yuan\"", "unit = \"fen\"", "`premium.personal` has the unit `fen`, expected `yuan`")]
#[case::window("first = 2023-09-01", "first = 2024-09-01", "ends on 2023-12-31, expected a day not before its first, 2024-09-01")]
#[case::category("category = \"low_income\"", "category = \"lowincome\"", "`lowincome` is no category, expected one of `destitute`")]
#[case::document(
    "document = \"plan\"",
    "document = \"paln\"",
    "`paln` is no document of the pack, expected one of `chronic_codes`, `duplicates`, `plan`"
)]
#[case::region("code = \"340322\"", "code = \"34032\"", "`34032` is no region code, expected six digits")]
#[case::payer("payer = \"township\"", "payer = \"village\"", "`village` is no payer, expected one of `medical_assistance_fund`")]
#[case::spare_key("scheme = \"nth_month\"", "scheme = \"arrears\"", "`waiting` takes no key `nth_month`")]
#[case::missing_key("nth_month = 7", "", "`waiting` lacks the key `nth_month`")]
#[case::test_of_a_group("test = \"in_force\"", "test = \"until_month_end\"", "lacks the key `months`")]
#[case::two_at_once("from = 2023-01-01", "from = 2024-01-01", "`premium.personal` has two values on 2024-01-01")]
#[case::overlap("from = 2023-01-01", "from = 2023-01-01\nuntil = 2024-01-31", "`premium.personal` has two values on 2024-01-01")]
#[case::gap("from = 2023-01-01", "from = 2023-01-01\nuntil = 2023-11-30", "`premium.personal` has no value on 2023-12-01")]
#[case::backwards("from = 2023-01-01", "from = 2023-01-01\nuntil = 2022-11-30", "ends on 2022-11-30, expected a day not before")]
#[case::not_yet(
    "value = 90\nunit = \"days\"\nfrom = 2024-01-01",
    "value = 90\nunit = \"days\"\nfrom = 2024-02-01",
    "`newborn.days` has no value on 2024-01-01"
)]
#[case::twice("category = \"destitute\"\nvalue", "category = \"low_income\"\nvalue", "`subsidy.low_income` has two values on 2024-01-01")]
#[case::above_the_premium(
    "value = 380\nunit = \"yuan\"\npayer",
    "value = 381\nunit = \"yuan\"\npayer",
    "the subsidy of `destitute` is 381.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan"
)]
#[case::no_order("order = 2\n", "", "the subsidies of `low_income` and `key_entitled` are both 320.00 yuan, expected a different `order`")]
#[case::same_order("order = 4", "order = 2", "the subsidies of `low_income` and `key_entitled` are both 320.00 yuan")]
#[case::shares("value = 640", "value = 650", "add up to 640.00 yuan, expected 650.00 yuan")]
fn a_broken_pack_is_refused(#[case] text: &str, #[case] by: &str, #[case] says: &str) {
    let message = refused(text, by);
    assert!(message.starts_with("340322.toml line ") && message.contains(says), "{message}");
}

#[test]
fn a_refusal_names_line_and_column() {
    let message = refused("payer = \"township\"", "payer = \"village\"");
    let line = WUHE.lines().position(|l| l == "payer = \"township\"").unwrap() + 1;
    assert!(message.starts_with(&format!("340322.toml line {line} column 9: ")), "{message}");
}

#[test]
fn asking_for_what_a_pack_does_not_have() {
    let packs = Packs::shipped().unwrap();
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
    let pack = Packs::shipped().unwrap().by_region("331100").unwrap().clone();
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

#[test]
fn every_shipped_pack_knows_every_label() {
    let packs = Packs::shipped().unwrap();
    for pack in packs.iter() {
        for policy in pack.years() {
            let labels: CategorySet = policy.labels().iter().map(|(_, category)| category).collect();
            assert_eq!(labels.iter().count(), Category::ALL.len(), "{}", pack.name());
        }
    }
}
