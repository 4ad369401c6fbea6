//! The looks of cells, and how high a row has to be for its text.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// A font that every Chinese Windows has, and others stand in for.
const FONT: &str = "宋体";
const SIZE: f64 = 10.0;
/// Points a line of text takes.
const LINE: f64 = 13.5;
/// What of a column's width a line leaves empty on average, where a word does not fit any more.
const SLACK: f64 = 2.5;
/// The highest row that Excel knows, in points.
const HIGHEST: f64 = 409.0;

/// One format a kind of cell.
pub(super) struct Formats {
    pub header: Format,
    pub text: Format,
    pub wrapped: Format,
    pub day: Format,
    pub money: Format,
    pub count: Format,
    pub late: Format,
    pub title: Format,
    pub subtitle: Format,
    pub section: Format,
    pub label: Format,
    pub note: Format,
}

impl Formats {
    pub fn new() -> Self {
        let plain = || Format::new().set_font_name(FONT).set_font_size(SIZE).set_align(FormatAlign::VerticalCenter);
        let framed = || plain().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00A6_A6A6));
        let shaded = || framed().set_bold().set_background_color(Color::RGB(0x00E7_E6E6)).set_text_wrap();
        Self {
            header: shaded().set_align(FormatAlign::Center),
            // `@`: a number that is typed over stays text, too.
            text: framed().set_num_format("@"),
            wrapped: framed().set_num_format("@").set_text_wrap(),
            day: framed().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
            money: framed().set_num_format("#,##0.00").set_align(FormatAlign::Right).set_indent(1),
            count: framed().set_num_format("0").set_align(FormatAlign::Right).set_indent(1),
            late: framed()
                .set_num_format("0")
                .set_align(FormatAlign::Right)
                .set_indent(1)
                .set_bold()
                .set_font_color(Color::RGB(0x00C0_0000)),
            title: plain().set_font_size(18).set_bold().set_align(FormatAlign::Center),
            subtitle: plain().set_font_size(11).set_align(FormatAlign::Center),
            section: plain().set_font_size(11).set_bold(),
            label: shaded(),
            note: plain().set_text_wrap(),
        }
    }
}

/// The height in points of a row whose texts stand in columns of these widths.
pub(super) fn height<'a>(texts: impl IntoIterator<Item = (&'a str, f64)>) -> f64 {
    let lines = texts.into_iter().map(|(text, width)| text.split('\n').map(|part| lines(part, width)).sum());
    (lines.fold(1.0, f64::max) * LINE + 3.0).min(HIGHEST)
}

fn lines(text: &str, width: f64) -> f64 {
    match places(text) {
        places if places <= width - 1.0 => 1.0,
        places => (places / (width - SLACK).max(1.0)).ceil(),
    }
}

/// How many narrow characters a text is wide: a Chinese one takes the place of two.
fn places(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_grow_with_their_longest_text() {
        assert_eq!(height([("短", 20.0), ("a", 5.0)]), LINE + 3.0);
        assert_eq!(height([("短", 20.0), ("二十一个汉字要占四十二格所以分作三行来写了", 20.0)]), 3.0 * LINE + 3.0);
        assert_eq!(height([("长".repeat(5000).as_str(), 10.0)]), HIGHEST);
    }
}
