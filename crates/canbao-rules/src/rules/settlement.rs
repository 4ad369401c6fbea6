//! What a settlement counts as (docs/contract.md, How settlements are counted): where it was made, what kind of care it paid for,
//! for which disease, and under which insurance.

use crate::policy::{Area, Cities};

use super::codes::{Care, Scope};

impl Scope {
    /// The scope of a settlement for somebody insured in one area and treated in another. The province is the
    /// first two digits; cities divide the areas of one province only.
    ///
    /// ```
    /// use canbao_rules::policy::{Area, Cities};
    /// use canbao_rules::rules::Scope;
    /// let scope = |insured, treated| Scope::of(Area::new(insured), Area::new(treated), &Cities::default());
    /// assert_eq!(scope(340602, 320102), Scope::CrossProvince);
    /// assert_eq!(scope(340602, 340104), Scope::InProvince);
    /// assert_eq!(scope(340602, 340621), Scope::Local);
    /// ```
    #[inline]
    pub fn of(insured: Area, treated: Area, cities: &Cities) -> Self {
        if insured.code() / 10_000 != treated.code() / 10_000 {
            Self::CrossProvince
        } else if cities.same(insured, treated) {
            Self::Local
        } else {
            Self::InProvince
        }
    }
}

impl Care {
    /// The care that a platform code of 医疗类别 stands for; the platform divides 14 further.
    ///
    /// ```
    /// use canbao_rules::rules::Care;
    /// assert_eq!(Care::of("21"), Care::Inpatient);
    /// assert_eq!(Care::of("140104"), Care::Chronic);
    /// assert_eq!(Care::of("2101"), Care::Other);
    /// ```
    #[inline]
    pub fn of(med_type: &str) -> Self {
        match med_type.as_bytes() {
            b"21" | b"22" | b"23" | b"24" | b"25" | b"28" => Self::Inpatient,
            b"11" | b"12" | b"13" => Self::Outpatient,
            b"41" => Self::Pharmacy,
            [b'1', b'4', ..] => Self::Chronic,
            _ => Self::Other,
        }
    }
}

/// A disease that is a family of its own, although its code begins like another one's: kidney failure without dialysis.
const OWN_FAMILY: &str = "M07800";

/// How many characters of a code are the family's.
const FAMILY_CHARACTERS: usize = 4;

/// The family of a chronic disease, by the code that a settlement names; `None` where it names none.
///
/// ```
/// use canbao_rules::rules::settlement::family;
/// assert_eq!(family("m03900").as_deref(), Some("M039"));
/// assert_eq!(family("M07801").as_deref(), Some("M078"));
/// assert_eq!(family("M07800").as_deref(), Some("M07800"));
/// assert_eq!(family(""), None);
/// ```
#[inline]
pub fn family(dise_codg: &str) -> Option<String> {
    if dise_codg.is_empty() {
        return None;
    }
    let code = dise_codg.to_uppercase();
    if code == OWN_FAMILY {
        return Some(code);
    }
    Some(dise_codg.chars().take(FAMILY_CHARACTERS).flat_map(char::to_uppercase).collect())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same_county(340_322, 340_322, Scope::Local)]
    #[case::same_city(340_322, 340_302, Scope::Local)]
    #[case::the_citys_pool(340_322, 340_300, Scope::Local)]
    #[case::next_city(340_322, 340_402, Scope::InProvince)]
    #[case::provinces_own(340_322, 340_000, Scope::InProvince)]
    #[case::next_province(340_322, 410_322, Scope::CrossProvince)]
    #[case::same_places_but_the_first(340_322, 140_322, Scope::CrossProvince)]
    #[case::small_codes(0, 9_999, Scope::InProvince)]
    #[case::no_code_at_all(340_322, 0, Scope::CrossProvince)]
    fn scopes(#[case] insured: u32, #[case] treated: u32, #[case] scope: Scope) {
        assert_eq!(Scope::of(Area::new(insured), Area::new(treated), &Cities::default()), scope);
        assert_eq!(Scope::of(Area::new(treated), Area::new(insured), &Cities::default()), scope);
    }

    #[rstest]
    #[case("11", Care::Outpatient)]
    #[case("12", Care::Outpatient)]
    #[case("13", Care::Outpatient)]
    #[case("14", Care::Chronic)]
    #[case("1401", Care::Chronic)]
    #[case("140104", Care::Chronic)]
    #[case("14门诊", Care::Chronic)]
    #[case("15", Care::Other)]
    #[case("1", Care::Other)]
    #[case("114", Care::Other)]
    #[case("21", Care::Inpatient)]
    #[case("22", Care::Inpatient)]
    #[case("23", Care::Inpatient)]
    #[case("24", Care::Inpatient)]
    #[case("25", Care::Inpatient)]
    #[case("26", Care::Other)]
    #[case("27", Care::Other)]
    #[case("28", Care::Inpatient)]
    #[case("29", Care::Other)]
    #[case("210104", Care::Other)]
    #[case("41", Care::Pharmacy)]
    #[case("4101", Care::Other)]
    #[case("51", Care::Other)]
    #[case("９", Care::Other)]
    #[case("", Care::Other)]
    fn cares(#[case] med_type: &str, #[case] care: Care) {
        assert_eq!(Care::of(med_type), care);
    }

    #[rstest]
    #[case("M039", "M039")]
    #[case("m03900", "M039")]
    #[case("M0390012", "M039")]
    #[case("M07800", "M07800")]
    #[case("m07800", "M07800")]
    #[case("M078001", "M078")]
    #[case("M0780", "M078")]
    #[case("M07801", "M078")]
    #[case("M1", "M1")]
    #[case("高血压病三级", "高血压病")]
    #[case("ß1234", "SS123")]
    fn families(#[case] code: &str, #[case] expected: &str) {
        assert_eq!(family(code).as_deref(), Some(expected));
    }
}
