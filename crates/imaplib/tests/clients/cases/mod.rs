//! The tests of both clients, one file a subject.

mod changes;
#[cfg(feature = "mime")]
mod decoded;
mod error_kinds;
mod figures;
mod logins;
mod missing_extensions;
mod notify;
mod open_mailbox;
#[cfg(feature = "mime")]
mod order;
mod own_stream;
mod partial_rows;
mod proxies;
mod quirks;
mod rare_servers;
mod refusals;
mod resync;
mod skipped_rows;
mod stale_handles;
mod timeouts;
#[cfg(all(feature = "native-tls", feature = "rustls-ring"))]
mod tls_connectors;
mod tls_options;
mod tokens;
mod transports;
mod trust;
mod unauthenticate;
mod watch;
mod wrong_answers;

use imaplib::{ConnectOptions, Endpoint};

use super::{Client, Mailbox, OwnStream, Session, exchange, maybe_async, open_stream, provide, test};
use crate::support::quick;

#[maybe_async]
pub async fn log_in(endpoint: &Endpoint, options: &ConnectOptions) -> imaplib::Result<Session> {
    Client::connect_with(endpoint, options).await?.login("alice", "secret").await
}

/// A session with a server that greets with PREAUTH.
#[maybe_async]
async fn session(endpoint: &Endpoint) -> Session {
    Client::connect_with(endpoint, &quick()).await.unwrap().into_session().await.unwrap()
}
