//! Which lines announce a literal.
//!
//! `{n}` at the end of a line is the announcement of a literal, or the end of a text that only looks so. One that is taken
//! for a text though its bytes follow lets a message's words be read as responses; a text that is taken for an
//! announcement swallows the lines behind it. So the rule is the grammar's: a literal is announced where a value begins,
//! and only in responses, and at places in them, that can hold a string.
//!
//! | response | where |
//! |---|---|
//! | FETCH | where a value begins, or right behind the name of a text |
//! | LIST, LSUB, XLIST | in place of the delimiter or the name, and within the lists of the extended data |
//! | STATUS, QUOTA | in place of the name, and in the list |
//! | NAMESPACE, ID, ESEARCH | in lists |
//! | FLAGS, CAPABILITY, ENABLED, SEARCH, SORT, THREAD, VANISHED, EXISTS, RECENT, EXPUNGE | nowhere |
//! | OK, NO, BAD, BYE, PREAUTH, tagged responses, continuation requests | nowhere: text for people may end in anything |
//! | other data, known or not | where a value begins |
//!
//! Quotes say nothing: a quoted string cannot hold a line end, so one that looks open there is one of which a quote or a
//! backslash was not escaped. What would be taken for the rest of it are the bytes of the literal, in which anybody may
//! have written responses.

use super::FrameError;
use super::response_slice::{ResponseKind, is_for_people};

/// So near to its end a line may announce a literal, in bytes.
pub(crate) const NEAR: usize = 64;

/// Where the last brace is that digits follow, as in the announcement of a literal.
pub(crate) fn announcement(bytes: &[u8]) -> Option<usize> {
    let is_announcement = |open: &usize| {
        let behind = bytes.get(open + 1..).unwrap_or_default().trim_ascii_start();
        behind.strip_prefix(b"-").unwrap_or(behind).first().is_some_and(u8::is_ascii_digit)
    };
    memchr::memrchr_iter(b'{', bytes).find(is_announcement)
}

/// The length of the literal that a line of a response announces, if it does. Of the response its beginning is needed, and
/// of the line its end: for callers that step over a response that is too long to be held.
///
/// # Errors
/// If the line ends in such a way that what follows may be bytes of a literal, or announces one of an impossible length.
pub fn announced_literal(response: &[u8], line: &[u8]) -> Result<Option<u64>, FrameError> {
    let kind = ResponseKind::of(response);
    let announced = Announced::at_end_of(line).filter(|announced| can_follow(kind, announced.before, false));
    match announced.map(|announced| announced.length()) {
        Some(Some(length)) => length.map(Some).ok_or(FrameError::LiteralLength),
        _ if kind == ResponseKind::Row && !line.trim_ascii_end().ends_with(b")") => Err(FrameError::InDoubt),
        _ => Ok(None),
    }
}

/// What a line ends with that looks like the announcement of a literal.
pub(super) struct Announced<'a> {
    /// What stands before it in the line.
    pub(super) before: &'a [u8],
    /// What stands between the braces, without the plus of a literal that is sent without waiting.
    digits: &'a [u8],
}

impl<'a> Announced<'a> {
    /// Looks at the end of a line.
    pub(super) fn at_end_of(line: &'a [u8]) -> Option<Self> {
        // Nearly every line of data ends so.
        if line.ends_with(b")\r\n") {
            return None;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line).trim_ascii_end().strip_suffix(b"}")?;
        let (before, digits) = line.split_at_checked(memchr::memrchr(b'{', line)?)?;
        let digits = digits.get(1..)?;
        Some(Self { before, digits: digits.strip_suffix(b"+").unwrap_or(digits) })
    }

    /// The length of the literal: `Some(None)` if it is too great, nothing if this is not a length.
    pub(super) fn length(&self) -> Option<Option<u64>> {
        // A size of -1 is sent for an empty text by some servers.
        let (negative, digits) = match self.digits.strip_prefix(b"-") {
            Some(digits) => (true, digits),
            None => (false, self.digits),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        if negative {
            return Some(Some(0));
        }
        Some(digits.iter().try_fold(0u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|value| *value <= i64::MAX as u64)
        }))
    }
}

/// Whether a literal can follow these bytes of a line in a response of this kind; `first` if it is the response's first
/// line.
pub(super) fn can_follow(kind: ResponseKind, before: &[u8], first: bool) -> bool {
    let before = before.strip_suffix(b"~").unwrap_or(before);
    let value_begins = matches!(before.last(), Some(b' ' | b'(' | b')' | b'"') | None);
    // Behind a literal it is not known how many lists are open.
    match kind {
        ResponseKind::Lists | ResponseKind::Listing | ResponseKind::Figures if !first => value_begins,
        ResponseKind::Row => value_begins || ends_with_name_of_text(before),
        ResponseKind::Data => value_begins,
        ResponseKind::Lists => value_begins && open_lists(before).0 > 0,
        ResponseKind::Listing => value_begins && !(ends_with_name(before, true) && is_name_open(before)),
        ResponseKind::Figures => value_begins && !(ends_with_name(before, false) && open_lists(before).0 == 0),
        ResponseKind::Words | ResponseKind::Text => false,
    }
}

/// Whether these bytes of a response's first line end with a word that is not its keyword, and may belong to an unquoted
/// name. In a listing the word behind the attributes is the delimiter.
fn ends_with_name(before: &[u8], listing: bool) -> bool {
    let before = before.trim_ascii_end();
    let word = before.rsplit(|byte| b" ()\"".contains(byte)).next().unwrap_or_default();
    let head = before.get(..before.len() - word.len()).unwrap_or_default().trim_ascii_end();
    let is_nil = |word: &[u8]| word.eq_ignore_ascii_case(b"NIL");
    let mut words = head.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    // The attributes can be NIL themselves: `* LIST NIL / name`.
    let is_list = memchr::memchr(b')', head).is_some_and(|end| end + 1 == head.len());
    let is_behind_attributes = is_list || (words.nth(2).is_some_and(is_nil) && words.next().is_none());
    let is_attributes = listing && is_nil(word) && head.split(u8::is_ascii_whitespace).count() == 2;
    let is_delimiter = listing && is_behind_attributes && (word.len() == 1 || is_nil(word));
    !(word.is_empty() || head.ends_with(b"*") || is_attributes || is_delimiter)
}

/// Whether these bytes of a listing's first line may end within an unquoted name: one can have parentheses, in which no more
/// are nested than in extended data.
fn is_name_open(before: &[u8]) -> bool {
    let (depth, outermost) = open_lists(before);
    // Behind a name in quotes a list can only be extended data.
    let is_extended_data = || before.get(..outermost).unwrap_or_default().trim_ascii_end().ends_with(b"\"");
    depth == 0 || (depth == 1 && !is_extended_data())
}

/// How many lists are open behind these bytes of a line, and where the outermost of them begins.
fn open_lists(bytes: &[u8]) -> (usize, usize) {
    let (mut depth, mut outermost, mut quoted, mut escaped) = (0usize, 0, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => {
                outermost = if depth == 0 { at } else { outermost };
                depth += 1;
            }
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (depth, outermost)
}

/// Whether the bytes end with the name of an item whose value is a text of the message.
fn ends_with_name_of_text(bytes: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    let begin = bytes.iter().rposition(|byte| !is_name(byte)).map_or(0, |before| before + 1);
    let name = bytes.get(begin..).unwrap_or_default();
    matches!(bytes.last(), Some(b']' | b'>'))
        || ["RFC822", "RFC822.HEADER", "RFC822.TEXT"].iter().any(|text| name.eq_ignore_ascii_case(text.as_bytes()))
}

/// Whether a text for people that goes so far is a row after all: the items of a message stand in a list. Whether the list
/// is closed, a quoted parenthesis may hide.
fn is_within_row(before: &[u8]) -> bool {
    const ITEMS: [&[u8]; 6] = [b"BODY[", b"BINARY[", b"RFC822", b"ENVELOPE (", b"BODYSTRUCTURE (", b"FETCH ("];
    let list = memchr::memchr(b'(', before).unwrap_or(before.len());
    let list = before.get(list.saturating_sub(b"BODYSTRUCTURE ".len())..).unwrap_or_default();
    let list = list.get(..1 << 10).unwrap_or(list);
    memchr::memchr(b'(', list).is_some()
        && ITEMS.iter().any(|item| list.windows(item.len()).any(|bytes| bytes.eq_ignore_ascii_case(item)))
}

/// Whether the last line of a response, if that is not data, announces a literal all the same: a row whose beginning is
/// not as it should be. What the rows themselves hold is looked at where they are read.
pub(super) fn is_in_doubt(response: &[u8], line: &[u8]) -> bool {
    // Nearly every response: data whose name cannot be that of a status.
    if let [b'*', b' ', first, ..] = response
        && first.is_ascii_alphanumeric()
        && !matches!(first.to_ascii_uppercase(), b'O' | b'N' | b'B' | b'P')
    {
        return false;
    }
    let near = line.len().saturating_sub(NEAR);
    let Some(open) = announcement(line.get(near..).unwrap_or_default()) else { return false };
    let before = line.get(..near + open).unwrap_or_default();
    !is_for_people(response) || is_within_row(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the line, the first of a response, announces a literal of five bytes.
    fn announces(line: &str) -> bool {
        let line = format!("{line}\r\n");
        let Some(announced) = Announced::at_end_of(line.as_bytes()) else { return false };
        can_follow(ResponseKind::of(line.as_bytes()), announced.before, true) && announced.length() == Some(Some(5))
    }

    #[test]
    fn a_literal_is_announced_where_the_grammar_has_a_string() {
        for line in [
            "* 1 FETCH (BODY[] {5}",
            "* 1 FETCH (BODY[]{5}",
            "* 1 FETCH (BODY[]<0>{5}",
            "* 1 FETCH (RFC822.HEADER{5}",
            "* 1 FETCH (X-NEW word {5}",
            "* 1 FETCH (BINARY[1] ~{5}",
            "* 1 fetch (ENVELOPE (\"open {5}",
            "* LIST {5}",
            "* LIST () \"/\" {5}",
            "* LIST () / {5}",
            "* list () nil {5+}",
            "* LIST NIL / {5}",
            "* LIST NIL {5}",
            "* LIST (\\NoSelect) NIL  {5} ",
            "* XLIST () \"\\\\\" {5}",
            "* LSUB () \"/\" \"odd \\\" {5}",
            "* LIST () \"/\" Foo ({5}",
            "* LIST () \"/\" Foo (OLDNAME ({5}",
            "* LIST () \"/\" Foo (CHILDINFO (SUBSCRIBED {5}",
            "* LIST () \"/\" Foo (\"X\" (a) {5}",
            "* LIST () \"/\" \"Foo\" (X-NEW {5}",
            "* LIST () \"/\" \"Foo\" (X (1 (\"b)\")) \"Y Z\" 5 X-NEW {5}",
            "* STATUS {5}",
            "* STATUS \"Foo\" (X-NAME {5}",
            "* STATUS Foo (MAILBOXID ({5}",
            "* QUOTA {5}",
            "* QUOTAROOT INBOX {5}",
            "* ACL INBOX {5}",
            "* ACL {5}",
            "* LISTRIGHTS INBOX {5}",
            "* METADATA \"\" (/shared/comment {5}",
            "* METADATA INBOX {5}",
            "* NAMESPACE (({5}",
            "* NAMESPACE ((\"\" {5}",
            "* ID (\"name\" {5}",
            "* ESEARCH (TAG {5}",
            "* URLFETCH \"imap:x\" {5}",
            "* X-NEW word {5}",
            "* 7 X-NEW {5}",
        ] {
            assert!(announces(line), "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_the_announcement_of_a_literal_is_none() {
        for line in [
            // Names that are not quoted.
            "* LIST () \"/\" Foo {5}",
            "* LIST (\\HasNoChildren) \"/\" My Foo {5}",
            "* LIST () NIL Foo {5}",
            "* LIST () / Foo {5}",
            "* LIST () \"/\" NIL. {5}",
            "* XLIST () \"/\" Foo {5}",
            "* LSUB () \"/\" a b {5}",
            "* LIST () NIL b {5}",
            "* LIST NIL \"/\" NIL {5}",
            "* LIST () \"/\" Foo (bar {5}",
            "* LIST () \"/\" Foo(bar) x {5}",
            "* LIST (\\Marked {5}",
            "* LIST () \"/\" Foo{5}",
            "* STATUS Foo {5}",
            "* STATUS F {5}",
            "* QUOTA User quota {5}",
            // Items whose value is not a text of the message.
            "* 1 FETCH (FLAGS{5}",
            "* 1 FETCH (UID 7 RFC822.SIZE{5}",
            // Numbers and words.
            "* FLAGS (\\Seen {5}",
            "* FLAGS {5}",
            "* CAPABILITY IMAP4rev1 {5}",
            "* CAPABILITY {5}",
            "* ENABLED {5}",
            "* SEARCH {5}",
            "* SEARCH 1 2 {5}",
            "* SORT 1 {5}",
            "* THREAD (1 {5}",
            "* VANISHED 1 {5}",
            "* VANISHED (EARLIER) {5}",
            "* 5 EXISTS {5}",
            "* 5 recent {5}",
            "* 5 EXPUNGE {5}",
            // Strings stand in lists only.
            "* ESEARCH (TAG \"a\") UID {5}",
            "* ID NIL {5}",
            "* ID {5}",
            "* NAMESPACE NIL NIL {5}",
            // Text for people.
            "* OK {5}",
            "* OK [UIDNEXT 5] text {5}",
            "* NO (text {5}",
            "* BAD \"text\" {5}",
            "* bye {5}",
            "* PREAUTH {5}",
            "* [ALERT] text {5}",
            "a1 OK {5}",
            "a1 NO text {5}",
            "+ {5}",
            // No length.
            "* 1 FETCH (BODY[] {}",
            "* 1 FETCH (BODY[] {5x}",
            "* 1 FETCH (BODY[] {5})",
        ] {
            assert!(!announces(line), "{line}");
        }
    }
}
