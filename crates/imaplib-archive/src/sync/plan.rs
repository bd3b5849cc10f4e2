//! What a mailbox's archive lacks: the server's list of messages beside the database's.

use std::collections::BTreeMap;

use imaplib::types::{Flag, Flags, Uid, UidSet};

use crate::error::Result;
use crate::index::Index;
pub(crate) use crate::index::stored::UNKNOWN_FLAGS;
use crate::index::stored::{Stored, StoredRows};
use crate::isolation::without;
use crate::sync::reasons::add;

/// So many bytes of changed flags are held at a time; the list is asked for again for the rest.
const MOST_CHANGES: usize = 16 << 20;

/// Clocks may differ by so many seconds.
const RECENT: i64 = 24 * 60 * 60;

/// A row of the server's list. What cannot be read is `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    pub(crate) uid: Uid,
    pub(crate) flags: Option<&'a Flags>,
    /// INTERNALDATE, in seconds since 1970.
    pub(crate) date: Option<i64>,
    /// RFC822.SIZE.
    pub(crate) size: Option<u64>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The messages that the server lists.
    pub(crate) listed: UidSet,
    /// Those that it has and cannot list: nothing is known of them.
    pub(crate) unlisted: UidSet,
    /// Messages to transfer.
    pub(crate) fetch: UidSet,
    /// Those of them whose UID had another message before: that one is set aside.
    pub(crate) aside: UidSet,
    /// Those of them that are stored, and came short: they are asked for again.
    pub(crate) short: UidSet,
    /// Messages that look the same and had arrived not long before the list was last compared.
    pub(crate) recent: UidSet,
    /// How many of those to be set aside differ in their date or size; the others were gone and are listed again.
    pub(crate) different: u64,
    /// Messages whose flags have changed, with their new flags.
    pub(crate) flags: BTreeMap<u32, Flags>,
    /// More flags have changed than these.
    pub(crate) has_more_flags: bool,
    /// Messages of which the size was not noted yet, with their dates and sizes.
    pub(crate) announced: BTreeMap<u32, (Option<i64>, u64)>,
    /// Whether a message is gone that was not listed: false where messages are there of which nobody knows which they are.
    pub(crate) is_certain: bool,
}

/// Both lists side by side. Only what differs is held, for there may be millions of messages; those that are stored and not
/// listed are collected in the database.
pub(crate) struct Comparison<'a> {
    index: &'a Index,
    place: (i64, u64),
    /// From this date on a message is recent.
    recent: i64,
    stored: StoredRows<'a>,
    plan: Plan,
    highest: u32,
    flags: ChangedFlags,
}

impl<'a> Comparison<'a> {
    /// Begins to compare with these messages, which are stored under this UIDVALIDITY; `compared` is when that was last done.
    pub(crate) fn new(index: &'a Index, place: (i64, u64), mut stored: StoredRows<'a>, compared: i64) -> Result<Self> {
        stored.advance()?;
        let plan = Plan { is_certain: true, ..Plan::default() };
        let recent = if compared > 0 { compared - RECENT } else { i64::MAX };
        Ok(Self { index, place, recent, stored, plan, highest: 0, flags: ChangedFlags::default() })
    }

    /// Adds a row of the server's answer.
    pub(crate) fn add(&mut self, listed: Listed<'_>) -> Result<()> {
        let uid = listed.uid.get();
        self.plan.listed.insert(listed.uid);
        // The UIDs come in ascending order from nearly all servers.
        if uid <= self.highest {
            return self.add_late(listed);
        }
        self.highest = uid;
        self.pass(uid)?;
        match self.stored.current().filter(|stored| stored.uid == uid) {
            Some(stored) => {
                self.plan.judge(stored, listed, &mut self.flags, self.recent);
                self.stored.advance()
            }
            None => {
                self.plan.fetch.insert(listed.uid);
                Ok(())
            }
        }
    }

    /// Adds a row behind others of higher UIDs. A server may list a message twice: the last word counts.
    fn add_late(&mut self, listed: Listed<'_>) -> Result<()> {
        let uid = listed.uid.get();
        self.plan.flags.remove(&uid);
        self.plan.announced.remove(&uid);
        self.index.is_there(uid)?;
        match self.index.stored(self.place.0, self.place.1, uid)? {
            Some(stored) => self.plan.judge(&stored, listed, &mut self.flags, self.recent),
            None => self.plan.fetch.insert(listed.uid),
        }
        Ok(())
    }

    /// The messages that were listed up to now.
    pub(crate) fn listed(&self) -> &UidSet {
        &self.plan.listed
    }

    /// Passes over stored messages below this UID: the server did not list them.
    fn pass(&mut self, uid: u32) -> Result<()> {
        while let Some(stored) = self.stored.current().filter(|stored| stored.uid < uid) {
            self.index.add_gone(stored.uid, stored.expunged)?;
            self.stored.advance()?;
        }
        Ok(())
    }

    /// What is to be done about all of it.
    pub(crate) fn finish(mut self) -> Result<Plan> {
        while let Some(stored) = self.stored.current() {
            self.index.add_gone(stored.uid, stored.expunged)?;
            self.stored.advance()?;
        }
        Ok(self.plan)
    }
}

impl Plan {
    /// A message that both sides have, or that seems so.
    fn judge(&mut self, stored: &Stored, listed: Listed<'_>, flags: &mut ChangedFlags, recent: i64) {
        let is_different = stored.difference(listed.date, listed.size).any() || stored.is_hollow(listed.size);
        if is_different || stored.expunged {
            self.different += u64::from(is_different && !self.aside.contains(listed.uid));
            self.aside.insert(listed.uid);
            self.fetch.insert(listed.uid);
            return;
        }
        if stored.date.is_some_and(|date| date >= recent) {
            self.recent.insert(listed.uid);
        }
        if let Some(now) = listed.flags
            && flags.differ(now, &stored.flags)
        {
            match flags.has_room() {
                true => drop(self.flags.insert(stored.uid, flags.take())),
                false => self.has_more_flags = true,
            }
        }
        if let (None, Some(size)) = (stored.announced, listed.size) {
            self.announced.insert(stored.uid, (listed.date, size));
        }
    }

    /// The same of the date and size alone, where nothing else speaks against the message.
    pub(crate) fn judge_date(&mut self, stored: &Stored, uid: Uid, date: Option<i64>, size: Option<u64>) {
        if stored.difference(date, size).any() || stored.is_hollow(size) {
            self.different += u64::from(!self.aside.contains(uid));
            self.aside.insert(uid);
            self.fetch.insert(uid);
            self.flags.remove(&stored.uid);
        } else if let (None, Some(size)) = (stored.announced, size) {
            self.announced.insert(stored.uid, (date, size));
        }
    }

    /// Notes that the server has these messages, too.
    pub(crate) fn cannot_list(&mut self, uids: &UidSet, index: &Index) -> Result<()> {
        self.unlisted = without(uids, &self.listed);
        self.unlisted.iter().try_for_each(|uid| index.is_there(uid.get()))
    }

    /// The messages that the server has.
    pub(crate) fn there(&self) -> UidSet {
        let mut there = self.listed.clone();
        add(&mut there, &self.unlisted);
        there
    }

    /// Whether nothing is to be done about the messages that are there.
    pub(crate) fn is_empty(&self) -> bool {
        self.fetch.is_empty() && self.flags.is_empty()
    }
}

/// Flags in their stored form, and how much of them is held.
#[derive(Default)]
struct ChangedFlags {
    last: Option<(Flags, String)>,
    held: usize,
}

impl ChangedFlags {
    /// Whether these flags are others than the stored ones.
    fn differ(&mut self, now: &Flags, stored: &str) -> bool {
        // Neighbours mostly have the same flags.
        match &self.last {
            Some((last, text)) if last == now => text != stored,
            _ => {
                let text = canonical(now);
                let differ = text != stored;
                self.last = Some((text.parse().unwrap_or_else(|_| now.clone()), text));
                differ
            }
        }
    }

    fn has_room(&self) -> bool {
        self.held < MOST_CHANGES
    }

    /// The flags that were looked at last, to be held.
    fn take(&mut self) -> Flags {
        let Some((flags, text)) = &self.last else { return Flags::new() };
        self.held += size_of::<(u32, Flags)>() + text.len();
        flags.clone()
    }
}

/// Flags in one order and without `\Recent`, which is about a session and not about the message.
pub(crate) fn canonical(flags: &Flags) -> String {
    let mut words: Vec<String> = flags
        .iter()
        .filter(|flag| !matches!(flag, Flag::Recent | Flag::Wildcard))
        .map(|flag| flag.to_string())
        .collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;
    use crate::index::MessageRow;

    fn flags(text: &str) -> Flags {
        text.split_whitespace().map(|flag| flag.parse::<Flag>().unwrap()).collect()
    }

    const STORED: [(u32, &str); 5] = [(2, "\\Seen"), (4, ""), (6, "\\Seen b"), (8, ""), (9, UNKNOWN_FLAGS)];

    /// Compares a list with these messages, each of the date 1000 and the announced size 50; the one with the UID 8 is gone.
    /// Also returns the UIDs of those that are not listed, and how many of them were gone before.
    fn compare(listed: &[(u32, &str, Option<i64>, Option<u64>)]) -> (Plan, Vec<u32>, u64) {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let change = index.change(id, 1).unwrap();
        for (uid, flags) in STORED {
            let row = MessageRow {
                uid,
                file: String::new(),
                flags: flags.to_owned(),
                size: 49,
                announced: Some(50),
                is_short: false,
                internal_date: Some(1000),
                sha256: None,
                ..MessageRow::default()
            };
            change.add(&row).unwrap();
        }
        change.commit().unwrap();
        index.add_gone(8, false).unwrap();
        index.note_all_gone(id, 1).unwrap();
        index.begin_gone(0..=u32::MAX).unwrap();
        let listed: Vec<_> = listed.iter().map(|(uid, text, date, size)| (*uid, flags(text), *date, *size)).collect();
        let plan = compare_with(&index, id, &listed);
        (plan, index.gone_after(0).unwrap(), index.count_gone().unwrap().1)
    }

    fn compare_with(index: &Index, id: i64, listed: &[(u32, Flags, Option<i64>, Option<u64>)]) -> Plan {
        index
            .with_stored((id, 1), 0..=u32::MAX, |stored| {
                let mut comparison = Comparison::new(index, (id, 1), stored, 0)?;
                for (uid, flags, date, size) in listed {
                    let uid = Uid::new(*uid).unwrap();
                    comparison.add(Listed { uid, flags: Some(flags), date: *date, size: *size })?;
                }
                comparison.finish()
            })
            .unwrap()
    }

    const SAME: (Option<i64>, Option<u64>) = (Some(1000), Some(50));

    #[test]
    fn finds_what_is_new_changed_and_gone() {
        let listed =
            [(1, ""), (2, "\\Seen \\Recent"), (5, "x"), (6, "b \\Seen"), (9, ""), (12, ""), (12, ""), (11, "")];
        let (plan, gone, before) = compare(&listed.map(|(uid, text)| (uid, text, SAME.0, SAME.1)));
        assert_eq!(plan.fetch.to_string(), "1,5,11:12");
        assert_eq!(plan.flags, [(9, flags(""))].into());
        assert_eq!((gone, before), (vec![4, 8], 1));
        assert_eq!((plan.listed.len(), plan.aside.len()), (8 - 1, 0));
    }

    #[test]
    fn another_date_or_size_is_another_message_and_what_comes_back_is_fetched() {
        let (plan, gone, before) = compare(&[
            (2, "\\Seen", Some(1001), Some(50)),
            (4, "", None, None),
            (6, "x", Some(1000), Some(51)),
            (8, "", Some(1000), Some(50)),
            (9, "", Some(1000), Some(50)),
        ]);
        assert_eq!((plan.aside.to_string().as_str(), plan.fetch.to_string().as_str()), ("2,6,8", "2,6,8"));
        assert_eq!((plan.different, plan.flags.len(), gone.len(), before), (2, 1, 0, 0));
    }

    #[test]
    fn a_list_in_any_order_and_with_repetitions_means_the_same() {
        let (plan, gone, before) = compare(&[
            (9, "", None, None),
            (9, "a", None, None),
            (8, "", None, None),
            (3, "", None, None),
            (2, "b", None, None),
            (2, "\\Seen", None, None),
        ]);
        assert_eq!((plan.fetch.to_string().as_str(), plan.aside.to_string().as_str()), ("3,8", "8"));
        assert_eq!(plan.flags, [(9, flags("a"))].into());
        assert_eq!((gone, before), (vec![4, 6], 0));
    }

    #[test]
    fn more_changes_than_are_held_at_a_time_are_left_for_another_look() {
        let mut held = ChangedFlags { last: None, held: MOST_CHANGES - 1 };
        assert!(held.differ(&flags("\\Seen x"), "") && held.has_room());
        assert_eq!(held.take(), flags("\\Seen x"));
        assert!(!held.has_room());
    }

    #[test]
    fn a_keyword_that_is_not_an_atom_is_no_change_and_does_not_touch_its_neighbour() {
        let long: Vec<String> = (0..2000).map(|number| format!("keyword-{number}")).collect();
        let sets: [Flags; 4] = [
            "\\Seen OIB-[Google%20Mail]/All a]b gr%C3%BCn caf%E9".parse().unwrap(),
            flags("\\Seen"),
            flags("\\Seen x"),
            flags(&long.join(" ")),
        ];
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let change = index.change(id, 1).unwrap();
        for (uid, flags) in (1..).zip(&sets) {
            let row = MessageRow {
                uid,
                file: String::new(),
                flags: canonical(flags),
                size: 0,
                announced: None,
                is_short: false,
                internal_date: None,
                sha256: None,
                ..MessageRow::default()
            };
            change.add(&row).unwrap();
        }
        change.commit().unwrap();
        let list = |sets: [&Flags; 4]| {
            let listed: Vec<_> = (1..).zip(sets).map(|(uid, flags)| (uid, flags.clone(), None, None)).collect();
            compare_with(&index, id, &listed)
        };
        let [odd, seen, other, many] = &sets;
        assert!(list([odd, seen, other, many]).is_empty());
        // Whatever changes is stored in full.
        let plan = list([many, odd, seen, other]);
        let changed: Vec<_> = plan.flags.iter().map(|(uid, flags)| (*uid, flags)).collect();
        assert_eq!(changed, [(1, many), (2, odd), (3, seen), (4, other)]);
    }
}
