//! `imap backup` keeps mail from other users, and writes to no other place than the archive.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use imaplib_proto::types::{Flag, Uid};
use support::{assert_complete, fill, imap_as_alice, server, summary};

/// All that lies below the folder, and the folder.
fn everything(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        at += 1;
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            found.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

#[track_caller]
fn assert_private(root: &Path) {
    for path in everything(root) {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        assert_eq!(mode, if metadata.is_dir() { 0o700 } else { 0o600 }, "{}: {mode:o}", path.display());
    }
}

#[test]
fn only_the_user_can_read_the_archive() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..4);
    account.create("Lists/rust").unwrap();
    fill(&account, "Lists/rust", 1..3);
    account.set_flags("INBOX", Uid::new(1).unwrap(), ["work".parse::<Flag>().unwrap()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let args = ["backup", &url, archive.to_str().unwrap()];
    // A folder that the user has made, as `mkdir` makes it.
    fs::create_dir(&archive).unwrap();
    fs::set_permissions(&archive, fs::Permissions::from_mode(0o755)).unwrap();
    let run = imap_as_alice(&args).ok();
    assert_private(&archive);
    assert_eq!(run.stderr.matches("other users could look into").count(), 1, "{run:?}");
    assert!(!imap_as_alice(&args).ok().stderr.contains("other users"));

    // An archive as older versions made it.
    for path in everything(&archive) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = imap_as_alice(&args).ok();
    assert_private(&archive);
    assert_eq!(run.stderr.matches("other users could look into").count(), 1, "{run:?}");
    assert!(!imap_as_alice(&args).ok().stderr.contains("other users"));
    assert_complete(&account, "INBOX", &archive.join("INBOX"));
}

#[test]
fn a_link_in_place_of_a_folder_costs_that_mailbox_alone() {
    for link in ["INBOX", "INBOX/cur", "INBOX/new", "INBOX/tmp"] {
        for before in [true, false] {
            let (_server, account, url) = server();
            fill(&account, "INBOX", 1..4);
            account.create("Work").unwrap();
            fill(&account, "Work", 1..3);
            let dir = tempfile::tempdir().unwrap();
            let (archive, outside) = (dir.path().join("archive"), dir.path().join("outside"));
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(outside.join(part)).unwrap();
            }
            let args = ["backup", &url, archive.to_str().unwrap(), "--json"];
            if before {
                imap_as_alice(&args).ok();
                fill(&account, "INBOX", 4..5);
                fill(&account, "Work", 3..4);
            }
            let path = archive.join(link);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if before {
                fs::rename(&path, dir.path().join("aside")).unwrap();
            }
            let left = everything(&outside);
            symlink(&outside, &path).unwrap();
            let run = if before { imap_as_alice(&args) } else { imap_as_alice(&[&args[..], &["--adopt"]].concat()) };
            assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &1.into()), "{link}: {run:?}");
            assert!(run.stderr.contains("INBOX: ") && run.stderr.contains("is a link"), "{link}: {run:?}");
            assert_eq!(everything(&outside), left, "{link}");
            assert_complete(&account, "Work", &archive.join("Work"));

            fs::remove_file(&path).unwrap();
            if before {
                fs::rename(dir.path().join("aside"), &path).unwrap();
            }
            imap_as_alice(&args).ok();
            assert_complete(&account, "INBOX", &archive.join("INBOX"));
        }
    }
}

#[test]
fn a_link_in_place_of_the_archives_own_files_is_refused() {
    for name in [".imap-backup.sqlite", ".imap-backup.lock", ".imap-backup.sqlite-wal", ".imap-backup.sqlite-journal"] {
        let (_server, account, url) = server();
        fill(&account, "INBOX", 1..4);
        let dir = tempfile::tempdir().unwrap();
        let (archive, outside) = (dir.path().join("archive"), dir.path().join("outside"));
        fs::create_dir(&archive).unwrap();
        symlink(&outside, archive.join(name)).unwrap();
        let run = imap_as_alice(&["backup", &url, archive.to_str().unwrap()]);
        assert!(run.code == 74 && run.stderr.contains("is a link"), "{name}: {run:?}");
        assert!(!outside.exists(), "{name}");
        fs::remove_file(archive.join(name)).unwrap();
        imap_as_alice(&["backup", &url, archive.to_str().unwrap()]).ok();
        assert_complete(&account, "INBOX", &archive.join("INBOX"));
    }
}
