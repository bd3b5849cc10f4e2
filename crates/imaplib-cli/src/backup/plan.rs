//! What a mailbox's archive lacks: the server's list of messages beside the database's.

use std::collections::HashMap;

use imaplib::types::{Flag, Flags, Uid, UidSet};

use super::state::State;
use crate::exit::Result;

/// What stands in the database for flags that are not known yet; no server's flags look like it.
pub(crate) const UNKNOWN_FLAGS: &str = "?";

/// The messages that the server has, with their flags. Equal sets of flags are kept once.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Each with the place of its flags. There may be millions.
    messages: Vec<(u32, u32)>,
    sets: Vec<(Flags, String)>,
    by_text: HashMap<String, usize>,
    last: usize,
    /// A message is there of which the UID cannot be read.
    hides_some: bool,
}

/// In place of a set of flags: those of the message cannot be read.
const UNREADABLE: u32 = u32::MAX;

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Messages to transfer.
    pub(crate) fetch: UidSet,
    /// Messages whose flags have changed, with their new flags.
    pub(crate) flags: Vec<(u32, Flags)>,
    /// Messages that have gone from the server since the last run.
    pub(crate) expunged: Vec<u32>,
    /// Messages that had gone before, and that the archive still has.
    pub(crate) kept: Vec<u32>,
}

impl Listed {
    /// Adds a row of the server's answer.
    pub(crate) fn add(&mut self, uid: Uid, flags: &Flags) {
        let set = match self.sets.get(self.last) {
            // Neighbours mostly have the same flags.
            Some((last, _)) if last == flags => self.last,
            _ => self.set(flags),
        };
        self.last = set;
        self.messages.push((uid.get(), u32::try_from(set).unwrap_or(UNREADABLE)));
    }

    /// Adds a row whose flags cannot be read: those that are known stay.
    pub(crate) fn add_without_flags(&mut self, uid: Uid) {
        self.messages.push((uid.get(), UNREADABLE));
    }

    /// Notes that a message is there of which nobody knows which it is: none is taken for gone.
    pub(crate) fn hides_some(&mut self) {
        self.hides_some = true;
    }

    fn set(&mut self, flags: &Flags) -> usize {
        let text = canonical(flags);
        if let Some(known) = self.by_text.get(&text) {
            return *known;
        }
        // What is stored is read again as exactly these flags, whatever a keyword consists of.
        self.sets.push((text.parse().unwrap_or_else(|_| flags.clone()), text.clone()));
        self.by_text.insert(text, self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// How many messages there are of which the UID is known.
    pub(crate) fn count(&mut self) -> u64 {
        // A server may list a message twice: the last word counts.
        self.messages.reverse();
        self.messages.sort_by_key(|(uid, _)| *uid);
        self.messages.dedup_by_key(|(uid, _)| *uid);
        self.messages.len() as u64
    }

    /// The UIDs of the messages.
    pub(crate) fn uids(&self) -> UidSet {
        self.messages.iter().filter_map(|(uid, _)| Uid::new(*uid)).collect()
    }

    /// Compares with the database.
    pub(crate) fn compare(mut self, state: &State, mailbox: i64, uid_validity: u64) -> Result<Plan> {
        self.count();
        let mut plan = Plan::default();
        let mut server = self.messages.iter().peekable();
        let mut new = |uid: u32| Uid::new(uid).into_iter().for_each(|uid| plan.fetch.insert(uid));
        state.for_each(mailbox, uid_validity, |uid, flags, expunged| {
            while let Some((missing, _)) = server.next_if(|(listed, _)| *listed < uid) {
                new(*missing);
            }
            match server.next_if(|(listed, _)| *listed == uid) {
                Some((_, set)) => {
                    let now = self.sets.get(*set as usize).filter(|(_, text)| expunged || text != flags);
                    plan.flags.extend(now.map(|(flags, _)| (uid, flags.clone())));
                }
                None if self.hides_some => {}
                None if expunged => plan.kept.push(uid),
                None => plan.expunged.push(uid),
            }
        })?;
        server.for_each(|(uid, _)| new(*uid));
        Ok(plan)
    }
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.fetch.is_empty() && self.flags.is_empty() && self.expunged.is_empty()
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

    use super::super::state::MessageRow;
    use super::*;

    fn flags(text: &str) -> Flags {
        text.split_whitespace().map(|flag| flag.parse::<Flag>().unwrap()).collect()
    }

    #[test]
    fn finds_what_is_new_changed_and_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::open(&dir.path().join("db")).unwrap();
        let id = state.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let change = state.change(id, 1).unwrap();
        for (uid, flags) in [(2, "\\Seen"), (4, ""), (6, "\\Seen b"), (8, ""), (9, UNKNOWN_FLAGS)] {
            let row = MessageRow {
                uid,
                file: String::new(),
                flags: flags.to_owned(),
                size: 0,
                internal_date: None,
                sha256: None,
            };
            change.add(&row).unwrap();
        }
        change.set_expunged(8).unwrap();
        change.commit().unwrap();

        let mut listed = Listed::default();
        for (uid, text) in
            [(1, ""), (2, "\\Seen \\Recent"), (5, "x"), (6, "b \\Seen"), (9, ""), (12, ""), (12, ""), (11, "")]
        {
            listed.add(Uid::new(uid).unwrap(), &flags(text));
        }
        let plan = listed.compare(&state, id, 1).unwrap();
        assert_eq!(plan.fetch.to_string(), "1,5,11:12");
        assert_eq!(plan.flags, [(9, flags(""))]);
        assert_eq!((plan.expunged, plan.kept), (vec![4], vec![8]));

        // What cannot be read takes nothing away.
        let mut listed = Listed::default();
        listed.add_without_flags(Uid::new(2).unwrap());
        let plan = listed.compare(&state, id, 1).unwrap();
        assert_eq!((plan.flags, plan.expunged), (vec![], vec![4, 6, 9]));
        let mut listed = Listed::default();
        listed.add(Uid::new(2).unwrap(), &flags("\\Seen"));
        listed.hides_some();
        assert!(listed.compare(&state, id, 1).unwrap().is_empty());
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
        let mut state = State::open(&dir.path().join("db")).unwrap();
        let id = state.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let change = state.change(id, 1).unwrap();
        for (uid, flags) in (1..).zip(&sets) {
            let row = MessageRow {
                uid,
                file: String::new(),
                flags: canonical(flags),
                size: 0,
                internal_date: None,
                sha256: None,
            };
            change.add(&row).unwrap();
        }
        change.commit().unwrap();
        let list = |sets: [&Flags; 4]| {
            let mut listed = Listed::default();
            (1..).zip(sets).for_each(|(uid, flags)| listed.add(Uid::new(uid).unwrap(), flags));
            listed.compare(&state, id, 1).unwrap()
        };
        let [odd, seen, other, many] = &sets;
        assert!(list([odd, seen, other, many]).is_empty());
        // Whatever changes is stored in full.
        let plan = list([many, odd, seen, other]);
        let changed: Vec<_> = plan.flags.iter().map(|(uid, flags)| (*uid, flags)).collect();
        assert_eq!(changed, [(1, many), (2, odd), (3, seen), (4, other)]);
    }
}
