//! What a run has done, for people and for programs.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use imaplib::types::UidSet;
use serde_json::{Value, json};

use super::survey::Survey;
use crate::exit::Result;
use crate::output::{self, Output};

/// The figures of one mailbox.
#[derive(Debug, Default, Clone)]
pub(crate) struct Figures {
    pub(crate) mailbox: String,
    pub(crate) new: u64,
    pub(crate) octets: u64,
    pub(crate) adopted: u64,
    pub(crate) flags: u64,
    pub(crate) expunged: u64,
    pub(crate) pruned: u64,
    pub(crate) failed: u64,
    /// Fetched again because the file was missing or damaged.
    pub(crate) repaired: u64,
    /// Not as the file was written.
    pub(crate) damaged: u64,
    /// Missing or damaged, and no longer on the server.
    pub(crate) lost: u64,
    /// What had not come when the connection was lost.
    pub(crate) left: UidSet,
    /// Another message has the UID now; the old one is kept.
    pub(crate) replaced: u64,
    /// Fetched again because of a doubt, and the same.
    pub(crate) same: u64,
    /// Files whose names another program had changed.
    pub(crate) renamed: u64,
    /// Too many to be removed by --prune.
    pub(crate) unpruned: u64,
    /// The server was set back to an earlier state.
    pub(crate) set_back: bool,
    /// The UIDVALIDITY that this run saw first.
    pub(crate) uid_validity: Option<u64>,
    /// The messages of the mailbox that was there under this name before.
    pub(crate) former: Option<u64>,
}

/// The figures of all.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) mailboxes: BTreeMap<String, Figures>,
    pub(crate) failed_mailboxes: u64,
    /// Mailboxes that the server lists no more, for the first time.
    pub(crate) gone: Vec<String>,
    /// How many more were reported before.
    pub(crate) gone_before: u64,
    pub(crate) survey: Survey,
    /// UIDs of a mailbox were given again, or its numbers fell: the server was set back.
    pub(crate) is_set_back: bool,
    /// The mailboxes that were not opened, because nothing seemed to have happened in them.
    pub(crate) unopened: HashSet<Vec<u8>>,
}

impl Figures {
    fn is_quiet(&self) -> bool {
        let counts = [
            self.flags,
            self.expunged,
            self.pruned,
            self.failed,
            self.adopted,
            self.damaged,
            self.lost,
            self.same,
            self.renamed,
            self.unpruned,
        ];
        self.new + self.repaired + counts.iter().sum::<u64>() == 0 && self.former.is_none()
    }

    /// All messages that came from the server.
    pub(crate) fn arrived(&self) -> u64 {
        self.new + self.repaired + self.same
    }

    fn words(&self) -> String {
        let parts = [
            (self.new, "new"),
            (self.repaired, "repaired"),
            (self.replaced, "replaced on the server (the old ones are kept)"),
            (self.same, "fetched again and unchanged"),
            (self.damaged, "damaged"),
            (self.lost, "lost"),
            (self.adopted, "found in the archive"),
            (self.flags, "with changed flags"),
            (self.expunged, "gone from the server (kept)"),
            (self.renamed, "with flags set back"),
            (self.pruned, "removed"),
            (self.unpruned, "too many to be removed (kept)"),
            (self.failed, "failed"),
        ];
        let words: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if words.is_empty() { "nothing new".to_owned() } else { words.join(", ") }
    }

    fn json(&self) -> Value {
        json!({
            "mailbox": self.mailbox,
            "new": self.new,
            "bytes": self.octets,
            "adopted": self.adopted,
            "flags": self.flags,
            "expunged": self.expunged,
            "pruned": self.pruned,
            "failed": self.failed,
            "repaired": self.repaired,
            "damaged": self.damaged,
            "lost": self.lost,
            "replaced": self.replaced,
            "unchanged": self.same,
            "renamed": self.renamed,
            "unpruned": self.unpruned,
            "set_back": self.set_back,
            "uidvalidity_changed": self.former.is_some(),
            "former": self.former,
        })
    }
}

impl Summary {
    pub(crate) fn has_failures(&self) -> bool {
        self.failed_mailboxes > 0
            || self.mailboxes.values().any(|figures| figures.failed + figures.damaged + figures.lost > 0)
    }

    pub(crate) fn has_new(&self) -> bool {
        self.mailboxes.values().any(|figures| figures.new > 0)
    }

    /// Whether --prune left messages because they were too many.
    pub(crate) fn has_unpruned(&self) -> bool {
        self.mailboxes.values().any(|figures| figures.unpruned > 0)
    }

    /// The figures of a mailbox, to be added to.
    pub(crate) fn of(&mut self, mailbox: &str) -> &mut Figures {
        self.mailboxes
            .entry(mailbox.to_owned())
            .or_insert_with(|| Figures { mailbox: mailbox.to_owned(), ..Figures::default() })
    }

    fn total(&self) -> Figures {
        let mut total = Figures { mailbox: String::new(), ..Figures::default() };
        for figures in self.mailboxes.values() {
            total.new += figures.new;
            total.octets += figures.octets;
            total.adopted += figures.adopted;
            total.flags += figures.flags;
            total.expunged += figures.expunged;
            total.pruned += figures.pruned;
            total.failed += figures.failed;
            total.repaired += figures.repaired;
            total.damaged += figures.damaged;
            total.lost += figures.lost;
            total.replaced += figures.replaced;
            total.same += figures.same;
            total.renamed += figures.renamed;
            total.unpruned += figures.unpruned;
        }
        total
    }

    pub(crate) fn print(&self, out: &mut Output, root: &Path) -> Result<()> {
        let total = self.total();
        if out.is_json() {
            for figures in self.mailboxes.values() {
                out.object(&figures.json())?;
            }
            return out.object(&json!({
                "summary": true,
                "archive": root.to_string_lossy(),
                "mailboxes": self.mailboxes.len(),
                "new": total.new,
                "bytes": total.octets,
                "adopted": total.adopted,
                "flags": total.flags,
                "expunged": total.expunged,
                "pruned": total.pruned,
                "failed": total.failed,
                "repaired": total.repaired,
                "damaged": total.damaged,
                "lost": total.lost,
                "replaced": total.replaced,
                "unchanged": total.same,
                "renamed": total.renamed,
                "unpruned": total.unpruned,
                "failed_mailboxes": self.failed_mailboxes,
                "gone": self.gone,
                "gone_before": self.gone_before,
            }));
        }
        for figures in self.mailboxes.values().filter(|figures| !figures.is_quiet()) {
            out.line(&format!("{}: {}", figures.mailbox, figures.words()))?;
            if let Some(former) = figures.former {
                out.line(&format!(
                    "{}: the server has made this mailbox anew (UIDVALIDITY changed): the {former} messages from before are kept",
                    figures.mailbox
                ))?;
            }
        }
        for name in &self.gone {
            out.line(&format!(
                "{name}: no longer on the server; its messages are kept (--forget makes the archive forget it)"
            ))?;
        }
        let size = if total.octets > 0 { format!(" ({})", output::size(total.octets)) } else { String::new() };
        let mut failed = String::new();
        if self.failed_mailboxes > 0 {
            failed = format!("; {} failed", mailboxes(self.failed_mailboxes));
        }
        if self.gone_before > 0 {
            failed.push_str(&format!("; {} no longer on the server, as reported before", mailboxes(self.gone_before)));
        }
        out.line(&format!("{}: {}{size}{failed}", mailboxes(self.mailboxes.len() as u64), total.words()))
    }
}

fn mailboxes(count: u64) -> String {
    if count == 1 { "1 mailbox".to_owned() } else { format!("{count} mailboxes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(mailboxes), ["0 mailboxes", "1 mailbox", "2 mailboxes"]);
    }
}
