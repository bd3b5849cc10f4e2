//! APPEND, of one message or of many.

use std::collections::VecDeque;

use imaplib_proto::client::{Advance, AppendMessages, Procedure};
use imaplib_proto::engine::EngineError;
use imaplib_proto::types::{AppendUid, IntoMailboxName};

use super::{Session, Source, maybe_async, now};
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
    ) -> Result<Option<AppendUid>> {
        let mut results = self.append_all(mailbox, [message]).await?;
        results.pop().unwrap_or(Ok(None))
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
    ) -> Result<Vec<Result<Option<AppendUid>>>> {
        let mailbox = mailbox.into_mailbox_name()?;
        let connection = &mut self.connection;
        connection.give_up_current();
        let mut messages = messages.into_iter();
        let mut sources: VecDeque<(u64, R)> = VecDeque::new();
        let mut appending = AppendMessages::new();
        loop {
            let sent = match appending.advance(&mut connection.engine, now())? {
                Advance::Done(results) => {
                    return Ok(results.into_iter().map(|result| result.map_err(Error::from)).collect());
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
