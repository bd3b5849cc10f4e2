//! FETCH: data of messages, as a stream of rows.

use std::collections::HashSet;

use super::select::Vanished;
use super::{Command, Conduct, FetchItem, FetchItems, Incomplete, Limited, NOT_BY_UID, ResultRange, Rows, Tag};
use crate::types::{self, RefusalHint, SeqNum, SeqSet, StatusResponse, Uid, UidSet, Untagged};
use crate::wire::Encoder;

/// Which messages of the selected mailbox a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageSet {
    /// Those with these unique identifiers.
    Uids(UidSet),
    /// Those with these sequence numbers.
    Seqs(SeqSet),
    /// Those that the last saved search found, `$`: only for servers with SEARCHRES or IMAP4rev2 (RFC 5182).
    SavedSearch,
}

impl Default for MessageSet {
    /// No message.
    fn default() -> Self {
        Self::Uids(UidSet::new())
    }
}

impl From<Vec<Uid>> for MessageSet {
    fn from(uids: Vec<Uid>) -> Self {
        uids.as_slice().into()
    }
}

impl From<&[Uid]> for MessageSet {
    /// The messages with these UIDs. A set has no order: rows come as the mailbox has them.
    fn from(uids: &[Uid]) -> Self {
        Self::Uids(uids.iter().copied().collect())
    }
}

impl MessageSet {
    /// Whether no message is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Uids(uids) => uids.is_empty(),
            Self::Seqs(seqs) => seqs.is_empty(),
            Self::SavedSearch => false,
        }
    }

    /// Splits the set so that each part is at most `bytes` bytes long on the wire.
    #[must_use]
    pub fn split(&self, bytes: usize) -> Vec<Self> {
        match self {
            Self::Uids(uids) => uids.split(bytes).into_iter().map(Self::Uids).collect(),
            Self::Seqs(seqs) => seqs.split(bytes).into_iter().map(Self::Seqs).collect(),
            Self::SavedSearch => vec![Self::SavedSearch],
        }
    }

    /// Those of the messages that are among these; nothing if there are none.
    ///
    /// # Errors
    /// If they are not named by UID.
    pub(crate) fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
        match self {
            Self::Uids(own) => Ok(Some(own.intersection(uids)).filter(|both| !both.is_empty()).map(Self::Uids)),
            Self::Seqs(_) | Self::SavedSearch => Err(NOT_BY_UID),
        }
    }

    /// Adds the messages of a set of the same kind.
    pub(crate) fn append(&mut self, other: Self) {
        match (self, other) {
            (all, other) if all.is_empty() => *all = other,
            (Self::Uids(uids), Self::Uids(more)) => more.ranges().for_each(|(low, high)| uids.insert_range(low, high)),
            (Self::Seqs(seqs), Self::Seqs(more)) => more.ranges().for_each(|(low, high)| seqs.insert_range(low, high)),
            _ => {}
        }
    }

    /// Writes `UID ` where it is due, the words, and the set.
    pub(crate) fn encode(&self, encoder: &mut Encoder, words: &str) {
        if self.is_empty() {
            encoder.refuse("set of messages (it is empty)", "");
        }
        match self {
            Self::Uids(uids) => encoder.raw("UID ").raw(words).display(uids),
            Self::Seqs(seqs) => encoder.raw(words).display(seqs),
            Self::SavedSearch => encoder.raw("UID ").raw(words).raw("$"),
        };
    }

    /// Whether the row can be about one of the messages.
    pub(crate) fn may_hold(&self, row: &types::Fetch) -> bool {
        match self {
            // `n:*` stands for the last message too, whatever its number.
            Self::Uids(uids) => row.uid.is_some_and(|uid| uids.contains(uid) || uids.is_open()),
            Self::Seqs(seqs) => row.seq.is_some_and(|seq| seqs.contains(seq) || seqs.is_open()),
            Self::SavedSearch => row.uid.is_some(),
        }
    }
}

impl From<UidSet> for MessageSet {
    fn from(uids: UidSet) -> Self {
        Self::Uids(uids)
    }
}

impl From<&UidSet> for MessageSet {
    fn from(uids: &UidSet) -> Self {
        Self::Uids(uids.clone())
    }
}

impl From<Uid> for MessageSet {
    fn from(uid: Uid) -> Self {
        Self::Uids(uid.into())
    }
}

impl From<SeqSet> for MessageSet {
    fn from(seqs: SeqSet) -> Self {
        Self::Seqs(seqs)
    }
}

impl From<&SeqSet> for MessageSet {
    fn from(seqs: &SeqSet) -> Self {
        Self::Seqs(seqs.clone())
    }
}

impl From<SeqNum> for MessageSet {
    fn from(seq: SeqNum) -> Self {
        Self::Seqs(seq.into())
    }
}

/// FETCH and UID FETCH (RFC 9051, section 6.4.5). The UID is always among the items.
///
/// Its rows are taken from the engine one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    messages: MessageSet,
    items: FetchItems,
    changed_since: Option<u64>,
    page: Option<ResultRange>,
    /// Those that are gone, if they are asked for.
    vanished: Option<Vanished>,
}

/// What FETCH returned beside its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchOutcome {
    /// Which of the messages were removed, if [asked for](Fetch::vanished). The set may contain UIDs that no message ever
    /// had.
    pub vanished: UidSet,
}

impl Fetch {
    /// Fetches these items of these messages.
    #[must_use]
    pub fn new(messages: impl Into<MessageSet>, items: impl Into<FetchItems>) -> Self {
        let mut items = items.into();
        items.insert(FetchItem::Uid);
        Self { messages: messages.into(), items, changed_since: None, page: None, vanished: None }
    }

    /// Only messages that changed after this modification sequence: only for servers with CONDSTORE (RFC 7162).
    #[must_use]
    pub fn changed_since(mut self, mod_seq: u64) -> Self {
        self.changed_since = Some(mod_seq);
        self
    }

    /// Only those of the messages that have these places among them: only for servers with PARTIAL (RFC 9394, section 3.3).
    #[must_use]
    pub fn page(mut self, places: ResultRange) -> Self {
        self.page = Some(places);
        self
    }

    /// Also which of the messages were removed since the modification sequence: only with
    /// [`changed_since`](Self::changed_since), for UIDs, and once QRESYNC is enabled (RFC 7162, section 3.2.6).
    ///
    /// They are in the command's output; [`FetchAll`] has no place for them, and leaves them to the events.
    #[must_use]
    pub fn vanished(mut self) -> Self {
        self.vanished = Some(Vanished::default());
        self
    }
}

impl Limited for Fetch {
    fn afresh(&self) -> Self {
        Self { vanished: self.vanished.is_some().then(Vanished::default), ..self.clone() }
    }

    fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
        Ok(self.messages.among(uids)?.map(|messages| Self { messages, ..self.afresh() }))
    }
}

impl Limited for FetchAll {
    fn afresh(&self) -> Self {
        self.command.afresh().into()
    }

    fn among(&self, uids: &UidSet) -> Result<Option<Self>, Incomplete> {
        Ok(self.command.among(uids)?.map(Self::from))
    }
}

impl Command for Fetch {
    type Output = FetchOutcome;

    fn encode(&self, encoder: &mut Encoder) {
        self.messages.encode(encoder, "FETCH ");
        encoder.space().list(self.items.iter(), |encoder, item| item.encode(encoder));
        let by_uid = !matches!(self.messages, MessageSet::Seqs(_));
        if self.vanished.is_some() && !(by_uid && self.changed_since.is_some()) {
            encoder.refuse("FETCH of what vanished (it needs UIDs and CHANGEDSINCE)", "VANISHED");
        }
        let mut begun = false;
        let mut word = |encoder: &mut Encoder, word: &str| {
            encoder.raw(if std::mem::replace(&mut begun, true) { " " } else { " (" }).raw(word);
        };
        if let Some(mod_seq) = self.changed_since {
            word(encoder, "CHANGEDSINCE ");
            encoder.display(mod_seq);
        }
        if self.vanished.is_some() {
            word(encoder, "VANISHED");
        }
        if let Some(places) = self.page {
            word(encoder, "PARTIAL ");
            places.encode(encoder);
        }
        if begun {
            encoder.raw(")");
        }
    }

    fn conduct(&self) -> Conduct {
        let conduct = Conduct::new().streams_rows();
        // Nothing in VANISHED names the command that it answers.
        let conduct = if self.vanished.is_some() { conduct.answers_as("VANISHED") } else { conduct };
        if matches!(self.messages, MessageSet::Seqs(_)) { conduct.by_sequence() } else { conduct }
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match (response, &mut self.vanished) {
            (Untagged::Vanished { earlier: true, uids }, Some(vanished)) => {
                vanished.add(&uids);
                None
            }
            (other, _) => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<FetchOutcome, Incomplete> {
        Ok(FetchOutcome { vanished: self.vanished.unwrap_or_default().into_set() })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for Fetch {
    fn matches_row(&self, row: &types::Fetch) -> bool {
        let named = self.messages.may_hold(row)
            // A row without UID is not unsolicited if it has what was asked for: some servers forget it.
            || (row.uid.is_none() && row.seq.is_some() && matches!(self.messages, MessageSet::Uids(_)));
        named && self.items.answered_by(row)
    }

    fn row_filter(&self) -> Option<RowFilter> {
        let MessageSet::Uids(uids) = &self.messages else { return None };
        let flags = self.items.only_flags()?;
        let mut ranges = uids.ranges();
        let (low, high) = match (uids.is_open(), ranges.next(), ranges.next()) {
            (true, ..) => (Uid::MIN, Uid::MAX),
            (false, Some((low, high)), None) => (low, high),
            _ => return None,
        };
        Some(RowFilter::new(low, high, flags))
    }

    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        refusal.refusal_hint() == Some(RefusalHint::MessagesGone)
    }
}

/// Rows with nothing but UIDs and flags, of one range of UIDs: what most rows are, in a form that is quickly compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFilter {
    low: u32,
    high: u32,
    flags: bool,
}

impl RowFilter {
    /// Rows with a UID from `low` to `high`, with flags if `flags` is set.
    #[must_use]
    pub fn new(low: Uid, high: Uid, flags: bool) -> Self {
        Self { low: low.get(), high: high.get(), flags }
    }

    #[inline]
    pub(crate) fn is_met_by(self, row: &types::Fetch) -> bool {
        let uid = row.uid.map_or(0, Uid::get);
        self.low <= uid && uid <= self.high && (row.flags.is_some() || !self.flags)
    }
}

/// FETCH of which all rows are collected, for answers that are known to be small: several can be in flight together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchAll {
    command: Fetch,
    rows: Vec<types::Fetch>,
    /// The messages whose answer is complete: a further row is for another command.
    complete: HashSet<Uid>,
}

impl From<Fetch> for FetchAll {
    fn from(command: Fetch) -> Self {
        Self { command, rows: Vec::new(), complete: HashSet::new() }
    }
}

impl Command for FetchAll {
    type Output = Vec<types::Fetch>;

    fn encode(&self, encoder: &mut Encoder) {
        self.command.encode(encoder);
    }

    fn conduct(&self) -> Conduct {
        match self.command.messages {
            MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
            MessageSet::Seqs(_) => Conduct::new().by_sequence().answers_as("FETCH"),
        }
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row) if self.matches_row(&row) => {
                self.complete.extend(row.uid.filter(|_| self.command.items.complete_in(&row)));
                self.rows.push(row);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<types::Fetch>, Incomplete> {
        Ok(self.rows)
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for FetchAll {
    fn matches_row(&self, row: &types::Fetch) -> bool {
        self.command.matches_row(row) && !row.uid.is_some_and(|uid| self.complete.contains(&uid))
    }

    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        self.command.accepts_refusal(refusal)
    }

    fn take_rows(&mut self) -> Vec<types::Fetch> {
        std::mem::take(&mut self.rows)
    }
}

/// PARTIAL: a part of one text of one message, for servers of RFC 1730.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialFetch {
    message: SeqNum,
    item: FetchItem,
    start: u64,
    count: u64,
    rows: Vec<types::Fetch>,
}

impl PartialFetch {
    /// `count` bytes of the item from byte `start` on; here bytes are counted from 1.
    #[must_use]
    pub fn new(message: SeqNum, item: FetchItem, start: u64, count: u64) -> Self {
        Self { message, item, start, count, rows: Vec::new() }
    }
}

impl Command for PartialFetch {
    type Output = Vec<types::Fetch>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("PARTIAL ").display(self.message).space();
        self.item.encode(encoder);
        encoder.space().display(self.start).space().display(self.count);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().by_sequence().answers_as("PARTIAL")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row)
                if row.seq == Some(self.message) && !(row.sections.is_empty() && row.other.is_empty()) =>
            {
                self.rows.push(row);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<types::Fetch>, Incomplete> {
        Ok(self.rows)
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for PartialFetch {
    fn take_rows(&mut self) -> Vec<types::Fetch> {
        std::mem::take(&mut self.rows)
    }
}
