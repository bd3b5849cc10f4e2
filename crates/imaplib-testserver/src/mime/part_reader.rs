//! Finds the parts of a message line by line, in memory that does not grow with the message.

use bytes::Bytes;

use super::header::{self, MAX_HEADER, Parameterized};
use super::part::{Kind, Part};
use crate::content::Content;

/// Deeper nesting is treated as opaque, so that hostile messages cannot exhaust the stack.
const MAX_DEPTH: usize = 32;
/// A multipart keeps at most this many children.
const MAX_CHILDREN: usize = 1000;
/// A message keeps at most this many parts: the rest of it belongs to the last ones.
const MAX_PARTS: usize = 4000;
/// How much of a synthetic message is read to find its header.
const SYNTHETIC_HEADER: usize = 4096;
/// This much of a line of a body is looked at: a longer one does not separate anything.
const MAX_BOUNDARY_LINE: usize = 4096;

impl Part {
    /// The tree of a whole message, of which a piece at a time is in memory.
    pub(crate) fn of(content: &Content) -> Self {
        if content.is_synthetic() {
            let prefix = content.prefix(SYNTHETIC_HEADER);
            let mut part = Reader::read(std::iter::once(prefix));
            part.body.1 = content.len();
            part.lines = content.synthetic_lines(part.body.0);
            return part;
        }
        Reader::read(content.pieces())
    }
}

/// A part whose end is not known yet.
#[derive(Debug)]
struct Open {
    start: u64,
    /// The header as far as it has been read; `None` in the body.
    header: Option<Vec<u8>>,
    default_type: &'static [u8],
    part: Part,
    /// Of a multipart: what separates its children.
    boundary: Option<Vec<u8>>,
    children: Vec<Part>,
    /// A multipart has no more children.
    is_done: bool,
}

/// Reads a message from its beginning.
#[derive(Debug)]
struct Reader {
    /// From the message itself to the innermost part that is open; each is a child of the one before.
    open: Vec<Open>,
    /// The beginning of the present line.
    line: Vec<u8>,
    /// The last two bytes before the end of the line.
    last: [u8; 2],
    line_start: u64,
    at: u64,
    /// Where the line before ended, without its line end, and where it began.
    previous: (u64, u64),
    parts: usize,
}

impl Reader {
    /// The tree of the message that comes in these pieces.
    fn read(pieces: impl Iterator<Item = Bytes>) -> Part {
        let mut reader = Self {
            open: vec![Open::new(0, b"text/plain")],
            line: Vec::new(),
            last: [0; 2],
            line_start: 0,
            at: 0,
            previous: (0, 0),
            parts: 1,
        };
        for piece in pieces {
            for run in piece.split_inclusive(|byte| *byte == b'\n') {
                reader.take(run);
            }
        }
        if reader.at > reader.line_start {
            reader.end_line(false);
        }
        let end = reader.at;
        reader.close_from(0, end, None)
    }

    /// Accepts bytes of one line, with its end or without.
    fn take(&mut self, run: &[u8]) {
        let in_header = self.open.last().is_some_and(|open| open.header.is_some());
        let most = if in_header { MAX_HEADER } else { MAX_BOUNDARY_LINE };
        let room = most.saturating_sub(self.line.len()).min(run.len());
        self.line.extend_from_slice(run.get(..room).unwrap_or_default());
        self.at += run.len() as u64;
        match run {
            [.., before, last] => self.last = [*before, *last],
            [last] => self.last = [self.last[1], *last],
            [] => {}
        }
        if run.ends_with(b"\n") {
            self.end_line(true);
        }
    }

    fn end_line(&mut self, is_ended: bool) {
        let ending = match self.last {
            [b'\r', b'\n'] if self.at - self.line_start > 1 => 2,
            [_, b'\n'] => 1,
            _ => 0,
        };
        debug_assert!(ending == 0 || is_ended);
        let content_end = self.at - ending;
        let line = std::mem::take(&mut self.line);
        match self.boundary_of(&line) {
            Some((multipart, is_last)) => self.cross_boundary(multipart, is_last),
            None => self.add_line(&line),
        }
        self.line = line;
        self.line.clear();
        self.previous = (self.line_start, content_end);
        (self.line_start, self.last) = (self.at, [0; 2]);
    }

    /// The outermost multipart of which the line is a boundary, and whether it is its last one.
    fn boundary_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = without_line_end(line).strip_prefix(b"--")?;
        if line.len() as u64 != self.at - self.line_start {
            return None;
        }
        self.open.iter().enumerate().filter(|(_, open)| !open.is_done).find_map(|(place, open)| {
            let rest = rest.strip_prefix(open.boundary.as_deref()?)?;
            matches!(rest.trim_ascii(), b"" | b"--").then(|| (place, rest.starts_with(b"--")))
        })
    }

    fn cross_boundary(&mut self, multipart: usize, is_last: bool) {
        if self.open.len() > multipart + 1 {
            let (previous_start, previous_end) = self.previous;
            let child = self.close_from(multipart + 1, previous_end, Some(previous_start));
            if let Some(open) = self.open.get_mut(multipart) {
                open.children.push(child);
            }
        }
        self.count_line();
        let Some(open) = self.open.get_mut(multipart) else { return };
        if is_last || open.children.len() >= MAX_CHILDREN || self.parts >= MAX_PARTS {
            open.is_done = true;
            return;
        }
        let child_type: &[u8] =
            if open.part.is("multipart", Some("digest")) { b"message/rfc822" } else { b"text/plain" };
        self.parts += 1;
        self.open.push(Open::new(self.at, child_type));
    }

    /// Counts a line for all parts in whose bodies it is.
    fn count_line(&mut self) {
        for open in self.open.iter_mut().filter(|open| open.header.is_none()) {
            open.part.lines += 1;
        }
    }

    fn add_line(&mut self, line: &[u8]) {
        self.count_line();
        let depth = self.open.len() - 1;
        let Some(open) = self.open.last_mut() else { return };
        let Some(header) = &mut open.header else { return };
        header.extend_from_slice(line);
        let is_end = matches!(line, b"\r\n" | b"\n") || header.len() >= MAX_HEADER;
        if !is_end {
            return;
        }
        open.end_header(self.at);
        if depth >= MAX_DEPTH || self.parts >= MAX_PARTS {
            open.boundary = None;
            return;
        }
        if open.is_message() {
            self.parts += 1;
            self.open.push(Open::new(self.at, b"text/plain"));
        }
    }

    /// Closes a part and all within it. Where a boundary ends it, the line end before that belongs to the boundary, and with
    /// it the last line, if it was empty.
    fn close_from(&mut self, place: usize, end: u64, cut_line: Option<u64>) -> Part {
        let mut inner: Option<Part> = None;
        let mut end = end.max(self.open.get(place).map_or(0, |open| open.start));
        while self.open.len() > place {
            let Some(mut open) = self.open.pop() else { break };
            let depth = self.open.len();
            let start = if depth == place { open.start } else { open.start.min(end) };
            if open.header.is_some() {
                open.end_header(end);
                // An empty body of a message is a message without a header.
                if open.is_message() && depth < MAX_DEPTH && inner.is_none() && self.parts < MAX_PARTS {
                    let mut empty = Open::new(end, b"text/plain");
                    empty.end_header(end);
                    inner = Some(empty.part);
                }
            }
            let part = &mut open.part;
            part.header.0 = start;
            if part.body.0 > end {
                (part.header.1, part.body.0, part.lines) = (end, end, 0);
            } else if cut_line.is_some_and(|line| line == end && line >= part.body.0) {
                part.lines = part.lines.saturating_sub(1);
            }
            part.body.1 = end;
            if open.boundary.is_some() {
                open.children.extend(inner.take());
                if !open.children.is_empty() {
                    open.part.kind = Kind::Multipart(std::mem::take(&mut open.children));
                }
            } else if let Some(message) = inner.take() {
                open.part.kind = Kind::Message(Box::new(message));
            }
            inner = Some(open.part);
            end = end.max(start);
        }
        inner.unwrap_or_else(|| Open::new(end, b"text/plain").part)
    }
}

impl Open {
    fn new(start: u64, default_type: &'static [u8]) -> Self {
        let part = Part {
            header: (start, start),
            body: (start, start),
            media_type: Vec::new(),
            media_subtype: Vec::new(),
            parameters: Vec::new(),
            encoding: Vec::new(),
            lines: 0,
            kind: Kind::Single,
        };
        let header = Some(Vec::new());
        Self { start, header, default_type, part, boundary: None, children: Vec::new(), is_done: false }
    }

    /// Whether the part is a message that is read as one.
    fn is_message(&self) -> bool {
        self.part.is("message", Some("rfc822"))
    }

    /// Reads what the header states of the part; its body begins here.
    fn end_header(&mut self, at: u64) {
        let bytes = self.header.take().unwrap_or_default();
        let part = &mut self.part;
        (part.header.1, part.body.0) = (at, at);
        let content_type = header::value(&bytes, "content-type");
        let declared = Parameterized::parse(content_type.as_deref().unwrap_or(self.default_type));
        (part.media_type, part.media_subtype, part.parameters) = match split_type(&declared.value) {
            Some((main, sub)) => (main, sub, declared.parameters),
            None => (b"text".to_vec(), b"plain".to_vec(), Vec::new()),
        };
        if part.media_type.eq_ignore_ascii_case(b"text") && part.parameter("charset").is_none() {
            part.parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
        }
        part.encoding = header::value(&bytes, "content-transfer-encoding")
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| b"7bit".to_vec());
        if part.is("multipart", None) {
            self.boundary = part.parameter("boundary").map(<[u8]>::to_vec);
        }
    }
}

/// The length of the header of a message that comes in these pieces, with the empty line that ends it.
pub(crate) fn header_len(pieces: impl Iterator<Item = Bytes>) -> u64 {
    let (mut at, mut line_start, mut last) = (0_u64, 0_u64, 0_u8);
    for piece in pieces {
        for run in piece.split_inclusive(|byte| *byte == b'\n') {
            let before = if run.len() > 1 { run.get(run.len() - 2).copied() } else { None }.unwrap_or(last);
            last = run.last().copied().unwrap_or(last);
            at += run.len() as u64;
            if last != b'\n' {
                continue;
            }
            let is_empty = at - line_start == 1 || (at - line_start == 2 && before == b'\r');
            if is_empty || at >= MAX_HEADER as u64 {
                return at;
            }
            line_start = at;
        }
    }
    at
}

fn split_type(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let slash = value.iter().position(|byte| *byte == b'/')?;
    let main = value.get(..slash)?.trim_ascii().to_vec();
    let sub = value.get(slash + 1..)?.trim_ascii().to_vec();
    (!main.is_empty() && !sub.is_empty()).then_some((main, sub))
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, of a message in memory, cut by its boundaries before anything is read.
    /// The length of the header at the beginning of `data`, with the empty line that ends it.
    fn old_header_len(data: &[u8]) -> usize {
        let mut at = 0;
        for line in data.split_inclusive(|byte| *byte == b'\n') {
            at += line.len();
            if line == b"\r\n" || line == b"\n" {
                break;
            }
        }
        at
    }

    fn parse(data: &[u8], start: usize, end: usize, default_type: &[u8], depth: usize) -> Part {
        let region = data.get(start..end).unwrap_or_default();
        let header_len = old_header_len(region);
        let (header_bytes, body) = region.split_at(header_len.min(region.len()));
        let body_start = start + header_len;

        let content_type = header::value(header_bytes, "content-type");
        let declared = Parameterized::parse(content_type.as_deref().unwrap_or(default_type));
        let (media_type, media_subtype, mut parameters) = match split_type(&declared.value) {
            Some((main, sub)) => (main, sub, declared.parameters),
            None => (b"text".to_vec(), b"plain".to_vec(), Vec::new()),
        };
        if media_type.eq_ignore_ascii_case(b"text")
            && !parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"charset"))
        {
            parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
        }
        let encoding = header::value(header_bytes, "content-transfer-encoding")
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| b"7bit".to_vec());

        let mut part = Part {
            header: (start as u64, body_start as u64),
            body: (body_start as u64, end as u64),
            lines: count_lines(body),
            media_type,
            media_subtype,
            parameters,
            encoding,
            kind: Kind::Single,
        };
        if depth >= MAX_DEPTH {
            return part;
        }
        if part.is("message", Some("rfc822")) {
            part.kind = Kind::Message(Box::new(parse(data, body_start, end, b"text/plain", depth + 1)));
        } else if part.is("multipart", None)
            && let Some(boundary) = part.parameter("boundary")
        {
            let child_type: &[u8] =
                if part.is("multipart", Some("digest")) { b"message/rfc822" } else { b"text/plain" };
            let children: Vec<Part> = child_spans(body, boundary)
                .into_iter()
                .map(|(from, to)| parse(data, body_start + from, body_start + to, child_type, depth + 1))
                .collect();
            if !children.is_empty() {
                part.kind = Kind::Multipart(children);
            }
        }
        part
    }

    /// The spans between boundary lines; the line end before a boundary belongs to the boundary.
    fn child_spans(body: &[u8], boundary: &[u8]) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        let mut open: Option<usize> = None;
        let mut at = 0;
        let mut previous_end = 0;
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            let line_start = at;
            at += line.len();
            let without_line_end = without_line_end(line);
            if let Some(rest) = without_line_end.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary))
                && matches!(rest.trim_ascii(), b"" | b"--")
            {
                if let Some(from) = open.take() {
                    spans.push((from, previous_end.max(from)));
                }
                if rest.starts_with(b"--") || spans.len() >= MAX_CHILDREN {
                    return spans;
                }
                open = Some(at);
            }
            previous_end = line_start + without_line_end.len();
        }
        if let Some(from) = open {
            spans.push((from, body.len()));
        }
        spans
    }

    fn count_lines(body: &[u8]) -> u64 {
        body.split_inclusive(|byte| *byte == b'\n').count() as u64
    }

    const PIECES: [&str; 17] = [
        "\r\n",
        "\n",
        "text\r\n",
        "x",
        "--b\r\n",
        "--b--\r\n",
        "--c\n",
        "--c--",
        "--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/digest; boundary=\"c\"\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Type: text/html; charset=x\r\n\r\n",
        "Content-Type: multipart/x; boundary=c\r\n\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Subject: a\r\n b\r\n",
        "\r",
    ];

    #[test]
    fn line_by_line_is_the_same_as_at_once() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        for _ in 0..60_000 {
            let text: String = (0..random(24)).map(|_| PIECES[random(PIECES.len())]).collect();
            let expected = parse(text.as_bytes(), 0, text.len(), b"text/plain", 0);
            let size = random(7) + 1;
            let pieces = text.as_bytes().chunks(size).map(Bytes::copy_from_slice);
            assert_eq!(Reader::read(pieces.clone()), expected, "{text:?}");
            assert_eq!(header_len(pieces), expected.header.1, "{text:?}");
        }
    }

    #[test]
    fn a_message_has_a_greatest_number_of_parts() {
        fn count(part: &Part) -> usize {
            1 + match &part.kind {
                Kind::Single => 0,
                Kind::Message(inner) => count(inner),
                Kind::Multipart(children) => children.iter().map(count).sum(),
            }
        }
        let many = "--b\n\n".repeat(50_000);
        let inner = format!("--a\nContent-Type: multipart/mixed; boundary=b\n\n{many}");
        let text = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", inner.repeat(20));
        assert_eq!(count(&Reader::read(std::iter::once(text.into()))), MAX_PARTS);
    }

    #[test]
    fn long_lines_are_not_held() {
        let line = Bytes::from(vec![b'x'; 1 << 20]);
        let part = Reader::read(std::iter::repeat_n(line, 100));
        assert_eq!((part.header, part.body), ((0, 100 << 20), (100 << 20, 100 << 20)));
    }
}
