//! Births and resident numbers, enumerated so that no two persons ever share a number.
//!
//! A county's ages are dealt from a deck ([`BANDS`]); within a year of birth the members are numbered through
//! the room of day × division code × sequence, in steps coprime to its size.
//!
//! Invariants: the division codes were never assigned to a place, so no number can be a living person's; the
//! birth date is a day of the calendar; the check character is right.

use canbao_rules::period::Day;

use super::chance::{Dice, Topic, deal};
use super::short::Short;

/// The division codes under which sample persons are born; none of them was ever assigned.
pub const DIVISIONS: std::ops::RangeInclusive<u64> = 340_380..=340_399;

/// More persons than this cannot be told apart: the busiest year of birth would run out of numbers.
pub const MOST_PERSONS: u64 = 400_000_000;

/// Births in 1024ths of the population: years before the benefit year, from and to, and the share of each of them.
const BANDS: [(i32, i32, u16); 12] = [
    (0, 0, 3),
    (1, 1, 8),
    (2, 6, 10),
    (7, 12, 14),
    (13, 22, 12),
    (23, 32, 12),
    (33, 42, 15),
    (43, 62, 16),
    (63, 72, 10),
    (73, 82, 5),
    (83, 89, 2),
    (90, 94, 1),
];

/// The deck of ages has 2^10 cards.
const AGE_BITS: u32 = 10;
const SEQUENCES: u64 = 999;
/// A prime that divides the size of no year's room.
const STEP: u64 = 1_000_003;

/// The stages of life that decide what kinds of cover occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Born in the benefit year or the year before.
    Infant,
    /// Not yet at school.
    Child,
    /// At school or studying, 6 to 21 years old.
    Pupil,
    /// Of working age.
    Adult,
    /// 60 and older.
    Elder,
}

impl Stage {
    /// The stage of those born so many years before the benefit year.
    fn of(years: i32) -> Self {
        match years {
            ..2 => Self::Infant,
            2..7 => Self::Child,
            7..23 => Self::Pupil,
            23..61 => Self::Adult,
            _ => Self::Elder,
        }
    }
}

/// One card of the deck of ages.
#[derive(Debug, Clone, Copy)]
struct Card {
    /// Years before the benefit year.
    age: i32,
    /// Place among the year's cards, and their number.
    of_year: (u16, u16),
    /// Place among the stage's cards, and their number.
    of_stage: (u16, u16),
}

/// A person's birth.
#[derive(Debug, Clone, Copy)]
pub struct Birth {
    pub day: Day,
    pub stage: Stage,
    /// A running number among the persons of this stage: 0, 1, 2, …
    pub rank: u64,
    pub number: Number,
}

/// A resident number's 17 digits as one integer; the check character follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u64);

impl Number {
    /// The 18 characters.
    pub fn text(self) -> Short {
        let mut text = Short::default();
        text.push_padded(self.0, 17);
        text.push_byte(self.check());
        text
    }

    /// The 15 characters that cards bore before 1999: no century and no check character. For births of 19xx.
    pub fn short_text(self) -> Short {
        let mut text = Short::default();
        text.push_padded(self.0 / 100_000_000_000, 6);
        text.push_padded(self.0 % 1_000_000_000, 9);
        text
    }

    /// ISO 7064 MOD 11-2 over the 17 digits.
    pub fn check(self) -> u8 {
        let (mut rest, mut weight, mut sum) = (self.0, 2, 0);
        while rest > 0 {
            sum += rest % 10 * weight;
            weight = weight * 2 % 11;
            rest /= 10;
        }
        b"10X98765432"[(sum % 11) as usize]
    }

    /// Whether the 17th place is odd.
    pub fn is_male(self) -> bool {
        self.0 % 2 == 1
    }
}

/// The deck of ages, laid out once.
#[derive(Debug)]
pub struct Births {
    seed: u64,
    /// The benefit year.
    year: i32,
    cards: Vec<Card>,
}

impl Births {
    /// The births of a county's people in a benefit year.
    pub fn new(seed: u64, year: i32) -> Self {
        let mut cards = Vec::with_capacity(1 << AGE_BITS);
        for (first, last, share) in BANDS {
            for age in first..=last {
                cards.extend((0..share).map(|place| Card { age, of_year: (place, share), of_stage: (0, 0) }));
            }
        }
        let mut start = 0;
        while start < cards.len() {
            let stage = Stage::of(cards[start].age);
            let size = cards[start..].iter().take_while(|card| Stage::of(card.age) == stage).count();
            for (place, card) in cards[start..start + size].iter_mut().enumerate() {
                card.of_stage = (place as u16, size as u16);
            }
            start += size;
        }
        Self { seed, year, cards }
    }

    /// The birth of the person `index`.
    pub fn birth(&self, index: u64) -> Birth {
        let card = self.cards[deal(self.seed, Topic::Births, 0, index, AGE_BITS) as usize];
        let round = index >> AGE_BITS;
        let (place, share) = card.of_stage;
        let rank = round * u64::from(share) + u64::from(place);
        let (place, share) = card.of_year;
        let member = round * u64::from(share) + u64::from(place);

        let year = self.year - card.age;
        let days = days_with_births(year, card.age);
        let codes = DIVISIONS.end() - DIVISIONS.start() + 1;
        let room = days * codes * SEQUENCES;
        let start = Dice::of(self.seed, Topic::Numbers, year as u64).roll() % room;
        let at = (member * STEP + start) % room;

        let day = first_of_january(year).plus_days((at / (codes * SEQUENCES)) as i32);
        let (_, month, of_month) = day.ymd();
        let date = year as u64 * 10_000 + u64::from(month * 100 + of_month);
        let code = DIVISIONS.start() + at / SEQUENCES % codes;
        let number = Number(code * 100_000_000_000 + date * 1_000 + at % SEQUENCES + 1);
        Birth { day, stage: Stage::of(card.age), rank, number }
    }
}

fn first_of_january(year: i32) -> Day {
    Day::from_ymd(year, 1, 1).unwrap_or(Day::from_epoch(0))
}

/// The newest year ends with the extracts, on 31 March.
fn days_with_births(year: i32, age: i32) -> u64 {
    let end = if age == 0 { first_of_january(year).plus_months(3) } else { first_of_january(year + 1) };
    (end.epoch() - first_of_january(year).epoch()) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_bands_fill_the_deck() {
        assert_eq!(Births::new(0, 2024).cards.len(), 1 << AGE_BITS);
    }

    #[test]
    fn no_year_runs_out_of_numbers() {
        for card in &Births::new(0, 2025).cards {
            let codes = DIVISIONS.end() - DIVISIONS.start() + 1;
            let room = days_with_births(2025 - card.age, card.age) * codes * SEQUENCES;
            assert!((MOST_PERSONS >> AGE_BITS) * u64::from(card.of_year.1) < room, "{}", card.age);
            assert_ne!(room % STEP, 0);
        }
    }

    #[test]
    fn numbers_are_unique_and_check() {
        let births = Births::new(42, 2024);
        let mut seen = HashSet::new();
        for index in 0..200_000 {
            let birth = births.birth(index);
            let text = birth.number.text();
            let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
            let sum: u32 = text.as_str().bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
            assert_eq!(text.as_str().as_bytes()[17], b"10X98765432"[(sum % 11) as usize]);
            assert_eq!(text.as_str()[6..14], birth.day.to_string().replace('-', ""));
            assert!(seen.insert(birth.number), "{} twice", text.as_str());
        }
    }

    #[test]
    fn ranks_count_each_stage_without_gaps() {
        let births = Births::new(1, 2026);
        let mut ranks: Vec<u64> =
            (0..4096).map(|index| births.birth(index)).filter(|birth| birth.stage == Stage::Pupil).map(|birth| birth.rank).collect();
        ranks.sort_unstable();
        assert_eq!(ranks, (0..ranks.len() as u64).collect::<Vec<_>>());
    }
}
