//! `imap parse FILE`

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use imaplib_proto::response::Context;
use imaplib_proto::wire::{FrameLimits, Framer, Piece};
use serde_json::{Value, json};

use crate::args::Parse;
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use crate::output::json::octets;
use crate::transcript;

/// Everything that a transcript may hold is wanted: nothing streams, and only memory is the limit.
const LIMITS: FrameLimits =
    FrameLimits { response: 1 << 30, line: 1 << 30, numbers: 1 << 30, stream_threshold: usize::MAX };
const BLOCK: usize = 256 << 10;

pub(crate) fn run(args: &Parse, out: &mut Output) -> Result<Exit> {
    let mut input = open(&args.file)?;
    let mut framer = Framer::new(LIMITS);
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
        framer.receive(block.get(..length).unwrap_or_default());
        understood &= drain(&mut framer, out)?;
    }
    understood &= rest(&mut framer, out)?;
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

/// Prints the whole responses that the framer has; true if all was understood.
fn drain(framer: &mut Framer, out: &mut Output) -> Result<bool> {
    let mut understood = true;
    loop {
        match framer.next(|_| false) {
            Ok(Some(Piece::Response(frame) | Piece::Head(frame, _) | Piece::Chunk(frame))) => {
                understood &= print(&frame, None, out)?;
            }
            Ok(None) => return Ok(understood),
            Err(error) => {
                understood = false;
                out.object(&unknown(&skip_line(framer), &error.to_string()))?;
            }
        }
    }
}

/// Takes a line that cannot be framed out of the framer, so that the next one has its chance.
fn skip_line(framer: &mut Framer) -> Bytes {
    let held = framer.take_unread();
    let end = held.iter().position(|octet| *octet == b'\n').map_or(held.len(), |at| at + 1);
    framer.receive(held.get(end..).unwrap_or_default());
    held.slice(..end)
}

/// What is left at the end: a line without its end is read all the same, a cut literal is not.
fn rest(framer: &mut Framer, out: &mut Output) -> Result<bool> {
    let left = framer.take_unread();
    if left.is_empty() {
        return Ok(true);
    }
    let mut line = Framer::new(LIMITS);
    line.receive(left.strip_suffix(b"\r").unwrap_or(&left));
    line.receive(b"\r\n");
    match line.next(|_| false) {
        Ok(Some(Piece::Response(frame))) if line.is_empty() => {
            print(&frame, Some("the transcript ends without a line end"), out)
        }
        _ => {
            out.object(&unknown(&left, "the transcript ends in the middle of a response"))?;
            Ok(false)
        }
    }
}

fn print(frame: &Bytes, remark: Option<&str>, out: &mut Output) -> Result<bool> {
    let (mut value, understood) = transcript::object(frame, &Context::default());
    if let (Some(remark), Some(fields)) = (remark, value.as_object_mut()) {
        let notes = fields.entry("notes").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(notes) = notes.as_array_mut() {
            notes.push(json!({"reason": remark, "position": frame.len()}));
        }
    }
    out.object(&value)?;
    Ok(understood && remark.is_none())
}

fn unknown(raw: &[u8], reason: &str) -> Value {
    json!({"kind": "UNKNOWN", "raw": octets(raw), "notes": [{"reason": reason, "position": 0}]})
}
