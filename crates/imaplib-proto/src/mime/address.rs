//! Addresses of people: a name and an address each, which nothing in the name can forge.

use std::fmt;

use super::charset::Charset;
use super::{header, words};

/// More people than this are not read from one field.
pub const MAX_ADDRESSES: usize = 10_000;

/// No address is longer (RFC 5321 allows 254 bytes).
const MAX_ADDRESS: usize = 2000;

/// One entry of an address field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The display name, decoded.
    pub name: Option<String>,
    /// `mailbox@host`, decoded.
    pub address: Option<String>,
    /// The name of the group that it stands in.
    pub group: Option<String>,
}

impl fmt::Display for Person {
    /// `Name <address>`; a name that could be taken for an address, or for several people, stands in quotation marks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().filter(|name| !name.trim().is_empty());
        let Some(name) = name else { return f.write_str(self.address.as_deref().unwrap_or_default()) };
        if name.contains(['<', '>', '@', ',', ';', ':', '"', '\\']) {
            write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))?;
        } else {
            f.write_str(name)?;
        }
        self.address.as_deref().map_or(Ok(()), |address| write!(f, " <{address}>"))
    }
}

/// The people of an address field (RFC 5322, section 3.4), those in groups too. `hint` is the charset that bytes outside of
/// ASCII are probably in.
///
/// Of several addresses in angle brackets the last is the address, as it is for those who answer; the others stay in the name.
#[must_use]
pub fn parse(raw: &[u8], hint: Option<Charset>) -> Vec<Person> {
    let raw = header::unfold(raw);
    let mut people = Vec::new();
    let mut entry = Entry::default();
    let mut group: Option<String> = None;
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let start = at - 1;
                let is_first = entry.phrase.trim_ascii().is_empty();
                at = quoted(&raw, at, &mut entry.phrase);
                if is_first && raw.get(at) == Some(&b'@') {
                    entry.quoted_local_part = raw.get(start..at).map(|whole| (whole.to_vec(), entry.phrase.len()));
                }
            }
            b'(' => at = comment(&raw, at, &mut entry.comment),
            b'<' => {
                // Of several the last is where an answer would go; the others belong to the name that they pretend to be in.
                if let Some(before) = entry.angle.take() {
                    entry.phrase.truncate(entry.phrase.trim_ascii_end().len());
                    entry.phrase.extend([b" <", before.as_slice(), b"> "].concat());
                }
                let end = angle_end(&raw, at);
                entry.angle = Some(raw.get(at..end).unwrap_or_default().to_vec());
                at = if raw.get(end) == Some(&b'>') { end + 1 } else { end };
            }
            b',' | b';' => {
                people.extend(std::mem::take(&mut entry).person(hint, group.as_deref()));
                if *byte == b';' {
                    group = None;
                }
                if people.len() >= MAX_ADDRESSES {
                    return people;
                }
            }
            // The name of a group; a colon elsewhere is part of a name.
            b':' if entry.angle.is_none() && !entry.phrase.contains(&b'@') => {
                group = Some(words::decode(&std::mem::take(&mut entry).phrase, hint));
            }
            _ => entry.phrase.push(*byte),
        }
    }
    people.extend(entry.person(hint, group.as_deref()));
    people
}

#[derive(Default)]
struct Entry {
    phrase: Vec<u8>,
    /// What stands before the `@` as it is written, if it is quoted, and how much of the phrase it is.
    quoted_local_part: Option<(Vec<u8>, usize)>,
    comment: Vec<u8>,
    angle: Option<Vec<u8>>,
}

impl Entry {
    fn person(self, hint: Option<Charset>, group: Option<&str>) -> Option<Person> {
        let decoded = |raw: &[u8]| Some(words::decode(raw, hint).trim().to_owned()).filter(|text| !text.is_empty());
        let (name, address) = match &self.angle {
            Some(angle) => (decoded(&self.phrase), decoded(without_route(angle))),
            // Without its quotation marks it would be another address.
            None => match &self.quoted_local_part {
                Some((local, length)) => {
                    let behind = self.phrase.get(*length..).unwrap_or_default();
                    (None, decoded(&[local.as_slice(), behind].concat()))
                }
                None => (None, decoded(&self.phrase)),
            },
        };
        let name = name.or_else(|| decoded(&self.comment));
        (name.is_some() || address.is_some()).then(|| Person { name, address, group: group.map(str::to_owned) })
    }
}

/// Reads to the end of a quoted string; what has no end goes to the end of the text.
fn quoted(raw: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    while let Some(byte) = raw.get(at) {
        at += 1;
        match byte {
            b'"' => return at,
            b'\\' => {
                out.extend(raw.get(at));
                at += 1;
            }
            _ => out.push(*byte),
        }
    }
    at
}

fn comment(raw: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    let mut depth = 1;
    while let Some(byte) = raw.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => {
                out.extend(raw.get(at));
                at += 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        out.push(*byte);
    }
    at
}

fn angle_end(raw: &[u8], from: usize) -> usize {
    let mut is_quoted = false;
    for (at, byte) in raw.iter().enumerate().skip(from).take(MAX_ADDRESS) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'>' if !is_quoted => return at,
            // The next one begins: this one has no end.
            b'<' if !is_quoted => break,
            _ => {}
        }
    }
    let rest = raw.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| matches!(byte, b'>' | b',')).unwrap_or(rest.len())
}

/// Removes `@a,@b:`, the route of RFC 822.
fn without_route(address: &[u8]) -> &[u8] {
    let route = address.trim_ascii_start().starts_with(b"@");
    let colon = address.iter().position(|byte| *byte == b':').filter(|_| route);
    colon.and_then(|at| address.get(at + 1..)).unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_local_part_keeps_its_quotation_marks() {
        for (raw, address) in [
            (r#""ceo@bank.com,"@evil.example"#, r#""ceo@bank.com,"@evil.example"#),
            (r#""a b"@d.example"#, r#""a b"@d.example"#),
            (r#"X <"a b"@d.example>"#, r#""a b"@d.example"#),
            (r#""just a name""#, "just a name"),
        ] {
            let people = parse(raw.as_bytes(), None);
            assert_eq!(people.iter().filter_map(|one| one.address.as_deref()).collect::<Vec<_>>(), [address], "{raw}");
        }
    }

    #[test]
    fn people_are_found() {
        for (raw, people, shown) in [
            (&b"a@b"[..], &[(None, Some("a@b"))][..], "a@b"),
            (b"Ann <a@b>", &[(Some("Ann"), Some("a@b"))], "Ann <a@b>"),
            (
                b"\"Doe, \\\"J\\\"\" <j@d> , b@c",
                &[(Some("Doe, \"J\""), Some("j@d")), (None, Some("b@c"))],
                "\"Doe, \\\"J\\\"\" <j@d>, b@c",
            ),
            (b"=?utf-8?q?J=C3=BCr?=\r\n =?utf-8?q?gen?= <j@d>", &[(Some("Jürgen"), Some("j@d"))], "Jürgen <j@d>"),
            (b"a@b (Ann (B) \\( C)", &[(Some("Ann (B) ( C"), Some("a@b"))], "Ann (B) ( C <a@b>"),
            (
                b"Team: a@b, Bob <b@c>;, d@e",
                &[(None, Some("a@b")), (Some("Bob"), Some("b@c")), (None, Some("d@e"))],
                "a@b, Bob <b@c>, d@e",
            ),
            (b"undisclosed-recipients:;", &[], ""),
            (b"<@x,@y:a@b>", &[(None, Some("a@b"))], "a@b"),
            (
                b"CEO <ceo@bank.com> <evil@evil.example>",
                &[(Some("CEO <ceo@bank.com>"), Some("evil@evil.example"))],
                "\"CEO <ceo@bank.com>\" <evil@evil.example>",
            ),
            (
                b"=?utf-8?q?CEO_=3Cceo=40bank=3E?= <e@e>",
                &[(Some("CEO <ceo@bank>"), Some("e@e"))],
                "\"CEO <ceo@bank>\" <e@e>",
            ),
            (b"J\xf6rg <j@d>", &[(Some("Jörg"), Some("j@d"))], "Jörg <j@d>"),
            (b"Ann <a@b, Bob <b@c>", &[(Some("Ann"), Some("a@b")), (Some("Bob"), Some("b@c"))], "Ann <a@b>, Bob <b@c>"),
            (b"Ann <a@b", &[(Some("Ann"), Some("a@b"))], "Ann <a@b>"),
            (b"<\"a>b\"@c>", &[(None, Some("\"a>b\"@c"))], "\"a>b\"@c"),
            (b"Only A Name", &[(None, Some("Only A Name"))], "Only A Name"),
            (b"\"open", &[(None, Some("open"))], "open"),
            (b"Ann <>", &[(Some("Ann"), None)], "Ann"),
            (b", ,", &[], ""),
            (b"mailto:a@b", &[(None, Some("a@b"))], "a@b"),
            (b"a@b:c", &[(None, Some("a@b:c"))], "a@b:c"),
        ] {
            let found = parse(raw, None);
            let pairs: Vec<(Option<&str>, Option<&str>)> =
                found.iter().map(|person| (person.name.as_deref(), person.address.as_deref())).collect();
            assert_eq!(pairs, people, "{}", raw.escape_ascii());
            assert_eq!(found.iter().map(Person::to_string).collect::<Vec<_>>().join(", "), shown);
        }
        let groups: Vec<Option<String>> =
            parse(b"=?utf-8?q?=C3=9C?=: a@b, <c@d>;, e@f", None).into_iter().map(|person| person.group).collect();
        assert_eq!(groups, [Some("Ü".to_owned()), Some("Ü".to_owned()), None]);
        assert_eq!(parse(&b"a,".repeat(20_000), None).len(), MAX_ADDRESSES);
    }
}
