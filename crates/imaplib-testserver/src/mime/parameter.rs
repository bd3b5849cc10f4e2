//! Values with parameters: `text/plain; charset=utf-8`, `attachment; filename="a.pdf"`.

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
