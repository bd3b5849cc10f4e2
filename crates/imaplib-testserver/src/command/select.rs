//! SELECT, EXAMINE, CHECK, CLOSE, UNSELECT (RFC 3501 sections 6.3.1, 6.3.2, 6.4.1, 6.4.2; RFC 3691; RFC 7162), and the
//! QRESYNC parameter (RFC 7162 section 3.2.5).

use imaplib_proto::types::{Flag, SeqSet, Uid, UidSet};

use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Mailbox;
use crate::object_id;
use crate::response::{Completion, Handled, Response};
use crate::session::Session;
use crate::store_error::StoreError;
use crate::view::{View, change_row};

const SYSTEM_FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

pub(crate) fn select(session: &mut Session, args: &mut Cursor, examines: bool) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut condstore = false;
    let (mut known, mut id) = (None, None);
    let with_modseq = session.settings.has_condstore();
    let with_ids = session.settings.has("OBJECTID+");
    if args.eat(b' ') {
        let qresync = session.qresync_enabled();
        args.list(|cursor| match cursor.keyword()?.as_str() {
            "CONDSTORE" if with_modseq => {
                condstore = true;
                Ok(())
            }
            "OBJECTID" if with_ids => {
                if cursor.eat(b' ') {
                    id = Some(object_ids(cursor)?);
                }
                Ok(())
            }
            "QRESYNC" if qresync => {
                cursor.space()?;
                known = Some(Known::parse(cursor)?);
                Ok(())
            }
            "QRESYNC" => Err(Syntax::new("QRESYNC is not enabled")),
            other => Err(Syntax::new(format!("unknown parameter {other}"))),
        })?;
    }
    args.end()?;
    let user = session.logged_in()?;
    // A failed SELECT leaves no mailbox selected.
    if session.view.take().is_some() && with_modseq {
        session.say("* OK [CLOSED] the previous mailbox is closed");
    }
    let read_only = examines || session.settings.is_read_only;
    // The name counts where no mailbox has the identifier.
    let by_id = session.store.with(&user, |account| {
        let mut mailboxes = account.mailboxes.iter();
        let named = |id: &String| mailboxes.find(|(_, mailbox)| object_id::of_mailbox(mailbox) == *id);
        Ok::<_, StoreError>(id.as_ref().and_then(named).map(|(name, _)| name.clone()))
    })?;
    let name = by_id.unwrap_or(name);
    let held = session.store.load(&user, &name)?;
    let with_id = session.settings.has("OBJECTID");
    let (view, lines, changes) = session.store.with(&user, |account| {
        let mailbox = account.mailbox_mut(&name)?;
        let view = View::open(mailbox, read_only, held);
        let keywords: String = mailbox.keywords().iter().map(|keyword| format!(" {keyword}")).collect();
        let mut lines = vec![
            format!("* FLAGS ({SYSTEM_FLAGS}{keywords})"),
            if read_only {
                "* OK [PERMANENTFLAGS ()] read-only".to_owned()
            } else {
                format!("* OK [PERMANENTFLAGS ({SYSTEM_FLAGS}{keywords} \\*)] flags that are kept")
            },
            format!("* {} EXISTS", view.entries.len()),
            format!("* {} RECENT", view.recent()),
        ];
        if let Some(unseen) = mailbox.messages.iter().position(|message| !message.flags.contains(&Flag::Seen)) {
            lines.push(format!("* OK [UNSEEN {}] first unseen", unseen + 1));
        }
        lines.push(format!("* OK [UIDVALIDITY {}] UIDs are valid", mailbox.uid_validity));
        lines.push(format!("* OK [UIDNEXT {}] predicted next UID", mailbox.uid_next));
        if with_modseq {
            lines.push(format!("* OK [HIGHESTMODSEQ {}] highest", mailbox.modseq));
        }
        if with_id {
            lines.push(format!("* OK [MAILBOXID ({})] identifier", object_id::of_mailbox(mailbox)));
        }
        if with_ids {
            lines.push(format!("* OK [{}] identifiers", object_id::all_of_mailbox(mailbox)));
        }
        let changes = known.map(|known| known.changes(mailbox, &view)).unwrap_or_default();
        Ok::<_, StoreError>((view, lines, changes))
    })?;
    if condstore {
        session.enable_condstore();
    }
    session.view = Some(view);
    session.contexts.clear();
    for line in lines {
        session.output.push(Response::line(&line));
    }
    for change in changes {
        session.output.push(change);
    }
    Completion::ok(match (read_only, examines) {
        (true, true) => "[READ-ONLY] EXAMINE done",
        (true, false) => "[READ-ONLY] SELECT done",
        (false, _) => "[READ-WRITE] SELECT done",
    })
}

/// Reads `(ACCOUNTID a MAILBOXID m)`; returns the identifier of the mailbox, if it is one of this account.
fn object_ids(args: &mut Cursor) -> Parsed<String> {
    let (mut account, mut mailbox) = (None, None);
    args.list(|cursor| {
        let kind = cursor.keyword()?;
        cursor.space()?;
        let id = String::from_utf8_lossy(&cursor.atom()?).into_owned();
        match kind.as_str() {
            "ACCOUNTID" => account = Some(id),
            "MAILBOXID" => mailbox = Some(id),
            other => return Err(Syntax::new(format!("unknown identifier {other}"))),
        }
        Ok(())
    })?;
    Ok(mailbox.filter(|_| account.as_deref() == Some(object_id::ACCOUNT)).unwrap_or_default())
}

pub(crate) fn check(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|_, _| Ok(()))?;
    Completion::ok("CHECK done")
}

pub(crate) fn close(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|mailbox, view| {
        if !view.read_only {
            mailbox.expunge(|message| message.flags.contains(&Flag::Deleted));
        }
        Ok(())
    })?;
    session.view = None;
    session.store.notify();
    Completion::ok("CLOSE done")
}

pub(crate) fn unselect(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|_, _| Ok(()))?;
    session.view = None;
    Completion::ok("UNSELECT done")
}

/// What the client knows of the mailbox.
#[derive(Debug)]
pub(crate) struct Known {
    uid_validity: u64,
    modseq: u64,
    uids: Option<UidSet>,
    /// Sequence numbers and the UIDs that belong to them.
    sample: Option<(SeqSet, UidSet)>,
}

impl Known {
    /// Reads `(uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)])`.
    pub(crate) fn parse(args: &mut Cursor) -> Parsed<Self> {
        args.need(b'(')?;
        let uid_validity = args.nonzero()?;
        args.space()?;
        let mut known = Self { uid_validity, modseq: args.nonzero()?, uids: None, sample: None };
        let mut more = args.eat(b' ');
        if more && args.peek() != Some(b'(') {
            known.uids = Some(closed_uids(args)?);
            more = args.eat(b' ');
        }
        if more {
            args.need(b'(')?;
            let numbers: SeqSet = args.set_text()?.parse().map_err(|_| invalid())?;
            args.space()?;
            let uids = closed_uids(args)?;
            args.need(b')')?;
            if numbers.is_open() || numbers.len() != uids.len() {
                return Err(invalid());
            }
            known.sample = Some((numbers, uids));
        }
        args.need(b')')?;
        Ok(known)
    }

    /// What has changed since: VANISHED (EARLIER) and a row for each message.
    pub(crate) fn changes(&self, mailbox: &Mailbox, view: &View) -> Vec<Vec<Content>> {
        let mut responses = Vec::new();
        if self.uid_validity != u64::from(mailbox.uid_validity) {
            return responses;
        }
        let uids = match (&self.uids, Uid::new(1), Uid::new(mailbox.uid_next - 1)) {
            (Some(uids), ..) => uids.clone(),
            (None, Some(first), Some(last)) => UidSet::range(first, last),
            _ => return responses,
        };
        let floor = self.last_match(view).map_or(0, Uid::get);
        let doubtful = match Uid::new(floor.saturating_add(1)) {
            Some(start) => uids.intersection(&UidSet::starting_at(start)),
            None => UidSet::new(),
        };
        responses.extend(earlier(&mailbox.vanished(self.modseq, &doubtful)));
        for (place, message) in mailbox.messages.iter().enumerate() {
            if message.modseq > self.modseq && uids.contains(message.uid) {
                let recent = view.entries.get(place).is_some_and(|entry| entry.recent);
                responses.push(change_row(place, message, true, true, Some(recent)).finish());
            }
        }
        responses
    }

    /// The UID of the last sample that is still right: up to it the client knows of everything that was expunged.
    fn last_match(&self, view: &View) -> Option<Uid> {
        let (numbers, uids) = self.sample.as_ref()?;
        let there = |number: u32| view.entries.get(usize::try_from(number).ok()?.checked_sub(1)?);
        numbers
            .iter()
            .zip(uids.iter())
            .map_while(|(number, uid)| there(number.get()).map(|entry| (entry.uid, uid)))
            .filter_map(|(ours, theirs)| (ours == theirs).then_some(ours))
            .last()
    }
}

/// `VANISHED (EARLIER)`, unless there is nothing to report.
pub(crate) fn earlier(uids: &UidSet) -> Option<Vec<Content>> {
    (!uids.is_empty()).then(|| Response::line(&format!("* VANISHED (EARLIER) {uids}")))
}

/// A set of UIDs in which `*` is not allowed.
fn closed_uids(args: &mut Cursor) -> Parsed<UidSet> {
    let uids: UidSet = args.set_text()?.parse().map_err(|_| invalid())?;
    if uids.is_open() { Err(invalid()) } else { Ok(uids) }
}

fn invalid() -> Syntax {
    Syntax::new("not a valid parameter of QRESYNC")
}
