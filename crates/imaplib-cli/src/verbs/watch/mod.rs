//! `imap watch ACCOUNT [MAILBOX…]`

mod begun;
mod events;
mod mailbox;
mod numbers;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde_json::json;

use self::begun::{Begun, Change, Said};
use self::mailbox::Watcher;
use crate::account::connector::Connector;
use crate::account::secret;
use crate::args::Watch;
use crate::error::{Exit, Failure, Result};
use crate::output::diagnostics;
use crate::output::{self, Output};

/// This many changes wait to be printed: then the server waits too.
const MOST_WAITING: usize = 16;

/// So much of a text goes into the environment of a program, in bytes: systems take no more than 128 KiB.
const MOST_IN_ENVIRONMENT: usize = 32 << 10;

/// So much longer than it was told to does a watch go on that has not begun, if it is not known why.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) fn run(args: &Watch, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let program = args.exec.as_deref().map(words).transpose()?;
    let connector = Connector::to(&args.access, config)?;
    // Asked for once, before threads would ask at the same time.
    connector.prepare()?;
    // A time that no clock can show does not come.
    let deadline = args.duration.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    let connector: &'static Connector = Box::leak(Box::new(connector));
    let (sender, said) = sync_channel(MOST_WAITING);
    for mailbox in &args.mailboxes {
        let (sender, mailbox) = (sender.clone(), begun::name(mailbox).to_owned());
        std::thread::spawn(move || {
            let failure = Watcher::new(connector, &mailbox, &sender).run();
            let failure = failure.context(&mailbox);
            let _ = sender.send(Said::Ended(mailbox, failure));
        });
    }
    drop(sender);
    let mut begun = Begun::of(&args.mailboxes);
    let mut seen = 0;
    let mut end = deadline;
    while args.count.is_none_or(|count| seen < count) {
        let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        let said = if left == Duration::MAX {
            said.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else if left.is_zero() {
            // What waits is given out even when there is no time left.
            Err(RecvTimeoutError::Timeout)
        } else {
            said.recv_timeout(left)
        };
        match said {
            Ok(Said::Change(change)) => {
                print(&change, out)?;
                if change.event == "watching" {
                    begun.watched(&change.mailbox);
                }
                // What the watch says about itself is no change.
                if change.event == "watching" || change.event == "lost" {
                    continue;
                }
                seen += 1;
                if let Some(program) = &program {
                    execute(program, &connector.account.label, &change);
                }
            }
            Ok(Said::Partial(mailbox)) => begun.partial(&mailbox),
            Ok(Said::Late(mailbox, failure)) => begun.late(&mailbox, failure),
            Ok(Said::Ended(mailbox, failure)) => {
                diagnostics::report(&failure);
                begun.ended(&mailbox, failure);
            }
            // Servers answer a wrong password late: whether it is one is worth some seconds.
            Err(RecvTimeoutError::Timeout) if end == deadline && begun.is_unknown() => {
                end = deadline.and_then(|deadline| deadline.checked_add(GRACE));
            }
            Err(RecvTimeoutError::Timeout) => {
                begun.report_late();
                break;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(begun.exit())
}

fn print(change: &Change, out: &mut Output) -> Result<()> {
    if out.is_json() {
        let mut value = json!({"event": change.event, "mailbox": change.mailbox});
        if let Some(fields) = value.as_object_mut() {
            fields.extend(change.seq.map(|seq| ("seq".to_owned(), seq.into())));
            fields.extend(change.uid.map(|uid| ("uid".to_owned(), uid.into())));
            fields.extend(change.uids.clone().map(|uids| ("uids".to_owned(), uids.into())));
            fields.extend(change.count.map(|count| ("count".to_owned(), count.into())));
            fields.extend(change.flags.clone().map(|flags| ("flags".to_owned(), flags.into())));
            fields.extend(change.text.clone().map(|text| ("text".to_owned(), text.into())));
        }
        out.object(&value)?;
    } else {
        let mut line = format!("{}: {}", change.mailbox, change.event);
        let numbers = [("message", change.seq), ("uid", change.uid), ("messages now", change.count)];
        for (what, number) in numbers.into_iter().filter_map(|(what, number)| Some((what, number?))) {
            line.push_str(&format!(", {what} {number}"));
        }
        let uids = change.uids.as_ref().map(|uids| format!("uids {uids}"));
        let flags = change.flags.as_ref().map(|flags| flags.join(" "));
        for text in [uids, flags, change.text.clone()].into_iter().flatten() {
            line.push_str(&format!(", {text}"));
        }
        out.line(&line)?;
    }
    out.flush()
}

/// Splits a command line into words, as a shell would; nothing else of a shell is used.
fn words(command: &str) -> Result<Vec<String>> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| Failure::usage(format!("--exec {command:?} is not a command")).hint("quotes must be closed"))
}

/// Runs the program with the change as data: in its environment and as its last arguments.
fn execute(words: &[String], account: &str, change: &Change) {
    let [program, arguments @ ..] = words else { return };
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let flags = change.flags.as_deref().unwrap_or_default().join(" ");
    let given = beginning(&flags, MOST_IN_ENVIRONMENT);
    if given.len() < flags.len() {
        output::note(&format!("--exec: {program} gets the first {} of {} bytes of flags", given.len(), flags.len()));
    }
    let result = Command::new(program)
        .args(arguments)
        .args([change.event, safe_argument(&change.mailbox).as_str()])
        .env("IMAP_ACCOUNT", account)
        .env("IMAP_EVENT", change.event)
        .env("IMAP_MAILBOX", &change.mailbox)
        .env("IMAP_SEQ", number(change.seq))
        .env("IMAP_UID", number(change.uid))
        .env("IMAP_COUNT", number(change.count))
        .env("IMAP_FLAGS", given)
        .env_remove(secret::VARIABLE)
        .stdin(Stdio::null())
        .status();
    match result {
        Ok(status) if status.success() => {}
        Ok(status) => output::note(&format!("--exec: {program} ended with {status}")),
        Err(error) => output::note(&format!("--exec: cannot run {program}: {error}")),
    }
}

/// This many bytes of a text, or a few less.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// A name that begins with a dash must not be read as an option.
fn safe_argument(name: &str) -> String {
    if name.starts_with('-') { format!("./{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_words_and_no_shell() {
        assert_eq!(words("notify-send 'New mail' $(rm)").unwrap(), ["notify-send", "New mail", "$(rm)"]);
        assert!(words("a 'b").is_err());
        assert!(words("").is_err());
    }

    #[test]
    fn a_text_is_cut_between_letters() {
        for (most, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aü"), (9, "aü")] {
            assert_eq!(beginning("aü", most), expected);
        }
    }
}
