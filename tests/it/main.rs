//! The integration tests, in one binary.

mod audit;
mod cases;
mod cli;
mod settlement;
mod snapshots;
