//! A settlement extract of any size. Row for row it follows from the seed and the row's number, so that rows can be
//! made on any thread, and a refund can look up what it reverses.
//!
//! Rows come in rounds of [`ROUND`]. In every round the same places hold what is out of the ordinary ([`Kind`]):
//! refunds and refunds of refunds, refunds without an original, repeated rows, other regions and insurances, days to
//! come, faults. What refers to another row refers to a fixed place of an earlier round, which no other row refers to.

use std::collections::HashMap;

use canbao_rules::period::{Month, MonthSpan};

use super::super::SampleError;
use super::super::chance::{Dice, Topic};
use super::super::county::County;
use super::super::number::Births;
use super::super::record::working_hours;
use super::super::row::{Fault, Medium};
use super::calendar::Calendar;
use super::figures::Figures;
use super::places::{Distance, Places};
use super::{FAULTS, Patient, Refund, Settlement};

/// Rows in a round.
const ROUND: u64 = 1_024;
/// Refunds in a round.
const REFUNDS: u64 = 12;
/// Rows in a round that repeat another one.
const REPEATS: u64 = 2;
/// No row has a number from here on.
const UNKNOWN: u64 = 900_000_000_000_000;
/// Fewer patients than this are not worth counting.
const LEAST_PATIENTS: u64 = 1_024;

/// What stands at a place of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Plain,
    /// What the refund of this number reverses in a later round.
    Refunded(u64),
    /// Even ones reverse the whole, odd ones a part.
    Refund(u64),
    /// Reverses another part of a refund with an odd number.
    RefundOfRefund,
    RefundOfNotYet,
    RefundOfFaulty,
    /// Names no original.
    Unnamed,
    /// Names an original that nobody has.
    Unknown,
    /// Names itself.
    Itself,
    /// Names [`Kind::Unknown`].
    OrphanOfOrphan,
    /// What is repeated in the next round.
    Repeated(u64),
    Repeat(u64),
    RepeatOfRefund,
    OtherInsurance,
    OtherRegion,
    /// After the span.
    NotYet,
    Faulty,
}

/// All rows of an extract.
#[derive(Debug)]
pub struct Stream {
    seed: u64,
    rows: u64,
    pub calendar: Calendar,
    kinds: Vec<Kind>,
    places_of_kinds: HashMap<Kind, u64>,
    births: Births,
    patients: u64,
    figures: Figures,
    places: Places,
}

/// A row and what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub settlement: Settlement<'a>,
    pub fault: Option<&'static Fault>,
}

impl Written<'_> {
    pub fn month(&self) -> Month {
        self.settlement.time.0.month()
    }
}

impl Stream {
    pub fn new(seed: u64, rows: u64, span: MonthSpan, county: &County) -> Result<Self, SampleError> {
        let figures = Figures::read()?;
        let kinds = round(seed);
        let places_of_kinds = (0..).zip(&kinds).map(|(place, kind)| (*kind, place)).collect();
        Ok(Self {
            seed,
            rows,
            calendar: Calendar::new(span, rows, &figures),
            kinds,
            places_of_kinds,
            births: Births::new(seed, span.last.year()),
            patients: (rows / figures.per_person.max(1)).max(LEAST_PATIENTS),
            figures,
            places: Places::of(county),
        })
    }

    /// The row of this number, below the number of rows.
    pub fn row(&self, row: u64) -> Written<'_> {
        let settlement = self.special(row).unwrap_or_else(|| self.plain(row));
        let fault = if self.kind(row) == Kind::Faulty { fault(row / ROUND) } else { None };
        Written { settlement, fault }
    }

    fn kind(&self, row: u64) -> Kind {
        self.kinds[(row % ROUND) as usize]
    }

    /// A row out of the ordinary; `None` also where what it refers to would lie before the first row.
    fn special(&self, row: u64) -> Option<Settlement<'_>> {
        match self.kind(row) {
            Kind::Plain | Kind::Refunded(_) | Kind::Repeated(_) | Kind::Faulty => None,
            Kind::Refund(number) => {
                let original = self.plain(self.earlier(row, Kind::Refunded(number), self.rounds_back(number))?);
                let hundredths = if number.is_multiple_of(2) { 100 } else { 40 };
                Some(self.reversal(row, &original, hundredths))
            }
            Kind::RefundOfRefund => {
                let refund = self.special(self.earlier(row, Kind::Refund(1), 1)?)?;
                // A refund's amounts are negative, whatever it reverses.
                let again = self.reversal(row, &refund, 50);
                Some(Settlement { amounts: again.amounts.refunded(100), ..again })
            }
            Kind::RefundOfNotYet => Some(self.reversal(row, &self.special(self.earlier(row, Kind::NotYet, 1)?)?, 100)),
            Kind::RefundOfFaulty => Some(self.reversal(row, &self.plain(self.earlier(row, Kind::Faulty, 1)?), 100)),
            Kind::Unnamed => Some(self.orphan(row, Refund::Unnamed)),
            Kind::Unknown => Some(self.orphan(row, Refund::Of(UNKNOWN + row))),
            Kind::Itself => Some(self.orphan(row, Refund::Of(row))),
            Kind::OrphanOfOrphan => Some(self.orphan(row, Refund::Of(self.earlier(row, Kind::Unknown, 1)?))),
            Kind::Repeat(number) => Some(self.plain(self.earlier(row, Kind::Repeated(number), 1)?)),
            Kind::RepeatOfRefund => self.special(self.earlier(row, Kind::Refund(0), 1)?),
            Kind::OtherInsurance => {
                let plain = self.plain(row);
                let insurances = &self.figures.other_insurances;
                Some(Settlement { insurance: insurances[(row / ROUND % insurances.len() as u64) as usize], ..plain })
            }
            Kind::OtherRegion => {
                let others = &self.places.elsewhere;
                Some(Settlement { insured: others[(row / ROUND % others.len() as u64) as usize], ..self.plain(row) })
            }
            Kind::NotYet => {
                let mut dice = Dice::of(self.seed, Topic::Settlements, row);
                let day = self.calendar.span().last.last_day().plus_days(dice.between(1, 40));
                Some(Settlement { time: (day, working_hours(&mut dice)), ..self.plain(row) })
            }
        }
    }

    /// The row that reverses so many hundredths of another, at its own time. It comes later than the other row, but on
    /// the same day maybe at an earlier hour, and earlier than a day to come.
    fn reversal<'a>(&self, row: u64, original: &Settlement<'a>, hundredths: i64) -> Settlement<'a> {
        let time = self.calendar.time(row, &mut Dice::of(self.seed, Topic::Settlements, row));
        original.refunded(row, time, hundredths)
    }

    /// The row of a kind so many rounds before.
    fn earlier(&self, row: u64, kind: Kind, rounds: u64) -> Option<u64> {
        let round = (row / ROUND).checked_sub(rounds)?;
        Some(round * ROUND + self.places_of_kinds.get(&kind)?)
    }

    /// How far refunds look back: the more rows, the more rounds a month holds.
    fn rounds_back(&self, refund: u64) -> u64 {
        1 + self.rows / ROUND * refund / (8 * REFUNDS)
    }

    fn orphan(&self, row: u64, refund: Refund) -> Settlement<'_> {
        let plain = self.plain(row);
        Settlement { refund, amounts: plain.amounts.refunded(100), ..plain }
    }

    /// An ordinary settlement.
    fn plain(&self, row: u64) -> Settlement<'_> {
        let mut dice = Dice::of(self.seed, Topic::Settlements, row);
        let time = self.calendar.time(row, &mut dice);
        let care = self.figures.any_care(&mut dice);
        let disease = self.figures.disease(care, &mut dice);
        let patient = self.patient(disease.is_some(), &mut dice);
        let (insurance, insured) = insured(self.seed, patient.index, &self.places);
        Settlement {
            number: row,
            visit: row,
            patient,
            insurance,
            insured,
            treated: self.places.treated(self.distance(row, &mut dice), &mut dice),
            institution: dice.below(200) + 1,
            care,
            disease,
            time,
            amounts: self.figures.amounts(care, insurance == EMPLOYEE, &mut dice),
            refund: Refund::No,
        }
    }

    fn distance(&self, row: u64, dice: &mut Dice) -> Distance {
        let scope = self.figures.scope;
        let cross = scope.cross_province * (1_200 + scope.cross_growth * self.calendar.twelfths(row)) / 1_200;
        match dice.below(1_024) {
            throw if throw < cross => Distance::CrossProvince,
            throw if throw < cross + scope.in_province => Distance::InProvince,
            _ => Distance::Local,
        }
    }

    /// Somebody born before the span; the ill come from a quarter of the people.
    fn patient(&self, ill: bool, dice: &mut Dice) -> Patient {
        let of = if ill { self.patients / 4 } else { self.patients };
        patient(&self.births, of, self.calendar.span(), dice)
    }
}

/// Each fault that a plain file may have, in turn.
pub fn fault(turn: u64) -> Option<&'static Fault> {
    let possible = || FAULTS.iter().filter(|fault| fault.scope.allows(Medium::Plain));
    possible().nth((turn % possible().count().max(1) as u64) as usize)
}

/// 310 职工.
pub const EMPLOYEE: u32 = 310;

/// Any of so many people who was born before the span.
pub fn patient(births: &Births, of: u64, span: MonthSpan, dice: &mut Dice) -> Patient {
    let any = ((dice.roll() >> 32) * of) >> 32;
    let first = span.first.first_day();
    // Infants are few, and never many in a row.
    let candidates = (0..of).map(|step| (any + step) % of).map(|index| (index, births.birth(index)));
    let born_before = candidates.into_iter().find(|(_, birth)| birth.day < first);
    let (index, birth) = born_before.unwrap_or_else(|| (any, births.birth(any)));
    Patient::plain(index, birth.number)
}

/// A person's insurance and place of insurance, the same in every row.
pub fn insured(seed: u64, patient: u64, places: &Places) -> (u32, u32) {
    let mut dice = Dice::of(seed, Topic::Patients, patient);
    (if dice.one_in(3) { EMPLOYEE } else { 390 }, dice.pick(&places.insured))
}

/// A round's places, shuffled once.
fn round(seed: u64) -> Vec<Kind> {
    let mut kinds = vec![
        Kind::RefundOfRefund,
        Kind::RefundOfNotYet,
        Kind::RefundOfFaulty,
        Kind::Unnamed,
        Kind::Unknown,
        Kind::Itself,
        Kind::OrphanOfOrphan,
        Kind::RepeatOfRefund,
        Kind::OtherInsurance,
        Kind::OtherInsurance,
        Kind::OtherRegion,
        Kind::OtherRegion,
        Kind::OtherRegion,
        Kind::NotYet,
        Kind::Faulty,
    ];
    kinds.extend((0..REFUNDS).flat_map(|number| [Kind::Refunded(number), Kind::Refund(number)]));
    kinds.extend((0..REPEATS).flat_map(|number| [Kind::Repeated(number), Kind::Repeat(number)]));
    kinds.resize(ROUND as usize, Kind::Plain);
    let mut dice = Dice::of(seed, Topic::Orders, u64::MAX);
    for last in (1..kinds.len()).rev() {
        kinds.swap(last, dice.below(last as u32 + 1) as usize);
    }
    kinds
}
