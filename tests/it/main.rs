//! The integration tests, in one binary.

mod audit;
mod cases;
mod cli;
mod independence;
mod people;
mod policy;
mod snapshots;
