//! Categories in force (RULES, "Subsidy": `begntime` ≤ d and `endtime` empty or ≥ d).

use crate::period::Day;
use crate::policy::CategorySet;

use super::IdentitySpan;

/// The categories in force on a day.
pub fn in_force(identities: &[IdentitySpan], on: Day) -> CategorySet {
    identities.iter().filter(|i| i.in_force(on)).map(|i| i.category).collect()
}
