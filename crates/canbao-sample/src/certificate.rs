//! Certificates as offices write them: most in their 18 characters, some not.

use super::chance::{Topic, deal};
use super::person::Person;
use super::short::Short;

/// The extracts, which write each their own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    Household,
    Identity,
    Student,
    Payment,
    MutualAid,
    IncentiveUse,
    Settlement,
    /// Enrollment of a year.
    Enrollment(i32),
}

impl Office {
    /// A number of the office's own for orders and decks.
    pub fn salt(self) -> u64 {
        match self {
            Self::Household => 0,
            Self::Identity => 1,
            Self::Student => 2,
            Self::Payment => 3,
            Self::MutualAid => 16,
            Self::IncentiveUse => 17,
            Self::Settlement => 18,
            Self::Enrollment(year) => 4 + u64::from(year.unsigned_abs() % 12),
        }
    }
}

/// Of 1024 numbers so many are written otherwise, in mixed extracts and in plain ones.
const RESPELLED: (u32, u32) = (14, 1);

impl Person<'_> {
    /// `psn_cert_type`: 01 but for travel permits and passports.
    pub fn certificate_type(&self) -> &'static str {
        if self.foreign { ["04", "06", "08"][(self.index % 3) as usize] } else { "01" }
    }

    /// `certno` in its usual form.
    pub fn certificate(&self) -> Short {
        if !self.foreign {
            return self.birth.number.text();
        }
        let mut text = Short::default();
        match self.certificate_type() {
            "04" => text.push_byte(b'H'),
            "08" => text.push_byte(b'E'),
            _ => {}
        }
        text.push_padded(self.index, 9);
        text
    }

    /// `certno` as an office has written it.
    pub fn written_certificate(&self, office: Office, plain: bool) -> Short {
        let card = deal(self.people.seed, Topic::Spellings, office.salt(), self.index, 10);
        let respelled = if plain { RESPELLED.1 } else { RESPELLED.0 };
        if card >= respelled || self.foreign {
            return self.certificate();
        }
        let turn = self.index.wrapping_add(u64::from(card));
        let usual = self.certificate();
        let mut text = Short::default();
        match turn % 5 {
            0 if self.birth.day.year() < 2000 => return self.birth.number.short_text(),
            1 if !plain => usual.as_str().bytes().for_each(|byte| push_wide(&mut text, byte)),
            2 => {
                text.push(" ");
                text.push(usual.as_str());
                text.push(if plain { "" } else { "\u{3000}" });
            }
            _ if usual.as_str().ends_with('X') => {
                text.push(&usual.as_str()[..17]);
                text.push("x");
            }
            _ => {
                text.push(usual.as_str());
                text.push(" ");
            }
        }
        text
    }

    /// The number of a disability card: the resident number, the kind and the degree of the disability.
    pub fn disability_card(&self) -> Short {
        let mut text = self.certificate();
        text.push_padded(11 + self.index % 7 * 10 + self.index / 7 % 2, 2);
        text
    }
}

/// Appends a digit or X in full width.
fn push_wide(text: &mut Short, byte: u8) {
    let wide = char::from_u32(u32::from(byte) + 0xFEE0);
    let mut room = [0; 4];
    text.push(wide.map_or("", |wide| wide.encode_utf8(&mut room)));
}
