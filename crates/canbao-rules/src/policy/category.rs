//! Categories of persons, and sets of them in one word.

use std::fmt;

use crate::vocabulary;
use crate::vocabulary::Term;

vocabulary! {
    /// What a person may be in the eyes of the rules: first the categories that some region subsidises, then the others.
    /// The column `categories` is written in this order.
    #[repr(u8)]
    pub enum Category {
        /// Destitute, and supported by the state.
        Destitute = "destitute", "特困", "destitute", title "特困人员", heading "特困" / "Destitute";
        /// A child without parents.
        Orphan = "orphan", "孤儿", "orphan", heading "孤儿" / "Orphans";
        /// A child whose parents cannot bring it up.
        UnsupportedChild = "unsupported_child", "事实无人抚养儿童", "unsupported child", heading "事实无人抚养儿童" / "Unsupported children";
        /// Of a household with the minimum living allowance.
        LowIncome = "low_income", "低保", "low income", title "低保对象", heading "低保" / "Low income";
        /// Returned to poverty, or come into it.
        ReturnedToPoverty = "returned_to_poverty", "返贫致贫", "returned to poverty", title "返贫致贫人口", heading "返贫致贫" / "Returned to poverty";
        /// Watched because poverty threatens.
        Monitored = "monitored", "监测对象", "monitored", heading "监测对象" / "Monitored";
        /// Entitled to special care for service to the state.
        KeyEntitled = "key_entitled", "重点优抚", "key entitled", title "重点优抚对象", heading "重点优抚" / "Key entitled";
        /// Severely disabled.
        SevereDisability = "severe_disability", "重度残疾", "severe disability", title "重度残疾人", heading "重度残疾" / "Severe disability";
        /// Of a family that lost its only child, or whose only child is disabled.
        SpecialFamilyPlanning = "special_family_planning", "计生特殊家庭", "special family planning", title "计划生育特殊家庭", heading "计生特殊家庭" / "Special family planning";
        /// Of a rural household with two daughters and no other child.
        TwoDaughterHousehold = "two_daughter_household", "农村两女户", "two-daughter household", heading "农村两女户" / "Two-daughter households";
        /// Of a household just above the minimum living allowance.
        LowIncomeMargin = "low_income_margin", "低保边缘家庭成员", "low-income margin";
        /// Discharged from military service.
        Demobilised = "demobilised", "退役军人", "demobilised";
        /// The spouse of a soldier, moved along and without work.
        MilitarySpouse = "military_spouse", "随军未就业配偶", "military spouse";
        /// Released from prison.
        Released = "released", "刑满释放人员", "released";
        /// With a severe mental disorder.
        SevereMentalIllness = "severe_mental_illness", "严重精神障碍患者", "severe mental illness";
        /// Gave up fishing when the waters were closed.
        RetiredFisher = "retired_fisher", "退捕渔民", "retired fisher";
        /// Works away from home.
        MigrantWorker = "migrant_worker", "外出务工人员", "migrant worker";
        /// Left the employees' insurance.
        EmployeeLapsed = "employee_lapsed", "职工医保中断人员", "employee lapsed";
        /// In military service.
        InService = "in_service", "现役军人", "in service";
    }
}

impl Category {
    /// The full Chinese name, as documents write it.
    pub const fn title(self) -> &'static str {
        self.term().title
    }

    /// The terms of the categories up to `last`.
    pub const fn terms_until(last: Self) -> &'static [Term] {
        Self::TERMS.split_at(last as usize + 1).0
    }

    /// The index in [`Category::ALL`], by which extracts store a category.
    #[inline]
    pub const fn index(self) -> u8 {
        self as u8
    }

    /// The category with this index.
    #[inline]
    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

/// A set of categories: one bit each, by [`Category::index`].
///
/// ```
/// use canbao_rules::policy::{Category, CategorySet};
/// let set: CategorySet = [Category::Monitored, Category::Destitute].into_iter().collect();
/// assert!(set.has(Category::Destitute) && !set.has(Category::Orphan));
/// assert_eq!(set.to_string(), "destitute;monitored");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CategorySet(u32);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);

    /// The set with these bits; bits beyond the last category are dropped.
    #[inline]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & ((1 << Category::ALL.len()) - 1))
    }

    /// The bits.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// This set and `category`.
    #[must_use]
    #[inline]
    pub const fn with(self, category: Category) -> Self {
        Self(self.0 | 1 << category as u32)
    }

    /// What is in either set.
    #[must_use]
    #[inline]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set has the category.
    #[inline]
    pub const fn has(self, category: Category) -> bool {
        self.0 & (1 << category as u32) != 0
    }

    /// Whether the sets have a category in common.
    #[inline]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The categories in their order.
    #[inline]
    pub const fn iter(self) -> Categories {
        Categories(self.0)
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        categories.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl IntoIterator for CategorySet {
    type Item = Category;
    type IntoIter = Categories;
    fn into_iter(self) -> Categories {
        self.iter()
    }
}

impl fmt::Display for CategorySet {
    /// Writes the names joined with `;`, the form of the column `categories`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, category) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(";")?;
            }
            f.write_str(category.as_str())?;
        }
        Ok(())
    }
}

/// The categories of a set in their order.
#[derive(Debug, Clone)]
pub struct Categories(u32);

impl Iterator for Categories {
    type Item = Category;
    #[inline]
    fn next(&mut self) -> Option<Category> {
        let category = Category::from_index(u8::try_from(self.0.trailing_zeros()).ok()?)?;
        self.0 &= self.0 - 1;
        Some(category)
    }
}
