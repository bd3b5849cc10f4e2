//! Results that are kept up to date: UPDATE and CANCELUPDATE (RFC 5267).

use std::sync::Arc;

use bytes::Bytes;
use imaplib_proto::command::SortBy;
use imaplib_proto::types::Uid;

use crate::cursor::Cursor;
use crate::order::sort::{sorted, values};
use crate::response::{Completion, Handled};
use crate::search::context::{Context, MOST};
use crate::search::evaluate::find;
use crate::search::key::Key;
use crate::search::results::Hit;
use crate::session::Session;
use crate::view::Numbers;

/// Keeps the result of a search up to date from now on, or reports that it does not.
pub(crate) fn keep(
    session: &mut Session,
    tag: &Bytes,
    numbers: Numbers,
    key: Arc<Key>,
    order: Option<Vec<SortBy>>,
    found: &[Hit],
) {
    if numbers == Numbers::Sequence || session.contexts.len() >= MOST {
        session.say(&format!("* NO [NOUPDATE \"{}\"] the result is not kept up to date", String::from_utf8_lossy(tag)));
        return;
    }
    let found = found.iter().map(|hit| hit.uid).collect();
    session.contexts.push(Context { tag: tag.clone(), key, order: order.map(Arc::from), found });
}

/// Sends what has changed in the results that are kept up to date.
pub(crate) fn update(session: &mut Session) {
    let mut contexts = std::mem::take(&mut session.contexts);
    if session.view.is_none() {
        return;
    }
    for context in &mut contexts {
        let Ok(now) = result(session, &context.key, context.order.as_deref()) else { continue };
        if let Some(response) = context.update(now) {
            session.send(response);
        }
    }
    session.contexts = contexts;
}

fn result(session: &mut Session, key: &Key, order: Option<&[SortBy]>) -> Result<Vec<Uid>, Completion> {
    let Some(order) = order else { return find(session, key, |hit, _| hit.uid) };
    let found = find(session, key, |hit, message| (values(order, message), hit.uid))?;
    sorted(order, found)
}

pub(crate) fn cancel(session: &mut Session, args: &mut Cursor) -> Handled {
    let mut tags = Vec::new();
    while args.eat(b' ') {
        tags.push(args.string()?);
    }
    args.end()?;
    if tags.is_empty() {
        return Completion::bad("CANCELUPDATE needs the tag of a search");
    }
    session.logged_in()?;
    session.contexts.retain(|context| !tags.contains(&context.tag));
    Completion::ok("CANCELUPDATE done")
}
