//! `imap folders ACCOUNT [PATTERN]`

use std::collections::HashSet;
use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxName, MailboxStatus, StatusItem};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::Folders;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::figures::{Figures, Found};
use crate::forms::Forms;
use crate::logins::Logins;
use crate::output::Output;
use crate::output::table::{Align, Table};
use crate::selection;
use crate::unreadable;

pub(crate) fn run(args: &Folders, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut logins = Logins::new(&connector);
    let session = logins.session()?;
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let pattern = selection::mailbox_name(&args.pattern)?;
    let mut items = vec![StatusItem::Messages, StatusItem::Unseen];
    // Only a server that says so knows sizes.
    if session.capabilities().has(Capability::StatusSize) || session.capabilities().has(Capability::Imap4Rev2) {
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
    let listed: HashSet<MailboxName> = rows.iter().map(|(listing, _)| listing.name.clone()).collect();
    if args.subscribed {
        let subscribed = figures.session.list_subscribed(&pattern).map_err(explain)?;
        rows = subscribed.into_iter().map(|listing| with_figures(listing, &rows)).collect();
    }
    let unreadable = unreadable::listings(&mut figures.session);
    let failed = match args.status {
        true => figures.complete(rows.iter_mut().filter(|(listing, _)| listed.contains(&listing.name)))?,
        false => 0,
    };
    let found = !rows.is_empty();
    let forms = forms(&rows, args, &mut figures.session)?;
    if out.is_json() {
        rows.iter().try_for_each(|(listing, status)| out.object(&object(listing, &forms, status.as_ref())))?;
    } else {
        out.table(&table(&rows, &forms, args.status))?;
    }
    let _ = figures.session.logout();
    if unreadable > 0 || failed > 0 {
        return Ok(Exit::Partial);
    }
    if found {
        return Ok(Exit::Ok);
    }
    let what = if args.subscribed { "subscription" } else { "mailbox" };
    Err(Failure::new(Exit::Unavailable, format!("no {what} matches {:?}", args.pattern))
        .hint("`imap folders ACCOUNT` lists all mailboxes"))
}

/// What the names are shown as. Which texts are those of several names only all names tell.
fn forms(rows: &[Found], args: &Folders, session: &mut Session) -> Result<Forms> {
    let shown = rows.iter().map(|(listing, _)| &listing.name);
    let are_all = args.pattern == "*" && !args.subscribed;
    if are_all || shown.clone().all(MailboxName::is_readable) {
        return Ok(Forms::of_all(shown));
    }
    let all = selection::list(session)?;
    Ok(Forms::of_all(all.iter().map(|listing| &listing.name).chain(shown)))
}

/// A subscribed mailbox as LIST shows it, which tells more of it than LSUB does.
fn with_figures(subscribed: Listing, rows: &[Found]) -> Found {
    let Some((listing, status)) = rows.iter().find(|(listing, _)| listing.name == subscribed.name) else {
        return (subscribed, None);
    };
    let mut both = listing.clone();
    subscribed.attributes.iter().for_each(|attribute| both.attributes.insert(attribute));
    (both, status.clone())
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

fn table(rows: &[Found], forms: &Forms, with_status: bool) -> Table {
    let mut columns = vec![("MAILBOX", Align::Flexible)];
    if with_status {
        columns.extend([("MESSAGES", Align::Right), ("UNREAD", Align::Right), ("SIZE", Align::Right)]);
    }
    columns.push(("USE", Align::Left));
    let mut table = Table::new(columns);
    for (listing, status) in rows {
        let mut cells = vec![forms.shown(&listing.name)];
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
