//! Server bytes to responses, within bounded memory, up to where framing is lost.

use bytes::Bytes;
use imaplib_proto::parse::{self, Context, Tail};
use imaplib_proto::types::{BodySection, Diagnostic, Fetch, ImapString, Response, Untagged};
use imaplib_proto::wire::{FrameError, FrameLimits, Framer, Piece, announced_literal};
use serde_json::{Value, json};

use super::streamed::ListLine;
use super::untagged::ThreadLine;
use crate::error::Result;
use crate::output::Output;
use crate::output::json::bytes;

/// What one response may take: its values and their JSON take a hundred times as much where they are small. A longer text is
/// left out and reported; any other response that is longer is stepped over.
fn limits() -> FrameLimits {
    FrameLimits::default().response(2 << 20).line(320 << 10).numbers(2 << 20).stream_threshold(1 << 20)
}

/// A response that is a list of small values, is longer, in bytes, and not as it should be, is left out.
const MOST_OF_ODD: usize = 64 << 10;

/// So much of a response that is stepped over is shown.
const SHOWN: usize = 1 << 10;

/// What came of bytes that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was understood.
    Understood,
    /// Something was not understood, or left out.
    Partial,
    /// What follows cannot be told from the text of a message, from this byte on.
    FramingLost(u64),
}

impl Outcome {
    fn of(understood: bool) -> Self {
        if understood { Self::Understood } else { Self::Partial }
    }

    /// What comes of both.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::FramingLost(at), _) | (_, Self::FramingLost(at)) => Self::FramingLost(at),
            (Self::Understood, Self::Understood) => Self::Understood,
            _ => Self::Partial,
        }
    }
}

/// What is read of a transcript.
pub(crate) struct Reader {
    framer: Framer,
    /// How many bytes were received.
    received: u64,
    /// A row of which a text is too long to be held: what was read of it, and the diagnostics.
    row: Option<(Fetch, Vec<Diagnostic>)>,
    /// What is stepped over of a response that is too long.
    skipped: Option<Skipped>,
    context: Context,
}

impl Reader {
    pub(crate) fn new() -> Self {
        let context = Context::default();
        Self { framer: Framer::new(limits()), received: 0, row: None, skipped: None, context }
    }

    /// Prints the responses that are whole.
    pub(crate) fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<Outcome> {
        self.received += bytes.len() as u64;
        match self.skip(bytes) {
            Ok(rest) => self.framer.receive(rest),
            Err(left) => return Ok(Outcome::FramingLost(self.received - left as u64)),
        }
        self.drain(out)
    }

    /// Where the next response begins, in bytes from the beginning of the transcript.
    fn position(&self) -> u64 {
        self.received - self.framer.unread() as u64
    }

    fn drain(&mut self, out: &mut Output) -> Result<Outcome> {
        let mut outcome = Outcome::Understood;
        loop {
            let found = match self.framer.next() {
                // It is held, and comes with its response.
                Ok(Some(Piece::Head(head, _))) if !self.streams(&head) => Outcome::Understood,
                Ok(Some(Piece::Head(head, length))) => {
                    self.framer.stream();
                    self.begin_row(&head, length)
                }
                // Of a text that is too long.
                Ok(Some(Piece::Chunk(_))) => Outcome::Understood,
                Ok(Some(Piece::Response(frame))) => self.response(&frame, None, out)?,
                Ok(None) => return Ok(outcome),
                Err(error) => self.step_over(error, out)?,
            };
            outcome = outcome.and(found);
            if let Outcome::FramingLost(_) = outcome {
                return Ok(outcome);
            }
        }
    }

    /// Whether the literal that these bytes announce is a text of a row: it can be left out.
    fn streams(&self, head: &Bytes) -> bool {
        match &self.row {
            None => parse::read_head(head, &self.context).is_some(),
            Some((row, _)) => {
                matches!(parse::read_tail(head, &mut row.clone(), &self.context).end, Tail::Streamed(_))
            }
        }
    }

    /// Reads a row up to a text that is left out.
    fn begin_row(&mut self, head: &Bytes, length: u64) -> Outcome {
        let (mut row, mut diagnostics) = match self.row.take() {
            None => parse::read_head(head, &self.context).map(|head| (head.row, head.diagnostics)).unwrap_or_default(),
            Some((mut row, mut diagnostics)) => {
                diagnostics.extend(parse::read_tail(head, &mut row, &self.context).diagnostics);
                (row, diagnostics)
            }
        };
        diagnostics.extend(row.sections.last_mut().map(|section| left_out(section, length)));
        self.row = Some((row, diagnostics));
        Outcome::Understood
    }

    /// Prints a response, or the rest of one of which a text was left out.
    fn response(&mut self, frame: &Bytes, remark: Option<&'static str>, out: &mut Output) -> Result<Outcome> {
        let (value, understood, framing_lost) = match self.row.take() {
            Some((mut row, mut diagnostics)) => {
                let tail = parse::read_tail(frame, &mut row, &self.context);
                diagnostics.extend(tail.diagnostics);
                (super::row(row, &diagnostics), false, tail.framing_lost)
            }
            None => {
                let parsed = parse::read(frame, &self.context);
                let is_plain = parsed.diagnostics.is_empty() && !parsed.framing_lost && remark.is_none();
                let list = match &parsed.response {
                    Response::Untagged(response) => ListLine::of(response),
                    _ => None,
                };
                if let Some(line) = list.as_ref().filter(|_| is_plain) {
                    out.object(line)?;
                    return Ok(Outcome::Understood);
                }
                let (value, understood) = match &parsed.response {
                    Response::Untagged(Untagged::Thread(threads)) if is_plain => {
                        out.object(&ThreadLine(threads))?;
                        return Ok(Outcome::Understood);
                    }
                    _ if frame.len() > MOST_OF_ODD && list.is_some() => {
                        let shown = frame.get(..SHOWN).unwrap_or(frame);
                        (unknown(shown, "an odd list of numbers that is too long"), false)
                    }
                    Response::Untagged(Untagged::Thread(_)) if frame.len() > MOST_OF_ODD => {
                        let shown = frame.get(..SHOWN).unwrap_or(frame);
                        (unknown(shown, "an odd list of conversations that is too long"), false)
                    }
                    _ => super::parsed_object(&parsed, frame),
                };
                (value, understood, parsed.framing_lost)
            }
        };
        let remark = if framing_lost { Some(LOST) } else { remark };
        out.object(&with_remark(value, remark, frame.len()))?;
        Ok(match framing_lost {
            true => Outcome::FramingLost(self.position()),
            false => Outcome::of(understood && remark.is_none()),
        })
    }

    /// Prints the beginning of a response that cannot be framed, and steps over the rest if it is only too long.
    fn step_over(&mut self, error: FrameError, out: &mut Output) -> Result<Outcome> {
        let begin = self.position();
        let held = self.framer.take_unread();
        let shown = held.iter().position(|byte| *byte == b'\n').map_or(held.len(), |at| at + 1);
        out.object(&unknown(held.get(..shown.min(SHOWN)).unwrap_or_default(), &error.to_string()))?;
        if let Some((row, diagnostics)) = self.row.take() {
            out.object(&super::row(row, &diagnostics))?;
        }
        if !matches!(error, FrameError::TooLong { .. }) {
            return Ok(Outcome::FramingLost(begin + shown as u64));
        }
        self.skipped = Some(Skipped::new(&held));
        match self.skip(&held) {
            Ok(rest) => self.framer.receive(rest),
            Err(left) => return Ok(Outcome::FramingLost(self.received - left as u64)),
        }
        Ok(Outcome::Partial)
    }

    /// Steps over what belongs to a response that is too long; returns what follows it, or how many bytes are left where
    /// framing is lost.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], usize> {
        let Some(skipped) = &mut self.skipped else { return Ok(bytes) };
        let (rest, ended) = skipped.step_over(bytes)?;
        if ended {
            self.skipped = None;
        }
        Ok(rest)
    }

    /// What is left at the end: a line without its end is read all the same, a cut literal is not.
    pub(crate) fn end(mut self, out: &mut Output) -> Result<Outcome> {
        const CUT: &str = "the transcript ends in the middle of a response";
        if self.skipped.is_some() {
            return Ok(Outcome::Partial);
        }
        let cut_literal = self.framer.open_literal().is_some();
        if self.framer.is_empty() {
            return Ok(Outcome::Understood);
        }
        if !cut_literal && self.row.is_none() {
            // The framer knows how the lines of the transcript end.
            self.framer.receive(b"\r\n");
            self.received += 2;
            match self.framer.next() {
                Ok(Some(Piece::Response(frame))) if self.framer.is_empty() => {
                    let frame = without_second_cr(frame);
                    return self.response(&frame, Some("the transcript ends without a line end"), out);
                }
                _ => {}
            }
        }
        if let Some((row, mut diagnostics)) = self.row.take() {
            diagnostics.push(Diagnostic::new(0, CUT, ImapString::default(), Bytes::new()));
            out.object(&super::row(row, &diagnostics))?;
            return Ok(Outcome::Partial);
        }
        let left = self.framer.take_unread();
        let left = if cut_literal { &left[..] } else { left.strip_suffix(b"\r\n").unwrap_or(&left) };
        out.object(&unknown(left.get(..left.len().min(SHOWN)).unwrap_or_default(), CUT))?;
        Ok(Outcome::Partial)
    }
}

const LOST: &str = "the response does not end where it should: what follows cannot be told from the text of a message";

/// The response as if only its line feed had been missing.
fn without_second_cr(frame: Bytes) -> Bytes {
    match frame.strip_suffix(b"\r\r\n") {
        Some(line) => Bytes::from([line, b"\r\n"].concat()),
        None => frame,
    }
}

/// The diagnostic for a text that is not held.
fn left_out(section: &BodySection, length: u64) -> Diagnostic {
    let raw = Bytes::from(format!("{{{length}}}"));
    let reason = "a text of more than 1 MiB is left out";
    Diagnostic::new(0, reason, super::section_name(section).into(), raw)
}

/// Adds a note to a response.
fn with_remark(mut value: Value, remark: Option<&str>, position: usize) -> Value {
    if let (Some(remark), Some(fields)) = (remark, value.as_object_mut()) {
        let notes = fields.entry("notes").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(notes) = notes.as_array_mut() {
            notes.push(json!({"reason": remark, "position": position}));
        }
    }
    value
}

fn unknown(raw: &[u8], reason: &str) -> Value {
    json!({"kind": "UNKNOWN", "raw": bytes(raw), "notes": [{"reason": reason, "position": 0}]})
}

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
