//! Certificates of all types, and the one key by which persons are joined.

use std::collections::HashMap;

use super::resident::{half_width, is_disability_card};
use super::{BadResidentNumber, ResidentNumber};
use crate::period::Day;

/// The certificate type of a resident number, and of rows that name none.
const RESIDENT: &str = "01";
/// The certificate type of a disability card.
const DISABILITY_CARD: &str = "09";

/// A certificate as a row of an extract states it: its type and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate<'t> {
    /// Type 01, or a disability card that holds a resident number.
    Resident(ResidentNumber),
    /// Any other type: matched as it stands, only trimmed.
    Other {
        /// The type's code.
        kind: &'t str,
        /// The number.
        number: &'t str,
    },
}

/// Why a certificate cannot stand for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// The number of a resident is not one.
    #[error(transparent)]
    Bad(#[from] BadResidentNumber),
    /// A good number, of somebody who is born after the logical date.
    #[error("the birth date in the number is after the logical date")]
    NotBornYet,
}

impl<'t> Certificate<'t> {
    /// Reads a certificate of a type (empty: 01) and a number, on a logical date. Both are trimmed.
    ///
    /// # Errors
    /// Only type 01 is checked; a number of 20 characters under type 09 that is made like a disability
    /// card's counts as type 01.
    #[inline]
    pub fn parse(kind: &'t str, number: &'t str, on: Day) -> Result<Self, CertificateFault> {
        let kind = kind.trim();
        if !kind.is_empty() && kind != RESIDENT {
            return Self::parse_other(kind, number.trim(), on);
        }
        let number = ResidentNumber::parse(number)?;
        if number.born() > on { Err(CertificateFault::NotBornYet) } else { Ok(Self::Resident(number)) }
    }

    #[cold]
    fn parse_other(kind: &'t str, number: &'t str, on: Day) -> Result<Self, CertificateFault> {
        if kind == DISABILITY_CARD && is_disability_card(half_width(number).as_bytes()) {
            return Self::parse(RESIDENT, number, on);
        }
        Ok(Self::Other { kind, number })
    }
}

/// One person, as 64 bits to join and sort by: a resident number packed, or an index into the table of
/// [`OtherCertificates`] with the highest bit set. Residents sort before others, by their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(pub u64);

impl PersonKey {
    /// Set in the keys of certificates that are no resident numbers.
    pub const OTHER_BIT: u64 = 1 << 63;

    /// The resident number, unless the person has another certificate.
    #[inline]
    pub const fn resident(self) -> Option<ResidentNumber> {
        if self.0 & Self::OTHER_BIT == 0 { Some(ResidentNumber::from_packed(self.0)) } else { None }
    }

    /// The index in the table of other certificates.
    #[inline]
    const fn index(self) -> Option<usize> {
        if self.0 & Self::OTHER_BIT == 0 { None } else { Some((self.0 & !Self::OTHER_BIT) as usize) }
    }
}

impl From<ResidentNumber> for PersonKey {
    #[inline]
    fn from(number: ResidentNumber) -> Self {
        Self(number.packed())
    }
}

/// The certificates other than resident numbers that the extracts of a run hold.
///
/// While extracts are read, indexes are given in the order of arrival. [`OtherCertificates::seal`]
/// puts them into the order of (type, number), so that keys do not depend on which block was first.
#[derive(Debug, Default)]
pub struct OtherCertificates {
    /// Type and number.
    table: Vec<(Box<str>, Box<str>)>,
    /// From type and number, joined by a unit separator, to the index.
    indexes: HashMap<Box<str>, usize>,
}

/// Where [`OtherCertificates::seal`] moved each certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRenumbering(Vec<u64>);

impl KeyRenumbering {
    /// The key after sealing of a key given before; a resident's key stays.
    #[inline]
    pub fn moved(&self, key: PersonKey) -> PersonKey {
        key.index().and_then(|index| self.0.get(index)).map_or(key, |&index| PersonKey(index | PersonKey::OTHER_BIT))
    }

    /// Whether no key changes.
    pub fn is_identity(&self) -> bool {
        self.0.iter().enumerate().all(|(old, &new)| old as u64 == new)
    }
}

impl OtherCertificates {
    /// The key of a certificate, which enters the table if it is not there.
    pub fn intern(&mut self, kind: &str, number: &str) -> PersonKey {
        let joined = format!("{kind}\u{1f}{number}");
        let index = match self.indexes.get(joined.as_str()) {
            Some(&index) => index,
            None => {
                let index = self.table.len();
                self.table.push((kind.into(), number.into()));
                self.indexes.insert(joined.into(), index);
                index
            }
        };
        PersonKey(index as u64 | PersonKey::OTHER_BIT)
    }

    /// The key of a certificate that is in the table.
    pub fn find(&self, kind: &str, number: &str) -> Option<PersonKey> {
        let index = self.indexes.get(format!("{kind}\u{1f}{number}").as_str())?;
        Some(PersonKey(*index as u64 | PersonKey::OTHER_BIT))
    }

    /// Sorts the table by (type, number) and gives the new key of each certificate. To be called once all
    /// extracts are read; keys given before must be moved.
    pub fn seal(&mut self) -> KeyRenumbering {
        let mut order: Vec<usize> = (0..self.table.len()).collect();
        order.sort_unstable_by(|&a, &b| self.table[a].cmp(&self.table[b]));
        let mut moved = vec![0; order.len()];
        let mut table = Vec::with_capacity(order.len());
        for (new, &old) in order.iter().enumerate() {
            moved[old] = new as u64;
            table.push(std::mem::take(&mut self.table[old]));
        }
        self.table = table;
        for index in self.indexes.values_mut() {
            *index = moved[*index] as usize;
        }
        KeyRenumbering(moved)
    }

    /// The number of a certificate that is no resident number; `None` for a resident's key.
    pub fn number(&self, key: PersonKey) -> Option<&str> {
        Some(&self.table.get(key.index()?)?.1)
    }

    /// The type of a certificate; `01` for residents.
    #[inline]
    pub fn kind(&self, key: PersonKey) -> &str {
        key.index().and_then(|index| self.table.get(index)).map_or(RESIDENT, |(kind, _)| kind)
    }

    /// The text that datasets show as `certno`, for residents and others.
    pub fn certno(&self, key: PersonKey) -> String {
        match key.resident() {
            Some(number) => number.to_string(),
            None => self.number(key).unwrap_or_default().to_owned(),
        }
    }

    /// How many certificates the table holds.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether everybody so far has a resident number.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Forgets the certificates that came after the first `len`: a file is read again.
    pub fn truncate(&mut self, len: usize) {
        self.table.truncate(len);
        self.indexes.retain(|_, index| *index < len);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn on() -> Day {
        Day::from_ymd(2023, 12, 31).unwrap()
    }

    fn resident(text: &str) -> Result<Certificate<'_>, CertificateFault> {
        Ok(Certificate::Resident(ResidentNumber::parse(text).unwrap()))
    }

    #[rstest]
    #[case::type_01("01", "34039919900228018X", resident("34039919900228018X"))]
    #[case::no_type(" ", "34039919900228018X", resident("34039919900228018X"))]
    #[case::card_under_01("01", "34039919900228018X41", resident("34039919900228018X"))]
    #[case::card_under_09("09", "34039919900228018x41 ", resident("34039919900228018X"))]
    #[case::card_in_full_width("09", "３４０３９９１９９００２２８０１８Ｘ４１", resident("34039919900228018X"))]
    #[case::card_with_a_wrong_check("09", "34039919900228018041", Err(CertificateFault::Bad(BadResidentNumber)))]
    #[case::eighteen_under_09("09", "34039919900228018X", Ok(Certificate::Other { kind: "09", number: "34039919900228018X" }))]
    #[case::passport(" 03 ", "\u{3000}e12345 ", Ok(Certificate::Other { kind: "03", number: "e12345" }))]
    #[case::others_are_not_folded("03", "Ｅ１", Ok(Certificate::Other { kind: "03", number: "Ｅ１" }))]
    #[case::bad("01", "340399199002280180", Err(CertificateFault::Bad(BadResidentNumber)))]
    #[case::born_later("01", "340399202402290023", Err(CertificateFault::NotBornYet))]
    #[case::born_later_with_a_wrong_check("01", "340399202402290024", Err(CertificateFault::Bad(BadResidentNumber)))]
    fn certificates(#[case] kind: &str, #[case] number: &str, #[case] expected: Result<Certificate<'_>, CertificateFault>) {
        assert_eq!(Certificate::parse(kind, number, on()), expected);
    }

    #[test]
    fn keys_do_not_depend_on_arrival_once_sealed() {
        let seal = |arrivals: &[(&str, &str)]| {
            let mut others = OtherCertificates::default();
            let keys: Vec<_> = arrivals.iter().map(|(kind, number)| others.intern(kind, number)).collect();
            let places = others.seal();
            keys.iter().map(|&key| (places.moved(key).0, others.certno(places.moved(key)))).collect::<std::collections::BTreeSet<_>>()
        };
        let forward = seal(&[("03", "E1"), ("02", "Z"), ("03", "E0"), ("03", "E1")]);
        assert_eq!(forward, seal(&[("03", "E0"), ("03", "E1"), ("02", "Z")]));
        let numbers: Vec<_> = forward.iter().map(|(_, number)| number.as_str()).collect();
        assert_eq!(numbers, ["Z", "E0", "E1"]);
    }

    #[test]
    fn a_file_read_again_leaves_no_trace() {
        let mut others = OtherCertificates::default();
        let kept = others.intern("03", "E1");
        others.intern("03", "garbled");
        others.truncate(1);
        assert_eq!(others.find("03", "garbled"), None);
        assert_eq!(others.find("03", "E1"), Some(kept));
        assert_eq!(others.kind(kept), "03");
        assert_eq!(others.len(), 1);
    }

    #[test]
    fn residents_sort_before_others() {
        let mut others = OtherCertificates::default();
        let resident =
            PersonKey::from(ResidentNumber::parse("99999920991231999X").or_else(|_| ResidentNumber::parse("340399199002280016")).unwrap());
        assert!(resident < others.intern("02", "A"));
        assert_eq!(others.certno(resident).len(), 18);
        assert_eq!(others.kind(resident), "01");
    }
}
