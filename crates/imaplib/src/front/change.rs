//! Changes to messages: APPEND, STORE, COPY, MOVE and EXPUNGE.

use std::collections::VecDeque;

use imaplib_proto::client::{
    Advance, AppendMessages, CopyMessages, ExpungeUids, MoveMessages, Moved, Procedure, StoreMessages,
};
use imaplib_proto::command::{self, FlagChange, LabelChange, MessageSet, StoreOutcome};
use imaplib_proto::engine::EngineError;
use imaplib_proto::types::{AppendUid, Capability, CopyUid, IntoMailboxName, MailboxName, Reported, UidSet};

use super::{Mailbox, Session, Source, maybe_async, now};
use crate::{AppendMessage, Error, Result};

#[maybe_async]
impl Session {
    /// Puts a message into a mailbox: APPEND (RFC 9051, section 6.3.12). Returns where it is if the
    /// server reports it.
    ///
    /// If the connection is lost before the answer, it is not known whether the message is there
    /// ([`Error::is_outcome_unknown`]).
    ///
    /// # Errors
    /// If the source ends before its length or cannot be read (the connection is then closed), the server
    /// refuses ([`ResponseCode::TryCreate`](crate::types::ResponseCode::TryCreate): the mailbox must be created first), or the connection fails.
    pub async fn append<R: Source>(
        &mut self,
        mailbox: impl IntoMailboxName,
        message: AppendMessage<R>,
    ) -> Result<Reported<AppendUid>> {
        let mut results = self.append_all(mailbox, [message]).await?;
        results.pop().unwrap_or(Ok(Reported::Nothing))
    }

    /// Puts many messages into a mailbox: APPEND for each, without waiting for the answer to the one before where
    /// the server has LITERAL+ or LITERAL-. Returns a result for each message, in order: where it is if the server
    /// reports it, or why it was refused.
    ///
    /// If the connection is lost, it is not known which of the messages are there ([`Error::is_outcome_unknown`]).
    ///
    /// # Errors
    /// If a source ends before its length or cannot be read (the connection is then closed), or the connection
    /// fails. A message that cannot be sent, because of its flags or for want of BINARY, has an error of its own.
    pub async fn append_all<R: Source>(
        &mut self,
        mailbox: impl IntoMailboxName,
        messages: impl IntoIterator<Item = AppendMessage<R>>,
    ) -> Result<Vec<Result<Reported<AppendUid>>>> {
        let mut results = Vec::new();
        self.append_each(mailbox, messages, |result| results.push(result)).await?;
        Ok(results)
    }

    /// As [`append_all`](Self::append_all), and `each` receives the result of each message as soon as it is known, in order: where
    /// the connection is lost, it has received those of all messages that were answered.
    ///
    /// # Errors
    /// As for `append_all`. The messages without a result were not answered.
    pub async fn append_each<R: Source>(
        &mut self,
        mailbox: impl IntoMailboxName,
        messages: impl IntoIterator<Item = AppendMessage<R>>,
        mut each: impl FnMut(Result<Reported<AppendUid>>),
    ) -> Result<()> {
        let mut appending = AppendMessages::new();
        let mailbox = mailbox.into_mailbox_name()?;
        let outcome = self.advance_appending(&mut appending, &mailbox, messages.into_iter(), &mut each).await;
        if outcome.is_err() {
            appending.collect_answered(&mut self.connection.engine);
            appending.take_results().into_iter().for_each(|result| each(result.map_err(Error::from)));
        }
        outcome
    }

    async fn advance_appending<R: Source>(
        &mut self,
        appending: &mut AppendMessages,
        mailbox: &MailboxName,
        mut messages: impl Iterator<Item = AppendMessage<R>>,
        each: &mut impl FnMut(Result<Reported<AppendUid>>),
    ) -> Result<()> {
        let connection = &mut self.connection;
        connection.give_up_current();
        let mut sources: VecDeque<(u64, R)> = VecDeque::new();
        loop {
            let advance = appending.advance(&mut connection.engine, now());
            appending.take_results().into_iter().for_each(|result| each(result.map_err(Error::from)));
            let sent = match advance? {
                Advance::Done(results) => {
                    results.into_iter().for_each(|result| each(result.map_err(Error::from)));
                    return Ok(());
                }
                Advance::NeedMessage => {
                    let Some(message) = messages.next() else {
                        appending.end();
                        continue;
                    };
                    let (command, source) = message.into_command(mailbox.clone());
                    if let Some(id) = appending.push(&mut connection.engine, command) {
                        connection.current.push(id);
                        sources.push_back((id, source));
                    }
                    continue;
                }
                Advance::NeedSource { command, left } => {
                    // They are sent in order: those before are complete.
                    while sources.front().is_some_and(|(id, _)| *id < command) {
                        sources.pop_front();
                    }
                    let Some((_, source)) = sources.front_mut().filter(|(id, _)| *id == command) else {
                        // The message of a call that was dropped cannot be read any more.
                        return Err(connection.engine.close_with(EngineError::TruncatedLiteral).into());
                    };
                    let sent = connection.send_from(source, left).await;
                    sent.map_err(|error| error.map(|core| appending.source_failed(&connection.engine, command, core)))?;
                    continue;
                }
                need => connection.satisfy(need).await,
            };
            sent.map_err(|error| error.map(|core| appending.interrupted(&mut connection.engine, core)))?;
        }
    }
}

#[maybe_async]
impl Mailbox<'_> {
    /// Changes flags: STORE (RFC 9051, section 6.4.6). Returns the messages with the flags that they have now.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`](crate::Error::is_read_only)), a flag cannot be set by a client, the server
    /// refuses, or the connection fails. The rows that had come before are with the error:
    /// [`Error::partial_rows`](crate::Error::partial_rows).
    pub async fn store(&mut self, messages: impl Into<MessageSet>, change: FlagChange) -> Result<StoreOutcome> {
        let storing = StoreMessages::new(self.selection, &messages.into(), &change);
        self.session.connection.drive(storing).await
    }

    /// As [`store`](Self::store), of those of the messages that nobody changed after this modification sequence: STORE with
    /// UNCHANGEDSINCE (RFC 7162, section 3.1.3). The others are in [`StoreOutcome::modified`], and stay as they are.
    ///
    /// # Errors
    /// As for `store`, and if the server has no CONDSTORE ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    pub async fn store_unchanged_since(
        &mut self,
        messages: impl Into<MessageSet>,
        change: FlagChange,
        mod_seq: u64,
    ) -> Result<StoreOutcome> {
        let (messages, capabilities) = (messages.into(), self.session.capabilities());
        let storing = StoreMessages::unchanged_since(self.selection, &messages, &change, mod_seq, capabilities)?;
        self.session.connection.drive(storing).await
    }

    /// Writes an annotation of messages, such as `/comment` with `value.priv`; `None` removes an attribute: STORE ANNOTATION
    /// (RFC 5257, section 4.3).
    ///
    /// # Errors
    /// If the server has no ANNOTATE-EXPERIMENT-1 ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the
    /// connection fails.
    pub async fn annotate(
        &mut self,
        messages: impl Into<MessageSet>,
        entry: &str,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<()> {
        let session = self.writable()?;
        session.offers(Capability::Annotate)?;
        let attributes = attributes.iter().map(|(name, value)| (*name, value.map(str::to_owned)));
        session.run(command::StoreAnnotation::new(messages, entry, attributes)).await.map(drop)
    }

    /// Changes the labels of messages: STORE X-GM-LABELS (Gmail).
    ///
    /// # Errors
    /// If the server has no X-GM-EXT-1 ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn store_labels(
        &mut self,
        messages: impl Into<MessageSet>,
        change: LabelChange,
        labels: &[&str],
    ) -> Result<()> {
        let session = self.writable()?;
        session.offers(Capability::GmailExt1)?;
        let mut names = Vec::new();
        for label in labels {
            names.push(label.into_mailbox_name()?);
        }
        session.run(command::StoreLabels::new(messages, change, names)).await.map(drop)
    }

    /// Copies messages into another mailbox: COPY (RFC 9051, section 6.4.7). Returns where the copies are if the
    /// server reports it, and in such a way that it can be read.
    ///
    /// # Errors
    /// If the server refuses ([`ResponseCode::TryCreate`](crate::types::ResponseCode::TryCreate): the target must be created first), or the connection
    /// fails.
    pub async fn copy(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Reported<CopyUid>> {
        let target = target.into_mailbox_name()?;
        let copying = CopyMessages::new(self.selection, messages.into(), target);
        self.session.connection.drive(copying).await
    }

    /// Moves messages into another mailbox: MOVE (RFC 9051, section 6.4.8), or COPY, STORE and UID EXPUNGE
    /// where the server has no MOVE. Returns which messages were moved and where they are now, if the server reports it: those
    /// that it does not name are still here. [`CopyUid::among`] bounds what it names by what was asked for. Messages that are
    /// still here although the server accepted the command are in [`Moved::stayed`].
    ///
    /// # Errors
    /// If the server has neither MOVE nor UIDPLUS ([`Error::is_unsupported`](crate::Error::is_unsupported)), because other messages could be
    /// removed then; if it refuses, or the connection fails. [`Error::partial_copy`](crate::Error::partial_copy) has what was
    /// reported before. On a server without MOVE, a report that contradicts itself or cannot be read is an error, too, and
    /// nothing is removed.
    pub async fn move_messages(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Moved> {
        let target = target.into_mailbox_name()?;
        let moving = MoveMessages::new(self.selection, messages.into(), target);
        self.session.connection.drive(moving).await
    }

    /// Removes all messages with `\Deleted`, whoever set it: EXPUNGE (RFC 9051, section 6.4.3). Returns how
    /// many messages were removed; which ones is among the events.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`](crate::Error::is_read_only)), the server refuses, or the connection fails.
    pub async fn expunge(&mut self) -> Result<u32> {
        Ok(self.writable()?.run(command::Expunge::default()).await?.value)
    }

    /// Removes those of the messages that have `\Deleted`: UID EXPUNGE (RFC 4315, section 2.1). Returns how
    /// many messages were removed; which ones is among the events.
    ///
    /// # Errors
    /// If the server has no UIDPLUS ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection fails.
    pub async fn expunge_uids(&mut self, uids: &UidSet) -> Result<u32> {
        let expunging = ExpungeUids::new(self.selection, uids, self.session.capabilities())?;
        self.session.connection.drive(expunging).await
    }
}
