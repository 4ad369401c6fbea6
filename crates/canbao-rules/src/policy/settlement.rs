//! What a pack states about settlements on any day: names of disease families, and which areas are a city.
//!
//! Statistics of settlements go by no benefit year, so these terms are those in force on the logical date itself.

use std::collections::BTreeMap;

use crate::period::Day;

use super::check::{Checked, Faults, SpannedFault, bad_value, day, in_force, provision, words};
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

/// What a pack states about settlements over time, checked.
#[derive(Debug, Clone)]
pub(super) struct SettlementEntries {
    families: Vec<DatedValue<BTreeMap<String, String>>>,
    cities: Vec<DatedValue<Vec<CityCode>>>,
}

/// A value, from when to when it holds, and as it is shown.
#[derive(Debug, Clone)]
struct DatedValue<T> {
    value: T,
    from: Day,
    until: Option<Day>,
    shown: Provision,
}

impl<T> DatedValue<T> {
    fn holds(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }

    fn meets<U>(&self, other: &DatedValue<U>) -> bool {
        self.holds(other.from) || other.holds(self.from)
    }
}

impl SettlementEntries {
    pub(super) fn check(pack: &wire::Pack, faults: &mut Faults) -> Self {
        // Looks for overlaps and gaps, whatever the day.
        faults.keep(in_force("disease_families", &pack.disease_families, Day::from_epoch(0)));
        let families = pack.disease_families.iter().filter_map(|entry| faults.keep(families(pack, entry))).collect();
        let mut cities: Vec<DatedValue<Vec<CityCode>>> = Vec::with_capacity(pack.city.len());
        for entry in &pack.city {
            let Some(city) = faults.keep(city(pack, entry)) else { continue };
            for (place, (text, code)) in entry.codes.iter().zip(&city.value).enumerate() {
                let others = cities.iter().filter(|other| other.meets(&city)).flat_map(|other| &other.value);
                if city.value[..place].iter().chain(others).any(|other| other == code) {
                    faults.push(SpannedFault::at(text, Fault::Twice { what: "code of a city", name: text.get_ref().clone() }));
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

fn families(pack: &wire::Pack, entry: &wire::DiseaseFamilies) -> Checked<DatedValue<BTreeMap<String, String>>> {
    let mut names = BTreeMap::new();
    for (code, name) in &entry.names {
        if !(1..=6).contains(&code.chars().count()) || code.chars().any(|c| c.is_lowercase() || c.is_whitespace()) {
            return Err(bad_value(name, "disease_families", code, "the code of a family: up to six places in capitals"));
        }
        names.insert(code.clone(), words(name, &format!("disease_families.{code}"))?.to_owned());
    }
    let shown: Vec<String> = names.iter().map(|(code, name)| format!("{code} {name}")).collect();
    dated_value(pack, "disease_families", shown.join(", "), names, entry)
}

fn city(pack: &wire::Pack, entry: &wire::City) -> Checked<DatedValue<Vec<CityCode>>> {
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
        return Err(SpannedFault { span: entry.from.span(), fault: Fault::MissingKey { parameter: "city".to_owned(), key: "codes" } });
    }
    let shown: Vec<&str> = entry.codes.iter().map(|text| text.get_ref().as_str()).collect();
    dated_value(pack, "city", shown.join(" "), codes, entry)
}

fn dated_value<T>(pack: &wire::Pack, parameter: &str, shown: String, value: T, entry: &impl Dated) -> Checked<DatedValue<T>> {
    let from = day(entry.from())?;
    let until = entry.until().map(day).transpose()?;
    if let (Some(last), Some(until)) = (entry.until(), until.filter(|&until| until < from)) {
        return Err(SpannedFault::at(last, Fault::EndsBeforeItBegins { what: parameter.to_owned(), from, until }));
    }
    Ok(DatedValue { value, from, until, shown: provision(pack, parameter, shown, None, entry)? })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::{Area, Pack};

    const WUHE: &str = include_str!("../../../../pipelines/policies/340322.toml");

    fn city(codes: &str, from: &str, more: &str) -> String {
        format!("\n[[city]]\ncodes = {codes}\nfrom = {from}\nsource = {{ document = \"plan\", section = \"一\" }}\n{more}\n")
    }

    fn faults(added: &str) -> Vec<String> {
        let checked = Pack::check(&format!("{WUHE}{added}"), "340322.toml");
        checked.map(|_| Vec::new()).unwrap_or_else(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[rstest]
    #[case::digits("[\"34032\"]", "`34032` is no value for `city.codes`, expected the six digits of an area, or the first four of several")]
    #[case::letters(
        "[\"34032X\"]",
        "`34032X` is no value for `city.codes`, expected the six digits of an area, or the first four of several"
    )]
    #[case::none("[]", "`city` lacks the key `codes`")]
    #[case::provinces("[\"3403\", \"4101\"]", "`4101` is no value for `city.codes`, expected a code of the same province as the first")]
    #[case::twice("[\"3403\", \"340404\", \"3403\"]", "code of a city `3403` is named twice, expected once")]
    fn cities_that_cannot_be(#[case] codes: &str, #[case] says: &str) {
        let told = faults(&city(codes, "2020-01-01", ""));
        assert!(matches!(told.as_slice(), [one] if one.ends_with(says)), "{told:?}");
    }

    #[test]
    fn a_code_is_in_one_city_at_a_time() {
        let first = city("[\"3403\"]", "2020-01-01", "until = 2020-12-31");
        assert_eq!(faults(&format!("{first}{}", city("[\"3403\", \"3404\"]", "2021-01-01", ""))), Vec::<String>::new());
        let told = faults(&format!("{first}{}", city("[\"3404\", \"3403\"]", "2020-12-31", "")));
        assert!(matches!(told.as_slice(), [one] if one.ends_with("code of a city `3403` is named twice, expected once")), "{told:?}");
        let told = faults(&city("[\"3403\"]", "2020-01-01", "until = 2019-12-31"));
        assert!(told[0].ends_with("`city` ends on 2019-12-31, expected a day not before its first, 2020-01-01"), "{told:?}");
    }

    #[test]
    fn families_have_codes_in_capitals_and_names() {
        let named = |code: &str, name: &str| {
            let names = format!("\n[[disease_families]]\nnames = {{ {code} = \"{name}\" }}\nfrom = 2017-01-01\nuntil = 2018-05-30\n");
            faults(&format!("{names}source = {{ document = \"plan\", section = \"一\" }}\n"))
        };
        assert_eq!(named("M001", "甲"), Vec::<String>::new());
        assert!(named("m001", "甲")[0].contains("`m001` is no value for `disease_families`, expected the code of a family"));
        assert!(named("M001", "")[0].contains("for `disease_families.M001`, expected words without spaces around them"));
    }

    #[test]
    fn the_more_exact_code_counts() {
        let pack = Pack::parse(
            &format!("{WUHE}{}{}", city("[\"340322\"]", "2020-01-01", ""), city("[\"3403\", \"3404\"]", "2020-01-01", "")),
            "340322.toml",
        );
        let terms = pack.unwrap().settlement_on("2024-01-01".parse().unwrap());
        let same = |one, other| terms.cities.same(Area::new(one), Area::new(other));
        assert!(same(340_321, 340_404) && same(340_322, 340_322) && same(340_500, 340_521));
        assert!(!same(340_322, 340_321) && !same(340_404, 340_500));
        assert_eq!(terms.family_name("M039"), Some("高血压"));
        assert_eq!(terms.family_name("M07800"), None);
    }
}
