//! Messages that the archive has already, in another mailbox or from before: the server's own identifiers name them, and
//! nothing of them is fetched.
//!
//! An identifier alone proves little: date and size must be the same, and the file must be as it was written. What a sender
//! can write into a message, such as its Message-ID, is never asked.

use std::fs::{self, File};
use std::path::Path;

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{Capability, Fetch, Flags, Uid, UidSet};

use crate::error::{ArchiveError, Leaves, Result};
use crate::index::MessageRow;
use crate::index::copies::Twin;
use crate::isolation::without;
use crate::maildir::{self, Maildir};
use crate::sync::install::{Installed, Installer, MESSAGES, Pending};
use crate::sync::mailbox::{Job, MailboxSync};
use crate::sync::plan::{Plan, UNKNOWN_FLAGS, canonical};
use crate::sync::server_id::ServerId;
use crate::sync::transfer::set_date;
use crate::verify;

impl Job<'_> {
    /// How this server names contents, if it does: asked of one message, once in a run.
    pub(crate) fn server_id(&mut self, mailbox: &mut Mailbox<'_>, of: &UidSet) -> Result<Option<ServerId>> {
        if let Some(known) = self.report.server_id {
            return Ok(known);
        }
        let session = mailbox.session();
        let has = |capability| session.capabilities().has(capability);
        let candidate = match () {
            () if has(Capability::GmailExt1) => Some(ServerId::Gmail),
            () if has(Capability::ObjectId) => Some(ServerId::Email),
            () if session.profile().has_guid => Some(ServerId::Guid),
            () => None,
        };
        let (Some(candidate), Some(first)) = (candidate, of.first()) else {
            self.report.server_id = candidate.is_none().then_some(None);
            return Ok(None);
        };
        let mut answer = None;
        let alone = UidSet::range(first, first);
        let result = each_row(mailbox, &alone, vec![candidate.item()], |_, row| answer = candidate.read(row));
        let known = match result {
            Ok(()) => answer.map(|_| candidate),
            Err(error) => {
                self.ask_no_more_of(error)?;
                None
            }
        };
        self.report.server_id = Some(known);
        Ok(known)
    }

    /// Without identifiers all messages are fetched, one of which may have cost the connection with this question: it is not
    /// asked again in this run.
    fn ask_no_more_of(&mut self, error: ArchiveError) -> Result<()> {
        self.report.server_id = Some(None);
        match error.leaves() {
            Leaves::Archive => Err(error),
            _ => Ok(()),
        }
    }

    /// Links the files of those messages of the plan that the archive has already; these need not be fetched.
    pub(crate) fn link_known(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        plan: &mut Plan,
    ) -> Result<()> {
        let mut new = UidSet::new();
        for uid in without(&plan.fetch, &plan.aside).iter() {
            if self.archive.index.stored(site.row.id, site.server.uid_validity, uid.get())?.is_none() {
                new.insert(uid);
            }
        }
        let Some(id) = self.server_id(mailbox, &new)? else { return Ok(()) };
        // In a first run another round trip for each mailbox costs more than it spares, but for Gmail, where a message is in several.
        let is_worth_it = id == ServerId::Gmail || !self.archive.is_new();
        if new.is_empty() || !is_worth_it || !self.archive.index.has_server_ids()? {
            return Ok(());
        }
        let uids: Vec<Uid> = new.iter().collect();
        for part in uids.chunks(MESSAGES) {
            self.cancel.check()?;
            let wanted: UidSet = part.iter().copied().collect();
            let mut found = Vec::new();
            let items = vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, id.item()];
            let result = each_row(mailbox, &wanted, items, |uid, row| found.extend(Known::of(uid, row, id)));
            if let Err(error) = result {
                return self.ask_no_more_of(error);
            }
            let linked = self.link(site, found)?;
            self.report.of(&site.name).linked += linked.len();
            plan.fetch = without(&plan.fetch, &linked);
        }
        Ok(())
    }

    fn link(&mut self, site: &mut MailboxSync, found: Vec<Known>) -> Result<UidSet> {
        let (mut batch, mut installed) = (Vec::new(), Installed::default());
        for known in found {
            let twins = self.archive.index.called(&known.server_id, known.announced, known.date)?;
            let temporary = site.maildir.temporary(site.server.uid_validity, known.uid.get());
            let Some(twin) = twins.into_iter().find(|twin| second(self.archive.root(), twin, &temporary, known.date))
            else {
                continue;
            };
            let info = site.maildir.info(&known.flags);
            let info = info.map_err(|error| ArchiveError::io("note the keywords in", site.maildir.path(), error));
            let message = (site.server.uid_validity, known.uid.get());
            let info = site.stuck.note(site.server.uid_validity, message, info)?;
            // Its flags come again in the next run.
            let flags = if info.is_some() { canonical(&known.flags) } else { UNKNOWN_FLAGS.to_owned() };
            let info = info.unwrap_or_default();
            let row = MessageRow {
                uid: known.uid.get(),
                file: maildir::file_name(known.date, message.0, message.1, twin.size, &info),
                flags,
                size: twin.size,
                announced: Some(known.announced),
                is_short: false,
                internal_date: Some(known.date),
                zone: known.zone,
                server_id: Some(known.server_id),
                sha256: Some(twin.sha256),
            };
            batch.push(Pending { temporary, row, is_linked: true });
        }
        if !batch.is_empty() {
            let root = self.archive.root().to_owned();
            let (folder, fresh) = (site.maildir.path().to_owned(), site.maildir.is_fresh());
            let (mailbox, uid_validity) = (site.row.id, site.server.uid_validity);
            let index = &mut self.archive.index;
            let mut installer = Installer { index, mailbox, uid_validity, root: &root, folder, fresh };
            installer.install(&batch, &mut installed)?;
        }
        Ok(installed.uids)
    }
}

/// What the server reports of a message that the archive may have.
struct Known {
    uid: Uid,
    flags: Flags,
    date: i64,
    zone: Option<i16>,
    announced: u64,
    server_id: String,
}

impl Known {
    fn of(uid: Uid, row: &Fetch, id: ServerId) -> Option<Self> {
        let moment = row.internal_date?;
        let date = moment.unix_timestamp();
        let (flags, server_id) = (row.flags.clone()?, id.read(row)?);
        (date > 0).then_some(Self { uid, flags, date, zone: Some(moment.offset()), announced: row.size?, server_id })
    }
}

fn each_row(
    mailbox: &mut Mailbox<'_>,
    wanted: &UidSet,
    items: Vec<FetchItem>,
    mut each: impl FnMut(Uid, &Fetch),
) -> Result<()> {
    let mut rows = mailbox.fetch(wanted, items)?;
    let mut seen = UidSet::new();
    while let Some(mut row) = rows.next()? {
        row.finish()?;
        // A message of which two rows come is fetched.
        if let Some(uid) = row.uid().filter(|uid| wanted.contains(*uid) && !seen.contains(*uid)) {
            seen.insert(uid);
            each(uid, row.data());
        }
    }
    Ok(())
}

/// Makes a second name for the file of a message, or a copy where that is not possible; returns whether it could. A file
/// that is not as it was written is left alone.
fn second(root: &Path, twin: &Twin, to: &Path, date: i64) -> bool {
    let from = Maildir::as_it_is(root, &twin.dir).place(&twin.file);
    if !verify::is_whole(&from, Some(twin.size), Some(&twin.sha256)).unwrap_or(false) {
        return false;
    }
    let _ = fs::remove_file(to);
    fs::hard_link(&from, to).is_ok()
        || fs::copy(&from, to).is_ok_and(|copied| {
            File::options().append(true).open(to).iter().for_each(|file| set_date(file, date));
            copied == twin.size
        })
}
