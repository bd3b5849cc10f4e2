//! What the target is like before anything is sent: names, limits, quota; and the mailboxes that are made there.

use std::collections::{HashMap, HashSet};

use imaplib::Ticket;
use imaplib::blocking::Session;
use imaplib::command;
use imaplib::types::{Capability, Listing, MailboxAttribute, MailboxName, MailboxStatus, StatusItem};

use crate::error::{ArchiveError, Leaves, Result};
use crate::index;

/// So many commands are on the way at a time.
const IN_FLIGHT: usize = 64;

/// Room for mail, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// How much is used.
    pub used: u64,
    /// How much may be used.
    pub limit: u64,
}

impl Room {
    /// How much is left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// The target, as it is before anything is sent.
#[derive(Debug, Default)]
pub(crate) struct Target {
    pub(crate) delimiter: Option<char>,
    pub(crate) prefix: String,
    listed: HashMap<Vec<u8>, Option<MailboxStatus>>,
    uses: HashSet<Vec<u8>>,
    pub(crate) append_limit: Option<u64>,
    pub(crate) room: Option<Room>,
    pub(crate) can_set_use: bool,
}

impl Target {
    /// Looks at the account.
    pub(crate) fn look(session: &mut Session) -> Result<Self> {
        let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity];
        let listed: Vec<(Listing, Option<MailboxStatus>)> = match session.list_status("*", &items) {
            Ok(listed) => listed.into_iter().map(|mailbox| (mailbox.listing, mailbox.status)).collect(),
            Err(error) if error.is_command_level() => session
                .list("*")
                .map_err(|error| ArchiveError::List(error.into()))?
                .into_iter()
                .map(|one| (one, None))
                .collect(),
            Err(error) => return Err(ArchiveError::List(error.into())),
        };
        let uses = listed.iter().flat_map(|(listing, _)| listing.attributes.iter());
        let uses = uses.filter(MailboxAttribute::is_special_use).map(|used| used.as_bytes().to_ascii_lowercase());
        let mut target = Self {
            delimiter: listed.iter().find_map(|(listing, _)| listing.delimiter),
            uses: uses.collect(),
            can_set_use: session.capabilities().has(Capability::CreateSpecialUse),
            append_limit: session.capabilities().append_limit(),
            ..Self::default()
        };
        if session.capabilities().supports(Capability::Namespace)
            && let Some(namespaces) = allowed(session.namespace())?
            && let Some(own) = namespaces.personal.first()
        {
            target.prefix = own.prefix.to_text().into_owned();
            target.delimiter = own.delimiter.or(target.delimiter);
        }
        if target.append_limit.is_none()
            && session.capabilities().has_name("APPENDLIMIT")
            && let Some(status) = allowed(session.status("INBOX", &[StatusItem::AppendLimit]))?
        {
            target.append_limit = status.append_limit.flatten();
        }
        if session.capabilities().has(Capability::Quota)
            && let Some(quotas) = allowed(session.get_quota_root("INBOX"))?
        {
            /// The unit of STORAGE (RFC 9208, section 5.1).
            const UNIT: u64 = 1024;
            let resources = quotas.quotas.iter().flat_map(|quota| &quota.resources);
            let storage = resources.filter(|resource| resource.name.as_bytes().eq_ignore_ascii_case(b"STORAGE"));
            let rooms = storage.map(|storage| Room {
                used: storage.usage.saturating_mul(UNIT),
                limit: storage.limit.saturating_mul(UNIT),
            });
            target.room = rooms.min_by_key(Room::left);
        }
        let selectable = listed.into_iter().filter(|(listing, _)| listing.is_selectable());
        target.listed = selectable.map(|(listing, status)| (index::key(&listing.name), status)).collect();
        Ok(target)
    }

    /// Whether there is such a mailbox.
    pub(crate) fn has(&self, name: &MailboxName) -> bool {
        self.listed.contains_key(&index::key(name))
    }

    /// The UIDVALIDITY of a mailbox, if it was listed with it.
    pub(crate) fn uid_validity(&self, name: &MailboxName) -> Option<u64> {
        self.listed.get(&index::key(name))?.as_ref()?.uid_validity
    }

    /// Those of the uses that a new mailbox can be made for.
    pub(crate) fn possible_uses(&self, uses: &[MailboxAttribute]) -> Vec<MailboxAttribute> {
        let is_free = |used: &&MailboxAttribute| !self.uses.contains(&used.as_bytes().to_ascii_lowercase());
        uses.iter().filter(|_| self.can_set_use).filter(is_free).cloned().collect()
    }

    /// Notes that a mailbox is made for these uses.
    pub(crate) fn take_uses(&mut self, uses: &[MailboxAttribute]) {
        self.uses.extend(uses.iter().map(|used| used.as_bytes().to_ascii_lowercase()));
    }
}

/// What the server returned; `None` where it refuses.
fn allowed<T>(result: imaplib::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_command_level() || error.is_unsupported() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A mailbox that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewMailbox {
    pub(crate) name: MailboxName,
    pub(crate) uses: Vec<MailboxAttribute>,
}

/// Makes mailboxes. One that is refused is found out when it is opened: it may be there under this name all the same. Returns
/// those that could not be made for their uses, and why.
pub(crate) fn make(session: &mut Session, mailboxes: &[NewMailbox]) -> Result<Vec<(MailboxName, ArchiveError)>> {
    let mut without_use = Vec::new();
    for new in mailboxes.iter().filter(|new| !new.uses.is_empty()) {
        let special = command::CreateSpecialUse::new(new.name.clone(), new.uses.iter().cloned());
        if let Err(error) = session.run(special) {
            refusal(error).map(|error| without_use.push((new.name.clone(), error)))?;
        }
    }
    let is_refused = |new: &&NewMailbox| new.uses.is_empty() || without_use.iter().any(|(name, _)| *name == new.name);
    let names: Vec<&MailboxName> = mailboxes.iter().filter(is_refused).map(|new| &new.name).collect();
    in_flight(session, &names, |session, name| session.start(command::Create::new(name.clone())), |_, _| {})?;
    Ok(without_use)
}

/// Subscribes to mailboxes; returns those of which it was refused, and why.
pub(crate) fn subscribe(session: &mut Session, names: &[MailboxName]) -> Result<Vec<(MailboxName, ArchiveError)>> {
    let mut refused = Vec::new();
    let names: Vec<&MailboxName> = names.iter().collect();
    in_flight(
        session,
        &names,
        |session, name| session.start(command::Subscribe::new(name.clone())),
        |name, error| {
            refused.push((name.clone(), error));
        },
    )?;
    Ok(refused)
}

/// Runs a command for each mailbox, several on the way at a time.
fn in_flight<C: command::Command<Output = ()>>(
    session: &mut Session,
    names: &[&MailboxName],
    start: impl Fn(&mut Session, &MailboxName) -> imaplib::Result<Ticket<C>>,
    mut refused: impl FnMut(&MailboxName, ArchiveError),
) -> Result<()> {
    for names in names.chunks(IN_FLIGHT) {
        let mut tickets = Vec::new();
        for name in names {
            match start(session, name) {
                Ok(ticket) => tickets.push((*name, ticket)),
                Err(error) => refused(name, refusal(error)?),
            }
        }
        for (name, ticket) in tickets {
            if let Err(error) = session.finish(ticket) {
                refused(name, refusal(error)?);
            }
        }
    }
    Ok(())
}

/// An error that leaves the connection usable; any other one ends what is done on it.
fn refusal(error: imaplib::Error) -> Result<ArchiveError> {
    let error = ArchiveError::from(error);
    if error.leaves() == Leaves::Archive { Err(error) } else { Ok(error) }
}
