//! Each line in and out as an event of the crate `tracing`, target `imaplib::wire`, level TRACE.

use imaplib_proto::engine::{Engine, Trace};

/// Longer lines are cut in the log.
const SHOWN: usize = 2000;

struct Lines;

impl Trace for Lines {
    fn sent(&mut self, bytes: &[u8]) {
        tracing::trace!(target: "imaplib::wire", "C: {}", shown(bytes));
    }

    fn received(&mut self, bytes: &[u8]) {
        tracing::trace!(target: "imaplib::wire", "S: {}", shown(bytes));
    }
}

/// Traces the engine's lines if anyone listens.
pub(crate) fn install(engine: &mut Engine) {
    if tracing::enabled!(target: "imaplib::wire", tracing::Level::TRACE) {
        engine.set_trace(Box::new(Lines));
    }
}

fn shown(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let more = bytes.len().saturating_sub(SHOWN);
    let mut text = String::with_capacity(bytes.len() - more);
    for byte in bytes.get(..bytes.len() - more).unwrap_or_default() {
        match byte {
            b' '..=b'~' => text.push(char::from(*byte)),
            other => text.push_str(&format!("\\x{other:02x}")),
        }
    }
    if more > 0 {
        text.push_str(&format!("… ({more} bytes more)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_as_they_are_without_control_characters() {
        assert_eq!(shown(b"A1 STORE 1 (\\Seen) \"x\"\r\n"), "A1 STORE 1 (\\Seen) \"x\"");
        assert_eq!(shown(b"* OK \x1b[2J\xff\r\n"), "* OK \\x1b[2J\\xff");
        assert!(shown(&[b'x'; 5000]).ends_with("(3000 bytes more)"));
    }
}
