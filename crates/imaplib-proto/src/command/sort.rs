//! SORT and THREAD (RFC 5256).

use bytes::Bytes;

use super::search::{encode_returns, is_own, is_update};
use super::{Command, Conduct, Incomplete, Matches, Search, SearchReturn, Tag, is_unreadable};
use crate::types::{ExtendedSearch, SeqNum, StatusResponse, Threads, Uid, Untagged};
use crate::wire::Encoder;

/// By what messages are sorted (RFC 5256, section 3; RFC 5957).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SortKey {
    /// When they arrived.
    Arrival,
    /// The first address of Cc.
    Cc,
    /// The Date field.
    Date,
    /// The first address of From.
    From,
    /// The size.
    Size,
    /// The subject without `Re:` and its like.
    Subject,
    /// The first address of To.
    To,
    /// The display name of From: only for servers with SORT=DISPLAY.
    DisplayFrom,
    /// The display name of To: only for servers with SORT=DISPLAY.
    DisplayTo,
}

impl SortKey {
    fn name(self) -> &'static str {
        match self {
            Self::Arrival => "ARRIVAL",
            Self::Cc => "CC",
            Self::Date => "DATE",
            Self::From => "FROM",
            Self::Size => "SIZE",
            Self::Subject => "SUBJECT",
            Self::To => "TO",
            Self::DisplayFrom => "DISPLAYFROM",
            Self::DisplayTo => "DISPLAYTO",
        }
    }
}

/// A key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortBy {
    key: SortKey,
    reverse: bool,
}

impl SortBy {
    /// The key in the opposite direction: the largest, the latest, the last of the alphabet first.
    #[must_use]
    pub fn reverse(key: SortKey) -> Self {
        Self { key, reverse: true }
    }

    /// The key.
    #[must_use]
    pub fn key(self) -> SortKey {
        self.key
    }

    /// Whether its direction is the opposite one.
    #[must_use]
    pub fn is_reverse(self) -> bool {
        self.reverse
    }
}

impl From<SortKey> for SortBy {
    fn from(key: SortKey) -> Self {
        Self { key, reverse: false }
    }
}

/// How messages are put into threads (RFC 5256, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreadAlgorithm {
    /// By subject and date.
    OrderedSubject,
    /// By References and In-Reply-To, then by subject.
    References,
    /// By References and In-Reply-To alone (Dovecot, Cyrus).
    Refs,
}

impl ThreadAlgorithm {
    /// What a server that knows the algorithm lists among its capabilities.
    #[must_use]
    pub fn capability(self) -> &'static str {
        match self {
            Self::OrderedSubject => "THREAD=ORDEREDSUBJECT",
            Self::References => "THREAD=REFERENCES",
            Self::Refs => "THREAD=REFS",
        }
    }
}

macro_rules! sort_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal -> $number:ident, uid: $uid:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                order: Vec<SortBy>,
                conditions: Search,
                found: Option<Vec<$number>>,
                odd: Vec<Bytes>,
                unreadable: bool,
                may_be_silent: bool,
            }

            impl $name {
                /// Those messages that meet the conditions, sorted by the first key, equal ones by the next.
                #[must_use]
                pub fn new(order: impl IntoIterator<Item = SortBy>, conditions: Search) -> Self {
                    let order = order.into_iter().collect();
                    Self { order, conditions, found: None, odd: Vec::new(), unreadable: false, may_be_silent: false }
                }
            }

            impl Command for $name {
                type Output = Matches<Vec<$number>>;

                fn encode(&self, encoder: &mut Encoder) {
                    encode_order(&self.order, encoder.raw($word));
                    self.conditions.encode_with_charset(encoder.space());
                }

                fn conduct(&self) -> Conduct {
                    match ($uid, self.conditions.uses_sequence_numbers()) {
                        (true, true) => Conduct::new().by_sequence_expunging().answers_as("SORT"),
                        (true, false) => Conduct::new().answers_as("SORT"),
                        (false, _) => Conduct::new().by_sequence().answers_as("SORT"),
                    }
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        Untagged::Sort(result) => {
                            let numbers = result.numbers.iter().flat_map(|&(low, high)| low..=high);
                            self.found.get_or_insert_default().extend(numbers.filter_map($number::new));
                            if self.odd.is_empty() {
                                self.odd = result.unreadable;
                            }
                            None
                        }
                        other => {
                            self.unreadable |= is_unreadable(&other, &["SORT"]);
                            Some(other)
                        }
                    }
                }

                fn finish(self, _completion: &StatusResponse) -> Result<Matches<Vec<$number>>, Incomplete> {
                    match self.found {
                        _ if self.unreadable => Err(Incomplete("the server's answer to SORT cannot be read")),
                        None if !self.may_be_silent => Err(Incomplete("the server said OK to SORT but sent no SORT response")),
                        found => Ok(Matches::new(found.unwrap_or_default(), self.odd)),
                    }
                }
            }
        )*
    };
}

sort_commands! {
    /// UID SORT: only for servers with SORT (RFC 5256).
    UidSort = "UID SORT " -> Uid, uid: true;
    /// SORT by sequence number: only for servers with SORT (RFC 5256).
    SeqSort = "SORT " -> SeqNum, uid: false;
}

/// UID SORT with return options: only for servers with ESORT (RFC 5267, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidSortReturn {
    order: Vec<SortBy>,
    conditions: Search,
    wanted: Vec<SearchReturn>,
    found: Option<Box<ExtendedSearch>>,
}

impl UidSortReturn {
    /// Sorts those messages that meet the conditions, and returns what is wanted of the result: the first and the last in
    /// the order, all, how many, or some by their places.
    #[must_use]
    pub fn new(
        order: impl IntoIterator<Item = SortBy>,
        conditions: Search,
        wanted: impl Into<Vec<SearchReturn>>,
    ) -> Self {
        Self { order: order.into_iter().collect(), conditions, wanted: wanted.into(), found: None }
    }
}

macro_rules! held_against_search {
    ($($name:ident)*) => {
        $(impl $name {
            /// The same, where no response at all counts as one without messages: for who looks whether there are none.
            pub(crate) fn or_nothing(mut self) -> Self {
                self.may_be_silent = true;
                self
            }
        })*
    };
}

held_against_search! {
    UidSort
    UidThread
}

impl Command for UidSortReturn {
    /// What was wanted, in the order of the sort.
    type Output = ExtendedSearch;

    fn encode(&self, encoder: &mut Encoder) {
        encode_returns(&self.wanted, encoder.raw("UID SORT RETURN ")).space();
        encode_order(&self.order, encoder);
        self.conditions.encode_with_charset(encoder.space());
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
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<ExtendedSearch, Incomplete> {
        let found = self.found.map(|found| *found);
        found.ok_or(Incomplete("the server said OK to SORT but sent no ESEARCH response"))
    }
}

fn encode_order(order: &[SortBy], encoder: &mut Encoder) {
    if order.is_empty() {
        encoder.refuse("list of sort keys (it is empty)", "");
    }
    encoder.list(order, |encoder, by| encoder.raw(if by.reverse { "REVERSE " } else { "" }).raw(by.key.name()));
}

/// Whether a message stands in two places, of which only one can be right.
fn names_one_twice(threads: &Threads) -> bool {
    let mut numbers: Vec<u32> = threads.iter().filter_map(|node| node.number).collect();
    numbers.sort_unstable();
    numbers.windows(2).any(|pair| matches!(pair, [one, next] if one == next))
}

macro_rules! thread_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal, uid: $uid:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                algorithm: ThreadAlgorithm,
                conditions: Search,
                found: Option<Threads>,
                unreadable: bool,
                may_be_silent: bool,
            }

            impl $name {
                /// The threads of those messages that meet the conditions.
                #[must_use]
                pub fn new(algorithm: ThreadAlgorithm, conditions: Search) -> Self {
                    Self { algorithm, conditions, found: None, unreadable: false, may_be_silent: false }
                }
            }

            impl Command for $name {
                type Output = Threads;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($word).raw(match self.algorithm {
                        ThreadAlgorithm::OrderedSubject => "ORDEREDSUBJECT",
                        ThreadAlgorithm::References => "REFERENCES",
                        ThreadAlgorithm::Refs => "REFS",
                    });
                    self.conditions.encode_with_charset(encoder.space());
                }

                fn conduct(&self) -> Conduct {
                    match ($uid, self.conditions.uses_sequence_numbers()) {
                        (true, true) => Conduct::new().by_sequence_expunging().answers_as("THREAD"),
                        (true, false) => Conduct::new().answers_as("THREAD"),
                        (false, _) => Conduct::new().by_sequence().answers_as("THREAD"),
                    }
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        Untagged::Thread(threads) => {
                            self.found = Some(threads);
                            None
                        }
                        other => {
                            self.unreadable |= is_unreadable(&other, &["THREAD"]);
                            Some(other)
                        }
                    }
                }

                fn finish(self, _completion: &StatusResponse) -> Result<Threads, Incomplete> {
                    match self.found {
                        _ if self.unreadable => Err(Incomplete("the server's answer to THREAD cannot be read")),
                        None if !self.may_be_silent => {
                            Err(Incomplete("the server said OK to THREAD but sent no THREAD response"))
                        }
                        Some(threads) if names_one_twice(&threads) => {
                            Err(Incomplete("the server's answer to THREAD names a message twice"))
                        }
                        found => Ok(found.unwrap_or_default()),
                    }
                }
            }
        )*
    };
}

thread_commands! {
    /// UID THREAD: only for servers with THREAD (RFC 5256). The numbers are UIDs.
    UidThread = "UID THREAD ", uid: true;
    /// THREAD by sequence number: only for servers with THREAD (RFC 5256).
    SeqThread = "THREAD ", uid: false;
}
