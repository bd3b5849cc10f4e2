//! One mailbox: what the server has, what the archive has, and what makes them equal.

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::FetchItem;
use imaplib::types::{Flags, Listing, MailboxStatus, Uid, UidSet};

use super::archive::Archive;
use super::attempts::Attempts;
use super::interrupt::Interrupt;
use super::maildir::{self, Maildir};
use super::plan::{Listed, Plan};
use super::state::{MailboxRow, State};
use super::summary::{Figures, Summary};
use super::transfer::Transfer;
use super::update::{Files, Known};
use super::verify::{self, Depth, Findings};
use crate::args::Backup;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::progress::Progress;
use crate::unreadable::Warnings;

/// What the work on a mailbox needs.
pub(crate) struct Job<'a> {
    pub(crate) archive: &'a mut Archive,
    pub(crate) args: &'a Backup,
    pub(crate) progress: &'a Progress,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) summary: &'a mut Summary,
}

/// The mailbox as the server shows it at the beginning.
#[derive(Debug, Clone, Copy)]
struct Server {
    messages: u64,
    uid_validity: u64,
    uid_next: u64,
    highest_modseq: u64,
}

impl Job<'_> {
    /// Brings the archive up to date. An error tells how many messages had arrived before it.
    pub(crate) fn run(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        status: Option<&MailboxStatus>,
        attempts: &mut Attempts,
    ) -> Result<(), (u64, Failure)> {
        let name = listing.name.to_text();
        let before = self.summary.of(&name).arrived();
        let result = self.synchronise(session, listing, status, attempts);
        result.map_err(|failure| (self.summary.of(&name).arrived() - before, failure))
    }

    fn synchronise(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        status: Option<&MailboxStatus>,
        attempts: &mut Attempts,
    ) -> Result<()> {
        let Some(row) = self.archive.known(&listing.name).cloned() else { return Ok(()) };
        // A new mailbox has no folder yet; one that was there should have it.
        let vanished = row.uid_validity != 0 && !self.archive.has_folder(&row);
        if let Some(server) = status.and_then(from_status)
            && !vanished
            && self.is_unchanged(&row, server)?
        {
            return Ok(());
        }
        let mut mailbox = session.examine(&listing.name).map_err(|error| failure(&error))?;
        let server = from_mailbox(&mailbox)?;
        attempts.opened(server.uid_validity);
        // An attempt that was broken off may have counted some.
        self.summary.of(&listing.name.to_text()).failed = 0;
        if vanished {
            // Noted before the folder is made again: a run that breaks off must not make this forgotten.
            self.archive.unsettle(row.id, row.uid_validity)?;
            self.progress.note(&format!("{}: the folder is missing in the archive", listing.name.to_text()));
        }
        let maildir = self.archive.maildir(&row)?;
        let changed = row.uid_validity != 0 && row.uid_validity != server.uid_validity;
        let mut site = Site { name: listing.name.to_text().into_owned(), row, server, maildir, files: None };
        if changed {
            self.archive.unsettle(site.row.id, server.uid_validity)?;
            let former = self.archive.state.count_former(site.row.id, server.uid_validity)?;
            self.summary.of(&site.name).former = Some(former);
        }
        let found = if site.row.unsettled || changed || vanished || self.args.verify {
            self.look(&mut site)?
        } else {
            Findings::default()
        };
        let missing = found.all();
        let (listed, hidden) = list(&mut mailbox, server, self.interrupt, self.progress)?;
        if hidden > 0 {
            let text = format!("{}: the server does not tell the UIDs of {hidden} of its messages", site.name);
            self.progress.note(&text);
            self.summary.of(&site.name).failed += hidden;
        }
        let mut plan = listed.compare(&self.archive.state, site.row.id, server.uid_validity)?;
        let gone: UidSet = plan.expunged.iter().chain(&plan.kept).filter_map(|uid| Uid::new(*uid)).collect();
        self.tell(&site, &found, &gone);
        for uid in missing.iter().filter(|uid| !gone.contains(*uid)) {
            plan.fetch.insert(uid);
        }
        let to_prune = self.args.prune && !plan.kept.is_empty();
        if plan.is_empty() && !to_prune {
            return self.settle(&site, server.highest_modseq, false);
        }
        if !site.row.unsettled && !changed {
            self.archive.unsettle(site.row.id, server.uid_validity)?;
        }
        self.expunge(&mut site, &plan)?;
        self.set_flags(&mut site, &mut plan)?;
        self.transfer(&mut site, &mut mailbox, &plan, &missing, attempts)?;
        // After a failure the next run must look again, which no HIGHESTMODSEQ may spare it.
        let failed = self.summary.of(&site.name).failed > 0;
        self.settle(&site, if failed { 0 } else { server.highest_modseq }, true)
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

    /// Looks at the folder's files: adopts those that the database does not know, and tells which are not whole.
    fn look(&mut self, site: &mut Site) -> Result<Findings> {
        let explain = |error: std::io::Error| Failure::file("read", site.maildir.path(), &error);
        let maildir::Found { mut files, twins } = site.maildir.messages_and_twins().map_err(explain)?;
        if !twins.is_empty() {
            self.remove_twins(site, &mut files, twins)?;
        }
        let adopted = site.known(&mut self.archive.state).adopt(&files)?;
        self.summary.of(&site.name).adopted += adopted;
        let place = (site.row.id, site.server.uid_validity);
        let depth = if self.args.verify { Depth::Contents } else { Depth::Names };
        let found = verify::examine(&self.archive.state, &site.maildir, place, &files, depth, self.interrupt)?;
        site.files = Some(files);
        Ok(found)
    }

    /// Removes the files that a run had replaced and not yet removed: those beside the one that the database notes.
    fn remove_twins(&self, site: &Site, files: &mut Files, twins: Vec<String>) -> Result<()> {
        for twin in twins {
            let Some(identity) = maildir::identity(&twin) else { continue };
            let Some(noted) = self.archive.state.file(site.row.id, identity.0, identity.1)? else { continue };
            let length_of = |file: &str| {
                let path = site.maildir.current(file);
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
            };
            let length = length_of(&noted);
            // If the one that is noted is not whole, the other is better than nothing.
            if length.is_none() || length != maildir::size_in(&noted) {
                continue;
            }
            let other = files.insert(identity, noted.clone()).filter(|file| *file != noted);
            for file in other.into_iter().chain((twin != noted).then_some(twin)) {
                // One that is whole and another message's is not ours to remove.
                let whole = length_of(&file).is_some() && length_of(&file) == maildir::size_in(&file);
                if whole && length_of(&file) != length {
                    self.progress.note(&format!("{}: {file} is no message of the server's: left alone", site.name));
                    continue;
                }
                let path = site.maildir.current(&file);
                std::fs::remove_file(&path).map_err(|error| Failure::file("remove", &path, &error))?;
            }
        }
        site.maildir.sync().map_err(|error| Failure::file("update", site.maildir.path(), &error))
    }

    /// Tells what is not whole, and whether the server still has it.
    fn tell(&mut self, site: &Site, found: &Findings, gone: &UidSet) {
        for (set, what) in [(&found.missing, "missing"), (&found.damaged, "damaged")] {
            let (lost, live): (Vec<Uid>, Vec<Uid>) = set.iter().partition(|uid| gone.contains(*uid));
            for (uids, fate) in [(live, "fetched again"), (lost, "no longer on the server: lost")] {
                let uids: UidSet = uids.into_iter().collect();
                if !uids.is_empty() {
                    self.progress.note(&format!("{}: {what}, {fate}: UID {uids}", site.name));
                }
            }
        }
        // With --prune these messages are to go anyway.
        let current = if self.args.prune { 0 } else { found.all().iter().filter(|uid| gone.contains(*uid)).count() };
        self.lose(&site.name, current as u64, found.former);
    }

    fn lose(&mut self, name: &str, current: u64, former: u64) {
        if former > 0 {
            let text =
                format!("{name}: {former} messages from before UIDVALIDITY changed are missing or damaged: lost");
            self.progress.note(&text);
        }
        self.summary.of(name).lost = current + former;
    }

    /// Looks at the files of a mailbox that the server no longer has.
    pub(crate) fn verify_gone(&mut self, row: &MailboxRow) -> Result<()> {
        let maildir = self.archive.maildir(row)?;
        let files = maildir.messages().map_err(|error| Failure::file("read", maildir.path(), &error))?;
        let place = (row.id, row.uid_validity);
        let found = verify::examine(&self.archive.state, &maildir, place, &files, Depth::Contents, self.interrupt)?;
        let uids = found.all();
        if !uids.is_empty() {
            self.progress.note(&format!("{}: missing or damaged, and the mailbox is gone: UID {uids}", row.name));
        }
        self.lose(&row.name, uids.len(), found.former);
        Ok(())
    }

    fn expunge(&mut self, site: &mut Site, plan: &Plan) -> Result<()> {
        if self.args.prune {
            let gone: Vec<u32> = plan.expunged.iter().chain(&plan.kept).copied().collect();
            if !gone.is_empty() {
                site.known(&mut self.archive.state).prune(&gone)?;
            }
            self.summary.of(&site.name).pruned += gone.len() as u64;
        } else if !plan.expunged.is_empty() {
            site.known(&mut self.archive.state).set_expunged(&plan.expunged)?;
            self.summary.of(&site.name).expunged += plan.expunged.len() as u64;
        }
        Ok(())
    }

    fn set_flags(&mut self, site: &mut Site, plan: &mut Plan) -> Result<()> {
        let changes: Vec<(u32, Flags)> = std::mem::take(&mut plan.flags);
        let lost = site.known(&mut self.archive.state).set_flags(&changes)?;
        // Files that somebody removed from the archive come again.
        lost.iter().for_each(|uid| plan.fetch.insert(uid));
        self.summary.of(&site.name).flags += (changes.len() as u64).saturating_sub(lost.len());
        Ok(())
    }

    fn transfer(
        &mut self,
        site: &mut Site,
        mailbox: &mut Mailbox<'_>,
        plan: &Plan,
        missing: &UidSet,
        attempts: &mut Attempts,
    ) -> Result<()> {
        if plan.fetch.is_empty() {
            return Ok(());
        }
        self.progress.grow(plan.fetch.len());
        let root = self.archive.root().to_owned();
        let transfer = Transfer {
            name: &site.name,
            state: &mut self.archive.state,
            maildir: &mut site.maildir,
            mailbox: site.row.id,
            uid_validity: site.server.uid_validity,
            // A message that had a checksum keeps one.
            checksums: self.args.checksums || self.args.verify,
            progress: self.progress,
            interrupt: self.interrupt,
            root: &root,
        };
        let (done, result) = transfer.run(mailbox, &plan.fetch, &mut attempts.transfer);
        let figures: &mut Figures = self.summary.of(&site.name);
        let repaired = done.uids.iter().filter(|uid| missing.contains(*uid)).count() as u64;
        figures.repaired += repaired;
        figures.new += done.messages.saturating_sub(repaired);
        figures.octets += done.octets;
        if !done.short.is_empty() {
            let text = format!(
                "{}: stored, but less than half of the size that the server announced: UID {}",
                site.name, done.short
            );
            self.progress.note(&text);
        }
        result?;
        self.remove_stale(site, &done.uids)?;
        let left: UidSet = plan.fetch.iter().filter(|uid| !done.uids.contains(*uid)).collect();
        if left.is_empty() {
            return Ok(());
        }
        // Messages that another program has expunged meanwhile are no failure: those that are listed no more.
        let server = Server { messages: mailbox.exists().into(), ..site.server };
        let (listed, hidden) = list(mailbox, server, self.interrupt, self.progress)?;
        let there = if hidden > 0 { left } else { listed.uids().intersection(&left) };
        if !there.is_empty() {
            let text = format!("{}: the server did not send the messages with the UIDs {there}", site.name);
            self.progress.note(&text);
            self.summary.of(&site.name).failed += there.len();
        }
        Ok(())
    }

    /// Removes a damaged file once the message is there again under another name.
    fn remove_stale(&self, site: &Site, fetched: &UidSet) -> Result<()> {
        let Some(files) = &site.files else { return Ok(()) };
        let mut removed = false;
        for uid in fetched.iter() {
            let Some(old) = files.get(&(site.server.uid_validity, uid.get())) else { continue };
            let new = self.archive.state.file(site.row.id, site.server.uid_validity, uid.get())?;
            let path = site.maildir.current(old);
            if new.as_ref().is_some_and(|new| new != old) && maildir::is_file(&path) {
                std::fs::remove_file(&path).map_err(|error| Failure::file("remove", &path, &error))?;
                removed = true;
            }
        }
        match removed {
            true => site.maildir.sync().map_err(|error| Failure::file("update", site.maildir.path(), &error)),
            false => Ok(()),
        }
    }

    fn settle(&mut self, site: &Site, highest_modseq: u64, was_changed: bool) -> Result<()> {
        let (row, server) = (&site.row, site.server);
        let same = (row.uid_validity, row.uid_next, row.highest_modseq, row.unsettled)
            == (server.uid_validity, server.uid_next, highest_modseq, false);
        if same && !was_changed {
            return Ok(());
        }
        self.archive.state.settle(row.id, server.uid_validity, server.uid_next, highest_modseq)
    }
}

/// A mailbox on both sides.
struct Site {
    name: String,
    row: MailboxRow,
    server: Server,
    maildir: Maildir,
    /// The folder's files, if it was necessary to look at them.
    files: Option<Files>,
}

impl Site {
    fn known<'a>(&'a mut self, state: &'a mut State) -> Known<'a> {
        Known { state, maildir: &mut self.maildir, mailbox: self.row.id, uid_validity: self.server.uid_validity }
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

fn from_mailbox(mailbox: &Mailbox<'_>) -> Result<Server> {
    let protocol = |text| Failure::new(Exit::Protocol, text);
    if !mailbox.view().is_some_and(|view| view.exists_is_known) {
        return Err(protocol("the server does not say how many messages there are"));
    }
    let lasting = mailbox.uid_validity().filter(|_| !mailbox.view().is_some_and(|view| view.uids_not_sticky));
    let Some(uid_validity) = lasting else {
        return Err(protocol("the server gives its messages no numbers that last (UIDVALIDITY)")
            .hint("`imap get` fetches messages without noting which they are"));
    };
    Ok(Server {
        messages: mailbox.exists().into(),
        uid_validity,
        uid_next: mailbox.uid_next().unwrap_or_default(),
        highest_modseq: mailbox.highest_mod_seq().unwrap_or_default(),
    })
}

/// The UIDs and flags of all messages, and how many there are of which the UID cannot be known.
fn list(
    mailbox: &mut Mailbox<'_>,
    server: Server,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<(Listed, u64)> {
    let mut listed = Listed::default();
    if server.messages == 0 && mailbox.exists() == 0 {
        return Ok((listed, 0));
    }
    let mut rows = mailbox.fetch(UidSet::all(), FetchItem::Flags).map_err(|error| failure(&error))?;
    let tell = |text: &str| progress.note(text);
    let mut warnings = Warnings::new(&tell);
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        warnings.look(row.data(), row.notes());
        match (row.uid(), row.flags()) {
            (Some(uid), Some(flags)) => listed.add(uid, flags),
            (Some(uid), None) => listed.add_without_flags(uid),
            // Whichever message this is: the number of messages tells that it is there.
            (None, _) => {}
        }
        interrupt.check()?;
    }
    drop(rows);
    is_still(mailbox, server)?;
    // What is not listed is gone only if the server has said so; some say it no earlier than at the next command.
    let mut hidden = hidden(&mut listed, mailbox, server);
    if hidden > 0 {
        mailbox.noop().map_err(|error| failure(&error))?;
        hidden = self::hidden(&mut listed, mailbox, server);
    }
    if hidden > 0 {
        listed.hides_some();
    }
    Ok((listed, hidden))
}

/// How many messages the server has that it did not list. Those that came since it was asked need not be listed.
fn hidden(listed: &mut Listed, mailbox: &Mailbox<'_>, server: Server) -> u64 {
    server.messages.min(mailbox.exists().into()).saturating_sub(listed.count())
}

/// Makes sure that the mailbox was not made anew since it was opened.
fn is_still(mailbox: &Mailbox<'_>, server: Server) -> Result<()> {
    match mailbox.uid_validity() == Some(server.uid_validity) {
        true => Ok(()),
        false => Err(made_anew()),
    }
}

/// The UIDs of before mean nothing any more.
pub(super) fn made_anew() -> Failure {
    Failure::new(Exit::Temporary, "the server made the mailbox anew while it was read (UIDVALIDITY changed)")
        .hint("run the same command again: what had arrived before is kept")
}
