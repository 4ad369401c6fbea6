//! Where the region's people are insured and treated, by how far from home.

use serde::Deserialize;

use super::super::chance::Dice;
use super::super::county::County;

/// Areas by their distance from the region, each list with at least one.
#[derive(Debug)]
pub struct Places {
    /// Where the region insures people: a county, or a city's pool and its counties.
    pub insured: Vec<u32>,
    /// In the same city.
    local: Vec<u32>,
    /// In another city of the province.
    in_province: Vec<u32>,
    cross_province: Vec<u32>,
    /// Where people of other regions are insured.
    pub elsewhere: Vec<u32>,
}

/// How far from home somebody is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    Local,
    InProvince,
    CrossProvince,
}

impl Places {
    pub fn of(county: &County) -> Self {
        let outside = |wanted: fn(u32, u32) -> bool| -> Vec<u32> {
            county.elsewhere.iter().copied().filter(|&area| wanted(area, county.code)).collect()
        };
        let mut insured = county.areas.clone();
        if county.is_city() {
            // Half of the people are insured in the pool.
            insured.extend(std::iter::repeat_n(county.code, county.areas.len()));
        }
        let mut local = county.areas.clone();
        local.extend(outside(|area, home| area / 100 == home / 100));
        let or_local = |areas: Vec<u32>| if areas.is_empty() { local.clone() } else { areas };
        Self {
            insured,
            in_province: or_local(outside(|area, home| area / 100 != home / 100 && area / 10_000 == home / 10_000)),
            cross_province: or_local(outside(|area, home| area / 10_000 != home / 10_000)),
            elsewhere: county.elsewhere.clone(),
            local,
        }
    }

    pub fn treated(&self, distance: Distance, dice: &mut Dice) -> u32 {
        dice.pick(match distance {
            Distance::Local => &self.local,
            Distance::InProvince => &self.in_province,
            Distance::CrossProvince => &self.cross_province,
        })
    }
}
