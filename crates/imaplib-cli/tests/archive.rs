//! `imap backup` into an archive that somebody else has written to: nothing outside is touched, nothing waits for ever.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::{AccountHandle, Server};
use rusqlite::Connection;
use support::{PASSWORD, Run, assert_complete, command, fill, server, summary, tree};

/// An account with two messages, an archive of it, and somebody else's file and folder beside the archive.
struct Place {
    _server: Server,
    account: AccountHandle,
    url: String,
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let (server, account, url) = server();
        fill(&account, "INBOX", 1..3);
        let place = Self { _server: server, account, url, dir: tempfile::tempdir().unwrap() };
        place.write_victim();
        place.backup(&["--checksums"]).ok();
        place
    }

    fn write_victim(&self) {
        for folder in ["other/tmp", "other/cur", "other/new"] {
            fs::create_dir_all(self.dir.path().join(folder)).unwrap();
        }
        fs::write(self.dir.path().join("other/tmp/Valuable.imap"), "precious").unwrap();
        fs::write(self.victim(), "precious").unwrap();
    }

    fn victim(&self) -> PathBuf {
        self.dir.path().join("victim")
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    fn inbox(&self) -> PathBuf {
        self.root().join("INBOX")
    }

    fn file(&self, uid: u32) -> PathBuf {
        let mark = format!("U{uid}.imap,");
        self.root().join(tree(&self.root()).into_iter().find(|file| file.contains(&mark)).unwrap())
    }

    fn sql(&self, sql: &str, value: &str) {
        let database = Connection::open(self.root().join(".imap-backup.sqlite")).unwrap();
        assert!(database.execute(sql, [value]).unwrap() > 0, "{sql}");
    }

    /// Ends the test if the run does not end soon.
    fn backup(&self, extra: &[&str]) -> Run {
        let root = self.root();
        let mut args = vec!["backup", &self.url, root.to_str().unwrap(), "--json"];
        args.extend(extra);
        let mut child = command(&args)
            .env("IMAP_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > Duration::from_secs(30) {
                child.kill().unwrap();
                panic!("it waits for ever: {args:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    fn assert_nothing_outside_is_changed(&self) {
        assert_eq!(fs::read_to_string(self.victim()).unwrap(), "precious");
        let valuable = self.dir.path().join("other/tmp/Valuable.imap");
        assert_eq!(fs::read_to_string(valuable).unwrap(), "precious");
        let mut names: Vec<_> =
            fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["archive", "other", "victim"]);
        assert_eq!(tree(&self.dir.path().join("other")), Vec::<String>::new());
    }
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn files_that_the_database_claims_are_not_removed_or_renamed_outside() {
    for absolute in [true, false] {
        let place = Place::new();
        let path = if absolute { place.victim().to_str().unwrap().to_owned() } else { "../../../victim".to_owned() };
        place.sql("UPDATE messages SET file = ?1 WHERE uid = 1", &path);
        place.account.set_flags("INBOX", Uid::new(1).unwrap(), [Flag::Seen]).unwrap();
        let run = place.backup(&[]);
        assert!(run.code == 1 && run.stderr.contains("damaged"), "{run:?}");
        place.assert_nothing_outside_is_changed();
        place.account.expunge("INBOX", Uid::new(1).unwrap()).unwrap();
        let run = place.backup(&["--prune"]);
        assert!(run.code == 1 && run.stderr.contains("damaged"), "{run:?}");
        place.assert_nothing_outside_is_changed();

        fs::remove_file(place.root().join(".imap-backup.sqlite")).unwrap();
        fs::remove_dir_all(place.root().join(".log")).unwrap();
        place.backup(&["--adopt", "--prune"]).ok();
        assert_complete(&place.account, "INBOX", &place.root());
    }
}

#[test]
fn folders_that_the_database_claims_are_not_used_outside() {
    for folder in ["../other", "../fresh", "INBOX/../../other", "ABSOLUTE", ""] {
        let place = Place::new();
        let folder = folder.replace("ABSOLUTE", place.dir.path().join("fresh").to_str().unwrap());
        place.sql("UPDATE mailboxes SET unsettled = 1, dir = ?1", &folder);
        let run = place.backup(&[]);
        assert!(run.code == 74 && run.stderr.contains("damaged") && run.stderr.contains("INBOX"), "{run:?}");
        place.assert_nothing_outside_is_changed();
    }
}

#[test]
fn a_link_in_the_way_of_the_keywords_is_not_followed() {
    let place = Place::new();
    std::os::unix::fs::symlink(place.victim(), place.inbox().join("dovecot-keywords.imap-backup")).unwrap();
    place.account.set_flags("INBOX", Uid::new(1).unwrap(), ["work".parse::<Flag>().unwrap()]).unwrap();
    place.backup(&[]).ok();
    place.assert_nothing_outside_is_changed();
    assert_eq!(fs::read_to_string(place.inbox().join("dovecot-keywords")).unwrap(), "0 work\n");
}

#[test]
fn links_and_fifos_in_tmp_are_not_written_to() {
    let place = Place::new();
    let name = place.file(2).file_name().unwrap().to_str().unwrap().to_owned();
    let (_, mark) = name.split_once('.').unwrap();
    let (mark, _) = mark.split_once("U2.imap,").unwrap();
    std::os::unix::fs::symlink(place.victim(), place.inbox().join(format!("tmp/{mark}U3.imap"))).unwrap();
    make_fifo(&place.inbox().join(format!("tmp/{mark}U4.imap")));
    fill(&place.account, "INBOX", 3..5);
    place.backup(&[]).ok();
    place.assert_nothing_outside_is_changed();
    assert_complete(&place.account, "INBOX", &place.root());
}

#[test]
fn nothing_waits_for_a_fifo() {
    for name in [".imap-backup.lock", ".imap-backup.sqlite", ".imap-backup.sqlite-wal", "INBOX/dovecot-keywords"] {
        let place = Place::new();
        let path = place.root().join(name);
        let _ = fs::remove_file(&path);
        make_fifo(&path);
        place.account.set_flags("INBOX", Uid::new(1).unwrap(), [Flag::Seen]).unwrap();
        let run = place.backup(&["--adopt"]);
        // What belongs to one mailbox costs that one alone.
        let code = if name.starts_with("INBOX") { 1 } else { 74 };
        assert!(run.code == code && run.stderr.contains("not a regular file"), "{name}: {run:?}");
        fs::remove_file(&path).unwrap();
        place.backup(&["--adopt"]).ok();
        assert_complete(&place.account, "INBOX", &place.root());
    }
}

#[test]
fn what_is_no_file_is_no_message() {
    for verify in [true, false] {
        let place = Place::new();
        let (fifo, folder) = (place.file(1), place.file(2));
        fs::remove_file(&fifo).unwrap();
        make_fifo(&fifo);
        fs::remove_file(&folder).unwrap();
        // In the place of the message, but under other flags, so that it is not in the way.
        let folder = PathBuf::from(folder.to_str().unwrap().replace(":2,", ":2,DFT"));
        fs::create_dir(&folder).unwrap();
        if !verify {
            fs::remove_file(place.root().join(".imap-backup.sqlite")).unwrap();
            fs::remove_dir_all(place.root().join(".log")).unwrap();
        }
        let run = place.backup(&[if verify { "--verify" } else { "--adopt" }]);
        let total = summary(&run);
        assert_eq!(run.code, i32::from(verify), "{run:?}");
        let figure = if verify { "repaired" } else { "new" };
        assert_eq!((total[figure].as_u64(), total["adopted"].as_u64().unwrap_or(0)), (Some(2), 0), "{total}");
        assert!(folder.is_dir());
        fs::remove_dir(&folder).unwrap();
        assert_complete(&place.account, "INBOX", &place.root());
    }
}

#[test]
fn odd_keywords_and_folders_in_tmp_stop_nothing() {
    let place = Place::new();
    fs::write(place.inbox().join("dovecot-keywords"), b"\xff\xfe\n0 b\xf6se\n").unwrap();
    fs::create_dir(place.inbox().join("tmp/Vx.imap")).unwrap();
    fs::create_dir(place.inbox().join("tmp/V9U9.imap")).unwrap();
    place.account.set_flags("INBOX", Uid::new(1).unwrap(), ["work".parse::<Flag>().unwrap()]).unwrap();
    place.backup(&[]).ok();
    assert_eq!(fs::read(place.inbox().join("dovecot-keywords")).unwrap(), b"0 b\xf6se\n1 work\n");
    assert!(place.file(1).to_str().unwrap().ends_with(":2,b"));
    assert!(place.inbox().join("tmp/Vx.imap").is_dir() && place.inbox().join("tmp/V9U9.imap").is_dir());
}

#[test]
fn mailboxes_with_the_names_of_our_own_files_are_kept_apart() {
    let place = Place::new();
    for mailbox in ["INBOX/dovecot-keywords", "INBOX/dovecot-keywords.imap-backup", ".imap-backup.lock"] {
        place.account.create(mailbox).unwrap();
        fill(&place.account, mailbox, 5..6);
    }
    place.account.set_flags("INBOX", Uid::new(1).unwrap(), ["work".parse::<Flag>().unwrap()]).unwrap();
    place.backup(&[]).ok();
    assert!(place.inbox().join("dovecot-keywords").is_file());
    assert_eq!(tree(&place.inbox().join("%64ovecot-keywords.imap-backup")).len(), 1);
    assert_eq!(tree(&place.root().join("%2Eimap-backup.lock")).len(), 1);
}
