//! How somebody is insured this year: every case that the audit tells apart, in about the shares of a county.
//!
//! Cases that a region's rules do not know are left out of its decks; cases with many variants get more cards.

use super::number::Stage;

/// Cases of cover in the benefit year. "Here" is the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cover {
    /// Paid in the window.
    Resident,
    /// A resident record without a time of payment.
    Untimed,
    /// Born this year or the year before; pays so many days after birth.
    Newborn,
    /// Pays after the window as a returning migrant worker.
    LateMigrant,
    /// Pays after the window, let in at once by a label.
    LateSpecial,
    /// Pays after the window, let in or not by a registration at a school.
    LateSchool,
    /// Pays after the window, has to wait or is not let in.
    LateWaiting,
    /// Pays after the window, and has broken or repaid earlier years.
    Arrears,
    /// One record for the year.
    Employee,
    /// One record a month.
    EmployeeByMonth,
    EmployeeElsewhere,
    ResidentElsewhere,
    /// Not enrolled, nor the year before.
    Never,
    /// Not enrolled, but the year before.
    Lapsed,
    /// `psn_insu_stas` 2.
    Paused,
    /// `revs_flag` other than Z.
    Reversed,
    /// `clct_flag` 0.
    Uncollected,
    /// Both schemes, twelve employee months and more.
    SteadyEmployee,
    /// Both schemes, fewer than twelve employee months.
    FreshEmployee,
    TwoEmployers,
    /// Resident here and where the school is.
    SchoolAway,
    /// Resident elsewhere and here, where the school is.
    SchoolHere,
    /// Resident elsewhere and here, at home.
    MovedHome,
    /// Resident at two places, at home in neither.
    NoPlace,
    /// Resident here and in the pool of the city where home is.
    CityPool,
    /// Resident at home and in another county of the same city.
    TwoCounties,
    /// Resident in the county of home and in its city's pool.
    PoolAndCounty,
    /// Two resident records here.
    PaidTwice,
    /// Employee for some months, resident at two places.
    Mixed,
    /// Employee at two places, and resident.
    MixedSteady,
    /// Employee, then resident: no month in common.
    Apart,
}

impl Cover {
    /// Employee insurance, whatever else.
    pub fn is_employee(self) -> bool {
        matches!(
            self,
            Self::Employee
                | Self::EmployeeByMonth
                | Self::EmployeeElsewhere
                | Self::SteadyEmployee
                | Self::TwoEmployers
                | Self::MixedSteady
        )
    }

    /// Has no valid resident record here.
    pub fn is_not_enrolled_here(self) -> bool {
        let without = matches!(self, Self::Never | Self::Lapsed | Self::Paused | Self::Reversed | Self::Uncollected);
        let employed = matches!(self, Self::Employee | Self::EmployeeByMonth | Self::EmployeeElsewhere | Self::TwoEmployers);
        without || employed || self == Self::ResidentElsewhere
    }

    /// Common enough that a damaged row costs no case of the audit.
    pub fn is_common(self) -> bool {
        matches!(self, Self::Resident | Self::Employee | Self::ResidentElsewhere | Self::Never | Self::Lapsed)
    }
}

/// The decks have 2^9 cards; what a list leaves is [`Cover::Resident`].
pub const COVER_BITS: u32 = 9;

const CHILDREN: &[(Cover, u32)] = &[
    (Cover::Never, 10),
    (Cover::Lapsed, 8),
    (Cover::ResidentElsewhere, 10),
    (Cover::LateWaiting, 4),
    (Cover::Untimed, 2),
    (Cover::MovedHome, 2),
    (Cover::PaidTwice, 2),
];

const PUPILS: &[(Cover, u32)] = &[
    (Cover::Never, 6),
    (Cover::Lapsed, 12),
    (Cover::ResidentElsewhere, 12),
    (Cover::LateWaiting, 3),
    (Cover::Paused, 1),
    (Cover::SchoolAway, 3),
    (Cover::SchoolHere, 2),
    (Cover::MovedHome, 1),
    (Cover::PaidTwice, 1),
];

const ADULTS: &[(Cover, u32)] = &[
    (Cover::Employee, 44),
    (Cover::EmployeeByMonth, 3),
    (Cover::EmployeeElsewhere, 10),
    (Cover::ResidentElsewhere, 8),
    (Cover::Never, 14),
    (Cover::Lapsed, 18),
    (Cover::Paused, 3),
    (Cover::Reversed, 2),
    (Cover::Uncollected, 2),
    (Cover::Untimed, 3),
    (Cover::LateMigrant, 6),
    (Cover::LateSpecial, 0), // by variants
    (Cover::LateWaiting, 6),
    (Cover::SteadyEmployee, 2),
    (Cover::FreshEmployee, 2),
    (Cover::TwoEmployers, 1),
    (Cover::MovedHome, 1),
    (Cover::NoPlace, 1),
    (Cover::CityPool, 1),
    (Cover::PaidTwice, 2),
    (Cover::Mixed, 1),
    (Cover::MixedSteady, 1),
    (Cover::Apart, 1),
];

const ELDERS: &[(Cover, u32)] = &[
    (Cover::Employee, 26),
    (Cover::EmployeeElsewhere, 3),
    (Cover::ResidentElsewhere, 4),
    (Cover::Never, 8),
    (Cover::Lapsed, 10),
    (Cover::Paused, 1),
    (Cover::Reversed, 1),
    (Cover::Uncollected, 1),
    (Cover::LateWaiting, 2),
    (Cover::SteadyEmployee, 1),
    (Cover::MovedHome, 1),
    (Cover::PaidTwice, 1),
];

/// Which cases a region's rules know, and in how many variants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Variants {
    /// Migrant workers may pay later than others.
    pub migrants: bool,
    pub special: usize,
    pub school: usize,
    pub arrears: usize,
    /// The region is a city with several counties.
    pub city: bool,
}

impl Variants {
    /// The cards of a case that the lists above name.
    fn cards(&self, cover: Cover, listed: u32) -> u32 {
        match cover {
            Cover::LateMigrant if !self.migrants => 0,
            Cover::LateSpecial => cards(self.special, 4),
            _ => listed,
        }
    }

    /// Cases that only some regions know.
    fn more(&self, stage: Stage) -> Vec<(Cover, u32)> {
        let city = u32::from(self.city);
        match stage {
            Stage::Pupil => vec![(Cover::LateSchool, cards(self.school, 1)), (Cover::TwoCounties, 2 * city)],
            Stage::Adult => vec![(Cover::Arrears, cards(self.arrears, 4)), (Cover::TwoCounties, city), (Cover::PoolAndCounty, 2 * city)],
            Stage::Infant | Stage::Child | Stage::Elder => Vec::new(),
        }
    }
}

/// So many cards that each variant occurs within so many rounds of a deck: four for adults, of whom there are many.
fn cards(variants: usize, rounds: usize) -> u32 {
    variants.div_ceil(rounds) as u32
}

/// A cover, with the first of its cards and their number.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    pub cover: Cover,
    pub first: u32,
    pub count: u32,
}

/// The four decks, laid out card by card.
#[derive(Debug)]
pub struct Covers {
    decks: [Vec<Card>; 4],
}

impl Covers {
    pub fn new(variants: &Variants) -> Self {
        let lists = [(CHILDREN, Stage::Child), (PUPILS, Stage::Pupil), (ADULTS, Stage::Adult), (ELDERS, Stage::Elder)];
        Self { decks: lists.map(|(list, stage)| lay_out(list, stage, variants)) }
    }

    /// The card `at` (below 2^9) of a stage's deck; infants have a rule of their own.
    pub fn card(&self, stage: Stage, at: u32) -> Card {
        let deck = match stage {
            Stage::Infant => return Card { cover: Cover::Newborn, first: 0, count: 1 << COVER_BITS },
            Stage::Child => 0,
            Stage::Pupil => 1,
            Stage::Adult => 2,
            Stage::Elder => 3,
        };
        self.decks[deck][at as usize]
    }
}

fn lay_out(list: &[(Cover, u32)], stage: Stage, variants: &Variants) -> Vec<Card> {
    let mut deck = Vec::with_capacity(1 << COVER_BITS);
    let listed = list.iter().map(|&(cover, count)| (cover, variants.cards(cover, count)));
    for (cover, count) in listed.chain(variants.more(stage)) {
        let card = Card { cover, first: deck.len() as u32, count };
        deck.extend(std::iter::repeat_n(card, count as usize));
    }
    let first = deck.len() as u32;
    let rest = (1 << COVER_BITS) - first;
    deck.extend(std::iter::repeat_n(Card { cover: Cover::Resident, first, count: rest }, rest as usize));
    deck
}
