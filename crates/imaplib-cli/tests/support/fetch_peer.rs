//! A server whose FETCH is scripted, and the memory of the tool that talks to it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use super::{PASSWORD, Run, command};

/// A server with `exists` messages in INBOX, whose UIDs are 1, 2, …; returns its address. `fetch` answers a command
/// `UID FETCH …` and returns the completion without its tag.
pub fn serve(exists: usize, fetch: impl Fn(&str, &mut Vec<u8>) -> String + Send + Sync + 'static) -> String {
    serve_streaming(exists, move |command, send| {
        let mut answer = Vec::new();
        let end = fetch(command, &mut answer);
        send(&answer);
        end
    })
}

/// The same, for answers that are too long to be held.
pub fn serve_streaming(
    exists: usize,
    fetch: impl Fn(&str, &mut dyn FnMut(&[u8])) -> String + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let _ = stream.write_all(b"* OK [CAPABILITY IMAP4rev1] hello\r\n");
            while let Some(Ok(line)) = lines.next() {
                let (tag, command) = line.split_once(' ').unwrap();
                let answer = match command.split(' ').next().unwrap() {
                    "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n".to_owned(),
                    "LIST" => "* LIST () \"/\" INBOX\r\n".to_owned(),
                    "EXAMINE" => format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n"),
                    "UID" if command.starts_with("UID SEARCH") => {
                        let uids: Vec<String> = (1..=exists).map(|uid| uid.to_string()).collect();
                        format!("* SEARCH {}\r\n", uids.join(" "))
                    }
                    _ => String::new(),
                };
                let _ = stream.write_all(answer.as_bytes());
                let mut end = "OK done".to_owned();
                if command.starts_with("UID FETCH") {
                    end = fetch(command, &mut |bytes| drop(stream.write_all(bytes)));
                }
                let _ = stream.write_all(format!("{tag} {end}\r\n").as_bytes());
            }
        }
    });
    url
}

/// A run with the most memory that it took, in MiB.
pub fn measured(arguments: &[&str]) -> (Run, u64) {
    let mut command = command(arguments);
    command.env("IMAP_PASSWORD", PASSWORD).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let read = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let mut peak = 0;
    let status = loop {
        let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        // Before the program begins, its memory is that of the test.
        if text.starts_with("Name:\timap\n") {
            peak = peak.max(size.unwrap_or_default() / 1024);
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let code = status.code().unwrap_or(-1);
    (Run { code, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }, peak)
}
