//! The crate imap.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::{Meter, Task};
use crate::outcome::Outcome;
use crate::replay::trusting;
use crate::scenario::Operation;

pub(super) fn run(task: &Task) -> Outcome<u64> {
    let stream = TcpStream::connect(("127.0.0.1", task.port))?;
    match &task.trust {
        None => talk(stream, task),
        Some(file) => {
            let name = ServerName::try_from("localhost")?;
            let connection = ClientConnection::new(trusting(file.as_ref())?, name)?;
            talk(StreamOwned::new(connection, stream), task)
        }
    }
}

fn talk(stream: impl Read + Write, task: &Task) -> Outcome<u64> {
    let mut client = imap::Client::new(stream);
    client.read_greeting()?;
    let mut session = client.login("demo", "demo").map_err(|(error, _)| error)?;
    session.select("INBOX")?;
    let meter = Meter::start();
    let count = match task.operation {
        Operation::Nothing => task.expected,
        Operation::Search => session.uid_search("ALL")?.len() as u64,
        Operation::List => session.list(None, Some("*"))?.len() as u64,
        operation => {
            let rows = session.uid_fetch("1:*", operation.items())?;
            let seen = |row: &imap::types::Fetch<'_>| match operation {
                Operation::Envelopes => u64::from(row.envelope().is_some()),
                Operation::Structures => u64::from(row.bodystructure().is_some()),
                Operation::Bodies | Operation::Body => row.body().map_or(0, |body| body.len() as u64),
                _ => u64::from(row.uid.is_some()),
            };
            rows.iter().map(seen).sum()
        }
    };
    meter.end();
    Ok(count)
}
