//! Disease families as numbers while rows wait, and what each family is called.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use canbao_rules::policy::SettlementTerms;
use canbao_rules::rules::settlement::family;

/// The number of rows without a code.
pub(super) const NO_CODE: u32 = 0;

/// The most codes that a [`Numbers`] remembers.
const REMEMBERED: usize = 4096;

/// All families met so far, by number. Numbers are given in the order of arrival: nothing may depend on it.
#[derive(Debug)]
pub(super) struct Families(Mutex<Table>);

#[derive(Debug)]
struct Table {
    numbers: HashMap<String, u32>,
    codes: Vec<Option<String>>,
}

impl Families {
    pub fn new() -> Self {
        Self(Mutex::new(Table { numbers: HashMap::new(), codes: vec![None] }))
    }

    fn number(&self, code: String) -> u32 {
        // Every entry is added at once, so a thread that panicked left the table whole.
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&number) = table.numbers.get(&code) {
            return number;
        }
        let number = table.codes.len() as u32;
        table.codes.push(Some(code.clone()));
        table.numbers.insert(code, number);
        number
    }

    /// The families' codes, each at the place of its number; that of [`NO_CODE`] is null.
    pub fn codes(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).codes.clone()
    }
}

/// What a code as written comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub number: u32,
    /// Whether the pack has a name for the family, so that those of rows are not asked for.
    pub named: bool,
}

/// The numbers of the codes that a thread met last.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<Box<str>, Known>);

impl Numbers {
    /// The family of a trimmed code.
    #[inline]
    pub fn of(&mut self, code: &str, families: &Families, terms: &SettlementTerms) -> Known {
        match self.0.get(code) {
            Some(&known) => known,
            None => self.learn(code, families, terms),
        }
    }

    #[cold]
    fn learn(&mut self, code: &str, families: &Families, terms: &SettlementTerms) -> Known {
        let known = match family(code) {
            Some(family) => {
                let named = terms.family_name(&family).is_some();
                Known { number: families.number(family), named }
            }
            None => Known { number: NO_CODE, named: false },
        };
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(code.into(), known);
        known
    }
}

/// For each family the name that its last row gives it.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<u32, Last>);

/// The last row with a name so far: by time, then by `setl_id`. Where two rows are alike in both, the greater name
/// stands, so that it does not depend on which came first.
#[derive(Debug)]
struct Last {
    time: i64,
    id: String,
    name: String,
}

impl Names {
    /// A counted row of the family calls it by a name.
    #[inline]
    pub fn offer(&mut self, family: u32, time: i64, id: &str, name: &str) {
        match self.0.get_mut(&family) {
            Some(last) if (time, id, name) > (last.time, last.id.as_str(), last.name.as_str()) => {
                last.time = time;
                id.clone_into(&mut last.id);
                name.clone_into(&mut last.name);
            }
            Some(_) => {}
            None => {
                self.0.insert(family, Last { time, id: id.to_owned(), name: name.to_owned() });
            }
        }
    }

    /// Takes over what was offered elsewhere.
    pub fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(family, last)| self.offer(family, last.time, &last.id, &last.name));
    }

    /// What the rows call the family.
    pub fn of(&self, family: u32) -> Option<&str> {
        self.0.get(&family).map(|last| last.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_family_have_one_number() {
        let terms = crate::policies::shipped().unwrap().by_region("340600").unwrap().settlement_on("2023-09-30".parse().unwrap());
        let (families, mut numbers) = (Families::new(), Numbers::default());
        let number = |numbers: &mut Numbers, code: &str| numbers.of(code, &families, &terms).number;
        let first = number(&mut numbers, "M07801");
        assert_eq!(number(&mut numbers, "m07802"), first);
        assert_eq!(number(&mut Numbers::default(), "M078"), first, "another thread");
        assert_ne!(number(&mut numbers, "M07800"), first);
        assert_eq!(number(&mut numbers, ""), NO_CODE);
        for code in 0..2 * REMEMBERED {
            number(&mut numbers, &format!("M039{code}"));
        }
        assert!(numbers.0.len() <= REMEMBERED);
        assert_eq!(number(&mut numbers, "M07801"), first, "forgotten and found again");
        assert_eq!(
            families.codes().iter().map(|code| code.as_deref()).collect::<Vec<_>>(),
            [None, Some("M078"), Some("M07800"), Some("M039")]
        );
        assert!(numbers.of("M03900", &families, &terms).named);
        assert!(!numbers.of("M07800", &families, &terms).named);
    }

    #[test]
    fn the_last_name_stands_in_any_order() {
        let rows = [(1, "S9", "a"), (2, "S1", "b"), (2, "S2", "c"), (2, "S2", "d"), (2, "S10", "e")];
        for turn in 0..rows.len() {
            let (mut one, mut other) = (Names::default(), Names::default());
            for (place, (time, id, name)) in rows.iter().cycle().skip(turn).take(rows.len()).enumerate() {
                if place % 2 == 0 { one.offer(7, *time, id, name) } else { other.offer(7, *time, id, name) }
            }
            one.merge(other);
            assert_eq!((one.of(7), one.of(8)), (Some("d"), None));
        }
    }
}
