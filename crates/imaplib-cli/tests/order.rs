//! `imap sort`: the orders that are asked for, by the server and without its help.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use realservers::Dovecot;
use support::real::Account;
use support::{Run, finish, imap, imap_as_alice, server};

/// Messages as (from, subject, date, message-id, references, size of the body).
const MAIL: [(&str, &str, &str, &str, &str, usize); 6] = [
    ("Zoe <anna@example.org>", "Lunch", "Mon, 2 Mar 2026 12:00:00 +0000", "<1@x>", "", 500),
    ("bob@example.org", "Re: Lunch", "Mon, 2 Mar 2026 12:30:00 +0200", "<2@x>", "<1@x>", 900),
    ("\"Group\" <Carl@example.org>", "[list] apples", "Sun, 1 Mar 2026 09:00:00 +0000", "<3@x>", "", 300),
    ("dora@example.org", "=?utf-8?q?=C3=84pfel?=", "Tue, 3 Mar 2026 09:00:00 +0000", "<4@x>", "", 150),
    ("Bob@example.org", "Fwd: re: LUNCH (fwd)", "Wed, 4 Mar 2026 09:00:00 +0000", "<5@x>", "<1@x> <2@x>", 10),
    ("anna@example.org", "Re: long ago", "Thu, 5 Mar 2026 09:00:00 +0000", "<6@x>", "<0@x>", 2000),
];

fn mail(number: usize) -> Vec<u8> {
    let (from, subject, date, id, references, size) = MAIL[number];
    let references = if references.is_empty() { String::new() } else { format!("References: {references}\r\n") };
    format!(
        "From: {from}\r\nTo: list@example.org\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: {id}\r\n{references}\r\n{}\r\n",
        "x".repeat(size)
    )
    .into_bytes()
}

/// What each order gives, whoever sorts.
fn every_order(run: &dyn Fn(&[&str]) -> Run) {
    for (order, expected) in [
        ("date", "3 2 1 4 5 6"),
        ("-date", "6 5 4 1 2 3"),
        ("arrival", "1 2 3 4 5 6"),
        ("size", "5 4 3 1 2 6"),
        ("-size", "6 2 1 3 4 5"),
        ("from", "1 6 2 5 3 4"),
        ("from,-date", "6 1 5 2 3 4"),
        ("subject", "3 4 6 1 2 5"),
        ("SUBJECT,-Date", "3 4 6 5 1 2"),
        ("to,cc,-size", "6 2 1 3 4 5"),
    ] {
        let sorted = run(&["sort", "INBOX", order, "--uids"]).ok();
        assert_eq!(sorted.stdout.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{order}");
    }
    assert_eq!(run(&["sort", "INBOX", "-size", "--uids", "--limit", "2"]).ok().stdout, "6\n2\n");
    assert_eq!(run(&["sort", "INBOX", "-date", "FROM", "bob", "--uids"]).ok().stdout, "5\n2\n");
    assert_eq!(run(&["sort", "INBOX", "date", "--subject", "lunch", "--smaller", "200k", "--flagged"]).ok().stdout, "");
    let objects = run(&["sort", "INBOX", "-size", "--json", "--limit", "3"]).ok().json();
    assert_eq!(objects.iter().map(|object| object["uid"].as_u64().unwrap()).collect::<Vec<_>>(), [6, 2, 1]);
    let lines = run(&["sort", "INBOX", "subject", "--limit", "2"]).ok().stdout;
    assert!(lines.starts_with("3\t") && lines.lines().nth(1).unwrap().contains("Äpfel"), "{lines}");
}

#[test]
fn without_sort_the_order_is_made_here() {
    let (server, account, url) = server();
    for number in 0..MAIL.len() {
        account.append("INBOX", mail(number)).unwrap();
    }
    every_order(&|arguments| {
        let mut all = vec![arguments[0], url.as_str()];
        all.extend(&arguments[1..]);
        imap_as_alice(&all)
    });
    assert!(!server.commands().iter().any(|command| command.contains("SORT")));
}

#[test]
fn a_server_with_sort_gives_the_same_order() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "sorted");
    (0..MAIL.len()).for_each(|number| {
        finish(&mut account.command(&["append", "INBOX", "-"]), &mail(number)).ok();
    });
    every_order(&|arguments| account.run(arguments));
    let traced = account.run(&["sort", "INBOX", "size", "-v"]).ok();
    assert!(traced.stderr.contains("UID SORT (SIZE) US-ASCII ALL"), "{traced:?}");
}

#[test]
fn slips_in_an_order_are_told() {
    for (arguments, word) in [
        (&["sort", "demo:", "INBOX"][..], "<ORDER>"),
        (&["sort", "demo:", "INBOX", "dates"], "-date"),
        (&["sort", "demo:", "INBOX", "date", "XYZZY"], "XYZZY"),
        (&["sort", "demo:", "INBOX", "date", "--nonsense"], "--nonsense"),
    ] {
        let run = imap(arguments);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_eq!(imap(&["sort", "demo:", "Nowhere", "date"]).code, 69);
}
