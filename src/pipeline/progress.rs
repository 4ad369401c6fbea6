//! How far a run has come, for those who show it.

use std::time::Duration;

/// Is called while a run works. Calls may come from several threads.
pub trait Progress: Sync {
    /// A stage begins: `read`, a step's name, `gates`, `publish`.
    fn stage_begins(&self, stage: &str);
    /// A part of a stage begins, such as one extract; `total` is its size in bytes or rows, 0 where unknown.
    fn part_begins(&self, part: &str, total: u64);
    /// More of the part is done.
    fn advance(&self, amount: u64);
    /// The stage is over.
    fn stage_ends(&self, stage: &str, took: Duration);
    /// The stage need not be done: an earlier attempt of the run did it.
    fn stage_restored(&self, stage: &str);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage_begins(&self, _: &str) {}
    fn part_begins(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn stage_ends(&self, _: &str, _: Duration) {}
    fn stage_restored(&self, _: &str) {}
}
