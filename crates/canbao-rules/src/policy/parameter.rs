//! The parameters that rules read, by the names under which a pack states them.

use std::fmt;

use super::{Category, GroupTest};

/// A parameter of a policy. A rule names it where it uses it, so that a decision can be shown with the
/// [`Provision`](super::Provision) behind it; displays as that provision's name.
///
/// ```
/// use canbao_rules::policy::{Category, Parameter};
/// assert_eq!(Parameter::Subsidy(Category::LowIncome).to_string(), "subsidy.low_income");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// The days on which the premium is collected.
    Window,
    /// The last day for returning migrant workers.
    MigrantExtension,
    /// What one person pays.
    PremiumPersonal,
    /// A category's subsidy.
    Subsidy(Category),
    /// Who bears it.
    SubsidyPayer(Category),
    /// The categories of the difficulty ledger.
    Difficulty,
    /// Days after birth within which cover reaches back.
    NewbornDays,
    /// The birthday up to which a child counts as newborn.
    NewbornBirthday,
    /// A group that is covered soon after a late payment.
    SpecialGroup(GroupTest),
    /// When special groups are covered.
    SpecialStart,
    /// What happens to other late payers.
    Waiting,
    /// Employee months without a gap.
    EmployeeMonths,
    /// Paused records are paid back before the year.
    RefundBeforeYear,
    /// Who died before the year is paid back.
    RefundDeath,
    /// The first benefit year of the incentives.
    IncentiveSince,
    /// Years in a row without reward.
    IncentiveUnrewardedYears,
    /// The raise for each further year in a row.
    IncentiveConsecutive,
    /// The raise for each year without a claim.
    IncentiveZeroClaim,
    /// The largest raise.
    IncentiveMost,
    /// The original cap of critical-illness insurance.
    CriticalIllnessCap,
    /// Paying for relatives.
    MutualAid,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::Window => "benefit_year.window",
            Self::MigrantExtension => "benefit_year.migrant_extension",
            Self::PremiumPersonal => "premium.personal",
            Self::Subsidy(category) => return write!(f, "subsidy.{category}"),
            Self::SubsidyPayer(category) => return write!(f, "subsidy.{category}.payer"),
            Self::Difficulty => "difficulty",
            Self::NewbornDays => "newborn.days",
            Self::NewbornBirthday => "newborn.birthday",
            Self::SpecialGroup(test) => return special_group(test, f),
            Self::SpecialStart => "special_start",
            Self::Waiting => "waiting",
            Self::EmployeeMonths => "duplicate.employee_months",
            Self::RefundBeforeYear => "refund.before_year",
            Self::RefundDeath => "refund.death_before_cover",
            Self::IncentiveSince => "incentive.since",
            Self::IncentiveUnrewardedYears => "incentive.unrewarded_years",
            Self::IncentiveConsecutive => "incentive.consecutive",
            Self::IncentiveZeroClaim => "incentive.zero_claim",
            Self::IncentiveMost => "incentive.most",
            Self::CriticalIllnessCap => "incentive.critical_illness_cap",
            Self::MutualAid => "mutual_aid",
        };
        f.write_str(name)
    }
}

fn special_group(test: GroupTest, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "special_group.{}", test.as_str())?;
    match test.category() {
        Some(category) => write!(f, ".{category}"),
        None => Ok(()),
    }
}
