//! Spans of days that offices know of a person.

use canbao_rules::period::Day;

/// A label and the days on which it holds.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Place in `county.labels`.
    pub label: usize,
    pub begins: Day,
    pub ends: Option<Day>,
}

impl Held {
    pub fn on(self, day: Day) -> bool {
        self.begins <= day && self.ends.is_none_or(|ends| ends >= day)
    }
}

/// A registration at a school.
#[derive(Debug, Clone, Copy)]
pub struct Schooling {
    pub area: u32,
    pub begins: Day,
    pub ends: Option<Day>,
}
