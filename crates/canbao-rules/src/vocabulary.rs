//! Coded values: a code for programs, its words in both languages and its meaning, defined in one place.
//!
//! [`vocabulary!`](crate::vocabulary!) makes an enum of it. What else shows the codes is made from the enum's
//! [terms](Vocabulary::TERMS): the columns' meanings in published datasets ([`listed!`](crate::listed!)), headings of
//! tables, explanations. So a new code has its words everywhere, or does not compile.

use crate::Language;

/// A code with its words and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The code, as datasets and JSON hold it.
    pub code: &'static str,
    /// The Chinese word, as in a sentence.
    pub chinese: &'static str,
    /// The English word, as in a sentence.
    pub english: &'static str,
    /// The full Chinese name, as documents write it; the word where it has no other.
    pub title: &'static str,
    /// The Chinese and the English words for the head of a row or a column; the words where it has no others.
    pub heading: [&'static str; 2],
    /// What the code means, in English.
    pub meaning: &'static str,
}

impl Term {
    /// The word in a language.
    pub const fn word(&self, language: Language) -> &'static str {
        language.pick(self.chinese, self.english)
    }

    /// The words for the head of a row or a column.
    pub const fn heading(&self, language: Language) -> &'static str {
        language.pick(self.heading[0], self.heading[1])
    }
}

/// A closed list of codes, made by [`vocabulary!`](crate::vocabulary!).
pub trait Vocabulary: Copy + Eq + 'static {
    /// All of them, in the order in which datasets sort and list them.
    const ALL: &'static [Self];

    /// The terms, in the same order.
    const TERMS: &'static [Term];

    /// The term of this one.
    fn term(self) -> &'static Term;

    /// The one with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.term().code == code)
    }
}

/// Declares an enum of coded values with their words and meanings.
///
/// A variant has its meaning as documentation, then its code, its Chinese and its English word, and where they differ
/// from these the full Chinese `title` and the two `heading`s. The enum has `ALL`, `TERMS`, `term`, `as_str`,
/// `from_code`, `word` and `heading`, displays as its code, and is a
/// [`Vocabulary`](crate::vocabulary::Vocabulary).
///
/// ```
/// use canbao_rules::Language;
/// canbao_rules::vocabulary! {
///     /// The side of a coin.
///     pub enum Side {
///         /// The side with the head.
///         Head = "head", "正面", "head";
///         /// The side with the number.
///         Tail = "tail", "反面", "tail", heading "数字面" / "Number";
///     }
/// }
/// assert_eq!(Side::from_code("tail"), Some(Side::Tail));
/// assert_eq!(Side::Tail.word(Language::Chinese), "反面");
/// assert_eq!(Side::Tail.heading(Language::English), "Number");
/// assert_eq!(Side::Head.term().meaning, "The side with the head.");
/// ```
#[macro_export]
macro_rules! vocabulary {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $(
                #[doc = $meaning:literal] $(#[doc = $more:literal])*
                $variant:ident = $code:literal, $chinese:literal, $english:literal
                    $(, title $title:literal)? $(, heading $heading:literal / $english_heading:literal)?;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $(#[doc = $meaning] $(#[doc = $more])* $variant,)+
        }

        impl $name {
            /// All of them, in the order in which datasets sort and list them.
            $visibility const ALL: [Self; [$($code),+].len()] = [$(Self::$variant),+];

            /// The terms, in the same order.
            $visibility const TERMS: &'static [$crate::vocabulary::Term] = &[$($crate::vocabulary::Term {
                code: $code,
                chinese: $chinese,
                english: $english,
                title: [$($title,)? $chinese][0],
                heading: [$([$heading, $english_heading],)? [$chinese, $english]][0],
                meaning: concat!($meaning, $($more),*).trim_ascii(),
            }),+];

            /// The term of this one.
            $visibility const fn term(self) -> &'static $crate::vocabulary::Term {
                &Self::TERMS[self as usize]
            }

            /// The code, as datasets and JSON hold it.
            #[inline]
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The one with this code.
            #[inline]
            $visibility fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word, as in a sentence.
            $visibility const fn word(self, language: $crate::Language) -> &'static str {
                self.term().word(language)
            }

            /// The words for the head of a row or a column.
            $visibility const fn heading(self, language: $crate::Language) -> &'static str {
                self.term().heading(language)
            }
        }

        impl $crate::vocabulary::Vocabulary for $name {
            const ALL: &'static [Self] = &Self::ALL;
            const TERMS: &'static [$crate::vocabulary::Term] = Self::TERMS;

            fn term(self) -> &'static $crate::vocabulary::Term {
                $name::term(self)
            }
        }

        /// Writes the code.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Codes with their Chinese words as one text, `keep 保留，pause 暂停`: how a column's meaning lists them.
/// Made while compiling, by [`listed!`](crate::listed!).
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The text before the codes.
    pub before: &'a str,
    /// The codes.
    pub terms: &'a [Term],
    /// Whether the full name follows a code, and not the word.
    pub titles: bool,
    /// The text between two codes.
    pub separator: &'a str,
    /// The text after the codes.
    pub after: &'a str,
}

impl Listing<'_> {
    const fn wording(&self, term: &Term) -> &'static str {
        if self.titles { term.title } else { term.chinese }
    }

    /// The length of the text in bytes.
    pub const fn len(&self) -> usize {
        let mut length = self.before.len() + self.after.len();
        let mut at = 0;
        while at < self.terms.len() {
            let separator = if at > 0 { self.separator.len() } else { 0 };
            length += separator + self.terms[at].code.len() + 1 + self.wording(&self.terms[at]).len();
            at += 1;
        }
        length
    }

    /// Whether the text is empty.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the text. `LENGTH` is [`Listing::len`]; another length does not compile.
    pub const fn bytes<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let mut end = append(&mut bytes, 0, self.before);
        let mut at = 0;
        while at < self.terms.len() {
            let term = &self.terms[at];
            end = append(&mut bytes, end, if at > 0 { self.separator } else { "" });
            end = append(&mut bytes, end, term.code);
            end = append(&mut bytes, end, " ");
            end = append(&mut bytes, end, self.wording(term));
            at += 1;
        }
        end = append(&mut bytes, end, self.after);
        assert!(end == LENGTH, "the length is that of the text");
        bytes
    }
}

/// Writes the text from `at` on, and returns its end.
const fn append(bytes: &mut [u8], at: usize, text: &str) -> usize {
    let text = text.as_bytes();
    let mut place = 0;
    while place < text.len() {
        bytes[at + place] = text[place];
        place += 1;
    }
    at + text.len()
}

/// The codes of a vocabulary with their Chinese words as a `&'static str`, for the meaning of a column.
///
/// ```
/// use canbao_rules::listed;
/// use canbao_rules::rules::{DuplicateAction, Scheme};
/// const ACTION: &str = listed!(DuplicateAction);
/// assert_eq!(ACTION, "keep 保留，pause 暂停，confirm 由本人或经办人员确认");
/// const SCHEME: &str = listed!("", titles of Scheme, "，all 两者合计");
/// assert_eq!(SCHEME, "310 职工基本医疗保险，390 城乡居民基本医疗保险，all 两者合计");
/// ```
///
/// The first and the last argument are the texts before and after the codes. `listed!(before, terms, separator, after)` lists some of the
/// terms, with another separator than `，`.
#[macro_export]
macro_rules! listed {
    ($before:literal, $terms:expr, $separator:literal, $after:literal) => {
        $crate::listed!(@ $before, $terms, false, $separator, $after)
    };
    ($before:literal, titles of $name:ty, $after:literal) => {
        $crate::listed!(@ $before, <$name>::TERMS, true, "，", $after)
    };
    ($before:literal, $name:ty, $after:literal) => {
        $crate::listed!(@ $before, <$name>::TERMS, false, "，", $after)
    };
    (@ $before:literal, $terms:expr, $titles:literal, $separator:literal, $after:literal) => {{
        const LISTING: $crate::vocabulary::Listing<'static> = $crate::vocabulary::Listing {
            before: $before,
            terms: $terms,
            titles: $titles,
            separator: $separator,
            after: $after,
        };
        const BYTES: [u8; LISTING.len()] = LISTING.bytes();
        match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("joined texts are a text"),
        }
    }};
    ($name:ty) => {
        $crate::listed!(@ "", <$name>::TERMS, false, "，", "")
    };
}
