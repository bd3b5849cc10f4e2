//! The self-test example works against the test server and against Dovecot, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]

#[path = "../examples/selftest.rs"]
#[allow(dead_code)]
mod selftest;

use imaplib::blocking::{Client, Session};
use imaplib::types::StatusItem;
use imaplib::{Endpoint, Options};
use realservers::Dovecot;

fn both_sequences(mut session: Session) {
    let names = |session: &mut Session| {
        session.list("*").unwrap().iter().map(|listing| listing.name.to_string()).collect::<Vec<_>>()
    };
    let before = names(&mut session);
    for _ in 0..2 {
        selftest::first_sequence(&mut session).unwrap();
        selftest::second_sequence(&mut session).unwrap();
    }
    assert_eq!(names(&mut session), before);
    assert_eq!(session.status("INBOX", &[StatusItem::Messages]).unwrap().messages, Some(0));
    session.logout().unwrap();
}

#[test]
fn on_the_test_server() {
    for missing in ["", "UIDPLUS", "NAMESPACE"] {
        let server = imaplib_testserver::Server::builder().user("alice", "secret").without(missing).start().unwrap();
        let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
        both_sequences(Client::open(&endpoint, &Options::new()).unwrap().login("alice", "secret").unwrap());
    }
}

#[test]
fn on_dovecot() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let endpoint = Endpoint::insecure("127.0.0.1", server.port);
    both_sequences(Client::open(&endpoint, &Options::new()).unwrap().login("selftest", Dovecot::PASSWORD).unwrap());
}
