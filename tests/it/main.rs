//! The integration tests, in one binary.

mod audit;
mod cases;
mod cleanup;
mod cli;
mod snapshots;
