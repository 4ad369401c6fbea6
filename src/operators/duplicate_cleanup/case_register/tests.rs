//! Several weeks of one county's lists, as clerks would see them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::operators::duplicate_cleanup::case::{Home, Who};
use crate::operators::duplicate_cleanup::testing::{day, number, record};

/// A published list: its date, its cases and what it says is settled.
#[derive(Debug, Clone)]
struct Published {
    date: Day,
    open: Vec<Case>,
    settled: Vec<Settled>,
}

/// A county that publishes lists.
#[derive(Default)]
struct County {
    lists: Vec<Published>,
}

impl County {
    /// Publishes the list of a date. A record is its person and its months, payment and amount.
    fn publish(&mut self, date: &str, records: &[(&str, &str)]) -> &Published {
        let date = day(date);
        let base = self.lists.iter().filter(|list| list.date < date).max_by_key(|list| list.date);
        let others = self.lists.iter().filter(|list| base.is_none_or(|base| !std::ptr::eq(*list, base)));
        let mut others: Vec<Other> = others.map(|list| Other { date: list.date, open: list.open.clone() }).collect();
        others.sort_by_key(|other| other.date);
        let base = base.map(|list| Base { date: list.date, open: list.open.clone(), settled: list.settled.clone() });
        let records: Vec<Record> = records.iter().map(|(person, text)| record(person, text)).collect();
        let known: Vec<(&Record, CaseTraits<'_>)> =
            records.iter().map(|record| (record, CaseTraits::of(record, vec![who(record)]))).collect();
        let list = List { region: "340322", year: 2024, date };
        let CaseRegister { entries, settled } =
            register(list, &known, &Past { base, others }, |gone| vec![DuplicateOutcome::Unknown; gone.len()]);
        let open = records.iter().zip(entries).map(|(record, entry)| Case {
            number: entry.number,
            who: who(record),
            record: record.clone(),
            home: Home::default(),
            first_seen: entry.first_seen,
            reopened_from: entry.reopened_from,
        });
        let open = open.collect();
        self.lists.push(Published { date, open, settled });
        self.lists.last().unwrap()
    }
}

fn who(record: &Record) -> Who {
    Who::Plain { person: record.certno.clone(), psn_no: record.psn_no.clone() }
}

impl Published {
    /// Person → number, since when, and the number before, for a list with one record a person.
    fn shown(&self) -> BTreeMap<&str, String> {
        let shown = self.open.iter().map(|case| {
            let before = case.reopened_from.map(|number| format!(" was {number}")).unwrap_or_default();
            (case.record.certno.as_str(), format!("{} since {}{before}", case.number, case.first_seen))
        });
        shown.collect()
    }

    fn of(&self, person: &str) -> &Case {
        self.open.iter().find(|case| case.record.certno == person).unwrap()
    }

    fn settled(&self) -> Vec<String> {
        let settled = self.settled.iter();
        settled.map(|s| format!("{} {} last {} gone {}", s.case.record.certno, s.case.number, s.last_seen, s.settled_on)).collect()
    }
}

const A: (&str, &str) = ("A", "202401-202412@3=380");
const B: (&str, &str) = ("B", "202401-202412@5=380");
const C: (&str, &str) = ("C", "202401-202412@7=380");

#[test]
fn a_case_keeps_its_number_until_it_is_gone() {
    let mut county = County::default();
    let first = county.publish("2024-01-01", &[A, B]).clone();
    let numbers: BTreeSet<u32> = first.open.iter().map(|case| case.number.count).collect();
    assert_eq!(numbers, BTreeSet::from([1, 2]));
    assert!(first.settled.is_empty());

    // A paid more, B is gone, C is new, and the rows stand in another order.
    let second = county.publish("2024-01-08", &[C, ("A", "202401-202412@3=400")]).clone();
    assert_eq!(second.of("A").number, first.of("A").number);
    assert_eq!(second.of("A").first_seen, day("2024-01-01"));
    assert_eq!(second.of("C").number, number("2024-000003"), "the next that nobody has had");
    assert_eq!(second.of("C").first_seen, day("2024-01-08"));
    assert_eq!(second.settled(), [format!("B {} last 2024-01-01 gone 2024-01-08", first.of("B").number)]);

    let third = county.publish("2024-01-15", &[]).clone();
    assert_eq!(third.settled.len(), 3, "what was settled before stays listed");
    let dates: Vec<String> = third.settled.iter().map(|s| s.settled_on.to_string()).collect();
    assert_eq!(dates.iter().filter(|date| *date == "2024-01-08").count(), 1);
    let fourth = county.publish("2024-01-22", &[("D", "202401-202412@9=380")]).clone();
    assert_eq!(fourth.of("D").number, number("2024-000004"), "numbers of settled cases are not given again");
}

#[test]
fn a_case_that_comes_back_is_a_new_one_that_names_the_old() {
    let mut county = County::default();
    let old = county.publish("2024-01-01", &[A]).of("A").number;
    county.publish("2024-01-08", &[]);
    let back = county.publish("2024-01-15", &[A]).clone();
    assert_eq!(back.of("A").number, number("2024-000002"));
    assert_eq!(back.of("A").reopened_from, Some(old));
    assert_eq!(back.of("A").first_seen, day("2024-01-15"), "it was settled in between");
    let later = county.publish("2024-01-22", &[A]).clone();
    assert_eq!(later.shown()["A"], "2024-000002 since 2024-01-15 was 2024-000001");
    county.publish("2024-01-29", &[]);
    let again = county.publish("2024-02-05", &[A]).clone();
    assert_eq!(again.shown()["A"], "2024-000003 since 2024-02-05 was 2024-000002", "the last number that it had");
    assert_eq!(again.settled.len(), 2);
}

#[test]
fn a_second_run_of_a_day_gives_what_the_first_gave() {
    let mut county = County::default();
    county.publish("2024-01-01", &[A, B]);
    let first = county.publish("2024-01-08", &[B, C]).clone();
    let second = county.publish("2024-01-08", &[C, B]).clone();
    assert_eq!(second.shown(), first.shown());
    assert_eq!(second.settled, first.settled);
    // The inputs of the day were mended: what is new has a number of its own, what is gone keeps its number for itself.
    let mended = county.publish("2024-01-08", &[B, ("D", "202401-202412@9=380")]).clone();
    assert_eq!(mended.of("D").number, number("2024-000004"));
    let next = county.publish("2024-01-15", &[("E", "202401-202412@9=380")]).clone();
    assert_eq!(next.of("E").number, number("2024-000005"), "000003 was C's on a list that nobody followed");
}

#[test]
fn a_day_that_was_left_out_takes_the_numbers_of_later_lists() {
    let mut county = County::default();
    county.publish("2024-01-01", &[A]);
    let later = county.publish("2024-01-15", &[A, C]).clone();
    let between = county.publish("2024-01-08", &[A, B, C]).clone();
    assert_eq!(between.of("A").number, later.of("A").number);
    assert_eq!(between.of("C").number, later.of("C").number);
    assert_eq!(between.of("C").first_seen, day("2024-01-08"));
    assert_eq!(between.of("B").number, number("2024-000003"), "no number of a later list");
    let before = county.publish("2023-12-25", &[B]).clone();
    assert_eq!(before.of("B").number, between.of("B").number);
    let redone = county.publish("2024-01-15", &[A, C]).clone();
    assert_eq!(redone.of("C").first_seen, day("2024-01-08"), "the list of the day between is its base now");
    assert_eq!(redone.settled(), ["B 2024-000003 last 2024-01-08 gone 2024-01-15"]);
}

#[test]
fn numbers_start_anew_with_the_year() {
    let records = [record("A", A.1)];
    let known: Vec<(&Record, CaseTraits<'_>)> = records.iter().map(|record| (record, CaseTraits::of(record, vec![who(record)]))).collect();
    let list = List { region: "340322", year: 2025, date: day("2024-09-02") };
    let register = register(list, &known, &Past::default(), |gone| vec![DuplicateOutcome::Unknown; gone.len()]);
    assert_eq!(register.entries[0].number, number("2025-000001"));
}

#[test]
fn one_persons_records_have_neighbouring_numbers_in_the_order_of_payment() {
    let mut county = County::default();
    let people: Vec<String> = (0..40).map(|n| format!("P{n:02}")).collect();
    let records: Vec<(&str, &str)> =
        people.iter().flat_map(|p| [(p.as_str(), "202401-202412@9=1"), (p.as_str(), "202401-202412@3=1")]).collect();
    let list = county.publish("2024-01-01", &records);
    let mut order = Vec::new();
    for pair in list.open.chunks(2) {
        assert_eq!(pair[0].number.count, pair[1].number.count + 1, "the earlier payment has the lower number");
        order.push(pair[1].number.count);
    }
    assert!(!order.is_sorted(), "the order of numbers is not that of certificates");
}

/// The records that may stand on a list, by place.
const PEOPLE: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

proptest! {
    /// Lists of whatever days in whatever order, with whoever on them: no number ever means two records, no list has one
    /// twice, and what stood on the list before is on the next one or settled there.
    #[test]
    fn no_number_ever_means_two_records(lists in prop::collection::vec((0u32..5, prop::sample::subsequence(&PEOPLE, 0..6)), 1..14)) {
        let mut county = County::default();
        let mut owners: BTreeMap<CaseNumber, String> = BTreeMap::new();
        for (week, people) in lists {
            let records: Vec<(&str, &str)> = people.into_iter().map(|person| (person, "202401-202412@3=380")).collect();
            let date = format!("2024-01-{:02}", 1 + 7 * week);
            let before = county.lists.iter().filter(|list| list.date < day(&date)).max_by_key(|list| list.date).cloned();
            let list = county.publish(&date, &records).clone();
            prop_assert_eq!(list.open.len(), records.len());
            for case in list.open.iter().chain(list.settled.iter().map(|settled| &settled.case)) {
                let owner = owners.entry(case.number).or_insert_with(|| case.record.certno.clone());
                prop_assert_eq!(owner.as_str(), case.record.certno.as_str(), "{}", case.number);
                prop_assert!(case.first_seen <= list.date);
            }
            let all: Vec<CaseNumber> = list.open.iter().chain(list.settled.iter().map(|s| &s.case)).map(|case| case.number).collect();
            let distinct: BTreeSet<CaseNumber> = all.iter().copied().collect();
            prop_assert_eq!(distinct.len(), all.len());
            if let Some(before) = before {
                prop_assert!(before.open.iter().all(|case| distinct.contains(&case.number)));
                prop_assert!(before.settled.iter().all(|settled| list.settled.contains(settled)));
            }
        }
    }
}
