//! Why a call failed can be told from types, in both fronts: no program has to read the text of an error.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::error::Error as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use imaplib::types::UidSet;
use imaplib::{AppendMessage, Client, ConnectOptions, Endpoint, Error, TimeoutPhase, Timeouts, TlsFailure, blocking};
use imaplib_testserver::{Fault, Server};
use realservers::{Certificates, tls_peers};

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// The errors of both fronts.
fn errors(endpoint: &Endpoint, options: &ConnectOptions) -> [Error; 2] {
    let blocking = blocking::Client::connect_with(endpoint, options).map(drop).unwrap_err();
    [blocking, run(async { Client::connect_with(endpoint, options).await.map(drop).unwrap_err() })]
}

fn certificates() -> (tempfile::TempDir, Certificates) {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(folder.path()).unwrap();
    (folder, certificates)
}

fn fails(port: u16, options: &ConnectOptions, reason: TlsFailure) {
    for error in errors(&Endpoint::tls("localhost", port), options) {
        assert_eq!(error.tls_failure(), Some(reason), "{error}");
        assert!(error.is_tls() && !error.is_connection_lost(), "{error}");
        assert!(error.source().is_some_and(|source| source.is::<rustls::Error>()), "{error:#?}");
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_a_type() {
    let (_folder, certificates) = certificates();
    let trusting = ConnectOptions::new().ca_file(certificates.ca());
    for (name, reason) in [
        ("expired", TlsFailure::Expired),
        ("wrongname", TlsFailure::WrongName),
        ("foreign", TlsFailure::UnknownIssuer),
        ("client", TlsFailure::WrongUsage),
        ("ca", TlsFailure::AuthorityCertificate),
    ] {
        fails(tls_peers::shows_certificate(&certificates, name).unwrap(), &trusting, reason);
    }
    let port = tls_peers::shows_certificate(&certificates, "server").unwrap();
    fails(port, &ConnectOptions::new().pin([7; 32]), TlsFailure::PinMismatch);
    // With the right trust the greeting comes.
    for error in errors(&Endpoint::tls("localhost", port), &trusting) {
        assert!(error.tls_failure().is_none() && error.status().is_some(), "{error}");
    }
}

/// A flag ends the wait of the blocking client for a server that is silent; that of another wait is left alone.
#[test]
fn a_wait_that_the_caller_ends_is_known() {
    let (flag, unset) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", silent.local_addr().unwrap().port());
    let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_secs(600))).interrupt(flag);
    let error = blocking::Client::connect_with(&endpoint, &options).map(drop).unwrap_err();
    assert!(error.is_connection_lost() && !error.is_timeout(), "{error}");
    assert_eq!(error.io_error().map(std::io::Error::kind), Some(std::io::ErrorKind::Interrupted), "{error}");
    // Looking at the flag does not move the deadline.
    let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(2500))).interrupt(unset);
    let error = blocking::Client::connect_with(&endpoint, &options).map(drop).unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Greeting), "{error}");
}

#[test]
fn a_server_with_old_versions_of_tls_only_is_known() {
    let alert = tls_peers::ALERT_PROTOCOL_VERSION.to_vec();
    for answer in [alert, tls_peers::server_hello_of_tls_1_0()] {
        fails(tls_peers::answers_client_hello(answer).unwrap(), &ConnectOptions::new(), TlsFailure::OldVersion);
    }
    for (answer, reason) in [
        (tls_peers::ALERT_HANDSHAKE_FAILURE, TlsFailure::Incompatible),
        (b"* OK IMAP4rev1 ready\r\n", TlsFailure::NotTls),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsFailure::NotTls),
        (&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50], TlsFailure::Alert { code: 80 }),
        (&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70], TlsFailure::UnknownHost),
        // A record of TLS with nothing sensible in it.
        (&[0x16, 0x03, 0x03, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00], TlsFailure::Misbehaved),
    ] {
        fails(tls_peers::answers_client_hello(answer.to_vec()).unwrap(), &ConnectOptions::new(), reason);
    }
}

#[test]
fn a_client_certificate_that_is_required_or_refused_is_known() {
    let (_folder, certificates) = certificates();
    let trusting = ConnectOptions::new().ca_file(certificates.ca());
    let showing = |name| trusting.clone().client_certificate(certificates.certificate(name), certificates.key(name));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let port = tls_peers::requires_client_certificate(&certificates, version).unwrap();
        fails(port, &trusting, TlsFailure::ClientCertificateRequired);
        fails(port, &showing("foreign"), TlsFailure::ClientCertificateRefused);
        for error in errors(&Endpoint::tls("localhost", port), &showing("client")) {
            assert!(error.tls_failure().is_none() && error.status().is_some(), "{error}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let (folder, certificates) = certificates();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").unwrap();
    let missing = folder.path().join("missing.pem");
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::tls("localhost", port.local_addr().unwrap().port());
    for (options, file) in [
        (ConnectOptions::new().ca_file(&empty), &empty),
        (ConnectOptions::new().ca_file(&missing), &missing),
        (ConnectOptions::new().client_certificate(certificates.certificate("client"), &empty), &empty),
        (ConnectOptions::new().client_certificate(&empty, certificates.key("client")), &empty),
    ] {
        for error in errors(&endpoint, &options) {
            assert_eq!(error.unusable_file(), Some(file.as_path()), "{error}");
            assert!(error.is_bad_argument() && error.source().is_some(), "{error}");
        }
    }
    for error in errors(&Endpoint::tls("no host", 1), &ConnectOptions::new()) {
        assert!(error.unusable_file().is_none(), "{error}");
    }
}

#[test]
fn the_phase_of_a_timeout_is_known() {
    let quick = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for (endpoint, phase) in [
        (Endpoint::insecure("127.0.0.1", port), TimeoutPhase::Greeting),
        (Endpoint::tls("127.0.0.1", port), TimeoutPhase::TlsHandshake),
    ] {
        for error in errors(&endpoint, &quick) {
            assert_eq!(error.timeout_phase(), Some(phase), "{error}");
        }
    }
    let ignoring =
        Server::builder().user("alice", "secret").fault(Fault::Ignore { command: "NOOP".into() }).start().unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", ignoring.plain_addr().port());
    let blocking = blocking::Client::connect_with(&endpoint, &quick).unwrap().login("alice", "secret").unwrap().noop();
    let async_front = run(async {
        let client = Client::connect_with(&endpoint, &quick).await.unwrap();
        client.login("alice", "secret").await.unwrap().noop().await
    });
    for error in [blocking.map(drop).unwrap_err(), async_front.map(drop).unwrap_err()] {
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Silence), "{error}");
    }
}

#[test]
fn what_the_server_does_not_offer_is_named() {
    let mut builder = Server::builder().user("alice", "secret").without("STARTTLS").without("MOVE").without("UIDPLUS");
    for name in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        builder = builder.without(&format!("AUTH={name}"));
    }
    let server = builder.start().unwrap();
    let port = server.plain_addr().port();
    for error in errors(&Endpoint::starttls("localhost", port), &ConnectOptions::new()) {
        assert_eq!(error.missing_capability(), Some("STARTTLS"), "{error}");
    }
    let (endpoint, options) = (Endpoint::insecure("127.0.0.1", port), ConnectOptions::new());
    let moved = {
        let mut session =
            blocking::Client::connect_with(&endpoint, &options).unwrap().login("alice", "secret").unwrap();
        session.append("INBOX", AppendMessage::from("Subject: x\r\n\r\ntext\r\n")).unwrap();
        session.create("Target").unwrap();
        let mut inbox = session.select("INBOX").unwrap();
        inbox.move_messages(UidSet::all(), "Target").unwrap_err()
    };
    assert_eq!(moved.missing_capability(), Some("UIDPLUS"), "{moved}");
}

#[test]
fn a_login_that_the_server_forbids_is_known() {
    let mut builder = Server::builder().user("alice", "secret").with("LOGINDISABLED");
    for name in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        builder = builder.without(&format!("AUTH={name}"));
    }
    let server = builder.start().unwrap();
    let (endpoint, options) = (Endpoint::insecure("127.0.0.1", server.plain_addr().port()), ConnectOptions::new());
    let blocking = blocking::Client::connect_with(&endpoint, &options).unwrap().login("alice", "secret").map(drop);
    let command =
        blocking::Client::connect_with(&endpoint, &options).unwrap().login_command("alice", "secret").map(drop);
    let async_front = run(async {
        let client = Client::connect_with(&endpoint, &options).await.unwrap();
        client.login("alice", "secret").await.map(drop)
    });
    for error in [blocking.unwrap_err(), command.unwrap_err(), async_front.unwrap_err()] {
        assert!(error.is_login_disabled() && error.is_authentication(), "{error}");
    }
    // A wrong password is not that.
    let server = Server::builder().user("alice", "secret").start().unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    let refused =
        blocking::Client::connect_with(&endpoint, &options).unwrap().login("alice", "wrong").map(drop).unwrap_err();
    assert!(refused.is_authentication() && !refused.is_login_disabled(), "{refused}");
}
