//! What is said beside the result, on standard error: text for people, JSON Lines for programs, and progress.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{json, terminal};
use crate::error::Failure;

/// Whether programs read it. Set once, before anything is said.
static FOR_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// Writes JSON Lines from now on.
pub(crate) fn as_json() {
    FOR_PROGRAMS.store(true, Ordering::Relaxed);
}

/// Reports something that is not an error of the whole command.
pub(crate) fn note(text: &str) {
    if FOR_PROGRAMS.load(Ordering::Relaxed) {
        return line(&json!({"level": "note", "message": text}));
    }
    say(&[("imap:", text)]);
}

/// Reports an error of the whole command, or of one of its mailboxes: its kind and its exit code are for programs, the hints
/// for people.
pub(crate) fn report(failure: &Failure) {
    if failure.is_quiet() {
        return;
    }
    let (message, hints) = (failure.message(), failure.hints());
    if FOR_PROGRAMS.load(Ordering::Relaxed) {
        let exit = failure.exit();
        let (kind, exit) = (exit.kind(), exit as u8);
        return line(&json!({"level": "error", "message": message, "hints": hints, "kind": kind, "exit": exit}));
    }
    let hints = hints.iter().map(|hint| ("     ", hint.as_str()));
    say(&[("imap:", message)].into_iter().chain(hints).collect::<Vec<_>>());
}

/// Writes lines for people. What a server named cannot begin another line.
fn say(lines: &[(&str, &str)]) {
    let shown = lines.iter().map(|(mark, text)| format!("{mark} {}\n", terminal::line(text)));
    write(shown.collect::<String>().as_bytes());
}

fn line(value: &Value) {
    let mut text = Vec::new();
    if json::write_line(&mut text, value).is_ok() {
        write(&text);
    }
}

/// Writes whole lines in one piece, so that those of two threads do not mix. That standard error cannot be written is not
/// reported, for there is nowhere to report it, and changes nothing else.
pub(super) fn write(lines: &[u8]) {
    let _ = io::stderr().write_all(lines);
}

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
        self.0.set_message(terminal::line(what).into_owned());
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.inc(count);
    }

    pub(crate) fn grow(&self, count: u64) {
        self.0.inc_length(count);
    }

    /// Prints a line without disturbing the bar.
    pub(crate) fn note(&self, text: &str) {
        self.0.suspend(|| note(text));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
