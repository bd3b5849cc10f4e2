//! A client that sends lines and reads lines.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    tag: u32,
    pub(crate) greeting: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut client = Self { stream: BufReader::new(stream), tag: 0, greeting: String::new() };
        client.greeting = client.line();
        client
    }

    pub(crate) fn login(address: SocketAddr, user: &str, password: &str) -> Self {
        let mut client = Self::connect(address);
        client.ok(&format!("LOGIN {user} {password}"));
        client
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// One line without its end; empty at the end of the stream.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()
    }

    /// Sends a command; all lines up to its completion, which comes last and without the tag.
    pub(crate) fn run(&mut self, command: &str) -> Vec<String> {
        self.tag += 1;
        let tag = format!("t{} ", self.tag);
        self.send(format!("{tag}{command}\r\n").as_bytes());
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty() || !lines.is_empty(), "the server is gone after {command}");
            match line.strip_prefix(&tag) {
                Some(end) => {
                    lines.push(end.to_owned());
                    return lines;
                }
                None => lines.push(line),
            }
        }
    }

    /// The untagged lines of a command that must succeed.
    pub(crate) fn ok(&mut self, command: &str) -> Vec<String> {
        let mut lines = self.run(command);
        let end = lines.pop().unwrap();
        assert!(end.starts_with("OK "), "{command}: {end}");
        lines
    }

    /// The completion of a command.
    pub(crate) fn end(&mut self, command: &str) -> String {
        self.run(command).pop().unwrap()
    }
}
