//! Copies, moves and removals: what is reported as done is what the server reports, and no more than was asked for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::Write as _;
use std::process::Stdio;

use imaplib_testserver::Server;
use serde_json::{Value, json};
use support::Run;
use support::peer::{Answer, Mailboxes, Peer, says};

const MAILBOXES: Mailboxes = &[("INBOX", &[1, 2, 3]), ("Trash", &[])];

/// A server that answers one command by this.
fn peer(capabilities: &'static str, command: &'static str, answer: &str) -> Peer {
    let answer = answer.to_owned();
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        name if name == command => says(answer.clone()),
        _ => Answer::Usual,
    })
}

/// Which messages were changed, and where they are now.
fn changed(run: &Run) -> (String, Value) {
    let [object] = run.json().try_into().unwrap();
    assert_eq!(object["messages"].as_u64(), Some(count(object["uids"].as_str().unwrap())), "{object}");
    (object["uids"].as_str().unwrap().to_owned(), object["new_uids"].clone())
}

fn count(uids: &str) -> u64 {
    if uids.is_empty() { 0 } else { uids.parse::<imaplib_proto::types::UidSet>().unwrap().len() }
}

const COPY: &str = "UID COPY";
const MOVE: &str = "UID MOVE";

#[test]
fn what_the_server_does_not_report_as_done_is_not_reported_as_done() {
    for (capabilities, command, verbs) in
        [("UIDPLUS", COPY, &["copy", "move"][..]), ("UIDPLUS MOVE", MOVE, &["move"]), ("UIDPLUS MOVE", COPY, &["copy"])]
    {
        for (sets, done, pairs, code) in [
            (" 1:2 9:10", "1:2", json!([[1, 9], [2, 10]]), 0),
            (" 2,1 9:10", "1:2", json!([[2, 9], [1, 10]]), 0),
            (" 1 9", "1", json!([[1, 9]]), 1),
            (" 3 9", "", json!([]), 1),
            ("", "", json!([]), 1),
            // All memory there is, if it were listed.
            (" 1:4294967295 1:4294967295", "1:2", json!([[1, 1], [2, 2]]), 0),
        ] {
            for verb in verbs {
                let gone = if command == MOVE {
                    "* 1 EXPUNGE\r\n".repeat(usize::try_from(count(done)).unwrap())
                } else {
                    String::new()
                };
                let peer = peer(capabilities, command, &format!("{gone}@ OK [COPYUID 7{sets}] x\r\n"));
                let run = peer.run(&[verb, "INBOX", "1:2", "Trash", "--json"]);
                assert_eq!(
                    (run.code, changed(&run)),
                    (code, (done.to_owned(), pairs.clone())),
                    "{verb} {sets}: {run:?}"
                );
                assert_eq!(run.diagnostics().len(), usize::try_from(code).unwrap(), "{run:?}");
                let removed = peer.heard().iter().filter(|line| line.contains("EXPUNGE")).cloned().collect::<Vec<_>>();
                let is_removed = (*verb, command) == ("move", COPY) && !done.is_empty();
                let expected = if is_removed { vec![format!("0 UID EXPUNGE {done}")] } else { vec![] };
                assert_eq!(removed, expected, "{verb} {sets}");
            }
        }
    }
}

#[test]
fn a_report_that_contradicts_itself_proves_nothing_and_removes_nothing() {
    for sets in ["1:2 9", "1:2 9:11", "1:2,1:2 9:12", "1:2 9,9", "1:4294967295 9"] {
        for (capabilities, command, verb) in
            [("UIDPLUS", COPY, "copy"), ("UIDPLUS", COPY, "move"), ("UIDPLUS MOVE", MOVE, "move")]
        {
            let peer = peer(capabilities, command, &format!("@ OK [COPYUID 7 {sets}] x\r\n"));
            let run = peer.run(&[verb, "INBOX", "1:2", "Trash", "--json"]);
            let [error] = run.diagnostics().try_into().unwrap();
            assert_eq!((run.code, run.stdout.as_str()), (76, ""), "{verb} {sets}: {run:?}");
            assert!(error["message"].as_str().unwrap().contains("contradicts itself"), "{error}");
            assert_eq!((peer.count("UID STORE"), peer.count("UID EXPUNGE")), (0, 0));
        }
    }
}

#[test]
fn a_server_without_copyuid_is_believed() {
    for (capabilities, verb) in [("UIDPLUS", "copy"), ("UIDPLUS", "move"), ("UIDPLUS MOVE", "move")] {
        let run = Peer::start(capabilities, MAILBOXES, |_| Answer::Usual);
        let run = run.run(&[verb, "INBOX", "1:2", "Trash", "--json"]).ok();
        assert_eq!(changed(&run), ("1:2".to_owned(), json!([])));
    }
}

#[test]
fn what_had_gone_before_a_refusal_is_named() {
    let said = "* OK [COPYUID 7 1 9] part\r\n* 1 EXPUNGE\r\n@ NO [OVERQUOTA] rest failed\r\n";
    for arguments in [&["move", "INBOX", "1:2", "Trash", "--json"][..], &["delete", "INBOX", "1:2", "--json"]] {
        let run = peer("UIDPLUS MOVE", MOVE, said).run(arguments);
        assert_eq!((run.code, changed(&run).0.as_str()), (1, "1"), "{run:?}");
        let [refusal, rest] = run.diagnostics().try_into().unwrap();
        assert!(refusal["message"].as_str().unwrap().contains("OVERQUOTA"), "{refusal}");
        assert!(rest["message"].as_str().unwrap().contains("UID 2"), "{rest}");
    }
    // Copied and still there: not moved.
    let peer = Peer::start("UIDPLUS", MAILBOXES, |asked| match asked.name {
        "UID COPY" => says("@ OK [COPYUID 7 1 9] x\r\n"),
        "UID STORE" => says("@ NO no\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["move", "INBOX", "1:2", "Trash", "--json"]);
    let [error] = run.diagnostics().try_into().unwrap();
    assert_eq!((run.code, run.stdout.as_str()), (69, ""), "{run:?}");
    assert!(error["hints"].to_string().contains("copied the message with UID 1 to Trash"), "{error}");
}

#[test]
fn delete_names_what_is_left() {
    for (answer, gone, code) in
        [("@ OK [COPYUID 7 1 9] x\r\n", "1", 1), ("@ OK [COPYUID 7 3 9] x\r\n", "", 1), ("@ OK x\r\n", "1:2", 0)]
    {
        let run = peer("UIDPLUS", COPY, answer).run(&["delete", "INBOX", "1:2", "--json"]);
        assert_eq!((run.code, changed(&run).0.as_str()), (code, gone), "{run:?}");
    }
    let expunged = |answer: &'static str, left: &'static str| {
        let searches = std::sync::atomic::AtomicUsize::new(0);
        let peer = Peer::start("UIDPLUS", MAILBOXES, move |asked| match asked.name {
            "UID EXPUNGE" => says(answer),
            "UID SEARCH" if searches.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0 => {
                says(format!("* SEARCH{left}\r\n@ OK x\r\n"))
            }
            _ => Answer::Usual,
        });
        let run = peer.run(&["delete", "INBOX", "1:2", "--expunge", "--json"]);
        (run.code, changed(&run).0)
    };
    assert_eq!(expunged("* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n@ OK x\r\n", ""), (0, "1:2".to_owned()));
    // As many have gone, and others than these.
    assert_eq!(expunged("* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n@ OK x\r\n", " 2"), (1, "1".to_owned()));
    assert_eq!(expunged("* 1 EXPUNGE\r\n@ OK x\r\n", " 2"), (1, "1".to_owned()));
    assert_eq!(expunged("@ OK x\r\n", " 1 2"), (1, String::new()));
    // Somebody else was quicker.
    assert_eq!(expunged("@ OK x\r\n", ""), (0, "1:2".to_owned()));
}

#[test]
fn an_empty_message_is_not_appended() {
    let (_server, account, url) = support::server();
    let folder = tempfile::tempdir().unwrap();
    let (empty, whole) = (folder.path().join("empty"), folder.path().join("whole"));
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&whole, support::message(1)).unwrap();
    let (empty, whole) = (empty.to_str().unwrap(), whole.to_str().unwrap());
    for (files, code, stored) in [(&["-"][..], 2, 0), (&[empty], 2, 0), (&["/dev/null"], 2, 0), (&[empty, whole], 1, 1)]
    {
        let run = support::imap_as_alice(&[&["append", url.as_str(), "INBOX"], files].concat());
        assert_eq!((run.code, run.stderr.contains("is empty")), (code, true), "{files:?}: {run:?}");
        assert_eq!(account.messages("INBOX").unwrap().len(), stored, "{files:?}");
    }
}

#[test]
fn a_message_without_end_is_refused() {
    for (capabilities, arguments, code, said) in [
        (&[][..], &[][..], 2, "- is longer than 100M"),
        (&[], &["--max-size", "5k"], 2, "- is longer than 5.0K"),
        (&["APPENDLIMIT=7000"], &[], 69, "- is longer than the 7000 bytes that the server accepts"),
        (&["APPENDLIMIT=7000"], &["--max-size", "5k"], 2, "- is longer than 5.0K"),
    ] {
        let builder =
            capabilities.iter().fold(Server::builder().without("APPENDLIMIT"), |builder, name| builder.with(name));
        let (_server, account, url) = support::start(builder);
        let mut command = support::command(&[&["append", &url, "INBOX", "-"], arguments].concat());
        let mut child = command
            .env("IMAP_PASSWORD", support::PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || while stdin.write_all(&[b'x'; 1 << 16]).is_ok() {});
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.contains(said)), (Some(code), true), "{stderr}");
        assert_eq!(account.messages("INBOX").unwrap().len(), 0);
    }
    // A file is refused before anything of it is sent, and what is as long as allowed is not.
    let (_server, account, url) = support::start(Server::builder().without("APPENDLIMIT").with("APPENDLIMIT=5000"));
    let folder = tempfile::tempdir().unwrap();
    for (length, code) in [(5000, 0), (5001, 69)] {
        let file = folder.path().join(length.to_string());
        std::fs::write(&file, vec![b'x'; length]).unwrap();
        let run = support::imap_as_alice(&["append", &url, "INBOX", file.to_str().unwrap()]);
        assert_eq!(run.code, code, "{run:?}");
    }
    assert_eq!(account.messages("INBOX").unwrap().len(), 1);
}

#[test]
fn a_file_that_is_not_appended_is_named_once() {
    let (_server, account, url) = support::start(Server::builder().without("APPENDLIMIT").with("APPENDLIMIT=5000"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("good.eml"), support::message(1)).unwrap();
    std::fs::File::create(path("huge.eml")).unwrap().set_len(1 << 40).unwrap();
    for bad in ["missing.eml", "huge.eml"].map(path) {
        let start = std::time::Instant::now();
        let run = support::imap_as_alice(&["append", &url, "INBOX", &bad, &path("good.eml")]);
        assert_eq!((run.code, run.stderr.matches(bad.as_str()).count()), (1, 1), "{run:?}");
        // What is too long is not read first.
        assert!(start.elapsed() < std::time::Duration::from_secs(60));
    }
    assert_eq!(account.messages("INBOX").unwrap().len(), 2);
    let url = support::script::Script::new("", &[("APPEND", &["!NO not today"])]);
    let run = url.run(&["append", "INBOX", &path("good.eml")]);
    assert!(run.stderr.contains("good.eml: append: "), "{run:?}");
}
