//! An archive of format 1 becomes one of format 2 where it is, whenever the program is killed.
//!
//! `format-1.tar.gz` was made by the last version that wrote that format: 57 messages, of which two have gone from the
//! server, two are from before a mailbox was recreated, and two are in a mailbox that has gone; mailboxes that differ by case
//! alone, and forty keywords in one of them. `KILLS=50` kills the program more often.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use imaplib_archive::{Archive, Cancel};

/// In the environment of the process that is killed: the archive that it opens.
const OPENED: &str = "OPENED_ARCHIVE";

/// A process that is being started has the locks of this one for a moment: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn unpack(folder: &Path) -> PathBuf {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format-1.tar.gz");
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder).status().unwrap();
    assert!(status.success());
    folder.join("format-1")
}

/// The files of messages below a folder, with their contents.
fn messages(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.parent().unwrap().ends_with("cur") {
                files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Every table but the position of the log, with its rows.
fn rows(root: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(root.join(".imap-backup.sqlite")).unwrap();
    let mut found = Vec::new();
    for table in ["mailboxes", "messages", "failing", "levels", "shorter", "archive"] {
        let mut query = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = query.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            Ok((0..columns).map(|column| format!("{:?} ", row.get_ref(column).unwrap())).collect::<String>())
        };
        found.extend(query.query_map([], row).unwrap().map(|row| format!("{table} {}", row.unwrap())));
    }
    found.sort_unstable();
    found
}

fn assert_whole(root: &Path, what: &str) {
    let archive = Archive::open_any(root).unwrap();
    let check = archive.check(&mut |file| panic!("{what}: {file:?}"), &Cancel::new()).unwrap();
    assert!(check.is_whole() && check.messages == 57 && archive.log_damage().is_none(), "{what}: {check:?}");
}

#[test]
fn what_has_gone_leaves_the_live_tree_and_nothing_else_changes() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().unwrap();
    let root = unpack(folder.path());
    let before = messages(&root);
    assert_whole(&root, "upgraded");
    let after = messages(&root);
    let gone: Vec<&String> = after.keys().filter(|name| name.starts_with(".gone/")).collect();
    assert_eq!((before.len(), after.len(), gone.len()), (57, 57, 6), "{gone:?}");
    let moved: BTreeMap<String, Vec<u8>> =
        after.iter().map(|(name, text)| (name.trim_start_matches(".gone/").to_owned(), text.clone())).collect();
    assert_eq!(moved, before);
    for (mailbox, count) in [("INBOX", 2), ("foo", 2), ("Old", 2)] {
        assert_eq!(gone.iter().filter(|name| name.starts_with(&format!(".gone/{mailbox}/cur/"))).count(), count);
    }
    assert!(!root.join("Old").exists() && root.join("README.txt").is_file());
    let about: serde_json::Value = serde_json::from_slice(&fs::read(root.join("archive.json")).unwrap()).unwrap();
    assert_eq!((&about["format"], &about["account"]), (&2.into(), &"alice@localhost".into()));
    // And the database can be rebuilt from now on.
    let noted = rows(&root);
    drop(Archive::rebuild(&root).unwrap());
    assert_eq!(rows(&root), noted);
}

/// Opens the archive that the environment names; else nothing.
#[test]
fn opens_the_archive_of_the_environment() {
    if let Some(root) = std::env::var_os(OPENED) {
        drop(Archive::open_any(root).unwrap());
    }
}

#[test]
fn a_killed_upgrade_is_completed_by_the_next_one() {
    let _alone = ALONE.lock();
    let kills: u32 = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    let upgrade = |root: &Path| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "opens_the_archive_of_the_environment"]).env(OPENED, root);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let undisturbed = unpack(folder.path());
    let start = Instant::now();
    assert!(upgrade(&undisturbed).wait().unwrap().success());
    let whole = start.elapsed();
    let (expected_files, expected_rows) = (messages(&undisturbed), rows(&undisturbed));
    let mut midway = 0;
    for kill in 0..kills {
        fs::remove_dir_all(&undisturbed).unwrap();
        let root = unpack(folder.path());
        let mut program = upgrade(&root);
        std::thread::sleep(whole.mul_f64(f64::from(kill + 1) / f64::from(kills)));
        program.kill().unwrap();
        midway += u32::from(!program.wait().unwrap().success());
        assert_eq!(messages(&root).len(), 57);
        assert_whole(&root, &format!("kill {kill}"));
        assert_eq!(messages(&root), expected_files, "kill {kill}");
        assert_eq!(rows(&root), expected_rows, "kill {kill}");
        assert!(root.join("archive.json").is_file());
    }
    println!("{kills} kills, of which {midway} met the program at work, within {:?}", whole.max(Duration::ZERO));
}
