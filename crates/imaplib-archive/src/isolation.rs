//! Sets of messages, and which of them a server cannot send.

pub use imaplib::Isolation;
use imaplib::types::{Uid, UidSet};

/// The numbers of `set` that `others` does not contain.
pub fn without(set: &UidSet, others: &UidSet) -> UidSet {
    let (mut gaps, mut start) = (UidSet::new(), Some(Uid::MIN));
    for (low, high) in others.ranges() {
        let before = low.get().checked_sub(1).and_then(Uid::new);
        if let (Some(start), Some(before)) = (start, before)
            && start <= before
        {
            gaps.insert_range(start, before);
        }
        start = high.get().checked_add(1).and_then(Uid::new);
    }
    start.into_iter().for_each(|start| gaps.insert_range(start, Uid::MAX));
    set.intersection(&gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_subtracted() {
        for (set, others, left) in [
            ("1:10", "", "1:10"),
            ("1:10", "1", "2:10"),
            ("1:10", "10,3:4", "1:2,5:9"),
            ("5,7,9", "1:100", ""),
            ("4294967290:4294967295", "4294967295", "4294967290:4294967294"),
        ] {
            let others = if others.is_empty() { UidSet::new() } else { others.parse().unwrap() };
            assert_eq!(without(&set.parse().unwrap(), &others).to_string(), left);
        }
    }
}
