//! Mailboxes of a million messages: the backup and the search stay small whatever their UIDs and flags are, and miss none of
//! them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use support::memory::measured;
use support::{Run, summary, tree};

/// A server with one mailbox.
#[derive(Clone, Copy)]
struct Large {
    messages: u32,
    /// The UIDs are the multiples of this number.
    step: u32,
    has_distinct_flags: bool,
    /// In each hundred thousand messages this many are sent, and the others are refused; 0 ends the connection.
    sent: u32,
    /// This one has gone.
    gone: Option<u32>,
}

impl Large {
    /// Starts it; returns its URL and what it receives.
    fn start(self) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let lines = Arc::clone(&lines);
                std::thread::spawn(move || self.serve(&stream.unwrap(), &lines));
            }
        });
        (url, log)
    }

    fn serve(self, stream: &TcpStream, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(64 << 10, stream);
        out.write_all(b"* OK [CAPABILITY IMAP4rev1 CONDSTORE] hello\r\n")?;
        out.flush()?;
        for line in BufReader::new(stream).lines() {
            let line = line?;
            log.lock().unwrap().push(line.chars().take(200).collect());
            let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let words: Vec<&str> = rest.split(' ').collect();
            let mut end = "OK x".to_owned();
            match words[..] {
                ["CAPABILITY", ..] => out.write_all(b"* CAPABILITY IMAP4rev1 CONDSTORE\r\n")?,
                ["LIST", ..] => out.write_all(b"* LIST () \"/\" INBOX\r\n")?,
                ["EXAMINE" | "STATUS", ..] => {
                    let exists = self.messages - u32::from(self.gone.is_some());
                    let next = u64::from(self.messages) * u64::from(self.step) + 1;
                    let modseq = 9 + u64::from(self.gone.is_some());
                    match words[0] {
                        "STATUS" => write!(
                            out,
                            "* STATUS INBOX (MESSAGES {exists} UIDNEXT {next} UIDVALIDITY 7 HIGHESTMODSEQ {modseq})\r\n"
                        )?,
                        _ => write!(
                            out,
                            "* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {next}] x\r\n* OK [HIGHESTMODSEQ {modseq}] x\r\n"
                        )?,
                    }
                }
                ["FETCH", set, ..] => {
                    for seq in set.split(',') {
                        let number: u32 = seq.parse().unwrap();
                        write!(out, "* {seq} FETCH (UID {})\r\n", self.uid(number))?;
                    }
                }
                ["UID", "SEARCH", ..] => {
                    let set = words.iter().skip(1).position(|word| *word == "UID").map_or("1:*", |at| words[at + 2]);
                    out.write_all(b"* SEARCH")?;
                    for number in self.numbers(set) {
                        write!(out, " {}", number * self.step)?;
                    }
                    out.write_all(b"\r\n")?;
                }
                ["UID", "FETCH", set, ..] if rest.contains("BODY.PEEK[]") => {
                    if self.sent == 0 {
                        return Ok(());
                    }
                    for number in self.numbers(set) {
                        if (number - 1) % 100_000 >= self.sent {
                            end = "NO not today".to_owned();
                            break;
                        }
                        self.row(&mut out, number, " BODY[] {1}\r\nx")?;
                    }
                }
                ["UID", "FETCH", set, ..] => {
                    for number in self.numbers(set) {
                        self.row(&mut out, number, "")?;
                    }
                }
                _ => {}
            }
            write!(out, "{tag} {end}\r\n")?;
            out.flush()?;
        }
        Ok(())
    }

    fn uid(self, number: u32) -> u32 {
        let is_behind = self.gone.is_some_and(|gone| number >= gone);
        (number + u32::from(is_behind)) * self.step
    }

    /// The places, counted from 1 as if none had gone, of the messages whose UIDs are in the set.
    fn numbers(self, set: &str) -> impl Iterator<Item = u32> {
        let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().unwrap() };
        let ranges: Vec<(u32, u32)> = set
            .split(',')
            .map(|range| range.split_once(':').unwrap_or((range, range)))
            .map(|(low, high)| (number(low), number(high)))
            .collect();
        ranges
            .into_iter()
            .flat_map(move |(low, high)| low.div_ceil(self.step)..=(high / self.step).min(self.messages))
            .filter(move |number| Some(*number) != self.gone)
    }

    fn row(self, out: &mut impl std::io::Write, number: u32, more: &str) -> std::io::Result<()> {
        let seq = number - u32::from(self.gone.is_some_and(|gone| number > gone));
        let mut flags = String::new();
        if self.has_distinct_flags {
            let _ = write!(flags, "keyword-{number}");
        }
        write!(
            out,
            "* {seq} FETCH (UID {} FLAGS ({flags}) INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" RFC822.SIZE 1{more})\r\n",
            number * self.step
        )
    }
}

fn backup(url: &str, archive: &Path) -> (Run, u64) {
    measured(&["backup", url, archive.to_str().unwrap(), "--json", "--adopt"])
}

/// A million messages with gaps between their UIDs; none of them is sent.
#[test]
fn gaps_between_a_million_uids_take_little_memory() {
    let large = Large { messages: 1_000_000, step: 2, has_distinct_flags: false, sent: 0, gone: None };
    let folder = tempfile::tempdir().unwrap();
    let (run, peak) = backup(&large.start().0, folder.path());
    assert_eq!(run.code, 1, "{}", run.stderr);
    eprintln!("peak {peak} MiB");
    assert!(peak < 48, "{peak} MiB");
}

#[test]
fn distinct_flags_of_many_messages_take_little_memory() {
    let large = Large { messages: 300_000, step: 2, has_distinct_flags: true, sent: 0, gone: None };
    let folder = tempfile::tempdir().unwrap();
    let (run, peak) = backup(&large.start().0, folder.path());
    assert_eq!(run.code, 1, "{}", run.stderr);
    eprintln!("peak {peak} MiB");
    assert!(peak < 48, "{peak} MiB");
}

/// Of 250,000 messages five in each hundred thousand can be sent: those are in the archive, and one that goes is noted.
#[test]
fn every_part_of_a_large_mailbox_is_compared() {
    let mut large = Large { messages: 250_000, step: 1, has_distinct_flags: false, sent: 5, gone: None };
    let folder = tempfile::tempdir().unwrap();
    let (run, peak) = backup(&large.start().0, folder.path());
    assert_eq!(run.code, 1, "{}", run.stderr);
    let total = summary(&run);
    assert_eq!((&total["new"], &total["failed"]), (&15.into(), &249_985.into()), "{total}");
    let files = tree(folder.path()).into_iter().filter(|file| file.starts_with("INBOX/cur/")).count();
    assert_eq!(files, 15);
    eprintln!("peak {peak} MiB");
    assert!(peak < 48, "{peak} MiB");

    large.gone = Some(100_003);
    let (url, log) = large.start();
    let (run, _) = backup(&url, folder.path());
    let total = summary(&run);
    assert_eq!((&total["new"], &total["expunged"]), (&0.into(), &1.into()), "{total} {}", run.stderr);
    let lists = log.lock().unwrap().iter().filter(|line| line.contains(" FETCH 100000,200000 ")).count();
    assert_eq!(lists, 1, "the bounds of the parts are asked for once");
}

/// The UIDs of all of them are longer than one response may be.
#[test]
fn more_messages_than_fit_into_a_response_are_found_in_parts() {
    let large = Large { messages: 1_200_000, step: 3, has_distinct_flags: false, sent: 0, gone: None };
    let (url, log) = large.start();
    let (run, peak) = measured(&["search", &url, "INBOX", "UNSEEN", "--uids"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.lines().map(|line| line.parse::<u32>().unwrap()).eq((1..=1_200_000).map(|number| number * 3)));
    assert!(run.stderr.contains("; searching in parts"), "{}", run.stderr);
    let commands: Vec<String> =
        log.lock().unwrap().iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    let searches: Vec<&str> =
        commands.iter().map(String::as_str).filter(|line| line.starts_with("UID SEARCH")).collect();
    assert_eq!(
        searches,
        [
            "UID SEARCH UNSEEN",
            "UID SEARCH UID 1:1500000 UNSEEN",
            "UID SEARCH UID 1500001:3000000 UNSEEN",
            "UID SEARCH UID 3000001:4294967295 UNSEEN"
        ]
    );
    assert!(commands.contains(&"FETCH 500000,1000000 (UID)".to_owned()), "{commands:?}");
    eprintln!("peak {peak} MiB");
    assert!(peak < 64, "{peak} MiB");
}
