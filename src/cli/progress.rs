//! Progress on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::Progress;

/// Shows how a run goes.
pub struct Shown {
    bar: Option<ProgressBar>,
    /// The stage at work, and the part of it.
    stage: Mutex<String>,
}

impl Shown {
    /// A bar if standard error is a terminal, else a line for each stage that is over.
    pub fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(spinner());
            bar
        });
        Self { bar, stage: Mutex::new(String::new()) }
    }

    /// Takes the bar away before anything else is printed.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            // Nowhere is left to say that standard error is closed.
            None => drop(writeln!(io::stderr(), "{text}")),
        }
    }

    fn name(&self) -> String {
        self.stage.lock().map(|stage| stage.clone()).unwrap_or_default()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Progress for Shown {
    fn stage_begins(&self, stage: &str) {
        if let Ok(mut name) = self.stage.lock() {
            stage.clone_into(&mut name);
        }
        if let Some(bar) = &self.bar {
            bar.set_style(spinner());
            bar.set_message(stage.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn part_begins(&self, part: &str, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_style(if total > 0 { measured() } else { spinner() });
            bar.set_length(total);
            bar.set_position(0);
            bar.set_message(format!("{} {part}", self.name()));
        }
    }

    fn advance(&self, amount: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(amount);
        }
    }

    fn stage_ends(&self, stage: &str, took: Duration) {
        self.line(&format!("{stage}: done in {:.1} s", took.as_secs_f64()));
    }

    fn stage_restored(&self, stage: &str) {
        self.line(&format!("{stage}: kept from an earlier attempt"));
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn measured() -> ProgressStyle {
    let style = ProgressStyle::with_template("{spinner} {msg:28} {wide_bar} {percent:>3} % {elapsed}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
