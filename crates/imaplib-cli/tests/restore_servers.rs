//! `imap restore` and `imap copy` to Dovecot and Cyrus, killed and repeated, compared by what Python's imaplib reads.
//!
//! `FAULTS=all` takes 20,000 messages and twenty kills; `MESSAGES=5148` that many messages.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use imaplib::blocking::{Client, Session};
use imaplib::types::{DateTime, Flag, Flags};
use imaplib::{AppendMessage, ConnectOptions, Endpoint};
use realservers::{Dovecot, Server, cyrus};
use support::{Run, command, finish};

const NAMES: [&str; 5] = ["INBOX", "Sent", "Lists/rust", "Lists/a&b ü", "Empty"];

/// Each message of these mailboxes: its bytes, flags and date.
const READER: &str = r#"
import hashlib, imaplib, re, sys, time
port, user, *names = sys.argv[1:]
imaplib._MAXLINE = 10 ** 9
server = imaplib.IMAP4("127.0.0.1", int(port))
server.login(user, "secret")
for name in names:
    kind, data = server.select('"%s"' % name, readonly=True)
    if kind != "OK":
        print(name, "missing", data)
        continue
    for first in range(1, int(data[0]) + 1, 500):
        last = min(first + 499, int(data[0]))
        for row in server.fetch("%d:%d" % (first, last), "(FLAGS INTERNALDATE BODY.PEEK[])")[1]:
            if isinstance(row, tuple):
                head, text = row
                flags = re.search(rb"FLAGS \(([^)]*)\)", head).group(1).decode().lower().split()
                date = int(time.mktime(imaplib.Internaldate2tuple(head)))
                print(name, hashlib.sha256(text).hexdigest(), date, *sorted(set(flags) - {"\\recent"}))
server.logout()
"#;

/// As in RFC 3501, for the reader, which sends names as they are.
fn wire(name: &str) -> String {
    name.replace('&', "&-").replace('ü', "&APw-")
}

/// What the reader sees, sorted.
fn read(port: u16, user: &str) -> Vec<String> {
    let mut arguments = vec![port.to_string(), user.to_owned()];
    arguments.extend(NAMES.map(wire));
    let output = Command::new("python3").arg("-c").arg(READER).args(arguments).env("TZ", "UTC").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn all() -> bool {
    std::env::var("FAULTS").is_ok_and(|value| value == "all")
}

fn count() -> usize {
    let chosen = std::env::var("MESSAGES").ok().and_then(|count| count.parse().ok());
    chosen.unwrap_or(if all() { 20_000 } else { 400 })
}

fn kills() -> u64 {
    if all() { 20 } else { 3 }
}

fn message(number: usize) -> Vec<u8> {
    // Some equal ones, some without a Message-ID, some with 8-bit headers.
    let number = if number % 50 == 7 { 7 } else { number };
    let id = if number % 9 == 4 { String::new() } else { format!("Message-ID: <{number}@example.org>\r\n") };
    let subject = if is_8_bit(number) { "Gr\u{fc}\u{df}e" } else { "Hello" };
    let body = "A line of text.\r\n".repeat(number * 31 % 400);
    format!("From: Ann <ann@example.org>\r\n{id}Subject: {subject} {number}\r\n\r\n{body}").into_bytes()
}

fn is_8_bit(number: usize) -> bool {
    number % 20 == 3
}

fn flags(number: usize) -> Flags {
    let mut flags = Flags::new();
    [Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Draft, Flag::JUNK, Flag::FORWARDED]
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| number >> bit & 1 == 1)
        .for_each(|(_, flag)| flags.insert(flag));
    if number.is_multiple_of(3) {
        flags.insert(format!("label{}", number % 17).parse().unwrap());
    }
    flags
}

fn login(port: u16, user: &str) -> Session {
    let endpoint = Endpoint::insecure("127.0.0.1", port);
    Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap().login(user, Server::PASSWORD).unwrap()
}

/// Fills an account of Dovecot.
fn fill(server: &Dovecot, user: &str) {
    let mut session = login(server.port, user);
    let count = count();
    for (name, numbers) in [
        ("INBOX", 0..count / 2),
        ("Sent", count / 2..count * 3 / 4),
        ("Lists/rust", count * 3 / 4..count),
        ("Lists/a&b ü", 0..3),
    ] {
        let _ = session.create(name);
        let texts: Vec<(usize, Vec<u8>)> = numbers.map(|number| (number, message(number))).collect();
        for part in texts.chunks(100) {
            let messages = part.iter().map(|(number, text)| {
                let date = DateTime::from_unix(1_400_000_000 + *number as i64 / 3 * 7200).unwrap();
                AppendMessage::from(text.as_slice()).flags(flags(*number)).date(date)
            });
            session.append_together(name, messages).unwrap();
        }
    }
    session.create("Empty").unwrap();
    session.subscribe("Lists/rust").unwrap();
}

fn url(port: u16, user: &str) -> String {
    format!("imap+insecure://{user}@127.0.0.1:{port}")
}

fn imap(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.env("IMAP_PASSWORD", Server::PASSWORD);
    command
}

fn run(arguments: &[&str]) -> Run {
    finish(&mut imap(arguments), b"")
}

/// Ends the command by `kill -9` at several moments, and then lets it end by itself.
fn run_killed(arguments: &[&str], seed: u64) -> Run {
    let mut random = seed;
    for _ in 0..kills() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let most = if all() { 1500 } else { 250 };
        let wait = Duration::from_millis(20 + (random >> 33) % most);
        let mut child = imap(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(wait);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run(arguments)
}

/// Cyrus ends all processes of its group when it ends, and so another Cyrus of this program.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn assert_equal(found: &[String], expected: &[String], what: &str) {
    let missing: Vec<&String> = expected.iter().filter(|line| found.binary_search(line).is_err()).take(5).collect();
    let extra: Vec<&String> = found.iter().filter(|line| expected.binary_search(line).is_err()).take(5).collect();
    assert!(found == expected, "{what}: {} for {}, missing {missing:?}, extra {extra:?}", found.len(), expected.len());
}

fn backup(server: &Dovecot, user: &str, archive: &Path) {
    run(&["backup", &url(server.port, user), archive.to_str().unwrap(), "--quiet"]).ok();
}

#[test]
fn an_archive_is_restored_to_dovecot_and_cyrus() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(dovecot) = Dovecot::start().unwrap() else { return };
    fill(&dovecot, "from");
    let expected = read(dovecot.port, "from");
    assert_eq!(expected.len(), count() + 3);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    backup(&dovecot, "from", &archive);
    let archive = archive.to_str().unwrap();
    let cyrus = cyrus(&["whole", "killed"]).unwrap();
    let ports = [Some(dovecot.port), cyrus.as_ref().map(|server| server.port)];
    for port in ports.into_iter().flatten() {
        let target = url(port, "whole");
        let begun = Instant::now();
        run(&["restore", archive, &target]).ok();
        println!("restored {} messages in {:.2} s", expected.len(), begun.elapsed().as_secs_f64());
        assert_equal(&read(port, "whole"), &expected, "restored");
        let again = run(&["restore", archive, &target, "--json"]).ok();
        assert_eq!(support::summary(&again)["sent"], 0, "{again:?}");
        assert_equal(&read(port, "whole"), &expected, "repeated");
        let subscribed = run(&["folders", &target, "--subscribed", "--json"]).ok();
        assert!(subscribed.stdout.contains("Lists/rust"), "{subscribed:?}");

        let target = url(port, "killed");
        run_killed(&["restore", archive, &target], u64::from(port)).ok();
        assert_equal(&read(port, "killed"), &expected, "killed");
    }
}

#[test]
fn an_account_is_copied_from_dovecot_to_cyrus() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(dovecot) = Dovecot::start().unwrap() else { return };
    let Some(cyrus) = cyrus(&["whole", "killed"]).unwrap() else { return };
    fill(&dovecot, "from");
    let folder = tempfile::tempdir().unwrap();
    let from = url(dovecot.port, "from");
    for user in ["whole", "killed"] {
        let expected = read(dovecot.port, "from");
        let ledger = folder.path().join(user);
        let to = url(cyrus.port, user);
        let arguments = ["copy", &from, &to, "--ledger", ledger.to_str().unwrap()];
        let begun = Instant::now();
        match user {
            "whole" => run(&arguments).ok(),
            _ => run_killed(&arguments, 42).ok(),
        };
        println!("{user}: copied {} messages in {:.2} s", expected.len(), begun.elapsed().as_secs_f64());
        assert_equal(&read(cyrus.port, user), &expected, user);
        let again = run(&[&arguments[..], &["--json"]].concat()).ok();
        assert_eq!(support::summary(&again)["sent"], 0, "{again:?}");
        // What is new is copied by the next run.
        let mut session = login(dovecot.port, "from");
        let text = message(100_000);
        session.append("INBOX", AppendMessage::from(text.as_slice())).unwrap();
        let again = run(&[&arguments[..], &["--json"]].concat()).ok();
        assert_eq!(support::summary(&again)["sent"], 1, "{again:?}");
    }
}

#[test]
fn what_cyrus_changes_is_named() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(dovecot) = Dovecot::start().unwrap() else { return };
    let Some(cyrus) = realservers::cyrus_that_munges(&["to"]).unwrap() else { return };
    fill(&dovecot, "from");
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    backup(&dovecot, "from", &archive);
    let restored = run(&["restore", archive.to_str().unwrap(), &url(cyrus.port, "to"), "--json"]);
    assert_eq!(restored.code, 1, "{restored:?}");
    let summary = support::summary(&restored);
    let changed: Vec<usize> = (0..count()).filter(|number| number % 50 != 7 && is_8_bit(*number)).collect();
    assert_eq!(summary["changed"], changed.len(), "{restored:?}");
    let named = restored.stderr.matches("its header has other bytes").count();
    assert_eq!(named, changed.len());
    // UIDs count from 1 in each mailbox.
    for number in changed.iter().filter(|number| **number < count() / 2) {
        let line = format!("INBOX: the message with UID {} was changed by the target", number + 1);
        assert!(restored.stderr.contains(&line), "{line}");
    }
    let (expected, found) = (read(dovecot.port, "from"), read(cyrus.port, "to"));
    let same = expected.iter().filter(|line| found.binary_search(line).is_ok()).count();
    assert_eq!(same, expected.len() - changed.len());
}
