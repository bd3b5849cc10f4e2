//! Fetches what the archive lacks of a mailbox, and reports what the server did not send.

use imaplib::blocking::Mailbox;
use imaplib::command::Search;
use imaplib::types::UidSet;

use crate::error::{ArchiveError, Leaves, Result, leaves};
use crate::index::shorter::Shorter;
use crate::isolation::without;
use crate::observer::{Event, Finding, report};
use crate::report::MailboxReport;
use crate::sync::attempts::Attempts;
use crate::sync::changes::Tally;
use crate::sync::listing::{hidden, list};
use crate::sync::mailbox::{Job, MailboxSync};
use crate::sync::plan::Plan;
use crate::sync::reasons::add;
use crate::sync::server_state::{ServerState, Watch};
use crate::sync::transfer::{Transfer, Transferred};
use crate::sync::window::Window;
use crate::verify::Findings;

impl Job<'_> {
    /// Fetches messages; returns those that the server has and did not send.
    pub(crate) fn transfer(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        (plan, window): (&Plan, &Window),
        found: &Findings,
        tally: &mut Tally,
        attempts: &mut Attempts,
    ) -> Result<UidSet> {
        if plan.fetch.is_empty() {
            return Ok(UidSet::new());
        }
        self.observer.event(&Event::Expected(plan.fetch.len()));
        let (mut done, result) = self.receive(site, mailbox, &plan.fetch, attempts)?;
        site.stuck.add(std::mem::take(&mut done.stuck));
        let left = without(&plan.fetch, &done.uids);
        let figures = self.report.of(&site.name);
        figures.left = if result.is_err() { left.clone() } else { UidSet::new() };
        let missing = &found.all();
        let repaired = self.report_repaired(site, found, &done.uids, tally);
        let figures: &mut MailboxReport = self.report.of(&site.name);
        figures.repaired += repaired;
        figures.new += done.messages.saturating_sub(repaired);
        figures.bytes += done.bytes;
        self.count_short(site, &plan.short.intersection(&done.uids), &done.short)?;
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
        let server = ServerState { messages: mailbox.exists().into(), ..site.server };
        let window = window.changed(site.server.messages, server.messages);
        let watch = Watch { cancel: self.cancel, observer: self.observer };
        let plan = list(mailbox, (server, &window), &self.archive.index, &site.row, watch, attempts)?;
        let is_certain = plan.is_certain && hidden(plan.there().len(), mailbox, server, window.messages) == 0;
        tally.is_uncertain |= !is_certain;
        let there = if is_certain { plan.there().intersection(&left) } else { left };
        self.report_unsent(&site.name, &there, attempts);
        let silent = attempts.unsent.report_others(&without(&there, &done.blocked));
        if !silent.is_empty() {
            site.report(self.observer, Finding::Silent(&silent));
        }
        Ok(there)
    }

    /// Reports which of the messages that have come had a file that was missing or damaged; returns how many.
    fn report_repaired(&self, site: &MailboxSync, found: &Findings, fetched: &UidSet, tally: &mut Tally) -> u64 {
        for (set, is_there) in [(&found.missing, false), (&found.damaged, true)] {
            let uids = set.intersection(fetched);
            if !uids.is_empty() {
                site.report(self.observer, Finding::Repaired { uids: &uids, is_there });
                add(&mut tally.repaired, &uids);
            }
        }
        fetched.intersection(&found.all()).len()
    }

    /// Reports those of these messages of which it is known why the server cannot send them.
    fn report_unsent(&self, name: &str, uids: &UidSet, attempts: &mut Attempts) {
        for (uids, reason) in attempts.unsent.report(uids) {
            report(self.observer, name, Finding::NotSent(&uids, reason));
        }
    }

    /// Fetches messages: those first that were never tried, then some of those that failed in earlier runs, one by one.
    fn receive(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        attempts: &mut Attempts,
    ) -> Result<(Transferred, Result<()>)> {
        let (id, validity) = (site.row.id, site.server.uid_validity);
        let mut failing = self.archive.index.failing(id, validity)?;
        let noted: UidSet = failing.iter().copied().collect();
        // What failed in this run is among them after a lost connection, and known not to come.
        failing.retain(|uid| wanted.contains(*uid) && !attempts.transfer.bad().contains(*uid));
        let first = without(wanted, &failing.iter().copied().collect());
        let (mut done, mut result) = self.receive_part(site, mailbox, &first, false, attempts);
        if result.is_ok() {
            result = self.receive_silent(site, mailbox, &first, &mut done, attempts);
        }
        self.archive.index.note_failing(id, validity, &without(attempts.transfer.bad(), &noted))?;
        if result.is_ok() {
            result = self.receive_contradicted(site, mailbox, &mut done, attempts);
        }
        while result.is_ok()
            && let Some(uid) = attempts.retries.next(&failing)
        {
            // Noted before: the next run must not begin with it, whatever comes of this.
            let alone = UidSet::range(uid, uid);
            self.archive.index.note_failing(id, validity, &alone)?;
            let isolation = std::mem::take(&mut attempts.transfer);
            let (one, outcome) = self.receive_part(site, mailbox, &alone, false, attempts);
            attempts.transfer = isolation;
            if one.uids.is_empty() {
                let lost = outcome.as_ref().err().filter(|failure| failure.leaves() == Leaves::Archive);
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

    /// Asks again, in smaller and smaller sets, for messages that are there and were not in the answer: a server may end
    /// it early at a message that it cannot send, or announce a wrong length, and then lose those behind it.
    fn receive_silent(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        done: &mut Transferred,
        attempts: &mut Attempts,
    ) -> Result<()> {
        let came = [&done.uids, &done.blocked, &done.contradicted];
        let known = [attempts.transfer.bad(), attempts.transfer.untried()];
        let left = came.into_iter().chain(known).fold(wanted.clone(), |left, set| without(&left, set));
        let (Some(first), Some(last)) = (left.first(), left.last()) else { return Ok(()) };
        // Those that were expunged meanwhile cost no more than this.
        let there = match mailbox.search_lossy(Search::all().uids(UidSet::range(first, last))) {
            Ok(found) => found.messages.intersection(&left),
            Err(error) if leaves(&error) == Leaves::Archive => return Err(error.into()),
            Err(_) => left,
        };
        if there.is_empty() {
            return Ok(());
        }
        let (more, result) = self.receive_part(site, mailbox, &there, true, attempts);
        done.add(more);
        result
    }

    /// Fetches the messages of which two texts came, one by one: no other message is then in the answer, and nothing that
    /// its sender wrote.
    fn receive_contradicted(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        done: &mut Transferred,
        attempts: &mut Attempts,
    ) -> Result<()> {
        /// So many are fetched again in a run; there is no honest reason for more.
        const MOST: usize = 100;
        let contradicted = std::mem::take(&mut done.contradicted);
        for (number, uid) in contradicted.iter().enumerate() {
            let alone = UidSet::range(uid, uid);
            let isolation = std::mem::take(&mut attempts.transfer);
            let (one, outcome) = match number < MOST {
                true => self.receive_part(site, mailbox, &alone, false, attempts),
                false => (Transferred { contradicted: alone, ..Transferred::default() }, Ok(())),
            };
            attempts.transfer = isolation;
            if one.contradicted.contains(uid) {
                attempts.unsent.add(uid, &ArchiveError::Contradiction);
            }
            done.add(one);
            outcome?;
        }
        Ok(())
    }

    fn receive_part(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        are_there: bool,
        attempts: &mut Attempts,
    ) -> (Transferred, Result<()>) {
        let root = self.archive.root().to_owned();
        let transfer = Transfer {
            index: &mut self.archive.index,
            maildir: &mut site.maildir,
            mailbox: site.row.id,
            name: &site.name,
            uid_validity: site.server.uid_validity,
            observer: self.observer,
            cancel: self.cancel,
            root: &root,
            are_there,
            server_id: self.report.server_id.flatten(),
        };
        transfer.run(mailbox, wanted, attempts)
    }

    /// Counts the messages that came short, and those that were fetched `again` because they had come short before.
    fn count_short(&mut self, site: &MailboxSync, again: &UidSet, short: &UidSet) -> Result<()> {
        let same = self.archive.index.shorter(site.row.id, site.server.uid_validity, Shorter::Same)?;
        let same = same.intersection(short).intersection(again);
        let figures = self.report.of(&site.name);
        figures.short += short.len();
        figures.new = figures.new.saturating_sub(again.len());
        figures.same += same.len();
        figures.completed += again.len() - same.len();
        if !same.is_empty() {
            site.report(self.observer, Finding::ShortAgain(&same));
        }
        let others = without(short, &same);
        if !others.is_empty() {
            site.report(self.observer, Finding::Short(&others));
        }
        Ok(())
    }

    /// Counts the messages that were fetched to be compared with what had been found.
    fn count_compared(&mut self, site: &MailboxSync, fetched: &UidSet, missing: &UidSet) -> Result<()> {
        let compared = self.archive.index.take_compared(site.row.id, site.server.uid_validity)?;
        let damaged = without(&compared.damaged, missing);
        let same = without(&compared.same, missing).len();
        if !damaged.is_empty() {
            site.report(self.observer, Finding::Replaced(&damaged));
        }
        let fetched =
            without(&compared.same, missing).intersection(fetched).len() + damaged.intersection(fetched).len();
        let figures = self.report.of(&site.name);
        figures.new = figures.new.saturating_sub(fetched);
        figures.same += same;
        figures.repaired += damaged.len();
        figures.damaged += damaged.len();
        Ok(())
    }
}
