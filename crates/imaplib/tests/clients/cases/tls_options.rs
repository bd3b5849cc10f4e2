//! Whom TLS trusts, and what the handshake asks for.

use std::io::Read;
use std::net::TcpListener;

use imaplib::{ConnectOptions, Endpoint, TlsFailure};
use imaplib_testserver::Server;

use super::{Client, maybe_async, test};
use crate::support::{quick, start};

fn tls(server: &Server) -> Endpoint {
    Endpoint::tls("localhost", server.tls_addr().port())
}

#[maybe_async]
#[test]
async fn certificates_in_memory_are_trusted_as_those_of_files_are() {
    let (server, _) = start(|builder| builder);
    let (other, _) = start(|builder| builder);
    let pem = server.ca_pem();
    for (options, trusted) in [
        (ConnectOptions::new().ca_pem(pem), true),
        (ConnectOptions::new().ca_pem(other.ca_pem()), false),
        (ConnectOptions::new().ca_pem(other.ca_pem()).extra_ca_pem(pem), true),
        (ConnectOptions::new().extra_ca_pem(other.ca_pem()).extra_ca_pem(pem), true),
        (ConnectOptions::new().extra_ca_pem(other.ca_pem()), false),
    ] {
        match Client::connect_with(&tls(&server), &options).await {
            Ok(client) => assert!(trusted && client.tls().is_some(), "{options:?}"),
            Err(error) => assert!(!trusted && error.is_tls(), "{error}"),
        }
    }
}

#[maybe_async]
#[test]
async fn what_cannot_be_used_is_an_error_that_shows_no_key() {
    let (server, _) = start(|builder| builder);
    let key = "-----BEGIN PRIVATE KEY-----\nZ2VoZWlt\n-----END PRIVATE KEY-----\n";
    for options in [
        ConnectOptions::new().ca_pem("no certificate"),
        ConnectOptions::new().extra_ca_pem("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
        ConnectOptions::new().ca_pem(server.ca_pem()).client_certificate_pem(server.ca_pem(), "no key"),
        ConnectOptions::new().ca_pem(server.ca_pem()).client_certificate_pem(server.ca_pem(), key),
        ConnectOptions::new().tls_server_name("no host"),
    ] {
        let error = Client::connect_with(&tls(&server), &options).await.unwrap_err();
        assert!(error.is_bad_argument() && error.unusable_file().is_none(), "{error}");
        let shown = format!("{error} {error:#?} {options:?} {options:#?}");
        assert!(!shown.contains("Z2VoZWlt") && !shown.contains("103, 101, 104"), "{shown}");
    }
}

/// Trust on first use: what was not trusted is with the error, and can be pinned.
#[maybe_async]
#[test]
async fn a_certificate_that_is_not_trusted_is_with_the_error() {
    let (server, plain) = start(|builder| builder);
    for endpoint in [tls(&server), Endpoint::starttls("localhost", plain.port().unwrap())] {
        let error = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap_err();
        assert_eq!(error.tls_failure(), Some(TlsFailure::UnknownIssuer), "{error}");
        let pinned = ConnectOptions::new().pin(error.peer_fingerprint().unwrap());
        let client = Client::connect_with(&endpoint, &pinned).await.unwrap();
        assert_eq!(client.tls().unwrap().certificates, error.peer_certificates());
        assert_eq!(client.tls().unwrap().fingerprint(), error.peer_fingerprint());
        // Of a certificate that is not the pinned one, too.
        let error = Client::connect_with(&endpoint, &ConnectOptions::new().pin([7; 32])).await.unwrap_err();
        assert_eq!((error.tls_failure(), error.peer_certificates().is_empty()), (Some(TlsFailure::PinMismatch), false));
    }
    // There is none where the server shows none.
    let error = Client::connect_with(&Endpoint::tls("localhost", plain.port().unwrap()), &ConnectOptions::new()).await;
    let error = error.unwrap_err();
    assert!(error.tls_failure() == Some(TlsFailure::NotTls) && error.peer_fingerprint().is_none(), "{error}");
}

#[maybe_async]
#[test]
async fn the_certificate_can_be_for_another_name_than_the_host() {
    let (server, _) = start(|builder| builder);
    let endpoint = Endpoint::tls("imap.invalid", server.tls_addr().port());
    let options = ConnectOptions::new().ca_pem(server.ca_pem()).addresses([server.tls_addr().ip()]);
    let error = Client::connect_with(&endpoint, &options).await.unwrap_err();
    assert_eq!(error.tls_failure(), Some(TlsFailure::WrongName), "{error}");
    let client = Client::connect_with(&endpoint, &options.tls_server_name("localhost")).await.unwrap();
    assert_eq!(client.tls().unwrap().alpn, None);
}

/// What the client sends first names the server and the protocols.
#[maybe_async]
#[test]
async fn names_and_protocols_are_offered_as_they_were_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::tls("127.0.0.1", listener.local_addr().unwrap().port());
    let hello = std::thread::spawn(move || {
        let mut buffer = vec![0; 4000];
        let count = listener.accept().unwrap().0.read(&mut buffer).unwrap();
        buffer[..count].escape_ascii().to_string()
    });
    let options = quick().tls_server_name("imap.example.org").alpn(["imap", "xmap"]);
    Client::connect_with(&endpoint, &options).await.unwrap_err();
    let hello = hello.join().unwrap();
    assert!(hello.contains("imap.example.org") && hello.contains(r"\x04imap\x04xmap"), "{hello}");
}

#[cfg(feature = "rustls-config")]
#[maybe_async]
#[test]
async fn a_configuration_of_rustls_is_used_as_it_is() {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let (server, _) = start(|builder| builder);
    let pem = server.ca_pem();
    for trusted in [true, false] {
        let mut roots = rustls::RootCertStore::empty();
        if trusted {
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        }
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        // It counts in place of what else is trusted.
        let options = ConnectOptions::new().pin([7; 32]).rustls_config(config);
        match Client::connect_with(&tls(&server), &options).await {
            Ok(client) => assert!(trusted && client.tls().unwrap().version == "TLSv1.2"),
            Err(error) => assert!(!trusted && error.tls_failure() == Some(TlsFailure::UnknownIssuer), "{error}"),
        }
    }
}
