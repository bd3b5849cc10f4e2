//! Commands that change messages: APPEND, COPY, MOVE, STORE, EXPUNGE; and those that leave the mailbox: CLOSE, UNSELECT, CHECK.

use super::{Command, Conduct, Effect, FetchItem, Incomplete, Limited, MessageSet, Rows, Tag, word_commands};
use crate::types::{
    AppendUid, CopyUid, DateTime, Fetch, Flags, MailboxName, Reported, ResponseCode, SeqSet, StatusKind,
    StatusResponse, UidSet, Untagged,
};
use crate::wire::Encoder;

/// APPEND of one message whose bytes the caller brings (RFC 9051, section 6.3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    mailbox: MailboxName,
    flags: Flags,
    date: Option<DateTime>,
    length: u64,
    binary: bool,
}

impl Append {
    /// A message of `length` bytes for the mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, length: u64) -> Self {
        Self { mailbox, flags: Flags::new(), date: None, length, binary: false }
    }

    /// Sets these flags on the message.
    #[must_use]
    pub fn flags(mut self, flags: impl Into<Flags>) -> Self {
        self.flags = flags.into();
        self
    }

    /// Sets this internal date on the message, instead of the present time.
    #[must_use]
    pub fn date(mut self, date: DateTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Declares that the message may contain NUL: only for servers with BINARY (RFC 3516).
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.binary = true;
        self
    }
}

impl Append {
    /// Whether the message may hold NUL.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.binary
    }

    /// Where the message goes.
    pub(super) fn mailbox(&self) -> &MailboxName {
        &self.mailbox
    }

    /// Writes the flags, the date and the message.
    pub(super) fn encode_message(&self, encoder: &mut Encoder) {
        if !self.flags.is_empty() {
            encoder.flags(&self.flags).space();
        }
        if let Some(date) = self.date {
            encoder.date_time(date).space();
        }
        encoder.stream(self.length, self.binary);
    }
}

impl Command for Append {
    /// Where the message is, if the server has UIDPLUS and reports it.
    type Output = Reported<AppendUid>;

    fn encode(&self, encoder: &mut Encoder) {
        self.encode_message(encoder.raw("APPEND ").mailbox(&self.mailbox).space());
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().sends_message()
    }

    fn finish(self, completion: &StatusResponse) -> Result<Reported<AppendUid>, Incomplete> {
        Ok(Reported::append_uid(completion.code.as_ref()))
    }
}

macro_rules! copy_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $(
            impl Limited for $name {
                fn afresh(&self) -> Self {
                    Self { copied: Reported::Nothing, ..self.clone() }
                }

                fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
                    Ok(self.messages.among(uids)?.map(|messages| Self { messages, ..self.afresh() }))
                }
            }

            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                messages: MessageSet,
                target: MailboxName,
                copied: Reported<CopyUid>,
            }

            impl $name {
                /// From the selected mailbox into `target`.
                #[must_use]
                pub fn new(messages: impl Into<MessageSet>, target: MailboxName) -> Self {
                    Self { messages: messages.into(), target, copied: Reported::Nothing }
                }

                /// What was reported before the command ended.
                pub(crate) fn reported(&self) -> Option<&CopyUid> {
                    self.copied.value()
                }
            }

            impl Command for $name {
                /// Where the messages are now, if the server has UIDPLUS and reports it.
                type Output = Reported<CopyUid>;

                fn encode(&self, encoder: &mut Encoder) {
                    self.messages.encode(encoder, concat!($word, " "));
                    encoder.space().mailbox(&self.target);
                }

                fn conduct(&self) -> Conduct {
                    match self.messages {
                        MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
                        MessageSet::Seqs(_) => Conduct::new().by_sequence_expunging(),
                    }
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    // MOVE reports before it expunges.
                    if let Untagged::Status(status) = &response
                        && status.kind == StatusKind::Ok
                        && self.copied.is_nothing()
                    {
                        self.copied = Reported::copy_uid(status.code.as_ref());
                        if !self.copied.is_nothing() {
                            return None;
                        }
                    }
                    Some(response)
                }

                fn finish(self, completion: &StatusResponse) -> Result<Reported<CopyUid>, Incomplete> {
                    Ok(Reported::copy_uid(completion.code.as_ref()).or(self.copied))
                }
            }
        )*
    };
}

copy_commands! {
    /// COPY: copies messages into another mailbox (RFC 9051, section 6.4.7).
    Copy = "COPY";
    /// MOVE: moves messages into another mailbox (RFC 9051, section 6.4.8).
    Move = "MOVE";
}

/// How STORE changes the flags of messages (RFC 9051, section 6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagChange {
    sign: &'static str,
    flags: Flags,
    silent: bool,
}

impl FlagChange {
    /// Sets these flags, and leaves the others as they are.
    #[must_use]
    pub fn add(flags: impl Into<Flags>) -> Self {
        Self { sign: "+", flags: flags.into(), silent: false }
    }

    /// Removes these flags, and leaves the others as they are.
    #[must_use]
    pub fn remove(flags: impl Into<Flags>) -> Self {
        Self { sign: "-", flags: flags.into(), silent: false }
    }

    /// Sets exactly these flags.
    #[must_use]
    pub fn replace(flags: impl Into<Flags>) -> Self {
        Self { sign: "", flags: flags.into(), silent: false }
    }

    /// Does not ask for the new flags of each message.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
}

/// STORE (RFC 9051, section 6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    messages: MessageSet,
    change: FlagChange,
    unchanged_since: Option<u64>,
    rows: Vec<Fetch>,
}

impl Store {
    /// Changes the flags of these messages.
    #[must_use]
    pub fn new(messages: impl Into<MessageSet>, change: FlagChange) -> Self {
        Self { messages: messages.into(), change, unchanged_since: None, rows: Vec::new() }
    }

    /// Only messages that nobody changed after this modification sequence: only for servers with CONDSTORE (RFC 7162,
    /// section 3.1.3). The others are in [`StoreOutcome::modified`].
    #[must_use]
    pub fn unchanged_since(mut self, mod_seq: u64) -> Self {
        self.unchanged_since = Some(mod_seq);
        self
    }

    /// Whether the row is about one of the messages and holds what STORE answers. Of a silent change, a server with
    /// CONDSTORE reports the new modification sequence alone (RFC 7162, section 3.1.3).
    fn is_answered_by(&self, row: &Fetch) -> bool {
        (FetchItem::Flags.is_in(row) || FetchItem::ModSeq.is_in(row)) && self.messages.may_hold(row)
    }
}

/// What STORE returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreOutcome {
    /// The messages with their flags as they are now; of a silent change only those that others changed too, and where the
    /// mailbox has modification sequences those of the change itself.
    pub rows: Vec<Fetch>,
    /// The messages that a [conditional](Store::unchanged_since) change left as they are, because somebody else changed
    /// them in the meantime (MODIFIED): UIDs, or sequence numbers if the command named those.
    pub modified: MessageSet,
}

impl Command for Store {
    type Output = StoreOutcome;

    fn encode(&self, encoder: &mut Encoder) {
        self.messages.encode(encoder, "STORE ");
        if let Some(mod_seq) = self.unchanged_since {
            encoder.raw(" (UNCHANGEDSINCE ").display(mod_seq).raw(")");
        }
        encoder.space().raw(self.change.sign).raw("FLAGS");
        encoder.raw(if self.change.silent { ".SILENT " } else { " " }).flags(&self.change.flags);
    }

    fn conduct(&self) -> Conduct {
        match self.messages {
            MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
            MessageSet::Seqs(_) => Conduct::new().by_sequence(),
        }
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row) if self.is_answered_by(&row) => {
                self.rows.push(row);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, completion: &StatusResponse) -> Result<StoreOutcome, Incomplete> {
        let modified = match &completion.code {
            Some(ResponseCode::Modified(ranges)) => match self.messages {
                MessageSet::Seqs(_) => SeqSet::from_unsorted(ranges.clone()).into(),
                MessageSet::Uids(_) | MessageSet::SavedSearch => UidSet::from_unsorted(ranges.clone()).into(),
            },
            _ => MessageSet::default(),
        };
        Ok(StoreOutcome { rows: self.rows, modified })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for Store {
    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        let is_partial = matches!(refusal.code, Some(ResponseCode::Modified(_)));
        self.unchanged_since.is_some() && refusal.kind == StatusKind::No && is_partial
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.rows)
    }
}

impl Limited for Store {
    fn afresh(&self) -> Self {
        let Self { messages, change, unchanged_since, .. } = self;
        let (messages, change) = (messages.clone(), change.clone());
        Self { messages, change, unchanged_since: *unchanged_since, rows: Vec::new() }
    }

    fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
        Ok(self.messages.among(uids)?.map(|messages| Self { messages, ..self.afresh() }))
    }
}

impl Limited for UidExpunge {
    fn afresh(&self) -> Self {
        Self::new(self.uids.clone())
    }

    fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
        Ok(Some(self.uids.intersection(uids)).filter(|both| !both.is_empty()).map(Self::new))
    }
}

word_commands! {
    /// CHECK: a checkpoint (RFC 3501, section 6.4.1; gone in RFC 9051).
    Check = "CHECK";
    /// CLOSE: removes all messages with `\Deleted`, without telling which, and leaves the mailbox (RFC 9051, section 6.4.1).
    Close = "CLOSE", Effect::LeavesMailbox;
    /// UNSELECT: leaves the mailbox and removes nothing (RFC 9051, section 6.4.2).
    Unselect = "UNSELECT", Effect::LeavesMailbox;
}

/// EXPUNGE: removes all messages with `\Deleted`, whoever set it (RFC 9051, section 6.4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expunge {
    removed: u32,
}

/// UID EXPUNGE: removes those of the messages that have `\Deleted` (RFC 4315, section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidExpunge {
    uids: UidSet,
    removed: u32,
}

impl UidExpunge {
    /// Removes those of these messages that have `\Deleted`.
    #[must_use]
    pub fn new(uids: UidSet) -> Self {
        Self { uids, removed: 0 }
    }
}

/// Counts, and passes on: others must know that the messages are gone.
fn count(removed: &mut u32, response: Untagged) -> Option<Untagged> {
    match &response {
        Untagged::Expunge(_) => *removed = removed.saturating_add(1),
        Untagged::Vanished { earlier: false, uids } => {
            *removed = removed.saturating_add(u32::try_from(uids.len()).unwrap_or(u32::MAX));
        }
        _ => {}
    }
    Some(response)
}

impl Command for Expunge {
    /// How many messages went while the command ran, those that others removed included.
    type Output = u32;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("EXPUNGE");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("EXPUNGE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        count(&mut self.removed, response)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<u32, Incomplete> {
        Ok(self.removed)
    }
}

impl Command for UidExpunge {
    /// How many messages went while the command ran, those that others removed included.
    type Output = u32;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("UID EXPUNGE ").display(&self.uids);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("EXPUNGE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        count(&mut self.removed, response)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<u32, Incomplete> {
        Ok(self.removed)
    }
}
