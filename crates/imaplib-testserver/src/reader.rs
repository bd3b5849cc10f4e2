//! Cuts the client's bytes into commands: lines with their literals.

use bytes::{Buf, Bytes, BytesMut};

/// The longest command line, literals not counted.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// What the reader found in the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A whole command without its final CRLF; literals stand in it as `{n}` CRLF and n bytes.
    Command(Bytes),
    /// The command so far ends with a literal's announcement; answer with `accept_literal` or `refuse_literal`.
    Literal(Announced),
    /// A line was longer than [`MAX_LINE`]; it is passed over.
    TooLong,
    /// A command ended with LF alone; it is passed over.
    BareLineFeed,
}

/// A literal that a client announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The number of bytes that will follow.
    pub(crate) size: u64,
    /// Whether the client waits for a continuation request.
    pub(crate) synchronizing: bool,
}

#[derive(Debug)]
enum State {
    Line,
    /// An announcement was reported and is not answered yet.
    Asking(Announced),
    Body(u64),
    /// A refused non-synchronizing literal: so many bytes and then the rest of the command are dropped.
    Dropping(u64),
    DroppingLine,
}

/// Collects bytes and returns commands; never rescans what it has seen.
#[derive(Debug)]
pub(crate) struct Reader {
    input: BytesMut,
    command: BytesMut,
    /// How many bytes of `command` belong to literals, so that the line limit does not count them.
    literal_bytes: usize,
    scanned: usize,
    state: State,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self { input: BytesMut::new(), command: BytesMut::new(), literal_bytes: 0, scanned: 0, state: State::Line }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Forgets all bytes received; used when TLS starts, so that clear-text bytes cannot be taken for protected ones.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// The command so far, up to the announcement of a literal.
    pub(crate) fn partial_command(&self) -> &[u8] {
        &self.command
    }

    pub(crate) fn accept_literal(&mut self) {
        if let State::Asking(announced) = self.state {
            self.state = State::Body(announced.size);
        }
    }

    /// Abandons the command. What a client sends without waiting is swallowed.
    pub(crate) fn refuse_literal(&mut self) {
        if let State::Asking(announced) = self.state {
            self.start_over();
            if !announced.synchronizing {
                self.state = State::Dropping(announced.size);
            }
        }
    }

    fn start_over(&mut self) {
        self.command = BytesMut::new();
        self.literal_bytes = 0;
        self.state = State::Line;
    }

    /// The next line by itself, for IDLE and AUTHENTICATE; `Err` if it is too long.
    pub(crate) fn next_line(&mut self) -> Option<Result<Bytes, ()>> {
        let Some(line) = self.take_line() else {
            if self.input.len() > MAX_LINE {
                self.state = State::DroppingLine;
                return Some(Err(()));
            }
            return None;
        };
        Some(Ok(trim_line_end(line).freeze()))
    }

    pub(crate) fn next_command(&mut self) -> Option<Event> {
        loop {
            match self.state {
                State::Asking(_) => return None,
                State::Line => {
                    let Some(line) = self.take_line() else {
                        if self.input.len() + self.command.len() - self.literal_bytes > MAX_LINE {
                            self.start_over();
                            self.state = State::DroppingLine;
                            return Some(Event::TooLong);
                        }
                        return None;
                    };
                    let announced = announcement(&line);
                    self.command.unsplit(line);
                    if self.command.len() - self.literal_bytes > MAX_LINE {
                        self.start_over();
                        return Some(Event::TooLong);
                    }
                    if let Some(announced) = announced {
                        self.state = State::Asking(announced);
                        return Some(Event::Literal(announced));
                    }
                    let mut command = std::mem::take(&mut self.command);
                    self.start_over();
                    if !command.ends_with(b"\r\n") {
                        return Some(Event::BareLineFeed);
                    }
                    command.truncate(command.len() - 2);
                    return Some(Event::Command(command.freeze()));
                }
                State::Body(missing) => {
                    let count = self.available(missing);
                    if count == 0 && missing > 0 {
                        return None;
                    }
                    let taken = self.input.split_to(count);
                    self.command.unsplit(taken);
                    self.literal_bytes += count;
                    self.scanned = 0;
                    let left = missing - count as u64;
                    self.state = if left == 0 { State::Line } else { State::Body(left) };
                }
                State::Dropping(missing) => {
                    let count = self.available(missing);
                    if count == 0 && missing > 0 {
                        return None;
                    }
                    self.input.advance(count);
                    self.scanned = 0;
                    let left = missing - count as u64;
                    self.state = if left == 0 { State::DroppingLine } else { State::Dropping(left) };
                }
                State::DroppingLine => {
                    let Some(line) = self.take_line() else {
                        self.input.clear();
                        self.scanned = 0;
                        return None;
                    };
                    // The refused command may announce more literals that will not wait either.
                    self.state = match announcement(&line) {
                        Some(Announced { size, synchronizing: false }) => State::Dropping(size),
                        _ => State::Line,
                    };
                }
            }
        }
    }

    fn available(&self, wanted: u64) -> usize {
        usize::try_from(wanted).unwrap_or(usize::MAX).min(self.input.len())
    }

    fn take_line(&mut self) -> Option<BytesMut> {
        let fresh = self.input.get(self.scanned..).unwrap_or_default();
        match fresh.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                let line = self.input.split_to(self.scanned + at + 1);
                self.scanned = 0;
                Some(line)
            }
            None => {
                self.scanned = self.input.len();
                None
            }
        }
    }
}

fn trim_line_end(mut line: BytesMut) -> BytesMut {
    if line.last() == Some(&b'\n') {
        line.truncate(line.len() - 1);
    }
    if line.last() == Some(&b'\r') {
        line.truncate(line.len() - 1);
    }
    line
}

/// Reads `{n}` or `{n+}` at the end of a line.
fn announcement(line: &[u8]) -> Option<Announced> {
    let line = line.strip_suffix(b"}\r\n")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let inner = line.get(open + 1..)?;
    let (digits, synchronizing) = match inner.strip_suffix(b"+") {
        Some(digits) => (digits, false),
        None => (inner, true),
    };
    if digits.is_empty() || digits.len() > 20 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = std::str::from_utf8(digits).ok()?.parse().ok()?;
    // A quoted string can end in the same characters.
    (!inside_quotes(line.get(..open)?)).then_some(Announced { size, synchronizing })
}

fn inside_quotes(line: &[u8]) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    for &byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8], step: usize) -> Vec<Event> {
        let mut reader = Reader::new();
        let mut events = Vec::new();
        for block in input.chunks(step) {
            reader.feed(block);
            while let Some(event) = reader.next_command() {
                if let Event::Literal(announced) = event {
                    if announced.size > 100 { reader.refuse_literal() } else { reader.accept_literal() }
                }
                events.push(event);
            }
        }
        events
    }

    #[test]
    fn a_quoted_string_ends_at_a_quote_without_a_backslash() {
        for (line, inside) in [
            ("a \"b", true),
            ("a \"b\" c", false),
            ("a \"b\\\" c", true),
            ("a \"b\\\\\" c", false),
            ("a \\\"b", true),
            ("a \"b\\\\", true),
        ] {
            assert_eq!(inside_quotes(line.as_bytes()), inside, "{line}");
        }
    }

    #[test]
    fn same_commands_at_every_split() {
        let mut input = b"a NOOP\r\nb LOGIN {3+}\r\n\"\r\n {2}\r\nyz \"q{3}\"\r\nc X \"{5}\r\n".to_vec();
        input.extend_from_slice(b"d APPEND x {200+}\r\n");
        input.extend_from_slice(&[b'z'; 200]);
        input.extend_from_slice(b" tail\r\ne NOOP\r\n");
        let expected = run(&input, input.len());
        assert_eq!(expected.len(), 7);
        assert_eq!(expected[3], Event::Command(Bytes::from_static(b"b LOGIN {3+}\r\n\"\r\n {2}\r\nyz \"q{3}\"")));
        assert_eq!(expected[6], Event::Command(Bytes::from_static(b"e NOOP")));
        for step in 1..40 {
            assert_eq!(run(&input, step), expected, "{step}");
        }
    }

    #[test]
    fn long_lines_are_refused_once() {
        let mut input = vec![b'a'; MAX_LINE * 3];
        input.extend_from_slice(b"\r\nb NOOP\r\n");
        assert_eq!(run(&input, 1000), [Event::TooLong, Event::Command(Bytes::from_static(b"b NOOP"))]);
    }
}
