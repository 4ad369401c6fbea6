//! Where messages go. A webhook's URL is a password: whoever has it can write to the group.

use std::fmt;

use sha2::{Digest, Sha256};
use url::Url;

use canbao_rules::Language;

/// Nothing shorter is taken for a secret: words such as `send` would tear holes into sentences.
const SHORTEST_SECRET: usize = 8;

/// What the receiver expects to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A group robot of WeCom (企业微信).
    WeCom,
    /// A custom robot of DingTalk (钉钉).
    DingTalk,
    /// The event itself as JSON, the message as `text`: for programs.
    Json,
}

/// A receiver of messages. Neither `Debug` nor `Display` shows more of its URL than scheme and host.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// The webhook.
    pub(super) url: Url,
    /// What the receiver expects.
    pub shape: Shape,
    /// A template in place of the default messages.
    pub template: Option<String>,
    /// The language of the default messages.
    pub lang: Language,
    /// The secret of DingTalk's robots that want signed requests (加签).
    pub(super) secret: Option<String>,
}

impl Target {
    /// A target with the default messages in Chinese.
    pub fn new(url: Url, shape: Shape) -> Self {
        Self { url, shape, template: None, lang: Language::default(), secret: None }
    }

    /// The same with a template, or with the default messages.
    #[must_use]
    pub fn with_template(self, template: Option<String>) -> Self {
        Self { template, ..self }
    }

    /// The same in another language.
    #[must_use]
    pub fn with_lang(self, lang: Language) -> Self {
        Self { lang, ..self }
    }

    /// The same with requests signed, if it is DingTalk's.
    #[must_use]
    pub fn with_secret(self, secret: Option<String>) -> Self {
        Self { secret, ..self }
    }

    /// Sixteen hexadecimal digits by which the receiver is known again, without its URL being kept.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.url.as_str());
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A text of the receiver's or a library's, without anything secret of this target.
    pub(super) fn scrub(&self, text: &str) -> String {
        let url = &self.url;
        let query = url.query().unwrap_or_default();
        let mut secrets: Vec<String> = vec![url.as_str().to_owned(), url.path().to_owned(), query.to_owned()];
        secrets.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
        // As written and as meant.
        secrets.extend(query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned()));
        secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        secrets.extend([url.username(), url.password().unwrap_or_default()].map(str::to_owned));
        secrets.extend(self.secret.clone());
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        // The longer first: a part of what is gone cannot be left over.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }
}

/// Scheme and host.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str("/…")
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("url", &format_args!("{self}"))
            .field("shape", &self.shape)
            .field("template", &self.template)
            .field("lang", &self.lang)
            .field("secret", &self.secret.as_ref().map(|_| "…"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        let url = "https://user:pass-word-1@oapi.dingtalk.com:8443/robot/send?access_token=0123456789abcdef&x=%E5%AF%86%E7%A0%81";
        Target::new(url.parse().unwrap(), Shape::DingTalk).with_secret(Some("SEC0123456789".to_owned()))
    }

    #[test]
    fn no_print_shows_a_secret() {
        insta::assert_snapshot!(target(), @"https://oapi.dingtalk.com:8443/…");
        insta::assert_snapshot!(format!("{:?}", target()), @r#"Target { url: https://oapi.dingtalk.com:8443/…, shape: DingTalk, template: None, lang: Chinese, secret: Some("…") }"#);
    }

    #[test]
    fn secrets_are_scrubbed_from_what_others_say() {
        let said = "POST https://user:pass-word-1@oapi.dingtalk.com:8443/robot/send?access_token=0123456789abcdef&x=%E5%AF%86%E7%A0%81 failed: \
                    bad token 0123456789abcdef for pass-word-1, signed with SEC0123456789, cannot send";
        insta::assert_snapshot!(target().scrub(said), @"POST … failed: bad token … for …, signed with …, cannot send");
    }

    #[test]
    fn a_fingerprint_is_of_one_receiver() {
        let other = Target::new("https://oapi.dingtalk.com/robot/send?access_token=fedcba9876543210".parse().unwrap(), Shape::DingTalk);
        assert_eq!(target().fingerprint(), target().with_lang(Language::English).fingerprint());
        assert_ne!(target().fingerprint(), other.fingerprint());
        assert_eq!(other.fingerprint().len(), 16);
    }
}
