//! The commands, one file a family.

pub(crate) mod about;
pub(crate) mod change;
pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod fetch;
pub(crate) mod mailbox;
pub(crate) mod metadata;
pub(crate) mod quota;
pub(crate) mod search;
pub(crate) mod select;

use bytes::Bytes;

use crate::cursor::Cursor;
use crate::response::{Completion, Handled};
use crate::session::Session;
use crate::settings::Settings;
use crate::view::Numbers;

/// Runs one command; the cursor stands behind its name.
pub(crate) fn execute(session: &mut Session, tag: &Bytes, name: &str, args: &mut Cursor) -> Handled {
    use Numbers::{Sequence, Uid};
    if let Some(capability) = needed_capability(name, &session.settings)
        && !session.settings.has(capability)
    {
        return Completion::bad(format!("unknown command {name}"));
    }
    if session.settings.is_read_only
        && let Some(code) = refusal_if_read_only(name)
    {
        session.logged_in()?;
        return Completion::no(format!("[{code}] nothing can be changed here"));
    }
    match name {
        "CAPABILITY" => connection::capability(session, args),
        "NOOP" => connection::noop(args),
        "LOGOUT" => connection::logout(session, args),
        "UNAUTHENTICATE" => connection::unauthenticate(session, args),
        "ID" => connection::id(session, args),
        "STARTTLS" => connection::start_tls(session, args),
        "LOGIN" => connection::login(session, args),
        "AUTHENTICATE" => connection::authenticate(session, tag, args),
        "ENABLE" => connection::enable(session, args),
        "COMPRESS" => connection::compress(session, args),
        "IDLE" => connection::idle(session, tag, args),
        "NOTIFY" => connection::notify(session, args),
        "NAMESPACE" => mailbox::namespace(session, args),
        "LANGUAGE" => about::language(session, args),
        "COMPARATOR" => about::comparator(session, args),
        "GETJMAPACCESS" => about::jmap_access(session, args),
        "UIDBATCHES" => about::uid_batches(session, tag, args),
        "SELECT" => select::select(session, args, false),
        "EXAMINE" => select::select(session, args, true),
        "CHECK" => select::check(session, args),
        "CLOSE" => select::close(session, args),
        "UNSELECT" => select::unselect(session, args),
        "CREATE" => mailbox::create(session, args),
        "DELETE" => mailbox::delete(session, args),
        "RENAME" => mailbox::rename(session, args),
        "SUBSCRIBE" => mailbox::subscribe(session, args, true),
        "UNSUBSCRIBE" => mailbox::subscribe(session, args, false),
        "LIST" => mailbox::list(session, args),
        "LSUB" => mailbox::lsub(session, args),
        "STATUS" => mailbox::status(session, args),
        "GETQUOTA" => quota::get_quota(session, args),
        "GETQUOTAROOT" => quota::get_quota_root(session, args),
        "SETQUOTA" => quota::set_quota(session, args),
        "GETMETADATA" => metadata::get_metadata(session, args),
        "SETMETADATA" => metadata::set_metadata(session, args),
        "APPEND" => change::append(session, args),
        "EXPUNGE" => change::expunge(session, args),
        "UID EXPUNGE" => change::uid_expunge(session, args),
        "SEARCH" => search::search(session, tag, args, Sequence),
        "UID SEARCH" => search::search(session, tag, args, Uid),
        "SORT" => search::sort(session, tag, args, Sequence),
        "UID SORT" => search::sort(session, tag, args, Uid),
        "THREAD" => search::thread(session, args, Sequence),
        "UID THREAD" => search::thread(session, args, Uid),
        "CANCELUPDATE" => context::cancel(session, args),
        "FETCH" => fetch::fetch(session, tag, args, Sequence),
        "UID FETCH" => fetch::fetch(session, tag, args, Uid),
        "STORE" => change::store(session, args, Sequence),
        "UID STORE" => change::store(session, args, Uid),
        "COPY" => change::copy(session, args, Sequence),
        "UID COPY" => change::copy(session, args, Uid),
        "MOVE" => change::move_(session, args, Sequence),
        "UID MOVE" => change::move_(session, args, Uid),
        _ => Completion::bad(format!("unknown command {name}")),
    }
}

/// The code with which a server that changes nothing refuses a command that does; `None` for one that does not.
pub(crate) fn refusal_if_read_only(name: &str) -> Option<&'static str> {
    match name {
        "STORE" | "UID STORE" | "EXPUNGE" | "UID EXPUNGE" | "MOVE" | "UID MOVE" => Some("READ-ONLY"),
        "CREATE" | "DELETE" | "RENAME" | "SUBSCRIBE" | "UNSUBSCRIBE" | "APPEND" | "COPY" | "UID COPY" | "SETQUOTA"
        | "SETMETADATA" => Some("NOPERM"),
        _ => None,
    }
}

fn needed_capability(name: &str, settings: &Settings) -> Option<&'static str> {
    Some(match name {
        "ID" => "ID",
        "STARTTLS" => "STARTTLS",
        "ENABLE" => "ENABLE",
        "COMPRESS" => "COMPRESS=DEFLATE",
        "IDLE" => "IDLE",
        "NAMESPACE" => "NAMESPACE",
        "LANGUAGE" => "LANGUAGE",
        "COMPARATOR" => "I18NLEVEL=2",
        "GETJMAPACCESS" => "JMAPACCESS",
        "UIDBATCHES" => "UIDBATCHES",
        "CANCELUPDATE" if settings.has("CONTEXT=SORT") => "CONTEXT=SORT",
        "CANCELUPDATE" => "CONTEXT=SEARCH",
        "UNSELECT" => "UNSELECT",
        "NOTIFY" => "NOTIFY",
        "UNAUTHENTICATE" => "UNAUTHENTICATE",
        "SORT" | "UID SORT" => "SORT",
        "GETMETADATA" | "SETMETADATA" if settings.has("METADATA-SERVER") => "METADATA-SERVER",
        "GETMETADATA" | "SETMETADATA" => "METADATA",
        "GETQUOTA" | "GETQUOTAROOT" | "SETQUOTA" => "QUOTA",
        "UID EXPUNGE" => "UIDPLUS",
        "MOVE" | "UID MOVE" => "MOVE",
        _ => return None,
    })
}
