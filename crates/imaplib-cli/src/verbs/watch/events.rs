//! What the server reports of an open mailbox, as the changes that are shown to the user.

use imaplib::types::{ResponseCode, SeqNum, Uid, UidSet, Untagged};

use super::begun::Change;
use super::numbers::Numbers;
use crate::output::trace::redact;

/// The UIDVALIDITY that the server reports while the mailbox is open, if it is another one than this.
pub(super) fn other_validity(event: &Untagged, known: Option<u64>) -> bool {
    match event {
        Untagged::Status(status) => match status.code {
            Some(ResponseCode::UidValidity(now)) => now != 0 && known.is_some_and(|known| known != now),
            _ => false,
        },
        _ => false,
    }
}

/// Those of the UIDs that are below `next`, if it is known.
fn below(next: Option<Uid>, uids: &UidSet) -> UidSet {
    let last = next.map_or(Some(Uid::MAX), |next| next.get().checked_sub(1).and_then(Uid::new));
    last.map_or_else(UidSet::new, |last| uids.intersection(&UidSet::range(Uid::MIN, last)))
}

pub(super) fn renumbers(event: &Untagged) -> bool {
    matches!(event, Untagged::Expunge(_) | Untagged::Vanished { .. })
}

/// The change that an event reports; new messages are looked up separately. A message that was not there is neither gone nor
/// changed, whatever the server reports. `next` is the lowest UID that no message had when they were looked up.
pub(super) fn change(event: Untagged, messages: &mut u32, next: Option<Uid>, numbers: &mut Numbers) -> Option<Change> {
    let mut change = Change::default();
    match event {
        Untagged::Expunge(seq) if seq.get() > *messages => {
            numbers.forget();
            return None;
        }
        Untagged::Expunge(seq) => {
            *messages = messages.saturating_sub(1);
            change.event = "expunged";
            change.seq = Some(seq.get());
            change.uid = numbers.expunge(seq).map(Uid::get);
            change.count = Some(*messages);
        }
        // These were gone before.
        Untagged::Vanished { earlier: true, .. } => return None,
        Untagged::Vanished { uids, .. } => {
            let uids = numbers.there(&uids).unwrap_or_else(|| below(next, &uids));
            let Some(left) = u32::try_from(uids.len()).ok().and_then(|gone| messages.checked_sub(gone)) else {
                numbers.forget();
                return None;
            };
            if uids.is_empty() {
                return None;
            }
            *messages = left;
            numbers.vanish(&uids);
            change.event = "expunged";
            change.uid = uids.first().map(Uid::get);
            change.uids = Some(uids.to_string());
            change.count = Some(*messages);
        }
        Untagged::Fetch(row) if row.seq.is_some_and(|seq| seq.get() > *messages) => return None,
        Untagged::Fetch(row) => {
            change.event = "flags";
            change.seq = row.seq.map(SeqNum::get);
            change.uid = row.uid.or_else(|| row.seq.and_then(|seq| numbers.uid(seq))).map(Uid::get);
            // Flags are data, which programs compare: nothing in them is replaced.
            change.flags = Some(row.flags.as_ref()?.iter().map(|flag| flag.to_string()).collect());
        }
        Untagged::Status(status) if matches!(status.code, Some(ResponseCode::Alert)) => {
            change.event = "alert";
            change.text = Some(redact(&status.text.to_string_lossy()).into_owned());
        }
        _ => return None,
    }
    Some(change)
}
