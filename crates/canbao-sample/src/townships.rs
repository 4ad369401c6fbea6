//! Townships: those of a region's own plan where its document prints them, else invented ones.

use serde::Deserialize;

use super::chance::{Dice, Topic};

/// A township, with what the region's plan says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Township {
    /// Nine digits: the county's six and three of its own, from 100 up.
    pub code: u64,
    pub name: String,
    /// 户籍人口数.
    pub registered: u64,
    /// 目标任务数; `None` where the plan does not name the township.
    pub target: Option<u64>,
}

impl Township {
    /// The six digits of the county.
    pub fn area(&self) -> u32 {
        (self.code / 1_000) as u32
    }
}

/// What the document states as its own total; it need not be the rows' sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedTotal {
    pub name: String,
    pub registered: u64,
    pub target: u64,
}

/// A county's plan as its document prints it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    total_name: String,
    registered: u64,
    target: u64,
    townships: Vec<PlannedTownship>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedTownship {
    name: String,
    registered: u64,
    target: u64,
}

impl Plan {
    /// The townships of the county with this code.
    pub fn townships(self, county: u32) -> (Vec<Township>, StatedTotal) {
        let base = u64::from(county) * 1_000;
        let townships = (100..)
            .zip(self.townships)
            .map(|(number, known)| {
                let PlannedTownship { name, registered, target } = known;
                Township { code: base + number, name, registered, target: Some(target) }
            })
            .collect();
        (townships, StatedTotal { name: self.total_name, registered: self.registered, target: self.target })
    }
}

/// A dozen townships or more, of 15 000 to 90 000 people, in these areas of a region whose document names none. The
/// last has grown since the plan was made, which does not name it.
pub fn invented(region: u32, areas: &[u32]) -> (Vec<Township>, StatedTotal) {
    let each = 12_usize.div_ceil(areas.len().max(1)).max(2);
    let mut dice = Dice::of(u64::from(region), Topic::Townships, 0);
    let places = areas.iter().flat_map(|&area| (100..).take(each).map(move |number| u64::from(area) * 1_000 + number));
    let mut townships: Vec<Township> = (1..)
        .zip(places)
        .map(|(number, code)| {
            let registered = 15_000 + u64::from(dice.below(75_000));
            let target = registered * u64::from(70 + dice.below(15)) / 100;
            Township { code, name: format!("样例第{}镇", numeral(number)), registered, target: Some(target) }
        })
        .collect();
    if let Some(last) = townships.last_mut() {
        last.name = "样例开发区".to_owned();
        last.target = None;
    }
    let planned = || townships.iter().filter_map(|township| Some((township.registered, township.target?)));
    let total = StatedTotal {
        name: "合计".to_owned(),
        registered: planned().map(|(registered, _)| registered).sum(),
        target: planned().map(|(_, target)| target).sum(),
    };
    (townships, total)
}

/// 1 to 99 as a Chinese numeral.
fn numeral(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (DIGITS[number / 10 % 10], DIGITS[number % 10]);
    match number / 10 {
        0 => ones.to_owned(),
        1 => format!("十{ones}"),
        _ => format!("{tens}十{ones}"),
    }
}

#[cfg(test)]
mod tests {

    use super::super::county::County;
    use super::*;

    #[test]
    fn annex_2_stands_as_printed() {
        let county = County::of("340322", None, &crate::testing::shipped_packs()).unwrap();
        assert_eq!(county.townships.len(), 14);
        assert_eq!(county.townships.iter().map(|township| township.registered).sum::<u64>(), 695_520);
        assert_eq!(county.townships.iter().filter_map(|township| township.target).sum::<u64>(), 542_469);
        assert_eq!((county.total.registered, county.total.target), (695_520, 542_468));
        assert_eq!(county.townships[0].code, 340_322_100);
    }

    #[test]
    fn other_regions_have_townships_of_their_own() {
        let (townships, total) = invented(141_121, &[141_121]);
        assert!(townships.len() == 12 && townships.iter().all(|township| township.area() == 141_121));
        assert_eq!(townships.iter().filter_map(|township| township.target).sum::<u64>(), total.target);
        assert_eq!(townships.iter().filter(|township| township.target.is_none()).count(), 1);
        assert_eq!(invented(141_121, &[141_121]), (townships, total));
        let (of_a_city, _) = invented(331_100, &[331_102, 331_121, 331_122, 331_123, 331_124, 331_125, 331_126, 331_127, 331_181]);
        assert_eq!(of_a_city.len(), 18);
        assert_eq!((of_a_city[3].code, of_a_city[3].name.as_str()), (331_121_101, "样例第四镇"));
        assert_eq!(of_a_city[16].name, "样例第十七镇");
    }
}
