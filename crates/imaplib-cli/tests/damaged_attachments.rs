//! Attachments that are not in their encoding, or not whole, or that came with two texts: what can be read is saved, and the
//! exit code says that it may not be what was sent.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::attachments::{TEXT, filler, get, mixed, names};
use support::fetch_peer;

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
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains(&format!("plain.txt of message {uid} is not base64")), "{run:?}");
        assert!(run.stderr.contains(&format!("footer.bin of message {uid} is damaged: what is not base64")), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 2, "{run:?}");
        assert_eq!(names(&files), ["footer.bin", "good.bin", "plain.txt"]);
        assert_eq!(files["plain.txt"].trim_end(), "Hello, this is not encoded.");
        assert_eq!((files["good.bin"].as_str(), files["footer.bin"].as_str()), ("Hello", "Hello"));
    }
}

#[test]
fn an_attachment_that_is_damaged_in_its_encoding_ends_with_1() {
    let part = |encoding: &str, text: &str| {
        format!(
            "Content-Type: application/x\r\nContent-Disposition: attachment; filename=a\r\n\
             Content-Transfer-Encoding: {encoding}\r\n\r\n{text}"
        )
    };
    for (encoding, text, saved, said) in [
        ("quoted-printable", "a=3Db =zz c", "a=b =zz c", "what is not quoted-printable in it is kept"),
        ("quoted-printable", "cut in the middle =4", "cut in the middle =4", "what is not quoted-printable"),
        ("quoted-printable", "a=3Db =\r\nc", "a=b c", ""),
        ("base64", "SGVs!bG8=", "Hello", "what is not base64 in it"),
        ("base64", "SGVsbG8=\r\n-- \r\nThe list", "Hello", "what is not base64 in it"),
        ("base64", "SGVsbG8=", "Hello", ""),
    ] {
        let (_server, account, url) = support::server();
        let part = part(encoding, text);
        account.append("INBOX", mixed(&[TEXT, &part])).unwrap();
        account.append("INBOX", mixed(&[&filler(), &part])).unwrap();
        for uid in ["1", "2"] {
            let (run, files) = get(&url, uid);
            assert_eq!(run.code, i32::from(!said.is_empty()), "{text}: {run:?}");
            assert!(run.stderr.contains(said) && run.stderr.is_empty() == said.is_empty(), "{text}: {run:?}");
            assert!(files["a"].starts_with(saved), "{text}: {files:?}");
        }
    }
}

/// Saves the attachments of a message of which the server lists two, and sends these rows for them.
fn listed(rows: &'static [&'static str]) -> (support::Run, Vec<String>) {
    let pdf = |name: &str| format!("(\"APPLICATION\" \"X\" (\"NAME\" \"{name}\") NIL NIL \"BASE64\" 8)");
    let structure = format!("((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 90000 1){}{} \"MIXED\")", pdf("a"), pdf("b"));
    let url = fetch_peer::serve(1, move |command, out| {
        if command.contains("BODYSTRUCTURE") {
            out.extend(format!("* 1 FETCH (UID 1 RFC822.SIZE 91000 BODYSTRUCTURE {structure})\r\n").into_bytes());
        } else if command.contains("BODY.PEEK[2]") {
            rows.iter().for_each(|row| out.extend(format!("* 1 FETCH (UID 1 {row})\r\n").into_bytes()));
        }
        "OK done".to_owned()
    });
    let (run, files) = get(&url, "1");
    let files = names(&files).into_iter().map(|name| format!("{name}={}", files[name])).collect();
    (run, files)
}

#[test]
fn an_attachment_that_is_shorter_than_listed_or_comes_twice_ends_with_1() {
    const A: &str = "BODY[2] \"SGVsbG8=\"";
    const B: &str = "BODY[3] \"V29ybGQ=\"";
    const OTHER: &str = "BODY[2] \"T3RoZXI=\"";
    let (run, files) = listed(&[A, B]);
    assert_eq!((run.code, files), (0, vec!["a=Hello".to_owned(), "b=World".to_owned()]), "{run:?}");
    let (run, files) = listed(&[A, OTHER, B]);
    assert_eq!((run.code, files), (1, vec!["a=Hello".to_owned(), "b=World".to_owned()]), "{run:?}");
    assert!(run.stderr.contains("a of message 1 came more than once"), "{run:?}");
    let (run, files) = listed(&["BODY[2] \"SGVs\"", B]);
    assert_eq!((run.code, files), (1, vec!["a=Hel".to_owned(), "b=World".to_owned()]), "{run:?}");
    assert!(run.stderr.contains("a of message 1 is shorter than the server lists it"), "{run:?}");
}
