//! Proxies that nobody here wrote: microsocks (SOCKS5) and tinyproxy (HTTP CONNECT).

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{free_port, missing};

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    process: Child,
    _folder: tempfile::TempDir,
    /// Its port on loopback.
    pub port: u16,
}

impl Proxy {
    /// microsocks, with a user and a password if there is a login. `None` if it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn microsocks(login: Option<(&str, &str)>) -> std::io::Result<Option<Self>> {
        let port = free_port()?;
        let mut command = Command::new("microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        if let Some((user, password)) = login {
            command.args(["-u", user, "-P", password]);
        }
        Self::start(command, tempfile::tempdir()?, port, "microsocks")
    }

    /// tinyproxy, with a user and a password if there is a login. `None` if it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn tinyproxy(login: Option<(&str, &str)>) -> std::io::Result<Option<Self>> {
        let (port, folder) = (free_port()?, tempfile::tempdir()?);
        let config = folder.path().join("tinyproxy.conf");
        let login = login.map(|(user, password)| format!("BasicAuth {user} {password}\n")).unwrap_or_default();
        std::fs::write(&config, format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n{login}"))?;
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(config);
        Self::start(command, folder, port, "tinyproxy")
    }

    fn start(mut command: Command, folder: tempfile::TempDir, port: u16, name: &str) -> std::io::Result<Option<Self>> {
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = match process {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing(name);
                return Ok(None);
            }
            process => process?,
        };
        let proxy = Self { process, _folder: folder, port };
        let end = Instant::now() + Duration::from_secs(10);
        while let Err(error) = TcpStream::connect(("127.0.0.1", port)) {
            if Instant::now() > end {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(proxy))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
