//! `imap folders ACCOUNT [PATTERN]`

use std::collections::HashMap;
use std::path::Path;

use imaplib::types::{Capability, Listing, MailboxName, MailboxStatus, StatusItem};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::Folders;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::Output;
use crate::output::table::{Align, Table};
use crate::selection;
use crate::unreadable;

pub(crate) fn run(args: &Folders, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let pattern = selection::mailbox_name(&args.pattern)?;
    let mut rows: Vec<(Listing, Option<MailboxStatus>)> = if args.status {
        let mut items = vec![StatusItem::Messages, StatusItem::Unseen];
        // Only a server that says so knows sizes.
        if session.capabilities().has(Capability::StatusSize) || session.capabilities().has(Capability::Imap4Rev2) {
            items.push(StatusItem::Size);
        }
        session.list_status(&pattern, &items).map_err(explain)?
    } else if args.subscribed {
        Vec::new()
    } else {
        session.list(&pattern).map_err(explain)?.into_iter().map(|listing| (listing, None)).collect()
    };
    if args.subscribed {
        let subscribed = session.list_subscribed(&pattern).map_err(explain)?;
        let mut figures: HashMap<MailboxName, _> =
            rows.into_iter().map(|(listing, status)| (listing.name, status)).collect();
        let figures = |listing: Listing| (figures.remove(&listing.name).flatten(), listing);
        rows = subscribed.into_iter().map(figures).map(|(status, listing)| (listing, status)).collect();
    }
    let unreadable = unreadable::listings(&mut session);
    let found = !rows.is_empty();
    if out.is_json() {
        rows.iter().try_for_each(|(listing, status)| out.object(&object(listing, status.as_ref())))?;
    } else {
        out.table(&table(&rows, args.status))?;
    }
    let _ = session.logout();
    if unreadable > 0 {
        return Ok(Exit::Partial);
    }
    if found {
        return Ok(Exit::Ok);
    }
    let what = if args.subscribed { "subscription" } else { "mailbox" };
    Err(Failure::new(Exit::Unavailable, format!("no {what} matches {:?}", args.pattern))
        .hint("`imap folders ACCOUNT` lists all mailboxes"))
}

fn object(listing: &Listing, status: Option<&MailboxStatus>) -> Value {
    let uses: Vec<String> = listing.attributes.iter().filter(|a| a.is_special_use()).map(|a| a.to_string()).collect();
    let mut value = json!({
        "mailbox": listing.name.to_text(),
        "delimiter": listing.delimiter.map(String::from),
        "attributes": listing.attributes.iter().map(|a| a.to_string()).collect::<Vec<_>>(),
        "special_use": uses,
        "selectable": listing.is_selectable(),
    });
    if let (Some(status), Some(fields)) = (status, value.as_object_mut()) {
        fields.insert("messages".to_owned(), status.messages.into());
        fields.insert("unseen".to_owned(), status.unseen.into());
        if let Some(size) = status.size {
            fields.insert("size".to_owned(), size.into());
        }
    }
    value
}

fn table(rows: &[(Listing, Option<MailboxStatus>)], with_status: bool) -> Table {
    let mut columns = vec![("MAILBOX", Align::Flexible)];
    if with_status {
        columns.extend([("MESSAGES", Align::Right), ("UNREAD", Align::Right), ("SIZE", Align::Right)]);
    }
    columns.push(("USE", Align::Left));
    let mut table = Table::new(columns);
    for (listing, status) in rows {
        let mut cells = vec![listing.name.to_text().into_owned()];
        if with_status {
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            cells.push(number(status.as_ref().and_then(|status| status.messages)));
            cells.push(number(status.as_ref().and_then(|status| status.unseen)));
            cells.push(status.as_ref().and_then(|status| status.size).map(crate::output::size).unwrap_or_default());
        }
        let uses = listing.attributes.iter().filter(|attribute| attribute.is_special_use() || !listing.is_selectable());
        cells.push(uses.map(|a| a.to_string()).collect::<Vec<_>>().join(" "));
        table.row(cells);
    }
    table
}
