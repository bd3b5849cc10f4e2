//! Bytes to whole responses.
//!
//! The framer finds where a response ends: at a line end, unless the line announces a literal, in which case so many
//! bytes and another line belong to it. It looks at each byte a bounded number of times, resumes where it stopped,
//! and never reserves memory by an announced size.
//!
//! A literal beyond a threshold is announced to the caller ([`Piece::Head`]), who decides from the bytes before it whether
//! it comes out in pieces ([`Framer::stream`]) or is collected like any other within the limits.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use memchr::memchr;

use super::literal::{self, Announced, is_in_doubt};
use super::receive_buffer::ReceiveBuffer;
use super::response_slice::{ResponseKind, is_data, is_list_of_numbers, is_row};
use super::{FrameError, FrameLimits, Piece, ResponseSlice};

/// How many literals of one response are announced and not streamed before the others are held without being announced.
const MAX_ANNOUNCED: u8 = 16;

/// Splits what was received into responses.
///
/// Read bytes into [`room`](Self::room) (or [`receive`](Self::receive) them), then call [`next`](Self::next) until it
/// returns nothing.
#[derive(Debug)]
pub struct Framer {
    memory: ReceiveBuffer,
    limits: FrameLimits,
    state: State,
    /// How far the response was looked at, from its beginning.
    scanned: usize,
    /// Where the current line of the response begins: behind its last literal.
    line: usize,
    /// How many literals of this response were announced and are held.
    refused: u8,
    /// Whether the rest of a response comes next of which a literal was streamed.
    within_response: bool,
    /// Where the literal begins that is held at present.
    literal_start: usize,
    /// How long the literal is that streams at present.
    streamed: u64,
    /// How many bytes of the response came before that literal, streamed ones not counted.
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
    /// A literal of this length was announced to the caller, at whose place of the response it begins.
    Announced { start: usize, length: u64 },
    /// A literal that is held ends at this place of the response.
    Literal(usize),
    /// So many bytes of a streamed literal are still to come.
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
            memory: ReceiveBuffer::default(),
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

    /// Room for bytes to be received: read into it, then tell how many came with [`received`](Self::received).
    ///
    /// There is more of it where the last one was filled. What it holds means nothing.
    pub fn room(&mut self) -> &mut [u8] {
        self.memory.room()
    }

    /// Sets how many bytes were read into the [`room`](Self::room).
    pub fn received(&mut self, count: usize) {
        self.memory.received(count);
    }

    /// Appends received bytes.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.memory.receive(bytes);
    }

    /// How many bytes were received and not given out.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.memory.unread()
    }

    /// Whether nothing has been received beyond the last response that was given out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unread() == 0 && self.state == State::Line && !self.within_response
    }

    /// The bytes that were received and not given out, taken away: what follows them begins a new response.
    pub fn take_unread(&mut self) -> Bytes {
        let bytes = self.memory.take();
        self.clear();
        bytes
    }

    /// How many bytes of the streamed literal are still to come, received or not.
    #[must_use]
    pub fn streaming(&self) -> Option<u64> {
        match self.state {
            State::Stream(left) => Some(left),
            _ => None,
        }
    }

    /// The literal that is not whole yet, if what comes next belongs to one: how many bytes of it were received, and how
    /// many were announced.
    #[must_use]
    pub fn open_literal(&self) -> Option<(u64, u64)> {
        let unread = self.memory.unread() as u64;
        let (received, announced) = match self.state {
            State::Line => return None,
            State::Announced { start, length } => (unread.saturating_sub(start as u64), length),
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
    pub(crate) fn frame(&self, place: &Range<usize>) -> ResponseSlice<'_> {
        self.memory.frame(place)
    }

    /// The same for a value that may be kept: its texts do not hold much more than the response.
    pub(crate) fn frame_to_keep<'a>(
        &'a self,
        place: &Range<usize>,
        shared: &'a OnceCell<Arc<Bytes>>,
    ) -> ResponseSlice<'a> {
        self.memory.frame_to_keep(place, shared)
    }

    /// The bytes of a response, to be kept: they do not hold much more than themselves.
    pub(crate) fn bytes_to_keep(&self, place: Range<usize>) -> Bytes {
        self.memory.bytes_to_keep(place)
    }

    /// The bytes of a response, shared with the block.
    pub(crate) fn bytes(&self, place: Range<usize>) -> Bytes {
        self.memory.bytes(place)
    }

    /// The next piece, or nothing until more is received.
    ///
    /// # Errors
    /// If the response exceeds a limit or announces an impossible literal. The connection cannot be used any more.
    #[allow(clippy::should_implement_trait)] // An iterator would be at its end where more is to be received.
    pub fn next(&mut self) -> Result<Option<Piece>, FrameError> {
        Ok(self.find()?.map(|found| match found {
            Found::Response(place) => Piece::Response(self.bytes(place)),
            Found::Head(head, length) => Piece::Head(head, length),
            Found::Chunk(chunk) => Piece::Chunk(chunk),
        }))
    }

    /// Lets the literal through that the last piece, a [`Piece::Head`], announced: it comes as [`Piece::Chunk`]s.
    pub fn stream(&mut self) {
        if let State::Announced { start, length } = self.state {
            self.memory.give(start);
            self.state = State::Stream(length);
            self.streamed = length;
            self.before += start;
            self.scanned = 0;
            self.line = 0;
            self.quoted = None;
        }
    }

    /// As [`next`](Self::next), but a response is only pointed at: most are read without being shared.
    pub(crate) fn find(&mut self) -> Result<Option<Found>, FrameError> {
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
                    return Ok(Some(Found::Chunk(self.bytes(place))));
                }
                State::Announced { start, length } => {
                    self.refused = self.refused.saturating_add(1);
                    self.hold(start, length)?;
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
                    // Each announcement costs the caller a look at the response so far: many would cost quadratic time.
                    if length > self.limits.stream_threshold as u64 && self.refused < MAX_ANNOUNCED {
                        self.state = State::Announced { start: end, length };
                        let head = self.memory.ahead().get(..end).unwrap_or_default();
                        return Ok(Some(Found::Head(Bytes::copy_from_slice(head), length)));
                    }
                    self.hold(end, length)?;
                }
            }
        }
    }

    /// Collects a literal with the response in which it begins at `start`.
    fn hold(&mut self, start: usize, length: u64) -> Result<(), FrameError> {
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        match end {
            Some(end) if end.saturating_add(self.before) <= self.limits.response => {
                self.literal_start = start;
                self.state = State::Literal(end);
                Ok(())
            }
            _ => Err(self.too_long()),
        }
    }

    /// What of the block was not given out yet, if a response begins there; it may hold many, and end within one.
    #[inline]
    pub(crate) fn unframed(&self) -> Option<ResponseSlice<'_>> {
        let begins = self.state == State::Line && self.scanned == 0 && self.line == 0 && !self.within_response;
        if begins { self.memory.ahead_in_block() } else { None }
    }

    /// Returns a response of one line at the beginning of what is [`unframed`](Self::unframed), if it is not too long.
    #[inline]
    pub(crate) fn give_line(&mut self, length: usize) -> bool {
        let fits = length <= self.limits.line.min(self.limits.response);
        if fits {
            self.memory.give(length);
        }
        fits
    }

    /// The length of the literal that the line ending at `end` announces, if it does.
    fn announced(&self, end: usize) -> Result<Option<u64>, FrameError> {
        let line = self.memory.ahead().get(self.line..end).unwrap_or_default();
        let Some(announced) = Announced::at_end_of(line) else { return Ok(None) };
        let kind = if self.within_response { ResponseKind::Row } else { ResponseKind::of(self.memory.ahead()) };
        if !literal::can_follow(kind, announced.before, self.line == 0) {
            return Ok(None);
        }
        match announced.length() {
            Some(length) => length.map(Some).ok_or(FrameError::LiteralLength),
            None => Ok(None),
        }
    }

    /// Whether the response that ends here, and is not data, announces a literal all the same: a row whose beginning is
    /// not as it should be. What the rows themselves hold is looked at where they are read.
    fn is_in_doubt(&self, end: usize) -> bool {
        let response = self.memory.ahead().get(..end).unwrap_or_default();
        let line = response.get(self.line..).unwrap_or_default();
        is_in_doubt(response, line) && !self.is_data()
    }

    /// Whether an empty line may be one that a server leaves between a literal and the rest of a FETCH row.
    fn is_line_end_within_row(&self) -> bool {
        match self.memory.ahead() {
            _ if self.line == 0 => self.within_response,
            [b'*', b' ', digit, ..] => digit.is_ascii_digit(),
            _ => false,
        }
    }

    /// Whether the line feed that ends here is not a line end on a connection whose lines end with CR LF: it stands within a
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

/// Whether the end of the bytes lies in a quoted string, if their beginning lies in one or not.
fn ends_quoted(bytes: &[u8], mut inside: bool) -> bool {
    let mut rest = bytes;
    loop {
        let found = if inside { memchr::memchr2(b'"', b'\\', rest) } else { memchr(b'"', rest) };
        let Some(at) = found else { return inside };
        let escape = rest.get(at) == Some(&b'\\');
        inside ^= !escape;
        rest = rest.get(at + 1 + usize::from(escape)..).unwrap_or_default();
    }
}
