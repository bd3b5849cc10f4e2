//! What goes to the user: tables, JSON Lines, progress, diagnostics, and the escaping that all of it passes through.

pub(crate) mod diagnostics;
pub(crate) mod json;
mod quantities;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod trace;

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

pub(crate) use self::diagnostics::note;
pub(crate) use self::quantities::{count, local_time, messages_with, some_messages_with, utc_time};
use crate::error::Result;

/// Standard output, in the form that the user asked for.
pub(crate) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    json: bool,
    terminal: bool,
    color: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            stdout: BufWriter::with_capacity(64 << 10, io::stdout().lock()),
            json,
            terminal,
            color: terminal && !no_color && !dumb && !json,
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// True if a person looks at it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes a JSON object as a line.
    pub(crate) fn object(&mut self, value: &impl serde::Serialize) -> Result<()> {
        json::write_line(&mut self.stdout, value)?;
        Ok(())
    }

    /// Writes a line of text; what could steer the terminal is escaped.
    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        self.stdout.write_all(terminal::line(text).as_bytes())?;
        self.stdout.write_all(b"\n")?;
        Ok(())
    }

    /// Writes text of several lines; what could steer the terminal is escaped.
    pub(crate) fn text(&mut self, text: &str) -> Result<()> {
        self.stdout.write_all(terminal::text(text).as_bytes())?;
        Ok(())
    }

    /// Writes a heading: bold on a terminal.
    pub(crate) fn heading(&mut self, text: &str) -> Result<()> {
        let text = terminal::line(text);
        if self.color {
            writeln!(self.stdout, "\x1b[1m{text}\x1b[0m")?;
        } else {
            writeln!(self.stdout, "{text}")?;
        }
        Ok(())
    }

    /// Writes one row of a table for programs: tab-separated.
    pub(crate) fn row(&mut self, cells: &[String]) -> Result<()> {
        let line = cells.iter().map(|cell| terminal::line(cell)).collect::<Vec<_>>().join("\t");
        writeln!(self.stdout, "{line}")?;
        Ok(())
    }

    /// Writes a table: aligned on a terminal, tab-separated otherwise.
    pub(crate) fn table(&mut self, table: &table::Table) -> Result<()> {
        let width = self.terminal.then(table::terminal_width);
        table.write(&mut self.stdout, width, self.color)?;
        Ok(())
    }

    /// The stream itself, for messages as they are.
    pub(crate) fn stream(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        self.stdout.flush()?;
        Ok(())
    }
}

/// `1.4M`, for people.
pub(crate) fn size(bytes: u64) -> String {
    let mut unit = "";
    let mut whole = bytes;
    let mut rest = 0;
    for next in ["K", "M", "G", "T", "P"] {
        if whole < 1024 {
            break;
        }
        rest = whole % 1024;
        whole /= 1024;
        unit = next;
    }
    if unit.is_empty() || whole >= 10 {
        format!("{whole}{unit}")
    } else {
        format!("{whole}.{}{unit}", rest * 10 / 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in
            [(0, "0"), (1023, "1023"), (1024, "1.0K"), (1536, "1.5K"), (10 << 20, "10M"), (u64::MAX, "16383P")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
