//! What a server shows of the whole account that is more likely its mistake than the truth: no mailbox at all, every
//! mailbox empty, every UIDVALIDITY new. Nothing of it is believed unless one mailbox shows that the server is as it was.
//!
//! And which mailboxes are looked at although nothing seems to have happened in them.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::error::{Implausible, Result};
use crate::index::MailboxRow;

/// Why a mailbox that had mail is put off until another one was seen that is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It has no messages any more.
    Empty,
    /// Its UIDVALIDITY is another one.
    Renewed,
}

/// What was seen of the mailboxes that had mail.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// A mailbox has mail under the UIDVALIDITY that it had.
    has_witness: bool,
    put_off: HashMap<Vec<u8>, (Doubt, u64)>,
    is_closed: bool,
    /// Mailboxes with mail that are not listed any more, and their messages.
    unlisted: (u64, u64),
}

impl Survey {
    /// Notes that a mailbox is as it was.
    pub(crate) fn witness(&mut self) {
        self.has_witness = true;
    }

    /// Whether a mailbox was as it was.
    pub(crate) fn has_witness(&self) -> bool {
        self.has_witness
    }

    /// Whether to put off the mailbox, in which the archive has so many messages.
    pub(crate) fn puts_off(&mut self, mailbox: &[u8], doubt: Doubt, messages: u64) -> bool {
        if self.has_witness || self.is_closed {
            return false;
        }
        self.put_off.insert(mailbox.to_owned(), (doubt, messages));
        true
    }

    /// The mailboxes that were put off; from now on they are not.
    pub(crate) fn take_all(&mut self) -> HashSet<Vec<u8>> {
        std::mem::take(&mut self.put_off).into_keys().collect()
    }

    pub(crate) fn count_put_off(&self) -> u64 {
        self.put_off.len() as u64
    }

    /// Notes how many mailboxes with mail are not listed any more, and how many messages the archive has of them: beside
    /// others that are empty they are as if they were.
    pub(crate) fn note_unlisted(&mut self, (mailboxes, messages): (u64, u64)) {
        self.unlisted = (mailboxes, messages);
    }

    pub(crate) fn count_unlisted(&self) -> u64 {
        self.unlisted.0
    }

    /// Whether there is something to be decided once all mailboxes were seen. Where mail comes from new mailboxes, those
    /// that are not listed have other names now.
    pub(crate) fn is_open(&self, has_new_mail: bool) -> bool {
        let is_alone = self.unlisted.0 > 0 && !has_new_mail;
        !self.is_closed && (!self.put_off.is_empty() || (is_alone && !self.has_witness))
    }

    /// Decides on the mailboxes that were put off, once all were seen: either what they show is believed, or not.
    ///
    /// One message that went is nothing strange, and neither is one mailbox that was recreated.
    pub(crate) fn close(&mut self, prunes: bool) -> Result<(), Implausible> {
        let count = |doubt| self.put_off.values().filter(|(found, _)| *found == doubt).count();
        let (unlisted, unlisted_messages) = self.unlisted;
        let (empty, renewed) = (count(Doubt::Empty), count(Doubt::Renewed));
        let empty = empty.saturating_add(usize::try_from(unlisted).unwrap_or(usize::MAX));
        let messages = self.put_off.values().map(|(_, messages)| messages).sum::<u64>() + unlisted_messages;
        self.is_closed = true;
        match (empty, renewed) {
            _ if self.has_witness => return Ok(()),
            (0, 0 | 1) => return Ok(()),
            (_, 0) if messages <= 1 => return Ok(()),
            // The limit of pruning speaks for itself.
            (1, 0) if prunes && unlisted == 0 => return Ok(()),
            _ => {}
        }
        Err(Implausible::Changed { empty, is_unlisted: unlisted > 0, recreated: renewed, messages })
    }
}

/// This many mailboxes are probed in each run, those in which mail has arrived last, and one of the others in turn: two round
/// trips each.
///
/// A server is set back as a whole, to one moment, and loses what had arrived since then. So if it lost anything of any
/// mailbox, it lost what had arrived last: to look at the mailbox with the newest mail is enough to notice. The others are
/// for mailboxes that got their mail in another order than its dates say (moved messages), and for those that somebody set
/// back alone. Once one of them is not as it was, all mailboxes are looked at.
const PROBED: usize = 4;

/// The mailboxes to be probed: those with the newest mail, and the one of the others whose turn it is after `last`.
///
/// The turn is noted, as runs are made at equal times of the day: what the clock shows would choose the same one each time.
pub(crate) fn to_probe<'a>(
    known: impl Iterator<Item = &'a MailboxRow>,
    newest: &HashMap<i64, i64>,
    last: i64,
) -> (HashSet<i64>, Option<i64>) {
    let mut with_mail: Vec<(i64, i64, i64)> = known
        .filter(|mailbox| mailbox.arrived > 0)
        .map(|mailbox| (mailbox.arrived, newest.get(&mailbox.id).copied().unwrap_or_default(), mailbox.id))
        .collect();
    with_mail.sort_unstable_by_key(|(arrived, date, id)| (Reverse((*arrived, *date)), *id));
    let mut probed: HashSet<i64> = with_mail.iter().take(PROBED).map(|(.., id)| *id).collect();
    let others = || with_mail.iter().skip(PROBED).map(|(.., id)| *id);
    let turn = others().filter(|id| *id > last).min().or_else(|| others().min());
    probed.extend(turn);
    (probed, turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(mailboxes: &[(Doubt, u64)], has_witness: bool, prunes: bool) -> bool {
        let mut survey = Survey::default();
        for (number, (doubt, messages)) in (0..).zip(mailboxes) {
            assert!(survey.puts_off(&[number], *doubt, *messages));
        }
        if has_witness {
            survey.witness();
        }
        let believed = survey.close(prunes).is_ok();
        assert!(!survey.puts_off(b"x", Doubt::Empty, 5), "later nothing is put off");
        believed
    }

    #[test]
    fn what_all_mailboxes_show_at_once_is_not_believed() {
        use Doubt::{Empty, Renewed};
        for (mailboxes, believed) in [
            (&[][..], true),
            (&[(Empty, 1)], true),
            (&[(Empty, 2)], false),
            (&[(Empty, 1), (Empty, 1)], false),
            (&[(Renewed, 5)], true),
            (&[(Renewed, 1), (Renewed, 1)], false),
            (&[(Renewed, 1), (Empty, 1)], false),
        ] {
            assert_eq!(close(mailboxes, false, false), believed, "{mailboxes:?}");
            assert!(close(mailboxes, true, false), "{mailboxes:?}");
        }
        for (mailbox, unlisted, believed) in [
            (None, (1, 1), true),
            (None, (1, 2), false),
            (Some((Renewed, 40)), (2, 40), false),
            (Some((Empty, 1)), (1, 1), false),
        ] {
            let mut survey = Survey::default();
            survey.note_unlisted(unlisted);
            mailbox.iter().for_each(|(doubt, messages)| assert!(survey.puts_off(b"x", *doubt, *messages)));
            assert!(survey.is_open(false) && survey.is_open(true) == mailbox.is_some());
            assert_eq!(survey.close(true).is_ok(), believed, "{mailbox:?} {unlisted:?}");
        }
        assert!(close(&[(Empty, 200)], false, true) && !close(&[(Empty, 200), (Empty, 1)], false, true));
    }

    #[test]
    fn the_newest_mail_is_probed_and_all_lively_mailboxes_in_turn() {
        let row = |id: i64, arrived: i64| MailboxRow { id, arrived, ..MailboxRow::default() };
        let rows: Vec<MailboxRow> =
            (1..=100).map(|id| row(id, if id == 7 { 200 } else { 100 })).chain([row(101, 0)]).collect();
        let newest: HashMap<i64, i64> = (1..=101).map(|id| (id, id)).collect();
        let (mut turns, mut last) = (HashSet::new(), 0);
        for _ in 0..96 {
            let (probed, turn) = to_probe(rows.iter(), &newest, last);
            assert!([7, 100, 99, 98].iter().all(|id| probed.contains(id)) && probed.len() == 5, "{probed:?}");
            turns.extend(probed);
            last = turn.unwrap();
        }
        assert_eq!(turns.len(), 100, "each had its turn once");
        assert_eq!(to_probe([row(1, 5)].iter(), &newest, 3), (HashSet::from([1]), None));
        assert!(to_probe([].iter(), &newest, 3).0.is_empty());
    }
}
