//! Masking of lines that come in pieces, as text and as JSON.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// What comes out where `pieces` go in.
fn written(pieces: &[&[u8]], form: Form) -> String {
    let mut below = Vec::new();
    let mut writer = MaskedWriter::new(&mut below, form);
    for piece in pieces {
        writer.write_all(piece).unwrap();
        writer.flush().unwrap();
    }
    drop(writer);
    String::from_utf8(below).unwrap()
}

#[test]
fn a_number_in_two_pieces_is_one_number() {
    let pieces: [&[u8]; 5] =
        ["row 340399".as_bytes(), b"1990", b"02280016 is bad\nnext 34039919900228018", b"X", b"\nlast 340399900228018"];
    assert_eq!(written(&pieces, Form::Text), "row 340399********0016 is bad\nnext 340399********018X\nlast 340399*****8018");
}

#[test]
fn lines_go_on_when_they_are_whole() {
    let mut below = Vec::new();
    let mut writer = MaskedWriter::new(&mut below, Form::Text);
    writer.write_all(b"one\ntwo 340399199").unwrap();
    writer.flush().unwrap();
    assert_eq!(writer.below, b"one\n");
    writer.write_all(b"002280016\n").unwrap();
    assert_eq!(writer.below.as_slice(), b"one\ntwo 340399********0016\n");
}

#[test]
fn a_writer_that_fails_is_not_heard() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let mut writer = MaskedWriter::new(Full, Form::Text);
    assert!(writer.write_all(b"line\n").is_ok() && writer.flush().is_ok());
}

#[test]
fn bytes_that_are_no_text_do_not_stop_it() {
    assert_eq!(written(&[b"\xff 340399199002280016\n"], Form::Text), "\u{fffd} 340399********0016\n");
}

#[rstest]
#[case::in_a_string(r#"{"message":"row 340399199002280016"}"#, r#"{"message":"row 340399********0016"}"#)]
#[case::a_key(r#"{"340399199002280016":1}"#, r#"{"340399********0016":1}"#)]
#[case::a_number(r#"{"key":340399199002280016,"rows":7}"#, r#"{"key":"340399********0016","rows":7}"#)]
#[case::a_negative_number(r#"{"key":-340399199002280016}"#, r#"{"key":"-340399********0016"}"#)]
#[case::a_list(r#"{"keys":[340399199002280016, 340399900228018]}"#, r#"{"keys":["340399********0016", "340399*****8018"]}"#)]
#[case::escaped_quote(
    r#"{"error":"\"340399199002280016\\\" and 340399900228018"}"#,
    r#"{"error":"\"340399********0016\\\" and 340399*****8018"}"#
)]
#[case::seconds(
    r#"{"seconds":0.123456789012345,"who":"340399199002280016"}"#,
    r#"{"seconds":0.123456789012345,"who":"340399********0016"}"#
)]
fn json_stays_json(#[case] line: &str, #[case] expected: &str) {
    let masked = written(&[line.as_bytes(), b"\n"], Form::Json);
    assert_eq!(masked, format!("{expected}\n"));
    serde_json::from_str::<serde_json::Value>(&masked).unwrap();
}

#[test]
fn what_is_no_json_is_masked_all_the_same() {
    assert_eq!(written(&[br#"{"open":"340399199002280016"#], Form::Json), r#"{"open":"340399********0016"#);
    assert_eq!(written(&[b"340399199002280016 \"\n"], Form::Json), "\"340399********0016\" \"\n");
}

proptest! {
    /// Cutting the bytes anywhere changes nothing, in the middle of a character neither.
    #[test]
    fn pieces_do_not_matter(
        cuts in proptest::collection::vec(0usize..200, 0..12),
        form in proptest::sample::select(vec![Form::Text, Form::Json]),
    ) {
        let text = "张三 340399199002280016\n{\"a\":\"３４０３９９１９９００２２８０１８Ｘ\",\"b\":340399900228018}\nno end 34039919900228018X41";
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.sort_unstable();
        let bounds: Vec<usize> = std::iter::once(0).chain(cuts).chain([text.len()]).collect();
        let pieces: Vec<&[u8]> = bounds.windows(2).map(|two| &text.as_bytes()[two[0]..two[1]]).collect();
        prop_assert_eq!(written(&pieces, form), written(&[text.as_bytes()], form));
    }

    /// Whatever a log line holds, it is JSON before and after.
    #[test]
    fn any_json_stays_json(text in "\\PC{0,30}", digits in "[0-9]{10,22}", number in any::<i64>(), fraction in any::<f64>()) {
        let message = format!("{text}{digits}");
        let line = serde_json::json!({
            "message": message, "number": number, "key": 340_399_199_002_280_016u64, "fraction": fraction, "text": text
        });
        let masked = written(&[format!("{line}\n").as_bytes()], Form::Json);
        let read: serde_json::Value = serde_json::from_str(&masked).unwrap();
        prop_assert_eq!(&read["key"], "340399********0016");
        prop_assert_eq!(&read["text"], &text);
    }
}
