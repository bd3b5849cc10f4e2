//! Each line in and out as an event of the crate `tracing`, target `imaplib::wire`, level TRACE.

use imaplib_proto::engine::{Engine, Trace};

/// Longer lines are cut in the log.
const SHOWN: usize = 2000;

struct Lines;

impl Trace for Lines {
    fn sent(&mut self, octets: &[u8]) {
        tracing::trace!(target: "imaplib::wire", "C: {}", shown(octets));
    }

    fn received(&mut self, octets: &[u8]) {
        tracing::trace!(target: "imaplib::wire", "S: {}", shown(octets));
    }
}

/// Traces the engine's lines if anyone listens.
pub(crate) fn install(engine: &mut Engine) {
    if tracing::enabled!(target: "imaplib::wire", tracing::Level::TRACE) {
        engine.set_trace(Box::new(Lines));
    }
}

fn shown(octets: &[u8]) -> String {
    let octets = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let more = octets.len().saturating_sub(SHOWN);
    let text = octets.get(..octets.len() - more).unwrap_or_default().escape_ascii().to_string().replace("\\\"", "\"");
    if more > 0 { format!("{text}… ({more} octets more)") } else { text }
}
