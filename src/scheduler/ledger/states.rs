//! States of occurrences, of runs with their attempts, and of stages; which may follow which.

use std::fmt;
use std::str::FromStr;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;

/// Words that a column of the ledger may hold.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in the ledger and in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or(())
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|()| FromSqlError::InvalidType)
            }
        }
    };
}

words! {
    /// Why an occurrence is there.
    Cause {
        /// Its schedule.
        Schedule = "schedule",
        /// Another pipeline's success.
        After = "after",
        /// New or changed files.
        NewFiles = "new_files",
        /// Somebody started it.
        Manual = "manual",
        /// A span of the past that is worked through.
        Backfill = "backfill",
    }
}

words! {
    /// What became of an occurrence.
    OccurrenceState {
        /// It waits for its first run.
        Due = "due",
        /// A run is under way.
        Running = "running",
        /// It waits for another try.
        Waiting = "waiting",
        /// Its run was stopped with the program and goes on at the next start.
        Parked = "parked",
        /// A run succeeded.
        Succeeded = "succeeded",
        /// A run stopped at a gate.
        Held = "held",
        /// Its runs failed, and no other follows by itself.
        Failed = "failed",
        /// The program did not run when it was due, and the pipeline does not catch it up.
        Missed = "missed",
        /// Another run of the pipeline was under way, and the pipeline does not queue.
        Skipped = "skipped",
        /// Somebody cancelled it.
        Cancelled = "cancelled",
    }
}

words! {
    /// What became of a run, and of each of its attempts.
    RunState {
        /// Under way.
        Running = "running",
        /// The snapshot is published.
        Succeeded = "succeeded",
        /// Stopped at a gate.
        Held = "held",
        /// A stage failed.
        Failed = "failed",
        /// A stage took longer than it may.
        TimedOut = "timed_out",
        /// Its process was gone.
        Crashed = "crashed",
        /// Stopped with the program.
        Parked = "parked",
        /// Somebody cancelled it.
        Cancelled = "cancelled",
    }
}

words! {
    /// What became of a stage in one attempt.
    StageState {
        /// Under way, or cut off with its attempt.
        Running = "running",
        /// Done in this attempt.
        Done = "done",
        /// Done in an earlier attempt, whose result still holds.
        Kept = "kept",
        /// Failed.
        Failed = "failed",
    }
}

words! {
    /// What became of a message to people.
    NoticeState {
        /// To be sent.
        Pending = "pending",
        /// Sent.
        Sent = "sent",
        /// Refused, or tried for too long.
        GivenUp = "given_up",
    }
}

impl OccurrenceState {
    /// Whether `next` may follow. A run may begin for whatever has none under way: by itself for what is due, by hand
    /// for the rest.
    pub const fn may_become(self, next: Self) -> bool {
        use OccurrenceState::{Cancelled, Due, Failed, Held, Missed, Parked, Running, Skipped, Succeeded, Waiting};
        matches!(
            (self, next),
            (Running, Succeeded | Held | Failed | Waiting | Parked | Cancelled)
                | (Due | Waiting | Parked, Cancelled)
                | (Due | Waiting | Parked | Succeeded | Held | Failed | Missed | Skipped | Cancelled, Running)
        )
    }

    /// Whether nothing more happens by itself.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Due | Self::Running | Self::Waiting | Self::Parked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for &state in OccurrenceState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("done".parse::<OccurrenceState>(), Err(()));
    }

    #[test]
    fn a_run_begins_once_and_ends_once() {
        for &state in OccurrenceState::ALL {
            let running = state == OccurrenceState::Running;
            assert_ne!(state.may_become(OccurrenceState::Running), running, "{state}");
            assert!(!state.may_become(state), "{state}");
            assert!(!state.may_become(OccurrenceState::Due), "{state}: an occurrence becomes due once");
            let over = state.is_over();
            let ends = OccurrenceState::ALL.iter().any(|&next| next.is_over() && state.may_become(next));
            assert_eq!(ends, !over, "{state}: what is over changes only by a new run");
        }
    }
}
