//! Signed requests to DingTalk (加签): `timestamp` in milliseconds, and `sign`, the HMAC-SHA256 of timestamp and secret
//! under the secret, in Base64. A signature holds for an hour, so it is made when a message is sent.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use url::Url;

/// The webhook's URL, signed.
pub(super) fn signed(url: &Url, secret: &str, at: DateTime<Utc>) -> Url {
    let timestamp = at.timestamp_millis().to_string();
    let mut keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    keyed.update(format!("{timestamp}\n{secret}").as_bytes());
    let code = BASE64_STANDARD.encode(keyed.finalize().into_bytes());
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &code);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

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
