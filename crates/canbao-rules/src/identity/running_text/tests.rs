//! What is masked in a line, and what must not be touched.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case::alone("340399199002280016", "340399********0016")]
#[case::check_x("34039919900228018X", "340399********018X")]
#[case::small_x("34039919900228018x", "340399********018x")]
#[case::fifteen("340399900228018", "340399*****8018")]
#[case::card("34039919900228001641", "340399**********1641")]
#[case::card_x("34039919900228018X41", "340399**********8X41")]
#[case::wrong_check("340399199002280017", "340399********0017")]
#[case::no_date("340399199013990017", "340399********0017")]
#[case::card_with_a_wrong_check("34039919900228001741", "340399**********1741")]
#[case::two("340399199002280016,34039919900228018X", "340399********0016,340399********018X")]
#[case::named("certno=340399199002280016", "certno=340399********0016")]
#[case::quoted("`340399199002280016`", "`340399********0016`")]
#[case::beside_chinese("张三340399199002280016男", "张三340399********0016男")]
#[case::file("340399199002280016.csv", "340399********0016.csv")]
#[case::file_of_a_year("340399199002280016.2024.csv", "340399********0016.2024.csv")]
#[case::rotated("340399900228018.1", "340399*****8018.1")]
#[case::underscore("scan_340399199002280016_1.xlsx", "scan_340399********0016_1.xlsx")]
#[case::full_width("证件３４０３９９１９９００２２８０１８Ｘ", "证件３４０３９９********０１８Ｘ")]
#[case::partly_full_width("3403991990022801８X", "340399********01８X")]
#[case::beside_letters("id340399199002280016", "id340399********0016")]
#[case::beside_hex_letters("ad340399199002280016", "ad340399********0016")]
#[case::fifteen_beside_letters("id340399900228018", "id340399*****8018")]
#[case::behind_x("0x340399199002280016", "0x340399********0016")]
#[case::numbered("1.340399199002280016", "1.340399********0016")]
#[case::json_line_end(r"row\n340399199002280017", r"row\n340399********0017")]
#[case::json_control(r"\u001f340399199002280017", r"\u001f340399********0017")]
#[case::json_control_and_fifteen(r"\u0007340399900228018", r"\u0007340399*****8018")]
#[case::no_escape(r"C:\340399199002280016", r"C:\340399********0016")]
#[case::percent("%20340399199002280017", "%20340399********0017")]
#[case::percent_chinese("%E5%BC%A0340399199002280017", "%E5%BC%A0340399********0017")]
#[case::percent_of("100%340399199002280017", "100%340399********0017")]
#[case::coloured("\u{1b}[2m=\u{1b}[0m340399199002280017\u{1b}[0m", "\u{1b}[2m=\u{1b}[0m340399********0017\u{1b}[0m")]
#[case::two_colours("\u{1b}[38;5;11m340399199002280017", "\u{1b}[38;5;11m340399********0017")]
#[case::card_beside_a_letter("34039919900228018X4100", "340399********018X4100")]
fn masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask_text(text), expected);
}

#[rstest]
#[case::empty("")]
#[case::seventeen("34039919900228001")]
#[case::nineteen("3403991990022800160")]
#[case::inside_a_longer_row("9340399199002280016123")]
#[case::microseconds("1709245800123456")]
#[case::nanoseconds("1709245800123456789")]
#[case::milliseconds_as_digits("20240301063000123")]
#[case::microseconds_as_digits("20240301063000123456")]
#[case::stamp("2024-03-01T06:30:00.123456Z")]
#[case::sha_256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
#[case::hash_with_a_number_in_it("abc340399199002280016f0000000000")]
#[case::short_hash("a340399900228018")]
#[case::uuid("018e1c5e-9c3b-7d0a-8000-340399900228")]
#[case::amount("12345678901234.56")]
#[case::amount_of_fifteen_places("123456789012345.67")]
#[case::fraction("0.123456789012345")]
#[case::long_fraction("0.010000000000000009")]
#[case::phone("13800001111")]
#[case::other_digits("٣٤٠٣٩٩١٩٩٠٠٢٢٨٠٠١٦")]
fn left_alone(#[case] text: &str) {
    assert!(matches!(mask_text(text), Cow::Borrowed(same) if same == text), "{}", mask_text(text));
}

/// A valid number, in one of the forms in which it is written.
fn numbers() -> impl Strategy<Value = String> {
    let parts = (0u32..=999_999, -25_567i32..10_957, 0u32..=999, 0usize..5, 0u32..100);
    parts.prop_map(|(division, born, sequence, form, card)| {
        let (year, month, day) = Day::from_epoch(born).ymd();
        let fifteen = format!("{division:06}{:02}{month:02}{day:02}{sequence:03}", year % 100);
        let whole = match ResidentNumber::parse(&fifteen) {
            Ok(number) => number.to_string(),
            // Fifteen equal digits.
            Err(_) => "340399199002280016".to_owned(),
        };
        match form {
            0 => whole,
            1 => whole.to_lowercase(),
            2 => format!("{whole}{card:02}"),
            3 => whole.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(),
            _ => fifteen,
        }
    })
}

/// What stands before or after a number without being part of it, letters included.
fn surroundings() -> impl Strategy<Value = &'static str> {
    let parts = "¦ ¦\"¦,¦=¦: ¦：¦，¦张三¦(¦)¦[¦]¦_¦-¦/¦\\¦.csv¦;¦\t¦\u{a0}¦\\n¦\\u0009¦%20¦\u{1b}[0m¦no¦Z";
    proptest::sample::select(parts.split('¦').collect::<Vec<_>>())
}

/// What a log is full of and nobody's number.
fn others() -> impl Strategy<Value = String> {
    let parts = [
        "[0-9a-f]{32}",
        "[0-9A-F]{40}",
        "[0-9a-f]{64}",
        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "17[0-9]{14}",
        "[0-9]{1,14}",
        "[0-9]{16,17}",
        "[0-9]{19}",
        "[0-9]{21,40}",
        "-?[0-9]{1,14}\\.[0-9]{2}",
        "0\\.[0-9]{1,17}",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{6}Z",
        "1[3-9][0-9]{9}",
        "[a-z ]{1,20}",
    ];
    proptest::strategy::Union::new(parts.map(|part| proptest::string::string_regex(part).unwrap().boxed()))
}

proptest! {
    #[test]
    fn no_valid_number_survives(number in numbers(), before in surroundings(), after in surroundings(), left in others(), right in others()) {
        let text = format!("{left} {before}{number}{after} {right}");
        let masked = mask_text(&text).into_owned();
        prop_assert_eq!(&masked, &format!("{left} {before}{}{after} {right}", mask(&number)), "{}", text);
        prop_assert_eq!(mask_text(&masked), masked.as_str(), "masked once is masked for good");
    }

    #[test]
    fn what_is_no_number_stays(
        texts in proptest::collection::vec(others(), 1..6),
        between in proptest::sample::select(vec![" ", ", ", "\"", "=", "：", "|"]),
    ) {
        let text = texts.join(between);
        prop_assert_eq!(mask_text(&text), text.as_str());
    }

    #[test]
    fn any_text_can_be_searched(text in "\\PC{0,60}", digits in "[0-9０-９xX%\\\\u\\[;m.]{0,60}") {
        mask_text(&text);
        mask_text(&digits);
        let both = format!("{digits}{text}");
        prop_assert_eq!(mask_text(&both).chars().count(), both.chars().count(), "masking keeps the length");
    }
}
