//! A synthetic extract whose sums are those that a bureau has published: `--like NAME`.
//!
//! The targets stand in a file of their own, with the document they come from. A base year follows from the published
//! growth. Within a target, months, persons and single amounts are free; they are dealt so that the sums are exact to
//! the fen. Beside the counted rows there are some that must not count: refunds and what they reverse, repeated rows,
//! refunds without an original, days to come, other regions and insurances, faults.

use serde::Deserialize;

use canbao_rules::money::Yuan;
use canbao_rules::period::{Month, MonthSpan, days_in_month};

use super::super::SampleError;
use super::super::chance::{Dice, Topic};
use super::super::county::County;
use super::super::number::Births;
use super::super::record::working_hours;
use super::calendar::{dealt, weight};
use super::figures::{Amounts, Care, Disease, Figures};
use super::places::{Distance, Places};
use super::stream::{EMPLOYEE, Written, fault, insured, patient};
use super::{Refund, Settlement};

/// The likenesses that there are, by name.
const KNOWN: [(&str, &str); 1] = [("huaibei-2023", include_str!("huaibei-2023.toml"))];

/// The published figures of one bureau.
#[derive(Debug)]
pub struct Likeness {
    /// Whose figures they are.
    pub region: String,
    targets: Targets,
    span: MonthSpan,
}

impl Likeness {
    /// The likeness of this name.
    pub fn named(name: &str) -> Result<Self, SampleError> {
        let Some((_, text)) = KNOWN.into_iter().find(|(known, _)| *known == name) else {
            let known = KNOWN.map(|(known, _)| format!("`{known}`")).join(", ");
            return Err(SampleError::Likeness { name: name.to_owned(), known });
        };
        let targets: Targets = toml::from_str(text).map_err(|source| SampleError::Figures(Box::new(source)))?;
        let span = targets.first.span_to(targets.last)?;
        Ok(Self { region: targets.region.clone(), targets, span })
    }
}

/// The wire form of what was published, and the domain form too: it holds nothing but targets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    region: String,
    first: WireMonth,
    last: WireMonth,
    patients: u64,
    published: Vec<Target>,
    chronic: Target,
    five: Target,
    other: Vec<Target>,
}

/// A sum to be reached by counted rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    /// For readers of the file.
    #[serde(rename = "what")]
    _what: String,
    distance: Distance,
    med_types: Vec<String>,
    first: WireMonth,
    last: WireMonth,
    person_times: u64,
    fund: Hundredths,
    fee: Option<Hundredths>,
    in_policy_pct: Option<Hundredths>,
    growth_pct: Option<[Hundredths; 2]>,
    #[serde(default)]
    diseases: Vec<String>,
}

impl Target {
    /// The same span a year earlier, as far as the published growth tells it.
    fn base_year(&self) -> Option<Self> {
        let [times, fund] = self.growth_pct?;
        let before = |now: i64, growth: Hundredths| (now * 10_000 + (10_000 + growth.0) / 2) / (10_000 + growth.0);
        Some(Self {
            first: self.first.a_year_before(),
            last: self.last.a_year_before(),
            person_times: before(self.person_times as i64, times).unsigned_abs(),
            fund: Hundredths(before(self.fund.0, fund)),
            growth_pct: None,
            ..self.clone()
        })
    }

    /// What is in scope, where the published share tells it.
    fn in_scope(&self) -> Option<i64> {
        let pct = self.in_policy_pct?.0.max(1);
        Some((self.fund.0 * 10_000 + pct / 2) / pct)
    }
}

/// A number with two places: yuan, or percent.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Hundredths(i64);

impl TryFrom<String> for Hundredths {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let number = Yuan::parse(&text).map(|number| Self(number.fen()));
        number.ok_or_else(|| format!("`{text}` is no number, expected one with at most two places"))
    }
}

/// `yyyy-MM`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct WireMonth(Month);

impl TryFrom<String> for WireMonth {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let day = format!("{text}-01").parse::<canbao_rules::period::Day>();
        day.map(|day| Self(day.month())).map_err(|_| format!("`{text}` is no month, expected YYYY-MM"))
    }
}

impl WireMonth {
    fn a_year_before(self) -> Self {
        Self(self.0.plus(-12))
    }

    fn span_to(self, last: Self) -> Result<MonthSpan, SampleError> {
        MonthSpan::new(self.0, last.0).ok_or_else(|| SampleError::Figures("months in the wrong order".into()))
    }
}

/// Makes the rows of a likeness.
#[derive(Debug)]
pub struct Copyist {
    seed: u64,
    likeness: Likeness,
    births: Births,
    figures: Figures,
    places: Places,
}

impl Copyist {
    pub fn new(seed: u64, likeness: Likeness, county: &County) -> Result<Self, SampleError> {
        let births = Births::new(seed, likeness.span.last.year());
        Ok(Self { seed, likeness, births, figures: Figures::read()?, places: Places::of(county) })
    }

    /// All rows, by time.
    pub fn rows(&self) -> Result<Vec<Written<'_>>, SampleError> {
        let targets = &self.likeness.targets;
        let mut draft = Draft { copyist: self, rows: Vec::new(), numbers: 0 };
        for target in targets.published.iter().chain(&targets.other) {
            let years = [target.base_year(), Some(target.clone())];
            for target in years.iter().flatten() {
                draft.reach(target)?;
                draft.refunds(target, (target.person_times / 100).max(1))?;
            }
        }
        let five = draft.reach(&targets.five)?;
        let since = targets.chronic.first.0;
        let (times, fund) = five.iter().filter(|row| row.0 >= since).fold((0, 0), |sum, row| (sum.0 + 1, sum.1 + row.1));
        let chronic = &targets.chronic;
        let rest =
            Target { person_times: chronic.person_times.saturating_sub(times), fund: Hundredths(chronic.fund.0 - fund), ..chronic.clone() };
        draft.reach(&rest)?;
        draft.refunds(&rest, 12)?;
        draft.not_counted(&targets.published)?;
        let mut rows = draft.rows;
        rows.sort_by_key(|row| (row.settlement.time, row.settlement.number));
        Ok(rows)
    }
}

/// The rows so far.
struct Draft<'a> {
    copyist: &'a Copyist,
    rows: Vec<Written<'a>>,
    numbers: u64,
}

impl<'a> Draft<'a> {
    /// Adds counted rows that reach a target exactly; gives month and fund of each.
    fn reach(&mut self, target: &Target) -> Result<Vec<(Month, i64)>, SampleError> {
        let span = target.first.span_to(target.last)?;
        let months: Vec<Month> = (span.first.index()..=span.last.index()).map(Month::from_index).collect();
        let since = self.copyist.likeness.span.first;
        let weights: Vec<u64> = months.iter().map(|&month| weight(month, since, &self.copyist.figures)).collect();
        let mut settlements = Vec::with_capacity(target.person_times as usize);
        let mut start = 0;
        for (&month, end) in months.iter().zip(dealt(target.person_times, &weights)) {
            for place in start..end {
                settlements.push(self.settlement(target, month, (place - start, end - start))?);
            }
            start = end;
        }
        let weights: Vec<u64> = settlements.iter().map(|settled| settled.amounts.fee.unsigned_abs()).collect();
        let funds = split(target.fund.0, &weights);
        let fees = target.fee.map(|fee| split(fee.0, &weights));
        let in_scope = target.in_scope().map(|in_scope| split(in_scope, &weights));
        let mut reached = Vec::with_capacity(settlements.len());
        for (place, mut settled) in settlements.into_iter().enumerate() {
            let fund = funds[place];
            let mut dice = Dice::of(self.copyist.seed, Topic::Likeness, settled.number ^ 1 << 40);
            let share = i64::from(dice.between(58, 86));
            let within = in_scope.as_ref().map_or(fund * 100 / share, |split| split[place]);
            let share = i64::from(dice.between(80, 97));
            let fee = fees.as_ref().map_or(within * 100 / share, |split| split[place]);
            settled.amounts = Amounts::of(fee, within, fund, settled.insurance == EMPLOYEE);
            reached.push((settled.time.0.month(), fund));
            self.rows.push(Written { settlement: settled, fault: None });
        }
        Ok(reached)
    }

    /// Adds settlements that were given back within the target's span, half of them in the month after: they count
    /// once and are taken off once.
    fn refunds(&mut self, target: &Target, pairs: u64) -> Result<(), SampleError> {
        let span = target.first.span_to(target.last)?;
        for pair in 0..pairs {
            let month = self.any_month(span, pair);
            let settled = self.settlement(target, month, (pair, pairs))?;
            let day = if pair.is_multiple_of(2) { month.last_day() } else { month.plus(1).min(span.last).last_day() };
            let number = self.number();
            let refund = settled.refunded(number, (day, 20 * 3_600), 100);
            self.rows.extend([settled, refund].map(|settlement| Written { settlement, fault: None }));
        }
        Ok(())
    }

    /// Adds rows that no sum may hold, some of each kind for each target.
    fn not_counted(&mut self, targets: &[Target]) -> Result<(), SampleError> {
        const EACH: u64 = 12;
        const NOWHERE: u64 = 900_000_000_000_000;
        let last = self.copyist.likeness.span.last.last_day();
        for target in targets {
            let span = target.first.span_to(target.last)?;
            for turn in 0..EACH {
                let month = self.any_month(span, turn);
                let orphan = self.settlement(target, month, (turn, EACH))?;
                let to_come = self.settlement(target, month, (turn, EACH))?;
                let other_region = self.settlement(target, month, (turn, EACH))?;
                let other_insurance = self.settlement(target, month, (turn, EACH))?;
                let faulty = self.settlement(target, month, (turn, EACH))?;
                let others = &self.copyist.places.elsewhere;
                let insurances = &self.copyist.figures.other_insurances;
                let reversed = orphan.amounts.refunded(100);
                let plain = [
                    Settlement { amounts: reversed, refund: Refund::Of(NOWHERE + orphan.number), ..orphan },
                    Settlement { time: (last.plus_days(1 + turn as i32), to_come.time.1), ..to_come },
                    Settlement { insured: others[turn as usize % others.len()], ..other_region },
                    Settlement { insurance: insurances[turn as usize % insurances.len()], ..other_insurance },
                ];
                self.rows.extend(plain.map(|settlement| Written { settlement, fault: None }));
                self.rows.push(Written { settlement: faulty, fault: fault(turn) });
            }
        }
        // Sent twice.
        let again: Vec<Written<'_>> = self.rows.iter().step_by(487).filter(|row| row.fault.is_none()).copied().collect();
        self.rows.extend(again);
        Ok(())
    }

    /// One settlement of a target in a month; `place` among so many of the month says on which day.
    fn settlement(&mut self, target: &Target, month: Month, (place, of): (u64, u64)) -> Result<Settlement<'a>, SampleError> {
        let Copyist { seed, likeness, births, figures, places } = self.copyist;
        let number = self.number();
        let mut dice = Dice::of(*seed, Topic::Likeness, number);
        // Chronic diseases bring the same people again and again.
        let people = likeness.targets.patients;
        let pool = if target.diseases.is_empty() { people } else { people.min(target.person_times / 3) };
        let patient = patient(births, pool.max(1), likeness.span, &mut dice);
        let (insurance, insured) = insured(*seed, patient.index, places);
        let care = self.care(&target.med_types, &mut dice)?;
        let disease = self.disease(&target.diseases, care, &mut dice)?;
        let days = u64::from(days_in_month(month.year(), month.number()));
        let day = month.first_day().plus_days((place * days / of.max(1)) as i32);
        Ok(Settlement {
            number,
            visit: number,
            patient,
            insurance,
            insured,
            treated: places.treated(target.distance, &mut dice),
            institution: dice.below(200) + 1,
            care,
            disease,
            time: (day, working_hours(&mut dice)),
            amounts: figures.amounts(care, insurance == EMPLOYEE, &mut dice),
            refund: Refund::No,
        })
    }

    /// The first of the list for most.
    fn care(&self, med_types: &[String], dice: &mut Dice) -> Result<&'a Care, SampleError> {
        let place = if dice.one_in(6) { dice.below(med_types.len() as u32) as usize } else { 0 };
        let named = med_types.get(place).and_then(|med_type| self.copyist.figures.care(med_type));
        named.ok_or_else(|| SampleError::Figures("a kind of care that settlement.toml does not have".into()))
    }

    fn disease(&self, codes: &[String], care: &Care, dice: &mut Dice) -> Result<Option<&'a Disease>, SampleError> {
        let figures: &'a Figures = &self.copyist.figures;
        if codes.is_empty() {
            return Ok(figures.disease(care, dice));
        }
        let named = figures.chronic(&codes[dice.below(codes.len() as u32) as usize]);
        named.map(Some).ok_or_else(|| SampleError::Figures("a disease that settlement.toml does not have".into()))
    }

    fn any_month(&self, span: MonthSpan, turn: u64) -> Month {
        let months = (span.last.index() - span.first.index() + 1).unsigned_abs();
        span.first.plus((turn % u64::from(months)) as i32)
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}

/// Splits a sum by weights, to the fen.
fn split(sum: i64, weights: &[u64]) -> Vec<i64> {
    let ends = dealt(sum.unsigned_abs(), weights);
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| (end - start) as i64).collect()
}
