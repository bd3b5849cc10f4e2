//! One mailbox: what the server has, what the archive has, and what makes them equal.

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::{FetchItem, Search};
use imaplib::types::{Flags, Listing, MailboxStatus, UidSet};

use super::archive::Archive;
use super::maildir::Maildir;
use super::plan::{Listed, Plan};
use super::state::MailboxRow;
use super::summary::{Figures, Summary};
use super::transfer::Transfer;
use super::update::{Files, Known};
use crate::args::Backup;
use crate::exit::{Failure, Result};
use crate::failure::failure;
use crate::output::progress::Progress;

/// What the work on a mailbox needs.
pub(crate) struct Job<'a> {
    pub(crate) archive: &'a mut Archive,
    pub(crate) args: &'a Backup,
    pub(crate) progress: &'a Progress,
    pub(crate) summary: &'a mut Summary,
}

/// The mailbox as the server shows it at the beginning.
#[derive(Debug, Clone, Copy)]
struct Server {
    messages: u64,
    uid_validity: u32,
    uid_next: u32,
    highest_modseq: u64,
}

impl Job<'_> {
    /// Brings the archive up to date. An error tells how many messages had arrived before it.
    pub(crate) fn run(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        status: Option<&MailboxStatus>,
    ) -> Result<(), (u64, Failure)> {
        let name = listing.name.to_text();
        let before = self.summary.of(&name).new;
        let result = self.synchronise(session, listing, status);
        result.map_err(|failure| (self.summary.of(&name).new - before, failure))
    }

    fn synchronise(&mut self, session: &mut Session, listing: &Listing, status: Option<&MailboxStatus>) -> Result<()> {
        let name = listing.name.to_text().into_owned();
        let row = self.archive.mailbox(&listing.name, listing.delimiter)?;
        if let Some(server) = status.and_then(from_status) {
            if self.is_unchanged(&row, server)? {
                return Ok(());
            }
        }
        let mut mailbox = session.examine(&listing.name).map_err(|error| failure(&error))?;
        let server = from_mailbox(&mailbox);
        let mut maildir = self.archive.maildir(&row)?;
        let changed = row.uid_validity != 0 && row.uid_validity != server.uid_validity;
        let must_look = row.unsettled || changed || self.args.verify;
        if changed {
            self.archive.state.unsettle(row.id, server.uid_validity)?;
            let former = self.archive.state.count_former(row.id, server.uid_validity)?;
            self.summary.of(&name).former = Some(former);
        }
        let files = must_look
            .then(|| maildir.messages())
            .transpose()
            .map_err(|error| Failure::file("read", maildir.path(), &error))?;
        let mut missing = UidSet::new();
        let verify = self.args.verify;
        if let Some(files) = &files {
            let mut known = self.known(&mut maildir, &row, server);
            let adopted = known.adopt(files)?;
            if verify {
                missing = known.missing(files)?;
            }
            self.summary.of(&name).adopted += adopted;
        }
        let listed = list(&mut mailbox, server)?;
        let mut plan = listed.compare(&self.archive.state, row.id, server.uid_validity)?;
        let gone: UidSet =
            plan.expunged.iter().chain(&plan.kept).filter_map(|uid| imaplib::types::Uid::new(*uid)).collect();
        for uid in missing.iter().filter(|uid| !gone.contains(*uid)) {
            plan.fetch.insert(uid);
        }
        if plan.is_empty() && !(self.args.prune && !plan.kept.is_empty()) {
            return self.settle(&row, server, false);
        }
        self.archive.state.unsettle(row.id, server.uid_validity)?;
        self.expunge(&name, &mut maildir, &row, server, &plan)?;
        self.set_flags(&name, &mut maildir, &row, server, &mut plan)?;
        self.transfer(&name, &mut maildir, &row, server, &mut mailbox, &plan, files.as_ref())?;
        if self.summary.of(&name).failed > 0 {
            // Without a HIGHESTMODSEQ the next run looks again.
            return self.settle(&row, Server { highest_modseq: 0, ..server }, true);
        }
        self.settle(&row, server, true)
    }

    /// True if HIGHESTMODSEQ and the numbers prove that nothing has happened since the last complete run.
    fn is_unchanged(&self, row: &MailboxRow, server: Server) -> Result<bool> {
        let same = !row.unsettled
            && row.highest_modseq != 0
            && (row.uid_validity, row.uid_next, row.highest_modseq)
                == (server.uid_validity, server.uid_next, server.highest_modseq)
            && !self.args.verify
            && !self.args.prune;
        Ok(same && self.archive.state.count(row.id, row.uid_validity)? == server.messages)
    }

    fn known<'a>(&'a mut self, maildir: &'a mut Maildir, row: &MailboxRow, server: Server) -> Known<'a> {
        Known { state: &mut self.archive.state, maildir, mailbox: row.id, uid_validity: server.uid_validity }
    }

    fn expunge(
        &mut self,
        name: &str,
        maildir: &mut Maildir,
        row: &MailboxRow,
        server: Server,
        plan: &Plan,
    ) -> Result<()> {
        if self.args.prune {
            let gone: Vec<u32> = plan.expunged.iter().chain(&plan.kept).copied().collect();
            if !gone.is_empty() {
                self.known(maildir, row, server).prune(&gone)?;
            }
            self.summary.of(name).pruned += gone.len() as u64;
        } else if !plan.expunged.is_empty() {
            self.known(maildir, row, server).set_expunged(&plan.expunged)?;
            self.summary.of(name).expunged += plan.expunged.len() as u64;
        }
        Ok(())
    }

    fn set_flags(
        &mut self,
        name: &str,
        maildir: &mut Maildir,
        row: &MailboxRow,
        server: Server,
        plan: &mut Plan,
    ) -> Result<()> {
        let changes: Vec<(u32, Flags)> = std::mem::take(&mut plan.flags);
        let lost = self.known(maildir, row, server).set_flags(&changes)?;
        // Files that somebody removed from the archive come again.
        lost.iter().for_each(|uid| plan.fetch.insert(uid));
        self.summary.of(name).flags += (changes.len() as u64).saturating_sub(lost.len());
        Ok(())
    }

    fn transfer(
        &mut self,
        name: &str,
        maildir: &mut Maildir,
        row: &MailboxRow,
        server: Server,
        mailbox: &mut Mailbox<'_>,
        plan: &Plan,
        files: Option<&Files>,
    ) -> Result<()> {
        if plan.fetch.is_empty() {
            return Ok(());
        }
        self.progress.grow(plan.fetch.len());
        let transfer = Transfer {
            state: &mut self.archive.state,
            maildir,
            mailbox: row.id,
            uid_validity: server.uid_validity,
            checksums: self.args.checksums,
            progress: self.progress,
        };
        let (done, result) = transfer.run(mailbox, &plan.fetch);
        let figures: &mut Figures = self.summary.of(name);
        figures.new += done.messages;
        figures.octets += done.octets;
        result?;
        self.remove_stale(maildir, row, server, files, &done.uids)?;
        let left: UidSet = plan.fetch.iter().filter(|uid| !done.uids.contains(*uid)).collect();
        if left.is_empty() {
            return Ok(());
        }
        // Messages that another program has expunged meanwhile are no failure.
        let there = mailbox.search(Search::new().uids(left)).map_err(|error| failure(&error))?;
        if !there.is_empty() {
            self.progress.note(&format!("{name}: the server did not send the messages with the UIDs {there}"));
            self.summary.of(name).failed += there.len();
        }
        Ok(())
    }

    /// Removes a damaged file once the message is there again under another name.
    fn remove_stale(
        &self,
        maildir: &Maildir,
        row: &MailboxRow,
        server: Server,
        files: Option<&Files>,
        fetched: &UidSet,
    ) -> Result<()> {
        let Some(files) = files else { return Ok(()) };
        for uid in fetched.iter() {
            let Some(old) = files.get(&(server.uid_validity, uid.get())) else { continue };
            let new = self.archive.state.file(row.id, server.uid_validity, uid.get())?;
            if new.as_ref().is_some_and(|new| new != old) {
                let path = maildir.current(old);
                std::fs::remove_file(&path).map_err(|error| Failure::file("remove", &path, &error))?;
            }
        }
        Ok(())
    }

    fn settle(&mut self, row: &MailboxRow, server: Server, was_changed: bool) -> Result<()> {
        let now = MailboxRow {
            uid_validity: server.uid_validity,
            uid_next: server.uid_next,
            highest_modseq: server.highest_modseq,
            unsettled: false,
            ..row.clone()
        };
        if now == *row && !was_changed {
            return Ok(());
        }
        self.archive.state.settle(row.id, server.uid_validity, server.uid_next, server.highest_modseq)
    }
}

fn from_status(status: &MailboxStatus) -> Option<Server> {
    Some(Server {
        messages: status.messages?,
        uid_validity: status.uid_validity?,
        uid_next: status.uid_next?,
        highest_modseq: status.highest_mod_seq?,
    })
}

fn from_mailbox(mailbox: &Mailbox<'_>) -> Server {
    Server {
        messages: mailbox.exists().into(),
        uid_validity: mailbox.uid_validity().unwrap_or_default(),
        uid_next: mailbox.uid_next().unwrap_or_default(),
        highest_modseq: mailbox.highest_mod_seq().unwrap_or_default(),
    }
}

/// The UIDs and flags of all messages.
fn list(mailbox: &mut Mailbox<'_>, server: Server) -> Result<Listed> {
    let mut listed = Listed::default();
    if server.messages == 0 {
        return Ok(listed);
    }
    let mut rows = mailbox.fetch(UidSet::all(), FetchItem::Flags).map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        if let (Some(uid), Some(flags)) = (row.uid(), row.flags()) {
            listed.add(uid, flags);
        }
    }
    Ok(listed)
}
