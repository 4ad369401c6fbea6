//! The two languages in which people read what the program writes.

use std::fmt;
use std::str::FromStr;

/// A language for people: Chinese for the bureau, English for everybody else who reads along.
///
/// Programs read neither: codes, column names and JSON keys are the same in both.
///
/// ```
/// use canbao_rules::Language;
/// assert_eq!("en".parse(), Ok(Language::English));
/// assert_eq!(Language::default().to_string(), "zh");
/// assert!("fr".parse::<Language>().is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

impl Language {
    /// All of them, Chinese first.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The code of ISO 639, which command lines and files name the language by.
    pub const fn as_str(self) -> &'static str {
        self.pick("zh", "en")
    }

    /// The text of this language, of two that mean the same.
    pub const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The colon between a heading and its text.
    pub const fn colon(self) -> &'static str {
        self.pick("：", ": ")
    }

    /// A unit in brackets, as it follows a heading; nothing where there is none.
    pub fn in_brackets(self, unit: &str) -> String {
        match (unit, self) {
            ("", _) => String::new(),
            (unit, Self::Chinese) => format!("（{unit}）"),
            (unit, Self::English) => format!(" ({unit})"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language, expected `zh` or `en`")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}
