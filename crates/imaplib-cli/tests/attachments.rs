//! `get --attachments` and `show` where servers, structures and attachments are not as they should be: nothing is lost in
//! silence.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::attachments::{PDF, TEXT, filler, get, mixed, names};
use support::peer::{Answer, Mailboxes, Peer, says};
use support::{fetch_peer, imap_as_alice, message};

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
    let parts = [("2", "SGVsbG8=\r\nV29ybGQ=")];
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
    let pdf = |name: &str| format!("(\"APPLICATION\" \"PDF\" (\"NAME\" \"{name}\") NIL NIL \"BASE64\" 4)");
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
