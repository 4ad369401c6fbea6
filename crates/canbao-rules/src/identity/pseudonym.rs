//! Pseudonyms of persons, which cannot be undone without the key.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Gives each text a pseudonym under one key: the first half of HMAC-SHA256 (RFC 2104) in 32
/// hexadecimal digits. The same text has the same pseudonym across datasets and snapshots.
///
/// ```
/// use canbao_rules::identity::Pseudonym;
/// let pseudonym = Pseudonym::new(b"a key that stays in the bureau");
/// assert_eq!(pseudonym.of("34039919900228018X").len(), 32);
/// assert_ne!(pseudonym.of("34039919900228018X"), pseudonym.of("340399199002280016"));
/// ```
#[derive(Clone)]
pub struct Pseudonym {
    keyed: Hmac<Sha256>,
}

impl Pseudonym {
    /// Pseudonyms under this key, of any length.
    pub fn new(key: &[u8]) -> Self {
        Self { keyed: Hmac::new_from_slice(key).expect("HMAC takes a key of any length") }
    }

    /// The pseudonym of a text.
    pub fn of(&self, text: &str) -> String {
        let mut keyed = self.keyed.clone();
        keyed.update(text.as_bytes());
        hex::encode(&keyed.finalize().into_bytes()[..16])
    }

    /// Whether a text has the form of a pseudonym, which no certificate's number has.
    pub fn is_pseudonym(text: &str) -> bool {
        text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// The key is not printed.
impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_first_half_of_the_code() {
        // Test cases 2 and 6 of RFC 4231.
        let short = Pseudonym::new(b"Jefe").of("what do ya want for nothing?");
        assert_eq!(short, "5bdcc146bf60754e6a042426089575c7");
        let long = Pseudonym::new(&[0xaa; 131]).of("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(long, "60e431591ee0b67f0d8a26aacbf5b77f");
    }
}
