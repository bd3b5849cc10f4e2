//! Reads the arguments of NOTIFY (RFC 5465 section 8).

use super::events::{Events, Filter, Group, Request, Selected};
use crate::completion::Completion;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::fetch::item::Item;
use crate::settings::Settings;

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
