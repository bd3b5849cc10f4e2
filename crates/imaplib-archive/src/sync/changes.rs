//! Makes the archive's mailbox equal to the server's: compares the two, part by part, and applies what differs.

use imaplib::blocking::Mailbox;
use imaplib::types::{Flags, Uid, UidSet};

use crate::archive::now;
use crate::error::Result;
use crate::index::MailboxRow;
use crate::index::shorter::Shorter;
use crate::index::stored::Which;
use crate::isolation::without;
use crate::observer::Finding;
use crate::sync::aside::Judged;
use crate::sync::attempts::Attempts;
use crate::sync::listing::{hidden, list};
use crate::sync::mailbox::{DAY, Job, MailboxSync};
use crate::sync::plan::Plan;
use crate::sync::reasons::add;
use crate::sync::server_state::{ServerState, Watch};
use crate::sync::window::{Window, windows};
use crate::verify::Findings;

/// The list of a mailbox is requested again at most this often, for flags that were too many to be held at once.
const MAX_LISTS: u32 = 64;

/// What is known of a mailbox while its parts are compared.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many of its messages are known to be there.
    seen: u64,
    /// Messages are there of which nobody knows which they are.
    pub(crate) is_uncertain: bool,
    /// So nothing counts as gone.
    hides_some: bool,
    /// UIDs were given again, or the mailbox's numbers fell.
    is_suspect: bool,
    /// The messages that failed in earlier runs and are there.
    failing: UidSet,
    was_changed: bool,
    /// Messages whose files were missing or damaged, and that were fetched again.
    pub(crate) repaired: UidSet,
    /// Messages whose files are missing or damaged, and that are gone.
    lost: UidSet,
}

impl Job<'_> {
    /// Makes the archive's mailbox equal to the server's.
    pub(crate) fn bring_up_to_date(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        found: &Findings,
        was_set_back: bool,
        attempts: &mut Attempts,
    ) -> Result<()> {
        if site.row.unsettled {
            // A run may have ended between the two.
            self.judge_aside(site, None)?;
        }
        self.archive.index.begin_gone(0..=u32::MAX)?;
        let mut tally = Tally { is_suspect: was_set_back, ..Tally::default() };
        for window in windows(mailbox, site.server, attempts)? {
            let unsent = self.bring_part_up_to_date(site, mailbox, &window, found, &mut tally, attempts)?;
            self.report.of(&site.name).failed += unsent.len();
        }
        self.report_not_repaired(site, found, &tally);
        self.report.of(&site.name).failed += site.stuck.report(self.observer, &site.name);
        self.report.of(&site.name).failed += self.count_open(site)?;
        if site.row.unsettled || tally.was_changed {
            self.arrange(site)?;
        }
        // After a failure the next run must look again, which no HIGHESTMODSEQ may spare it.
        let failed = self.report.of(&site.name).failed > 0;
        self.settle(site, if failed { 0 } else { site.server.highest_modseq }, tally.was_changed)
    }

    /// The same of a part of the mailbox; returns the messages that the server has and did not send.
    fn bring_part_up_to_date(
        &mut self,
        site: &mut MailboxSync,
        mailbox: &mut Mailbox<'_>,
        window: &Window,
        found: &Findings,
        tally: &mut Tally,
        attempts: &mut Attempts,
    ) -> Result<UidSet> {
        let missing = found.all().intersection(&window.closed_set());
        let mut unsent = UidSet::new();
        for round in 0..MAX_LISTS {
            let watch = Watch { cancel: self.cancel, observer: self.observer };
            let compared = (site.server, window);
            let mut plan = list(mailbox, compared, &self.archive.index, &site.row, watch, attempts)?;
            let mut gone = (0, 0);
            if round == 0 {
                self.take_stock(site, &plan, window, tally)?;
                if window.is_last() {
                    let again = self.decide_what_is_gone(site, mailbox, found, tally)?;
                    add(&mut plan.fetch, &again);
                }
                let lost = without(&missing, &self.archive.index.gone_of(&missing)?);
                add(&mut plan.fetch, &without(&lost, &plan.unlisted));
                if window.is_last() {
                    let (index, is_pruning) = (&self.archive.index, self.options.is_pruning);
                    index.leave_lost(site.row.id, site.server.uid_validity, !is_pruning)?;
                    if is_pruning {
                        index.leave_kept(site.row.id, site.server.uid_validity)?;
                    }
                    gone = index.count_gone()?;
                }
                self.suspect(site, &mut plan, tally);
                self.prove(site, &mut plan)?;
                self.ask_again(site, &mut plan)?;
            }
            if round == 0 && window.is_last() {
                tally.was_changed |= self.note_losses(site, gone.0, tally);
            }
            self.note_announced(site, &plan)?;
            let (gone, gone_before) = gone;
            let is_to_expunge = gone > if self.options.is_pruning { 0 } else { gone_before };
            if plan.is_empty() && !is_to_expunge {
                break;
            }
            tally.was_changed = true;
            if !site.row.unsettled {
                self.archive.unsettle(site.row.id, site.server.uid_validity)?;
                site.row.unsettled = true;
            }
            let kept = self.set_aside(site, &plan.aside)?;
            plan.fetch = without(&plan.fetch, &kept);
            if is_to_expunge {
                self.expunge(site, gone, gone_before)?;
            }
            self.set_flags(site, &mut plan)?;
            self.link_known(site, mailbox, &mut plan)?;
            add(&mut unsent, &self.transfer(site, mailbox, (&plan, window), found, tally, attempts)?);
            if !plan.has_more_flags {
                break;
            }
        }
        Ok(unsent)
    }

    /// Moves what has gone from the server out of the live tree.
    fn arrange(&mut self, site: &mut MailboxSync) -> Result<()> {
        let row = MailboxRow { uid_validity: site.server.uid_validity, ..site.row.clone() };
        let (_, failure) = self.archive.arrange(&row, Which::Gone)?;
        if let Some(error) = failure {
            site.report(self.observer, Finding::NotMoved(&error));
            self.report.of(&site.name).failed += 1;
        }
        Ok(())
    }

    /// Counts what the list of a part has shown.
    fn take_stock(&mut self, site: &MailboxSync, plan: &Plan, window: &Window, tally: &mut Tally) -> Result<()> {
        let there = plan.there();
        // Messages that came since the mailbox was opened stand for none of those that were there.
        tally.seen += there.len().min(window.messages);
        tally.is_uncertain |= !plan.is_certain;
        let failing = self.archive.index.failing(site.row.id, site.server.uid_validity)?;
        failing.into_iter().filter(|uid| there.contains(*uid)).for_each(|uid| tally.failing.insert(uid));
        self.report.of(&site.name).failed += plan.unlisted.len();
        Ok(())
    }

    /// Decides, once all parts were listed, whether what was not listed is gone. Returns the messages whose files are missing
    /// and that were taken for gone without proof.
    fn decide_what_is_gone(
        &mut self,
        site: &MailboxSync,
        mailbox: &Mailbox<'_>,
        found: &Findings,
        tally: &mut Tally,
    ) -> Result<UidSet> {
        let hidden = hidden(tally.seen, mailbox, site.server, site.server.messages);
        if hidden == 0 {
            self.archive.index.forget_failing(site.row.id, site.server.uid_validity, &tally.failing)?;
        } else {
            site.report(self.observer, Finding::Hidden(hidden));
            self.report.of(&site.name).failed += hidden;
        }
        let all = found.all();
        let mut again = UidSet::new();
        tally.hides_some = hidden > 0 || tally.is_uncertain;
        if tally.hides_some {
            again = self.archive.index.gone_of(&all)?;
            self.archive.index.begin_gone(0..=u32::MAX)?;
        }
        let gone = self.archive.index.gone_of(&all)?;
        self.report_lost(site, found, &gone)?;
        tally.lost = gone;
        Ok(again)
    }

    /// Where UIDs were given again, even equal dates and sizes prove little of messages that had just arrived when they were
    /// fetched: others may have come in the same second. They are fetched again, too.
    fn suspect(&mut self, site: &MailboxSync, plan: &mut Plan, tally: &mut Tally) {
        tally.is_suspect |= plan.different > 0;
        self.report.is_set_back |= plan.different > 0;
        if tally.is_suspect {
            let recent = std::mem::take(&mut plan.recent);
            let suspects = without(&recent, &plan.aside);
            add(&mut plan.aside, &suspects);
            add(&mut plan.fetch, &suspects);
            plan.flags.retain(|uid, _| !Uid::new(*uid).is_some_and(|uid| recent.contains(uid)));
        }
        if plan.different > 0 {
            site.report(self.observer, Finding::Different(plan.different));
        }
    }

    /// Reports what should have been fetched again and was not.
    fn report_not_repaired(&self, site: &MailboxSync, found: &Findings, tally: &Tally) {
        for (set, is_there) in [(&found.missing, false), (&found.damaged, true)] {
            let uids = without(&without(set, &tally.repaired), &tally.lost);
            if !uids.is_empty() {
                site.report(self.observer, Finding::NotRepaired { uids: &uids, is_there });
            }
        }
    }

    /// What was found in the folder is fetched, and compared as it comes.
    fn prove(&self, site: &MailboxSync, plan: &mut Plan) -> Result<()> {
        let unproven = self.archive.index.to_prove(site.row.id, site.server.uid_validity, self.options.is_verifying)?;
        let unproven = without(&unproven.intersection(&plan.listed), &plan.aside);
        add(&mut plan.fetch, &unproven);
        // The flags come with them; to rename the files before would hide which they are.
        plan.flags.retain(|uid, _| !Uid::new(*uid).is_some_and(|uid| unproven.contains(uid)));
        Ok(())
    }

    /// What came short is fetched again.
    fn ask_again(&self, site: &MailboxSync, plan: &mut Plan) -> Result<()> {
        let which = if self.options.is_verifying { Shorter::All } else { Shorter::Open };
        let short = self.archive.index.shorter(site.row.id, site.server.uid_validity, which)?;
        plan.short = without(&short.intersection(&plan.listed), &plan.fetch);
        add(&mut plan.fetch, &plan.short);
        Ok(())
    }

    /// How many messages are to be asked for again because they came short. Where the server's sizes are known to be wrong, that
    /// counts as none.
    fn count_open(&self, site: &MailboxSync) -> Result<u64> {
        if self.archive.index.has_wrong_sizes()? {
            return Ok(0);
        }
        Ok(self.archive.index.shorter(site.row.id, site.server.uid_validity, Shorter::Open)?.len())
    }

    /// Completes what an older version of this program did not note.
    fn note_announced(&mut self, site: &MailboxSync, plan: &Plan) -> Result<()> {
        if plan.announced.is_empty() {
            return Ok(());
        }
        let change = self.archive.index.change(site.row.id, site.server.uid_validity)?;
        plan.announced.iter().try_for_each(|(uid, (date, size))| change.set_announced(*uid, *date, *size))?;
        change.commit()
    }

    /// Notes whether the mailbox lacks messages because the server was set back, until that is confirmed or they are back.
    /// Returns whether that is new.
    fn note_losses(&self, site: &mut MailboxSync, gone: u64, tally: &Tally) -> bool {
        let before = site.row.set_back;
        let is_confirmed = self.options.is_pruning && (self.options.allows_mass_changes || self.options.keeps_gone);
        let was_set_back = site.row.set_back || tally.is_suspect || self.report.is_set_back;
        site.row.set_back = was_set_back && (gone > 0 || tally.hides_some) && !is_confirmed;
        site.row.set_back != before
    }

    /// Notes or removes the `gone` messages that are not on the server, of which `before` were noted in earlier runs.
    fn expunge(&mut self, site: &mut MailboxSync, gone: u64, before: u64) -> Result<()> {
        if !self.options.is_pruning {
            self.archive.index.remember_departed(site.row.id, site.server.uid_validity, false)?;
            self.archive.index.note_all_gone(site.row.id, site.server.uid_validity)?;
            self.report.of(&site.name).expunged += gone - before;
        } else if self.options.keeps_gone {
            self.archive.index.remember_departed(site.row.id, site.server.uid_validity, false)?;
            self.archive.index.keep_all_gone(site.row.id, site.server.uid_validity)?;
            self.archive.index.forget_levels(site.row.id)?;
            self.report.of(&site.name).expunged += gone - before;
        // What may not be removed is not even noted as gone: a server that was wrong costs no second transfer.
        } else if self.may_prune(site, gone)? {
            self.archive.index.remember_departed(site.row.id, site.server.uid_validity, true)?;
            self.report.of(&site.name).pruned += site.known(&mut self.archive.index).prune_gone()?;
        }
        Ok(())
    }

    /// Whether so many messages may be removed: a server that shows a mailbox empty for once must not cost its archive.
    fn may_prune(&mut self, site: &MailboxSync, gone: u64) -> Result<bool> {
        let all = self.archive.index.count_all(site.row.id, site.server.uid_validity)?;
        if self.options.allows_mass_changes {
            self.archive.index.forget_levels(site.row.id)?;
            return Ok(true);
        }
        let today = now().div_euclid(DAY);
        // What the server has in another mailbox is not lost.
        let moved = self.archive.index.count_gone_elsewhere(site.row.id, site.server.uid_validity)?;
        let (all_gone, gone, all) = (gone, gone.saturating_sub(moved), all.saturating_sub(moved));
        let highest = self.archive.index.highest_level(site.row.id, today)?.saturating_sub(moved).max(all);
        let left = all.saturating_sub(gone);
        if site.row.set_back {
            // The archive may have the only copies.
            site.report(self.observer, Finding::NotPrunedAfterSetBack { gone });
        } else if is_mass(gone, all) {
            site.report(self.observer, Finding::NotPruned { gone, all });
        } else if is_mass_of_late(gone, highest - left, highest) {
            site.report(self.observer, Finding::NotPrunedOfLate { gone, left, highest });
        } else {
            self.archive.index.lower_levels(site.row.id, moved)?;
            self.archive.index.note_level(site.row.id, today, all)?;
            return Ok(true);
        }
        self.report.of(&site.name).unpruned = all_gone;
        Ok(false)
    }

    fn set_flags(&mut self, site: &mut MailboxSync, plan: &mut Plan) -> Result<()> {
        let changes: Vec<(u32, Flags)> = std::mem::take(&mut plan.flags).into_iter().collect();
        let (done, lost) = site.known(&mut self.archive.index).set_flags(&changes)?;
        // Files that somebody removed from the archive come again.
        add(&mut plan.fetch, &lost);
        self.report.of(&site.name).flags += done;
        Ok(())
    }

    pub(crate) fn count_judged(&mut self, site: &MailboxSync, judged: &Judged) {
        let figures = self.report.of(&site.name);
        figures.new = figures.new.saturating_sub(judged.same);
        figures.same += judged.same;
        figures.replaced += judged.replaced;
    }

    fn settle(&mut self, site: &MailboxSync, highest_modseq: u64, was_changed: bool) -> Result<()> {
        let (row, server, now) = (&site.row, site.server, now());
        let same = (row.uid_validity, row.uid_next, row.highest_modseq, row.unsettled, row.renewals)
            == (server.uid_validity, server.uid_next, highest_modseq, false, 0);
        if same && !was_changed && (0..DAY).contains(&(now - row.compared)) {
            return Ok(());
        }
        let figures = self.report.of(&site.name);
        let arrived = if row.arrived == 0 || figures.arrived() > 0 { self.archive.opened() } else { row.arrived };
        let renewals = if figures.former.is_some() { row.renewals } else { 0 };
        let MailboxRow { id, name, dir, selects, gone, set_back, about, described, .. } = row.clone();
        let ServerState { uid_validity, uid_next, .. } = server;
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
            set_back,
            about,
            described,
        };
        self.archive.settle(settled)
    }
}

/// More than a fifth of a mailbox or more than a hundred messages; a single one is never too many.
fn is_mass(gone: u64, all: u64) -> bool {
    gone > 100 || (gone > 1 && gone.saturating_mul(5) > all)
}

/// The same of what a mailbox has lost within a week, less what has come: more than a fifth, or more than 300 messages.
fn is_mass_of_late(gone: u64, lost: u64, highest: u64) -> bool {
    gone > 1 && (lost > 300 || lost.saturating_mul(5) > highest)
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
        for (gone, lost, highest, mass) in
            [(1, 40, 50, false), (2, 10, 50, false), (2, 11, 50, true), (90, 300, 5000, false), (90, 301, 5000, true)]
        {
            assert_eq!(is_mass_of_late(gone, lost, highest), mass, "{gone}: {lost} of {highest}");
        }
    }
}
