//! The tool on a real server: every verb over every way to reach it, and the archive against the server's own files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod support;

use std::collections::BTreeMap;
use std::fs::{self, FileTimes};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use realservers::{Dovecot, Setup};
use support::real::Account;
use support::{finish, message};
use tempfile::TempDir;

/// A folder that the user who serves mail can enter.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn every_verb(account: &Account) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for number in 1..=3 {
        fs::write(path(&format!("{number}.eml")), message(number)).unwrap();
    }
    account.run(&["append", "INBOX", &path("1.eml"), &path("2.eml"), &path("3.eml"), "--flag", "\\Flagged"]).ok();
    finish(&mut account.command(&["append", "INBOX", "-"]), &message(4)).ok();

    let check = account.run(&["check", "--json"]).ok().json();
    assert!(check[0].to_string().contains("IMAP4rev1"), "{check:?}");
    let folders = account.run(&["folders", "--status", "--json"]).ok().json();
    let inbox = folders.iter().find(|folder| folder["mailbox"] == "INBOX").unwrap();
    assert_eq!(inbox["messages"], 4, "{inbox}");

    let found = account.run(&["search", "INBOX", "--subject", "Message 2", "--uids"]).ok();
    assert_eq!(found.stdout.trim(), "2");
    let found = account.run(&["search", "INBOX", "FLAGGED", "--json"]).ok().json();
    assert_eq!(found.len(), 3);
    assert!(account.run(&["show", "INBOX", "3"]).ok().stdout.contains("This is number 3."));
    assert_eq!(account.run(&["get", "INBOX", "1"]).ok().stdout.as_bytes(), message(1));
    account.run(&["get", "INBOX", "1:4", "-o", &path("got")]).ok();
    assert_eq!(fs::read_dir(path("got")).unwrap().count(), 4);

    account.run(&["flag", "INBOX", "1:2", "+\\Seen", "-\\Flagged", "+$Work"]).ok();
    assert_eq!(account.run(&["search", "INBOX", "KEYWORD", "$Work", "SEEN", "--uids"]).ok().stdout.trim(), "1\n2");
    account.run(&["copy", "INBOX", "1", "Sent"]).ok();
    account.run(&["move", "INBOX", "2", "Sent"]).ok();
    account.run(&["delete", "INBOX", "3"]).ok();
    account.run(&["delete", "INBOX", "4", "--expunge"]).ok();
    assert_eq!(account.run(&["search", "INBOX", "ALL", "--uids"]).ok().stdout.trim(), "1");
    assert_eq!(account.run(&["search", "Trash", "ALL", "--json"]).ok().json().len(), 1);
    assert_eq!(account.run(&["search", "Sent", "ALL", "--json"]).ok().json().len(), 2);

    // Changes come while one waits for them.
    let mut watching = account
        .command(&["watch", "INBOX", "--count", "1", "--for", "20", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    account.run(&["append", "INBOX", &path("1.eml")]).ok();
    assert!(watching.wait().unwrap().success());
    let mut told = String::new();
    std::io::Read::read_to_string(&mut watching.stdout.take().unwrap(), &mut told).unwrap();
    assert!(told.contains("new") && told.contains("INBOX"), "{told}");

    let archive = path("archive");
    account.run(&["backup", &archive]).ok();
    assert_eq!(support::tree(Path::new(&archive)).len(), 5);
    let again = account.run(&["backup", &archive, "--json"]).ok();
    assert!(!again.stdout.contains("\"new\":1"), "{again:?}");
    let raw = finish(&mut account.command(&["raw"]), b"STATUS INBOX (MESSAGES)\n").ok();
    assert!(raw.stdout.contains("MESSAGES 2"), "{raw:?}");
}

#[test]
fn every_verb_over_tls() {
    if let Some(server) = Dovecot::start().unwrap() {
        every_verb(&Account::new(&server, "imaps", "anna"));
    }
}

#[test]
fn every_verb_over_starttls() {
    if let Some(server) = Dovecot::start().unwrap() {
        every_verb(&Account::new(&server, "imap", "berta"));
    }
}

#[test]
fn every_verb_in_clear_text() {
    if let Some(server) = Dovecot::start().unwrap() {
        every_verb(&Account::new(&server, "imap+insecure", "carla"));
    }
}

#[test]
fn every_verb_through_a_child_process() {
    let folder = open_folder();
    let home = folder.path().join("dora");
    if let Some(command) = Dovecot::child(&home).unwrap() {
        let account = Account { address: format!("tunnel:{}", command.join(" ")), ca: None };
        // The child has no mailboxes but INBOX.
        for name in ["Sent", "Trash"] {
            finish(&mut account.command(&["raw"]), format!("CREATE {name}\n").as_bytes()).ok();
        }
        every_verb(&account);
    }
}

/// Fills a Maildir of the server with messages that have flags and dates.
fn fill(maildir: &Path, count: usize) {
    let current = maildir.join("cur");
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(name)).unwrap();
    }
    for number in 0..count {
        let mut text = message(number);
        text.extend(format!("{}\r\n\r\nlast line without an end", "x".repeat(number * 37 % 9000)).bytes());
        let flags = ["", "S", "FS", "RS", "T", "DF"][number % 6];
        let file = current.join(format!("{}.M{number}P1.test:2,{flags}", 1_500_000_000 + number));
        fs::write(&file, text).unwrap();
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000 + number as u64 * 86_399);
        fs::File::options().write(true).open(&file).unwrap().set_times(FileTimes::new().set_modified(date)).unwrap();
    }
    if is_root() {
        let home = maildir.parent().unwrap();
        assert!(Command::new("chown").arg("-R").arg("mail:mail").arg(home).status().unwrap().success());
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// What the files of a Maildir hold: bytes, flags and dates, each with how often it is there.
fn contents(maildir: &Path) -> BTreeMap<(Vec<u8>, String, i64), usize> {
    let mut found = BTreeMap::new();
    for folder in ["cur", "new"] {
        for entry in fs::read_dir(maildir.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let flags: String =
                name.split(":2,").nth(1).unwrap_or_default().chars().filter(char::is_ascii_uppercase).collect();
            let date = fs::metadata(&path).unwrap().mtime();
            // Dovecot may keep line ends as LF; what it sends has CR LF.
            let text = fs::read(&path).unwrap();
            let text = String::from_utf8(text).unwrap().replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
            *found.entry((text, flags, date)).or_default() += 1;
        }
    }
    found
}

#[test]
fn an_archive_equals_the_servers_files_also_after_kills() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let maildir = server.maildir("emma");
    fill(&maildir, 1500);
    let account = Account::new(&server, "imap+insecure", "emma");
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let archive_text = archive.to_str().unwrap();
    let mut killed = 0;
    for round in 0..12u64 {
        let mut child =
            account.command(&["backup", archive_text]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + round * 37));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
    }
    assert!(killed > 2, "only {killed} runs were killed");
    account.run(&["backup", archive_text]).ok();
    let saved = contents(&archive.join("INBOX"));
    assert_eq!(saved.len(), 1500);
    assert!(saved == contents(&maildir), "the archive differs from the server's files");
    assert_eq!(fs::read_dir(archive.join("INBOX/tmp")).unwrap().count(), 0);

    // Changes on the server: flags, a message gone, a new one.
    account.run(&["flag", "INBOX", "1:100", "+\\Answered"]).ok();
    account.run(&["delete", "INBOX", "7", "--expunge"]).ok();
    fs::write(folder.path().join("new.eml"), message(9999)).unwrap();
    account.run(&["append", "INBOX", folder.path().join("new.eml").to_str().unwrap()]).ok();
    account.run(&["backup", archive_text, "--prune"]).ok();
    assert!(contents(&archive.join("INBOX")) == contents(&maildir), "the archive differs after changes");
}

#[test]
fn what_goes_wrong_is_said_once_and_clearly() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let right = Account::new(&server, "imaps", "fritz");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let fails = |account: &Account, password: &str, code: i32, words: &[&str]| {
        let run = finish(account.command(&["folders", "-v"]).env("IMAP_PASSWORD", password), b"");
        let shown: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("imap: ")).collect();
        assert_eq!((run.code, shown.len()), (code, 1), "{run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "\"{word}\" is missing: {run:?}");
        }
        assert!(!run.stderr.contains("tr0mbone") && !run.stdout.contains("tr0mbone"), "{run:?}");
    };
    fails(&right, "tr0mbone", 77, &["login"]);
    let at = |address: String| Account { address, ca: Some(server.certificates().ca()) };
    fails(&at(format!("imaps://fritz@localhost:{closed}")), "tr0mbone", 69, &["localhost", &closed.to_string()]);
    fails(&at("imaps://fritz@no-such-host.invalid".into()), "tr0mbone", 69, &["no-such-host.invalid"]);
    // The system does not know the authority of this certificate.
    let unknown = Account { address: right.address.clone(), ca: None };
    fails(&unknown, "tr0mbone", 69, &["certificate"]);
    for (certificate, word) in [("expired", "expired"), ("wrongname", "name"), ("foreign", "trusted")] {
        let server =
            Dovecot::start_with(&Setup { certificate: Some(certificate), needs_tls: false, ..Setup::default() })
                .unwrap()
                .unwrap();
        for scheme in ["imaps", "imap"] {
            fails(&Account::new(&server, scheme, "fritz"), "tr0mbone", 69, &["certificate", word]);
        }
    }
    let server =
        Dovecot::start_with(&Setup { certificate: None, needs_tls: false, ..Setup::default() }).unwrap().unwrap();
    fails(&Account::new(&server, "imap", "fritz"), "tr0mbone", 69, &["STARTTLS"]);
    let server = Dovecot::start_with(&Setup { certificate: Some("server"), needs_tls: true, ..Setup::default() })
        .unwrap()
        .unwrap();
    fails(&Account::new(&server, "imap+insecure", "fritz"), "tr0mbone", 77, &["TLS"]);
    Account::new(&server, "imap", "fritz").run(&["folders"]).ok();
}

#[test]
fn a_client_certificate_logs_in() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imaps", "alice");
    let (chain, key) = (server.certificates().certificate("client"), server.certificates().key("client"));
    let mut command = account.command(&["folders", "--auth", "external"]);
    command.arg("--client-cert").arg(chain).arg("--client-key").arg(key).env_remove("IMAP_PASSWORD");
    assert!(finish(&mut command, b"").ok().stdout.contains("INBOX"));
}
