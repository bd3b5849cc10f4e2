//! `--verbose`: the library's trace on standard error; and texts of the server that are printed without the password or
//! token that it was sent.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex, PoisonError};

use imaplib::redact::Redactor;
use tracing_subscriber::fmt::MakeWriter;

use crate::account::secret::Secret;
use crate::output::{diagnostics, terminal};

/// A run of several months uses a new token every hour: this many secrets are remembered.
const MAX_REMEMBERED: usize = 32;

/// The secrets of this run.
static SECRETS: LazyLock<Mutex<Redactor>> = LazyLock::new(Mutex::default);

/// Notes a secret that is going to be sent.
pub(crate) fn remember(secret: &Secret) {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).add(secret.reveal(), MAX_REMEMBERED);
}

/// What a server said, without the secrets.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).redact_str(text)
}

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
    let event = terminal::bytes(event.strip_suffix(b"\n").unwrap_or(event));
    format!("{}\n", redact(&terminal::line(&event)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_were_sent_are_not_shown() {
        for number in 0..40 {
            remember(&Secret::new(format!("token-{number:04}-of-the-hour")));
        }
        assert_eq!(redact("NO TOKEN-0039-of-the-hour is wrong"), "NO <secret> is wrong");
        assert_eq!(redact("NO it is wrong"), "NO it is wrong");
    }

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
