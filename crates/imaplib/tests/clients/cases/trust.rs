//! Which server is trusted, and what it is shown.

use imaplib::{ConnectOptions, Endpoint};
use imaplib_testserver::Fault;

use super::{Client, log_in, maybe_async, test};
use crate::support::start;

#[maybe_async]
#[test]
async fn login_is_obeyed_where_it_is_disabled() {
    let (_server, endpoint) = start(|builder| {
        let names = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];
        names.iter().fold(builder.with("LOGINDISABLED"), |builder, name| builder.without(&format!("AUTH={name}")))
    });
    for _ in 0..2 {
        let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
        let error = client.login("alice", "secret").await.unwrap_err();
        assert!(error.is_authentication() && error.to_string().contains("LOGINDISABLED"), "{error}");
        let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
        assert!(client.login_command("alice", "secret").await.unwrap_err().is_authentication());
    }
}

#[maybe_async]
#[test]
async fn in_clear_text_the_password_is_not_shown_if_it_need_not_be() {
    let (server, endpoint) = start(|builder| builder);
    let session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    session.logout().await.unwrap();
    let commands = server.commands();
    assert!(commands.iter().any(|command| command.starts_with("AUTHENTICATE SCRAM-SHA-256")), "{commands:?}");
    assert!(!commands.iter().any(|command| command.contains("secret")));
}

#[maybe_async]
#[test]
async fn only_the_right_certificate_is_trusted() {
    let (server, _) = start(|builder| builder);
    let endpoint = Endpoint::tls("localhost", server.tls_addr().port());
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, server.ca_pem()).unwrap();
    let client = Client::connect_with(&endpoint, &ConnectOptions::new().ca_file(&ca)).await.unwrap();
    let tls = client.tls().unwrap();
    assert_eq!(tls.version, "TLSv1.3");
    let pin = tls.fingerprint().unwrap();
    assert!(Client::connect_with(&endpoint, &ConnectOptions::new().pin(pin)).await.is_ok());
    for options in [ConnectOptions::new(), ConnectOptions::new().pin([7; 32])] {
        let error = Client::connect_with(&endpoint, &options).await.unwrap_err();
        assert!(error.is_tls(), "{error}");
    }
    let missing = ConnectOptions::new().ca_file(folder.path().join("none.pem"));
    assert!(Client::connect_with(&endpoint, &missing).await.unwrap_err().is_bad_argument());
    // STARTTLS is the same trust.
    let starttls = Endpoint::starttls("localhost", server.plain_addr().port());
    assert!(Client::connect_with(&starttls, &ConnectOptions::new().ca_file(&ca)).await.unwrap().tls().is_some());
    assert!(Client::connect_with(&starttls, &ConnectOptions::new()).await.unwrap_err().is_tls());
}

#[maybe_async]
#[test]
async fn starttls_is_never_done_without() {
    let (_server, endpoint) = start(|builder| builder.without("STARTTLS"));
    let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
    assert!(Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap_err().is_unsupported());
    let (_server, endpoint) = start(|builder| builder.settings(|settings| settings.preauthenticated("alice")));
    let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
    assert!(Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap_err().is_unsupported());
    let (_server, endpoint) = start(|builder| {
        builder.fault(Fault::InsertBefore { containing: "OK".into(), bytes: b"* OK [ALERT] x\r\n".to_vec() })
    });
    let endpoint = Endpoint::starttls("localhost", endpoint.port().unwrap());
    // A trusted certificate would be needed as well: it must fail in any case.
    assert!(Client::connect_with(&endpoint, &ConnectOptions::new()).await.is_err());
}
