//! The shares and amounts by which settlements are made. They stand in `settlement.toml`.

use serde::Deserialize;

use super::super::SampleError;
use super::super::chance::Dice;

const FIGURES: &str = include_str!("settlement.toml");

/// One 医疗类别 and what a settlement of it is like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Care {
    pub med_type: String,
    share: u32,
    /// Yuan, from and to.
    fee: (i64, i64),
    /// Percent of the fee, from and to.
    in_scope: (i32, i32),
    /// Percent of what is in scope: residents, employees.
    fund: (i64, i64),
    diseases: Option<Diseases>,
    #[serde(default)]
    pub pharmacy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Diseases {
    Chronic,
    Inpatient,
}

/// A disease as offices write it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disease {
    pub code: String,
    pub name: String,
    share: u32,
}

/// The amounts of one settlement, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    pub fee: i64,
    pub in_scope: i64,
    pub fund: i64,
    pub account: i64,
    pub cash: i64,
}

impl Amounts {
    /// What is left over is paid from an employee's personal account, if it is small, else in cash.
    pub fn of(fee: i64, in_scope: i64, fund: i64, employee: bool) -> Self {
        const SMALL: i64 = 50_000;
        let rest = fee - fund;
        let account = if employee { rest.min(SMALL) } else { 0 };
        Self { fee, in_scope, fund, account, cash: rest - account }
    }

    /// This many hundredths of the amounts, with the other sign, as a refund has them.
    #[must_use]
    pub fn refunded(self, hundredths: i64) -> Self {
        let part = |fen: i64| -(fen * hundredths / 100);
        let (fee, fund, account) = (part(self.fee), part(self.fund), part(self.account));
        Self { fee, in_scope: part(self.in_scope), fund, account, cash: fee - fund - account }
    }
}

/// Everything by which settlements are made.
#[derive(Debug)]
pub struct Figures {
    /// Each month's weight in a year.
    pub season: [u32; 12],
    /// Percent a year.
    pub growth: u32,
    pub per_person: u64,
    pub scope: ScopeShares,
    pub other_insurances: Vec<u32>,
    cares: Weighted<Care>,
    chronic: Weighted<Disease>,
    inpatient: Weighted<Disease>,
}

/// Settlements outside the patient's city, of 1024.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeShares {
    pub cross_province: u32,
    /// Percent a year by which these grow.
    pub cross_growth: u32,
    pub in_province: u32,
}

impl Figures {
    pub fn read() -> Result<Self, SampleError> {
        let wire: Wire = toml::from_str(FIGURES).map_err(|source| SampleError::Figures(Box::new(source)))?;
        Ok(Self {
            season: wire.season,
            growth: wire.growth,
            per_person: wire.per_person,
            scope: wire.scope,
            other_insurances: wire.other.insurances,
            cares: Weighted::new(wire.care, |care| care.share),
            chronic: Weighted::new(wire.chronic, |disease| disease.share),
            inpatient: Weighted::new(wire.inpatient, |disease| disease.share),
        })
    }

    pub fn any_care(&self, dice: &mut Dice) -> &Care {
        self.cares.any(dice)
    }

    /// The care of this code.
    pub fn care(&self, med_type: &str) -> Option<&Care> {
        self.cares.items.iter().find(|care| care.med_type == med_type)
    }

    /// The disease of a settlement, where its kind of care tells one.
    pub fn disease(&self, care: &Care, dice: &mut Dice) -> Option<&Disease> {
        match care.diseases? {
            Diseases::Chronic => Some(self.chronic.any(dice)),
            Diseases::Inpatient => Some(self.inpatient.any(dice)),
        }
    }

    /// The first chronic disease that is written so.
    pub fn chronic(&self, code: &str) -> Option<&Disease> {
        self.chronic.items.iter().find(|disease| disease.code == code)
    }

    /// The amounts of a settlement; one in twenty stays below what the fund begins to pay at.
    pub fn amounts(&self, care: &Care, employee: bool, dice: &mut Dice) -> Amounts {
        let fee = self.fee(care, dice);
        let in_scope = fee * i64::from(dice.between(care.in_scope.0, care.in_scope.1)) / 100;
        let (resident_pct, employee_pct) = care.fund;
        let pct = if dice.one_in(20) {
            0
        } else if employee {
            employee_pct
        } else {
            resident_pct
        };
        Amounts::of(fee, in_scope, in_scope * pct / 100, employee)
    }

    /// A fee in fen; the larger, the rarer.
    pub fn fee(&self, care: &Care, dice: &mut Dice) -> i64 {
        let (low, high) = (care.fee.0 * 100, care.fee.1 * 100);
        // The cube of an even throw: half of the fees lie in the lowest eighth.
        let throw = i64::from(dice.below(1 << 20));
        let cube = (((throw * throw) >> 20) * throw) >> 20;
        low + (((high - low) * cube) >> 20)
    }
}

/// Things of which some occur more often than others.
#[derive(Debug)]
struct Weighted<T> {
    items: Vec<T>,
    /// Shares, added up.
    ends: Vec<u32>,
}

impl<T> Weighted<T> {
    fn new(items: Vec<T>, share: impl Fn(&T) -> u32) -> Self {
        let mut sum = 0;
        let ends = items
            .iter()
            .map(|item| {
                sum += share(item);
                sum
            })
            .collect();
        Self { items, ends }
    }

    /// One by the shares; the list is not empty.
    fn any(&self, dice: &mut Dice) -> &T {
        let throw = dice.below(self.ends.last().copied().unwrap_or(1));
        &self.items[self.ends.partition_point(|&end| end <= throw)]
    }
}

/// The shape of `settlement.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    season: [u32; 12],
    growth: u32,
    per_person: u64,
    scope: ScopeShares,
    other: Other,
    care: Vec<Care>,
    chronic: Vec<Disease>,
    inpatient: Vec<Disease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    insurances: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::super::super::chance::Topic;
    use super::*;

    #[test]
    fn amounts_add_up() {
        let figures = Figures::read().unwrap();
        for index in 0..5_000 {
            let mut dice = Dice::of(3, Topic::Settlements, index);
            let care = figures.any_care(&mut dice);
            let amounts = figures.amounts(care, index % 3 == 0, &mut dice);
            for amounts in [amounts, amounts.refunded(100).refunded(100), amounts.refunded(40).refunded(100)] {
                assert!(0 <= amounts.fund && amounts.fund <= amounts.in_scope && amounts.in_scope <= amounts.fee, "{amounts:?}");
                assert_eq!(amounts.fund + amounts.account + amounts.cash, amounts.fee);
                assert!(amounts.account >= 0 && amounts.cash >= 0, "{amounts:?}");
            }
        }
    }
}
