//! URLs of messages (RFC 5092), and what the server sends for them.

use std::fmt;

use bytes::Bytes;

use super::{ImapString, MailboxName, Uid};

/// The URL of a message or of a part of one, relative to the server: for CATENATE (RFC 4469) and URLAUTH (RFC 4467).
///
/// ```
/// use imaplib_proto::types::{MailboxName, MessageUrl, Uid};
/// let url = MessageUrl::new(&MailboxName::new("Entwürfe")?, Uid::MIN).section("1.2").uid_validity(7);
/// assert_eq!(url.to_string(), "/Entw%C3%BCrfe;UIDVALIDITY=7/;UID=1/;SECTION=1.2");
/// assert!(url.partial(0, Some(1024)).to_string().ends_with("/;SECTION=1.2/;PARTIAL=0.1024"));
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageUrl {
    mailbox: String,
    uid: Uid,
    uid_validity: Option<u64>,
    section: Option<String>,
    partial: Option<(u64, Option<u64>)>,
}

impl MessageUrl {
    /// The message with this UID.
    #[must_use]
    pub fn new(mailbox: &MailboxName, uid: Uid) -> Self {
        Self { mailbox: mailbox.to_string(), uid, uid_validity: None, section: None, partial: None }
    }

    /// Only while the mailbox has this UIDVALIDITY.
    #[must_use]
    pub fn uid_validity(mut self, uid_validity: u64) -> Self {
        self.uid_validity = Some(uid_validity);
        self
    }

    /// Only this section of the message, such as `HEADER` or `1.2`.
    #[must_use]
    pub fn section(mut self, section: impl Into<String>) -> Self {
        self.section = Some(section.into());
        self
    }

    /// Only so many of its bytes from this one on, the first of which is 0; all that follow without a `length`: only for
    /// servers with URL-PARTIAL (RFC 5550).
    #[must_use]
    pub fn partial(mut self, offset: u64, length: Option<u64>) -> Self {
        self.partial = Some((offset, length));
        self
    }
}

impl fmt::Display for MessageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", Encoded(&self.mailbox))?;
        if let Some(uid_validity) = self.uid_validity {
            write!(f, ";UIDVALIDITY={uid_validity}")?;
        }
        write!(f, "/;UID={}", self.uid)?;
        if let Some(section) = &self.section {
            write!(f, "/;SECTION={}", Encoded(section))?;
        }
        match self.partial {
            Some((offset, Some(length))) => write!(f, "/;PARTIAL={offset}.{length}"),
            Some((offset, None)) => write!(f, "/;PARTIAL={offset}"),
            None => Ok(()),
        }
    }
}

/// Text as it stands in a URL (RFC 5092, `bchar`).
struct Encoded<'a>(&'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte.is_ascii_alphanumeric() || b"-._~!$'()*+,&=:@/".contains(&byte) {
                true => write!(f, "{}", char::from(byte))?,
                false => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

/// What a signed URL leads to: the answer to URLFETCH (RFC 4467, section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchedUrl {
    /// The URL.
    pub url: ImapString,
    /// The bytes; `None` if the URL leads to nothing, or the server does not accept it.
    pub body: Option<Bytes>,
}

/// How texts are compared: the answer to COMPARATOR (RFC 5255, section 4.8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparator {
    /// The comparator that is used.
    pub active: ImapString,
    /// Those that were asked for and that the server has.
    pub matching: Vec<ImapString>,
}
