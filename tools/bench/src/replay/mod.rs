//! A server that has its answer ready, so that what a client costs is what shows.
//!
//! Anybody may log in; every FETCH, SEARCH and LIST is answered with what was prepared.

mod answer;
mod certificate;
mod conversation;
mod deflated;

use std::io::{self, Read as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

pub(crate) use answer::{Answer, envelope, flags, mailbox, structure};
pub(crate) use certificate::{Certificate, trusting};
pub(crate) use deflated::Deflated;

use crate::scenario::Scenario;

/// Serves until standard input is closed. Prints its ports, clear and TLS, what the answer counts and measures, where its
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
    std::thread::spawn(move || accept(&clear, move |stream| conversation::clear(stream, &prepared)));
    let prepared = Arc::clone(&answer);
    std::thread::spawn(move || accept(&deflating, move |stream| conversation::deflated(stream, &prepared)));
    let config = certificate.server;
    std::thread::spawn(move || {
        accept(&private, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            conversation::clear(StreamOwned::new(connection, stream), &answer)
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
