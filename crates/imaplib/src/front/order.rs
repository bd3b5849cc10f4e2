//! Messages in order: SORT and THREAD, and what replaces them.

use imaplib_proto::client;
use imaplib_proto::command::{self, Matches, Search, SearchReturn, SortBy, ThreadAlgorithm};
use imaplib_proto::types::{ExtendedSearch, Threads, Uid};

use super::{Mailbox, maybe_async};
use crate::{Error, Result};

#[maybe_async]
impl Mailbox<'_> {
    /// The messages that meet the conditions, sorted: UID SORT (RFC 5256). Where the server names none, it is searched: if there
    /// are some, its answer was wrong.
    ///
    /// With the feature `mime`, a server without SORT is searched, and what the keys need of the messages found (ENVELOPE,
    /// INTERNALDATE, RFC822.SIZE) is fetched and sorted by the same rules, in at most 48 MiB of memory and for about a
    /// million messages. With `DisplayFrom` and `DisplayTo` this is done where the server has no SORT=DISPLAY.
    ///
    /// # Errors
    /// If the server has no SORT and the feature is missing ([`Error::is_unsupported`]), or the messages are too many to be
    /// sorted here ([`Error::is_limit`]); if the server refuses, its answer is not all readable, or the connection fails. If
    /// it refuses to send some of the messages, the error names them ([`Error::messages_refused`]), and
    /// [`sort_lossy`](Self::sort_lossy) sorts the others.
    pub async fn sort(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
    ) -> Result<Vec<Uid>> {
        all_of(self.sort_lossy(order, conditions).await?)
    }

    /// The same, but with those messages of an answer that can be read where others cannot, and those that the server sends
    /// where it refuses others: [`Matches::is_complete`] returns whether they are all, and [`Matches::refused`] which are
    /// missing.
    ///
    /// # Errors
    /// As for [`sort`](Self::sort), but only if no answer is readable and no message can be had.
    pub async fn sort_lossy(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
    ) -> Result<Matches<Vec<Uid>>> {
        let order: Vec<SortBy> = order.into_iter().map(Into::into).collect();
        let capabilities = self.session.capabilities();
        match client::missing_to_sort(&order, capabilities) {
            None => {
                let sorting = client::ServerOrder::sort(self.selection, order, conditions);
                self.session.connection.drive(sorting).await
            }
            #[cfg(feature = "mime")]
            Some(_) => {
                let sorting = client::SortMessages::new(self.selection, order, conditions, capabilities);
                self.session.connection.drive(sorting).await
            }
            #[cfg(not(feature = "mime"))]
            Some(missing) => Err(Error::not_offered(missing)),
        }
    }

    /// What is wanted of a sorted result: the first, the last, how many, all in order, or some by their places: UID SORT
    /// with return options (RFC 5267). [`ExtendedSearch::in_order`] returns the messages one by one.
    ///
    /// # Errors
    /// If the server has no ESORT, or not what one of the options needs ([`Error::is_unsupported`]); if it refuses, or the
    /// connection fails.
    pub async fn sort_return(
        &mut self,
        order: impl IntoIterator<Item = impl Into<SortBy>>,
        conditions: Search,
        wanted: &[SearchReturn],
    ) -> Result<ExtendedSearch> {
        let session = self.selected()?;
        if let Some(missing) = client::missing_for_sort(wanted, session.capabilities()) {
            return Err(Error::not_offered(missing));
        }
        let order: Vec<SortBy> = order.into_iter().map(Into::into).collect();
        Ok(session.run(command::UidSortReturn::new(order, conditions, wanted)).await?.value)
    }

    /// The messages that meet the conditions, in threads; the numbers are UIDs: UID THREAD (RFC 5256). Where the server
    /// names none, it is searched: if there are some, its answer was wrong.
    ///
    /// With the feature `mime`, on a server that does not list the algorithm the threads are found here by the same rules:
    /// it is searched, and ENVELOPE, INTERNALDATE and the field References of the messages found are fetched. They may be
    /// 250,000.
    ///
    /// # Errors
    /// If the server does not list the algorithm and the feature is missing ([`Error::is_unsupported`]), or the messages are
    /// too many ([`Error::is_limit`]); if the server refuses, or the connection fails. If it refuses to send some of the
    /// messages, the error names them ([`Error::messages_refused`]), and [`thread_lossy`](Self::thread_lossy) returns the
    /// others.
    pub async fn thread(&mut self, algorithm: ThreadAlgorithm, conditions: Search) -> Result<Threads> {
        all_of(self.thread_lossy(algorithm, conditions).await?)
    }

    /// The same, but without the messages that the server refuses to send, which are [`Matches::refused`].
    ///
    /// # Errors
    /// As for [`thread`](Self::thread), but only if no message can be had.
    pub async fn thread_lossy(&mut self, algorithm: ThreadAlgorithm, conditions: Search) -> Result<Matches<Threads>> {
        let capabilities = self.session.capabilities();
        match capabilities.has_name(algorithm.capability()) {
            true => {
                let threading = client::ServerOrder::thread(self.selection, algorithm, conditions);
                Ok(self.session.connection.drive(threading).await?.into())
            }
            #[cfg(feature = "mime")]
            false => {
                let threading = client::ThreadMessages::new(self.selection, algorithm, conditions, capabilities);
                self.session.connection.drive(threading).await
            }
            #[cfg(not(feature = "mime"))]
            false => Err(client::Error::unsupported(algorithm.capability()).into()),
        }
    }
}

/// The messages, if they are all.
fn all_of<T>(found: Matches<T>) -> Result<T> {
    match found.refusal() {
        Some(status) => Err(client::Error::refused_messages(status.clone(), found.refused).into()),
        None => found.complete().map_err(Error::from),
    }
}
