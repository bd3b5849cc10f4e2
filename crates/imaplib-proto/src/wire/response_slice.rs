//! One response in a block of received bytes: of which kind it is, and the strings that are made of it.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::types::{ImapString, SHORT};

/// One response in a block of received bytes.
#[derive(Clone, Copy)]
pub(crate) struct ResponseSlice<'a> {
    block: &'a Bytes,
    shared: Shared<'a>,
    start: usize,
    end: usize,
}

/// What texts share, once one does.
#[derive(Clone, Copy)]
pub(crate) enum Shared<'a> {
    /// The block, which lies in a connection.
    Block(&'a OnceLock<Arc<Bytes>>),
    /// The block, for this response alone: no lock is needed.
    Once(&'a OnceCell<Arc<Bytes>>),
    /// A copy of the response alone, so that they do not hold the block.
    Apart(&'a OnceCell<Arc<Bytes>>),
}

impl<'a> From<&'a OnceLock<Arc<Bytes>>> for Shared<'a> {
    fn from(shared: &'a OnceLock<Arc<Bytes>>) -> Self {
        Self::Block(shared)
    }
}

impl<'a> From<&'a OnceCell<Arc<Bytes>>> for Shared<'a> {
    fn from(shared: &'a OnceCell<Arc<Bytes>>) -> Self {
        Self::Once(shared)
    }
}

impl<'a> ResponseSlice<'a> {
    /// The bytes of the block from `start` to `end`.
    #[inline]
    pub(crate) fn new(block: &'a Bytes, shared: impl Into<Shared<'a>>, start: usize, end: usize) -> Self {
        Self { block, shared: shared.into(), start, end }
    }

    /// The same response, whose texts share a copy of it alone: for what is kept longer than the block should be.
    pub(crate) fn apart(self, shared: &'a OnceCell<Arc<Bytes>>) -> Self {
        Self { shared: Shared::Apart(shared), ..self }
    }

    /// How many bytes lie before the response in what its texts share.
    #[inline]
    pub(crate) fn base(&self) -> usize {
        if self.is_apart() { 0 } else { self.start }
    }

    /// The bytes of the response.
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.block.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes the response has.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The bytes between two places, shared with the block.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Bytes {
        if self.is_apart() {
            return self.shared().slice(start..end);
        }
        self.block.slice(self.start + start..self.start + end)
    }

    /// What its texts share.
    pub(crate) fn shared(&self) -> &'a Arc<Bytes> {
        match self.shared {
            Shared::Block(shared) => shared.get_or_init(|| Arc::new(self.block.clone())),
            Shared::Once(shared) => shared.get_or_init(|| Arc::new(self.block.clone())),
            Shared::Apart(shared) => shared.get_or_init(|| Arc::new(Bytes::copy_from_slice(self.bytes()))),
        }
    }

    fn is_apart(&self) -> bool {
        matches!(self.shared, Shared::Apart(_))
    }

    /// The bytes between two places as text: a copy if they are few.
    #[inline]
    pub(crate) fn text(&self, start: usize, end: usize) -> ImapString {
        let length = end.saturating_sub(start);
        let bytes = self.bytes();
        if length > SHORT {
            let shared = || ImapString::shared(self.shared(), self.base() + start, self.base() + end);
            return if end <= bytes.len() { shared() } else { ImapString::default() };
        }
        match bytes.get(start..).and_then(<[u8]>::first_chunk) {
            Some(window) => ImapString::short(window, length),
            None => ImapString::copied(bytes.get(start..end).unwrap_or_default()).unwrap_or_default(),
        }
    }
}

/// What the keyword of a response is, as far as framing depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseKind {
    /// `* n FETCH`: the items of a message.
    Row,
    /// LIST, LSUB and XLIST: attributes, a delimiter and a name; extended data may follow in lists within a list.
    Listing,
    /// STATUS and QUOTA: a name, and a list of numbers.
    Figures,
    /// NAMESPACE, ID and ESEARCH: strings stand in lists only.
    Lists,
    /// Words and numbers: FLAGS, CAPABILITY, SEARCH, EXISTS and the like.
    Words,
    /// Data of any other kind, known or not.
    Data,
    /// A status response, tagged or not, or a continuation request: what follows is text for people.
    Text,
}

/// The keywords that stand behind the asterisk, or behind a number.
const KEYWORDS: &[(&str, ResponseKind)] = &[
    ("LIST", ResponseKind::Listing),
    ("LSUB", ResponseKind::Listing),
    ("XLIST", ResponseKind::Listing),
    ("STATUS", ResponseKind::Figures),
    ("QUOTA", ResponseKind::Figures),
    ("NAMESPACE", ResponseKind::Lists),
    ("ID", ResponseKind::Lists),
    ("ESEARCH", ResponseKind::Lists),
    ("FLAGS", ResponseKind::Words),
    ("CAPABILITY", ResponseKind::Words),
    ("ENABLED", ResponseKind::Words),
    ("SEARCH", ResponseKind::Words),
    ("SORT", ResponseKind::Words),
    ("THREAD", ResponseKind::Words),
    ("VANISHED", ResponseKind::Words),
    ("OK", ResponseKind::Text),
    ("NO", ResponseKind::Text),
    ("BAD", ResponseKind::Text),
    ("BYE", ResponseKind::Text),
    ("PREAUTH", ResponseKind::Text),
];

const NUMBERED: &[(&str, ResponseKind)] = &[
    ("FETCH", ResponseKind::Row),
    ("UIDFETCH", ResponseKind::Row),
    ("STORE", ResponseKind::Row),
    ("EXISTS", ResponseKind::Words),
    ("RECENT", ResponseKind::Words),
    ("EXPUNGE", ResponseKind::Words),
    ("EXPUNGED", ResponseKind::Words),
];

impl ResponseKind {
    /// The kind of the response that begins so.
    pub(crate) fn of(response: &[u8]) -> Self {
        let Some(rest) = untagged(response) else { return Self::Text };
        // A code without its status, as some servers send it, is followed by text, too.
        if rest.starts_with(b"[") {
            return Self::Text;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let numbered = rest.get(digits..).unwrap_or_default().trim_ascii_start();
        let (names, rest) = if digits > 0 { (NUMBERED, numbered) } else { (KEYWORDS, rest) };
        let length = rest.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(length).unwrap_or_default();
        let ends = digits > 0 || matches!(behind.first(), None | Some(b' ' | b'\r' | b'\n'));
        let known = names.iter().find(|(name, _)| ends && word.eq_ignore_ascii_case(name.as_bytes()));
        known.map_or(Self::Data, |(_, kind)| *kind)
    }
}

/// Whether a response that begins so is untagged data.
pub(super) fn is_data(response: &[u8]) -> bool {
    ResponseKind::of(response) != ResponseKind::Text
}

/// Whether a response that begins so is a row of FETCH.
pub(super) fn is_row(response: &[u8]) -> bool {
    ResponseKind::of(response) == ResponseKind::Row
}

/// Whether a response that begins so is a list of numbers, of which there may be many.
pub(super) fn is_list_of_numbers(response: &[u8]) -> bool {
    let word = response.strip_prefix(b"* ").and_then(|rest| rest.split(|byte| *byte == b' ').next());
    let names = ["SEARCH", "ESEARCH", "SORT", "THREAD", "VANISHED"];
    word.is_some_and(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes())))
}

/// Whether a response that is not data is a status response, tagged or not, or a continuation: its text may end in anything.
pub(super) fn is_for_people(response: &[u8]) -> bool {
    const KINDS: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    if untagged(response).is_some() || matches!(response, [b'+' | b'[', ..]) {
        return true;
    }
    let mut words = response.split(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
    // A tag, or none where the server forgot it.
    words.next().is_some_and(|word| KINDS.contains(&word))
        || words.next().is_some_and(|word| KINDS.iter().any(|kind| word.eq_ignore_ascii_case(kind)))
        || response.starts_with(b"Server Unavailable.")
}

/// What stands behind the asterisk.
fn untagged(response: &[u8]) -> Option<&[u8]> {
    let begin = response.iter().position(|byte| *byte != 0).unwrap_or_default();
    Some(response.get(begin..)?.strip_prefix(b"* ")?.trim_ascii_start())
}
