//! `imap serve DIR` and `archive:DIR`: an archive over IMAP answers as the server does from which it is, and follows a backup.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use imaplib_proto::types::{Flag, Uid};
use support::served::{Raw, Serving};
use support::{fill, imap, imap_as_alice, server, start, tree};

/// What answers to each of these must be the same on both servers.
const READING: [&str; 26] = [
    "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)",
    "FETCH 1:* (FLAGS RFC822.SIZE BODY)",
    "FETCH 1:* BODY.PEEK[]",
    "FETCH 1:* (BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[1.1])",
    "FETCH 1:* BODY.PEEK[HEADER.FIELDS (Subject From)]",
    "FETCH 1:3 BODY.PEEK[]<10.100>",
    "FETCH 1:* (RFC822.HEADER)",
    "FETCH * UID",
    "UID FETCH 1:3,7 FLAGS",
    "FETCH 99999 FLAGS",
    "SEARCH ALL",
    "UID SEARCH UNSEEN",
    "UID SEARCH NOT SEEN",
    "SEARCH SUBJECT re",
    "SEARCH FROM example TO demo",
    "SEARCH BODY the",
    "SEARCH TEXT the NOT FLAGGED",
    "SEARCH OR KEYWORD work LARGER 1000",
    "SEARCH SINCE 1-Jan-2024 BEFORE 1-Mar-2024",
    "SEARCH SENTSINCE 1-Jan-2024",
    "SEARCH RETURN (MIN MAX COUNT ALL) SMALLER 5000",
    "UID SEARCH RETURN (ALL) ANSWERED",
    "SEARCH HEADER Message-ID \"\"",
    "SEARCH CHARSET X-NONE ALL",
    "SEARCH FOO",
    "FETCH 1 (FLAGS",
];

#[test]
fn an_archive_answers_as_its_server_does() {
    let server = imaplib_testserver::Server::builder().sample_account().start().unwrap();
    let url = format!("imap+insecure://demo@{}", server.plain_addr());
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    let mut backup = support::command(&["backup", &url, archive]);
    support::finish(backup.env("IMAP_PASSWORD", "demo"), b"").ok();
    let before = tree(folder.path());

    let serving = Serving::start(folder.path(), &[]);
    let mut of_archive = serving.client();
    let mut of_server = Raw::connect(&server.plain_addr().to_string());
    of_server.ask("LOGIN demo demo");
    let names = |said: &str| -> Vec<String> {
        let lines = said.lines().filter(|line| line.starts_with("* LIST"));
        lines.map(|line| line.split(" \"/\" ").nth(1).unwrap().to_owned()).collect()
    };
    let mailboxes = names(&of_server.ask("LIST \"\" *"));
    assert_eq!(names(&of_archive.ask("LIST \"\" *")), mailboxes);
    let mut compared = 0;
    for mailbox in &mailboxes {
        let status = format!("STATUS {mailbox} (MESSAGES UNSEEN UIDNEXT UIDVALIDITY SIZE)");
        let expected = of_server.ask(&status);
        if expected.starts_with("q NO") {
            continue;
        }
        assert_eq!(of_archive.ask(&status), expected);
        assert!(of_archive.ask(&format!("SELECT {mailbox}")).ends_with("q OK [READ-ONLY] SELECT done\r\n"));
        of_server.ask(&format!("EXAMINE {mailbox}"));
        for command in READING {
            let expected = of_server.ask(command).replace("(\\Recent)", "()").replace(" \\Recent)", ")");
            // The archive has the moment of INTERNALDATE, and not its time zone.
            assert_eq!(in_utc(&of_archive.ask(command)), in_utc(&expected), "{mailbox}: {command}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} answers were compared");
    drop((of_archive, serving));
    let after: Vec<String> = tree(folder.path()).into_iter().filter(|file| !file.contains("sqlite-")).collect();
    assert_eq!(after, before, "nothing is written into the archive");

    // The same inside the tool.
    let account = format!("archive:{archive}");
    let inside = |words: &[&str]| {
        let words: Vec<&str> = words.iter().map(|word| if *word == "ACCOUNT" { &account } else { *word }).collect();
        imap(&words).ok().stdout
    };
    let outside = |words: &[&str]| {
        let words: Vec<&str> = words.iter().map(|word| if *word == "ACCOUNT" { "demo:" } else { *word }).collect();
        imap(&words).ok().stdout
    };
    for words in [
        ["search", "ACCOUNT", "INBOX", "--unread"].as_slice(),
        &["search", "ACCOUNT", "INBOX", "--text", "the"],
        &["sort", "ACCOUNT", "INBOX", "subject", "--limit", "10"],
        &["thread", "ACCOUNT", "INBOX"],
        &["show", "ACCOUNT", "INBOX", "1"],
    ] {
        assert_eq!(inside(words), outside(words), "{words:?}");
    }
    let folders = inside(&["folders", "ACCOUNT", "--json"]);
    assert_eq!(folders.lines().count(), mailboxes.len());
    let refused = imap(&["flag", &account, "INBOX", "1", "+Flagged"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert_eq!(imap(&["verify", archive]).code, 0);
}

/// The text with the dates in quotes as moments.
fn in_utc(text: &str) -> String {
    let pieces = text.split('"').map(|piece| match piece.parse::<imaplib_proto::types::DateTime>() {
        Ok(date) if piece.len() == 26 => date.unix_timestamp().to_string(),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("\"")
}

#[test]
fn curl_and_python_read_it() {
    let (server, account, url) = server();
    fill(&account, "INBOX", 0..5);
    let folder = tempfile::tempdir().unwrap();
    imap_as_alice(&["backup", &url, folder.path().to_str().unwrap()]).ok();
    drop(server);
    let serving = Serving::start(folder.path(), &[]);
    let script = "import imaplib, sys\n\
        host, port = sys.argv[1].rsplit(':', 1)\n\
        c = imaplib.IMAP4(host, int(port)); c.login('archive', sys.argv[2])\n\
        print(c.select('INBOX', readonly=True)[1][0].decode())\n\
        print(c.uid('search', 'ALL')[1][0].decode())\n\
        print(len(c.fetch('1:*', '(UID BODY.PEEK[])')[1]) // 2)\n\
        print(c.store('1', '+FLAGS', '(\\\\Seen)')[0])\n\
        try:\n    c.select('INBOX')\n\
        except c.readonly:\n    print('READ-ONLY')\n\
        c.logout()\n";
    let python = Command::new("python3").args(["-c", script, &serving.address, &serving.password]).output().unwrap();
    let said = String::from_utf8_lossy(&python.stdout).into_owned();
    assert!(said.starts_with("5\n1 2 3 4 5\n5\n"), "{said} {}", String::from_utf8_lossy(&python.stderr));
    assert!(said.ends_with("NO\nREAD-ONLY\n"), "{said} {}", String::from_utf8_lossy(&python.stderr));

    let user = format!("archive:{}", serving.password);
    let curl = |path: &str| {
        let url = format!("imap://{}/{path}", serving.address);
        let run = Command::new("curl").args(["-s", "--user", &user, &url]).output();
        run.ok().map(|run| run.stdout)
    };
    match curl("INBOX;UID=3") {
        Some(text) => {
            let files = tree(folder.path());
            let file = files.iter().find(|file| file.contains("U3.imap,")).unwrap();
            assert_eq!(text, fs::read(folder.path().join(file)).unwrap());
            assert!(String::from_utf8_lossy(&curl("").unwrap()).contains("* LIST (\\HasNoChildren) \"/\" INBOX"));
        }
        None if std::env::var_os("CI").is_some() => panic!("curl is missing"),
        None => eprintln!("curl is not installed: skipped"),
    }
}

#[test]
fn a_backup_runs_meanwhile_and_is_followed() {
    let (server, account, url) = start(imaplib_testserver::Server::builder());
    fill(&account, "INBOX", 0..4);
    account.create("Old").unwrap();
    fill(&account, "Old", 4..6);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    let serving = Serving::start(folder.path(), &["--gone"]);
    let mut client = serving.client();
    assert!(client.ask("SELECT INBOX").contains("* 4 EXISTS"));
    client.send(b"i IDLE\r\n");
    assert!(client.line().starts_with("+ "));

    account.set_flags("INBOX", Uid::new(2).unwrap(), [Flag::Seen, Flag::Flagged]).unwrap();
    account.expunge("INBOX", Uid::new(1).unwrap()).unwrap();
    account.delete("Old").unwrap();
    fill(&account, "INBOX", 6..8);
    imap_as_alice(&["backup", &url, archive]).ok();
    drop(server);
    let (mut said, end) = (String::new(), Instant::now() + Duration::from_secs(20));
    while !said.contains("EXISTS") && Instant::now() < end {
        said.push_str(&client.line());
    }
    for expected in ["* 1 EXPUNGE", "* 1 FETCH (FLAGS (", "* 5 EXISTS"] {
        assert!(said.contains(expected), "{said}");
    }
    client.send(b"DONE\r\n");
    while !client.line().starts_with("i OK") {}
    let said = client.ask("UID FETCH 1:* (FLAGS BODY.PEEK[])");
    assert!(said.contains("UID 6 ") && said.contains("\\Seen") && said.ends_with("q OK FETCH done\r\n"), "{said}");
    // What the server has no more.
    let said = client.ask("LIST \"\" *");
    assert!(said.contains("Gone/INBOX\r\n") && said.contains("Gone/Old\r\n") && !said.contains("\"/\" Old"), "{said}");
    assert!(client.ask("SELECT Gone/Old").contains("* 2 EXISTS"));
    assert!(client.ask("SELECT Gone/INBOX").contains("* 1 EXISTS"));
    assert!(client.ask("FETCH 1 BODY.PEEK[]").ends_with("q OK FETCH done\r\n"));

    // UIDs and UIDVALIDITY are the same the next time.
    let validity = |client: &mut Raw| -> Vec<String> {
        let said =
            ["INBOX", "Gone/Old"].map(|name| client.ask(&format!("STATUS {name} (UIDVALIDITY UIDNEXT MESSAGES)")));
        said.to_vec()
    };
    let before = validity(&mut client);
    drop((client, serving));
    let again = Serving::start(folder.path(), &["--gone"]);
    assert_eq!(validity(&mut again.client()), before);
    // Nothing of it hinders the next backup.
    assert_eq!(imap(&["verify", archive]).code, 0);
}

#[test]
fn one_bad_file_costs_its_message() {
    let (server, account, url) = server();
    fill(&account, "INBOX", 0..4);
    let folder = tempfile::tempdir().unwrap();
    imap_as_alice(&["backup", &url, folder.path().to_str().unwrap()]).ok();
    drop(server);
    let files = tree(folder.path());
    let file = |mark: &str| folder.path().join(files.iter().find(|file| file.contains(mark)).unwrap());
    fs::remove_file(file("U2.imap,")).unwrap();
    fs::write(file("U3.imap,"), "cut").unwrap();
    // Another program changed the flags in a name.
    fs::rename(file("U4.imap,"), file("U4.imap,").to_string_lossy().replace(":2,", ":2,F")).unwrap();
    let serving = Serving::start(folder.path(), &[]);
    let mut client = serving.client();
    client.ask("SELECT INBOX");
    let said = client.ask("UID FETCH 1:* BODY.PEEK[]");
    assert!(said.ends_with("q NO [CORRUPTION] 2 messages cannot be read\r\n"), "{said}");
    assert!(said.contains("(UID 1 ") && said.contains("(UID 4 ") && !said.contains("(UID 2 "), "{said}");
}

#[test]
fn it_listens_on_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    let refused = imap(&["serve", archive, "--listen", "0.0.0.0:0"]);
    assert!(refused.code == 2 && refused.stderr.contains("ssh -L"), "{refused:?}");
    let refused = imap(&["serve", archive, "--listen", "127.0.0.1:0"]);
    assert!(refused.code == 66 && refused.stderr.contains("holds no archive"), "{refused:?}");
}
