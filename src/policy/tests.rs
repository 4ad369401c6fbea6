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

#[test]
fn a_broken_pack_is_refused_with_line_and_column() {
    insta::assert_snapshot!(refused("[[premium.personal]]", "[[premium.persnal]]"), @"");
    insta::assert_snapshot!(refused("unit = \"yuan\"", "unit = \"fen\""), @"");
    insta::assert_snapshot!(refused("value = 350", "valve = 350"), @"");
    insta::assert_snapshot!(refused("value = 350", "value = \"350\""), @"");
    insta::assert_snapshot!(refused("first = 2023-09-01", "first = 2023-09-31"), @"");
    insta::assert_snapshot!(refused("first = 2023-09-01", "first = 2024-09-01"), @"");
    insta::assert_snapshot!(refused("category = \"low_income\"", "category = \"lowincome\""), @"");
    insta::assert_snapshot!(refused("document = \"plan\"", "document = \"paln\""), @"");
    insta::assert_snapshot!(refused("code = \"340322\"", "code = \"34032\""), @"");
    insta::assert_snapshot!(refused("payer = \"township\"", "payer = \"village\""), @"");
    insta::assert_snapshot!(refused("scheme = \"nth_month\"", "scheme = \"arrears\""), @"");
    insta::assert_snapshot!(refused("nth_month = 7", ""), @"");
    insta::assert_snapshot!(refused("test = \"in_force\"", "test = \"until_month_end\""), @"");
}

#[test]
fn gaps_and_overlaps_in_time_are_refused() {
    insta::assert_snapshot!(refused("from = 2023-01-01", "from = 2024-01-01"), @"");
    insta::assert_snapshot!(refused("from = 2023-01-01", "from = 2023-01-01\nuntil = 2024-01-31"), @"");
    insta::assert_snapshot!(refused("from = 2023-01-01", "from = 2023-01-01\nuntil = 2023-11-30"), @"");
    insta::assert_snapshot!(refused("from = 2023-01-01", "from = 2023-01-01\nuntil = 2022-11-30"), @"");
    insta::assert_snapshot!(refused("value = 90\nunit = \"days\"\nfrom = 2024-01-01", "value = 90\nunit = \"days\"\nfrom = 2024-02-01"), @"");
    insta::assert_snapshot!(refused("category = \"destitute\"\nvalue = 380", "category = \"low_income\"\nvalue = 380"), @"");
}

#[test]
fn subsidies_need_an_order_and_fit_the_premium() {
    insta::assert_snapshot!(refused("value = 380\nunit = \"yuan\"\npayer", "value = 381\nunit = \"yuan\"\npayer"), @"");
    insta::assert_snapshot!(refused("order = 2\n", ""), @"");
    insta::assert_snapshot!(refused("order = 4", "order = 2"), @"");
    insta::assert_snapshot!(refused("value = 64", "value = 65"), @"");
}

#[test]
fn asking_for_what_a_pack_does_not_have() {
    let packs = Packs::shipped().unwrap();
    insta::assert_snapshot!(packs.by_region("999999").unwrap_err(), @"");
    insta::assert_snapshot!(PACK.policy_on("2025-01-01".parse().unwrap()).unwrap_err(), @"");
    insta::assert_snapshot!(PACK.policy_for(BenefitYear(2025)).unwrap_err(), @"");
    insta::assert_snapshot!(PACK.clone().with_settings(&["premium=1".parse().unwrap()]).unwrap_err(), @"");
    insta::assert_snapshot!("critical_illness_cap".parse::<Setting>().unwrap_err(), @"");
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
