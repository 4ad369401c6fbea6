//! What somebody who keeps every bulletin of the year can work out.

use proptest::prelude::*;

use super::*;
use crate::operators::monthly_bulletin::suppression::attack::Readers;
use crate::operators::monthly_bulletin::testing::{Happened, Year, answers_of};

const MIN_PERSONS: u32 = 5;
const CARES: [&str; 3] = ["inpatient", "chronic", "pharmacy"];
const CODES: [&str; 3] = ["M016", "M039", "M083"];
const SCOPES: [&str; 3] = ["cross_province", "in_province", "local"];

fn statistics(year: &Year, last: u32) -> Statistics {
    Statistics { care: answers_of(&year.settlement_rows(2023, last)), diseases: answers_of(&year.chronic_rows(2023, last, &[])) }
}

fn period(month: u32) -> String {
    format!("2023-{month:02}")
}

/// What the bulletins of all months print of one of the two years.
struct InputSnapshots<'a> {
    readers: Readers,
    cells: BTreeMap<Key, usize>,
    counts: &'a dyn Fn(&Key) -> u64,
    hides: &'a dyn Fn(&Key) -> bool,
}

impl InputSnapshots<'_> {
    fn cell(&mut self, key: Key) -> usize {
        if let Some(cell) = self.cells.get(&key) {
            return *cell;
        }
        self.readers.values.push((self.counts)(&key));
        // Nothing happened: it is printed as 0, or has no row.
        let is_unknown = ((self.hides)(&key) || key.scope == REST) && (self.counts)(&key) > 0;
        self.readers.unknown.push(is_unknown);
        self.cells.insert(key, self.readers.values.len() - 1);
        self.readers.values.len() - 1
    }

    fn sum(&mut self, total: Key, parts: impl IntoIterator<Item = Key>) {
        let total = self.cell(total);
        let parts = parts.into_iter().map(|part| self.cell(part)).collect();
        self.readers.sums.push((total, parts));
    }

    /// Cells that bear the mark and can be worked out.
    fn recovered(&self) -> Vec<&Key> {
        let recovered = self.readers.followed();
        let marked = |(key, cell): &(&Key, &usize)| key.scope != REST && recovered.contains(cell);
        self.cells.iter().filter(marked).map(|(key, _)| key).collect()
    }
}

/// Everything that adds up, written down once more.
fn fill(snapshots: &mut InputSnapshots<'_>, last: u32) {
    for month in 1..=last {
        let at = period(month);
        for span in ["month", "ytd"] {
            for scheme in ["310", "390", "all"] {
                let key = |care: &str| Key::care(&at, span, CROSS, care, scheme);
                snapshots.sum(key(TOTAL), ["inpatient", CHRONIC].map(key));
            }
            for care in CARES.into_iter().chain([TOTAL]) {
                let key = |scheme: &str| Key::care(&at, span, CROSS, care, scheme);
                snapshots.sum(key("all"), ["310", "390"].map(key));
            }
        }
        for care in CARES.into_iter().chain([TOTAL]) {
            for scheme in ["310", "390", "all"] {
                let key = |month: u32, span: &str| Key::care(&period(month), span, CROSS, care, scheme);
                let before = (month > 1).then(|| key(month - 1, "ytd"));
                snapshots.sum(key(month, "ytd"), before.into_iter().chain([key(month, "month")]));
            }
        }
        for place in [CROSS, REST, ANYWHERE] {
            snapshots.sum(Key::care(&at, "ytd", place, CHRONIC, "all"), CODES.map(|code| Key::disease(&at, place, Some(code))));
        }
        for code in CODES {
            snapshots.sum(Key::disease(&at, ANYWHERE, Some(code)), [CROSS, REST].map(|place| Key::disease(&at, place, Some(code))));
        }
    }
}

/// Visits of a cell, added up from the rows.
fn visits(statistics: &Statistics, key: &Key, column: &str) -> u64 {
    let places: &[&str] = match key.scope.as_str() {
        ANYWHERE => &SCOPES,
        REST => &SCOPES[1..],
        scope => std::slice::from_ref(SCOPES.iter().find(|known| **known == scope).unwrap()),
    };
    let disease = key.group.strip_prefix("disease ");
    let of_group = |row: &&Answer| match disease {
        Some(code) => row.word("dise_codg") == code,
        None => {
            (row.word("care") == key.group || key.group == TOTAL && MAIN.contains(&row.word("care")))
                && row.word("insutype") == key.insutype
        }
    };
    let rows = if disease.is_some() { &statistics.diseases } else { &statistics.care };
    let same = |row: &&Answer| row.word("period") == key.period && row.word("span") == key.span && places.contains(&row.word("scope"));
    rows.iter().filter(same).filter(of_group).map(|row| row.persons(column)).sum()
}

/// The least number of persons who came with a disease in a month.
fn persons(statistics: &Statistics, month: u32, place: &str, code: &str) -> u64 {
    let in_place = |scope: &str| place == ANYWHERE || (scope == CROSS) == (place == CROSS);
    let same = |row: &&Answer| row.word("period") == period(month) && row.word("span") == "month" && row.word("dise_codg") == code;
    let rows = statistics.diseases.iter().filter(same).filter(|row| in_place(row.word("scope")));
    rows.map(|row| row.persons("persons")).max().unwrap_or(0)
}

/// What came between two bulletins that both print a disease, or that both give it away.
fn fresh_is_enough(statistics: &Statistics, masks: &Masks, last: u32) -> Result<(), TestCaseError> {
    for (place, code) in [CROSS, REST, ANYWHERE].into_iter().flat_map(|place| CODES.map(|code| (place, code))) {
        let key = |month: u32, place: &str| Key::disease(&period(month), place, Some(code));
        let known = |month: &u32| match place {
            REST => !masks.hides(&key(*month, CROSS)) && !masks.hides(&key(*month, ANYWHERE)),
            _ => !masks.hides(&key(*month, place)),
        };
        let printed: Vec<u32> = (1..=last).filter(known).collect();
        for pair in printed.windows(2) {
            let at = |month: u32| visits(statistics, &key(month, place), "person_times");
            let most = (pair[0] + 1..=pair[1]).map(|month| persons(statistics, month, place, code)).max().unwrap_or(0);
            prop_assert!(at(pair[0]) == at(pair[1]) || most >= u64::from(MIN_PERSONS), "{place} {code} from {} to {}", pair[0], pair[1]);
        }
    }
    Ok(())
}

fn happened() -> impl Strategy<Value = Happened> {
    let persons = prop_oneof![3 => Just(0i64), 3 => 1i64..5, 5 => 5i64..60];
    (persons, 1i64..4, prop_oneof![2 => Just(0i64), 3 => 1i64..80]).prop_map(|(persons, each, before)| Happened {
        visits: persons * each,
        persons,
        cost: persons * 30,
        in_scope: persons * 20,
        fund: persons * 10,
        before: (before, before * 7),
    })
}

fn year() -> impl Strategy<Value = (Year, u32)> {
    let month = (prop::collection::vec(happened(), 4), prop::collection::vec(happened(), 9));
    prop::collection::vec(month, 1..6).prop_map(|months| {
        let mut year = Year::default();
        for (month, (cares, diseases)) in (1u32..).zip(&months) {
            let groups = [("inpatient", "310"), ("inpatient", "390"), ("pharmacy", "310"), ("pharmacy", "390")];
            for ((care, scheme), happened) in
                groups.into_iter().zip(cares).filter(|(_, happened)| happened.visits > 0 || happened.before.0 > 0)
            {
                year.care(month, CROSS, care, scheme, *happened);
            }
            let groups = CODES.into_iter().flat_map(|code| SCOPES.map(|scope| (code, scope)));
            for ((code, scope), happened) in groups.zip(diseases).filter(|(_, happened)| happened.visits > 0 || happened.before.0 > 0) {
                year.disease(month, scope, code, *happened);
            }
        }
        (year, u32::try_from(months.len()).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn all_bulletins_of_a_year_give_no_cell_away((year, last) in year()) {
        let statistics = statistics(&year, last);
        let masks = Masks::judge(&statistics, MIN_PERSONS);
        for (column, hides) in [("person_times", &(|key: &Key| masks.hides(key)) as &dyn Fn(&Key) -> bool), ("person_times_prev", &|key| masks.hides_before(key))] {
            let counts = |key: &Key| visits(&statistics, key, column);
            let mut snapshots = InputSnapshots { readers: Readers::default(), cells: BTreeMap::new(), counts: &counts, hides };
            fill(&mut snapshots, last);
            prop_assert_eq!(snapshots.recovered(), Vec::<&Key>::new(), "{}", column);
        }
        fresh_is_enough(&statistics, &masks, last)?;
    }

    #[test]
    fn a_later_bulletin_does_not_change_what_was_printed((year, last) in year()) {
        let (early, late) = (Masks::judge(&statistics(&year, last), MIN_PERSONS), Masks::judge(&statistics(&year, last + 1), MIN_PERSONS));
        for month in 1..=last {
            for (span, scheme) in [("month", "310"), ("month", "all"), ("ytd", "390"), ("ytd", "all")] {
                for care in CARES.into_iter().filter(|care| *care != CHRONIC) {
                    let key = Key::care(&period(month), span, CROSS, care, scheme);
                    prop_assert_eq!(early.hides(&key), late.hides(&key));
                }
            }
        }
    }
}

#[test]
fn what_was_suppressed_stays_so_when_it_is_revised() {
    let plain = |visits: i64, persons: i64| Happened { visits, persons, cost: visits, in_scope: visits, fund: visits, before: (0, 0) };
    let mut year = Year::default();
    for month in 1..=3 {
        year.care(month, CROSS, "inpatient", "310", plain(if month == 1 { 9 } else { 50 }, if month == 1 { 6 } else { 40 }));
        year.care(month, CROSS, "inpatient", "390", plain(80, 70));
    }
    let now = statistics(&year, 3);
    let key = |scheme: &str| Key::care("2023-01", "month", CROSS, "inpatient", scheme);
    assert!(!Masks::judge(&now, MIN_PERSONS).hides(&key("310")), "six persons are enough");
    let revision = |measure: &str, old: &str| {
        format!("settlement_statistics|2023-01|month|cross_province|inpatient|310|-|{measure}|{old}|9|snapshot=2023-02-28.1\n")
    };
    let revised = format!(
        "dataset|period|span|scope|care|insutype|dise_codg|measure|old_value|new_value|compared_with\n{}{}",
        revision("persons", "3"),
        revision("person_times", "4")
    );
    let published = Masks::judge(&now.before(&revisions_of(&revised)), MIN_PERSONS);
    assert!(published.hides(&key("310")) && published.hides(&key("390")), "three were not");
    let again = Masks::judge_again(&now, MIN_PERSONS, &published);
    assert!(again.hides(&key("310")) && again.hides(&key("390")), "80 residents before and after would tell of 4 employees before");
    assert!(!again.hides(&Key::care("2023-03", "month", CROSS, "inpatient", "310")));
}

/// Rows of revisions, whose texts are more.
fn revisions_of(text: &str) -> Vec<Answer> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('|').collect();
    let values = |line: &str| {
        let value = |(name, text): (&&str, &str)| {
            let value = match *name {
                "old_value" | "new_value" => polars::prelude::AnyValue::Decimal(i128::from(text.parse::<i64>().unwrap() * 100), 18, 2),
                _ if text == "-" => polars::prelude::AnyValue::Null,
                _ => polars::prelude::AnyValue::StringOwned(text.into()),
            };
            ((*name).to_owned(), value)
        };
        names.iter().zip(line.split('|')).map(value).collect()
    };
    lines.map(|line| Answer::of(values(line))).collect()
}
