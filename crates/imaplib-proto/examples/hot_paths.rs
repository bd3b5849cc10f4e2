//! What most of a client's work is, for a profiler: `hot_paths PATH COUNT`.
//!
//! The paths are `flags`, `envelope`, `structure` and `list`, which read that many responses from memory; `numbers`, which
//! reads one SEARCH with that many numbers; `rows`, which sends that many rows of flags through an engine; and `mailboxes`,
//! which lists that many mailboxes through one.
//!
//! `valgrind --tool=callgrind --toggle-collect='*measured*' target/release/examples/hot_paths envelope 10000` shows where
//! the time goes.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;

use bytes::Bytes;
use imaplib_proto::command::{self, FetchItem, Select};
use imaplib_proto::engine::{Engine, Step, Ticket, Transmit};
use imaplib_proto::parse::{Context, read};
use imaplib_proto::types::{MailboxName, UidSet};

const FLAGS: &str = "* 123456 FETCH (UID 234567 FLAGS (\\Seen $Label1))\r\n";
const ENVELOPE: &str = "* 12 FETCH (UID 4827313 ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700\" \"the \\\"draft\\\" for Monday\" \
    ((\"Ann Example\" NIL \"ann\" \"example.org\")) ((\"Ann Example\" NIL \"ann\" \"example.org\")) \
    ((\"Ann Example\" NIL \"ann\" \"example.org\")) ((NIL NIL \"team\" \"lists.example.org\")(\"Bob\" NIL \"bob\" \
    \"example.net\")) NIL NIL NIL \"<B27397-0100000@mail.example.org>\"))\r\n";
const STRUCTURE: &str = "* 12 FETCH (UID 4827313 BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \
    \"quoted-printable\" 1152 23 NIL NIL NIL NIL)(\"application\" \"pdf\" (\"name\" \"report.pdf\") \
    \"<part3@example.org>\" NIL \"base64\" 190322 NIL (\"attachment\" (\"filename\" \"report.pdf\")) NIL NIL) \"mixed\" \
    (\"boundary\" \"----=_Part_1234_5678.9012\") NIL NIL NIL))\r\n";
const LIST: &str = "* LIST (\\HasNoChildren \\Sent) \"/\" \"Archive/2024/Sent Messages\"\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path, count] = words.as_slice() else { return Err("hot_paths PATH COUNT".into()) };
    let count = count.parse()?;
    match path.as_str() {
        "flags" => responses(FLAGS, count),
        "envelope" => responses(ENVELOPE, count),
        "structure" => responses(STRUCTURE, count),
        "list" => responses(LIST, count),
        "numbers" => {
            let numbers = (1..=count).fold(String::from("* SEARCH"), |mut text, number| {
                let _ = write!(text, " {}", number * 2);
                text
            });
            responses(&(numbers + "\r\n"), 1);
        }
        "rows" => rows(count)?,
        "mailboxes" => mailboxes(count)?,
        _ => return Err("no such path".into()),
    }
    Ok(())
}

fn responses(response: &str, count: u32) {
    let response = Bytes::copy_from_slice(response.as_bytes());
    // As bytes from a connection are, these are shared from the beginning.
    let _block = response.clone();
    let context = Context::default();
    measured(|| {
        for _ in 0..count {
            black_box(read(black_box(&response), &context));
        }
    });
}

/// What is to be measured runs in here, so that a profiler can leave out all else.
#[inline(never)]
fn measured<T>(path: impl FnOnce() -> T) -> T {
    path()
}

/// An engine with an open mailbox.
fn selected() -> Result<Engine, Box<dyn Error>> {
    let mut engine = Engine::default();
    answer(&mut engine, b"* PREAUTH ready\r\n", None)?;
    let select = engine.start(Select::new(MailboxName::inbox()))?;
    answer(&mut engine, b"* 9 EXISTS\r\nA1 OK done\r\n", None)?;
    engine.take(&select).ok_or("no answer")??;
    Ok(engine)
}

/// Feeds the engine as a socket does, in blocks of as many bytes as it has room for.
fn answer(engine: &mut Engine, bytes: &[u8], rows: Option<&Ticket<command::Fetch>>) -> Result<(), Box<dyn Error>> {
    while let Transmit::Bytes(bytes) = engine.transmit() {
        let sent = bytes.len();
        engine.sent(sent);
    }
    let mut left = bytes;
    while !left.is_empty() {
        let room = engine.recv_buffer();
        let taken = room.len().min(left.len());
        if let (Some(room), Some((now, later))) = (room.get_mut(..taken), left.split_at_checked(taken)) {
            room.copy_from_slice(now);
            left = later;
        }
        engine.advance(taken);
        loop {
            if let Some(row) = rows.and_then(|ticket| engine.try_next_row_fast(ticket)) {
                engine.reuse_row(black_box(row));
                continue;
            }
            match engine.poll()? {
                Step::Row(row) => engine.reuse_row(black_box(row.fetch)),
                Step::Blocked => break,
                _ => {}
            }
        }
    }
    Ok(())
}

fn rows(count: u32) -> Result<(), Box<dyn Error>> {
    let mut engine = selected()?;
    let ticket = engine.start(command::Fetch::new(UidSet::all(), [FetchItem::Flags]))?;
    let rows: String = (1..=count).map(|n| format!("* {n} FETCH (UID {n} FLAGS (\\Seen))\r\n")).collect();
    measured(|| answer(&mut engine, rows.as_bytes(), Some(&ticket)))
}

fn mailboxes(count: u32) -> Result<(), Box<dyn Error>> {
    let mut engine = selected()?;
    let list = engine.start(command::List::new(MailboxName::new("")?, MailboxName::new("*")?))?;
    let rows: String = (1..=count).map(|n| format!("* LIST (\\HasNoChildren) \"/\" \"Archive/{n}\"\r\n")).collect();
    let rows = rows + "A2 OK done\r\n";
    let listed = measured(|| -> Result<_, Box<dyn Error>> {
        answer(&mut engine, rows.as_bytes(), None)?;
        Ok(engine.take(&list).ok_or("no answer")??)
    })?;
    match u32::try_from(listed.value.len()) {
        Ok(length) if length == count => Ok(()),
        _ => Err("not all were listed".into()),
    }
}
