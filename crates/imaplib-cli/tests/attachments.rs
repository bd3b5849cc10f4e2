//! `get --attachments` and `show` where servers, structures and attachments are not as they should be: nothing is lost in
//! silence, and nothing takes much memory or time.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::peer::{Answer, Mailboxes, Peer, says};
use support::{Run, fetch_peer, imap_as_alice, message};

/// No scenario may take more, in MiB.
const MAX_MEMORY: u64 = 64;

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let content = fs::read(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}

/// Saves the attachments of these messages; returns them by their names.
fn get(url: &str, uids: &str) -> (Run, BTreeMap<String, String>) {
    let dir = tempfile::tempdir().unwrap();
    let run = imap_as_alice(&["get", url, "INBOX", uids, "--attachments", "-o", dir.path().to_str().unwrap()]);
    let files = files(dir.path());
    (run, files)
}

fn names(files: &BTreeMap<String, String>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

/// A multipart/mixed message of these parts.
fn mixed(parts: &[&str]) -> Vec<u8> {
    let parts: String = parts.iter().map(|part| format!("--cut\r\n{part}\r\n")).collect();
    format!("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n{parts}--cut--\r\n")
        .into_bytes()
}

const TEXT: &str = "Content-Type: text/plain\r\n\r\nhello\r\n";
const PDF: &str =
    "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\nV29ybGQ=\r\n";

/// Text that makes a message so long that its parts are fetched one by one.
fn filler() -> String {
    format!("Content-Type: text/plain\r\n\r\n{}", "All work and no play.\r\n".repeat(2000))
}

#[test]
fn a_message_without_attachments_is_named() {
    let (_server, account, url) = support::server();
    account.append("INBOX", message(1)).unwrap();
    account.append("INBOX", mixed(&[TEXT, PDF])).unwrap();
    account.append("INBOX", mixed(&[TEXT])).unwrap();
    let (run, files) = get(&url, "1:*");
    let run = run.ok();
    assert_eq!(run.stderr, "imap: no attachments in the messages with UIDs 1,3\n");
    assert_eq!(files, [("a.pdf".to_owned(), "HelloWorld".to_owned())].into());
    let (run, files) = get(&url, "1");
    assert_eq!((run.ok().stderr.as_str(), files.len()), ("imap: no attachments in the message with UID 1\n", 0));
    assert_eq!(get(&url, "2").0.ok().stderr, "");
}

#[test]
fn forwarded_messages_and_what_is_in_them_are_saved() {
    let inner = String::from_utf8(mixed(&[TEXT, PDF])).unwrap().replace("cut", "inner");
    let forward = format!("Content-Type: message/rfc822\r\n\r\n{inner}");
    let (_server, account, url) = support::server();
    account.append("INBOX", mixed(&[TEXT, &forward])).unwrap();
    account.append("INBOX", mixed(&[&filler(), &forward])).unwrap();
    for uid in ["1", "2"] {
        let (run, files) = get(&url, uid);
        assert_eq!(run.ok().stderr, "");
        assert_eq!(names(&files), ["a.pdf", "part-2.eml"]);
        assert_eq!((files["a.pdf"].as_str(), files["part-2.eml"].trim_end()), ("HelloWorld", inner.trim_end()));
    }
    // Encoded, against the standard, in a message whose parts are fetched one by one.
    let encoded = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".to_owned()
        + &inner.replace('=', "=3D");
    account.append("INBOX", mixed(&[&filler(), &encoded, PDF])).unwrap();
    let (run, files) = get(&url, "3");
    assert_eq!(run.ok().stderr, "");
    assert_eq!(names(&files), ["a-1.pdf", "a.pdf", "part-2.eml"]);
    assert_eq!(files["part-2.eml"].trim_end(), inner.trim_end());
}

#[test]
fn what_is_not_base64_is_saved_as_it_came() {
    let part = |name: &str, text: &str| {
        format!(
            "Content-Type: application/x\r\nContent-Disposition: attachment; filename={name}\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{text}"
        )
    };
    let parts = [
        part("plain.txt", "Hello, this is not encoded."),
        part("good.bin", "SGVsbG8="),
        part("footer.bin", "SGVsbG8=\r\n-- \r\nThe list"),
    ];
    let (_server, account, url) = support::server();
    account.append("INBOX", mixed(&[TEXT, &parts[0], &parts[1], &parts[2]])).unwrap();
    account.append("INBOX", mixed(&[&filler(), &parts[0], &parts[1], &parts[2]])).unwrap();
    for uid in ["1", "2"] {
        let (run, files) = get(&url, uid);
        let run = run.ok();
        assert!(run.stderr.contains(&format!("plain.txt of message {uid} is not base64")), "{run:?}");
        assert!(run.stderr.contains(&format!("footer.bin of message {uid}: what is not base64")), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 2, "{run:?}");
        assert_eq!(names(&files), ["footer.bin", "good.bin", "plain.txt"]);
        assert_eq!(files["plain.txt"].trim_end(), "Hello, this is not encoded.");
        assert_eq!((files["good.bin"].as_str(), files["footer.bin"].as_str()), ("Hello", "Hello"));
    }
}

/// A server with one message that lists this structure and has these parts; what it does not have is `NIL`.
fn odd_structure(message: Vec<u8>, structure: &str, parts: &[(&str, &str)], has_message: bool) -> String {
    let structure = structure.to_owned();
    let parts: Vec<(String, String)> =
        parts.iter().map(|(number, text)| ((*number).to_owned(), (*text).to_owned())).collect();
    let header = message.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    fetch_peer::serve(1, move |command, out| {
        out.extend(format!("* 1 FETCH (UID 1 RFC822.SIZE {}", message.len()).into_bytes());
        if command.contains("BODYSTRUCTURE") {
            out.extend(format!(" BODYSTRUCTURE {structure}").into_bytes());
        }
        if command.contains("[HEADER]") {
            out.extend(format!(" BODY[HEADER] {{{header}}}\r\n").into_bytes());
            out.extend(&message[..header]);
        }
        if command.contains("BODY.PEEK[]") && has_message {
            out.extend(format!(" BODY[] {{{}}}\r\n", message.len()).into_bytes());
            out.extend(&message);
        }
        for (number, text) in &parts {
            if command.contains(&format!("BODY.PEEK[{number}]")) {
                out.extend(format!(" BODY[{number}] {{{}}}\r\n{text}", text.len()).into_bytes());
            }
        }
        out.extend(b")\r\n");
        "OK done".to_owned()
    })
}

#[test]
fn a_structure_that_does_not_fit_is_not_believed() {
    let text = |size: u64| format!("(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" {size} 1)");
    let pdf = "(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL \"BASE64\" 18)";
    let long = mixed(&[&filler(), PDF]);
    for (what, message, structure) in [
        ("one text", mixed(&[TEXT, PDF]), text(200)),
        ("unreadable", mixed(&[TEXT, PDF]), "5".to_owned()),
        ("nothing in it", long.clone(), format!("({} \"MIXED\")", text(0))),
        ("too little in it", long.clone(), format!("({} \"MIXED\")", text(5))),
        ("parts that do not come", long.clone(), format!("({} {} {pdf} \"MIXED\")", text(44_000), text(9))),
        (
            "another type",
            b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG9Xb3JsZA=="
                .to_vec(),
            text(16),
        ),
    ] {
        let (run, files) = get(&odd_structure(message, &structure, &[], true), "1");
        assert_eq!(run.code, 0, "{what}: {run:?}");
        assert_eq!(files, [("a.pdf".to_owned(), "HelloWorld".to_owned())].into(), "{what}: {run:?}");
    }
    // Part of it came already; the message does not come.
    let structure = format!("({} {pdf} {} \"MIXED\")", text(44_000), pdf.replace("a.pdf", "b.pdf"));
    let parts = [("2", "SGVsbG8=")];
    let (run, files) = get(&odd_structure(long, &structure, &parts, false), "1");
    assert_eq!((run.code, names(&files)), (1, vec!["a.pdf"]), "{run:?}");
    assert!(run.stderr.contains("1 attachment of the message with UID 1 did not come"), "{run:?}");
    let two = mixed(&[&filler(), PDF, &PDF.replace("a.pdf", "b.pdf")]);
    let (run, files) = get(&odd_structure(two, &structure, &parts, true), "1");
    assert_eq!((run.code, names(&files)), (0, vec!["a.pdf", "b.pdf"]), "{run:?}");
    let (run, files) = get(&odd_structure(mixed(&[TEXT, PDF]), "5", &[], false), "1");
    assert_eq!((run.code, files.len()), (1, 0), "{run:?}");
    assert!(run.stderr.contains("neither the structure nor the text"), "{run:?}");
}

#[test]
fn listed_parts_that_do_not_come_are_counted() {
    let pdf = |name: &str| format!("(\"APPLICATION\" \"PDF\" (\"NAME\" \"{name}\") NIL NIL \"BASE64\" 8)");
    let structure = format!(
        "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1){}{}{} \"MIXED\")",
        pdf("a.pdf"),
        pdf("b.pdf"),
        pdf("c.pdf")
    );
    // The message itself shows no parts.
    let flat = || format!("Subject: x\r\n\r\n{}\r\n", "p".repeat(70)).into_bytes();
    for (what, parts, saved, left) in [
        ("all", vec![("2", "YQ=="), ("3", "Yg=="), ("4", "Yw==")], vec!["a.pdf", "b.pdf", "c.pdf"], None),
        ("one in the middle", vec![("2", "YQ=="), ("4", "Yw==")], vec!["a.pdf", "c.pdf"], Some("1 attachment")),
        ("the first alone", vec![("2", "YQ==")], vec!["a.pdf"], Some("2 attachments")),
    ] {
        let (run, files) = get(&odd_structure(flat(), &structure, &parts, true), "1");
        assert_eq!((run.code, names(&files)), (i32::from(left.is_some()), saved), "{what}: {run:?}");
        if let Some(left) = left {
            let note = format!("{left} of the message with UID 1 did not come from the server");
            assert!(run.stderr.contains(&note), "{what}: {run:?}");
        }
    }
}

#[test]
fn attachments_of_a_text_that_is_cut_are_in_doubt() {
    let message = mixed(&[TEXT, PDF]);
    for cut in [0, 8, 30, 80] {
        let (announced, text) = (message.len(), message[..message.len() - cut].to_vec());
        let listed = "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1)(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL \"BASE64\" 18) \"MIXED\")";
        for structure in ["NIL", listed] {
            let text = text.clone();
            let url = fetch_peer::serve(1, move |command, out| {
                out.extend(format!("* 1 FETCH (UID 1 RFC822.SIZE {announced} BODYSTRUCTURE {structure}").into_bytes());
                if command.contains("BODY.PEEK[]") {
                    out.extend(format!(" BODY[] {{{}}}\r\n", text.len()).into_bytes());
                    out.extend(&text);
                }
                out.extend(b")\r\n");
                "OK done".to_owned()
            });
            let (run, _) = get(&url, "1");
            assert_eq!(run.code, i32::from(cut > 0), "{cut}, {structure}: {run:?}");
            let is_named = run.stderr.contains("shorter than the server announces (RFC822.SIZE)");
            assert_eq!(is_named, cut > 0, "{cut}, {structure}: {run:?}");
        }
    }
}

#[test]
fn text_behind_long_attachments_is_shown() {
    let base64 = ("QUJD".repeat(18) + "\r\n").repeat(20_000);
    let long = PDF.replace("SGVsbG8=\r\n", &base64);
    let (_server, account, url) = support::server();
    account
        .append("INBOX", mixed(&[&long, "Content-Type: text/plain; charset=cp1252\r\n\r\nbehind \u{201c}it\r\n"]))
        .unwrap();
    account.append("INBOX", mixed(&[&long, &format!("{TEXT}{}", "x\r\n".repeat(500_000))])).unwrap();
    account.append("INBOX", mixed(&[TEXT])).unwrap();
    let show = |uid: &str| imap_as_alice(&["show", &url, "INBOX", uid, "--json"]).ok();
    let run = show("1");
    let object = run.json().remove(0);
    // UTF-8 in windows-1252 is believed.
    assert_eq!(
        (object["text"].as_str(), object["is_cut"].as_bool()),
        (Some("behind \u{e2}\u{20ac}\u{153}it\n"), Some(false))
    );
    assert_eq!((object["attachments"][0]["name"].as_str(), run.stderr.as_str()), (Some("a.pdf"), ""));
    let run = show("2");
    let object = run.json().remove(0);
    assert!(
        object["text"].as_str().unwrap().starts_with("hello\nx\n") && run.stderr.contains("not all of it is shown")
    );
    assert_eq!(object["is_cut"].as_bool(), Some(true));
    assert_eq!(show("3").json().remove(0)["is_cut"].as_bool(), Some(false));
    // Without a structure the message is read to its end for it.
    let message = mixed(&[&long, TEXT]);
    let url = fetch_peer::serve(1, move |command, out| {
        if command.contains("BODYSTRUCTURE") {
            return "NO none".to_owned();
        }
        let partial = command.split_once("]<").and_then(|(_, rest)| rest.split_once('>'));
        let (start, length) = partial
            .and_then(|(range, _)| range.split_once('.'))
            .map_or((0, message.len()), |(start, length)| (start.parse().unwrap(), length.parse().unwrap()));
        let piece = &message[start..message.len().min(start + length)];
        let origin = if partial.is_some() { format!("<{start}>") } else { String::new() };
        out.extend(
            format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {} BODY[]{origin} {{{}}}\r\n", message.len(), piece.len())
                .into_bytes(),
        );
        out.extend(piece);
        out.extend(b")\r\n");
        "OK done".to_owned()
    });
    let run = imap_as_alice(&["show", &url, "INBOX", "1", "--json"]).ok();
    let object = run.json().remove(0);
    assert_eq!((object["text"].as_str(), object["is_cut"].as_bool()), (Some("hello\n"), Some(false)), "{}", run.stderr);
    assert_eq!(object["attachments"][0]["name"].as_str(), Some("a.pdf"));
}

#[test]
fn one_message_that_is_refused_costs_itself() {
    let url = fetch_peer::serve(5, move |command, out| {
        let uids = command.split(' ').nth(2).unwrap();
        let (first, last) = uids.split_once(':').unwrap_or((uids, uids));
        for uid in first.parse::<u32>().unwrap()..=last.parse().unwrap() {
            if uid == 3 {
                return "NO message 3 cannot be read".to_owned();
            }
            let pdf = "(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL \"7BIT\" 3)";
            let item = if command.contains("BODYSTRUCTURE") {
                format!("BODYSTRUCTURE {pdf}")
            } else {
                "BODY[1] {3}\r\nabc".to_owned()
            };
            out.extend(format!("* {uid} FETCH (UID {uid} {item})\r\n").into_bytes());
        }
        "OK done".to_owned()
    });
    let (run, files) = get(&url, "1:5");
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(names(&files), ["a-1.pdf", "a-2.pdf", "a-3.pdf", "a.pdf"]);
    assert_eq!(run.stderr, "imap: the server sent neither the structure nor the text of the message with UID 3\n");
}

const FIVE: Mailboxes = &[("INBOX", &[1, 2, 3, 4, 5])];

/// A server with an attachment in each message, of which this is done where message 3 is asked for such an item.
fn trouble_with(item: &'static str, trouble: fn(String) -> Answer) -> Peer {
    let pdf = "(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL \"7BIT\" 3)";
    Peer::start("", FIVE, move |asked| {
        if asked.name != "UID FETCH" {
            return Answer::Usual;
        }
        let mut rows = String::new();
        for uid in asked.uids().into_iter().filter(|uid| *uid <= 5) {
            let found = match asked.arguments.contains("BODYSTRUCTURE") {
                true => format!("BODYSTRUCTURE {pdf}"),
                false if asked.arguments.contains("BODY.PEEK[1]") => "BODY[1] {3}\r\nabc".to_owned(),
                false => "BODY[] NIL".to_owned(),
            };
            if uid == 3 && asked.arguments.contains(item) {
                return trouble(rows);
            }
            rows.push_str(&format!("* {uid} FETCH (UID {uid} {found})\r\n"));
        }
        says(rows + "@ OK x\r\n")
    })
}

#[test]
fn one_message_that_costs_the_connection_costs_itself() {
    let too_long = |rows| says(format!("{rows}* 3 FETCH (UID 3 FLAGS ({}))\r\n@ OK x\r\n", "x".repeat(1_100_000)));
    let troubles: [fn(String) -> Answer; 3] =
        [|rows| says(rows + "@ NO not this one\r\n"), |rows| Answer::Ends(rows + "* 3 FETCH (UID 3 BODY"), too_long];
    for item in ["BODYSTRUCTURE", "BODY.PEEK[1]"] {
        for trouble in troubles {
            let peer = trouble_with(item, trouble);
            let (run, files) = get(&peer.url, "1:5");
            assert_eq!(run.code, 1, "{item}: {run:?}");
            assert_eq!(names(&files), ["a-1.pdf", "a-2.pdf", "a-3.pdf", "a.pdf"], "{item}: {run:?}");
            let last = run.stderr.lines().filter(|line| line.contains("message with UID 3")).count();
            assert_eq!(last, 1, "{item}: {run:?}");
        }
    }
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
