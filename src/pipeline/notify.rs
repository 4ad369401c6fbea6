//! Who is notified of what happens to a pipeline, as its file says it: `[[notify]]`.
//!
//! An address may hold a secret (the key of a robot stands in its URL), so nothing here prints one: not a message, not
//! `Debug`.

use std::fmt;

use toml::Spanned;
use url::Url;

use super::config_error::Fault;
use super::located_fault::{LocatedFault, known_word};
use super::toml_form;
use crate::notify::{Kind, Shape, Target, TemplateFault, check_template};
use canbao_rules::Language;

/// A receiver of notifications.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Where messages are sent.
    pub address: Address,
    /// The events that are notified, each at most once.
    pub on: Vec<Kind>,
    /// The form in which a message is sent.
    pub shape: Shape,
    /// The text of a message, for `minijinja`; `None`: the one of the language.
    pub template: Option<String>,
    /// The language of the message.
    pub lang: Language,
    /// The environment variable with the secret by which DingTalk's robots want requests signed (加签).
    pub secret_env: Option<String>,
}

impl Notify {
    /// The receiver, with `environment` to look up variables.
    ///
    /// # Errors
    /// A variable is not there, or holds no web address.
    pub fn target(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Target, AddressError> {
        let secret = self.secret_env.as_ref().map(|name| environment(name).ok_or_else(|| AddressError::NoSecret(name.clone())));
        let target = Target::new(self.address.url(&environment)?, self.shape);
        Ok(target.with_template(self.template.clone()).with_lang(self.lang).with_secret(secret.transpose()?))
    }
}

/// Where messages are sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A webhook.
    Url(Url),
    /// The name of an environment variable that holds the webhook's URL.
    Env(String),
}

/// An address that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The environment variable is not there.
    #[error("the environment has no `{0}`, expected the URL of a webhook in it")]
    Unset(String),
    /// The environment variable with the secret is not there.
    #[error("the environment has no `{0}`, expected the secret of a robot in it")]
    NoSecret(String),
    /// What it holds is no web address.
    #[error("the environment's `{0}` holds no web address, expected one that begins with https:// or http://")]
    NoUrl(String),
}

impl Address {
    /// The webhook's URL, with `environment` to look up a variable.
    ///
    /// # Errors
    /// The variable is not there, or holds no web address.
    pub fn url(&self, environment: impl FnOnce(&str) -> Option<String>) -> Result<Url, AddressError> {
        match self {
            Self::Url(url) => Ok(url.clone()),
            Self::Env(name) => {
                let text = environment(name).ok_or_else(|| AddressError::Unset(name.clone()))?;
                web_address(text.trim()).ok_or_else(|| AddressError::NoUrl(name.clone()))
            }
        }
    }
}

impl fmt::Display for Address {
    /// The host, or the variable's name: what may stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "{}://{}/…", url.scheme(), url.host_str().unwrap_or_default()),
            Self::Env(name) => write!(f, "${name}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) fn build(form: &Spanned<toml_form::Notify>) -> Result<Notify, LocatedFault> {
    let notify = form.get_ref();
    let shape = [("wecom", Shape::WeCom), ("dingtalk", Shape::DingTalk), ("json", Shape::Json)];
    let shape = notify.shape.as_ref().map(|word| known_word(word, "shape", &shape)).transpose()?;
    let lang = Language::ALL.map(|lang| (lang.as_str(), lang));
    let lang = notify.lang.as_ref().map(|word| known_word(word, "lang", &lang)).transpose()?;
    Ok(Notify {
        address: address(notify, form.span().start)?,
        on: notify.on.as_ref().map_or_else(|| Ok(Kind::ALL.to_vec()), events)?,
        shape: shape.unwrap_or(Shape::Json),
        template: notify.template.as_ref().map(template).transpose()?,
        lang: lang.unwrap_or_default(),
        secret_env: secret_env(notify)?,
    })
}

fn address(notify: &toml_form::Notify, at: usize) -> Result<Address, LocatedFault> {
    let shape = |at, found, expected| (Some(at), Fault::Shape { what: "a `[[notify]]`".to_owned(), found, expected });
    let one = "exactly one of `url` and `url_env`";
    match (&notify.url, &notify.url_env) {
        (Some(url), None) => {
            let expected = "one that begins with https:// or http://";
            let url = web_address(url.get_ref()).ok_or_else(|| shape(url.span().start, "a `url` that is no web address", expected))?;
            Ok(Address::Url(url))
        }
        (None, Some(name)) => Ok(Address::Env(variable(name, "a `url_env` that cannot name an environment variable")?)),
        (Some(_), Some(_)) => Err(shape(at, "both `url` and `url_env`", one)),
        (None, None) => Err(shape(at, "neither `url` nor `url_env`", one)),
    }
}

fn secret_env(notify: &toml_form::Notify) -> Result<Option<String>, LocatedFault> {
    let found = "a `secret_env` that cannot name an environment variable";
    notify.secret_env.as_ref().map(|name| variable(name, found)).transpose()
}

/// The name of an environment variable.
fn variable(name: &Spanned<String>, found: &'static str) -> Result<String, LocatedFault> {
    let text = name.get_ref();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(word) {
        return Ok(text.clone());
    }
    // Not shown: somebody may have put the secret itself here.
    let expected = "ASCII letters, digits and `_`, no digit first";
    Err((Some(name.span().start), Fault::Shape { what: "a `[[notify]]`".to_owned(), found, expected }))
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn events(written: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Kind>, LocatedFault> {
    let known = Kind::ALL.map(|event| (event.as_str(), event));
    let mut events = Vec::with_capacity(known.len());
    for word in written.get_ref() {
        let event = known_word(word, "event", &known)?;
        if events.contains(&event) {
            return Err((Some(word.span().start), Fault::Twice { what: "event", name: word.get_ref().clone() }));
        }
        events.push(event);
    }
    if events.is_empty() {
        let (found, expected) = ("an `on` without events", "at least one, or no `on` for all of them");
        return Err((Some(written.span().start), Fault::Shape { what: "a `[[notify]]`".to_owned(), found, expected }));
    }
    Ok(events)
}

fn template(written: &Spanned<String>) -> Result<String, LocatedFault> {
    let text = written.get_ref();
    match check_template(text) {
        Ok(()) => Ok(text.clone()),
        Err(TemplateFault { problem: why, hint }) => Err((Some(written.span().start), Fault::Template { why, hint })),
    }
}
