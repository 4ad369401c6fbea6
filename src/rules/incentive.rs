//! Rewards for staying enrolled (RULES, "Incentives"): raises of the cap of critical-illness insurance.

use crate::money::Yuan;
use crate::period::BenefitYear;
use crate::policy::Incentive;

use super::history::Years;

/// One row of `incentive`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uplift {
    /// Years in a row with a valid resident record, ending Y−1.
    pub consecutive_years: u32,
    /// Years that count as without a claim.
    pub zero_claim_years: u32,
    /// The raise for years in a row.
    pub consecutive: Yuan,
    /// The raise for years without a claim.
    pub zero_claim: Yuan,
    /// Both, cut to the largest raise where the original cap is known.
    pub total: Yuan,
    /// Whether the total was cut; `None` where the original cap is not known.
    pub capped: Option<bool>,
}

/// The years from the first that counts to Y−1 with a resident record and without a claim, after the last
/// year in which the raise was used. `has_claim` says whether the funds paid more than nothing in a year.
pub fn zero_claim_years(
    resident: Years,
    terms: &Incentive,
    year: BenefitYear,
    last_use: Option<i32>,
    has_claim: impl Fn(BenefitYear) -> bool,
) -> u32 {
    let first = last_use.map_or(terms.since.0, |used| terms.since.0.max(used + 1));
    let counts = |y: &i32| resident.holds(BenefitYear(*y), year) && !has_claim(BenefitYear(*y));
    (first..year.0).filter(counts).fold(0, |n, _| n + 1)
}

/// The raise for the benefit year; `resident` are the years with a valid resident record.
pub fn uplift(resident: Years, zero_claim_years: u32, terms: &Incentive, year: BenefitYear) -> Uplift {
    let consecutive_years = resident.consecutive();
    let rewarded = (i64::from(consecutive_years) - i64::from(terms.unrewarded_years)).min(i64::from(year.0 - terms.since.0)).max(0);
    let consecutive = Yuan::from_fen(terms.consecutive.fen() * rewarded);
    let zero_claim = Yuan::from_fen(terms.zero_claim.fen() * i64::from(zero_claim_years));
    let sum = consecutive + zero_claim;
    let most = terms.critical_illness_cap.map(|cap| Yuan::from_fen((i128::from(cap.fen()) * i128::from(terms.most.0) / 10_000) as i64));
    let total = most.map_or(sum, |most| if sum > most { most } else { sum });
    Uplift { consecutive_years, zero_claim_years, consecutive, zero_claim, total, capped: most.map(|most| sum > most) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::policy::Share;

    const TERMS: Incentive = Incentive {
        since: BenefitYear(2025),
        unrewarded_years: 4,
        consecutive: Yuan::from_yuan(5000),
        zero_claim: Yuan::from_yuan(5000),
        most: Share(2000),
        critical_illness_cap: Some(Yuan::from_yuan(40_000)),
    };

    #[rstest]
    #[case::the_first_year_has_no_reward_yet(10, 2025, 0)]
    #[case::four_years_are_not_rewarded(4, 2027, 0)]
    #[case::one_year_more(5, 2027, 5000)]
    #[case::not_before_the_rule_began(10, 2026, 5000)]
    fn years_in_a_row(#[case] years: u32, #[case] year: i32, #[case] raise: i64) {
        let resident = Years::from_bits((1 << years) - 1);
        assert_eq!(uplift(resident, 0, &TERMS, BenefitYear(year)).consecutive, Yuan::from_yuan(raise));
    }

    #[test]
    fn the_total_is_cut_where_the_cap_is_known() {
        let resident = Years::from_bits(0xff);
        let cut = uplift(resident, 2, &TERMS, BenefitYear(2027));
        assert_eq!((cut.total, cut.capped), (Yuan::from_yuan(8000), Some(true)));
        let open = Incentive { critical_illness_cap: None, ..TERMS };
        let plain = uplift(resident, 2, &open, BenefitYear(2027));
        assert_eq!((plain.total, plain.capped), (Yuan::from_yuan(20_000), None));
    }

    #[test]
    fn a_use_or_a_claim_ends_years_without_one() {
        let resident = Years::from_bits(0b111);
        let year = BenefitYear(2028);
        assert_eq!(zero_claim_years(resident, &TERMS, year, None, |_| false), 3);
        assert_eq!(zero_claim_years(resident, &TERMS, year, Some(2025), |_| false), 2);
        assert_eq!(zero_claim_years(resident, &TERMS, year, None, |y| y.0 == 2026), 2);
        assert_eq!(zero_claim_years(Years::from_bits(0b001), &TERMS, year, None, |_| false), 1);
    }
}
