//! The archive beside the account: whose it is, mailboxes that are gone, files that are missing or renamed, archives of older
//! versions, and UIDVALIDITYs that do not last.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use imaplib_testserver::Server;
use rusqlite::Connection;
use support::script::Script;
use support::{Run, assert_complete, fill, imap_as_alice, server, start, summary, tree};

fn backup(url: &str, archive: &Path, extra: &[&str]) -> Run {
    let mut arguments = vec!["backup", url, archive.to_str().unwrap(), "--json"];
    arguments.extend(extra);
    imap_as_alice(&arguments)
}

#[test]
fn an_archive_is_of_one_port_and_older_ones_get_theirs() {
    let (_one, account, url) = server();
    fill(&account, "INBOX", 0..3);
    let (_two, other, other_url) = server();
    fill(&other, "INBOX", 5..7);
    let folder = tempfile::tempdir().unwrap();
    backup(&url, folder.path(), &[]).ok();
    let refused = backup(&other_url, folder.path(), &[]);
    assert!(refused.code == 2 && refused.stderr.contains("is the archive of alice@127.0.0.1:"), "{refused:?}");
    assert_eq!(tree(folder.path()).len(), 3);
    // As an older version noted it, without the port.
    let database = Connection::open(folder.path().join(".imap-backup.sqlite")).unwrap();
    database.execute("UPDATE archive SET identity = 'alice@127.0.0.1', has_port = 0", []).unwrap();
    drop(database);
    backup(&url, folder.path(), &[]).ok();
    assert_eq!(backup(&other_url, folder.path(), &[]).code, 2);
    assert_complete(&account, "INBOX", folder.path());
}

#[test]
fn a_mailbox_that_is_gone_is_reported_once_and_can_be_forgotten() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..2);
    account.create("Gone").unwrap();
    fill(&account, "Gone", 5..8);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    backup(&url, folder.path(), &[]).ok();
    account.delete("Gone").unwrap();
    let first = imap_as_alice(&["backup", &url, archive]).ok();
    assert!(first.stdout.contains("Gone: no longer on the server"), "{first:?}");
    let second = imap_as_alice(&["backup", &url, archive]).ok();
    assert!(
        !second.stdout.contains("Gone") && second.stdout.contains("1 mailbox no longer on the server"),
        "{second:?}"
    );
    let total = summary(&backup(&url, folder.path(), &[]).ok());
    assert_eq!((total["gone"].as_array().unwrap().len(), &total["gone_before"]), (0, &1.into()), "{total}");
    // One that comes back and goes again is reported again.
    account.create("Gone").unwrap();
    backup(&url, folder.path(), &[]).ok();
    account.delete("Gone").unwrap();
    assert_eq!(summary(&backup(&url, folder.path(), &[]).ok())["gone"][0], "Gone");

    assert_eq!(imap_as_alice(&["backup", &url, archive, "--forget", "Xyzzy"]).code, 69);
    let forgotten = imap_as_alice(&["backup", &url, archive, "--forget", "Gone"]).ok();
    assert!(forgotten.stdout.contains("Gone: forgotten; the files of its 3 messages stay in"), "{forgotten:?}");
    assert_eq!(tree(folder.path()).iter().filter(|file| file.starts_with(".gone/Gone/")).count(), 3);
    let total = summary(&backup(&url, folder.path(), &["--verify"]).ok());
    assert_eq!((total["gone"].as_array().unwrap().len(), &total["gone_before"]), (0, &0.into()), "{total}");
}

#[test]
fn a_plain_run_misses_a_file_and_fetches_it_again() {
    for builder in [Server::builder().with("CONDSTORE"), Server::builder().without("LIST-STATUS")] {
        let (_server, account, url) = start(builder);
        fill(&account, "INBOX", 0..4);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &[]).ok();
        let files = tree(folder.path());
        fs::remove_file(folder.path().join(&files[1])).unwrap();
        // As many files as before.
        fs::write(folder.path().join("INBOX/cur/1.M1P1.other:2,"), "another program's").unwrap();
        let run = backup(&url, folder.path(), &[]);
        assert!(run.code == 1 && summary(&run)["repaired"] == 1, "{run:?}");
        assert!(run.stderr.contains("missing, fetched again: UID"), "{run:?}");
        fs::remove_file(folder.path().join("INBOX/cur/1.M1P1.other:2,")).unwrap();
        assert_complete(&account, "INBOX", folder.path());
        assert_eq!(summary(&backup(&url, folder.path(), &[]).ok())["repaired"], 0);
    }
}

#[test]
fn verify_sees_flags_that_another_program_changed() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..4);
    let folder = tempfile::tempdir().unwrap();
    backup(&url, folder.path(), &[]).ok();
    let files = tree(folder.path());
    for file in &files[..2] {
        fs::rename(folder.path().join(file), folder.path().join(format!("{file}FS"))).unwrap();
    }
    let run = backup(&url, folder.path(), &["--verify"]).ok();
    let total = summary(&run);
    assert_eq!((&total["renamed"], &total["repaired"]), (&2.into(), &0.into()), "{total}");
    assert!(run.stderr.contains("another program changed the flags of 2 messages"), "{run:?}");
    assert_eq!(tree(folder.path()), files);
    assert_eq!(summary(&backup(&url, folder.path(), &["--verify"]).ok())["renamed"], 0);
}

const SELECTED: &[&str] = &["* 2 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 3] x"];

fn row(uid: u32, day: u32, size: u32, text: &str) -> String {
    format!(
        "* {uid} FETCH (UID {uid} FLAGS () INTERNALDATE \"{day:02}-Jul-1996 02:44:25 -0700\" RFC822.SIZE {size}{text})"
    )
}

/// A server with two messages: the day and the announced size of each in the list, and its text.
fn two(messages: [(u32, u32, &str); 2]) -> Script {
    let rows = |with_text: bool| {
        let rows = (1..).zip(messages);
        rows.map(|(uid, (day, size, text))| {
            row(uid, day, size, &if with_text { format!(" BODY[] \"{text}\"") } else { String::new() })
        })
        .collect::<Vec<String>>()
    };
    let (list, texts) = (rows(false), rows(true));
    let strings = |rows: &[String]| rows.iter().map(|row| row.clone().leak() as &str).collect::<Vec<&str>>();
    Script::new(
        "",
        &[("EXAMINE", SELECTED), ("UID FETCH 1:\\* ", &strings(&list)), ("UID FETCH", &strings(&texts)), ("NOOP", &[])],
    )
}

fn texts(archive: &Path) -> Vec<String> {
    let mut texts: Vec<String> =
        tree(archive).iter().map(|file| fs::read_to_string(archive.join(file)).unwrap()).collect();
    texts.sort();
    texts
}

/// What the database of version 1 had.
fn make_old(archive: &Path) {
    let database = Connection::open(archive.join(".imap-backup.sqlite")).unwrap();
    for index in [
        "unproven_messages",
        "compared_messages",
        "lost_messages",
        "kept_messages",
        "equal_messages",
        "called_messages",
    ] {
        database.execute(&format!("DROP INDEX {index}"), []).unwrap();
    }
    for (table, columns) in [
        (
            "messages",
            &[
                "announced",
                "unreliable",
                "was_uidvalidity",
                "was_uid",
                "unproven",
                "found_sha256",
                "lost",
                "kept",
                "zone",
                "server_id",
            ][..],
        ),
        (
            "mailboxes",
            &[
                "compared",
                "arrived",
                "renewals",
                "selects",
                "gone",
                "set_back",
                "delimiter",
                "mailbox_id",
                "special_use",
                "subscribed",
                "described",
                "moved_from",
            ],
        ),
        ("archive", &["has_port", "doubted", "turn"]),
    ] {
        for column in columns {
            database.execute(&format!("ALTER TABLE {table} DROP COLUMN {column}"), []).unwrap();
        }
    }
    database
        .execute_batch("DROP TABLE failing; DROP TABLE levels; DROP TABLE shorter; DROP TABLE log_position")
        .unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
    fs::remove_dir_all(archive.join(".log")).unwrap();
}

#[test]
fn an_archive_of_version_1_is_completed_without_fetching_and_is_safe_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    let run = |script: &Script| script.run(&["backup", "--adopt", archive]).ok();
    let before = two([(17, 2, "one"), (18, 2, "two")]);
    run(&before);
    make_old(folder.path());
    // The dates were noted by version 1, too.
    let again = two([(17, 2, "one"), (19, 2, "new")]);
    run(&again);
    assert_eq!(texts(folder.path()), ["new", "one", "two"]);
    assert!(again.heard().contains("UID FETCH 2 ("), "{}", again.heard());
    make_old(folder.path());
    let same = two([(17, 2, "one"), (19, 2, "new")]);
    run(&same);
    assert!(!same.heard().contains("BODY.PEEK[]"), "{}", same.heard());
    // From now on the sizes tell, too, though they are not those of the texts.
    run(&two([(17, 1, "uno"), (19, 2, "new")]));
    assert_eq!(texts(folder.path()), ["new", "one", "two", "uno"]);
}

#[test]
fn a_size_that_is_wrong_or_changes_without_a_cause_is_no_reason_to_fetch_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    for (round, size) in (10..16).enumerate() {
        let script = two([(17, size, "one"), (18, 99, "two")]);
        // What is shorter than announced is asked for once more.
        let run = script.run(&["backup", "--adopt", archive]);
        assert_eq!(run.code, i32::from(round == 0), "round {round}: {run:?}");
        assert_eq!(texts(folder.path()), ["one", "two"], "round {round}");
        let fetches = script.heard().matches("BODY.PEEK[]").count();
        assert_eq!(fetches, usize::from(round < 3), "round {round}");
    }
    // The date tells all the same.
    let other = two([(20, 10, "uno"), (18, 99, "two")]).run(&["backup", "--adopt", archive]);
    // It is another message, and shorter than announced: it is to be asked for once more.
    assert_eq!(other.code, 1, "{other:?}");
    assert_eq!(texts(folder.path()), ["one", "two", "uno"]);
}

#[test]
fn an_empty_file_of_an_older_version_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().to_str().unwrap();
    two([(17, 0, ""), (18, 3, "two")]).run(&["backup", "--adopt", archive]).ok();
    assert_eq!(texts(folder.path()), ["", "two"]);
    two([(17, 3, "one"), (18, 3, "two")]).run(&["backup", "--adopt", archive]).ok();
    assert_eq!(texts(folder.path()), ["one", "two"]);
}

/// In a shell script `$$` is another number in each session.
fn with_validity(capabilities: &str, examine: &str, select: &str, texts: &[&str]) -> Script {
    let lines =
        |validity: &str| [SELECTED[0].to_owned(), format!("* OK [UIDVALIDITY {validity}] x"), SELECTED[2].to_owned()];
    let (examine, select) = (lines(examine), lines(select));
    let list = [row(1, 17, 3, ""), row(2, 17, 3, "")];
    Script::new(
        capabilities,
        &[
            ("EXAMINE", &examine.each_ref().map(String::as_str)),
            ("SELECT", &select.each_ref().map(String::as_str)),
            ("UID FETCH 1:\\* ", &list.each_ref().map(String::as_str)),
            ("UID FETCH", texts),
        ],
    )
}

#[test]
fn a_uidvalidity_that_lasts_after_select_alone_doubles_nothing() {
    let texts = [row(1, 17, 3, " BODY[] \"one\""), row(2, 17, 3, " BODY[] \"two\"")];
    let texts = texts.each_ref().map(String::as_str);
    // A server that seems to keep an index gives itself away the first time.
    for (capabilities, files) in [("", [2, 2, 2, 2]), ("CONDSTORE", [2, 4, 4, 4])] {
        let script = with_validity(capabilities, "'$$'", "7", &texts);
        let folder = tempfile::tempdir().unwrap();
        for (round, files) in files.into_iter().enumerate() {
            script.run(&["backup", folder.path().to_str().unwrap()]).ok();
            assert_eq!(tree(folder.path()).len(), files, "{capabilities}: round {round}");
        }
    }
}

#[test]
fn a_uidvalidity_that_never_lasts_stops_being_stored() {
    let texts = [row(1, 17, 3, " BODY[] \"one\""), row(2, 17, 3, " BODY[] \"two\"")];
    let script = with_validity("", "'$$'", "'$$'", &texts.each_ref().map(String::as_str));
    let folder = tempfile::tempdir().unwrap();
    for (round, (files, code)) in [(2, 0), (4, 0), (6, 0), (8, 0), (8, 1), (8, 1)].into_iter().enumerate() {
        let run = script.run(&["backup", folder.path().to_str().unwrap()]);
        assert_eq!((tree(folder.path()).len(), run.code), (files, code), "round {round}: {run:?}");
        assert_eq!(run.stderr.contains("UIDVALIDITY does not last"), code == 1, "{run:?}");
    }
}

/// A message that costs the connection: a new UIDVALIDITY behind it is no progress, and nothing is stored again.
#[test]
fn a_new_uidvalidity_after_a_lost_connection_is_no_progress() {
    let text = row(1, 17, 3, " BODY[] \"one\"");
    let script = with_validity("", "'$$'", "'$$'", &[&text, "x'; exit; printf '"]);
    let folder = tempfile::tempdir().unwrap();
    let run = script.run(&["backup", folder.path().to_str().unwrap()]);
    assert!(run.code == 1 && run.stderr.contains("UIDVALIDITY does not last"), "{run:?}");
    assert_eq!(tree(folder.path()).len(), 1, "{run:?}");
}

fn spoil(path: &Path) {
    let mut text = fs::read(path).unwrap();
    text[20] ^= 1;
    fs::write(path, text).unwrap();
}

/// Found by its name and its size alone.
#[test]
fn a_file_that_is_found_is_compared_with_the_message() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..10);
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join(".imap-backup.sqlite");
    backup(&url, folder.path(), &[]).ok();
    // As after a run that ended before the database knew all: a plain run compares those few.
    let older = Connection::open(&database).unwrap();
    older.execute("DELETE FROM messages WHERE uid > 6", []).unwrap();
    older.execute("UPDATE mailboxes SET unsettled = 1", []).unwrap();
    drop(older);
    let files = tree(folder.path());
    let file = |uid: u32| folder.path().join(files.iter().find(|file| file.contains(&format!("U{uid}."))).unwrap());
    spoil(&file(8));
    let run = backup(&url, folder.path(), &[]);
    let total = summary(&run);
    assert_eq!((run.code, &total["adopted"], &total["unchanged"]), (1, &4.into(), &3.into()), "{run:?}");
    assert_eq!((&total["damaged"], &total["repaired"], &total["new"]), (&1.into(), &1.into(), &0.into()), "{run:?}");
    assert!(run.stderr.contains("replaced: UID 8"), "{run:?}");
    assert_complete(&account, "INBOX", folder.path());
    assert_eq!(tree(folder.path()), files);
    assert_eq!(summary(&backup(&url, folder.path(), &["--verify"]).ok())["unchanged"], 0);

    // Without the database all is found: --verify compares it, once.
    spoil(&file(3));
    fs::write(file(4), vec![0; fs::read(file(4)).unwrap().len()]).unwrap();
    fs::remove_file(&database).unwrap();
    fs::remove_dir_all(folder.path().join(".log")).unwrap();
    let run = backup(&url, folder.path(), &["--adopt"]).ok();
    assert!(summary(&run)["adopted"] == 10 && run.stderr.contains("--verify compares them"), "{run:?}");
    assert_eq!(summary(&backup(&url, folder.path(), &[]).ok())["unchanged"], 0);
    let run = backup(&url, folder.path(), &["--verify"]);
    let total = summary(&run);
    assert_eq!((run.code, &total["damaged"], &total["unchanged"]), (1, &2.into(), &8.into()), "{run:?}");
    assert_complete(&account, "INBOX", folder.path());
    assert_eq!(tree(folder.path()), files);
    let total = summary(&backup(&url, folder.path(), &["--verify"]).ok());
    assert_eq!((&total["damaged"], &total["unchanged"]), (&0.into(), &0.into()), "{total}");
}

#[test]
fn a_file_that_a_mail_program_moved_is_found_and_moved_back() {
    for extra in [&[][..], &["--verify"]] {
        let (_server, account, url) = server();
        fill(&account, "INBOX", 0..4);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &[]).ok();
        let files = tree(folder.path());
        for (number, file) in files[..2].iter().enumerate() {
            let moved = file.replace("/cur/", "/new/");
            let moved = if number == 0 { moved.as_str() } else { moved.split(":2,").next().unwrap() };
            fs::rename(folder.path().join(file), folder.path().join(moved)).unwrap();
        }
        let run = backup(&url, folder.path(), extra).ok();
        let total = summary(&run);
        assert_eq!(
            (&total["repaired"], &total["new"], &total["adopted"]),
            (&0.into(), &0.into(), &0.into()),
            "{run:?}"
        );
        assert!(run.stderr.contains("moved 2 messages to new"), "{run:?}");
        assert_eq!(tree(folder.path()), files);
        assert_eq!(fs::read_dir(folder.path().join("INBOX/new")).unwrap().count(), 0);
        assert_complete(&account, "INBOX", folder.path());
    }
}

#[test]
fn a_link_in_place_of_a_file_is_no_message_and_a_folder_costs_that_message() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..6);
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    backup(&url, folder.path(), &[]).ok();
    let files = tree(folder.path());
    let (linked, blocked) = (folder.path().join(&files[1]), folder.path().join(&files[3]));
    let original = elsewhere.path().join("message");
    fs::rename(&linked, &original).unwrap();
    std::os::unix::fs::symlink(&original, &linked).unwrap();
    let run = backup(&url, folder.path(), &[]);
    assert_eq!((run.code, &summary(&run)["repaired"]), (1, &1.into()), "{run:?}");
    assert!(fs::symlink_metadata(&linked).unwrap().is_file() && original.exists());

    fs::remove_file(&blocked).unwrap();
    fs::create_dir(&blocked).unwrap();
    fill(&account, "INBOX", 6..8);
    for (extra, new) in [(&[][..], 2), (&["--verify"], 0)] {
        let run = backup(&url, folder.path(), extra);
        let total = summary(&run);
        assert_eq!((run.code, &total["failed"], &total["new"]), (1, &1.into(), &new.into()), "{run:?}");
        assert_eq!(total["failed_mailboxes"], 0, "{run:?}");
        assert!(run.stderr.contains("is a folder; move it away"), "{run:?}");
        assert_eq!(tree(folder.path()).len(), 7);
    }
    fs::remove_dir(&blocked).unwrap();
    assert_eq!(summary(&backup(&url, folder.path(), &[]))["repaired"], 1);
    assert_complete(&account, "INBOX", folder.path());
}
