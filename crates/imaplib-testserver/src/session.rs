//! What a connection's commands read and change: who is logged in, what is selected, what is sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use imaplib_proto::types::Uid;

use crate::auth::Exchange;
use crate::content::Content;
use crate::fetch::item::Item;
use crate::fetch::rows::Fetching;
use crate::mailbox::Mailbox;
use crate::notify::{Client, Notify};
use crate::output::Output;
use crate::response::{Completion, Response};
use crate::search::context::Context;
use crate::settings::Settings;
use crate::store::Store;
use crate::store_error::StoreError;
use crate::view::{Sync, View};

/// What the next line of the client is.
#[derive(Debug)]
pub(crate) enum Mode {
    Command,
    /// IDLE waits for DONE.
    Idle {
        tag: Bytes,
    },
    /// AUTHENTICATE waits for a response.
    Authenticate {
        tag: Bytes,
        exchange: Exchange,
    },
}

/// The state of a connection, apart from how its bytes arrive.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) store: Store,
    pub(crate) settings: Arc<Settings>,
    pub(crate) output: Output,
    pub(crate) mode: Mode,
    pub(crate) user: Option<String>,
    pub(crate) view: Option<View>,
    pub(crate) enabled: BTreeSet<String>,
    /// The results that are kept up to date, of the selected mailbox.
    pub(crate) contexts: Vec<Context>,
    /// Which events are sent, once the client has used NOTIFY.
    pub(crate) notify: Option<Notify>,
    pub(crate) tls: bool,
    /// What ties a login to the TLS connection, `tls-exporter`.
    pub(crate) channel_binding: Option<Vec<u8>>,
    tls_possible: bool,
    pub(crate) wants_tls: bool,
    pub(crate) wants_compression: bool,
    pub(crate) closing: bool,
    /// The FETCH whose rows are being sent.
    pub(crate) fetching: Option<Fetching>,
    pub(crate) failed_logins: u32,
}

impl Session {
    pub(crate) fn new(store: Store, settings: Arc<Settings>, tls: bool, tls_possible: bool) -> Self {
        Self {
            output: Output::new(settings.faults.clone()),
            user: settings.preauthenticated.clone(),
            store,
            settings,
            mode: Mode::Command,
            view: None,
            enabled: BTreeSet::new(),
            contexts: Vec::new(),
            notify: None,
            tls,
            channel_binding: None,
            tls_possible,
            wants_tls: false,
            wants_compression: false,
            closing: false,
            fetching: None,
            failed_logins: 0,
        }
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.output.push(Response::line(line));
    }

    pub(crate) fn send(&mut self, response: Response) {
        self.output.push(response.finish());
    }

    pub(crate) fn capabilities(&self) -> String {
        let mut hidden = Vec::new();
        if self.tls || !self.tls_possible {
            hidden.push("STARTTLS");
        }
        if self.tls {
            hidden.push("LOGINDISABLED");
        }
        self.settings.announced(self.user.is_some(), self.tls, &hidden)
    }

    /// Whether LOGIN is refused: a server that demands TLS does so until TLS is up.
    pub(crate) fn login_disabled(&self) -> bool {
        !self.tls && self.settings.has("LOGINDISABLED")
    }

    pub(crate) fn can_start_tls(&self) -> bool {
        self.tls_possible && !self.tls && self.settings.has("STARTTLS")
    }

    pub(crate) fn complete(&mut self, tag: &[u8], end: Completion) {
        let (status, text) = match end {
            Completion::Ok(text) => ("OK", text),
            Completion::No(text) => ("NO", text),
            Completion::Bad(text) => ("BAD", text),
            Completion::Pending => return,
        };
        let mut response = Response::default();
        response.bytes(tag).text(" ").text(status).text(" ").text(&text);
        self.send(response);
    }

    /// Counts a login that is refused: after too many the connection ends.
    pub(crate) fn count_failed_login(&mut self) {
        self.failed_logins += 1;
        if self.settings.login_attempts.is_some_and(|limit| self.failed_logins >= limit) {
            self.say("* BYE too many logins were refused");
            self.closing = true;
        }
    }

    /// Whether FETCH responses that nobody asked for have MODSEQ, and with it UID (RFC 7162 section 3.2.4).
    pub(crate) fn condstore_enabled(&self) -> bool {
        self.enabled.contains("CONDSTORE")
    }

    pub(crate) fn qresync_enabled(&self) -> bool {
        self.enabled.contains("QRESYNC")
    }

    /// Begins to send MODSEQ. A client that has a mailbox selected needs to know where it is (RFC 7162 section 3.1).
    pub(crate) fn enable_condstore(&mut self) {
        if self.enabled.insert("CONDSTORE".to_owned())
            && let Some(synced) = self.view.as_ref().map(View::synced)
        {
            self.say(&format!("* OK [HIGHESTMODSEQ {synced}] MODSEQ from here on"));
        }
    }

    /// The end of a command that has expunged messages: reports them, and where the mailbox is now (RFC 7162 section 3.2.7).
    pub(crate) fn after_expunge(&mut self, removed: bool, with_uid: bool, text: &str) -> Completion {
        // What the client has expunged itself is reported, whatever it wants to be notified of.
        let silent = self.notify.take_if(|notify| notify.request.selected.is_none());
        self.sync(true, with_uid);
        self.notify = silent.or(self.notify.take());
        match self.view.as_ref().map(View::synced) {
            Some(synced) if removed && self.qresync_enabled() => {
                Completion::Ok(format!("[HIGHESTMODSEQ {synced}] {text}"))
            }
            _ => Completion::Ok(text.to_owned()),
        }
    }

    /// Brings the view of the selected mailbox up to date and informs the client.
    pub(crate) fn sync(&mut self, may_expunge: bool, with_uid: bool) {
        let (Some(user), Some(view)) = (&self.user, &mut self.view) else { return };
        let selected = match &self.notify {
            None => None,
            Some(notify) => match &notify.request.selected {
                None => return,
                selected => selected.as_ref(),
            },
        };
        let how = Sync {
            may_expunge,
            with_uid: with_uid || selected.is_some(),
            with_modseq: self.enabled.contains("CONDSTORE"),
            vanished: self.enabled.contains("QRESYNC"),
            flags: selected.is_none_or(|selected| selected.flags),
        };
        let last_known = view.entries.last().map(|entry| entry.uid);
        let result: Result<_, StoreError> = self.store.with(user, |account| {
            let mailbox = account.by_id(view.mailbox_id).ok_or(StoreError::NoSuchMailbox)?;
            let mut responses = view.sync(mailbox, how);
            let items = selected.map(|selected| selected.items.as_slice()).unwrap_or_default();
            if !items.is_empty() {
                responses.extend(new_rows(mailbox, view, last_known, items));
            }
            Ok(responses)
        });
        match result {
            Ok(responses) => responses.into_iter().for_each(|response: Vec<Content>| self.output.push(response)),
            Err(_) => {
                self.view = None;
                self.closing = true;
                self.say("* BYE the selected mailbox is gone");
            }
        }
    }

    /// Reports what has happened in other mailboxes, if the client wants to know.
    pub(crate) fn sync_others(&mut self) {
        let (Some(user), Some(mut notify)) = (self.user.clone(), self.notify.take()) else { return };
        let client = self.client();
        let changes = self.store.with(&user, |account| Ok::<_, StoreError>(notify.changes(account, client)));
        for change in changes.unwrap_or_default() {
            self.send(change);
        }
        self.notify = Some(notify);
    }

    /// What NOTIFY needs to know of the session.
    pub(crate) fn client(&self) -> Client<'_> {
        Client {
            settings: &self.settings,
            selected: self.view.as_ref().map(|view| view.mailbox_id),
            condstore: self.condstore_enabled(),
        }
    }

    /// The user who is logged in.
    pub(crate) fn logged_in(&self) -> Result<String, Completion> {
        self.user.clone().ok_or_else(|| Completion::Bad("log in first".to_owned()))
    }

    /// Works on the selected mailbox and the session's view of it.
    pub(crate) fn with_selected<T>(
        &mut self,
        work: impl FnOnce(&mut Mailbox, &mut View) -> Result<T, Completion>,
    ) -> Result<T, Completion> {
        let user = self.logged_in()?;
        let Some(view) = &mut self.view else {
            return Completion::bad("no mailbox is selected");
        };
        self.store.with(&user, |account| {
            let mailbox = account.by_id(view.mailbox_id).ok_or(StoreError::NoSuchMailbox)?;
            work(mailbox, view)
        })
    }
}

/// What NOTIFY asks for of each message behind the last one that the session knew.
fn new_rows(mailbox: &Mailbox, view: &View, last_known: Option<Uid>, items: &[Item]) -> Vec<Vec<Content>> {
    let first_new = view.entries.partition_point(|entry| Some(entry.uid) <= last_known);
    let new = view.entries.iter().enumerate().skip(first_new);
    let rows = new.filter_map(|(place, entry)| {
        let message = mailbox.message(entry.uid)?;
        let mut response = Response::untagged();
        response.text(&format!("{} FETCH ", place + 1));
        let mut readable = true;
        response.list(items, |out, item| readable &= item.write(out, message, entry.recent).is_ok());
        readable.then(|| response.finish())
    });
    rows.collect()
}
