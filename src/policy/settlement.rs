//! What a pack says on settlements, on any day: names of disease families, and which areas are a city.
//!
//! Statistics of settlements go by no benefit year, so these terms are those in force on the logical date itself.

use std::collections::BTreeMap;

use crate::period::Day;

use super::check::{Checked, Flaw, day, in_force, provision};
use super::city::CityCode;
use super::wire::{self, Dated};
use super::{Cities, Fault, Provision, Region};

/// A region's terms for settlement statistics on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementTerms {
    /// Whose settlements are counted.
    pub region: Region,
    /// Which areas lie in the same city.
    pub cities: Cities,
    families: BTreeMap<String, String>,
    provisions: Vec<Provision>,
}

impl SettlementTerms {
    /// The name of a disease family, by its code.
    pub fn family_name(&self, code: &str) -> Option<&str> {
        self.families.get(code).map(String::as_str)
    }

    /// Every parameter in force with its value and source, in the order of the pack.
    pub fn provisions(&self) -> &[Provision] {
        &self.provisions
    }
}

/// What a pack says on settlements, over time, checked.
#[derive(Debug, Clone)]
pub(super) struct Settlement {
    families: Vec<Span<BTreeMap<String, String>>>,
    cities: Vec<Span<Vec<CityCode>>>,
}

/// A value, from when to when it holds, and as it is shown.
#[derive(Debug, Clone)]
struct Span<T> {
    value: T,
    from: Day,
    until: Option<Day>,
    shown: Provision,
}

impl<T> Span<T> {
    fn holds(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }

    fn meets<U>(&self, other: &Span<U>) -> bool {
        self.holds(other.from) || other.holds(self.from)
    }
}

impl Settlement {
    pub(super) fn check(pack: &wire::Pack) -> Checked<Self> {
        // Looks for overlaps and gaps, whatever the day.
        in_force("disease_families", &pack.disease_families, Day::from_epoch(0))?;
        let families = pack.disease_families.iter().map(|entry| families(pack, entry)).collect::<Checked<_>>()?;
        let mut cities: Vec<Span<Vec<CityCode>>> = Vec::with_capacity(pack.city.len());
        for entry in &pack.city {
            let city = city(pack, entry)?;
            for (text, code) in entry.codes.iter().zip(&city.value) {
                let mut before = cities.iter().filter(|before| before.meets(&city));
                let again = city.value.iter().filter(|other| *other == code).count() > 1;
                if again || before.any(|before| before.value.contains(code)) {
                    let fault = Fault::TwoCities { code: text.get_ref().clone() };
                    return Err(Flaw::at(text, fault));
                }
            }
            cities.push(city);
        }
        Ok(Self { families, cities })
    }

    pub(super) fn on(&self, region: &Region, on: Day) -> SettlementTerms {
        let families = self.families.iter().find(|span| span.holds(on));
        let cities: Vec<_> = self.cities.iter().filter(|span| span.holds(on)).collect();
        let shown = families.iter().map(|span| &span.shown).chain(cities.iter().map(|span| &span.shown));
        SettlementTerms {
            region: region.clone(),
            provisions: shown.cloned().collect(),
            families: families.map(|span| span.value.clone()).unwrap_or_default(),
            cities: Cities::of(cities.iter().map(|span| span.value.iter().copied())),
        }
    }
}

fn families(pack: &wire::Pack, entry: &wire::DiseaseFamilies) -> Checked<Span<BTreeMap<String, String>>> {
    let mut names = BTreeMap::new();
    for (code, name) in &entry.names {
        let bad = |parameter: String, value: &str, expected| {
            Err(Flaw::at(name, Fault::BadValue { parameter, value: value.to_owned(), expected }))
        };
        let code = code.trim();
        let places = code.chars().count();
        if places == 0 || places > 6 || code.chars().any(char::is_lowercase) {
            return bad("disease_families".to_owned(), code, "the code of a family: up to six places in capitals");
        }
        if name.get_ref().trim().is_empty() {
            return bad(format!("disease_families.{code}"), name.get_ref(), "a name");
        }
        names.insert(code.to_owned(), name.get_ref().trim().to_owned());
    }
    let words: Vec<String> = names.iter().map(|(code, name)| format!("{code} {name}")).collect();
    span(pack, "disease_families", words.join(", "), names, entry)
}

fn city(pack: &wire::Pack, entry: &wire::City) -> Checked<Span<Vec<CityCode>>> {
    let parameter = format!("city.{}", entry.name.get_ref());
    let bad = |at: &toml::Spanned<String>, expected| {
        Flaw::at(at, Fault::BadValue { parameter: parameter.clone(), value: at.get_ref().clone(), expected })
    };
    let code = |text: &toml::Spanned<String>| {
        CityCode::parse(text.get_ref()).ok_or_else(|| bad(text, "the six digits of an area, or the first four of several"))
    };
    let codes = entry.codes.iter().map(code).collect::<Checked<Vec<CityCode>>>()?;
    let Some(first) = codes.first() else { return Err(bad(&entry.name, "a city with at least one code")) };
    if let Some((text, _)) = entry.codes.iter().zip(&codes).find(|(_, code)| code.province() != first.province()) {
        return Err(bad(text, "a code of the same province as the first"));
    }
    let words: Vec<&str> = entry.codes.iter().map(|text| text.get_ref().as_str()).collect();
    span(pack, &parameter, words.join(" "), codes, entry)
}

fn span<T>(pack: &wire::Pack, parameter: &str, words: String, value: T, entry: &impl Dated) -> Checked<Span<T>> {
    let from = day(entry.from())?;
    let until = entry.until().map(day).transpose()?;
    if let (Some(last), Some(until)) = (entry.until(), until.filter(|&until| until < from)) {
        return Err(Flaw::at(last, Fault::EndsBeforeItBegins { what: parameter.to_owned(), from, until }));
    }
    Ok(Span { value, from, until, shown: provision(pack, parameter, words, "", entry)? })
}
