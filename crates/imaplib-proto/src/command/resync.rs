//! QRESYNC: what the client knows of a mailbox when it opens it again (RFC 7162, section 3.2.5).

use crate::types::{SeqSet, UidSet};
use crate::wire::Encoder;

/// How many changed messages are kept unless the caller sets another limit.
const DEFAULT_MAX_CHANGED: u64 = 100_000;

/// What the client knows of a mailbox, so that the server reports what changed since (RFC 7162, section 3.2.5).
///
/// ```
/// use imaplib_proto::command::{Resync, Select};
/// use imaplib_proto::types::MailboxName;
///
/// let known = Resync::new(67_890_007, 90_060_115_194_045_000).known_uids("41,43:211,214:541".parse()?);
/// let select = Select::new(MailboxName::inbox()).resync(known);
/// # Ok::<_, imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resync {
    pub(super) uid_validity: u64,
    pub(super) mod_seq: u64,
    pub(super) max_changed: u64,
    known: Option<UidSet>,
    pairs: Option<(SeqSet, UidSet)>,
}

impl Resync {
    /// The UIDVALIDITY and the modification sequence up to which the client knows the mailbox. Neither can be 0.
    #[must_use]
    pub fn new(uid_validity: u64, mod_seq: u64) -> Self {
        Self { uid_validity, mod_seq, max_changed: DEFAULT_MAX_CHANGED, known: None, pairs: None }
    }

    /// The UIDs that the client knows: the server reports only which of these were removed. Without them, it reports all
    /// that were. The set cannot contain `*`.
    #[must_use]
    pub fn known_uids(mut self, uids: UidSet) -> Self {
        self.known = Some(uids);
        self
    }

    /// Some sequence numbers and the UIDs that their messages had, so that the server can report less of what was removed.
    /// Both sets have the same number of messages, and cannot contain `*`.
    #[must_use]
    pub fn seq_match(mut self, seqs: SeqSet, uids: UidSet) -> Self {
        self.pairs = Some((seqs, uids));
        self
    }

    /// How many changed messages are kept; further ones are counted in
    /// [`Selected::dropped`](super::Selected::dropped). Default: 100,000, which take about 40 MB.
    #[must_use]
    pub fn max_changed(mut self, count: u64) -> Self {
        self.max_changed = count;
        self
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        if self.uid_validity == 0 {
            encoder.refuse("UIDVALIDITY (it is 0)", "0");
        }
        if self.mod_seq == 0 {
            encoder.refuse("modification sequence (it is 0)", "0");
        }
        encoder.raw("QRESYNC (").display(self.uid_validity).space().display(self.mod_seq);
        if let Some(uids) = &self.known {
            if uids.is_empty() || uids.is_open() {
                encoder.refuse("set of known UIDs (it is empty or contains *)", uids.to_string());
            }
            encoder.space().display(uids);
        }
        if let Some((seqs, uids)) = &self.pairs {
            if seqs.is_open() || uids.is_open() || seqs.is_empty() || seqs.len() != uids.len() {
                encoder.refuse("sequence numbers and their UIDs (they are not pairs)", format!("{seqs} {uids}"));
            }
            encoder.raw(" (").display(seqs).space().display(uids).raw(")");
        }
        encoder.raw(")");
    }
}
