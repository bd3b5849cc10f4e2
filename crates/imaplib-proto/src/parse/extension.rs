//! The extension data of a body structure: disposition, language, location (RFC 9051, section 7.5.2).

use super::cursor::{Cursor, Malformed};
use super::parameters::parameters;
use crate::types::{Disposition, Extension, ImapString, Parameters};

/// What stands in the place of a disposition or of languages; servers mix them up.
enum Slot {
    Nothing,
    Word(ImapString),
    Words(Vec<ImapString>),
    Disposition(Disposition),
}

/// Reads the data, which may stop at any point. A text in the first place is the description if there is no other.
pub(super) fn extension(
    cursor: &mut Cursor<'_>,
    extension: &mut Extension,
    description: &mut Option<ImapString>,
) -> Result<(), Malformed> {
    // Most parts have none of the three.
    if cursor.eat_exactly(b" NIL NIL NIL)") {
        cursor.move_to(cursor.position() - 1);
        return Ok(());
    }
    cursor.blanks();
    let start = cursor.position();
    match slot(cursor)? {
        Slot::Nothing => {}
        Slot::Disposition(disposition) => extension.disposition = Some(disposition),
        // Exchange sends `"inline"` without its list.
        Slot::Word(word) if !word.as_bytes().contains(&b' ') => {
            cursor.note(start, "a disposition that is not in parentheses");
            extension.disposition = Some(Disposition { kind: word, parameters: Parameters::default() });
        }
        Slot::Word(text) => {
            cursor.note(start, "a text in place of the disposition");
            description.get_or_insert(text);
        }
        Slot::Words(mut words) if words.len() == 1 && words.iter().any(is_disposition) => {
            cursor.note(start, "a disposition without parameters");
            extension.disposition = words.pop().map(|kind| Disposition { kind, parameters: Parameters::default() });
        }
        Slot::Words(words) => {
            cursor.note(start, "languages in place of the disposition");
            extension.language = words;
        }
    }
    cursor.blanks();
    let start = cursor.position();
    match slot(cursor)? {
        Slot::Nothing => {}
        Slot::Word(word) => extension.language = vec![word],
        Slot::Words(words) => extension.language = words,
        Slot::Disposition(disposition) => {
            cursor.note(start, "a disposition in place of the languages");
            extension.disposition.get_or_insert(disposition);
        }
    }
    cursor.text_into(&mut extension.location, "a list in place of the location")
}

fn is_disposition(word: &ImapString) -> bool {
    ["INLINE", "ATTACHMENT", "FORM-DATA"].iter().any(|kind| word.eq_ignore_ascii_case(kind))
}

fn slot(cursor: &mut Cursor<'_>) -> Result<Slot, Malformed> {
    cursor.blanks();
    if cursor.eat_nil() {
        return Ok(Slot::Nothing);
    }
    match cursor.peek() {
        b')' => return Ok(Slot::Nothing),
        b'(' => cursor.advance(),
        _ => return Ok(cursor.nstring_or_atom()?.map_or(Slot::Nothing, Slot::Word)),
    }
    cursor.blanks();
    let start = cursor.position();
    if cursor.eat(b')') {
        cursor.note(start, "an empty list");
        return Ok(Slot::Nothing);
    }
    let first = cursor.nstring_or_atom()?;
    cursor.blanks();
    match (first, cursor.peek()) {
        (None, b')') => {
            cursor.advance();
            cursor.note(start, "NIL in a list");
            Ok(Slot::Nothing)
        }
        (first, b'(' | b'N' | b'n') => {
            let named = first.is_some();
            let mut disposition = Disposition { kind: first.unwrap_or_default(), parameters: Parameters::default() };
            parameters(cursor, &mut disposition.parameters)?;
            cursor.close_noting("more than a disposition and its parameters")?;
            if !named && disposition.parameters.is_empty() {
                cursor.note(start, "a disposition that is NIL");
                return Ok(Slot::Nothing);
            }
            Ok(Slot::Disposition(disposition))
        }
        (first, _) => {
            let mut words: Vec<ImapString> = first.into_iter().collect();
            loop {
                cursor.blanks();
                if cursor.eat(b')') {
                    return Ok(Slot::Words(words));
                }
                cursor.count::<ImapString>()?;
                words.extend(cursor.nstring_or_atom()?);
            }
        }
    }
}
