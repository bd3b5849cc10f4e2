//! `imap watch ACCOUNT [MAILBOX…]`

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use imaplib::blocking::Mailbox;
use imaplib::command::Search;
use imaplib::response::Untagged;
use imaplib::types::{ResponseCode, SeqNum, Uid, UidSet};
use serde_json::json;

use crate::account::Account;
use crate::args::Watch;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::{self, Output};
use crate::selection;

/// The longest wait before a lost connection is made again.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A change in a mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) event: &'static str,
    pub(crate) mailbox: String,
    pub(crate) seq: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) count: Option<u32>,
    pub(crate) flags: Option<String>,
    pub(crate) text: Option<String>,
}

/// What a watching thread says.
enum Said {
    Change(Change),
    Ended(Failure),
}

pub(crate) fn run(args: &Watch, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let program = args.exec.as_deref().map(words).transpose()?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    // Asked for once, before threads would ask at the same time.
    connector.prepare()?;
    let deadline = args.duration.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let connector: &'static Connector = Box::leak(Box::new(connector));
    let (sender, said) = channel();
    for mailbox in &args.mailboxes {
        let (sender, mailbox) = (sender.clone(), mailbox.clone());
        std::thread::spawn(move || {
            let failure = watch_for_ever(connector, &mailbox, &sender);
            let _ = sender.send(Said::Ended(failure.context(&mailbox)));
        });
    }
    drop(sender);
    let mut seen = 0;
    let mut failed = None;
    while args.count.is_none_or(|count| seen < count) {
        let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        let said = if left == Duration::MAX {
            said.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            said.recv_timeout(left)
        };
        match said {
            Ok(Said::Change(change)) => {
                // What the connection itself says is no change.
                seen += u64::from(change.event != "watching" && change.event != "lost");
                print(&change, out)?;
                if let Some(program) = &program {
                    execute(program, &connector.account.label, &change);
                }
            }
            Ok(Said::Ended(failure)) => {
                failure.report();
                failed = Some(failure);
            }
            Err(RecvTimeoutError::Timeout) => return Ok(Exit::Ok),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(failed.map_or(Exit::Ok, |failure| failure.exit()))
}

/// Watches, and connects again after a loss; returns only with what cannot be mended by trying again.
fn watch_for_ever(connector: &Connector, mailbox: &str, said: &Sender<Said>) -> Failure {
    let mut wait = Duration::from_secs(1);
    let mut was_connected = false;
    loop {
        let started = Instant::now();
        let mut connected = false;
        let failure = match watch(connector, mailbox, said, &mut connected) {
            Ok(()) => Failure::new(Exit::Unavailable, "the server ended the session"),
            Err(failure) => failure,
        };
        was_connected |= connected;
        let mendable = failure.is_lost() || matches!(failure.exit(), Exit::Temporary | Exit::Unavailable);
        if !was_connected || !mendable {
            return failure;
        }
        if started.elapsed() > Duration::from_secs(60) {
            wait = Duration::from_secs(1);
        }
        let text = format!("{}; connecting again in {} s", failure.message(), wait.as_secs());
        let change = Change { event: "lost", mailbox: mailbox.to_owned(), text: Some(text), ..Change::default() };
        if said.send(Said::Change(change)).is_err() {
            return failure;
        }
        std::thread::sleep(wait);
        wait = (wait * 2).min(MAX_WAIT);
    }
}

fn watch(connector: &Connector, name: &str, said: &Sender<Said>, connected: &mut bool) -> Result<()> {
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, name)?;
    *connected = true;
    let now =
        Change { event: "watching", mailbox: name.to_owned(), count: Some(mailbox.exists()), ..Change::default() };
    let _ = said.send(Said::Change(now));
    wait_for_changes(&mut mailbox, name, said)
}

fn wait_for_changes(mailbox: &mut Mailbox<'_>, name: &str, said: &Sender<Said>) -> Result<()> {
    let mut messages = mailbox.exists();
    let mut next = mailbox.uid_next().and_then(Uid::new);
    loop {
        let mut idle = mailbox.idle();
        let arrived = loop {
            let Some(event) = idle.next(None).map_err(|error| failure(&error))? else { continue };
            if let Untagged::Exists(count) = event.response {
                let more = count > messages;
                messages = count;
                if more {
                    break count;
                }
                continue;
            }
            let Some(change) = change(name, event.response, &mut messages) else { continue };
            if said.send(Said::Change(change)).is_err() {
                return Ok(());
            }
        };
        idle.done().map_err(|error| failure(&error))?;
        for change in new_messages(mailbox, name, arrived, &mut next)? {
            if said.send(Said::Change(change)).is_err() {
                return Ok(());
            }
        }
    }
}

/// What an event says of a change; new messages are looked up apart.
fn change(mailbox: &str, event: Untagged, messages: &mut u32) -> Option<Change> {
    let mut change = Change { mailbox: mailbox.to_owned(), ..Change::default() };
    match event {
        Untagged::Expunge(seq) => {
            *messages = messages.saturating_sub(1);
            change.event = "expunged";
            change.seq = Some(seq.get());
            change.count = Some(*messages);
        }
        Untagged::Vanished { uids, .. } => {
            *messages = messages.saturating_sub(u32::try_from(uids.len()).unwrap_or(u32::MAX));
            change.event = "expunged";
            change.uid = uids.first().map(Uid::get);
            change.text = Some(format!("uids {uids}"));
            change.count = Some(*messages);
        }
        Untagged::Fetch(row) => {
            change.event = "flags";
            change.seq = row.seq.map(SeqNum::get);
            change.uid = row.uid.map(Uid::get);
            change.flags = Some(row.flags.as_ref()?.to_string());
        }
        Untagged::Status(status) if matches!(status.code, Some(ResponseCode::Alert)) => {
            change.event = "alert";
            change.text = Some(status.text.to_string_lossy().into_owned());
        }
        _ => return None,
    }
    Some(change)
}

/// The messages from `next` on, one change each.
fn new_messages(mailbox: &mut Mailbox<'_>, name: &str, count: u32, next: &mut Option<Uid>) -> Result<Vec<Change>> {
    let new = Change { event: "new", mailbox: name.to_owned(), count: Some(count), ..Change::default() };
    let Some(first) = *next else { return Ok(vec![new]) };
    let found = mailbox.search(Search::new().uids(UidSet::from(first))).map_err(|error| failure(&error))?;
    // `n:*` stands for the last message too, however low its UID.
    let uids: Vec<Uid> = found.iter().filter(|uid| *uid >= first).collect();
    *next = uids.last().and_then(|last| Uid::new(last.get().saturating_add(1))).or(*next);
    Ok(uids.into_iter().map(|uid| Change { uid: Some(uid.get()), ..new.clone() }).collect())
}

fn print(change: &Change, out: &mut Output) -> Result<()> {
    if out.is_json() {
        let mut value = json!({"event": change.event, "mailbox": change.mailbox});
        if let Some(fields) = value.as_object_mut() {
            fields.extend(change.seq.map(|seq| ("seq".to_owned(), seq.into())));
            fields.extend(change.uid.map(|uid| ("uid".to_owned(), uid.into())));
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
        for text in [&change.flags, &change.text].into_iter().flatten() {
            line.push_str(&format!(", {text}"));
        }
        out.line(&line)?;
    }
    out.flush()
}

/// Splits a command line into words, as a shell would; nothing else of a shell is used.
fn words(command: &str) -> Result<Vec<String>> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| Failure::usage(format!("--exec {command:?} is no command")).hint("quotes must be closed"))
}

/// Runs the program with the change as data: in its environment and as its last arguments.
fn execute(words: &[String], account: &str, change: &Change) {
    let [program, arguments @ ..] = words else { return };
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let result = Command::new(program)
        .args(arguments)
        .args([change.event, safe_argument(&change.mailbox).as_str()])
        .env("IMAP_ACCOUNT", account)
        .env("IMAP_EVENT", change.event)
        .env("IMAP_MAILBOX", &change.mailbox)
        .env("IMAP_SEQ", number(change.seq))
        .env("IMAP_UID", number(change.uid))
        .env("IMAP_COUNT", number(change.count))
        .env("IMAP_FLAGS", change.flags.as_deref().unwrap_or_default())
        .env_remove("IMAP_PASSWORD")
        .stdin(Stdio::null())
        .status();
    match result {
        Ok(status) if status.success() => {}
        Ok(status) => output::note(&format!("--exec: {program} ended with {status}")),
        Err(error) => output::note(&format!("--exec: cannot run {program}: {error}")),
    }
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
}
