//! The commands, one file a family.

pub(crate) mod append;
pub(crate) mod copy;
pub(crate) mod expunge;
pub(crate) mod fetch;
pub(crate) mod list;
pub(crate) mod mailbox;
pub(crate) mod search;
pub(crate) mod select;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod store;

use bytes::Bytes;

use crate::completion::{Completion, Handled};
use crate::connection::Connection;
use crate::cursor::Cursor;
use crate::view::Numbers;

/// Runs one command; the cursor stands behind its name.
pub(crate) fn execute(connection: &mut Connection, tag: &Bytes, name: &str, args: &mut Cursor) -> Handled {
    use Numbers::{Sequence, Uid};
    if let Some(capability) = needed_capability(name)
        && !connection.settings.has(capability)
    {
        return Completion::bad(format!("unknown command {name}"));
    }
    match name {
        "CAPABILITY" => session::capability(connection, args),
        "NOOP" => session::noop(args),
        "LOGOUT" => session::logout(connection, args),
        "ID" => session::id(connection, args),
        "STARTTLS" => session::start_tls(connection, args),
        "LOGIN" => session::login(connection, args),
        "AUTHENTICATE" => session::authenticate(connection, tag, args),
        "ENABLE" => session::enable(connection, args),
        "COMPRESS" => session::compress(connection, args),
        "IDLE" => session::idle(connection, tag, args),
        "NAMESPACE" => list::namespace(connection, args),
        "SELECT" => select::select(connection, args, false),
        "EXAMINE" => select::select(connection, args, true),
        "CHECK" => select::check(connection, args),
        "CLOSE" => select::close(connection, args),
        "UNSELECT" => select::unselect(connection, args),
        "CREATE" => mailbox::create(connection, args),
        "DELETE" => mailbox::delete(connection, args),
        "RENAME" => mailbox::rename(connection, args),
        "SUBSCRIBE" => mailbox::subscribe(connection, args, true),
        "UNSUBSCRIBE" => mailbox::subscribe(connection, args, false),
        "LIST" => list::list(connection, args),
        "LSUB" => list::lsub(connection, args),
        "STATUS" => status::status(connection, args),
        "APPEND" => append::append(connection, args),
        "EXPUNGE" => expunge::expunge(connection, args),
        "UID EXPUNGE" => expunge::uid_expunge(connection, args),
        "SEARCH" => search::search(connection, tag, args, Sequence),
        "UID SEARCH" => search::search(connection, tag, args, Uid),
        "FETCH" => fetch::fetch(connection, args, Sequence),
        "UID FETCH" => fetch::fetch(connection, args, Uid),
        "STORE" => store::store(connection, args, Sequence),
        "UID STORE" => store::store(connection, args, Uid),
        "COPY" => copy::copy(connection, args, Sequence),
        "UID COPY" => copy::copy(connection, args, Uid),
        "MOVE" => copy::move_(connection, args, Sequence),
        "UID MOVE" => copy::move_(connection, args, Uid),
        _ => Completion::bad(format!("unknown command {name}")),
    }
}

fn needed_capability(name: &str) -> Option<&'static str> {
    Some(match name {
        "ID" => "ID",
        "STARTTLS" => "STARTTLS",
        "ENABLE" => "ENABLE",
        "COMPRESS" => "COMPRESS=DEFLATE",
        "IDLE" => "IDLE",
        "NAMESPACE" => "NAMESPACE",
        "UNSELECT" => "UNSELECT",
        "UID EXPUNGE" => "UIDPLUS",
        "MOVE" | "UID MOVE" => "MOVE",
        _ => return None,
    })
}
