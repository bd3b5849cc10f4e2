//! What a server shows that is more likely its mistake than the truth costs the archive nothing, unless the user says so.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::path::Path;

use imaplib_proto::types::Uid;
use imaplib_testserver::{AccountHandle, Server};
use support::script::Script;
use support::{Run, assert_complete, fill, imap_as_alice, server, start, summary, tree};

fn backup(url: &str, archive: &Path, extra: &[&str]) -> Run {
    let mut arguments = vec!["backup", url, archive.to_str().unwrap(), "--json"];
    arguments.extend(extra);
    imap_as_alice(&arguments)
}

/// Both kinds of servers: with figures of all mailboxes in one answer, and without.
fn servers() -> [(Server, AccountHandle, String); 2] {
    [start(Server::builder().with("CONDSTORE")), start(Server::builder().without("LIST-STATUS"))]
}

fn empty(account: &AccountHandle, mailbox: &str, uids: std::ops::RangeInclusive<u32>) {
    uids.for_each(|uid| account.expunge(mailbox, Uid::new(uid).unwrap()).unwrap());
}

#[test]
fn prune_removes_no_mass_of_messages_unless_told() {
    for (gone, messages, code) in [(200, 200, 65), (3, 10, 65), (2, 10, 0), (1, 1, 0), (101, 1000, 65), (100, 1000, 0)]
    {
        let (_server, account, url) = server();
        account.create("Other").unwrap();
        fill(&account, "Other", 0..2);
        fill(&account, "INBOX", 0..messages);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &["--prune"]).ok();
        empty(&account, "INBOX", 1..=gone);
        for _ in 0..2 {
            let run = backup(&url, folder.path(), &["--prune"]);
            assert_eq!(run.code, code, "{gone} of {messages}: {run:?}");
            let left = if code == 0 { messages - gone as usize } else { messages };
            assert_eq!(tree(folder.path()).len(), left + 2, "{gone} of {messages}");
            let total = summary(&run);
            assert_eq!(total["unpruned"], if code == 65 { gone } else { 0 }, "{total}");
        }
        backup(&url, folder.path(), &["--prune", "--allow-mass-changes"]).ok();
        assert_eq!(tree(folder.path()).len(), messages - gone as usize + 2);
    }
}

/// The one mailbox with mail is empty for once: --prune removes nothing, and without it nothing is believed.
#[test]
fn the_only_mailbox_that_is_empty_for_once_keeps_its_archive() {
    for (_server, account, url) in servers() {
        fill(&account, "INBOX", 0..200);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &[]).ok();
        empty(&account, "INBOX", 1..=200);
        for (extra, code) in [(&["--prune"][..], 65), (&[], 75), (&["--prune"], 65), (&["--allow-mass-changes"], 0)] {
            let run = backup(&url, folder.path(), extra);
            assert_eq!((run.code, tree(folder.path()).len()), (code, 200), "{run:?}");
        }
        backup(&url, folder.path(), &["--prune", "--allow-mass-changes"]).ok();
        assert_eq!(tree(folder.path()).len(), 0);
    }
}

#[test]
fn every_mailbox_empty_at_once_is_not_believed() {
    for (_server, account, url) in servers() {
        account.create("Other").unwrap();
        account.create("New").unwrap();
        fill(&account, "INBOX", 0..3);
        fill(&account, "Other", 3..6);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &[]).ok();
        empty(&account, "INBOX", 1..=3);
        empty(&account, "Other", 1..=2);
        // One that is as it was shows that the server is in order.
        assert_eq!(summary(&backup(&url, folder.path(), &["--mailbox", "INBOX"]).ok())["expunged"], 3);
        fill(&account, "INBOX", 0..3);
        backup(&url, folder.path(), &[]).ok();
        empty(&account, "INBOX", 4..=6);
        empty(&account, "Other", 3..=3);
        let other = "one message that went is nothing strange, but not beside an empty INBOX";
        for extra in [&[][..], &["--prune"]] {
            let run = backup(&url, folder.path(), extra);
            assert!(run.code == 75 && run.stderr.contains("every mailbox empty"), "{other}: {run:?}");
            assert_eq!(tree(folder.path()).len(), 9);
        }
        // What is new comes all the same.
        fill(&account, "New", 7..8);
        assert_eq!(backup(&url, folder.path(), &[]).code, 0, "a mailbox with mail that was not there before");
    }
}

/// A mailbox that came with what is not believed is no witness for it in the next run.
#[test]
fn what_is_not_believed_is_not_believed_later_either() {
    for (renewed, (_server, account, url)) in
        [true, false].into_iter().flat_map(|renewed| servers().map(|server| (renewed, server)))
    {
        account.create("Other").unwrap();
        fill(&account, "INBOX", 0..3);
        fill(&account, "Other", 3..6);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &["--prune"]).ok();
        for mailbox in ["INBOX", "Other"] {
            match renewed {
                true => {
                    account.renew_uid_validity(mailbox).unwrap();
                }
                false => empty(&account, mailbox, 1..=3),
            }
        }
        account.create("Welcome").unwrap();
        fill(&account, "Welcome", 7..8);
        for extra in [&[][..], &["--prune"], &[]] {
            let run = backup(&url, folder.path(), extra);
            assert_eq!((run.code, tree(folder.path()).len()), (75, 7), "{run:?}");
        }
        // One of the old mailboxes as it was: the server is in order.
        if !renewed {
            fill(&account, "Other", 3..4);
            let total = summary(&backup(&url, folder.path(), &[]).ok());
            assert_eq!((&total["new"], &total["expunged"]), (&1.into(), &6.into()), "{total}");
        }
        backup(&url, folder.path(), &["--allow-mass-changes"]).ok();
        backup(&url, folder.path(), &[]).ok();
    }
}

#[test]
fn every_mailbox_made_anew_at_once_is_not_believed() {
    for (_server, account, url) in servers() {
        account.create("Other").unwrap();
        fill(&account, "INBOX", 0..3);
        fill(&account, "Other", 3..6);
        let folder = tempfile::tempdir().unwrap();
        backup(&url, folder.path(), &[]).ok();
        for mailbox in ["INBOX", "Other"] {
            account.renew_uid_validity(mailbox).unwrap();
        }
        for _ in 0..2 {
            let run = backup(&url, folder.path(), &[]);
            assert!(run.code == 75 && run.stderr.contains("every mailbox made anew"), "{run:?}");
            assert_eq!((tree(folder.path()).len(), &summary(&run)["failed_mailboxes"]), (6, &2.into()), "{run:?}");
        }
        let run = backup(&url, folder.path(), &["--allow-mass-changes"]).ok();
        assert_eq!((summary(&run)["new"].as_u64(), tree(folder.path()).len()), (Some(6), 12), "{run:?}");
        // One alone may be.
        account.renew_uid_validity("Other").unwrap();
        let run = backup(&url, folder.path(), &[]).ok();
        assert_eq!((summary(&run)["new"].as_u64(), tree(folder.path()).len()), (Some(3), 15), "{run:?}");
    }
}

#[test]
fn an_empty_list_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let selected = &["* 1 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 2] x"];
    let row = "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 3 BODY[] \"one\")";
    let whole = Script::new("", &[("EXAMINE", selected), ("UID FETCH", &[row])]);
    let archive = folder.path().to_str().unwrap();
    let nothing = Script::new("", &[("LIST", &[])]);
    // INBOX always exists: the first backup of an account without any mailbox that can be opened has stored nothing.
    let folders = ["* LSUB () \"/\" INBOX", "* LIST (\\Noselect) \"/\" INBOX", "* LIST (\\Noselect) \"/\" a"];
    let others = folders.map(|line| Script::new("", &[("LIST", &[line])]));
    for first in others.iter().chain([&nothing]) {
        let run = first.run(&["backup", "--adopt", archive]);
        assert!(run.code == 75 && run.stderr.contains("not even INBOX"), "{run:?}");
    }
    whole.run(&["backup", "--adopt", archive]).ok();
    assert_eq!(tree(folder.path()).len(), 1);
    for extra in ["--prune", "--verify"] {
        let run = nothing.run(&["backup", "--adopt", extra, archive]);
        assert!(run.code == 75 && run.stderr.contains("not even INBOX"), "{run:?}");
        assert_eq!(tree(folder.path()).len(), 1);
    }
    let run = nothing.run(&["backup", "--adopt", "--allow-mass-changes", archive]).ok();
    assert!(run.stdout.contains("INBOX: no longer on the server"), "{run:?}");
}

#[test]
fn a_single_message_that_goes_is_believed() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..1);
    let folder = tempfile::tempdir().unwrap();
    backup(&url, folder.path(), &[]).ok();
    empty(&account, "INBOX", 1..=1);
    backup(&url, folder.path(), &["--prune"]).ok();
    assert_complete(&account, "INBOX", folder.path());
}

/// As a server shows it that lost its disk: the mailboxes that it makes by itself, and no other.
#[test]
fn mailboxes_that_are_listed_no_more_count_as_empty() {
    for (is_renewed, has_inbox) in [(true, true), (false, true), (false, false)] {
        for (_server, account, url) in servers() {
            if has_inbox {
                fill(&account, "INBOX", 0..3);
            }
            account.create("Work").unwrap();
            fill(&account, "Work", 3..6);
            let folder = tempfile::tempdir().unwrap();
            backup(&url, folder.path(), &[]).ok();
            let files = tree(folder.path());
            account.delete("Work").unwrap();
            if has_inbox {
                empty(&account, "INBOX", 1..=3);
            }
            if is_renewed {
                account.renew_uid_validity("INBOX").unwrap();
            }
            for extra in [&[][..], &["--prune"], &[]] {
                let run = backup(&url, folder.path(), extra);
                assert!(run.code == 75 && run.stderr.contains("not believed"), "{extra:?}: {run:?}");
                assert_eq!(tree(folder.path()), files);
            }
            let run = backup(&url, folder.path(), &["--allow-mass-changes"]).ok();
            assert_eq!(summary(&run)["gone"][0], "Work", "{run:?}");
            backup(&url, folder.path(), &[]).ok();
        }
    }
    // A mailbox that has another name now is no loss.
    let (_server, account, url) = server();
    account.create("Work").unwrap();
    fill(&account, "Work", 3..6);
    let folder = tempfile::tempdir().unwrap();
    backup(&url, folder.path(), &[]).ok();
    account.delete("Work").unwrap();
    account.create("Job").unwrap();
    fill(&account, "Job", 3..6);
    assert_eq!(summary(&backup(&url, folder.path(), &[]).ok())["gone"][0], "Work");
}
