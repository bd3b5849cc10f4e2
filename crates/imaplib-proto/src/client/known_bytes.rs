//! What a client knows of a mailbox as bytes, and back.

use std::fmt;

use sha2::{Digest, Sha256};

use super::KnownMailbox;
use crate::types::{FlagRuns, Flags, UidSet};

/// What the bytes begin with; the last one is the version of what follows.
const MAGIC: &[u8] = b"imaplib\x01";

/// How many bytes of a SHA-256 stand at the end: the bytes may have been damaged where they were kept.
const SUM: usize = 8;

/// Why bytes are not a [`KnownMailbox`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidKnown {
    /// They are something else, or of a version that this one does not know.
    OtherFormat,
    /// They are damaged or cut: the sum at their end does not fit.
    Damaged,
    /// The sum fits, and what it is of has no meaning.
    Malformed,
}

impl fmt::Display for InvalidKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherFormat => "not the known state of a mailbox, or one of another version",
            Self::Damaged => "the known state of the mailbox is damaged or cut",
            Self::Malformed => "the known state of the mailbox has no meaning",
        })
    }
}

impl std::error::Error for InvalidKnown {}

impl KnownMailbox {
    /// The bytes to keep. Those of one version of this library can be read by every later one.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [self.uid_validity, self.uid_next, self.mod_seq] {
            put(&mut bytes, number);
        }
        let id = self.id.as_ref().map(|id| id.as_bytes()).unwrap_or_default();
        put_text(&mut bytes, id);
        put(&mut bytes, self.uids.ranges().len() as u64);
        let mut before = 0;
        for (low, high) in self.uids.ranges() {
            put(&mut bytes, u64::from(low.get() - before));
            put(&mut bytes, u64::from(high.get() - low.get()));
            before = high.get();
        }
        match &self.flags {
            None => bytes.push(0),
            Some(runs) => {
                bytes.push(1);
                put_runs(&mut bytes, runs);
            }
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum.iter().take(SUM));
        bytes
    }

    /// Reads the bytes that [`to_bytes`](Self::to_bytes) returned.
    ///
    /// # Errors
    /// If they are anything else. Bytes from elsewhere do no harm: what is held of them is no more than a few times as long.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKnown> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(InvalidKnown::OtherFormat)?;
        let (_, sum) = bytes.split_last_chunk::<SUM>().ok_or(InvalidKnown::Damaged)?;
        let (content, _) = rest.split_last_chunk::<SUM>().ok_or(InvalidKnown::Damaged)?;
        let summed = bytes.get(..MAGIC.len() + content.len()).unwrap_or_default();
        if !Sha256::digest(summed).iter().take(SUM).eq(sum) {
            return Err(InvalidKnown::Damaged);
        }
        Reader(content).known().ok_or(InvalidKnown::Malformed)
    }
}

/// A number in groups of seven bits, the lowest first; all but the last have the eighth bit.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [lowest, ..] = number.to_le_bytes();
        number >>= 7;
        bytes.push(if number == 0 { lowest & 0x7f } else { lowest | 0x80 });
        if number == 0 {
            return;
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

fn put_runs(bytes: &mut Vec<u8>, runs: &FlagRuns) {
    put(bytes, runs.sets().len() as u64);
    for flags in runs.sets() {
        put_text(bytes, flags.to_string().as_bytes());
    }
    put(bytes, runs.starts().len() as u64);
    let mut before = 0;
    for (start, set) in runs.starts() {
        put(bytes, u64::from(start - before));
        put(bytes, u64::from(*set));
        before = *start;
    }
}

/// What is left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn known(mut self) -> Option<KnownMailbox> {
        let (uid_validity, uid_next, mod_seq) = (self.number()?, self.number()?, self.number()?);
        let id = Some(self.text()?).filter(|id| !id.is_empty()).map(|id| bytes::Bytes::copy_from_slice(id).into());
        let uids = self.uids()?;
        let flags = match self.number()? {
            0 => None,
            1 => Some(self.runs()?),
            _ => return None,
        };
        // Each message has flags, if any has.
        let is_whole = flags.as_ref().is_none_or(|runs| uids.first().is_none_or(|first| runs.get(first).is_some()));
        let is_known = uid_validity > 0 || uids.is_empty();
        let known = KnownMailbox { uid_validity, uid_next, mod_seq, id, uids, flags };
        (self.0.is_empty() && is_whole && is_known).then_some(known)
    }

    fn uids(&mut self) -> Option<UidSet> {
        let (mut ranges, mut before) = (Vec::new(), 0u32);
        for _ in 0..self.number()? {
            let low = before.checked_add(self.short()?).filter(|low| *low > before)?;
            let high = low.checked_add(self.short()?)?;
            ranges.push((low, high));
            before = high;
        }
        Some(UidSet::from_unsorted(ranges))
    }

    fn runs(&mut self) -> Option<FlagRuns> {
        let (mut sets, mut starts, mut before) = (Vec::new(), Vec::new(), 0u32);
        for _ in 0..self.number()? {
            sets.push(std::str::from_utf8(self.text()?).ok()?.parse::<Flags>().ok()?);
        }
        for _ in 0..self.number()? {
            before = before.checked_add(self.short()?)?;
            starts.push((before, self.short()?));
        }
        FlagRuns::new(starts, sets)
    }

    fn text(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    fn short(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let group = u64::from(byte & 0x7f);
            number |= group.checked_shl(shift).filter(|shifted| shifted >> shift == group)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{MessageFlags, Uid};

    fn known(with_flags: bool) -> KnownMailbox {
        let uids: UidSet = "1:3,7,4294967295".parse().unwrap();
        let flags = ["\\Seen", "\\Seen", "\\Seen a%20b", "", "work"];
        let flags: MessageFlags =
            uids.iter().zip(flags).map(|(uid, flags)| (uid, flags.parse::<Flags>().unwrap())).collect();
        let mut known = KnownMailbox {
            uid_validity: u64::MAX,
            uid_next: 8,
            mod_seq: 1 << 63,
            id: Some("F1".into()),
            ..KnownMailbox::new()
        };
        known.set_messages(uids, with_flags.then_some(&flags));
        known
    }

    /// The bytes with a sum that fits.
    fn summed(content: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(content);
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum.iter().take(SUM));
        bytes
    }

    #[test]
    fn bytes_lead_back_to_the_same() {
        for known in [KnownMailbox::new(), known(false), known(true)] {
            let bytes = known.to_bytes();
            let again = KnownMailbox::from_bytes(&bytes).unwrap();
            assert_eq!((again.to_bytes(), &again), (bytes, &known));
        }
        let again = KnownMailbox::from_bytes(&known(true).to_bytes()).unwrap();
        assert_eq!(again.known_flags().unwrap().get(Uid::MAX).unwrap().to_string(), "work");
        assert_eq!(again.mailbox_id().unwrap().as_bytes(), b"F1");
    }

    /// Written by version 1: every later one reads it.
    #[test]
    fn the_first_version_can_be_read() {
        let bytes = b"imaplib\x01\x07\x05\x00\x00\x01\x01\x03\x01\x02\x05\\Seen\x00\x02\x01\x01\x02\x00";
        let known = KnownMailbox::from_bytes(&summed(&bytes[MAGIC.len()..])).unwrap();
        assert_eq!((known.uid_validity(), known.uid_next(), known.mod_seq()), (Some(7), Some(5), None));
        assert_eq!(known.uids().to_string(), "1:4");
        let flags = |uid| known.known_flags().unwrap().get(Uid::new(uid).unwrap()).unwrap().to_string();
        assert_eq!([1, 2, 3, 4].map(flags), ["", "", "\\Seen", "\\Seen"]);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_error() {
        let bytes = known(true).to_bytes();
        for length in 0..bytes.len() {
            assert!(KnownMailbox::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let expected = if place < MAGIC.len() { InvalidKnown::OtherFormat } else { InvalidKnown::Damaged };
            assert_eq!(KnownMailbox::from_bytes(&changed).unwrap_err(), expected, "{place}");
        }
    }

    /// The sum keeps nobody out who wants to do harm: each content by itself, with a sum that fits.
    #[test]
    fn hostile_bytes_are_an_error_or_a_small_value() {
        let bytes = known(true).to_bytes();
        let content = &bytes[MAGIC.len()..bytes.len() - SUM];
        let mut read = 0;
        for place in 0..content.len() {
            for value in [0, 1, 2, 0x7f, 0x80, 0xff] {
                let mut changed = content.to_vec();
                changed[place] = value;
                if let Ok(known) = KnownMailbox::from_bytes(&summed(&changed)) {
                    read += 1;
                    assert!(known.uids().ranges().len() <= changed.len());
                    let few = known.uids().iter().take(9);
                    few.for_each(|uid| drop(known.known_flags().map(|runs| runs.get(uid).cloned())));
                }
            }
        }
        assert!(read > 0);
        for content in [
            &b"\x01\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..],
            b"\x01\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x01\x00\x00\x00\x00",
            b"\x01\x01\x00\x00\x01\x00\x00\x00",
            b"\x01\x01\x00\x00\x02\xff\xff\xff\xff\x0f\x00\x01\x00\x00",
            b"\x00\x00\x00\x00\x01\x01\x00\x00",
            b"\x01\x01\x00\x00\x01\x01\x00\x01\x00\x00",
            b"\x01\x01\x00\x00\x01\x01\x00\x01\x01\x00\x01\x02\x00",
            b"\x01\x01\x00\x00\x00\x00\x00",
        ] {
            assert_eq!(KnownMailbox::from_bytes(&summed(content)).unwrap_err(), InvalidKnown::Malformed, "{content:?}");
        }
    }
}
