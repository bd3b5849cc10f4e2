//! What is refused before anything is sent.

use imaplib_proto::client::BadArgument;
use imaplib_proto::command::{Conduct, Effect};

use crate::Result;

/// Refuses commands that need more than to be sent and answered.
pub(crate) fn can_run(conduct: &Conduct) -> Result<()> {
    let call = match conduct.effect {
        _ if conduct.selects.is_some() => "Session::select or examine",
        _ if conduct.streams_rows => "Mailbox::fetch or fetch_all",
        _ if conduct.sends_message => "Session::append",
        Effect::Idles => "Session::idle or Mailbox::idle",
        Effect::LogsIn | Effect::StartsTls => "Client",
        Effect::Unauthenticates => "Session::unauthenticate",
        Effect::StartsCompression => "Session::compress",
        Effect::LogsOut => "Session::logout",
        _ => return Ok(()),
    };
    Err(BadArgument::OwnCall(call).into())
}
