//! An event as the body of one request, in the form that the receiver documents.
//!
//! - WeCom (<https://developer.work.weixin.qq.com/document/path/91770>): Markdown of at most 4096 bytes in UTF-8.
//! - DingTalk (<https://open.dingtalk.com/document/orgapp/custom-robot-access>): Markdown with a title that is shown in the
//!   list of chats; a body of at most 20 000 bytes. A line ends at two blanks before its line end.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::error::NotifyError;
use super::event::Event;
use super::target::{Shape, Target};
use super::template::{Reader, default_template, render};
use canbao_rules::Language;

/// Bytes of Markdown that WeCom takes.
const WECOM_BYTES: usize = 4096;
/// Bytes of Markdown for DingTalk: half of what its body may have, since a byte may take two in JSON.
const DINGTALK_BYTES: usize = 9_500;
/// Characters of DingTalk's title.
const TITLE_LENGTH: usize = 64;

/// The body of the request that tells `target` of an event.
///
/// # Errors
/// The target's own template fails. A template that passed [`check_template`](super::check_template) only does where an
/// event is unlike any example; [`Target::with_template`] then gives a target with the default messages.
pub fn message(event: &Event, target: &Target) -> Result<String, NotifyError> {
    let reader = if target.shape == Shape::Json { Reader::Plain } else { Reader::Markdown };
    let template = target.template.as_deref();
    let text = render(template.unwrap_or(default_template(event.kind, target.lang)), event, reader).map_err(NotifyError::Template)?;
    let body = match target.shape {
        Shape::WeCom => json!({ "msgtype": "markdown", "markdown": { "content": cut(&text, WECOM_BYTES, target.lang) } }),
        Shape::DingTalk => {
            // A user's template says itself where its lines end.
            let text = if template.is_none() { Cow::Owned(text.replace('\n', "  \n")) } else { Cow::Borrowed(text.as_str()) };
            json!({ "msgtype": "markdown", "markdown": { "title": title(&text), "text": cut(&text, DINGTALK_BYTES, target.lang) } })
        }
        Shape::Json => {
            let mut event = serde_json::to_value(event)?;
            event["text"] = Value::String(text);
            event
        }
    };
    Ok(body.to_string())
}

/// The first line that says something, without the signs of Markdown.
fn title(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches(['#', '>', '*', '-', ' ']).replace(['*', '`'], ""));
    let line = lines.map(|line| line.trim().to_owned()).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(TITLE_LENGTH).collect()
}

/// The text in at most `bytes` bytes: what does not fit is left out at its end, and that is said.
fn cut(text: &str, bytes: usize, lang: Language) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    let note = match lang {
        Language::Chinese => "\n……（内容过长，余下的见运行记录）",
        Language::English => "\n… (too long; the rest is in the run's record)",
    };
    let kept = &text[..text.floor_char_boundary(bytes - note.len())];
    Cow::Owned(format!("{kept}{note}"))
}

#[cfg(test)]
mod tests;
