//! The table of what was seen on which server: `docs/coverage.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    NotOffered,
    /// The server does this wrong.
    Fault(&'static str),
    /// The case makes no sense there.
    NotRun,
}

/// The columns, and how each server was reached.
pub const COLUMNS: &[(&str, &str)] = &[
    ("Dovecot 2.3", "over TLS, STARTTLS and in clear text; Maildir"),
    ("Dovecot 2.3 mdbox", "over TLS"),
    ("Dovecot 2.3 child", "as a pre-authenticated child process"),
    ("Dovecot 2.4", "over TLS"),
    ("Cyrus 3.12", "over TLS"),
    ("Cyrus 3.12 rev2", "over TLS, in sessions of IMAP4rev2 (`ConnectOptions::revision`)"),
    ("Cyrus 3.12 UIDONLY", "over TLS, in sessions without sequence numbers (`ENABLE UIDONLY`)"),
    ("Courier 5.2", "over STARTTLS"),
    ("mailutils 3.19", "over TLS"),
    ("pymap 0.36", "over STARTTLS; Maildir"),
    ("test server", "in clear text and over TLS"),
];

/// One row after the other, in the order of the cases.
static SEEN: Mutex<BTreeMap<&'static str, Vec<Outcome>>> = Mutex::new(BTreeMap::new());

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md")
}

/// Holds what was seen on a server against its column of the table. With `UPDATE_COVERAGE=1` the column is written
/// instead.
pub fn compare(column: &'static str, outcomes: Vec<Outcome>) {
    if std::env::var_os("UPDATE_COVERAGE").is_some() {
        let mut seen = SEEN.lock().unwrap();
        seen.insert(column, outcomes);
        let text = table(&seen);
        std::fs::write(file(), text).unwrap();
        return;
    }
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    let rows: Vec<Vec<&str>> = text.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let position = rows.first().and_then(|head| head.iter().position(|cell| *cell == column));
    let position = position.unwrap_or_else(|| panic!("docs/coverage.md has no column {column}"));
    for ((_, label, _), outcome) in crate::blocking::CASES.iter().zip(&outcomes) {
        let row = rows.iter().find(|row| row.first() == Some(&escape(label).as_str()));
        let cell = row.and_then(|row| row.get(position)).copied().unwrap_or_default();
        let same = match outcome {
            Outcome::Fault(_) => cell.starts_with('F'),
            other => cell == mark(other, 0),
        };
        assert!(
            same,
            "docs/coverage.md says '{cell}' of '{label}' on {column}, but it is {outcome:?}: write the table again with \
             `UPDATE_COVERAGE=1 cargo test -p imaplib --test conformance`"
        );
    }
}

/// What the page has of a case on a server, for one that is not run.
pub fn before(column: &'static str, case: &str) -> Outcome {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    let rows = || text.lines().filter(|line| line.starts_with("| ")).map(cells);
    let position = rows().next().and_then(|head| head.iter().position(|cell| *cell == column));
    let label = crate::blocking::CASES.iter().find(|(name, ..)| *name == case).map(|(_, label, _)| escape(label));
    let row = rows().find(|row| row.first().copied() == label.as_deref());
    match row.zip(position).and_then(|(row, position)| row.get(position).copied()) {
        Some("✓") => Outcome::Passed,
        Some("–") => Outcome::NotOffered,
        Some(cell) if cell.starts_with('F') => {
            let number = format!("- {cell}, {column}: ");
            let why = text.lines().find_map(|line| line.strip_prefix(&number)).unwrap_or_default();
            Outcome::Fault(why.to_owned().leak())
        }
        _ => Outcome::NotRun,
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

fn mark(outcome: &Outcome, fault: usize) -> String {
    match outcome {
        Outcome::Passed => "✓".into(),
        Outcome::NotOffered => "–".into(),
        Outcome::Fault(_) => format!("F{fault}"),
        Outcome::NotRun => "·".into(),
    }
}

fn escape(label: &str) -> String {
    label.replace('|', "\\|")
}

fn table(seen: &BTreeMap<&'static str, Vec<Outcome>>) -> String {
    let mut text = String::from(
        "# What was seen on which server\n\n\
         Each row is a case of `crates/imaplib/tests/conformance`, which runs through the async and the blocking client and \
         must give the same in both.\n\
         This page is written by the test, and held against what it sees on every run.\n\n\
         ✓ passed · – the server does not offer it · F the server does it wrong (below) · \
         `·` makes no sense there\n\n| |",
    );
    for (name, _) in COLUMNS {
        let _ = write!(text, " {name} |");
    }
    text.push_str("\n|---|");
    text.push_str(&":-:|".repeat(COLUMNS.len()));
    text.push('\n');
    let mut faults: Vec<(&str, &str)> = Vec::new();
    for (row, (case, label, _)) in crate::blocking::CASES.iter().enumerate() {
        let _ = write!(text, "| {} |", escape(label));
        for (column, _) in COLUMNS {
            let outcome = seen.get(column).map_or_else(|| before(column, case), |outcomes| outcomes[row].clone());
            let mut number = 0;
            if let Outcome::Fault(why) = &outcome {
                let fault = (*column, *why);
                number = faults.iter().position(|known| *known == fault).unwrap_or_else(|| {
                    faults.push(fault);
                    faults.len() - 1
                }) + 1;
            }
            let _ = write!(text, " {} |", mark(&outcome, number));
        }
        text.push('\n');
    }
    text.push_str("\n## How the servers were reached\n\n");
    for (name, how) in COLUMNS {
        let _ = writeln!(text, "- {name}: {how}");
    }
    text.push_str("\n## What servers do wrong\n\n");
    for (number, (column, why)) in faults.iter().enumerate() {
        let _ = writeln!(text, "- F{}, {column}: {why}", number + 1);
    }
    text
}
