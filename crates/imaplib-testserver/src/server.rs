//! A server on loopback sockets, with its threads.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::connection::Connection;
use crate::journal::Journal;
use crate::output::Fault;
use crate::serve;
use crate::settings::Settings;
use crate::store::Store;

/// How a [`Server`] is to be, before it is started.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    store: Store,
    settings: Settings,
    faults: Vec<(usize, Fault)>,
    plain_port: u16,
    tls_port: u16,
}

impl Builder {
    /// Adds the sample account: user [`SAMPLE_USER`](crate::SAMPLE_USER), password
    /// [`SAMPLE_PASSWORD`](crate::SAMPLE_PASSWORD).
    #[must_use]
    pub fn sample_account(self) -> Self {
        self.store.add_sample_account();
        self
    }

    /// Adds a user with an empty INBOX.
    #[must_use]
    pub fn user(self, name: &str, password: &str) -> Self {
        self.store.add_user(name, password);
        self
    }

    /// Changes the settings.
    ///
    /// ```
    /// let server = imaplib_testserver::Server::builder().settings(|s| s.capabilities(["IMAP4rev1"]).token("t")).start()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(Settings) -> Settings) -> Self {
        self.settings = change(self.settings);
        self
    }

    /// Announces a capability; see [`Settings::with`].
    #[must_use]
    pub fn with(self, capability: &str) -> Self {
        self.settings(|settings| settings.with(capability))
    }

    /// Announces every extension that the server knows; see [`Settings::with_all`].
    #[must_use]
    pub fn with_all(self) -> Self {
        self.settings(Settings::with_all)
    }

    /// Removes a capability; see [`Settings::without`].
    #[must_use]
    pub fn without(self, capability: &str) -> Self {
        self.settings(|settings| settings.without(capability))
    }

    /// Lets all connections misbehave.
    #[must_use]
    pub fn fault(self, fault: Fault) -> Self {
        self.settings(|settings| settings.fault(fault))
    }

    /// Lets one connection misbehave: the first one is number 0, whichever port it came to.
    #[must_use]
    pub fn fault_on(mut self, connection: usize, fault: Fault) -> Self {
        self.faults.push((connection, fault));
        self
    }

    /// The ports for clear text (with STARTTLS) and for TLS; 0, the default, is any free port.
    #[must_use]
    pub fn ports(mut self, plain: u16, tls: u16) -> Self {
        self.plain_port = plain;
        self.tls_port = tls;
        self
    }

    /// Starts the server on the loopback address.
    ///
    /// # Errors
    /// If a port is taken, or no certificate can be made.
    pub fn start(self) -> io::Result<Server> {
        let identity = Identity::generate()?;
        let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, self.plain_port))?;
        let tls = TcpListener::bind((Ipv4Addr::LOCALHOST, self.tls_port))?;
        let mut server = Server {
            plain_addr: plain.local_addr()?,
            tls_addr: tls.local_addr()?,
            ca_pem: identity.ca_pem.clone(),
            store: self.store.clone(),
            state: Arc::default(),
            listeners: Vec::new(),
        };
        let site = Arc::new(Site {
            store: self.store,
            settings: Arc::new(self.settings),
            faults: self.faults,
            tls: identity.config,
            state: Arc::clone(&server.state),
        });
        for (listener, implicit) in [(plain, false), (tls, true)] {
            let site = Arc::clone(&site);
            let thread = thread::Builder::new().name("imaplib-testserver listener".to_owned());
            server.listeners.push(thread.spawn(move || listen(&listener, &site, implicit))?);
        }
        Ok(server)
    }
}

/// A running server; it stops when dropped.
///
/// ```
/// use std::io::{BufRead as _, BufReader};
///
/// let server = imaplib_testserver::Server::builder().sample_account().start()?;
/// let stream = std::net::TcpStream::connect(server.plain_addr())?;
/// let mut greeting = String::new();
/// BufReader::new(stream).read_line(&mut greeting)?;
/// assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 "));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    plain_addr: SocketAddr,
    tls_addr: SocketAddr,
    ca_pem: String,
    store: Store,
    state: Arc<State>,
    listeners: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    stopping: AtomicBool,
    accepted: AtomicUsize,
    connections: Mutex<Vec<Running>>,
    journal: Journal,
}

#[derive(Debug)]
struct Running {
    stream: TcpStream,
    thread: JoinHandle<()>,
}

/// What the listeners share.
struct Site {
    store: Store,
    settings: Arc<Settings>,
    faults: Vec<(usize, Fault)>,
    tls: Arc<rustls::ServerConfig>,
    state: Arc<State>,
}

impl Server {
    /// A server without accounts, with the default capabilities, on free ports.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where clear-text connections are accepted; STARTTLS works there.
    pub fn plain_addr(&self) -> SocketAddr {
        self.plain_addr
    }

    /// Where TLS connections are accepted.
    pub fn tls_addr(&self) -> SocketAddr {
        self.tls_addr
    }

    /// The certificate authority, in PEM, that signed the server's certificate for `localhost` and `127.0.0.1`.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The accounts, to be looked at and changed while the server runs.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How many connections have been accepted since the start.
    pub fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// The commands that have arrived, without their tags, as the clients wrote them (with their passwords).
    ///
    /// The last 10,000 are kept, 4 KiB of each. What AUTHENTICATE and IDLE read after the command is not among them.
    pub fn commands(&self) -> Vec<String> {
        self.state.journal.commands()
    }

    /// Cuts all connections; the server continues to accept new ones.
    pub fn disconnect_all(&self) {
        for running in self.state.connections().iter() {
            let _ = running.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopping.store(true, Ordering::SeqCst);
        // The listeners wake up for a connection only.
        for address in [self.plain_addr, self.tls_addr] {
            let _ = TcpStream::connect(address);
        }
        for listener in self.listeners.drain(..) {
            let _ = listener.join();
        }
        let running = std::mem::take(&mut *self.state.connections());
        for connection in &running {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        for connection in running {
            let _ = connection.thread.join();
        }
    }
}

impl State {
    fn connections(&self) -> MutexGuard<'_, Vec<Running>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(listener: &TcpListener, site: &Arc<Site>, implicit: bool) {
    for stream in listener.incoming() {
        if site.state.stopping.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(stream) = stream {
            let _ = accept(stream, site, implicit);
        }
    }
}

fn accept(stream: TcpStream, site: &Arc<Site>, implicit: bool) -> io::Result<()> {
    let number = site.state.accepted.fetch_add(1, Ordering::SeqCst);
    let handle = stream.try_clone()?;
    let serving = Arc::clone(site);
    let thread = thread::Builder::new().name("imaplib-testserver connection".to_owned());
    let thread = thread.spawn(move || {
        let mut settings = Arc::clone(&serving.settings);
        for (_, fault) in serving.faults.iter().filter(|(on, _)| *on == number) {
            settings = Arc::new((*settings).clone().fault(fault.clone()));
        }
        let store = serving.store.clone();
        let mut connection =
            if implicit { Connection::over_tls(store, settings) } else { Connection::with_starttls(store, settings) };
        connection.record(serving.state.journal.clone());
        // The client's troubles are its own; there is nobody here to tell.
        let _ = serve::serve_tcp(connection, &stream, &serving.tls, implicit);
        let _ = stream.shutdown(Shutdown::Both);
    })?;
    let mut connections = site.state.connections();
    connections.retain(|running| !running.thread.is_finished());
    connections.push(Running { stream: handle, thread });
    Ok(())
}

/// A certificate authority and a server certificate for `localhost`, `127.0.0.1` and `::1`.
pub(crate) struct Identity {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<rustls::ServerConfig>,
}

impl Identity {
    pub(crate) fn generate() -> io::Result<Self> {
        let mut ca = CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "imaplib-testserver test CA");
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().map_err(io::Error::other)?)
            .map_err(io::Error::other)?;

        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut server = CertificateParams::new(names).map_err(io::Error::other)?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = server.signed_by(&key, &ca).map_err(io::Error::other)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(io::Error::other)?;
        Ok(Self { ca_pem: ca.pem(), config: Arc::new(config) })
    }
}
