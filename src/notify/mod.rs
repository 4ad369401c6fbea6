//! Telling people: what happened to a pipeline, as a message to a chat group or a program.
//!
//! [`Event`] is what happened, [`mod@message`] its words in the form that a [`Target`] reads, [`Sender`] carries one body to
//! one target, and [`deliver`] empties an [`Outbox`] of messages that wait.
//!
//! # Invariants
//! - A message names no person: free texts are masked when an event is made, and the whole text once more.
//! - A webhook's URL and secret are in no log, error, reason or `Debug` print.
//! - Nothing here holds up a run: messages wait in an outbox, and whoever empties it has a thread of their own.
//! - A message is sent at least once. It is sent twice only where the receiver's answer, or the record of it, was lost.

mod error;
mod event;
mod example;
mod message;
mod outbox;
mod sender;
mod sign;
mod target;
mod template;
mod verdict;

pub use error::NotifyError;
pub use event::{BadZonedTime, Event, Kind, Missed, ZonedTime};
pub use message::message;
pub use outbox::{Delivered, Outbox, Pending, deliver};
pub use sender::{Carrier, Sender, Timeouts};
pub use target::{Shape, Target};
pub use template::{TemplateFault, check_template};
pub use verdict::Delivery;
