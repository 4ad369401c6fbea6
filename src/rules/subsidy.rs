//! Subsidies (RULES, "Subsidy": the highest amount wins, never added up; ties by the order given).

use crate::money::Yuan;
use crate::policy::{Category, CategorySet, Payer, Policy};

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

/// The best subsidy for someone in these categories.
pub fn award(categories: CategorySet, policy: &Policy) -> Option<Award> {
    policy.subsidies.best(categories).map(|best| Award {
        category: best.category,
        amount: best.amount,
        payer: best.payer,
        personal: policy.premium.personal - best.amount,
    })
}

/// The personal amount after subsidy (`personal_amt`, `expected_amt`).
pub fn personal_amount(categories: CategorySet, policy: &Policy) -> Yuan {
    award(categories, policy).map_or(policy.premium.personal, |award| award.personal)
}

/// What was paid above the personal amount (`overpaid_amt`).
pub fn overpaid(paid: Yuan, personal: Yuan) -> Yuan {
    (paid - personal).max(Yuan::ZERO)
}
