//! A synthetic person: everything the offices of a county know about them, before it is written down.
//!
//! Invariant: a person follows from the seed, the county and the person's number alone, so persons can be made
//! in any order, on any thread, as often as they are wanted.

use canbao_rules::money::Yuan;
use canbao_rules::period::Day;
use canbao_rules::policy::Category;

use super::arrears::{History, histories};
use super::chance::{Dice, Topic, deal, nth};
use super::county::County;
use super::cover::{COVER_BITS, Cover, Covers, Variants};
use super::late::{self, LateCase, LateFacts};
use super::number::{Birth, Births, Stage};
use super::spans::{Held, Schooling};
use super::townships::Township;

const LABEL_BITS: u32 = 10;
const RARE_BITS: u32 = 9;

/// All persons of a sample.
#[derive(Debug)]
pub struct People {
    pub seed: u64,
    pub persons: u64,
    pub county: County,
    births: Births,
    covers: Covers,
    /// Each township's share of 2^32, added up.
    township_ends: Vec<u64>,
    /// The deck of labels: label, first of its cards, their number.
    label_cards: Vec<Option<(usize, u32, u32)>>,
    /// Late payers whom a label lets in, or nearly does.
    late_cases: Vec<LateCase>,
    /// Late payers whom a registration at a school lets in, or nearly does.
    school_cases: Vec<LateCase>,
    pub histories: Vec<History>,
    migrant_label: usize,
}

/// Where the police have somebody on their list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Registered in this township (its place in `county.townships`).
    Home(usize),
    /// Holds a residence permit in this township.
    Permit(usize),
    /// Registered in another county.
    Elsewhere(u32),
    /// Not on the list.
    Unlisted,
}

/// One person.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub people: &'a People,
    pub index: u64,
    pub birth: Birth,
    pub cover: Cover,
    /// A running number among those with the same cover at the same stage of life.
    pub nth: u64,
    /// The other county in this person's life.
    pub away: u32,
    /// Where the region insures this person: the county, or the city's pool.
    pub here: u32,
    /// The township of this person in the region, if at home there.
    township: usize,
    pub place: Place,
    /// `surv_stas`: 1, 2, 3, 4 or 9.
    pub survival: u8,
    /// Has a certificate other than a resident number.
    pub foreign: bool,
    pub held: [Option<Held>; 2],
    pub schooling: Option<Schooling>,
}

impl People {
    pub fn new(seed: u64, persons: u64, county: County) -> Self {
        let registered: u64 = county.townships.iter().map(|township| township.registered).sum();
        let mut before = 0;
        let township_ends = county
            .townships
            .iter()
            .map(|township| {
                before += township.registered;
                (before << 32) / registered.max(1)
            })
            .collect();
        let mut label_cards = Vec::with_capacity(1 << LABEL_BITS);
        for (at, label) in county.labels.iter().enumerate() {
            let card = Some((at, label_cards.len() as u32, label.share));
            label_cards.extend(std::iter::repeat_n(card, label.share as usize));
        }
        label_cards.resize(1 << LABEL_BITS, None);
        let migrant_label = county.labels.iter().position(|label| label.category == Category::MigrantWorker);
        let (late_cases, school_cases) = late::cases(&county.policy, &county.labels);
        let histories = histories(&county.policy);
        let covers = Covers::new(&Variants {
            migrants: county.policy.migrant_until.is_some() && migrant_label.is_some(),
            special: late_cases.len(),
            school: school_cases.len(),
            arrears: histories.len(),
            city: county.is_city(),
        });
        let births = Births::new(seed, county.year);
        let migrant_label = migrant_label.unwrap_or(0);
        Self { seed, persons, births, covers, township_ends, label_cards, late_cases, school_cases, histories, migrant_label, county }
    }

    /// The person with this number, below `persons`.
    pub fn person(&self, index: u64) -> Person<'_> {
        let birth = self.births.birth(index);
        let at = deal(self.seed, Topic::Covers, birth.stage as u64, birth.rank, COVER_BITS);
        let card = self.covers.card(birth.stage, at);
        let mut dice = Dice::of(self.seed, Topic::Places, index);
        let mut person = Person {
            people: self,
            index,
            birth,
            cover: card.cover,
            nth: if birth.stage == Stage::Infant { birth.rank } else { nth(birth.rank, COVER_BITS, at, card.first, card.count) },
            away: dice.pick(&self.county.elsewhere),
            here: self.county.code,
            township: 0,
            place: Place::Unlisted,
            survival: 1,
            foreign: false,
            held: [None; 2],
            schooling: None,
        };
        person.township = person.find_township(&mut dice);
        person.place = person.find_place();
        person.here = person.find_area();
        person.survival = person.find_survival();
        person.foreign = person.cover.is_common() && deal(self.seed, Topic::Certificates, 0, index, 10) == 0;
        person.held = person.find_labels();
        person.schooling = person.find_schooling();
        person
    }

    fn township(&self, dice: &mut Dice) -> usize {
        let throw = dice.roll() >> 32;
        self.township_ends.iter().position(|&end| throw < end).unwrap_or(0)
    }
}

impl<'a> Person<'a> {
    pub fn county(&self) -> &'a County {
        &self.people.county
    }

    /// The dice for something about this person; `salt` below 16 tells several things of one topic apart.
    pub fn dice(&self, topic: Topic, salt: u64) -> Dice {
        Dice::of(self.people.seed, topic, (self.index << 4) | salt)
    }

    /// What the best subsidy of the labels in force on this day takes off the premium.
    pub fn subsidy_on(&self, day: Day) -> Yuan {
        let held = self.held.iter().flatten().filter(|held| held.on(day));
        self.county().subsidy(held.map(|held| self.county().labels[held.label].category).collect())
    }

    fn rare(&self, topic: Topic) -> u32 {
        deal(self.people.seed, topic, 0, self.index, RARE_BITS)
    }

    fn find_township(&self, dice: &mut Dice) -> usize {
        let township = self.people.township(dice);
        let townships = self.county().townships.len();
        // Where a share of the eligible has to be enrolled, some townships reach it.
        let spared = if self.county().policy.required_share.is_some() { townships / 3 } else { 0 };
        if township < spared && self.cover.is_not_enrolled_here() { spared + township % (townships - spared) } else { township }
    }

    /// A county insures by itself; in a city half are insured in its pool.
    fn find_area(&self) -> u32 {
        let county = self.county();
        let pooled = matches!(self.cover, Cover::PoolAndCounty | Cover::TwoCounties).then_some(false);
        if !county.is_city() || pooled.unwrap_or_else(|| self.dice(Topic::Pools, 0).one_in(2)) { county.code } else { self.home_area() }
    }

    /// The county of the township.
    fn home_area(&self) -> u32 {
        self.county().townships.get(self.township).map_or(self.county().code, Township::area)
    }

    /// Another county of the same city.
    pub fn other_area(&self) -> u32 {
        let areas = &self.county().areas;
        areas.iter().copied().find(|&area| area != self.home_area()).unwrap_or(self.county().code)
    }

    /// Where schools are that this person would go to in the region.
    pub fn school_area(&self) -> u32 {
        if self.county().is_city() && self.index % 5 == 2 { self.other_area() } else { self.home_area() }
    }

    fn find_place(&self) -> Place {
        let township = self.township;
        match (self.cover, self.rare(Topic::Residences)) {
            (Cover::CityPool, _) => Place::Elsewhere(self.away),
            (Cover::NoPlace, _) if self.nth.is_multiple_of(2) => Place::Unlisted,
            (Cover::NoPlace, _) => Place::Elsewhere(self.third_place()),
            (Cover::MovedHome | Cover::SchoolAway | Cover::SchoolHere | Cover::TwoCounties | Cover::PoolAndCounty, _) => {
                Place::Home(township)
            }
            (_, 0..12) => Place::Permit(township),
            (_, 12..18) => Place::Elsewhere(self.away),
            (_, 18..28) => Place::Unlisted,
            _ => Place::Home(township),
        }
    }

    /// A county that is neither the region nor `away`.
    fn third_place(&self) -> u32 {
        let others = &self.county().elsewhere;
        others.iter().copied().find(|&area| area != self.away).unwrap_or(self.away)
    }

    fn find_survival(&self) -> u8 {
        let doubly_paid_and_dead = self.cover == Cover::PaidTwice && self.nth % 4 == 3;
        match self.rare(Topic::Survival) {
            _ if doubly_paid_and_dead => 2,
            _ if self.birth.stage == Stage::Infant => 1,
            0..4 => 2,
            4 => 3,
            5 => 4,
            6 => 9,
            _ => 1,
        }
    }

    fn find_labels(&self) -> [Option<Held>; 2] {
        let mut dice = self.dice(Topic::Labels, 0);
        match self.cover {
            Cover::LateMigrant => return [Some(self.since_long(self.people.migrant_label, &mut dice)), None],
            Cover::LateSpecial => return [self.late().held, None],
            // No label gets in the way of what these show.
            Cover::LateSchool | Cover::Arrears => return [None; 2],
            _ => {}
        }
        let at = deal(self.people.seed, Topic::Labels, 0, self.index, LABEL_BITS);
        let Some((label, first, count)) = self.people.label_cards[at as usize] else { return [None; 2] };
        let holder = nth(self.index, LABEL_BITS, at, first, count);
        let held = self.suits(label).then(|| self.hold(label, holder, &mut dice));
        let other = dice.below(self.county().labels.len() as u32) as usize;
        let second = dice.one_in(7) && other != label && self.suits(other);
        [held, second.then(|| self.hold(other, holder / 2, &mut dice))]
    }

    fn suits(&self, label: usize) -> bool {
        !self.county().labels[label].adults || matches!(self.birth.stage, Stage::Adult | Stage::Elder)
    }

    /// In force since before the earliest records, without an end.
    pub fn since_long(&self, label: usize, dice: &mut Dice) -> Held {
        let begins = self.new_year(dice.between(-8, -2)).plus_days(dice.between(0, 364)).max(self.birth.day);
        Held { label, begins, ends: None }
    }

    /// The case of somebody who pays late because of a label or a school; nothing for others.
    pub fn late_case(&self) -> Option<&LateCase> {
        let cases = match self.cover {
            Cover::LateSpecial => &self.people.late_cases,
            Cover::LateSchool => &self.people.school_cases,
            _ => return None,
        };
        cases.get((self.nth % cases.len().max(1) as u64) as usize)
    }

    /// What follows from that case.
    pub fn late(&self) -> LateFacts {
        self.late_case().map(|case| self.late_facts(case)).unwrap_or_default()
    }

    /// In force for most; for some it has ended, not begun, or begins or ends soon.
    fn hold(&self, label: usize, holder: u64, dice: &mut Dice) -> Held {
        let mut held = self.since_long(label, dice);
        let soon = self.new_year(0);
        match holder % 10 {
            1 => held.ends = Some(soon.plus_days(-dice.between(32, 300))),
            3 => held.begins = soon.plus_days(dice.between(100, 200)),
            5 => held.ends = Some(soon.plus_days(dice.between(5, 85))),
            7 => held.begins = soon.plus_days(dice.between(5, 85)),
            8 => held.ends = Some(soon.plus_days(dice.between(365, 900))),
            _ => {}
        }
        held.ends = held.ends.map(|ends| ends.max(held.begins));
        held
    }

    fn find_schooling(&self) -> Option<Schooling> {
        let here = self.school_area();
        let mut dice = self.dice(Topic::Schools, 0);
        match self.cover {
            Cover::SchoolAway => return Some(self.at_school(self.away, 1)),
            Cover::SchoolHere => return Some(self.at_school(here, 1)),
            Cover::LateSchool => return self.late().schooling,
            Cover::MovedHome => return None,
            _ => {}
        }
        let age = self.county().year - self.birth.day.year();
        let (goes, area) = match age {
            6..19 => (!dice.one_in(40), if dice.one_in(14) { self.away } else { here }),
            19..23 => (dice.one_in(3), if dice.one_in(3) { here } else { self.away }),
            23..28 => (dice.one_in(24), self.away),
            _ => (false, here),
        };
        if !goes {
            return None;
        }
        let mut schooling = self.at_school(area, dice.between(0, 4));
        let soon = self.new_year(0);
        match dice.below(24) {
            0 => schooling.ends = Some(soon.plus_days(-185)),
            1 => schooling.begins = soon.plus_days(dice.between(40, 60)),
            2 => schooling.ends = Some(soon.plus_days(dice.between(10, 60))),
            3..12 => schooling.ends = Some(soon.plus_days(181 + 365 * dice.between(0, 3))),
            _ => {}
        }
        schooling.ends = schooling.ends.map(|ends| ends.max(schooling.begins));
        Some(schooling)
    }

    /// At school since a September so many years before the benefit year, and still there.
    fn at_school(&self, area: u32, years: i32) -> Schooling {
        Schooling { area, begins: self.new_year(-years.max(1)).plus_months(8), ends: None }
    }

    /// 1 January, so many years after the benefit year's.
    pub fn new_year(&self, years: i32) -> Day {
        Day::from_ymd(self.county().year + years, 1, 1).unwrap_or(self.county().window.1)
    }
}
