//! Categories in force (docs/rules.md, Special groups: `begntime` ≤ d and `endtime` empty or ≥ d).

use crate::period::Day;
use crate::policy::CategorySet;

use super::codes::Rule;
use super::facts::IdentitySpan;
use super::trace::{Step, Trace};

/// The categories in force on a day.
pub fn in_force(identities: &[IdentitySpan], on: Day, trace: &mut impl Trace) -> CategorySet {
    trace.begin(Rule::Categories, None);
    let mut categories = CategorySet::EMPTY;
    for identity in identities {
        let IdentitySpan { row, category, begin, end } = *identity;
        trace.saw(row);
        if trace.test(identity.in_force(on), || Step::InForce { category, begin, end, on }) {
            categories = categories.with(category);
        }
    }
    trace.conclude(|| Step::Categories { categories });
    categories
}
