//! Which commands can be run by themselves, and which have a call of their own.

use super::BadArgument;
use crate::command::{Conduct, Effect, Numbering};

/// Whether a command needs no more than to be sent and answered, in a session.
///
/// # Errors
/// If it needs more: a message to bring, rows to receive, or an end that changes the whole connection. The error names the
/// call of the clients that does so.
pub fn can_run(conduct: &Conduct) -> Result<(), BadArgument> {
    let call = match conduct.effect {
        _ if conduct.selects.is_some() => "Session::select or examine",
        _ if conduct.streams_rows => "Mailbox::fetch or fetch_all",
        _ if conduct.sends_message => "Session::append",
        Effect::Idles => "Session::idle or Mailbox::idle",
        Effect::LogsIn | Effect::StartsTls => "Client",
        Effect::Unauthenticates => "Session::unauthenticate",
        Effect::StartsCompression => "Session::compress",
        Effect::LogsOut => "Session::logout",
        Effect::None | Effect::LeavesMailbox | Effect::Enables | Effect::Notifies { .. } => return Ok(()),
    };
    Err(BadArgument::OwnCall(call))
}

/// Whether a command can be run before login: it changes nothing about the connection, and is about no messages.
///
/// # Errors
/// If it cannot.
pub fn can_run_before_login(conduct: &Conduct) -> Result<(), BadArgument> {
    let needs_mailbox = conduct.numbering != Numbering::Uid || conduct.streams_rows || conduct.selects.is_some();
    match needs_mailbox || conduct.sends_message || conduct.effect != Effect::None {
        true => Err(BadArgument::NotBeforeLogin),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MailboxName;

    #[test]
    fn what_needs_more_than_to_be_sent_is_refused() {
        let own_call = |conduct: &Conduct| match can_run(conduct) {
            Err(BadArgument::OwnCall(call)) => Some(call),
            other => other.map(|()| None).unwrap(),
        };
        for (conduct, in_session, before_login) in [
            (Conduct::new(), None, true),
            (Conduct::alone(), None, true),
            (Conduct::new().by_sequence(), None, false),
            (Conduct::with_effect(Effect::LeavesMailbox), None, false),
            (Conduct::with_effect(Effect::Enables), None, false),
            (Conduct::with_effect(Effect::Notifies { expunge_at_any_time: true }), None, false),
            (Conduct::new().selects(MailboxName::inbox(), true), Some("Session::select or examine"), false),
            (Conduct::new().streams_rows(), Some("Mailbox::fetch or fetch_all"), false),
            (Conduct { sends_message: true, ..Conduct::new() }, Some("Session::append"), false),
            (Conduct::with_effect(Effect::Idles), Some("Session::idle or Mailbox::idle"), false),
            (Conduct::with_effect(Effect::LogsIn), Some("Client"), false),
            (Conduct::with_effect(Effect::StartsTls), Some("Client"), false),
            (Conduct::with_effect(Effect::Unauthenticates), Some("Session::unauthenticate"), false),
            (Conduct::with_effect(Effect::StartsCompression), Some("Session::compress"), false),
            (Conduct::with_effect(Effect::LogsOut), Some("Session::logout"), false),
        ] {
            assert_eq!(own_call(&conduct), in_session, "{conduct:?}");
            assert_eq!(can_run_before_login(&conduct).is_ok(), before_login, "{conduct:?}");
        }
    }
}
