//! Responses that only one command expects: they are read when it receives them, and are unknown to all others.

use std::cell::OnceCell;

use super::Context;
use super::cursor::{Cursor, Malformed};
use super::set;
use crate::types::{Comparator, FetchedUrl, ImapString, Untagged};
use crate::wire::ResponseSlice;

/// GENURLAUTH: signed URLs (RFC 4467, section 8).
pub(crate) fn signed_urls(response: &Untagged) -> Option<Vec<ImapString>> {
    read(response, "GENURLAUTH", to_the_end)
}

/// URLFETCH: what URLs lead to (RFC 4467, section 8; RFC 5524, section 3).
pub(crate) fn fetched_urls(response: &Untagged) -> Option<Vec<FetchedUrl>> {
    read(response, "URLFETCH", |cursor| {
        let mut urls = Vec::new();
        loop {
            cursor.spaces();
            if cursor.at_end() {
                return Ok(urls);
            }
            cursor.count::<FetchedUrl>()?;
            urls.push(fetched_url(cursor)?);
        }
    })
}

/// The answer to UIDBATCHES.
pub(crate) struct Batches {
    /// The tag of the command that it answers.
    pub(crate) tag: Option<ImapString>,
    /// Both ends of each batch.
    pub(crate) ranges: Vec<(u32, u32)>,
}

/// UIDBATCHES: ranges of UIDs (RFC 10022).
pub(crate) fn uid_batches(response: &Untagged) -> Option<Batches> {
    read(response, "UIDBATCHES", |cursor| {
        let mut tag = None;
        if cursor.eat(b'(') {
            if cursor.eat_word(b"TAG") {
                cursor.spaces();
                tag = Some(cursor.astring_text()?);
            }
            cursor.need(b')', "more than a tag")?;
            cursor.spaces();
        }
        let ranges = if cursor.at_end() { Vec::new() } else { set::ranges(cursor)? };
        Ok(Batches { tag, ranges })
    })
}

/// JMAPACCESS: a URL (RFC 9698, section 3).
pub(crate) fn jmap_access(response: &Untagged) -> Option<ImapString> {
    read(response, "JMAPACCESS", |cursor| cursor.astring_text())
}

/// LANGUAGE: one language, or those that there are (RFC 5255, section 3.3).
pub(crate) fn languages(response: &Untagged) -> Option<Vec<ImapString>> {
    read(response, "LANGUAGE", |cursor| {
        let found = in_parentheses(cursor)?;
        cursor.spaces();
        // A list of namespaces' prefixes in the language may follow, which is of no use: names are the same in all.
        cursor.move_to(cursor.end());
        Ok(found)
    })
}

/// COMPARATOR: the one in use, and those that matched (RFC 5255, section 4.8).
pub(crate) fn comparator(response: &Untagged) -> Option<Comparator> {
    read(response, "COMPARATOR", |cursor| {
        let active = cursor.astring_text()?;
        cursor.spaces();
        let matching = if cursor.at_end() { Vec::new() } else { in_parentheses(cursor)? };
        Ok(Comparator { active, matching })
    })
}

/// Reads what stands behind the keyword, up to the end of the response; nothing if it is another response or cannot be read.
fn read<T>(response: &Untagged, name: &str, read: impl Fn(&mut Cursor<'_>) -> Result<T, Malformed>) -> Option<T> {
    let Untagged::Unknown { number: None, keyword, raw } = response else { return None };
    if !keyword.eq_ignore_ascii_case(name.as_bytes()) {
        return None;
    }
    let (shared, context): (_, Context) = (OnceCell::new(), Context::default());
    let mut cursor = Cursor::new(ResponseSlice::new(raw, &shared, 0, raw.len()), &context);
    cursor.advance();
    cursor.spaces();
    cursor.word();
    cursor.spaces();
    let found = read(&mut cursor).ok()?;
    cursor.spaces();
    cursor.at_end().then_some(found)
}

fn to_the_end(cursor: &mut Cursor<'_>) -> Result<Vec<ImapString>, Malformed> {
    let mut texts = Vec::new();
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(texts);
        }
        cursor.count::<ImapString>()?;
        texts.push(cursor.astring_text()?);
    }
}

fn in_parentheses(cursor: &mut Cursor<'_>) -> Result<Vec<ImapString>, Malformed> {
    cursor.need(b'(', "no list")?;
    let mut texts = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(texts);
        }
        cursor.count::<ImapString>()?;
        texts.push(cursor.astring_text()?);
    }
}

/// Reads a URL and what it leads to: a text, or lists of RFC 5524 with a text in one of them.
fn fetched_url(cursor: &mut Cursor<'_>) -> Result<FetchedUrl, Malformed> {
    let url = cursor.astring_text()?;
    cursor.spaces();
    if cursor.peek() != b'(' {
        return Ok(FetchedUrl { url, body: cursor.nstring()? });
    }
    let mut body = None;
    while cursor.eat(b'(') {
        let is_body = cursor.eat_word(b"BODY") || cursor.eat_word(b"BINARY");
        cursor.spaces();
        match is_body {
            true => body = cursor.nstring()?,
            false => {
                cursor.word();
                cursor.spaces();
                cursor.skip_value()?;
            }
        }
        cursor.spaces();
        cursor.need(b')', "a list that is not closed")?;
        cursor.spaces();
    }
    Ok(FetchedUrl { url, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Response;

    fn untagged(bytes: &'static [u8]) -> Untagged {
        match crate::parse::read(&bytes.into(), &Context::default()).response {
            Response::Untagged(untagged) => untagged,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_is_read_from_its_own_response_only() {
        let urls = untagged(b"* GENURLAUTH \"imap://a@b/c/;uid=1;urlauth=anonymous:internal:91\" x\r\n");
        assert_eq!(signed_urls(&urls).unwrap().len(), 2);
        assert!(fetched_urls(&urls).is_none() && jmap_access(&urls).is_none());
        let fetched =
            untagged(b"* URLFETCH \"u\" {5}\r\na(\r\nb v NIL (w) (BODYPARTSTRUCTURE (\"a\" (b))) (BINARY \"x\")\r\n");
        assert!(fetched_urls(&fetched).is_none(), "a URL is no list");
        let fetched =
            untagged(b"* URLFETCH \"u\" {5}\r\na(\r\nb v NIL w (BODYPARTSTRUCTURE (\"a\" (b))) (BINARY \"x\")\r\n");
        let found = fetched_urls(&fetched).unwrap();
        let bodies: Vec<_> = found.iter().map(|one| one.body.as_deref()).collect();
        assert_eq!(bodies, [Some(&b"a(\r\nb"[..]), None, Some(b"x")]);
        let batches = untagged(b"* UIDBATCHES (TAG \"A302\") 215295:99695,99694:20350,7829:1\r\n");
        assert_eq!(uid_batches(&batches).unwrap().ranges, [(99_695, 215_295), (20_350, 99_694), (1, 7829)]);
        assert_eq!(uid_batches(&untagged(b"* UIDBATCHES (TAG \"A302\")\r\n")).unwrap().ranges, []);
        let jmap = untagged(b"* JMAPACCESS \"https://example.com/.s/[jmap]\"\r\n");
        assert_eq!(jmap_access(&jmap).unwrap(), "https://example.com/.s/[jmap]");
        assert_eq!(languages(&untagged(b"* LANGUAGE (EN DE \"i-default\")\r\n")).unwrap().len(), 3);
        let comparator = comparator(&untagged(b"* COMPARATOR i;basic (i;basic i;octet)\r\n")).unwrap();
        assert!(comparator.active == "i;basic" && comparator.matching.len() == 2);
        for broken in [&b"* URLFETCH a\r\n"[..], b"* UIDBATCHES (TAG\r\n", b"* LANGUAGE x\r\n", b"* JMAPACCESS a b\r\n"]
        {
            let response = match crate::parse::read(&bytes::Bytes::from_static(broken), &Context::default()).response {
                Response::Untagged(untagged) => untagged,
                other => panic!("{other:?}"),
            };
            let none = fetched_urls(&response).is_none() && uid_batches(&response).is_none();
            assert!(none && languages(&response).is_none() && jmap_access(&response).is_none(), "{response:?}");
        }
    }
}
