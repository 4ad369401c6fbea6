//! Masked numbers and names, for readers who need not know whose they are.

/// The common family names of two characters; all others count as one character.
const COMPOUND: [&str; 12] = ["欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "夏侯", "东方", "慕容", "令狐", "端木", "司徒"];

/// A number with its first 6 and last 4 characters, `*` for those between. Of a text of up to ten characters, which
/// would show as a whole, only the length remains.
///
/// ```
/// use canbao_rules::identity::mask;
/// assert_eq!(mask("34039919900228018X"), "340399********018X");
/// assert_eq!(mask("E12345678"), "*********");
/// ```
pub fn mask(number: &str) -> String {
    let length = number.chars().count();
    let shown = |at: usize| length > 10 && (at < 6 || at >= length - 4);
    number.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

/// A name with its family name, `*` for each further character; a single character is masked too.
///
/// ```
/// use canbao_rules::identity::mask_name;
/// assert_eq!(mask_name("王小明"), "王**");
/// assert_eq!(mask_name("欧阳修"), "欧阳*");
/// ```
pub fn mask_name(name: &str) -> String {
    let length = name.chars().count();
    let family = if length > 2 && COMPOUND.iter().any(|family| name.starts_with(family)) { 2 } else { 1 };
    name.chars().enumerate().map(|(at, c)| if at < family && length > family { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "")]
    #[case("1234567890", "**********")]
    #[case("12345678901", "123456*8901")]
    #[case("340399900228018", "340399*****8018")]
    fn numbers(#[case] number: &str, #[case] masked: &str) {
        assert_eq!(mask(number), masked);
    }

    #[rstest]
    #[case("", "")]
    #[case("王", "*")]
    #[case("王明", "王*")]
    #[case("欧阳", "欧*")]
    #[case("诸葛孔明", "诸葛**")]
    fn names(#[case] name: &str, #[case] masked: &str) {
        assert_eq!(mask_name(name), masked);
    }
}
