//! How much a server may send while a command waits for its end: there is no end to what a hostile one sends.

/// How many responses there may be before login, and how many bytes.
const BEFORE_LOGIN: Limits = Limits { responses: 10_000, bytes: 8 << 20 };

/// The same after login, but for rows of FETCH.
const AFTER_LOGIN: Limits = Limits { responses: 300_000, bytes: 256 << 20 };

/// So many rows may come where the mailbox has fewer messages, or none is known.
const FEW_ROWS: u64 = 1_000;

/// How many more rows there may be than two for each message, and how many bytes these may have.
const EXTRA_ROWS: Limits = Limits { responses: 100_000, bytes: 64 << 20 };

/// How many empty lines there may be.
const MAX_EMPTY_LINES: u32 = 10_000;

struct Limits {
    responses: u64,
    bytes: u64,
}

/// What was received.
#[derive(Default)]
struct Count {
    responses: u64,
    bytes: u64,
}

impl Count {
    fn add(&mut self, bytes: u64) {
        self.responses += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn exceeds(&self, limits: &Limits) -> bool {
        self.responses > limits.responses || self.bytes > limits.bytes
    }
}

/// What was received since a command completed last.
#[derive(Default)]
pub(super) struct Answer {
    /// How many messages the largest mailbox has had.
    exists: u64,
    /// How many rows of FETCH came.
    rows: u64,
    /// Those beyond what the mailbox has.
    extra: Count,
    others: Count,
    empty_lines: u32,
}

impl Answer {
    /// Counts from the beginning: a command completed.
    pub(super) fn complete(&mut self) {
        *self = Self { exists: self.exists, ..Self::default() };
    }

    /// Notes how many messages a mailbox has.
    pub(super) fn note_exists(&mut self, count: u64) {
        self.exists = self.exists.max(count);
    }

    /// Counts a response with its literals. False if there are too many.
    pub(super) fn accepts(&mut self, kind: &[u8], number: Option<&[u8]>, bytes: u64, is_logged_in: bool) -> bool {
        match kind {
            b"FETCH" if is_logged_in => {
                self.rows += 1;
                if self.rows <= self.exists.saturating_mul(2).max(FEW_ROWS) {
                    return true;
                }
                self.extra.add(bytes);
                !self.extra.exceeds(&EXTRA_ROWS)
            }
            _ => {
                if kind == b"EXISTS" {
                    let count = number.and_then(|number| std::str::from_utf8(number).ok()?.parse::<u32>().ok());
                    self.note_exists(count.unwrap_or_default().into());
                }
                self.others.add(bytes);
                !self.others.exceeds(if is_logged_in { &AFTER_LOGIN } else { &BEFORE_LOGIN })
            }
        }
    }

    /// Counts an empty line. False if there are too many.
    pub(super) fn accepts_empty_line(&mut self) -> bool {
        self.empty_lines += 1;
        self.empty_lines <= MAX_EMPTY_LINES
    }
}
