//! The integration tests, in one binary.

mod architecture;
mod audit;
mod bulletin;
mod cases;
mod cleanup;
mod cli;
mod crash;
mod explain;
mod independence;
mod operators;
mod people;
mod policy;
mod privacy;
mod published_figures;
mod ranges;
mod references;
mod sample;
#[cfg(unix)]
mod scheduler;
mod settlement;
mod snapshots;
mod support;
