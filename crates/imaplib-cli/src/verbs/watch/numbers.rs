//! Which UID each sequence number stands for: servers tell of expunged messages by number alone.

use imaplib::types::{SeqNum, Uid, UidSet};

/// In a mailbox with more messages, UIDs are reported only where the server sends them.
const MOST: u32 = 100_000;

/// The UIDs of a mailbox's messages in their order, as far as events have been told; unknown when in doubt.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers(Option<Vec<Uid>>);

impl Numbers {
    /// Whether the messages of such a mailbox are worth asking for.
    pub(super) fn is_wanted(&self, exists: u32) -> bool {
        self.0.is_none() && exists <= MOST
    }

    /// All messages, if they are as many as there must be.
    pub(super) fn set(&mut self, all: &UidSet, exists: u32) {
        // Counted before they are listed: a server may say anything.
        self.0 = (exists <= MOST && all.len() == u64::from(exists)).then(|| all.iter().collect());
    }

    /// New messages at the end. There can be fewer than `exists`: others may be on their way.
    pub(super) fn add(&mut self, new: &UidSet, exists: u32) {
        let Some(known) = &mut self.0 else { return };
        let last = known.last().copied();
        let length = (known.len() as u64).saturating_add(new.len());
        if length > u64::from(exists.min(MOST)) {
            self.0 = None;
            return;
        }
        known.extend(new.iter().filter(|uid| last.is_none_or(|last| *uid > last)));
    }

    /// The UIDs of all messages, if they are known.
    pub(super) fn all(&self) -> Option<UidSet> {
        self.0.as_ref().map(|known| known.iter().copied().collect())
    }

    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    /// The UID of a message.
    pub(super) fn uid(&self, seq: SeqNum) -> Option<Uid> {
        self.0.as_ref()?.get(place(seq)?).copied()
    }

    /// Notes that a message is gone and that those behind it move up; returns its UID.
    pub(super) fn expunge(&mut self, seq: SeqNum) -> Option<Uid> {
        let known = self.0.as_mut()?;
        match place(seq).filter(|place| *place < known.len()) {
            Some(place) => Some(known.remove(place)),
            None => {
                self.0 = None;
                None
            }
        }
    }

    /// Those of these UIDs that messages have, if it is known which have any.
    pub(super) fn there(&self, uids: &UidSet) -> Option<UidSet> {
        let known = self.0.as_ref()?;
        Some(known.iter().copied().filter(|uid| uids.contains(*uid)).collect())
    }

    /// Notes that messages are gone which the server named by UID.
    pub(super) fn vanish(&mut self, uids: &UidSet) {
        if let Some(known) = &mut self.0 {
            known.retain(|uid| !uids.contains(*uid));
        }
    }
}

fn place(seq: SeqNum) -> Option<usize> {
    usize::try_from(seq.get()).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uids(text: &str) -> UidSet {
        text.parse().unwrap()
    }

    fn numbers(text: &str, exists: u32) -> Numbers {
        let mut numbers = Numbers::default();
        numbers.set(&uids(text), exists);
        numbers
    }

    fn seq(number: u32) -> SeqNum {
        SeqNum::new(number).unwrap()
    }

    #[test]
    fn numbers_move_up_when_messages_go() {
        let mut numbers = numbers("3,5,8:9", 4);
        assert_eq!(numbers.uid(seq(3)), Uid::new(8));
        assert_eq!(numbers.expunge(seq(2)), Uid::new(5));
        assert_eq!(numbers.expunge(seq(2)), Uid::new(8));
        numbers.add(&uids("12:13"), 4);
        assert_eq!((numbers.uid(seq(2)), numbers.uid(seq(4))), (Uid::new(9), Uid::new(13)));
        numbers.vanish(&uids("9"));
        assert_eq!(numbers.uid(seq(2)), Uid::new(12));
    }

    #[test]
    fn what_does_not_fit_together_is_unknown() {
        assert_eq!(numbers("1:5", 4), Numbers::default());
        assert_eq!(numbers("1:4294967295", 3), Numbers::default());
        assert_eq!(numbers("1:200000", 200_000), Numbers::default());
        let mut added = numbers("1:2", 2);
        added.add(&uids("3:4"), 3);
        assert_eq!(added, Numbers::default());
        assert_eq!(numbers("5,9", 2).there(&uids("4:7,4000")), Some(uids("5")));
        assert_eq!(Numbers::default().there(&uids("5")), None);
        let mut expunged = numbers("1:2", 2);
        assert_eq!((expunged.expunge(seq(3)), expunged.uid(seq(1))), (None, None));
    }
}
