//! `imap create`, `imap rename`, `imap remove-mailbox`, `imap subscribe` and `imap unsubscribe`

use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{MailboxName, StatusItem};
use serde_json::json;

use crate::args::{Access, Create, RemoveMailbox, Rename, Subscribe, Unsubscribe};
use crate::error::library::{failure, message};
use crate::error::{Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::each::{Work, each};
use crate::verbs::frame::in_session;

pub(crate) fn create(args: &Create, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    for_each(&args.access, config, &args.mailboxes, "created", out, |session, name| {
        let mailbox = resolve::new_name(session, name)?;
        session.create(&mailbox).map_err(|error| failure(&error).context(name))?;
        Ok(mailbox)
    })
}

pub(crate) fn remove(args: &RemoveMailbox, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    // Told before anything is removed.
    for name in &args.mailboxes {
        if resolve::mailbox_name(name)?.is_inbox() {
            return Err(Failure::usage("INBOX cannot be removed").hint("`imap delete` deletes the messages in it"));
        }
    }
    for_each(&args.access, config, &args.mailboxes, "removed", out, |session, name| {
        let mailbox = resolve::known(session, name)?;
        if mailbox.is_selectable && !args.with_messages {
            require_empty(session, &mailbox.name, name)?;
        }
        session.delete(&mailbox.name).map_err(|error| failure(&error).context(name))?;
        Ok(mailbox.name)
    })
}

/// IMAP cannot remove a mailbox on the condition that it is empty: what arrives after this question goes with it.
fn require_empty(session: &mut Session, mailbox: &MailboxName, name: &str) -> Result<()> {
    let messages = match session.status(mailbox, &[StatusItem::Messages]) {
        Ok(status) => status.messages,
        Err(error) if error.is_no() || error.is_bad() => {
            output::note(&message(&error));
            None
        }
        Err(error) => return Err(failure(&error).context(name)),
    };
    let holds = match messages {
        Some(0) => return Ok(()),
        Some(messages) => format!("holds {}", output::count(messages, "message")),
        None => "may hold messages: the server does not tell".to_owned(),
    };
    Err(Failure::new(Exit::Unavailable, format!("{name:?} {holds}"))
        .hint("nothing was changed; `imap remove-mailbox --with-messages` removes them too, and for good"))
}

pub(crate) fn rename(args: &Rename, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    resolve::mailbox_name(&args.to)?;
    if resolve::mailbox_name(&args.from)?.is_inbox() {
        return Err(Failure::usage("INBOX cannot be renamed: servers would move its messages and keep it")
            .hint("`imap create` makes a mailbox, `imap move` moves messages there"));
    }
    in_session(&args.access, config, |session| {
        let from = resolve::known(session, &args.from)?.name;
        let to = resolve::new_name(session, &args.to)?;
        session.rename(&from, &to).map_err(|error| failure(&error).context(&args.from))?;
        if out.is_json() {
            out.object(&json!({"mailbox": to.to_text(), "change": "renamed", "from": from.to_text()}))?;
        } else if out.is_terminal() {
            out.line(&format!("{from} is now {to}"))?;
        }
        Ok(Exit::Ok)
    })
}

pub(crate) fn subscribe(args: &Subscribe, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    for_each(&args.access, config, &args.mailboxes, "subscribed", out, |session, name| {
        let mailbox = resolve::known(session, name)?.name;
        session.subscribe(&mailbox).map_err(|error| failure(&error).context(name))?;
        Ok(mailbox)
    })
}

pub(crate) fn unsubscribe(args: &Unsubscribe, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    for_each(&args.access, config, &args.mailboxes, "unsubscribed", out, |session, name| {
        let mailbox = resolve::subscribed(session, name)?;
        session.unsubscribe(&mailbox).map_err(|error| failure(&error).context(name))?;
        Ok(mailbox)
    })
}

/// Does the same to each of the mailboxes. What fails for one is reported, and the others are done.
fn for_each(
    access: &Access,
    config: Option<&Path>,
    names: &[String],
    change: &'static str,
    out: &mut Output,
    act: impl Fn(&mut Session, &str) -> Result<MailboxName>,
) -> Result<Exit> {
    each(Change { change, act, out }, access, config, names)
}

/// The same change of several mailboxes.
struct Change<'a, F> {
    change: &'static str,
    act: F,
    out: &'a mut Output,
}

impl<F: Fn(&mut Session, &str) -> Result<MailboxName>> Work for Change<'_, F> {
    type Item = String;
    type Done = MailboxName;

    fn act(&mut self, session: &mut Session, name: &String) -> Result<MailboxName> {
        (self.act)(session, name).map_err(Failure::of_change)
    }

    fn report(&mut self, _name: &String, mailbox: MailboxName) -> Result<()> {
        if self.out.is_json() {
            return self.out.object(&json!({"mailbox": mailbox.to_text(), "change": self.change}));
        }
        if self.out.is_terminal() {
            return self.out.line(&format!("{mailbox} {}", self.change));
        }
        Ok(())
    }

    fn name(name: &String) -> String {
        name.clone()
    }
}
