//! Only a login that was refused is a login failure: exit 77, and advice about the password.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::peer::{Answer, Peer, says};

/// A server that refuses one command with these words.
fn refuses(command: &'static str, words: &'static str) -> Peer {
    Peer::start("ACL QUOTA THREAD=REFERENCES", &[("INBOX", &[1, 2, 3]), ("Sent", &[])], move |asked| {
        if asked.name == command { says(format!("@ {words}\r\n")) } else { Answer::Usual }
    })
}

#[test]
fn what_is_refused_after_the_login_is_no_login_failure() {
    let codes = ["NO [NOPERM]", "NO [AUTHORIZATIONFAILED]", "NO [AUTHENTICATIONFAILED]", "NO", "NO [CONTACTADMIN]"];
    for words in codes {
        for (command, verb) in [
            ("LIST", &["folders"][..]),
            ("EXAMINE", &["search", "INBOX"]),
            ("EXAMINE", &["sort", "INBOX", "date"]),
            ("EXAMINE", &["thread", "INBOX"]),
            ("EXAMINE", &["show", "INBOX", "1"]),
            ("EXAMINE", &["get", "INBOX", "1"]),
            ("EXAMINE", &["watch"]),
            ("SELECT", &["flag", "INBOX", "1", "+seen"]),
            ("UID SEARCH", &["search", "INBOX"]),
            ("UID THREAD", &["thread", "INBOX"]),
            ("UID STORE", &["flag", "INBOX", "1", "+seen"]),
            ("UID COPY", &["copy", "INBOX", "1", "Sent"]),
            ("CREATE", &["create", "New"]),
            ("DELETE", &["remove-mailbox", "Sent"]),
            ("RENAME", &["rename", "Sent", "Gone"]),
            ("SUBSCRIBE", &["subscribe", "Sent"]),
            ("MYRIGHTS", &["acl", "INBOX"]),
            ("GETQUOTAROOT", &["quota", "INBOX"]),
        ] {
            let words: &'static str = format!("{words} denied").leak();
            let run = refuses(command, words).run(verb);
            assert_eq!(run.code, 69, "{words}: {run:?}");
            assert!(run.stderr.contains("denied") && !run.stderr.contains("password"), "{words}: {run:?}");
        }
    }
}

#[test]
fn a_login_that_is_refused_is_one_whatever_the_code() {
    for words in ["NO", "NO [AUTHENTICATIONFAILED]", "NO [AUTHORIZATIONFAILED]", "NO [NOPERM]", "NO [EXPIRED]", "BAD"] {
        let words: &'static str = format!("{words} denied").leak();
        for verb in [&["folders"][..], &["search", "INBOX"], &["check"], &["watch"], &["raw"]] {
            let run = refuses("LOGIN", words).run(verb);
            assert_eq!(run.code, 77, "{words}: {run:?}");
            assert!(run.stderr.contains("password"), "{words}: {run:?}");
        }
    }
    for words in ["NO [UNAVAILABLE]", "NO [INUSE]", "NO [LIMIT]"] {
        let words: &'static str = format!("{words} denied").leak();
        let run = refuses("LOGIN", words).run(&["folders"]);
        assert!(run.code == 75 && !run.stderr.contains("password"), "{words}: {run:?}");
    }
}

#[test]
fn an_account_without_a_mailbox_is_no_wrong_password() {
    let run = refuses("LIST", "BAD User is authenticated but not connected.").run(&["folders"]);
    assert_eq!(run.code, 69, "{run:?}");
    assert!(run.stderr.contains("no mailbox") && !run.stderr.contains("password"), "{run:?}");
}
