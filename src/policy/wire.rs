//! The TOML form of a pack. Nothing outside this room sees it.
//!
//! Every dated entry has `from`, optionally `until` (its last day), `source = { document, section }`
//! naming one of the pack's `[documents]`, and `reading = true` where it is our interpretation.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// A whole pack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pack {
    pub region: Region,
    pub documents: BTreeMap<String, Document>,
    #[serde(default)]
    pub benefit_year: Vec<BenefitYear>,
    pub premium: Premium,
    pub newborn: Newborn,
    #[serde(default)]
    pub special_group: Vec<SpecialGroup>,
    #[serde(default)]
    pub special_start: Vec<SpecialStart>,
    pub waiting: Vec<Waiting>,
    #[serde(default)]
    pub subsidy: Vec<Subsidy>,
    pub difficulty: Vec<Difficulty>,
    pub duplicate: Duplicate,
    pub refund: Vec<Refund>,
    #[serde(default)]
    pub required_share: Vec<Figure>,
    pub incentive: Option<Incentive>,
    #[serde(default)]
    pub mutual_aid: Vec<MutualAid>,
    pub labels: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub disease_families: Vec<DiseaseFamilies>,
    #[serde(default)]
    pub city: Vec<City>,
}

/// Whose pack it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub code: Spanned<String>,
    pub name: String,
}

/// A document that entries name as their source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub number: String,
    #[expect(dead_code, reason = "for those who read the pack; provisions show the number")]
    pub title: String,
}

/// Where an entry stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub document: Spanned<String>,
    pub section: String,
}

/// A benefit year with its window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BenefitYear {
    pub year: Spanned<i32>,
    pub window: Window,
    pub migrant_extension: Option<MigrantExtension>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    pub first: Spanned<Datetime>,
    pub last: Spanned<Datetime>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MigrantExtension {
    pub until: Spanned<Datetime>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// A dated figure. Without `value` the document does not state it: only parameters that may be set from
/// outside can do without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figure {
    pub value: Option<Spanned<i64>>,
    pub unit: Spanned<String>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Premium {
    pub personal: Vec<Figure>,
    #[serde(default)]
    pub fiscal_subsidy: Vec<Figure>,
    /// Who bears how much of the fiscal subsidy: level → figures.
    #[serde(default)]
    pub fiscal_share: BTreeMap<String, Vec<Figure>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Newborn {
    pub days: Vec<Figure>,
    pub birthday: Vec<Figure>,
}

/// A group that is covered soon after a late payment; `test` says which keys it takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpecialGroup {
    pub test: Spanned<String>,
    pub category: Option<Spanned<String>>,
    pub leaving: Option<Spanned<String>>,
    pub months: Option<Spanned<i32>>,
    pub this_year: Option<Spanned<bool>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// When special groups are covered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpecialStart {
    pub rule: Spanned<String>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// What happens to other late payers; `scheme` says which keys it takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    pub scheme: Spanned<String>,
    pub nth_month: Option<Spanned<i32>>,
    pub fixed_months: Option<Spanned<i32>>,
    pub long_break_years: Option<Spanned<i32>>,
    pub long_break_months: Option<Spanned<i32>>,
    pub months_of_unbroken_year: Option<Spanned<i32>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subsidy {
    pub category: Spanned<String>,
    pub value: Spanned<i64>,
    pub unit: Spanned<String>,
    pub payer: Option<Spanned<String>>,
    pub order: Option<Spanned<i32>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// Which categories count as difficulty besides the subsidised ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Difficulty {
    pub categories: Vec<Spanned<String>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Duplicate {
    pub employee_months: Vec<Figure>,
}

/// A ground for giving a payment back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refund {
    pub rule: Spanned<String>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Incentive {
    pub since: Vec<Figure>,
    pub unrewarded_years: Vec<Figure>,
    pub consecutive: Vec<Figure>,
    pub zero_claim: Vec<Figure>,
    pub most: Vec<Figure>,
    pub critical_illness_cap: Vec<Figure>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MutualAid {
    pub relations: Vec<String>,
    pub payee_province: Spanned<String>,
    pub year: Spanned<i32>,
    pub first: Spanned<Datetime>,
    pub last: Spanned<Datetime>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// What families of chronic diseases are called: code of the family → name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiseaseFamilies {
    pub names: BTreeMap<String, Spanned<String>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// Area codes that together are one city, and no other's: six digits, or the first four for all that begin so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct City {
    pub name: Spanned<String>,
    pub codes: Vec<Spanned<String>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
}

/// What every dated entry has.
pub(super) trait Dated {
    fn from(&self) -> &Spanned<Datetime>;
    fn until(&self) -> Option<&Spanned<Datetime>>;
    fn source(&self) -> &Source;
    fn reading(&self) -> bool;
}

macro_rules! dated {
    ($($entry:ty),+) => {
        $(impl Dated for $entry {
            fn from(&self) -> &Spanned<Datetime> {
                &self.from
            }
            fn until(&self) -> Option<&Spanned<Datetime>> {
                self.until.as_ref()
            }
            fn source(&self) -> &Source {
                &self.source
            }
            fn reading(&self) -> bool {
                self.reading
            }
        })+
    };
}

dated!(Figure, SpecialGroup, SpecialStart, Waiting, Subsidy, Difficulty, Refund, MutualAid, DiseaseFamilies, City);
