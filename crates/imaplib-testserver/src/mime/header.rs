//! Header fields of a message: where they end, what they are called, their unfolded values.

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

/// The length of the header at the beginning of `data`, with the empty line that ends it.
pub(crate) fn header_len(data: &[u8]) -> usize {
    let mut at = 0;
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line == b"\r\n" || line == b"\n" {
            break;
        }
    }
    at
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_folded_fields() {
        let data = b"A: 1\r\nB: x\r\n y\r\nbad line\r\nC:\r\n\r\nbody";
        let end = header_len(data);
        assert_eq!(&data[end..], b"body");
        let names: Vec<_> = fields(&data[..end]).iter().map(|field| field.name.to_vec()).collect();
        assert_eq!(names, [b"A", b"B", b"C"]);
        assert_eq!(value(&data[..end], "b").unwrap(), b"x y");
        assert_eq!(value(&data[..end], "c").unwrap(), b"");
    }
}
