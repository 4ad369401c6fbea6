//! Division codes of six digits, and which of them a region covers.

use std::fmt;

/// A county-level division code of six digits, such as 340322; a code that ends in 00 is a city's
/// (its pool), whose counties share its first four digits.
///
/// ```
/// use canbao_rules::policy::Area;
/// assert_eq!(Area::parse("340322"), Some(Area::new(340322)));
/// assert_eq!(Area::parse("34032"), None);
/// assert!(Area::new(340600).serves(Area::new(340621)), "a city's pool serves its counties");
/// assert!(!Area::new(340621).serves(Area::new(340600)), "and not the other way round");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area(u32);

impl Area {
    /// The area with this code.
    #[inline]
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// Reads exactly six digits.
    #[inline]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok().map(Self)).flatten()
    }

    /// The code as a number.
    #[inline]
    pub const fn code(self) -> u32 {
        self.0
    }

    /// Whether the code is a city's (ends in 00).
    #[inline]
    pub const fn is_city(self) -> bool {
        self.0.is_multiple_of(100)
    }

    /// Whether enrollment in this area is enrollment for someone who lives or studies in `place`: the
    /// same area, or the pool of the city in which `place` lies.
    #[inline]
    pub const fn serves(self, place: Self) -> bool {
        self.0 == place.0 || (self.is_city() && self.0 / 100 == place.0 / 100)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// The region of a pack: a county with its six digits, or a city with every area whose first four
/// digits are the city's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The code by which the region is asked for.
    pub area: Area,
    /// Its Chinese name.
    pub name: String,
}

impl Region {
    /// Whether the area belongs to the region.
    #[inline]
    pub const fn covers(&self, area: Area) -> bool {
        self.area.serves(area)
    }
}
