//! Octets to whole responses.
//!
//! The framer finds where a response ends: at a line end, unless the line announces a literal, in which case so many
//! octets and another line belong to it. It looks at each octet a bounded number of times, resumes where it stopped,
//! and never reserves memory by an announced size.
//!
//! A literal beyond a threshold is not held: the caller decides, from the octets before it, whether it comes out in
//! pieces ([`Piece::Head`], [`Piece::Chunk`] …) or is collected like any other within the limits.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use memchr::memchr;

use super::memory::Memory;
use crate::parse::Frame;

/// How many literals of one response can be found not to stream before the others are taken for such, too.
const MAX_QUESTIONS: u8 = 16;

/// What the framer found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole response with its line end and its literals; behind a streamed literal, the rest of its response.
    Response(Bytes),
    /// The beginning of a response (or of the rest of one) up to the line end behind the announcement of a literal
    /// that follows as [`Chunk`](Self::Chunk)s; and the length of that literal.
    Head(Bytes, u64),
    /// Octets of the literal, never none. When all have come, the rest of the response follows.
    Chunk(Bytes),
}

/// How much of a response may be held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// The greatest response in octets, streamed literals not counted.
    pub response: usize,
    /// The longest line in octets: what of a response lies between literals; behind a literal that was streamed, with all
    /// that came of the response before it, streamed literals not counted.
    pub line: usize,
    /// The longest line that is a list of numbers: SEARCH, ESEARCH, SORT and VANISHED.
    pub numbers: usize,
    /// A literal longer than this many octets can be streamed.
    pub stream_threshold: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { response: 32 << 20, line: 4 << 20, numbers: 16 << 20, stream_threshold: 64 << 10 }
    }
}

/// The response cannot be framed: what follows on the connection cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// The response is, or announces to be, longer than the limit, in octets.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A literal was announced whose length is no 63-bit number.
    LiteralLength,
    /// A line that is no response which can hold a literal announces one: what follows may be its octets, in which anybody
    /// can have written responses.
    InDoubt,
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "the server's response is longer than the limit of {limit} octets"),
            Self::LiteralLength => f.write_str("the server announced a literal of an impossible length"),
            Self::InDoubt => f.write_str("the server announced a literal in a line that can hold none"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Splits what was received into responses.
///
/// Read octets into [`room`](Self::room) (or [`receive`](Self::receive) them), then call [`next`](Self::next) until it
/// gives nothing.
#[derive(Debug)]
pub struct Framer {
    memory: Memory,
    limits: FrameLimits,
    state: State,
    /// How far the response was looked at, from its beginning.
    scanned: usize,
    /// Where the current line of the response begins: behind its last literal.
    line: usize,
    /// How often it was asked in vain whether a literal of this response can be streamed.
    refused: u8,
    /// Whether the rest of a response comes next of which a literal was streamed.
    within_response: bool,
    /// Where the literal begins that is held at present.
    literal_start: usize,
    /// How long the literal is that streams at present.
    streamed: u64,
    /// How many octets of the response came before that literal, streamed ones not counted.
    before: usize,
    /// Whether the server ends its lines with CR LF: a line feed alone is then a part of what surrounds it.
    crlf: bool,
    /// Behind the last line feed of the present line that lies in a quoted string.
    quoted: Option<usize>,
}

/// As [`Piece`], with the place of a response in the block.
#[derive(Debug)]
pub(crate) enum Found {
    Response(Range<usize>),
    Head(Bytes, u64),
    Chunk(Bytes),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Looking for a line end.
    #[default]
    Line,
    /// A literal that is held ends at this place of the response.
    Literal(usize),
    /// So many octets of a streamed literal are still to come.
    Stream(u64),
}

impl Default for Framer {
    fn default() -> Self {
        Self::new(FrameLimits::default())
    }
}

impl Framer {
    /// A framer with an empty buffer.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self {
            memory: Memory::default(),
            limits,
            state: State::Line,
            scanned: 0,
            line: 0,
            refused: 0,
            within_response: false,
            literal_start: 0,
            streamed: 0,
            before: 0,
            crlf: false,
            quoted: None,
        }
    }

    /// Changes the limits from the next response on.
    pub fn set_limits(&mut self, limits: FrameLimits) {
        self.limits = limits;
    }

    /// Room for octets to be received: read into it, then tell how many came with [`received`](Self::received).
    ///
    /// There is more of it where the last one was filled. What it holds means nothing.
    pub fn room(&mut self) -> &mut [u8] {
        self.memory.room()
    }

    /// Tells how many octets were read into the [`room`](Self::room).
    pub fn received(&mut self, count: usize) {
        self.memory.received(count);
    }

    /// Appends received octets.
    pub fn receive(&mut self, octets: &[u8]) {
        self.memory.receive(octets);
    }

    /// How many octets were received and not given out.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.memory.unread()
    }

    /// Whether nothing has been received beyond the last response that was given out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unread() == 0 && self.state == State::Line && !self.within_response
    }

    /// The octets that were received and not given out, taken away: what follows them begins a new response.
    pub fn take_unread(&mut self) -> Bytes {
        let octets = self.memory.take();
        self.clear();
        octets
    }

    /// How many octets of the streamed literal are still to come, received or not.
    #[must_use]
    pub fn streaming(&self) -> Option<u64> {
        match self.state {
            State::Stream(left) => Some(left),
            _ => None,
        }
    }

    /// The literal that is not whole yet, if what comes next belongs to one: how many octets of it were received, and how
    /// many were announced.
    #[must_use]
    pub fn open_literal(&self) -> Option<(u64, u64)> {
        let unread = self.memory.unread() as u64;
        let (received, announced) = match self.state {
            State::Line => return None,
            State::Literal(end) => {
                let announced = end.saturating_sub(self.literal_start) as u64;
                (unread.saturating_sub(self.literal_start as u64), announced)
            }
            State::Stream(left) => (self.streamed.saturating_sub(left) + unread, self.streamed),
        };
        (received < announced).then_some((received, announced))
    }

    /// Drops everything that was received and not given out, as after STARTTLS.
    pub fn clear(&mut self) {
        *self = Self { crlf: self.crlf, ..Self::new(self.limits) };
    }

    /// A response that [`find`](Self::find) found.
    #[inline]
    pub(crate) fn frame(&self, place: &Range<usize>) -> Frame<'_> {
        self.memory.frame(place)
    }

    /// The same for a value that may be kept: its texts do not hold much more than the response.
    pub(crate) fn frame_to_keep<'a>(&'a self, place: &Range<usize>, shared: &'a OnceCell<Arc<Bytes>>) -> Frame<'a> {
        self.memory.frame_to_keep(place, shared)
    }

    /// The octets of a response, to be kept: they do not hold much more than themselves.
    pub(crate) fn octets_to_keep(&self, place: Range<usize>) -> Bytes {
        self.memory.octets_to_keep(place)
    }

    /// The octets of a response, shared with the block.
    pub(crate) fn octets(&self, place: Range<usize>) -> Bytes {
        self.memory.octets(place)
    }

    /// The next piece, or nothing until more is received.
    ///
    /// `may_stream` is asked once for each literal beyond the threshold, with the octets of the response before it, or
    /// with those behind the last literal that was streamed.
    ///
    /// # Errors
    /// If the response exceeds a limit or announces an impossible literal. The connection cannot be used any more.
    pub fn next(&mut self, may_stream: impl Fn(&Bytes) -> bool) -> Result<Option<Piece>, FrameError> {
        Ok(self.find(may_stream)?.map(|found| match found {
            Found::Response(place) => Piece::Response(self.octets(place)),
            Found::Head(head, length) => Piece::Head(head, length),
            Found::Chunk(chunk) => Piece::Chunk(chunk),
        }))
    }

    /// As [`next`](Self::next), but a response is only pointed at: most are read without being shared.
    pub(crate) fn find(&mut self, may_stream: impl Fn(&Bytes) -> bool) -> Result<Option<Found>, FrameError> {
        loop {
            match self.state {
                State::Stream(0) => {
                    self.state = State::Line;
                    self.within_response = true;
                }
                State::Stream(left) => {
                    let here = self.memory.ahead().len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    if here == 0 {
                        self.memory.end_block();
                        return Ok(None);
                    }
                    self.state = State::Stream(left - here as u64);
                    let place = self.memory.give(here);
                    return Ok(Some(Found::Chunk(self.octets(place))));
                }
                State::Literal(end) if self.memory.ahead().len() < end => {
                    if !self.memory.end_block() {
                        return Ok(None);
                    }
                }
                State::Literal(end) => {
                    self.scanned = end;
                    self.line = end;
                    self.state = State::Line;
                }
                State::Line => {
                    let ahead = self.memory.ahead();
                    let Some(at) = memchr(b'\n', ahead.get(self.scanned..).unwrap_or_default()) else {
                        self.scanned = ahead.len();
                        self.fits(self.scanned)?;
                        if self.memory.end_block() {
                            continue;
                        }
                        return Ok(None);
                    };
                    let end = self.scanned + at + 1;
                    self.fits(end)?;
                    if self.crlf && self.goes_on_behind_line_feed(end) {
                        self.scanned = end;
                        continue;
                    }
                    if end - self.line <= 2 && self.is_line_end_within_row() {
                        match self.memory.ahead().get(end) {
                            Some(b')' | b' ') => {
                                self.scanned = end;
                                continue;
                            }
                            Some(_) => {}
                            // What comes next tells whether the row ends here.
                            None => {
                                self.scanned = end - 1;
                                if self.memory.end_block() {
                                    continue;
                                }
                                return Ok(None);
                            }
                        }
                    }
                    let Some(length) = self.announced(end)? else {
                        if self.is_in_doubt(end) {
                            return Err(FrameError::InDoubt);
                        }
                        self.scanned = 0;
                        self.line = 0;
                        self.refused = 0;
                        self.within_response = false;
                        self.before = 0;
                        self.quoted = None;
                        self.crlf |= self.memory.ahead().get(..end).is_some_and(|response| response.ends_with(b"\r\n"));
                        return Ok(Some(Found::Response(self.memory.give(end))));
                    };
                    if let Some(head) = self.head_to_stream(end, length, &may_stream) {
                        return Ok(Some(head));
                    }
                    let last = usize::try_from(length).ok().and_then(|length| end.checked_add(length));
                    match last {
                        Some(last) if last.saturating_add(self.before) <= self.limits.response => {
                            self.literal_start = end;
                            self.state = State::Literal(last);
                        }
                        _ => return Err(self.too_long()),
                    }
                }
            }
        }
    }

    /// What of the block was not given out yet, if a response begins there; it may hold many, and end within one.
    #[inline]
    pub(crate) fn unframed(&self) -> Option<Frame<'_>> {
        let begins = self.state == State::Line && self.scanned == 0 && self.line == 0 && !self.within_response;
        if begins { self.memory.ahead_in_block() } else { None }
    }

    /// Gives out a response of one line at the beginning of what is [`unframed`](Self::unframed), if it is not too long.
    #[inline]
    pub(crate) fn give_line(&mut self, length: usize) -> bool {
        let fits = length <= self.limits.line.min(self.limits.response);
        if fits {
            self.memory.give(length);
        }
        fits
    }

    fn head_to_stream(&mut self, end: usize, length: u64, may_stream: impl Fn(&Bytes) -> bool) -> Option<Found> {
        // Each question costs a look at the response so far: many would cost quadratic time.
        if length <= self.limits.stream_threshold as u64 || self.refused >= MAX_QUESTIONS {
            return None;
        }
        let head = Bytes::copy_from_slice(self.memory.ahead().get(..end)?);
        if !may_stream(&head) {
            self.refused += 1;
            return None;
        }
        self.memory.give(end);
        self.state = State::Stream(length);
        self.streamed = length;
        self.before += end;
        self.scanned = 0;
        self.line = 0;
        self.quoted = None;
        Some(Found::Head(head, length))
    }

    /// The length of the literal that the line ending at `end` announces, if it does.
    fn announced(&self, end: usize) -> Result<Option<u64>, FrameError> {
        let line = self.memory.ahead().get(self.line..end).unwrap_or_default();
        // Nearly every line of data ends so.
        if line.ends_with(b")\r\n") {
            return Ok(None);
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.trim_ascii_end();
        if line.last() != Some(&b'}') {
            return Ok(None);
        }
        let Some(open) = memchr::memrchr(b'{', line) else { return Ok(None) };
        let (before, announcement) = line.split_at_checked(open).unwrap_or_default();
        let digits = announcement.get(1..announcement.len() - 1).unwrap_or_default();
        let digits = digits.strip_suffix(b"+").unwrap_or(digits);
        if !self.can_hold_literal(before) {
            return Ok(None);
        }
        // A size of -1 is sent for an empty text by some servers.
        if let Some(digits) = digits.strip_prefix(b"-")
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
        {
            return Ok(Some(0));
        }
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Ok(None);
        }
        let value = digits.iter().try_fold(0u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|value| *value <= i64::MAX as u64)
        });
        value.map(Some).ok_or(FrameError::LiteralLength)
    }

    /// Whether the response that ends here, and is no data, announces a literal all the same: a row whose beginning is
    /// not as it should be. What the rows themselves hold is looked at where they are read.
    fn is_in_doubt(&self, end: usize) -> bool {
        let response = self.memory.ahead().get(..end).unwrap_or_default();
        // Nearly every response: data whose name cannot be that of a status.
        if let [b'*', b' ', first, ..] = response
            && first.is_ascii_alphanumeric()
            && !matches!(first.to_ascii_uppercase(), b'O' | b'N' | b'B' | b'P')
        {
            return false;
        }
        let line = response.get(self.line..).unwrap_or_default();
        let near = line.len().saturating_sub(NEAR);
        let Some(open) = announcement(line.get(near..).unwrap_or_default()) else { return false };
        let before = line.get(..near + open).unwrap_or_default();
        !self.is_data() && (!is_for_people(response) || is_within_row(before))
    }

    /// Whether an empty line may be one that a server leaves between a literal and the rest of a FETCH row.
    fn is_line_end_within_row(&self) -> bool {
        match self.memory.ahead() {
            _ if self.line == 0 => self.within_response,
            [b'*', b' ', digit, ..] => digit.is_ascii_digit(),
            _ => false,
        }
    }

    /// Whether the line feed that ends here is no line end on a connection whose lines end with CR LF: it stands within a
    /// row behind a quote, or within a quoted string of other data. Some servers quote texts that hold one.
    fn goes_on_behind_line_feed(&mut self, end: usize) -> bool {
        let response = self.memory.ahead();
        let line = response.get(self.line..end).unwrap_or_default();
        if line.ends_with(b"\r\n") || line == b"\n" {
            return false;
        }
        let (from, quoted) = match self.quoted {
            Some(from) if from > self.line => (from, true),
            _ => (self.line, false),
        };
        let since = response.get(from..end).unwrap_or_default();
        let inside = match self.is_row() {
            // Quotes of which some are not escaped do not tell where a text ends.
            true => quoted || memchr(b'"', since).is_some(),
            false => self.is_data() && ends_quoted(since, quoted),
        };
        if inside {
            self.quoted = Some(end);
        }
        inside
    }

    /// Whether the response is a row of FETCH.
    fn is_row(&self) -> bool {
        self.within_response || is_row(self.memory.ahead())
    }

    /// Whether the response is data, which can hold literals: the text of a status response is for people.
    fn is_data(&self) -> bool {
        self.line > 0 || self.within_response || is_data(self.memory.ahead())
    }

    /// Whether a literal can follow these octets of the current line: where a value begins, and not in the text of a
    /// status response.
    ///
    /// Quotes say nothing: a quoted string cannot hold a line end, so one that looks open here is one of which a quote or
    /// a backslash was not escaped. What would be taken for the rest of it are the octets of the literal, in which
    /// anybody may have written responses.
    fn can_hold_literal(&self, before: &[u8]) -> bool {
        let before = before.strip_suffix(b"~").unwrap_or(before);
        let value_begins = match before.last() {
            Some(b' ' | b'(' | b')' | b'"') | None => true,
            // Some servers leave no space between a name and its literal.
            Some(_) => self.is_row() && ends_with_name_of_text(before),
        };
        value_begins && self.is_data()
    }

    /// Refuses a response whose present line reaches so far, if that is too much.
    fn fits(&self, end: usize) -> Result<(), FrameError> {
        if self.before + end > self.limits.response {
            return Err(self.too_long());
        }
        // What of a row lies between texts that stream counts as one line: all of it is kept.
        let length = self.before + end.saturating_sub(self.line);
        if length <= self.limits.line {
            return Ok(());
        }
        let is_numbers = self.before == 0 && self.line == 0 && is_list_of_numbers(self.memory.ahead());
        let limit = if is_numbers { self.limits.numbers } else { self.limits.line };
        if length > limit { Err(FrameError::TooLong { limit }) } else { Ok(()) }
    }

    fn too_long(&self) -> FrameError {
        FrameError::TooLong { limit: self.limits.response }
    }
}

/// Whether a response that begins so is untagged data: only there are literals.
fn is_data(response: &[u8]) -> bool {
    let Some(rest) = untagged(response) else { return false };
    let word = rest.split(|octet| matches!(octet, b' ' | b'\r' | b'\n')).next().unwrap_or_default();
    // A code without its status, as some servers send it, is followed by text, too.
    !word.starts_with(b"[")
        && !["OK", "NO", "BAD", "BYE", "PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status.as_bytes()))
}

/// So near to its end a line may announce a literal, in octets.
pub(crate) const NEAR: usize = 64;

/// Where the last brace is that digits follow, as in the announcement of a literal.
pub(crate) fn announcement(octets: &[u8]) -> Option<usize> {
    let is_announcement = |open: &usize| {
        let behind = octets.get(open + 1..).unwrap_or_default().trim_ascii_start();
        behind.strip_prefix(b"-").unwrap_or(behind).first().is_some_and(u8::is_ascii_digit)
    };
    memchr::memrchr_iter(b'{', octets).find(is_announcement)
}

/// Whether a response that is no data is a status response, tagged or not, or a continuation: its text may end in anything.
fn is_for_people(response: &[u8]) -> bool {
    const KINDS: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    if untagged(response).is_some() || matches!(response, [b'+' | b'[', ..]) {
        return true;
    }
    let mut words = response.split(|octet| matches!(octet, b' ' | b'\r' | b'\n'));
    // A tag, or none where the server forgot it.
    words.next().is_some_and(|word| KINDS.contains(&word))
        || words.next().is_some_and(|word| KINDS.iter().any(|kind| word.eq_ignore_ascii_case(kind)))
        || response.starts_with(b"Server Unavailable.")
}

/// Whether a text for people that goes so far is a row after all: the items of a message stand in a list. Whether the list
/// is closed, a quoted parenthesis may hide.
fn is_within_row(before: &[u8]) -> bool {
    const ITEMS: [&[u8]; 6] = [b"BODY[", b"BINARY[", b"RFC822", b"ENVELOPE (", b"BODYSTRUCTURE (", b"FETCH ("];
    let list = memchr(b'(', before).unwrap_or(before.len());
    let list = before.get(list.saturating_sub(b"BODYSTRUCTURE ".len())..).unwrap_or_default();
    let list = list.get(..1 << 10).unwrap_or(list);
    memchr(b'(', list).is_some()
        && ITEMS.iter().any(|item| list.windows(item.len()).any(|octets| octets.eq_ignore_ascii_case(item)))
}

/// Whether a response that begins so is a row of FETCH.
fn is_row(response: &[u8]) -> bool {
    let Some(rest) = untagged(response) else { return false };
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let word = rest.get(digits..).unwrap_or_default().trim_ascii_start();
    let word = word.split(|octet| !octet.is_ascii_alphabetic()).next().unwrap_or_default();
    digits > 0 && ["FETCH", "UIDFETCH", "STORE"].iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// What stands behind the asterisk.
fn untagged(response: &[u8]) -> Option<&[u8]> {
    let begin = response.iter().position(|octet| *octet != 0).unwrap_or_default();
    Some(response.get(begin..)?.strip_prefix(b"* ")?.trim_ascii_start())
}

/// Whether the octets end with the name of an item whose value is a text of the message.
fn ends_with_name_of_text(octets: &[u8]) -> bool {
    let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'.';
    let begin = octets.iter().rposition(|octet| !is_name(octet)).map_or(0, |before| before + 1);
    let name = octets.get(begin..).unwrap_or_default();
    matches!(octets.last(), Some(b']' | b'>'))
        || ["RFC822", "RFC822.HEADER", "RFC822.TEXT"].iter().any(|text| name.eq_ignore_ascii_case(text.as_bytes()))
}

/// Whether a response that begins so is a list of numbers, of which there may be many.
fn is_list_of_numbers(response: &[u8]) -> bool {
    let word = response.strip_prefix(b"* ").and_then(|rest| rest.split(|octet| *octet == b' ').next());
    let names = ["SEARCH", "ESEARCH", "SORT", "VANISHED"];
    word.is_some_and(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes())))
}

/// Whether the end of the octets lies in a quoted string, if their beginning lies in one or not.
fn ends_quoted(octets: &[u8], mut inside: bool) -> bool {
    let mut rest = octets;
    loop {
        let found = if inside { memchr::memchr2(b'"', b'\\', rest) } else { memchr(b'"', rest) };
        let Some(at) = found else { return inside };
        let escape = rest.get(at) == Some(&b'\\');
        inside ^= !escape;
        rest = rest.get(at + 1 + usize::from(escape)..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pieces of the input, given in parts of `step` octets.
    fn frame(input: &[u8], step: usize, threshold: usize) -> Result<Vec<Piece>, FrameError> {
        let limits = FrameLimits { response: 1000, line: 1000, numbers: 1000, stream_threshold: threshold };
        let mut framer = Framer::new(limits);
        let mut pieces: Vec<Piece> = Vec::new();
        for part in input.chunks(step) {
            framer.receive(part);
            while let Some(piece) = framer.next(|head| head.windows(5).any(|word| word == b"BODY["))? {
                match (piece, pieces.last_mut()) {
                    (Piece::Chunk(more), Some(Piece::Chunk(before))) => {
                        *before = [&before[..], &more[..]].concat().into()
                    }
                    (piece, _) => pieces.push(piece),
                }
            }
        }
        assert!(framer.is_empty(), "left over: {:?}", framer.take_unread());
        Ok(pieces)
    }

    fn response(octets: &'static [u8]) -> Piece {
        Piece::Response(Bytes::from_static(octets))
    }

    #[test]
    fn responses_end_where_they_end_at_every_split() {
        let cases: &[&[&'static [u8]]] = &[
            &[b"* OK\r\n", b"+\r\n", b"a1 OK done\r\n"],
            &[b"* LIST () NIL {3}\r\na\r\n\r\n", b"* 1 EXISTS\r\n"],
            &[b"* LIST () NIL \"x {3}\"\r\n", b"* LIST () NIL \"x \\\" {3}\r\nabc\r\n", b"* 1 EXISTS\r\n"],
            &[b"* OK text ends in {5}\r\n", b"a1 NO too {5}\r\n", b"+ {5}\r\n", b"* bye {5}\r\n"],
            &[b"* [ALERT] text ends in {5}\r\n", b"* NO \"quoted\" {5}\r\n", b"* 1 EXISTS\r\n"],
            &[b"* LIST () NIL foo{5}\r\n", b"* 2 EXISTS\n"],
            &[b"* 1 FETCH (BODY[] ~{4}\r\n\0\r\n\n UID 2)\r\n"],
            &[b"* 1 FETCH (BODY[] {012}\r\n123456789012)\r\n"],
            &[b"* 1 FETCH (BODY[] {3+}\r\nabc X {0}\r\n Y {2} \r\nab)\r\n"],
            &[b"* 1 FETCH (BODY[] {-1}\r\n UID 3)\r\n"],
            &[b"* 1 FETCH (BODY[HEADER.FIELDS ({4}\r\nDate)] {2}\r\nxy)\r\n"],
            &[b"* 1 FETCH (ENVELOPE (\"a\" \"b\\\\\" {1}\r\nx \"{5}\" {2}\r\nyz))\r\n"],
        ];
        for case in cases {
            let input = case.concat();
            let expected: Vec<Piece> = case.iter().map(|octets| response(octets)).collect();
            for step in 1..=input.len() {
                assert_eq!(frame(&input, step, 100).unwrap(), expected, "{} by {step}", input.escape_ascii());
            }
        }
    }

    #[test]
    fn a_large_literal_is_streamed_if_it_may() {
        let input = b"* 1 FETCH (UID 2 BODY[] {9}\r\n12345678\n BODY[1] {9}\r\n123456789 FLAGS ())\r\n* LIST () NIL {9}\r\n123456789\r\n";
        let expected = [
            Piece::Head(Bytes::from_static(b"* 1 FETCH (UID 2 BODY[] {9}\r\n"), 9),
            Piece::Chunk(Bytes::from_static(b"12345678\n")),
            Piece::Head(Bytes::from_static(b" BODY[1] {9}\r\n"), 9),
            Piece::Chunk(Bytes::from_static(b"123456789")),
            response(b" FLAGS ())\r\n"),
            response(b"* LIST () NIL {9}\r\n123456789\r\n"),
        ];
        for step in 1..=input.len() {
            assert_eq!(frame(input, step, 8).unwrap(), expected, "by {step}");
        }
    }

    #[test]
    fn limits_hold_before_the_octets_come() {
        let too_long = Err(FrameError::TooLong { limit: 1000 });
        assert_eq!(frame(b"* LIST () NIL {500000000}\r\n", 7, 100), too_long);
        assert_eq!(frame(&[b'x'; 1001], 100, 100), too_long);
        assert_eq!(frame(b"* X {9223372036854775808}\r\n", 7, 100), Err(FrameError::LiteralLength));
        assert_eq!(frame(b"* X {99999999999999999999999999999999}\r\n", 7, 100), Err(FrameError::LiteralLength));
    }

    #[test]
    fn lists_of_numbers_may_be_longer_than_other_lines() {
        let limits = FrameLimits { response: 1000, line: 100, numbers: 500, stream_threshold: 100 };
        for (begin, length, fits) in
            [("* LIST ", 90, true), ("* LIST ", 200, false), ("* search ", 200, true), ("* SEARCH ", 600, false)]
        {
            let mut framer = Framer::new(limits);
            framer.receive(format!("{begin}{}\r\n", "1".repeat(length)).as_bytes());
            assert_eq!(framer.next(|_| false).is_ok(), fits, "{begin}{length}");
        }
    }

    #[test]
    fn an_announcement_reserves_nothing() {
        let mut framer = Framer::new(FrameLimits {
            response: usize::MAX,
            line: usize::MAX,
            numbers: usize::MAX,
            stream_threshold: 10,
        });
        framer.receive(b"* LIST () NIL {5000000000}\r\n");
        assert_eq!(framer.next(|_| false), Ok(None));
        assert!(framer.room().len() <= 8 << 10);
    }
}
