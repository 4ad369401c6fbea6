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
    let millis = moment.timestamp_millis().to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | bytes[6] & 0x0F;
    bytes[8] = 0x80 | bytes[8] & 0x3F;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
