//! A stream of the caller's: TLS and STARTTLS over it, and how it is had again.

use std::any::Any;

use imaplib::{ConnectOptions, Endpoint};
use imaplib_testserver::Server;

use super::{Client, OwnStream, maybe_async, open_stream, test};
use crate::support::{scripted, start};

/// Options that trust the test server, and the folder that has its certificate.
fn trusting(server: &Server) -> (ConnectOptions, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, server.ca_pem()).unwrap();
    (ConnectOptions::new().ca_file(ca), folder)
}

#[maybe_async]
#[test]
async fn tls_and_starttls_run_over_it_as_the_endpoint_requires() {
    let (server, _) = start(|builder| builder);
    let (options, _folder) = trusting(&server);
    // The port is not looked at: the stream leads there.
    for (endpoint, address) in
        [(Endpoint::tls("localhost", 1), server.tls_addr()), (Endpoint::starttls("localhost", 1), server.plain_addr())]
    {
        let client = Client::connect_over(open_stream(address).await, &endpoint, &options).await.unwrap();
        assert_eq!(client.tls().unwrap().version, "TLSv1.3");
        client.login("alice", "secret").await.unwrap().logout().await.unwrap();
        let untrusting = ConnectOptions::new();
        let error = Client::connect_over(open_stream(address).await, &endpoint, &untrusting).await.unwrap_err();
        assert!(error.is_tls(), "{error}");
        // The certificate is for the endpoint's name.
        let other = match endpoint.is_implicit_tls() {
            true => Endpoint::tls("other.example.org", 1),
            false => Endpoint::starttls("other.example.org", 1),
        };
        let error = Client::connect_over(open_stream(address).await, &other, &options).await.unwrap_err();
        assert_eq!(error.tls_failure(), Some(imaplib::TlsFailure::WrongName), "{error}");
    }
}

#[maybe_async]
#[test]
async fn an_endpoint_without_tls_leaves_it_as_it_is() {
    for endpoint in [Endpoint::insecure("h", 1), Endpoint::unix("/s"), Endpoint::tunnel(["none"])] {
        let (server, _) = start(|builder| builder);
        let stream = open_stream(server.plain_addr()).await;
        let client = Client::connect_over(stream, &endpoint, &ConnectOptions::new()).await.unwrap();
        assert!(client.tls().is_none());
        client.login("alice", "secret").await.unwrap().logout().await.unwrap();
        let commands = server.commands();
        assert!(!commands.iter().any(|command| command == "STARTTLS" || command.contains("secret")), "{commands:?}");
    }
}

#[maybe_async]
#[test]
async fn it_is_had_again_with_what_was_not_read() {
    let (_, endpoint) = scripted(|send| {
        send("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n");
        send("A1 OK done\r\nwhat another protocol says");
    });
    let stream = open_stream(([127, 0, 0, 1], endpoint.port().unwrap()).into()).await;
    let client = Client::from_stream(stream, true, &ConnectOptions::new()).await.unwrap();
    let mut session = client.into_session().await.unwrap();
    session.noop().await.unwrap();
    let parts = session.into_stream().await.unwrap();
    assert_eq!(parts.unread, "what another protocol says");
    let stream: Box<dyn Any> = parts.stream;
    assert!(stream.downcast::<OwnStream>().is_ok());
}

#[maybe_async]
#[test]
async fn it_is_not_had_while_commands_are_unfinished() {
    let (server, endpoint) = start(|builder| builder);
    let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    let mut session = client.login("alice", "secret").await.unwrap();
    let ticket = session.start(imaplib::command::Noop).unwrap();
    let error = session.into_stream().await.unwrap_err();
    assert!(error.is_bad_argument(), "{error}");
    drop((ticket, server));
}

/// What was put on the stream stays on it: who has it again continues within TLS.
#[maybe_async]
#[test]
async fn tls_stays_on_it() {
    let (server, _) = start(|builder| builder);
    let (options, _folder) = trusting(&server);
    let endpoint = Endpoint::tls("localhost", server.tls_addr().port());
    let client = Client::connect_with(&endpoint, &options).await.unwrap();
    let parts = client.into_stream().await.unwrap();
    assert!(parts.unread.is_empty());
    let talk = super::exchange(parts.stream, b"1 NOOP\r\n").await;
    assert!(talk.starts_with("1 OK"), "{talk}");
}
