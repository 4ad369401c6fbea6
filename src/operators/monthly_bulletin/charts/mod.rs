//! Charts as SVG.
//!
//! They have to be read in print, in grey, and by those who cannot tell some colours apart: series differ in lightness
//! and hatching, never in hue alone. Axes of values begin at zero. Names of fonts are a list that every office has one
//! of; no font is looked up here.

mod bars;
mod canvas;
mod columns;
mod scale;
#[cfg(test)]
mod tests;

use super::document::{Chart, Panel, Shape};
use super::error::BulletinError;
use canbao_rules::Language;
use canvas::{Canvas, Stroke, WIDTH};
use scale::width_of;

/// Between two panels.
const GAP: i32 = 14;

/// A part of the drawing that a panel has for itself.
#[derive(Debug, Clone, Copy)]
struct Frame {
    top: i32,
    height: i32,
}

/// The chart as an SVG element.
///
/// # Errors
/// The charting library refuses.
pub fn svg(lang: Language, chart: &Chart) -> Result<String, BulletinError> {
    let heights: Vec<i32> = chart.panels.iter().map(height).collect();
    let whole: i32 = heights.iter().sum::<i32>() + GAP * (i32::try_from(heights.len()).unwrap_or(1) - 1).max(0);
    let label = chart.title.clone();
    let drawn = Canvas::draw(whole, &label, |canvas| {
        let mut top = 0;
        for (panel, height) in chart.panels.iter().zip(&heights) {
            let frame = Frame { top, height: *height };
            match panel.shape {
                Shape::Bars => bars::draw(canvas, panel, frame)?,
                Shape::Columns | Shape::Line => columns::draw(canvas, lang, panel, frame)?,
            }
            top += height + GAP;
        }
        Ok(())
    });
    drawn.map_err(|why| BulletinError::Chart { chart: chart.id, why })
}

fn height(panel: &Panel) -> i32 {
    match panel.shape {
        Shape::Bars => bars::height(panel),
        Shape::Columns | Shape::Line => columns::HEIGHT,
    }
}

/// The title of a panel with its unit on the left, the names of its series on the right.
fn head(canvas: &mut Canvas<'_>, lang: Language, panel: &Panel, frame: Frame) -> Result<(), String> {
    let unit = lang.in_brackets(&panel.unit);
    canvas.text(&format!("{}{unit}", panel.title), 0, frame.top + 9, canvas::Anchor::Start, canvas::Weight::Bold)?;
    if panel.series.len() < 2 {
        return Ok(());
    }
    let mut right = WIDTH;
    for (at, series) in panel.series.iter().enumerate().rev() {
        right -= width_of(&series.name);
        canvas.text(&series.name, right, frame.top + 9, canvas::Anchor::Start, canvas::Weight::Plain)?;
        right -= 22;
        canvas.bar(at, (right, frame.top + 3), (right + 16, frame.top + 15))?;
        right -= 18;
    }
    Ok(())
}

/// A faint line across.
fn rule(canvas: &mut Canvas<'_>, from: (i32, i32), to: (i32, i32)) -> Result<(), String> {
    canvas.line(&[from, to], Stroke::Faint)
}
