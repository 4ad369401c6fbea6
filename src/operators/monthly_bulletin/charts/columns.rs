//! Upright bars side by side, and lines: over names, or over days.

use super::canvas::{Anchor, Canvas, Stroke, WIDTH, Weight};
use super::scale::{Scale, width_of};
use super::{Frame, head, rule};
use crate::operators::monthly_bulletin::document::{Categories, MARK, Panel, Point, Shape};
use canbao_rules::Language;
use canbao_rules::period::Day;

/// How high a panel is.
pub const HEIGHT: i32 = 180;
/// Above the plot, for title and names.
const HEAD: i32 = 30;
/// Below it, for the axis.
const FOOT: i32 = 24;
/// Between two labels of days at least.
const LABELS_APART: i32 = 14;

/// Where categories and values lie.
struct Plot {
    left: i32,
    top: i32,
    bottom: i32,
    slot: f64,
    scale: Scale,
}

impl Plot {
    fn of(panel: &Panel, frame: Frame) -> Self {
        let values = panel.series.iter().flat_map(|series| &series.points).filter_map(|point| point.number());
        let scale = Scale::of(values.chain(panel.mark.iter().map(|(value, _)| *value)), 5.0);
        let left = scale.marks().iter().map(|(_, text)| width_of(text)).max().unwrap_or(0) + 8;
        let (top, bottom) = (frame.top + HEAD, frame.top + frame.height - FOOT);
        Self { left, top, bottom, slot: f64::from(WIDTH - 6 - left) / panel.categories.len().max(1) as f64, scale }
    }

    /// The left end of a category, or a part of it.
    fn x(&self, category: usize, part: f64) -> i32 {
        self.left + (self.slot * (category as f64 + part)).round() as i32
    }

    fn y(&self, value: f64) -> i32 {
        self.bottom - (f64::from(self.bottom - self.top) * self.scale.place(value)).round() as i32
    }
}

/// Draws the panel.
pub fn draw(canvas: &mut Canvas<'_>, lang: Language, panel: &Panel, frame: Frame) -> Result<(), String> {
    let plot = Plot::of(panel, frame);
    head(canvas, lang, panel, frame)?;
    for (value, text) in plot.scale.marks() {
        rule(canvas, (plot.left, plot.y(value)), (WIDTH, plot.y(value)))?;
        canvas.text(&text, plot.left - 6, plot.y(value), Anchor::End, Weight::Plain)?;
    }
    match panel.shape {
        Shape::Line => lines(canvas, panel, &plot)?,
        Shape::Columns | Shape::Bars => columns(canvas, panel, &plot)?,
    }
    canvas.line(&[(plot.left, plot.y(0.0)), (WIDTH, plot.y(0.0))], Stroke::Axis)?;
    labels(canvas, panel, &plot)
}

fn columns(canvas: &mut Canvas<'_>, panel: &Panel, plot: &Plot) -> Result<(), String> {
    let series = panel.series.len().max(1) as f64;
    // Days stand close together, names have room between them.
    let filled = if matches!(panel.categories, Categories::Days(..)) { 0.9 } else { 0.7 };
    let width = filled / series;
    for (at, one) in panel.series.iter().enumerate() {
        let from = (1.0 - filled) / 2.0 + width * at as f64;
        for (category, point) in one.points.iter().enumerate() {
            let (left, right) = (plot.x(category, from), plot.x(category, from + width));
            match point {
                Point::At(value) if *value != 0.0 => {
                    let (top, bottom) = (plot.y(value.max(0.0)), plot.y(value.min(0.0)));
                    canvas.bar(at, (left, top), (right.max(left + 1), bottom))?;
                }
                Point::Suppressed => {
                    canvas.text(MARK, (left + right) / 2, plot.y(0.0) - 8, Anchor::Middle, Weight::Bold)?;
                }
                Point::At(_) | Point::Missing => {}
            }
        }
    }
    Ok(())
}

fn lines(canvas: &mut Canvas<'_>, panel: &Panel, plot: &Plot) -> Result<(), String> {
    for series in &panel.series {
        let points = series.points.iter().enumerate();
        let drawn: Vec<(i32, i32)> = points.filter_map(|(at, point)| Some((plot.x(at, 0.5), plot.y(point.number()?)))).collect();
        if drawn.len() > 1 {
            canvas.line(&drawn, Stroke::Strong)?;
        }
        if let Some(&(x, y)) = drawn.last() {
            canvas.bar(0, (x - 2, y - 2), (x + 2, y + 2))?;
        }
    }
    Ok(())
}

fn labels(canvas: &mut Canvas<'_>, panel: &Panel, plot: &Plot) -> Result<(), String> {
    let y = plot.bottom + 12;
    match &panel.categories {
        Categories::Names(names) => {
            let widest = names.iter().map(|name| width_of(name)).max().unwrap_or(1) + 6;
            let every = (f64::from(widest) / plot.slot).ceil().max(1.0) as usize;
            for (at, name) in names.iter().enumerate().filter(|(at, _)| at.is_multiple_of(every)) {
                canvas.text(name, plot.x(at, 0.5), y, Anchor::Middle, Weight::Plain)?;
            }
        }
        Categories::Days(first, days) => {
            let mut free = plot.left;
            for at in (0..*days).filter(|at| is_label(*at, day_at(*first, *at))) {
                let text = day_text(at, day_at(*first, at));
                let (x, width) = (plot.x(at, 0.5), width_of(&text));
                let from = (x - width / 2).max(plot.left);
                if from >= free && from + width <= WIDTH {
                    canvas.text(&text, from, y, Anchor::Start, Weight::Plain)?;
                    canvas.line(&[(x, plot.y(0.0)), (x, plot.y(0.0) + 4)], Stroke::Axis)?;
                    free = from + width + LABELS_APART;
                }
            }
        }
    }
    Ok(())
}

fn day_at(first: Day, at: usize) -> Day {
    first.plus_days(i32::try_from(at).unwrap_or(0))
}

/// The first day of all, the first of each month, and its middle.
fn is_label(at: usize, day: Day) -> bool {
    let (_, _, number) = day.ymd();
    at == 0 || number == 1 || number == 15
}

/// The year where it begins or the chart does.
fn day_text(at: usize, day: Day) -> String {
    let (year, month, number) = day.ymd();
    if at == 0 || (month == 1 && number == 1) { format!("{year}-{month:02}-{number:02}") } else { format!("{month:02}-{number:02}") }
}
