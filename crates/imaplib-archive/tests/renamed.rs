//! A mailbox that has another name is known again: nothing of it is fetched, and its files have their new places.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::RefCell;
use std::path::Path;

use imaplib::blocking::{Client, Session};
use imaplib::types::Uid;
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, Cancel, Event, Options, Report};
use imaplib_testserver::Server;

struct Place {
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(server: Server) -> Self {
        let account = server.store().account("alice");
        for mailbox in ["Old", "Old/child", "Other"] {
            account.create(mailbox).unwrap();
            for number in 0..5 {
                account.append(mailbox, format!("Subject: {mailbox} {number}\r\n\r\n{number}\r\n")).unwrap();
            }
        }
        account.append("INBOX", "Subject: inbox\r\n\r\ninbox\r\n").unwrap();
        Self { server, folder: tempfile::tempdir().unwrap() }
    }

    fn session(&self) -> Session {
        let endpoint = Endpoint::insecure("127.0.0.1", self.server.plain_addr().port());
        Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap().login("alice", "secret").unwrap()
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What a run has done, and what it reported.
    fn backup(&self) -> (Report, String) {
        let text = RefCell::new(String::new());
        let observer = |event: &Event<'_>| {
            if matches!(event, Event::Of { .. } | Event::Failed { .. }) {
                *text.borrow_mut() += &format!("{event}\n");
            }
        };
        let mut archive = Archive::open(self.root(), "alice@localhost").unwrap();
        let report = archive.backup(&mut || Ok(self.session()), &Options::new(), &observer, &Cancel::new()).unwrap();
        drop(archive);
        (report, text.into_inner())
    }

    fn assert_whole(&self, messages: u64) {
        let archive = Archive::open_any(self.root()).unwrap();
        let check = archive.check(&mut |file| panic!("{file:?}"), &Cancel::new()).unwrap();
        assert!(check.is_whole() && check.messages == messages, "{check:?}");
    }
}

fn servers() -> [Server; 2] {
    let builder = || Server::builder().user("alice", "secret").with("CONDSTORE");
    [builder().with("OBJECTID").start().unwrap(), builder().without("OBJECTID").start().unwrap()]
}

#[test]
fn a_renamed_mailbox_is_not_fetched_again() {
    for server in servers() {
        let place = Place::new(server);
        place.backup();
        place.server.store().account("alice").expunge("Old", Uid::new(2).unwrap()).unwrap();
        place.backup();
        place.session().rename("Old", "Fresh/name").unwrap();
        let (report, text) = place.backup();
        assert_eq!((report.total().arrived(), report.total().bytes, report.gone.len()), (0, 0, 0), "{report:?} {text}");
        assert!(text.contains("Fresh/name: was called Old before"), "{text}");
        let files = |folder: &str| std::fs::read_dir(place.root().join(folder)).unwrap().count();
        assert_eq!((files("Fresh/name/cur"), files("Fresh/name/child/cur"), files(".gone/Fresh/name/cur")), (4, 5, 1));
        assert!(!place.root().join("Old").exists());
        place.assert_whole(16);
        // And it stays so, also for a database that is made from the log.
        drop(Archive::rebuild(place.root()).unwrap());
        let (report, text) = place.backup();
        assert_eq!((report.total().arrived(), text.as_str()), (0, ""), "{report:?}");
        place.assert_whole(16);
    }
}

#[test]
fn what_two_mailboxes_could_be_is_neither() {
    for server in servers() {
        let place = Place::new(server);
        place.backup();
        // Deleted and made again under another name, with as many messages.
        let account = place.server.store().account("alice");
        account.delete("Other").unwrap();
        account.create("Another").unwrap();
        for number in 0..5 {
            account.append("Another", format!("Subject: another {number}\r\n\r\n{number}\r\n")).unwrap();
        }
        let (report, _) = place.backup();
        assert_eq!((report.total().new, report.gone.as_slice()), (5, &["Other".to_owned()][..]));
        place.assert_whole(21);
    }
}
