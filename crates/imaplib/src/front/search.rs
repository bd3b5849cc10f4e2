//! Which messages: SEARCH.

use imaplib_proto::client::{self, LiveSearch, SearchMessages};
use imaplib_proto::command::{self, Incomplete, Matches, Search, SearchReturn, SortBy};
use imaplib_proto::types::{Capability, ExtendedSearch, SeqSet, Uid, UidSet};

use super::{Mailbox, maybe_async};
use crate::{Error, Result};

/// Why a result cannot be followed.
const NO_TAG: &str =
    "the server's answer to SEARCH does not name the command, or has too many messages to keep in order";

#[maybe_async]
impl Mailbox<'_> {
    /// The unique identifiers of the messages that meet the conditions: UID SEARCH (RFC 9051, section 6.4.4).
    ///
    /// # Errors
    /// If the conditions cannot be sent, the server refuses, its answer is not all readable, or the connection fails.
    pub async fn search(&mut self, conditions: Search) -> Result<UidSet> {
        self.search_lossy(conditions).await?.complete().map_err(Error::from)
    }

    /// The same, but with those messages of an answer that can be read where others cannot:
    /// [`Matches::is_complete`] returns whether they are all.
    ///
    /// # Errors
    /// If the conditions cannot be sent, the server refuses, no answer is readable, or the connection fails.
    pub async fn search_lossy(&mut self, conditions: Search) -> Result<Matches<UidSet>> {
        let searching = SearchMessages::uids(self.selection, conditions, self.session.capabilities());
        self.session.connection.drive(searching).await
    }

    /// The sequence numbers of the messages that meet the conditions: SEARCH (RFC 9051, section 6.4.4).
    ///
    /// # Errors
    /// If the conditions cannot be sent, the server refuses, its answer is not all readable, or the connection fails.
    pub async fn search_seq(&mut self, conditions: Search) -> Result<SeqSet> {
        let searching = SearchMessages::sequence_numbers(self.selection, conditions, self.session.capabilities());
        self.session.connection.drive(searching).await?.complete().map_err(Error::from)
    }

    /// What is wanted of the result of a search: the lowest, the highest, how many, all; or keeps the result for the
    /// next commands, which then take [`MessageSet::SavedSearch`](crate::command::MessageSet::SavedSearch) (RFC 9051, section
    /// 6.4.4).
    ///
    /// # Errors
    /// If the server has no ESEARCH, or no SEARCHRES where the result is to be kept ([`Error::is_unsupported`]);
    /// if it refuses, or the connection fails.
    pub async fn search_return(&mut self, conditions: Search, wanted: &[SearchReturn]) -> Result<ExtendedSearch> {
        let capabilities = self.session.capabilities();
        let searching = SearchMessages::returning(self.selection, conditions, wanted, capabilities)?;
        self.session.connection.drive(searching).await
    }

    /// The messages that meet the conditions, and whatever changes in that from now on: UID SEARCH with UPDATE (RFC 5267).
    /// The changes are among the [events](super::Session::next_event), also while [`idle`](Self::idle) waits: pass each of them to
    /// [`LiveSearch::follow`]. They end when the mailbox is left, with [`cancel_updates`](Self::cancel_updates), or where the
    /// server abandons them.
    ///
    /// # Errors
    /// If the server has no CONTEXT=SEARCH ([`Error::is_unsupported`]) or refuses, or the connection fails.
    pub async fn live_search(&mut self, conditions: Search) -> Result<LiveSearch> {
        let found = self.search_return(conditions, &[SearchReturn::All, SearchReturn::Update]).await?;
        LiveSearch::of(&found, false).ok_or_else(|| Error::from(Incomplete(NO_TAG)))
    }

    /// The same, sorted: UID SORT with UPDATE (RFC 5267). [`LiveSearch::in_order`] returns the messages.
    ///
    /// # Errors
    /// If the server has no ESORT and CONTEXT=SORT ([`Error::is_unsupported`]) or refuses, there are more than a million
    /// messages, or the connection fails.
    pub async fn live_sort(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
    ) -> Result<LiveSearch> {
        let found = self.sort_return(order, conditions, &[SearchReturn::All, SearchReturn::Update]).await?;
        LiveSearch::of(&found, true).ok_or_else(|| Error::from(Incomplete(NO_TAG)))
    }

    /// Ends the updates of a search: CANCELUPDATE (RFC 5267).
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn cancel_updates(&mut self, search: LiveSearch) -> Result<()> {
        self.selected()?.run(command::CancelUpdate::new([search.tag().clone()])).await.map(drop)
    }

    /// The messages of the mailbox in ranges of UIDs that hold `size` messages each, the newest first: UIDBATCHES (RFC
    /// 10022), or a search for all messages where the server has it not.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn uid_batches(&mut self, size: u32) -> Result<Vec<(Uid, Uid)>> {
        if self.selected()?.capabilities().has(Capability::UidBatches) {
            return Ok(self.session.run(command::UidBatches::new(size)).await?.value);
        }
        Ok(client::batches(&self.search(Search::all()).await?, size))
    }
}
