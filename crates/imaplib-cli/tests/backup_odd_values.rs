//! `imap backup` of UIDVALIDITYs above 2^32 and of keywords that are not atoms: kept as they are, and equal in the next run.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

use rusqlite::Connection;
use support::failing_peer::{Mailbox, Peer, Trouble, text};
use support::{imap_as_alice, summary, tree};

#[test]
fn a_uidvalidity_above_32_bits_is_kept() {
    for validity in ["4294967296", "1666390893348", "18446744073709551615"] {
        for capabilities in ["", "CONDSTORE"] {
            let mailbox = Mailbox { uid_validity: validity.to_owned(), ..Mailbox::new("INBOX", 3) };
            let peer = Peer::start(capabilities, &[mailbox], |_| None);
            let folder = tempfile::tempdir().unwrap();
            let archive = folder.path().join("archive");
            let args = ["backup", &peer.url, archive.to_str().unwrap(), "--json"];
            let run = imap_as_alice(&args).ok();
            assert_eq!((&summary(&run)["new"], run.stderr.as_str()), (&3.into(), ""), "{run:?}");
            let files = tree(&archive.join("INBOX"));
            assert_eq!(files.len(), 3);
            for (uid, file) in (1..).zip(&files) {
                assert!(file.contains(&format!(".V{validity}U{uid}.imap,")), "{file}");
                assert_eq!(fs::read_to_string(archive.join("INBOX").join(file)).unwrap(), text("INBOX", uid));
            }
            let database = Connection::open(archive.join(".imap-backup.sqlite")).unwrap();
            let stored: i64 = database.query_row("SELECT uidvalidity FROM mailboxes", [], |row| row.get(0)).unwrap();
            assert_eq!(stored.cast_unsigned().to_string(), validity);
            drop(database);
            for extra in [&[][..], &["--verify"]] {
                let run = imap_as_alice(&[&args[..], extra].concat()).ok();
                let total = summary(&run);
                assert_eq!((&total["new"], &total["repaired"], &total["lost"]), (&0.into(), &0.into(), &0.into()));
            }
            // Without the database, the names of the files say it.
            fs::remove_file(archive.join(".imap-backup.sqlite")).unwrap();
            fs::remove_dir_all(archive.join(".log")).unwrap();
            let run = imap_as_alice(&[&args[..], &["--adopt"]].concat()).ok();
            let total = summary(&run);
            assert_eq!((&total["new"], &total["adopted"]), (&0.into(), &3.into()), "{run:?}");
            assert_eq!(tree(&archive.join("INBOX")), files);
        }
    }
}

#[test]
fn a_uidvalidity_that_differs_above_32_bits_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let backup = |validity: &str| {
        let mailbox = Mailbox { uid_validity: validity.to_owned(), ..Mailbox::new("INBOX", 2) };
        let peer = Peer::start("", &[mailbox], |_| None);
        let archive = folder.path().to_str().unwrap();
        summary(&imap_as_alice(&["backup", &peer.url, archive, "--json", "--adopt"]).ok())
    };
    assert_eq!(backup("7")["new"], 2);
    assert_eq!(backup("4294967303")["new"], 2, "equal in the lower 32 bits");
    assert_eq!(tree(folder.path()).len(), 4);
}

#[test]
fn keywords_that_are_not_atoms_are_kept_and_do_not_change() {
    for keyword in ["OIB-[Google Mail]/All", "a]b", "b\u{f6}se", "x{3}", "100%"] {
        let row = format!("\\Seen {keyword} $Work");
        let listed = row.clone();
        let peer = Peer::start("", &[Mailbox::new("INBOX", 2)], move |ask| {
            let uid = ask.uid?;
            let text = text("INBOX", uid);
            let body = if ask.arguments.contains("BODY") {
                format!(" BODY[] {{{}}}\r\n{text}", text.len())
            } else {
                String::new()
            };
            Some(Trouble::Send(format!(
                "* {uid} FETCH (UID {uid} FLAGS ({listed}) INTERNALDATE \"17-Jul-2024 02:44:25 +0000\" RFC822.SIZE {}{body})\r\n",
                text.len()
            )))
        });
        let folder = tempfile::tempdir().unwrap();
        let args = ["backup", &peer.url, folder.path().to_str().unwrap(), "--json"];
        assert_eq!(summary(&imap_as_alice(&args).ok())["new"], 2);
        let files = tree(&folder.path().join("INBOX"));
        let keywords = fs::read_to_string(folder.path().join("INBOX/dovecot-keywords")).unwrap();
        assert!(keywords.contains("$Work\n"), "{keywords}");
        for part in keyword.split(' ') {
            assert!(keywords.contains(part), "{keyword}: {keywords}");
        }
        for _ in 0..2 {
            let run = imap_as_alice(&args).ok();
            assert_eq!((&summary(&run)["flags"], &summary(&run)["new"]), (&0.into(), &0.into()), "{keyword}: {run:?}");
        }
        assert_eq!(tree(&folder.path().join("INBOX")), files, "{keyword}");
        let database = Connection::open(folder.path().join(".imap-backup.sqlite")).unwrap();
        let stored: String =
            database.query_row("SELECT flags FROM messages WHERE uid = 1", [], |row| row.get(0)).unwrap();
        let stored = decoded(&stored);
        for word in row.split(' ') {
            assert!(stored.contains(word), "{keyword}: {stored}");
        }
    }
}

/// With each %XX as the byte that it stands for.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
