//! The events that NOTIFY can be asked for, of which mailboxes, and how its arguments are read (RFC 5465 section 8).

use crate::cursor::{Cursor, Parsed, Syntax};
use crate::fetch::item::Item;
use crate::name;
use crate::response::Completion;
use crate::settings::Settings;

/// What a client has asked for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Events of the selected mailbox; `None` if there shall be none.
    pub(crate) selected: Option<Selected>,
    pub(super) groups: Vec<Group>,
    /// Whether the state of each mailbox is to be sent at once.
    pub(super) wants_status: bool,
}

/// Which events of the selected mailbox are sent.
#[derive(Debug)]
pub(crate) struct Selected {
    /// Expunges wait for a command that allows them.
    pub(crate) delayed: bool,
    pub(crate) flags: bool,
    /// What is fetched of new messages.
    pub(crate) items: Vec<Item>,
}

/// Events of some mailboxes.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) filter: Filter,
    pub(super) events: Events,
}

#[derive(Debug)]
pub(super) enum Filter {
    /// All mailboxes: mail can be delivered to each, and all are the user's own.
    Personal,
    Subscribed,
    Subtree(Vec<String>),
    Mailboxes(Vec<String>),
}

/// The events that a group names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Events {
    /// MessageNew and MessageExpunge, which go together.
    pub(super) messages: bool,
    pub(super) flags: bool,
    pub(super) names: bool,
    pub(super) subscriptions: bool,
    pub(super) metadata: bool,
    pub(super) server_metadata: bool,
}

impl Request {
    /// Whether events are sent while no command is in progress.
    pub(crate) fn is_active(&self) -> bool {
        self.selected.is_some() || !self.groups.is_empty()
    }

    /// The events of a mailbox, from all groups that name it.
    pub(super) fn events_of(&self, mailbox: &str, subscribed: bool) -> Events {
        self.groups.iter().filter(|group| group.filter.holds(mailbox, subscribed)).fold(
            Events::default(),
            |sum, Group { events, .. }| Events {
                messages: sum.messages || events.messages,
                flags: sum.flags || events.flags,
                names: sum.names || events.names,
                subscriptions: sum.subscriptions || events.subscriptions,
                metadata: sum.metadata || events.metadata,
                server_metadata: sum.server_metadata || events.server_metadata,
            },
        )
    }
}

impl Filter {
    fn holds(&self, mailbox: &str, subscribed: bool) -> bool {
        match self {
            Self::Personal => true,
            Self::Subscribed => subscribed,
            Self::Subtree(names) => names.iter().any(|name| name == mailbox || name::is_below(mailbox, name)),
            Self::Mailboxes(names) => names.iter().any(|name| name == mailbox),
        }
    }
}

/// The events that are supported.
const EVENTS: &str =
    "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange";

/// Which mailboxes a group is about.
enum Mailboxes {
    Selected { delayed: bool },
    Others(Filter),
}

/// The events of one group as they are read.
#[derive(Debug, Default)]
struct Named {
    new: bool,
    expunge: bool,
    events: Events,
    /// What is fetched of new messages, which is possible for the selected mailbox only.
    items: Vec<Item>,
    unknown: bool,
}

impl Request {
    /// Reads what follows `NOTIFY `.
    pub(crate) fn parse(args: &mut Cursor, settings: &Settings) -> Result<Self, Completion> {
        let mut request = Self::default();
        if args.eat_word("NONE") {
            args.end()?;
            return Ok(request);
        }
        if !args.eat_word("SET ") {
            return Completion::bad("NOTIFY is followed by SET or NONE");
        }
        request.wants_status = args.eat_word("STATUS ");
        let mut has_selected = false;
        let mut unknown = false;
        loop {
            args.need(b'(')?;
            let mailboxes = mailboxes(args)?;
            args.space()?;
            let named = named(args, settings)?;
            args.need(b')')?;
            unknown |= named.unknown;
            match mailboxes {
                Mailboxes::Selected { .. } if has_selected => {
                    return Completion::bad("the selected mailbox is named twice");
                }
                Mailboxes::Selected { delayed } => {
                    has_selected = true;
                    request.selected = named.of_selected(delayed)?;
                }
                Mailboxes::Others(_) if !named.items.is_empty() => {
                    return Completion::bad("items can be fetched of the selected mailbox only");
                }
                Mailboxes::Others(filter) => request.groups.push(Group { filter, events: named.events }),
            }
            if !args.eat(b' ') {
                break;
            }
        }
        args.end()?;
        if unknown {
            return Completion::no(format!("[BADEVENT ({EVENTS})] an event is not supported"));
        }
        Ok(request)
    }
}

fn mailboxes(args: &mut Cursor) -> Parsed<Mailboxes> {
    Ok(match args.keyword()?.as_str() {
        "SELECTED" => Mailboxes::Selected { delayed: false },
        "SELECTED-DELAYED" => Mailboxes::Selected { delayed: true },
        "INBOXES" | "PERSONAL" => Mailboxes::Others(Filter::Personal),
        "SUBSCRIBED" => Mailboxes::Others(Filter::Subscribed),
        "SUBTREE" => Mailboxes::Others(Filter::Subtree(names(args)?)),
        "MAILBOXES" => Mailboxes::Others(Filter::Mailboxes(names(args)?)),
        other => return Err(Syntax::new(format!("unknown mailbox specifier {other}"))),
    })
}

fn names(args: &mut Cursor) -> Parsed<Vec<String>> {
    args.space()?;
    let names = if args.peek() == Some(b'(') { args.list(Cursor::mailbox)? } else { vec![args.mailbox()?] };
    if names.is_empty() { Err(Syntax::new("no mailbox is named")) } else { Ok(names) }
}

/// Reads `NONE`, or events between parentheses.
fn named(args: &mut Cursor, settings: &Settings) -> Parsed<Named> {
    let mut named = Named::default();
    if args.eat_word("NONE") {
        return Ok(named);
    }
    args.need(b'(')?;
    loop {
        match args.keyword()?.as_str() {
            "MESSAGENEW" => {
                named.new = true;
                if args.starts_with(" (") {
                    args.space()?;
                    named.items = Item::parse_all(args, settings)?;
                }
            }
            "MESSAGEEXPUNGE" => named.expunge = true,
            "FLAGCHANGE" => named.events.flags = true,
            "MAILBOXNAME" => named.events.names = true,
            "SUBSCRIPTIONCHANGE" => named.events.subscriptions = true,
            "MAILBOXMETADATACHANGE" => named.events.metadata = true,
            "SERVERMETADATACHANGE" => named.events.server_metadata = true,
            _ => named.unknown = true,
        }
        if args.eat(b')') {
            break;
        }
        args.space()?;
    }
    named.events.messages = named.new;
    if named.new != named.expunge || (named.events.flags && !named.new) {
        return Err(Syntax::new("MessageNew, MessageExpunge and FlagChange need each other"));
    }
    Ok(named)
}

impl Named {
    /// The events of the selected mailbox, of which there are message events only.
    fn of_selected(self, delayed: bool) -> Parsed<Option<Selected>> {
        let Events { messages, flags, names, subscriptions, metadata, server_metadata } = self.events;
        if names || subscriptions || metadata || server_metadata {
            return Err(Syntax::new("the selected mailbox has message events only"));
        }
        Ok(messages.then_some(Selected { delayed, flags, items: self.items }))
    }
}
