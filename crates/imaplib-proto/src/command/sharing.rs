//! Rights (ACL, RFC 4314) and quotas (RFC 9208).

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{self, MailboxName, MailboxQuotas, Quota, QuotaRoots, Rights, StatusResponse, Untagged};
use crate::wire::Encoder;

macro_rules! rights_queries {
    ($($(#[$doc:meta])* $name:ident($($argument:ident),*) = $word:literal -> $answer:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                mailbox: MailboxName,
                $($argument: String,)*
                found: Option<types::$answer>,
            }

            impl $name {
                /// Asks about this mailbox.
                #[must_use]
                pub fn new(mailbox: MailboxName $(, $argument: impl Into<String>)*) -> Self {
                    Self { mailbox $(, $argument: $argument.into())*, found: None }
                }
            }

            impl Command for $name {
                type Output = types::$answer;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($word).space().mailbox(&self.mailbox);
                    $(encoder.space().astring(&self.$argument);)*
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
                    match response {
                        Untagged::$answer(found) if self.mailbox.is_answered_by(&found.mailbox) => {
                            self.found = Some(found);
                            None
                        }
                        other => Some(other),
                    }
                }

                fn finish(self, _completion: &StatusResponse) -> Result<types::$answer, Incomplete> {
                    self.found.ok_or(Incomplete(concat!("the server said OK to ", $word, " but sent no answer")))
                }
            }
        )*
    };
}

rights_queries! {
    /// GETACL: who may do what with a mailbox (RFC 4314, section 3.3).
    GetAcl() = "GETACL" -> Acl;
    /// LISTRIGHTS: which rights can be given to the identifier (RFC 4314, section 3.4).
    ListRights(identifier) = "LISTRIGHTS" -> ListRights;
    /// MYRIGHTS: what the user may do with a mailbox (RFC 4314, section 3.5).
    MyRights() = "MYRIGHTS" -> MyRights;
}

/// How SETACL changes the rights of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AclChange {
    /// It has these rights and no others.
    Replace,
    /// It gets these rights besides those that it has.
    Add,
    /// It loses these rights.
    Remove,
}

/// SETACL: changes the rights of an identifier (RFC 4314, section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAcl {
    mailbox: MailboxName,
    identifier: String,
    change: AclChange,
    rights: Rights,
}

impl SetAcl {
    /// Changes the rights of `identifier`, such as a user name or `anyone`.
    #[must_use]
    pub fn new(mailbox: MailboxName, identifier: impl Into<String>, change: AclChange, rights: Rights) -> Self {
        Self { mailbox, identifier: identifier.into(), change, rights }
    }
}

impl Command for SetAcl {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        let sign = match self.change {
            AclChange::Replace => "",
            AclChange::Add => "+",
            AclChange::Remove => "-",
        };
        encoder.raw("SETACL ").mailbox(&self.mailbox).space().astring(&self.identifier).space();
        encoder.astring(format!("{sign}{}", self.rights));
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

/// DELETEACL: forgets an identifier (RFC 4314, section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteAcl {
    mailbox: MailboxName,
    identifier: String,
}

impl DeleteAcl {
    /// Removes the entry of `identifier`.
    #[must_use]
    pub fn new(mailbox: MailboxName, identifier: impl Into<String>) -> Self {
        Self { mailbox, identifier: identifier.into() }
    }
}

impl Command for DeleteAcl {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("DELETEACL ").mailbox(&self.mailbox).space().astring(&self.identifier);
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

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
