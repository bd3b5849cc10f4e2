//! Address lists of header fields (RFC 5322 section 3.4), in the shape that ENVELOPE needs.

/// One entry of an address list: an address, or the start or end of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Address { name: Option<Vec<u8>>, mailbox: Vec<u8>, host: Vec<u8> },
    GroupStart(Vec<u8>),
    GroupEnd,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(Vec<u8>),
    Comment(Vec<u8>),
    Special(u8),
}

/// Reads an unfolded address list; what cannot be read is given as a name without host.
pub(crate) fn parse_list(input: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut words: Vec<Token> = Vec::new();
    let mut in_group = false;
    let mut route: Option<Vec<Token>> = None;
    let mut angle: Option<Vec<Token>> = None;
    for token in tokens(input) {
        if let Some(inside) = route.as_mut() {
            if token == Token::Special(b'>') {
                angle = route.take();
            } else {
                inside.push(token);
            }
            continue;
        }
        match token {
            Token::Special(b'<') => route = Some(Vec::new()),
            Token::Special(b',') => finish(&mut entries, &mut words, &mut angle),
            Token::Special(b':') if !in_group => {
                entries.push(Entry::GroupStart(phrase(&words)));
                words.clear();
                in_group = true;
            }
            Token::Special(b';') if in_group => {
                finish(&mut entries, &mut words, &mut angle);
                entries.push(Entry::GroupEnd);
                in_group = false;
            }
            other => words.push(other),
        }
    }
    if route.is_some() {
        angle = route;
    }
    finish(&mut entries, &mut words, &mut angle);
    if in_group {
        entries.push(Entry::GroupEnd);
    }
    entries
}

fn finish(entries: &mut Vec<Entry>, words: &mut Vec<Token>, angle: &mut Option<Vec<Token>>) {
    let words = std::mem::take(words);
    if let Some(inside) = angle.take() {
        // An obsolete route (`@a,@b:`) precedes the address; nobody needs it.
        let skip = inside.iter().position(|token| *token == Token::Special(b':')).map_or(0, |at| at + 1);
        let (mailbox, host) = spec(inside.get(skip..).unwrap_or_default());
        let name = phrase(&words);
        entries.push(Entry::Address { name: (!name.is_empty()).then_some(name), mailbox, host });
    } else if words.iter().any(|token| matches!(token, Token::Word(_))) {
        let (mailbox, host) = spec(&words);
        let comment = words.iter().find_map(|token| match token {
            Token::Comment(text) => Some(text.clone()),
            _ => None,
        });
        entries.push(Entry::Address { name: comment, mailbox, host });
    }
}

fn phrase(words: &[Token]) -> Vec<u8> {
    let words: Vec<&[u8]> = words
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.as_slice()),
            Token::Comment(_) | Token::Special(_) => None,
        })
        .collect();
    words.join(&b' ')
}

fn spec(tokens: &[Token]) -> (Vec<u8>, Vec<u8>) {
    let mut mailbox = Vec::new();
    let mut host = Vec::new();
    let mut at_host = false;
    for token in tokens {
        match token {
            Token::Special(b'@') => at_host = true,
            Token::Word(word) if at_host => host.extend_from_slice(word),
            Token::Word(word) => mailbox.extend_from_slice(word),
            Token::Special(_) | Token::Comment(_) => {}
        }
    }
    (mailbox, host)
}

fn tokens(input: &[u8]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut bytes = input.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                let mut word = Vec::new();
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => word.extend(bytes.next()),
                        _ => word.push(byte),
                    }
                }
                out.push(Token::Word(word));
            }
            b'(' => {
                let mut depth = 1;
                let mut text = Vec::new();
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        b'\\' => {
                            text.extend(bytes.next());
                            continue;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    text.push(byte);
                }
                out.push(Token::Comment(text));
            }
            b'<' | b'>' | b',' | b':' | b';' | b'@' => out.push(Token::Special(byte)),
            b' ' | b'\t' => {}
            _ => {
                let mut word = vec![byte];
                while let Some(next) = bytes.next_if(|next| !b" \t\"(<>,:;@".contains(next)) {
                    word.push(next);
                }
                out.push(Token::Word(word));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(name: Option<&str>, mailbox: &str, host: &str) -> Entry {
        Entry::Address { name: name.map(|name| name.as_bytes().to_vec()), mailbox: mailbox.into(), host: host.into() }
    }

    #[test]
    fn reads_lists() {
        let cases = [
            ("a@b.c", vec![address(None, "a", "b.c")]),
            (
                "\"Doe, J.\" <j.doe@x>, k@y (Kim)",
                vec![address(Some("Doe, J."), "j.doe", "x"), address(Some("Kim"), "k", "y")],
            ),
            (
                "Team: a@b, C <c@d>; z@q",
                vec![
                    Entry::GroupStart(b"Team".to_vec()),
                    address(None, "a", "b"),
                    address(Some("C"), "c", "d"),
                    Entry::GroupEnd,
                    address(None, "z", "q"),
                ],
            ),
            ("undisclosed-recipients:;", vec![Entry::GroupStart(b"undisclosed-recipients".to_vec()), Entry::GroupEnd]),
            ("<@a,@b:c@d>", vec![address(None, "c", "d")]),
            ("", vec![]),
            ("broken <x", vec![address(Some("broken"), "x", "")]),
        ];
        for (input, expected) in cases {
            assert_eq!(parse_list(input.as_bytes()), expected, "{input}");
        }
    }
}
