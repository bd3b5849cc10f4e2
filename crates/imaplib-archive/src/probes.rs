//! Which mailboxes are looked at although nothing seems to have happened in them.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::index::MailboxRow;

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
