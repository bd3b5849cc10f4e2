//! VANISHED (EARLIER): which messages were removed since a modification sequence (RFC 7162, section 3.2.10).

use crate::types::UidSet;

/// The UIDs of all such responses to one command, made a set when the command is over: there may be many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Vanished(Vec<(u32, u32)>);

impl Vanished {
    pub(super) fn add(&mut self, uids: &UidSet) {
        self.0.extend(uids.ranges().map(|(low, high)| (low.get(), high.get())));
    }

    pub(super) fn into_set(self) -> UidSet {
        UidSet::from_unsorted(self.0)
    }
}
