//! TLS libraries other than the built-in one: that of the platform, and one of the caller's.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use imaplib::types::UidSet;
use imaplib::{ConnectOptions, Endpoint, FetchItem, NativeTls, TlsConnector, TlsFailure, TlsInfo, TlsSession, TlsWire};
use imaplib_testserver::Server;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::{Client, maybe_async, test};
use crate::support::start;

fn endpoints(server: &Server) -> [Endpoint; 2] {
    let port = |address: std::net::SocketAddr| address.port();
    [Endpoint::tls("localhost", port(server.tls_addr())), Endpoint::starttls("localhost", port(server.plain_addr()))]
}

fn native(server: &Server) -> NativeTls {
    let mut builder = native_tls::TlsConnector::builder();
    builder.add_root_certificate(native_tls::Certificate::from_pem(server.ca_pem().as_bytes()).unwrap());
    builder.build().unwrap().into()
}

/// What a program would write for a TLS library of its own.
#[derive(Debug)]
struct Own(Arc<ClientConfig>);

struct OwnSession {
    tls: ClientConnection,
    wire: TlsWire,
}

impl Own {
    fn trusting(server: &Server) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Self(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }
}

impl TlsConnector for Own {
    fn begin(&self, server_name: &str) -> io::Result<Box<dyn TlsSession>> {
        let name = ServerName::try_from(server_name.to_owned()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        Ok(Box::new(OwnSession { tls, wire: TlsWire::new() }))
    }
}

impl TlsSession for OwnSession {
    fn handshake(&mut self) -> io::Result<()> {
        while self.tls.is_handshaking() || self.tls.wants_write() {
            self.tls.complete_io(&mut self.wire)?;
        }
        Ok(())
    }

    fn wire(&mut self) -> &mut TlsWire {
        &mut self.wire
    }

    fn info(&self) -> TlsInfo {
        let mut info = TlsInfo::default();
        info.version = "own".to_owned();
        info
    }

    fn close(&mut self) -> io::Result<()> {
        self.tls.send_close_notify();
        self.flush()
    }
}

impl Read for OwnSession {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        rustls::Stream::new(&mut self.tls, &mut self.wire).read(buffer)
    }
}

impl Write for OwnSession {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.tls.writer().write(bytes)?;
        self.flush().map(|()| count)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.wire)?;
        }
        Ok(())
    }
}

/// Logs in and fetches three megabytes, by TLS and by STARTTLS.
#[maybe_async]
async fn works(server: &Server, options: &ConnectOptions) -> TlsInfo {
    let account = server.store().account("alice");
    let uid = account.append_synthetic("INBOX", 3_000_000).unwrap();
    let mut info = TlsInfo::default();
    for endpoint in endpoints(server) {
        let client = Client::connect_with(&endpoint, options).await.unwrap();
        info = client.tls().unwrap().clone();
        let mut session = client.login("alice", "secret").await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut bytes = Vec::new();
        let mut rows = inbox.fetch(UidSet::from(uid), FetchItem::message()).unwrap();
        let mut row = rows.next().await.unwrap().unwrap();
        row.next_body().await.unwrap().unwrap().copy_to(&mut bytes).await.unwrap();
        assert_eq!(bytes.len(), 3_000_000);
        assert!(rows.next().await.unwrap().is_none());
        drop(rows);
        session.append("INBOX", imaplib::AppendMessage::from(bytes.as_slice())).await.unwrap();
        session.logout().await.unwrap();
    }
    info
}

#[maybe_async]
#[test]
async fn the_platforms() {
    let (server, _) = start(|builder| builder);
    let info = works(&server, &ConnectOptions::new().tls_connector(native(&server))).await;
    assert_eq!(info.certificates.len(), 1);
    let (other, _) = start(|builder| builder);
    for endpoint in endpoints(&server) {
        let options = ConnectOptions::new().tls_connector(native(&other));
        let error = Client::connect_with(&endpoint, &options).await.unwrap_err();
        assert_eq!(error.tls_failure(), Some(TlsFailure::Other), "{error}");
        let options = ConnectOptions::new().tls_connector(native(&server)).tls_server_name("other.example.org");
        assert!(Client::connect_with(&endpoint, &options).await.unwrap_err().is_tls());
    }
    // What the platform trusts does not contain the test server's authority.
    let options = ConnectOptions::new().tls_connector(NativeTls::new().unwrap());
    assert!(Client::connect_with(&endpoints(&server)[0], &options).await.unwrap_err().is_tls());
}

#[maybe_async]
#[test]
async fn one_of_the_callers() {
    let (server, _) = start(|builder| builder);
    let info = works(&server, &ConnectOptions::new().tls_connector(Own::trusting(&server))).await;
    assert_eq!(info.version, "own");
    let (other, _) = start(|builder| builder);
    for endpoint in endpoints(&server) {
        let options = ConnectOptions::new().tls_connector(Own::trusting(&other));
        let error = Client::connect_with(&endpoint, &options).await.unwrap_err();
        // It has the same name and another key.
        assert_eq!(error.tls_failure(), Some(TlsFailure::BadCertificate), "{error}");
        let options = ConnectOptions::new().tls_connector(Own::trusting(&server)).tls_server_name("no name");
        assert!(Client::connect_with(&endpoint, &options).await.unwrap_err().is_tls());
    }
}

/// Reports a reason of its own.
#[derive(Debug)]
struct Refusing;

impl TlsConnector for Refusing {
    fn begin(&self, _server_name: &str) -> io::Result<Box<dyn TlsSession>> {
        Err(io::Error::new(ErrorKind::InvalidData, TlsFailure::Revoked))
    }
}

#[maybe_async]
#[test]
async fn its_reason_is_that_of_the_error() {
    let (server, _) = start(|builder| builder);
    for endpoint in endpoints(&server) {
        let options = ConnectOptions::new().tls_connector(Refusing);
        let error = Client::connect_with(&endpoint, &options).await.unwrap_err();
        assert_eq!(error.tls_failure(), Some(TlsFailure::Revoked), "{error}");
    }
}
