//! Which UIDs were expunged at which mod-sequence (RFC 7162 section 3.2).

use std::collections::VecDeque;

use imaplib_proto::types::Uid;

/// The number of expunged messages that a mailbox remembers; the oldest are forgotten first.
const MAX_REMEMBERED: usize = 10_000;

/// The newest expunged messages of a mailbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExpungeLog {
    /// In the order of the mod-sequences.
    entries: VecDeque<(u64, Uid)>,
    /// The greatest mod-sequence of which messages were forgotten.
    forgotten: u64,
}

impl ExpungeLog {
    pub(crate) fn add(&mut self, modseq: u64, uid: Uid) {
        self.entries.push_back((modseq, uid));
        if self.entries.len() > MAX_REMEMBERED
            && let Some((modseq, _)) = self.entries.pop_front()
        {
            self.forgotten = modseq;
        }
    }

    /// Forgets everything up to this mod-sequence, which must be the mailbox's.
    pub(crate) fn forget(&mut self, modseq: u64) {
        self.entries.clear();
        self.forgotten = modseq;
    }

    /// The UIDs expunged after a mod-sequence; `None` if some of them are forgotten.
    pub(crate) fn since(&self, modseq: u64) -> Option<impl Iterator<Item = Uid> + '_> {
        let start = self.entries.partition_point(|(at, _)| *at <= modseq);
        (modseq >= self.forgotten).then(|| self.entries.iter().skip(start).map(|(_, uid)| *uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut log = ExpungeLog::default();
        let uids = |log: &ExpungeLog, modseq| log.since(modseq).map(|uids| uids.map(Uid::get).collect::<Vec<_>>());
        for number in 1..=10_000 {
            log.add(u64::from(number), Uid::new(number).unwrap());
        }
        assert_eq!(uids(&log, 0).unwrap().len(), MAX_REMEMBERED);
        log.add(10_001, Uid::new(10_001).unwrap());
        assert_eq!(uids(&log, 0), None);
        assert_eq!(uids(&log, 1).unwrap().len(), MAX_REMEMBERED);
        assert_eq!(uids(&log, 10_000), Some(vec![10_001]));
        log.forget(20_000);
        assert_eq!(uids(&log, 19_999), None);
        assert_eq!(uids(&log, 20_000), Some(vec![]));
    }
}
