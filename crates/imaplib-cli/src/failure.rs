//! Errors of the library: which exit code they mean, and what the user can do.

use imaplib::Error;
use imaplib::types::ResponseCode;

use crate::exit::{Exit, Failure};

/// An error of a session.
pub(crate) fn failure(error: &Error) -> Failure {
    let failure = Failure::new(exit(error), error.to_string()).lost(error.is_connection_lost());
    match hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// An error before there is a session; `hint` is for a server that is not there.
pub(crate) fn while_connecting(error: &Error, hint: &str) -> Failure {
    let shown = failure(error);
    let unreachable = error.is_connection_lost() || error.io_error().is_some();
    if unreachable && !error.is_timeout() { shown.with_exit(Exit::Unavailable).hint(hint) } else { shown }
}

fn exit(error: &Error) -> Exit {
    match error.code() {
        Some(ResponseCode::Unavailable | ResponseCode::InUse | ResponseCode::TempFail | ResponseCode::Limit) => {
            return Exit::Temporary;
        }
        Some(ResponseCode::NoPerm | ResponseCode::AuthorizationFailed | ResponseCode::AuthenticationFailed) => {
            return Exit::Login;
        }
        _ => {}
    }
    if error.is_bad_argument() {
        Exit::Usage
    } else if error.is_authentication() {
        Exit::Login
    } else if error.is_tls() || error.is_no() || error.is_not_offered() {
        Exit::Unavailable
    } else if error.is_connection_lost() || error.is_timeout() {
        Exit::Temporary
    } else {
        Exit::Protocol
    }
}

fn hint(error: &Error) -> Option<&'static str> {
    let by_code = match error.code() {
        Some(ResponseCode::OverQuota) => Some("the mailbox is full: make room on the server"),
        Some(ResponseCode::TryCreate) => Some("the mailbox does not exist: `imap folders` lists those that do"),
        Some(ResponseCode::Unavailable | ResponseCode::InUse | ResponseCode::TempFail) => Some("try again later"),
        Some(ResponseCode::ContactAdmin) => Some("the server asks you to contact its administrator"),
        Some(ResponseCode::Expired) => Some("the password has expired: change it"),
        _ => None,
    };
    by_code.or(if error.is_tls() {
        Some("--ca-file FILE trusts another authority, --pin SHA256 this one certificate")
    } else if error.is_authentication() {
        Some("check the user name and the password; some servers want an app password, or --auth and --token-command")
    } else if error.is_timeout() {
        Some("try again, or give it more time with --timeout SECONDS")
    } else if error.is_bad() {
        Some("the server did not understand; --verbose shows the conversation")
    } else if error.is_protocol() {
        Some("is this an IMAP port? --verbose shows the conversation")
    } else {
        None
    })
}
