//! The terms of one benefit year: every parameter resolved, in the form that rules read.

use std::collections::BTreeMap;

use crate::Percent;
use crate::money::Yuan;
use crate::period::{BenefitYear, Day};
use crate::vocabulary;

use super::{Area, Category, CategorySet, Provision, Region};

/// A region's policy for one benefit year. Plain values only: rules read it once for each person.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whose policy it is.
    pub region: Region,
    /// The year for which people are enrolled.
    pub year: BenefitYear,
    /// When the year's premium is collected.
    pub window: Window,
    /// The first day of the next year's window, where the pack knows it.
    pub next_window: Option<Day>,
    /// What one person costs.
    pub premium: Premium,
    /// Who pays less.
    pub subsidies: Subsidies,
    /// The categories that count as difficulty in the ledgers, every subsidised one among them.
    pub difficulty: CategorySet,
    /// The limits of the newborn rules.
    pub newborn: Newborn,
    /// The last day on which migrant workers may pay late without loss.
    pub migrant_until: Option<Day>,
    /// Who may pay late and is covered at once.
    pub special: SpecialGroups,
    /// How long everybody else who pays late has to wait.
    pub waiting: Waiting,
    /// How many employee months without a gap let the employee record stand (duplicates across schemes).
    pub employee_months: i32,
    /// Which payments are given back.
    pub refund: Refund,
    /// The enrolled share that the region has to reach.
    pub required_share: Option<Percent>,
    /// Rewards for staying enrolled.
    pub incentive: Option<Incentive>,
    /// Paying for relatives from a personal account.
    pub mutual_aid: Option<MutualAid>,
    pub(super) labels: Labels,
    pub(super) provisions: Vec<Provision>,
    pub(super) sha256: String,
}

impl Policy {
    /// Which category each label of the identity extract means.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Every parameter in force with its value and source, in the order of the pack.
    pub fn provisions(&self) -> &[Provision] {
        &self.provisions
    }

    /// The documents and sections in force, each once, in the order of their first use; readings are marked.
    pub fn sources(&self) -> Vec<String> {
        Provision::sources(&self.provisions)
    }

    /// The last logical date of the benefit year: the day before the next window, or where that is unknown
    /// the year's last. The first is the window's.
    #[inline]
    pub fn last_day(&self) -> Day {
        self.next_window.map_or(self.year.last_day(), |next| next.plus_days(-1))
    }

    /// The SHA-256 of the pack's text, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// The days on which the premium is collected, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

/// Yuan a person and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Premium {
    /// What the person pays, before any subsidy.
    pub personal: Yuan,
    /// What the treasuries add; `None` where the document does not state it.
    pub fiscal_subsidy: Option<Yuan>,
    /// The personal premium of the year before, where the pack knows it.
    pub prior_personal: Option<Yuan>,
}

vocabulary! {
    /// Who bears a subsidy.
    pub enum Payer {
        /// The medical-assistance fund.
        MedicalAssistanceFund = "medical_assistance_fund", "医疗救助资金", "medical-assistance fund",
            heading "医疗救助资金" / "Medical-assistance fund";
        /// The township's government.
        Township = "township", "乡镇", "township", heading "乡镇（街道）" / "Township";
    }
}

/// A category's subsidy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subsidy {
    /// Who gets it.
    pub category: Category,
    /// Yuan a person and year, more than nothing and at most the personal premium.
    pub amount: Yuan,
    /// Who bears it; `None` where the document does not say.
    pub payer: Option<Payer>,
}

/// The subsidies of a year, best first: by amount, equal amounts by the order that the pack states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subsidies {
    ranked: Vec<Subsidy>,
    categories: CategorySet,
}

impl Subsidies {
    /// Takes the subsidies best first.
    pub(super) fn ranked(ranked: Vec<Subsidy>) -> Self {
        let categories = ranked.iter().map(|s| s.category).collect();
        Self { ranked, categories }
    }

    /// The best subsidy for someone in these categories.
    #[inline]
    pub fn best(&self, of: CategorySet) -> Option<&Subsidy> {
        if !self.categories.meets(of) {
            return None;
        }
        self.ranked.iter().find(|s| of.has(s.category))
    }

    /// Every category that has a subsidy.
    #[inline]
    pub fn categories(&self) -> CategorySet {
        self.categories
    }

    /// Best first.
    pub fn iter(&self) -> impl Iterator<Item = &Subsidy> {
        self.ranked.iter()
    }
}

/// The limits of the newborn rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newborn {
    /// Days after birth within which cover reaches back to birth.
    pub days: i32,
    /// The birthday up to which a child counts as newborn.
    pub birthday: i32,
}

/// Groups that are covered soon after a late payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialGroups {
    /// Someone belongs when one of the tests fits on the day of payment.
    pub tests: Vec<GroupTest>,
    /// When their cover begins.
    pub start: CoverStart,
}

/// Whether someone belongs to a special group on the day of payment p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupTest {
    /// The category is in force on p.
    InForce(Category),
    /// The category is in force on p and began in p's calendar year.
    BegunThisYear(Category),
    /// The other system was left at most `months` months before p, and the category had begun by then.
    AfterLeaving {
        /// The category of those who were in the other system.
        category: Category,
        /// Which day of the category's span is the leaving day.
        leaving: Leaving,
        /// Months after the leaving day, by the calendar.
        months: i32,
        /// Whether the category must also have begun in p's calendar year.
        this_year: bool,
    },
    /// p lies between the category's begin and the end of the `months`-th month after the begin's month.
    UntilMonthEnd {
        /// The category.
        category: Category,
        /// Months after the month of the begin.
        months: i32,
    },
    /// Registered at a school of the region at most `months` months before p.
    SchoolRegistration {
        /// Months after the registration, by the calendar.
        months: i32,
    },
}

impl GroupTest {
    /// The name in packs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce(_) => "in_force",
            Self::BegunThisYear(_) => "begun_this_year",
            Self::AfterLeaving { .. } => "after_leaving",
            Self::UntilMonthEnd { .. } => "until_month_end",
            Self::SchoolRegistration { .. } => "school_registration",
        }
    }

    /// The category that it tests, where it tests one.
    #[inline]
    pub const fn category(self) -> Option<Category> {
        match self {
            Self::InForce(category) | Self::BegunThisYear(category) => Some(category),
            Self::AfterLeaving { category, .. } | Self::UntilMonthEnd { category, .. } => Some(category),
            Self::SchoolRegistration { .. } => None,
        }
    }
}

vocabulary! {
    /// Which day of a category's span is the day on which the other system was left.
    pub enum Leaving {
        /// `begntime`: the category describes those who have left.
        Begin = "begin", "开始日", "begntime";
        /// `endtime`: the category describes those who have not left yet; without an end nobody has left.
        End = "end", "结束日", "endtime";
    }
}

vocabulary! {
    /// When the cover of special groups begins.
    pub enum CoverStart {
        /// The day after the payment.
        NextDay = "next_day", "缴费次日起", "the day after payment";
        /// The first day of the month after the payment.
        NextMonth = "next_month", "缴费次月 1 日起", "the month after payment";
    }
}

/// What happens to late payers outside every group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// They are not covered in the year at all.
    NotAdmitted,
    /// Cover begins with the `nth` month, the month of payment being the first.
    NthMonth {
        /// 7: paid in March, covered from 1 September.
        nth: i32,
    },
    /// The wait grows with the years in which cover was broken, and shrinks with those repaid.
    Arrears(Arrears),
}

/// A waiting time that depends on broken and repaid years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrears {
    /// Months that everybody waits; also the least.
    pub fixed_months: i32,
    /// From this many broken years on, the least is `long_break_months`.
    pub long_break_years: i32,
    /// The least number of months after a long break.
    pub long_break_months: i32,
    /// A year with fewer months of cover than this is broken.
    pub months_of_unbroken_year: i32,
}

/// Which payments are given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refund {
    /// A paused resident record's payment, while the year has not begun.
    pub before_year: bool,
    /// The payment of someone who died before the year began.
    pub death_before_cover: bool,
}

/// Rewards for staying enrolled: raises of the cap of critical-illness insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incentive {
    /// The first benefit year that counts.
    pub since: BenefitYear,
    /// Years in a row without reward.
    pub unrewarded_years: i32,
    /// The raise for each further year in a row.
    pub consecutive: Yuan,
    /// The raise for each year without a claim.
    pub zero_claim: Yuan,
    /// The largest raise, as a share of the original cap.
    pub most: Percent,
    /// The original cap, where it is known.
    pub critical_illness_cap: Option<Yuan>,
}

/// Paying a relative's premium from an employee's personal account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutualAid {
    /// The relations that may be paid for, as the extract writes them.
    pub relations: Vec<String>,
    /// The first digits of the payee's area: the province.
    pub payee_prefix: u32,
    /// The benefit year that may be paid for.
    pub year: BenefitYear,
    /// When payments are taken.
    pub window: Window,
}

impl MutualAid {
    /// Whether the payee's area lies in the province.
    #[inline]
    pub fn admits(&self, payee: Area) -> bool {
        payee.code() / 10_000 == self.payee_prefix
    }
}

/// Labels of the identity extract and the categories they mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(pub(super) BTreeMap<String, Category>);

impl Labels {
    /// What the label means.
    #[inline]
    pub fn category(&self, label: &str) -> Option<Category> {
        self.0.get(label).copied()
    }

    /// Labels with their categories, in the order of the labels' bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Category)> {
        self.0.iter().map(|(label, category)| (label.as_str(), *category))
    }
}
