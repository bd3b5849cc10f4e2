//! `--verbose`: the library's trace on standard error.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::output::diagnostics;
use crate::output::escape;
use crate::output::redact::redact;

/// Writes every event from now on.
pub(crate) fn start() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_target(false)
        .with_writer(Stderr)
        .init();
}

/// Standard error; what a server said cannot steer the terminal there either.
struct Stderr;

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Escaping;

    fn make_writer(&'a self) -> Escaping {
        Escaping
    }
}

struct Escaping;

impl Write for Escaping {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // Never an error: the subscriber would report it where it could not write.
        diagnostics::write(shown(event).as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event as it is printed: one line. The library's lines have no control characters; others' events may.
fn shown(event: &[u8]) -> String {
    let event = escape::bytes(event.strip_suffix(b"\n").unwrap_or(event));
    format!("{}\n", redact(&escape::line(&event)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_as_it_is_and_nothing_dangerous_comes_through() {
        for (event, expected) in [
            (&b"TRACE S: * FLAGS (\\Seen \\x1b)\n"[..], "TRACE S: * FLAGS (\\Seen \\x1b)\n"),
            (b"TRACE C: a1 STORE 1 (\\Deleted)\n", "TRACE C: a1 STORE 1 (\\Deleted)\n"),
            (b"WARN a\nERROR forged\n", "WARN a ERROR forged\n"),
        ] {
            assert_eq!(shown(event), expected);
        }
        assert!(!shown(b"x \x1b[2J").contains('\u{1b}'));
    }
}
