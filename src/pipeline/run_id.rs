//! The name of a run: a UUID of version 7, so that names sort by the moment of the start.

use chrono::{DateTime, Utc};

/// The UUID of version 7 (RFC 9562) for a moment and ten random bytes.
///
/// ```
/// use canbao::pipeline::run_id;
/// let moment = chrono::DateTime::from_timestamp_millis(1_645_557_742_000).unwrap();
/// assert_eq!(run_id(moment, [0xFF; 10]), "017f22e2-79b0-7fff-bfff-ffffffffffff");
/// ```
pub fn run_id(moment: DateTime<Utc>, random: [u8; 10]) -> String {
    // A moment before 1970 cannot be had from the clock; it would be the first one.
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}
