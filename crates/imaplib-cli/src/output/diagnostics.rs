//! What is said beside the result, on standard error: text for people, JSON Lines for programs.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{escape, json};
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
    eprintln!("imap: {}", escape::text(text));
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
    eprintln!("imap: {}", escape::text(message));
    for hint in hints {
        eprintln!("      {}", escape::text(hint));
    }
}

fn line(value: &Value) {
    // In one write, so that lines of two threads do not mix; standard error that is gone is nothing to report.
    let mut text = Vec::new();
    if json::write_line(&mut text, value).is_ok() {
        let _ = io::stderr().write_all(&text);
    }
}
