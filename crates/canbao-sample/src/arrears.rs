//! Late payers where the wait depends on earlier years: every count of broken and repaid years, and what breaks one.

use canbao_rules::policy::{Arrears, Policy, Waiting};

/// What somebody's records of an earlier year are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Past {
    /// A resident record paid in the year's window.
    InTime,
    /// A resident record of which nobody knows when it was paid.
    Untimed,
    /// A resident record paid on the last day of the year itself.
    LastDay,
    /// A resident record paid on the first day of the benefit year.
    FirstDayAfter,
    /// A resident record paid together with the benefit year's.
    Repaid,
    /// An employee record of so many months.
    Employed(u32),
    /// Such a one, and a resident record paid together with the benefit year's.
    EmployedAndRepaid(u32),
    Missing,
}

/// The years before the benefit year, the last first; those before them were paid in time, if there are any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct History {
    pub last: Vec<Past>,
    pub before: Past,
}

/// Every history that the pack's waiting time tells apart; none where waiting does not depend on earlier years.
pub fn histories(policy: &Policy) -> Vec<History> {
    let Waiting::Arrears(Arrears { long_break_years, months_of_unbroken_year, .. }) = policy.waiting else { return Vec::new() };
    let in_order = |last: Vec<Past>| History { last, before: Past::InTime };
    let mut histories = Vec::new();
    for broken in 0..=long_break_years + 1 {
        for repaid in 0..=broken {
            let past = |year| if year < repaid { Past::Repaid } else { Past::Missing };
            histories.push(in_order((0..broken).map(past).collect()));
        }
    }
    let months = months_of_unbroken_year.unsigned_abs().clamp(2, 12);
    let single = [
        Past::Employed(months - 1),
        Past::Employed(months),
        Past::EmployedAndRepaid(months - 1),
        Past::LastDay,
        Past::FirstDayAfter,
        Past::Untimed,
    ];
    histories.extend(single.map(|past| in_order(vec![past])));
    histories.push(History { last: Vec::new(), before: Past::Missing });
    histories
}
