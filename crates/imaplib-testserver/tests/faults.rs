//! Faults, large messages, and input that no client would send.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;

use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use client::Client;
use imaplib_testserver::{Connection, Fault, Server, Settings, Store};

#[test]
fn connections_are_cut() {
    let server = Server::builder().fault_on(1, Fault::CutAfter { bytes: 7 }).start().unwrap();
    for expected in [false, true, false] {
        let mut stream = TcpStream::connect(server.plain_addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut start = [0; 20];
        let cut = stream.read_exact(&mut start).is_err();
        assert_eq!(cut, expected);
    }
}

#[test]
fn commands_are_disturbed() {
    let server = Server::builder()
        .user("ann", "x")
        .fault(Fault::OneByteWrites)
        .fault(Fault::ReplaceLine { containing: "NAMESPACE ((".to_owned(), with: b"* NAMESPACE broken\r\n".to_vec() })
        .fault(Fault::InsertBefore { containing: "* 0 EXISTS".to_owned(), bytes: b"* SURPRISE\r\n".to_vec() })
        .fault(Fault::Refuse { command: "check".to_owned(), with: "NO [INUSE] later".to_owned() })
        .fault(Fault::Ignore { command: "UID FETCH".to_owned() })
        .fault(Fault::CloseOn { command: "EXPUNGE".to_owned() })
        .start()
        .unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    assert_eq!(client.ok("NAMESPACE"), ["* NAMESPACE broken"]);
    assert!(client.ok("SELECT INBOX").contains(&"* SURPRISE".to_owned()));
    assert_eq!(client.end("CHECK"), "NO [INUSE] later");
    client.send(b"x UID FETCH 1 UID\r\n");
    assert!(client.end("NOOP").starts_with("OK"));
    client.send(b"y EXPUNGE\r\n");
    assert_eq!(client.line(), "");
}

#[test]
fn silence() {
    let server = Server::builder().fault(Fault::StallAfter { bytes: 5 }).start().unwrap();
    let mut stream = TcpStream::connect(server.plain_addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut start = [0; 5];
    stream.read_exact(&mut start).unwrap();
    let kind = stream.read(&mut start).unwrap_err().kind();
    assert!(matches!(kind, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{kind}");
}

#[test]
fn commands_are_remembered() {
    let server = Server::builder().user("ann", "x").start().unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.ok("SELECT INBOX");
    assert_eq!(server.commands(), ["LOGIN ann x", "SELECT INBOX"]);
}

#[test]
fn delays() {
    let fault = Fault::Delay { before_each_write: Duration::from_millis(50) };
    let server = Server::builder().user("ann", "x").fault(fault).start().unwrap();
    let start = Instant::now();
    Client::login(server.plain_addr(), "ann", "x");
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[test]
fn large_messages_are_made_while_they_are_sent() {
    let server = Server::builder().user("ann", "x").start().unwrap();
    let size: u64 = 64 * 1024 * 1024;
    server.store().account("ann").append_synthetic("INBOX", size).unwrap();
    server.store().account("ann").append_synthetic("INBOX", 1 << 40).unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.ok("SELECT INBOX");
    assert_eq!(client.ok("FETCH 2 RFC822.SIZE"), [format!("* 2 FETCH (RFC822.SIZE {})", 1u64 << 40)]);
    let part = client.ok(&format!("FETCH 2 BODY.PEEK[]<{}.100>", (1u64 << 40) - 10));
    assert_eq!(part[0], format!("* 2 FETCH (BODY[]<{}> {{10}}", (1u64 << 40) - 10));
    assert_eq!(part[2], ")");
    client.send(b"f FETCH 1 BODY.PEEK[]\r\n");
    assert_eq!(client.line(), format!("* 1 FETCH (BODY[] {{{size}}}"));
    let mut read = 0;
    while read < size {
        read += client.line().len() as u64 + 2;
    }
    assert_eq!(read, size);
    assert_eq!(client.line(), ")");
    assert!(client.line().starts_with("f OK"));
    // A client that goes away in the middle does no harm.
    client.send(b"g FETCH 2 BODY.PEEK[]\r\n");
    client.line();
    drop(client);
    Client::login(server.plain_addr(), "ann", "x");
}

/// A small generator, so that the test is the same every time.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn no_input_brings_it_down() {
    const WORDS: &[&str] = &[
        "a ",
        "UID ",
        "FETCH ",
        "STORE ",
        "SEARCH ",
        "LIST ",
        "APPEND ",
        "COPY ",
        "SELECT ",
        "INBOX",
        "1:*",
        "(",
        ")",
        "\"",
        "{3}\r\n",
        "{3+}\r\n",
        "~{2+}\r\n",
        "abc",
        "\r\n",
        "\r\na ",
        " ",
        "BODY[",
        "1.2",
        "]",
        "<0.5>",
        "FLAGS ",
        "\\Seen",
        "*",
        "0",
        "NOT ",
        "OR ",
        "RETURN ",
        "AUTHENTICATE ",
        "PLAIN ",
        "IDLE",
        "DONE",
        "=",
        "\0",
        "\u{fc}",
        "&",
        "-",
        "99999999999999999999",
        "BINARY[",
        "HEADER.FIELDS ",
        "STATUS ",
        "(MESSAGES)",
        "CHARSET ",
        "UTF-8 ",
        "SINCE ",
        "1-Jan-2020",
        "ENABLE ",
        "ID ",
        "NIL",
        "LSUB ",
        "RENAME ",
        "CREATE ",
        "%",
        "/",
    ];
    let store = Store::new();
    store.add_sample_account();
    let state = &mut 0x9E37_79B9_7F4A_7C15;
    for round in 0..3000 {
        let settings = if round % 3 == 0 { Settings::new() } else { Settings::new().preauthenticated("demo") };
        let mut connection = Connection::new(store.clone(), settings.with("CONDSTORE"));
        if round % 2 == 0 {
            connection.receive(b"s SELECT Sent\r\n");
        }
        for _ in 0..random(state) % 40 {
            let word = WORDS[usize::try_from(random(state)).unwrap() % WORDS.len()];
            connection.receive(word.as_bytes());
            let mut sent = 0;
            while let Some(block) = connection.next_output(4096) {
                sent += block.len();
                if sent > 1_000_000 {
                    break;
                }
            }
        }
    }
}

#[test]
fn the_same_answer_at_every_split() {
    let script =
        b"a LOGIN ann {1}\r\nx\r\nb SELECT INBOX\r\nc APPEND INBOX {5+}\r\nA: b\n\r\nd FETCH 1:* (FLAGS BODY[])\r\n\
        e SEARCH CHARSET UTF-8 TEXT \"b\"\r\nf BOGUS\r\ng LOGOUT\r\n";
    let run = |step: usize| {
        let store = Store::new();
        store.add_user("ann", "x");
        let mut connection = Connection::new(store, Settings::new());
        script.chunks(step).for_each(|chunk| connection.receive(chunk));
        connection.take_output()
    };
    let whole = run(script.len());
    assert!(String::from_utf8_lossy(&whole).contains("g OK"));
    for step in 1..50 {
        assert_eq!(run(step), whole, "{step}");
    }
}
