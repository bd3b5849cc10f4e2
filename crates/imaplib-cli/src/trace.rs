//! `--verbose`: the library's trace on standard error.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::output::escape;

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
        io::stderr().write_all(escape::octets(event).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
