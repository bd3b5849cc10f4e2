//! A response that is too long to be held: it is stepped over to its end.

use imaplib_proto::wire::announced_literal;

/// This much of the beginning of a response is enough for its kind, and this much of the end of a line for whether it
/// announces a literal.
const KEPT: usize = 64;

/// How far a response was stepped over.
pub(super) struct Skipped {
    /// The beginning of the response.
    begin: Vec<u8>,
    state: State,
}

enum State {
    /// To the line end; the last bytes of the line so far, which may announce a literal.
    Line(Vec<u8>),
    /// This many bytes of a literal.
    Literal(u64),
}

impl Skipped {
    /// The response that begins so.
    pub(super) fn new(begin: &[u8]) -> Self {
        Self { begin: begin.get(..KEPT).unwrap_or(begin).to_vec(), state: State::Line(Vec::new()) }
    }

    /// Steps over what belongs to the response; returns what follows, and whether the response has ended.
    ///
    /// # Errors
    /// How many bytes are left where it cannot be told whether they belong to the response.
    pub(super) fn step_over<'a>(&mut self, bytes: &'a [u8]) -> Result<(&'a [u8], bool), usize> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match &mut self.state {
                State::Literal(left) => {
                    let now = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    rest = rest.get(now..).unwrap_or_default();
                    *left = left.saturating_sub(now as u64);
                    if *left == 0 {
                        self.state = State::Line(Vec::new());
                    }
                }
                State::Line(last) => {
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                    last.extend_from_slice(line.get(line.len().saturating_sub(KEPT)..).unwrap_or_default());
                    last.drain(..last.len().saturating_sub(KEPT));
                    rest = rest.get(line.len() + usize::from(end.is_some())..).unwrap_or_default();
                    if end.is_none() {
                        continue;
                    }
                    match announced_literal(&self.begin, last) {
                        Ok(Some(length)) => self.state = State::Literal(length),
                        Ok(None) => return Ok((rest, true)),
                        Err(_) => return Err(rest.len()),
                    }
                }
            }
        }
        Ok((rest, false))
    }
}
