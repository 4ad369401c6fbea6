//! The charts that the office's own program draws, and the sheet with their points.

use rust_xlsxwriter::{
    Chart as Native, ChartAxisCrossing, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker,
    ChartPatternFill, ChartPatternFillType, ChartSolidFill, ChartType, Color, ExcelDateTime, Format, Formula, Worksheet, XlsxError,
};

use super::styles::Styles;
use crate::operators::monthly_bulletin::Bulletin;
use crate::operators::monthly_bulletin::document::{Categories, Chart, MARK, Panel, Point, Shape};
use canbao_rules::Language;
use canbao_rules::period::Day;

/// The size of a chart, in pixels.
pub const HEIGHT: u32 = 360;
const WIDTH: u32 = 880;

const DARK: Color = Color::RGB(0x001F_4E79);
const LIGHT: Color = Color::RGB(0x00DE_E6EE);
const INK: Color = Color::RGB(0x0022_2222);
const FAINT: Color = Color::RGB(0x00D6_D6D6);

/// The sheet with the points of all charts, panel below panel.
pub struct Points<'a> {
    sheet: &'a str,
    blocks: Vec<Block>,
    next: u32,
}

/// The points of one panel.
struct Block {
    top: u32,
    title: String,
    heads: Vec<String>,
    rows: Vec<(Name, Vec<Point>)>,
}

enum Name {
    Words(String),
    Day(Day),
}

impl<'a> Points<'a> {
    /// No points yet, for the sheet of this name.
    pub fn new(sheet: &'a str) -> Self {
        Self { sheet, blocks: Vec::new(), next: 0 }
    }

    /// Takes in a chart's points, and gives what draws them: one for each panel.
    pub fn add(&mut self, bulletin: &Bulletin, chart: &Chart) -> Vec<Native> {
        chart.panels.iter().map(|panel| self.panel(bulletin, chart, panel)).collect()
    }

    fn panel(&mut self, bulletin: &Bulletin, chart: &Chart, panel: &Panel) -> Native {
        let block = block(bulletin.lang, self.next, chart, panel);
        let native = draw(self.sheet, &block, chart, panel, bulletin);
        // The title, the heads, the rows, and an empty one.
        self.next += u32::try_from(block.rows.len()).unwrap_or(0) + 3;
        self.blocks.push(block);
        native
    }

    /// Writes the sheet.
    pub fn write(&self, bulletin: &Bulletin, styles: &Styles, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        super::page(sheet, self.sheet)?;
        sheet.set_column_width(0, 26.0)?;
        sheet.set_column_range_width(1, 3, 18.0)?;
        let words = bulletin.lang.pick("没有图表。", "There are no charts.");
        if self.blocks.is_empty() {
            sheet.write_string_with_format(0, 0, words, &styles.plain)?;
        }
        let date = styles.label.clone().set_num_format("yyyy-mm-dd");
        let number = styles.label.clone().set_num_format("#,##0.00");
        for block in &self.blocks {
            sheet.write_string_with_format(block.top, 0, &block.title, &styles.caption)?;
            for (column, head) in (0u16..).zip(&block.heads) {
                sheet.write_string_with_format(block.top + 1, column, head, &styles.head)?;
            }
            for (row, (name, points)) in (block.top + 2..).zip(&block.rows) {
                write_name(sheet, row, name, styles, &date)?;
                for (column, point) in (1u16..).zip(points) {
                    write_point(sheet, (row, column), *point, &number)?;
                }
            }
        }
        Ok(())
    }
}

fn write_name(sheet: &mut Worksheet, row: u32, name: &Name, styles: &Styles, date: &Format) -> Result<(), XlsxError> {
    match name {
        Name::Words(words) => sheet.write_string_with_format(row, 0, words, &styles.label)?,
        Name::Day(day) => {
            let (year, month, number) = day.ymd();
            let [month, number] = [month, number].map(|part| u8::try_from(part).unwrap_or(1));
            let day = ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(u16::MAX), month, number)?;
            sheet.write_datetime_with_format(row, 0, &day, date)?
        }
    };
    Ok(())
}

/// What is no number is `#N/A`: a chart leaves a gap for it, where words and empty cells count as 0.
fn write_point(sheet: &mut Worksheet, (row, column): (u32, u16), point: Point, number: &Format) -> Result<(), XlsxError> {
    match point {
        Point::At(value) => sheet.write_number_with_format(row, column, value, number)?,
        Point::Suppressed | Point::Missing => {
            sheet.write_formula_with_format(row, column, Formula::new("=NA()").set_result("#N/A"), number)?
        }
    };
    Ok(())
}

fn block(lang: Language, top: u32, chart: &Chart, panel: &Panel) -> Block {
    let points =
        |at: usize| -> Vec<Point> { panel.series.iter().map(|series| series.points.get(at).copied().unwrap_or(Point::Missing)).collect() };
    let mark = panel.mark.as_ref();
    let rows = (0..panel.categories.len()).filter_map(|at| {
        let mut points = points(at);
        let name = match panel.categories {
            // A day without a bar of its own is part of the next one's.
            Categories::Days(first, _) if points.iter().all(|point| *point != Point::Missing) => {
                Name::Day(first.plus_days(i32::try_from(at).unwrap_or(0)))
            }
            Categories::Days(..) => return None,
            Categories::Names(_) if points.contains(&Point::Suppressed) => Name::Words(format!("{} {MARK}", panel.categories.name(at))),
            Categories::Names(_) => Name::Words(panel.categories.name(at)),
        };
        points.extend(mark.map(|(value, _)| Point::At(*value)));
        Some((name, points))
    });
    let names = panel.series.iter().map(|series| series.name.clone()).chain(mark.map(|(_, name)| name.clone()));
    Block {
        top,
        title: format!("{} {}{}", chart.title, panel.title, lang.in_brackets(&panel.unit)),
        heads: [String::new()].into_iter().chain(names).collect(),
        rows: rows.collect(),
    }
}

/// One panel. Beside a mark, lying bars stand up, so that a line can go across them.
fn draw(sheet: &str, block: &Block, chart: &Chart, panel: &Panel, bulletin: &Bulletin) -> Native {
    let kind = match (panel.shape, &panel.mark) {
        (Shape::Line, _) => ChartType::Line,
        (Shape::Bars, None) => ChartType::Bar,
        (Shape::Columns, _) | (Shape::Bars, Some(_)) => ChartType::Column,
    };
    let mut native = Native::new(kind);
    let last = block.top + 1 + u32::try_from(block.rows.len()).unwrap_or(0);
    let range = |column: u16| (sheet, block.top + 2, column, last, column);
    for (at, _) in panel.series.iter().enumerate() {
        let column = u16::try_from(at + 1).unwrap_or(1);
        let series = native.add_series();
        series.set_name((sheet, block.top + 1, column)).set_categories(range(0)).set_values(range(column));
        series.set_gap(if matches!(panel.categories, Categories::Days(..)) { 10 } else { 60 });
        match (panel.shape, at) {
            (Shape::Line, _) => {
                series.set_format(ChartFormat::new().set_line(ChartLine::new().set_color(DARK).set_width(2.0)));
                series.set_marker(ChartMarker::new().set_none());
            }
            (_, 0) => {
                series.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(DARK)));
            }
            _ => {
                let mut fill = ChartPatternFill::new();
                fill.set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards).set_foreground_color(DARK).set_background_color(LIGHT);
                series.set_format(ChartFormat::new().set_pattern_fill(&fill).set_border(ChartLine::new().set_color(DARK)));
            }
        }
    }
    if panel.mark.is_some() {
        let column = u16::try_from(panel.series.len() + 1).unwrap_or(2);
        let mut line = Native::new(ChartType::Line);
        let series = line.add_series();
        series.set_name((sheet, block.top + 1, column)).set_categories(range(0)).set_values(range(column));
        let mut dashed = ChartLine::new();
        dashed.set_color(INK).set_width(1.5).set_dash_type(ChartLineDashType::Dash);
        series.set_format(ChartFormat::new().set_line(&dashed)).set_marker(ChartMarker::new().set_none());
        native.combine(&line);
    }
    axes(&mut native, panel, kind);
    let title =
        if panel.title.is_empty() { chart.title.clone() } else { format!("{}{}{}", chart.title, bulletin.lang.colon(), panel.title) };
    native.title().set_name(title.as_str()).set_font(ChartFont::new().set_size(12));
    native.set_alt_text(title).set_width(WIDTH).set_height(HEIGHT);
    native
}

fn axes(native: &mut Native, panel: &Panel, kind: ChartType) {
    let lowest = panel.series.iter().flat_map(|series| &series.points).filter_map(|point| point.number()).fold(0.0, f64::min);
    // Lying bars have their values along the axis that lies.
    let values = if kind == ChartType::Bar { native.x_axis() } else { native.y_axis() };
    values.set_name(panel.unit.as_str()).set_num_format("#,##0.##").set_major_gridlines(true);
    values.set_major_gridlines_line(ChartLine::new().set_color(FAINT));
    if lowest >= 0.0 {
        values.set_min(0);
    }
    let categories = if kind == ChartType::Bar { native.y_axis() } else { native.x_axis() };
    if kind == ChartType::Bar {
        // The first one on top, the values' axis below all the same.
        categories.set_reverse().set_crossing(ChartAxisCrossing::Max).set_major_gridlines(false);
    }
    if matches!(panel.categories, Categories::Days(..)) {
        categories.set_date_axis(true).set_num_format("mm-dd");
    }
    match panel.series.len() + usize::from(panel.mark.is_some()) {
        0 | 1 => native.legend().set_hidden(),
        _ => native.legend().set_position(ChartLegendPosition::Top),
    };
}
