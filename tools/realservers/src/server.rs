//! A server that runs.

use std::io::{self, BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::record::record;
use super::{Certificates, free_port, open_to_all};

/// A running server with the users that it was started with, each with an empty account.
#[derive(Debug)]
pub struct Server {
    /// The port with STARTTLS and clear text.
    pub port: u16,
    /// The port with TLS from the first byte, where the server has one.
    pub tls_port: u16,
    ground: Ground,
    process: Child,
}

/// Where a server runs: a temporary folder, certificates in it, and two free ports.
#[derive(Debug)]
pub(crate) struct Ground {
    name: &'static str,
    folder: TempDir,
    pub(crate) certificates: Certificates,
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
}

impl Ground {
    pub(crate) fn new(name: &'static str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir()?;
        open_to_all(folder.path())?;
        let certificates = Certificates::make(&folder.path().join("certs"))?;
        Ok(Self { name, folder, certificates, port: free_port()?, tls_port: free_port()? })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A folder in it that everybody may enter, made if it is not there.
    pub(crate) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::create_dir_all(&path)?;
        open_to_all(&path)?;
        Ok(path)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Starts the command, with its output in the file `log`, and waits until it greets.
    pub(crate) fn run(self, mut command: Command) -> io::Result<Server> {
        let log = || std::fs::OpenOptions::new().create(true).append(true).open(self.path().join("log"));
        let process = command.stdin(std::process::Stdio::null()).stdout(log()?).stderr(log()?).spawn()?;
        let mut server = Server { port: self.port, tls_port: self.tls_port, ground: self, process };
        server.wait()?;
        record("started", server.ground.name);
        Ok(server)
    }
}

impl Server {
    /// The password of every user.
    pub const PASSWORD: &'static str = "secret";

    /// The certificates that it uses.
    #[must_use]
    pub fn certificates(&self) -> &Certificates {
        &self.ground.certificates
    }

    /// The folder in which everything of this server is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.ground.path()
    }

    /// What the server has written to its log.
    #[must_use]
    pub fn log(&self) -> String {
        let log = std::fs::read(self.folder().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn wait(&mut self) -> io::Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if greets(self.port) {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::other(format!("the server does not start: {}", self.log())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends its children when it is asked to end.
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        let _ = self.process.wait();
    }
}

fn greets(port: u16) -> bool {
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut line = String::new();
    let waits = stream.set_read_timeout(Some(Duration::from_secs(5)));
    waits.is_ok() && BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("* OK")
}
