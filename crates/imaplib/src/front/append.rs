//! APPEND, of one message or of many.

use std::collections::VecDeque;

use imaplib_proto::command;
use imaplib_proto::engine::{EngineError, Ticket, Transmit};
use imaplib_proto::types::{AppendUid, IntoMailboxName};

use super::{Session, Source, maybe_async};
use crate::refusals::can_append;
use crate::{AppendMessage, Error, Result};

#[maybe_async]
impl Session {
    /// Puts a message into a mailbox: APPEND (RFC 9051, section 6.3.12). Tells where it is if the server does.
    ///
    /// If the connection is lost before the answer, it is not known whether the message is there
    /// ([`Error::is_outcome_unknown`]).
    ///
    /// # Errors
    /// If the source ends before its length or cannot be read (the connection is then closed), the server
    /// refuses ([`ResponseCode::TryCreate`]: the mailbox must be made first), or the connection fails.
    pub async fn append<R: Source>(
        &mut self,
        mailbox: impl IntoMailboxName,
        message: AppendMessage<R>,
    ) -> Result<Option<AppendUid>> {
        let mut results = self.append_all(mailbox, [message]).await?;
        results.pop().unwrap_or(Ok(None))
    }

    /// Puts many messages into a mailbox: APPEND for each, without waiting for the answer to the one before where
    /// the server has LITERAL+ or LITERAL-. Gives a result for each message, in order: where it is if the server
    /// tells, or why it was refused.
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
        /// So many are begun at a time; the window holds back large ones.
        const AT_ONCE: usize = 256;
        let mailbox = mailbox.into_mailbox_name()?;
        let connection = &mut self.connection;
        connection.give_up_current();
        let mut messages = messages.into_iter();
        let mut begun: VecDeque<Result<(Ticket<command::Append>, R)>> = VecDeque::new();
        let mut results = Vec::new();
        let mut more = true;
        loop {
            while more && begun.len() < AT_ONCE {
                let Some(message) = messages.next() else {
                    more = false;
                    break;
                };
                let (command, reader) = message.into_command(mailbox.clone());
                let able = can_append(&command, connection.engine.capabilities());
                let ticket = able.and_then(|()| Ok(connection.engine.start(command)?));
                connection.current.extend(ticket.as_ref().ok().map(Ticket::id));
                begun.push_back(ticket.map(|ticket| (ticket, reader)));
            }
            connection.flush().await.map_err(|error| error.after_a_part(!results.is_empty()))?;
            if let Transmit::Stream { command, left } = connection.engine.transmit() {
                let mut owed = begun.iter_mut().filter_map(|begun| begun.as_mut().ok());
                let Some((_, reader)) = owed.find(|(ticket, _)| ticket.id() == command) else {
                    // The message of a call that was dropped is not to be had any more.
                    return Err(connection.engine.close_with(EngineError::TruncatedLiteral).into());
                };
                if let Err(error) = connection.send_from(reader, left).await {
                    // This message is cut, which no server keeps; those before it may be there.
                    let others = connection.engine.unanswered().any(|id| id != command);
                    return Err(error.unanswered(others || !results.is_empty()));
                }
                continue;
            }
            let result = match begun.front() {
                None => return Ok(results),
                Some(Err(_)) => None,
                Some(Ok((ticket, _))) => match connection.engine.take(ticket) {
                    Some(result) => Some(result.map(|reply| reply.value).map_err(Error::from)),
                    None => {
                        let step = connection.step().await;
                        step.map_err(|error| error.after_a_part(!results.is_empty()))?;
                        continue;
                    }
                },
            };
            let result = match (begun.pop_front(), result) {
                (Some(Err(error)), _) => Err(error),
                (_, Some(result)) => result,
                (_, None) => continue,
            };
            match result {
                Err(error) if !error.is_command_level() => {
                    return Err(error.after_a_part(!results.is_empty()));
                }
                result => results.push(result),
            }
        }
    }
}
