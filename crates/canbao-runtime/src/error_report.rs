//! An error in one line, with its causes and its remedy, and with numbers of persons masked.

use std::error::Error;
use std::fmt::Write as _;

use canbao_rules::identity::mask_text;

/// An error's text with its causes, each once, and what to do about it.
///
/// Errors may bring their remedy along as a last line that begins with `hint: `.
pub fn told(error: &(dyn Error + 'static)) -> (String, Option<String>) {
    let (mut text, mut hint) = split_hint(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        let (message, remedy) = split_hint(&error.to_string());
        // Some errors print their cause themselves.
        if !text.contains(&message) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, ": {message}");
        }
        hint = hint.or(remedy);
        cause = error.source();
    }
    (mask_text(&text).into_owned(), hint.map(|hint| mask_text(&hint).into_owned()))
}

fn split_hint(message: &str) -> (String, Option<String>) {
    match message.split_once("\nhint: ") {
        Some((text, hint)) => (text.to_owned(), Some(hint.to_owned())),
        None => (message.to_owned(), None),
    }
}
