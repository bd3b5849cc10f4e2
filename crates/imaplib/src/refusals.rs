//! What is refused before anything is sent, and what an error contains about the connection.

use imaplib_proto::client::BadArgument;
use imaplib_proto::command::{Conduct, Effect};
use imaplib_proto::engine::Engine;

use crate::{Error, Result};

/// Refuses commands that need more than to be sent and answered.
pub(crate) fn can_run(conduct: &Conduct) -> Result<()> {
    let call = match conduct.effect {
        _ if conduct.selects.is_some() => "Session::select or examine",
        _ if conduct.streams_rows => "Mailbox::fetch or fetch_all",
        _ if conduct.sends_message => "Session::append",
        Effect::Idles => "Mailbox::idle",
        Effect::LogsIn | Effect::StartsTls => "Client",
        Effect::StartsCompression => "Session::compress",
        Effect::LogsOut => "Session::logout",
        _ => return Ok(()),
    };
    Err(BadArgument::OwnCall(call).into())
}

/// Adds to an error what the end of the connection left open.
pub(crate) fn explain(engine: &Engine, error: Error) -> Error {
    let literal = if error.is_connection_lost() { engine.open_literal() } else { None };
    error.unanswered(engine.unanswered().next().is_some()).within_literal(literal)
}
