//! Subsidies (docs/rules.md, Subsidy: the highest amount wins, never added up; ties by the order given).

use crate::money::Yuan;
use crate::policy::{Category, CategorySet, Parameter, Payer, Policy};

use super::codes::Rule;
use super::trace::{NoTrace, Step, Trace};

/// What a person owes and who bears the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Award {
    /// The category whose subsidy wins.
    pub category: Category,
    /// The subsidy.
    pub amount: Yuan,
    /// Who bears it, where the document says.
    pub payer: Option<Payer>,
    /// What is left for the person: premium less subsidy.
    pub personal: Yuan,
}

/// The subsidy of a person in these categories; the dead get none.
pub fn award(categories: CategorySet, dead: bool, policy: &Policy, trace: &mut impl Trace) -> Option<Award> {
    trace.begin(Rule::Subsidy, None);
    let award = if trace.test(dead, || Step::Dead {}) { None } else { best(categories, policy, trace) };
    match award {
        None => trace.conclude(|| Step::NoAward { subsidy_category: None }),
        Some(Award { category, amount, payer, personal }) => {
            trace.conclude(|| Step::Award { category, subsidy_amt: amount, personal_amt: personal, payer })
        }
    }
    award
}

/// The highest subsidy for someone in these categories.
fn best(categories: CategorySet, policy: &Policy, trace: &mut impl Trace) -> Option<Award> {
    for subsidy in policy.subsidies.iter().filter(|s| categories.has(s.category)) {
        trace.used(Parameter::Subsidy(subsidy.category));
        trace.value(|| Step::SubsidyOf { category: subsidy.category, amount: subsidy.amount });
    }
    let best = policy.subsidies.best(categories)?;
    if best.payer.is_some() {
        trace.used(Parameter::SubsidyPayer(best.category));
    }
    trace.used(Parameter::PremiumPersonal);
    trace.value(|| Step::Premium { premium_personal: policy.premium.personal });
    let personal = policy.premium.personal - best.amount;
    Some(Award { category: best.category, amount: best.amount, payer: best.payer, personal })
}

/// The personal amount after subsidy (`personal_amt`, `expected_amt`), for the dead as for the living.
#[inline]
pub fn personal_amount(categories: CategorySet, policy: &Policy) -> Yuan {
    best(categories, policy, &mut NoTrace).map_or(policy.premium.personal, |award| award.personal)
}

/// What was paid above the personal amount (`overpaid_amt`).
#[inline]
pub fn overpaid(paid: Yuan, personal: Yuan) -> Yuan {
    (paid - personal).max(Yuan::ZERO)
}
