//! What a mailbox of the target has: looked up by size, date and Message-ID, never by contents, which servers change.

use std::collections::{HashMap, HashSet};

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{DateTime, Section, Uid, UidSet};

use crate::error::Result;
use crate::restore::contents::message_id;
use crate::restore::ledger::{Key, Outcome, Sent};

/// So much of a header is read.
const MAX_HEADER: u64 = 4 << 20;

/// A message of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct There {
    pub(crate) uid: u32,
    pub(crate) size: Option<u64>,
    pub(crate) date: Option<i64>,
}

/// The messages of the mailbox from this UID on, without some.
pub(crate) fn list(mailbox: &mut Mailbox<'_>, from: u64, without: &UidSet) -> Result<Vec<There>> {
    let Some(from) = Uid::new(u32::try_from(from).unwrap_or(u32::MAX).max(1)) else { return Ok(Vec::new()) };
    let mut found = HashMap::new();
    let mut rows = mailbox.fetch(UidSet::starting_at(from), [FetchItem::InternalDate, FetchItem::Size])?;
    while let Some(row) = rows.next()? {
        // The last message is always among them, whatever its UID is.
        if let Some(uid) = row.uid().filter(|uid| *uid >= from && !without.contains(*uid))
            && (row.size().is_some() || row.internal_date().is_some())
        {
            let date = row.internal_date().map(DateTime::unix_timestamp);
            found.insert(uid.get(), There { uid: uid.get(), size: row.size(), date });
        }
    }
    let mut found: Vec<There> = found.into_values().collect();
    found.sort_unstable_by_key(|there| there.uid);
    Ok(found)
}

/// The Message-IDs of messages.
pub(crate) fn message_ids(mailbox: &mut Mailbox<'_>, uids: &UidSet) -> Result<HashMap<u32, Option<String>>> {
    let mut ids = HashMap::new();
    headers(mailbox, uids, Section::header_fields(["Message-ID"]), |uid, header| {
        ids.insert(uid, message_id(header));
    })?;
    Ok(ids)
}

/// Calls `each` with a part of the header of each message.
pub(crate) fn headers(
    mailbox: &mut Mailbox<'_>,
    uids: &UidSet,
    section: Section,
    mut each: impl FnMut(u32, &[u8]),
) -> Result<()> {
    if uids.is_empty() {
        return Ok(());
    }
    let mut rows = mailbox.fetch(uids, [FetchItem::body_peek(section)])?;
    while let Some(mut row) = rows.next()? {
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) else { continue };
        if let Some(mut body) = row.next_body()?
            && body.length().is_some_and(|length| length <= MAX_HEADER)
        {
            let header = body.to_bytes(MAX_HEADER)?;
            each(uid.get(), &header);
        }
        row.finish()?;
    }
    Ok(())
}

/// What became of messages that were sent, of which nobody knows whether they came. Each message of the target is one of them at
/// most; where equal ones were sent, it is as many of them as there are.
pub(crate) fn locate(sent: &[Sent], there: &[There], ids: &HashMap<u32, Option<String>>) -> Vec<(Key, Outcome)> {
    let mut taken = HashSet::new();
    let mut places: HashMap<Key, u32> = HashMap::new();
    // First those of the same size; a size that the target has changed is looked past where the rest is known.
    for is_exact in [true, false] {
        for one in sent.iter().filter(|one| is_exact || one.message_id.is_some()) {
            if places.contains_key(&one.key) {
                continue;
            }
            let is_it = |there: &&There| {
                !taken.contains(&there.uid)
                    && u64::from(there.uid) >= one.uid_next
                    && (one.date.is_none() || one.date == there.date)
                    && (!is_exact || there.size == Some(one.size))
                    && ids.get(&there.uid).is_some_and(|id| *id == one.message_id)
            };
            if let Some(found) = there.iter().find(is_it) {
                taken.insert(found.uid);
                places.insert(one.key, found.uid);
            }
        }
    }
    let outcome = |one: &Sent| places.get(&one.key).map_or(Outcome::NotThere, |uid| Outcome::At(*uid));
    sent.iter().map(|one| (one.key, outcome(one))).collect()
}

/// Messages that were in the target's mailbox though nobody sent them.
#[derive(Debug, Default)]
pub(crate) struct Others {
    uid_validity: u64,
    by_size_and_date: HashMap<(u64, i64), Vec<u32>>,
    ids: HashMap<u32, Option<String>>,
}

impl Others {
    pub(crate) fn new(uid_validity: u64, there: Vec<There>) -> Self {
        let mut by_size_and_date: HashMap<(u64, i64), Vec<u32>> = HashMap::new();
        for one in there {
            if let (Some(size), Some(date)) = (one.size, one.date) {
                by_size_and_date.entry((size, date)).or_default().push(one.uid);
            }
        }
        Self { uid_validity, by_size_and_date, ids: HashMap::new() }
    }

    /// Those of which size and date are these and the Message-ID is not known yet.
    pub(crate) fn unknown(&self, size: u64, date: Option<i64>) -> impl Iterator<Item = Uid> + '_ {
        let uids = date.and_then(|date| self.by_size_and_date.get(&(size, date))).into_iter().flatten();
        uids.filter(|uid| !self.ids.contains_key(uid)).filter_map(|uid| Uid::new(*uid))
    }

    pub(crate) fn learn(&mut self, ids: HashMap<u32, Option<String>>) {
        self.ids.extend(ids);
    }

    /// The message that is this one, which counts once: size, date and Message-ID are equal; of one without a Message-ID, its UID.
    /// Where messages come back to their own mailbox, `is_another` returns whether a message there is known as another one.
    pub(crate) fn take(&mut self, sent: &Sent, is_another: impl Fn(Key) -> bool) -> Option<u32> {
        let uids = self.by_size_and_date.get_mut(&(sent.size, sent.date?))?;
        let is_same = |uid: &u32| match (&sent.message_id, self.ids.get(uid)) {
            (Some(id), Some(Some(found))) => id == found,
            (None, Some(None)) => sent.key == (self.uid_validity, *uid),
            _ => false,
        };
        // Of equal ones, each is itself.
        let own = uids.iter().position(|uid| is_same(uid) && sent.key == (self.uid_validity, *uid));
        let is_free = |uid: &u32| is_same(uid) && !is_another((self.uid_validity, *uid));
        let at = own.or_else(|| uids.iter().position(is_free))?;
        Some(uids.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(uid: u32, size: u64, id: Option<&str>) -> Sent {
        Sent {
            key: (7, uid),
            uid_next: 10,
            size,
            date: Some(100),
            message_id: id.map(str::to_owned),
            header: None,
            to_uid: None,
        }
    }

    fn there(uid: u32, size: u64) -> There {
        There { uid, size: Some(size), date: Some(100) }
    }

    #[test]
    fn what_came_is_found_once_each() {
        let ids: HashMap<u32, Option<String>> =
            [(9, Some("a")), (10, Some("a")), (11, Some("a")), (12, None), (13, Some("b"))]
                .map(|(uid, id)| (uid, id.map(str::to_owned)))
                .into();
        let listed = [there(9, 5), there(10, 5), there(11, 5), there(12, 6), there(13, 8)];
        // Three equal ones were sent, of which two came; what was there before is none of them.
        let three = [1, 2, 3].map(|uid| sent(uid, 5, Some("a")));
        let outcomes = locate(&three, &listed, &ids);
        assert_eq!(
            outcomes.iter().map(|(_, outcome)| *outcome).collect::<Vec<_>>(),
            [Outcome::At(10), Outcome::At(11), Outcome::NotThere]
        );
        // One without a Message-ID needs its size; one with another size needs its Message-ID.
        for (one, expected) in [
            (sent(1, 6, None), Outcome::At(12)),
            (sent(1, 7, None), Outcome::NotThere),
            (sent(1, 7, Some("b")), Outcome::At(13)),
            (sent(1, 8, Some("c")), Outcome::NotThere),
            (Sent { date: Some(101), ..sent(1, 8, Some("b")) }, Outcome::NotThere),
            (Sent { date: None, ..sent(1, 8, Some("b")) }, Outcome::At(13)),
        ] {
            assert_eq!(locate(std::slice::from_ref(&one), &listed, &ids), [(one.key, expected)], "{one:?}");
        }
    }

    #[test]
    fn what_was_there_counts_once() {
        let mut others = Others::new(7, vec![there(1, 5), there(2, 5), there(3, 6)]);
        assert_eq!(others.unknown(5, Some(100)).count(), 2);
        assert_eq!(others.unknown(5, None).count() + others.unknown(5, Some(99)).count(), 0);
        let id = |id: &str| Some(id.to_owned());
        others.learn([(1, id("a")), (2, id("a")), (3, None)].into());
        assert_eq!(others.take(&sent(2, 5, Some("b")), |_| false), None);
        assert_eq!(others.take(&sent(9, 5, Some("a")), |key| key.1 < 3), None);
        assert_eq!(others.take(&sent(2, 5, Some("a")), |_| true), Some(2));
        assert_eq!(others.take(&sent(9, 5, Some("a")), |_| false), Some(1));
        assert_eq!(others.take(&sent(9, 5, Some("a")), |_| false), None);
        assert_eq!(
            (others.take(&sent(4, 6, None), |_| false), others.take(&sent(3, 6, None), |_| true)),
            (None, Some(3))
        );
    }
}
