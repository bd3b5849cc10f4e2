//! What the first line of a response is, as Python's imaplib reads it.

/// The first line of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response<'a> {
    /// The completion of a command.
    Tagged { tag: &'a [u8], kind: &'a [u8], text: &'a [u8] },
    /// `* KIND text`, or `* number KIND text`.
    Untagged { number: Option<&'a [u8]>, kind: &'a [u8], text: &'a [u8] },
    /// `+` with its text, if there is one.
    Continuation(Option<&'a [u8]>),
    /// None of these.
    Other,
}

impl<'a> Response<'a> {
    /// What the line is, if tags begin with `prefix`.
    pub(super) fn of(line: &'a [u8], prefix: &[u8]) -> Self {
        if let Some(rest) = line.strip_prefix(b"* ") {
            return untagged(rest).unwrap_or(Self::Other);
        }
        if let Some(rest) = line.strip_prefix(prefix)
            && let Some(response) = tagged(line, rest)
        {
            return response;
        }
        match line.strip_prefix(b"+") {
            Some(rest) => Self::Continuation(rest.strip_prefix(b" ")),
            None => Self::Other,
        }
    }
}

fn untagged(rest: &[u8]) -> Option<Response<'_>> {
    let (digits, behind) = split(rest, u8::is_ascii_digit);
    let (number, rest) = match digits {
        b"" => (None, rest),
        _ => (Some(digits), behind.strip_prefix(b" ")?),
    };
    let (kind, behind) = split(rest, is_keyword);
    (!kind.is_empty()).then(|| Response::Untagged { number, kind, text: behind.strip_prefix(b" ").unwrap_or_default() })
}

/// What a line is of which `rest` stands behind the prefix of tags.
fn tagged<'a>(line: &'a [u8], rest: &'a [u8]) -> Option<Response<'a>> {
    let (digits, behind) = split(rest, u8::is_ascii_digit);
    let (tag, _) = line.split_at_checked(line.len() - behind.len())?;
    let (kind, behind) = split(behind.strip_prefix(b" ")?, u8::is_ascii_uppercase);
    let text = behind.strip_prefix(b" ")?;
    (!digits.is_empty() && !kind.is_empty()).then_some(Response::Tagged { tag, kind, text })
}

/// The response code that a text begins with: its name and its data. The data ends at the last bracket of the line, for
/// some servers have brackets in flags.
pub(super) fn response_code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (code, behind) = split(text.strip_prefix(b"[")?, is_keyword);
    let data = match behind.strip_prefix(b" ") {
        Some(rest) => rest.get(..memchr_last(rest)?)?,
        None => behind.starts_with(b"]").then_some(&b""[..])?,
    };
    (!code.is_empty()).then_some((code, data))
}

fn memchr_last(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte == b']')
}

fn is_keyword(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || *byte == b'-'
}

/// The bytes at the beginning for which this holds, and what is behind.
fn split(bytes: &[u8], holds: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let length = bytes.iter().position(|byte| !holds(byte)).unwrap_or(bytes.len());
    bytes.split_at_checked(length).unwrap_or((bytes, b""))
}
