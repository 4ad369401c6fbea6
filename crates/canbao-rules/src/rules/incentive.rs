//! Rewards for staying enrolled (docs/rules.md, Incentives): raises of the cap of critical-illness insurance.

use crate::money::Yuan;
use crate::period::{BenefitYear, Day};
use crate::policy::{Incentive, Parameter, Policy};

use super::codes::Rule;
use super::facts::{Claim, Record, UpliftUse};
use super::history::EnrolledYears;
use super::trace::{Step, Trace};

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

/// The raise of someone enrolled here; `None` where the policy has no incentives. `claims` are those of all
/// years and places; without the extract every year is one without a claim.
pub fn uplift(
    records: &[Record<'_>],
    claims: &[Claim],
    uses: &[UpliftUse],
    policy: &Policy,
    on: Day,
    trace: &mut impl Trace,
) -> Option<Uplift> {
    let terms = policy.incentive.as_ref()?;
    trace.begin(Rule::Incentive, None);
    let resident = EnrolledYears::of_residents(records, policy, on, trace);
    trace.value(|| Step::ResidentYears { consecutive_years: resident.consecutive() });
    let zero_claim_years = zero_claim_years(resident, claims, uses, terms, policy.year, trace);
    let uplift = raise(resident.consecutive(), zero_claim_years, terms, policy.year, trace);
    trace.conclude(|| Step::Uplift {
        consecutive_years: uplift.consecutive_years,
        zero_claim_years,
        uplift_consecutive: uplift.consecutive,
        uplift_zero_claim: uplift.zero_claim,
        uplift_total: uplift.total,
        capped: uplift.capped,
    });
    Some(uplift)
}

/// The years from the first that counts to Y−1 with a resident record in which the funds paid nothing, after the
/// last year in which a raise was used.
fn zero_claim_years(
    resident: EnrolledYears,
    claims: &[Claim],
    uses: &[UpliftUse],
    terms: &Incentive,
    year: BenefitYear,
    trace: &mut impl Trace,
) -> u32 {
    trace.used(Parameter::IncentiveSince);
    uses.iter().for_each(|u| trace.saw(u.row));
    let last_use = uses.iter().map(|u| u.year).max();
    let first = last_use.map_or(terms.since.0, |used| terms.since.0.max(used.saturating_add(1)));
    trace.value(|| Step::LastUse { year: last_use, first });
    let mut years = 0;
    for counted in (first..year.0).map(BenefitYear).filter(|&y| resident.holds(y, year)) {
        let of_year = claims.iter().filter(|claim| claim.year == counted.0);
        of_year.clone().for_each(|claim| trace.saw(claim.row));
        let fund: Yuan = of_year.map(|claim| claim.fund).sum();
        years += u32::from(trace.test(fund <= Yuan::ZERO, || Step::YearWithoutClaim { year: counted, fund }));
    }
    years
}

/// The raise for the benefit year.
fn raise(consecutive_years: u32, zero_claim_years: u32, terms: &Incentive, year: BenefitYear, trace: &mut impl Trace) -> Uplift {
    use Parameter::{CriticalIllnessCap, IncentiveConsecutive, IncentiveMost, IncentiveUnrewardedYears, IncentiveZeroClaim};
    [IncentiveUnrewardedYears, IncentiveConsecutive, IncentiveZeroClaim, IncentiveMost, CriticalIllnessCap]
        .into_iter()
        .for_each(|parameter| trace.used(parameter));
    let Incentive { since, unrewarded_years: unrewarded, .. } = *terms;
    let rewarded = (i64::from(consecutive_years) - i64::from(unrewarded)).min(i64::from(year.0 - since.0)).max(0);
    trace.value(|| Step::RewardedYears { rewarded, unrewarded, since });
    let consecutive = Yuan::from_fen(terms.consecutive.fen() * rewarded);
    let zero_claim = Yuan::from_fen(terms.zero_claim.fen() * i64::from(zero_claim_years));
    let sum = consecutive + zero_claim;
    let cap = terms.critical_illness_cap;
    let most = cap.map(|cap| terms.most.of_amount(cap));
    trace.value(|| Step::LargestRaise { cap, most });
    let total = most.map_or(sum, |most| if sum > most { most } else { sum });
    Uplift { consecutive_years, zero_claim_years, consecutive, zero_claim, total, capped: most.map(|most| sum > most) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::codes::Source;
    use super::super::facts::Row;
    use super::super::trace::NoTrace;
    use super::*;
    use crate::Percent;

    const TERMS: Incentive = Incentive {
        since: BenefitYear(2025),
        unrewarded_years: 4,
        consecutive: Yuan::from_yuan(5000),
        zero_claim: Yuan::from_yuan(5000),
        most: Percent::from_hundredths(2000),
        critical_illness_cap: Some(Yuan::from_yuan(40_000)),
    };

    fn raised(years: u32, zero_claim_years: u32, terms: &Incentive, year: i32) -> Uplift {
        raise(years, zero_claim_years, terms, BenefitYear(year), &mut NoTrace)
    }

    #[rstest]
    #[case::the_first_year_has_no_reward_yet(10, 2025, 0)]
    #[case::four_years_are_not_rewarded(4, 2027, 0)]
    #[case::one_year_more(5, 2027, 5000)]
    #[case::not_before_the_rule_began(10, 2026, 5000)]
    fn years_in_a_row(#[case] years: u32, #[case] year: i32, #[case] raise: i64) {
        assert_eq!(raised(years, 0, &TERMS, year).consecutive, Yuan::from_yuan(raise));
    }

    #[test]
    fn the_total_is_cut_where_the_cap_is_known() {
        let cut = raised(8, 2, &TERMS, 2027);
        assert_eq!((cut.total, cut.capped), (Yuan::from_yuan(8000), Some(true)));
        let open = Incentive { critical_illness_cap: None, ..TERMS };
        let plain = raised(8, 2, &open, 2027);
        assert_eq!((plain.total, plain.capped), (Yuan::from_yuan(20_000), None));
    }

    /// Enrolled as a resident in 2025 to 2027, in the year 2028.
    #[rstest]
    #[case::never(&[], &[], 3)]
    #[case::after_a_use(&[2025], &[], 2)]
    #[case::a_use_before_it_began(&[2024], &[], 3)]
    #[case::a_claim(&[], &[(2026, 100)], 2)]
    #[case::a_claim_given_back(&[], &[(2026, 100), (2026, -100)], 3)]
    #[case::given_back_in_another_year(&[], &[(2026, 100), (2027, -100)], 2)]
    #[case::a_claim_after_the_last_year(&[], &[(2028, 100)], 3)]
    #[case::two_uses(&[2026, 2025], &[(2025, 100)], 1)]
    fn a_use_or_a_claim_ends_years_without_one(#[case] uses: &[i32], #[case] claims: &[(i32, i64)], #[case] years: u32) {
        let row = Row { source: Source::Settlement, origin: 0 };
        let uses: Vec<UpliftUse> = uses.iter().map(|&year| UpliftUse { row, year }).collect();
        let claims: Vec<Claim> = claims.iter().map(|&(year, yuan)| Claim { row, year, fund: Yuan::from_yuan(yuan) }).collect();
        let counted = zero_claim_years(EnrolledYears::from_bits(0b111), &claims, &uses, &TERMS, BenefitYear(2028), &mut NoTrace);
        assert_eq!(counted, years);
    }

    #[test]
    fn a_year_without_enrollment_does_not_count() {
        assert_eq!(zero_claim_years(EnrolledYears::from_bits(0b001), &[], &[], &TERMS, BenefitYear(2028), &mut NoTrace), 1);
    }
}
