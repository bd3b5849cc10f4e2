//! `imap get --attachments` where Dovecot's BODYSTRUCTURE calls an encoded part 7bit.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

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
    for (message_line, part_line) in [
        ("Broken folded line\r\n", ""),
        ("Bad Header: x\r\n", ""),
        (": x\r\n", ""),
        (">From somebody\r\n", ""),
        ("", "Broken folded line\r\n"),
        ("", "Bad Header: x\r\n"),
    ] {
        for lines in [10, 1_000] {
            let encoded =
                "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\n".repeat(lines);
            let text = format!(
                "From: a@b.example\r\n{message_line}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
                 --B\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B\r\n{part_line}Content-Type: application/pdf; name=a.pdf\r\n\
                 Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                 {encoded}--B--\r\n"
            );
            finish(&mut account.command(&["append", "INBOX", "-"]), text.as_bytes()).ok();
            let folder = tempfile::tempdir().unwrap();
            let run = account.run(&["get", "INBOX", "*", "--attachments", "-o", folder.path().to_str().unwrap()]).ok();
            let saved = fs::read(folder.path().join("a.pdf"));
            assert_eq!(
                saved.unwrap(),
                "ABC".repeat(19 * lines).as_bytes(),
                "{message_line}{part_line} {lines}: {run:?}"
            );
        }
    }
}
