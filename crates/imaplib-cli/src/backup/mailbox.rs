//! One mailbox: what the server has, what the archive has, and what makes them equal.

use imaplib::blocking::{Mailbox, Session};
use imaplib::types::{Capability, Listing, MailboxStatus};

use super::archive::{Archive, now};
use super::attempts::Attempts;
use super::interrupt::Interrupt;
use super::listing::{self, Server, Watch};
use super::maildir::Maildir;
use super::state::{self, MailboxRow, State};
use super::summary::Summary;
use super::survey::Doubt;
use super::update::{Files, Known};
use super::verify::Findings;
use crate::args::Backup;
use crate::exit::{Cause, Exit, Failure, Result};
use crate::failure::failure;
use crate::output::progress::Progress;

/// What the work on a mailbox needs.
pub(crate) struct Job<'a> {
    pub(crate) archive: &'a mut Archive,
    pub(crate) args: &'a Backup,
    pub(crate) progress: &'a Progress,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) summary: &'a mut Summary,
}

/// How long what proves that nothing has happened is believed, and how long a mailbox counts as one in which mail arrives.
const MONTH: i64 = 30 * 24 * 60 * 60;

pub(super) const DAY: i64 = 24 * 60 * 60;

/// What servers announce that keep an index of each mailbox, and in it the UIDs that they give. The others may forget the UIDs
/// of a session that did not SELECT: see `docs/design.md`.
const INDEXED: [Capability; 4] =
    [Capability::CondStore, Capability::ListStatus, Capability::ObjectId, Capability::Imap4Rev2];

/// So many of the newest messages show whether a mailbox is what it was.
const PROBE: u32 = 8;

/// A mailbox whose UIDVALIDITY is new in more runs than these in succession has none.
const MAX_RENEWALS: u32 = 3;

/// How far what STATUS says is believed, where it is as it was.
enum Standing {
    /// Nothing has happened.
    Unchanged,
    /// Unless the newest messages are others.
    Probe,
    /// It is time to look at everything.
    Look,
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
        result.map_err(|failure| (self.summary.of(&name).arrived().saturating_sub(before), failure))
    }

    fn synchronise(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        status: Option<&MailboxStatus>,
        attempts: &mut Attempts,
    ) -> Result<()> {
        let Some(row) = self.archive.known(&listing.name).cloned() else { return Ok(()) };
        let name = listing.name.to_text().into_owned();
        // A new mailbox has no folder yet; one that was there should have it, with a file for each message.
        let vanished = row.uid_validity != 0 && !self.archive.has_folder(&row);
        let is_complete = !vanished && self.has_all_files(&row)?;
        let mut probed = None;
        if let Some(server) = status.and_then(Server::from_status)
            && is_complete
            && self.is_unchanged(&row, server)?
        {
            let standing = match self.summary.is_set_back {
                true => Standing::Look,
                false => standing(&row, server, self.archive.is_probed(row.id)),
            };
            match standing {
                Standing::Unchanged => {
                    self.witness(server);
                    self.summary.unopened.insert(state::key(&listing.name));
                    return Ok(());
                }
                Standing::Probe => probed = Some(server),
                Standing::Look => {}
            }
        }
        let explain = |error: imaplib::Error| failure(&error);
        let examines = INDEXED.iter().any(|sign| session.capabilities().has(*sign)) && !row.selects;
        let mut mailbox = match examines {
            true => session.examine(&listing.name).map_err(explain)?,
            false => match session.select(&listing.name) {
                Ok(mailbox) if Server::from_mailbox(&mailbox).is_ok() => mailbox,
                Err(error) if failure(&error).leaves() == Cause::Connection => return Err(failure(&error)),
                _ => session.examine(&listing.name).map_err(explain)?,
            },
        };
        let mut server = Server::from_mailbox(&mailbox)?;
        let mut selects = row.selects;
        if examines && row.uid_validity != 0 && server.uid_validity != row.uid_validity {
            let examined = server.uid_validity;
            mailbox = match session.select(&listing.name) {
                Ok(mailbox) if Server::from_mailbox(&mailbox).is_ok() => mailbox,
                Err(error) if failure(&error).leaves() == Cause::Connection => return Err(failure(&error)),
                _ => session.examine(&listing.name).map_err(explain)?,
            };
            server = Server::from_mailbox(&mailbox)?;
            selects = server.uid_validity != examined || row.renewals > 0;
        }
        if let Some(doubt) = self.doubt(&row, server)?
            && self.summary.survey.puts_off(
                &state::key(&listing.name),
                doubt,
                self.archive.state.count(row.id, row.uid_validity)?,
            )
        {
            return Ok(());
        }
        // Also where a probe fails: what is known of messages that cost connections is of this UIDVALIDITY.
        attempts.opened(server.uid_validity);
        if probed == Some(server) && attempts.listing_failures == 0 {
            match self.newest_are_same(&row, &mut mailbox, attempts)? {
                Some(true) => return Ok(()),
                Some(false) => self.summary.is_set_back = true,
                None => {}
            }
        }
        // An attempt that was broken off may have counted some.
        self.summary.of(&name).failed = 0;
        if vanished {
            // Noted before the folder is made again: a run that breaks off must not make this forgotten.
            self.archive.unsettle(row.id, row.uid_validity)?;
            self.progress.note(&format!("{name}: the folder is missing in the archive"));
        }
        let maildir = self.archive.maildir(&row)?;
        let changed = row.uid_validity != 0 && row.uid_validity != server.uid_validity;
        let mut site = Site { name, row, server, maildir, files: None };
        self.note_validity(&mut site, changed, selects)?;
        let set_back = server.fallen(&site.row);
        if let Some((number, before, now)) = set_back {
            let text = format!("{}: the server was set back: {number} fell from {before} to {now}", site.name);
            self.progress.note(&text);
            self.summary.of(&site.name).set_back = true;
            self.summary.is_set_back = true;
        }
        let looks = site.row.unsettled || changed || !is_complete || self.args.verify || {
            let unproven = self.archive.state.to_prove(site.row.id, site.server.uid_validity, false)?;
            !unproven.is_empty()
        };
        let found = if looks { self.look(&mut site)? } else { Findings::default() };
        self.bring_up_to_date(&mut site, &mut mailbox, &found, set_back.is_some(), attempts)
    }

    /// True if HIGHESTMODSEQ and the numbers say that nothing has happened since the last complete run.
    fn is_unchanged(&self, row: &MailboxRow, server: Server) -> Result<bool> {
        let same = !row.unsettled
            && row.highest_modseq != 0
            && (row.uid_validity, row.uid_next, row.highest_modseq)
                == (server.uid_validity, server.uid_next, server.highest_modseq)
            && !self.args.verify
            && !self.args.prune;
        Ok(same && self.archive.state.count(row.id, row.uid_validity)? == server.messages)
    }

    /// Whether the newest messages that are stored are those of the server; `None` if it cannot say.
    fn newest_are_same(
        &mut self,
        row: &MailboxRow,
        mailbox: &mut Mailbox<'_>,
        attempts: &mut Attempts,
    ) -> Result<Option<bool>> {
        let newest = self.archive.state.newest(row.id, row.uid_validity, PROBE)?;
        let watch = Watch { interrupt: self.interrupt, progress: self.progress };
        listing::are_same(mailbox, &newest, watch, attempts)
    }

    /// Notes that a mailbox has mail, as it had.
    fn witness(&mut self, server: Server) {
        if server.messages > 0 {
            self.summary.survey.witness();
        }
    }

    /// Whether a mailbox that had mail shows what should not be believed if all others show it, too.
    fn doubt(&mut self, row: &MailboxRow, server: Server) -> Result<Option<Doubt>> {
        if row.uid_validity == 0 || self.args.allow_mass_changes {
            return Ok(None);
        }
        let doubt = match row.uid_validity == server.uid_validity {
            true if server.messages > 0 => {
                self.witness(server);
                return Ok(None);
            }
            true => Doubt::Empty,
            // Whoever makes the archive another account's expects that.
            false if self.args.adopt => return Ok(None),
            false => Doubt::Renewed,
        };
        Ok((self.archive.state.count(row.id, row.uid_validity)? > 0).then_some(doubt))
    }

    /// Notes the UIDVALIDITY before anything is stored under it, unless it does not last.
    fn note_validity(&mut self, site: &mut Site, changed: bool, selects: bool) -> Result<()> {
        let now = site.server.uid_validity;
        let first = *self.summary.of(&site.name).uid_validity.get_or_insert(now);
        if changed {
            site.row.renewals += 1;
        }
        if changed || selects != site.row.selects {
            site.row.selects = selects;
            self.archive.set_opening(site.row.id, selects, site.row.renewals)?;
        }
        if changed || site.row.uid_validity == 0 {
            self.archive.unsettle(site.row.id, now)?;
            site.row.unsettled = true;
        }
        // Each time all would be stored once more.
        if first != now || site.row.renewals > MAX_RENEWALS {
            return Err(does_not_last());
        }
        if changed {
            let former = self.archive.state.count_former(site.row.id, now)?;
            self.summary.of(&site.name).former = Some(former);
        }
        Ok(())
    }
}

/// A mailbox on both sides.
pub(super) struct Site {
    pub(super) name: String,
    pub(super) row: MailboxRow,
    pub(super) server: Server,
    pub(super) maildir: Maildir,
    /// The folder's files, if it was necessary to look at them.
    pub(super) files: Option<Files>,
}

impl Site {
    pub(super) fn known<'a>(&'a mut self, state: &'a mut State) -> Known<'a> {
        Known { state, maildir: &mut self.maildir, mailbox: self.row.id, uid_validity: self.server.uid_validity }
    }
}

/// How far figures that are as they were are believed: after a server was set back, as many changes as were lost may have
/// come anew, and then they are equal by chance.
fn standing(row: &MailboxRow, server: Server, is_probed: bool) -> Standing {
    let is_within_a_month = |moment: i64| (0..MONTH).contains(&(now() - moment));
    match (is_within_a_month(row.compared), is_within_a_month(row.arrived)) {
        (false, _) => Standing::Look,
        (true, true) if is_probed && server.messages > 0 => Standing::Probe,
        _ => Standing::Unchanged,
    }
}

fn does_not_last() -> Failure {
    Failure::new(Exit::Protocol, "the server makes the mailbox anew again and again (UIDVALIDITY does not last)")
        .hint("nothing of it is stored in this run, for all of it would be stored once more each time")
}
