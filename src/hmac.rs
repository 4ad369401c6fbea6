//! HMAC-SHA256 (RFC 2104): the one keyed hash of the program, for pseudonyms and for signed requests.

use sha2::{Digest, Sha256};

/// The block of SHA-256, to which the key is filled up.
const BLOCK: usize = 64;

/// Codes under one key. The key itself is not kept.
#[derive(Clone)]
pub struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    /// Codes under this key, of any length.
    pub fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let start = |pad: u8| Sha256::new().chain_update(block.map(|b| b ^ pad));
        Self { inner: start(0x36), outer: start(0x5c) }
    }

    /// The code of a message.
    pub fn of(&self, message: &[u8]) -> [u8; 32] {
        let inner = self.inner.clone().chain_update(message).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const SIX: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
    const SEVEN: &[u8] = b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
                           hashed before being used by the HMAC algorithm.";

    /// The test cases of RFC 4231, section 4; the fifth is about codes cut short.
    #[rstest]
    #[case::one(vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    #[case::two(b"Jefe".to_vec(), b"what do ya want for nothing?".to_vec(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    #[case::three(vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")]
    #[case::four((1..=25).collect(), vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")]
    #[case::six(vec![0xaa; 131], SIX.to_vec(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")]
    #[case::seven(vec![0xaa; 131], SEVEN.to_vec(), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")]
    fn agrees_with_rfc_4231(#[case] key: Vec<u8>, #[case] message: Vec<u8>, #[case] code: &str) {
        let hex: String = Hmac::new(&key).of(&message).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, code);
    }
}
