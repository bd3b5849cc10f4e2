//! What COPYUID reports: which messages were copied, and where the copies are (RFC 4315, section 3).

use super::{Uid, UidRanges, UidSet};

/// The argument of COPYUID (RFC 4315, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyUid {
    /// The UIDVALIDITY of the target mailbox.
    pub uid_validity: u64,
    /// The UIDs of the messages that were copied.
    pub source: UidRanges,
    /// The UIDs of the copies.
    pub target: UidRanges,
}

impl CopyUid {
    /// Pairs each message with its copy, in order. Bound the iteration: the count comes from the server.
    ///
    /// Some servers send sets of unequal length; then the pairs end with the shorter one, and are not to be trusted:
    /// [`is_consistent`](Self::is_consistent).
    pub fn pairs(&self) -> impl Iterator<Item = (Uid, Uid)> + '_ {
        self.source.iter().zip(self.target.iter())
    }

    /// Whether each message has one copy, and each copy is of one message. Otherwise it is not known which messages were
    /// copied, and nothing may be removed by it.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let length = self.source.len();
        [self.target.len(), self.source.to_set().len(), self.target.to_set().len()] == [length; 3]
    }

    /// The part that is about these messages; none if it is not [consistent](Self::is_consistent). It has no more pairs than
    /// there are messages in the set, whatever the server sent.
    #[must_use]
    pub fn among(&self, uids: &UidSet) -> Option<Self> {
        if !self.is_consistent() {
            return None;
        }
        let wide = |ranges: &UidRanges| ranges.ranges().map(|(low, high)| (u64::from(low), u64::from(high))).collect();
        let (mut source, mut target) = (Vec::new(), Vec::new());
        for ((first, last), (copy, _)) in paired(wide(&self.source), wide(&self.target)) {
            let copy_of = |uid: Uid| Uid::new(copy.get() + (uid.get() - first.get()));
            for (low, high) in UidSet::range(first, last).intersection(uids).ranges() {
                if let (Some(copy_low), Some(copy_high)) = (copy_of(low), copy_of(high)) {
                    source.push((low, high));
                    target.push((copy_low, copy_high));
                }
            }
        }
        let (source, target) = (UidRanges::new(source), UidRanges::new(target));
        Some(Self { uid_validity: self.uid_validity, source, target })
    }

    /// Adds what was reported by the next command. What contradicts itself does so still, whatever comes beside it.
    pub(crate) fn join(&mut self, next: Self) {
        match (self.is_consistent(), next.is_consistent()) {
            (true, true) => {
                self.source.append(next.source);
                self.target.append(next.target);
            }
            (true, false) => *self = next,
            (false, _) => {}
        }
    }
}

/// Both ends of a range.
type Ends = (Uid, Uid);

/// Goes through both lists side by side, and returns the stretches in which both have numbers that messages can have.
pub(crate) fn paired(source: Vec<(u64, u64)>, target: Vec<(u64, u64)>) -> Vec<(Ends, Ends)> {
    let mut pairs = Vec::new();
    let (mut source, mut target) = (source.into_iter(), target.into_iter());
    let (mut from, mut to) = (source.next(), target.next());
    while let (Some((from_low, from_high)), Some((to_low, to_high))) = (from, to) {
        let last = (from_high - from_low).min(to_high - to_low);
        let most = |low: u64| u64::from(u32::MAX).checked_sub(low);
        let skipped = u64::from(from_low == 0 || to_low == 0);
        if let (Some(from_most), Some(to_most)) = (most(from_low), most(to_low)) {
            let end = last.min(from_most).min(to_most);
            let uid = |low: u64, offset: u64| Uid::new(u32::try_from(low + offset).ok()?);
            let ends = |low: u64| Some((uid(low, skipped)?, uid(low, end)?));
            if skipped <= end
                && let (Some(from), Some(to)) = (ends(from_low), ends(to_low))
            {
                pairs.push((from, to));
            }
        }
        let behind = |low: u64, high: u64| low.checked_add(last + 1).filter(|low| *low <= high).map(|low| (low, high));
        from = behind(from_low, from_high).or_else(|| source.next());
        to = behind(to_low, to_high).or_else(|| target.next());
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(ranges: &[(u32, u32)]) -> UidRanges {
        UidRanges::new(ranges.iter().map(|(low, high)| (Uid::new(*low).unwrap(), Uid::new(*high).unwrap())).collect())
    }

    fn copied(source: &[(u32, u32)], target: &[(u32, u32)]) -> CopyUid {
        CopyUid { uid_validity: 7, source: ranges(source), target: ranges(target) }
    }

    #[test]
    fn only_what_was_asked_for_is_believed() {
        const ALL: &[(u32, u32)] = &[(1, u32::MAX)];
        for (source, target, asked, expected) in [
            (&[(1, 2)][..], &[(9, 10)][..], "1:2", Some(("1:2", "9:10"))),
            (&[(1, 1)], &[(9, 9)], "1:2", Some(("1", "9"))),
            (&[(3, 3)], &[(9, 9)], "1:2", Some(("", ""))),
            (&[], &[], "1:2", Some(("", ""))),
            (ALL, ALL, "5,8:9", Some(("5,8:9", "5,8:9"))),
            // In the order of the server, which pairs them.
            (&[(8, 9), (2, 4)], &[(20, 21), (10, 11), (30, 30)], "3:4,9", Some(("9,3,4", "21,11,30"))),
            (&[(1, 2)], &[(9, 9)], "1:2", None),
            (&[(1, 2)], &[(9, 11)], "1:2", None),
            (&[(1, 2), (1, 2)], &[(9, 12)], "1:2", None),
            (&[(1, 2)], &[(9, 9), (9, 9)], "1:2", None),
        ] {
            let found = copied(source, target).among(&asked.parse().unwrap());
            let found = found.map(|found| (found.source.to_string(), found.target.to_string()));
            let expected = expected.map(|(source, target)| (source.to_owned(), target.to_owned()));
            assert_eq!(found, expected, "{source:?} {target:?} {asked}");
        }
    }
}
