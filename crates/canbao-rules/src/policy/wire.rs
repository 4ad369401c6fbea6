//! The TOML form of a pack. No other module sees it.
//!
//! Every dated entry has `from`, optionally `until` (its last day), `source = { document, section }`
//! naming one of the pack's `[documents]`, `reading = true` where it is our interpretation, and a `name`
//! where the document calls it by one.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// A whole pack, read by `form` table by table, so that every fault of form is found at once.
#[derive(Debug)]
pub(super) struct Pack {
    pub region: Region,
    pub documents: BTreeMap<String, Spanned<Document>>,
    pub benefit_year: Vec<BenefitYear>,
    pub premium: Premium,
    pub newborn: Newborn,
    pub special_group: Vec<SpecialGroup>,
    pub special_start: Vec<SpecialStart>,
    pub waiting: Vec<Waiting>,
    pub subsidy: Vec<Subsidy>,
    pub difficulty: Vec<Difficulty>,
    pub duplicate: Duplicate,
    pub refund: Vec<Refund>,
    pub required_share: Vec<Figure>,
    pub incentive: Option<Incentive>,
    pub mutual_aid: Vec<MutualAid>,
    /// Label and category.
    pub labels: Vec<(Spanned<String>, Spanned<String>)>,
    pub disease_families: Vec<DiseaseFamilies>,
    pub city: Vec<City>,
}

/// Whose pack it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub code: Spanned<String>,
    pub name: Spanned<String>,
}

/// A document that entries name as their source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub number: String,
    pub title: String,
    /// Number or title are words of ours: the document bears none, or only its number is known.
    #[serde(default)]
    pub described: bool,
}

/// The document and the section of an entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub document: Spanned<String>,
    pub section: Spanned<String>,
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
    pub name: Option<String>,
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
    pub name: Option<String>,
}

#[derive(Debug)]
pub(super) struct Premium {
    pub personal: Vec<Figure>,
    pub fiscal_subsidy: Vec<Figure>,
    /// Who bears how much of the fiscal subsidy: level → figures.
    pub fiscal_share: BTreeMap<String, Vec<Figure>>,
}

#[derive(Debug)]
pub(super) struct Newborn {
    pub days: Vec<Figure>,
    pub birthday: Vec<Figure>,
}

/// A group that is covered soon after a late payment; which keys it takes depends on `test`.
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
    pub name: Option<String>,
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
    pub name: Option<String>,
}

/// What happens to other late payers; which keys it takes depends on `scheme`.
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
    pub name: Option<String>,
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
    pub name: Option<String>,
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
    pub name: Option<String>,
}

#[derive(Debug)]
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
    pub name: Option<String>,
}

#[derive(Debug)]
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
    pub relations: Vec<Spanned<String>>,
    pub payee_province: Spanned<String>,
    pub year: Spanned<i32>,
    pub first: Spanned<Datetime>,
    pub last: Spanned<Datetime>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
    pub name: Option<String>,
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
    pub name: Option<String>,
}

/// Area codes that together are one city, and no other's: six digits, or the first four for all that begin so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct City {
    pub codes: Vec<Spanned<String>>,
    pub from: Spanned<Datetime>,
    pub until: Option<Spanned<Datetime>>,
    pub source: Source,
    #[serde(default)]
    pub reading: bool,
    pub name: Option<String>,
}

/// What every dated entry has.
pub(super) trait Dated {
    fn from(&self) -> &Spanned<Datetime>;
    fn until(&self) -> Option<&Spanned<Datetime>>;
    fn source(&self) -> &Source;
    fn reading(&self) -> bool;
    /// What the document calls it.
    fn name(&self) -> Option<&str>;
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
            fn name(&self) -> Option<&str> {
                self.name.as_deref()
            }
        })+
    };
}

dated!(Figure, SpecialGroup, SpecialStart, Waiting, Subsidy, Difficulty, Refund, MutualAid, DiseaseFamilies, City);

/// A dated entry with the name of its parameter.
pub(super) type Named<'a> = (String, &'a dyn Dated);

impl Pack {
    /// Every dated entry.
    pub(super) fn entries(&self) -> Vec<Named<'_>> {
        let mut entries = self.figures();
        let named = |name: &str, entry| (name.to_owned(), entry);
        entries.extend(self.subsidy.iter().map(|e| (e.parameter(), e as &dyn Dated)));
        entries.extend(self.difficulty.iter().map(|e| named("difficulty", e as &dyn Dated)));
        entries.extend(self.special_group.iter().map(|e| (e.parameter(), e as &dyn Dated)));
        entries.extend(self.special_start.iter().map(|e| named("special_start", e as &dyn Dated)));
        entries.extend(self.waiting.iter().map(|e| named("waiting", e as &dyn Dated)));
        entries.extend(self.refund.iter().map(|e| (e.parameter(), e as &dyn Dated)));
        entries.extend(self.mutual_aid.iter().map(|e| named("mutual_aid", e as &dyn Dated)));
        entries
    }

    /// The entries that hold on a day, and for no benefit year.
    pub(super) fn entries_without_year(&self) -> impl Iterator<Item = &dyn Dated> {
        let families = self.disease_families.iter().map(|e| e as &dyn Dated);
        families.chain(self.city.iter().map(|e| e as &dyn Dated))
    }

    fn figures(&self) -> Vec<Named<'_>> {
        let Self { premium, newborn, duplicate, required_share, incentive, .. } = self;
        let mut lists = vec![
            ("premium.personal".to_owned(), &premium.personal),
            ("premium.fiscal_subsidy".to_owned(), &premium.fiscal_subsidy),
            ("newborn.days".to_owned(), &newborn.days),
            ("newborn.birthday".to_owned(), &newborn.birthday),
            ("duplicate.employee_months".to_owned(), &duplicate.employee_months),
            ("required_share".to_owned(), required_share),
        ];
        lists.extend(premium.fiscal_share.iter().map(|(level, figures)| (format!("premium.fiscal_share.{level}"), figures)));
        lists.extend(incentive.iter().flat_map(Incentive::lists).map(|(name, figures)| (name.to_owned(), figures)));
        let figures = lists.into_iter().flat_map(|(name, figures)| figures.iter().map(move |f| (name.clone(), f as &dyn Dated)));
        figures.collect()
    }
}

impl Incentive {
    /// The parameters with their names.
    pub(super) fn lists(&self) -> [(&'static str, &Vec<Figure>); 6] {
        [
            ("incentive.since", &self.since),
            ("incentive.unrewarded_years", &self.unrewarded_years),
            ("incentive.consecutive", &self.consecutive),
            ("incentive.zero_claim", &self.zero_claim),
            ("incentive.most", &self.most),
            ("incentive.critical_illness_cap", &self.critical_illness_cap),
        ]
    }
}

impl Subsidy {
    /// `subsidy.low_income`.
    pub(super) fn parameter(&self) -> String {
        format!("subsidy.{}", self.category.get_ref())
    }
}

impl SpecialGroup {
    /// `special_group.in_force.low_income`, `special_group.school_registration`.
    pub(super) fn parameter(&self) -> String {
        match &self.category {
            Some(category) => format!("special_group.{}.{}", self.test.get_ref(), category.get_ref()),
            None => format!("special_group.{}", self.test.get_ref()),
        }
    }
}

impl Refund {
    /// `refund.before_year`.
    pub(super) fn parameter(&self) -> String {
        format!("refund.{}", self.rule.get_ref())
    }
}
