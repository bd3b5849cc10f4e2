//! Several sessions, and a test that changes the store under them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;

use std::time::{Duration, Instant};

use client::Client;
use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::{Connection, Server, Settings, serve, serve_split};

fn server_with(count: usize) -> Server {
    let server = Server::builder().user("ann", "x").start().unwrap();
    for _ in 0..count {
        server.store().account("ann").append("INBOX", "A: b\r\n\r\n").unwrap();
    }
    server
}

fn selected(server: &Server) -> Client {
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.ok("SELECT INBOX");
    client
}

#[test]
fn expunges_wait_for_their_moment() {
    let server = server_with(3);
    let (mut one, mut two) = (selected(&server), selected(&server));
    one.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    one.ok("EXPUNGE");
    server.store().account("ann").append("INBOX", "C: d\r\n\r\n").unwrap();
    // Sequence numbers must not move during FETCH, STORE and SEARCH; new messages may appear.
    assert_eq!(
        two.ok("FETCH 2 UID"),
        ["* 2 FETCH (UID 2)", "* 4 EXISTS", "* 4 RECENT"].map(|line| line.replace("4 RECENT", "1 RECENT"))
    );
    assert!(two.end("FETCH 1 UID").starts_with("NO [EXPUNGEISSUED]"));
    assert_eq!(two.ok("SEARCH ALL"), ["* SEARCH 2 3 4"]);
    assert_eq!(two.ok("UID SEARCH ALL"), ["* SEARCH 2 3 4", "* 1 EXPUNGE"]);
    assert_eq!(two.ok("FETCH 1 UID"), ["* 1 FETCH (UID 2)"]);
}

#[test]
fn recent_is_told_to_one_session() {
    let server = server_with(2);
    let mut one = Client::login(server.plain_addr(), "ann", "x");
    assert!(one.ok("EXAMINE INBOX").contains(&"* 2 RECENT".to_owned()));
    assert!(one.ok("SELECT INBOX").contains(&"* 2 RECENT".to_owned()));
    let mut two = Client::login(server.plain_addr(), "ann", "x");
    assert!(two.ok("SELECT INBOX").contains(&"* 0 RECENT".to_owned()));
}

#[test]
fn flags_of_others_are_told() {
    let server = server_with(2);
    let (mut one, mut two) = (selected(&server), selected(&server));
    one.ok("STORE 2 +FLAGS (\\Answered)");
    assert_eq!(two.ok("NOOP"), ["* 2 FETCH (FLAGS (\\Answered))"]);
    assert_eq!(two.ok("NOOP"), [""; 0]);
    assert_eq!(one.ok("NOOP"), [""; 0]);
}

#[test]
fn idle_hears_at_once() {
    let server = server_with(2);
    let mut client = selected(&server);
    client.send(b"i IDLE\r\n");
    assert!(client.line().starts_with("+ "));
    let start = Instant::now();
    let account = server.store().account("ann");
    account.append("INBOX", "C: d\r\n\r\n").unwrap();
    assert_eq!(client.line(), "* 3 EXISTS");
    assert_eq!(client.line(), "* 3 RECENT");
    account.set_flags("INBOX", Uid::new(2).unwrap(), [Flag::Seen]).unwrap();
    assert_eq!(client.line(), "* 2 FETCH (FLAGS (\\Seen \\Recent))");
    account.expunge("INBOX", Uid::new(1).unwrap()).unwrap();
    assert_eq!(client.line(), "* 1 EXPUNGE");
    assert!(start.elapsed() < Duration::from_secs(10));
    client.send(b"DONE\r\n");
    assert!(client.line().starts_with("i OK"));
    client.send(b"j IDLE\r\nNOOP\r\n");
    client.line();
    assert!(client.line().starts_with("j BAD"));
}

#[test]
fn a_mailbox_that_goes_away_ends_the_session() {
    let server = server_with(1);
    server.store().account("ann").create("temporary").unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.ok("SELECT temporary");
    server.store().account("ann").delete("temporary").unwrap();
    assert!(client.run("NOOP")[0].starts_with("* BYE"));
    let mut client = selected(&server);
    server.store().account("ann").renew_uid_validity("INBOX").unwrap();
    assert!(client.run("NOOP")[0].starts_with("* BYE"));
}

#[test]
fn dropping_the_server_ends_its_connections() {
    let server = server_with(1);
    let mut client = selected(&server);
    assert_eq!(server.accepted(), 1);
    server.disconnect_all();
    assert_eq!(client.line(), "");
    let mut idle = selected(&server);
    idle.send(b"i IDLE\r\n");
    idle.line();
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(idle.line(), "");
}

#[cfg(unix)]
#[test]
fn any_stream_can_be_served() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    let server = server_with(1);
    for split in [false, true] {
        let (near, far) = UnixStream::pair().unwrap();
        let connection = Connection::new(server.store().clone(), Settings::new().preauthenticated("ann"));
        let thread = std::thread::spawn(move || {
            if split {
                let reader = far.try_clone().unwrap();
                serve_split(connection, reader, far).unwrap();
            } else {
                far.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
                serve(connection, far).unwrap();
            }
        });
        let mut near = BufReader::new(near);
        near.get_mut().write_all(b"a SELECT INBOX\r\nb IDLE\r\n").unwrap();
        let mut lines = near.by_ref().lines().map(Result::unwrap);
        assert!(lines.any(|line| line.starts_with("+ ")));
        drop(lines);
        server.store().account("ann").append("INBOX", "x").unwrap();
        let mut line = String::new();
        near.read_line(&mut line).unwrap();
        assert!(line.ends_with("EXISTS\r\n"), "{line}");
        near.get_mut().write_all(b"DONE\r\nc LOGOUT\r\n").unwrap();
        assert!(near.lines().map_while(Result::ok).any(|line| line.starts_with("c OK")));
        thread.join().unwrap();
    }
}
