//! Which record of a new list is which one of an older list.
//!
//! A record is the same as long as person, platform number, insurance, area and first accrual month are the same and
//! one of these holds, the first that does:
//!
//! 1. everything else is the same, too;
//! 2. the amount was mended;
//! 3. the last accrual month moved, and the time of payment did not;
//! 4. both moved: an employer pays on month by month, and the time is that of the last payment;
//! 5. the time of payment was filled in, or was lost, and nothing else.
//!
//! Two payments for the same months at different times are never the same record. Each record is matched once. Names
//! play no part, nor does the order of rows: where several would do, the one with the nearest last month is taken.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::case::{Record, Who};
use canbao_rules::money::Yuan;
use canbao_rules::period::{Moment, Month, MonthSpan};

/// What tells a record from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTraits<'a> {
    /// Whose it is; of a new record in each form in which older lists may have it.
    pub whose: Vec<Who>,
    insutype: &'a str,
    area: &'a str,
    months: MonthSpan,
    paid_at: Option<Moment>,
    personal: Option<Yuan>,
}

/// What has to be the same in any case.
type Anchor<'a> = (&'a Who, &'a str, &'a str, Month);

impl<'a> CaseTraits<'a> {
    /// The traits of a record.
    pub fn of(record: &'a Record, whose: Vec<Who>) -> Self {
        let Record { insutype, area, months, paid_at, personal, .. } = record;
        Self { whose, insutype, area, months: *months, paid_at: *paid_at, personal: *personal }
    }

    fn anchors(&self) -> impl Iterator<Item = Anchor<'_>> {
        self.whose.iter().map(|who| (who, self.insutype, self.area, self.months.first))
    }

    /// An order that does not depend on where a record stood.
    fn order(&self, other: &Self) -> Ordering {
        let key = |t: &Self| (t.months.first, t.months.last, t.paid_at.is_none(), t.paid_at, t.personal);
        self.whose
            .cmp(&other.whose)
            .then_with(|| (self.insutype, self.area).cmp(&(other.insutype, other.area)))
            .then_with(|| key(self).cmp(&key(other)))
    }

    /// The first of the module's conditions under which two records with the same anchor are the same.
    fn sameness(&self, other: &Self) -> Option<usize> {
        let same_end = self.months.last == other.months.last;
        let same_time = self.paid_at == other.paid_at;
        match (same_end, same_time) {
            (true, true) if self.personal == other.personal => Some(1),
            (true, true) => Some(2),
            (false, true) => Some(3),
            (false, false) => Some(4),
            (true, false) if self.paid_at.is_none() || other.paid_at.is_none() => Some(5),
            (true, false) => None,
        }
    }
}

/// For each new record the place of the old one that it is.
pub fn matched(old: &[CaseTraits<'_>], new: &[CaseTraits<'_>]) -> Vec<Option<usize>> {
    let mut by_anchor: HashMap<Anchor<'_>, Vec<usize>> = HashMap::new();
    let mut places: Vec<usize> = (0..old.len()).collect();
    places.sort_by(|&a, &b| old[a].order(&old[b]));
    for place in places {
        for anchor in old[place].anchors() {
            by_anchor.entry(anchor).or_default().push(place);
        }
    }
    let mut order: Vec<usize> = (0..new.len()).collect();
    order.sort_by(|&a, &b| new[a].order(&new[b]));
    let mut found = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    for condition in 1..=5 {
        for &place in &order {
            let record = &new[place];
            if found[place].is_some() {
                continue;
            }
            let candidates = record.anchors().filter_map(|anchor| by_anchor.get(&anchor)).flatten().copied();
            let fitting = candidates.filter(|&c| !taken[c] && old[c].sameness(record) == Some(condition));
            let nearest = fitting.min_by_key(|&c| (old[c].months.last.index() - record.months.last.index()).abs());
            if let Some(nearest) = nearest {
                taken[nearest] = true;
                found[place] = Some(nearest);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::operators::duplicate_cleanup::testing::record;

    fn who(person: &str) -> Who {
        Who::Plain { person: person.to_owned(), psn_no: "1".to_owned() }
    }

    /// Records of one person, written `first-last@day of payment=yuan`.
    fn records(texts: &[&str]) -> Vec<Record> {
        texts.iter().map(|text| record("A", text)).collect()
    }

    fn traits(records: &[Record]) -> Vec<CaseTraits<'_>> {
        records.iter().map(|record| CaseTraits::of(record, vec![who(&record.certno)])).collect()
    }

    #[rstest]
    #[case::unchanged(&["202401-202412@3=380"], &["202401-202412@3=380"], &[Some(0)])]
    #[case::amount_mended(&["202401-202412@3=350"], &["202401-202412@3=380"], &[Some(0)])]
    #[case::months_mended(&["202401-202406@3=380"], &["202401-202412@3=380"], &[Some(0)])]
    #[case::paid_on(&["202401-202403@3=100"], &["202401-202404@9=100"], &[Some(0)])]
    #[case::time_filled_in(&["202401-202412@=380"], &["202401-202412@3=380"], &[Some(0)])]
    #[case::time_lost(&["202401-202412@3=380"], &["202401-202412@=380"], &[Some(0)])]
    #[case::another_payment(&["202401-202412@3=380"], &["202401-202412@4=380"], &[None])]
    #[case::another_year(&["202301-202312@3=380"], &["202401-202412@3=380"], &[None])]
    #[case::a_second_payment_comes(&["202401-202412@3=380"], &["202401-202412@4=380", "202401-202412@3=380"], &[None, Some(0)])]
    #[case::the_exact_one_first(
        &["202401-202403@3=1", "202401-202404@3=1"],
        &["202401-202404@3=1"],
        &[Some(1)]
    )]
    #[case::the_nearest_end(
        &["202401-202402@3=1", "202401-202406@4=1"],
        &["202401-202407@9=1"],
        &[Some(1)]
    )]
    #[case::twins(
        &["202401-202412@3=380", "202401-202412@3=380"],
        &["202401-202412@3=380", "202401-202412@3=380", "202401-202412@3=380"],
        &[Some(0), Some(1), None]
    )]
    fn what_stays_the_same_record(#[case] old: &[&str], #[case] new: &[&str], #[case] expected: &[Option<usize>]) {
        let (old, new) = (records(old), records(new));
        assert_eq!(matched(&traits(&old), &traits(&new)), expected);
    }

    #[test]
    fn another_persons_record_is_another() {
        let (old, new) = (vec![record("A", "202401-202412@3=380")], vec![record("B", "202401-202412@3=380")]);
        assert_eq!(matched(&traits(&old), &traits(&new)), [None]);
    }

    #[test]
    fn the_order_of_rows_plays_no_part() {
        let old = records(&["202401-202403@3=1", "202401-202406@5=1", "202401-202406@4=1", "202405-202409@=7"]);
        let new = records(&["202401-202407@8=1", "202405-202409@6=7", "202401-202406@4=1"]);
        let forwards = matched(&traits(&old), &traits(&new));
        let (turned_old, turned_new): (Vec<_>, Vec<_>) = (old.iter().rev().cloned().collect(), new.iter().rev().cloned().collect());
        let mut backwards = matched(&traits(&turned_old), &traits(&turned_new));
        backwards.reverse();
        let backwards: Vec<_> = backwards.into_iter().map(|place| place.map(|place| old.len() - 1 - place)).collect();
        assert_eq!(forwards, backwards);
        assert_eq!(forwards, [Some(1), Some(3), Some(2)]);
    }

    #[test]
    fn a_list_under_a_key_is_matched_by_it() {
        let keyed = Who::Keyed { person: "x".to_owned(), psn_no: "y".to_owned() };
        let record = record("A", "202401-202412@3=380");
        let old = [CaseTraits::of(&record, vec![keyed.clone()])];
        assert_eq!(matched(&old, &[CaseTraits::of(&record, vec![who("A"), keyed])]), [Some(0)]);
        assert_eq!(matched(&old, &[CaseTraits::of(&record, vec![who("A")])]), [None]);
    }
}
