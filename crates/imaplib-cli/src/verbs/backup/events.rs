//! What happens during a backup, for people.

use imaplib_archive::{Event, Finding, LeftOut, Observer};

use super::errors::failure_of;
use crate::output;
use crate::output::progress::Progress;

/// Shows events beside the progress bar.
pub(super) struct Events<'a> {
    progress: &'a Progress,
    /// What passes by itself is not reported.
    is_quiet: bool,
}

impl<'a> Events<'a> {
    pub(super) fn new(progress: &'a Progress, is_quiet: bool) -> Self {
        Self { progress, is_quiet }
    }
}

impl Observer for Events<'_> {
    fn event(&self, event: &Event<'_>) {
        let text = match event {
            Event::Begins { mailbox } => return self.progress.doing(mailbox),
            Event::Expected(count) => return self.progress.grow(*count),
            Event::Arrived => return self.progress.add(1),
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
        self.progress.note(&text);
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
