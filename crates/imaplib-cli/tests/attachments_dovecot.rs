//! `imap get --attachments` where Dovecot's BODYSTRUCTURE calls an encoded part 7bit.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use realservers::Dovecot;
use support::finish;
use support::real::Account;

#[test]
fn an_odd_name_of_an_encoding_is_read_in_a_message_of_any_size() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "carol");
    for label in ["base64;", "\"base64\"", "base64,", "base64; charset=utf-8", "BASE64"] {
        // A whole number of lines of 57 bytes each; above 32 KiB only the attachment is fetched.
        for lines in [10, 1_000] {
            let encoded =
                "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\n".repeat(lines);
            let text = format!(
                "From: a@b.example\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
                 --B\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B\r\nContent-Type: application/pdf; name=a.pdf\r\n\
                 Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: {label}\r\n\r\n\
                 {encoded}--B--\r\n"
            );
            finish(&mut account.command(&["append", "INBOX", "-"]), text.as_bytes()).ok();
            let folder = tempfile::tempdir().unwrap();
            let saved = folder.path().join("saved");
            let run = account.run(&["get", "INBOX", "*", "--attachments", "-o", saved.to_str().unwrap()]).ok();
            let files: Vec<_> = fs::read_dir(&saved).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert_eq!(files.len(), 1, "{label} {lines}: {run:?}");
            assert_eq!(fs::read(&files[0]).unwrap(), "ABC".repeat(19 * lines).as_bytes(), "{label} {lines}: {run:?}");
        }
    }
}

#[test]
fn a_bad_line_in_a_header_hides_no_attachment() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "dave");
    let far = "Broken folded line\r\n".to_owned() + &"X-Other: x\r\n".repeat(30);
    let long_line = "x".repeat(40_000) + "\r\n";
    for (message_line, part_line) in [
        ("Broken folded line\r\n", ""),
        ("Bad Header: x\r\n", ""),
        (": x\r\n", ""),
        (">From somebody\r\n", ""),
        ("", "Broken folded line\r\n"),
        ("", "Bad Header: x\r\n"),
        ("", long_line.as_str()),
        // Too far from the bad line for this program: the server's list is what is saved and shown.
        (far.as_str(), ""),
        (long_line.as_str(), "Broken folded line\r\n more of it\r\n"),
    ] {
        for lines in [10, 1_000] {
            let encoded =
                "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\n".repeat(lines);
            let text = format!(
                "From: a@b.example\r\n{message_line}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
                 --B\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B\r\n{part_line}Content-Type: application/pdf; name=a.pdf\r\n\
                 Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64;\r\n\r\n\
                 {encoded}--B\r\nContent-Type: application/zip; name=b.zip\r\n\r\nPK\r\n--B--\r\n"
            );
            finish(&mut account.command(&["append", "INBOX", "-"]), text.as_bytes()).ok();
            let folder = tempfile::tempdir().unwrap();
            let run = account.run(&["get", "INBOX", "*", "--attachments", "-o", folder.path().to_str().unwrap()]).ok();
            let saved = fs::read(folder.path().join("a.pdf"));
            let uid = account.run(&["search", "INBOX", "--uids"]).ok().stdout.lines().last().unwrap().to_owned();
            let shown = account.run(&["show", "INBOX", &uid, "--json"]).ok().json().remove(0);
            let names: Vec<&str> =
                shown["attachments"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
            assert_eq!(names, ["a.pdf", "b.zip"], "{part_line:.80} {lines}");
            assert_eq!(
                saved.unwrap(),
                "ABC".repeat(19 * lines).as_bytes(),
                "{message_line:.80}{part_line:.80} {lines}: {run:?}"
            );
        }
    }
}

/// The attachments of a message: their names and bytes, what is said about them, and the exit code.
fn saved(account: &Account, uid: usize) -> (BTreeMap<String, Vec<u8>>, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let uid = uid.to_string();
    let run = account.run(&["get", "INBOX", &uid, "--attachments", "-o", folder.path().to_str().unwrap()]);
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let files = entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
    let said = run.stderr.replace(&format!("message {uid}"), "message N").replace(&format!("UID {uid}"), "UID N");
    (files.collect(), said, run.code)
}

#[test]
fn odd_messages_have_the_same_attachments_when_they_are_long() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "erin");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odd");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    // A header so long that the message is not fetched only because it is small.
    let padding = "X-Padding: of no meaning, but of some length and of some more\r\n".repeat(700);
    let mailbox = tempfile::tempdir().unwrap();
    let mut arguments = vec!["append".to_owned(), "INBOX".to_owned()];
    for (number, path) in files.iter().enumerate() {
        let text = fs::read(path).unwrap();
        let (short, long) =
            (mailbox.path().join(format!("{number}-short")), mailbox.path().join(format!("{number}-long")));
        let first = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        fs::write(&short, &text).unwrap();
        fs::write(&long, [&text[..first], padding.as_bytes(), &text[first..]].concat()).unwrap();
        arguments.extend([short, long].map(|path| path.to_str().unwrap().to_owned()));
    }
    account.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    let mut wrong = Vec::new();
    for (number, path) in files.iter().enumerate() {
        let (short, long) = (saved(&account, 2 * number + 1), saved(&account, 2 * number + 2));
        if short != long {
            wrong.push(format!("{}: {short:?}\n{long:?}", path.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(files.len() > 100 && wrong.is_empty(), "{}", wrong.join("\n"));
}
