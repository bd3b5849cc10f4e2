//! SELECT and EXAMINE: opens a mailbox, also with what the client knows of it (QRESYNC, RFC 7162).

use super::{Command, Conduct, Incomplete, Rows, Tag};
use crate::types::{
    Fetch, ImapString, MailboxName, ObjectIds, ResponseCode, SeqSet, StatusKind, StatusResponse, UidSet, Untagged,
};
use crate::wire::Encoder;

/// SELECT, or EXAMINE for reading only (RFC 9051, sections 6.3.2 and 6.3.3).
///
/// What the server reports about the mailbox is in the engine's view of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    mailbox: MailboxName,
    read_only: bool,
    condstore: bool,
    by_id: Option<ObjectIds>,
    resync: Option<Resync>,
    uid_validity: Option<u64>,
    highest_mod_seq: Option<u64>,
    changed: Vec<Fetch>,
    vanished: Vanished,
    dropped: u64,
}

impl Select {
    /// Opens the mailbox for reading and writing.
    #[must_use]
    pub fn new(mailbox: MailboxName) -> Self {
        Self {
            mailbox,
            read_only: false,
            condstore: false,
            by_id: None,
            resync: None,
            uid_validity: None,
            highest_mod_seq: None,
            changed: Vec::new(),
            vanished: Vanished::default(),
            dropped: 0,
        }
    }

    /// Opens the mailbox for reading: EXAMINE.
    #[must_use]
    pub fn read_only(mailbox: MailboxName) -> Self {
        Self { read_only: true, ..Self::new(mailbox) }
    }

    /// Asks for modification sequences from now on: only for servers with CONDSTORE (RFC 7162, section 3.1.8).
    #[must_use]
    pub fn condstore(mut self) -> Self {
        self.condstore = true;
        self
    }

    /// Opens the mailbox with these identifiers, whatever its name is now, and the one of the name if there is none: only for
    /// servers with OBJECTID+ (draft-ietf-mailmaint-imap-objectid-bis).
    #[must_use]
    pub fn by_id(mut self, account: impl Into<ImapString>, mailbox: impl Into<ImapString>) -> Self {
        self.by_id =
            Some(ObjectIds { account: Some(account.into()), mailbox: Some(mailbox.into()), ..ObjectIds::default() });
        self
    }

    /// Asks what changed since the client last saw the mailbox: only once QRESYNC is enabled (RFC 7162, section 3.2.5).
    #[must_use]
    pub fn resync(mut self, known: Resync) -> Self {
        self.resync = Some(known);
        self
    }

    /// Whether the server can report all that changed: the mailbox is still the one that the client knows, and its
    /// modification sequences were not set back.
    fn is_resynced(&self) -> bool {
        self.resync.as_ref().is_some_and(|known| {
            self.uid_validity == Some(known.uid_validity) && self.highest_mod_seq >= Some(known.mod_seq)
        })
    }
}

/// What SELECT returned beside the engine's view of the mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selected {
    /// Whether [`changed`](Self::changed) and [`vanished`](Self::vanished) are what the client must apply. If not, what it
    /// knows of the mailbox is void, and both are empty: no [`Resync`] was asked for, the UIDVALIDITY is another one, or
    /// the mailbox has no modification sequences, or lower ones than the client knows.
    pub resynced: bool,
    /// The messages that are new or whose flags changed, with UID, flags and modification sequence.
    pub changed: Vec<Fetch>,
    /// The messages that were removed. The set may contain UIDs that no message ever had.
    pub vanished: UidSet,
    /// How many further changed messages the server reported beyond [`Resync::max_changed`]: where it is not 0, fetch what
    /// changed [since](super::Fetch::changed_since) the modification sequence that was named.
    pub dropped: u64,
}

impl Command for Select {
    type Output = Selected;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw(if self.read_only { "EXAMINE " } else { "SELECT " }).mailbox(&self.mailbox);
        let mut separator = " (";
        if self.condstore {
            encoder.raw(separator).raw("CONDSTORE");
            separator = " ";
        }
        if let Some(ids) = &self.by_id {
            encoder.raw(separator).raw("OBJECTID ").list(ids.iter(), |encoder, (kind, id)| {
                let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                match id.is_empty() || !id.as_bytes().iter().all(is_id) {
                    true => encoder.refuse("object identifier", id),
                    false => encoder.raw(kind).space().display(id),
                }
            });
            separator = " ";
        }
        if let Some(known) = &self.resync {
            known.encode(encoder.raw(separator));
            separator = " ";
        }
        if separator == " " {
            encoder.raw(")");
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().selects(self.mailbox.clone(), self.read_only)
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        // The engine has put most of these into its view of the mailbox already.
        match response {
            Untagged::Flags(_) | Untagged::Exists(_) | Untagged::Recent(_) => None,
            Untagged::List(listing) if self.mailbox.is_answered_by(&listing.name) => None,
            Untagged::Fetch(row) if self.matches_row(&row) => {
                self.changed.push(row);
                None
            }
            Untagged::Vanished { earlier: true, uids } if self.resync.is_some() => {
                self.vanished.add(&uids);
                None
            }
            Untagged::Status(status) if self.collect_code(&status) => None,
            other => Some(other),
        }
    }

    fn finish(mut self, completion: &StatusResponse) -> Result<Selected, Incomplete> {
        // HIGHESTMODSEQ may also stand here.
        self.collect_code(completion);
        if !self.is_resynced() {
            return Ok(Selected::default());
        }
        let Self { changed, vanished, dropped, .. } = self;
        Ok(Selected { resynced: true, changed, vanished: vanished.into_set(), dropped })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Select {
    /// Reads the code of an OK; returns whether it is part of the answer.
    fn collect_code(&mut self, status: &StatusResponse) -> bool {
        let Some(code) = status.code.as_ref().filter(|_| status.kind == StatusKind::Ok) else { return false };
        match code {
            ResponseCode::UidValidity(number) => self.uid_validity = Some(*number),
            ResponseCode::HighestModSeq(number) => self.highest_mod_seq = Some(*number),
            ResponseCode::NoModSeq => self.highest_mod_seq = None,
            ResponseCode::PermanentFlags(_)
            | ResponseCode::UidNext(_)
            | ResponseCode::Unseen(_)
            | ResponseCode::MailboxId(_)
            | ResponseCode::ObjectIds(_)
            | ResponseCode::Closed => {}
            _ => return false,
        }
        true
    }
}

impl Rows for Select {
    fn matches_row(&self, row: &Fetch) -> bool {
        self.resync.is_some() && row.uid.is_some() && (row.flags.is_some() || row.mod_seq.is_some())
    }

    fn has_room(&mut self) -> bool {
        let room = self.resync.as_ref().is_some_and(|known| (self.changed.len() as u64) < known.max_changed);
        self.dropped += u64::from(!room);
        room
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        self.dropped = 0;
        std::mem::take(&mut self.changed)
    }
}

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

    /// The UIDs that the client knows: the server reports only which of these changed or were removed, and no new message.
    /// The set cannot contain `*`.
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
