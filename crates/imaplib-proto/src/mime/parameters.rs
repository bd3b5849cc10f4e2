//! Parameters of MIME fields: `text/plain; charset=utf-8`, continued and encoded ones too (RFC 2231).

use crate::types::{ImapString, Parameters, SinglePart};

use super::charset::{self, Charset};
use super::{header, words};

/// More parameters than this are not kept, nor a value that is longer.
const MAX_PARAMETERS: usize = 200;
const MAX_VALUE: usize = 64 << 10;

/// Splits a field into what stands before the first semicolon, and the parameters with their names as they are written.
#[must_use]
pub fn parse(raw: &[u8]) -> (Vec<u8>, Parameters) {
    let raw = header::unfold(raw);
    let mut pieces = split(&raw).into_iter();
    let main = without_comments(pieces.next().unwrap_or_default()).trim_ascii().to_vec();
    let parameters = pieces.take(MAX_PARAMETERS).filter_map(|piece| {
        let equals = piece.iter().position(|byte| *byte == b'=')?;
        let (name, value) = piece.split_at_checked(equals)?;
        let name = name.trim_ascii();
        let value = unquoted(value.get(1..).unwrap_or_default().trim_ascii());
        let fits = !name.is_empty() && name.len() + value.len() <= MAX_VALUE;
        fits.then(|| (text(name), text(&value)))
    });
    (main, parameters.collect())
}

pub(super) fn text(bytes: &[u8]) -> ImapString {
    ImapString::from(bytes::Bytes::copy_from_slice(bytes))
}

/// Splits at semicolons that are not in quotation marks.
fn split(raw: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    // A quotation mark begins a value; in the middle of one it means itself.
    let mut may_quote = false;
    // Once there is none that ends properly, nobody looks for one again.
    let mut may_end = true;
    while let Some(byte) = raw.get(at) {
        match byte {
            b';' => {
                pieces.push(raw.get(start..at).unwrap_or_default());
                start = at + 1;
                may_quote = false;
            }
            b'=' => may_quote = true,
            b' ' | b'\t' => {}
            b'"' if may_quote => {
                (at, may_end) = match closing_quote(raw, at + 1, may_end) {
                    Some((end, is_proper)) => (end, is_proper),
                    None => (at, false),
                };
                may_quote = false;
            }
            _ => may_quote = false,
        }
        at += 1;
    }
    pieces.push(raw.get(start..).unwrap_or_default());
    pieces
}

/// The quotation mark that ends a value, and whether that is proper: behind it there is a semicolon or nothing, for some do
/// not escape those within. Else it is the next one.
fn closing_quote(raw: &[u8], from: usize, may_end: bool) -> Option<(usize, bool)> {
    let mut at = from;
    let mut first = None;
    while let Some(byte) = raw.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => {
                let behind = raw.get(at + 1..).unwrap_or_default().trim_ascii_start();
                if behind.is_empty() || behind.starts_with(b";") {
                    return Some((at, true));
                }
                first = first.or(Some((at, false)));
                if !may_end {
                    return first;
                }
            }
            _ => {}
        }
        at += 1;
    }
    first
}

/// A value without its quotation marks. Only they and the backslash are escaped: some programs put paths there.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(inner) = value.strip_prefix(b"\"") else { return without_comments(value).trim_ascii().to_vec() };
    let inner = closing_quote(inner, 0, true).and_then(|(end, _)| inner.get(..end)).unwrap_or(inner);
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = if byte == b'\\' { bytes.next_if(|next| matches!(next, b'"' | b'\\')) } else { None };
        out.push(escaped.unwrap_or(byte));
    }
    out
}

/// Comments stand behind a blank; parentheses elsewhere are part of a name such as `a(1).txt`.
fn without_comments(value: &[u8]) -> &[u8] {
    let comment = value.windows(2).position(|window| window == b" (").filter(|_| value.ends_with(b")"));
    comment.and_then(|at| value.get(..at)).unwrap_or(value)
}

/// The file name of a part, decoded: that of its disposition, else that of its type.
#[must_use]
pub fn file_name(part: &SinglePart) -> Option<String> {
    let disposition = part.extension.disposition.as_ref().map(|disposition| &*disposition.parameters);
    let named = disposition.and_then(|parameters| value(parameters, "filename"));
    named.or_else(|| value(&part.parameters, "name"))
}

/// A parameter's value, put together and decoded; `None` if it is empty.
#[must_use]
pub fn value(parameters: &[(ImapString, ImapString)], wanted: &str) -> Option<String> {
    let mut plain = None;
    let mut segments: Vec<Segment<'_>> = Vec::new();
    let mut length = 0;
    for (name, value) in parameters {
        let Some((number, is_extended)) = segment(name.as_bytes(), wanted) else { continue };
        length += value.len();
        if length > MAX_VALUE {
            break;
        }
        match number {
            None if !is_extended => plain = plain.or(Some(value.as_bytes())),
            _ => segments.push(Segment { number, is_extended, value: value.as_bytes() }),
        }
    }
    // What is whole before what is in pieces; of two pieces with one number the first.
    segments.sort_by_key(|segment| segment.number);
    segments.dedup_by_key(|segment| segment.number);
    if segments.first().is_some_and(|first| first.number.is_none()) {
        segments.truncate(1);
    }
    let decoded = [joined(&segments), plain.map(decode_plain)];
    decoded.into_iter().flatten().map(|name| tidy(&name)).find(|name| !name.is_empty())
}

struct Segment<'a> {
    number: Option<u32>,
    is_extended: bool,
    value: &'a [u8],
}

/// The number of a piece, and whether it is percent-encoded: `name*`, `name*0`, `name*0*`.
fn segment(name: &[u8], wanted: &str) -> Option<(Option<u32>, bool)> {
    let (start, rest) = name.split_at_checked(wanted.len())?;
    if !start.eq_ignore_ascii_case(wanted.as_bytes()) {
        return None;
    }
    if rest.is_empty() {
        return Some((None, false));
    }
    let rest = rest.strip_prefix(b"*")?;
    if rest.is_empty() {
        return Some((None, true));
    }
    let (digits, is_extended) = match rest.strip_suffix(b"*") {
        Some(digits) => (digits, true),
        None => (rest, false),
    };
    Some((Some(std::str::from_utf8(digits).ok()?.parse().ok()?), is_extended))
}

fn joined(segments: &[Segment<'_>]) -> Option<String> {
    let first = segments.first()?;
    let mut label = None;
    let mut bytes = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if !segment.is_extended {
            bytes.extend_from_slice(segment.value);
            continue;
        }
        let mut value = segment.value;
        if let Some((charset, rest)) = prefix(value).filter(|_| index == 0) {
            (label, value) = (Some(charset), rest);
        }
        percent_decoded(value, &mut bytes);
    }
    // The pieces are joined before they are decoded: they may be cut inside a character, or inside an encoded word.
    if segments.iter().any(|segment| segment.is_extended) && (label.is_some() || first.is_extended) {
        Some(charset::decode(&bytes, label, None).into_owned())
    } else {
        Some(words::decode(&bytes, None))
    }
}

/// A plain value: against the standard it may hold encoded words, or what belongs into an extended value.
fn decode_plain(value: &[u8]) -> String {
    if let Some((label, rest)) =
        prefix(value).filter(|(label, rest)| Charset::for_label(label).is_some() && is_encoded(rest))
    {
        let mut bytes = Vec::new();
        percent_decoded(rest, &mut bytes);
        return charset::decode(&bytes, Some(label), None).into_owned();
    }
    words::decode(value, None)
}

/// `charset'language'` and what follows.
fn prefix(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (label, _language, rest) = (parts.next()?, parts.next()?, parts.next()?);
    Some((label, rest))
}

fn is_encoded(value: &[u8]) -> bool {
    value.contains(&b'%') && value.iter().all(|byte| byte.is_ascii_graphic())
}

fn percent_decoded(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let digits =
            behind.split_at_checked(2).filter(|(digits, _)| *byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let decoded = digits.and_then(|(digits, behind)| {
            Some((u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, behind))
        });
        match decoded {
            Some((value, behind)) => {
                out.push(value);
                rest = behind;
            }
            None => out.push(*byte),
        }
    }
}

/// Blanks that a fold has left are one; those around go.
fn tidy(name: &str) -> String {
    name.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_apart() {
        for (raw, main, parameters) in [
            (&b" text/plain"[..], &b"text/plain"[..], &[][..]),
            (b"text/plain;charset=utf-8;", b"text/plain", &[("charset", "utf-8")]),
            (b"a/b (c); x = \"1;2\" ; y=z", b"a/b", &[("x", "1;2"), ("y", "z")]),
            (b"a; n=my file.pdf; m=2", b"a", &[("n", "my file.pdf"), ("m", "2")]),
            (b"a; n=\"a \"b\".pdf\"; m=2", b"a", &[("n", "a \"b\".pdf"), ("m", "2")]),
            (b"a; n=\"x\\\"y\\\\z\\w\"", b"a", &[("n", "x\"y\\z\\w")]),
            (b"a; n=\"open; m=2", b"a", &[("n", "open"), ("m", "2")]),
            (b"a; n=a(1).txt; m=7bit (x)", b"a", &[("n", "a(1).txt"), ("m", "7bit")]),
            (b"a; n; =; ;m==2", b"a", &[("m", "=2")]),
            (b"", b"", &[]),
        ] {
            let (found, list) = parse(raw);
            let list: Vec<(String, String)> = list
                .iter()
                .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
                .collect();
            let list: Vec<(&str, &str)> = list.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!((found.as_slice(), list.as_slice()), (main, parameters), "{}", raw.escape_ascii());
        }
    }

    #[test]
    fn names_are_put_together_and_decoded() {
        for (raw, name) in [
            (&b"x; filename=a.txt"[..], Some("a.txt")),
            (b"x; FileName=\"a.txt\"", Some("a.txt")),
            (b"x; filename*=utf-8''%C3%A4.txt", Some("ä.txt")),
            (b"x; filename*=\"utf-8'de'%C3%A4.txt\"", Some("ä.txt")),
            (b"x; filename*=iso-8859-1''%E4.txt", Some("ä.txt")),
            (b"x; filename*=UTF-8''a b.txt", Some("a b.txt")),
            (b"x; filename=old.txt; filename*=utf-8''%C3%A4.txt", Some("ä.txt")),
            // In pieces: cut inside a character, in any order, encoded in part.
            (b"x; filename*0*=utf-8''%C3; filename*1*=%A4.txt", Some("ä.txt")),
            (b"x; filename*1*=%A4.txt; filename*0*=utf-8''%C3", Some("ä.txt")),
            (b"x; filename*10=k; filename*2=c; filename*0=a; filename*1=b", Some("abck")),
            (b"x; filename*0*=utf-8''%C3%A4; filename*1=%20.txt", Some("ä%20.txt")),
            (b"x; filename*0=\"a\"; filename*0=\"z\"; filename*1=\"b\"", Some("ab")),
            (b"x; filename*0=\"=?utf-8?b?w6Q\"; filename*1=\"udHh0?=\"", Some("ä.txt")),
            (b"x; filename*0*=%C3%A4; filename*1=b", Some("äb")),
            (b"x; filename*=''%C3%A4", Some("ä")),
            (b"x; filename*=x-own''%E4", Some("ä")),
            (b"x; filename*=%4", Some("%4")),
            // Against the standard.
            (b"x; filename=\"=?utf-8?q?=C3=A4?=.txt\"", Some("ä.txt")),
            (b"x; filename=\"=?utf-8?q?=C3?=\r\n =?utf-8?q?=A4.txt?=\"", Some("ä.txt")),
            (b"x; filename==?utf-8?q?=C3=A4?=.txt", Some("ä.txt")),
            (b"x; filename=\"utf-8''%C3%A4.txt\"", Some("ä.txt")),
            (b"x; filename=\"it's Bob's 100%.txt\"", Some("it's Bob's 100%.txt")),
            (b"x; filename=\"\xc3\xa4.txt\"", Some("ä.txt")),
            (b"x; filename=\"\xe4.txt\"", Some("ä.txt")),
            (b"x; filename=\"a\r\n    b.txt\"", Some("a b.txt")),
            (b"x; filename=\"a    b.txt\"", Some("a b.txt")),
            (b"x; filename=\"\"", None),
            (b"x; filenames=a; file*0=b; filename*x=c; filename*1x*=d", None),
        ] {
            assert_eq!(value(&parse(raw).1, "filename").as_deref(), name, "{}", raw.escape_ascii());
        }
    }
}
