//! One mailbox: what the server has, what the archive has, and what makes them equal.

use imaplib::blocking::{Mailbox, Session};
use imaplib::types::{Capability, Listing, MailboxStatus};

use crate::archive::{Archive, now};
use crate::error::{ArchiveError, Leaves, MailboxFault, Result, leaves};
use crate::files::Files;
use crate::index::shorter::Shorter;
use crate::index::{self, Index, MailboxRow};
use crate::maildir::Maildir;
use crate::observer::{Finding, Observer, report};
use crate::options::{Cancel, Options};
use crate::report::Report;
use crate::survey::Doubt;
use crate::sync::apply::Applier;
use crate::sync::attempts::Attempts;
use crate::sync::listing;
use crate::sync::server_state::{ServerState, Watch};
use crate::sync::stuck::Stuck;
use crate::verify::Findings;

/// What the work on a mailbox needs.
pub(crate) struct Job<'a> {
    pub(crate) archive: &'a mut Archive,
    pub(crate) options: &'a Options,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a Cancel,
    pub(crate) report: &'a mut Report,
}

/// How long what proves that nothing has happened is believed, and how long a mailbox counts as one in which mail arrives.
const MONTH: i64 = 30 * 24 * 60 * 60;

pub(crate) const DAY: i64 = 24 * 60 * 60;

/// What servers announce that keep an index of each mailbox, and in it the UIDs that they give. The others may forget the UIDs
/// of a session that did not SELECT: see `docs/design.md`.
const INDEXED: [Capability; 4] =
    [Capability::CondStore, Capability::ListStatus, Capability::ObjectId, Capability::Imap4Rev2];

/// So many of the newest messages show whether a mailbox is what it was.
const PROBE: u32 = 8;

/// A mailbox whose UIDVALIDITY is new in more runs than these in succession has none.
const MAX_RENEWALS: u32 = 3;

/// How far what STATUS reports is believed, where it is as it was.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing has happened.
    Unchanged,
    /// Unless the newest messages are others.
    Probe,
    /// It is time to look at everything.
    Look,
}

impl Job<'_> {
    /// Brings the archive up to date. An error has with it how many messages had arrived before it.
    pub(crate) fn run(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        status: Option<&MailboxStatus>,
        attempts: &mut Attempts,
    ) -> Result<(), (u64, ArchiveError)> {
        let Some(row) = self.archive.known(&listing.name).cloned() else { return Ok(()) };
        let name = self.archive.shown_name(&row);
        let before = self.report.of(&name).arrived();
        let result = self.synchronise(session, listing, (row, &name), status, attempts);
        result.map_err(|failure| (self.report.of(&name).arrived().saturating_sub(before), failure))
    }

    fn synchronise(
        &mut self,
        session: &mut Session,
        listing: &Listing,
        (row, name): (MailboxRow, &str),
        status: Option<&MailboxStatus>,
        attempts: &mut Attempts,
    ) -> Result<()> {
        // A new mailbox has no folder yet; one that was there should have it, with a file for each message.
        self.archive.bring_back(&row)?;
        let vanished = row.uid_validity != 0 && !self.archive.has_folder(&row);
        let is_complete = !vanished && self.has_all_files(&row)? && self.archive.index.stray_aside(row.id)?.is_empty();
        let mut probed = None;
        if let Some(server) = status.and_then(ServerState::from_status)
            && is_complete
            && self.is_unchanged(&row, server)?
        {
            let standing = match self.report.is_set_back {
                true => Standing::Look,
                false => standing(&row, server, self.archive.is_probed(row.id)),
            };
            match standing {
                Standing::Unchanged => {
                    self.witness(&row, server);
                    self.report.unopened.insert(index::key(&listing.name));
                    return Ok(());
                }
                Standing::Probe => probed = Some(server),
                Standing::Look => {}
            }
        }
        let examines = INDEXED.iter().any(|sign| session.capabilities().has(*sign)) && !row.selects;
        let mut mailbox = match examines {
            true => session.examine(&listing.name)?,
            false => match session.select(&listing.name) {
                Ok(mailbox) if ServerState::from_mailbox(&mailbox).is_ok() => mailbox,
                Err(error) if leaves(&error) == Leaves::Archive => return Err(error.into()),
                _ => session.examine(&listing.name)?,
            },
        };
        let mut server = ServerState::from_mailbox(&mailbox)?;
        let mut selects = row.selects;
        if examines && row.uid_validity != 0 && server.uid_validity != row.uid_validity {
            let examined = server.uid_validity;
            mailbox = match session.select(&listing.name) {
                Ok(mailbox) if ServerState::from_mailbox(&mailbox).is_ok() => mailbox,
                Err(error) if leaves(&error) == Leaves::Archive => return Err(error.into()),
                _ => session.examine(&listing.name)?,
            };
            server = ServerState::from_mailbox(&mailbox)?;
            selects = server.uid_validity != examined || row.renewals > 0;
        }
        if let Some(doubt) = self.doubt(&row, server)?
            && self.report.survey.puts_off(
                &index::key(&listing.name),
                doubt,
                self.archive.index.count(row.id, row.uid_validity)?,
            )
        {
            return Ok(());
        }
        // Also where a probe fails: what is known of messages that cost connections is of this UIDVALIDITY.
        attempts.opened(server.uid_validity);
        if probed == Some(server) && attempts.listing_failures == 0 {
            match self.newest_are_same(&row, &mut mailbox, attempts)? {
                Some(true) => return Ok(()),
                Some(false) => self.report.is_set_back = true,
                None => {}
            }
        }
        // An attempt that was broken off may have counted some.
        self.report.of(name).failed = 0;
        if vanished {
            // Noted before the folder is made again: a run that breaks off must not make this forgotten.
            self.archive.unsettle(row.id, row.uid_validity)?;
            report(self.observer, name, Finding::FolderMissing);
        }
        let maildir = self.archive.maildir(&row)?;
        let changed = row.uid_validity != 0 && row.uid_validity != server.uid_validity;
        let stuck = Stuck::default();
        let mut site = MailboxSync { name: name.to_owned(), row, server, maildir, files: None, stuck };
        self.note_validity(&mut site, changed, selects)?;
        let set_back = server.fallen(&site.row);
        if let Some((number, before, now)) = set_back {
            site.report(self.observer, Finding::SetBack { number, before, now });
            self.report.of(&site.name).set_back = true;
            self.report.is_set_back = true;
        }
        let looks = site.row.unsettled || changed || !is_complete || self.options.is_verifying || {
            let unproven = self.archive.index.to_prove(site.row.id, site.server.uid_validity, false)?;
            let short = self.archive.index.shorter(site.row.id, site.server.uid_validity, Shorter::Open)?;
            !unproven.is_empty() || !short.is_empty()
        };
        let found = if looks { self.look(&mut site)? } else { Findings::default() };
        self.bring_up_to_date(&mut site, &mut mailbox, &found, set_back.is_some(), attempts)
    }

    /// True if HIGHESTMODSEQ and the numbers say that nothing has happened since the last complete run.
    fn is_unchanged(&self, row: &MailboxRow, server: ServerState) -> Result<bool> {
        let same = !row.unsettled
            && row.highest_modseq != 0
            && (row.uid_validity, row.uid_next, row.highest_modseq)
                == (server.uid_validity, server.uid_next, server.highest_modseq)
            && !self.options.is_verifying;
        // What has gone and was kept until now is to be removed by a mirror.
        let has_all = || match self.options.is_pruning {
            true => self.archive.index.count_all(row.id, row.uid_validity),
            false => Ok(server.messages),
        };
        Ok(same
            && self.archive.index.count(row.id, row.uid_validity)? == server.messages
            && has_all()? == server.messages)
    }

    /// Whether the newest messages that are stored are those of the server; `None` if it cannot say.
    fn newest_are_same(
        &mut self,
        row: &MailboxRow,
        mailbox: &mut Mailbox<'_>,
        attempts: &mut Attempts,
    ) -> Result<Option<bool>> {
        let newest = self.archive.index.newest(row.id, row.uid_validity, PROBE)?;
        let watch = Watch { cancel: self.cancel, observer: self.observer };
        listing::are_same(mailbox, &newest, watch, attempts)
    }

    /// Notes that a mailbox has mail, as it had.
    fn witness(&mut self, row: &MailboxRow, server: ServerState) {
        if server.messages > 0 && self.archive.is_witness(row.id) {
            self.report.survey.witness();
        }
    }

    /// Whether a mailbox that had mail shows what should not be believed if all others show it, too.
    fn doubt(&mut self, row: &MailboxRow, server: ServerState) -> Result<Option<Doubt>> {
        if row.uid_validity == 0 || self.options.allows_mass_changes {
            return Ok(None);
        }
        let doubt = match row.uid_validity == server.uid_validity {
            true if server.messages > 0 => {
                self.witness(row, server);
                return Ok(None);
            }
            true => Doubt::Empty,
            // Whoever makes the archive another account's expects that.
            false if self.archive.is_adopted => return Ok(None),
            false => Doubt::Renewed,
        };
        Ok((self.archive.index.count(row.id, row.uid_validity)? > 0).then_some(doubt))
    }

    /// Notes the UIDVALIDITY before anything is stored under it, unless it does not last.
    fn note_validity(&mut self, site: &mut MailboxSync, changed: bool, selects: bool) -> Result<()> {
        let now = site.server.uid_validity;
        let first = *self.report.of(&site.name).uid_validity.get_or_insert(now);
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
        if changed {
            self.archive.index.forget_levels(site.row.id)?;
        }
        // Each time all would be stored once more.
        if first != now || site.row.renewals > MAX_RENEWALS {
            return Err(ArchiveError::Mailbox(MailboxFault::UidValidityDoesNotLast));
        }
        if changed {
            let former = self.archive.index.count_former(site.row.id, now)?;
            self.report.of(&site.name).former = Some(former);
        }
        Ok(())
    }
}

/// A mailbox on both sides.
pub(crate) struct MailboxSync {
    pub(crate) name: String,
    pub(crate) row: MailboxRow,
    pub(crate) server: ServerState,
    pub(crate) maildir: Maildir,
    /// The folder's files, if it was necessary to look at them.
    pub(crate) files: Option<Files>,
    /// What could not be renamed or removed in it.
    pub(crate) stuck: Stuck,
}

impl MailboxSync {
    pub(crate) fn report(&self, observer: &dyn Observer, finding: Finding<'_>) {
        report(observer, &self.name, finding);
    }

    pub(crate) fn known<'a>(&'a mut self, index: &'a mut Index) -> Applier<'a> {
        Applier {
            index,
            maildir: &mut self.maildir,
            stuck: &mut self.stuck,
            mailbox: self.row.id,
            uid_validity: self.server.uid_validity,
        }
    }
}

/// How far figures that are as they were are believed: after a server was set back, as many changes as were lost may have
/// come since, and then they are equal by chance.
fn standing(row: &MailboxRow, server: ServerState, is_probed: bool) -> Standing {
    let is_within_a_month = |moment: i64| (0..MONTH).contains(&(now() - moment));
    match (is_within_a_month(row.compared), is_within_a_month(row.arrived)) {
        (false, _) => Standing::Look,
        (true, true) if is_probed && server.messages > 0 => Standing::Probe,
        _ => Standing::Unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_believed_for_a_month() {
        let ago = |days: i64| now() - days * 24 * 60 * 60;
        for (compared, arrived, is_probed, messages, expected) in [
            (ago(1), ago(1), true, 5, Standing::Probe),
            (ago(1), ago(1), true, 0, Standing::Unchanged),
            (ago(1), ago(1), false, 5, Standing::Unchanged),
            (ago(1), ago(40), true, 5, Standing::Unchanged),
            (ago(40), ago(1), true, 5, Standing::Look),
            // A clock that was wrong is no reason to believe for ever.
            (ago(-10), ago(1), true, 5, Standing::Look),
            (0, 0, false, 0, Standing::Look),
        ] {
            let row = MailboxRow { compared, arrived, ..MailboxRow::default() };
            let server = ServerState { messages, uid_validity: 1, uid_next: 9, highest_modseq: 0 };
            assert_eq!(standing(&row, server, is_probed), expected, "{compared} {arrived} {is_probed} {messages}");
        }
    }
}
