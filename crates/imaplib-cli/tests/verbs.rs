//! Every verb against `demo:` and against a server that can be looked into.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::Server;
use support::{PASSWORD, command, imap, imap_as_alice, imap_with_input, message, server, start};

#[test]
fn check_tells_what_the_server_is() {
    let run = imap(&["check", "demo:"]).ok();
    for word in ["IMAP4rev1", "Round trip", "prefix"] {
        assert!(run.stdout.contains(word), "{run:?}");
    }
    let facts = imap(&["check", "demo:", "--json"]).ok().json().remove(0);
    assert!(facts["capabilities"].as_array().unwrap().iter().any(|name| name == "IDLE"), "{facts}");
    assert!(facts["round_trip_ms"].is_number());
}

#[test]
fn check_over_tls_shows_the_fingerprint_that_pin_takes() {
    let server = Server::builder().sample_account().start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (ca, password) = (dir.path().join("ca.pem"), dir.path().join("password"));
    fs::write(&ca, server.ca_pem()).unwrap();
    fs::write(&password, "demo\n").unwrap();
    let (ca, password) = (ca.to_str().unwrap(), password.to_str().unwrap());
    for url in [
        format!("imaps://demo@localhost:{}", server.tls_addr().port()),
        format!("imap://demo@localhost:{}", server.plain_addr().port()),
    ] {
        let refused = imap(&["check", &url, "--password-file", password]);
        assert_eq!(refused.code, 69, "{refused:?}");
        let facts =
            imap(&["check", &url, "--ca-file", ca, "--password-file", password, "--json"]).ok().json().remove(0);
        let fingerprint = facts["tls"]["fingerprint"].as_str().unwrap().to_owned();
        imap(&["check", &url, "--pin", &fingerprint, "--password-file", password]).ok();
        let wrong = imap(&["check", &url, "--pin", &"00".repeat(32), "--password-file", password]);
        assert_eq!(wrong.code, 69, "{wrong:?}");
    }
}

#[test]
fn folders_lists_names_uses_and_figures() {
    let run = imap(&["folders", "demo:"]).ok();
    assert!(run.stdout.lines().any(|line| line.starts_with("Entwürfe\t") && line.contains("\\Drafts")), "{run:?}");
    let objects = imap(&["folders", "demo:", "Archive*", "--status", "--json"]).ok().json();
    assert_eq!(objects.len(), 5, "{objects:?}");
    assert!(objects.iter().any(|object| object["mailbox"] == "Archive/2021" && object["messages"].as_u64() > Some(0)));
    assert_eq!(imap(&["folders", "demo:", "Xyzzy"]).code, 69);
}

#[test]
fn search_finds_by_keys_and_by_options() {
    let all = imap(&["search", "demo:", "INBOX", "--uids"]).ok();
    let unread = imap(&["search", "demo:", "INBOX", "--unread", "--uids"]).ok();
    assert!(unread.stdout.lines().count() > 0 && unread.stdout.lines().count() < all.stdout.lines().count());
    assert_eq!(imap(&["search", "demo:", "INBOX", "UNSEEN", "--uids"]).ok().stdout, unread.stdout);
    let rows = imap(&["search", "demo:", "INBOX", "--flagged", "--json"]).ok().json();
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(row["flags"].as_array().unwrap().iter().any(|flag| flag == "\\Flagged"), "{row}");
        assert!(row["uid"].is_number() && row["size"].is_number(), "{row}");
    }
    let table = imap(&["search", "demo:", "INBOX", "--flagged"]).ok();
    assert_eq!(table.stdout.lines().count(), rows.len());
    assert_eq!(table.stdout.lines().next().unwrap().split('\t').count(), 6);
    assert_eq!(imap(&["search", "demo:", "INBOX", "--limit", "2", "--uids"]).ok().stdout.lines().count(), 2);
    assert_eq!(imap(&["search", "demo:", "INBOX", "--larger", "1T"]).ok().stdout, "");
}

#[test]
fn slips_are_told_with_what_was_meant() {
    let run = imap(&["search", "demo:", "Archvie"]);
    assert_eq!(run.code, 69, "{run:?}");
    assert!(run.stderr.contains("\"Archvie\"") && run.stderr.contains("Archive"), "{run:?}");
    let run = imap(&["search", "demo:", "IN\rBOX"]);
    assert!(run.code == 69 && run.stderr.contains("similar names: INBOX"), "{run:?}");
    for (args, word) in [
        (&["search", "demo:", "INBOX", "--since", "soon"][..], "--since"),
        (&["search", "demo:", "INBOX", "--larger", "huge"], "--larger"),
        (&["search", "demo:", "INBOX", "--larger", "-5"], "5000, 100k"),
        (&["search", "demo:", "INBOX", "XYZZY"], "XYZZY"),
        (&["show", "demo:", "INBOX", "zero"], "UID"),
        (&["get", "demo:", "INBOX", "1;2"], "UID"),
        (&["flag", "demo:", "INBOX", "1", "Seen"], "+Seen"),
        (&["flag", "demo:", "INBOX", "1"], "+Seen"),
        (&["nonsense"], "nonsense"),
        (&["get", "demo:", "INBOX", "1:5"], "-o"),
        (&["search", "demo:", ""], "mailbox"),
    ] {
        let run = imap(args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
}

#[test]
fn show_is_readable() {
    let uid = imap(&["search", "demo:", "📧 Newsletters", "--limit", "1", "--uids"]).ok().stdout;
    let run = imap(&["show", "demo:", "📧 Newsletters", uid.trim()]).ok();
    assert!(run.stdout.contains("Subject: The Slow Letter №"), "{run:?}");
    assert!(run.stdout.contains("THE SLOW LETTER"), "{run:?}");
    let object = imap(&["show", "demo:", "📧 Newsletters", uid.trim(), "--json"]).ok().json().remove(0);
    assert!(object["text"].as_str().unwrap().contains("THE SLOW LETTER"), "{object}");
    let none = imap(&["show", "demo:", "INBOX", "4000000"]);
    assert_eq!(none.code, 69, "{none:?}");
    assert!(none.stderr.contains("4000000"), "{none:?}");
}

#[test]
fn get_gives_the_bytes_and_never_overwrites() {
    let (_server, account, url) = server();
    for number in 1..4 {
        account.append("INBOX", message(number)).unwrap();
    }
    let one = imap_as_alice(&["get", &url, "INBOX", "2"]).ok();
    assert_eq!(one.stdout.as_bytes(), message(2));
    let headers = imap_as_alice(&["get", &url, "INBOX", "2", "--headers"]).ok();
    assert!(headers.stdout.ends_with("\r\n\r\n") && !headers.stdout.contains("number"), "{headers:?}");
    let part = imap_as_alice(&["get", &url, "INBOX", "2", "--part", "1"]).ok();
    assert_eq!(part.stdout, "This is number 2.\r\n");
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mail");
    for _ in 0..2 {
        imap_as_alice(&["get", &url, "INBOX", "1:*", "-o", folder.to_str().unwrap()]).ok();
    }
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["1-1.eml", "1.eml", "2-1.eml", "2.eml", "3-1.eml", "3.eml"]);
    assert_eq!(fs::read(folder.join("3-1.eml")).unwrap(), message(3));
    let partly = imap_as_alice(&["get", &url, "INBOX", "2,77", "-o", folder.to_str().unwrap()]);
    assert_eq!(partly.code, 1, "{partly:?}");
    assert!(partly.stderr.contains("77"), "{partly:?}");
}

#[test]
fn attachments_are_decoded_and_stay_in_their_folder() {
    let (_server, account, url) = server();
    let mail = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
        --b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=\"../../evil.pdf\"\r\n\r\nJVBERi0xLjQ=\r\n\
        --b\r\nContent-Type: text/csv; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        Content-Disposition: attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.csv\r\n\r\na;=C3=BC\r\n--b--\r\n";
    account.append("INBOX", mail.to_vec()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/b");
    imap_as_alice(&["get", &url, "INBOX", "1", "--attachments", "-o", folder.to_str().unwrap()]).ok();
    assert_eq!(fs::read(folder.join("evil.pdf")).unwrap(), b"%PDF-1.4");
    assert_eq!(fs::read_to_string(folder.join("größe.csv")).unwrap().trim_end(), "a;ü");
    assert!(!dir.path().join("evil.pdf").exists());
}

#[test]
fn append_flag_copy_move_and_delete() {
    let (_server, account, url) = start(Server::builder());
    account.create("Other").unwrap();
    account.create("Bin").unwrap();
    account.set_special_use("Bin", &["\\Trash"]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.eml");
    fs::write(&file, "Subject: from a file\n\nhello\n").unwrap();
    let run = imap_as_alice(&[
        "append",
        &url,
        "INBOX",
        file.to_str().unwrap(),
        "--flag",
        "seen",
        "--flag",
        "work",
        "--date",
        "2026-03-14T09:26:53Z",
        "--json",
    ])
    .ok();
    assert_eq!(run.json()[0]["uid"], 1, "{run:?}");
    let stored = account.messages("INBOX").unwrap().remove(0);
    assert_eq!(stored.content.prefix(1000), "Subject: from a file\r\n\r\nhello\r\n");
    assert_eq!((stored.date.unix_timestamp(), stored.flags.to_string()), (1_773_480_413, "\\Seen work".to_owned()));
    let piped =
        support::finish(command(&["append", &url, "INBOX", "-"]).env("IMAP_PASSWORD", PASSWORD), &message(2)).ok();
    assert_eq!(piped.stdout, "2\n");

    imap_as_alice(&["flag", &url, "INBOX", "1:2", "+Flagged", "-Seen", "+$Junk", "-work"]).ok();
    for message in account.messages("INBOX").unwrap() {
        assert_eq!(message.flags.to_string(), "\\Flagged $Junk");
    }
    let copied = imap_as_alice(&["copy", &url, "INBOX", "1", "Other", "--json"]).ok();
    assert_eq!(copied.json()[0]["new_uids"], serde_json::json!([[1, 1]]), "{copied:?}");
    imap_as_alice(&["move", &url, "INBOX", "1", "Other"]).ok();
    assert_eq!((account.messages("INBOX").unwrap().len(), account.messages("Other").unwrap().len()), (1, 2));
    imap_as_alice(&["delete", &url, "Other", "1"]).ok();
    assert_eq!((account.messages("Other").unwrap().len(), account.messages("Bin").unwrap().len()), (1, 1));
    account.set_flags("Other", Uid::new(2).unwrap(), [Flag::Seen]).unwrap();
    imap_as_alice(&["delete", &url, "Other", "2", "--expunge"]).ok();
    assert!(account.messages("Other").unwrap().is_empty());
    assert_eq!(imap_as_alice(&["delete", &url, "Bin", "1"]).code, 2);
    let missing = imap_as_alice(&["move", &url, "INBOX", "2", "Othr"]);
    assert_eq!(missing.code, 69);
    assert!(missing.stderr.contains("Other"), "{missing:?}");
    assert_eq!(imap_as_alice(&["copy", &url, "INBOX", "99", "Other"]).code, 69);
}

#[test]
fn watch_tells_changes_and_runs_programs_without_a_shell() {
    let (_server, account, url) = server();
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("hook");
    let log = dir.path().join("log");
    fs::write(
        &script,
        format!(
            "#!/bin/sh\necho \"$IMAP_EVENT $IMAP_MAILBOX $IMAP_COUNT $# $1 $2 [$IMAP_PASSWORD]\" >> {}\n",
            log.display()
        ),
    )
    .unwrap();
    let exec = format!("sh {} '$(touch pwned)'", script.display());
    let mut child = command(&["watch", &url, "inbox", "--json", "--count", "1", "--exec", &exec])
        .env("IMAP_PASSWORD", PASSWORD)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("\"watching\""), "{first}");
    account.append("INBOX", message(1)).unwrap();
    let change: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (change["event"].as_str(), change["mailbox"].as_str(), change["count"].as_u64()),
        (Some("new"), Some("INBOX"), Some(1))
    );
    assert!(child.wait().unwrap().success());
    let log = fs::read_to_string(log).unwrap();
    assert!(log.lines().any(|line| line == "new INBOX 1 3 $(touch pwned) new []"), "{log}");
}

#[test]
fn watch_ends_when_its_time_is_over() {
    imap(&["watch", "demo:", "INBOX", "Sent", "--for", "1"]).ok();
    assert_eq!(imap(&["watch", "demo:", "Xyzzy", "--for", "20"]).code, 69);
}

#[test]
fn raw_talks_by_hand() {
    let run = imap_with_input(&["raw", "demo:"], b"NOOP\nselect Archive\n\nXYZZY\nquit\n");
    assert_eq!(run.code, 1, "{run:?}");
    let literal = imap_with_input(&["raw", "demo:"], b"APPEND INBOX {5}\n");
    assert_eq!(literal.code, 1, "{literal:?}");
    assert!(literal.stderr.contains("imap append"), "{literal:?}");
    for refused in [&b"SELECT Xyzzy\n"[..], b"LOGIN a b\n", b"IDLE\n"] {
        assert_eq!(imap_with_input(&["raw", "demo:"], refused).code, 1);
    }
    assert!(run.stdout.contains("EXISTS"), "{run:?}");
    assert!(run.stdout.contains("BAD"), "{run:?}");
    let end_of_input = imap_with_input(&["raw", "demo:"], b"CAPABILITY").ok();
    assert!(end_of_input.stdout.contains("IMAP4rev1"), "{end_of_input:?}");
}

#[test]
fn help_completions_and_manual() {
    let friendly = imap(&[]).ok();
    assert!(friendly.stdout.contains("demo:") && friendly.stdout.contains("backup"), "{friendly:?}");
    for verb in [
        "check",
        "folders",
        "search",
        "sort",
        "thread",
        "show",
        "get",
        "append",
        "flag",
        "copy",
        "move",
        "delete",
        "create",
        "rename",
        "remove-mailbox",
        "subscribe",
        "unsubscribe",
        "acl",
        "quota",
        "watch",
        "backup",
        "restore",
        "verify",
        "archive",
        "raw",
        "parse",
    ] {
        let help = imap(&["help", verb]).ok();
        assert!(help.stdout.contains("Usage: imap "), "{help:?}");
        assert!(!help.stdout.contains("password <"), "{help:?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = imap(&["completions", shell]).ok().stdout;
        assert!(script.contains("backup") && script.contains("remove-mailbox"));
    }
    assert!(imap(&["man"]).ok().stdout.contains(".TH"));
    assert!(imap(&["man", "remove-mailbox"]).ok().stdout.contains("messages"));
    assert!(imap(&["man", "backup"]).ok().stdout.contains("Maildir"));
    assert!(imap(&["--version"]).ok().stdout.starts_with("imap "));
}

#[test]
fn watch_tells_what_arrived_while_the_connection_was_lost() {
    let (server, account, url) = server();
    account.append("INBOX", message(1)).unwrap();
    let mut child = command(&["watch", &url, "--json", "--count", "2"])
        .env("IMAP_PASSWORD", PASSWORD)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["event"], "watching");
    server.disconnect_all();
    assert_eq!(next()["event"], "lost");
    account.append("INBOX", message(2)).unwrap();
    account.append("INBOX", message(3)).unwrap();
    assert_eq!(next()["event"], "watching");
    for uid in [2, 3] {
        let change = next();
        assert_eq!((change["event"].as_str(), change["uid"].as_u64()), (Some("new"), Some(uid)), "{change}");
    }
    assert!(child.wait().unwrap().success());
}
