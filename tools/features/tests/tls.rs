//! TLS with one library alone, and without any.
#![allow(clippy::unwrap_used)]

use imaplib::{ConnectOptions, Endpoint, Error, TlsFailure, TlsInfo};
use imaplib_testserver::Server;

fn server() -> Server {
    Server::builder().user("alice", "secret").start().unwrap()
}

/// Logs in over TLS and STARTTLS, with each client; returns the session of TLS, or the first error.
fn log_in(server: &Server, options: &ConnectOptions) -> Result<TlsInfo, Error> {
    let mut info = None;
    let tls = (Endpoint::tls("localhost", server.tls_addr().port()), server.tls_addr());
    let starttls = (Endpoint::starttls("localhost", server.plain_addr().port()), server.plain_addr());
    for (endpoint, address) in [tls, starttls] {
        let client = imaplib::blocking::Client::connect_with(&endpoint, options)?;
        info = client.tls().cloned();
        client.login("alice", "secret")?.logout()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = imaplib::Client::connect_with(&endpoint, options).await?;
            client.login("alice", "secret").await?.logout().await
        })?;
        smol::block_on(async {
            let socket = smol::net::TcpStream::connect(address).await.unwrap();
            let stream = imaplib::any_runtime::WithTimer::new(socket, smol::Timer::at);
            let client = imaplib::any_runtime::Client::connect_over(stream, &endpoint, options).await?;
            client.login("alice", "secret").await?.logout().await
        })?;
    }
    Ok(info.unwrap())
}

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
#[test]
fn none_is_an_error() {
    let server = server();
    let error = log_in(&server, &ConnectOptions::new()).unwrap_err();
    assert_eq!(error.tls_failure(), Some(TlsFailure::NoCryptography), "{error}");
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    let client = imaplib::blocking::Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap();
    client.login("alice", "secret").unwrap().logout().unwrap();
}

#[cfg(feature = "rustls")]
#[test]
fn rustls_needs_the_cryptography_of_the_program() {
    let server = server();
    let options = ConnectOptions::new().ca_pem(server.ca_pem());
    let error = log_in(&server, &options).unwrap_err();
    assert_eq!(error.tls_failure(), Some(TlsFailure::NoCryptography), "{error}");
    rustls::crypto::ring::default_provider().install_default().unwrap();
    assert_eq!(log_in(&server, &options).unwrap().version, "TLSv1.3");
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod native {
    use super::*;

    #[test]
    fn it_trusts_what_the_options_name() {
        let (server, other) = (server(), server());
        let trusting = || ConnectOptions::new().ca_pem(server.ca_pem());
        let info = log_in(&server, &trusting().alpn(["imap"])).unwrap();
        assert_eq!(info.certificates.len(), 1);
        log_in(&server, &ConnectOptions::new().extra_ca_pem(server.ca_pem())).unwrap();
        for options in [
            ConnectOptions::new(),
            ConnectOptions::new().ca_pem(other.ca_pem()),
            trusting().tls_server_name("other.example.org"),
        ] {
            let error = log_in(&server, &options).unwrap_err();
            assert_eq!(error.tls_failure(), Some(TlsFailure::Other), "{error}");
        }
        let unusable = ConnectOptions::new().ca_pem("no certificate");
        assert!(log_in(&server, &unusable).unwrap_err().is_bad_argument());
    }

    #[test]
    fn a_pin_is_the_only_one_that_counts() {
        let (server, other) = (server(), server());
        let fingerprint = |server: &Server| {
            log_in(server, &ConnectOptions::new().ca_pem(server.ca_pem())).unwrap().fingerprint().unwrap()
        };
        let (right, wrong) = (fingerprint(&server), fingerprint(&other));
        log_in(&server, &ConnectOptions::new().pin(right)).unwrap();
        let error = log_in(&server, &ConnectOptions::new().pin(wrong)).unwrap_err();
        assert_eq!(error.tls_failure(), Some(TlsFailure::PinMismatch), "{error}");
    }
}
