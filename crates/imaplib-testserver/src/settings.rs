//! What a server offers and how it behaves, the same for all its connections.

use std::time::Duration;

use crate::output::Fault;

/// The capabilities of a server after login, in the order in which they are announced.
const DEFAULT: &[&str] = &[
    "IMAP4rev1",
    "SASL-IR",
    "LITERAL+",
    "ID",
    "ENABLE",
    "STARTTLS",
    "AUTH=PLAIN",
    "AUTH=LOGIN",
    "AUTH=CRAM-MD5",
    "AUTH=SCRAM-SHA-1",
    "AUTH=SCRAM-SHA-256",
    "AUTH=XOAUTH2",
    "AUTH=OAUTHBEARER",
    "AUTH=EXTERNAL",
    "AUTH=ANONYMOUS",
    "IDLE",
    "NAMESPACE",
    "CHILDREN",
    "UIDPLUS",
    "UNSELECT",
    "MOVE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "STATUS=SIZE",
    "ESEARCH",
    "MULTIAPPEND",
    "BINARY",
];

/// What the server knows beyond that. A client does other things with it, so it is off unless a test asks for it.
const MORE: &[&str] = &[
    "AUTH=SCRAM-SHA-512",
    "AUTH=SCRAM-SHA-1-PLUS",
    "AUTH=SCRAM-SHA-256-PLUS",
    "AUTH=SCRAM-SHA-512-PLUS",
    "CREATE-SPECIAL-USE",
    "COMPRESS=DEFLATE",
    "CONDSTORE",
    "QRESYNC",
    "SEARCHRES",
    "WITHIN",
    "SORT",
    "SORT=DISPLAY",
    "ESORT",
    "THREAD=REFERENCES",
    "THREAD=ORDEREDSUBJECT",
    "QUOTA",
    "QUOTA=RES-STORAGE",
    "QUOTA=RES-MESSAGE",
    "QUOTASET",
    "METADATA",
    "LIST-METADATA",
    "LIST-MYRIGHTS",
    "NOTIFY",
    "OBJECTID",
    "SAVEDATE",
    "PREVIEW",
    "APPENDLIMIT",
    "UNAUTHENTICATE",
    "LANGUAGE",
    "I18NLEVEL=2",
    "JMAPACCESS",
    "UIDBATCHES",
    "CONTEXT=SEARCH",
    "CONTEXT=SORT",
    "OBJECTID+",
    "SEARCH=FUZZY",
];

/// What is announced before login; most servers keep the rest back.
const BEFORE_LOGIN: &[&str] =
    &["IMAP4rev1", "SASL-IR", "LITERAL+", "LITERAL-", "ID", "ENABLE", "STARTTLS", "LOGINDISABLED"];

/// What makes no sense after login.
const ONLY_BEFORE_LOGIN: &[&str] = &["STARTTLS", "LOGINDISABLED"];

/// The default limit for literals: 64 MiB.
const LITERAL_LIMIT: u64 = 64 * 1024 * 1024;

/// How a server behaves: capabilities, limits, tokens, faults.
///
/// ```
/// let settings = imaplib_testserver::Settings::new().without("IDLE").with("LOGINDISABLED");
/// assert!(!settings.has("idle"));
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    capabilities: Vec<String>,
    pub(crate) literal_limit: u64,
    pub(crate) token: Option<String>,
    pub(crate) external_user: Option<String>,
    pub(crate) preauthenticated: Option<String>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) name: String,
    pub(crate) is_read_only: bool,
    pub(crate) search_time: Option<Duration>,
    pub(crate) login_attempts: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capabilities: DEFAULT.iter().map(|name| (*name).to_owned()).collect(),
            literal_limit: LITERAL_LIMIT,
            token: None,
            external_user: None,
            preauthenticated: None,
            faults: Vec::new(),
            name: "imaplib-testserver".to_owned(),
            is_read_only: false,
            search_time: None,
            login_attempts: None,
        }
    }
}

impl Settings {
    /// The default capabilities, no token, no fault.
    pub fn new() -> Self {
        Self::default()
    }

    /// Announces a capability. One that the server does not know is announced and nothing more.
    ///
    /// Beyond the default ones it knows those that [`with_all`](Self::with_all) adds, and:
    ///
    /// - `APPENDLIMIT=n`: messages of more than n bytes are refused. `APPENDLIMIT` alone states the limit for literals.
    /// - `METADATA-SERVER`, in place of `METADATA`: annotations of the server alone.
    /// - `QUOTA` without `QUOTASET`: limits are set by [`AccountHandle::set_quota`](crate::AccountHandle::set_quota) only.
    /// - `LITERAL-` in place of `LITERAL+`, and `LOGINDISABLED`, which holds until TLS is up.
    #[must_use]
    pub fn with(mut self, capability: &str) -> Self {
        if !self.has(capability) {
            self.capabilities.push(capability.to_owned());
        }
        self
    }

    /// Announces every extension that the server knows.
    ///
    /// ```
    /// let settings = imaplib_testserver::Settings::new().with_all();
    /// assert!(settings.has("QRESYNC") && settings.has("NOTIFY"));
    /// ```
    #[must_use]
    pub fn with_all(self) -> Self {
        MORE.iter().fold(self, |settings, name| settings.with(name))
    }

    /// Removes a capability, with the commands and options that belong to it.
    #[must_use]
    pub fn without(mut self, capability: &str) -> Self {
        self.capabilities.retain(|name| !name.eq_ignore_ascii_case(capability));
        self
    }

    /// Replaces the whole list of capabilities.
    #[must_use]
    pub fn capabilities<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.capabilities = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// The token that XOAUTH2 and OAUTHBEARER accept, for any user that exists. Without one, both refuse all tokens.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The user that EXTERNAL logs in when the client names none. Without one, EXTERNAL accepts nobody.
    #[must_use]
    pub fn external_user(mut self, user: &str) -> Self {
        self.external_user = Some(user.to_owned());
        self
    }

    /// Greets with PREAUTH and logs this user in.
    #[must_use]
    pub fn preauthenticated(mut self, user: &str) -> Self {
        self.preauthenticated = Some(user.to_owned());
        self
    }

    /// The greatest literal that is accepted, in bytes; 64 MiB unless set.
    #[must_use]
    pub fn literal_limit(mut self, bytes: u64) -> Self {
        self.literal_limit = bytes;
        self
    }

    /// What the server calls itself in its greeting and in answer to ID: letters, digits, spaces and `-`.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-' | '.');
        self.name = name.chars().filter(is_plain).collect();
        self
    }

    /// Refuses each command that changes anything.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    /// How long one search may take; it is refused when that is over. Without it there is no such limit.
    #[must_use]
    pub fn search_time(mut self, limit: Duration) -> Self {
        self.search_time = Some(limit);
        self
    }

    /// After so many logins that were refused the connection ends. Without it there is no such limit.
    #[must_use]
    pub fn login_attempts(mut self, limit: u32) -> Self {
        self.login_attempts = Some(limit);
        self
    }

    /// Lets connections misbehave.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Whether a capability is on, its name in any case.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name.eq_ignore_ascii_case(capability))
    }

    /// Whether logins can be tied to the TLS connection.
    pub(crate) fn offers_channel_binding(&self) -> bool {
        self.capabilities.iter().any(|name| is_bound(name))
    }

    /// The greatest message that APPEND accepts: that of `APPENDLIMIT=n`, or the limit for literals (RFC 7889).
    pub(crate) fn append_limit(&self) -> Option<u64> {
        let limit = |name: &String| match name.to_ascii_uppercase().strip_prefix("APPENDLIMIT")? {
            "" => Some(self.literal_limit),
            value => value.strip_prefix('=')?.parse().ok(),
        };
        self.capabilities.iter().find_map(limit)
    }

    /// Whether messages have mod-sequences: QRESYNC implies CONDSTORE (RFC 7162 section 3.2.3).
    pub(crate) fn has_condstore(&self) -> bool {
        self.has("CONDSTORE") || self.has("QRESYNC")
    }

    /// The list for a connection in its present state.
    pub(crate) fn announced(&self, logged_in: bool, tls: bool, hidden: &[&str]) -> String {
        let listed = |list: &[&str], name: &str| list.iter().any(|entry| entry.eq_ignore_ascii_case(name));
        let is_auth = |name: &str| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("AUTH="));
        let shown: Vec<&str> = self
            .capabilities
            .iter()
            .map(String::as_str)
            .filter(|name| {
                if logged_in {
                    !is_auth(name) && !listed(ONLY_BEFORE_LOGIN, name)
                } else {
                    // What this crate does not know is shown at once: a test has a reason to want it.
                    let known = listed(DEFAULT, name) || listed(MORE, name) || listed(BEFORE_LOGIN, name);
                    is_auth(name) || listed(BEFORE_LOGIN, name) || !known
                }
            })
            .filter(|name| !listed(hidden, name) && (tls || !is_bound(name)))
            .collect();
        shown.join(" ")
    }
}

/// Whether it is a mechanism that ties the login to the TLS connection.
fn is_bound(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("AUTH=") && name.ends_with("-PLUS")
}
