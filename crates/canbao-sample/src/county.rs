//! What everybody in a synthetic county has in common: its policy, from the region's pack, and its demography.
//!
//! Invariant: a figure of policy comes from the pack. `county.toml` has shares, places, townships, and what people
//! paid in years that no pack states.

use std::collections::BTreeMap;

use serde::Deserialize;

use canbao_rules::money::Yuan;
use canbao_rules::period::{BenefitYear, Day};
use canbao_rules::policy::{Area, Category, CategorySet, Packs, Policy, Waiting};

use super::SampleError;
use super::townships::{Plan, StatedTotal, Township, invented};

const FIGURES: &str = include_str!("county.toml");

/// One 人员身份类别 and how it occurs.
#[derive(Debug, Clone)]
pub struct Label {
    pub name: String,
    pub dept: String,
    /// What the region's pack takes it for.
    pub category: Category,
    /// Holders in 1024ths of the population.
    pub share: u32,
    pub adults: bool,
    pub card: bool,
}

/// What one person pays, and what the public purse adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Premium {
    pub personal: Yuan,
    pub fiscal: Yuan,
}

/// Everything that the persons of one region have in common.
#[derive(Debug)]
pub struct County {
    /// The region's six digits; a city's end in 00.
    pub code: u32,
    /// The benefit year that is being paid for.
    pub year: i32,
    pub policy: Policy,
    pub window: (Day, Day),
    /// The six digits of the places where people are registered: a county's own, a city's counties.
    pub areas: Vec<u32>,
    pub townships: Vec<Township>,
    pub total: StatedTotal,
    /// Those that the pack knows.
    pub labels: Vec<Label>,
    /// Six-digit codes of places outside the region.
    pub elsewhere: Vec<u32>,
    /// Parameters that the pack leaves open, with the values that the sample is made for, in yuan.
    pub settings: BTreeMap<String, i64>,
    /// Benefit years before the present one of which there are records.
    history: i32,
    /// Ascending by year.
    premiums: Vec<(i32, Premium)>,
}

impl County {
    /// The county or city of this code in one benefit year, by default the latest that its pack knows.
    pub fn of(region: &str, year: Option<i32>, packs: &Packs) -> Result<Self, SampleError> {
        let figures: Figures = toml::from_str(FIGURES).map_err(|source| SampleError::Figures(Box::new(source)))?;
        let pack = packs.by_region(region)?;
        let policy = match (year, pack.years().last()) {
            (None, Some(latest)) => latest,
            (year, _) => pack.policy_for(BenefitYear(year.unwrap_or_default()))?,
        };
        let code = policy.region.area.code();
        let known = figures.region.into_iter().find(|known| known.code == code).unwrap_or_else(|| RegionFigures::unknown(code));
        let areas = known.areas.unwrap_or_else(|| vec![code]);
        let (townships, total) = known.plan.map_or_else(|| invented(code, &areas), |plan| plan.townships(code));
        let elsewhere = known.elsewhere.unwrap_or(figures.elsewhere.areas);
        let labels = figures.label.into_iter().filter_map(|label| label.known_to(policy)).collect();
        Ok(Self {
            code,
            year: policy.year.0,
            window: (policy.window.first, policy.window.last),
            areas,
            townships,
            total,
            labels,
            elsewhere: elsewhere.into_iter().filter(|&area| !policy.region.covers(Area::new(area))).collect(),
            settings: known.settings,
            history: figures.history.max(years_that_rules_look_back(policy)),
            premiums: premiums(&figures.national, pack.years()),
            policy: policy.clone(),
        })
    }

    /// The premium of a year; that of the last year known before it.
    pub fn premium(&self, year: i32) -> Premium {
        let known = self.premiums.iter().rev().find(|(known, _)| *known <= year).or(self.premiums.first());
        known.map_or(Premium { personal: Yuan::ZERO, fiscal: Yuan::ZERO }, |(_, premium)| *premium)
    }

    /// What the best subsidy of these categories takes off the benefit year's personal premium.
    pub fn subsidy(&self, of: CategorySet) -> Yuan {
        self.policy.subsidies.best(of).map_or(Yuan::ZERO, |best| best.amount)
    }

    /// The years for which there are records, the benefit year last.
    pub fn years(&self) -> impl Iterator<Item = i32> + use<> {
        self.year - self.history..=self.year
    }

    /// Whether the region insures people in several areas.
    pub fn is_city(&self) -> bool {
        self.policy.region.area.is_city()
    }

    pub fn covers(&self, area: u32) -> bool {
        self.policy.region.covers(Area::new(area))
    }
}

/// So many years that every count of broken years and of years in a row that a rule tells apart can occur.
fn years_that_rules_look_back(policy: &Policy) -> i32 {
    let arrears = match policy.waiting {
        // One year more than the longest break that is told apart, and the year in order before it.
        Waiting::Arrears(arrears) => arrears.long_break_years + 2,
        Waiting::NotAdmitted | Waiting::NthMonth { .. } => 0,
    };
    arrears.max(policy.incentive.map_or(0, |incentive| incentive.unrewarded_years + 1))
}

/// What people paid in each year: what a pack states, else the national minimum.
fn premiums(national: &[National], years: &[Policy]) -> Vec<(i32, Premium)> {
    let of = |national: &National| Premium { personal: Yuan::from_yuan(national.personal), fiscal: Yuan::from_yuan(national.fiscal) };
    let mut premiums: BTreeMap<i32, Premium> = national.iter().map(|national| (national.year, of(national))).collect();
    for policy in years {
        let (year, stated) = (policy.year.0, &policy.premium);
        let minimum = |year| premiums.range(..=year).next_back().map_or(Yuan::ZERO, |(_, premium)| premium.fiscal);
        let (fiscal, fiscal_before) = (stated.fiscal_subsidy.unwrap_or_else(|| minimum(year)), minimum(year - 1));
        if let Some(personal) = stated.prior_personal {
            premiums.insert(year - 1, Premium { personal, fiscal: fiscal_before });
        }
        premiums.insert(year, Premium { personal: stated.personal, fiscal });
    }
    premiums.into_iter().collect()
}

/// The shape of `county.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    history: i32,
    national: Vec<National>,
    elsewhere: Elsewhere,
    label: Vec<LabelFigures>,
    region: Vec<RegionFigures>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct National {
    year: i32,
    personal: i64,
    fiscal: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    areas: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFigures {
    name: String,
    dept: String,
    share: u32,
    #[serde(default)]
    adults: bool,
    #[serde(default)]
    card: bool,
}

impl LabelFigures {
    /// The label as the region's pack has it, if it does.
    fn known_to(self, policy: &Policy) -> Option<Label> {
        let category = policy.labels().category(&self.name)?;
        let Self { name, dept, share, adults, card } = self;
        Some(Label { name, dept, category, share, adults, card })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionFigures {
    code: u32,
    areas: Option<Vec<u32>>,
    elsewhere: Option<Vec<u32>>,
    plan: Option<Plan>,
    #[serde(default)]
    settings: BTreeMap<String, i64>,
}

impl RegionFigures {
    /// A region that has a pack and no demography: a city gets four invented counties.
    fn unknown(code: u32) -> Self {
        let areas = code.is_multiple_of(100).then(|| vec![code + 2, code + 3, code + 21, code + 22]);
        Self { code, areas, elsewhere: None, plan: None, settings: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn county(region: &str, year: Option<i32>) -> County {
        County::of(region, year, &crate::testing::shipped_packs()).unwrap()
    }

    fn yuan(premium: Premium) -> (i64, i64) {
        (premium.personal.fen() / 100, premium.fiscal.fen() / 100)
    }

    #[test]
    fn a_year_that_a_pack_states_costs_what_the_pack_says() {
        let wuhe = county("340322", None);
        assert_eq!(
            wuhe.years().map(|year| yuan(wuhe.premium(year))).collect::<Vec<_>>(),
            [(250, 520), (280, 550), (320, 580), (350, 610), (380, 640)]
        );
        let lishui = county("331100", None);
        assert_eq!([2024, 2025, 2026].map(|year| yuan(lishui.premium(year))), [(380, 640), (400, 670), (400, 700)]);
    }

    #[test]
    fn the_latest_year_is_the_default() {
        assert_eq!(county("331100", None).year, 2026);
        assert_eq!(county("331100", Some(2025)).year, 2025);
        let unknown = County::of("331100", Some(2024), &crate::testing::shipped_packs()).unwrap_err();
        assert!(unknown.is_usage(), "{unknown}");
    }

    #[test]
    fn years_in_arrears_need_longer_records() {
        assert_eq!(county("340322", None).years().collect::<Vec<_>>(), [2020, 2021, 2022, 2023, 2024]);
        assert_eq!(county("331100", None).years().collect::<Vec<_>>(), [2020, 2021, 2022, 2023, 2024, 2025, 2026]);
    }

    #[test]
    fn no_place_elsewhere_lies_in_the_region() {
        for region in ["141121", "340322", "340600", "331100", "411600"] {
            let county = county(region, None);
            assert!(county.elsewhere.len() > 5);
            assert!(county.elsewhere.iter().all(|&area| !county.covers(area)));
            assert!(county.townships.iter().all(|township| county.areas.contains(&township.area())));
            assert!(county.areas.iter().all(|&area| county.covers(area) && !area.is_multiple_of(100)));
        }
    }
}
