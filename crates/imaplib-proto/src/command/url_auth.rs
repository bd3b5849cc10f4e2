//! URLs that give access to messages: GENURLAUTH, RESETKEY, URLFETCH (RFC 4467, RFC 5524).

use super::{Command, Conduct, Incomplete, Tag};
use crate::parse::rare;
use crate::types::{FetchedUrl, ImapString, MailboxName, StatusResponse, Untagged};
use crate::wire::Encoder;

/// GENURLAUTH: signs URLs, so that whom they name can read what they lead to: only for servers with URLAUTH (RFC 4467,
/// section 7).
///
/// A signed URL is as good as a password for what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenUrlAuth {
    urls: Vec<String>,
    found: Option<Vec<ImapString>>,
}

impl GenUrlAuth {
    /// Signs these URLs, which end in `;URLAUTH=` and who may use them, with the mechanism INTERNAL:
    /// `imap://alice@example.org/INBOX/;UID=1;URLAUTH=anonymous`.
    #[must_use]
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { urls: urls.into_iter().map(Into::into).collect(), found: None }
    }
}

impl Command for GenUrlAuth {
    /// The signed URLs, in order.
    type Output = Vec<ImapString>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("GENURLAUTH");
        if self.urls.is_empty() {
            encoder.refuse("list of URLs (it is empty)", "");
        }
        for url in &self.urls {
            encoder.space().string(url).raw(" INTERNAL");
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("GENURLAUTH")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match rare::signed_urls(&response) {
            Some(found) => {
                self.found = Some(found);
                None
            }
            None => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<ImapString>, Incomplete> {
        let found = self.found.filter(|found| found.len() == self.urls.len());
        found.ok_or(Incomplete(
            "the server said OK to GENURLAUTH but sent no URL for each of those that were to be signed",
        ))
    }
}

/// RESETKEY: makes the signed URLs of a mailbox, or of all mailboxes, invalid: only for servers with URLAUTH (RFC 4467,
/// section 7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResetKey {
    mailbox: Option<MailboxName>,
}

impl ResetKey {
    /// Those of this mailbox; of all mailboxes without one.
    #[must_use]
    pub fn new(mailbox: Option<MailboxName>) -> Self {
        Self { mailbox }
    }
}

impl Command for ResetKey {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("RESETKEY");
        if let Some(mailbox) = &self.mailbox {
            encoder.space().mailbox(mailbox);
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

/// URLFETCH: what signed URLs lead to: only for servers with URLAUTH (RFC 4467, section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlFetch {
    urls: Vec<String>,
    binary: bool,
    found: Vec<FetchedUrl>,
}

impl UrlFetch {
    /// What these URLs lead to.
    #[must_use]
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { urls: urls.into_iter().map(Into::into).collect(), binary: false, found: Vec::new() }
    }

    /// Without its transfer encoding: only for servers with URLAUTH=BINARY (RFC 5524).
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.binary = true;
        self
    }
}

impl Command for UrlFetch {
    /// What the server sent for each URL.
    type Output = Vec<FetchedUrl>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("URLFETCH");
        if self.urls.is_empty() {
            encoder.refuse("list of URLs (it is empty)", "");
        }
        for url in &self.urls {
            match self.binary {
                true => encoder.raw(" (").string(url).raw(" BINARY)"),
                false => encoder.space().string(url),
            };
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("URLFETCH")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match rare::fetched_urls(&response) {
            Some(found) => {
                self.found.extend(found);
                None
            }
            None => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<FetchedUrl>, Incomplete> {
        match self.found.is_empty() {
            true => Err(Incomplete("the server said OK to URLFETCH but sent no readable URLFETCH response")),
            false => Ok(self.found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;

    #[test]
    fn urls_are_quoted() {
        let url = "imap://a@b/INBOX/;UID=1;URLAUTH=anonymous";
        assert_eq!(sent(&GenUrlAuth::new([url])).unwrap(), format!("GENURLAUTH \"{url}\" INTERNAL"));
        assert_eq!(sent(&UrlFetch::new(["a", "b"])).unwrap(), r#"URLFETCH "a" "b""#);
        assert_eq!(sent(&UrlFetch::new(["a"]).binary()).unwrap(), r#"URLFETCH ("a" BINARY)"#);
        assert_eq!(sent(&ResetKey::new(None)).unwrap(), "RESETKEY");
        assert_eq!(sent(&ResetKey::new(Some(MailboxName::inbox()))).unwrap(), "RESETKEY INBOX");
        assert!(sent(&UrlFetch::new(Vec::<String>::new())).is_err());
    }
}
