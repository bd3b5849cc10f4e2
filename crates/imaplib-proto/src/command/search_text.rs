//! Search conditions from text, in the words of the protocol.

use std::str::FromStr;

use super::search_key::Key;
use super::{AnnotationMatch, Search};
use crate::types::{Date, Flag, InvalidValue};

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 64;

impl FromStr for Search {
    type Err = InvalidValue;

    /// Reads `search-key`s of RFC 9051, section 6.4.4: `UNSEEN FROM "a b" OR FLAGGED (LARGER 5000 SINCE 1-Feb-2026)`.
    ///
    /// Strings may stand bare or in double quotes, in which `\"` and `\\` are escapes; there are no literals.
    ///
    /// # Errors
    /// If a word is not a key, an argument is missing or wrong, or conditions are nested deeper than 64 levels.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let mut words = Words { rest: text };
        let search = keys(&mut words, 0)?;
        match words.next()? {
            None => Ok(search),
            Some(word) => Err(InvalidValue::new("search key", word.text)),
        }
    }
}

/// A word, a string, or a parenthesis.
struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn is(&self, mark: &str) -> bool {
        !self.quoted && self.text == mark
    }
}

struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn next(&mut self) -> Result<Option<Word>, InvalidValue> {
        self.rest = self.rest.trim_start();
        let mut letters = self.rest.char_indices();
        let Some((_, first)) = letters.next() else { return Ok(None) };
        let (text, quoted, end) = match first {
            '(' | ')' => (first.to_string(), false, 1),
            '"' => {
                let mut text = String::new();
                let mut escaped = false;
                let end = letters.find_map(|(at, letter)| match letter {
                    '\\' | '"' if escaped => {
                        text.push(letter);
                        escaped = false;
                        None
                    }
                    '\\' => {
                        escaped = true;
                        None
                    }
                    '"' => Some(at + 1),
                    _ => {
                        text.push(letter);
                        escaped = false;
                        None
                    }
                });
                (text, true, end.ok_or_else(|| InvalidValue::new("quoted string (it does not end)", self.rest))?)
            }
            _ => {
                let end = letters.find(|(_, letter)| letter.is_whitespace() || matches!(letter, '(' | ')' | '"'));
                let end = end.map_or(self.rest.len(), |(at, _)| at);
                (self.rest.get(..end).unwrap_or_default().to_owned(), false, end)
            }
        };
        self.rest = self.rest.get(end..).unwrap_or_default();
        Ok(Some(Word { text, quoted }))
    }

    fn argument(&mut self, key: &str) -> Result<String, InvalidValue> {
        match self.next()? {
            Some(word) if !word.is("(") && !word.is(")") => Ok(word.text),
            _ => Err(InvalidValue::new("search key (its argument is missing)", key)),
        }
    }
}

/// Keys up to the end or a closing parenthesis, which is left.
fn keys(words: &mut Words<'_>, depth: usize) -> Result<Search, InvalidValue> {
    let mut search = Search::new();
    loop {
        let before = words.rest;
        match words.next()? {
            None => return Ok(search),
            Some(word) if word.is(")") => {
                words.rest = before;
                return Ok(search);
            }
            Some(word) => {
                if let Some(key) = key(word, words, depth)? {
                    search.push(key);
                }
            }
        }
    }
}

fn operand(words: &mut Words<'_>, of: &str, depth: usize) -> Result<Search, InvalidValue> {
    let word = words.next()?.filter(|word| !word.is(")"));
    let word = word.ok_or_else(|| InvalidValue::new("search key (its operand is missing)", of))?;
    Ok(match key(word, words, depth)? {
        Some(Key::All(search)) => search,
        Some(key) => Search::new().with(key),
        None => Search::all(),
    })
}

/// One key; `None` for ALL, which is not a condition.
fn key(word: Word, words: &mut Words<'_>, depth: usize) -> Result<Option<Key>, InvalidValue> {
    const WORDS: [&str; 14] = [
        "SEEN",
        "UNSEEN",
        "FLAGGED",
        "UNFLAGGED",
        "ANSWERED",
        "UNANSWERED",
        "DELETED",
        "UNDELETED",
        "DRAFT",
        "UNDRAFT",
        "RECENT",
        "NEW",
        "OLD",
        "SAVEDATESUPPORTED",
    ];
    const TEXTS: [&str; 9] = ["FROM", "TO", "CC", "BCC", "SUBJECT", "BODY", "TEXT", "X-GM-RAW", "X-GM-LABELS"];
    const ATOMS: [&str; 3] = ["EMAILID", "THREADID", "FILTER"];
    const DATES: [&str; 9] =
        ["BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE", "SAVEDBEFORE", "SAVEDON", "SAVEDSINCE"];
    const NUMBERS: [&str; 9] =
        ["LARGER", "SMALLER", "YOUNGER", "OLDER", "MODSEQ", "UIDAFTER", "UIDBEFORE", "X-GM-MSGID", "X-GM-THRID"];
    if depth > MAX_DEPTH {
        return Err(InvalidValue::new("search (it is nested too deep)", &word.text));
    }
    if word.is("(") {
        let inner = keys(words, depth + 1)?;
        return match words.next()? {
            Some(end) if end.is(")") => Ok(Some(Key::All(inner))),
            _ => Err(InvalidValue::new("search (a parenthesis is not closed)", ")")),
        };
    }
    let name = word.text.to_ascii_uppercase();
    let one_of = |names: &[&'static str]| names.iter().find(|known| **known == name).copied();
    let keyword = |text: &str| Flag::keyword(text);
    Ok(Some(match name.as_str() {
        _ if word.quoted => return Err(InvalidValue::new("search key", &word.text)),
        "ALL" => return Ok(None),
        "NOT" => Key::Not(operand(words, "NOT", depth + 1)?),
        "OR" => Key::Or(operand(words, "OR", depth + 1)?, operand(words, "OR", depth + 1)?),
        "KEYWORD" => Key::Keyword("KEYWORD", keyword(&words.argument("KEYWORD")?)?),
        "UNKEYWORD" => Key::Keyword("UNKEYWORD", keyword(&words.argument("UNKEYWORD")?)?),
        "HEADER" => Key::Header(words.argument("HEADER")?, words.argument("HEADER")?),
        "FUZZY" => Key::Fuzzy(operand(words, "FUZZY", depth + 1)?),
        "ANNOTATION" => Key::Annotation(AnnotationMatch {
            entry: words.argument("ANNOTATION")?,
            attribute: words.argument("ANNOTATION")?,
            text: words.argument("ANNOTATION")?,
        }),
        "$" => Key::Saved,
        "UID" => Key::Uids(words.argument("UID")?.parse()?),
        _ => {
            if let Some(word) = one_of(&WORDS) {
                Key::Word(word)
            } else if let Some(word) = one_of(&TEXTS) {
                Key::Text(word, words.argument(word)?)
            } else if let Some(word) = one_of(&ATOMS) {
                Key::Atom(word, words.argument(word)?)
            } else if let Some(word) = one_of(&DATES) {
                Key::Date(word, words.argument(word)?.parse::<Date>()?)
            } else if let Some(word) = one_of(&NUMBERS) {
                let number = words.argument(word)?;
                Key::Number(word, number.parse().map_err(|_| InvalidValue::new("number", &number))?)
            } else if let Ok(numbers) = word.text.parse() {
                Key::Seqs(numbers)
            } else {
                return Err(InvalidValue::new("search key", &word.text));
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_the_words_of_the_protocol() {
        let day = Date::new(1994, 2, 1).unwrap();
        for (text, expected) in [
            ("", Search::all()),
            ("ALL", Search::all()),
            ("unseen FROM \"a \\\"b\" LARGER 10", Search::unseen().from("a \"b").larger(10)),
            (
                "FLAGGED SINCE 1-Feb-1994 NOT FROM Smith",
                Search::flagged().since(day).and_not(Search::new().from("Smith")),
            ),
            ("OR SEEN (DRAFT BODY x)", Search::seen().or(Search::draft().body("x"))),
            ("UID 5:* 1:3", Search::new().uids("5:*".parse().unwrap()).sequence_numbers("1:3".parse().unwrap())),
            ("KEYWORD $Junk HEADER X-A \"\"", Search::new().keyword(Flag::JUNK).header("X-A", "")),
            ("SUBJECT Größe", Search::new().subject("Größe")),
            ("FUZZY (SUBJECT x BODY y) $", Search::new().fuzzy(Search::new().subject("x").body("y")).and_saved()),
            ("EMAILID M1 SAVEDSINCE 1-Feb-1994", Search::new().email_id("M1").saved_since(day)),
            ("x-gm-raw \"has:attachment\"", Search::new().gmail_raw("has:attachment")),
        ] {
            assert_eq!(text.parse::<Search>().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "FOO",
            "FROM",
            "OR SEEN",
            "NOT",
            "(SEEN",
            "SEEN)",
            "\"SEEN\"",
            "SINCE yesterday",
            "FROM \"x",
            "LARGER x",
            "UID 0",
        ] {
            assert!(text.parse::<Search>().is_err(), "{text}");
        }
        assert!("(".repeat(100_000).parse::<Search>().is_err());
        assert!("NOT ".repeat(100_000).parse::<Search>().is_err());
    }

    #[test]
    fn keys_are_nested_up_to_the_limit() {
        let nested = |depth| format!("{}SEEN{}", "(".repeat(depth), ")".repeat(depth)).parse::<Search>();
        assert!(nested(MAX_DEPTH).is_ok());
        assert!(nested(MAX_DEPTH + 1).is_err());
    }
}
