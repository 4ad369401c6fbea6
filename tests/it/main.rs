//! The integration tests, in one binary.

mod audit;
mod cases;
mod cli;
mod explain;
mod policy;
mod sample;
mod snapshots;
