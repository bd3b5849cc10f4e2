//! `imap parse FILE`

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use imaplib_proto::parse::{self, Context, Tail};
use imaplib_proto::types::{BodySection, Diagnostic, Fetch, ImapString};
use imaplib_proto::wire::{FrameLimits, Framer, Piece};
use serde_json::{Value, json};

use crate::args::Parse;
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use crate::output::json::bytes;
use crate::transcript;

/// What one response may take: its values and their JSON take a hundred times as much where they are small. A longer text is
/// left out and said; any other response that is longer is stepped over.
const LIMITS: FrameLimits =
    FrameLimits { response: 2 << 20, line: 320 << 10, numbers: 2 << 20, stream_threshold: 1 << 20 };
const BLOCK: usize = 256 << 10;

/// So much of a response that is stepped over is shown.
const SHOWN: usize = 1 << 10;

pub(crate) fn run(args: &Parse, out: &mut Output) -> Result<Exit> {
    let mut input = open(&args.file)?;
    let mut reader = Reader::new();
    let mut understood = true;
    let mut block = vec![0; BLOCK];
    loop {
        let length = match input.read(&mut block) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::file("read", &args.file, &error)),
        };
        if length == 0 {
            break;
        }
        understood &= reader.receive(block.get(..length).unwrap_or_default(), out)?;
    }
    understood &= reader.end(out)?;
    out.flush()?;
    Ok(if understood { Exit::Ok } else { Exit::Partial })
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| Failure::file("open", path, &error))?;
    Ok(Box::new(file))
}

/// What is read of the transcript.
struct Reader {
    framer: Framer,
    /// A row of which a text is too long to be held: what was read of it, and the diagnostics.
    row: Option<(Fetch, Vec<Diagnostic>)>,
    /// What is stepped over of a response that is too long.
    skipped: Option<Skipped>,
}

/// The rest of a response that is too long.
enum Skipped {
    /// To the line end; the last octets of the line so far, which may announce a literal.
    Line(Vec<u8>),
    /// So many octets of a literal.
    Literal(u64),
}

impl Reader {
    fn new() -> Self {
        Self { framer: Framer::new(LIMITS), row: None, skipped: None }
    }

    /// Prints the responses that are whole; true if all was understood.
    fn receive(&mut self, octets: &[u8], out: &mut Output) -> Result<bool> {
        let mut rest = octets;
        let mut understood = true;
        while !rest.is_empty() {
            rest = self.skip(rest);
            self.framer.receive(rest);
            rest = &[];
            understood &= self.drain(out)?;
        }
        Ok(understood)
    }

    fn drain(&mut self, out: &mut Output) -> Result<bool> {
        let context = Context::default();
        let mut understood = true;
        loop {
            match self.framer.next() {
                // It is held, and comes with its response.
                Ok(Some(Piece::Head(head, _))) if !self.streams(&head, &context) => {}
                Ok(Some(Piece::Head(head, length))) => {
                    self.framer.stream();
                    let (mut row, mut diagnostics) = match self.row.take() {
                        None => parse::read_head(&head, &context).unwrap_or_default(),
                        Some((mut row, mut diagnostics)) => {
                            diagnostics.extend(parse::read_tail(&head, &mut row, &context).1);
                            (row, diagnostics)
                        }
                    };
                    diagnostics.extend(row.sections.last_mut().map(|section| left_out(section, length)));
                    self.row = Some((row, diagnostics));
                }
                // Of a text that is too long.
                Ok(Some(Piece::Chunk(_))) => {}
                Ok(Some(Piece::Response(frame))) => match self.row.take() {
                    Some((mut row, mut diagnostics)) => {
                        diagnostics.extend(parse::read_tail(&frame, &mut row, &context).1);
                        out.object(&transcript::row(row, &diagnostics))?;
                        understood = false;
                    }
                    None => understood &= print(&frame, None, out)?,
                },
                Ok(None) => return Ok(understood),
                Err(error) => {
                    understood = false;
                    let held = self.framer.take_unread();
                    let shown = held.iter().position(|octet| *octet == b'\n').map_or(held.len(), |at| at + 1);
                    out.object(&unknown(held.get(..shown.min(SHOWN)).unwrap_or_default(), &error.to_string()))?;
                    if let Some((row, diagnostics)) = self.row.take() {
                        out.object(&transcript::row(row, &diagnostics))?;
                    }
                    self.skipped = Some(Skipped::Line(Vec::new()));
                    let rest = self.skip(&held);
                    self.framer.receive(rest);
                }
            }
        }
    }

    /// Whether the literal that these octets announce is a text of a row: it can be left out.
    fn streams(&self, head: &Bytes, context: &Context) -> bool {
        match &self.row {
            None => parse::read_head(head, context).is_some(),
            Some((row, _)) => matches!(parse::read_tail(head, &mut row.clone(), context), (Tail::Streamed(_), _)),
        }
    }

    /// Steps over what belongs to a response that is too long; gives what follows it.
    fn skip<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let mut rest = octets;
        while let Some(skipped) = self.skipped.take().filter(|_| !rest.is_empty()) {
            match skipped {
                Skipped::Literal(left) => {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    rest = rest.get(now..).unwrap_or_default();
                    let left = left.saturating_sub(now as u64);
                    self.skipped = Some(if left == 0 { Skipped::Line(Vec::new()) } else { Skipped::Literal(left) });
                }
                Skipped::Line(mut last) => {
                    let end = rest.iter().position(|octet| *octet == b'\n');
                    let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                    last.extend_from_slice(line.get(line.len().saturating_sub(ANNOUNCEMENT)..).unwrap_or_default());
                    last.drain(..last.len().saturating_sub(ANNOUNCEMENT));
                    rest = rest.get(line.len() + usize::from(end.is_some())..).unwrap_or_default();
                    self.skipped = match end {
                        None => Some(Skipped::Line(last)),
                        Some(_) => announced(&last).map(Skipped::Literal),
                    };
                }
            }
            if rest.is_empty() {
                break;
            }
        }
        rest
    }

    /// What is left at the end: a line without its end is read all the same, a cut literal is not.
    fn end(mut self, out: &mut Output) -> Result<bool> {
        const CUT: &str = "the transcript ends in the middle of a response";
        if self.skipped.is_some() {
            return Ok(false);
        }
        let left = self.framer.take_unread();
        if let Some((row, mut diagnostics)) = self.row.take() {
            diagnostics.push(Diagnostic { position: 0, reason: CUT, item: ImapString::default(), raw: Bytes::new() });
            out.object(&transcript::row(row, &diagnostics))?;
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
        let mut line = Framer::new(LIMITS);
        line.receive(left.strip_suffix(b"\r").unwrap_or(&left));
        line.receive(b"\r\n");
        match line.next() {
            Ok(Some(Piece::Response(frame))) if line.is_empty() => {
                print(&frame, Some("the transcript ends without a line end"), out)
            }
            _ => {
                out.object(&unknown(left.get(..left.len().min(SHOWN)).unwrap_or_default(), CUT))?;
                Ok(false)
            }
        }
    }
}

/// The longest announcement of a literal, with the CR behind it.
const ANNOUNCEMENT: usize = 32;

/// The length of the literal that the end of a line announces.
fn announced(line: &[u8]) -> Option<u64> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let digits = line.get(line.iter().rposition(|octet| *octet == b'{')? + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The note on a text that is not held.
fn left_out(section: &BodySection, length: u64) -> Diagnostic {
    let raw = Bytes::from(format!("{{{length}}}"));
    let reason = "a text of more than 1 MiB is left out";
    Diagnostic { position: 0, reason, item: transcript::section_name(section).into(), raw }
}

fn print(frame: &Bytes, remark: Option<&str>, out: &mut Output) -> Result<bool> {
    let (mut value, understood) = transcript::object(frame, &Context::default());
    if let (Some(remark), Some(fields)) = (remark, value.as_object_mut()) {
        let diagnostics = fields.entry("notes").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(diagnostics) = diagnostics.as_array_mut() {
            diagnostics.push(json!({"reason": remark, "position": frame.len()}));
        }
    }
    out.object(&value)?;
    Ok(understood && remark.is_none())
}

fn unknown(raw: &[u8], reason: &str) -> Value {
    json!({"kind": "UNKNOWN", "raw": bytes(raw), "notes": [{"reason": reason, "position": 0}]})
}
