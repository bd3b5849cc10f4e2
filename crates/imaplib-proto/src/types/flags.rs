//! A set of flags: a bit for each system flag, the keywords as the server wrote them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use bytes::Bytes;

use super::flag::{SYSTEM, system_flag};
use super::{Flag, ImapString, InvalidValue, Keyword};

/// A set of flags.
///
/// Its text is the text of the flags with spaces between them; `from_str` returns the same set.
///
/// ```
/// use imaplib_proto::types::{Flag, Flags};
/// let flags: Flags = [Flag::Seen, Flag::FORWARDED].into_iter().collect();
/// assert!(flags.contains(&"$forwarded".parse()?));
/// assert_eq!(flags.to_string(), "\\Seen $Forwarded");
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Default)]
pub struct Flags {
    system: System,
    /// The words of a flag list in which each keyword stands. [`BLANK`] stands for a space within a keyword.
    keywords: Option<ImapString>,
}

/// What stands for a space within a keyword among the words: a byte that no keyword can have.
pub(crate) const BLANK: u8 = 0;

/// So many words may be compared each with each.
const FEW: usize = 16;

/// A bit for each system flag, and one that is always set, so that an `Option` of it needs no more room.
#[derive(Clone, Copy, PartialEq, Eq)]
struct System(NonZeroU8);

impl System {
    const NONE: NonZeroU8 = NonZeroU8::MIN.saturating_add(0x7f);

    fn has(self, bit: u8) -> bool {
        self.0.get() & bit != 0
    }

    #[inline]
    fn set(&mut self, bit: u8) {
        self.0 |= bit;
    }

    fn unset(&mut self, bit: u8) {
        self.0 = Self::NONE | (self.0.get() & !bit);
    }

    fn is_empty(self) -> bool {
        self.0 == Self::NONE
    }
}

impl Default for System {
    fn default() -> Self {
        Self(Self::NONE)
    }
}

impl Flags {
    /// No flag at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the flag if the word is a system flag; returns whether it is one.
    #[inline]
    pub(crate) fn insert_system(&mut self, word: &[u8]) -> bool {
        // Nearly every server spells them as the standard does.
        let bit = match word {
            b"\\Seen" => Flag::Seen.bit(),
            b"\\Answered" => Flag::Answered.bit(),
            b"\\Flagged" => Flag::Flagged.bit(),
            b"\\Deleted" => Flag::Deleted.bit(),
            b"\\Draft" => Flag::Draft.bit(),
            b"\\Recent" => Flag::Recent.bit(),
            _ => system_flag(word).and_then(|flag| flag.bit()),
        };
        self.system.set(bit.unwrap_or_default());
        bit.is_some()
    }

    /// The system flags of these [bits](Flag::bit).
    #[inline]
    pub(crate) fn of_bits(bits: u8) -> Self {
        Self { system: System(System::NONE | bits), keywords: None }
    }

    /// Reads the keywords from words with spaces between them; system flags among them are passed over.
    pub(crate) fn set_keywords(&mut self, words: ImapString) {
        self.keywords = (!words.is_empty()).then_some(words);
    }

    /// Adds a flag. A flag that is there already is not added again.
    pub fn insert(&mut self, flag: Flag) {
        self.extend([flag]);
    }

    /// Removes a flag; returns whether it was there.
    pub fn remove(&mut self, flag: &Flag) -> bool {
        let there = self.contains(flag);
        match flag.bit() {
            Some(bit) => self.system.unset(bit),
            None if there => {
                let left: Vec<Flag> = self.keywords().filter(|keyword| keyword != flag).collect();
                self.keywords = None;
                self.extend(left);
            }
            None => {}
        }
        there
    }

    /// Whether the flag is in the set, its case ignored.
    #[must_use]
    pub fn contains(&self, flag: &Flag) -> bool {
        match flag.bit() {
            Some(bit) => self.system.has(bit),
            None => {
                let sought = to_word(flag.as_bytes());
                self.words().any(|word| word.eq_ignore_ascii_case(&sought))
            }
        }
    }

    /// Whether no flag is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.system.is_empty() && self.words().next().is_none()
    }

    /// The system flags in the order of RFC 9051, then the keywords in the order of the server.
    pub fn iter(&self) -> impl Iterator<Item = Flag> + '_ {
        let system = SYSTEM.iter().map(|(_, flag)| flag);
        let system = system.filter(|flag| flag.bit().is_some_and(|bit| self.system.has(bit))).cloned();
        system.chain(self.keywords())
    }

    /// The keywords alone.
    pub fn keywords(&self) -> impl Iterator<Item = Flag> + '_ {
        self.words().map(|word| Flag::Keyword(Keyword(from_word(word))))
    }

    fn listed(&self) -> &[u8] {
        self.keywords.as_ref().map(ImapString::as_bytes).unwrap_or_default()
    }

    fn words(&self) -> impl Iterator<Item = &[u8]> {
        let words = self.listed().split(|byte| *byte == b' ');
        words.filter(|word| !word.is_empty() && system_flag(word).is_none())
    }

    /// The keywords in small letters and in one order, each once.
    fn sorted(&self) -> Vec<Vec<u8>> {
        let mut words: Vec<Vec<u8>> = self.words().map(<[u8]>::to_ascii_lowercase).collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// A keyword as it stands among the words.
fn to_word(name: &[u8]) -> Cow<'_, [u8]> {
    match name.contains(&b' ') {
        true => name.iter().map(|byte| if *byte == b' ' { BLANK } else { *byte }).collect::<Vec<_>>().into(),
        false => name.into(),
    }
}

fn from_word(word: &[u8]) -> Bytes {
    match memchr::memchr(BLANK, word) {
        Some(_) => word.iter().map(|byte| if *byte == BLANK { b' ' } else { *byte }).collect(),
        None => Bytes::copy_from_slice(word),
    }
}

impl PartialEq for Flags {
    fn eq(&self, other: &Self) -> bool {
        if self.system != other.system {
            return false;
        }
        if self.listed() == other.listed() {
            return true;
        }
        // A server can list thousands: each with each would take quadratic time.
        if self.words().nth(FEW).is_some() || other.words().nth(FEW).is_some() {
            return self.sorted() == other.sorted();
        }
        let holds = |flags: &Self, word: &[u8]| flags.words().any(|other| other.eq_ignore_ascii_case(word));
        self.words().all(|word| holds(other, word)) && other.words().all(|word| holds(self, word))
    }
}

impl Eq for Flags {}

impl From<Flag> for Flags {
    fn from(flag: Flag) -> Self {
        Self::from_iter([flag])
    }
}

impl<const N: usize> From<[Flag; N]> for Flags {
    fn from(flags: [Flag; N]) -> Self {
        Self::from_iter(flags)
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut set = Self::new();
        set.extend(flags);
        set
    }
}

impl Extend<Flag> for Flags {
    fn extend<I: IntoIterator<Item = Flag>>(&mut self, flags: I) {
        let mut words = self.listed().to_vec();
        // The words so far in small letters, once there are too many to look at each of them for each flag.
        let mut known: Option<HashSet<Vec<u8>>> = None;
        let mut count = self.words().count();
        for flag in flags {
            if let Some(bit) = flag.bit() {
                self.system.set(bit);
                continue;
            }
            let word = to_word(flag.as_bytes());
            let mut listed = words.split(|byte| *byte == b' ');
            let is_there = match &mut known {
                Some(known) => !known.insert(word.to_ascii_lowercase()),
                None if count < FEW => listed.any(|other| other.eq_ignore_ascii_case(&word)),
                None => {
                    let known = known.insert(listed.map(<[u8]>::to_ascii_lowercase).collect());
                    !known.insert(word.to_ascii_lowercase())
                }
            };
            if !is_there {
                if !words.is_empty() {
                    words.push(b' ');
                }
                words.extend_from_slice(&word);
                count += 1;
            }
        }
        self.set_keywords(Bytes::from(words).into());
    }
}

impl FromStr for Flags {
    type Err = InvalidValue;

    /// Reads flags with spaces between them: the inverse of [`Display`](fmt::Display).
    ///
    /// # Errors
    /// If a word is not a flag.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, flag) in self.iter().enumerate() {
            write!(f, "{}{flag}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_atoms() {
        assert!(Flag::keyword("$Label1").is_ok());
        assert!(Flag::keyword("a[b").is_ok());
        for name in ["", "a b", "a\r\nb", "\\Seen", "a]", "ü", "(", "*"] {
            assert!(Flag::keyword(name).is_err(), "{name}");
        }
    }

    #[test]
    fn every_keyword_can_be_written_and_read_again() {
        let names: [&[u8]; 12] = [
            b"$Junk",
            b"Mail]/All",
            b"OIB-[Google Mail]/All",
            b"a%b",
            b"a(b)c",
            "grün".as_bytes(),
            b"caf\xe9",
            b"\\Custom",
            b"\\",
            b"\\a b",
            b"a\"b\\c",
            b"*",
        ];
        let flags: Vec<Flag> = names.iter().map(|name| Flag::Keyword(Keyword(Bytes::copy_from_slice(name)))).collect();
        for (flag, name) in flags.iter().zip(names) {
            let text = flag.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
            let again: Flag = text.parse().unwrap();
            assert_eq!(again.as_bytes(), name, "{text}");
            assert!(matches!(again, Flag::Keyword(_)), "{text}");
        }
        assert_eq!(flags[2].to_string(), "OIB-[Google%20Mail]/All");
        let set: Flags = flags.iter().cloned().chain([Flag::Seen]).collect();
        let again: Flags = set.to_string().parse().unwrap();
        assert_eq!(again, set);
        let bytes: Vec<Bytes> = again.keywords().map(|flag| Bytes::copy_from_slice(flag.as_bytes())).collect();
        assert_eq!(bytes, names);
        assert!(names.iter().zip(&flags).all(|(_, flag)| again.contains(flag)));
        // A system flag is one however it is written.
        assert!(matches!("%5CSeen".parse(), Ok(Flag::Seen)));
        for text in ["", "a b", "%", "%4", "%zz", "ü", "a\r\nb", "%+1", "%%41"] {
            assert!(text.parse::<Flag>().is_err(), "{text}");
        }
    }

    #[test]
    fn thousands_of_keywords_take_no_quadratic_time() {
        let many = |suffix: &str| (0..20_000).map(|number| format!("key-{number}{suffix}")).collect::<Vec<_>>();
        let read = |words: &[String]| words.join(" ").parse::<Flags>().unwrap();
        let mut words = many("");
        let flags = read(&words);
        assert_eq!(flags.keywords().count(), 20_000);
        words.reverse();
        words.push("KEY-7".to_owned());
        assert_eq!(read(&words), flags);
        assert_ne!(read(&many("x")), flags);
        words.pop();
        words[5] = "other".to_owned();
        assert_ne!(read(&words), flags);
    }

    #[test]
    fn sets_compare_without_case_and_order() {
        let a: Flags = ["\\seen", "$Junk", "work"].iter().map(|text| text.parse().unwrap()).collect();
        let b: Flags = ["WORK", "$junk", "\\Seen"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(a, b);
        let mut c = b.clone();
        assert!(c.remove(&"work".parse().unwrap()));
        assert_ne!(b, c);
        assert_eq!(c.to_string(), "\\Seen $junk");
    }

    #[test]
    fn a_system_flag_among_the_words_counts_once() {
        let mut flags = Flags::new();
        assert!(flags.insert_system(b"\\SEEN") && !flags.insert_system(b"$Junk"));
        flags.set_keywords("\\Seen $Junk \\Custom".into());
        assert_eq!(flags.to_string(), "\\Seen $Junk \\Custom");
    }
}
