//! The account that is attacked, and what a client made of a scenario, as data.

use std::time::Duration;

/// The user whose mail is at stake.
pub const USER: &str = "alice";

/// The password, which must not be sent where others can read it.
pub const PASSWORD: &str = "correct-horse-battery";

/// The access token of OAUTHBEARER and XOAUTH2.
pub const TOKEN: &str = "ya29.hostile-token";

/// Why the client's work failed, as it reports itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The server broke the protocol.
    Protocol,
    /// A limit was reached.
    Limit,
    /// Time ran out.
    Timeout,
    /// The connection was lost or closed.
    Lost,
    /// TLS failed.
    Tls,
    /// The login failed.
    Login,
    /// The server refused a command.
    Refused,
    /// The server does not offer what is needed.
    NotOffered,
    /// Something else.
    Other,
}

/// How the client's work ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Without an error.
    #[default]
    Well,
    /// With an error, of a kind if the client distinguishes kinds.
    Failed(Option<Failure>),
    /// The client crashed; how.
    Crashed(String),
    /// The client was still at work when it was ended from outside.
    Hung,
}

/// What the server received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// What others on the way can read.
    pub clear: Vec<u8>,
    /// What came within TLS.
    pub private: Vec<u8>,
}

/// What a client made of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// What the client took for results and errors, as it would tell its user.
    pub told: Vec<u8>,
    /// Whether `told` goes to a terminal as it is, and so must hold nothing that steers one.
    pub is_terminal: bool,
    /// Whether something was written outside the folder that was meant.
    pub left_folder: bool,
    /// The most memory at one time, in bytes, if it was measured.
    pub memory: Option<u64>,
    /// The most memory that was allowed, if it is not that of the scenario.
    pub most_memory: Option<u64>,
    /// From begin to end.
    pub took: Duration,
    /// What the server received.
    pub heard: Heard,
}
