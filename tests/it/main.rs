//! The integration tests, in one binary.

mod audit;
mod cases;
mod cleanup;
mod cli;
mod explain;
mod independence;
mod people;
mod policy;
mod published_figures;
mod sample;
mod settlement;
mod snapshots;
