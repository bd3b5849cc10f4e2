//! An archive of the sample account, served by the tool.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::command;

/// `imap serve` while it runs.
pub struct Serving {
    pub process: Child,
    pub address: String,
    pub password: String,
    /// What it printed.
    pub said: serde_json::Value,
}

impl Serving {
    /// Serves an archive at a free port, with a password that is made for it.
    pub fn start(archive: &Path, options: &[&str]) -> Self {
        let mut words = vec!["serve", archive.to_str().unwrap(), "--listen", "127.0.0.1:0", "--json"];
        words.extend(options);
        let mut process = command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut errors = String::new();
            process.stderr.as_mut().unwrap().read_to_string(&mut errors).unwrap();
            panic!("{error}: {line} {errors}")
        });
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Self { process, address: text("address"), password: text("password"), said: said.clone() }
    }

    /// A client that has logged in.
    pub fn client(&self) -> Raw {
        let mut raw = Raw::connect(&self.address);
        let said = raw.ask(&format!("LOGIN archive {}", self.password));
        assert!(said.contains("q OK"), "{said}");
        raw
    }

    /// The most memory that it has had, in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that writes what it is told to.
pub struct Raw(pub BufReader<TcpStream>);

impl Raw {
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut raw = Self(BufReader::new(stream));
        let greeting = raw.line();
        assert!(greeting.starts_with("* OK"), "{greeting}");
        raw
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Sends a command and returns all up to its completion.
    pub fn ask(&mut self, command: &str) -> String {
        self.send(format!("q {command}\r\n").as_bytes());
        let mut said = String::new();
        loop {
            let line = self.line();
            said.push_str(&line);
            if line.starts_with("q ") || line.is_empty() {
                return said;
            }
        }
    }
}
