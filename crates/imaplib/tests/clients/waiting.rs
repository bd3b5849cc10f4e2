//! While the async client waits: for the caller, for a hash, for a server that does not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use imaplib::sasl::{Answer, Mechanism, SaslError, ScramSha256};
use imaplib::types::UidSet;
use imaplib::{AppendMessage, Client, ConnectOptions, Endpoint, FetchItem};

use super::cases::log_in;
use crate::support::{quick, scripted, start, timed_out};

/// The caller may take its time between two reads.
#[tokio::test]
async fn a_slow_reader_is_not_taken_for_a_silent_server() {
    use tokio::io::AsyncReadExt;
    let (server, endpoint) = start(|builder| builder);
    server.store().account("alice").append_synthetic("INBOX", 3_000_000).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap();
    let mut total = 0;
    let mut block = vec![0; 1_000_000];
    loop {
        match body.read(&mut block).await.unwrap() {
            0 => break,
            count => total += count,
        }
        if total < 300_000 {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }
    assert_eq!(total, 3_000_000);
}

/// SCRAM that notes how often others ran between two slices of its work.
struct Watched {
    scram: ScramSha256,
    ran: Arc<AtomicU64>,
    before: u64,
    slices: Arc<AtomicU64>,
}

impl Mechanism for Watched {
    fn name(&self) -> &str {
        self.scram.name()
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        self.scram.initial()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        self.before = self.ran.load(Ordering::Relaxed);
        self.scram.respond(challenge)
    }

    fn compute_more(&mut self) -> Result<Answer, SaslError> {
        let ran = self.ran.load(Ordering::Relaxed);
        if ran > std::mem::replace(&mut self.before, ran) {
            self.slices.fetch_add(1, Ordering::Relaxed);
        }
        self.scram.compute_more()
    }

    fn reveals_secret(&self) -> bool {
        false
    }
}

/// However long a password is hashed, the other tasks of the thread run meanwhile.
#[tokio::test]
async fn hashing_does_not_hold_the_thread() {
    let (_sent, endpoint) = scripted(|say| {
        say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi\r\n");
        say("+ cj1ub25jZTIscz1jMkZzZEE9PSxpPTEwMDAx\r\n"); // r=nonce2,s=c2FsdA==,i=10001
        say("A1 NO not today\r\n");
    });
    let (ran, slices) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&ran);
    let other = tokio::spawn(async move {
        loop {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
    let scram = ScramSha256::new("alice", "secret", "nonce");
    let watched = Watched { scram, ran, before: 0, slices: Arc::clone(&slices) };
    let error = client.authenticate(watched).await.unwrap_err();
    assert!(error.is_authentication(), "{error}");
    assert_eq!(slices.load(Ordering::Relaxed), 9, "others ran before each slice but the first");
    other.abort();
}

/// A server that reads nothing more of a message is given up, whatever it says meanwhile.
#[tokio::test]
async fn a_server_that_talks_and_does_not_read_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n").await.unwrap();
        stream.read_line(&mut String::new()).await.unwrap();
        while stream.write_all(b"*").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut session = Client::connect_with(&endpoint, &quick()).await.unwrap().into_session().await.unwrap();
    let began = Instant::now();
    let message = AppendMessage::new(tokio::io::repeat(b'x'), 1 << 30);
    timed_out(began, &session.append("INBOX", message).await.unwrap_err());
    server.abort();
}

/// What a server sends while a command cannot go out is received: else both would wait for each other.
#[tokio::test]
async fn a_command_goes_out_to_a_server_that_must_send_first() {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    let (here, there) = tokio::io::duplex(16);
    let server = tokio::spawn(async move {
        let mut there = BufReader::new(there);
        there.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n").await.unwrap();
        for _ in 0..50 {
            there.write_all(b"* OK more than the stream holds\r\n").await.unwrap();
        }
        let mut line = String::new();
        there.read_line(&mut line).await.unwrap();
        assert_eq!(line, "A1 APPEND INBOX {5+}\r\n");
        there.read_exact(&mut [0; 7]).await.unwrap();
        there.write_all(b"A1 OK done\r\n").await.unwrap();
        there
    });
    let mut session = Client::from_stream(here, true, &quick()).await.unwrap().into_session().await.unwrap();
    session.append("INBOX", AppendMessage::new(&b"hello"[..], 5)).await.unwrap();
    server.await.unwrap();
}
