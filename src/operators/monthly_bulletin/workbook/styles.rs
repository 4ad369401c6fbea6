//! How cells look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::operators::monthly_bulletin::document::Value;

const DARK: Color = Color::RGB(0x001F_4E79);
const PALE: Color = Color::RGB(0x00EE_F3F8);
const LINE: Color = Color::RGB(0x00C9_C9C9);
/// A font that Chinese offices have; others put their own in its place.
const FONT: &str = "Microsoft YaHei";

/// The formats of a workbook.
pub struct Styles {
    pub title: Format,
    pub subtitle: Format,
    pub heading: Format,
    pub caption: Format,
    pub text: Format,
    pub plain: Format,
    pub note: Format,
    pub head: Format,
    pub label: Format,
    pub total_label: Format,
    cells: [Cells; 2],
}

/// Formats of values, in ordinary rows and in totals.
struct Cells {
    count: Format,
    money: Format,
    percent: Format,
    words: Format,
}

impl Cells {
    fn on(base: &Format) -> Self {
        let number = |pattern: &str| base.clone().set_align(FormatAlign::Right).set_num_format(pattern);
        Self {
            count: number("#,##0"),
            money: number("#,##0.00"),
            percent: number("0.00"),
            words: base.clone().set_align(FormatAlign::Right),
        }
    }
}

impl Styles {
    pub fn new() -> Self {
        let base = Format::new().set_font_name(FONT).set_font_size(10).set_align(FormatAlign::VerticalCenter);
        let wrapped = base.clone().set_text_wrap();
        let cell = base.clone().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(LINE);
        let total = cell.clone().set_bold().set_background_color(Color::RGB(0x00F6_F8FA));
        Self {
            title: base.clone().set_font_size(18).set_bold().set_font_color(DARK).set_align(FormatAlign::Center),
            subtitle: base.clone().set_font_size(13).set_align(FormatAlign::Center),
            heading: base.clone().set_font_size(13).set_bold().set_font_color(DARK),
            caption: base.clone().set_bold(),
            text: wrapped.clone(),
            plain: base.clone(),
            note: base.clone().set_font_size(9).set_font_color(Color::RGB(0x0044_4444)),
            head: wrapped
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_background_color(PALE)
                .set_border_top(FormatBorder::Medium)
                .set_border_top_color(DARK)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(DARK),
            label: cell.clone(),
            total_label: total.clone(),
            cells: [Cells::on(&cell), Cells::on(&total)],
        }
    }

    /// The format of a value.
    pub fn of(&self, value: &Value, is_total: bool) -> &Format {
        let cells = &self.cells[usize::from(is_total)];
        match value {
            Value::Count(_) => &cells.count,
            Value::Money(_) => &cells.money,
            Value::Percent(_) => &cells.percent,
            Value::Words(_) | Value::Suppressed | Value::Missing(_) => &cells.words,
        }
    }
}
