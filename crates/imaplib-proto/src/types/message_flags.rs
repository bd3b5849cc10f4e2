//! The flags of many messages, each different set of flags kept once.

use std::collections::HashMap;
use std::fmt;

use super::{Flag, Flags, Uid, UidSet};

/// The flags of many messages, by UID: neighbours with the same flags take eight bytes together, and each different set of
/// flags is kept once. `\Recent` is not among them, for it is not the same in each session.
///
/// ```
/// use imaplib_proto::types::{Flag, Flags, MessageFlags, Uid};
/// let uid = |number| Uid::new(number).unwrap();
/// let flags: MessageFlags =
///     [(uid(1), Flags::from(Flag::Seen)), (uid(3), Flags::from(Flag::Seen)), (uid(4), Flags::new())].into_iter().collect();
/// assert_eq!(flags.uids().to_string(), "1,3:4");
/// assert!(flags.get(uid(3)).unwrap().contains(&Flag::Seen));
/// assert!(flags.get(uid(2)).is_none());
/// ```
#[derive(Clone, Default)]
pub struct MessageFlags {
    uids: UidSet,
    runs: FlagRuns,
}

/// Which flags messages have, whose UIDs are kept elsewhere: from each of these UIDs on up to the next one.
#[derive(Clone, Default)]
pub(crate) struct FlagRuns {
    starts: Vec<(u32, u32)>,
    sets: Vec<Flags>,
}

impl MessageFlags {
    /// The messages.
    #[must_use]
    pub fn uids(&self) -> &UidSet {
        &self.uids
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.uids.len()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty()
    }

    /// The flags of a message; `None` if it is not among them.
    #[must_use]
    pub fn get(&self, uid: Uid) -> Option<&Flags> {
        self.runs.get(uid).filter(|_| self.uids.contains(uid))
    }

    /// The messages in ascending order, each with its flags.
    pub fn iter(&self) -> impl Iterator<Item = (Uid, &Flags)> {
        self.uids.iter().filter_map(|uid| Some((uid, self.runs.get(uid)?)))
    }

    pub(crate) fn runs(&self) -> &FlagRuns {
        &self.runs
    }
}

impl FlagRuns {
    pub(crate) fn get(&self, uid: Uid) -> Option<&Flags> {
        let at = self.starts.partition_point(|(start, _)| *start <= uid.get()).checked_sub(1)?;
        let (_, set) = self.starts.get(at)?;
        self.sets.get(usize::try_from(*set).ok()?)
    }

    /// From where on which of the [sets](Self::sets).
    pub(crate) fn starts(&self) -> &[(u32, u32)] {
        &self.starts
    }

    pub(crate) fn sets(&self) -> &[Flags] {
        &self.sets
    }

    /// Runs that begin at these UIDs in ascending order, each with the place of its flags among these; `None` if they do
    /// not fit together.
    pub(crate) fn new(starts: Vec<(u32, u32)>, sets: Vec<Flags>) -> Option<Self> {
        let ascend = starts.is_sorted_by(|(one, _), (next, _)| one < next);
        let count = sets.len() as u64;
        (ascend && starts.iter().all(|(_, set)| u64::from(*set) < count)).then_some(Self { starts, sets })
    }
}

/// [`MessageFlags`] that are being collected: the last flags of a message count.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlagCollector {
    rows: Vec<(u32, u32)>,
    sets: Vec<Flags>,
    by_text: HashMap<String, u32>,
    /// The place of the flags that came last: most messages have the same as the one before.
    last: u32,
    /// How many bytes the different sets of flags have.
    bytes: usize,
}

impl FlagCollector {
    pub(crate) fn add(&mut self, uid: Uid, flags: &Flags) {
        let place = usize::try_from(self.last).unwrap_or(usize::MAX);
        if self.sets.get(place).is_none_or(|last| last != flags) {
            self.last = self.place_of(flags);
        }
        self.rows.push((uid.get(), self.last));
    }

    fn place_of(&mut self, flags: &Flags) -> u32 {
        let mut kept: Vec<Flag> = flags.iter().filter(|flag| *flag != Flag::Recent).collect();
        kept.sort_by_cached_key(|flag| flag.as_bytes().to_ascii_lowercase());
        // Made anew, for a value from the server may keep what it came with in memory.
        let flags: Flags = kept.into_iter().collect();
        let text = flags.to_string().to_ascii_lowercase();
        if let Some(place) = self.by_text.get(&text) {
            return *place;
        }
        let place = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.bytes = self.bytes.saturating_add(text.len().saturating_mul(2)).saturating_add(128);
        self.by_text.insert(text, place);
        self.sets.push(flags);
        place
    }

    /// About how many bytes of memory this needs.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.saturating_add(self.rows.len().saturating_mul(8))
    }

    /// The messages so far.
    pub(crate) fn uids(&self) -> UidSet {
        UidSet::from_unsorted(self.rows.iter().map(|(uid, _)| (*uid, *uid)).collect())
    }

    pub(crate) fn finish(self) -> MessageFlags {
        let Self { mut rows, sets, .. } = self;
        // What came last stands last among equals, and is kept.
        rows.sort_by_key(|(uid, _)| *uid);
        rows.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = next.1;
            }
            same
        });
        let uids = UidSet::from_unsorted(rows.iter().map(|(uid, _)| (*uid, *uid)).collect());
        rows.dedup_by_key(|(_, set)| *set);
        rows.shrink_to_fit();
        MessageFlags { uids, runs: FlagRuns { starts: rows, sets } }
    }
}

impl FromIterator<(Uid, Flags)> for MessageFlags {
    fn from_iter<I: IntoIterator<Item = (Uid, Flags)>>(messages: I) -> Self {
        let mut collector = FlagCollector::default();
        messages.into_iter().for_each(|(uid, flags)| collector.add(uid, &flags));
        collector.finish()
    }
}

impl<'f> FromIterator<(Uid, &'f Flags)> for MessageFlags {
    fn from_iter<I: IntoIterator<Item = (Uid, &'f Flags)>>(messages: I) -> Self {
        let mut collector = FlagCollector::default();
        messages.into_iter().for_each(|(uid, flags)| collector.add(uid, flags));
        collector.finish()
    }
}

impl PartialEq for MessageFlags {
    fn eq(&self, other: &Self) -> bool {
        self.uids == other.uids && self.iter().map(|(_, flags)| flags).eq(other.iter().map(|(_, flags)| flags))
    }
}

impl Eq for MessageFlags {}

impl fmt::Debug for MessageFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageFlags({}, {} runs of {} sets)", self.uids, self.runs.starts.len(), self.runs.sets.len())
    }
}

impl fmt::Debug for FlagRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlagRuns({} of {} sets)", self.starts.len(), self.sets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn the_last_flags_of_a_message_count_and_each_set_is_kept_once() {
        let mut collector = FlagCollector::default();
        for (number, flags) in
            [(9, "\\Seen"), (1, "work \\Seen"), (2, "\\Recent \\seen WORK"), (3, "\\Recent"), (9, ""), (4, "")]
        {
            collector.add(uid(number), &flags.parse().unwrap());
        }
        let flags = collector.finish();
        assert_eq!(flags.uids().to_string(), "1:4,9");
        let seen: Vec<String> = flags.iter().map(|(uid, flags)| format!("{uid} {flags}")).collect();
        assert_eq!(seen, ["1 \\Seen work", "2 \\Seen work", "3 ", "4 ", "9 "]);
        assert_eq!((flags.runs().starts().len(), flags.runs().sets().len()), (2, 3));
        assert!(flags.get(uid(5)).is_none());
    }

    #[test]
    fn a_million_messages_with_the_same_flags_are_one_run() {
        let mut collector = FlagCollector::default();
        (1..=1_000_000).for_each(|number| collector.add(uid(number * 2), &Flag::Seen.into()));
        assert_eq!(collector.memory() / 1_000_000, 8);
        let flags = collector.finish();
        assert_eq!((flags.len(), flags.runs().starts().len()), (1_000_000, 1));
        assert!(flags.get(uid(1_999_998)).is_some() && flags.get(uid(1_999_999)).is_none());
    }

    #[test]
    fn flags_are_equal_by_messages_and_sets() {
        let of = |list: &[(u32, &str)]| -> MessageFlags {
            list.iter().map(|(number, flags)| (uid(*number), flags.parse::<Flags>().unwrap())).collect()
        };
        let known = of(&[(3, "\\Seen"), (5, "work")]);
        assert_eq!(known.get(uid(5)).map(ToString::to_string).as_deref(), Some("work"));
        assert_eq!(known, of(&[(5, "work"), (3, "\\Seen")]));
        // Other messages with the same flags, other flags of the same messages, and fewer.
        assert_ne!(known, of(&[(3, "\\Seen"), (6, "work")]));
        assert_ne!(known, of(&[(3, "\\Seen"), (5, "\\Seen")]));
        assert_ne!(known, of(&[(3, "\\Seen")]));
        let borrowed: Vec<(Uid, Flags)> = known.iter().map(|(uid, flags)| (uid, flags.clone())).collect();
        assert_eq!(borrowed.iter().map(|(uid, flags)| (*uid, flags)).collect::<MessageFlags>(), known);
        let mut collector = FlagCollector::default();
        [7, 2, 7].into_iter().for_each(|number| collector.add(uid(number), &Flags::new()));
        assert_eq!(collector.uids().to_string(), "2,7");
    }
}
