//! Greeting, capabilities, login, authentication, STARTTLS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use client::Client;
use imaplib_testserver::{Connection, Server, Settings, Store};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

fn tls_config(server: &Server) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

#[test]
fn capabilities_grow_with_login() {
    let server = Server::builder().user("ann", "x").without("MOVE").with("XTEST").start().unwrap();
    let mut client = Client::connect(server.plain_addr());
    assert!(client.greeting.contains("STARTTLS"));
    assert!(client.greeting.contains("AUTH=SCRAM-SHA-256"));
    assert!(client.greeting.contains("XTEST"));
    assert!(!client.greeting.contains("IDLE"));
    let end = client.end("LOGIN ann x");
    assert!(end.contains(" IDLE ") && !end.contains("STARTTLS") && !end.contains("MOVE"), "{end}");
    assert!(client.end("SELECT INBOX").starts_with("OK [READ-WRITE]"));
    assert!(client.end("MOVE 1 INBOX").starts_with("BAD "));
}

#[test]
fn logins_are_checked() {
    let server = Server::builder().user("ann", "se\"cret").settings(|settings| settings.token("tok")).start().unwrap();
    let mut client = Client::connect(server.plain_addr());
    for (command, expected) in [
        ("SELECT INBOX", "BAD "),
        ("LOGIN ann wrong", "NO [AUTHENTICATIONFAILED]"),
        ("LOGIN ann", "BAD "),
        ("LOGIN  ann x", "BAD "),
        ("AUTHENTICATE KERBEROS_V4", "NO "),
        ("AUTHENTICATE PLAIN AGFubgB3cm9uZw==", "NO [AUTHENTICATIONFAILED]"),
        ("AUTHENTICATE PLAIN !!", "BAD "),
        ("NOOP x", "BAD "),
        ("LOGIN ann \"se\\\"cret\"", "OK [CAPABILITY "),
        ("LOGIN ann x", "BAD "),
        ("LOGOUT", "OK "),
    ] {
        let end = client.end(command);
        assert!(end.starts_with(expected), "{command}: {end}");
    }
    assert_eq!(client.line(), "");
}

#[test]
fn authenticate_in_steps() {
    let server = Server::builder().user("ann", "secret").settings(|settings| settings.token("tok")).start().unwrap();
    let mut client = Client::connect(server.plain_addr());
    client.send(b"a AUTHENTICATE LOGIN\r\n");
    assert_eq!(client.line(), "+ VXNlcm5hbWU6");
    client.send(b"*\r\n");
    assert!(client.line().starts_with("a BAD"));
    // A refused token: the reason comes as a challenge.
    client.send(b"b AUTHENTICATE XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgYmFkAQE=\r\n");
    assert!(client.line().starts_with("+ ey"));
    client.send(b"\r\n");
    assert!(client.line().starts_with("b NO [AUTHENTICATIONFAILED]"));
    client.send(b"c AUTHENTICATE PLAIN\r\n");
    assert_eq!(client.line(), "+ ");
    client.send(b"AGFubgBzZWNyZXQ=\r\n");
    assert!(client.line().starts_with("c OK [CAPABILITY"));
}

#[test]
fn tls_from_the_start() {
    let server = Server::builder().sample_account().start().unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(tls_config(&server), name).unwrap();
    let stream = TcpStream::connect(server.tls_addr()).unwrap();
    let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("* OK") && !line.contains("STARTTLS"), "{line}");
    stream.get_mut().write_all(b"a LOGIN demo demo\r\nb LOGOUT\r\n").unwrap();
    let lines: Vec<String> = stream.lines().map_while(Result::ok).collect();
    assert!(lines.last().unwrap().starts_with("b OK"), "{lines:?}");
}

#[test]
fn tls_by_command_forgets_what_was_sent_in_clear() {
    let server = Server::builder().sample_account().with("LOGINDISABLED").start().unwrap();
    let mut stream = BufReader::new(TcpStream::connect(server.plain_addr()).unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    stream.get_mut().write_all(b"a LOGIN demo demo\r\nb STARTTLS\r\nc LOGIN demo demo\r\n").unwrap();
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("a NO [PRIVACYREQUIRED]"), "{line}");
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("b OK"), "{line}");
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let session = rustls::ClientConnection::new(tls_config(&server), name).unwrap();
    let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream.into_inner()));
    stream.get_mut().write_all(b"d CAPABILITY\r\ne SELECT INBOX\r\n").unwrap();
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("* CAPABILITY") && !line.contains("STARTTLS") && !line.contains("LOGINDISABLED"),
        "{line}"
    );
    line.clear();
    stream.read_line(&mut line).unwrap();
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("e BAD log in first"), "{line}");
}

#[test]
fn preauthenticated_in_memory() {
    let store = Store::new();
    store.add_sample_account();
    let mut connection = Connection::new(store, Settings::new().preauthenticated("demo"));
    assert!(connection.take_output().starts_with(b"* PREAUTH ["));
    connection.receive(b"a SEL");
    assert!(connection.take_output().is_empty());
    connection.receive(b"ECT Empty\r\nb LOGOUT\r\n");
    let said = String::from_utf8(connection.take_output()).unwrap();
    assert!(said.contains("* 0 EXISTS\r\n") && said.ends_with("b OK LOGOUT done\r\n"), "{said}");
    assert!(connection.is_closed());
}
