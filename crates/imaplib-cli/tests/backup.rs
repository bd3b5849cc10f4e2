//! `imap backup`: what arrives, what a second run does, and what a crash leaves.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, UNIX_EPOCH};

use imaplib_proto::types::{DateTime, Flag, Uid};
use imaplib_testserver::{Fault, Server};
use sha2::{Digest as _, Sha256};
use support::{PASSWORD, assert_complete, command, fill, imap, imap_as_alice, message, server, start, summary, tree};

#[test]
fn a_whole_account_arrives_with_bytes_flags_and_dates() {
    let dir = tempfile::tempdir().unwrap();
    let run = imap(&["backup", "demo:", dir.path().to_str().unwrap(), "--json"]).ok();
    let total = summary(&run);
    assert!(total["new"].as_u64().unwrap() > 150, "{total}");
    assert_eq!(total["failed"], 0);
    let files = tree(dir.path());
    assert_eq!(files.len() as u64, total["new"].as_u64().unwrap());
    assert!(files.iter().any(|file| file.starts_with("Projects/Orchard/Café Zürich/cur/")), "{files:?}");
    assert!(files.iter().any(|file| file.starts_with("Reise & Urlaub/cur/")), "{files:?}");
    let keywords = fs::read_to_string(dir.path().join("Junk/dovecot-keywords")).unwrap();
    assert_eq!(keywords, "0 $Junk\n");
    let junk = files.iter().find(|file| file.starts_with("Junk/cur/")).unwrap();
    assert!(junk.ends_with(":2,a"), "{junk}");
    let name = Path::new(junk).file_name().unwrap().to_str().unwrap();
    let date: u64 = name.split('.').next().unwrap().parse().unwrap();
    let modified = fs::metadata(dir.path().join(junk)).unwrap().modified().unwrap();
    assert_eq!(modified, UNIX_EPOCH + Duration::from_secs(date));

    let again = summary(&imap(&["backup", "demo:", dir.path().to_str().unwrap(), "--json"]).ok());
    assert_eq!((again["new"].as_u64(), again["flags"].as_u64()), (Some(0), Some(0)), "{again}");
    let again = imap(&["backup", "demo:", dir.path().to_str().unwrap()]).ok();
    assert_eq!(again.stdout, format!("{} mailboxes: nothing new\n", total["mailboxes"]));
    assert_eq!(tree(dir.path()), files);
}

#[test]
fn a_second_run_brings_what_is_new_and_follows_flags_and_expunges() {
    for without in ["NOTHING", "CONDSTORE"] {
        let (_server, account, url) = start(Server::builder().without(without));
        fill(&account, "INBOX", 1..6);
        account
            .append_with(
                "INBOX",
                [Flag::Seen, Flag::JUNK].into_iter().collect(),
                DateTime::from_unix(1_000_000_000).unwrap(),
                message(6),
            )
            .unwrap();
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("archive");
        let backup = |extra: &[&str]| {
            let mut args = vec!["backup", &url, archive.to_str().unwrap(), "--json"];
            args.extend(extra);
            imap_as_alice(&args).ok()
        };
        assert_eq!(summary(&backup(&[]))["new"], 6);
        assert_complete(&account, "INBOX", &archive);
        assert!(
            tree(&archive).iter().any(|file| file.starts_with("INBOX/cur/1000000000.V") && file.ends_with(":2,Sa"))
        );

        let quiet = summary(&backup(&[]));
        assert_eq!(
            (quiet["new"].as_u64(), quiet["flags"].as_u64(), quiet["expunged"].as_u64()),
            (Some(0), Some(0), Some(0))
        );

        account.set_flags("INBOX", Uid::new(2).unwrap(), [Flag::Seen, Flag::Flagged]).unwrap();
        account.expunge("INBOX", Uid::new(3).unwrap()).unwrap();
        fill(&account, "INBOX", 7..9);
        let third = summary(&backup(&[]));
        assert_eq!(
            (third["new"].as_u64(), third["flags"].as_u64(), third["expunged"].as_u64()),
            (Some(2), Some(1), Some(1)),
            "{third}"
        );
        assert!(tree(&archive).iter().any(|file| file.contains("U2.imap,") && file.ends_with(":2,FS")));
        assert!(tree(&archive).iter().any(|file| file.contains("U3.imap,")), "the archive keeps what is expunged");

        let pruned = summary(&backup(&["--prune"]));
        assert_eq!(pruned["pruned"], 1);
        assert_complete(&account, "INBOX", &archive);
    }
}

#[test]
fn a_mailbox_made_anew_is_fetched_anew_and_its_past_is_kept() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..4);
    let dir = tempfile::tempdir().unwrap();
    let args = ["backup", url.as_str(), dir.path().to_str().unwrap()];
    imap_as_alice(&args).ok();
    account.renew_uid_validity("INBOX").unwrap();
    let run = imap_as_alice(&args).ok();
    assert!(run.stdout.contains("UIDVALIDITY"), "{run:?}");
    assert_eq!(tree(dir.path()).len(), 6);
    let run = imap_as_alice(&args).ok();
    assert!(!run.stdout.contains("UIDVALIDITY"), "{run:?}");
    assert_eq!(tree(dir.path()).len(), 6);
}

#[test]
fn a_killed_run_goes_on_and_stores_nothing_twice() {
    let (_server, account, url) =
        start(Server::builder().fault(Fault::Delay { before_each_write: Duration::from_millis(1) }));
    for number in 0..1500 {
        account.append("INBOX", [message(number), vec![b'x'; 8000]].concat()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    let mut interrupted = 0;
    for round in 0..10 {
        let mut child =
            command(&["backup", &url, archive]).env("IMAP_PASSWORD", PASSWORD).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 25 * round));
        interrupted += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let files = tree(dir.path());
        let different: HashSet<&str> = files.iter().filter_map(|file| file.split(".imap,").next()).collect();
        assert_eq!(files.len(), different.len(), "a message is there twice");
    }
    assert!(interrupted > 0, "every run was over before it could be killed");
    imap_as_alice(&["backup", &url, archive]).ok();
    assert_complete(&account, "INBOX", dir.path());
    let leftovers = fs::read_dir(dir.path().join("INBOX/tmp")).unwrap().count();
    assert_eq!(leftovers, 0);
    let last = imap_as_alice(&["backup", &url, archive, "--json"]).ok();
    assert_eq!(summary(&last)["new"], 0);
}

#[test]
fn files_without_a_database_are_found_again() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..20);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    fs::remove_file(dir.path().join(".imap-backup.sqlite")).unwrap();
    fs::remove_dir_all(dir.path().join(".log")).unwrap();
    let refused = imap_as_alice(&["backup", &url, archive]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--adopt"), "{refused:?}");
    let adopted = summary(&imap_as_alice(&["backup", &url, archive, "--adopt", "--json"]).ok());
    assert_eq!((adopted["new"].as_u64(), adopted["adopted"].as_u64()), (Some(0), Some(19)), "{adopted}");
    assert_complete(&account, "INBOX", dir.path());
}

#[test]
fn verify_fetches_what_is_missing_or_damaged() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..6);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    let files = tree(dir.path());
    fs::remove_file(dir.path().join(&files[0])).unwrap();
    fs::write(dir.path().join(&files[1]), "damaged").unwrap();
    let verify = || imap_as_alice(&["backup", &url, archive, "--verify", "--json"]);
    let run = verify();
    // What the disk has damaged is a failure also where the server still has the message.
    let total = summary(&run);
    assert_eq!((run.code, &total["damaged"]), (1, &1.into()), "{run:?}");
    assert_eq!((&total["new"], &total["repaired"], &total["lost"]), (&0.into(), &2.into(), &0.into()), "{total}");
    assert_eq!(summary(&verify().ok())["repaired"], 0);
    assert_complete(&account, "INBOX", dir.path());
}

#[test]
fn verify_compares_checksums_and_tells_what_is_lost() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..6);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    let flip = |uid: u32| {
        let name = tree(dir.path()).into_iter().find(|file| file.contains(&format!("U{uid}.imap,"))).unwrap();
        let mut bytes = fs::read(dir.path().join(&name)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(dir.path().join(&name), bytes).unwrap();
        dir.path().join(name)
    };
    let file = flip(2);
    let run = imap_as_alice(&["backup", &url, archive, "--verify"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains(file.file_name().unwrap().to_str().unwrap()), "{run:?}");
    assert!(
        run.stdout.contains("1 repaired") && run.stderr.contains("damaged") && run.stderr.contains("UID 2"),
        "{run:?}"
    );
    assert_complete(&account, "INBOX", dir.path());
    // The checksum is there again, too.
    flip(2);
    assert_eq!(summary(&imap_as_alice(&["backup", &url, archive, "--verify", "--json"]))["repaired"], 1);
    imap_as_alice(&["backup", &url, archive, "--verify"]).ok();

    account.expunge("INBOX", Uid::new(3).unwrap()).unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    fs::remove_file(flip(3)).unwrap();
    let lost = imap_as_alice(&["backup", &url, archive, "--verify", "--json"]);
    assert_eq!((lost.code, &summary(&lost)["lost"]), (1, &1.into()), "{lost:?}");
    assert!(lost.stderr.contains("UID 3"), "{lost:?}");
    imap_as_alice(&["backup", &url, archive]).ok();
    account.create("Gone").unwrap();
    account.append("Gone", message(1)).unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    account.delete("Gone").unwrap();
    fs::remove_dir_all(dir.path().join("Gone")).unwrap();
    let lost = imap_as_alice(&["backup", &url, archive, "--verify", "--json"]);
    let total = summary(&lost);
    assert_eq!((lost.code, &total["lost"], &total["lost_before"]), (1, &1.into(), &1.into()), "{lost:?}");
}

/// A SHA-256 for each message, also for those that were adopted or stored without one.
#[test]
fn every_message_has_a_checksum() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..6);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    let database = dir.path().join(".imap-backup.sqlite");
    let sums = || {
        let database = rusqlite::Connection::open(&database).unwrap();
        let mut query = database.prepare("SELECT file, sha256 FROM messages ORDER BY uid").unwrap();
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<Vec<u8>>>(1)?)));
        rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    let assert_right = || {
        let sums = sums();
        assert_eq!(sums.len(), 5);
        for (file, sum) in sums {
            let text = fs::read(dir.path().join("INBOX/cur").join(&file)).unwrap();
            assert_eq!(sum, Some(Sha256::digest(text).to_vec()), "{file}");
        }
    };
    // The option of older versions is accepted and makes no difference.
    imap_as_alice(&["backup", &url, archive, "--checksums"]).ok();
    assert_right();
    assert!(!imap(&["help", "backup"]).stdout.contains("--checksums"));
    fs::remove_file(&database).unwrap();
    fs::remove_dir_all(dir.path().join(".log")).unwrap();
    imap_as_alice(&["backup", &url, archive, "--adopt"]).ok();
    assert_right();
    // An archive of an older version.
    let before = sums();
    rusqlite::Connection::open(&database).unwrap().execute("UPDATE messages SET sha256 = NULL", []).unwrap();
    let run = imap_as_alice(&["backup", &url, archive, "--verify"]).ok();
    assert!(run.stderr.contains("5 messages had no SHA-256"), "{run:?}");
    assert_right();
    assert_eq!(sums(), before);
    assert!(!imap_as_alice(&["backup", &url, archive, "--verify"]).ok().stderr.contains("SHA-256"));
}

#[test]
fn a_folder_that_is_missing_comes_again() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..6);
    account.create("Other").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    fs::remove_dir_all(dir.path().join("INBOX")).unwrap();
    let run = imap_as_alice(&["backup", &url, archive, "--json"]);
    assert_eq!((run.code, &summary(&run)["repaired"]), (1, &5.into()), "{run:?}");
    assert!(run.stderr.contains("INBOX: the folder is missing"), "{run:?}");
    assert_complete(&account, "INBOX", dir.path());
    assert_eq!(summary(&imap_as_alice(&["backup", &url, archive, "--json"]).ok())["repaired"], 0);
}

#[test]
fn a_lost_connection_is_made_again() {
    let (server, account, url) = start(Server::builder().fault_on(0, Fault::CutAfter { bytes: 40_000 }));
    fill(&account, "INBOX", 0..300);
    let dir = tempfile::tempdir().unwrap();
    let run = imap_as_alice(&["backup", &url, dir.path().to_str().unwrap()]).ok();
    assert!(run.stderr.contains("connecting again"), "{run:?}");
    assert_complete(&account, "INBOX", dir.path());
    assert_eq!(server.accepted(), 2);
}

#[test]
fn one_archive_one_backup_at_a_time() {
    let (_server, account, url) =
        start(Server::builder().fault(Fault::Delay { before_each_write: Duration::from_millis(20) }));
    fill(&account, "INBOX", 0..300);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    let mut first = command(&["backup", &url, archive]).env("IMAP_PASSWORD", PASSWORD).spawn().unwrap();
    while !dir.path().join(".imap-backup.sqlite").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = imap_as_alice(&["backup", &url, archive]);
    assert_eq!(second.code, 75, "{second:?}");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn patterns_choose_mailboxes() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap(&["backup", "demo:", archive, "--mailbox", "Archive*", "--exclude", "*/2020"]).ok();
    let tops: HashSet<String> =
        tree(dir.path()).into_iter().map(|file| file.split("/cur/").next().unwrap().to_owned()).collect();
    assert!(tops.contains("Archive/2021") && !tops.contains("Archive/2020") && !tops.contains("INBOX"), "{tops:?}");
    assert_eq!(imap(&["backup", "demo:", archive, "--mailbox", "Xyzzy"]).code, 69);
    // One that is not there, or was renamed, must not go unnoticed among the others.
    let run =
        imap(&["backup", "demo:", archive, "--mailbox", "INBOX", "--mailbox", "Xyzzy", "--mailbox", "Old*", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    for pattern in ["Xyzzy", "Old*"] {
        assert!(run.stderr.contains(&format!("{pattern}: the server lists no such mailbox")), "{run:?}");
    }
    let inbox = run.stdout.lines().find(|line| line.contains("\"mailbox\":\"INBOX\"")).unwrap();
    assert!(inbox.contains("\"incomplete\":false"), "{inbox}");
}

#[test]
fn foreign_folders_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "x").unwrap();
    let run = imap(&["backup", "demo:", dir.path().to_str().unwrap()]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(
        fs::read_dir(dir.path())
            .unwrap()
            .filter(|entry| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count(),
        1
    );
}

#[test]
fn names_stay_inside_and_apart() {
    let (_server, account, url) = server();
    let long = "x".repeat(900);
    let names = [
        "../../../evil",
        "INBOX/cur",
        "Foo",
        "foo",
        "a.b",
        ".hidden",
        "new/tmp",
        "50 percent, \"quoted\"",
        &long,
        "C:\\x",
    ];
    for name in names {
        account.create(name).unwrap();
        account.append(name, message(1)).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("1/2/3/archive");
    let run = summary(&imap_as_alice(&["backup", &url, archive.to_str().unwrap(), "--json"]).ok());
    assert_eq!(run["new"].as_u64(), Some(names.len() as u64), "{run}");
    let files = tree(dir.path());
    assert_eq!(files.len(), names.len(), "{files:?}");
    assert!(files.iter().all(|file| file.starts_with("1/2/3/archive/")), "{files:?}");
    let folded: HashSet<String> = files.iter().map(|file| file.to_lowercase()).collect();
    assert_eq!(folded.len(), files.len(), "folders differ by case only: {files:?}");
    // Each Maildir has cur, new and tmp, and no mailbox hides in another one's.
    assert!(files.iter().any(|file| file.contains("/INBOX/%63ur/cur/")), "{files:?}");
    let again = summary(&imap_as_alice(&["backup", &url, archive.to_str().unwrap(), "--json"]).ok());
    assert_eq!((again["new"].as_u64(), again["failed_mailboxes"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn a_mailbox_that_is_gone_is_told_and_kept() {
    let (first, account, url) = server();
    fill(&account, "INBOX", 1..4);
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().to_str().unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    account.create("Gone").unwrap();
    imap_as_alice(&["backup", &url, archive]).ok();
    account.delete("Gone").unwrap();
    let run = imap_as_alice(&["backup", &url, archive]).ok();
    assert!(run.stdout.contains("Gone: no longer on the server"), "{run:?}");
    drop(first);
    assert_eq!(tree(dir.path()).len(), 3);
}

#[test]
fn a_server_that_has_too_much_to_do_is_given_the_time_it_asks_for() {
    let with = "BAD Request is throttled. Suggested Backoff Time: 300 milliseconds".to_owned();
    let (_server, account, url) = start(Server::builder().fault(Fault::Refuse { command: "EXAMINE".to_owned(), with }));
    fill(&account, "INBOX", 1..3);
    let dir = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let run = imap_as_alice(&["backup", &url, dir.path().to_str().unwrap()]);
    assert_eq!(run.code, 1, "{run:?}");
    let waits = u32::try_from(run.stderr.matches("continuing in 0.3 s").count()).unwrap();
    assert!(waits > 1 && began.elapsed() >= Duration::from_millis(300) * waits, "{run:?}");
    assert!(!run.stderr.contains("connecting again"), "{run:?}");
}

#[test]
fn a_mailbox_that_cannot_be_opened_fails_alone() {
    let (_server, account, url) = start(
        Server::builder().fault(Fault::Refuse { command: "EXAMINE".to_owned(), with: "NO [INUSE] later".to_owned() }),
    );
    fill(&account, "INBOX", 1..3);
    let dir = tempfile::tempdir().unwrap();
    let run = imap_as_alice(&["backup", &url, dir.path().to_str().unwrap(), "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("INBOX"), "{run:?}");
    assert_eq!(summary(&run)["failed_mailboxes"], 1);
}

#[test]
fn a_server_that_cuts_every_connection_is_given_up_and_reported() {
    let (server, account, url) = start(Server::builder().fault(Fault::CutAfter { bytes: 60_000 }));
    for number in 0..40 {
        account.append("INBOX", [message(number), vec![b'x'; 70_000]].concat()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let run = imap_as_alice(&["backup", &url, dir.path().to_str().unwrap(), "--json"]);
    assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &1.into()), "{run:?}");
    // As many as may be lost while it is looked for the messages that cost them.
    assert!((3..35).contains(&server.accepted()), "{run:?}");
    assert_eq!(tree(dir.path()).len(), 0, "a cut message must not pass for whole");
}
