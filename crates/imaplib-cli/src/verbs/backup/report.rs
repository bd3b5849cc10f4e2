//! What happens during a backup, and what it has done, for people and for programs.

use std::path::Path;

use imaplib_archive::{Event, Finding, LeftOut, MailboxReport, Observer, Report};
use serde_json::{Value, json};

use super::errors::failure_of;
use crate::error::Result;
use crate::output::diagnostics::Progress;
use crate::output::{self, Output};

/// What is said beside the result, of one account, beside the progress bar.
pub(super) struct Notes {
    progress: Progress,
    /// Where there are many: whose notes they are.
    account: Option<String>,
}

impl Notes {
    pub(super) fn new(progress: Progress, account: Option<&str>) -> Self {
        Self { progress, account: account.map(str::to_owned) }
    }

    /// The text with the account's name in front.
    fn named(&self, text: &str) -> String {
        self.account.as_ref().map_or_else(|| text.to_owned(), |account| format!("{account}: {text}"))
    }

    pub(super) fn note(&self, text: &str) {
        self.progress.note(&self.named(text));
    }

    /// Removes the bar, unless others work beside.
    pub(super) fn finish(&self) {
        if self.account.is_none() {
            self.progress.finish();
        }
    }
}

/// Shows what happens.
pub(super) struct Events<'a> {
    notes: &'a Notes,
    /// What passes by itself is not reported.
    is_quiet: bool,
}

impl<'a> Events<'a> {
    pub(super) fn new(notes: &'a Notes, is_quiet: bool) -> Self {
        Self { notes, is_quiet }
    }
}

impl Observer for Events<'_> {
    fn event(&self, event: &Event<'_>) {
        let text = match event {
            Event::Begins { mailbox } => return self.notes.progress.doing(&self.notes.named(mailbox)),
            Event::Expected(count) => return self.notes.progress.grow(*count),
            Event::Arrived => return self.notes.progress.add(1),
            Event::Reconnecting(_) | Event::Waiting(..) | Event::WithoutStatus(_) if self.is_quiet => return,
            // What the server said may repeat the secret.
            Event::Reconnecting(error) => format!("{}; connecting again", failure_of(error).message()),
            Event::Waiting(error, time) => {
                format!("{}; continuing in {} s", failure_of(error).message(), time.as_secs_f64())
            }
            Event::WithoutStatus(error) => format!("{}; trying without STATUS", failure_of(error).message()),
            Event::Failed { mailbox, error } => failure_of(error).context(mailbox).with_hints(),
            Event::Of { mailbox, finding } => format!("{mailbox}: {}", text_of(finding)),
            event => event.to_string(),
        };
        self.notes.note(&text);
    }
}

/// What to do where too much would be removed.
const WAYS_OUT: &str = "--keep-gone keeps them for good, --allow-mass-changes removes them";

/// What was found of a mailbox, with the options of this program.
fn text_of(finding: &Finding<'_>) -> String {
    match finding {
        Finding::NotListed(uids, LeftOut::Error(error)) => {
            let shown = Finding::NotListed(uids, LeftOut::Other).to_string();
            with_reason(&shown, failure_of(error).message())
        }
        Finding::NotSent(uids, LeftOut::Error(error)) => {
            let shown = Finding::NotSent(uids, LeftOut::Other).to_string();
            with_reason(&shown, failure_of(error).message())
        }
        Finding::NotPruned { gone, all } => {
            format!("--mirror would remove {gone} of {}: none is removed ({WAYS_OUT})", output::count(*all, "message"))
        }
        Finding::NotPrunedOfLate { gone, left, highest } => format!(
            "--mirror would remove {gone} more, and leave {left} of {} within a week: none is removed ({WAYS_OUT})",
            output::count(*highest, "message")
        ),
        Finding::NotPrunedAfterSetBack { gone } => format!(
            "--mirror would remove {}, which the server may have lost as it was set back: none is removed ({WAYS_OUT})",
            output::count(*gone, "message")
        ),
        Finding::FoundByName(_) => format!("{finding}; --verify compares them with the server's"),
        finding => finding.to_string(),
    }
}

/// The text with another reason in place of that of [`LeftOut::Other`].
fn with_reason(text: &str, reason: &str) -> String {
    let other = LeftOut::Other.to_string();
    format!("{}{reason}", text.strip_suffix(other.as_str()).unwrap_or(text))
}

/// Whether nothing was done that a line would be printed about.
pub(super) fn is_quiet(report: &Report) -> bool {
    report.gone.is_empty() && report.failed_mailboxes == 0 && report.mailboxes.values().all(MailboxReport::is_quiet)
}

/// Prints what was done; where there are many accounts, with the name of this one.
pub(super) fn print(report: &Report, out: &mut Output, root: &Path, account: Option<&str>) -> Result<()> {
    let total = report.total();
    if out.is_json() {
        for figures in report.mailboxes.values() {
            out.object(&of_account(json_of(figures), account))?;
        }
        return out.object(&of_account(
            json!({
                "summary": true,
                "archive": root.to_string_lossy(),
                "mailboxes": report.mailboxes.len(),
                "new": total.new,
                "bytes": total.bytes,
                "linked": total.linked,
            "moved": total.moved,
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
                "short": total.short,
                "completed": total.completed,
                "renamed": total.renamed,
                "extra": total.extra,
                "unpruned": total.unpruned,
                "failed_mailboxes": report.failed_mailboxes,
                "gone": report.gone,
                "gone_before": report.gone_before,
                "lost_before": report.lost_before,
                "short_before": report.short_before,
            }),
            account,
        ));
    }
    let whose = account.map(|account| format!("{account}: ")).unwrap_or_default();
    for figures in report.mailboxes.values().filter(|figures| !figures.is_quiet()) {
        out.line(&format!("{whose}{}: {}", figures.mailbox, words(figures)))?;
        if let Some(former) = figures.former {
            out.line(&format!(
                "{whose}{}: the server recreated this mailbox (UIDVALIDITY changed); kept from before: {}",
                figures.mailbox,
                output::count(former, "message")
            ))?;
        }
    }
    for name in &report.gone {
        out.line(&format!(
            "{whose}{name}: no longer on the server; its messages are kept (--forget makes the archive forget it)"
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
    if report.short_before > 0 {
        let short = output::count(report.short_before, "message");
        failed.push_str(&format!("; {short} shorter than announced, as reported before"));
    }
    out.line(&format!("{whose}{}: {}{size}{failed}", mailboxes(report.mailboxes.len() as u64), words(&total)))
}

/// What was done with a mailbox, or with all of them.
fn words(of: &MailboxReport) -> String {
    let parts = [
        (of.new, "new"),
        (of.linked, "that the archive had already"),
        (of.repaired, "repaired"),
        (of.replaced, "replaced on the server (the old ones are kept)"),
        (of.same, "fetched again and unchanged"),
        (of.short, "shorter than announced"),
        (of.completed, "fetched again and replaced"),
        (of.damaged, "damaged"),
        (of.lost, "lost"),
        (of.adopted, "found in the archive"),
        (of.flags, "with changed flags"),
        (of.moved, "moved to another mailbox"),
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

/// The object with the account's name, where there are many.
fn of_account(mut object: Value, account: Option<&str>) -> Value {
    if let (Some(object), Some(account)) = (object.as_object_mut(), account) {
        object.shift_insert(0, "account".to_owned(), account.into());
    }
    object
}

fn json_of(of: &MailboxReport) -> Value {
    json!({
        "mailbox": of.mailbox,
        "new": of.new,
        "bytes": of.bytes,
        "linked": of.linked,
        "moved": of.moved,
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
        "short": of.short,
        "completed": of.completed,
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
