//! Which areas lie in the same city, by their codes.

use super::Area;

/// Two areas whose codes have the same first four digits lie in the same city, unless the pack states otherwise for one
/// of them.
///
/// ```
/// use canbao_rules::policy::{Area, Cities};
/// let plain = Cities::default();
/// assert!(plain.same(Area::new(340602), Area::new(340621)));
/// assert!(!plain.same(Area::new(340602), Area::new(340322)));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cities(Vec<Member>);

/// A code that belongs to a city of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    code: CityCode,
    /// The index of its city in the pack.
    city: usize,
}

/// Six digits of one area, or four for all that begin so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CityCode {
    /// All areas with these first four digits that are not named one by one.
    Beginning(u32),
    /// One area.
    Whole(u32),
}

impl CityCode {
    /// Reads four or six digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        match text.len() {
            4 if digits => text.parse().ok().map(Self::Beginning),
            6 if digits => text.parse().ok().map(Self::Whole),
            _ => None,
        }
    }

    /// The first two digits.
    pub(super) const fn province(self) -> u32 {
        match self {
            Self::Beginning(code) => code / 100,
            Self::Whole(code) => code / 10_000,
        }
    }
}

impl Cities {
    /// The cities of a pack, each with its codes; no code belongs to two of them.
    pub(super) fn of<C: IntoIterator<Item = CityCode>>(cities: impl IntoIterator<Item = C>) -> Self {
        let members = cities.into_iter().enumerate().flat_map(|(city, codes)| codes.into_iter().map(move |code| Member { code, city }));
        Self(members.collect())
    }

    /// Whether two areas lie in the same city.
    #[inline]
    pub fn same(&self, one: Area, other: Area) -> bool {
        if self.0.is_empty() {
            return one.code() / 100 == other.code() / 100;
        }
        self.city(one) == self.city(other)
    }

    /// The index of the pack's city, or the first four digits where the pack names none.
    fn city(&self, area: Area) -> Result<usize, u32> {
        let of = |code| self.0.iter().find(|member| member.code == code).map(|member| member.city);
        of(CityCode::Whole(area.code())).or_else(|| of(CityCode::Beginning(area.code() / 100))).ok_or(area.code() / 100)
    }
}
