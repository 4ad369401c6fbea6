//! What the program meets of the machine it runs on: the clock, object stores, failures that pass by themselves, how an
//! error is reported, and points at which a test may stop the process.

pub mod clock;
pub mod crash;
pub mod diagnostic;
pub mod error_report;
pub mod stores;
pub mod transient;
