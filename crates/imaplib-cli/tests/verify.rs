//! `imap verify DIR`: what is wrong with an archive, without a server.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use imaplib_proto::types::Uid;
use support::{fill, imap, imap_as_alice, server, summary, tree};

/// Every file below a folder, with its contents.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    tree(folder).into_iter().map(|file| (file.clone(), fs::read(folder.join(file)).unwrap())).collect()
}

#[test]
fn what_is_missing_changed_or_extra_is_named_and_nothing_is_changed() {
    let (server, account, url) = server();
    account.create("Lists/rust").unwrap();
    fill(&account, "INBOX", 0..6);
    fill(&account, "Lists/rust", 6..8);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    account.expunge("INBOX", Uid::new(6).unwrap()).unwrap();
    account.renew_uid_validity("Lists/rust").unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    drop(server);
    let whole = imap(&["verify", archive]).ok();
    assert_eq!(whole.stdout, "10 messages in 3 mailboxes: all are as they were stored\n", "{whole:?}");

    let file = |mark: &str| {
        let files = tree(folder.path());
        folder.path().join(files.iter().find(|file| file.contains(mark)).unwrap())
    };
    let (missing, changed, renamed) = (file("U2.imap,"), file("U3.imap,"), file("U4.imap,"));
    fs::remove_file(&missing).unwrap();
    let mut text = fs::read(&changed).unwrap();
    text[30] ^= 1;
    fs::write(&changed, text).unwrap();
    // Another program's flags are no damage, and are named.
    fs::rename(&renamed, format!("{}S", renamed.display())).unwrap();
    let extra = folder.path().join("INBOX/cur/1.M1P1.other:2,");
    fs::write(&extra, "another program's").unwrap();
    let before = contents(folder.path());
    for _ in 0..2 {
        let run = imap(&["verify", archive]);
        assert_eq!(run.code, 1, "{run:?}");
        for (fault, path) in [("missing", &missing), ("changed", &changed), ("extra", &extra)] {
            assert!(run.stdout.contains(&format!("{fault}: {}\n", path.display())), "{run:?}");
        }
        assert!(run.stdout.contains(&format!("renamed: {}S\n", renamed.display())), "{run:?}");
        let counts = ": 1 missing, 1 changed, 1 not of the archive, 1 with another name or place\n";
        assert!(run.stdout.ends_with(counts), "{run:?}");
        let run = imap(&["verify", archive, "--json"]);
        let total = summary(&run);
        let counts = ["messages", "missing", "changed", "extra"].map(|name| total[name].as_u64().unwrap());
        assert_eq!((run.code, counts, run.json().len()), (1, [10, 1, 1, 1], 5), "{run:?}");
        assert_eq!(contents(folder.path()), before);
    }
    let repaired = imap(&["verify", archive, "--repair", "--seal"]);
    assert!(repaired.stdout.starts_with("repaired: 1 file had another name or place\n"), "{repaired:?}");
    assert!(
        renamed.is_file() && repaired.stdout.contains(": 1 missing, 1 changed, 1 not of the archive\n"),
        "{repaired:?}"
    );
    let seal = repaired.stdout.lines().last().unwrap().strip_prefix("seal: ").unwrap();
    let log = fs::read_to_string(folder.path().join(".log/000001.jsonl")).unwrap();
    let (batch, chain) = seal.split_once(' ').unwrap();
    assert!(
        log.ends_with(&format!("{{\"chain\":\"{chain}\"}}\n")) && log.contains(&format!("{{\"batch\":{batch},")),
        "{seal}"
    );
}

#[test]
fn a_folder_that_is_gone_is_missed_and_no_archive_is_made() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..3);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let run = imap(&["verify", archive.to_str().unwrap()]);
    assert!(run.code == 66 && run.stderr.contains("holds no archive") && !archive.exists(), "{run:?}");
    imap_as_alice(&["backup", &url, archive.to_str().unwrap()]).ok();
    fs::remove_dir_all(archive.join("INBOX")).unwrap();
    let run = imap(&["verify", archive.to_str().unwrap()]);
    assert!(run.code == 1 && run.stdout.ends_with("3 messages in 1 mailbox: 3 missing\n"), "{run:?}");
    assert!(!archive.join("INBOX").exists());
}

#[test]
fn a_damaged_row_is_named_and_repaired_and_a_backup_notices_it() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..6);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    let before = contents(folder.path());
    let database = rusqlite::Connection::open(folder.path().join(".imap-backup.sqlite")).unwrap();
    database.execute("UPDATE messages SET file = '../x' WHERE uid = 3", []).unwrap();
    drop(database);
    // Something else is found beside it.
    let changed = folder.path().join(&before[0].0);
    fs::write(&changed, "other").unwrap();
    let run = imap(&["verify", archive]);
    assert!(run.code == 1 && run.stdout.contains("damaged row in the database: UID 3 of INBOX"), "{run:?}");
    assert!(run.stdout.ends_with(": 1 changed, 1 with a damaged row in the database\n"), "{run:?}");
    fs::write(&changed, &before[0].1).unwrap();
    let run = imap_as_alice(&["backup", &url, archive]);
    assert!(run.code == 1 && run.stderr.contains("UID 3") && run.stderr.contains("--repair"), "{run:?}");
    let run = imap(&["verify", archive, "--repair"]).ok();
    assert!(run.stdout.contains("the database was made from the log"), "{run:?}");
    imap_as_alice(&["backup", &url, archive]).ok();
    assert_eq!(contents(folder.path()), before);
}
