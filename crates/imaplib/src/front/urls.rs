//! URLs that give access to messages (RFC 4467), and where else the account is served.

use imaplib_proto::command;
use imaplib_proto::types::{Capability, Comparator, FetchedUrl, ImapString, IntoMailboxName};

use super::{Session, maybe_async};
use crate::Result;

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
