//! The names of mailboxes, in a form that means one of them alone and can be given back.
//!
//! A server may list names that are not encoded as they should be, and several that are shown alike. Then the text does not
//! say which mailbox it is, and the bytes on the wire do, with `\xNN` for what is not printable.

use std::hash::{BuildHasher as _, RandomState};

use imaplib::types::{Listing, MailboxName, NameEncoding};

use crate::error::{Exit, Failure, Result};
use crate::output::terminal;

/// The forms of the names that a server lists.
pub(crate) struct Forms {
    /// The hash of each name's text, and that of the name, in order: a server may list very many.
    names: Vec<(u64, u64)>,
    hasher: RandomState,
}

impl Forms {
    pub(crate) fn of_all<'a>(names: impl IntoIterator<Item = &'a MailboxName>) -> Self {
        let hasher = RandomState::new();
        let hash = |name: &MailboxName| (hasher.hash_one(name.to_text().as_ref()), hasher.hash_one(name));
        let mut names: Vec<(u64, u64)> = names.into_iter().map(hash).collect();
        names.sort_unstable();
        // However often it is listed.
        names.dedup();
        Self { names, hasher }
    }

    /// How many names have this text.
    fn count(&self, text: &str) -> usize {
        let hash = self.hasher.hash_one(text);
        let start = self.names.partition_point(|(text, _)| *text < hash);
        self.names.iter().skip(start).take_while(|(text, _)| *text == hash).count()
    }

    /// The name's text, else another form if that could mean another mailbox too.
    pub(crate) fn of(&self, name: &MailboxName) -> String {
        let text = name.to_text();
        let is_its_own = name.is_readable() || self.count(&text) < 2;
        if is_its_own { text.into_owned() } else { self.raw(name) }
    }

    /// The same for people: what would not be seen is escaped, too.
    pub(crate) fn shown(&self, name: &MailboxName) -> String {
        let form = self.of(name);
        let is_seen = form.trim() == form && !form.chars().any(terminal::is_dangerous);
        if is_seen { form } else { self.raw(name) }
    }

    /// The bytes of the name.
    pub(crate) fn raw(&self, name: &MailboxName) -> String {
        let raw = name.to_raw();
        let inner = raw.trim_matches(' ');
        let blanks = |count: usize| "\\x20".repeat(count);
        let before = raw.len() - raw.trim_start_matches(' ').len();
        let raw = match raw.len() - inner.len() {
            0 => raw,
            outside => format!("{}{inner}{}", blanks(before), blanks(outside.saturating_sub(before))),
        };
        // Another name may be just this, letter by letter.
        if self.count(&raw) > 0 && raw != name.to_text() {
            return name.to_wire(NameEncoding::ModifiedUtf7).iter().map(|byte| format!("\\x{byte:02x}")).collect();
        }
        raw
    }
}

/// Which of the listed mailboxes a form means.
pub(crate) fn resolve<'a>(form: &str, listed: &'a [Listing]) -> Result<Option<&'a Listing>> {
    let names = || listed.iter().map(|listing| &listing.name);
    let found = MailboxName::find(form, names()).map_err(|alike| {
        let forms = Forms::of_all(names());
        let alike: Vec<String> = alike.into_iter().take(5).map(|name| forms.raw(name)).collect();
        Failure::new(Exit::Unavailable, format!("{form:?} can mean several mailboxes"))
            .hint(format!("their names in bytes: {}", alike.join(", ")))
    })?;
    if let Some(name) = found {
        return Ok(listed.iter().find(|listing| std::ptr::eq(&raw const listing.name, name)));
    }
    let Some(bytes) = unescaped(form) else { return Ok(None) };
    Ok(listed.iter().find(|listing| *listing.name.to_wire(NameEncoding::ModifiedUtf7) == *bytes))
}

/// True for a form that may be of bytes.
pub(crate) fn is_escaped(form: &str) -> bool {
    form.contains("\\x")
}

/// The bytes that a form stands for, if there are escapes in it.
fn unescaped(form: &str) -> Option<Vec<u8>> {
    let mut pieces = form.split("\\x");
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    let mut any = false;
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                any = true;
                bytes.push(byte);
                bytes.extend_from_slice(piece.as_bytes().get(2..).unwrap_or_default());
            }
            None => bytes.extend_from_slice(&[b"\\x", piece.as_bytes()].concat()),
        }
    }
    any.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&[u8]]) -> Vec<Listing> {
        let name = |bytes: &[u8]| MailboxName::from_wire(bytes.to_vec().into(), NameEncoding::ModifiedUtf7);
        let listing = |bytes: &&[u8]| Listing::new(name(bytes), Some('/'));
        names.iter().map(listing).collect()
    }

    const NAMES: &[&[u8]] = &[
        b"INBOX",
        b"a & b",
        b"a &- b",
        b"a \\x26 b",
        b"Entw&APw-rfe",
        "Entwürfe".as_bytes(),
        b"Entw\xfcrfe",
        b"Entw\xf6rfe",
        b"&AAA",
        b"&",
        b"&AGE-",
        b"a",
        b"tail ",
        b" ",
        b"tail\\x20",
        b"a\tb",
        b"\x1b[31m",
        "Größe".as_bytes(),
    ];

    #[test]
    fn each_form_means_its_name() {
        let all = listed(NAMES);
        let forms = Forms::of_all(all.iter().map(|listing| &listing.name));
        for (listing, bytes) in all.iter().zip(NAMES) {
            for form in [forms.of(&listing.name), forms.shown(&listing.name), forms.raw(&listing.name)] {
                let found = resolve(&form, &all).unwrap().unwrap();
                assert_eq!(found.name.as_bytes(), *bytes, "{form}");
            }
            let shown = forms.shown(&listing.name);
            assert!(shown.trim() == shown && !shown.contains(char::is_control), "{shown}");
        }
        let shown = |bytes: &[u8]| {
            let listing = all.iter().find(|listing| listing.name.as_bytes() == bytes).unwrap();
            forms.shown(&listing.name)
        };
        assert_eq!(shown("Größe".as_bytes()), "Größe");
        assert_eq!(shown("Entwürfe".as_bytes()), "Entw\\xc3\\xbcrfe");
        assert_eq!(shown(b"Entw&APw-rfe"), "Entwürfe");
        assert!(resolve("Entw\u{fffd}rfe", &all).unwrap_err().to_string().contains("several"));
        assert!(resolve("\\x", &all).unwrap().is_none() && resolve("\\xé", &all).unwrap().is_none());
    }
}
