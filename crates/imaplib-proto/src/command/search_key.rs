//! What a SEARCH looks for.

use super::search_argument::{AnnotationMatch, FlagScope, SearchArgument};
use crate::types::{Date, Flag, SeqSet, Uid, UidSet};
use crate::wire::Encoder;

/// Conditions on messages; all must hold (RFC 9051, section 6.4.4).
///
/// Each method adds a condition. Texts are matched by the server, without case, anywhere in the field.
///
/// ```
/// use imaplib_proto::command::Search;
/// use imaplib_proto::types::Date;
/// let last_week = Search::unseen().since(Date::new(2026, 11, 16)?);
/// let urgent = Search::flagged().or(Search::new().subject("urgent"));
/// let both = last_week.and(urgent);
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    keys: Vec<Key>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A key without argument, in the words of the protocol.
    Word(&'static str),
    Keyword(&'static str, Flag),
    Text(&'static str, String),
    Header(String, String),
    Date(&'static str, Date),
    Number(&'static str, u64),
    Uids(UidSet),
    Seqs(SeqSet),
    Not(Search),
    Or(Search, Search),
    All(Search),
    /// `$` (RFC 5182).
    Saved,
    Fuzzy(Search),
    /// An argument that must be an atom.
    Atom(&'static str, String),
    /// The flag, whose changes are looked at, and since when.
    ModSeqOf(Flag, FlagScope, u64),
    Annotation(AnnotationMatch),
    Other(String, SearchArgument),
}

macro_rules! word_keys {
    ($($(#[$doc:meta])* $name:ident, $also:ident = $word:literal;)*) => {
        impl Search {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name() -> Self {
                    Self::new().$also()
                }

                $(#[$doc])*
                #[must_use]
                pub fn $also(self) -> Self {
                    self.with(Key::Word($word))
                }
            )*
        }
    };
}

word_keys! {
    /// Messages with `\Seen`.
    seen, and_seen = "SEEN";
    /// Messages without `\Seen`.
    unseen, and_unseen = "UNSEEN";
    /// Messages with `\Flagged`.
    flagged, and_flagged = "FLAGGED";
    /// Messages without `\Flagged`.
    unflagged, and_unflagged = "UNFLAGGED";
    /// Messages with `\Answered`.
    answered, and_answered = "ANSWERED";
    /// Messages without `\Answered`.
    unanswered, and_unanswered = "UNANSWERED";
    /// Messages with `\Deleted`.
    deleted, and_deleted = "DELETED";
    /// Messages without `\Deleted`.
    undeleted, and_undeleted = "UNDELETED";
    /// Messages with `\Draft`.
    draft, and_draft = "DRAFT";
    /// Messages without `\Draft`.
    undraft, and_undraft = "UNDRAFT";
    /// Messages with `\Recent` (RFC 3501).
    recent, and_recent = "RECENT";
    /// Messages with `\Recent` and without `\Seen` (RFC 3501).
    recent_unseen, and_recent_unseen = "NEW";
    /// Messages without `\Recent` (RFC 3501).
    old, and_old = "OLD";
    /// All messages, if the mailbox keeps the dates when messages were saved, else none: only for servers with SAVEDATE
    /// (RFC 8514).
    save_date_supported, and_save_date_supported = "SAVEDATESUPPORTED";
}

macro_rules! argument_keys {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),+) => $key:expr;)*) => {
        impl Search {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(self, $($argument: $type),+) -> Self {
                    self.with($key)
                }
            )*
        }
    };
}

argument_keys! {
    /// The From field holds the text.
    from(text: impl Into<String>) => Key::Text("FROM", text.into());
    /// The To field holds the text.
    to(text: impl Into<String>) => Key::Text("TO", text.into());
    /// The Cc field holds the text.
    cc(text: impl Into<String>) => Key::Text("CC", text.into());
    /// The Bcc field holds the text.
    bcc(text: impl Into<String>) => Key::Text("BCC", text.into());
    /// The Subject field holds the text.
    subject(text: impl Into<String>) => Key::Text("SUBJECT", text.into());
    /// The body holds the text.
    body(text: impl Into<String>) => Key::Text("BODY", text.into());
    /// The header or the body holds the text.
    text(text: impl Into<String>) => Key::Text("TEXT", text.into());
    /// The message has the header field, and it holds the text, which may be empty.
    header(field: impl Into<String>, text: impl Into<String>) => Key::Header(field.into(), text.into());
    /// The message has the keyword.
    keyword(keyword: Flag) => Key::Keyword("KEYWORD", keyword);
    /// The message does not have the keyword.
    unkeyword(keyword: Flag) => Key::Keyword("UNKEYWORD", keyword);
    /// It arrived before the day.
    before(day: Date) => Key::Date("BEFORE", day);
    /// It arrived on the day.
    on(day: Date) => Key::Date("ON", day);
    /// It arrived on the day or later.
    since(day: Date) => Key::Date("SINCE", day);
    /// Its Date field is before the day.
    sent_before(day: Date) => Key::Date("SENTBEFORE", day);
    /// Its Date field is the day.
    sent_on(day: Date) => Key::Date("SENTON", day);
    /// Its Date field is the day or later.
    sent_since(day: Date) => Key::Date("SENTSINCE", day);
    /// It is larger than so many bytes.
    larger(bytes: u64) => Key::Number("LARGER", bytes);
    /// It is smaller than so many bytes.
    smaller(bytes: u64) => Key::Number("SMALLER", bytes);
    /// It arrived within so many seconds: only for servers with WITHIN (RFC 5032).
    younger(seconds: u64) => Key::Number("YOUNGER", seconds);
    /// It arrived more than so many seconds ago: only for servers with WITHIN (RFC 5032).
    older(seconds: u64) => Key::Number("OLDER", seconds);
    /// It changed at or after this modification sequence: only for servers with CONDSTORE (RFC 7162).
    changed_since(mod_seq: u64) => Key::Number("MODSEQ", mod_seq);
    /// One of its flags changed at or after this modification sequence, for this user, for all, or both: only for servers
    /// with CONDSTORE (RFC 7162, section 3.1.5). Most servers look at all changes of the message.
    flag_changed_since(flag: Flag, scope: FlagScope, mod_seq: u64) => Key::ModSeqOf(flag, scope, mod_seq);
    /// It came into this mailbox before the day: only for servers with SAVEDATE (RFC 8514).
    saved_before(day: Date) => Key::Date("SAVEDBEFORE", day);
    /// It came into this mailbox on the day: only for servers with SAVEDATE (RFC 8514).
    saved_on(day: Date) => Key::Date("SAVEDON", day);
    /// It came into this mailbox on the day or later: only for servers with SAVEDATE (RFC 8514).
    saved_since(day: Date) => Key::Date("SAVEDSINCE", day);
    /// Its content has this identifier: only for servers with OBJECTID (RFC 8474).
    email_id(id: impl Into<String>) => Key::Atom("EMAILID", id.into());
    /// Its conversation has this identifier: only for servers with OBJECTID (RFC 8474).
    thread_id(id: impl Into<String>) => Key::Atom("THREADID", id.into());
    /// It meets the conditions, or nearly so, as the server finds: only for servers with SEARCH=FUZZY (RFC 6203).
    fuzzy(conditions: Search) => Key::Fuzzy(conditions);
    /// It meets the conditions that are stored on the server by this name: only for servers with FILTERS (RFC 5466).
    filter(name: impl Into<String>) => Key::Atom("FILTER", name.into());
    /// It has an annotation whose value contains the text: only for servers with ANNOTATE-EXPERIMENT-1 (RFC 5257).
    annotation(matching: AnnotationMatch) => Key::Annotation(matching);
    /// Its UID is greater: only for servers with MESSAGELIMIT (RFC 9738).
    uid_after(uid: Uid) => Key::Number("UIDAFTER", uid.get().into());
    /// Its UID is less: only for servers with MESSAGELIMIT (RFC 9738).
    uid_before(uid: Uid) => Key::Number("UIDBEFORE", uid.get().into());
    /// It meets the conditions in the words of Gmail's own search: only for servers with X-GM-EXT-1.
    gmail_raw(query: impl Into<String>) => Key::Text("X-GM-RAW", query.into());
    /// It has the label: only for servers with X-GM-EXT-1.
    gmail_label(label: impl Into<String>) => Key::Text("X-GM-LABELS", label.into());
    /// It has this identifier of Gmail: only for servers with X-GM-EXT-1.
    gmail_message_id(id: u64) => Key::Number("X-GM-MSGID", id);
    /// Its conversation has this identifier of Gmail: only for servers with X-GM-EXT-1.
    gmail_thread_id(id: u64) => Key::Number("X-GM-THRID", id);
    /// A key that this library does not know, such as one of a server's own, and its argument; `()` where it has none.
    ///
    /// ```
    /// # use imaplib_proto::command::Search;
    /// let search = Search::unseen().key("X-SIZE-RANK", 5u32).key("X-STARRED", ());
    /// ```
    key(name: impl Into<String>, argument: impl Into<SearchArgument>) => Key::Other(name.into(), argument.into());
    /// It is one of these.
    uids(uids: UidSet) => Key::Uids(uids);
    /// It is one of these.
    sequence_numbers(numbers: SeqSet) => Key::Seqs(numbers);
    /// It does not meet the other conditions.
    and_not(other: Search) => Key::Not(other);
    /// It meets the other conditions too.
    and(other: Search) => Key::All(other);
}

impl Search {
    /// The messages that the last saved search found, `$`: only for servers with SEARCHRES or IMAP4rev2 (RFC 5182).
    #[must_use]
    pub fn saved() -> Self {
        Self::new().and_saved()
    }

    /// It is one of those that the last saved search found, `$`: only for servers with SEARCHRES or IMAP4rev2 (RFC 5182).
    #[must_use]
    pub fn and_saved(self) -> Self {
        self.with(Key::Saved)
    }

    /// No condition: all messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All messages.
    #[must_use]
    pub fn all() -> Self {
        Self::new()
    }

    /// Messages that meet these conditions or the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { keys: vec![Key::Or(self, other)] }
    }

    pub(crate) fn with(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    pub(crate) fn push(&mut self, key: Key) {
        self.keys.push(key);
    }

    /// Writes the conditions, with the charset where one is due.
    pub(crate) fn encode<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        if !encoder.encoding().bare_utf8 && !self.is_ascii() {
            encoder.raw("CHARSET UTF-8 ");
        }
        self.encode_keys(encoder)
    }

    /// Writes a charset and the conditions, for commands that always name one.
    pub(crate) fn encode_with_charset<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        encoder.raw(if self.is_ascii() { "US-ASCII " } else { "UTF-8 " });
        self.encode_keys(encoder)
    }

    /// Whether the conditions name sequence numbers, which makes the command one that others disturb.
    pub(crate) fn uses_sequence_numbers(&self) -> bool {
        self.keys.iter().any(|key| match key {
            Key::Seqs(_) => true,
            Key::Not(search) | Key::All(search) | Key::Fuzzy(search) => search.uses_sequence_numbers(),
            Key::Or(a, b) => a.uses_sequence_numbers() || b.uses_sequence_numbers(),
            _ => false,
        })
    }

    fn is_ascii(&self) -> bool {
        self.keys.iter().all(|key| match key {
            Key::Text(_, text) => text.is_ascii(),
            Key::Header(field, text) => field.is_ascii() && text.is_ascii(),
            Key::Other(_, SearchArgument::Text(text)) => text.is_ascii(),
            Key::Not(search) | Key::All(search) | Key::Fuzzy(search) => search.is_ascii(),
            Key::Annotation(matching) => matching.text.is_ascii(),
            Key::Or(a, b) => a.is_ascii() && b.is_ascii(),
            _ => true,
        })
    }

    /// Writes the conditions alone.
    pub(crate) fn encode_keys<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        if self.keys.is_empty() {
            return encoder.raw("ALL");
        }
        for (index, key) in self.keys.iter().enumerate() {
            if index > 0 {
                encoder.space();
            }
            key.encode(encoder);
        }
        encoder
    }

    /// Writes the conditions as one key.
    fn encode_operand<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        if self.keys.len() == 1 {
            return self.encode_keys(encoder);
        }
        self.encode_keys(encoder.raw("(")).raw(")")
    }
}

impl std::ops::Not for Search {
    type Output = Self;

    /// Messages that do not meet the conditions.
    fn not(self) -> Self {
        Self { keys: vec![Key::Not(self)] }
    }
}

impl Key {
    fn encode<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        match self {
            Self::Word(word) => encoder.raw(word),
            Self::Keyword(word, Flag::Keyword(keyword)) => encoder.raw(word).space().keyword(keyword),
            Self::Keyword(_, system) => encoder.refuse("keyword (it is a system flag)", system.as_bytes()),
            Self::Text(word, text) => encoder.raw(word).space().astring(text),
            Self::Header(field, text) => encoder.raw("HEADER ").astring(field).space().astring(text),
            Self::Date(word, date) => encoder.raw(word).space().display(date),
            Self::Number(word, number) => encoder.raw(word).space().display(number),
            Self::Uids(uids) if uids.is_empty() => encoder.refuse("set of messages (it is empty)", ""),
            Self::Uids(uids) => encoder.raw("UID ").display(uids),
            Self::Seqs(numbers) if numbers.is_empty() => encoder.refuse("set of messages (it is empty)", ""),
            Self::Seqs(numbers) => encoder.display(numbers),
            Self::Not(search) => search.encode_operand(encoder.raw("NOT ")),
            Self::Or(a, b) => b.encode_operand(a.encode_operand(encoder.raw("OR ")).space()),
            Self::All(search) => search.encode_operand(encoder),
            Self::Saved => encoder.raw("$"),
            Self::Fuzzy(search) => search.encode_operand(encoder.raw("FUZZY ")),
            Self::Atom(word, name) => encoder.raw(word).space().atom(name),
            Self::ModSeqOf(flag, scope, number) => {
                let entry = [b"/flags/", flag.as_bytes()].concat();
                let scope = match scope {
                    FlagScope::Private => "priv",
                    FlagScope::Shared => "shared",
                    FlagScope::All => "all",
                };
                encoder.raw("MODSEQ ").string(entry).space().raw(scope).space().display(number)
            }
            Self::Annotation(AnnotationMatch { entry, attribute, text }) => {
                encoder.raw("ANNOTATION ").astring(entry).space().astring(attribute).space().astring(text)
            }
            Self::Other(name, argument) => {
                encoder.atom(name);
                match argument {
                    SearchArgument::None => encoder,
                    SearchArgument::Text(text) => encoder.space().astring(text),
                    SearchArgument::Number(number) => encoder.space().display(number),
                    SearchArgument::Date(day) => encoder.space().display(day),
                    SearchArgument::Uids(uids) if uids.is_empty() => {
                        encoder.refuse("set of messages (it is empty)", "")
                    }
                    SearchArgument::Uids(uids) => encoder.space().display(uids),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Encoding, Fragment};

    fn text(search: &Search) -> String {
        let mut encoder = Encoder::new(Encoding::default());
        search.encode(&mut encoder);
        let fragments = encoder.finish().unwrap();
        let bytes = fragments.iter().filter_map(|fragment| match fragment {
            Fragment::Bytes(bytes, _) => Some(bytes.escape_ascii().to_string()),
            _ => None,
        });
        bytes.collect::<String>().trim_end_matches("\\r\\n").to_owned()
    }

    #[test]
    fn conditions_are_written_so_that_they_mean_what_they_say() {
        let day = Date::new(2026, 11, 16).unwrap();
        for (search, expected) in [
            (Search::all(), "ALL"),
            (Search::unseen().since(day), "UNSEEN SINCE 16-Nov-2026"),
            (Search::unseen().or(Search::flagged().from("a b")), r#"OR UNSEEN (FLAGGED FROM \"a b\")"#),
            (!Search::unseen().larger(5), "NOT (UNSEEN LARGER 5)"),
            (!Search::all(), "NOT (ALL)"),
            (Search::seen().and(Search::new().to("x").cc("y")), "SEEN (TO x CC y)"),
            (Search::new().header("List-Id", ""), r#"HEADER List-Id \"\""#),
            (Search::new().subject("ü"), r"CHARSET UTF-8 SUBJECT {2}\r\n\xc3\xbc"),
            (Search::new().uids("3:5,9".parse().unwrap()), "UID 3:5,9"),
            (Search::new().keyword(Flag::JUNK), "KEYWORD $Junk"),
            (Search::new().text("x\r\nA1 LOGOUT"), r"TEXT {12}\r\nx\r\nA1 LOGOUT"),
            (Search::saved().saved_on(day), "$ SAVEDON 16-Nov-2026"),
            (Search::new().fuzzy(Search::new().subject("x")).and_seen(), "FUZZY SUBJECT x SEEN"),
            (
                Search::new().fuzzy(Search::new().subject("ü").body("b")),
                r"CHARSET UTF-8 FUZZY (SUBJECT {2}\r\n\xc3\xbc BODY b)",
            ),
            (
                Search::new().email_id("M6d99ac3275bb4e").thread_id("T64b478a75b7ea9"),
                "EMAILID M6d99ac3275bb4e THREADID T64b478a75b7ea9",
            ),
            (
                Search::new().flag_changed_since(Flag::Seen, FlagScope::All, 620_162_338),
                r#"MODSEQ \"/flags/\\\\Seen\" all 620162338"#,
            ),
            (Search::new().gmail_raw("has:attachment in:unread"), r#"X-GM-RAW \"has:attachment in:unread\""#),
            (Search::new().filter("on-the-road"), "FILTER on-the-road"),
            (
                Search::new().key("X-A", ()).key("X-B", 5u32).key("X-C", "a b").key("X-D", day),
                r#"X-A X-B 5 X-C \"a b\" X-D 16-Nov-2026"#,
            ),
            (Search::new().uid_before(Uid::new(7).unwrap()).uid_after(Uid::MIN), "UIDBEFORE 7 UIDAFTER 1"),
        ] {
            assert_eq!(text(&search), expected);
        }
    }

    #[test]
    fn what_a_key_cannot_hold_is_refused() {
        for search in [
            Search::new().key("A SEEN", ()),
            Search::new().key("", 1u32),
            Search::new().email_id("a b"),
            Search::new().filter(""),
            Search::new().key("X", UidSet::new()),
            Search::new().key("X", "a\0b"),
        ] {
            let mut encoder = Encoder::new(Encoding::default());
            search.encode(&mut encoder);
            assert!(encoder.finish().is_err(), "{search:?}");
        }
    }
}
