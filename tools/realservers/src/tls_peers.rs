//! Servers whose TLS handshake fails in one way each.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::Certificates;

pub use rustls::version::{TLS12, TLS13};

/// The alert `protocol_version` in a record of TLS 1.0: what OpenSSL answers where it is limited to TLS 1.0 or 1.1.
pub const ALERT_PROTOCOL_VERSION: &[u8] = &[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];

/// The alert `handshake_failure` in a record of TLS 1.2: the server has no cipher suite in common with the client.
pub const ALERT_HANDSHAKE_FAILURE: &[u8] = &[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];

/// The ServerHello of a server that knows TLS 1.0 and nothing later, and selects it.
#[must_use]
pub fn server_hello_of_tls_1_0() -> Vec<u8> {
    let mut hello = vec![0x03, 0x01]; // the version
    hello.extend([7; 32]); // the random bytes
    hello.extend([0x00, 0x00, 0x2f, 0x00]); // no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression
    let length = u8::try_from(hello.len()).unwrap_or_default();
    [&[0x16, 0x03, 0x01, 0x00, length + 4, 0x02, 0x00, 0x00, length], &hello[..]].concat()
}

/// Starts a server that answers the ClientHello with these bytes and closes the connection; returns its port.
///
/// # Errors
/// If there is no port for it.
pub fn answers_client_hello(answer: Vec<u8>) -> io::Result<u16> {
    serve(move |mut stream| {
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello)?;
        stream.write_all(&answer)?;
        finish(&mut stream)
    })
}

/// Starts a server that shows this certificate, and greets with BYE; returns its port.
///
/// # Errors
/// If the certificates cannot be read, or there is no port for it.
pub fn shows_certificate(certificates: &Certificates, name: &str) -> io::Result<u16> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(io::Error::other)?.with_no_client_auth();
    serve_tls(config.with_single_cert(vec![pem(&certificates.certificate(name))?], key(certificates, name)?))
}

/// Starts a server that requires a client certificate, in this version of TLS only, and greets with BYE; returns its port.
///
/// # Errors
/// If the certificates cannot be read, or there is no port for it.
pub fn requires_client_certificate(
    certificates: &Certificates,
    version: &'static SupportedProtocolVersion,
) -> io::Result<u16> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(pem(&certificates.ca())?).map_err(io::Error::other)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]);
    let config =
        config.map_err(io::Error::other)?.with_client_cert_verifier(verifier.build().map_err(io::Error::other)?);
    serve_tls(config.with_single_cert(vec![pem(&certificates.certificate("server"))?], key(certificates, "server")?))
}

fn pem(path: &Path) -> io::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_file(path).map_err(io::Error::other)
}

fn key(certificates: &Certificates, name: &str) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(certificates.key(name)).map_err(io::Error::other)
}

fn serve_tls(config: Result<ServerConfig, rustls::Error>) -> io::Result<u16> {
    let config = Arc::new(config.map_err(io::Error::other)?);
    serve(move |mut stream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let shaken = session.complete_io(&mut stream);
        // An error leaves an alert to be sent.
        while session.wants_write() {
            session.write_tls(&mut stream)?;
        }
        if shaken.is_ok() {
            rustls::Stream::new(&mut session, &mut stream).write_all(b"* BYE the certificate is good\r\n")?;
        }
        finish(&mut stream)
    })
}

/// Closes without a reset, which could overtake what was sent.
fn finish(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    io::copy(stream, &mut io::sink()).map(drop)
}

fn serve(answer: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // What a client does here is judged by what it says.
            let _ = stream.and_then(&answer);
        }
    });
    Ok(port)
}
