//! The floor: reads the same bytes and looks at nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::{Meter, Task};
use crate::outcome::Outcome;
use crate::replay::{Deflated, trusting};
use crate::scenario::Operation;

pub(super) fn run(task: &Task) -> Outcome<u64> {
    let stream = TcpStream::connect(("127.0.0.1", task.port))?;
    stream.set_nodelay(true)?;
    match &task.trust {
        None if task.deflate => read(compress(stream)?, task),
        None => read(stream, task),
        Some(file) => {
            let name = ServerName::try_from("localhost")?;
            let connection = ClientConnection::new(trusting(file.as_ref())?, name)?;
            read(StreamOwned::new(connection, stream), task)
        }
    }
}

/// Lets the server compress from now on.
fn compress(mut stream: TcpStream) -> Outcome<Deflated<TcpStream>> {
    stream.write_all(b"z COMPRESS DEFLATE\r\n")?;
    let mut said = Vec::new();
    while !said.ends_with(b" OK done\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        said.push(byte[0]);
    }
    Ok(Deflated::new(stream))
}

fn read(mut stream: impl Read + Write, task: &Task) -> Outcome<u64> {
    let mut buffer = vec![0; 256 << 10];
    let mut answer = |command: &str, bytes: u64| -> Outcome<()> {
        stream.write_all(command.as_bytes())?;
        stream.flush()?;
        let mut left = bytes;
        loop {
            let count = stream.read(&mut buffer)?;
            left = left.saturating_sub(count as u64);
            if count == 0 {
                return Err("the server is gone".into());
            }
            // The end of the answer is the end of a block.
            if left == 0 && buffer[..count].ends_with(b" OK done\r\n") {
                return Ok(());
            }
        }
    };
    // The greeting comes with the answer to the first command.
    answer("a LOGIN demo demo\r\n", 0)?;
    answer("b SELECT INBOX\r\n", 0)?;
    let meter = Meter::start();
    match task.operation {
        Operation::Nothing => {}
        Operation::Search => answer("c UID SEARCH ALL\r\n", task.bytes)?,
        Operation::List => answer("c LIST \"\" \"*\"\r\n", task.bytes)?,
        operation => answer(&format!("c UID FETCH 1:* {}\r\n", operation.items()), task.bytes)?,
    }
    meter.end();
    Ok(task.expected)
}
