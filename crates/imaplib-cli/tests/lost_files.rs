//! Files that are missing or damaged: what can be fetched again is, and what is lost is reported once and remembered.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::PathBuf;

use imaplib_proto::types::Uid;
use imaplib_testserver::{AccountHandle, Server};
use serde_json::Value;
use support::{Run, fill, imap_as_alice, start, summary, tree};

struct Place {
    _server: Server,
    account: AccountHandle,
    url: String,
    folder: tempfile::TempDir,
}

impl Place {
    /// Twenty messages, and an archive of them.
    fn new(builder: imaplib_testserver::Builder) -> Self {
        let (server, account, url) = start(builder);
        fill(&account, "INBOX", 0..20);
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

    fn expunge(&self, uid: u32) {
        self.account.expunge("INBOX", Uid::new(uid).unwrap()).unwrap();
    }

    /// Runs, and returns the exit code and these figures of the summary.
    #[track_caller]
    fn figures<const N: usize>(&self, extra: &[&str], names: [&str; N]) -> (i32, [Option<u64>; N]) {
        let run = self.backup(extra);
        let total: Value = summary(&run);
        (run.code, names.map(|name| total[name].as_u64()))
    }
}

/// Both kinds of servers: with figures of all mailboxes in one answer, and without.
fn builders() -> [imaplib_testserver::Builder; 2] {
    [Server::builder().with("CONDSTORE"), Server::builder().without("LIST-STATUS")]
}

const LOST: [&str; 3] = ["lost", "lost_before", "pruned"];

#[test]
fn a_lost_message_is_reported_once_by_a_plain_run_and_never_pruned() {
    for prune in [&[][..], &["--prune"]] {
        for builder in builders() {
            let place = Place::new(builder);
            if prune.is_empty() {
                // Its file goes after it went from the server, or before.
                place.expunge(3);
                place.backup(&[]).ok();
            }
            let file = place.file(3);
            let text = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            if !prune.is_empty() {
                place.expunge(3);
            }
            let run = place.backup(prune);
            assert!(run.code == 1 && run.stderr.contains("no longer on the server: lost: UID 3"), "{run:?}");
            let total = summary(&run);
            assert_eq!(LOST.map(|name| total[name].as_u64()), [Some(1), Some(0), Some(0)], "{run:?}");
            place.expunge(4);
            let pruned = u64::from(!prune.is_empty());
            assert_eq!(place.figures(prune, LOST), (0, [Some(0), Some(1), Some(pruned)]));
            assert_eq!(place.figures(&["--verify"], LOST), (0, [Some(0), Some(1), Some(0)]));
            let run = imap_as_alice(&["backup", &place.url, place.folder.path().to_str().unwrap()]).ok();
            assert!(run.stdout.contains("1 message lost, as reported before"), "{run:?}");
            // Who has another copy can put it back.
            fs::write(&file, text).unwrap();
            assert_eq!(place.figures(&["--verify"], LOST), (0, [Some(0), Some(0), Some(0)]));
        }
    }
}

#[test]
fn what_was_lost_can_be_forgotten() {
    let place = Place::new(Server::builder());
    place.expunge(3);
    place.backup(&[]).ok();
    fs::remove_file(place.file(3)).unwrap();
    assert_eq!(place.backup(&[]).code, 1);
    let archive = place.folder.path().to_str().unwrap();
    let run = imap_as_alice(&["backup", &place.url, archive, "--forget-lost"]).ok();
    assert!(run.stdout.contains("1 lost message forgotten"), "{run:?}");
    assert_eq!(place.figures(&[], LOST), (0, [Some(0), Some(0), Some(0)]));
}

#[test]
fn a_lost_message_that_the_server_has_again_is_fetched() {
    let place = Place::new(Server::builder());
    place.account.create("Gone").unwrap();
    fill(&place.account, "Gone", 30..32);
    place.backup(&[]).ok();
    place.account.delete("Gone").unwrap();
    place.backup(&[]).ok();
    fs::remove_dir_all(place.folder.path().join(".gone/Gone")).unwrap();
    assert_eq!(place.figures(&[], LOST), (1, [Some(2), Some(0), Some(0)]));
    assert_eq!(place.figures(&[], LOST), (0, [Some(0), Some(2), Some(0)]));
    place.account.create("Gone").unwrap();
    fill(&place.account, "Gone", 30..32);
    assert_eq!(place.figures(&[], ["new"]), (0, [Some(2)]));
}

#[test]
fn messages_from_before_a_new_uidvalidity_are_missed_too() {
    let place = Place::new(Server::builder());
    let old = place.file(3);
    place.account.renew_uid_validity("INBOX").unwrap();
    place.backup(&[]).ok();
    let old = old.strip_prefix(place.folder.path()).unwrap();
    fs::remove_file(place.folder.path().join(".gone").join(old)).unwrap();
    assert_eq!(place.figures(&[], LOST), (1, [Some(1), Some(0), Some(0)]));
    assert_eq!(place.figures(&[], LOST), (0, [Some(0), Some(1), Some(0)]));
}

#[test]
fn what_had_to_be_fetched_again_is_news_and_reported_afterwards() {
    for extra in [&[][..], &["--verify"]] {
        let place = Place::new(Server::builder());
        fs::remove_file(place.file(3)).unwrap();
        let run = place.backup(extra);
        assert!(run.code == 1 && run.stderr.contains("missing, fetched again: UID 3"), "{run:?}");
        assert_eq!(place.figures(extra, ["repaired"]), (0, [Some(0)]));
    }
    // What the server does not send is not called fetched.
    let place = Place::new(Server::builder());
    let file = place.file(3);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let run = place.backup(&["--verify"]);
    assert!(run.code == 1 && !run.stderr.contains("missing, fetched again"), "{run:?}");
    assert!(run.stderr.contains("missing, and not fetched again in this run: UID 3"), "{run:?}");
}

#[test]
fn verify_names_extra_files_and_those_with_other_flags_and_removes_none() {
    let place = Place::new(Server::builder());
    let inbox = place.folder.path().join("INBOX");
    let others = ["cur/1.M1P1.other:2,", "new/2.M1P1.other", "cur/9.V1U999.imap,S=77:2,"];
    others.iter().for_each(|name| fs::write(inbox.join(name), "another program's").unwrap());
    let file = place.file(3);
    fs::rename(&file, format!("{}FS", file.display())).unwrap();
    let run = place.backup(&["--verify"]).ok();
    let total = summary(&run);
    assert_eq!((&total["extra"], &total["renamed"]), (&3.into(), &1.into()), "{run:?}");
    for name in others {
        assert!(run.stderr.contains(name) && inbox.join(name).exists(), "{name}: {run:?}");
    }
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(run.stderr.contains(&format!("{name}\"")) || run.stderr.contains(&format!("{name}\n")), "{run:?}");
}

#[test]
fn nothing_is_lost_on_the_word_of_a_server_that_is_not_believed() {
    let place = Place::new(Server::builder());
    place.account.create("Work").unwrap();
    fill(&place.account, "Work", 30..33);
    place.backup(&[]).ok();
    let file = tree(place.folder.path()).into_iter().find(|file| file.starts_with("Work/")).unwrap();
    fs::remove_file(place.folder.path().join(file)).unwrap();
    place.account.delete("Work").unwrap();
    (1..=20).for_each(|uid| place.expunge(uid));
    for extra in [&[][..], &["--verify"]] {
        assert_eq!(place.figures(extra, LOST), (75, [Some(0), Some(0), Some(0)]));
    }
    assert_eq!(place.figures(&["--allow-mass-changes"], LOST), (1, [Some(1), Some(0), Some(0)]));
}
