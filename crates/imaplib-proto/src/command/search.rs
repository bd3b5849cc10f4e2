//! SEARCH: the messages that meet conditions.

use bytes::Bytes;

use super::{Command, Conduct, Incomplete, Search, Tag, is_unreadable};
use crate::types::{ExtendedSearch, SearchResult, SeqSet, StatusResponse, UidSet, Untagged};
use crate::wire::Encoder;

fn encode_conditions(conditions: &Search, without_charset: bool, encoder: &mut Encoder) {
    match without_charset {
        true => conditions.encode_keys(encoder),
        false => conditions.encode(encoder),
    };
}

/// The messages that a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matches<T> {
    /// The messages, as far as they can be read.
    pub messages: T,
    /// What stands in the response where a message number belongs and is none.
    pub unreadable: Vec<Bytes>,
    /// Those that were found and are left out, because the server refuses to send what is needed to sort them or to put them
    /// into threads. Only of a client that does this itself.
    pub refused: UidSet,
    refusal: Option<Box<StatusResponse>>,
    is_partial: bool,
    /// Whether the response does not say that its numbers are of the kind that was asked for.
    pub(crate) is_of_other_kind: bool,
}

/// Why numbers that may be of the other kind are not used.
pub(crate) const OTHER_KIND: Incomplete =
    Incomplete("the server's answer to SEARCH does not say whether its numbers are UIDs or sequence numbers");

impl<T> Matches<T> {
    /// Those of a response in which this cannot be read.
    pub(super) fn new(messages: T, unreadable: Vec<Bytes>) -> Self {
        let (is_partial, is_of_other_kind) = (!unreadable.is_empty(), false);
        Self { messages, unreadable, refused: UidSet::new(), refusal: None, is_partial, is_of_other_kind }
    }

    /// The result of the same search with these messages in place of the others.
    #[cfg(feature = "mime")]
    pub(crate) fn with<U>(self, messages: U) -> Matches<U> {
        let Self { messages: _, unreadable, refused, refusal, is_partial, is_of_other_kind } = self;
        Matches { messages, unreadable, refused, refusal, is_partial, is_of_other_kind }
    }

    /// Notes which messages the server refused to send, and how.
    #[cfg(feature = "mime")]
    pub(crate) fn refuse(&mut self, refused: UidSet, refusal: Option<StatusResponse>) {
        self.refused = refused;
        self.refusal = refusal.map(Box::new);
    }

    /// How the server first refused to send one of [`refused`](Self::refused).
    #[must_use]
    pub fn refusal(&self) -> Option<&StatusResponse> {
        self.refusal.as_deref()
    }

    /// Adds the messages of another result.
    pub(crate) fn join(&mut self, other: Self, add: impl FnOnce(&mut T, T)) {
        add(&mut self.messages, other.messages);
        self.unreadable.extend(other.unreadable);
        self.refused = self.refused.union(&other.refused);
        self.refusal = self.refusal.take().or(other.refusal);
        self.is_partial |= other.is_partial;
        self.is_of_other_kind |= other.is_of_other_kind;
    }

    /// Whether the server found no other messages, as far as its response shows, and refused none.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.is_partial && !self.is_of_other_kind && self.refused.is_empty()
    }

    /// The messages.
    ///
    /// # Errors
    /// If the server found others, too, whose numbers cannot be read or which it refused to send, or does not say whether the
    /// numbers are UIDs.
    pub fn complete(self) -> Result<T, Incomplete> {
        match (self.is_partial, self.refused.is_empty()) {
            _ if self.is_of_other_kind => Err(OTHER_KIND),
            (true, _) => Err(Incomplete("the server found more messages than it named in a readable way")),
            (false, false) => Err(Incomplete("the server refused to send some of the messages that it found")),
            (false, true) => Ok(self.messages),
        }
    }
}

impl<T> From<T> for Matches<T> {
    /// These messages, and no others.
    fn from(messages: T) -> Self {
        Self::new(messages, Vec::new())
    }
}

/// The numbers that were found so far. A server that repeats the same numbers does not make the list longer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    ranges: Vec<(u32, u32)>,
    odd: Vec<Bytes>,
    is_partial: bool,
    /// Whether there was an answer that could not be read.
    unreadable: bool,
    /// Whether there was an answer to this command, and one that names a command which is none of this client's.
    is_answered: bool,
    is_astray: bool,
    /// Whether there was an answer to SORT or THREAD,
    is_other_answer: bool,
    /// or one whose numbers may be UIDs in place of sequence numbers, or the other way round.
    is_of_other_kind: bool,
    /// How many ranges there may be before they are merged.
    most: usize,
}

impl Found {
    fn add(&mut self, ranges: Vec<(u32, u32)>, unreadable: Vec<Bytes>) {
        self.is_answered = true;
        self.is_partial |= !unreadable.is_empty();
        if self.odd.is_empty() {
            self.odd = unreadable;
        }
        if self.ranges.is_empty() {
            self.ranges = ranges;
        } else {
            self.ranges.extend(ranges);
        }
        if self.ranges.len() > self.most.max(1 << 16) {
            let merged = UidSet::from_unsorted(std::mem::take(&mut self.ranges));
            self.ranges = merged.ranges().map(|(low, high)| (low.get(), high.get())).collect();
            self.most = self.ranges.len() * 2;
        }
    }
}

/// Whether an extended result is the answer to the command with this tag. Many servers name no tag.
pub(super) fn is_own(result: &ExtendedSearch, tag: Tag) -> bool {
    result.mailbox.is_none() && !tag.is_answered_elsewhere(result.tag.as_ref())
}

/// Whether an extended result names another command, unless it changes an older result.
fn is_astray(result: &ExtendedSearch, tag: Tag) -> bool {
    result.mailbox.is_none() && result.changes.is_empty() && tag.is_answered_elsewhere(result.tag.as_ref())
}

/// Whether it changes a result that was received before (RFC 5267, section 4.3), which is for whoever follows the result.
pub(super) fn is_update(result: &ExtendedSearch, has_result: bool) -> bool {
    has_result && !result.changes.is_empty()
}

macro_rules! search_commands {
    ($($(#[$doc:meta])* $name:ident($words:literal, uid: $uid:literal) -> $set:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                conditions: Search,
                extended: bool,
                without_charset: bool,
                found: Found,
            }

            impl $name {
                /// Searches the selected mailbox.
                #[must_use]
                pub fn new(conditions: Search) -> Self {
                    Self { conditions, extended: false, without_charset: false, found: Found::default() }
                }

                /// Sends texts without saying that they are UTF-8, for servers that refuse it with BADCHARSET.
                #[must_use]
                pub fn without_charset(mut self) -> Self {
                    self.without_charset = true;
                    self
                }

                /// The same search among these messages.
                pub(crate) fn among(&self, uids: UidSet) -> Self {
                    let Self { conditions, extended, without_charset, .. } = self.clone();
                    let conditions = conditions.uids(uids);
                    Self { conditions, extended, without_charset, found: Found::default() }
                }

                /// Asks for the answer as ranges: only for servers with ESEARCH or IMAP4rev2 (RFC 4731).
                #[must_use]
                pub fn extended(mut self) -> Self {
                    self.extended = true;
                    self
                }

                /// The same in the form that all servers know, if this is another.
                pub(crate) fn in_the_old_form(&self) -> Option<Self> {
                    let Self { conditions, without_charset, .. } = self.clone();
                    self.extended.then(|| Self { conditions, extended: false, without_charset, found: Found::default() })
                }

                /// Whether it is about all messages.
                pub(crate) fn is_for_all(&self) -> bool {
                    self.conditions == Search::all()
                }
            }

            impl Command for $name {
                type Output = Matches<$set>;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($words);
                    if self.extended {
                        encoder.raw(" RETURN (ALL)");
                    }
                    encode_conditions(&self.conditions, self.without_charset, encoder.space());
                }

                fn conduct(&self) -> Conduct {
                    // Messages may be expunged while a UID command runs.
                    match ($uid, self.conditions.uses_sequence_numbers()) {
                        (true, true) => Conduct::new().by_sequence_expunging().answers_as("SEARCH"),
                        (true, false) => Conduct::new().answers_as("SEARCH"),
                        (false, _) => Conduct::new().by_sequence().answers_as("SEARCH"),
                    }
                }

                fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
                    let (ranges, unreadable) = match response {
                        Untagged::Search(result) => (result.numbers, result.unreadable),
                        // Some servers answer so without being asked, and without saying UID.
                        Untagged::ESearch(result) if is_own(&result, tag) => {
                            self.found.is_partial |= result.lacks_messages();
                            let mut ranges = result.all.unwrap_or_default();
                            ranges.extend(result.min.map(|number| (number, number)));
                            ranges.extend(result.max.map(|number| (number, number)));
                            self.found.is_of_other_kind |= result.uid != $uid && !ranges.is_empty();
                            (ranges, result.unreadable)
                        }
                        other => {
                            self.found.is_astray |= matches!(&other, Untagged::ESearch(result) if is_astray(result, tag));
                            self.found.is_other_answer |= matches!(other, Untagged::Sort(_) | Untagged::Thread(_));
                            self.found.unreadable |= is_unreadable(&other, &["SEARCH", "ESEARCH"]);
                            return Some(other);
                        }
                    };
                    self.found.add(ranges, unreadable);
                    None
                }

                fn finish(self, _completion: &StatusResponse) -> Result<Matches<$set>, Incomplete> {
                    let Found { ranges, odd, is_partial, is_of_other_kind, .. } = self.found;
                    if self.found.unreadable {
                        return Err(Incomplete("the server's answer to SEARCH cannot be read"));
                    }
                    match self.found.is_answered {
                        false if self.found.is_astray => {
                            Err(Incomplete("the server's answer to SEARCH names another command"))
                        }
                        false if self.found.is_other_answer => {
                            Err(Incomplete("the server's answer to SEARCH is one to SORT or THREAD"))
                        }
                        // Some servers send nothing where nothing is found.
                        _ => {
                            let messages = $set::from_unsorted(ranges);
                            let found = Matches::new(messages, odd);
                            Ok(Matches { is_partial: is_partial || found.is_partial, is_of_other_kind, ..found })
                        }
                    }
                }
            }
        )*
    };
}

search_commands! {
    /// UID SEARCH: the unique identifiers of the messages that meet the conditions (RFC 9051, section 6.4.4).
    UidSearch("UID SEARCH", uid: true) -> UidSet;
    /// SEARCH: the sequence numbers of the messages that meet the conditions (RFC 9051, section 6.4.4).
    SeqSearch("SEARCH", uid: false) -> SeqSet;
}

/// What a search returns (RFC 9051, section 6.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchReturn {
    /// The lowest number.
    Min,
    /// The highest number.
    Max,
    /// All numbers.
    All,
    /// How many.
    Count,
    /// Nothing now: the result is kept for the next commands, as [`MessageSet::SavedSearch`](super::MessageSet::SavedSearch); only for
    /// servers with SEARCHRES or IMAP4rev2 (RFC 5182).
    Save,
    /// Only these of the messages found, by their places in the result: only for servers with PARTIAL (RFC 9394), or with
    /// CONTEXT=SEARCH if they count from the beginning; in a sorted result, with CONTEXT=SORT (RFC 5267).
    Partial(ResultRange),
    /// Nothing now: what changes in the result comes as events, until the mailbox is left or the search
    /// [cancelled](super::CancelUpdate); only for servers with CONTEXT=SEARCH, in a sorted result with CONTEXT=SORT (RFC
    /// 5267, section 4.3).
    Update,
    /// Nothing: a hint that more of the same result will be asked for, on the same servers.
    Context,
    /// How well each of the messages meets the conditions, from 1 to 100, in the order of the messages: only for servers
    /// with SEARCH=FUZZY (RFC 6203).
    Relevancy,
}

/// Places in the result of a search, counted from its beginning or its end (RFC 9394, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultRange {
    first: u32,
    last: u32,
    from_end: bool,
}

impl ResultRange {
    /// The places from `first` to `last`, both included, counted from 1 at the beginning.
    #[must_use]
    pub fn new(first: u32, last: u32) -> Self {
        Self { first, last, from_end: false }
    }

    /// The same, counted from 1 at the end: in a search, the newest messages.
    #[must_use]
    pub fn from_end(first: u32, last: u32) -> Self {
        Self { first, last, from_end: true }
    }

    /// Whether the places are counted from the end, for which CONTEXT=SEARCH and CONTEXT=SORT do not suffice.
    #[must_use]
    pub fn counts_from_end(self) -> bool {
        self.from_end
    }

    pub(super) fn encode(self, encoder: &mut Encoder) -> &mut Encoder {
        let Self { first, last, from_end } = self;
        let sign = if from_end { "-" } else { "" };
        match first == 0 || last == 0 {
            true => encoder.refuse("place in a result (they count from 1)", "0"),
            false => encoder.display(format_args!("{sign}{first}:{sign}{last}")),
        }
    }
}

/// Writes what is wanted of a result, in parentheses.
pub(super) fn encode_returns<'a>(wanted: &[SearchReturn], encoder: &'a mut Encoder) -> &'a mut Encoder {
    encoder.list(wanted, |encoder, wanted| match wanted {
        SearchReturn::Min => encoder.raw("MIN"),
        SearchReturn::Max => encoder.raw("MAX"),
        SearchReturn::All => encoder.raw("ALL"),
        SearchReturn::Count => encoder.raw("COUNT"),
        SearchReturn::Save => encoder.raw("SAVE"),
        SearchReturn::Relevancy => encoder.raw("RELEVANCY"),
        SearchReturn::Update => encoder.raw("UPDATE"),
        SearchReturn::Context => encoder.raw("CONTEXT"),
        SearchReturn::Partial(range) => range.encode(encoder.raw("PARTIAL ")),
    })
}

/// UID SEARCH with return options: only for servers with ESEARCH or IMAP4rev2 (RFC 4731).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidSearchReturn {
    conditions: Search,
    without_charset: bool,
    wanted: Vec<SearchReturn>,
    found: Option<Box<ExtendedSearch>>,
}

impl UidSearchReturn {
    /// Searches the selected mailbox, and returns what is wanted of the result.
    #[must_use]
    pub fn new(conditions: Search, wanted: impl Into<Vec<SearchReturn>>) -> Self {
        Self { conditions, without_charset: false, wanted: wanted.into(), found: None }
    }

    /// Sends texts without saying that they are UTF-8, for servers that refuse it with BADCHARSET.
    #[must_use]
    pub fn without_charset(mut self) -> Self {
        self.without_charset = true;
        self
    }

    /// The same search among these messages.
    pub(crate) fn among(&self, uids: UidSet) -> Self {
        Self { conditions: self.conditions.clone().uids(uids), found: None, ..self.clone() }
    }

    /// Whether it is about all messages, and they are to be named or counted.
    pub(crate) fn is_for_all(&self) -> bool {
        use SearchReturn::{All, Count, Max, Min};
        self.conditions == Search::all() && self.wanted.iter().any(|wanted| matches!(wanted, Min | Max | All | Count))
    }

    /// What is wanted of a result that names all numbers.
    fn summary(&self, found: SearchResult) -> ExtendedSearch {
        let all = UidSet::from_unsorted(found.numbers);
        let wants = |wanted| self.wanted.is_empty() || self.wanted.contains(&wanted);
        let ranges = || all.ranges().map(|(low, high)| (low.get(), high.get()));
        ExtendedSearch {
            uid: true,
            min: ranges().next().map(|(low, _)| low).filter(|_| wants(SearchReturn::Min)),
            max: ranges().last().map(|(_, high)| high).filter(|_| wants(SearchReturn::Max)),
            count: wants(SearchReturn::Count).then(|| all.len()),
            all: (wants(SearchReturn::All) && !all.is_empty()).then(|| ranges().collect()),
            mod_seq: found.mod_seq,
            unreadable: found.unreadable,
            ..ExtendedSearch::default()
        }
    }
}

impl Command for UidSearchReturn {
    /// What was wanted; nothing but empty fields if no message meets the conditions, or if the result was only saved.
    type Output = ExtendedSearch;

    fn encode(&self, encoder: &mut Encoder) {
        encode_returns(&self.wanted, encoder.raw("UID SEARCH RETURN "));
        encode_conditions(&self.conditions, self.without_charset, encoder.space());
    }

    fn conduct(&self) -> Conduct {
        match self.conditions.uses_sequence_numbers() {
            true => Conduct::new().by_sequence_expunging().answers_as("SEARCH"),
            false => Conduct::new().answers_as("SEARCH"),
        }
    }

    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::ESearch(result) if is_own(&result, tag) && !is_update(&result, self.found.is_some()) => {
                self.found = Some(result);
                None
            }
            // Cyrus 2.4 and AOL answer in the old form.
            Untagged::Search(result) if self.found.is_none() && self.wanted != [SearchReturn::Save] => {
                self.found = Some(Box::new(self.summary(result)));
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<ExtendedSearch, Incomplete> {
        let only_saved = self.wanted == [SearchReturn::Save];
        match self.found {
            Some(result) => Ok(*result),
            None if only_saved => Ok(ExtendedSearch::default()),
            None => Err(Incomplete("the server said OK to SEARCH but sent no ESEARCH response")),
        }
    }
}
