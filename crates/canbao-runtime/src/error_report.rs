//! An error in one line, with its causes, and with numbers of persons masked.

use std::error::Error;
use std::fmt::Write as _;

use canbao_rules::identity::mask_text;

use crate::diagnostic::Diagnostic;

/// An error's text with its causes, each once.
pub fn error_text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Some errors print their cause themselves.
        if !text.contains(&message) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, ": {message}");
        }
        cause = error.source();
    }
    mask_text(&text).into_owned()
}

/// What to do about an error, as it is shown.
pub fn hint_text(error: &dyn Diagnostic) -> Option<String> {
    error.hint().map(|hint| mask_text(&hint).into_owned())
}

/// An error's own message, and its remedy on a line of its own, as a terminal shows them.
pub fn message_with_hint(error: &dyn Diagnostic) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}
