//! Progress of townships against their targets (docs/contract.md, progress).

use std::cmp::Ordering;

use crate::policy::Policy;

/// How far a township has come: enrolled of target, not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// Persons enrolled.
    pub enrolled: i64,
    /// Persons to enroll.
    pub target: i64,
}

impl Completion {
    /// Compares as fractions; targets are positive.
    fn compare(self, other: Self) -> Ordering {
        let cross = |a: Self, b: Self| i128::from(a.enrolled) * i128::from(b.target);
        cross(self, other).cmp(&cross(other, self))
    }
}

/// The rank of each township by unrounded completion, best first; ties share (1-1-3). `None` where the
/// target is unknown or not positive.
///
/// ```
/// use canbao_rules::rules::progress::{Completion, ranks};
/// let of = |enrolled, target| Some(Completion { enrolled, target });
/// assert_eq!(ranks(&[of(1, 3), of(90, 100), None, of(2, 6), of(5, 0)]), [Some(2), Some(1), None, Some(2), None]);
/// ```
pub fn ranks(completions: &[Option<Completion>]) -> Vec<Option<i32>> {
    let known = |place: &usize| completions[*place].filter(|c| c.target > 0);
    let mut order: Vec<(usize, Completion)> = (0..completions.len()).filter_map(|p| known(&p).map(|c| (p, c))).collect();
    order.sort_by(|(_, a), (_, b)| b.compare(*a));
    let mut ranks = vec![None; completions.len()];
    let mut shared = 1;
    for (before, &(place, completion)) in order.iter().enumerate() {
        if before == 0 || order[before - 1].1.compare(completion) != Ordering::Equal {
            shared = before as i32 + 1;
        }
        ranks[place] = Some(shared);
    }
    ranks
}

/// Whether the enrolled share of the eligible reaches the required one (`reaches_required`); `None`
/// where the policy requires none or nobody is eligible.
pub fn reaches_required(enrolled_of_eligible: i64, eligible: i64, policy: &Policy) -> Option<bool> {
    let required = policy.required_share.filter(|_| eligible > 0)?;
    Some(required.is_reached(enrolled_of_eligible, eligible))
}
