//! Messages whose parts are nested very deep, and parts in a transfer encoding that nobody knows: what is in them is found and
//! saved, or it is reported that a limit was reached.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::process::Command;

use imaplib_testserver::AccountHandle;
use support::{PASSWORD, Run, command, finish, server};

/// An attachment and a text in so many multiparts, one in the other.
fn nested(depth: usize) -> String {
    let header = |level: usize| format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n");
    let mut message = format!("From: ann@example.org\r\nSubject: deep\r\nMIME-Version: 1.0\r\n{}", header(0));
    for level in 0..depth {
        message.push_str(&format!("--b{level}\r\n"));
        if level + 1 < depth {
            message.push_str(&header(level + 1));
        }
    }
    let last = depth - 1;
    message.push_str(&format!(
        "Content-Type: text/plain\r\n\r\ninnermost\r\n--b{last}\r\nContent-Type: application/octet-stream; name=deep.bin\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nZGVlcA==\r\n"
    ));
    (0..depth).rev().for_each(|level| message.push_str(&format!("--b{level}--\r\n")));
    message
}

fn run(url: &str, arguments: &[&str]) -> Run {
    let arguments = [&[arguments[0], url], &arguments[1..]].concat();
    finish(command(&arguments).env("IMAP_PASSWORD", PASSWORD), b"")
}

/// What Python's email finds: the names of attachments, and the texts.
fn python(message: &str) -> Option<String> {
    let program = "import email, sys\n\
                   m = email.message_from_bytes(sys.stdin.buffer.read())\n\
                   parts = [p for p in m.walk() if not p.is_multipart()]\n\
                   print([p.get_filename() or p.get_payload().strip() for p in parts])";
    let run = finish(Command::new("python3").args(["-c", program]), message.as_bytes());
    (run.code == 0).then(|| run.stdout.trim().to_owned())
}

fn append(account: &AccountHandle, message: &str) {
    account.append("INBOX", message.as_bytes().to_vec()).unwrap();
}

#[test]
fn what_is_nested_deep_is_found_or_a_limit_is_reported() {
    let (_server, account, url) = server();
    for (uid, depth) in (1..).zip([2, 20, 49, 50, 60, 70, 99, 150, 400]) {
        let message = nested(depth);
        append(&account, &message);
        if let Some(found) = python(&message) {
            assert_eq!(found, "['innermost', 'deep.bin']", "{depth}");
        }
        let uid = uid.to_string();
        let folder = tempfile::tempdir().unwrap();
        let is_found = depth < 100;
        let got = run(&url, &["get", "INBOX", &uid, "--attachments", "-o", folder.path().to_str().unwrap()]);
        assert_eq!(got.code, i32::from(!is_found), "{depth}: {got:?}");
        let saved: Vec<Vec<u8>> =
            fs::read_dir(folder.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        if is_found {
            assert_eq!(saved, [b"deep"], "{depth}: {got:?}");
        } else {
            assert!(got.stderr.contains("some attachments may be missing"), "{depth}: {got:?}");
        }
        let shown = run(&url, &["show", "INBOX", &uid, "--json"]).ok();
        let object = &shown.json()[0];
        let text = object["text"].as_str().unwrap_or_default();
        assert_eq!(
            (text.contains("innermost"), &object["is_cut"]),
            (is_found, &(!is_found).into()),
            "{depth}: {shown:?}"
        );
    }
}

#[test]
fn a_part_in_an_unknown_transfer_encoding_is_named_and_saved_as_it_is() {
    let (_server, account, url) = server();
    let body = "=ybegin line=128 size=4 name=a.bin\r\n\u{8e}\u{8f}\u{9a}\r\n=yend size=4\r\n";
    for (uid, encoding) in (1..).zip(["x-yenc", "x-gzip64", "frobnicate"]) {
        append(
            &account,
            &format!(
                "Subject: odd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                 Content-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}\r\n\r\ntext as it is\r\n--b\r\n\
                 Content-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n\
                 {body}--b--\r\n"
            ),
        );
        let uid = uid.to_string();
        let folder = tempfile::tempdir().unwrap();
        let got = run(&url, &["get", "INBOX", &uid, "--attachments", "-o", folder.path().to_str().unwrap()]);
        assert!(got.stderr.contains(&format!("transfer encoding that is not known ({encoding})")), "{got:?}");
        let saved: Vec<Vec<u8>> =
            fs::read_dir(folder.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        assert_eq!(saved, [body.trim_end().as_bytes()], "{got:?}");
        let shown = run(&url, &["show", "INBOX", &uid]).ok();
        assert!(shown.stdout.contains("text as it is"), "{shown:?}");
        assert!(shown.stderr.contains(&format!("transfer encoding that is not known ({encoding})")), "{shown:?}");
    }
}
