//! Messages that are appended together, put together by the server, or take the place of others; and the URLs that name them.

use std::collections::VecDeque;

use imaplib_proto::client::Error as CoreError;
use imaplib_proto::command::{self, Append, Catenate, Command, FlagChange, MultiAppend, Reply};
use imaplib_proto::engine::{EngineError, Transmit};
use imaplib_proto::types::{
    AppendUid, Capability, Comparator, FetchedUrl, ImapString, IntoMailboxName, Reported, Uid, UidSet,
};

use super::{Connection, Mailbox, Session, Source, maybe_async};
use crate::{AppendMessage, Error, Result};

#[maybe_async]
impl Session {
    /// Puts messages into a mailbox, all or none: one APPEND (RFC 3502). Returns where they are if the server reports it.
    /// For messages of which each has its own result, see [`append_all`](Self::append_all).
    ///
    /// # Errors
    /// As for [`append`](Self::append); if the server has no MULTIAPPEND and there is more than one message
    /// ([`Error::is_unsupported`](crate::Error::is_unsupported)), or there is none.
    pub async fn append_together<R: Source>(
        &mut self,
        mailbox: impl IntoMailboxName,
        messages: impl IntoIterator<Item = AppendMessage<R>>,
    ) -> Result<Reported<AppendUid>> {
        let mailbox = mailbox.into_mailbox_name()?;
        let (commands, sources): (Vec<Append>, VecDeque<R>) =
            messages.into_iter().map(|message| message.into_command(mailbox.clone())).unzip();
        let capabilities = self.capabilities();
        if commands.len() > 1 && !capabilities.has(Capability::MultiAppend) {
            return Err(Error::not_offered(Capability::MultiAppend));
        }
        if commands.iter().any(Append::is_binary) && !capabilities.has(Capability::Binary) {
            return Err(Error::not_offered(Capability::Binary));
        }
        Ok(self.connection.run_with(MultiAppend::new(commands), sources).await?.value)
    }

    /// Puts a message into a mailbox that the server puts together of parts of other messages: CATENATE (RFC 4469). Returns
    /// where it is if the server reports it.
    ///
    /// # Errors
    /// If the server has no CATENATE ([`Error::is_unsupported`](crate::Error::is_unsupported)), a URL leads to nothing
    /// ([`ResponseCode::BadUrl`](crate::types::ResponseCode::BadUrl)), the server refuses, or the connection fails.
    pub async fn catenate(&mut self, message: Catenate) -> Result<Reported<AppendUid>> {
        self.offers(Capability::Catenate)?;
        Ok(self.connection.run(message).await?.value)
    }

    /// Refuses a call whose extension the server does not offer.
    pub(super) fn offers(&self, capability: Capability) -> Result<()> {
        match self.capabilities().supports(capability) {
            true => Ok(()),
            false => Err(Error::not_offered(capability)),
        }
    }
}

#[maybe_async]
impl Mailbox<'_> {
    /// Puts a message into a mailbox in place of one of this mailbox, which is removed: REPLACE (RFC 8508); APPEND, STORE
    /// and UID EXPUNGE where the server has no REPLACE, so that the old message is removed only once the new one is there.
    /// Returns where the new message is if the server reports it.
    ///
    /// # Errors
    /// As for [`Session::append`]; if the server has neither REPLACE nor UIDPLUS, because other messages could be removed
    /// then ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    pub async fn replace<R: Source>(
        &mut self,
        uid: Uid,
        mailbox: impl IntoMailboxName,
        message: AppendMessage<R>,
    ) -> Result<Reported<AppendUid>> {
        let capabilities = self.writable()?.capabilities();
        if capabilities.has(Capability::Replace) {
            let (append, source) = message.into_command(mailbox.into_mailbox_name()?);
            if append.is_binary() && !capabilities.has(Capability::Binary) {
                return Err(Error::not_offered(Capability::Binary));
            }
            let replacing = command::Replace::new(uid, append);
            return Ok(self.session.connection.run_with(replacing, VecDeque::from([source])).await?.value);
        }
        if !capabilities.supports(Capability::UidPlus) {
            return Err(Error::not_offered(Capability::Replace));
        }
        let appended = self.session.append(mailbox, message).await?;
        let partly = |error: Error| error.map(|core: CoreError| core.after_a_part(true));
        let deleted = FlagChange::add(crate::types::Flag::Deleted).silent();
        self.store(uid, deleted).await.map_err(partly)?;
        self.expunge_uids(&UidSet::from(uid)).await.map_err(partly)?;
        Ok(appended)
    }
}

#[maybe_async]
impl Connection {
    /// Runs a command that sends messages, whose bytes come from these sources in order.
    async fn run_with<C: Command, R: Source>(
        &mut self,
        command: C,
        mut sources: VecDeque<R>,
    ) -> Result<Reply<C::Output>> {
        self.give_up_current();
        let ticket = self.engine.start(command)?;
        self.current.push(ticket.id());
        while self.engine.is_pending(ticket.id()) {
            match self.engine.transmit() {
                Transmit::Stream { command, left } if command == ticket.id() => {
                    let Some(source) = sources.front_mut() else {
                        return Err(self.engine.close_with(EngineError::TruncatedLiteral).into());
                    };
                    self.send_from(source, left).await?;
                    // Something stands between any two messages.
                    if !matches!(self.engine.transmit(), Transmit::Stream { .. }) {
                        sources.pop_front();
                    }
                }
                Transmit::Bytes(_) => self.flush().await?,
                _ => drop(self.step().await?),
            }
        }
        self.finish(&ticket).await
    }
}

#[maybe_async]
impl Session {
    /// Signs URLs, so that whom they name can read what they lead to: GENURLAUTH (RFC 4467, section 7). Each ends in
    /// `;URLAUTH=` and who may use it. A signed URL is as good as a password for what it leads to.
    ///
    /// # Errors
    /// If the server has no URLAUTH ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn sign_urls(&mut self, urls: &[&str]) -> Result<Vec<ImapString>> {
        self.offers(Capability::UrlAuth)?;
        Ok(self.run(command::GenUrlAuth::new(urls.iter().copied())).await?.value)
    }

    /// What signed URLs lead to: URLFETCH (RFC 4467, section 7).
    ///
    /// # Errors
    /// If the server has no URLAUTH ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn fetch_urls(&mut self, urls: &[&str]) -> Result<Vec<FetchedUrl>> {
        self.offers(Capability::UrlAuth)?;
        Ok(self.run(command::UrlFetch::new(urls.iter().copied())).await?.value)
    }

    /// Makes the signed URLs of a mailbox invalid: RESETKEY (RFC 4467, section 7).
    ///
    /// # Errors
    /// If the server has no URLAUTH ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn reset_url_key(&mut self, mailbox: impl IntoMailboxName) -> Result<()> {
        self.offers(Capability::UrlAuth)?;
        self.run(command::ResetKey::new(Some(mailbox.into_mailbox_name()?))).await.map(drop)
    }

    /// Chooses the language of the texts for people, the first that the server has: LANGUAGE (RFC 5255). Without one, it
    /// returns those that there are.
    ///
    /// # Errors
    /// If the server has no LANGUAGE ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn language(&mut self, wanted: &[&str]) -> Result<Vec<ImapString>> {
        self.offers(Capability::Language)?;
        Ok(self.run(command::Language::new(wanted.iter().copied())).await?.value)
    }

    /// Chooses how texts are compared, the first that the server has: COMPARATOR (RFC 5255). Without one, it returns which
    /// is used.
    ///
    /// # Errors
    /// If the server has no I18NLEVEL=2 ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the
    /// connection fails.
    pub async fn comparator(&mut self, wanted: &[&str]) -> Result<Comparator> {
        self.offers(Capability::I18nLevel2)?;
        Ok(self.run(command::SetComparator::new(wanted.iter().copied())).await?.value)
    }

    /// The URL where the same account is served by JMAP: GETJMAPACCESS (RFC 9698).
    ///
    /// # Errors
    /// If the server has no JMAPACCESS ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn jmap_access(&mut self) -> Result<ImapString> {
        self.offers(Capability::JmapAccess)?;
        Ok(self.run(command::GetJmapAccess::default()).await?.value)
    }
}
