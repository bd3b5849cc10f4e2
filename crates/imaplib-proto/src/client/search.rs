//! SEARCH, once more without a charset where the server refuses the one, and in the old form where its answer does not say
//! which numbers it has.

use std::time::Instant;

use super::procedure::Running;
use super::{Advance, BadArgument, Error, Procedure, Result, Selection};
use crate::command::{
    Command, Incomplete, NOT_BY_UID, OTHER_KIND, Search, SearchReturn, SeqSearch, SortBy, SortKey, UidSearch,
    UidSearchReturn, below, stopped_at,
};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, ExtendedSearch, ResponseCode, Uid, UidSet};

/// A search. Where the server does not know UTF-8 by name, it is sent once more without the name.
pub struct SearchMessages<C: Command> {
    selection: Selection,
    /// What is sent next: the command, then the same without a charset.
    next: Option<C>,
    without_charset: Option<C>,
    running: Option<Running<C>>,
    refused: Option<Error>,
    /// What was sent last, and how many messages there were then.
    sent: Option<Box<(C, u32)>>,
    /// What was found, where the server carries out a part only.
    found: Option<Box<C::Output>>,
}

/// Why a search for all messages cannot have found none.
const NONE_OF_ALL: Incomplete =
    Incomplete("the server said OK to SEARCH ALL but named none of the messages that the mailbox has");

impl<C: Command> std::fmt::Debug for SearchMessages<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchMessages").field("selection", &self.selection).finish_non_exhaustive()
    }
}

fn has_esearch(capabilities: &Capabilities) -> bool {
    capabilities.supports(Capability::ESearch)
}

/// What the server must offer for some of what is wanted of a search, and does not: for places PARTIAL, or CONTEXT=SEARCH for
/// those from the beginning.
#[must_use]
pub fn missing_for_search(wanted: &[SearchReturn], capabilities: &Capabilities) -> Option<Capability> {
    wanted.iter().find_map(|wanted| match wanted {
        SearchReturn::Partial(_) if capabilities.has(Capability::Partial) => None,
        SearchReturn::Partial(range) if !range.counts_from_end() && capabilities.has(Capability::ContextSearch) => None,
        SearchReturn::Partial(_) => Some(Capability::Partial),
        SearchReturn::Update | SearchReturn::Context => {
            Some(Capability::ContextSearch).filter(|context| !capabilities.has(*context))
        }
        SearchReturn::Relevancy => Some(Capability::SearchFuzzy).filter(|fuzzy| !capabilities.has(*fuzzy)),
        _ => None,
    })
}

/// What the server must offer to sort by these keys, and does not: SORT, and for names as they are displayed SORT=DISPLAY (RFC
/// 5957).
#[must_use]
pub fn missing_to_sort(order: &[SortBy], capabilities: &Capabilities) -> Option<Capability> {
    let by_display = order.iter().any(|by| matches!(by.key(), SortKey::DisplayFrom | SortKey::DisplayTo));
    let mut needed = [Capability::Sort, Capability::SortDisplay].into_iter().take(if by_display { 2 } else { 1 });
    needed.find(|capability| !capabilities.has(*capability))
}

/// What the server must offer for some of what is wanted of a sorted search, and does not: for places and updates CONTEXT=SORT, because
/// PARTIAL is about SEARCH and FETCH alone (RFC 9394).
#[must_use]
pub fn missing_for_sort(wanted: &[SearchReturn], capabilities: &Capabilities) -> Option<Capability> {
    let of_context = |wanted: &SearchReturn| {
        matches!(wanted, SearchReturn::Partial(_) | SearchReturn::Update | SearchReturn::Context)
    };
    let needed = [Capability::ESort, Capability::ContextSort];
    let mut needed = needed.into_iter().take(if wanted.iter().any(of_context) { 2 } else { 1 });
    needed.find(|capability| !capabilities.has(*capability))
}

/// Ranges of UIDs that hold `size` of the messages each, the newest first; the last one may hold fewer.
#[must_use]
pub fn batches(messages: &UidSet, size: u32) -> Vec<(Uid, Uid)> {
    let (mut rest, mut batches) = (messages.clone(), Vec::new());
    while let Some(high) = rest.last().filter(|_| size > 0) {
        let batch = rest.greatest(size.into());
        let low = batch.first().unwrap_or(Uid::MIN);
        batches.push((low, high));
        let Some(below) = low.get().checked_sub(1).and_then(Uid::new) else { break };
        rest = rest.intersection(&UidSet::range(Uid::MIN, below));
    }
    batches
}

impl SearchMessages<UidSearch> {
    /// The unique identifiers of the messages that meet the conditions.
    #[must_use]
    pub fn uids(selection: Selection, conditions: Search, capabilities: &Capabilities) -> Self {
        let command = UidSearch::new(conditions);
        let command = if has_esearch(capabilities) { command.extended() } else { command };
        Self::new(selection, command.clone(), command.without_charset())
    }
}

impl SearchMessages<SeqSearch> {
    /// The sequence numbers of the messages that meet the conditions.
    #[must_use]
    pub fn sequence_numbers(selection: Selection, conditions: Search, capabilities: &Capabilities) -> Self {
        let command = SeqSearch::new(conditions);
        let command = if has_esearch(capabilities) { command.extended() } else { command };
        Self::new(selection, command.clone(), command.without_charset())
    }
}

impl SearchMessages<UidSearchReturn> {
    /// What is wanted of the result of a search.
    ///
    /// # Errors
    /// If the server has no ESEARCH, or no SEARCHRES where the result is to be kept.
    pub fn returning(
        selection: Selection,
        conditions: Search,
        wanted: &[SearchReturn],
        capabilities: &Capabilities,
    ) -> Result<Self> {
        if !has_esearch(capabilities) {
            return Err(Error::unsupported(Capability::ESearch.name()));
        }
        let keeps = capabilities.supports(Capability::SearchRes);
        if wanted.contains(&SearchReturn::Save) && !keeps {
            return Err(Error::unsupported(Capability::SearchRes.name()));
        }
        if let Some(missing) = missing_for_search(wanted, capabilities) {
            return Err(Error::unsupported(missing.name()));
        }
        let command = UidSearchReturn::new(conditions, wanted);
        Ok(Self::new(selection, command.clone(), command.without_charset()))
    }
}

/// A search whose answer is looked at: whether it can be that, and whether it is about all of the messages.
trait CheckedSearch: Command + Clone {
    /// The same among the messages with lower UIDs; nothing if there are none.
    fn below(&self, uid: Uid) -> Option<Self>;

    /// The same in the form that all servers know, if this is another.
    fn in_the_old_form(&self) -> Option<Self>;

    /// Whether it is about all messages, and something is to be reported of them.
    fn is_for_all(&self) -> bool;

    /// Whether no message was found.
    fn is_empty(found: &Self::Output) -> bool;

    /// Whether the numbers may be of the other kind: UIDs, or sequence numbers of a mailbox with this many messages.
    fn is_of_other_kind(found: &mut Self::Output, exists: u32) -> bool;

    /// Adds what was found among the messages with lower UIDs.
    ///
    /// # Errors
    /// If that cannot be joined.
    fn join(found: &mut Self::Output, rest: Self::Output) -> Result<()>;
}

macro_rules! checked_searches {
    ($($name:ident, |$found:ident, $exists:ident| $is_certain:expr;)*) => {
        $(impl CheckedSearch for $name {
            fn below(&self, uid: Uid) -> Option<Self> {
                Some(self.among(below(uid)?))
            }

            fn in_the_old_form(&self) -> Option<Self> {
                self.in_the_old_form()
            }

            fn is_for_all(&self) -> bool {
                self.is_for_all()
            }

            fn is_empty(found: &Self::Output) -> bool {
                found.messages.is_empty() && found.is_complete()
            }

            fn is_of_other_kind($found: &mut Self::Output, $exists: u32) -> bool {
                $found.is_of_other_kind &= !$is_certain;
                $found.is_of_other_kind
            }

            fn join(found: &mut Self::Output, rest: Self::Output) -> Result<()> {
                found.join(rest, |found, rest| *found = found.union(&rest));
                Ok(())
            }
        })*
    };
}

checked_searches! {
    // AOL leaves the word UID out. A number beyond those of the messages can be nothing else.
    UidSearch, |found, exists| found.messages.last().is_some_and(|last| last.get() > exists);
    SeqSearch, |found, _exists| false;
}

impl CheckedSearch for UidSearchReturn {
    fn below(&self, uid: Uid) -> Option<Self> {
        Some(self.among(below(uid)?))
    }

    fn in_the_old_form(&self) -> Option<Self> {
        None
    }

    fn is_for_all(&self) -> bool {
        self.is_for_all()
    }

    fn is_empty(found: &ExtendedSearch) -> bool {
        let has_messages =
            found.min.or(found.max).is_some() || [&found.all, &found.partial].iter().any(|has| has.is_some());
        !has_messages && found.count.is_none_or(|count| count == 0) && found.unreadable.is_empty()
    }

    fn is_of_other_kind(found: &mut ExtendedSearch, exists: u32) -> bool {
        let ranges = [&found.all, &found.partial].into_iter().flatten().flatten().map(|(_, high)| *high);
        let last = ranges.chain(found.min).chain(found.max).max();
        !found.uid && last.is_some_and(|last| last <= exists)
    }

    fn join(found: &mut ExtendedSearch, rest: ExtendedSearch) -> Result<()> {
        if found.partial.is_some() || found.relevancy.is_some() {
            return Err(NOT_BY_UID.into());
        }
        found.min = rest.min.or(found.min);
        found.max = found.max.or(rest.max);
        found.count = found.count.or(rest.count).map(|_| {
            let count = |result: &ExtendedSearch| result.count.unwrap_or_default();
            count(found).saturating_add(count(&rest))
        });
        found.mod_seq = found.mod_seq.max(rest.mod_seq);
        if let Some(ranges) = rest.all {
            found.all = Some(ranges.into_iter().chain(found.all.take().unwrap_or_default()).collect());
        }
        found.unreadable.extend(rest.unreadable);
        Ok(())
    }
}

/// How many messages the selected mailbox has.
fn exists(engine: &Engine) -> u32 {
    engine.mailbox().map_or(0, |mailbox| mailbox.exists)
}

impl<C: Command> SearchMessages<C> {
    fn new(selection: Selection, command: C, without_charset: C) -> Self {
        let (next, without_charset) = (Some(command), Some(without_charset));
        Self { selection, next, without_charset, running: None, refused: None, sent: None, found: None }
    }
}

impl<C: CheckedSearch> Procedure for SearchMessages<C> {
    type Output = C::Output;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<C::Output>> {
        loop {
            if let Some(command) = self.next.take() {
                self.selection.check(engine)?;
                self.sent = Some(Box::new((command.clone(), exists(engine))));
                self.running = Some(Running::start(engine, command)?);
            }
            let result = self.running.as_ref().and_then(|running| running.take(engine));
            let Some(result) = result else { return Ok(Advance::IO) };
            self.running = None;
            match (result, self.refused.take()) {
                (Ok(mut reply), _) => {
                    let (sent, before) = *self.sent.take().ok_or(BadArgument::GivenUp)?;
                    let exists = exists(engine);
                    if C::is_of_other_kind(&mut reply.value, exists.max(before)) {
                        self.next = Some(sent.in_the_old_form().ok_or(OTHER_KIND)?);
                        continue;
                    }
                    // Some may have gone meanwhile, and others have come.
                    if sent.is_for_all() && C::is_empty(&reply.value) && exists.min(before) > 0 {
                        return Err(NONE_OF_ALL.into());
                    }
                    let rest = stopped_at(reply.code.as_ref()).and_then(|uid| sent.below(uid));
                    let found = match self.found.take() {
                        None => reply.value,
                        Some(mut found) => {
                            C::join(&mut found, reply.value)?;
                            *found
                        }
                    };
                    match rest {
                        None => return Ok(Advance::Done(found)),
                        Some(rest) => (self.next, self.found) = (Some(rest), Some(Box::new(found))),
                    }
                }
                (Err(error), None)
                    if matches!(error.code(), Some(ResponseCode::BadCharset(_)))
                        // A server may have UTF8=ACCEPT on with IMAP4rev2, and not say so.
                        || (error.is_bad() && engine.utf8_enabled()) =>
                {
                    self.next = self.without_charset.take();
                    self.refused = Some(error);
                }
                // The first refusal has the charsets that the server knows.
                (Err(error), Some(refused)) if error.is_no() || error.is_bad() => return Err(refused),
                (Err(error), _) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_so_many_messages_each() {
        let of = |set: &str, size| {
            let batches = batches(&set.parse().unwrap(), size);
            batches.iter().map(|(low, high)| format!("{low}:{high}")).collect::<Vec<_>>().join(",")
        };
        assert_eq!(of("1:4,7,9:12", 3), "10:12,4:9,1:3");
        assert_eq!(of("5:8", 3), "6:8,5:5");
        assert_eq!(of("5:8", 4), "5:8");
        assert_eq!(of("5:8", 0), "");
    }
}
