//! The result of a search that the server keeps up to date (RFC 5267, section 4.3).

use crate::engine::Event;
use crate::types::{ExtendedSearch, ImapString, ResponseCode, ResultChange, Uid, UidSet, Untagged};

/// No result that is kept in order has more messages.
const MOST_IN_ORDER: usize = 1 << 20;

/// The result of a search that the server keeps up to date: it [follows](Self::follow) the events of the session.
///
/// ```
/// use imaplib_proto::client::LiveSearch;
/// use imaplib_proto::types::{ExtendedSearch, ResultChange};
///
/// let mut found = ExtendedSearch::default();
/// (found.tag, found.all) = (Some("A7".into()), Some(vec![(2, 4)]));
/// let mut unread = LiveSearch::of(&found, false).ok_or("no tag")?;
/// let mut update = ExtendedSearch::default();
/// update.tag = Some("A7".into());
/// update.changes.push(ResultChange::Removed { place: 0, numbers: vec![(3, 3)] });
/// assert!(unread.update(&update));
/// assert_eq!(unread.messages().to_string(), "2,4");
/// # Ok::<_, &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSearch {
    tag: ImapString,
    found: Found,
    is_current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// In the order of the mailbox.
    Set(UidSet),
    Sorted(Vec<Uid>),
}

impl LiveSearch {
    /// Follows this result, which is in the order of a sort if it is `sorted`. `None` if it has no tag, so that nothing could
    /// be told to belong to it, or more messages than a sorted one may have.
    #[must_use]
    pub fn of(result: &ExtendedSearch, sorted: bool) -> Option<Self> {
        let all = result.all.as_deref().unwrap_or_default();
        let found = match sorted {
            true => Found::Sorted(uids(all).take(MOST_IN_ORDER + 1).collect()),
            false => Found::Set(UidSet::from_unsorted(all.to_vec())),
        };
        let too_many = matches!(&found, Found::Sorted(order) if order.len() > MOST_IN_ORDER);
        let mut live = Self { tag: result.tag.clone()?, found, is_current: true };
        live.take(&result.changes);
        (!too_many).then_some(live)
    }

    /// The tag of the search.
    #[must_use]
    pub fn tag(&self) -> &ImapString {
        &self.tag
    }

    /// The messages that meet the conditions, as of the last event.
    #[must_use]
    pub fn messages(&self) -> UidSet {
        match &self.found {
            Found::Set(set) => set.clone(),
            Found::Sorted(order) => UidSet::from_unsorted(order.iter().map(|uid| (uid.get(), uid.get())).collect()),
        }
    }

    /// The same one by one, in the order of the sort. The count comes from the server: bound the iteration.
    pub fn in_order(&self) -> impl Iterator<Item = Uid> + '_ {
        let (set, order) = match &self.found {
            Found::Set(set) => (Some(set.iter()), None),
            Found::Sorted(order) => (None, Some(order.iter().copied())),
        };
        set.into_iter().flatten().chain(order.into_iter().flatten())
    }

    /// Whether the server still keeps it up to date, and all of its changes could be taken: if not, search again.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    /// Accepts an event of the session; returns whether it is about this result.
    pub fn follow(&mut self, event: &Event) -> bool {
        match &event.response {
            Untagged::ESearch(result) => self.update(result),
            Untagged::Status(status) => {
                let ends = matches!(&status.code, Some(ResponseCode::NoUpdate(tag)) if *tag == self.tag);
                self.is_current &= !ends;
                ends
            }
            _ => false,
        }
    }

    /// Accepts an update; returns whether it is about this result.
    pub fn update(&mut self, update: &ExtendedSearch) -> bool {
        if update.tag.as_ref() != Some(&self.tag) || update.changes.is_empty() {
            return false;
        }
        self.take(&update.changes);
        true
    }

    fn take(&mut self, changes: &[ResultChange]) {
        for change in changes {
            match (&mut self.found, change) {
                (Found::Set(set), ResultChange::Added { numbers, .. }) => {
                    *set = set.union(&UidSet::from_unsorted(numbers.clone()));
                }
                (Found::Set(set), ResultChange::Removed { numbers, .. }) => {
                    *set = set.difference(&UidSet::from_unsorted(numbers.clone()));
                }
                (Found::Sorted(order), ResultChange::Added { place, numbers }) => {
                    let at = (*place as usize).checked_sub(1).filter(|at| *at <= order.len());
                    let added: Vec<Uid> = uids(numbers).take(MOST_IN_ORDER + 1).collect();
                    let fits = order.len().saturating_add(added.len()) <= MOST_IN_ORDER;
                    match at.filter(|_| fits) {
                        Some(at) => drop(order.splice(at..at, added)),
                        None => self.is_current = false,
                    }
                }
                (Found::Sorted(order), ResultChange::Removed { numbers, .. }) => {
                    let gone = UidSet::from_unsorted(numbers.clone());
                    order.retain(|uid| !gone.contains(*uid));
                }
            }
        }
    }
}

fn uids(ranges: &[(u32, u32)]) -> impl Iterator<Item = Uid> + '_ {
    ranges.iter().flat_map(|&(low, high)| low..=high).filter_map(Uid::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(all: Vec<(u32, u32)>) -> ExtendedSearch {
        ExtendedSearch { tag: Some("A1".into()), all: Some(all), ..ExtendedSearch::default() }
    }

    fn update(changes: Vec<ResultChange>) -> ExtendedSearch {
        ExtendedSearch { tag: Some("A1".into()), changes, ..ExtendedSearch::default() }
    }

    #[test]
    fn a_sorted_result_keeps_its_order() {
        let mut live = LiveSearch::of(&result(vec![(9, 9), (2, 3)]), true).unwrap();
        let changes = vec![
            ResultChange::Added { place: 1, numbers: vec![(5, 5)] },
            ResultChange::Added { place: 5, numbers: vec![(7, 8)] },
            ResultChange::Removed { place: 3, numbers: vec![(2, 2)] },
        ];
        assert!(live.update(&update(changes)));
        assert_eq!(live.in_order().map(Uid::get).collect::<Vec<_>>(), [5, 9, 3, 7, 8]);
        assert_eq!(live.messages().to_string(), "3,5,7:9");
        assert!(live.is_current());
        // A place that there is not, or more messages than can be held.
        for numbers in [vec![(1, 1)], vec![(1, u32::MAX)]] {
            let mut live = live.clone();
            let place = if numbers == [(1, 1)] { 7 } else { 1 };
            assert!(live.update(&update(vec![ResultChange::Added { place, numbers }])));
            assert!(!live.is_current() && live.in_order().count() == 5);
        }
        assert_eq!(LiveSearch::of(&result(vec![(1, u32::MAX)]), true), None);
    }

    #[test]
    fn what_is_about_another_search_changes_nothing() {
        let mut live = LiveSearch::of(&result(vec![(1, u32::MAX)]), false).unwrap();
        let other = ExtendedSearch {
            tag: Some("A2".into()),
            ..update(vec![ResultChange::Removed { place: 0, numbers: vec![(1, 9)] }])
        };
        assert!(!live.update(&other) && !live.update(&result(vec![(1, 2)])));
        assert_eq!(live.messages(), UidSet::range(Uid::MIN, Uid::MAX));
        assert_eq!(LiveSearch::of(&ExtendedSearch::default(), false), None);
    }
}
