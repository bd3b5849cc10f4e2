//! A server that has its answer ready, so that what a client costs is what shows.
//!
//! Anybody may log in; every FETCH, SEARCH and LIST is answered with what was prepared.

mod answer;
mod certificate;
mod deflated;

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

pub(crate) use answer::{Answer, envelope, flags, mailbox, structure};
pub(crate) use certificate::{Certificate, trusting};
pub(crate) use deflated::Deflated;

use crate::scenario::Scenario;

/// Serves until standard input is closed. Says its ports, clear and TLS, what the answer counts and measures, where its
/// certificate is, and the port on which it compresses.
pub(crate) fn serve(scenario: Scenario) -> io::Result<()> {
    let answer = Arc::new(Answer::new(scenario));
    let folder = tempfile::tempdir()?;
    let certificate = Certificate::make(folder.path())?;
    let listen = || TcpListener::bind("127.0.0.1:0");
    let (clear, private, deflating) = (listen()?, listen()?, listen()?);
    println!(
        "{} {} {} {} {} {}",
        clear.local_addr()?.port(),
        private.local_addr()?.port(),
        answer.expected,
        answer.len(),
        certificate.path.display(),
        deflating.local_addr()?.port()
    );
    let prepared = Arc::clone(&answer);
    std::thread::spawn(move || accept(&clear, move |stream| converse(stream, &prepared)));
    let prepared = Arc::clone(&answer);
    std::thread::spawn(move || accept(&deflating, move |stream| deflated::converse(stream, &prepared)));
    let config = certificate.server;
    std::thread::spawn(move || {
        accept(&private, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            converse(StreamOwned::new(connection, stream), &answer)
        });
    });
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

fn accept(listener: &TcpListener, converse: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        let converse = converse.clone();
        let small = std::thread::Builder::new().stack_size(64 << 10);
        let talk = move || {
            let _ = stream.set_nodelay(true);
            // A client that goes away in the middle is the client's affair.
            let _ = converse(stream);
        };
        if small.spawn(talk).is_err() {
            return;
        }
    }
}

fn converse(mut stream: impl Read + Write, answer: &Answer) -> io::Result<()> {
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")?;
    stream.flush()?;
    talk(stream, answer, |out| answer.write(out))
}

/// Answers commands; `send` sends what was prepared.
fn talk<S: Read + Write>(stream: S, answer: &Answer, send: impl Fn(&mut S) -> io::Result<()>) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(4096, stream);
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let upper = line.to_ascii_uppercase();
        let mut words = upper.split_whitespace().skip(1).skip_while(|word| *word == "UID");
        let tag = line.split_whitespace().next().unwrap_or("*");
        let out = stream.get_mut();
        let verb = words.next().unwrap_or_default();
        match verb {
            "CAPABILITY" => out.write_all(b"* CAPABILITY IMAP4rev1\r\n")?,
            "SELECT" | "EXAMINE" => out.write_all(&answer.selected())?,
            "FETCH" | "SEARCH" => send(out)?,
            // A client that asks for the separator, or for the inbox alone, gets that.
            "LIST" | "LSUB" if !upper.trim_end().ends_with(" *") && !upper.trim_end().ends_with(" \"*\"") => {
                out.write_all(b"* LIST (\\HasNoChildren) \"/\" INBOX\r\n")?;
            }
            "LIST" => send(out)?,
            "LOGOUT" => out.write_all(b"* BYE so long\r\n")?,
            _ => {}
        }
        out.write_all(format!("{tag} OK done\r\n").as_bytes())?;
        out.flush()?;
        if verb == "LOGOUT" {
            break;
        }
        line.clear();
    }
    Ok(())
}
