//! Signed requests to DingTalk (加签): `timestamp` in milliseconds, and `sign`, the HMAC-SHA256 of timestamp and secret
//! under the secret, in Base64. A signature holds for an hour, so it is made when a message is sent.

use chrono::{DateTime, Utc};
use url::Url;

use crate::hmac::Hmac;

/// The webhook's URL, signed.
pub(super) fn signed(url: &Url, secret: &str, at: DateTime<Utc>) -> Url {
    let timestamp = at.timestamp_millis().to_string();
    let code = Hmac::new(secret.as_bytes()).of(format!("{timestamp}\n{secret}").as_bytes());
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &base64(&code));
    url
}

/// Base64 of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for letter in 0..4 {
            let six = (bits >> (18 - 6 * letter)) as usize & 63;
            text.push(if letter > three.len() { '=' } else { char::from(LETTERS[six]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The test vectors of RFC 4648, section 10, and the two letters that have to be escaped in a query.
    #[rstest]
    #[case(b"", "")]
    #[case(b"f", "Zg==")]
    #[case(b"fo", "Zm8=")]
    #[case(b"foo", "Zm9v")]
    #[case(b"foob", "Zm9vYg==")]
    #[case(b"fooba", "Zm9vYmE=")]
    #[case(b"foobar", "Zm9vYmFy")]
    #[case(&[0xfb, 0xff, 0xbf], "+/+/")]
    fn base64_is_that_of_rfc_4648(#[case] bytes: &[u8], #[case] text: &str) {
        assert_eq!(base64(bytes), text);
    }

    /// Reckoned with Python's `hmac`, `base64` and `urllib.parse.quote_plus`, as DingTalk's documentation does.
    #[test]
    fn a_request_is_signed_as_documented() {
        let url: Url = "https://oapi.dingtalk.com/robot/send?access_token=x".parse().unwrap();
        let at = DateTime::from_timestamp_millis(1_709_245_800_123).unwrap();
        assert_eq!(
            signed(&url, "this is secret", at).as_str(),
            "https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1709245800123&sign=asXABLuzJI92PSmTWrg6l5duIYVGylJpYO5HUtmGpiM%3D"
        );
        assert_eq!(url.query(), Some("access_token=x"), "each request is signed anew");
    }
}
