//! What a backup has done, for people and for programs.

use std::path::Path;

use imaplib_archive::{MailboxReport, Report};
use serde_json::{Value, json};

use crate::error::Result;
use crate::output::{self, Output};

/// Prints what was done.
pub(super) fn print(report: &Report, out: &mut Output, root: &Path) -> Result<()> {
    let total = report.total();
    if out.is_json() {
        for figures in report.mailboxes.values() {
            out.object(&json_of(figures))?;
        }
        return out.object(&json!({
            "summary": true,
            "archive": root.to_string_lossy(),
            "mailboxes": report.mailboxes.len(),
            "new": total.new,
            "bytes": total.bytes,
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
            "extra": total.extra,
            "unpruned": total.unpruned,
            "failed_mailboxes": report.failed_mailboxes,
            "gone": report.gone,
            "gone_before": report.gone_before,
            "lost_before": report.lost_before,
        }));
    }
    for figures in report.mailboxes.values().filter(|figures| !figures.is_quiet()) {
        out.line(&format!("{}: {}", figures.mailbox, words(figures)))?;
        if let Some(former) = figures.former {
            out.line(&format!(
                "{}: the server recreated this mailbox (UIDVALIDITY changed); kept from before: {}",
                figures.mailbox,
                output::count(former, "message")
            ))?;
        }
    }
    for name in &report.gone {
        out.line(&format!(
            "{name}: no longer on the server; its messages are kept (--forget makes the archive forget it)"
        ))?;
    }
    let size = if total.bytes > 0 { format!(" ({})", output::size(total.bytes)) } else { String::new() };
    let mut failed = String::new();
    if report.failed_mailboxes > 0 {
        failed = format!("; {} failed", mailboxes(report.failed_mailboxes));
    }
    if report.gone_before > 0 {
        failed.push_str(&format!("; {} no longer on the server, as reported before", mailboxes(report.gone_before)));
    }
    if report.lost_before > 0 {
        let lost = output::count(report.lost_before, "message");
        failed.push_str(&format!("; {lost} lost, as reported before (--forget-lost forgets them)"));
    }
    out.line(&format!("{}: {}{size}{failed}", mailboxes(report.mailboxes.len() as u64), words(&total)))
}

/// What was done with a mailbox, or with all of them.
fn words(of: &MailboxReport) -> String {
    let parts = [
        (of.new, "new"),
        (of.repaired, "repaired"),
        (of.replaced, "replaced on the server (the old ones are kept)"),
        (of.same, "fetched again and unchanged"),
        (of.damaged, "damaged"),
        (of.lost, "lost"),
        (of.adopted, "found in the archive"),
        (of.flags, "with changed flags"),
        (of.expunged, "gone from the server (kept)"),
        (of.renamed, "with flags set back"),
        (of.extra, "not of the archive"),
        (of.pruned, "removed"),
        (of.unpruned, "too many to be removed (kept)"),
        (of.failed, "failed"),
    ];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if words.is_empty() { "nothing new".to_owned() } else { words.join(", ") }
}

fn json_of(of: &MailboxReport) -> Value {
    json!({
        "mailbox": of.mailbox,
        "new": of.new,
        "bytes": of.bytes,
        "adopted": of.adopted,
        "flags": of.flags,
        "expunged": of.expunged,
        "pruned": of.pruned,
        "failed": of.failed,
        "repaired": of.repaired,
        "damaged": of.damaged,
        "lost": of.lost,
        "replaced": of.replaced,
        "unchanged": of.same,
        "renamed": of.renamed,
        "extra": of.extra,
        "unpruned": of.unpruned,
        "set_back": of.set_back,
        "incomplete": of.is_incomplete,
        "uidvalidity_changed": of.former.is_some(),
        "former": of.former,
    })
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
