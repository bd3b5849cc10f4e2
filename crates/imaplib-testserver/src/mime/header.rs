//! Header fields of a message: where they end, what they are called, their unfolded values, and values with parameters:
//! `text/plain; charset=utf-8`.

/// A header that is longer ends here, in bytes; so does what is read of any.
pub(crate) const MAX_HEADER: usize = 1024 * 1024;

/// One header field as it stands in the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    /// The name before the colon.
    pub(crate) name: &'a [u8],
    /// What follows the colon, still folded.
    pub(crate) value: &'a [u8],
    /// The whole field with its line end.
    pub(crate) raw: &'a [u8],
}

impl Field<'_> {
    /// The value in one line, without surrounding white space.
    pub(crate) fn unfolded(&self) -> Vec<u8> {
        unfold(self.value)
    }
}

/// Removes line ends (folding) and surrounding white space.
pub(crate) fn unfold(value: &[u8]) -> Vec<u8> {
    let joined: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    joined.trim_ascii().to_vec()
}

/// The fields of a header, in order; lines that are no field are passed over.
pub(crate) fn fields(header: &[u8]) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if !folded && at > start {
            found.extend(field(header.get(start..at).unwrap_or_default()));
            start = at;
        }
        at += line.len();
    }
    if at > start {
        found.extend(field(header.get(start..at).unwrap_or_default()));
    }
    found
}

fn field(raw: &[u8]) -> Option<Field<'_>> {
    let colon = raw.iter().position(|byte| *byte == b':')?;
    let name = raw.get(..colon)?.trim_ascii_end();
    if name.is_empty() || name.iter().any(|byte| byte.is_ascii_whitespace()) {
        return None;
    }
    Some(Field { name, value: raw.get(colon + 1..)?, raw })
}

/// The unfolded value of the first field called `name`.
pub(crate) fn value(header: &[u8], name: &str) -> Option<Vec<u8>> {
    fields(header)
        .into_iter()
        .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|field| field.unfolded())
}

/// A structured header value: its first word and its parameters in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameterized {
    pub(crate) value: Vec<u8>,
    pub(crate) parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Parameterized {
    /// Reads an unfolded header value; what cannot be read is left out.
    pub(crate) fn parse(input: &[u8]) -> Self {
        let mut pieces = split(input).into_iter();
        let value = pieces.next().map(|piece| unquote(&piece)).unwrap_or_default();
        let parameters = pieces
            .filter_map(|piece| {
                let equals = piece.iter().position(|byte| *byte == b'=')?;
                let name = piece.get(..equals)?.trim_ascii().to_vec();
                let value = unquote(piece.get(equals + 1..)?.trim_ascii());
                (!name.is_empty()).then_some((name, value))
            })
            .collect();
        Self { value, parameters }
    }
}

/// Cuts at semicolons outside quotes and leaves comments out.
fn split(input: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let mut quoted = false;
    let mut escaped = false;
    let mut depth = 0usize;
    for &byte in input {
        let mut keep = depth == 0;
        if escaped {
            escaped = false;
        } else if byte == b'\\' && (quoted || depth > 0) {
            escaped = true;
        } else if quoted {
            quoted = byte != b'"';
        } else {
            match byte {
                b'"' if depth == 0 => quoted = true,
                b'(' => {
                    depth += 1;
                    keep = false;
                }
                b')' if depth > 0 => {
                    depth -= 1;
                    keep = false;
                }
                b';' if depth == 0 => {
                    pieces.push(Vec::new());
                    keep = false;
                }
                _ => {}
            }
        }
        if keep && let Some(piece) = pieces.last_mut() {
            piece.push(byte);
        }
    }
    pieces.iter().map(|piece| piece.trim_ascii().to_vec()).filter(|piece| !piece.is_empty()).collect()
}

fn unquote(input: &[u8]) -> Vec<u8> {
    let Some(inner) = input.strip_prefix(b"\"") else {
        return input.to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => out.extend(bytes.next()),
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_folded_fields() {
        let data = b"A: 1\r\nB: x\r\n y\r\nbad line\r\nC:\r\n\r\nbody";
        let end = data.len() - b"body".len();
        let names: Vec<_> = fields(&data[..end]).iter().map(|field| field.name.to_vec()).collect();
        assert_eq!(names, [b"A", b"B", b"C"]);
        assert_eq!(value(&data[..end], "b").unwrap(), b"x y");
        assert_eq!(value(&data[..end], "c").unwrap(), b"");
    }

    #[test]
    fn reads_quotes_and_comments() {
        let read = Parameterized::parse(b"multipart/mixed (a ; b); boundary=\"x;\\\"y\"; Charset=utf-8;");
        assert_eq!(read.value, b"multipart/mixed");
        assert_eq!(read.parameters[0], (b"boundary".to_vec(), b"x;\"y".to_vec()));
        assert_eq!(read.parameters[1], (b"Charset".to_vec(), b"utf-8".to_vec()));
        // A parenthesis that closes nothing is a character.
        let read = Parameterized::parse(b"text/plain; x=a)b; y=c");
        let parameters = [(b"x".to_vec(), b"a)b".to_vec()), (b"y".to_vec(), b"c".to_vec())];
        assert_eq!((read.value.as_slice(), read.parameters.as_slice()), (&b"text/plain"[..], &parameters[..]));
    }
}
