//! One mailbox: what the server has, what the archive has, and what makes them equal.

use std::time::{SystemTime, UNIX_EPOCH};

use imaplib::blocking::{Mailbox, Session};
use imaplib::types::{Capability, Flags, Listing, MailboxStatus, Uid, UidSet};

use super::archive::Archive;
use super::aside::Judged;
use super::attempts::Attempts;
use super::interrupt::Interrupt;
use super::listing::{self, Server, Watch, list};
use super::maildir::Maildir;
use super::plan::Plan;
use super::reasons::{self, add};
use super::state::{self, MailboxRow, State};
use super::summary::{Figures, Summary};
use super::survey::Doubt;
use super::transfer::{Transfer, Transferred};
use super::update::{Files, Known};
use super::verify::Findings;
use crate::args::Backup;
use crate::exit::{Cause, Exit, Failure, Result};
use crate::failure::failure;
use crate::isolation::without;
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

const DAY: i64 = 24 * 60 * 60;

/// What servers announce that keep an index of each mailbox, and in it the UIDs that they give. The others may forget the UIDs
/// of a session that did not SELECT: see `docs/design.md`.
const INDEXED: [Capability; 4] =
    [Capability::CondStore, Capability::ListStatus, Capability::ObjectId, Capability::Imap4Rev2];

/// So many of the newest messages show whether a mailbox is what it was.
const PROBE: u32 = 8;

/// A mailbox whose UIDVALIDITY is new in more runs than these in succession has none.
const MAX_RENEWALS: u32 = 3;

/// The list of a mailbox is asked for again at most so often, for flags that were too many to be held at once.
const MAX_LISTS: u32 = 64;

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
            match standing(&row, server, self.archive.is_lively(row.id)) {
                Standing::Unchanged => {
                    self.witness(server);
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
        if probed == Some(server)
            && attempts.listing_failures == 0
            && self.newest_are_same(&row, &mut mailbox, attempts)?
        {
            return Ok(());
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
        }
        let looks = site.row.unsettled || changed || !is_complete || self.args.verify || {
            let unproven = self.archive.state.to_prove(site.row.id, site.server.uid_validity, false)?;
            !unproven.is_empty()
        };
        let found = if looks { self.look(&mut site)? } else { Findings::default() };
        self.bring_up_to_date(&mut site, &mut mailbox, &found, set_back.is_some(), attempts)
    }

    /// Makes the archive's mailbox equal to the server's.
    fn bring_up_to_date(
        &mut self,
        site: &mut Site,
        mailbox: &mut Mailbox<'_>,
        found: &Findings,
        was_set_back: bool,
        attempts: &mut Attempts,
    ) -> Result<()> {
        if site.row.unsettled {
            // A run may have ended between the two.
            self.judge_aside(site, None)?;
        }
        let missing = found.all();
        let mut was_changed = false;
        let mut unsent = UidSet::new();
        for round in 0..MAX_LISTS {
            let watch = Watch { interrupt: self.interrupt, progress: self.progress };
            let (mut plan, hidden) = list(mailbox, site.server, &self.archive.state, &site.row, watch, attempts)?;
            if round == 0 {
                if hidden == 0 {
                    self.archive.state.forget_failing(site.row.id, site.server.uid_validity, &plan.there())?;
                }
                if hidden > 0 {
                    let text = format!("{}: the server does not tell the UIDs of {hidden} of its messages", site.name);
                    self.progress.note(&text);
                    self.summary.of(&site.name).failed += hidden;
                }
                self.summary.of(&site.name).failed += plan.unlisted.len();
                let gone: UidSet = plan.expunged.iter().chain(&plan.kept).filter_map(|uid| Uid::new(*uid)).collect();
                self.tell(site, found, &gone);
                let lost = missing.iter().filter(|uid| !gone.contains(*uid) && !plan.unlisted.contains(*uid));
                lost.for_each(|uid| plan.fetch.insert(uid));
                self.suspect(site, &mut plan, was_set_back);
                self.prove(site, &mut plan)?;
            }
            self.note_announced(site, &plan)?;
            let to_prune = self.args.prune && !plan.kept.is_empty();
            if plan.is_empty() && !to_prune {
                break;
            }
            was_changed = true;
            if !site.row.unsettled {
                self.archive.unsettle(site.row.id, site.server.uid_validity)?;
                site.row.unsettled = true;
            }
            self.set_aside(site, &plan.aside)?;
            self.expunge(site, &plan)?;
            self.set_flags(site, &mut plan)?;
            add(&mut unsent, &self.transfer(site, mailbox, &plan, &missing, attempts)?);
            if !plan.has_more_flags {
                break;
            }
        }
        self.summary.of(&site.name).failed += unsent.len();
        // After a failure the next run must look again, which no HIGHESTMODSEQ may spare it.
        let failed = self.summary.of(&site.name).failed > 0;
        self.settle(site, if failed { 0 } else { site.server.highest_modseq }, was_changed)
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

    /// Whether the newest messages that are stored are those of the server.
    fn newest_are_same(
        &mut self,
        row: &MailboxRow,
        mailbox: &mut Mailbox<'_>,
        attempts: &mut Attempts,
    ) -> Result<bool> {
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

    /// Where UIDs were given again, even equal dates and sizes prove little of messages that had just arrived when they were
    /// fetched: others may have come in the same second. They are fetched again, too.
    fn suspect(&self, site: &Site, plan: &mut Plan, was_set_back: bool) {
        if was_set_back || plan.different > 0 {
            let recent = std::mem::take(&mut plan.recent);
            recent.iter().filter(|uid| !plan.aside.contains(*uid)).collect::<Vec<_>>().into_iter().for_each(|uid| {
                plan.aside.insert(uid);
                plan.fetch.insert(uid);
            });
            plan.flags.retain(|(uid, _)| !Uid::new(*uid).is_some_and(|uid| recent.contains(uid)));
        }
        if plan.different > 0 {
            let text = format!(
                "{}: {} messages have another date or size than before: fetched, and the old ones are kept",
                site.name, plan.different
            );
            self.progress.note(&text);
        }
    }

    /// What was found in the folder is fetched, and compared as it comes.
    fn prove(&self, site: &Site, plan: &mut Plan) -> Result<()> {
        let unproven = self.archive.state.to_prove(site.row.id, site.server.uid_validity, self.args.verify)?;
        let unproven = without(&unproven.intersection(&plan.listed), &plan.aside);
        unproven.iter().for_each(|uid| plan.fetch.insert(uid));
        // The flags come with them; to rename the files before would hide which they are.
        plan.flags.retain(|(uid, _)| !Uid::new(*uid).is_some_and(|uid| unproven.contains(uid)));
        Ok(())
    }

    /// Counts the messages that were fetched to be compared with what had been found.
    fn count_compared(&mut self, site: &Site, fetched: &UidSet, missing: &UidSet) -> Result<()> {
        let compared = self.archive.state.take_compared(site.row.id, site.server.uid_validity)?;
        let damaged = without(&compared.damaged, missing);
        let same = without(&compared.same, missing).len();
        if !damaged.is_empty() {
            let text = "found with other contents than the server's message, and replaced: UID";
            self.progress.note(&format!("{}: damaged: {text} {damaged}", site.name));
        }
        let fetched =
            without(&compared.same, missing).intersection(fetched).len() + damaged.intersection(fetched).len();
        let figures = self.summary.of(&site.name);
        figures.new = figures.new.saturating_sub(fetched);
        figures.same += same;
        figures.repaired += damaged.len();
        figures.damaged += damaged.len();
        Ok(())
    }

    /// Completes what an older version of this program did not note.
    fn note_announced(&mut self, site: &Site, plan: &Plan) -> Result<()> {
        if plan.announced.is_empty() {
            return Ok(());
        }
        let change = self.archive.state.change(site.row.id, site.server.uid_validity)?;
        plan.announced.iter().try_for_each(|(uid, date, size)| change.set_announced(*uid, *date, *size))?;
        change.commit()
    }

    fn expunge(&mut self, site: &mut Site, plan: &Plan) -> Result<()> {
        let gone: Vec<u32> = plan.expunged.iter().chain(&plan.kept).copied().collect();
        if self.args.prune {
            // What may not be removed is not even noted as gone: a server that was wrong costs no second transfer.
            if !gone.is_empty() && self.may_prune(site, gone.len() as u64)? {
                site.known(&mut self.archive.state).prune(&gone)?;
                self.summary.of(&site.name).pruned += gone.len() as u64;
            }
        } else if !plan.expunged.is_empty() {
            site.known(&mut self.archive.state).set_expunged(&plan.expunged)?;
            self.summary.of(&site.name).expunged += plan.expunged.len() as u64;
        }
        Ok(())
    }

    /// Whether so many messages may be removed: a server that shows a mailbox empty for once must not cost its archive.
    fn may_prune(&mut self, site: &Site, gone: u64) -> Result<bool> {
        let all = self.archive.state.count_all(site.row.id, site.server.uid_validity)?;
        if self.args.allow_mass_changes || !is_mass(gone, all) {
            return Ok(true);
        }
        let text = format!(
            "{}: --prune would remove {gone} of {all} messages: none is removed (--allow-mass-changes removes them)",
            site.name
        );
        self.progress.note(&text);
        self.summary.of(&site.name).unpruned = gone;
        Ok(false)
    }

    fn set_flags(&mut self, site: &mut Site, plan: &mut Plan) -> Result<()> {
        let changes: Vec<(u32, Flags)> = std::mem::take(&mut plan.flags);
        let lost = site.known(&mut self.archive.state).set_flags(&changes)?;
        // Files that somebody removed from the archive come again.
        lost.iter().for_each(|uid| plan.fetch.insert(uid));
        self.summary.of(&site.name).flags += (changes.len() as u64).saturating_sub(lost.len());
        Ok(())
    }

    /// Fetches messages; returns those that the server has and did not send.
    fn transfer(
        &mut self,
        site: &mut Site,
        mailbox: &mut Mailbox<'_>,
        plan: &Plan,
        missing: &UidSet,
        attempts: &mut Attempts,
    ) -> Result<UidSet> {
        if plan.fetch.is_empty() {
            return Ok(UidSet::new());
        }
        self.progress.grow(plan.fetch.len());
        let (done, result) = self.receive(site, mailbox, &plan.fetch, attempts)?;
        let left = without(&plan.fetch, &done.uids);
        let figures: &mut Figures = self.summary.of(&site.name);
        figures.left = if result.is_err() { left.clone() } else { UidSet::new() };
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
        self.count_compared(site, &done.uids, missing)?;
        let judged = self.judge_aside(site, Some(&done.uids));
        if result.is_err() {
            self.report_unsent(&site.name, &plan.fetch, attempts);
        }
        result?;
        self.count_judged(site, &judged?);
        self.remove_stale(site, &done.uids)?;
        if left.is_empty() {
            return Ok(left);
        }
        // Messages that another program has expunged meanwhile are no failure: those that are listed no more.
        let server = Server { messages: mailbox.exists().into(), ..site.server };
        let watch = Watch { interrupt: self.interrupt, progress: self.progress };
        let (plan, hidden) = list(mailbox, server, &self.archive.state, &site.row, watch, attempts)?;
        let there = if hidden > 0 { left } else { plan.there().intersection(&left) };
        self.report_unsent(&site.name, &there, attempts);
        let silent = attempts.unsent.report_others(&without(&there, &done.blocked));
        if !silent.is_empty() {
            let text = format!("{}: the server did not send the messages with the UIDs {silent}", site.name);
            self.progress.note(&text);
        }
        Ok(there)
    }

    /// Reports those of these messages of which it is known why the server cannot send them.
    fn report_unsent(&self, name: &str, uids: &UidSet, attempts: &mut Attempts) {
        for (uids, reason) in attempts.unsent.report(uids) {
            let (subject, verb) = reasons::subject(&uids);
            self.progress.note(&format!("{name}: {subject} {verb} left out: {reason}"));
        }
    }

    /// Fetches messages: those first that were never tried, then some of those that failed in earlier runs, one by one.
    fn receive(
        &mut self,
        site: &mut Site,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        attempts: &mut Attempts,
    ) -> Result<(Transferred, Result<()>)> {
        let (id, validity) = (site.row.id, site.server.uid_validity);
        let mut failing = self.archive.state.failing(id, validity)?;
        let noted: UidSet = failing.iter().copied().collect();
        // What failed in this run is among them after a lost connection, and known not to come.
        failing.retain(|uid| wanted.contains(*uid) && !attempts.transfer.bad().contains(*uid));
        let first = without(wanted, &failing.iter().copied().collect());
        let (mut done, mut result) = self.receive_part(site, mailbox, &first, attempts);
        self.archive.state.note_failing(id, validity, &without(attempts.transfer.bad(), &noted))?;
        while result.is_ok()
            && let Some(uid) = attempts.retries.next(&failing)
        {
            // Noted before: the next run must not begin with it, whatever comes of this.
            let alone = UidSet::range(uid, uid);
            self.archive.state.note_failing(id, validity, &alone)?;
            let isolation = std::mem::take(&mut attempts.transfer);
            let (one, outcome) = self.receive_part(site, mailbox, &alone, attempts);
            attempts.transfer = isolation;
            if one.uids.is_empty() {
                let lost = outcome.as_ref().err().filter(|failure| failure.leaves() == Cause::Connection);
                attempts.retries.failed(lost.is_some());
                lost.into_iter().for_each(|failure| attempts.unsent.add(uid, failure));
            }
            done.add(one);
            result = outcome;
        }
        if result.is_ok() {
            attempts.unsent.add_put_off(&attempts.retries.put_off(&failing));
        }
        Ok((done, result))
    }

    fn receive_part(
        &mut self,
        site: &mut Site,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        attempts: &mut Attempts,
    ) -> (Transferred, Result<()>) {
        let root = self.archive.root().to_owned();
        let transfer = Transfer {
            state: &mut self.archive.state,
            maildir: &mut site.maildir,
            mailbox: site.row.id,
            uid_validity: site.server.uid_validity,
            progress: self.progress,
            interrupt: self.interrupt,
            root: &root,
        };
        transfer.run(mailbox, wanted, attempts)
    }

    fn count_judged(&mut self, site: &Site, judged: &Judged) {
        let figures = self.summary.of(&site.name);
        figures.new = figures.new.saturating_sub(judged.same);
        figures.same += judged.same;
        figures.replaced += judged.replaced;
    }

    fn settle(&mut self, site: &Site, highest_modseq: u64, was_changed: bool) -> Result<()> {
        let (row, server, now) = (&site.row, site.server, now());
        let same = (row.uid_validity, row.uid_next, row.highest_modseq, row.unsettled, row.renewals)
            == (server.uid_validity, server.uid_next, highest_modseq, false, 0);
        if same && !was_changed && (0..DAY).contains(&(now - row.compared)) {
            return Ok(());
        }
        let figures = self.summary.of(&site.name);
        let arrived = if row.arrived == 0 || figures.arrived() > 0 { now } else { row.arrived };
        let renewals = if figures.former.is_some() { row.renewals } else { 0 };
        let MailboxRow { id, name, dir, selects, gone, .. } = row.clone();
        let Server { uid_validity, uid_next, .. } = server;
        let settled = MailboxRow {
            id,
            name,
            dir,
            uid_validity,
            uid_next,
            highest_modseq,
            unsettled: false,
            compared: now,
            arrived,
            renewals,
            selects,
            gone,
        };
        self.archive.settle(settled)
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
fn standing(row: &MailboxRow, server: Server, is_lively: bool) -> Standing {
    let is_within_a_month = |moment: i64| (0..MONTH).contains(&(now() - moment));
    match (is_within_a_month(row.compared), is_within_a_month(row.arrived)) {
        (false, _) => Standing::Look,
        (true, true) if is_lively && server.messages > 0 => Standing::Probe,
        _ => Standing::Unchanged,
    }
}

/// More than a fifth of a mailbox or more than a hundred messages; a single one is never too many.
fn is_mass(gone: u64, all: u64) -> bool {
    gone > 100 || (gone > 1 && gone.saturating_mul(5) > all)
}

/// Now, in seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn does_not_last() -> Failure {
    Failure::new(Exit::Protocol, "the server makes the mailbox anew again and again (UIDVALIDITY does not last)")
        .hint("nothing of it is stored in this run, for all of it would be stored once more each time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mass_is_a_fifth_or_a_hundred() {
        for (gone, all, mass) in [
            (1, 1, false),
            (2, 2, true),
            (2, 10, false),
            (3, 10, true),
            (100, 1000, false),
            (101, 1000, true),
            (200, 200, true),
        ] {
            assert_eq!(is_mass(gone, all), mass, "{gone} of {all}");
        }
    }
}
