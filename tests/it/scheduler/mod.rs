//! The scheduler as its users meet it: the real program as a process of its own, a real ledger, real files, and a clock
//! that the test sets. What these tests promise stands in `docs/reliability.md`.

mod backfill;
mod failures;
mod killed;
mod life;
mod month;
mod notifications;
mod waking;
