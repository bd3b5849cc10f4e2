//! Quotas: GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208).

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{MailboxName, MailboxQuotas, Quota, QuotaRoots, StatusResponse, Untagged};
use crate::wire::Encoder;

macro_rules! root_commands {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) = $word:literal, $write:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                root: String,
                $($argument: $type,)*
                found: Option<Quota>,
            }

            impl $name {
                /// The command about the quota root of this name.
                #[must_use]
                pub fn new(root: impl Into<String> $(, $argument: $type)*) -> Self {
                    Self { root: root.into() $(, $argument)*, found: None }
                }
            }

            impl Command for $name {
                /// The limits as they are now; `None` if the server does not tell.
                type Output = Option<Quota>;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($word).space().astring(&self.root);
                    let write: fn(&Self, &mut Encoder) = $write;
                    write(self, encoder);
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        Untagged::Quota(quota) if quota.root == self.root.as_str() => {
                            self.found = Some(quota);
                            None
                        }
                        other => Some(other),
                    }
                }

                fn finish(self, _completion: &StatusResponse) -> Result<Option<Quota>, Incomplete> {
                    Ok(self.found)
                }
            }
        )*
    };
}

root_commands! {
    /// GETQUOTA: the limits of a quota root (RFC 9208, section 4.1.1).
    GetQuota() = "GETQUOTA", |_, _| {};
    /// SETQUOTA: sets the limits of a quota root, by the name of the resource (RFC 9208, section 4.1.3).
    SetQuota(limits: Vec<(String, u64)>) = "SETQUOTA", |command, encoder| {
        encoder.space().list(&command.limits, |encoder, (name, limit)| encoder.atom(name).space().display(limit));
    };
}

/// GETQUOTAROOT: the quota roots of a mailbox, and their limits (RFC 9208, section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetQuotaRoot {
    mailbox: MailboxName,
    roots: Option<QuotaRoots>,
    quotas: Vec<Quota>,
}

impl GetQuotaRoot {
    /// Asks about this mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName) -> Self {
        Self { mailbox, roots: None, quotas: Vec::new() }
    }
}

impl Command for GetQuotaRoot {
    type Output = MailboxQuotas;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("GETQUOTAROOT ").mailbox(&self.mailbox);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("GETQUOTAROOT")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::QuotaRoots(roots) if self.mailbox.is_answered_by(&roots.mailbox) => self.roots = Some(roots),
            Untagged::Quota(quota) => self.quotas.push(quota),
            other => return Some(other),
        }
        None
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        let roots =
            self.roots.ok_or(Incomplete("the server said OK to GETQUOTAROOT but sent no QUOTAROOT response"))?;
        Ok(MailboxQuotas::new(roots, self.quotas))
    }
}
