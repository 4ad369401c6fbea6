//! What packs say, and what may be asked of them.

mod refusals;
mod remarks;

use std::sync::LazyLock;

use rstest::rstest;

use super::{Category, CategorySet, Pack, Packs, Setting};
use crate::money::Yuan;
use crate::period::BenefitYear;

const WUHE: &str = include_str!("../../pipelines/policies/340322.toml");
static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::parse(WUHE, "340322.toml").unwrap());

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
fn every_pack_of_the_folder_is_shipped() {
    let names = |packs: Packs| packs.iter().map(|pack| pack.name().rsplit('/').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    let folder = Packs::load(Some(std::path::Path::new("pipelines"))).unwrap();
    assert_eq!(names(folder), names(Packs::shipped().unwrap()));
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
