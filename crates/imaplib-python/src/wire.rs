//! What was received, and the loop that sorts its responses into the dictionaries.

mod answer;
mod line;
mod recent;
mod rule;

use imaplib_proto::wire::{FrameError, FrameLimits, LineEnd, LineReader, Literals};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use answer::Answer;
use line::{Response, response_code};
use recent::RecentLines;
pub(crate) use rule::{LiteralRule, paren_depth};

/// A literal of which more than so many bytes are missing is received by the caller.
const RECEIVED_ELSEWHERE: u64 = 64 << 10;

/// The longest list of numbers, unless the caller allows longer lines.
const MAX_NUMBERS: usize = 16 << 20;

/// The limit of stock on a line: who sets a smaller one means it for lists of numbers, too.
const STOCK_LIMIT: usize = 1_000_000;

/// Why [`Wire::sort`] returned.
#[pyclass(eq, eq_int, frozen, module = "imaplib_rs._native")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::upper_case_acronyms, non_camel_case_types)] // The names of Python constants.
pub(crate) enum Stop {
    /// More bytes are needed.
    MORE,
    /// A tagged response came.
    TAGGED,
    /// A continuation request came: `Wire.continuation` is its text.
    CONTINUATION,
    /// The server said BYE.
    BYE,
    /// The next `Wire.missing` bytes are those of a large literal, to be received by the caller.
    LITERAL,
    /// A line is longer than the limit.
    TOO_LONG,
    /// `Wire.line` ended with a line feed alone.
    UNTERMINATED,
    /// `Wire.line` is not a response.
    UNEXPECTED,
    /// `Wire.line` is the completion of a command that was not sent.
    UNEXPECTED_TAG,
    /// `Wire.line` announces an impossible literal, or one where there can be none.
    BAD_LITERAL,
    /// The server sends more than any command needs.
    TOO_MUCH,
}

/// A response whose literal was announced.
struct Open {
    /// Where the parts of responses of its kind are collected.
    parts: Py<PyList>,
    rule: Literals,
    /// The line before the literal, as it is given to the user.
    head: Vec<u8>,
    length: u64,
    /// How many lists are open.
    depth: i64,
    /// Whether the literal is there, and the rest of its line comes next.
    is_read: bool,
}

/// What was received from a connection.
#[pyclass(module = "imaplib_rs._native")]
#[derive(Default)]
pub(crate) struct Wire {
    reader: LineReader,
    open: Option<Open>,
    recent: RecentLines,
    answer: Answer,
    line: Vec<u8>,
    continuation: Option<Vec<u8>>,
    scratch: Vec<u8>,
}

/// The list that responses of one kind were last added to.
struct Last<'py> {
    name: Vec<u8>,
    parts: Bound<'py, PyList>,
}

#[pymethods]
impl Wire {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Appends received bytes.
    fn receive(&mut self, data: &[u8]) {
        self.reader.receive(data);
    }

    /// How many bytes were received and not read.
    #[getter]
    fn unread(&self) -> usize {
        self.reader.unread().len()
    }

    /// Whether the end of a line was received.
    #[getter]
    fn has_line(&self) -> bool {
        self.reader.unread().contains(&b'\n')
    }

    /// Notes how many messages a mailbox has, where `sort` did not see it.
    fn note_exists(&mut self, count: u32) {
        self.answer.note_exists(count.into());
    }

    /// Drops what was received.
    fn clear(&mut self) {
        self.reader.clear();
        self.open = None;
    }

    /// At most `size` bytes of what was received.
    fn take<'py>(&mut self, py: Python<'py>, size: usize) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.reader.at_most(size))
    }

    /// The next line with its end, or its first `limit` bytes; nothing if it is not there yet.
    fn take_line<'py>(&mut self, py: Python<'py>, limit: usize) -> Option<Bound<'py, PyBytes>> {
        let unread = self.reader.unread();
        let window = unread.get(..limit).unwrap_or(unread);
        let end = window.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let length = end.or((window.len() == limit).then_some(limit))?;
        Some(PyBytes::new(py, self.reader.at_most(length)))
    }

    /// The line that the last call of `sort` refused.
    #[getter]
    fn line(&self) -> &[u8] {
        &self.line
    }

    /// The text of the last continuation request.
    #[getter]
    fn continuation(&self) -> Option<&[u8]> {
        self.continuation.as_deref()
    }

    /// The last lines, oldest first, which are forgotten then.
    fn recent_lines<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.recent.drain().iter().map(|line| PyBytes::new(py, line)))
    }

    /// How many bytes of the present literal are to be received.
    #[getter]
    fn missing(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.length.saturating_sub(self.reader.unread().len() as u64))
    }

    /// What was received of a literal that the caller receives, taken away; then the caller receives the missing bytes.
    fn take_literal<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let length = self.open.as_ref().map_or(0, |open| open.length);
        PyBytes::new(py, self.reader.at_most(usize::try_from(length).unwrap_or(usize::MAX)))
    }

    /// Adds a literal that the caller received.
    fn literal(&mut self, data: &Bound<'_, PyBytes>) -> PyResult<()> {
        self.open.as_mut().map_or(Ok(()), |open| open.add_literal(data))
    }

    /// Sorts responses into the two dictionaries until something is to be done, and returns what: the number of a `Stop`, which
    /// is compared faster than an object.
    #[pyo3(signature = (data, tagged, untagged, prefix, limit, is_logged_in, /))]
    fn sort<'py>(
        &mut self,
        data: Option<&[u8]>,
        tagged: &Bound<'py, PyDict>,
        untagged: &Bound<'py, PyDict>,
        prefix: &[u8],
        limit: usize,
        is_logged_in: bool,
    ) -> PyResult<u8> {
        let numbers = if limit < STOCK_LIMIT { limit } else { limit.max(MAX_NUMBERS) };
        let limits = FrameLimits::default().line(limit).numbers(numbers);
        self.reader.receive(data.unwrap_or_default());
        let mut last = None;
        loop {
            if let Some(stop) = self.step((tagged, untagged), (prefix, is_logged_in), &limits, &mut last)? {
                return Ok(stop as u8);
            }
        }
    }
}

impl Wire {
    /// Reads a literal or a line.
    fn step<'py>(
        &mut self,
        (tagged, untagged): (&Bound<'py, PyDict>, &Bound<'py, PyDict>),
        (prefix, is_logged_in): (&[u8], bool),
        limits: &FrameLimits,
        last: &mut Option<Last<'py>>,
    ) -> PyResult<Option<Stop>> {
        let py = untagged.py();
        if let Some(open) = self.open.as_mut().filter(|open| !open.is_read) {
            let length = usize::try_from(open.length).unwrap_or(usize::MAX);
            let Some(literal) = self.reader.exactly(length) else {
                let far = self.missing() > RECEIVED_ELSEWHERE;
                return Ok(Some(if far { Stop::LITERAL } else { Stop::MORE }));
            };
            open.add_literal(&PyBytes::new(py, literal))?;
        }
        let line = match self.reader.line(limits) {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(Some(Stop::MORE)),
            Err(_) => return Ok(Some(Stop::TOO_LONG)),
        };
        let refused = |kept: &mut Vec<u8>, stop| {
            line.text.clone_into(kept);
            Ok(Some(stop))
        };
        if line.end == LineEnd::Lf {
            let kept = refused(&mut self.line, Stop::UNTERMINATED);
            self.line.push(b'\n');
            return kept;
        }
        let text = line.text;
        self.recent.push(text);
        if let Some(mut open) = self.open.take() {
            // Some servers send an empty line between a literal and the rest of its list.
            if text.is_empty() && open.depth > 0 {
                self.open = Some(open);
                return Ok(None);
            }
            return match open.rule.announced(text) {
                Ok(Some(length)) => {
                    open.head.clear();
                    open.head.extend_from_slice(text);
                    open.depth = paren_depth(text, open.depth);
                    self.open = Some(Open { length, is_read: false, ..open });
                    Ok(None)
                }
                Ok(None) => open.parts.bind(py).append(PyBytes::new(py, text)).map(|()| None),
                Err(_) => refused(&mut self.line, Stop::BAD_LITERAL),
            };
        }
        // So do some between responses.
        if text.is_empty() {
            return Ok((!self.answer.accepts_empty_line()).then_some(Stop::TOO_MUCH));
        }
        match Response::of(text, prefix) {
            Response::Tagged { tag, kind, text: data } => {
                let tag = PyBytes::new(py, tag);
                if !tagged.contains(&tag)? {
                    return refused(&mut self.line, Stop::UNEXPECTED_TAG);
                }
                let result = PyList::new(py, [PyBytes::new(py, data)])?;
                self.answer.complete();
                tagged.set_item(tag, (name(py, kind), result))?;
                add_code(untagged, kind, data)?;
                Ok(Some(Stop::TAGGED))
            }
            Response::Untagged { number, kind, text: data } => {
                let mut rule = Literals::default();
                let length = match rule.announced(text) {
                    Ok(length) => length,
                    Err(FrameError::LiteralLength | FrameError::InDoubt) => {
                        return refused(&mut self.line, Stop::BAD_LITERAL);
                    }
                    Err(_) => return refused(&mut self.line, Stop::UNEXPECTED),
                };
                let bytes = (text.len() as u64).saturating_add(length.unwrap_or_default());
                if !self.answer.accepts(kind, number, bytes, is_logged_in) {
                    return Ok(Some(Stop::TOO_MUCH));
                }
                let data = match number {
                    None => data,
                    Some(number) if data.is_empty() => number,
                    Some(number) => {
                        self.scratch.clear();
                        self.scratch.extend_from_slice(number);
                        self.scratch.push(b' ');
                        self.scratch.extend_from_slice(data);
                        &self.scratch
                    }
                };
                let place = Last::find(untagged, kind, last)?;
                if let Some(length) = length {
                    self.open = Some(Open {
                        parts: place.parts.clone().unbind(),
                        rule,
                        head: data.to_vec(),
                        length,
                        depth: paren_depth(data, 0),
                        is_read: false,
                    });
                    return Ok(None);
                }
                place.parts.append(PyBytes::new(py, data))?;
                add_code(untagged, kind, data)?;
                Ok((kind == b"BYE").then_some(Stop::BYE))
            }
            Response::Continuation(data) => {
                self.continuation = data.map(<[u8]>::to_vec);
                Ok(Some(Stop::CONTINUATION))
            }
            Response::Other => refused(&mut self.line, Stop::UNEXPECTED),
        }
    }
}

impl Open {
    /// Adds the line before the literal and the literal as a tuple.
    fn add_literal(&mut self, literal: &Bound<'_, PyBytes>) -> PyResult<()> {
        let py = literal.py();
        self.is_read = true;
        let head = PyBytes::new(py, &self.head);
        self.parts.bind(py).append(PyTuple::new(py, [head.as_any(), literal.as_any()])?)
    }
}

impl<'py> Last<'py> {
    /// The list of a kind of responses, made if there is none.
    fn find<'a>(untagged: &Bound<'py, PyDict>, kind: &[u8], last: &'a mut Option<Self>) -> PyResult<&'a Self> {
        if last.as_ref().is_none_or(|last| last.name != kind) {
            let key = name(untagged.py(), kind);
            *last = None;
            let parts = match untagged.get_item(&key)? {
                Some(parts) => parts.cast_into::<PyList>()?,
                None => {
                    let parts = PyList::empty(untagged.py());
                    untagged.set_item(&key, &parts)?;
                    parts
                }
            };
            return Ok(last.insert(Self { name: kind.to_vec(), parts }));
        }
        let missing = || pyo3::exceptions::PyRuntimeError::new_err("no list of responses");
        last.as_ref().ok_or_else(missing)
    }
}

/// Adds the response code of a status response.
fn add_code(untagged: &Bound<'_, PyDict>, kind: &[u8], text: &[u8]) -> PyResult<()> {
    if !matches!(kind, b"OK" | b"NO" | b"BAD") {
        return Ok(());
    }
    let Some((code, data)) = response_code(text) else { return Ok(()) };
    let mut place = None;
    Last::find(untagged, code, &mut place)?.parts.append(PyBytes::new(untagged.py(), data))
}

/// A keyword, which is ASCII.
fn name<'py>(py: Python<'py>, keyword: &[u8]) -> Bound<'py, PyString> {
    PyString::intern(py, &String::from_utf8_lossy(keyword))
}
