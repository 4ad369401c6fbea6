//! Categories of persons, and sets of them in one word.

use std::fmt;

macro_rules! categories {
    ($(#[doc = $title:literal] $variant:ident = $name:literal,)+) => {
        /// What a person may be in the eyes of the rules. The order is that of RULES.md: first the
        /// categories that some region subsidises, in the order of its table, then the others; the
        /// column `categories` is written in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Category {
            $(#[doc = $title] $variant,)+
        }

        impl Category {
            /// All categories in their order.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The Chinese name, as documents write it.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title.trim_ascii_start(),)+
                }
            }

            /// The name in packs and datasets.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

categories! {
    /// 特困人员
    Destitute = "destitute",
    /// 孤儿
    Orphan = "orphan",
    /// 事实无人抚养儿童
    UnsupportedChild = "unsupported_child",
    /// 低保对象
    LowIncome = "low_income",
    /// 返贫致贫人口
    ReturnedToPoverty = "returned_to_poverty",
    /// 监测对象
    Monitored = "monitored",
    /// 重点优抚对象
    KeyEntitled = "key_entitled",
    /// 重度残疾人
    SevereDisability = "severe_disability",
    /// 计划生育特殊家庭
    SpecialFamilyPlanning = "special_family_planning",
    /// 农村两女户
    TwoDaughterHousehold = "two_daughter_household",
    /// 低保边缘家庭成员
    LowIncomeMargin = "low_income_margin",
    /// 退役军人
    Demobilised = "demobilised",
    /// 随军未就业配偶
    MilitarySpouse = "military_spouse",
    /// 刑满释放人员
    Released = "released",
    /// 严重精神障碍患者
    SevereMentalIllness = "severe_mental_illness",
    /// 退捕渔民
    RetiredFisher = "retired_fisher",
    /// 外出务工人员
    MigrantWorker = "migrant_worker",
    /// 职工医保中断人员
    EmployeeLapsed = "employee_lapsed",
    /// 现役军人
    InService = "in_service",
}

impl Category {
    /// The category with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == name)
    }

    /// The place in [`Category::ALL`]: how extracts carry a category.
    pub const fn index(self) -> u8 {
        self as u8
    }

    /// The category at this place.
    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & ((1 << Category::ALL.len()) - 1))
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// This set and `category`.
    #[must_use]
    pub const fn with(self, category: Category) -> Self {
        Self(self.0 | 1 << category as u32)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set has the category.
    pub const fn has(self, category: Category) -> bool {
        self.0 & (1 << category as u32) != 0
    }

    /// Whether the sets have a category in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The categories in their order.
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
    fn next(&mut self) -> Option<Category> {
        let category = Category::from_index(u8::try_from(self.0.trailing_zeros()).ok()?)?;
        self.0 &= self.0 - 1;
        Some(category)
    }
}
