//! What a scenario is: what the client does, what the server does, and what is safe.

use std::time::Duration;

use super::outcome::Failure;
use super::script::{Rule, Say};

/// How the client reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channel {
    /// In clear text, which the user has asked for.
    Clear,
    /// By STARTTLS, which the user relies on.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// What the client is to do once it is connected; but for `Connect` and `LogIn` this includes to log in, and all
/// end with LOGOUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing but to connect.
    Connect,
    /// To log in.
    LogIn,
    /// To list all mailboxes.
    List,
    /// To search INBOX for all messages, and to look at every UID found.
    Search,
    /// To find the conversations of INBOX by THREAD=REFERENCES.
    Thread,
    /// To fetch the flags of all messages of INBOX.
    FetchFlags,
    /// To list the messages of INBOX with their envelopes.
    FetchEnvelopes,
    /// To fetch the MIME structure of message 1 and to save its attachments.
    Attachments,
    /// To fetch the text of message 1.
    FetchBody,
    /// To show message 1 to a person.
    Read,
    /// To copy message 1 to the mailbox Copies.
    Copy,
    /// To remove message 1 from INBOX, by moving it where that is all a client offers.
    Remove,
    /// To add a message to INBOX.
    Append,
    /// To wait for changes of INBOX for half a second.
    Idle,
    /// To begin compression, then to list all mailboxes.
    Compress,
    /// To copy all of the account to a folder.
    Backup,
}

/// How the client logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Login {
    /// As it does when it is given a password.
    Any,
    /// By the command LOGIN.
    Command,
    /// By PLAIN.
    Plain,
    /// By CRAM-MD5.
    CramMd5,
    /// By SCRAM-SHA-256.
    Scram,
    /// By OAUTHBEARER, with the token.
    OAuthBearer,
    /// By XOAUTH2, with the token.
    XOAuth2,
}

/// Which certificate the server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// A good one.
    Good,
    /// For another host.
    OtherHost,
    /// With the host as common name, and other hosts as alternative names.
    CommonNameOnly,
    /// For `localhost`, when the client asks for `127.0.0.1`.
    NoAddress,
    /// With a NUL inside the name, behind the host.
    NulName,
    /// Expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// Signed by itself.
    SelfSigned,
    /// Signed by an authority that nobody trusts.
    UnknownAuthority,
    /// For clients, not for servers.
    OtherUsage,
    /// Signed by a good certificate of a host, which is not an authority.
    SignedByHost,
}

/// How the client's work must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an error.
    Fails,
    /// Without one.
    Succeeds,
    /// Either is safe.
    Either,
}

/// Where the password or the token may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// Anywhere: the user has asked for clear text.
    Anywhere,
    /// Within TLS only.
    WithinTls,
    /// Nowhere at all.
    Nowhere,
}

/// What counts as safe.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Safe {
    /// How the client's work ends.
    pub end: End,
    /// What kind of error it is, where the client distinguishes kinds; any if there is none.
    pub failures: Vec<Failure>,
    /// Where the password or the token may be sent.
    pub secret: Secret,
    /// Texts that must not be among the results.
    pub unseen: Vec<&'static str>,
    /// Bytes that the client must not send.
    pub unheard: Vec<&'static str>,
    /// The most time from begin to end.
    pub within: Duration,
    /// The most memory on the heap at one time, in bytes.
    pub heap: u64,
}

/// An attack to be played, and what a safe client does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name, in words with hyphens.
    pub name: &'static str,
    /// What the server does.
    pub about: &'static str,
    /// The [attacks](super::ATTACKS) that this plays, by number.
    pub attacks: &'static [u8],
    /// How the client reaches the server.
    pub channel: Channel,
    /// The host that the client asks for.
    pub host: &'static str,
    /// How the client logs in.
    pub login: Login,
    /// What the client does.
    pub action: Action,
    /// What counts as safe.
    pub safe: Safe,
    pub(super) certificate: Certificate,
    /// On a TLS port, whether the server really speaks TLS.
    pub(super) speaks_tls: bool,
    pub(super) capabilities: Vec<&'static str>,
    pub(super) without: Vec<&'static str>,
    pub(super) greeting: Option<Vec<Say>>,
    pub(super) rules: Vec<Rule>,
}

/// A safe client needs no more memory for most attacks, in bytes.
const HEAP: u64 = 8 << 20;

impl Scenario {
    pub(super) fn new(name: &'static str, attacks: &'static [u8], about: &'static str) -> Self {
        Self {
            name,
            about,
            attacks,
            channel: Channel::Clear,
            host: "localhost",
            login: Login::Any,
            action: Action::LogIn,
            safe: Safe {
                end: End::Either,
                failures: Vec::new(),
                secret: Secret::Anywhere,
                unseen: Vec::new(),
                unheard: Vec::new(),
                within: Duration::from_secs(10),
                heap: HEAP,
            },
            certificate: Certificate::Good,
            speaks_tls: true,
            capabilities: Vec::new(),
            without: Vec::new(),
            greeting: None,
            rules: Vec::new(),
        }
    }

    /// By STARTTLS; nothing secret may be sent in the clear.
    pub(super) fn starttls(mut self) -> Self {
        self.channel = Channel::StartTls;
        self.safe.secret = Secret::WithinTls;
        self
    }

    /// On the TLS port.
    pub(super) fn tls(mut self, certificate: Certificate) -> Self {
        self.channel = Channel::Tls;
        self.certificate = certificate;
        self.safe.secret = Secret::WithinTls;
        self
    }

    pub(super) fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// On the TLS port, where the server does not speak TLS.
    pub(super) fn no_tls(mut self) -> Self {
        self = self.tls(Certificate::Good);
        self.speaks_tls = false;
        self
    }

    pub(super) fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    pub(super) fn login(mut self, login: Login) -> Self {
        self.login = login;
        self
    }

    pub(super) fn does(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    pub(super) fn with(mut self, capability: &'static str) -> Self {
        self.capabilities.push(capability);
        self
    }

    pub(super) fn without(mut self, capability: &'static str) -> Self {
        self.without.push(capability);
        self
    }

    pub(super) fn greets(mut self, say: impl Into<Vec<Say>>) -> Self {
        self.greeting = Some(say.into());
        self
    }

    /// Sends this in place of the answer to the command.
    pub(super) fn instead(mut self, command: &'static str, say: impl Into<Vec<Say>>) -> Self {
        self.rules.push(Rule { command, say: say.into(), answers: false });
        self
    }

    /// Sends this before the true answer to the command.
    pub(super) fn before(mut self, command: &'static str, say: impl Into<Vec<Say>>) -> Self {
        self.rules.push(Rule { command, say: say.into(), answers: true });
        self
    }

    /// It must end with an error, of one of these kinds if there are any.
    pub(super) fn fails(mut self, failures: &[Failure]) -> Self {
        self.safe.end = End::Fails;
        self.safe.failures = failures.to_vec();
        self
    }

    /// If it ends with an error, then of one of these kinds.
    pub(super) fn may_fail(mut self, failures: &[Failure]) -> Self {
        self.safe.failures = failures.to_vec();
        self
    }

    pub(super) fn succeeds(mut self) -> Self {
        self.safe.end = End::Succeeds;
        self
    }

    pub(super) fn secret(mut self, secret: Secret) -> Self {
        self.safe.secret = secret;
        self
    }

    pub(super) fn unseen(mut self, text: &'static str) -> Self {
        self.safe.unseen.push(text);
        self
    }

    pub(super) fn unheard(mut self, text: &'static str) -> Self {
        self.safe.unheard.push(text);
        self
    }

    pub(super) fn within(mut self, seconds: u64) -> Self {
        self.safe.within = Duration::from_secs(seconds);
        self
    }

    pub(super) fn heap(mut self, bytes: u64) -> Self {
        self.safe.heap = bytes;
        self
    }
}
