//! What a receiver's answer means for the message.
//!
//! WeCom and DingTalk answer 200 to what they refuse, and say so in `errcode`:
//!
//! - WeCom: 93000 the key is wrong or the robot was removed, 40058 the body is wrong; -1 busy, 45009 more than 20
//!   messages in a minute, 45033 too many at once.
//! - DingTalk: 310000 bad signature, keyword or address, 400101 no such token, 400102 the robot is switched off; -1 busy,
//!   130101 and 410100 more than 20 messages in a minute, for which it takes none for ten minutes.

use std::time::Duration;

use serde::Deserialize;

use super::target::Shape;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It was taken.
    Sent,
    /// It was not, for a reason that can pass.
    TryAgain {
        /// The reason; it holds no secret.
        reason: String,
        /// How long the receiver wants to be left alone.
        wait: Option<Duration>,
    },
    /// It was not, and would not be.
    Refused {
        /// The reason; it holds no secret.
        reason: String,
    },
}

/// Characters of a receiver's own words that are kept.
const WORDS_LENGTH: usize = 200;
/// How long a receiver is left alone at most, whatever it asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// How long WeCom counts messages.
const WECOM_WAIT: Duration = Duration::from_secs(60);
/// How long DingTalk takes none from who sent too many.
const DINGTALK_WAIT: Duration = Duration::from_secs(600);

/// A receiver's answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

/// What both vendors answer.
#[derive(Deserialize)]
struct Account {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// Judges an answer. The reason may repeat what the receiver says: it has to be scrubbed.
pub(super) fn judge(shape: Shape, answer: &Answer) -> Delivery {
    let status = answer.status;
    match status {
        200..=299 if shape == Shape::Json => Delivery::Sent,
        200..=299 => match serde_json::from_slice::<Account>(&answer.body) {
            Ok(account) => judge_account(shape, &account),
            Err(_) => again(format!("answers {status} without an `errcode`, as something between us and the receiver might"), None),
        },
        300..=399 => Delivery::Refused { reason: format!("answers {status}: it redirects to where no message is sent") },
        408 | 425 | 429 => again(format!("answers {status}"), asked_wait(answer)),
        400..=499 => Delivery::Refused { reason: format!("answers {status}{}", words(&String::from_utf8_lossy(&answer.body))) },
        _ => again(format!("answers {status}"), asked_wait(answer)),
    }
}

fn judge_account(shape: Shape, account: &Account) -> Delivery {
    let reason = format!("answers errcode {}{}", account.errcode, words(&account.errmsg));
    match (shape, account.errcode) {
        (_, 0) => Delivery::Sent,
        (_, -1) => again(reason, None),
        (Shape::WeCom, 45009 | 45033) => again(reason, Some(WECOM_WAIT)),
        (Shape::DingTalk, 130_101 | 410_100) => again(reason, Some(DINGTALK_WAIT)),
        _ => Delivery::Refused { reason },
    }
}

fn again(reason: String, wait: Option<Duration>) -> Delivery {
    Delivery::TryAgain { reason, wait }
}

/// `Retry-After` in seconds; its other form, a date, is not heeded.
fn asked_wait(answer: &Answer) -> Option<Duration> {
    let seconds: u64 = answer.retry_after.as_deref()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The receiver's own words in one line, if there are any.
fn words(text: &str) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS_LENGTH) {
        Some((end, _)) => format!(": {}…", &line[..end]),
        None if line.is_empty() => String::new(),
        None => format!(": {line}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn judged(shape: Shape, status: u16, body: &str) -> Delivery {
        judge(shape, &Answer { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[rstest]
    #[case::wecom(Shape::WeCom, 200, r#"{"errcode":0,"errmsg":"ok"}"#)]
    #[case::dingtalk(Shape::DingTalk, 200, r#"{"errcode":0,"errmsg":"ok"}"#)]
    #[case::json(Shape::Json, 204, "")]
    #[case::json_that_says_something(Shape::Json, 200, r#"{"errcode":7}"#)]
    fn taken(#[case] shape: Shape, #[case] status: u16, #[case] body: &str) {
        assert_eq!(judged(shape, status, body), Delivery::Sent);
    }

    #[rstest]
    #[case::busy(Shape::WeCom, 200, r#"{"errcode":-1,"errmsg":"system busy"}"#, "answers errcode -1: system busy", None)]
    #[case::wecom_limit(
        Shape::WeCom,
        200,
        r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
        "answers errcode 45009: api freq out of limit",
        Some(60)
    )]
    #[case::dingtalk_limit(
        Shape::DingTalk,
        200,
        r#"{"errcode":130101,"errmsg":"send too fast"}"#,
        "answers errcode 130101: send too fast",
        Some(600)
    )]
    #[case::dingtalk_limit_without_words(Shape::DingTalk, 200, r#"{"errcode":410100}"#, "answers errcode 410100", Some(600))]
    #[case::a_page_of_the_network(
        Shape::WeCom,
        200,
        "<html>log in</html>",
        "answers 200 without an `errcode`, as something between us and the receiver might",
        None
    )]
    #[case::broken_off(
        Shape::DingTalk,
        200,
        r#"{"errcode":"#,
        "answers 200 without an `errcode`, as something between us and the receiver might",
        None
    )]
    #[case::server(Shape::Json, 500, "secret page", "answers 500", None)]
    #[case::gateway(Shape::WeCom, 502, "", "answers 502", None)]
    #[case::timeout(Shape::Json, 408, "", "answers 408", None)]
    #[case::early(Shape::Json, 425, "", "answers 425", None)]
    fn passes(#[case] shape: Shape, #[case] status: u16, #[case] body: &str, #[case] reason: &str, #[case] wait: Option<u64>) {
        assert_eq!(judged(shape, status, body), again(reason.to_owned(), wait.map(Duration::from_secs)));
    }

    #[rstest]
    #[case::bad_key(Shape::WeCom, 200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "answers errcode 93000: invalid webhook url")]
    #[case::too_long(Shape::WeCom, 200, r#"{"errcode":40058}"#, "answers errcode 40058")]
    #[case::bad_sign(Shape::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, "answers errcode 310000: sign not match")]
    #[case::limit_of_the_other(Shape::DingTalk, 200, r#"{"errcode":45009}"#, "answers errcode 45009")]
    #[case::redirected(Shape::Json, 302, "", "answers 302: it redirects to where no message is sent")]
    #[case::not_found(Shape::Json, 404, "no\r\n  such  hook\n", "answers 404: no such hook")]
    #[case::forbidden(Shape::WeCom, 403, "", "answers 403")]
    fn refused(#[case] shape: Shape, #[case] status: u16, #[case] body: &str, #[case] reason: &str) {
        assert_eq!(judged(shape, status, body), Delivery::Refused { reason: reason.to_owned() });
    }

    #[rstest]
    #[case("120", Some(120))]
    #[case(" 5 ", Some(5))]
    #[case("86400", Some(3600))]
    #[case("Fri, 01 Mar 2024 06:30:00 GMT", None)]
    #[case("-1", None)]
    fn a_receiver_may_ask_for_patience(#[case] header: &str, #[case] seconds: Option<u64>) {
        let answer = Answer { status: 429, retry_after: Some(header.to_owned()), body: Vec::new() };
        assert_eq!(judge(Shape::Json, &answer), again("answers 429".to_owned(), seconds.map(Duration::from_secs)));
    }

    #[test]
    fn long_words_are_cut() {
        let Delivery::Refused { reason } = judged(Shape::Json, 400, &"长".repeat(5000)) else { panic!("not refused") };
        assert_eq!(reason.chars().count(), "answers 400: ".len() + WORDS_LENGTH + 1);
    }
}
