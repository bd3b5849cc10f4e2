//! Messages from another server, whose mailboxes are opened with EXAMINE and stay as they are.

use std::collections::{HashMap, HashSet};
use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use imaplib::blocking::{Body, Mailbox, Session};
use imaplib::command::{FetchItem, Search};
use imaplib::types::{DateTime, MailboxAttribute, MailboxName, Uid, UidSet};

use crate::error::{ArchiveError, Leaves, MailboxFault, Result};
use crate::index;
use crate::messages::ArchivedMessage;
use crate::restore::contents::{Contents, MAX_HELD};
use crate::restore::ledger_file::CopyLedger;
use crate::restore::origin::{Origin, OriginMailbox};
use crate::source::Source;
use crate::sync::attempts::{End, Link};
use crate::sync::contradictions::{is_of_message, is_whole};
use crate::sync::server_state::Watch;

/// A mailbox of more messages is listed in parts.
const LISTED: u32 = 5_000;

/// An account from which messages are copied.
pub(crate) struct ServerOrigin<'a> {
    source: &'a mut dyn Source,
    session: Option<Session>,
    ledger: &'a CopyLedger,
    longest_pause: Duration,
    names: HashMap<i64, MailboxName>,
    opened: Option<Opened>,
}

/// The mailbox that is read.
struct Opened {
    id: i64,
    uid_validity: u64,
    /// The UIDs of its messages; `None` if they are listed all at once.
    uids: Option<UidSet>,
}

impl<'a> ServerOrigin<'a> {
    pub(crate) fn new(source: &'a mut dyn Source, ledger: &'a CopyLedger, longest_pause: Duration) -> Self {
        Self { source, session: None, ledger, longest_pause, names: HashMap::new(), opened: None }
    }

    /// Runs `work`, again on another connection where one is lost. Its error has how many messages had come.
    fn attempt<T>(
        &mut self,
        watch: Watch<'_>,
        mut work: impl FnMut(&mut Session) -> Result<T, (u64, ArchiveError)>,
    ) -> Result<T> {
        let Watch { observer, cancel } = watch;
        let (source, session) = (&mut *self.source, self.session.take());
        let mut link =
            Link { source, session, observer, cancel, longest_pause: self.longest_pause, is_unopened: false };
        let mut done = None;
        let outcome = link.attempt(|session, attempts| {
            // It is the messages that cost connections here, and each of them is counted by itself.
            attempts.opened(1);
            work(session).map(|value| done = Some(value))
        });
        self.session = link.session;
        outcome.map_err(End::into_error)?;
        done.ok_or(ArchiveError::Cancelled)
    }

    fn name(&self, mailbox: &OriginMailbox) -> Result<MailboxName> {
        self.names.get(&mailbox.id).cloned().ok_or_else(|| ArchiveError::NoMailbox(mailbox.name.clone()))
    }

    /// The messages of these UIDs.
    fn list(&mut self, mailbox: &OriginMailbox, uids: &UidSet, watch: Watch<'_>) -> Result<Vec<ArchivedMessage>> {
        let (name, validity) = (self.name(mailbox)?, mailbox.uid_validity);
        let listed = self.attempt(watch, |session| {
            let mut mailbox = examined(session, &name, Some(validity)).map_err(|error| (0, error))?;
            list(&mut mailbox, uids, validity).map_err(|error| (0, error))
        });
        let mut listed: Vec<ArchivedMessage> = listed?.into_values().collect();
        listed.sort_unstable_by_key(|message| message.uid);
        Ok(listed)
    }
}

impl Origin for ServerOrigin<'_> {
    fn mailboxes(&mut self, watch: Watch<'_>) -> Result<Vec<OriginMailbox>> {
        let list = |session: &mut Session| -> imaplib::Result<_> {
            let listed = session.list("*")?;
            match session.list_subscribed("*") {
                Ok(subscribed) => Ok((listed, subscribed)),
                Err(error) if error.is_command_level() => Ok((listed, Vec::new())),
                Err(error) => Err(error),
            }
        };
        let (listed, subscribed) =
            self.attempt(watch, |session| list(session).map_err(|error| (0, ArchiveError::List(error.into()))))?;
        let subscribed: HashSet<MailboxName> = subscribed.into_iter().map(|listing| listing.name).collect();
        let (mut mailboxes, mut seen) = (Vec::new(), HashSet::new());
        for listing in listed {
            let key = index::key(&listing.name);
            if !listing.is_selectable() || listing.name.is_empty() || !seen.insert(key.clone()) {
                continue;
            }
            let id = self.ledger.mailbox(&key)?;
            mailboxes.push(OriginMailbox {
                id,
                name: listing.name.to_text().into_owned(),
                delimiter: listing.delimiter,
                special_use: listing.attributes.iter().filter(MailboxAttribute::is_special_use).collect(),
                is_subscribed: Some(subscribed.contains(&listing.name)),
                is_gone: false,
                uid_validity: 0,
            });
            self.names.insert(id, listing.name);
        }
        mailboxes.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(mailboxes)
    }

    fn open(&mut self, mailbox: &OriginMailbox, watch: Watch<'_>) -> Result<OriginMailbox> {
        let name = self.name(mailbox)?;
        let open = |session: &mut Session| -> Result<(u64, Option<UidSet>)> {
            let mut mailbox = examined(session, &name, None)?;
            let lasting =
                mailbox.uid_validity().filter(|_| !mailbox.state().is_some_and(|state| state.uids_not_sticky));
            let Some(uid_validity) = lasting else { return Err(ArchiveError::Mailbox(MailboxFault::NoUidValidity)) };
            let uids = match mailbox.exists() {
                0 => Some(UidSet::new()),
                1..=LISTED => None,
                _ => Some(mailbox.search(Search::all())?),
            };
            Ok((uid_validity, uids))
        };
        let (uid_validity, uids) = self.attempt(watch, |session| open(session).map_err(|error| (0, error)))?;
        self.opened = Some(Opened { id: mailbox.id, uid_validity, uids });
        Ok(OriginMailbox { uid_validity, ..mailbox.clone() })
    }

    fn messages(
        &mut self,
        mailbox: &OriginMailbox,
        last: Option<&ArchivedMessage>,
        count: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<ArchivedMessage>> {
        let opened = self.opened.as_ref().filter(|opened| opened.id == mailbox.id);
        let wanted = match opened.map(|opened| (opened.uid_validity, &opened.uids)) {
            Some((validity, _)) if validity != mailbox.uid_validity => {
                return Err(ArchiveError::Mailbox(MailboxFault::Recreated));
            }
            Some((_, Some(uids))) => {
                let behind = uids.iter().filter(|uid| last.is_none_or(|last| uid.get() > last.uid));
                behind.take(count).collect()
            }
            // All at once: there are no others.
            _ if last.is_some() => return Ok(Vec::new()),
            _ => UidSet::all(),
        };
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.list(mailbox, &wanted, watch)
    }

    fn contents(
        &mut self,
        mailbox: &OriginMailbox,
        messages: &[ArchivedMessage],
        watch: Watch<'_>,
    ) -> Result<Vec<Result<Contents>>> {
        let (name, validity) = (self.name(mailbox)?, mailbox.uid_validity);
        let wanted: Vec<Uid> = messages.iter().filter_map(|message| Uid::new(message.uid)).collect();
        let mut came: HashMap<u32, Result<Contents>> = HashMap::new();
        let (mut is_singly, mut losses) = (false, HashMap::<Uid, u32>::new());
        self.attempt(watch, |session| {
            let before = came.len();
            let arrived = |came: &HashMap<u32, Result<Contents>>| (came.len() - before) as u64;
            let mut mailbox = examined(session, &name, Some(validity)).map_err(|error| (0, error))?;
            loop {
                let left = wanted.iter().filter(|uid| !came.contains_key(&uid.get()));
                let part: UidSet = left.take(if is_singly { 1 } else { usize::MAX }).copied().collect();
                let Some(first) = part.first() else { return Ok(()) };
                let failure = match receive(&mut mailbox, &part, &mut came) {
                    Ok(()) => ArchiveError::NotSent,
                    Err(error) => error,
                };
                if part.iter().all(|uid| came.contains_key(&uid.get())) {
                    continue;
                }
                let is_lost = failure.leaves() == Leaves::Archive;
                let lost = losses.entry(first).or_default();
                *lost += u32::from(is_lost && is_singly);
                if is_singly && (!is_lost || *lost > 1) {
                    came.insert(first.get(), Err(failure.clone()));
                }
                is_singly = true;
                if is_lost {
                    return Err((arrived(&came), failure));
                }
            }
        })?;
        Ok(messages.iter().map(|message| came.remove(&message.uid).unwrap_or(Err(ArchiveError::NotSent))).collect())
    }
}

/// The mailbox, opened if it is not; it must have this UIDVALIDITY.
fn examined<'s>(session: &'s mut Session, name: &MailboxName, validity: Option<u64>) -> Result<Mailbox<'s>> {
    let is_open = validity.is_some() && session.mailbox_state().is_some_and(|state| state.name == *name);
    if !is_open {
        session.examine(name)?;
    }
    let mailbox = session.mailbox()?;
    match validity.is_none_or(|validity| mailbox.uid_validity() == Some(validity)) {
        true => Ok(mailbox),
        false => Err(ArchiveError::Mailbox(MailboxFault::Recreated)),
    }
}

fn list(mailbox: &mut Mailbox<'_>, uids: &UidSet, validity: u64) -> Result<HashMap<u32, ArchivedMessage>> {
    let mut listed = HashMap::new();
    let mut rows = mailbox.fetch(uids, [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size])?;
    while let Some(row) = rows.next()? {
        // A row of flags alone is an unsolicited response.
        let Some((uid, size)) = row.uid().zip(row.size()) else { continue };
        if row.mailbox().and_then(|state| state.uid_validity) != Some(validity) {
            return Err(ArchiveError::Mailbox(MailboxFault::Recreated));
        }
        listed.insert(
            uid.get(),
            ArchivedMessage {
                uid: uid.get(),
                uid_validity: validity,
                flags: row.flags().cloned().unwrap_or_default(),
                size,
                internal_date: row.internal_date().map(DateTime::unix_timestamp),
                sha256: None,
                is_gone: false,
                file: PathBuf::new(),
            },
        );
    }
    Ok(listed)
}

/// Receives the texts of messages; those that came whole are kept, also where the rest does not come.
fn receive(mailbox: &mut Mailbox<'_>, uids: &UidSet, came: &mut HashMap<u32, Result<Contents>>) -> Result<()> {
    let mut rows = mailbox.fetch(uids, [FetchItem::Size, FetchItem::message()])?;
    while let Some(mut row) = rows.next()? {
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && !came.contains_key(&uid.get())) else {
            continue;
        };
        let mut text = None;
        while let Some(mut body) = row.next_body()? {
            if text.is_none() && is_whole(&body) {
                text = Some(held(&mut body)?);
            }
        }
        row.finish()?;
        let Some(text) = text else { continue };
        // An empty text of a message that has a size was never its text.
        let is_hollow = text.length() == 0 && row.data().size.is_some_and(|size| size > 0);
        if is_of_message(&row, uid) && !is_hollow {
            came.insert(uid.get(), Ok(text));
        }
    }
    Ok(())
}

/// The text of a message, in a file without a name where it is long.
fn held(body: &mut Body<'_>) -> Result<Contents> {
    if body.length().is_none_or(|length| length <= MAX_HELD) {
        return Ok(Contents::Held(body.to_bytes(MAX_HELD)?.to_vec()));
    }
    let explain = |error| ArchiveError::io("write", Path::new("a temporary file"), error);
    let mut file = tempfile::tempfile().map_err(explain)?;
    let mut length = 0;
    while let Some(chunk) = body.chunk()? {
        std::io::Write::write_all(&mut file, &chunk).map_err(explain)?;
        length += chunk.len() as u64;
    }
    file.seek(SeekFrom::Start(0)).map_err(explain)?;
    Ok(Contents::File(file, length))
}
