//! Which messages: SEARCH, SORT and THREAD.

use imaplib_proto::client;
use imaplib_proto::command::{self, Command, Matches, Search, SearchReturn, SortBy, ThreadAlgorithm};
use imaplib_proto::types::{Capability, ExtendedSearch, ResponseCode, SeqSet, Threads, Uid, UidSet};

use super::{Mailbox, maybe_async};
use crate::{Error, Result};

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
    /// [`Matches::is_complete`] says whether they are all.
    ///
    /// # Errors
    /// If the conditions cannot be sent, the server refuses, no answer is readable, or the connection fails.
    pub async fn search_lossy(&mut self, conditions: Search) -> Result<Matches<UidSet>> {
        let command = command::UidSearch::new(conditions);
        let command = if self.has_esearch() { command.extended() } else { command };
        self.run_search(command.clone(), command.without_charset()).await
    }

    /// The sequence numbers of the messages that meet the conditions: SEARCH (RFC 9051, section 6.4.4).
    ///
    /// # Errors
    /// If the conditions cannot be sent, the server refuses, its answer is not all readable, or the connection fails.
    pub async fn search_seq(&mut self, conditions: Search) -> Result<SeqSet> {
        let command = command::SeqSearch::new(conditions);
        let command = if self.has_esearch() { command.extended() } else { command };
        let found = self.run_search(command.clone(), command.without_charset()).await?;
        found.complete().map_err(Error::from)
    }

    /// What is wanted of the result of a search: the lowest, the highest, how many, all; or keeps the result for the
    /// next commands, which then take [`MessageSet::SavedSearch`] (RFC 9051, section 6.4.4).
    ///
    /// # Errors
    /// If the server has no ESEARCH, or no SEARCHRES where the result is to be kept ([`Error::is_unsupported`]);
    /// if it refuses, or the connection fails.
    pub async fn search_return(&mut self, conditions: Search, wanted: &[SearchReturn]) -> Result<ExtendedSearch> {
        let capabilities = self.session.capabilities();
        let rev2 = capabilities.has(Capability::Imap4Rev2);
        if !self.has_esearch() {
            return Err(Error::not_offered(Capability::ESearch));
        }
        if wanted.contains(&SearchReturn::Save) && !rev2 && !capabilities.has(Capability::SearchRes) {
            return Err(Error::not_offered(Capability::SearchRes));
        }
        let command = command::UidSearchReturn::new(conditions, wanted);
        self.run_search(command.clone(), command.without_charset()).await
    }

    /// Runs a search; where the server does not know UTF-8 by name, once more without the name.
    async fn run_search<C: Command>(&mut self, command: C, without_charset: C) -> Result<C::Output> {
        let refused = match self.selected()?.run(command).await {
            Err(error) if matches!(error.code(), Some(ResponseCode::BadCharset(_))) => error,
            result => return Ok(result?.value),
        };
        match self.selected()?.run(without_charset).await {
            Err(error) if error.is_no() || error.is_bad() => Err(refused),
            result => Ok(result?.value),
        }
    }

    /// The messages that meet the conditions, sorted: UID SORT (RFC 5256).
    ///
    /// # Errors
    /// If the server has no SORT ([`Error::is_unsupported`]) or refuses, its answer is not all readable, or the
    /// connection fails.
    pub async fn sort(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
    ) -> Result<Vec<Uid>> {
        self.sort_lossy(order, conditions).await?.complete().map_err(Error::from)
    }

    /// The same, but with those messages of an answer that can be read where others cannot:
    /// [`Matches::is_complete`] says whether they are all.
    ///
    /// # Errors
    /// If the server has no SORT ([`Error::is_unsupported`]) or refuses, no answer is readable, or the connection
    /// fails.
    pub async fn sort_lossy(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
    ) -> Result<Matches<Vec<Uid>>> {
        if !self.session.capabilities().has(Capability::Sort) {
            return Err(Error::not_offered(Capability::Sort));
        }
        let order: Vec<SortBy> = order.into_iter().map(Into::into).collect();
        Ok(self.selected()?.run(command::UidSort::new(order, conditions)).await?.value)
    }

    /// The messages that meet the conditions, in threads; the numbers are UIDs: UID THREAD (RFC 5256).
    ///
    /// # Errors
    /// If the server does not list the algorithm ([`Error::is_unsupported`]), refuses, or the connection fails.
    pub async fn thread(&mut self, algorithm: ThreadAlgorithm, conditions: Search) -> Result<Threads> {
        if !self.session.capabilities().has_name(algorithm.capability()) {
            return Err(client::Error::unsupported(algorithm.capability()).into());
        }
        Ok(self.selected()?.run(command::UidThread::new(algorithm, conditions)).await?.value)
    }

    fn has_esearch(&self) -> bool {
        let capabilities = self.session.capabilities();
        capabilities.has(Capability::ESearch) || capabilities.has(Capability::Imap4Rev2)
    }
}
