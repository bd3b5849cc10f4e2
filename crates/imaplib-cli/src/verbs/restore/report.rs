//! What is planned, what happens and what was done when messages are sent to another account, for people and for programs.

use imaplib_archive::{Event, Observer, Plan, PlannedMailbox, RestoreFinding, RestoreReport, RestoredMailbox};
use serde_json::json;

use crate::error::Result;
use crate::output::diagnostics::Progress;
use crate::output::{self, Output};
use crate::verbs::backup::failure_of;

/// Shows events beside the progress bar.
pub(super) struct Events<'a> {
    pub(super) progress: &'a Progress,
}

impl Observer for Events<'_> {
    fn event(&self, event: &Event<'_>) {
        let text = match event {
            Event::Begins { mailbox } => return self.progress.doing(mailbox),
            Event::Expected(count) => return self.progress.grow(*count),
            Event::Arrived => return self.progress.add(1),
            // What the server said may repeat the secret.
            Event::Reconnecting(error) => format!("{}; connecting again", failure_of(error).message()),
            Event::Waiting(error, time) => {
                format!("{}; continuing in {} s", failure_of(error).message(), time.as_secs_f64())
            }
            Event::Failed { mailbox, error } => failure_of(error).context(mailbox).with_hints(),
            Event::Restoring { mailbox, finding } => format!("{mailbox}: {}", text_of(finding)),
            event => event.to_string(),
        };
        self.progress.note(&text);
    }
}

fn text_of(finding: &RestoreFinding<'_>) -> String {
    match finding {
        RestoreFinding::Refused { uid, reason } => {
            format!("the message with UID {uid} was refused: {}", failure_of(reason).message())
        }
        RestoreFinding::Unreadable { uid, reason } => {
            format!("the message with UID {uid} cannot be read: {}", failure_of(reason).message())
        }
        RestoreFinding::UseNotKept { special_use, reason: Some(reason) } => {
            format!("its special use {special_use} is not kept: {}", failure_of(reason).message())
        }
        RestoreFinding::NotSubscribed(reason) => format!("not subscribed to: {}", failure_of(reason).message()),
        RestoreFinding::Gone(_) => format!("{finding} (--again sends them)"),
        finding => finding.to_string(),
    }
}

/// Prints what would be done.
pub(super) fn print_plan(plan: &Plan<'_>, out: &mut Output) -> Result<()> {
    let (mut messages, mut bytes) = (0, 0);
    for planned in plan.mailboxes() {
        messages += planned.messages.unwrap_or_default();
        bytes += planned.bytes.unwrap_or_default();
        print_planned(planned, out)?;
    }
    let mailboxes = plan.mailboxes().len() as u64;
    if out.is_json() {
        let room = plan.room();
        return out.object(&json!({
            "summary": true,
            "dry_run": true,
            "mailboxes": mailboxes,
            "messages": messages,
            "bytes": bytes,
            "append_limit": plan.append_limit(),
            "used": room.map(|room| room.used),
            "limit": room.map(|room| room.limit),
        }));
    }
    if let Some(room) = plan.room() {
        out.line(&format!("{} of {} are used (QUOTA)", output::size(room.used), output::size(room.limit)))?;
    }
    let size = output::size(bytes);
    out.line(&format!("{}: {} to be sent ({size})", counted(mailboxes), output::count(messages, "message")))
}

fn print_planned(planned: &PlannedMailbox, out: &mut Output) -> Result<()> {
    if out.is_json() {
        return out.object(&json!({
            "mailbox": planned.mailbox,
            "target": planned.target,
            "new": planned.is_new,
            "special_use": planned.special_use,
            "subscribe": planned.is_subscribed,
            "messages": planned.messages,
            "bytes": planned.bytes,
            "too_large": planned.too_large,
            "before": planned.before,
        }));
    }
    let mut words = Vec::new();
    if planned.is_new {
        let uses = planned.special_use.join(" ");
        words.push(if uses.is_empty() { "new".to_owned() } else { format!("new ({uses})") });
    }
    let messages = planned.messages.unwrap_or_default();
    if messages > 0 {
        let size = output::size(planned.bytes.unwrap_or_default());
        words.push(format!("{} to be sent ({size})", output::count(messages, "message")));
    }
    if planned.too_large > 0 {
        words.push(format!("{} larger than the server accepts", planned.too_large));
    }
    if planned.before > 0 {
        words.push(format!("{} sent before", planned.before));
    }
    let words = if words.is_empty() { "nothing to do".to_owned() } else { words.join(", ") };
    out.line(&format!("{}: {words}", shown(&planned.mailbox, &planned.target)))
}

/// Prints what was done.
pub(super) fn print(report: &RestoreReport, out: &mut Output) -> Result<()> {
    let total = report.total();
    if out.is_json() {
        for one in report.mailboxes.values() {
            out.object(&json!({
                "mailbox": one.mailbox,
                "target": one.target,
                "sent": one.sent,
                "bytes": one.bytes,
                "there": one.there,
                "before": one.before,
                "gone": one.gone,
                "changed": one.changed,
                "without_flags": one.without_flags,
                "refused": one.refused,
                "failed": one.failed,
                "incomplete": one.is_incomplete,
            }))?;
        }
        return out.object(&json!({
            "summary": true,
            "mailboxes": report.mailboxes.len(),
            "sent": total.sent,
            "bytes": total.bytes,
            "there": total.there,
            "before": total.before,
            "gone": total.gone,
            "changed": total.changed,
            "without_flags": total.without_flags,
            "refused": total.refused,
            "failed": total.failed,
            "failed_mailboxes": report.failed_mailboxes,
        }));
    }
    for one in report.mailboxes.values().filter(|one| one.sent + one.there + one.refused + one.failed > 0) {
        out.line(&format!("{}: {}", shown(&one.mailbox, &one.target), words(one)))?;
    }
    let failed = match report.failed_mailboxes {
        0 => String::new(),
        failed => format!("; {} failed", counted(failed)),
    };
    let size = if total.bytes > 0 { format!(" ({})", output::size(total.bytes)) } else { String::new() };
    out.line(&format!("{}: {}{size}{failed}", counted(report.mailboxes.len() as u64), words(&total)))
}

/// What was done with a mailbox, or with all of them.
fn words(of: &RestoredMailbox) -> String {
    let parts = [
        (of.sent, "sent"),
        (of.there, "there already"),
        (of.before, "sent by earlier runs"),
        (of.gone, "of them there no more"),
        (of.changed, "changed by the server"),
        (of.without_flags, "without some of their flags"),
        (of.refused, "refused"),
        (of.failed, "failed"),
    ];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if words.is_empty() { "nothing to do".to_owned() } else { words.join(", ") }
}

/// A mailbox by its name, and by the one on the target where that is another one.
fn shown(mailbox: &str, target: &str) -> String {
    if mailbox == target { mailbox.to_owned() } else { format!("{mailbox} -> {target}") }
}

fn counted(mailboxes: u64) -> String {
    if mailboxes == 1 { "1 mailbox".to_owned() } else { format!("{mailboxes} mailboxes") }
}
