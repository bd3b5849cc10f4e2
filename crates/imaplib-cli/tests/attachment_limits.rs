//! `get --attachments` where there are very many attachments, or long ones: nothing takes much memory or time, and what is left
//! out is counted.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::attachments::{files, get};
use support::peer::{Answer, Peer, says};
use support::{fetch_peer, imap_as_alice};

/// No scenario may take more, in MiB.
const MAX_MEMORY: u64 = 64;

/// A multipart with this many attachments of three bytes, as a server lists it.
fn structure(count: usize, name: impl Fn(usize) -> String) -> String {
    let parts: String = (0..count)
        .map(|at| format!("(\"APPLICATION\" \"PDF\" (\"NAME\" \"{}\") NIL NIL \"7BIT\" 3)", name(at)))
        .collect();
    format!("({parts} \"MIXED\")")
}

/// Answers a FETCH of parts, three bytes each.
fn parts(command: &str) -> String {
    let numbers = command.split("BODY.PEEK[").skip(1).filter_map(|rest| rest.split_once(']'));
    let parts: Vec<String> = numbers.map(|(number, _)| format!("BODY[{number}] \"abc\"")).collect();
    parts.join(" ")
}

#[test]
fn one_part_that_is_refused_costs_itself() {
    for is_lost in [false, true] {
        let structure = structure(1000, |at| format!("{at}.pdf"));
        let peer =
            Peer::start("", &[("INBOX", &[1])], move |asked| match asked.name {
                "UID FETCH" if asked.arguments.contains("BODYSTRUCTURE") => {
                    says(format!("* 1 FETCH (UID 1 BODYSTRUCTURE {structure})\r\n@ OK x\r\n"))
                }
                "UID FETCH" if asked.arguments.contains("PEEK[500]") || asked.arguments.contains("PEEK[]") => {
                    if is_lost { Answer::Ends(String::new()) } else { says("@ NO not this one\r\n") }
                }
                "UID FETCH" => says(format!("* 1 FETCH (UID 1 {})\r\n@ OK x\r\n", parts(asked.arguments))),
                _ => Answer::Usual,
            });
        let (run, files) = get(&peer.url, "1");
        assert_eq!((run.code, files.len()), (1, 999), "{run:?}");
        assert!(!files.contains_key("499.pdf") && files.contains_key("500.pdf"));
        assert!(run.stderr.contains("1 attachment of the message with UID 1 did not come"), "{run:?}");
        assert!(peer.count("UID FETCH") < 40, "{}", peer.count("UID FETCH"));
    }
}

#[test]
fn large_structures_take_little_memory() {
    let all: u32 = 100;
    let structure = structure(4000, |at| format!("a-rather-long-name-of-a-file-that-is-not-there-{at}.pdf"));
    let fetched = Arc::new(Mutex::new(0_u64));
    let count = Arc::clone(&fetched);
    let url = fetch_peer::serve_streaming(all as usize, move |command, send| {
        let uids = command.split(' ').nth(2).unwrap();
        for range in uids.split(',') {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            for uid in first.parse::<u32>().unwrap()..=last.parse().unwrap() {
                if command.contains("BODYSTRUCTURE") {
                    *count.lock().unwrap() += 1;
                    send(format!("* {uid} FETCH (UID {uid} BODYSTRUCTURE {structure})\r\n").as_bytes());
                }
            }
        }
        // No part is there, and no message.
        "OK done".to_owned()
    });
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let arguments = ["get", &url, "INBOX", "1:*", "--attachments", "--max-attachments", "4000", "-o", folder];
    let (run, peak) = fetch_peer::measured(&arguments);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), all as usize);
    assert!(peak < MAX_MEMORY, "{peak} MiB");
    // What there was no room for is asked for again, but not much.
    let fetched = *fetched.lock().unwrap();
    assert!(fetched < 2 * u64::from(all), "{fetched}");
}

#[test]
fn many_parts_are_asked_for_in_several_lines() {
    let count = 1000;
    let structure = structure(count, |at| format!("{at}.pdf"));
    let longest = Arc::new(Mutex::new(0));
    let length = Arc::clone(&longest);
    let url = fetch_peer::serve(1, move |command, out| {
        let mut length = length.lock().unwrap();
        *length = command.len().max(*length);
        if command.len() > 8000 {
            return "BAD Too long line".to_owned();
        }
        let items =
            if command.contains("BODYSTRUCTURE") { format!("BODYSTRUCTURE {structure}") } else { parts(command) };
        out.extend(format!("* 1 FETCH (UID 1 {items})\r\n").into_bytes());
        "OK done".to_owned()
    });
    let (run, files) = get(&url, "1");
    assert_eq!((run.code, files.len()), (0, count), "{}", run.stderr);
    assert!(*longest.lock().unwrap() > 5000);
}

#[test]
fn more_attachments_than_a_person_sends_are_counted() {
    let part = "--cut\r\nContent-Type: application/pdf\r\n\r\nabc\r\n";
    let whole = format!("Content-Type: multipart/mixed; boundary=cut\r\n\r\n{}--cut--\r\n", part.repeat(1005));
    let listed = structure(1005, |at| format!("{at}.pdf"));
    // By the message itself, and by the server's list of its parts.
    for has_message in [true, false] {
        let (whole, listed) = (whole.clone(), listed.clone());
        let url = fetch_peer::serve(1, move |command, out| {
            let item = match () {
                () if command.contains("BODYSTRUCTURE") => {
                    format!("RFC822.SIZE {} BODYSTRUCTURE {listed}", whole.len())
                }
                () if !command.contains("BODY.PEEK[]") => parts(command),
                () if has_message => format!("BODY[] {{{}}}\r\n{whole}", whole.len()),
                () => return "NO not as a whole".to_owned(),
            };
            out.extend(format!("* 1 FETCH (UID 1 {item})\r\n").into_bytes());
            "OK done".to_owned()
        });
        for (most, saved, left) in [(None, 1000, 5), (Some("3"), 3, 1002)] {
            let dir = tempfile::tempdir().unwrap();
            let mut arguments = vec!["get", &url, "INBOX", "1", "--attachments", "-o", dir.path().to_str().unwrap()];
            arguments.extend(most.iter().flat_map(|most| ["--max-attachments", most]));
            let run = imap_as_alice(&arguments);
            assert_eq!((run.code, files(dir.path()).len()), (1, saved), "{most:?} {run:?}");
            assert!(run.stderr.contains(&format!("{left} attachments of the message with UID 1")), "{run:?}");
        }
    }
}

#[test]
fn many_attachments_of_one_name_are_saved_in_time() {
    let count = 1000;
    let structure = structure(count, |_| "same.pdf".to_owned());
    let url = fetch_peer::serve(1, move |command, out| {
        let items =
            if command.contains("BODYSTRUCTURE") { format!("BODYSTRUCTURE {structure}") } else { parts(command) };
        out.extend(format!("* 1 FETCH (UID 1 {items})\r\n").into_bytes());
        "OK done".to_owned()
    });
    let start = Instant::now();
    let (run, files) = get(&url, "1");
    assert_eq!((run.code, files.len()), (0, count), "{}", run.stderr);
    assert!(files.contains_key("same.pdf") && files.contains_key(&format!("same-{}.pdf", count - 1)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn blanks_without_end_take_no_memory() {
    for unit in [" ", " \t"] {
        let size = 200_000_000;
        let block = unit.repeat(100_000 / unit.len());
        let url = fetch_peer::serve_streaming(1, move |command, send| {
            if command.contains("BODYSTRUCTURE") {
                let part = format!("(\"TEXT\" \"PLAIN\" (\"NAME\" \"a.txt\") NIL NIL \"QUOTED-PRINTABLE\" {size} 1)");
                send(format!("* 1 FETCH (UID 1 BODYSTRUCTURE {part})\r\n").as_bytes());
            } else {
                send(format!("* 1 FETCH (UID 1 BODY[1] {{{size}}}\r\n").as_bytes());
                (0..size / 100_000).for_each(|_| send(block.as_bytes()));
                send(b")\r\n");
            }
            "OK done".to_owned()
        });
        let dir = tempfile::tempdir().unwrap();
        let arguments = ["get", &url, "INBOX", "1", "--attachments", "-o", dir.path().to_str().unwrap()];
        let (run, peak) = fetch_peer::measured(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(peak < MAX_MEMORY, "{peak} MiB");
        assert!(dir.path().join("a.txt").exists());
    }
}
