//! Counts and sums by month and group, added up in any order.
//!
//! Sums have 128 bits, more than all amounts of any number of rows can fill; whether a published one fits its type is
//! asked at the end, when no order of rows can change the answer.

use std::collections::{BTreeMap, HashMap};

use super::calendar::{MONTHS, Slot};
use super::record::Place;
use canbao_rules::rules::{Care, Scheme, Scope};

/// What settlements of one month, or several, come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Rows that are counted.
    pub rows: u64,
    /// Settlements less refunds.
    pub times: i64,
    /// Fen: 总费用, 政策范围内金额, 基金支付.
    pub amounts: [i128; 3],
}

impl Sums {
    #[inline]
    fn add_row(&mut self, times: i8, amounts: &[i64; 3]) {
        self.rows += 1;
        self.times += i64::from(times);
        self.amounts.iter_mut().zip(amounts).for_each(|(sum, &fen)| *sum += i128::from(fen));
    }

    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.times += other.times;
        self.amounts.iter_mut().zip(other.amounts).for_each(|(sum, fen)| *sum += fen);
    }
}

/// Persons with a positive count, by month of this year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heads {
    /// In the month.
    pub month: [u64; MONTHS],
    /// From January to the month.
    pub ytd: [u64; MONTHS],
}

impl Heads {
    /// Counts one person by how often he came in each month; `true` where he is counted anywhere.
    fn add_person(&mut self, counts: &[i32; MONTHS]) {
        let mut so_far = 0;
        for (month, &count) in counts.iter().enumerate() {
            so_far += count;
            self.month[month] += u64::from(count > 0);
            self.ytd[month] += u64::from(so_far > 0);
        }
    }

    fn add(&mut self, other: &Self) {
        for month in 0..MONTHS {
            self.month[month] += other.month[month];
            self.ytd[month] += other.ytd[month];
        }
    }
}

/// By which insurance persons are counted: each by itself, and both together.
pub(super) const INSURED: usize = Scheme::ALL.len() + 1;

/// What is counted of one group of rows, insurances apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupCells {
    pub sums: [[Sums; Slot::COUNT]; Scheme::ALL.len()],
    /// The last is of both insurances together.
    pub heads: [Heads; INSURED],
}

impl Default for GroupCells {
    fn default() -> Self {
        Self { sums: [[Sums::default(); Slot::COUNT]; 2], heads: [Heads::default(); INSURED] }
    }
}

/// A group in which a person is counted, as a number that sorts: scope and care, or scope and disease family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Group(u64);

impl Group {
    const DISEASE: u64 = 1 << 63;

    pub const fn of_care(scope: Scope, care: Care) -> Self {
        Self((scope as u64) << 8 | care as u64)
    }

    pub const fn of_disease(scope: Scope, family: u32) -> Self {
        Self(Self::DISEASE | (family as u64) << 16 | (scope as u64) << 8)
    }

    const fn scope_number(self) -> usize {
        (self.0 >> 8 & 3) as usize
    }

    /// The family of a group of that kind.
    const fn family(self) -> Option<u32> {
        if self.0 & Self::DISEASE == 0 { None } else { Some((self.0 >> 16) as u32) }
    }

    const fn care_number(self) -> usize {
        (self.0 & 7) as usize
    }
}

/// That a person came once, or that it was read back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub group: Group,
    pub insurance: Scheme,
    /// Of this year, from 0.
    pub month: usize,
    pub times: i8,
}

/// How often a person came by insurance and month.
pub(super) type Counts = [[i32; MONTHS]; Scheme::ALL.len()];

/// All cells.
#[derive(Debug)]
pub(super) struct Cells {
    care: Vec<GroupCells>,
    /// Only what is not empty: nobody knows how many families there are.
    disease_sums: HashMap<(Group, Scheme, Slot), Sums>,
    disease_heads: HashMap<(Group, usize), Box<Heads>>,
}

impl Cells {
    pub fn new() -> Self {
        let care = vec![GroupCells::default(); Scope::ALL.len() * Care::ALL.len()];
        Self { care, disease_sums: HashMap::new(), disease_heads: HashMap::new() }
    }

    /// Adds a counted row's amounts, if its month is asked for.
    #[inline]
    pub fn add_row(&mut self, place: Place, family: u32, times: i8, amounts: &[i64; 3]) {
        let Some(slot) = place.slot else { return };
        let group = &mut self.care[place.scope as usize * Care::ALL.len() + place.care as usize];
        group.sums[place.insurance as usize][usize::from(slot.number())].add_row(times, amounts);
        if place.care == Care::Chronic {
            let key = (Group::of_disease(place.scope, family), place.insurance, slot);
            self.disease_sums.entry(key).or_default().add_row(times, amounts);
        }
    }

    /// The visits of a counted row.
    #[inline]
    pub fn visits(place: Place, family: u32, times: i8) -> impl Iterator<Item = Visit> {
        let month = place.slot.and_then(Slot::month_of_this_year);
        let of_care = Group::of_care(place.scope, place.care);
        let of_disease = (place.care == Care::Chronic).then(|| Group::of_disease(place.scope, family));
        let groups = month.map(|month| (month, [Some(of_care), of_disease]));
        groups.into_iter().flat_map(move |(month, groups)| {
            groups.into_iter().flatten().map(move |group| Visit { group, insurance: place.insurance, month, times })
        })
    }

    /// Counts one person by all his visits, which are sorted on the way.
    pub fn add_person(&mut self, visits: &mut [Visit]) {
        visits.sort_unstable_by_key(|visit| visit.group);
        for visits in visits.chunk_by(|one, other| one.group == other.group) {
            let mut counts = Counts::default();
            for visit in visits {
                counts[visit.insurance as usize][visit.month] += i32::from(visit.times);
            }
            self.add_counts(visits[0].group, &counts);
        }
    }

    /// Counts one person in one group.
    pub fn add_counts(&mut self, group: Group, counts: &Counts) {
        let mut together = counts[0];
        together.iter_mut().zip(counts[1]).for_each(|(sum, count)| *sum += count);
        for (insured, counts) in [&counts[0], &counts[1], &together].into_iter().enumerate() {
            if counts.iter().all(|&count| count == 0) {
                continue;
            }
            match group.family() {
                None => self.care[group.scope_number() * Care::ALL.len() + group.care_number()].heads[insured].add_person(counts),
                Some(_) => self.disease_heads.entry((group, insured)).or_default().add_person(counts),
            }
        }
    }

    /// Takes over what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.care.iter_mut().zip(&other.care) {
            for (mine, theirs) in mine.sums.as_flattened_mut().iter_mut().zip(theirs.sums.as_flattened()) {
                mine.add(theirs);
            }
            mine.heads.iter_mut().zip(&theirs.heads).for_each(|(mine, theirs)| mine.add(theirs));
        }
        other.disease_sums.iter().for_each(|(key, sums)| self.disease_sums.entry(*key).or_default().add(sums));
        other.disease_heads.iter().for_each(|(key, heads)| self.disease_heads.entry(*key).or_default().add(heads));
    }

    /// The cells by scope and care, in their order.
    pub fn by_care(&self) -> impl Iterator<Item = (Scope, Care, &GroupCells)> {
        let groups = Scope::ALL.into_iter().flat_map(|scope| Care::ALL.into_iter().map(move |care| (scope, care)));
        groups.zip(&self.care).map(|((scope, care), cells)| (scope, care, cells))
    }

    /// Every scope and family with a counted row, in no stated order.
    pub fn by_disease(&self) -> impl Iterator<Item = (Scope, u32, GroupCells)> {
        let mut groups: BTreeMap<Group, Vec<(Scheme, Slot)>> = BTreeMap::new();
        for (group, insurance, slot) in self.disease_sums.keys() {
            groups.entry(*group).or_default().push((*insurance, *slot));
        }
        groups.into_iter().filter_map(|(group, keys)| {
            let mut cells = GroupCells::default();
            for (insurance, slot) in keys {
                if let Some(sums) = self.disease_sums.get(&(group, insurance, slot)) {
                    cells.sums[insurance as usize][usize::from(slot.number())] = *sums;
                }
            }
            for (insured, heads) in cells.heads.iter_mut().enumerate() {
                if let Some(found) = self.disease_heads.get(&(group, insured)) {
                    *heads = **found;
                }
            }
            Some((*Scope::ALL.get(group.scope_number())?, group.family()?, cells))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(insurance: Scheme, month: usize, times: i8) -> Visit {
        Visit { group: Group::of_care(Scope::Local, Care::Inpatient), insurance, month, times }
    }

    fn heads(visits: &mut [Visit]) -> [Heads; INSURED] {
        let mut cells = Cells::new();
        cells.add_person(visits);
        let (.., group) = cells.by_care().find(|(scope, care, _)| (*scope, *care) == (Scope::Local, Care::Inpatient)).unwrap();
        group.heads
    }

    #[test]
    fn a_person_is_counted_once_a_span() {
        let [employee, resident, both] =
            heads(&mut [visit(Scheme::Employee, 1, 1), visit(Scheme::Employee, 1, 1), visit(Scheme::Employee, 3, 1)]);
        assert_eq!(employee.month[..5], [0, 1, 0, 1, 0]);
        assert_eq!(employee.ytd[..5], [0, 1, 1, 1, 1]);
        assert_eq!((resident, both), (Heads::default(), employee));
    }

    #[test]
    fn what_was_taken_back_does_not_count() {
        let [employee, ..] = heads(&mut [visit(Scheme::Employee, 0, 1), visit(Scheme::Employee, 2, -1), visit(Scheme::Employee, 3, 1)]);
        assert_eq!(employee.month[..5], [1, 0, 0, 1, 0]);
        assert_eq!(employee.ytd[..5], [1, 1, 0, 1, 1]);
    }

    #[test]
    fn insurances_are_counted_together_and_not_added() {
        let [employee, resident, both] =
            heads(&mut [visit(Scheme::Employee, 0, 1), visit(Scheme::Resident, 0, 1), visit(Scheme::Resident, 1, -1)]);
        assert_eq!((employee.month[0], resident.month[0], both.month[0]), (1, 1, 1));
        assert_eq!((employee.ytd[1], resident.ytd[1], both.ytd[1]), (1, 0, 1));
    }

    #[test]
    fn cells_come_to_the_same_wherever_they_were_counted() {
        let place = |slot, scope, care| Place { slot: Some(slot), scope, care, insurance: Scheme::Resident };
        let rows = [
            (place(Slot::this_year(0), Scope::Local, Care::Chronic), 1, 1),
            (place(Slot::year_before(0), Scope::Local, Care::Chronic), 2, 1),
            (place(Slot::this_year(11), Scope::CrossProvince, Care::Chronic), 1, -1),
            (place(Slot::this_year(0), Scope::Local, Care::Other), 0, 1),
        ];
        let count = |cells: &mut Cells, (place, family, times): &(Place, u32, i8)| {
            cells.add_row(*place, *family, *times, &[i64::MAX, i64::MIN, 1]);
            cells.add_person(&mut Cells::visits(*place, *family, *times).collect::<Vec<_>>());
        };
        let (mut all, mut one, mut other) = (Cells::new(), Cells::new(), Cells::new());
        rows.iter().for_each(|row| count(&mut all, row));
        rows[..2].iter().for_each(|row| count(&mut one, row));
        rows[2..].iter().for_each(|row| count(&mut other, row));
        one.merge(&other);
        assert!(one.by_care().eq(all.by_care()));
        let diseases: Vec<_> = all.by_disease().map(|(scope, family, cells)| (scope, family, cells.sums[1][0].rows)).collect();
        assert_eq!(diseases, [(Scope::CrossProvince, 1, 0), (Scope::Local, 1, 1), (Scope::Local, 2, 0)]);
        assert!(one.by_disease().eq(all.by_disease()));
        let twice = all.by_care().find(|(scope, care, _)| (*scope, *care) == (Scope::Local, Care::Chronic)).unwrap().2.sums[1];
        assert_eq!(twice[0].amounts, [i128::from(i64::MAX), i128::from(i64::MIN), 1]);
    }
}
