//! Suggestions for misspelt names, for hints.

/// The name that was probably meant: the nearest one, if at most a third of it would have to change.
pub fn nearest<'a, S: AsRef<str>>(name: &str, known: &'a [S]) -> Option<&'a str> {
    let (distance, near) = known.iter().map(|k| (strsim::damerau_levenshtein(name, k.as_ref()), k.as_ref())).min()?;
    (distance * 3 <= near.chars().count().max(3)).then_some(near)
}

/// The unknown key of serde's sentence "unknown field `a`, expected one of `b`, `c`" with the nearest expected one.
///
/// serde gives only a sentence. If its wording changes, the hint is lost and nothing else.
pub fn near_field(message: &str) -> Option<String> {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (unknown, expected) = quoted.split_first()?;
    nearest(unknown, expected).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("shedule", Some("schedule"))]
    #[case("schedule", Some("schedule"))]
    #[case("tiemzone", Some("timezone"))]
    #[case("colour", None)]
    fn only_near_names_are_proposed(#[case] written: &str, #[case] near: Option<&str>) {
        assert_eq!(nearest(written, &["title", "schedule", "timezone"]), near);
    }

    #[test]
    fn an_unknown_key_is_found_in_the_parsers_sentence() {
        assert_eq!(near_field("unknown field `shedule`, expected one of `title`, `schedule`").as_deref(), Some("schedule"));
        assert_eq!(near_field("missing field `title`"), None);
    }
}
