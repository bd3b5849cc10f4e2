//! The keys of SEARCH as a tree (RFC 3501 section 6.4.4).

use imaplib_proto::types::{Date, Flag};

use crate::cursor::{Cursor, Parsed, Syntax};
use crate::settings::Settings;
use crate::view::{MessageSet, Numbers};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 50;
/// For each, the whole of each message is read.
const MAX_TEXTS: usize = 100;

/// Which date of a message is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateOf {
    Arrival,
    /// The Date field of the header.
    Header,
    /// When it came into the mailbox (RFC 8514).
    Saved,
}

#[derive(Debug, Clone)]
pub(crate) enum Key {
    All,
    And(Vec<Key>),
    Or(Box<Key>, Box<Key>),
    Not(Box<Key>),
    Flag(Flag),
    Recent,
    New,
    Header {
        field: String,
        text: String,
    },
    Body(String),
    Text(String),
    Before(DateOf, Date),
    On(DateOf, Date),
    Since(DateOf, Date),
    Larger(u64),
    Smaller(u64),
    Set(MessageSet),
    ModSeq(u64),
    /// The internal date is this many seconds ago, or longer (RFC 5032).
    Older(i64),
    Younger(i64),
    EmailId(String),
    ThreadId(String),
}

impl Key {
    /// Reads one or more keys up to the end of the command.
    pub(crate) fn parse_program(args: &mut Cursor, settings: &Settings) -> Parsed<Self> {
        let mut keys = vec![Self::parse(args, settings, 0)?];
        while args.eat(b' ') {
            keys.push(Self::parse(args, settings, 0)?);
        }
        args.end()?;
        if keys.iter().map(Self::texts).sum::<usize>() > MAX_TEXTS {
            return Err(Syntax::new("too many texts are searched for"));
        }
        Ok(Self::And(keys))
    }

    /// How many keys within it need the text of a message.
    fn texts(&self) -> usize {
        match self {
            Self::And(keys) => keys.iter().map(Self::texts).sum(),
            Self::Or(left, right) => left.texts() + right.texts(),
            Self::Not(key) => key.texts(),
            Self::Body(_) | Self::Text(_) => 1,
            _ => 0,
        }
    }

    fn parse(args: &mut Cursor, settings: &Settings, depth: usize) -> Parsed<Self> {
        if depth > MAX_DEPTH {
            return Err(Syntax::new("search keys are nested too deeply"));
        }
        match args.peek() {
            Some(b'(') => {
                let keys = args.list(|cursor| Self::parse(cursor, settings, depth + 1))?;
                return if keys.is_empty() { Err(Syntax::new("empty parentheses")) } else { Ok(Self::And(keys)) };
            }
            Some(b'0'..=b'9' | b'*' | b'$') => {
                return Ok(Self::Set(MessageSet::read(args, Numbers::Sequence, settings)?));
            }
            _ => {}
        }
        let word = args.keyword()?;
        if word == "SAVEDATESUPPORTED" && settings.has("SAVEDATE") {
            return Ok(Self::All);
        }
        if let Some(simple) = simple(&word) {
            return Ok(simple);
        }
        if !known_with_argument(&word) {
            return Err(Syntax::new(format!("unknown search key {word}")));
        }
        args.space()?;
        let header = |args: &mut Cursor, field: &str| Ok(Self::Header { field: field.to_owned(), text: text(args)? });
        Ok(match word.as_str() {
            "NOT" => Self::Not(Box::new(Self::parse(args, settings, depth + 1)?)),
            "OR" => {
                let left = Self::parse(args, settings, depth + 1)?;
                args.space()?;
                Self::Or(Box::new(left), Box::new(Self::parse(args, settings, depth + 1)?))
            }
            "KEYWORD" => Self::Flag(keyword(args)?),
            "UNKEYWORD" => Self::Not(Box::new(Self::Flag(keyword(args)?))),
            "FROM" | "TO" | "CC" | "BCC" | "SUBJECT" => header(args, &word)?,
            "HEADER" => {
                let field = text(args)?;
                args.space()?;
                header(args, &field)?
            }
            "BODY" => Self::Body(text(args)?),
            "TEXT" => Self::Text(text(args)?),
            "BEFORE" => Self::Before(DateOf::Arrival, date(args)?),
            "ON" => Self::On(DateOf::Arrival, date(args)?),
            "SINCE" => Self::Since(DateOf::Arrival, date(args)?),
            "SENTBEFORE" => Self::Before(DateOf::Header, date(args)?),
            "SENTON" => Self::On(DateOf::Header, date(args)?),
            "SENTSINCE" => Self::Since(DateOf::Header, date(args)?),
            "SAVEDBEFORE" if settings.has("SAVEDATE") => Self::Before(DateOf::Saved, date(args)?),
            "SAVEDON" if settings.has("SAVEDATE") => Self::On(DateOf::Saved, date(args)?),
            "SAVEDSINCE" if settings.has("SAVEDATE") => Self::Since(DateOf::Saved, date(args)?),
            "OLDER" if settings.has("WITHIN") => Self::Older(interval(args)?),
            "YOUNGER" if settings.has("WITHIN") => Self::Younger(interval(args)?),
            "EMAILID" if settings.has("OBJECTID") => Self::EmailId(object_id(args)?),
            "THREADID" if settings.has("OBJECTID") => Self::ThreadId(object_id(args)?),
            // Whatever is found is found exactly.
            "FUZZY" if settings.has("SEARCH=FUZZY") => Self::parse(args, settings, depth + 1)?,
            "LARGER" => Self::Larger(args.number()?),
            "SMALLER" => Self::Smaller(args.number()?),
            "UID" => Self::Set(MessageSet::read(args, Numbers::Uid, settings)?),
            "MODSEQ" if settings.has_condstore() => mod_seq(args)?,
            _ => return Err(Syntax::new(format!("unknown search key {word}"))),
        })
    }
}

fn simple(word: &str) -> Option<Key> {
    let not = |key| Key::Not(Box::new(key));
    Some(match word {
        "ALL" => Key::All,
        "ANSWERED" => Key::Flag(Flag::Answered),
        "DELETED" => Key::Flag(Flag::Deleted),
        "DRAFT" => Key::Flag(Flag::Draft),
        "FLAGGED" => Key::Flag(Flag::Flagged),
        "SEEN" => Key::Flag(Flag::Seen),
        "UNANSWERED" => not(Key::Flag(Flag::Answered)),
        "UNDELETED" => not(Key::Flag(Flag::Deleted)),
        "UNDRAFT" => not(Key::Flag(Flag::Draft)),
        "UNFLAGGED" => not(Key::Flag(Flag::Flagged)),
        "UNSEEN" => not(Key::Flag(Flag::Seen)),
        "NEW" => Key::New,
        "OLD" => not(Key::Recent),
        "RECENT" => Key::Recent,
        _ => return None,
    })
}

fn known_with_argument(word: &str) -> bool {
    const KNOWN: &[&str] = &[
        "NOT",
        "OR",
        "KEYWORD",
        "UNKEYWORD",
        "FROM",
        "TO",
        "CC",
        "BCC",
        "SUBJECT",
        "HEADER",
        "BODY",
        "TEXT",
        "BEFORE",
        "ON",
        "SINCE",
        "SENTBEFORE",
        "SENTON",
        "SENTSINCE",
        "FUZZY",
        "LARGER",
        "SMALLER",
        "UID",
        "MODSEQ",
        "SAVEDBEFORE",
        "SAVEDON",
        "SAVEDSINCE",
        "OLDER",
        "YOUNGER",
        "EMAILID",
        "THREADID",
    ];
    KNOWN.contains(&word)
}

fn text(args: &mut Cursor) -> Parsed<String> {
    let bytes = args.astring()?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Syntax::new("search text is not in UTF-8"))
}

fn keyword(args: &mut Cursor) -> Parsed<Flag> {
    let atom = args.atom()?;
    Flag::keyword(&String::from_utf8_lossy(&atom)).map_err(|_| Syntax::new("not a keyword"))
}

/// `1-Feb-1994`, in quotes or not.
fn date(args: &mut Cursor) -> Parsed<Date> {
    let text = args.astring()?;
    let text = String::from_utf8_lossy(&text);
    let starts_with_day = text.find('-').is_some_and(|dash| dash == 1 || dash == 2);
    match text.parse() {
        Ok(date) if starts_with_day => Ok(date),
        _ => Err(Syntax::new("not a valid date")),
    }
}

/// Seconds, at least one.
fn interval(args: &mut Cursor) -> Parsed<i64> {
    i64::try_from(args.nonzero()?).map_err(|_| Syntax::new("number too large"))
}

/// An identifier of OBJECTID.
fn object_id(args: &mut Cursor) -> Parsed<String> {
    let id = args.astring()?;
    let valid = id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !valid || id.is_empty() || id.len() > 255 {
        return Err(Syntax::new("not a valid identifier"));
    }
    Ok(String::from_utf8_lossy(&id).into_owned())
}

/// The mod-sequence, and before it perhaps a flag, which is of no consequence: all flags share one mod-sequence.
fn mod_seq(args: &mut Cursor) -> Parsed<Key> {
    if args.peek() == Some(b'"') {
        let entry = args.string()?;
        args.space()?;
        let kind = args.keyword()?;
        if !entry.starts_with(b"/flags/") || !["PRIV", "SHARED", "ALL"].contains(&kind.as_str()) {
            return Err(Syntax::new("not an entry of MODSEQ"));
        }
        args.space()?;
    }
    Ok(Key::ModSeq(args.number()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn parse(text: &str) -> Parsed<Key> {
        Key::parse_program(&mut Cursor::new(Bytes::copy_from_slice(text.as_bytes())), &Settings::new())
    }

    #[test]
    fn reads_programs() {
        for good in [
            "ALL",
            "1:3,7:*",
            "UID 5:*",
            "OR (FROM a SEEN) NOT SUBJECT \"b c\"",
            "SINCE 1-Feb-1994",
            "ON \"01-feb-1994\"",
            "HEADER Message-ID \"\"",
            "NOT NOT NOT DELETED",
            "KEYWORD $Junk LARGER 5",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        let deep = "(".repeat(1000);
        for bad in [
            "",
            "FOO",
            "FROM",
            "FROM ",
            "OR ALL",
            "()",
            "(ALL",
            "SINCE 1994-02-01",
            "0",
            "ALL ",
            "1:",
            "LARGER x",
            &deep,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&"NOT ".repeat(10_000)).is_err());
    }
}
