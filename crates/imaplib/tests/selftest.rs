//! The self-test example works against the test server and against every real server, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]

#[path = "../examples/selftest.rs"]
#[allow(dead_code)]
mod selftest;

use imaplib::blocking::{Client, Session};
use imaplib::types::StatusItem;
use imaplib::{ConnectOptions, Endpoint};
use realservers::{Dovecot, Server, Setup};

fn both_sequences(mut session: Session) {
    let names = |session: &mut Session| {
        // mailutils cannot remove the parent of a mailbox that it made.
        let listed = session.list("*").unwrap();
        listed
            .iter()
            .filter(|listing| listing.is_selectable())
            .map(|listing| listing.name.to_string())
            .collect::<Vec<_>>()
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
        both_sequences(
            Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap().login("alice", "secret").unwrap(),
        );
    }
}

/// As the user alice, whose INBOX is empty.
fn on(server: std::io::Result<Option<Server>>) {
    if let Some(server) = server.unwrap() {
        let endpoint = format!("imap://localhost:{}", server.port).parse().unwrap();
        let options = ConnectOptions::new().ca_file(server.certificates().ca());
        both_sequences(Client::connect_with(&endpoint, &options).unwrap().login("alice", Server::PASSWORD).unwrap());
    }
}

#[test]
fn on_dovecot() {
    for format in ["maildir", "mdbox"] {
        let Some(server) = Dovecot::start_with(&Setup { format, ..Setup::default() }).unwrap() else { return };
        let endpoint = Endpoint::insecure("127.0.0.1", server.port);
        both_sequences(
            Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap().login("alice", Dovecot::PASSWORD).unwrap(),
        );
    }
}

#[test]
fn on_dovecot_as_a_child() {
    let folder = tempfile::Builder::new().prefix("selftest-").tempdir().unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let Some(command) = Dovecot::child(&folder.path().join("home")).unwrap() else { return };
    let client = Client::connect_with(&Endpoint::tunnel(command), &ConnectOptions::new()).unwrap();
    both_sequences(client.into_session().unwrap());
}

#[test]
fn on_dovecot24() {
    on(realservers::dovecot24());
}

#[test]
fn on_cyrus() {
    on(realservers::cyrus(&["alice"]));
}

#[test]
fn on_courier() {
    on(realservers::courier(&["alice"]));
}

#[test]
fn on_mailutils() {
    on(realservers::mailutils(&["alice"]));
}

#[test]
fn on_pymap() {
    on(realservers::pymap(&["alice"]));
}
