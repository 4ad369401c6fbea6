//! Those who pay after the window: newborns, special groups, and everybody else.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;

use crate::Language;

use super::super::check::{Checked, SpannedFault, bad_value, category, code, small};
use super::super::{Arrears, CoverStart, Fault, GroupTest, Leaving, Newborn, SpecialGroups, Unit, Waiting, wire};
use super::YearResolver;

/// The tests of special groups.
const TESTS: [&str; 5] = ["in_force", "begun_this_year", "after_leaving", "until_month_end", "school_registration"];
/// The waiting schemes.
const SCHEMES: [&str; 3] = ["not_admitted", "nth_month", "arrears"];
/// The months that a rule may count.
const MONTHS: RangeInclusive<i32> = 1..=120;

impl<'a> YearResolver<'a> {
    pub(super) fn newborn(&mut self) -> Option<Newborn> {
        let wire::Newborn { days, birthday } = &self.pack.newborn;
        let days = self.required("newborn.days", days, Unit::Days, 0..=366);
        let birthday = self.required("newborn.birthday", birthday, Unit::Years, 1..=18);
        Some(Newborn { days: days?, birthday: birthday? })
    }

    pub(super) fn special(&mut self) -> Option<SpecialGroups> {
        let mut groups: Vec<(String, Vec<&'a wire::SpecialGroup>)> = Vec::new();
        for entry in &self.pack.special_group {
            self.keep(group_test(entry));
            let key = entry.parameter();
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, entries)) => entries.push(entry),
                None => groups.push((key, vec![entry])),
            }
        }
        let mut tests: Vec<(GroupTest, &wire::SpecialGroup)> = Vec::new();
        for (key, entries) in groups {
            let Some(entry) = self.in_force(&key, entries) else { continue };
            let Ok((test, value)) = group_test(entry) else { continue };
            self.state(&key, value, None, entry);
            self.one_test(test, entry, &tests);
            tests.push((test, entry));
        }
        let start = self.special_start(!tests.is_empty());
        Some(SpecialGroups { tests: tests.into_iter().map(|(test, _)| test).collect(), start: start? })
    }

    /// Two tests of one category would both apply, and no document says which counts.
    fn one_test(&mut self, test: GroupTest, entry: &wire::SpecialGroup, others: &[(GroupTest, &wire::SpecialGroup)]) {
        let Some(category) = test.category() else { return };
        let Some((_, other)) = others.iter().find(|(other, _)| other.category() == Some(category)) else { return };
        let [first, second] = [other, entry].map(|e| e.test.get_ref().clone());
        self.faults.push(SpannedFault::at(&entry.test, Fault::TwoTests { category, first, second, on: self.on }));
    }

    fn special_start(&mut self, needed: bool) -> Option<CoverStart> {
        for entry in &self.pack.special_start {
            self.keep(code::<CoverStart>(&entry.rule, "start of cover"));
        }
        let entry = if needed {
            self.needed("special_start", &self.pack.special_start)?
        } else {
            let Some(entry) = self.in_force("special_start", &self.pack.special_start) else { return Some(CoverStart::NextDay) };
            entry
        };
        self.state("special_start", entry.rule.get_ref().clone(), None, entry);
        code(&entry.rule, "start of cover").ok()
    }

    pub(super) fn waiting(&mut self) -> Option<Waiting> {
        for entry in &self.pack.waiting {
            self.keep(waiting(entry));
        }
        let entry = self.needed("waiting", &self.pack.waiting)?;
        let (waiting, value) = waiting(entry).ok()?;
        self.state("waiting", value, None, entry);
        Some(waiting)
    }
}

/// The keys that an entry of one kind takes, and those that it does not.
struct Keys<'a> {
    parameter: &'a str,
    at: Range<usize>,
}

impl Keys<'_> {
    fn need<'v, T>(&self, key: &'static str, value: &'v Option<Spanned<T>>) -> Checked<&'v Spanned<T>> {
        let fault = || Fault::MissingKey { parameter: self.parameter.to_owned(), key };
        value.as_ref().ok_or_else(|| SpannedFault { span: self.at.clone(), fault: fault() })
    }

    fn spare<T>(&self, key: &'static str, value: &Option<Spanned<T>>) -> Checked<()> {
        match value {
            Some(value) => Err(SpannedFault::at(value, Fault::SpareKey { parameter: self.parameter.to_owned(), key })),
            None => Ok(()),
        }
    }

    fn months(&self, key: &'static str, value: &Option<Spanned<i32>>, range: RangeInclusive<i32>) -> Checked<i32> {
        small(&format!("{}.{key}", self.parameter), self.need(key, value)?, range)
    }
}

/// Reads a group's test, and describes it in English.
fn group_test(entry: &wire::SpecialGroup) -> Checked<(GroupTest, String)> {
    let wire::SpecialGroup { test, category: group, leaving, months, this_year, .. } = entry;
    let parameter = entry.parameter();
    let keys = Keys { parameter: &parameter, at: test.span() };
    let group = || category(keys.need("category", group)?);
    let (takes_leaving, takes_months, takes_group) = match test.get_ref().as_str() {
        "in_force" | "begun_this_year" => (false, false, true),
        "after_leaving" => (true, true, true),
        "until_month_end" => (false, true, true),
        "school_registration" => (false, true, false),
        other => {
            let known = TESTS.map(str::to_owned).to_vec();
            return Err(SpannedFault::at(test, Fault::UnknownName { name: other.to_owned(), what: "test of a special group", known }));
        }
    };
    if !takes_leaving {
        keys.spare("leaving", leaving)?;
        keys.spare("this_year", this_year)?;
    }
    if !takes_months {
        keys.spare("months", months)?;
    }
    if !takes_group {
        keys.spare("category", &entry.category)?;
    }
    Ok(match test.get_ref().as_str() {
        "in_force" => (GroupTest::InForce(group()?), "in force on the day of payment".to_owned()),
        "begun_this_year" => (GroupTest::BegunThisYear(group()?), "in force and begun in the year of payment".to_owned()),
        "after_leaving" => {
            let leaving: Leaving = code(keys.need("leaving", leaving)?, "leaving day")?;
            let months = keys.months("months", months, MONTHS)?;
            let this_year = this_year.as_ref().is_some_and(|value| *value.get_ref());
            let day = leaving.word(Language::English);
            let when = if this_year { ", begun in the year of payment" } else { "" };
            let words = format!("paid within {months} months after leaving on `{day}`{when}");
            (GroupTest::AfterLeaving { category: group()?, leaving, months, this_year }, words)
        }
        "until_month_end" => {
            let months = keys.months("months", months, MONTHS)?;
            (GroupTest::UntilMonthEnd { category: group()?, months }, format!("paid by the end of month {months} after that of `begntime`"))
        }
        _ => {
            let months = keys.months("months", months, MONTHS)?;
            (GroupTest::SchoolRegistration { months }, format!("paid within {months} months after registration at a school here"))
        }
    })
}

/// Reads a waiting scheme, and describes it in English.
fn waiting(entry: &wire::Waiting) -> Checked<(Waiting, String)> {
    let wire::Waiting { scheme, nth_month, fixed_months, long_break_years, long_break_months, months_of_unbroken_year, .. } = entry;
    let keys = Keys { parameter: "waiting", at: scheme.span() };
    let name = scheme.get_ref().as_str();
    if !SCHEMES.contains(&name) {
        let fault = Fault::UnknownName { name: name.to_owned(), what: "waiting scheme", known: SCHEMES.map(str::to_owned).to_vec() };
        return Err(SpannedFault::at(scheme, fault));
    }
    if name != "nth_month" {
        keys.spare("nth_month", nth_month)?;
    }
    if name != "arrears" {
        keys.spare("fixed_months", fixed_months)?;
        keys.spare("long_break_years", long_break_years)?;
        keys.spare("long_break_months", long_break_months)?;
        keys.spare("months_of_unbroken_year", months_of_unbroken_year)?;
    }
    match name {
        "not_admitted" => Ok((Waiting::NotAdmitted, "late payers are not admitted".to_owned())),
        "nth_month" => {
            // With 1 cover would begin before the payment.
            let nth = keys.months("nth_month", nth_month, 2..=120)?;
            Ok((Waiting::NthMonth { nth }, format!("from month {nth}, counting the month of payment")))
        }
        _ => {
            let arrears = Arrears {
                fixed_months: keys.months("fixed_months", fixed_months, 0..=120)?,
                long_break_years: keys.months("long_break_years", long_break_years, MONTHS)?,
                long_break_months: keys.months("long_break_months", long_break_months, 0..=120)?,
                months_of_unbroken_year: keys.months("months_of_unbroken_year", months_of_unbroken_year, 1..=12)?,
            };
            if let Some(least) = long_break_months.as_ref().filter(|least| *least.get_ref() < arrears.fixed_months) {
                let expected = "a number not below `fixed_months`: both are the least, and the larger holds";
                return Err(bad_value(least, "waiting.long_break_months", least.get_ref(), expected));
            }
            Ok((Waiting::Arrears(arrears), arrears_in_words(&arrears)))
        }
    }
}

fn arrears_in_words(arrears: &Arrears) -> String {
    format!(
        "{} months, one more for each broken year (under {} months), one less for each repaid one, at least {} from {} broken years on",
        arrears.fixed_months, arrears.months_of_unbroken_year, arrears.long_break_months, arrears.long_break_years
    )
}
