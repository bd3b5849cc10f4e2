//! The parts of a message, found in the message itself: read line by line, in bounded memory, whatever its length.
//!
//! What comes out is the same kind of structure that a server sends, so that what is an attachment is decided in one
//! place. Mistakes that mailers make are mended where nothing else can be meant: no empty line behind the header, a
//! boundary in the header that is not the body's, none at all, an end that is missing.

use std::io::{self, BufRead};
use std::ops::Range;

use crate::types::{BodyStructure, Disposition, EmbeddedMessage, Envelope, MultiPart, SinglePart};

use super::header::{self, Line};
use super::parameters;
use super::transfer_encoding::Encoding;

/// More parts than this are not looked for.
pub const MAX_PARTS: usize = 10_000;

/// Deeper parts are not taken apart.
const MAX_DEPTH: usize = 100;

/// So much of a line is looked at, and of the fields of a part's header that say what it is.
const MAX_LINE: usize = 64 << 10;
const MAX_FIELDS: usize = 64 << 10;

/// This many bytes of parameters are kept of all parts together.
const MAX_KEPT: usize = 4 << 20;

/// RFC 2046 allows 70 characters.
const MAX_BOUNDARY: usize = 200;

/// What a message consists of.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Scanned {
    /// The parts, as a server would describe them in BODYSTRUCTURE.
    pub structure: BodyStructure,
    /// Where the body of each part is that is not a multipart, in the order of [`BodyStructure::leaves`].
    pub places: Vec<Range<u64>>,
    /// True if there is more than was looked at.
    pub is_cut: bool,
    /// True if there is a line that is none of a header within one or at its end, or a multipart without parts: others read
    /// it in other ways.
    pub is_odd: bool,
}

impl From<BodyStructure> for Scanned {
    /// A structure of which no place is known, as a server sends it.
    fn from(structure: BodyStructure) -> Self {
        Self { structure, ..Self::default() }
    }
}

/// Finds the parts of a message, in memory that does not depend on its length.
///
/// # Errors
///
/// Only if the input cannot be read.
pub fn scan(mut input: impl BufRead) -> io::Result<Scanned> {
    let mut scanner = Scanner { state: State::Header(Vec::new()), ..Scanner::default() };
    let mut line = Vec::new();
    let mut at = 0;
    let mut is_first = true;
    loop {
        let start = at;
        at += read_line(&mut input, &mut line)?;
        if at == start || scanner.places.len() >= MAX_PARTS {
            scanner.is_cut |= at != start;
            return Ok(scanner.finish(start));
        }
        if !(is_first && header::is_mbox_line(&line)) {
            scanner.line(&line, start..at);
        }
        is_first = false;
    }
}

/// Reads a line with its end, keeps its beginning and the end, and returns its length.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut length = 0;
    loop {
        let block = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        let end = block.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(block.len());
        let piece = block.get(..used).unwrap_or_default();
        if line.len() < MAX_LINE {
            line.extend_from_slice(piece.get(..piece.len().min(MAX_LINE - line.len())).unwrap_or(piece));
        }
        length += used as u64;
        input.consume(used);
        if end.is_some() || used == 0 {
            return Ok(length);
        }
    }
}

#[derive(Default)]
struct Scanner {
    /// What is around the part that is being read, the outermost first.
    open: Vec<Frame>,
    state: State,
    places: Vec<Range<u64>>,
    /// The length of the line end before this line: it belongs to a boundary.
    line_end: u64,
    /// Where the parts end that are being closed.
    end: u64,
    kept: usize,
    /// The whole, once it is complete.
    structure: Option<BodyStructure>,
    is_cut: bool,
    is_odd: bool,
}

#[derive(Default)]
enum State {
    /// In a header, with the fields that say what the part is.
    Header(Vec<u8>),
    /// Behind a line that is none of a header: with the fields, and the lines from that one on.
    Doubt(Vec<u8>, Vec<(Vec<u8>, Range<u64>)>),
    /// In the body of a part, from this place on.
    Leaf(Box<SinglePart>, u64),
    /// Before the first part of a multipart, or behind the last.
    #[default]
    Between,
}

enum Frame {
    Multi(Multi),
    /// A message in a message: what it is, the index of its place, and where it begins.
    Message(Box<SinglePart>, usize, u64),
}

struct Multi {
    part: Box<SinglePart>,
    /// That of the header.
    boundary: Option<Vec<u8>>,
    /// That of the body, where the header's does not come.
    other: Option<Vec<u8>>,
    /// A line that looks like a boundary, if the next one looks like the header of a part.
    perhaps: Option<Vec<u8>>,
    parts: Vec<BodyStructure>,
    /// The index of the first place inside.
    first: usize,
    /// Where the body begins.
    start: u64,
    is_ended: bool,
}

impl Scanner {
    fn line(&mut self, line: &[u8], place: Range<u64>) {
        if !self.boundary(line, &place) {
            match &mut self.state {
                State::Header(_) => self.header_line(line, &place),
                State::Doubt(..) => self.doubtful_line(line, &place),
                State::Leaf(..) => {}
                State::Between => self.look_for_boundary(line),
            }
        }
        self.line_end = if line.ends_with(b"\r\n") { 2 } else { u64::from(line.ends_with(b"\n")) };
        if place.end - place.start > MAX_LINE as u64 {
            // How it ends was not kept; lines so long end with CRLF or do not end.
            self.line_end = 2;
        }
    }

    /// Ends the parts that a boundary ends, and begins the next.
    fn boundary(&mut self, line: &[u8], place: &Range<u64>) -> bool {
        let Some(rest) = line.strip_prefix(b"--") else { return false };
        let rest = rest.trim_ascii_end();
        let mut found = None;
        // An inner multipart may have the boundary of the outer; once it has ended the outer is meant.
        let frames = || self.open.iter().enumerate().rev();
        let is_ended = |frame: &Frame| matches!(frame, Frame::Multi(multi) if multi.is_ended);
        for (index, frame) in
            frames().filter(|(_, frame)| !is_ended(frame)).chain(frames().filter(|(_, frame)| is_ended(frame)))
        {
            let Frame::Multi(multi) = frame else { continue };
            let is = |boundary: &Option<Vec<u8>>| {
                let boundary = boundary.as_deref().map(<[u8]>::trim_ascii_end)?;
                let behind = rest.strip_prefix(boundary)?;
                (behind.is_empty() || behind == b"--").then_some(behind == b"--")
            };
            if let Some(is_end) = is(&multi.boundary) {
                found = Some((index, is_end, true));
                break;
            }
            if let Some(is_end) = is(&multi.other) {
                found = Some((index, is_end, false));
                break;
            }
        }
        let Some((index, is_end, is_declared)) = found else { return false };
        let end = place.start.saturating_sub(self.line_end);
        self.close(index + 1, end);
        let Some(Frame::Multi(multi)) = self.open.last_mut() else { return true };
        if is_declared && multi.other.take().is_some() {
            // What was found by the other was text in front of the first part.
            multi.parts.clear();
            self.places.truncate(multi.first);
        }
        multi.perhaps = None;
        multi.is_ended |= is_end;
        self.state = if is_end { State::Between } else { State::Header(Vec::new()) };
        true
    }

    /// A header's boundary is sometimes not that of the body: a line that begins with two dashes and is followed by the
    /// header of a part is taken for one, until the right one comes.
    fn look_for_boundary(&mut self, line: &[u8]) {
        let Some(Frame::Multi(multi)) = self.open.last_mut() else { return };
        if multi.is_ended || !multi.parts.is_empty() || multi.other.is_some() {
            return;
        }
        let perhaps = multi.perhaps.take();
        let is_part = line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
        if is_part && matches!(header::classify(line), Line::Field(_)) && perhaps.is_some() {
            multi.other = perhaps;
            self.state = State::Header(line.to_vec());
            return;
        }
        let boundary = line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end);
        multi.perhaps = boundary
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY && !boundary.ends_with(b"--"))
            .map(<[u8]>::to_vec);
    }

    fn header_line(&mut self, line: &[u8], place: &Range<u64>) {
        let State::Header(fields) = &mut self.state else { return };
        match header::classify(line) {
            Line::Field(length) => {
                let is_ours = line.get(..8.min(length)).is_some_and(|name| name.eq_ignore_ascii_case(b"content-"));
                // What follows a field that is not ours is not ours: an empty field takes it.
                let kept: &[u8] = if is_ours { line } else { b"x:\n" };
                if is_ours || !fields.ends_with(b"x:\n") {
                    push(fields, kept);
                }
            }
            Line::Continuation if fields.ends_with(b"x:\n") => {}
            Line::Continuation => push(fields, line),
            Line::Body if !line.starts_with(b"--") => {
                self.is_odd = true;
                self.state = State::Doubt(std::mem::take(fields), vec![(line.to_vec(), place.clone())]);
            }
            kind => {
                let fields = std::mem::take(fields);
                let body = if kind == Line::Blank { place.end } else { place.start };
                self.begin(&fields, body);
                // The empty line is missing: this one belongs to the body, and may be a boundary.
                if kind == Line::Body {
                    self.is_odd = true;
                    self.line(line, place.clone());
                }
            }
        }
    }

    /// A line behind one that is none of a header: the header continues, or the empty line is missing before that one.
    fn doubtful_line(&mut self, line: &[u8], place: &Range<u64>) {
        let State::Doubt(fields, held) = &mut self.state else { return };
        match header::shows_header(line).or((held.len() >= header::MAX_AHEAD).then_some(false)) {
            None => held.push((line.to_vec(), place.clone())),
            Some(true) => {
                // What follows the bad line is not of the field before it.
                push(fields, b"x:\n");
                self.state = State::Header(std::mem::take(fields));
                self.header_line(line, place);
            }
            Some(false) => {
                self.end_doubt();
                self.line(line, place.clone());
            }
        }
    }

    /// Begins the body at the line that is none of a header.
    fn end_doubt(&mut self) {
        let State::Doubt(fields, held) = std::mem::take(&mut self.state) else { return };
        let start = held.first().map(|(_, place)| place.start).unwrap_or_default();
        self.begin(&fields, start);
        held.into_iter().for_each(|(line, place)| self.line(&line, place));
    }

    /// Begins a body, as its header declares it.
    fn begin(&mut self, fields: &[u8], body: u64) {
        let in_digest =
            matches!(self.open.last(), Some(Frame::Multi(multi)) if multi.part.subtype.eq_ignore_ascii_case("digest"));
        let part = Box::new(self.part(fields, in_digest));
        let may_nest = self.open.len() < MAX_DEPTH;
        self.is_cut |= !may_nest && (part.media_type.eq_ignore_ascii_case("multipart") || is_message(&part));
        if may_nest && part.media_type.eq_ignore_ascii_case("multipart") {
            let boundary = part.parameters.value("boundary").map(|boundary| boundary.as_bytes().to_vec());
            // It may be in pieces, as any parameter may.
            let boundary = boundary
                .filter(|boundary| !boundary.is_empty())
                .or_else(|| parameters::value(&part.parameters, "boundary").map(String::into_bytes));
            let boundary = boundary.filter(|boundary| !boundary.trim_ascii_end().is_empty());
            let first = self.places.len();
            let (other, perhaps, parts) = (None, None, Vec::new());
            self.open.push(Frame::Multi(Multi {
                part,
                boundary,
                other,
                perhaps,
                parts,
                first,
                start: body,
                is_ended: false,
            }));
            self.state = State::Between;
        } else if may_nest && is_message(&part) && Encoding::for_label(part.encoding.as_bytes()) == Encoding::Identity {
            self.places.push(body..body);
            self.open.push(Frame::Message(part, self.places.len() - 1, body));
            self.state = State::Header(Vec::new());
        } else {
            self.places.push(body..body);
            self.state = State::Leaf(part, body);
        }
    }

    /// Reads the fields of a part's header. Of two of one name the first counts.
    fn part(&mut self, fields: &[u8], in_digest: bool) -> SinglePart {
        let mut part = SinglePart { encoding: "7BIT".into(), ..SinglePart::default() };
        let (mut has_type, mut has_encoding) = (false, false);
        for field in header::fields(fields, usize::MAX).0 {
            let plain = || Some(parameters::text(&header::unfold(field.value)));
            if field.is("Content-Type") && !has_type {
                has_type = true;
                let (main, list) = parameters::parse(field.value);
                let slash = main.iter().position(|byte| *byte == b'/');
                let (media_type, subtype) = main.split_at_checked(slash.unwrap_or(main.len())).unwrap_or_default();
                part.media_type = parameters::text(media_type.trim_ascii());
                part.subtype = parameters::text(subtype.strip_prefix(b"/").unwrap_or_default().trim_ascii());
                part.parameters = list;
            } else if field.is("Content-Transfer-Encoding") && !has_encoding {
                has_encoding = true;
                part.encoding = parameters::text(&header::unfold(field.value));
            } else if field.is("Content-Disposition") && part.extension.disposition.is_none() {
                let (kind, parameters) = parameters::parse(field.value);
                part.extension.disposition = Some(Disposition::new(parameters::text(&kind), parameters));
            } else if field.is("Content-ID") && part.id.is_none() {
                part.id = plain();
            } else if field.is("Content-Description") && part.description.is_none() {
                part.description = plain();
            }
        }
        self.kept += fields.len();
        if self.kept > MAX_KEPT {
            self.is_cut |= !part.parameters.is_empty();
            let needed = part
                .parameters
                .iter()
                .filter(|(name, _)| ["boundary", "charset"].iter().any(|needed| name.eq_ignore_ascii_case(needed)));
            part.parameters = needed.cloned().collect();
            part.extension.disposition = None;
            (part.id, part.description) = (None, None);
        }
        if part.media_type.is_empty() || part.subtype.is_empty() {
            // What cannot be read, and what is not said, is plain text; in a digest it is a message (RFC 2045, RFC 2046).
            let (media_type, subtype) = if in_digest && !has_type { ("message", "rfc822") } else { ("text", "plain") };
            (part.media_type, part.subtype) = (media_type.into(), subtype.into());
        }
        part
    }

    /// Ends what is open from this depth on.
    fn close(&mut self, depth: usize, end: u64) {
        if matches!(self.state, State::Doubt(..)) {
            self.end_doubt();
            return self.close(depth, end);
        }
        self.end = end;
        match std::mem::take(&mut self.state) {
            State::Leaf(part, start) => {
                self.end_leaf(*part, start..end.max(start), self.places.len().saturating_sub(1))
            }
            // A part that ends in its header, or has none.
            State::Header(fields) => {
                self.begin(&fields, end);
                return self.close(depth, end);
            }
            State::Between | State::Doubt(..) => {}
        }
        while self.open.len() > depth {
            match self.open.pop() {
                Some(Frame::Multi(multi)) if multi.parts.is_empty() => {
                    // No part was found: the text is all that there is.
                    self.is_odd = true;
                    let mut part = SinglePart::new("text".into(), "plain".into());
                    part.encoding = "8BIT".into();
                    self.places.truncate(multi.first);
                    self.places.push(multi.start..multi.start);
                    self.end_leaf(part, multi.start..end.max(multi.start), multi.first);
                }
                Some(Frame::Multi(multi)) => {
                    let part = *multi.part;
                    let (subtype, parameters) = (part.subtype, part.parameters);
                    let (description, extension) = (part.description, part.extension);
                    let mut whole = MultiPart::new(subtype, multi.parts);
                    (whole.parameters, whole.description, whole.extension) = (parameters, description, extension);
                    self.add(BodyStructure::Multi(whole));
                }
                Some(Frame::Message(..)) | None => {}
            }
        }
    }

    fn end_leaf(&mut self, mut part: SinglePart, place: Range<u64>, index: usize) {
        part.size = Some(place.end - place.start);
        if let Some(slot) = self.places.get_mut(index) {
            *slot = place;
        }
        self.add(BodyStructure::Single(part));
    }

    /// Adds a complete part to what is around it; a message around it is complete with it.
    fn add(&mut self, body: BodyStructure) {
        let mut body = body;
        loop {
            match self.open.last_mut() {
                None => return self.structure = Some(body),
                Some(Frame::Multi(multi)) => return multi.parts.push(body),
                Some(Frame::Message(..)) => {}
            }
            let Some(Frame::Message(mut part, index, start)) = self.open.pop() else { return };
            let place = start..self.end.max(start);
            part.size = Some(place.end - place.start);
            if let Some(slot) = self.places.get_mut(index) {
                *slot = place;
            }
            part.message = Some(Box::new(EmbeddedMessage { envelope: Envelope::default(), body }));
            body = BodyStructure::Single(*part);
        }
    }

    fn finish(mut self, end: u64) -> Scanned {
        self.close(0, end);
        let Self { structure, places, is_cut, is_odd, .. } = self;
        Scanned { structure: structure.unwrap_or_default(), places, is_cut, is_odd }
    }
}

fn push(fields: &mut Vec<u8>, line: &[u8]) {
    if fields.len() + line.len() <= MAX_FIELDS {
        fields.extend_from_slice(line);
    }
}

fn is_message(part: &SinglePart) -> bool {
    part.media_type.eq_ignore_ascii_case("message")
        && ["rfc822", "global", "news"].iter().any(|name| part.subtype.eq_ignore_ascii_case(name))
}
