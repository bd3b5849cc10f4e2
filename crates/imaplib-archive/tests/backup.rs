//! An archive by its public interface alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::RefCell;
use std::io::Read as _;
use std::time::{Duration, Instant};

use imaplib::blocking::{Client, Session};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, ArchiveError, Cancel, Event, Options, Report, Selection, SourceError};
use imaplib_testserver::Server;

const TEXT: &str = "Subject: hello\r\n\r\nHello, Alice.\r\n";

struct Place {
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let server = Server::builder().user("alice", "secret").start().unwrap();
        let account = server.store().account("alice");
        account.create("Lists/rust").unwrap();
        account.append("INBOX", TEXT).unwrap();
        account.append("Lists/rust", TEXT).unwrap();
        Self { server, folder: tempfile::tempdir().unwrap() }
    }

    fn connect(&self) -> Result<Session, imaplib::Error> {
        let endpoint = Endpoint::insecure("127.0.0.1", self.server.plain_addr().port());
        Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret")
    }

    fn backup(&self, archive: &mut Archive, options: &Options) -> Report {
        archive.backup(&mut || self.connect(), options, &(), &Cancel::new()).unwrap()
    }

    fn open(&self) -> Archive {
        Archive::open(self.folder.path(), "alice@localhost").unwrap()
    }
}

#[test]
fn what_was_backed_up_can_be_listed_and_read() {
    let place = Place::new();
    let mut archive = place.open();
    let report = place.backup(&mut archive, &Options::new());
    assert_eq!((report.total().new, report.has_failures(), report.ended_by.is_none()), (2, false, true));
    assert_eq!(report.total().bytes, 2 * TEXT.len() as u64);
    let names: Vec<String> = archive.mailboxes().into_iter().map(|mailbox| mailbox.name).collect();
    assert_eq!(names, ["INBOX", "Lists", "Lists/rust"]);
    for mailbox in archive.mailboxes().into_iter().filter(|mailbox| mailbox.name != "Lists") {
        let messages = archive.messages(&mailbox, None, 10).unwrap();
        assert_eq!((messages.len(), messages[0].uid, messages[0].size), (1, 1, TEXT.len() as u64));
        assert!(archive.messages(&mailbox, messages.last(), 10).unwrap().is_empty());
        // Also under the name that a mail program has given the file.
        let mut renamed = messages[0].file.clone().into_os_string();
        renamed.push("S");
        std::fs::rename(&messages[0].file, renamed).unwrap();
        let mut text = String::new();
        archive.read(&mailbox, &messages[0]).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, TEXT);
    }
}

#[test]
fn a_selection_leaves_out_what_does_not_match() {
    let place = Place::new();
    let mut archive = place.open();
    let only = |included: &[&str], excluded: &[&str]| {
        let own = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Options::new().selection(Selection::patterns(own(included), own(excluded)))
    };
    assert_eq!(place.backup(&mut archive, &only(&["Lists/*"], &[])).mailboxes.len(), 1);
    assert_eq!(place.backup(&mut archive, &only(&[], &["Lists/%"])).total().new, 1);
    let nothing = archive.backup(&mut || place.connect(), &only(&["x"], &[]), &(), &Cancel::new());
    assert!(matches!(nothing, Err(ArchiveError::NothingSelected)));
}

#[test]
fn an_archive_is_open_once_and_of_one_account() {
    let place = Place::new();
    let mut archive = place.open();
    assert!(matches!(Archive::open(place.folder.path(), "alice@localhost"), Err(ArchiveError::Locked { .. })));
    place.backup(&mut archive, &Options::new());
    drop(archive);
    assert!(matches!(Archive::open(place.folder.path(), "bob@localhost"), Err(ArchiveError::OtherAccount { .. })));
    assert!(Archive::adopt(place.folder.path(), "bob@localhost").is_ok());
}

/// The same mail under a new UIDVALIDITY needs no room, unless the file of before is not as it was.
#[cfg(unix)]
#[test]
fn a_recreated_mailbox_is_stored_once() {
    use std::os::unix::fs::MetadataExt as _;
    let place = Place::new();
    let account = place.server.store().account("alice");
    account.append("INBOX", "Subject: two\r\n\r\n2\r\n").unwrap();
    let mut archive = place.open();
    place.backup(&mut archive, &Options::new());
    let inbox = |archive: &Archive| archive.mailboxes().into_iter().find(|mailbox| mailbox.name == "INBOX").unwrap();
    let damaged = archive.messages(&inbox(&archive), None, 1).unwrap().remove(0).file;
    // A file of its own: the same text in the other mailbox is the same file.
    std::fs::remove_file(&damaged).unwrap();
    std::fs::write(&damaged, TEXT.replace("hello", "HELLO")).unwrap();
    account.renew_uid_validity("INBOX").unwrap();
    assert_eq!(place.backup(&mut archive, &Options::new()).total().new, 2);
    let messages = archive.messages(&inbox(&archive), None, 9).unwrap();
    let links: Vec<(u32, u64)> =
        messages.iter().map(|message| (message.uid, std::fs::metadata(&message.file).unwrap().nlink())).collect();
    assert_eq!(links, [(1, 1), (2, 2), (1, 2), (2, 2)]);
    let mut text = String::new();
    archive.read(&inbox(&archive), &messages[2]).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, TEXT);
    // Only the message of before is lost.
    let report = place.backup(&mut archive, &Options::new().verify(true));
    assert_eq!((report.total().damaged, report.total().lost), (0, 1));
}

#[test]
fn a_cancelled_run_keeps_what_it_has_and_says_why_it_ended() {
    let place = Place::new();
    let (mut archive, cancel) = (place.open(), Cancel::new());
    let observer = |event: &Event<'_>| {
        if matches!(event, Event::Begins { mailbox: "Lists/rust" }) {
            cancel.cancel();
        }
    };
    let report = archive.backup(&mut || place.connect(), &Options::new(), &observer, &cancel).unwrap();
    assert!(matches!(report.ended_by, Some(ArchiveError::Cancelled)));
    assert_eq!(report.total().new, 1);
    assert_eq!(place.backup(&mut archive, &Options::new()).total().new, 1);
}

/// A source that knows how long the server asks to wait is asked again after that time, whatever the longest pause is.
#[test]
fn a_source_is_asked_again_after_the_time_that_it_states() {
    struct Busy<'a>(&'a Place, Vec<Instant>);
    impl imaplib_archive::Source for Busy<'_> {
        fn connect(&mut self) -> Result<Session, SourceError> {
            self.1.push(Instant::now());
            match self.1.len() {
                1 => Err(SourceError::new("busy").may_pass(true).wait(Some(Duration::from_millis(300)))),
                _ => self.0.connect().map_err(SourceError::new),
            }
        }
    }
    assert_eq!(SourceError::new("busy").retry_after(), None);
    let place = Place::new();
    let mut source = Busy(&place, Vec::new());
    let options = Options::new().longest_pause(Duration::ZERO);
    let report = place.open().backup(&mut source, &options, &(), &Cancel::new()).unwrap();
    assert_eq!((report.total().new, source.1.len()), (2, 2));
    assert!(source.1[1] - source.1[0] >= Duration::from_millis(300));
}

#[test]
fn a_source_that_fails_ends_the_run_with_its_own_error() {
    struct Refused;
    impl imaplib_archive::Source for Refused {
        fn connect(&mut self) -> Result<Session, SourceError> {
            Err(SourceError::new("no such account"))
        }
    }
    let place = Place::new();
    let mut archive = place.open();
    let events = RefCell::new(0);
    let observer = |_: &Event<'_>| *events.borrow_mut() += 1;
    let error = archive.backup(&mut Refused, &Options::new(), &observer, &Cancel::new()).unwrap_err();
    assert!(matches!(&error, ArchiveError::Connect(error) if error.inner().to_string() == "no such account"));
    assert_eq!((error.to_string().as_str(), *events.borrow()), ("no such account", 0));
}
