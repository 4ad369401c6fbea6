//! Axes of values: from zero to a round number, in round steps. And how wide a text comes out.

/// An axis of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// The axis for values; it holds zero always. Refunds can make a sum negative.
    pub fn of(values: impl IntoIterator<Item = f64>, steps: f64) -> Self {
        let (low, high) = values.into_iter().fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        let span = if high > low { high - low } else { 1.0 };
        let step = round_step(span / steps);
        Self { low: (low / step).floor() * step, high: (high / step).ceil().max(if low < 0.0 { 0.0 } else { 1.0 }) * step, step }
    }

    /// Where a value lies, from 0 at the low end to 1 at the high one.
    pub fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The marks and their texts.
    pub fn marks(&self) -> Vec<(f64, String)> {
        let number = ((self.high - self.low) / self.step).round() as i32;
        let mark = |at: i32| {
            let value = self.low + f64::from(at) * self.step;
            (value, text_of(value, self.step))
        };
        (0..=number).map(mark).collect()
    }
}

/// The next of 1, 2, 5 or one of these times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let times = step / power;
    // A step that is round already comes out of the division a little too large.
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| times <= round * 1.000_001).unwrap_or(10.0);
    round * power
}

/// A mark's text with as many places as the steps have.
fn text_of(value: f64, step: f64) -> String {
    let places = if step >= 1.0 { 0 } else { (-step.log10()).ceil() as usize };
    let text = format!("{value:.places$}");
    let text =
        if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') { text.trim_start_matches('-').to_owned() } else { text };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// About how many pixels a text takes: a Chinese letter is as wide as it is high.
pub fn width_of(text: &str) -> i32 {
    text.chars().map(|c| if c.is_ascii() { 7 } else { 12 }).sum()
}

/// A text cut to a width, with an ellipsis where it was cut.
pub fn cut(text: &str, width: i32) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if width_of(&cut) + width_of(c.encode_utf8(&mut [0; 4])) > width - 12 {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}
