//! Runs the built binary.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

pub mod attachments;
pub mod failing_peer;
pub mod fetch_peer;
#[cfg(unix)]
pub mod little;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod peer;
pub mod real;
pub mod relay;
pub mod script;
pub mod served;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use imaplib_testserver::{AccountHandle, Server};

pub const PASSWORD: &str = "correct horse battery staple";

/// What a run of `imap` ended with.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The objects of a run with `--json`.
    pub fn json(&self) -> Vec<serde_json::Value> {
        objects(&self.stdout)
    }

    /// What it said beside the result, with `--json`.
    pub fn diagnostics(&self) -> Vec<serde_json::Value> {
        objects(&self.stderr)
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

fn objects(lines: &str) -> Vec<serde_json::Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The binary, without the developer's own settings.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imap"));
    command
        .args(args)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC");
    command
}

pub fn imap(args: &[&str]) -> Run {
    finish(&mut command(args), b"")
}

pub fn imap_with_input(args: &[&str], input: &[u8]) -> Run {
    finish(&mut command(args), input)
}

/// With the password of [`server`]'s account in the environment.
pub fn imap_as_alice(args: &[&str]) -> Run {
    finish(command(args).env("IMAP_PASSWORD", PASSWORD), b"")
}

pub fn finish(command: &mut Command, input: &[u8]) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // From a thread: the child may answer before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A server with the account alice and an empty INBOX.
pub fn server() -> (Server, AccountHandle, String) {
    start(Server::builder())
}

pub fn start(builder: imaplib_testserver::Builder) -> (Server, AccountHandle, String) {
    let server = builder.user("alice", PASSWORD).start().unwrap();
    let account = server.store().account("alice");
    let url = format!("imap+insecure://alice@127.0.0.1:{}", server.plain_addr().port());
    (server, account, url)
}

/// A message with a number in it.
pub fn message(number: usize) -> Vec<u8> {
    format!(
        "From: Ann <ann@example.org>\r\nTo: alice@example.org\r\nSubject: Message {number}\r\nDate: Sat, 14 Mar 2026 09:26:53 +0000\r\n\
         Message-ID: <{number}@example.org>\r\n\r\nThis is number {number}.\r\n"
    )
    .into_bytes()
}

/// The files in the `cur` folders below, sorted, relative to `root`.
pub fn tree(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.parent().unwrap().ends_with("cur") {
                files.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files
}

pub fn fill(account: &AccountHandle, mailbox: &str, messages: std::ops::Range<usize>) {
    for number in messages {
        account.append(mailbox, message(number)).unwrap();
    }
}

pub fn summary(run: &Run) -> serde_json::Value {
    run.json().into_iter().find(|object| object["summary"] == true).unwrap_or_else(|| panic!("no summary: {run:?}"))
}

/// Each message of the server is there once, with its bytes.
pub fn assert_complete(account: &AccountHandle, mailbox: &str, folder: &Path) {
    let files = tree(folder);
    let wanted = account.messages(mailbox).unwrap();
    assert_eq!(files.len(), wanted.len(), "{files:?}");
    for message in wanted {
        let mark = format!("U{}.imap,", message.uid);
        let found: Vec<&String> = files.iter().filter(|file| file.contains(&mark)).collect();
        assert_eq!(found.len(), 1, "{mark} in {files:?}");
        let stored = std::fs::read(folder.join(found[0])).unwrap();
        assert_eq!(stored, message.content.prefix(usize::MAX), "{mark}");
    }
}
