//! Tables for a screen. Widths are East Asian: a Chinese character takes two places.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};

/// A table without frames: a header, a rule, rows. Columns whose header begins with `#` hold numbers and are set to
/// the right (the mark is not printed).
pub fn table<H: AsRef<str>, R: IntoIterator<Item = Vec<String>>>(header: &[H], rows: R) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(header.iter().map(|name| name.as_ref().trim_start_matches('#').to_owned()));
    table.add_rows(rows);
    for (column, name) in table.column_iter_mut().zip(header) {
        if name.as_ref().starts_with('#') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A number with its thousands set apart: 542 469.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in the largest unit that leaves at least one.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1000, "1 000")]
    #[case(542_469, "542 469")]
    #[case(1_234_567, "1 234 567")]
    fn thousands_are_set_apart(#[case] number: u64, #[case] text: &str) {
        assert_eq!(grouped(number), text);
    }

    #[rstest]
    #[case(1023, "1023 B")]
    #[case(1024, "1.0 KiB")]
    #[case(5_368_709_120, "5.0 GiB")]
    fn sizes_have_a_unit(#[case] bytes: u64, #[case] text: &str) {
        assert_eq!(size(bytes), text);
    }

    #[test]
    fn chinese_titles_keep_the_columns_straight() {
        let shown = table(
            &["dataset", "title", "#rows"],
            [
                vec!["person".to_owned(), "一人一档".to_owned(), "12".to_owned()],
                vec!["progress".to_owned(), "进度".to_owned(), "1 200".to_owned()],
            ],
        );
        insta::assert_snapshot!(shown, @"
         dataset    title       rows
        ─────────────────────────────
         person     一人一档      12
         progress   进度       1 200
        ");
    }
}
