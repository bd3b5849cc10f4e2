//! Files of the archive that cannot be renamed, replaced or removed cost their own messages alone.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::{AccountHandle, Server};
use support::{PASSWORD, Run, assert_complete, fill, finish, imap_as_alice, start, summary, tree};

struct Place {
    _server: Server,
    account: AccountHandle,
    url: String,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let (server, account, url) = start(Server::builder().with("CONDSTORE"));
        fill(&account, "INBOX", 0..10);
        let place = Self { _server: server, account, url, folder: tempfile::tempdir().unwrap() };
        place.backup(&[]).ok();
        place
    }

    fn backup(&self, extra: &[&str]) -> Run {
        let mut arguments = vec!["backup", &self.url, self.folder.path().to_str().unwrap(), "--json"];
        arguments.extend(extra);
        imap_as_alice(&arguments)
    }

    fn file(&self, uid: u32) -> PathBuf {
        let mark = format!("U{uid}.imap,");
        let files = tree(self.folder.path());
        self.folder.path().join(files.iter().find(|file| file.contains(&mark)).unwrap())
    }

    fn flag(&self, uid: u32, flag: &str) {
        self.account.set_flags("INBOX", Uid::new(uid).unwrap(), [flag.parse::<Flag>().unwrap()]).unwrap();
    }

    /// Failed as often as stated, in each of two runs, with new mail all the same.
    #[track_caller]
    fn assert_costs_itself_alone(&self, extra: &[&str], failed: u64) {
        for number in [100, 200] {
            fill(&self.account, "INBOX", number..number + 2);
            let run = self.backup(extra);
            let total = summary(&run);
            assert_eq!((run.code, &total["failed"], &total["new"]), (1, &failed.into(), &2.into()), "{run:?}");
            assert_eq!(total["failed_mailboxes"], 0, "{run:?}");
        }
    }
}

/// An immutable file or folder, until it is dropped; `None` where that cannot be had.
struct Immutable(PathBuf);

impl Immutable {
    fn new(path: &Path) -> Option<Self> {
        let is_done = Command::new("chattr").arg("+i").arg(path).output().is_ok_and(|output| output.status.success());
        if !is_done {
            eprintln!("skipped: {} cannot be made immutable", path.display());
        }
        is_done.then(|| Self(path.to_owned()))
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(&self.0).output();
    }
}

#[test]
fn a_file_that_cannot_be_renamed_keeps_no_mail_out_and_gets_its_flags_later() {
    let place = Place::new();
    let file = place.file(3);
    // A folder stands where the file is to go.
    let blocked = PathBuf::from(format!("{}S", file.display()));
    fs::create_dir(&blocked).unwrap();
    place.flag(3, "\\Seen");
    place.flag(4, "\\Flagged");
    place.assert_costs_itself_alone(&[], 1);
    assert!(place.file(4).to_str().unwrap().ends_with(":2,F") && file.exists());
    let run = place.backup(&[]);
    assert!(run.stderr.contains("cannot be changed") && run.stderr.contains("UID 3"), "{run:?}");
    fs::remove_dir(&blocked).unwrap();
    let total = summary(&place.backup(&[]).ok());
    assert_eq!((&total["flags"], &total["failed"]), (&1.into(), &0.into()), "{total}");
    assert!(place.file(3).to_str().unwrap().ends_with(":2,S"));
    assert_complete(&place.account, "INBOX", place.folder.path());
}

#[test]
fn an_immutable_file_keeps_no_mail_out() {
    let place = Place::new();
    let Some(immutable) = Immutable::new(&place.file(3)) else { return };
    place.flag(3, "\\Seen");
    place.assert_costs_itself_alone(&[], 1);
    // Nor where it is to be removed.
    place.account.expunge("INBOX", Uid::new(3).unwrap()).unwrap();
    place.account.expunge("INBOX", Uid::new(4).unwrap()).unwrap();
    let run = place.backup(&["--prune"]);
    let total = summary(&run);
    assert_eq!((run.code, &total["pruned"], &total["failed"]), (1, &1.into(), &1.into()), "{run:?}");
    assert_eq!(tree(place.folder.path()).len(), 13);
    drop(immutable);
    assert_eq!(summary(&place.backup(&["--prune"]).ok())["pruned"], 1);
    assert_complete(&place.account, "INBOX", place.folder.path());
}

#[test]
fn a_damaged_file_that_cannot_be_replaced_is_not_repaired() {
    let place = Place::new();
    let file = place.file(3);
    let text = fs::read(&file).unwrap();
    fs::write(&file, text.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>()).unwrap();
    let other = place.file(4);
    fs::write(&other, "short").unwrap();
    let Some(immutable) = Immutable::new(&file) else { return };
    let run = place.backup(&["--verify"]);
    let total = summary(&run);
    let figures = ["damaged", "repaired", "failed"].map(|name| total[name].as_u64().unwrap());
    assert_eq!((run.code, figures), (1, [2, 1, 1]), "{run:?}");
    drop(immutable);
    assert_eq!(summary(&place.backup(&["--verify"]))["repaired"], 1);
    assert_complete(&place.account, "INBOX", place.folder.path());
}

#[test]
fn a_name_that_cannot_be_restored_costs_itself_alone() {
    let place = Place::new();
    let file = place.file(3);
    let renamed = PathBuf::from(format!("{}S", file.display()));
    fs::rename(&file, &renamed).unwrap();
    let other = place.file(4);
    fs::rename(&other, format!("{}S", other.display())).unwrap();
    let Some(immutable) = Immutable::new(&renamed) else { return };
    let run = place.backup(&["--verify"]);
    let total = summary(&run);
    let figures = ["renamed", "repaired", "failed"].map(|name| total[name].as_u64().unwrap());
    assert_eq!((run.code, figures), (1, [1, 0, 1]), "{run:?}");
    drop(immutable);
    assert_eq!(summary(&place.backup(&["--verify"]).ok())["renamed"], 1);
}

#[test]
fn keywords_that_cannot_be_noted_keep_no_mail_out() {
    let place = Place::new();
    place.flag(1, "one");
    place.backup(&[]).ok();
    let Some(immutable) = Immutable::new(&place.folder.path().join("INBOX/dovecot-keywords")) else { return };
    place.flag(2, "two");
    fill(&place.account, "INBOX", 20..22);
    place.flag(11, "three");
    let run = place.backup(&[]);
    let total = summary(&run);
    assert_eq!((run.code, &total["new"], &total["failed"]), (1, &2.into(), &2.into()), "{run:?}");
    drop(immutable);
    assert_eq!(summary(&place.backup(&[]).ok())["flags"], 2);
    let letter = |uid| place.file(uid).to_str().unwrap().split_once(":2,").unwrap().1.to_owned();
    assert_eq!([1, 2, 11, 12].map(letter), ["a", "b", "c", ""]);
    assert_complete(&place.account, "INBOX", place.folder.path());
}

/// A folder that is mounted read-only costs its mailbox, and the others are brought up to date.
#[test]
fn a_folder_that_is_read_only_costs_its_mailbox_alone() {
    let place = Place::new();
    place.account.create("Other").unwrap();
    place.backup(&[]).ok();
    fill(&place.account, "INBOX", 10..12);
    fill(&place.account, "Other", 20..22);
    let inbox = place.folder.path().join("INBOX");
    let in_read_only = |program: &str, arguments: &[&str]| {
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script]).arg(&inbox).arg(program).args(arguments);
        command.env("IMAP_PASSWORD", PASSWORD).env("HOME", "/nonexistent");
        command
    };
    if !in_read_only("true", &[]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a folder cannot be mounted");
        return;
    }
    let archive = place.folder.path().to_str().unwrap();
    let arguments = ["backup", &place.url, archive, "--json"];
    let run = finish(&mut in_read_only(env!("CARGO_BIN_EXE_imap"), &arguments), b"");
    let total = summary(&run);
    assert_eq!((run.code, &total["new"], &total["failed"]), (1, &2.into(), &2.into()), "{run:?}");
    assert_eq!(total["failed_mailboxes"], 1, "{run:?}");
    assert_eq!(summary(&place.backup(&[]).ok())["new"], 2);
}
