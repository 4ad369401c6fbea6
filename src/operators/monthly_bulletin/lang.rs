//! The two languages of a bulletin.

use std::fmt;
use std::str::FromStr;

/// The language in which a bulletin is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// One of two texts that say the same.
    pub const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A unit in brackets, as it follows a head; nothing where there is none.
    pub fn in_brackets(self, unit: &str) -> String {
        match (unit, self) {
            ("", _) => String::new(),
            (unit, Self::Zh) => format!("（{unit}）"),
            (unit, Self::En) => format!(" ({unit})"),
        }
    }

    /// What stands between a head and what is said under it.
    pub const fn colon(self) -> &'static str {
        self.pick("：", ": ")
    }

    /// The tag of HTML's `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pick("zh", "en"))
    }
}

/// A text that names no language of a bulletin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language of a bulletin, expected zh or en")]
pub struct UnknownLang(String);

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, UnknownLang> {
        match text {
            "zh" => Ok(Self::Zh),
            "en" => Ok(Self::En),
            _ => Err(UnknownLang(text.to_owned())),
        }
    }
}
