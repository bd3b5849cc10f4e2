//! Progress on standard error, for long work and for people only.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::escape;

/// A bar, or nothing where nobody looks.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for this many messages.
    pub(crate) fn messages(total: u64) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {per_sec}  {eta}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(crate) fn doing(&self, what: &str) {
        self.0.set_message(escape::line(what).into_owned());
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.inc(count);
    }

    pub(crate) fn grow(&self, count: u64) {
        self.0.inc_length(count);
    }

    /// Prints a line without disturbing the bar.
    pub(crate) fn note(&self, text: &str) {
        self.0.suspend(|| super::note(text));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
