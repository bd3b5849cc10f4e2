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
fn what_is_to_be_done_about_a_refusal_is_said_by_its_code() {
    for (code, exit, hint) in [
        ("OVERQUOTA", 69, "make room on the server"),
        ("TRYCREATE", 69, "`imap folders` lists those that do"),
        ("INUSE", 75, "try again later"),
        ("LIMIT", 75, "close other connections"),
        ("CONTACTADMIN", 69, "contact its administrator"),
        ("EXPIRED", 69, "change it"),
    ] {
        let words: &'static str = format!("NO [{code}] denied").leak();
        let run = refuses("UID COPY", words).run(&["copy", "INBOX", "1", "Sent"]);
        assert_eq!(run.code, exit, "{code}: {run:?}");
        assert!(run.stderr.contains(hint), "{code}: {run:?}");
    }
}

#[test]
fn a_connection_that_is_lost_is_no_refusal() {
    let peer = Peer::start("NAMESPACE", &[("INBOX", &[1])], |asked| {
        if asked.name == "NAMESPACE" { Answer::Ends(String::new()) } else { Answer::Usual }
    });
    let run = peer.run(&["check"]);
    assert_eq!(run.code, 75, "{run:?}");
    assert!(run.stdout.contains("After login:") && run.stderr.contains("closed the connection"), "{run:?}");
    let peer = Peer::start("NAMESPACE", &[("INBOX", &[1])], |asked| {
        if asked.name == "NAMESPACE" { says("@ NO denied\r\n") } else { Answer::Usual }
    });
    let run = peer.run(&["check"]);
    assert!(run.code == 1 && run.stderr.contains("denied"), "{run:?}");
}

#[test]
fn an_account_without_a_mailbox_is_no_wrong_password() {
    let run = refuses("LIST", "BAD User is authenticated but not connected.").run(&["folders"]);
    assert_eq!(run.code, 69, "{run:?}");
    assert!(run.stderr.contains("no mailbox") && !run.stderr.contains("password"), "{run:?}");
}

/// What the server answers to LOGIN, and what the tool makes of it: the exit code, and words of its hint.
const WORDS: [(&str, i32, &str); 20] = [
    ("@ NO [ALERT] Too many simultaneous connections. (Failure)", 75, "close other mail programs"),
    ("@ NO TOO MANY OPEN CONNECTIONS", 75, "close other mail programs"),
    ("@ NO [AUTHENTICATIONFAILED] too many connections", 75, "close other mail programs"),
    ("@ NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded", 75, "close other mail programs"),
    ("@ NO Maximum number of connections from user+IP exceeded", 75, "close other mail programs"),
    ("@ BAD Too many sessions", 75, "close other mail programs"),
    ("* BYE Too many connections from your IP address", 75, "close other mail programs"),
    ("* BYE Too many connections\r\n@ NO LOGIN failed", 75, "close other mail programs"),
    ("* NO [ALERT] Too many simultaneous connections.\r\n@ NO LOGIN failed", 75, "close other mail programs"),
    ("* OK [ALERT] Too many simultaneous connections.\r\n@ NO LOGIN failed", 75, "close other mail programs"),
    ("@ NO [LIMIT] LOGIN Rate limit hit.", 75, "wait some minutes"),
    ("@ NO Too many failed login attempts", 75, "wait some minutes"),
    ("@ NO [OVERQUOTA] Account exceeded command or bandwidth limits.", 75, "wait some minutes"),
    ("@ BAD Request is throttled. Suggested Backoff Time: 7000 milliseconds", 75, "in 7 seconds"),
    (
        "@ NO [WEBALERT https://example.org/x] Web login required.",
        77,
        "web browser, then try again: https://example.org/x",
    ),
    (
        "* NO [WEBALERT https://example.org/w] Web login required.\r\n@ NO [ALERT] Please log in: https://example.org/help",
        77,
        "web browser, then try again: https://example.org/w",
    ),
    (
        "@ NO [ALERT] Application-specific password required: https://example.org/x (Failure)",
        77,
        "app password in the account's settings: https://example.org/x",
    ),
    ("@ NO [ALERT] Your account is not enabled for IMAP use.", 77, "allow IMAP in the account's settings"),
    ("@ NO [AUTHENTICATIONFAILED] Invalid credentials", 77, "check the user name and the password"),
    ("@ NO Login fail. More at https://example.org/help.", 77, "the server names https://example.org/help\n"),
];

#[test]
fn what_a_server_says_in_words_is_understood() {
    for (answer, code, hint) in WORDS {
        let peer = Peer::start("", &[("INBOX", &[])], move |asked| match asked.name {
            "LOGIN" if answer.starts_with("* BYE") => Answer::Ends(format!("{answer}\r\n")),
            "LOGIN" => says(format!("{answer}\r\n")),
            _ => Answer::Usual,
        });
        let run = peer.run(&["folders"]);
        assert_eq!(run.code, code, "{answer}: {run:?}");
        assert!(run.stderr.contains(hint), "{answer}: {run:?}");
        assert!(code == 77 || !run.stderr.contains("password"), "{answer}: {run:?}");
        assert_eq!(peer.count("LOGIN"), 1, "{answer}");
    }
}

#[test]
fn a_greeting_that_turns_away_says_what_helps() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("imap+insecure://alice@{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write as _;
        listener.incoming().for_each(|stream| drop(stream.unwrap().write_all(b"* BYE Too many connections\r\n")));
    });
    let run = support::imap_as_alice(&["folders", &url]);
    assert!(run.code == 75 && run.stderr.contains("close other mail programs"), "{run:?}");
}

#[test]
fn a_mechanism_that_meets_too_many_connections_is_the_last_one() {
    let peer = Peer::start("AUTH=CRAM-MD5 AUTH=PLAIN SASL-IR", &[("INBOX", &[])], |asked| match asked.name {
        "AUTHENTICATE" | "LOGIN" => says("@ NO too many connections\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders"]);
    assert_eq!((run.code, peer.count("AUTHENTICATE") + peer.count("LOGIN")), (75, 1), "{run:?}");
}

#[test]
fn a_watch_waits_for_a_connection_to_become_free() {
    for answer in ["@ NO [ALERT] Too many simultaneous connections. (Failure)", "@ NO [UNAVAILABLE] later"] {
        // At the beginning, and after the connection was lost.
        let peer = Peer::start("IDLE", &[("INBOX", &[1])], move |asked| match asked.name {
            "LOGIN" if [0, 2].contains(&asked.connection) => says(format!("{answer}\r\n")),
            "IDLE" if asked.connection == 1 => Answer::Ends("+ idling\r\n".to_owned()),
            "IDLE" => says("+ idling\r\n* OK [ALERT] still here\r\n"),
            _ => Answer::Usual,
        });
        let run = peer.run(&["watch", "--json", "--count", "1", "--for", "60"]).ok();
        let events: Vec<String> =
            run.json().iter().map(|object| object["event"].as_str().unwrap().to_owned()).collect();
        assert_eq!(events, ["lost", "watching", "lost", "lost", "watching", "alert"], "{run:?}");
    }
    // A password that is wrong from the beginning is told at once.
    let peer = refuses("LOGIN", "NO [AUTHENTICATIONFAILED] wrong");
    assert_eq!(peer.run(&["watch", "--for", "60"]).code, 77);
}

#[test]
fn a_server_that_asks_for_no_login_needs_no_password() {
    let server = support::script::Script::new("IMAP4rev1", &[("EXAMINE", &["* 0 EXISTS", "* OK [UIDVALIDITY 1] x"])]);
    let folder = tempfile::tempdir().unwrap();
    server.run(&["backup", folder.path().join("mail").to_str().unwrap()]).ok();
    server.run(&["watch", "INBOX", "--for", "1"]).ok();
}

#[test]
fn a_watch_that_never_began_ends_as_what_went_wrong() {
    for (answer, code) in
        [("@ NO [ALERT] Too many simultaneous connections. (Failure)", 75), ("@ NO [UNAVAILABLE] later", 75)]
    {
        let run = refuses("LOGIN", answer.trim_start_matches("@ ")).run(&["watch", "--json", "--for", "2"]);
        assert_eq!(run.code, code, "{run:?}");
    }
    // A refusal that comes when the time is over, and one that never comes.
    for (delay, code) in [(2, 77), (30, 75)] {
        let peer = Peer::start("IDLE", &[("INBOX", &[1])], move |asked| {
            if asked.name == "LOGIN" {
                std::thread::sleep(std::time::Duration::from_secs(delay));
                return says("@ NO [AUTHENTICATIONFAILED] wrong\r\n");
            }
            Answer::Usual
        });
        let run = peer.run(&["watch", "--for", "1"]);
        assert_eq!(run.code, code, "{run:?}");
        assert!(!run.stderr.is_empty(), "{run:?}");
    }
}

#[test]
fn a_token_that_is_refused_is_called_one() {
    let peer = Peer::start("AUTH=XOAUTH2 SASL-IR", &[("INBOX", &[])], |asked| match asked.name {
        "AUTHENTICATE" => says("@ NO [AUTHENTICATIONFAILED] invalid\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders", "--token-command", "echo stale"]);
    assert_eq!(run.code, 77, "{run:?}");
    assert!(run.stderr.contains("access token") && !run.stderr.contains("password"), "{run:?}");
    // Another token would not help.
    for code in ["CONTACTADMIN", "PRIVACYREQUIRED"] {
        let words: &'static str = format!("@ NO [{code}] denied\r\n").leak();
        let peer = Peer::start("AUTH=XOAUTH2 SASL-IR", &[("INBOX", &[1])], move |asked| {
            if asked.name == "AUTHENTICATE" { says(words.to_owned()) } else { Answer::Usual }
        });
        let run = peer.run(&["folders", "--token-command", "echo stale"]);
        assert!(run.code == 77 && run.stderr.contains("denied"), "{run:?}");
        assert!(!run.stderr.contains("access token"), "{run:?}");
    }
}

#[test]
fn flags_of_a_watch_are_told_as_they_are() {
    let peer = Peer::start("IDLE", &[("INBOX", &[1])], |asked| match asked.name {
        "IDLE" => says("+ idling\r\n* 1 FETCH (FLAGS (a-sekret99))\r\n"),
        _ => Answer::Usual,
    });
    let mut command = peer.command(&["watch", "--json", "--count", "1", "--for", "30"]);
    let run = support::finish(command.env("IMAP_PASSWORD", "sekret99"), b"").ok();
    assert_eq!(run.json().remove(1)["flags"][0], "a-sekret99", "{run:?}");
}

#[test]
fn a_mechanism_that_may_not_be_set_up_is_named_with_what_helps() {
    let peer = Peer::start("AUTH=SCRAM-SHA-256 AUTH=PLAIN", &[("INBOX", &[])], |asked| match asked.name {
        "AUTHENTICATE" => says("@ NO AUTHENTICATE failed\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders"]);
    assert_eq!(run.code, 77, "{run:?}");
    assert!(run.stderr.contains("SCRAM-SHA-256") && run.stderr.contains("--auth login"), "{run:?}");
    // The password was not shown to whoever can read the connection.
    assert_eq!((peer.count("AUTHENTICATE"), peer.count("LOGIN")), (1, 0));
}

/// mailutils offers SCRAM, and refuses everybody by it.
#[test]
#[cfg(unix)]
fn a_server_that_offers_what_it_is_not_set_up_for_lets_users_in_where_it_is_safe() {
    let Some(server) = realservers::mailutils(&["anna"]).unwrap() else { return };
    let log_in = |address: String, extra: &[&str]| {
        let arguments: Vec<&str> = ["folders", &address].iter().chain(extra).copied().collect();
        support::finish(support::command(&arguments).env("IMAP_PASSWORD", realservers::Server::PASSWORD), b"")
    };
    let authority = server.certificates().ca();
    let trusted = ["--ca-file", authority.to_str().unwrap()];
    for address in
        [format!("imaps://anna@localhost:{}", server.tls_port), format!("imap://anna@localhost:{}", server.port)]
    {
        log_in(address, &trusted).ok();
    }
    let clear = format!("imap+insecure://anna@localhost:{}", server.port);
    let run = log_in(clear.clone(), &[]);
    assert!(run.code == 77 && run.stderr.contains("--auth login"), "{run:?}");
    log_in(clear, &["--auth", "login"]).ok();
}
