//! `imap backup` of Dovecot where one mailbox may not be read, or one mail file cannot be: all else is in the archive,
//! what is not is named, and the next run after the mend is whole.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use realservers::Dovecot;
use support::real::Account;
use support::{Run, finish, message, summary, tree};

fn append(account: &Account, mailbox: &str, messages: std::ops::Range<usize>) {
    for number in messages {
        finish(&mut account.command(&["append", mailbox, "-"]), &message(number)).ok();
    }
}

fn backup(account: &Account, archive: &Path) -> Run {
    account.run(&["backup", archive.to_str().unwrap(), "--json"])
}

/// The same with the conversation on standard error.
fn verbose(account: &Account, archive: &Path) -> Run {
    account.run(&["backup", archive.to_str().unwrap(), "--json", "--verbose"])
}

fn stored(archive: &Path, mailbox: &str) -> Vec<Vec<u8>> {
    let folder = archive.join(mailbox);
    if !folder.is_dir() {
        return Vec::new();
    }
    let mut texts: Vec<Vec<u8>> = tree(&folder).iter().map(|file| fs::read(folder.join(file)).unwrap()).collect();
    texts.sort();
    texts
}

fn messages(numbers: impl Iterator<Item = usize>) -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = numbers.map(message).collect();
    texts.sort();
    texts
}

/// Gives a file to the user who serves mail.
fn give(path: &Path) {
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        assert!(Command::new("chown").arg("mail:mail").arg(path).status().unwrap().success());
    }
}

#[test]
fn a_mailbox_with_the_right_of_lookup_alone() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "gerda");
    for mailbox in ["Closed", "Open"] {
        account.run(&["create", mailbox]).ok();
        append(&account, mailbox, 1..4);
    }
    append(&account, "INBOX", 1..4);
    let rights = server.maildir("gerda").join(".Closed/dovecot-acl");
    fs::write(&rights, "owner l\n").unwrap();
    give(&rights);
    let folder = tempfile::tempdir().unwrap();
    let run = backup(&account, folder.path());
    assert_eq!((run.code, &summary(&run)["failed_mailboxes"]), (1, &1.into()), "{run:?}");
    assert!(run.stderr.contains("Closed: ") && run.stderr.contains("`imap acl` shows the rights"), "{run:?}");
    assert!(!run.stderr.replace("the login was accepted", "").contains("login"), "{run:?}");
    for mailbox in ["INBOX", "Open"] {
        assert_eq!(stored(folder.path(), mailbox), messages(1..4), "{mailbox}: {run:?}");
    }
    assert!(stored(folder.path(), "Closed").is_empty());

    fs::write(&rights, "owner lrwstipekxa\n").unwrap();
    let run = backup(&account, folder.path()).ok();
    assert_eq!((&summary(&run)["new"], &summary(&run)["failed_mailboxes"]), (&3.into(), &0.into()), "{run:?}");
    assert_eq!(stored(folder.path(), "Closed"), messages(1..4));
}

/// Makes a mail file unreadable, and what mends it.
type Spoil = fn(&Path) -> Box<dyn Fn(&Path)>;

fn without_rights(file: &Path) -> Box<dyn Fn(&Path)> {
    fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        assert!(Command::new("chown").arg("root:root").arg(file).status().unwrap().success());
    }
    Box::new(|file| {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        give(file);
    })
}

/// As a compressed file of which only the beginning is left.
fn cut_off(file: &Path) -> Box<dyn Fn(&Path)> {
    let text = fs::read(file).unwrap();
    fs::write(file, b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xf3H\xcd\xc9").unwrap();
    Box::new(move |file| fs::write(file, &text).unwrap())
}

#[test]
fn a_mail_file_that_cannot_be_read() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    for (user, spoil) in [("hanna", without_rights as Spoil), ("ida", cut_off)] {
        let account = Account::new(&server, "imap+insecure", user);
        append(&account, "INBOX", 1..41);
        append(&account, "Sent", 1..3);
        let file = file_of(&server.maildir(user), &message(17));
        let mend = spoil(&file);
        let folder = tempfile::tempdir().unwrap();
        let run = backup(&account, folder.path());
        let total = summary(&run);
        assert_eq!((run.code, &total["failed"], &total["new"]), (1, &1.into(), &41.into()), "{user}: {run:?}");
        assert!(run.stderr.contains("INBOX") && run.stderr.contains("17"), "{user}: {run:?}");
        assert_eq!(stored(folder.path(), "INBOX"), messages((1..41).filter(|number| *number != 17)), "{user}");
        assert_eq!(stored(folder.path(), "Sent"), messages(1..3), "{user}");

        mend(&file);
        let run = backup(&account, folder.path()).ok();
        assert_eq!(summary(&run)["new"], 1, "{user}: {run:?}");
        assert_eq!(stored(folder.path(), "INBOX"), messages(1..41), "{user}");
    }
}

/// Puts messages into a Maildir as another program does: the names do not say how long they are.
fn deliver(maildir: &Path, messages: std::ops::Range<usize>) -> Vec<PathBuf> {
    messages
        .map(|number| {
            let path = maildir.join(format!("new/17000000{number:02}.M1P{number}.test"));
            fs::write(&path, String::from_utf8(message(number)).unwrap().replace("\r\n", "\n")).unwrap();
            give(&path);
            path
        })
        .collect()
}

/// Makes Dovecot forget the sizes of messages.
fn forget_sizes(maildir: &Path) {
    forget(maildir, "dovecot.index.cache");
}

/// Removes the files of Dovecot's whose names begin so.
fn forget(maildir: &Path, beginning: &str) {
    for entry in fs::read_dir(maildir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with(beginning) {
            fs::remove_file(path).unwrap();
        }
    }
}

/// The name that a server may have given to a file since.
fn found(file: &Path, maildir: &Path) -> PathBuf {
    let name = file.file_name().unwrap().to_str().unwrap();
    let files = ["cur", "new"].into_iter().flat_map(|part| fs::read_dir(maildir.join(part)).unwrap());
    files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(name))
        .unwrap()
}

/// Dovecot reads the file for RFC822.SIZE, which fails: the list of the mailbox, too.
#[test]
fn a_mail_file_of_which_the_size_cannot_be_read() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    for (user, spoil) in [("jana", without_rights as Spoil), ("karl", cut_off)] {
        let account = Account::new(&server, "imap+insecure", user);
        append(&account, "Sent", 1..3);
        account.run(&["folders", "--status"]).ok();
        let maildir = server.maildir(user);
        let files = deliver(&maildir, 1..41);
        let mend = spoil(&files[16]);
        let folder = tempfile::tempdir().unwrap();
        for new in [41, 0] {
            forget_sizes(&maildir);
            let run = verbose(&account, folder.path());
            let total = summary(&run);
            assert_eq!((run.code, &total["failed"], &total["new"]), (1, &1.into(), &new.into()), "{user}: {run:?}");
            // The list with sizes failed.
            assert!(run.stderr.contains("UID FETCH 1:* (FLAGS UID)"), "{user}: {run:?}");
            assert_eq!(run.stderr.matches("INBOX: the message with UID 17 ").count(), 1, "{user}: {run:?}");
            assert_eq!(stored(folder.path(), "INBOX"), messages((1..41).filter(|number| *number != 17)), "{user}");
            assert_eq!(stored(folder.path(), "Sent"), messages(1..3), "{user}");
        }
        mend(&found(&files[16], &maildir));
        let run = backup(&account, folder.path()).ok();
        assert_eq!((&summary(&run)["new"], &summary(&run)["failed"]), (&1.into(), &0.into()), "{user}: {run:?}");
        assert_eq!(stored(folder.path(), "INBOX"), messages(1..41), "{user}");
    }
}

/// Dovecot 2.3 refuses a search, a sort or a list of threads that has to read the file.
#[test]
fn a_mail_file_that_cannot_be_read_is_left_out_of_what_is_found() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "lisa");
    append(&account, "INBOX", 1..9);
    let maildir = server.maildir("lisa");
    let file = file_of(&maildir, &message(5));
    let mend = without_rights(&file);
    let others = "1 2 3 4 6 7 8";
    for (arguments, expected) in [
        (&["search", "INBOX", "--body", "number"][..], others),
        (&["search", "INBOX", "--text", "number 8", "--uids"], "8"),
        (&["search", "INBOX", "--subject", "message", "--uids"], others),
        (&["sort", "INBOX", "-subject", "--uids"], "8 7 6 4 3 2 1"),
        (&["thread", "INBOX"], others),
        (&["thread", "INBOX", "--by", "references"], others),
    ] {
        // What it knows of the message without reading it.
        forget(&maildir, "dovecot.index");
        let run = account.run(arguments);
        let uids: Vec<&str> = run.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!((run.code, uids.join(" ").as_str()), (1, expected), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("the message with UID 5 is left out: "), "{arguments:?}: {run:?}");
    }
    let name = file.file_name().unwrap().to_str().unwrap();
    let stem = name.split(':').next().unwrap();
    mend(&found(&file.with_file_name(stem), &maildir));
    forget(&maildir, "dovecot.index");
    let run = account.run(&["search", "INBOX", "--body", "number", "--uids"]).ok();
    assert_eq!(run.stdout, "1\n2\n3\n4\n5\n6\n7\n8\n");
}

/// The file of the Maildir with this text.
fn file_of(maildir: &Path, text: &[u8]) -> PathBuf {
    let files = ["cur", "new"].into_iter().flat_map(|part| fs::read_dir(maildir.join(part)).unwrap());
    let wanted = String::from_utf8(text.to_vec()).unwrap().replace("\r\n", "\n");
    files
        .map(|entry| entry.unwrap().path())
        .find(|path| fs::read_to_string(path).unwrap().replace("\r\n", "\n") == wanted)
        .unwrap()
}
