//! What a pack says on settlements, on any day: names of disease families, and which areas are a city.
//!
//! Statistics of settlements go by no benefit year, so these terms are those in force on the logical date itself.

use std::collections::BTreeMap;

use crate::period::Day;

use super::check::{Checked, Flaw, Flaws, bad_value, day, in_force, provision, words};
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
    pub(super) fn check(pack: &wire::Pack, flaws: &mut Flaws) -> Self {
        // Looks for overlaps and gaps, whatever the day.
        flaws.keep(in_force("disease_families", &pack.disease_families, Day::from_epoch(0)));
        let families = pack.disease_families.iter().filter_map(|entry| flaws.keep(families(pack, entry))).collect();
        let mut cities: Vec<Span<Vec<CityCode>>> = Vec::with_capacity(pack.city.len());
        for entry in &pack.city {
            let Some(city) = flaws.keep(city(pack, entry)) else { continue };
            for (place, (text, code)) in entry.codes.iter().zip(&city.value).enumerate() {
                let others = cities.iter().filter(|other| other.meets(&city)).flat_map(|other| &other.value);
                if city.value[..place].iter().chain(others).any(|other| other == code) {
                    flaws.push(Flaw::at(text, Fault::Twice { what: "code of a city", name: text.get_ref().clone() }));
                }
            }
            cities.push(city);
        }
        Self { families, cities }
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
        if !(1..=6).contains(&code.chars().count()) || code.chars().any(|c| c.is_lowercase() || c.is_whitespace()) {
            return Err(bad_value(name, "disease_families", code, "the code of a family: up to six places in capitals"));
        }
        names.insert(code.clone(), words(name, &format!("disease_families.{code}"))?.to_owned());
    }
    let shown: Vec<String> = names.iter().map(|(code, name)| format!("{code} {name}")).collect();
    span(pack, "disease_families", shown.join(", "), names, entry)
}

fn city(pack: &wire::Pack, entry: &wire::City) -> Checked<Span<Vec<CityCode>>> {
    let code = |text: &toml::Spanned<String>| {
        let expected = "the six digits of an area, or the first four of several";
        CityCode::parse(text.get_ref()).ok_or_else(|| bad_value(text, "city.codes", text.get_ref(), expected))
    };
    let codes = entry.codes.iter().map(code).collect::<Checked<Vec<CityCode>>>()?;
    let province = codes.first().map(|first| first.province());
    if let Some((text, _)) = entry.codes.iter().zip(&codes).find(|(_, code)| Some(code.province()) != province) {
        return Err(bad_value(text, "city.codes", text.get_ref(), "a code of the same province as the first"));
    }
    if codes.is_empty() {
        return Err(Flaw { span: entry.from.span(), fault: Fault::MissingKey { parameter: "city".to_owned(), key: "codes" } });
    }
    let shown: Vec<&str> = entry.codes.iter().map(|text| text.get_ref().as_str()).collect();
    span(pack, "city", shown.join(" "), codes, entry)
}

fn span<T>(pack: &wire::Pack, parameter: &str, shown: String, value: T, entry: &impl Dated) -> Checked<Span<T>> {
    let from = day(entry.from())?;
    let until = entry.until().map(day).transpose()?;
    if let (Some(last), Some(until)) = (entry.until(), until.filter(|&until| until < from)) {
        return Err(Flaw::at(last, Fault::EndsBeforeItBegins { what: parameter.to_owned(), from, until }));
    }
    Ok(Span { value, from, until, shown: provision(pack, parameter, shown, "", entry)? })
}
