//! Lying bars, one for each name, with their values at the end.

use super::canvas::{Anchor, Canvas, Stroke, WIDTH, Weight};
use super::scale::{Scale, cut, width_of};
use super::{Frame, rule};
use crate::operators::monthly_bulletin::document::{MARK, Panel, Point};

/// From bar to bar.
const ROW: i32 = 22;
/// How high a bar is.
const BAR: i32 = 14;
/// Above the bars, for the name of the mark.
const HEAD: i32 = 20;
/// Below them, for the axis.
const FOOT: i32 = 24;
/// No more of the width is for names.
const NAMES: i32 = 190;

/// How high the panel comes out.
pub fn height(panel: &Panel) -> i32 {
    HEAD + ROW * i32::try_from(panel.categories.len()).unwrap_or(0) + FOOT
}

/// Draws the panel.
pub fn draw(canvas: &mut Canvas<'_>, panel: &Panel, frame: Frame) -> Result<(), String> {
    let names: Vec<String> = (0..panel.categories.len()).map(|at| cut(&panel.categories.name(at), NAMES)).collect();
    let points = panel.series.first().map(|series| series.points.as_slice()).unwrap_or_default();
    let left = names.iter().map(|name| width_of(name)).max().unwrap_or(0) + 8;
    let values: Vec<String> = points.iter().map(|point| value_text(*point)).collect();
    let right = WIDTH - values.iter().map(|value| width_of(value)).max().unwrap_or(0) - width_of(&panel.unit) - 10;
    let marked = panel.mark.iter().map(|(value, _)| *value);
    let scale = Scale::of(points.iter().filter_map(|point| point.number()).chain(marked), 6.0);
    let x = |value: f64| left + ((f64::from(right - left)) * scale.place(value)).round() as i32;
    let (top, bottom) = (frame.top + HEAD, frame.top + frame.height - FOOT);

    for (value, text) in scale.marks() {
        rule(canvas, (x(value), top), (x(value), bottom))?;
        canvas.text(&text, x(value), bottom + 11, Anchor::Middle, Weight::Plain)?;
    }
    canvas.text(&panel.unit, WIDTH, bottom + 11, Anchor::End, Weight::Plain)?;
    for (at, (name, point)) in names.iter().zip(points).enumerate() {
        let middle = top + ROW * i32::try_from(at).unwrap_or(0) + ROW / 2;
        canvas.text(name, left - 8, middle, Anchor::End, Weight::Plain)?;
        if let Point::At(value) = point {
            let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
            canvas.bar(0, (from, middle - BAR / 2), (to, middle + BAR / 2))?;
        }
    }
    if let Some((value, name)) = &panel.mark {
        canvas.broken(x(*value), top - 4, bottom)?;
        canvas.text(&format!("{name} {value:.0}{}", panel.unit), x(*value), frame.top + 8, Anchor::Middle, Weight::Plain)?;
    }
    for (at, (text, point)) in values.iter().zip(points).enumerate() {
        let middle = top + ROW * i32::try_from(at).unwrap_or(0) + ROW / 2;
        let end = point.number().map_or(x(0.0), |value| x(value.max(0.0)));
        canvas.text_on_paper(text, width_of(text), end + 5, middle)?;
    }
    canvas.line(&[(x(0.0), top), (x(0.0), bottom)], Stroke::Axis)
}

fn value_text(point: Point) -> String {
    match point {
        Point::At(value) => format!("{value:.2}"),
        Point::Suppressed => MARK.to_owned(),
        Point::Missing => String::new(),
    }
}
