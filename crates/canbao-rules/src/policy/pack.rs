//! A pack: one region's parameters over time.

use sha2::{Digest, Sha256};

use crate::money::Yuan;
use crate::period::{BenefitYear, Day};

use super::check::{Checked, Faults, SpannedFault, words};
use super::listing::list;
use super::resolve::{self, Resolved};
use super::settlement::SettlementEntries;
use super::{Area, Fault, Policy, PolicyError, Position, Region, SettlementTerms, form, wire};

/// One region's pack, checked for every benefit year that it knows.
///
/// ```
/// use canbao_rules::period::BenefitYear;
/// use canbao_rules::{EXAMPLE_PACK, policy::Pack};
/// let pack = Pack::parse(EXAMPLE_PACK, "340399.toml").unwrap();
/// let policy = pack.policy_on("2023-12-31".parse().unwrap()).unwrap();
/// assert_eq!(policy.year, BenefitYear(2024));
/// assert!(pack.policy_on("2025-01-01".parse().unwrap()).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct Pack {
    name: String,
    region: Region,
    documents: Vec<Document>,
    years: Vec<Policy>,
    open: Vec<&'static str>,
    settlement: SettlementEntries,
    sha256: String,
}

/// A document that a pack names as a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// How the pack's entries name it.
    pub key: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Whether number or title are words of ours: it bears none, or only its number is known.
    pub described: bool,
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
    ///
    /// # Errors
    /// The first fault in the pack, with the number of others.
    pub fn parse(text: &str, name: &str) -> Result<Self, PolicyError> {
        Self::check(text, name).map_err(|faults| {
            let others = faults.len().saturating_sub(1);
            let unread = || PolicyError::Pack {
                file: name.to_owned(),
                position: Position::START,
                fault: Box::new(Fault::Form("no pack".into())),
                more: 0,
            };
            let mut first = faults.into_iter().next().unwrap_or_else(unread);
            if let PolicyError::Pack { more, .. } = &mut first {
                *more = others;
            }
            first
        })
    }

    /// Every fault of a pack, in the order of the text.
    ///
    /// # Errors
    /// At least one fault.
    pub fn check(text: &str, name: &str) -> Result<Self, Vec<PolicyError>> {
        Self::assemble(text, name).map(|(pack, _)| pack)
    }

    /// The pack with the form in which it is written.
    pub(super) fn assemble(text: &str, name: &str) -> Result<(Self, wire::Pack), Vec<PolicyError>> {
        let mut faults = Faults::default();
        let assembled = form::read(text, &mut faults).map(|wire| {
            // A placeholder until all faults are found: a pack with a fault is never returned.
            let nowhere = || Region { area: Area::new(0), name: String::new() };
            let region = faults.keep(region(&wire.region)).unwrap_or_else(nowhere);
            let sha256 = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
            let Resolved { years, open } = resolve::years(&wire, &region, &sha256, &mut faults);
            let settlement = SettlementEntries::check(&wire, &mut faults);
            let document = |(key, document): (&String, &toml::Spanned<wire::Document>)| {
                let wire::Document { number, title, described } = document.get_ref();
                Document { key: key.clone(), number: number.clone(), title: title.clone(), described: *described }
            };
            let documents = wire.documents.iter().map(document).collect();
            (Self { name: name.to_owned(), region, documents, years, open, settlement, sha256 }, wire)
        });
        assembled.filter(|_| faults.is_empty()).ok_or_else(|| faults.of(name, text))
    }

    /// How messages call the pack.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose pack it is.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The documents that the pack names as sources, by key.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The parameters without a stated value in some year: what `--set` may give.
    pub fn open(&self) -> &[&'static str] {
        &self.open
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
        self.years.iter().find(|p| p.window.first <= date && date <= p.last_day()).ok_or_else(|| {
            let spans = self.years.iter().map(|p| format!("from {} to {}", p.window.first, p.last_day()));
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

fn region(written: &wire::Region) -> Checked<Region> {
    let code = written.code.get_ref();
    // A code that ends in 0000 is a province's, and no region is one.
    let area = Area::parse(code).filter(|area| area.code() % 10_000 != 0);
    let area = area.ok_or_else(|| SpannedFault::at(&written.code, Fault::BadRegion(code.clone())))?;
    Ok(Region { area, name: words(&written.name, "region.name")?.to_owned() })
}
