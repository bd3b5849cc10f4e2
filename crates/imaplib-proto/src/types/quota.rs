//! Quotas (RFC 9208).

use super::{ImapString, MailboxName};

/// The limits of a quota root: the answer to GETQUOTA (RFC 9208, section 4.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// The name of the quota root; may be empty.
    pub root: ImapString,
    /// What is limited.
    pub resources: Vec<QuotaResource>,
}

impl Quota {
    /// The limits of a quota root.
    #[must_use]
    pub fn new(root: ImapString, resources: Vec<QuotaResource>) -> Self {
        Self { root, resources }
    }
}

/// One limited resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaResource {
    /// Its name: `STORAGE` in units of 1024 bytes, `MESSAGE`, `MAILBOX`, …
    pub name: ImapString,
    /// How much is used.
    pub usage: u64,
    /// How much may be used.
    pub limit: u64,
}

/// Which quota roots a mailbox belongs to: the answer to GETQUOTAROOT (RFC 9208, section 4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaRoots {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The names of the roots.
    pub roots: Vec<ImapString>,
}

impl QuotaRoots {
    /// The quota roots of a mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, roots: Vec<ImapString>) -> Self {
        Self { mailbox, roots }
    }
}

/// The quota roots of a mailbox and their limits: what GETQUOTAROOT returns (RFC 9208, section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxQuotas {
    /// The roots.
    pub roots: QuotaRoots,
    /// The limits of each root. Roots without a limit may be missing.
    pub quotas: Vec<Quota>,
}

impl MailboxQuotas {
    pub(crate) fn new(roots: QuotaRoots, quotas: Vec<Quota>) -> Self {
        Self { roots, quotas }
    }
}
