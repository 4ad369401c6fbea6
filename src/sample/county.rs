//! The figures of which a synthetic county is made: townships, premiums, labels. They stand in `county.toml`.

use serde::Deserialize;

use crate::money::Yuan;
use crate::period::Day;

use super::SampleError;
use super::chance::{Dice, Topic};

const FIGURES: &str = include_str!("county.toml");

/// A township, with what annex 2 of the county's plan says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Township {
    /// Nine digits: the county's six and three of its own, from 100 up.
    pub code: u64,
    pub name: String,
    /// 户籍人口数.
    pub registered: u64,
    /// 目标任务数.
    pub target: u64,
}

/// What the document states as its own total; it need not be the rows' sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedTotal {
    pub name: String,
    pub registered: u64,
    pub target: u64,
}

/// One 人员身份类别 and how it occurs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub name: String,
    pub dept: String,
    /// Holders in 1024ths of the population.
    pub share: u32,
    /// Whole yuan that somebody else pays of the premium.
    #[serde(default)]
    pub subsidy: i64,
    #[serde(default)]
    pub adults: bool,
    #[serde(default)]
    pub late: bool,
    #[serde(default)]
    pub this_year: bool,
    #[serde(default)]
    pub migrant: bool,
    #[serde(default)]
    pub card: bool,
}

/// What one person pays, and what the public purse adds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Premium {
    pub year: i32,
    personal: i64,
    fiscal: i64,
}

impl Premium {
    pub fn personal(self) -> Yuan {
        Yuan::from_yuan(self.personal)
    }

    pub fn fiscal(self) -> Yuan {
        Yuan::from_yuan(self.fiscal)
    }
}

/// Everything that the persons of one region have in common.
#[derive(Debug)]
pub struct County {
    /// The region's six digits.
    pub code: u32,
    /// The benefit year that is being paid for.
    pub year: i32,
    pub window: (Day, Day),
    pub migrants_until: Day,
    /// By year, ascending; the last is `year`.
    pub premiums: Vec<Premium>,
    pub townships: Vec<Township>,
    pub total: StatedTotal,
    pub labels: Vec<Label>,
    /// Six-digit codes of other places.
    pub elsewhere: Vec<u32>,
}

impl County {
    /// The county with this code: with its document's townships where they are known, else with invented ones.
    pub fn of(region: u32) -> Result<Self, SampleError> {
        let figures: Figures = toml::from_str(FIGURES).map_err(|source| SampleError::Figures(Box::new(source)))?;
        let (townships, total) = match figures.county.into_iter().find(|known| known.code == region) {
            Some(known) => known.townships(),
            None => invented_townships(region),
        };
        Ok(Self {
            code: region,
            year: figures.year.benefit_year,
            window: (day(&figures.year.window.0)?, day(&figures.year.window.1)?),
            migrants_until: day(&figures.year.migrants_until)?,
            premiums: figures.premium,
            townships,
            total,
            labels: figures.label,
            elsewhere: figures.elsewhere.areas.into_iter().filter(|&area| area != region).collect(),
        })
    }

    /// The premium of a year; that of the first year known before it.
    pub fn premium(&self, year: i32) -> Premium {
        let known = self.premiums.iter().rev().find(|premium| premium.year <= year);
        known.copied().unwrap_or(Premium { year, personal: 0, fiscal: 0 })
    }

    /// The years for which people have paid.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.premiums.iter().map(|premium| premium.year)
    }
}

fn day(text: &str) -> Result<Day, SampleError> {
    text.parse().map_err(|source| SampleError::Figures(Box::new(source)))
}

/// A dozen townships of 15 000 to 90 000 people for a region whose document is not known.
fn invented_townships(region: u32) -> (Vec<Township>, StatedTotal) {
    const NUMERALS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let mut dice = Dice::of(u64::from(region), Topic::Townships, 0);
    let townships: Vec<Township> = (100..)
        .zip(NUMERALS)
        .map(|(number, numeral)| {
            let registered = 15_000 + u64::from(dice.below(75_000));
            let target = registered * u64::from(70 + dice.below(15)) / 100;
            Township { code: u64::from(region) * 1_000 + number, name: format!("样例第{numeral}镇"), registered, target }
        })
        .collect();
    let total = StatedTotal {
        name: "合计".to_owned(),
        registered: townships.iter().map(|township| township.registered).sum(),
        target: townships.iter().map(|township| township.target).sum(),
    };
    (townships, total)
}

/// The shape of `county.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    year: YearFigures,
    premium: Vec<Premium>,
    elsewhere: Elsewhere,
    label: Vec<Label>,
    county: Vec<KnownCounty>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFigures {
    benefit_year: i32,
    window: (String, String),
    migrants_until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    areas: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownCounty {
    code: u32,
    total_name: String,
    registered: u64,
    target: u64,
    townships: Vec<KnownTownship>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownTownship {
    name: String,
    registered: u64,
    target: u64,
}

impl KnownCounty {
    fn townships(self) -> (Vec<Township>, StatedTotal) {
        let base = u64::from(self.code) * 1_000;
        let townships = (100..)
            .zip(self.townships)
            .map(|(number, known)| Township { code: base + number, name: known.name, registered: known.registered, target: known.target })
            .collect();
        (townships, StatedTotal { name: self.total_name, registered: self.registered, target: self.target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annex_2_stands_as_printed() {
        let county = County::of(340_322).unwrap();
        assert_eq!(county.townships.len(), 14);
        assert_eq!(county.townships.iter().map(|township| township.registered).sum::<u64>(), 695_520);
        assert_eq!(county.townships.iter().map(|township| township.target).sum::<u64>(), 542_469);
        assert_eq!((county.total.registered, county.total.target), (695_520, 542_468));
        assert_eq!(county.townships[0].code, 340_322_100);
    }

    #[test]
    fn other_regions_have_townships_of_their_own() {
        let county = County::of(141_121).unwrap();
        assert!(county.townships.iter().all(|township| township.code / 1_000 == 141_121));
        assert_eq!(county.townships.iter().map(|township| township.target).sum::<u64>(), county.total.target);
        assert_eq!(county.townships, County::of(141_121).unwrap().townships);
    }
}
