//! By what persons are found again where lists do not show their numbers.
//!
//! A list that is published masked or under pseudonyms carries `match_key` in each row: a mark of the key, and what the
//! key makes of the certificate's and the platform's number. The mark tells a list of another key before all its cases
//! seem to be gone.

use std::cell::OnceCell;

use super::case::Who;
use super::error::CleanupError;
use canbao_publish::{PersonIdSettings, PersonIds};
use canbao_rules::identity::Pseudonym;

/// What the key's mark is made of.
const MARKED: &str = "canbao duplicate-cleanup";
/// Places of the mark.
const MARK: usize = 8;

/// The key, opened only where it is needed.
pub struct Keys<'a> {
    persons: &'a PersonIdSettings,
    key: OnceCell<Key>,
}

struct Key {
    pseudonym: Pseudonym,
    mark: String,
}

impl<'a> Keys<'a> {
    /// The key of a run. It is needed at once where the run does not publish persons as they are.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn open(persons: &'a PersonIdSettings) -> Result<Self, CleanupError> {
        let keys = Self { persons, key: OnceCell::new() };
        if keys.persons.mask().person_ids() != PersonIds::Plain {
            keys.key()?;
        }
        Ok(keys)
    }

    fn key(&self) -> Result<&Key, CleanupError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let pseudonym = self.persons.pseudonym()?;
        let mark = pseudonym.of(MARKED).chars().take(MARK).collect();
        Ok(self.key.get_or_init(|| Key { pseudonym, mark }))
    }

    #[cfg(test)]
    fn are_used(&self) -> bool {
        self.key.get().is_some()
    }

    /// The forms in which lists may have a record's person.
    pub fn forms(&self, certno: &str, psn_no: &str) -> Vec<Who> {
        let plain = Who::Plain { person: certno.to_owned(), psn_no: psn_no.to_owned() };
        let keyed = self.key.get().map(|key| Who::Keyed { person: key.pseudonym.of(certno), psn_no: key.pseudonym.of(psn_no) });
        [plain].into_iter().chain(keyed).collect()
    }

    /// What stands in `match_key`: nothing where numbers are published as they are, unless they were not when the case
    /// was last listed.
    pub fn written(&self, who: &Who) -> Result<Option<String>, CleanupError> {
        let hidden = self.persons.mask().person_ids() != PersonIds::Plain;
        Ok(match who {
            Who::Plain { .. } if !hidden => None,
            Who::Plain { person, psn_no } => {
                let Key { pseudonym, mark } = self.key()?;
                Some(format!("{mark}-{}-{}", pseudonym.of(person), pseudonym.of(psn_no)))
            }
            Who::Keyed { person, psn_no } => Some(format!("{}-{person}-{psn_no}", self.key()?.mark)),
        })
    }

    /// Whose row it is, by a `match_key` of the list `path`.
    pub fn read(&self, match_key: &str, path: &str) -> Result<Who, CleanupError> {
        let key = self.key()?;
        let mut parts = match_key.splitn(3, '-');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(mark), Some(person), Some(psn_no)) if mark == key.mark => {
                Ok(Who::Keyed { person: person.to_owned(), psn_no: psn_no.to_owned() })
            }
            _ => Err(CleanupError::OtherKey { path: path.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const KEYS: [&str; 2] = [
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ];

    fn persons(ids: PersonIds, key: usize) -> PersonIdSettings {
        PersonIdSettings::open(ids, Path::new("/nowhere"), Some(KEYS[key].to_owned())).unwrap()
    }

    #[test]
    fn plain_lists_need_no_key() {
        let state = tempfile::tempdir().unwrap();
        let persons = PersonIdSettings::open(PersonIds::Plain, state.path(), None).unwrap();
        let keys = Keys::open(&persons).unwrap();
        let forms = keys.forms("34039919900101001X", "1");
        assert_eq!(forms.len(), 1);
        assert_eq!(keys.written(&forms[0]).unwrap(), None);
        assert!(!keys.are_used() && std::fs::read_dir(state.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_hidden_person_is_found_again_under_the_same_key_only() {
        let masked = persons(PersonIds::Masked, 0);
        let keys = Keys::open(&masked).unwrap();
        let [plain, keyed] = keys.forms("34039919900101001X", "1").try_into().unwrap();
        let written = keys.written(&plain).unwrap().unwrap();
        assert!(!written.contains("340399"), "{written}");
        assert_eq!(keys.read(&written, "p").unwrap(), keyed);
        assert_eq!(keys.written(&keyed).unwrap().unwrap(), written, "what is carried on stays as it was");

        let later = persons(PersonIds::Plain, 0);
        let later = Keys::open(&later).unwrap();
        assert_eq!(later.read(&written, "p").unwrap(), keyed);
        assert_eq!(later.forms("34039919900101001X", "1"), [plain, keyed]);

        let other = persons(PersonIds::Masked, 1);
        let refused = Keys::open(&other).unwrap().read(&written, "published/duplicate-cleanup/snapshot=2024-01-01.1").unwrap_err();
        assert!(matches!(refused, CleanupError::OtherKey { .. }), "{refused}");
    }
}
