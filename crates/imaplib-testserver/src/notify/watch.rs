//! What has changed in mailboxes that are not selected (RFC 5465 section 5).

use std::collections::{BTreeMap, BTreeSet};

use super::events::{Events, Request};
use crate::account::Account;
use crate::annotations::{Annotations, write_entry};
use crate::listing::{self, Item, attributes};
use crate::mailbox::Mailbox;
use crate::response::Response;
use crate::settings::Settings;

/// A client that is notified.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    pub(crate) request: Request,
    /// What the client knows of the mailboxes that are not selected.
    known: Snapshot,
}

/// The state of an account as a client knows it.
#[derive(Debug, Default)]
struct Snapshot {
    mailboxes: BTreeMap<u64, State>,
    subscriptions: BTreeSet<String>,
    annotations: Annotations,
}

/// The state of a mailbox.
#[derive(Debug, Clone)]
struct State {
    id: u64,
    name: String,
    uid_validity: u32,
    uid_next: u32,
    messages: usize,
    unseen: usize,
    modseq: u64,
    annotations: Annotations,
}

impl State {
    fn of(name: &str, mailbox: &Mailbox) -> Self {
        Self {
            id: mailbox.id,
            name: name.to_owned(),
            uid_validity: mailbox.uid_validity,
            uid_next: mailbox.uid_next,
            messages: mailbox.messages.len(),
            unseen: mailbox.unseen(),
            modseq: mailbox.modseq,
            annotations: mailbox.annotations.clone(),
        }
    }
}

impl Snapshot {
    fn of(account: &Account) -> Self {
        let states = account.mailboxes.iter().map(|(name, mailbox)| (mailbox.id, State::of(name, mailbox)));
        Self {
            mailboxes: states.collect(),
            subscriptions: account.subscriptions.clone(),
            annotations: account.annotations.clone(),
        }
    }
}

/// Who is notified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) settings: &'a Settings,
    /// The mailbox that is selected: its messages are not reported here.
    pub(crate) selected: Option<u64>,
    pub(crate) condstore: bool,
}

impl Notify {
    pub(crate) fn new(request: Request) -> Self {
        Self { request, known: Snapshot::default() }
    }

    /// Notes the state from which changes are reported; returns the states that the client asked for.
    pub(crate) fn start(&mut self, account: &Account, client: Client<'_>) -> Vec<Response> {
        self.known = Snapshot::of(account);
        if !self.request.wants_status {
            return Vec::new();
        }
        let mut responses = Vec::new();
        for (name, mailbox) in &account.mailboxes {
            let events = self.request.events_of(name, account.subscriptions.contains(name));
            if !events.messages || !mailbox.selectable || client.selected == Some(mailbox.id) {
                continue;
            }
            let mut items = vec![Item::Messages, Item::UidNext, Item::UidValidity];
            if client.condstore || (events.flags && client.settings.has_condstore()) {
                items.push(Item::HighestModSeq);
            }
            responses.push(listing::response(name, mailbox, &items));
        }
        responses
    }

    /// What has changed since the last time.
    pub(crate) fn changes(&mut self, account: &Account, client: Client<'_>) -> Vec<Response> {
        if self.request.groups.is_empty() {
            return Vec::new();
        }
        let now = Snapshot::of(account);
        let before = std::mem::replace(&mut self.known, now);
        let mut responses = Vec::new();
        self.removed(account, &before, &mut responses);
        for (name, mailbox) in &account.mailboxes {
            let events = self.request.events_of(name, account.subscriptions.contains(name));
            let Some(new) = self.known.mailboxes.get(&mailbox.id) else { continue };
            let old = before.mailboxes.get(&mailbox.id).or_else(|| self.replaced(&before, name));
            if events.names && old.is_none_or(|old| old.id != mailbox.id || old.name != *name) {
                responses.push(listed(
                    account,
                    name,
                    old.map(|old| old.name.as_str()).filter(|old| old != name),
                    client.settings,
                ));
            } else if events.subscriptions
                && before.subscriptions.contains(name) != account.subscriptions.contains(name)
            {
                responses.push(listed(account, name, None, client.settings));
            }
            let Some(old) = old else { continue };
            if events.messages && mailbox.selectable && client.selected != Some(mailbox.id) {
                let items = changed_items(old, new, events, client.condstore);
                if !items.is_empty() {
                    responses.push(listing::response(name, mailbox, &items));
                }
            }
            if events.metadata {
                responses.extend(changed_entries(name, &old.annotations, &new.annotations));
            }
        }
        if self.request.groups.iter().any(|group| group.events.server_metadata) {
            responses.extend(changed_entries("", &before.annotations, &account.annotations));
        }
        responses
    }

    /// The mailbox that had this name and is gone.
    fn replaced<'a>(&self, before: &'a Snapshot, name: &str) -> Option<&'a State> {
        before.mailboxes.values().find(|old| old.name == name && !self.known.mailboxes.contains_key(&old.id))
    }

    /// Mailboxes that were deleted, unless another one has their name.
    fn removed(&self, account: &Account, before: &Snapshot, responses: &mut Vec<Response>) {
        for (id, old) in &before.mailboxes {
            let events = self.request.events_of(&old.name, before.subscriptions.contains(&old.name));
            let gone = !self.known.mailboxes.contains_key(id) && !account.mailboxes.contains_key(&old.name);
            if events.names && gone {
                let mut response = Response::untagged();
                response.text("LIST (\\NonExistent) \"/\" ").mailbox(&old.name);
                responses.push(response);
            }
        }
    }
}

fn listed(account: &Account, name: &str, old_name: Option<&str>, settings: &Settings) -> Response {
    let mut response = Response::untagged();
    let attributes = attributes(account, name, true, settings).join(" ");
    response.text(&format!("LIST ({attributes}) \"/\" ")).mailbox(name);
    if let Some(old_name) = old_name {
        response.text(" (\"OLDNAME\" (").mailbox(old_name).text("))");
    }
    response
}

/// Which items of STATUS report what has changed.
fn changed_items(old: &State, new: &State, events: Events, condstore: bool) -> Vec<Item> {
    let mut items = Vec::new();
    let messages = (old.uid_next, old.messages) != (new.uid_next, new.messages);
    let unseen = events.flags && old.unseen != new.unseen;
    let changed = messages || (events.flags && old.modseq != new.modseq);
    if messages {
        items.extend([Item::Messages, Item::UidNext]);
    }
    if old.uid_validity != new.uid_validity || (changed && events.flags && condstore) {
        items.push(Item::UidValidity);
    }
    if unseen {
        items.push(Item::Unseen);
    }
    if changed && condstore {
        items.push(Item::HighestModSeq);
    }
    items
}

/// `METADATA name entry entry`, if any has changed.
fn changed_entries(name: &str, old: &Annotations, new: &Annotations) -> Option<Response> {
    let changed = new.changed_since(old);
    if changed.is_empty() {
        return None;
    }
    let mut response = Response::untagged();
    response.text("METADATA ").mailbox(name);
    for entry in changed {
        write_entry(response.text(" "), entry);
    }
    Some(response)
}
