//! Messages on their way to the server: sent one behind the other without waiting for the answers, where the server allows it.
//!
//! Where a connection is lost, the first message that was not answered is reported: it may be what costs the connection. Of the
//! others that were sent to their end it is looked in the mailbox which are there; what is not there is sent again only if it was
//! the server that ended the connection, for otherwise the network may still deliver it.

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::error::Error as _;
use std::io;
use std::rc::Rc;

use imaplib::AppendMessage;
use imaplib::blocking::Session;
use imaplib::types::{AppendUid, DateTime, Flags, MailboxName, Reported};
use serde_json::{Value, json};

use super::content::{Progress, Sent};
use super::limit::Limit;
use super::look::{Arrived, Mark, next_uid};
use super::source::Item;
use crate::account::logins::Logins;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::output::{self, Output, diagnostics};

/// So many items in a row may cost the connection: then it is the server that is in trouble.
const MAX_LOSSES: u32 = 3;

/// This many items are named at the end.
const MAX_NAMED: usize = 10;

/// What is the same for all messages.
pub(super) struct Target {
    pub(super) mailbox: MailboxName,
    pub(super) limit: Limit,
    pub(super) flags: Flags,
    pub(super) date: Option<DateTime>,
}

/// A message that was begun and not answered yet.
struct Begun {
    item: usize,
    progress: Rc<Cell<Progress>>,
}

/// The messages, and what became of them.
pub(super) struct Sending<'a> {
    items: &'a [Item],
    target: &'a Target,
    out: &'a mut Output,
    waiting: VecDeque<usize>,
    begun: VecDeque<Begun>,
    /// How many may yet be begun on this connection before all of them are answered.
    window: usize,
    /// Where those are that the server has reported.
    uids: HashSet<u32>,
    /// Those that were accepted, and not reported where.
    accepted: Vec<usize>,
    appended: u64,
    failed: u64,
    /// The failure of the only item.
    only: Option<Failure>,
    /// The output cannot be written.
    broken: Option<Failure>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(items: &'a [Item], target: &'a Target, out: &'a mut Output) -> Self {
        Self {
            items,
            target,
            out,
            waiting: (0..items.len()).collect(),
            begun: VecDeque::new(),
            window: usize::MAX,
            uids: HashSet::new(),
            accepted: Vec::new(),
            appended: 0,
            failed: 0,
            only: None,
            broken: None,
        }
    }

    /// Sends all messages; returns how many failed.
    pub(super) fn run(mut self, mut session: Session, logins: &mut Logins<'_>) -> Result<u64> {
        let first = match self.items.len() {
            0 | 1 => None,
            _ => next_uid(&mut session, &self.target.mailbox),
        };
        let mut losses = 0;
        while !self.waiting.is_empty() {
            let (before, most) = (self.appended, self.window);
            let Err(error) = self.send(&mut session, most) else {
                self.window = self.window.saturating_mul(2);
                continue;
            };
            if let Some(broken) = self.broken.take() {
                return Err(broken);
            }
            losses = if self.appended > before { 1 } else { losses + 1 };
            let (ended, doubtful) = (is_ended_by_server(&error), self.lose(&error));
            if self.waiting.is_empty() && doubtful.is_empty() {
                break;
            }
            if losses >= MAX_LOSSES {
                output::note(&format!("{MAX_LOSSES} items in a row have cost the connection"));
                return self.give_up(&doubtful);
            }
            session = match logins.session() {
                Ok(session) => session,
                Err(failure) => {
                    diagnostics::report(&failure);
                    return self.give_up(&doubtful);
                }
            };
            self.settle(&mut session, first, doubtful, ended)?;
            // One by one at first: what costs a connection must not cost the others.
            self.window = 1;
        }
        if session.is_usable() {
            let _ = session.logout();
        }
        match self.only.take() {
            Some(failure) => Err(failure),
            None => Ok(self.failed),
        }
    }

    /// Sends up to this many of the messages that wait.
    fn send(&mut self, session: &mut Session, most: usize) -> imaplib::Result<()> {
        let mailbox = self.target.mailbox.clone();
        let (mut left, this) = (most, RefCell::new(self));
        let messages = std::iter::from_fn(|| {
            left = left.checked_sub(1)?;
            this.borrow_mut().next()
        });
        session.append_each(&mailbox, messages, |result| this.borrow_mut().answered(result))
    }

    /// The next message that can be sent.
    fn next(&mut self) -> Option<AppendMessage<Sent>> {
        while self.broken.is_none() {
            let item = self.waiting.pop_front()?;
            let begun = Begun { item, progress: Rc::default() };
            match self.prepare(item, &begun.progress) {
                Ok(message) => {
                    self.begun.push_back(begun);
                    return Some(message);
                }
                Err(failure) => self.fail(failure),
            }
        }
        None
    }

    /// Reads the message once: its length is announced first, and it is read again rather than held in memory.
    fn prepare(&self, item: usize, progress: &Rc<Cell<Progress>>) -> Result<AppendMessage<Sent>> {
        let item = self.items.get(item).ok_or_else(|| Failure::usage("no such message"))?;
        let failed = |error: io::Error| Failure::file("read", &item.file, &error);
        let (target, name) = (self.target, item.name());
        // Line ends only make it longer.
        target.limit.check(&name, item.place.size().map_err(failed)?)?;
        let length = match item.place.sent_length().map_err(failed)? {
            0 => return Err(Failure::usage(format!("{name} is empty: there is no message in it"))),
            length => target.limit.check(&name, length)?,
        };
        let sent = Sent::new(item.place.clone(), length, Rc::clone(progress));
        let flags = item.flags.iter().chain(target.flags.iter()).collect::<Flags>();
        let message = AppendMessage::new(sent, length).flags(flags);
        Ok(match target.date.or(item.date) {
            Some(date) => message.date(date),
            None => message,
        })
    }

    /// Notes the answer to the first message that has none.
    fn answered(&mut self, result: imaplib::Result<Reported<AppendUid>>) {
        let Some(begun) = self.begun.pop_front() else { return };
        let Some(item) = self.items.get(begun.item) else { return };
        match result {
            Ok(uid) => {
                self.appended += 1;
                match uid.value() {
                    Some(found) => self.uids.extend(found.uids.iter().map(imaplib::types::Uid::get)),
                    None => self.accepted.push(begun.item),
                }
                if uid.is_unreadable() {
                    output::note(&format!(
                        "{}: appended, and the server's report of its UID (APPENDUID) cannot be read",
                        item.name()
                    ));
                }
                let uid = uid.value().and_then(|uid| Some((uid.uids.iter().next()?.get(), Some(uid.uid_validity))));
                self.print(begun.item, uid);
            }
            Err(error) => self.fail(failed(&error, item)),
        }
    }

    fn print(&mut self, item: usize, uid: Option<(u32, Option<u64>)>) {
        let Some(item) = self.items.get(item) else { return };
        if let Err(failure) = report(item, &self.target.mailbox, uid, self.out) {
            self.broken.get_or_insert(failure);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        match self.items.len() {
            1 => self.only = Some(failure),
            _ => diagnostics::report(&failure),
        }
    }

    /// Reports the message that costs the connection. What no server can have waits again; what it may have is returned.
    fn lose(&mut self, error: &imaplib::Error) -> Vec<usize> {
        let begun: Vec<Begun> = std::mem::take(&mut self.begun).into();
        let is_open = |begun: &Begun| begun.progress.get() == Progress::NotComplete;
        // A file that cannot be read any more is that of the message that was being sent.
        let culprit = match error.is_caller_io() {
            true => begun.iter().position(is_open),
            false => Some(0).filter(|_| !begun.is_empty()),
        };
        let (mut doubtful, mut again) = (Vec::new(), Vec::new());
        for (at, begun) in begun.iter().enumerate() {
            match self.items.get(begun.item) {
                Some(item) if Some(at) == culprit => self.fail(failed(error, item)),
                _ if is_open(begun) => again.push(begun.item),
                _ => doubtful.push(begun.item),
            }
        }
        if culprit.is_none() {
            diagnostics::report(&failure(error));
        }
        again.into_iter().rev().for_each(|item| self.waiting.push_front(item));
        doubtful
    }

    /// Looks which of the messages the mailbox has.
    fn settle(
        &mut self,
        session: &mut Session,
        first: Option<u32>,
        doubtful: Vec<usize>,
        is_ended_by_server: bool,
    ) -> Result<()> {
        if doubtful.is_empty() {
            return Ok(());
        }
        let arrived = first.map(|first| Arrived::look(session, &self.target.mailbox, first, &self.uids));
        let Some(Ok(mut arrived)) = arrived else {
            self.name_doubtful(&doubtful);
            return Ok(());
        };
        let mark = |item: &usize| self.items.get(*item).and_then(|item| Mark::of(item).ok());
        // Those that were accepted are there, too, and are no others.
        self.accepted.iter().filter_map(mark).for_each(|mark| {
            let _ = arrived.take(&mark);
        });
        let found: Vec<(usize, Option<u32>)> = doubtful
            .iter()
            .map(|item| (*item, mark(item).and_then(|mark| arrived.take(&mark)).map(imaplib::types::Uid::get)))
            .collect();
        let mut missing = Vec::new();
        for (item, uid) in found {
            match uid {
                Some(uid) => {
                    self.appended += 1;
                    self.uids.insert(uid);
                    self.print(item, Some((uid, None)));
                }
                None => missing.push(item),
            }
        }
        match is_ended_by_server {
            true => missing.into_iter().rev().for_each(|item| self.waiting.push_front(item)),
            false => self.name_doubtful(&missing),
        }
        self.broken.take().map_or(Ok(()), Err)
    }

    /// Reports messages of which it is not known whether the server has them.
    fn name_doubtful(&mut self, items: &[usize]) {
        for item in items.iter().filter_map(|item| self.items.get(*item)) {
            self.failed += 1;
            let failure =
                Failure::new(Exit::Temporary, format!("{}: the connection was lost before the answer", item.name()));
            diagnostics::report(&failure.unknown(true).of_change());
        }
    }

    /// Names what was not tried, and what may be there.
    fn give_up(mut self, doubtful: &[usize]) -> Result<u64> {
        self.name_doubtful(doubtful);
        let named = self.waiting.iter().take(MAX_NAMED).filter_map(|item| self.items.get(*item));
        let names: Vec<String> = named.map(Item::name).collect();
        if !names.is_empty() {
            let more = if self.waiting.len() > MAX_NAMED { ", …" } else { "" };
            output::note(&format!("not tried: {}{more}", names.join(", ")));
        }
        Ok(self.failed + self.waiting.len() as u64)
    }
}

fn failed(error: &imaplib::Error, item: &Item) -> Failure {
    failure(error).context("append").context(item.name()).of_change()
}

/// Whether it was the server that ended the connection: nothing that was sent is on its way any more.
fn is_ended_by_server(error: &imaplib::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof);
        }
        source = cause.source();
    }
    error.is_connection_lost() && !error.is_timeout() && !error.is_caller_io()
}

/// Prints that a message was appended, with its UID and the UIDVALIDITY where they are known.
fn report(item: &Item, mailbox: &MailboxName, uid: Option<(u32, Option<u64>)>, out: &mut Output) -> Result<()> {
    if out.is_json() {
        let mut object = json!({
            "change": "appended",
            "mailbox": mailbox.to_text(),
            "file": item.file.to_string_lossy(),
            "uid": uid.map(|(uid, _)| uid),
            "uidvalidity": uid.and_then(|(_, validity)| validity),
        });
        if let (Some(number), Value::Object(fields)) = (item.number, &mut object) {
            fields.insert("message".to_owned(), number.into());
        }
        return out.object(&object);
    }
    if out.is_terminal() {
        let uid = uid.map(|(uid, _)| format!(" as UID {uid}")).unwrap_or_default();
        return out.line(&format!("{} added to {mailbox}{uid}", item.name()));
    }
    uid.map_or(Ok(()), |(uid, _)| out.line(&uid.to_string()))
}
