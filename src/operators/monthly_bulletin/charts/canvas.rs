//! What charts are drawn with: text, lines and hatched bars over plotters' SVG backend.

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, PathElement, RGBColor, Rectangle, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle};

/// The width of every chart, in pixels; a page shows it as wide as its text.
pub const WIDTH: i32 = 720;

/// Fonts with Chinese letters on Linux, Windows and macOS.
const FONTS: &str = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, PingFang SC, SimSun, sans-serif";
/// The size of letters, in pixels.
const LETTER: f64 = 12.0;
/// The factor by which plotters' SVG backend divides a size.
const EM: f64 = 1.24;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(214, 214, 214);
const DARK: RGBColor = RGBColor(31, 78, 121);
const LIGHT: RGBColor = RGBColor(222, 230, 238);
const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Between two lines of hatching.
const HATCH: i32 = 6;

/// Where a text stands by its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As usual.
    Plain,
    /// Bold.
    Bold,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// For orientation.
    Faint,
    /// An axis.
    Axis,
    /// Values.
    Strong,
}

/// A drawing under way.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

fn why(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Canvas<'_> {
    /// A drawing of this height, as an SVG element whose name for those who do not see it is `label`.
    pub fn draw(height: i32, label: &str, work: impl FnOnce(&mut Canvas<'_>) -> Result<(), String>) -> Result<String, String> {
        let size = (WIDTH.unsigned_abs(), height.max(1).unsigned_abs());
        let mut svg = String::new();
        {
            let mut canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
            work(&mut canvas)?;
            canvas.area.present().map_err(why)?;
        }
        // The backend has no way to name the drawing.
        let named = format!("<svg role=\"img\" aria-label=\"{}\" ", escaped(label));
        Ok(svg.replacen("<svg ", &named, 1))
    }

    /// A text whose middle line goes through `y`.
    pub fn text(&mut self, text: &str, x: i32, y: i32, anchor: Anchor, weight: Weight) -> Result<(), String> {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font_style = match weight {
            Weight::Plain => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let font = FontDesc::new(FontFamily::Name(FONTS), LETTER * EM, font_style);
        let style = font.color(&INK).pos(Pos::new(h_pos, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), (x, y), style)).map_err(why)
    }

    /// A text on a patch of paper, so that what it crosses does not strike it through.
    pub fn text_on_paper(&mut self, text: &str, width: i32, x: i32, y: i32) -> Result<(), String> {
        self.patch((x - 2, y - 8), (x + width + 2, y + 8))?;
        self.text(text, x, y, Anchor::Start, Weight::Plain)
    }

    fn patch(&mut self, from: (i32, i32), to: (i32, i32)) -> Result<(), String> {
        self.area.draw(&Rectangle::new([from, to], PAPER.filled())).map_err(why)
    }

    /// A line through points.
    pub fn line(&mut self, points: &[(i32, i32)], stroke: Stroke) -> Result<(), String> {
        let style = match stroke {
            Stroke::Faint => FAINT.stroke_width(1),
            Stroke::Axis => INK.stroke_width(1),
            Stroke::Strong => DARK.stroke_width(2),
        };
        self.path(points, style)
    }

    fn path(&mut self, points: &[(i32, i32)], style: ShapeStyle) -> Result<(), String> {
        self.area.draw(&PathElement::new(points.to_vec(), style)).map_err(why)
    }

    /// An upright broken line.
    pub fn broken(&mut self, x: i32, from: i32, to: i32) -> Result<(), String> {
        (from..to).step_by(7).try_for_each(|y| self.line(&[(x, y), (x, (y + 4).min(to))], Stroke::Axis))
    }

    /// A bar of the series at this place: dark, then light and hatched.
    pub fn bar(&mut self, series: usize, from: (i32, i32), to: (i32, i32)) -> Result<(), String> {
        let (fill, hatched) = if series == 0 { (DARK, false) } else { (LIGHT, true) };
        self.area.draw(&Rectangle::new([from, to], fill.filled())).map_err(why)?;
        if hatched {
            for (a, b) in hatching(from, to) {
                self.path(&[a, b], DARK.stroke_width(1))?;
            }
        }
        self.area.draw(&Rectangle::new([from, to], DARK.stroke_width(1))).map_err(why)
    }
}

/// Lines from lower left to upper right within a rectangle.
fn hatching((left, top): (i32, i32), (right, bottom): (i32, i32)) -> Vec<((i32, i32), (i32, i32))> {
    let (width, height) = (right - left, bottom - top);
    let line = |along: i32| {
        // Where it meets the left or lower edge, and the upper or right one.
        let from = if along <= height { (left, top + along) } else { (left + along - height, bottom) };
        let to = if along <= width { (left + along, top) } else { (right, top + along - width) };
        (from, to)
    };
    (1..).map(|number| number * HATCH).take_while(|along| *along < width + height).map(line).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
