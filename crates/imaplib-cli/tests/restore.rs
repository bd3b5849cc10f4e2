//! `imap restore` and `imap copy ACCOUNT TO`: what they print, what they refuse, and what they end with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::path::Path;

use imaplib_testserver::{AccountHandle, Fault, Server};
use support::{PASSWORD, Run, command, fill, finish, server, start, summary};

/// With the password in the environment, and a home of its own.
fn imap(arguments: &[&str], home: &Path) -> Run {
    finish(command(arguments).env("IMAP_PASSWORD", PASSWORD).env("HOME", home), b"")
}

/// Texts and flags of all messages.
fn contents(account: &AccountHandle, mailbox: &str) -> Vec<(String, String)> {
    let messages = account.messages(mailbox).unwrap().into_iter();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    messages.map(|message| (text(&message.content.prefix(9999)), message.flags.to_string())).collect()
}

#[test]
fn an_archive_is_restored_as_planned() {
    let home = tempfile::tempdir().unwrap();
    let archive = home.path().join("archive");
    let archive = archive.to_str().unwrap();
    let (_source, from, source) = server();
    from.create("Lists/rust").unwrap();
    fill(&from, "INBOX", 0..12);
    fill(&from, "Lists/rust", 12..15);
    imap(&["backup", &source, archive], home.path()).ok();
    let (target, to, url) = server();

    let plan = imap(&["restore", archive, &url, "--dry-run", "--map", "Lists=Old"], home.path()).ok();
    assert!(plan.stdout.contains("INBOX: 12 messages to be sent"), "{plan:?}");
    assert!(plan.stdout.contains("Lists/rust -> Old/rust: new, 3 messages to be sent"), "{plan:?}");
    assert!(target.commands().iter().all(|line| !line.contains("APPEND") && !line.contains("CREATE")));

    let restored = imap(&["restore", archive, &url, "--map", "Lists=Old", "--json"], home.path()).ok();
    assert_eq!(
        (&summary(&restored)["sent"], &summary(&restored)["mailboxes"]),
        (&15.into(), &3.into()),
        "{restored:?}"
    );
    assert_eq!(contents(&to, "INBOX"), contents(&from, "INBOX"));
    assert_eq!(contents(&to, "Old/rust"), contents(&from, "Lists/rust"));
    let again = imap(&["restore", archive, &url, "--map", "Lists=Old"], home.path()).ok();
    assert_eq!(again.stdout.trim(), "3 mailboxes: 15 sent by earlier runs", "{again:?}");

    // Another backup of the same account notices nothing of it, and neither does the archive's check.
    assert!(imap(&["backup", &source, archive], home.path()).ok().stdout.contains("nothing new"));
    assert!(imap(&["verify", archive], home.path()).ok().stdout.contains("all are as they were stored"));
    imap(&["archive", "rebuild", archive], home.path()).ok();
    let rebuilt = imap(&["restore", archive, &url, "--map", "Lists=Old", "--json"], home.path()).ok();
    assert_eq!((&summary(&rebuilt)["sent"], &summary(&rebuilt)["before"]), (&0.into(), &15.into()), "{rebuilt:?}");
}

#[test]
fn what_cannot_be_restored_is_said_and_ends_with_an_exit_code() {
    let home = tempfile::tempdir().unwrap();
    let archive = home.path().join("archive");
    let archive = archive.to_str().unwrap();
    let (_source, from, source) = server();
    fill(&from, "INBOX", 0..12);
    imap(&["backup", &source, archive], home.path()).ok();
    let (_target, _, url) = server();

    let nowhere = home.path().join("nowhere");
    let missing = imap(&["restore", nowhere.to_str().unwrap(), &url], home.path());
    assert_eq!(missing.code, 66, "{missing:?}");
    assert!(!nowhere.exists());
    for (arguments, code, text) in [
        (&["--map", "Nowhere=x"][..], 2, "there is no mailbox \"Nowhere\""),
        (&["--map", "nowhere=x", "--map", "nowhere=y"], 2, "\"nowhere\" two names"),
        (&["--map", "inbox=x", "--map", "INBOX=y"], 2, "\"INBOX\" two names"),
        (&["--map", "x"], 2, "is not a pair of names"),
        (&["--mailbox", "Nowhere"], 69, "no mailbox matches"),
        (&["--since", "someday"], 2, "is not a valid date"),
    ] {
        let run = imap(&[&["restore", archive, &url], arguments].concat(), home.path());
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains(text), "{run:?}");
    }
    let run = imap(&["restore", archive, &url, "--mailbox", "Nowhere", "--json"], home.path());
    assert!(run.code == 69 && run.stderr.starts_with('{') && run.stderr.contains("no mailbox matches"), "{run:?}");
    let plan = imap(&["restore", archive, &url, "--dry-run", "--map", "inbox=Old"], home.path()).ok();
    assert!(plan.stdout.contains("INBOX -> Old"), "{plan:?}");
    let (_full, to, url) = start(Server::builder().with("QUOTA"));
    to.set_quota(Some(1), None).unwrap();
    let refused = imap(&["restore", archive, &url], home.path());
    assert_eq!(refused.code, 69, "{refused:?}");
    assert!(
        refused.stderr.contains("not enough room (QUOTA)") && refused.stderr.contains("--despite-quota"),
        "{refused:?}"
    );
    assert!(to.messages("INBOX").unwrap().is_empty());
    let begun = imap(&["restore", archive, &url, "--despite-quota", "--json"], home.path());
    assert_eq!(begun.code, 1, "{begun:?}");
    assert!(begun.stderr.contains("was refused: ") && summary(&begun)["refused"].as_u64() > Some(0), "{begun:?}");

    let broken = Fault::CloseOn { command: "SELECT".to_owned() };
    let (_broken, _, url) = start(Server::builder().fault(broken));
    let lost = imap(&["restore", archive, &url, "--longest-pause", "1", "--json"], home.path());
    assert_eq!((lost.code, &summary(&lost)["failed_mailboxes"]), (1, &1.into()), "{lost:?}");
}

#[test]
fn an_account_is_copied_and_not_changed() {
    let home = tempfile::tempdir().unwrap();
    let (source, from, source_url) = server();
    from.create("Lists/rust").unwrap();
    fill(&from, "INBOX", 0..30);
    fill(&from, "Lists/rust", 30..33);
    let before = (contents(&from, "INBOX"), contents(&from, "Lists/rust"));
    let (_target, to, target_url) = server();
    let arguments = ["copy", &source_url, &target_url, "--json"];

    let plan = imap(&[&arguments[..], &["--dry-run"]].concat(), home.path()).ok();
    assert_eq!(summary(&plan)["messages"], 33, "{plan:?}");
    let copied = imap(&arguments, home.path()).ok();
    assert_eq!(summary(&copied)["sent"], 33, "{copied:?}");
    assert_eq!((contents(&to, "INBOX"), contents(&to, "Lists/rust")), before);
    assert_eq!((contents(&from, "INBOX"), contents(&from, "Lists/rust")), before);
    let changing = ["SELECT", "STORE", "APPEND", "EXPUNGE", "CLOSE", "CREATE", "SUBSCRIBE"];
    for line in source.commands() {
        assert!(!changing.iter().any(|word| line.trim_start_matches("UID ").starts_with(word)), "{line}");
        assert!(!line.contains("BODY["), "{line}");
    }
    // The ledger is where it is kept by default; what is new is copied.
    let folder = home.path().join(".local/state/imap");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    fill(&from, "INBOX", 33..35);
    let again = imap(&arguments, home.path()).ok();
    assert_eq!((&summary(&again)["sent"], &summary(&again)["before"]), (&2.into(), &33.into()), "{again:?}");

    // Without the ledger, what is there is found all the same.
    let other = home.path().join("ledger");
    let other = other.to_str().unwrap();
    let found = imap(&[&arguments[..], &["--ledger", other]].concat(), home.path()).ok();
    assert_eq!((&summary(&found)["sent"], &summary(&found)["there"]), (&0.into(), &35.into()), "{found:?}");
    let (_third, _, third_url) = server();
    let refused = imap(&["copy", &source_url, &third_url, "--ledger", other], home.path());
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("is the ledger of what is copied from alice@127.0.0.1"), "{refused:?}");
    // What is no ledger is not the archive's database either.
    std::fs::write(other, "no database".repeat(1000)).unwrap();
    let refused = imap(&["copy", &source_url, &target_url, "--ledger", other], home.path());
    assert_eq!(refused.code, 74, "{refused:?}");
    assert!(refused.stderr.contains("is not a ledger") && refused.stderr.contains("--ledger"), "{refused:?}");
    assert!(!refused.stderr.contains("archive"), "{refused:?}");
}

#[test]
fn a_copy_goes_on_over_lost_connections_of_both_sides() {
    let home = tempfile::tempdir().unwrap();
    for bytes in (1500..12_000).step_by(1500) {
        let fault = |builder: imaplib_testserver::Builder| builder.fault_on(0, Fault::CutAfter { bytes });
        let (_source, from, source_url) = start(fault(Server::builder()));
        fill(&from, "INBOX", 0..40);
        let (_target, to, target_url) = start(fault(Server::builder()));
        let arguments = ["copy", &source_url, &target_url, "--json", "--longest-pause", "1"];
        let copied = imap(&arguments, home.path()).ok();
        assert_eq!(contents(&to, "INBOX"), contents(&from, "INBOX"), "{bytes}: {copied:?}");
    }
}

#[test]
fn a_copy_of_messages_and_one_of_accounts_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let (_server, account, url) = server();
    account.create("Other").unwrap();
    fill(&account, "INBOX", 0..2);
    imap(&["copy", &url, "INBOX", "1", "Other"], home.path()).ok();
    assert_eq!(account.messages("Other").unwrap().len(), 1);
    for (arguments, text) in [
        (&["copy", &url, "INBOX", "1"][..], "three words behind the account are needed, or one"),
        (&["copy", &url, "INBOX", "1", "Other", "--dry-run"], "for the copy of an account"),
        (&["copy", &url, &url], "is copied to itself"),
        (&["copy", &url], "required"),
    ] {
        let run = imap(arguments, home.path());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(text), "{run:?}");
    }
}
