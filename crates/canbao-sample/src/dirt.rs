//! What goes wrong in offices: faulty values, rows sent twice, rows that a newer one replaces.
//!
//! Only people whose case is common have faulty rows, so that dirt never hides a rare case of the audit.

use super::certificate::Office;
use super::chance::{Topic, deal, nth};
use super::person::Person;
use super::row::{Column, Damaged, Fault, Medium, Row, Scope, Values};

/// The state of a person's first row in an extract.
#[derive(Debug, Clone, Copy)]
pub enum Dirt {
    Clean,
    Faulty(&'static Fault),
    /// The same row again, in every column.
    Repeated,
    /// An older row of the same person goes before.
    Renewed,
}

/// A certificate whose check character is wrong.
pub const BAD_CHECK: Fault = fault("certno", "340399199001151238", Scope::Anywhere);
/// A certificate with a 30 February, its check character right.
pub const NO_SUCH_DAY: Fault = fault("certno", "340399199002301235", Scope::Anywhere);
/// A certificate of somebody born in 2031, its check character right.
pub const NOT_BORN_YET: Fault = fault("certno", "340399203105051231", Scope::Anywhere);
/// Fifteen equal digits, as clerks type them to get past a form.
pub const ALL_ONES: Fault = fault("certno", "111111111111111", Scope::Anywhere);
/// A name with a byte that decodes in no encoding.
pub const UNDECODABLE: Fault = fault("psn_name", "张\u{1a}", Scope::MixedLines);

/// A fault of one column.
pub const fn fault(column: &'static str, value: &'static str, scope: Scope) -> Fault {
    Fault { column, value, scope }
}

const DECK_BITS: u32 = 10;
/// Of 1024 rows so many are faulty, in mixed extracts and in plain ones.
const FAULTY: (u32, u32) = (4, 1);

impl Person<'_> {
    /// What becomes of this person's row in an extract that can have these faults.
    pub fn dirt(&self, office: Office, medium: Medium, faults: &'static [Fault]) -> Dirt {
        let card = deal(self.people.seed, Topic::Dirt, office.salt(), self.index, DECK_BITS);
        let weight = office.weight();
        let faulty = weight * if medium == Medium::Plain { FAULTY.1 } else { FAULTY.0 };
        if card >= faulty + weight || !self.cover.is_common() || self.foreign {
            return Dirt::Clean;
        }
        if card < faulty {
            let turn = nth(self.index, DECK_BITS, card, 0, faulty);
            let possible = || faults.iter().filter(|fault| fault.scope.allows(medium));
            let kinds = possible().count().max(1) as u64;
            return possible().nth((turn % kinds) as usize).map_or(Dirt::Clean, Dirt::Faulty);
        }
        match office {
            Office::Household | Office::Student => Dirt::Renewed,
            _ => Dirt::Repeated,
        }
    }
}

impl Office {
    /// Dirt is dealt to persons: the fewer of them have a row, the more of those are dirty.
    fn weight(self) -> u32 {
        match self {
            Self::MutualAid | Self::IncentiveUse => 16,
            Self::Identity => 4,
            Self::Student => 3,
            Self::Settlement => 2,
            Self::Household | Self::Payment | Self::Enrollment(_) => 1,
        }
    }
}

/// Puts down a row with its dirt; [`Dirt::Renewed`] is the extract's own affair.
pub fn put_row<R: Row>(row: &mut R, values: &impl Values, dirt: Dirt, header: &[Column]) {
    match dirt {
        Dirt::Faulty(fault) => {
            let mut damaged = Damaged::new(row, fault, header);
            values.put(&mut damaged);
            damaged.end();
        }
        Dirt::Clean | Dirt::Repeated | Dirt::Renewed => {
            values.put(row);
            row.end();
        }
    }
    if matches!(dirt, Dirt::Repeated) {
        values.put(row);
        row.end();
    }
}
