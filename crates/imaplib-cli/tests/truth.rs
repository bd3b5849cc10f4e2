//! Servers that send other things than they were asked for, too much, or for ever: nothing wrong is taken for right, and
//! the tool stays small.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::memory::measured;
use support::{PASSWORD, command, imap_as_alice};

/// Sends bytes; false when the client is gone.
type Send<'a> = &'a mut dyn FnMut(&[u8]) -> bool;

/// What a server answers to commands that begin so; `@` stands for the tag.
type Answers = Vec<(&'static str, Box<dyn Fn(&str, Send<'_>) -> bool + std::marker::Send + Sync>)>;

fn says(command: &'static str, answer: impl Into<Vec<u8>>) -> Answers {
    let answer = answer.into();
    vec![(command, Box::new(move |_, send| send(&answer)))]
}

/// A server with `exists` messages in INBOX, whose UIDs are 1, 2, …; gives its address.
fn serve(exists: u32, mut answers: Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
    let found: Vec<String> = (1..=exists).map(|uid| uid.to_string()).collect();
    answers.extend(says("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n@ OK x\r\n"));
    answers.extend(says("LIST", "* LIST () \"/\" INBOX\r\n@ OK x\r\n"));
    let next = exists + 1;
    answers.extend(says(
        "EXAMINE",
        format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {next}] x\r\n@ OK [READ-ONLY] x\r\n"),
    ));
    answers.extend(says("UID SEARCH", format!("* SEARCH {}\r\n@ OK x\r\n", found.join(" "))));
    answers.extend(says("", "@ OK x\r\n"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"* OK [CAPABILITY IMAP4rev1 IDLE] hello\r\n");
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
                let answer = answers.iter().find(|(command, _)| rest.starts_with(command)).unwrap();
                // The answers are kept whole in memory: only short ones name the tag.
                let mut send = |bytes: &[u8]| match bytes.len() {
                    0..200_000 => stream.write_all(String::from_utf8_lossy(bytes).replace('@', tag).as_bytes()).is_ok(),
                    _ => stream.write_all(bytes).is_ok(),
                };
                answer.1(rest, &mut send);
            }
        }
    });
    url
}

/// A server with one message; answers FETCH by a row with this text.
fn one_message(text: &[u8]) -> String {
    let head = format!("* 1 FETCH (UID 1 FLAGS () BODY[]<0> {{{}}}\r\n", text.len());
    let text = text.to_vec();
    let mut answers = says("UID FETCH 1 (BODYSTRUCTURE", "@ NO x\r\n");
    answers
        .push(("UID FETCH", Box::new(move |_, send| send(head.as_bytes()) && send(&text) && send(b")\r\n@ OK x\r\n"))));
    serve(1, answers)
}

#[test]
fn show_stays_small_whatever_the_message_is() {
    let most = 16 << 20;
    let base64 = "Q29udGVudC1UeXBlOiBtZXNzYWdlL3JmYzgyMgoK";
    for (what, head, part) in [
        ("nested messages", "", "Content-Type: message/rfc822\n\n"),
        ("spaces within names", "", "C on tent-TYPE : message/rfc822\n\n"),
        ("encoded messages", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n", base64),
        ("nested multiparts", "", "Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
        ("parts", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n"),
        ("digest", "Content-Type: multipart/digest; boundary=b\n\n", "--b\n\nx\n"),
        ("headers", "", "a:\n"),
        ("addresses", "To: ", "a,"),
        ("words", "To: ", "a "),
        ("parameters", "Content-Type: text/plain; ", "a*0=b; "),
        ("references", "References: ", "<a> "),
        ("bytes", "A: b\n\n", "\u{1b}"),
        ("HTML", "Content-Type: text/html\n\n", "<a "),
    ] {
        let text = [head, &part.repeat((most - head.len()) / part.len())].concat();
        let url = one_message(text.as_bytes());
        let form: &[&str] = if what == "bytes" { &[] } else { &["--json"] };
        let (run, peak) = measured(&[&["show", &url, "INBOX", "1", "--all-headers"], form].concat());
        // The server sends something else when it is asked for the rest.
        assert_eq!(run.code, 1, "{what}: {}", run.stderr);
        assert!(run.stderr.contains("not all of it is shown"), "{what}: {}", run.stderr);
        assert!(peak < 64, "{what}: {peak} MiB");
    }
}

#[test]
fn show_shows_the_text_of_a_long_message_and_lists_its_attachments() {
    let (_server, account, url) = support::server();
    let part = |name: &str| {
        let bytes = "QUJD".repeat(18) + "\r\n";
        format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename={name}\r\n\r\n{}",
            bytes.repeat(20_000)
        )
    };
    let mail = format!(
        "Subject: long\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A9llo\r\n{}{}--b--\r\n",
        part("one.pdf"),
        part("two.pdf")
    );
    account.append("INBOX", mail.as_bytes().to_vec()).unwrap();
    let run = imap_as_alice(&["show", &url, "INBOX", "1"]).ok();
    assert!(run.stdout.contains("Subject: long\n\nhéllo\n"), "{run:?}");
    assert!(run.stdout.contains("  one.pdf  application/pdf  1.0M\n  two.pdf  application/pdf  1.0M\n"), "{run:?}");
    // The text and the list of attachments are whole.
    assert_eq!(run.stderr, "");
    let object = imap_as_alice(&["show", &url, "INBOX", "1", "--json"]).ok().json().remove(0);
    assert_eq!((&object["size"], &object["is_cut"]), (&mail.len().into(), &false.into()));
}

/// A server with two messages that answers FETCH by these rows.
fn rows(rows: &str) -> String {
    serve(2, says("UID FETCH", format!("{rows}@ OK x\r\n")))
}

#[test]
fn only_the_text_that_was_asked_for_is_taken() {
    for (row, right) in [
        ("* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n", true),
        ("* 1 FETCH (UID 1 BODY[HEADER] {3}\r\nhdr BODY[] {3}\r\nabc)\r\n", true),
        ("* 1 FETCH (UID 1 BODY[] {3}\r\nabc BODY[] {3}\r\nxyz)\r\n", false),
        ("* 1 FETCH (UID 1 BODY[]<5> {3}\r\nabc)\r\n", false),
        ("* 1 FETCH (UID 1 BODY[TEXT] {3}\r\nabc)\r\n", false),
        ("* 1 FETCH (UID 1 BODY[] {3}\r\nabc UID 2)\r\n", false),
        ("* 1 FETCH (BODY[] {3}\r\nabc UID 2)\r\n", false),
        ("* 1 FETCH (UID 1 BODY[] NIL)\r\n", false),
    ] {
        let url = rows(row);
        let run = imap_as_alice(&["get", &url, "INBOX", "1"]);
        assert_eq!((run.code, run.stdout.as_str()), if right { (0, "abc") } else { (1, "") }, "{row}: {run:?}");
        let dir = tempfile::tempdir().unwrap();
        let run = imap_as_alice(&["get", &url, "INBOX", "1", "-o", dir.path().to_str().unwrap()]);
        assert_eq!(run.code, i32::from(!right), "{row}: {run:?}");
        let expected = if right { vec![("1.eml".to_owned(), b"abc".to_vec())] } else { Vec::new() };
        assert_eq!(files(dir.path()), expected, "{row}: {run:?}");
        let run = imap_as_alice(&["show", &url, "INBOX", "1"]);
        assert_eq!(run.code == 0, right, "{row}: {run:?}");
    }
}

#[test]
fn two_texts_of_one_message_are_no_success() {
    for more in ["* 1 FETCH (UID 1 BODY[] {3}\r\nxyz)\r\n", "* 1 FETCH (UID 1 FLAGS ())\r\n"] {
        let url = rows(&format!("* 1 FETCH (UID 1 BODY[] {{3}}\r\nabc)\r\n{more}"));
        let is_twice = more.contains("BODY");
        let (code, lines) = (i32::from(is_twice), usize::from(is_twice));
        let run = imap_as_alice(&["get", &url, "INBOX", "1"]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (code, "abc", lines), "{run:?}");
        let dir = tempfile::tempdir().unwrap();
        let run = imap_as_alice(&["get", &url, "INBOX", "1", "-o", dir.path().to_str().unwrap()]);
        assert_eq!((run.code, run.stderr.lines().count()), (code, lines), "{run:?}");
        assert_eq!(files(dir.path()), [("1.eml".to_owned(), b"abc".to_vec())]);
    }
}

/// All files of a folder, hidden ones too.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn attachments_that_do_not_come_are_told() {
    let part = |name: &str| {
        format!("(\"APPLICATION\" \"PDF\" NIL NIL NIL \"7BIT\" 3 NIL (\"ATTACHMENT\" (\"FILENAME\" \"{name}\")))")
    };
    let structure =
        |uid| format!("* {uid} FETCH (UID {uid} BODYSTRUCTURE ({}{} \"MIXED\"))\r\n", part("a.pdf"), part("b.pdf"));
    let both = "* 1 FETCH (UID 1 BODY[1] {3}\r\nabc BODY[2] {3}\r\ndef)\r\n";
    for (uids, structures, texts, code, expected) in [
        ("1", structure(1) + &structure(1) + &structure(7), both, 0, &["a.pdf", "b.pdf"][..]),
        ("1,2", structure(1), both, 1, &["a.pdf", "b.pdf"]),
        ("1", structure(1), "* 1 FETCH (UID 1 BODY[1] {3}\r\nabc BODY[1] {3}\r\nxyz)\r\n", 1, &[]),
        ("1", structure(1), "* 1 FETCH (UID 1 BODY[1]<5> {3}\r\nabc BODY[2] {3}\r\ndef)\r\n", 1, &["b.pdf"]),
        ("1", structure(1), "* 1 FETCH (UID 1 BODY[1] {3}\r\nabc BODY[2] {3}\r\ndef UID 2)\r\n", 1, &[]),
        ("1", String::new(), "", 1, &[]),
    ] {
        let command = if uids == "1" { "UID FETCH 1 (BODYSTRUCTURE" } else { "UID FETCH 1:2 (BODYSTRUCTURE" };
        let mut answers = says(command, structures + "@ OK x\r\n");
        answers.extend(says("UID FETCH", format!("{texts}@ OK x\r\n")));
        let dir = tempfile::tempdir().unwrap();
        let url = serve(2, answers);
        let run = imap_as_alice(&["get", &url, "INBOX", uids, "--attachments", "-o", dir.path().to_str().unwrap()]);
        assert_eq!(run.code, code, "{texts}: {run:?}");
        let is_twice =
            run.stderr == "imap: the server sent more than one row of the message with UID 1: the first is used\n";
        assert_eq!(run.stderr.is_empty() || is_twice, code == 0, "{run:?}");
        let names: Vec<String> = files(dir.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected, "{texts}");
        assert!(!files(dir.path()).iter().any(|(_, bytes)| bytes == b"xyz"));
    }
}

#[test]
fn a_signal_leaves_no_half_file() {
    // What whoever runs the tests ignores, as a shell does for jobs in the background, the tool ignores, too.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0");
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    let signals = [("INT", 130), ("TERM", 143), ("HUP", 129)];
    for (signal, code) in signals.into_iter().filter(|(_, code)| ignored >> (code - 129) & 1 == 0) {
        let half = format!("* 1 FETCH (UID 1 BODY[] {{1000000}}\r\n{}", "x".repeat(500_000));
        let url = serve(1, says("UID FETCH", half));
        let dir = tempfile::tempdir().unwrap();
        let child = command(&["get", &url, "INBOX", "1", "-o", dir.path().to_str().unwrap()])
            .env("IMAP_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while files(dir.path()).first().is_none_or(|(_, bytes)| bytes.is_empty()) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        let names: Vec<String> = files(dir.path()).into_iter().map(|(name, _)| name).collect();
        assert!(names.len() == 1 && names[0].starts_with(".imap-"), "{names:?}");
        assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(output.stdout.is_empty() && files(dir.path()).is_empty(), "{output:?}");
    }
}

#[test]
fn lists_take_each_message_once_and_tell_those_that_did_not_come() {
    let row = |uid: u32, subject: &str| {
        format!(
            "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 7 INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" ENVELOPE (NIL \"{subject}\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n"
        )
    };
    let url = rows(&(row(1, "one") + &row(1, "again")));
    for arguments in [&["search", &url, "INBOX", "ALL"][..], &["sort", &url, "INBOX", "subject"]] {
        let run = imap_as_alice(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (1, "1\t2024-07-17 02:44\t\tone\t7\t\n"), "{arguments:?}");
        assert!(run.stderr.contains("more than one row of the message with UID 1: the first is used"), "{run:?}");
        assert!(run.stderr.contains("the server found and did not send the message with UID 2"), "{run:?}");
    }
}

#[test]
fn lists_stay_small_when_subjects_are_long() {
    let answers: Answers = vec![(
        "UID FETCH",
        Box::new(|command, send| {
            let set = command.split(' ').nth(2).unwrap();
            let (first, last) = set.split_once(':').unwrap_or((set, set));
            for uid in first.parse::<u32>().unwrap()..=last.parse().unwrap() {
                let subject = format!("{:03}{}", 300 - uid, "s".repeat(500_000));
                let head = format!(
                    "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 3 INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" ENVELOPE (NIL {{{}}}\r\n",
                    subject.len()
                );
                let tail = b" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n";
                if !(send(head.as_bytes()) && send(subject.as_bytes()) && send(tail)) {
                    return false;
                }
            }
            send(b"@ OK x\r\n")
        }),
    )];
    let url = serve(100, answers);
    let (run, peak) = measured(&["sort", &url, "INBOX", "subject", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(peak < 64, "{peak} MiB");
    let uids: Vec<u64> = run.json().iter().map(|object| object["uid"].as_u64().unwrap()).collect();
    assert_eq!(uids, (1..=100).rev().collect::<Vec<u64>>());
}

#[test]
fn folders_stay_small_however_many_there_are() {
    // As many as fit into the limit for one response, many more, and long names.
    for (count, length, codes) in [(70_000, 1, [0, 0]), (60_000, 60, [0, 0]), (300_000, 8, [76, 76])] {
        let name = "m".repeat(length);
        let answers: Answers = vec![(
            "L",
            Box::new(move |command, send| {
                let word = command.split(' ').next().unwrap();
                let row = |number| format!("* {word} (\\HasNoChildren) \"/\" {name}{number:07}\r\n");
                for first in (0..count).step_by(1000) {
                    if !send((first..first + 1000).map(row).collect::<String>().as_bytes()) {
                        return false;
                    }
                }
                send(b"@ OK x\r\n")
            }),
        )];
        let url = serve(1, answers);
        for (form, code) in [&["--json"][..], &["--subscribed"]].into_iter().zip(codes) {
            let (run, peak) = measured(&[&["folders", &url], form].concat());
            assert_eq!(run.code, code, "{count} {form:?}: {:.500}", run.stderr);
            assert_eq!(run.stderr.contains("match a pattern"), code != 0, "{count} {form:?}: {:.500}", run.stderr);
            let expected = if code == 0 { count } else { 0 };
            assert_eq!(run.stdout.lines().count(), expected, "{count} {form:?}");
            assert!(peak < 64, "{count} {form:?}: {peak} MiB");
        }
    }
}

#[test]
fn json_stays_small() {
    for (length, code) in [(8 << 20, 0), ((8 << 20) + 1, 76)] {
        let (run, peak) = measured(&["get", &whole(length), "INBOX", "1", "--json"]);
        assert_eq!(run.code, code, "{}", run.stderr);
        assert!(peak < 64, "{length}: {peak} MiB");
    }
}

/// A server with one message of so many bytes that are no text.
fn whole(length: usize) -> String {
    let head = format!("* 1 FETCH (UID 1 BODY[] {{{length}}}\r\n");
    let text = vec![0xff; length];
    let answers: Answers =
        vec![("UID FETCH", Box::new(move |_, send| send(head.as_bytes()) && send(&text) && send(b")\r\n@ OK x\r\n")))];
    serve(1, answers)
}

#[test]
fn a_watch_ends_in_time_and_stays_small_in_a_flood() {
    let change = "* 1 FETCH (UID 1 FLAGS (\\Seen a b c d))\r\n".repeat(1_000);
    let large = format!("* 1 FETCH (UID 1 FLAGS (\\Seen {}))\r\n", "k".repeat(100_000));
    for block in [change, large] {
        let mut answers: Answers = vec![(
            "IDLE",
            Box::new(move |_, send| {
                send(b"+ idling\r\n");
                while send(block.as_bytes()) {}
                false
            }),
        )];
        answers.extend(says("UID SEARCH", "* SEARCH 1\r\n@ OK x\r\n"));
        let url = serve(1, answers);
        for more in [&["--count", "1000000"][..], &["--exec", "true"]] {
            let begun = Instant::now();
            let (run, peak) = measured(&[&["watch", &url, "--for", "2"], more].concat());
            assert_eq!(run.code, 0, "{}", run.stderr);
            assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
            assert!(peak < 64 && run.stdout.contains("flags"), "{peak} MiB");
        }
    }
}

#[test]
fn a_watch_gives_programs_what_systems_take_and_tells_no_password() {
    let said = format!(
        "+ idling\r\n* OK [ALERT] you said {PASSWORD}\r\n* 1 FETCH (UID 1 FLAGS (\\Seen {}))\r\n",
        "k".repeat(190_000)
    );
    let url = serve(1, says("IDLE", said));
    let program = "sh -c 'echo \"$IMAP_EVENT ${#IMAP_FLAGS}\"'";
    let run = imap_as_alice(&["watch", &url, "--count", "2", "--for", "20", "--exec", program]).ok();
    assert!(run.stdout.contains("alert, you said <secret>") && !run.stdout.contains(PASSWORD), "{}", run.stderr);
    assert!(run.stdout.contains("flags 32768\n"), "{}", run.stderr);
    assert!(run.stderr.contains("32768 of 190006 bytes of flags"), "{}", run.stderr);
}

/// `imap parse` prints what comes behind a response of any length, and says what it left out.
#[test]
fn parse_stays_small_whatever_the_response_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("transcript");
    let text = "* 9 EXISTS\r\n".repeat(100 << 20 >> 4);
    let length = text.len();
    let nodes: String = (1..38_000).map(|number| format!("({number})")).collect();
    let numbers: String = (1..250_000).map(|number| format!(" {}", 2 * number)).collect();
    let addresses = "(NIL NIL \"a\" \"b\")".repeat(17_000);
    let parts = "(\"A\" \"B\" (\"NAME\" \"x\") NIL NIL \"7BIT\" 5)".repeat(7_000);
    for (response, code, expected) in [
        (
            format!("* 1 FETCH (UID 5 BODY[] {{{length}}}\r\n{text} FLAGS (\\Seen))"),
            1,
            "a text of more than 1 MiB is left out",
        ),
        (format!("* LIST () NIL {{{length}}}\r\n{text}"), 1, "longer than the limit"),
        (format!("* SEARCH{}", " 12345678".repeat(11_000_000)), 1, "longer than the limit"),
        (format!("* SEARCH{numbers}"), 0, "499998"),
        (format!("* THREAD {nodes}"), 0, "\"number\":37999"),
        (format!("* FLAGS ({})", "k ".repeat(160_000)), 0, "[\"k\",\"k\""),
        (format!("* 1 FETCH (ENVELOPE (NIL NIL ({addresses}) NIL NIL NIL NIL NIL NIL NIL))"), 0, "\"host\":\"b\""),
        (format!("* 1 FETCH (BODYSTRUCTURE ({parts} \"MIXED\"))"), 0, "{\"name\":\"x\"}"),
    ] {
        fs::write(&file, format!("{response}\r\n* 3 EXISTS\r\n")).unwrap();
        let (run, peak) = measured(&["parse", file.to_str().unwrap()]);
        let shown = response.get(..60).unwrap();
        assert_eq!(run.code, code, "{shown}: {}", run.stderr);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!((lines.len(), lines[1]), (2, "{\"kind\":\"EXISTS\",\"count\":3}"), "{shown}");
        assert!(lines[0].contains(expected), "{shown}");
        assert!(peak < 64, "{shown}: {peak} MiB");
    }
}
