//! `imap thread`: conversations by the server's THREAD, and without its help.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use imaplib::types::UidSet;
use realservers::Dovecot;
use support::peer::{Answer, Mailboxes, Peer, says};
use support::real::Account;
use support::script::Script;
use support::{Run, finish, imap, imap_as_alice, server};

/// Messages as (day in March, subject, other fields); the identifier of the message 1 is `<1@x>`.
const MAIL: [(u32, &str, &str); 10] = [
    (1, "a", ""),
    (2, "Re: a", "References: <1@x>\r\n"),
    (9, "RE: a", "In-Reply-To: <2@x>\r\nReferences: <1@x>\r\n <2@x>\r\n"),
    (3, "b", ""),
    (4, "Re: b", "In-Reply-To: Your message of today <4@x>\r\n"),
    (5, "c", "References: <0@x>\r\n"),
    (6, "d", "References: <0@x>\r\n"),
    (7, "Fwd: a (fwd)", ""),
    (8, "[list] b", ""),
    (10, "Re: lonely", ""),
];

fn mail(number: usize) -> String {
    let (day, subject, fields) = MAIL[number - 1];
    format!(
        "From: ann@example.org\r\nSubject: {subject}\r\nDate: {day} Mar 2026 12:00:00 +0000\r\nMessage-ID: <{number}@x>\r\n{fields}\r\nx\r\n"
    )
}

/// Each message with its conversation and its depth.
fn places(run: &Run) -> String {
    let objects = run.json();
    let place = |object: &serde_json::Value| format!("{}@{}.{}", object["uid"], object["thread"], object["depth"]);
    objects.iter().map(place).collect::<Vec<_>>().join(" ")
}

/// What each way gives, whoever finds the conversations.
fn every_way(run: &dyn Fn(&[&str]) -> Run) {
    for (way, expected) in [
        ("refs", "4@1.0 5@1.1 6@2.1 7@2.1 8@3.0 9@4.0 1@5.0 2@5.1 3@5.2 10@6.0"),
        ("references", "1@1.0 2@1.1 3@1.2 8@1.1 4@2.1 5@2.2 9@2.1 6@3.1 7@3.1 10@4.0"),
        ("orderedsubject", "1@1.0 2@1.1 8@1.1 3@1.1 4@2.0 5@2.1 9@2.1 6@3.0 7@4.0 10@5.0"),
    ] {
        let found = run(&["thread", "INBOX", "--json", "--by", way]).ok();
        assert_eq!(places(&found), expected, "{way}");
        assert_eq!(found.stderr, "", "{way}");
    }
    let best = run(&["thread", "INBOX", "--json"]).ok();
    assert_eq!(places(&best), "4@1.0 5@1.1 6@2.1 7@2.1 8@3.0 9@4.0 1@5.0 2@5.1 3@5.2 10@6.0");
    assert_eq!((&best.json()[8]["parent"], &best.json()[2]["parent"]), (&2.into(), &serde_json::Value::Null));
    let last = run(&["thread", "INBOX", "--limit", "2"]).ok().stdout;
    let subjects: Vec<&str> = last.lines().map(|line| line.split('\t').nth(3).unwrap()).collect();
    assert_eq!(subjects, ["a", "└ Re: a", "  └ RE: a", "Re: lonely"]);
    let some = run(&["thread", "INBOX", "--by", "references", "--json", "UID", "2:9"]).ok();
    assert_eq!(places(&some), "2@1.1 3@1.2 8@1.1 4@2.1 5@2.2 9@2.1 6@3.1 7@3.1");
    assert_eq!(run(&["thread", "INBOX", "--from", "nobody"]).ok().stdout, "");
}

#[test]
fn without_thread_the_conversations_are_found_here() {
    let (server, account, url) = server();
    for number in 1..=MAIL.len() {
        account.append("INBOX", mail(number).into_bytes()).unwrap();
    }
    every_way(&|arguments| imap_as_alice(&[&[arguments[0], url.as_str()], &arguments[1..]].concat()));
    assert!(!server.commands().iter().any(|command| command.contains("THREAD")));
    let demo = imap(&["thread", "demo:", "INBOX", "--json"]).ok();
    assert!(demo.json().iter().any(|object| object["depth"] == 1), "{demo:?}");
}

#[test]
fn a_server_with_thread_finds_the_same_conversations() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "threaded");
    for number in 1..=MAIL.len() {
        let date = format!("2026-03-{:02}", MAIL[number - 1].0);
        finish(&mut account.command(&["append", "INBOX", "-", "--date", &date]), mail(number).as_bytes()).ok();
    }
    every_way(&|arguments| account.run(arguments));
    let traced = account.run(&["thread", "INBOX", "-v"]).ok();
    assert!(traced.stderr.contains("UID THREAD REFS US-ASCII ALL"), "{traced:?}");
}

const MAILBOXES: Mailboxes = &[("INBOX", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])];

/// Rows of a FETCH of the messages above.
fn rows(set: &UidSet, items: &str) -> String {
    let row = |uid: u32| {
        let (day, subject, fields) = MAIL[uid as usize - 1];
        let field = |name: &str| fields.split(&format!("{name}: ")).nth(1).and_then(|text| text.split("\r\n").next());
        let answers = field("In-Reply-To").map_or("NIL".to_owned(), |text| format!("\"{text}\""));
        let mut row = format!(
            "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 9 INTERNALDATE \"{day:2}-Mar-2026 12:00:00 +0000\" ENVELOPE \
             (\"{day} Mar 2026 12:00:00 +0000\" \"{subject}\" NIL NIL NIL NIL NIL NIL {answers} \"<{uid}@x>\")"
        );
        if items.contains("REFERENCES") || items.contains("References") {
            let text = fields.find("References").map_or(String::new(), |at| fields.split_at(at).1.to_owned()) + "\r\n";
            row.push_str(&format!(" BODY[HEADER.FIELDS (References)] {{{}}}\r\n{text}", text.len()));
        }
        row + ")\r\n"
    };
    // The peer's `@` is the tag.
    set.iter().map(|uid| row(uid.get())).collect::<String>().replace('@', "@@")
}

/// A server with these messages that answers THREAD so.
fn answers(thread: &'static str) -> Peer {
    Peer::start("THREAD=REFERENCES", MAILBOXES, move |command| match command.name {
        "UID THREAD" => says(thread),
        "UID FETCH" => {
            let (set, items) = command.arguments.split_once(' ').unwrap();
            says(rows(&set.parse().unwrap(), items) + "@ OK x\r\n")
        }
        _ => Answer::Usual,
    })
}

#[test]
fn where_the_server_fails_the_conversations_are_found_here() {
    let too_long: &str = String::leak(format!("* THREAD {}\r\n@ OK x\r\n", "(1)".repeat(1_100_000)));
    for (answer, connections) in [
        ("@ NO cannot read a message\r\n", 1),
        ("@ BAD internal error\r\n", 1),
        ("* THREAD (1 2)(3 x)(4)\r\n@ OK x\r\n", 2),
        (too_long, 2),
    ] {
        let peer = answers(answer);
        let run = peer.run(&["thread", "INBOX", "--json"]).ok();
        let shown = answer.get(..30).unwrap_or(answer);
        assert_eq!(places(&run), "1@1.0 2@1.1 3@1.2 8@1.1 4@2.1 5@2.2 9@2.1 6@3.1 7@3.1 10@4.0", "{shown}");
        assert!(
            run.stderr.contains("\"message\":\"thread: ") && run.stderr.contains("; finding the threads here"),
            "{run:?}"
        );
        assert_eq!(peer.count("EXAMINE"), connections, "{shown}");
    }
}

#[test]
fn a_message_that_is_not_here_keeps_its_place() {
    let row = |uid: usize| {
        format!(
            "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {uid} INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" ENVELOPE (NIL \"S{uid}\" NIL NIL NIL NIL NIL NIL NIL NIL))"
        )
    };
    let rows = [row(1), row(2), row(3)];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let levels: String = (10..50).map(|uid| format!("({uid} ")).collect();
    let deep = format!("* THREAD ((1)(2 9 3))({levels}60{})", ")".repeat(40));
    for (answer, expected) in
        [("* THREAD ((1)(2 9 3))", "…|└ S1|└ S2|  └ …|    └ S3"), ("* THREAD (3)(2 1)", "S3|S2|└ S1")]
    {
        let answers = [("EXAMINE", &["* 3 EXISTS"][..]), ("UID THREAD", &[answer]), ("UID FETCH", &rows)];
        let server = Script::new("THREAD=ORDEREDSUBJECT THREAD=REFERENCES", &answers);
        let shown = server.run(&["thread", "INBOX"]).ok().stdout;
        let subjects: Vec<&str> = shown.lines().map(|line| line.split('\t').nth(3).unwrap()).collect();
        assert_eq!(subjects.join("|"), expected);
        assert!(server.heard().contains("UID THREAD REFERENCES US-ASCII ALL"), "{}", server.heard());
    }
    let answers = [("EXAMINE", &["* 3 EXISTS"][..]), ("UID THREAD", &[&deep]), ("UID FETCH", &rows)];
    let server = Script::new("THREAD=REFERENCES", &answers);
    let objects = server.run(&["thread", "INBOX", "--json"]).ok().json();
    assert_eq!(
        (objects[2]["uid"].as_u64(), objects[2]["depth"].as_u64(), objects[2]["parent"].as_u64()),
        (Some(3), Some(3), Some(9))
    );
    assert!(server.run(&["thread", "INBOX"]).ok().stdout.lines().all(|line| line.len() < 120));
}
