//! The header of a message or part: its fields, as they stand there.

/// What a line of a header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The end of the header.
    Blank,
    /// More of the field before.
    Continuation,
    /// The beginning of a field, with the length of its name.
    Field(usize),
    /// No line of a header: the empty line is missing, and the body begins here.
    Body,
}

/// Reports what a line of a header is, its line end included or not.
#[must_use]
pub fn classify(line: &[u8]) -> Line {
    match line.first() {
        None | Some(b'\n') => Line::Blank,
        Some(b'\r') if line.iter().all(|byte| matches!(byte, b'\r' | b'\n')) => Line::Blank,
        Some(b' ' | b'\t') => Line::Continuation,
        // No name begins so, but boundaries do.
        Some(b'-') if line.starts_with(b"--") => Line::Body,
        _ => {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or_default();
            let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
            if name.iter().all(u8::is_ascii_graphic) && !name.is_empty() { Line::Field(name.len()) } else { Line::Body }
        }
    }
}

/// So many lines behind a bad one are looked at for one that shows whether the header continues.
pub(super) const MAX_AHEAD: usize = 20;

/// What a line behind a bad one shows of whether the header continues, if it shows that.
pub(super) fn shows_header(line: &[u8]) -> Option<bool> {
    match classify(line) {
        Line::Field(length) => {
            let name = line.get(..length).unwrap_or_default().to_ascii_lowercase();
            let is_known = name.starts_with(b"content-")
                || [&b"mime-version"[..], b"message-id", b"received"].contains(&name.as_slice());
            is_known.then_some(true)
        }
        Line::Blank => Some(false),
        Line::Body if line.starts_with(b"--") => Some(false),
        Line::Body | Line::Continuation => None,
    }
}

/// Whether a line that is none of a header stands in the middle of one: `rest` follows it. Else the empty line is missing.
#[must_use]
pub fn goes_on(bad: &[u8], rest: &[u8]) -> bool {
    let ahead = rest.split_inclusive(|byte| *byte == b'\n').take(MAX_AHEAD);
    !bad.starts_with(b"--") && ahead.map(shows_header).find_map(|shown| shown) == Some(true)
}

/// A field of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field<'a> {
    /// The name, as it is written.
    pub name: &'a [u8],
    /// What stands behind the colon, with its folds.
    pub value: &'a [u8],
}

impl Field<'_> {
    /// Whether the field has this name; case does not matter.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The fields of the header that some bytes begin with, `most` at most, and whether there are more.
#[must_use]
pub fn fields(raw: &[u8], most: usize) -> (Vec<Field<'_>>, bool) {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let (mut at, mut value_start) = (0, 0);
    let mut is_behind_bad = false;
    for (number, line) in raw.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let start = at;
        at += line.len();
        // The line that mbox files have before each message.
        if number == 0 && is_mbox_line(line) {
            continue;
        }
        let kind = classify(line);
        is_behind_bad &= kind == Line::Continuation;
        match kind {
            Line::Continuation if is_behind_bad => {}
            Line::Continuation => {
                if let Some(field) = fields.last_mut() {
                    field.value = raw.get(value_start..at).unwrap_or_default();
                }
            }
            Line::Field(_) if fields.len() == most => return (fields, true),
            Line::Field(length) => {
                let colon = line.iter().position(|byte| *byte == b':').unwrap_or_default();
                value_start = start + colon + 1;
                let name = line.get(..length).unwrap_or_default();
                fields.push(Field { name, value: raw.get(value_start..at).unwrap_or_default() });
            }
            Line::Body if goes_on(line, raw.get(at..).unwrap_or_default()) => is_behind_bad = true,
            Line::Blank | Line::Body => break,
        }
    }
    (fields, false)
}

pub(super) fn is_mbox_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// A value on one line. Where it was folded there was one blank, however far the next line is indented.
#[must_use]
pub fn unfold(value: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(value.len());
    for line in value.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let line = line.trim_ascii();
        if !line.is_empty() {
            if !out.is_empty() {
                out.push(b' ');
            }
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_as_they_are() {
        let raw = b"From ann Tue\nSubject: a\r\n  b\r\n\tc\r\nX-Empty:\r\nTo : x\nno header\nCc: y\n";
        let (found, more) = fields(raw, 10);
        let found: Vec<(&[u8], Vec<u8>)> = found.iter().map(|field| (field.name, unfold(field.value))).collect();
        assert_eq!(found, [(&b"Subject"[..], b"a b c".to_vec()), (b"X-Empty", b"".to_vec()), (b"To", b"x".to_vec())]);
        assert!(!more);
        assert_eq!(fields(b"a: 1\nb: 2\n\nc: 3\n", 9).0.len(), 2);
        let (few, more) = fields(b"a: 1\n b\nc: 2\n", 1);
        assert!(few.len() == 1 && few[0].value == b" 1\n b\n" && few[0].is("A") && more);
    }

    #[test]
    fn a_bad_line_within_a_header_costs_itself() {
        let names = |raw: &[u8]| {
            fields(raw, 9).0.iter().map(|field| field.name.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
        };
        for (raw, expected) in [
            (&b"a: 1\nbad\n folded\nContent-Type: x\n\n"[..], "a Content-Type"),
            (b"bad\nworse line: x\nb: 2\nMIME-Version: 1.0\nc: 3\n\nContent-ID: y\n", "b MIME-Version c"),
            (b"a: 1\nbad\n\nContent-Type: x\n", "a"),
            (b"a: 1\nbad\nb: 2\n\n", "a"),
            (b"a: 1\n--cut\nContent-Type: x\n", "a"),
            (b"a: 1\nbad\n--cut\nContent-Type: x\n", "a"),
        ] {
            assert_eq!(names(raw), expected, "{}", raw.escape_ascii());
        }
        let long = |count| names(&[b"a: 1\nbad\n", &b"b: 2\n".repeat(count)[..], b"Received: x\n\n"].concat());
        assert_eq!(long(5), "a b b b b b Received");
        assert_eq!(long(MAX_AHEAD), "a");
        assert_eq!(fields(b"a: 1\nbad\n folded\nContent-Type: x\n\n", 9).0[0].value, b" 1\n");
    }

    #[test]
    fn lines_are_told_apart() {
        for (line, kind) in [
            (&b""[..], Line::Blank),
            (b"\r\n", Line::Blank),
            (b"\r\r\n", Line::Blank),
            (b" \r\n", Line::Continuation),
            (b"\tx", Line::Continuation),
            (b"a:", Line::Field(1)),
            (b"Subject : x", Line::Field(7)),
            (b"\rx: y", Line::Body),
            (b": x", Line::Body),
            (b"two words: x", Line::Body),
            (b"K\xf6ln: x", Line::Body),
            (b"--boundary", Line::Body),
            (b"--bound:ary", Line::Body),
            (b"-a: b", Line::Field(2)),
        ] {
            assert_eq!(classify(line), kind, "{}", line.escape_ascii());
        }
    }
}
