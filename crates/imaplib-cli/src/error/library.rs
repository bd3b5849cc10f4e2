//! Errors of the library: which exit code they mean, and what the user can do.

use std::borrow::Cow;

use imaplib::blocking::Session;
use imaplib::types::{Capability, RefusalHint, ResponseCode, StatusResponse};
use imaplib::{BadArgument, Endpoint, Error, ProxyFailure, TimeoutPhase, TlsFailure};

use crate::error::{Cause, Exit, Failure, Result};
use crate::output::trace::redact;

/// An error of a session. Whatever its cause, the login was accepted.
pub(crate) fn failure(error: &Error) -> Failure {
    explained(error, exit(error), hint(error))
}

/// How mailboxes are listed that are too many to be listed at once.
pub(crate) const IN_PARTS: &str = "`imap folders ACCOUNT 'A*'` lists those that match a pattern, and every verb accepts the exact \
                                   name of a mailbox";

/// An error of a list of mailboxes. One that is too long to be held can be had in parts: `otherwise` is how.
pub(crate) fn of_listing(error: &Error, otherwise: &str) -> Failure {
    let failure = failure(error).context("the list of mailboxes");
    match error.is_limit() && error.status().is_none() {
        true => failure.hint(format!("no more than about 75,000 mailboxes can be listed at once: {otherwise}")),
        false => failure,
    }
}

/// An error of the login itself. Only this one means that the user or the password is not accepted.
pub(crate) fn of_login(error: &Error) -> Failure {
    if error.is_authentication() && !is_temporary(error) {
        let hint = about_complaint(error).or_else(|| hint_by_code(error).map(Cow::Borrowed));
        return explained(error, Exit::Login, Some(hint.unwrap_or_else(|| about_login(error))));
    }
    failure(error)
}

/// An error of a login with an access token, for which no password was sent.
pub(crate) fn of_token_login(error: &Error) -> Failure {
    let failure = of_login(error);
    let has_other_reason = about_complaint(error).is_some()
        || matches!(error.code(), Some(ResponseCode::ContactAdmin | ResponseCode::PrivacyRequired))
        || error.status().is_none();
    if failure.exit() != Exit::Login || has_other_reason {
        return failure;
    }
    failure.hint(
        "the server refused the access token: --token-command must print one that has not expired, of this user, and \
         that allows IMAP",
    )
}

fn explained(error: &Error, exit: Exit, hint: Option<Cow<'static, str>>) -> Failure {
    let is_closed = is_mailbox_closed(error);
    let failure = Failure::new(exit, message(error)).cause(cause(error)).lost(error.is_connection_lost() || is_closed);
    let failure =
        failure.unknown(error.is_outcome_unknown() || is_closed).wait(error.retry_after()).busy(is_temporary(error));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What went wrong, without the secrets that the server may have repeated.
pub(crate) fn message(error: &Error) -> String {
    let message = refusal(error);
    match error.alert() {
        Some(alert) => format!("{message} (and before that: {})", redact(&alert.text.to_string())),
        None => message,
    }
}

fn refusal(error: &Error) -> String {
    if is_mailbox_closed(error) {
        return "the server has closed the mailbox".to_owned();
    }
    let message = error.to_string();
    // Only the server's words: in ours a mark would tell which of them the password is.
    match error.status().map(|status| status.text.to_string()) {
        Some(said) => match message.strip_suffix(&said) {
            Some(ours) => format!("{ours}{}", redact(&said)),
            None => redact(&message).into_owned(),
        },
        None if error.is_protocol() => redact(&message).into_owned(),
        None => message,
    }
}

/// An error before there is a session.
pub(crate) fn while_connecting(error: &Error, endpoint: &Endpoint) -> Failure {
    let shown = failure(error);
    if error.unusable_file().is_some() {
        return shown.with_exit(Exit::Config).hint("give a file of certificates or keys in PEM form");
    }
    if error.is_connection_lost() && error.status().is_some() {
        // A BYE for a greeting: the server is there and too busy.
        let hint = about_complaint(error).unwrap_or("the server turns connections away now: try again later".into());
        return shown.with_exit(Exit::Temporary).busy(true).hint(hint);
    }
    let expects_tls = endpoint.host().is_none() || endpoint.is_implicit_tls();
    if error.timeout_phase() == Some(TimeoutPhase::Greeting) && !expects_tls {
        return shown.hint("is this a TLS port? Then use imaps://; or give it more time with --timeout SECONDS");
    }
    if let Some(failure) = error.proxy_failure() {
        return shown.with_exit(Exit::Unavailable).hint(about_proxy(failure));
    }
    if error.timeout_phase() == Some(TimeoutPhase::Proxy) {
        return shown.hint("is it a proxy of this kind? Or give it more time with --timeout SECONDS");
    }
    let unreachable = error.is_connection_lost() || error.io_error().is_some();
    if !unreachable || error.is_timeout() {
        return shown;
    }
    shown.with_exit(Exit::Unavailable).hint(match endpoint.host() {
        Some(_) => "are host and port right, and does the network work?",
        None => "does the command or the socket work by itself?",
    })
}

fn about_proxy(failure: ProxyFailure) -> &'static str {
    match failure {
        ProxyFailure::NotAProxy | ProxyFailure::Closed | ProxyFailure::HeaderTooLong => {
            "are kind, host and port of the proxy right? It is socks5://HOST:PORT or http://HOST:PORT"
        }
        ProxyFailure::LoginRequired | ProxyFailure::LoginRefused | ProxyFailure::BadLogin => {
            "put the proxy with its user and password into the environment: ALL_PROXY=socks5://USER:PASSWORD@HOST:PORT"
        }
        ProxyFailure::Forbidden | ProxyFailure::Status { .. } => {
            "ask the proxy's operator whether it allows connections to this port"
        }
        _ => "are host and port of the server right, and can the proxy reach them?",
    }
}

fn is_temporary(error: &Error) -> bool {
    let code = matches!(
        error.code(),
        Some(ResponseCode::Unavailable | ResponseCode::InUse | ResponseCode::TempFail | ResponseCode::Limit)
    );
    code || error.is_temporary()
}

/// After anything but the refusal of a command, or a call that sent none, the connection is over.
fn cause(error: &Error) -> Cause {
    if error.is_no() || error.is_bad() {
        Cause::Refusal
    } else if is_mailbox_closed(error) {
        Cause::Connection
    } else if error.is_bad_argument() || error.is_unsupported() || error.is_read_only() || error.is_caller_io() {
        Cause::Item
    } else {
        Cause::Connection
    }
}

fn exit(error: &Error) -> Exit {
    if is_temporary(error) || is_mailbox_closed(error) {
        Exit::Temporary
    } else if error.is_bad_argument() {
        Exit::Usage
    } else if error.is_tls() || error.is_no() || error.is_unsupported() || is_without_mailbox(error) {
        Exit::Unavailable
    } else if error.is_connection_lost() || error.is_timeout() {
        Exit::Temporary
    } else {
        Exit::Protocol
    }
}

/// The server closed the mailbox by itself, as when another client removes it: no verb opens another one meanwhile.
fn is_mailbox_closed(error: &Error) -> bool {
    matches!(error.argument(), Some(BadArgument::MailboxNotOpen))
}

/// Microsoft 365 accepts the login and then refuses every command.
fn is_without_mailbox(error: &Error) -> bool {
    error.refusal_hint() == Some(RefusalHint::NotConnected)
}

fn hint_by_code(error: &Error) -> Option<&'static str> {
    match error.code()? {
        ResponseCode::OverQuota => Some("the mailbox is full: make room on the server"),
        ResponseCode::TryCreate => Some("the mailbox does not exist: `imap folders` lists those that do"),
        ResponseCode::Unavailable | ResponseCode::InUse | ResponseCode::TempFail => Some("try again later"),
        ResponseCode::Limit => Some("a limit of the server: close other connections, or try again later"),
        ResponseCode::ContactAdmin => Some("the server asks you to contact its administrator"),
        ResponseCode::Expired => Some("the password has expired: change it"),
        ResponseCode::PrivacyRequired => Some(WANTS_TLS),
        _ => None,
    }
}

/// What can be done about a refusal whose reason is only in the server's text.
fn about_complaint(error: &Error) -> Option<Cow<'static, str>> {
    let at = |url: Option<String>| url.map(|url| format!(": {}", redact(&url))).unwrap_or_default();
    Some(match error.refusal_hint()? {
        RefusalHint::TooManyConnections => {
            "the server allows no more connections: close other mail programs, or wait some minutes and try again"
                .into()
        }
        RefusalHint::Throttled(wait) => match wait {
            Some(wait) => format!("too much was asked for: try again in {} seconds", wait.as_secs().max(1)).into(),
            None => "too much was asked for: wait some minutes before you try again".into(),
        },
        RefusalHint::NotConnected => {
            "the login was accepted, but the account has no mailbox here: ask its administrator".into()
        }
        RefusalHint::WebLoginRequired => format!("log in with a web browser, then try again{}", at(page(error))).into(),
        RefusalHint::AppPasswordRequired => format!(
            "the account's own password is not accepted here: make an app password in the account's settings{}",
            at(page(error))
        )
        .into(),
        RefusalHint::ImapDisabled => format!("allow IMAP in the account's settings{}", at(page(error))).into(),
        _ => return None,
    })
}

/// The web page that the server names.
fn page(error: &Error) -> Option<String> {
    let alert = error.alert().and_then(StatusResponse::url);
    alert.or_else(|| error.status().and_then(StatusResponse::url))
}

fn hint(error: &Error) -> Option<Cow<'static, str>> {
    about_complaint(error).or_else(|| hint_by_code(error).or_else(|| hint_by_kind(error)).map(Cow::Borrowed))
}

fn hint_by_kind(error: &Error) -> Option<&'static str> {
    if matches!(error.code(), Some(ResponseCode::NoPerm)) {
        Some("the login was accepted, but this user has no right to do that; `imap acl` shows the rights on a mailbox")
    } else if let Some(reason) = error.tls_failure() {
        Some(about_tls(reason))
    } else if error.missing_capability() == Some(Capability::StartTls.name()) {
        Some("use imaps:// or, where nobody can listen, imap+insecure://")
    } else if error.is_timeout() {
        Some("try again, or give it more time with --timeout SECONDS")
    } else if error.is_bad() {
        Some("the server did not understand; --verbose shows the conversation")
    } else if error.is_limit() && error.status().is_none() {
        Some("the server sent more than this program accepts; --verbose shows the conversation")
    } else if error.is_protocol() {
        Some("is this an IMAP port? --verbose shows the conversation")
    } else {
        None
    }
}

fn about_login(error: &Error) -> Cow<'static, str> {
    if error.is_login_disabled() {
        return WANTS_TLS.into();
    }
    if let (true, Some(mechanism)) = (error.is_password_withheld(), error.refused_mechanism()) {
        return format!(
            "check the user name and the password; or the server is not set up for {mechanism}, although it offers it: \
             use imaps:// or imap:// (STARTTLS), or --auth login where nobody can read the connection"
        )
        .into();
    }
    let hint = "check the user name and the password; some servers want an app password, or --auth and --token-command";
    match page(error) {
        Some(url) => format!("{hint}; the server names {}", redact(&url)).into(),
        None => hint.into(),
    }
}

const WANTS_TLS: &str = "use imaps:// or imap:// (STARTTLS), or choose another way to log in with --auth";

/// What can be done where TLS fails. Another authority is advised only where that helps.
fn about_tls(reason: TlsFailure) -> &'static str {
    match reason {
        TlsFailure::NotTls => "try imap:// (STARTTLS) on this port, or imaps:// with port 993",
        TlsFailure::OldVersion | TlsFailure::Incompatible => {
            "the server's operator has to update it: this program uses TLS 1.2 and 1.3 only, with safe ciphers"
        }
        TlsFailure::NotValidYet => "set this computer's clock; if it is right, tell the server's operator",
        TlsFailure::WrongName => "check the host name; if you know the certificate, pin it with --pin SHA256",
        TlsFailure::UnknownHost => "check the host name",
        TlsFailure::UnknownIssuer => "--ca-file FILE trusts another authority, --pin SHA256 this one certificate",
        TlsFailure::AuthorityCertificate => {
            "make a certificate for the server without CA:TRUE, or pin this one with --pin SHA256 (`openssl x509 -noout \
             -fingerprint -sha256 -in FILE` prints it); --ca-file does not help"
        }
        TlsFailure::PinMismatch => {
            "ask the server's operator whether it has a new certificate, and only then pin that one"
        }
        TlsFailure::Revoked => "do not use this server before its operator has replaced the certificate",
        TlsFailure::ClientCertificateRequired => "give one with --client-cert and --client-key",
        TlsFailure::ClientCertificateRefused => {
            "ask the server's operator which client certificates it accepts (--client-cert and --client-key)"
        }
        TlsFailure::NoTrustStore => "install the system's certificates, or give an authority with --ca-file FILE",
        TlsFailure::Alert { .. } | TlsFailure::Misbehaved | TlsFailure::NoCertificate | TlsFailure::Other => {
            "is this the right port? If it is, tell the server's operator"
        }
        // Expired, not for servers, or badly made.
        _ => "tell the server's operator; if you know the certificate, pin it with --pin SHA256",
    }
}

/// Fails where the server lacks the capability; the hint is what else can be done.
pub(crate) fn require(session: &Session, capability: Capability, hint: &str) -> Result<()> {
    if session.capabilities().has(capability) { Ok(()) } else { Err(missing(capability.name()).hint(hint)) }
}

/// The error for what the server lacks.
pub(crate) fn missing(name: &str) -> Failure {
    Failure::new(Exit::Unavailable, format!("the server does not offer {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_authority_is_advised_only_where_that_helps() {
        for (reason, word) in [
            (TlsFailure::NotTls, "993"),
            (TlsFailure::Expired, "operator"),
            (TlsFailure::WrongName, "host name"),
            (TlsFailure::PinMismatch, "operator"),
            (TlsFailure::BadCertificate, "--pin"),
            (TlsFailure::OldVersion, "TLS 1.2"),
            (TlsFailure::ClientCertificateRequired, "--client-cert"),
        ] {
            let hint = about_tls(reason);
            assert!(hint.contains(word) && !hint.contains("--ca-file"), "{hint}");
        }
        assert!(about_tls(TlsFailure::UnknownIssuer).contains("--ca-file"));
        assert!(about_tls(TlsFailure::AuthorityCertificate).contains("--pin"));
    }
}
