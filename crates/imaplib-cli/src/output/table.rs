//! Tables: aligned and cut to the terminal's width for people, tab-separated for programs.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::terminal;

/// How a column is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
    /// Grows and shrinks: the text that may be cut.
    Flexible,
}

/// Rows under a header.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Align)>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; its cells are made safe here.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| terminal::line(cell.as_ref()).into_owned()).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn write(&self, out: &mut impl Write, width: Option<usize>, color: bool) -> io::Result<()> {
        let Some(width) = width else {
            return self.rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")));
        };
        let widths = self.widths(width);
        let header: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        if color {
            writeln!(out, "\x1b[1m{}\x1b[0m", self.lay_out(&header, &widths))?;
        } else {
            writeln!(out, "{}", self.lay_out(&header, &widths))?;
        }
        self.rows.iter().try_for_each(|row| writeln!(out, "{}", self.lay_out(row, &widths)))
    }

    fn widths(&self, terminal: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let gaps = 2 * self.columns.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(terminal);
        // The widest flexible column gives way first.
        while excess > 0 {
            let flexible = widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, (_, align))| *align == Align::Flexible && **width > 8);
            let Some((width, _)) = flexible.max_by_key(|(width, _)| **width) else { break };
            *width -= 1;
            excess -= 1;
        }
        widths
    }

    fn lay_out(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.iter().zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let cell = cut(cell, *width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            if *align == Align::Right {
                line.push_str(&padding);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&padding);
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Cuts to a width in columns of the terminal.
fn cut(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in cell.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The terminal's width in columns, 80 where it is not known.
pub(crate) fn terminal_width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.or_else(window_width).unwrap_or(80).max(20)
}

#[cfg(unix)]
fn window_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn window_width() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new([("UID", Align::Right), ("SUBJECT", Align::Flexible)]);
        table.row(["7", "漢字 is wide"]);
        table.row(["12", "an\u{1b}[31m escape that is long"]);
        table
    }

    #[test]
    fn a_terminal_gets_columns_and_a_pipe_gets_tabs() {
        let mut out = Vec::new();
        sample().write(&mut out, Some(20), false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "UID  SUBJECT\n  7  漢字 is wide\n 12  an\\x1b[31m esc…\n");
        let mut out = Vec::new();
        sample().write(&mut out, None, false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "7\t漢字 is wide\n12\tan\\x1b[31m escape that is long\n");
    }
}
