//! `imap folders ACCOUNT [PATTERN]`

use std::collections::{HashMap, HashSet};
use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxName, MailboxStatus, StatusItem};
use serde_json::{Value, json};

use crate::args::Folders;
use crate::error::library::{IN_PARTS, of_listing};
use crate::error::{Exit, Failure, Result};
use crate::mailbox::figures::{Figures, Found};
use crate::mailbox::forms::Forms;
use crate::mailbox::resolve;
use crate::message::rows;
use crate::output::Output;
use crate::output::table::{Align, Table};
use crate::verbs::frame::in_logins;

pub(crate) fn run(args: &Folders, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    in_logins(&args.access, config, |logins, session| {
        let explain = |error: imaplib::Error| of_listing(&error, IN_PARTS);
        let pattern = resolve::mailbox_name(&args.pattern)?;
        let mut items = vec![StatusItem::Messages, StatusItem::Unseen];
        // Only a server that says so knows sizes.
        if session.capabilities().supports(Capability::StatusSize) {
            items.push(StatusItem::Size);
        }
        let mut figures = Figures::new(logins, session, items);
        let mut rows: Vec<Found> = if args.status {
            figures.list(&pattern)?
        } else if args.subscribed {
            Vec::new()
        } else {
            figures.session.list(&pattern).map_err(explain)?.into_iter().map(|listing| (listing, None)).collect()
        };
        // A subscription may outlive its mailbox.
        let mut unlisted = HashSet::new();
        if args.subscribed {
            let subscribed = figures.session.list_subscribed(&pattern).map_err(explain)?;
            (rows, unlisted) = with_figures(subscribed, rows);
        }
        let unreadable = rows::listings(&mut figures.session);
        let failed = match args.status {
            true => figures.complete(rows.iter_mut().filter(|(listing, _)| !unlisted.contains(&listing.name)))?,
            false => 0,
        };
        let found = !rows.is_empty();
        let forms = forms(&rows, args, &mut figures.session)?;
        if out.is_json() {
            rows.iter().try_for_each(|(listing, status)| out.object(&object(listing, &forms, status.as_deref())))?;
        } else {
            print(&rows, &forms, args.status, out)?;
        }
        let session = figures.session;
        if unreadable > 0 || failed > 0 {
            return Ok((session, Exit::Partial));
        }
        if found {
            return Ok((session, Exit::Ok));
        }
        let what = if args.subscribed { "subscription" } else { "mailbox" };
        Err(Failure::new(Exit::Unavailable, format!("no {what} matches {:?}", args.pattern))
            .hint("`imap folders ACCOUNT` lists all mailboxes"))
    })
}

/// What the names are shown as. Which texts are those of several names only all names tell.
fn forms(rows: &[Found], args: &Folders, session: &mut Session) -> Result<Forms> {
    let shown = rows.iter().map(|(listing, _)| &listing.name);
    let are_all = args.pattern == "*" && !args.subscribed;
    if are_all || shown.clone().all(MailboxName::is_readable) {
        return Ok(Forms::of_all(shown));
    }
    let all = resolve::list(session)?;
    Ok(Forms::of_all(all.iter().map(|listing| &listing.name).chain(shown)))
}

/// The subscribed mailboxes as LIST shows them, which has more about them than LSUB, and the names of those that it does
/// not show.
fn with_figures(subscribed: Vec<Listing>, rows: Vec<Found>) -> (Vec<Found>, HashSet<MailboxName>) {
    let mut listed: HashMap<MailboxName, Found> = rows.into_iter().map(|found| (found.0.name.clone(), found)).collect();
    let mut unlisted = HashSet::new();
    let mut found = Vec::new();
    for listing in subscribed {
        match listed.remove(&listing.name) {
            Some((mut both, status)) => {
                listing.attributes.iter().for_each(|attribute| both.attributes.insert(attribute));
                found.push((both, status));
            }
            None => {
                unlisted.insert(listing.name.clone());
                found.push((listing, None));
            }
        }
    }
    (found, unlisted)
}

fn object(listing: &Listing, forms: &Forms, status: Option<&MailboxStatus>) -> Value {
    let uses: Vec<String> = listing.attributes.iter().filter(|a| a.is_special_use()).map(|a| a.to_string()).collect();
    let (name, raw) = (forms.of(&listing.name), forms.raw(&listing.name));
    let mut value = json!({
        "mailbox": name,
        "delimiter": listing.delimiter.map(String::from),
        "attributes": listing.attributes.iter().map(|a| a.to_string()).collect::<Vec<_>>(),
        "special_use": uses,
        "selectable": listing.is_selectable(),
    });
    let Some(fields) = value.as_object_mut() else { return value };
    if raw != name {
        fields.insert("raw".to_owned(), raw.into());
    }
    if let Some(status) = status {
        fields.insert("messages".to_owned(), status.messages.into());
        fields.insert("unseen".to_owned(), status.unseen.into());
        if let Some(size) = status.size {
            fields.insert("size".to_owned(), size.into());
        }
    }
    value
}

fn print(rows: &[Found], forms: &Forms, with_status: bool, out: &mut Output) -> Result<()> {
    let cells = |(listing, status): &Found| {
        let mut cells = vec![forms.shown(&listing.name)];
        if with_status {
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            cells.push(number(status.as_ref().and_then(|status| status.messages)));
            cells.push(number(status.as_ref().and_then(|status| status.unseen)));
            cells.push(status.as_ref().and_then(|status| status.size).map(crate::output::size).unwrap_or_default());
        }
        let uses = listing.attributes.iter().filter(|attribute| attribute.is_special_use() || !listing.is_selectable());
        cells.push(uses.map(|a| a.to_string()).collect::<Vec<_>>().join(" "));
        cells
    };
    // Columns need all rows at once, and there may be very many.
    if !out.is_terminal() {
        return rows.iter().try_for_each(|found| out.row(&cells(found)));
    }
    let mut columns = vec![("MAILBOX", Align::Flexible)];
    if with_status {
        columns.extend([("MESSAGES", Align::Right), ("UNREAD", Align::Right), ("SIZE", Align::Right)]);
    }
    columns.push(("USE", Align::Left));
    let mut table = Table::new(columns);
    rows.iter().for_each(|found| table.row(cells(found)));
    out.table(&table)
}
