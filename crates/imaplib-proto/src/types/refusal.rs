//! What refusals mean that say so only in their text.

use std::time::Duration;

use super::{ResponseCode, StatusKind, StatusResponse};

/// No server is waited for longer than this, whatever it asks for.
const LONGEST_DELAY: Duration = Duration::from_secs(5 * 60);

/// The longest address that is taken out of a text.
const MAX_URL: usize = 2_000;

/// What a refusal is about, in the words of known servers that have no response code for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalHint {
    /// Too much was asked for in too short a time. How long to wait, if the server reports it: at most five minutes.
    Throttled(Option<Duration>),
    /// The account, or this computer, has too many connections.
    TooManyConnections,
    /// The login is right, but the account has no mailbox or no licence for one (Microsoft 365).
    NotConnected,
    /// Some of the messages are gone; what was said of the others holds (Exchange).
    MessagesGone,
    /// The server wants to know the client by ID before it opens a mailbox (163.com, 126.com).
    UnknownClient,
    /// The user must log in with a browser first; [`StatusResponse::url`] may say where.
    WebLoginRequired,
    /// The account's own password is not accepted here: it needs one that was made for this program.
    AppPasswordRequired,
    /// The account is not open for IMAP: that is a setting of the account.
    ImapDisabled,
}

/// Which hint is meant; those with values take them from the text.
#[derive(Clone, Copy)]
enum Kind {
    Throttled,
    TooManyConnections,
    NotConnected,
    MessagesGone,
    UnknownClient,
    WebLoginRequired,
    AppPasswordRequired,
    ImapDisabled,
}

/// A kind, the words that tell it, and the servers that use them.
type Row = (Kind, &'static [&'static str], &'static str);

/// What servers say in words only: each word of a row must stand in the text, in this order and in any case. The first
/// row that fits decides. The third column names the servers that speak so.
const WORDS: &[Row] = &[
    (Kind::Throttled, &["request is throttled"], "Microsoft 365"),
    (Kind::NotConnected, &["user is authenticated but not connected"], "Microsoft 365"),
    (Kind::MessagesGone, &["some of the requested messages no longer exist"], "Exchange"),
    (Kind::UnknownClient, &["unsafe login"], "163.com, 126.com"),
    // `* NO [WEBALERT URL] Web login required`, then `NO [ALERT] Please log in via your web browser: URL`.
    (Kind::WebLoginRequired, &["web login required"], "Gmail"),
    (Kind::WebLoginRequired, &["log in via your web browser"], "Gmail"),
    (Kind::WebLoginRequired, &["login via your web browser"], "Gmail"),
    (Kind::WebLoginRequired, &["verify your account by going to http"], "mail.ru"),
    // The word `password` alone is in every refusal.
    (Kind::AppPasswordRequired, &["application-specific password"], "Gmail, AOL, Zoho"),
    (Kind::AppPasswordRequired, &["application specific password"], "Zoho, Fastmail"),
    (Kind::AppPasswordRequired, &["app-specific password"], "iCloud"),
    (Kind::AppPasswordRequired, &["app specific password"], "iCloud"),
    (Kind::AppPasswordRequired, &["application password is required"], "mail.ru"),
    (Kind::AppPasswordRequired, &["app password", "required"], "Yahoo, Yandex, Fastmail"),
    (Kind::AppPasswordRequired, &["use", "app password"], "Yahoo, Yandex, Fastmail"),
    (Kind::AppPasswordRequired, &["authorization code"], "QQ, 163.com"),
    (Kind::AppPasswordRequired, &["authorized code"], "QQ"),
    (Kind::ImapDisabled, &["not enabled for imap"], "Gmail"),
    (Kind::ImapDisabled, &["imap access is disabled"], "Gmail, Yandex"),
    (Kind::ImapDisabled, &["imap is disabled"], "Yandex, Zimbra"),
    (Kind::ImapDisabled, &["yet to enable imap"], "Zoho"),
    // `Too many simultaneous connections`, `too many open connections`, `Too many connections from this IP`.
    (Kind::TooManyConnections, &["too many", "connection"], "Gmail, GMX, Cyrus, Courier, Yandex, Yahoo"),
    (Kind::TooManyConnections, &["too many", "session"], "Yahoo, Zimbra, Zoho"),
    (Kind::TooManyConnections, &["maximum number of", "connections"], "Dovecot, Courier"),
    (Kind::TooManyConnections, &["maximum", "connections", "exceeded"], "MDaemon, Kerio"),
    (Kind::TooManyConnections, &["connection limit"], "hMailServer, Exchange, Stalwart"),
    (Kind::TooManyConnections, &["connections limit"], "Axigen"),
    (Kind::TooManyConnections, &["limit", "connections", "reached"], "IceWarp, Stalwart"),
    (Kind::TooManyConnections, &["connection queue full"], "Dovecot"),
    // `LOGIN Rate limit hit.`, `Rate limited`
    (Kind::Throttled, &["rate limit"], "Yahoo, AOL"),
    (Kind::Throttled, &["rate-limit"], "Stalwart"),
    (Kind::Throttled, &["throttl"], "Exchange, Zoho"),
    (Kind::Throttled, &["account exceeded", "bandwidth limits"], "Gmail"),
    (Kind::Throttled, &["too many", "login"], "Zoho, Zimbra, Yandex"),
    (Kind::Throttled, &["too many", "attempts"], "Stalwart, Fastmail, Zoho"),
    (Kind::Throttled, &["too many", "failures"], "Courier, GMX"),
    (Kind::Throttled, &["too many", "requests"], "Microsoft 365"),
    (Kind::Throttled, &["too many", "commands"], "Gmail"),
    (Kind::Throttled, &["too frequent"], "QQ"),
];

impl Kind {
    fn refusal_hint(self, text: &str) -> RefusalHint {
        match self {
            Self::Throttled => RefusalHint::Throttled(delay(text)),
            Self::TooManyConnections => RefusalHint::TooManyConnections,
            Self::NotConnected => RefusalHint::NotConnected,
            Self::MessagesGone => RefusalHint::MessagesGone,
            Self::UnknownClient => RefusalHint::UnknownClient,
            Self::WebLoginRequired => RefusalHint::WebLoginRequired,
            Self::AppPasswordRequired => RefusalHint::AppPasswordRequired,
            Self::ImapDisabled => RefusalHint::ImapDisabled,
        }
    }
}

impl StatusResponse {
    /// What the refusal is about, if its text contains the words of a known server. A BYE is one, too, and so is an
    /// alert, whatever its kind.
    ///
    /// ```
    /// use imaplib_proto::parse::{Context, read};
    /// use imaplib_proto::types::{RefusalHint, Response};
    /// # use std::time::Duration;
    /// let line = b"A1 BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n";
    /// let Response::Tagged(_, status) = read(&line[..].into(), &Context::default()).response else { panic!() };
    /// assert_eq!(status.refusal_hint(), Some(RefusalHint::Throttled(Some(Duration::from_secs(5)))));
    /// ```
    #[must_use]
    pub fn refusal_hint(&self) -> Option<RefusalHint> {
        let refuses = matches!(self.kind, StatusKind::No | StatusKind::Bad | StatusKind::Bye);
        if !refuses && !matches!(self.code, Some(ResponseCode::Alert)) {
            return None;
        }
        if matches!(self.code, Some(ResponseCode::WebAlert(_))) {
            return Some(RefusalHint::WebLoginRequired);
        }
        let text = self.text.to_string_lossy().to_ascii_lowercase();
        let row = WORDS.iter().find(|(_, words, _)| stand_in(&text, words));
        row.map(|(kind, _, _)| kind.refusal_hint(&text))
    }

    /// The first address of a web page in the code or the text: where the user can do something about it.
    ///
    /// It is what the server sends, and as trustworthy as the connection.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let code = match &self.code {
            Some(ResponseCode::WebAlert(page)) => url(&page.to_string_lossy()),
            Some(ResponseCode::Other(other)) => url(&String::from_utf8_lossy(&other.argument)),
            _ => None,
        };
        code.or_else(|| url(&self.text.to_string_lossy()))
    }
}

fn stand_in(text: &str, words: &[&str]) -> bool {
    let mut rest = text;
    words.iter().all(|word| match rest.split_once(word) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

fn url(text: &str) -> Option<String> {
    let start = ["https://", "http://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| !c.is_ascii_graphic() || "<>\"[]()".contains(c)).unwrap_or(rest.len());
    let found = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    (found.len() <= MAX_URL).then(|| found.to_owned())
}

/// Reads `suggested backoff time: 5000 milliseconds`.
fn delay(text: &str) -> Option<Duration> {
    let (_, time) = text.split_once("backoff time:")?;
    let milliseconds = time.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_millis(milliseconds).min(LONGEST_DELAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Context, read};
    use crate::types::{Response, Untagged};

    fn status(line: &str) -> StatusResponse {
        match read(&format!("{line}\r\n").into_bytes().into(), &Context::default()).response {
            Response::Tagged(_, status) | Response::Untagged(Untagged::Status(status)) => status,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_servers_say_in_words_is_understood_in_any_case() {
        for (line, expected) in [
            ("a NO [ALERT] Too many simultaneous connections. (Failure)", Some(RefusalHint::TooManyConnections)),
            ("a NO TOO MANY OPEN CONNECTIONS for \"alice\"", Some(RefusalHint::TooManyConnections)),
            ("* BYE Too many connections from this IP", Some(RefusalHint::TooManyConnections)),
            ("* OK [ALERT] too many connections", Some(RefusalHint::TooManyConnections)),
            (
                "a NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
                Some(RefusalHint::TooManyConnections),
            ),
            ("a NO [LIMIT] LOGIN Rate limit hit.", Some(RefusalHint::Throttled(None))),
            ("a NO [AUTHENTICATIONFAILED] Too many login attempts", Some(RefusalHint::Throttled(None))),
            (
                "a NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
                Some(RefusalHint::Throttled(None)),
            ),
            ("* NO [WEBALERT https://example.org/x] Web login required.", Some(RefusalHint::WebLoginRequired)),
            (
                "a NO [ALERT] Application-specific password required: https://example.org/x (Failure)",
                Some(RefusalHint::AppPasswordRequired),
            ),
            ("a NO [ALERT] Your account is not enabled for IMAP use.", Some(RefusalHint::ImapDisabled)),
            // What every server says, and what is no refusal.
            ("a NO [AUTHENTICATIONFAILED] Authentication failed.", None),
            ("a NO LOGIN failed", None),
            ("a NO Too many messages", None),
            ("* OK 3 connections, and not too many", None),
            ("* OK too many connections make the server slow", None),
        ] {
            assert_eq!(status(line).refusal_hint(), expected, "{line}");
        }
    }

    #[test]
    fn addresses_are_taken_out_of_texts() {
        for (line, expected) in [
            ("* NO [WEBALERT https://example.org/x?y=1] Web login required.", Some("https://example.org/x?y=1")),
            ("a NO [ALERT] required: https://example.org/x (Failure)", Some("https://example.org/x")),
            ("a NO see <http://example.org/a>.", Some("http://example.org/a")),
            ("a NO go to https://example.org/y.", Some("https://example.org/y")),
            ("a NO nowhere", None),
        ] {
            assert_eq!(status(line).url().as_deref(), expected, "{line}");
        }
        assert_eq!(status(&format!("a NO https://{}", "x".repeat(MAX_URL))).url(), None);
    }
}
