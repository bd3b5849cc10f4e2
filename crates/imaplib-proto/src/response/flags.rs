//! Flag lists (RFC 9051, section 9, `flag-list` and `flag-perm`).

use super::cursor::{Cursor, Malformed};
use crate::types::{Flag, Flags};

/// Reads a list of flags. `permanent`: `\*` has a meaning here.
pub(super) fn flag_list(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let rest = cursor.rest();
    if let Some((flags, tail)) = usual_flags(rest) {
        cursor.move_to(cursor.position() + rest.len() - tail.len());
        return Ok(flags);
    }
    let begin = cursor.position();
    if !cursor.eat(b'(') {
        return bare_flags(cursor, permanent);
    }
    let start = cursor.position();
    let mut flags = Flags::new();
    let mut keywords = false;
    loop {
        match cursor.peek() {
            b' ' => cursor.advance(),
            b')' => break,
            b'\\' => {
                let word = cursor.word();
                if !flags.insert_system(word) {
                    keywords = true;
                }
            }
            b'*' | b'N' | b'n' | b'"' => {
                let word = cursor.word();
                // A keyword may begin like these, but only these three need more care.
                if word.is_empty() || word == b"*" || word.eq_ignore_ascii_case(b"NIL") {
                    cursor.move_to(begin);
                    return odd_flags(cursor, permanent);
                }
                keywords = true;
            }
            _ if cursor.word().is_empty() => return Err(cursor.malformed("no flag")),
            _ => keywords = true,
        }
    }
    if keywords {
        flags.set_keywords(cursor.slice(start, cursor.position()));
    }
    cursor.advance();
    Ok(checked(cursor, begin, flags, permanent))
}

/// Reads a list of system flags in the standard's spelling with one space between them, as most are; gives what
/// follows it, too.
#[inline]
pub(super) fn usual_flags(octets: &[u8]) -> Option<(Flags, &[u8])> {
    let mut flags = Flags::new();
    let mut rest = octets.strip_prefix(b"(")?;
    if let [b')', tail @ ..] = rest {
        return Some((flags, tail));
    }
    loop {
        let (flag, tail) = match rest {
            [b'\\', b'S', b'e', b'e', b'n', tail @ ..] => (Flag::Seen, tail),
            [b'\\', b'A', b'n', b's', b'w', b'e', b'r', b'e', b'd', tail @ ..] => (Flag::Answered, tail),
            [b'\\', b'F', b'l', b'a', b'g', b'g', b'e', b'd', tail @ ..] => (Flag::Flagged, tail),
            [b'\\', b'D', b'e', b'l', b'e', b't', b'e', b'd', tail @ ..] => (Flag::Deleted, tail),
            [b'\\', b'D', b'r', b'a', b'f', b't', tail @ ..] => (Flag::Draft, tail),
            [b'\\', b'R', b'e', b'c', b'e', b'n', b't', tail @ ..] => (Flag::Recent, tail),
            _ => return None,
        };
        flags.set_system(&flag);
        match tail {
            [b')', tail @ ..] => return Some((flags, tail)),
            [b' ', tail @ ..] => rest = tail,
            _ => return None,
        }
    }
}

/// Reads a list with `NIL`, quoted flags (`("\Seen" NIL)`), or the bare `*` of Binc and GreenMail.
fn odd_flags(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let begin = cursor.position();
    cursor.advance();
    let mut flags = Flags::new();
    let mut keywords = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            break;
        }
        let word = cursor.astring()?;
        if word.as_ref() == b"*" {
            if permanent {
                flags.insert(Flag::Wildcard);
            }
        } else if !flags.insert_system(&word) && !word.eq_ignore_ascii_case(b"NIL") {
            // A keyword with a space in it would come out as two.
            keywords.extend(word.iter().map(|octet| if *octet == b' ' { b'_' } else { *octet }));
            keywords.push(b' ');
        }
    }
    flags.set_keywords(keywords.into());
    cursor.note(begin, "NIL, a bare * or a quoted string in a list of flags");
    Ok(checked(cursor, begin, flags, permanent))
}

/// Reads what stands in place of a list: NIL, or flags without parentheses.
fn bare_flags(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let begin = cursor.position();
    let mut flags = Flags::new();
    if !cursor.eat_nil() {
        let word = cursor.take_while(|octet| !matches!(octet, b' ' | b'(' | b')' | b']' | b'"' | b'\r' | b'\n'));
        if word == b"*" && permanent {
            flags.insert(Flag::Wildcard);
        } else if !flags.insert_system(word) {
            cursor.move_to(begin);
            return Err(cursor.malformed("no list of flags"));
        }
    }
    cursor.note(begin, "flags that are not in parentheses");
    Ok(checked(cursor, begin, flags, permanent))
}

/// Takes away `\*`, which GreenMail also sends where it can mean nothing.
fn checked(cursor: &mut Cursor<'_>, begin: usize, mut flags: Flags, permanent: bool) -> Flags {
    if !permanent && flags.contains(&Flag::Wildcard) {
        flags.remove(&Flag::Wildcard);
        cursor.note(begin, "\\* among flags that are set");
    }
    flags
}
