//! A pack: one region's parameters over time.

use sha2::{Digest, Sha256};

use crate::money::Yuan;
use crate::period::{BenefitYear, Day};

use super::check::{Checked, Flaw, list};
use super::resolve::{self, Resolved};
use super::settlement::Settlement;
use super::wire;
use super::{Area, Fault, Place, Policy, PolicyError, Region, SettlementTerms};

/// One region's pack, checked for every benefit year that it knows.
///
/// ```
/// use canbao::period::BenefitYear;
/// use canbao::policy::Packs;
/// let packs = Packs::shipped().unwrap();
/// let pack = packs.by_region("340322").unwrap();
/// let policy = pack.policy_on("2023-12-31".parse().unwrap()).unwrap();
/// assert_eq!(policy.year, BenefitYear(2024));
/// assert!(pack.policy_on("2025-01-01".parse().unwrap()).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct Pack {
    name: String,
    region: Region,
    years: Vec<Policy>,
    open: Vec<&'static str>,
    settlement: Settlement,
    sha256: String,
}

/// A value for a parameter that the documents do not state: `--set NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter.
    pub name: String,
    /// The value in yuan.
    pub value: Yuan,
}

impl std::str::FromStr for Setting {
    type Err = PolicyError;
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let bad = || PolicyError::BadSetting(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(bad)?;
        let value = Yuan::parse(value.trim()).filter(|&v| v >= Yuan::ZERO).ok_or_else(bad)?;
        Ok(Self { name: name.trim().to_owned(), value })
    }
}

impl Pack {
    /// Reads and checks a pack; `name` is how messages call it.
    pub fn parse(text: &str, name: &str) -> Result<Self, PolicyError> {
        let wire: wire::Pack = toml::from_str(text).map_err(|e| {
            let place = Place::of(text, e.span().map_or(0, |span| span.start));
            PolicyError::Pack { file: name.to_owned(), place, fault: Fault::Form(e.message().replace('\n', ", ")) }
        })?;
        let sha256 = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let (region, Resolved { years, open }) = Self::check(&wire, &sha256).map_err(|flaw| flaw.of(name, text))?;
        let settlement = Settlement::check(&wire).map_err(|flaw| flaw.of(name, text))?;
        Ok(Self { name: name.to_owned(), region, years, open, settlement, sha256 })
    }

    fn check(wire: &wire::Pack, sha256: &str) -> Checked<(Region, Resolved)> {
        let code = &wire.region.code;
        let area = Area::parse(code.get_ref()).ok_or_else(|| Flaw::at(code, Fault::BadRegion(code.get_ref().clone())))?;
        let region = Region { area, name: wire.region.name.clone() };
        let resolved = resolve::years(wire, &region, sha256)?;
        Ok((region, resolved))
    }

    /// How messages call the pack.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose pack it is.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The SHA-256 of the pack's text, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The terms for settlement statistics on a logical date; any date will do.
    pub fn settlement_on(&self, date: Day) -> SettlementTerms {
        self.settlement.on(&self.region, date)
    }

    /// The policies of all years that the pack knows, earliest first.
    pub fn years(&self) -> &[Policy] {
        &self.years
    }

    /// The policy of the benefit year that holds a logical date: the year Y whose span from the start of
    /// its window to the start of the next one holds it, or, where the next window is unknown, until
    /// Y-12-31.
    pub fn policy_on(&self, date: Day) -> Result<&Policy, PolicyError> {
        self.years.iter().find(|p| p.window.first <= date && date <= last_day_of_span(p)).ok_or_else(|| {
            let spans = self.years.iter().map(|p| format!("from {} to {}", p.window.first, last_day_of_span(p)));
            let known = spans.collect::<Vec<_>>().join(" or ");
            PolicyError::NoBenefitYear { region: self.region.area.to_string(), date, known }
        })
    }

    /// The policy of a benefit year, whatever the date.
    pub fn policy_for(&self, year: BenefitYear) -> Result<&Policy, PolicyError> {
        self.years.iter().find(|p| p.year == year).ok_or_else(|| {
            let years: Vec<String> = self.years.iter().map(|p| p.year.to_string()).collect();
            let known = list(years.iter().map(String::as_str));
            PolicyError::UnknownYear { region: self.region.area.to_string(), year, known }
        })
    }

    /// This pack with values for parameters that its documents do not state, in every year that leaves
    /// them open.
    pub fn with_settings(mut self, settings: &[Setting]) -> Result<Self, PolicyError> {
        for Setting { name, value } in settings {
            if !self.open.contains(&name.as_str()) {
                let known =
                    if self.open.is_empty() { "no `--set`: it states every value".to_owned() } else { list(self.open.iter().copied()) };
                let region = self.region.area.to_string();
                return Err(PolicyError::UnknownParameter { region, name: name.clone(), known });
            }
            self.years.iter_mut().for_each(|policy| resolve::set(policy, name, *value));
        }
        Ok(self)
    }
}

fn last_day_of_span(policy: &Policy) -> Day {
    policy.next_window.map_or(policy.year.last_day(), |next| next.plus_days(-1))
}
