//! Both clients of this library, from one text.

use imaplib::types::{SectionBody, UidSet};
use imaplib::{ConnectOptions, Endpoint, FetchItem, Limits, Search};

use super::{Meter, Task};
use crate::outcome::Outcome;
use crate::scenario::{Operation, Subject};

fn endpoint(task: &Task) -> (Endpoint, ConnectOptions) {
    let mut limits = Limits::default();
    // Enough to collect the largest answer.
    limits.response = 2 << 30;
    limits.collected = 2 << 30;
    let options = ConnectOptions::new().limits(limits);
    match &task.trust {
        None => (Endpoint::insecure("127.0.0.1", task.port), options),
        Some(file) => (Endpoint::tls("localhost", task.port), options.ca_file(file)),
    }
}

fn item(operation: Operation) -> FetchItem {
    match operation {
        Operation::Envelopes => FetchItem::Envelope,
        Operation::Structures => FetchItem::BodyStructure,
        Operation::Bodies | Operation::Body => FetchItem::message(),
        _ => FetchItem::Flags,
    }
}

/// What a collected row adds to what is expected.
fn seen(row: &imaplib::types::Fetch, operation: Operation) -> u64 {
    match operation {
        Operation::Envelopes => u64::from(row.envelope.is_some()),
        Operation::Structures => u64::from(row.body_structure.is_some()),
        Operation::Bodies | Operation::Body => {
            let here = |section: &imaplib::types::BodySection| match &section.data {
                SectionBody::Here(bytes) => bytes.len() as u64,
                _ => 0,
            };
            row.sections.iter().map(here).sum()
        }
        _ => u64::from(row.flags.is_some() && row.uid.is_some()),
    }
}

macro_rules! wait {
    (($async:ident) $future:expr) => {
        $future.await
    };
    (() $value:expr) => {
        $value
    };
}

macro_rules! subject {
    ($client:path, $async:tt, $($keyword:ident)?) => {
        use super::*;

        $($keyword)? fn talk(task: &Task) -> Outcome<u64> {
            use $client as Client;
            let (endpoint, options) = endpoint(task);
            let client = wait!($async Client::connect_with(&endpoint, &options))?;
            let mut session = wait!($async client.login("demo", "demo"))?;
            if task.deflate {
                wait!($async session.compress())?;
            }
            let operation = task.operation;
            let collects = matches!(task.subject, Subject::BlockingCollected | Subject::AsyncCollected);
            let mut inbox = wait!($async session.select("INBOX"))?;
            let meter = Meter::start();
            let mut count = 0;
            match operation {
                Operation::Nothing => count = task.expected,
                Operation::Search => count = wait!($async inbox.search(Search::new()))?.len(),
                Operation::List => count = wait!($async inbox.session().list("*"))?.len() as u64,
                // A long text is collected by itself: as a row it would be beyond what a command may collect.
                Operation::Body if collects => {
                    let mut rows = inbox.fetch(UidSet::all(), item(operation))?;
                    let mut row = wait!($async rows.next())?.ok_or("no row")?;
                    let mut body = wait!($async row.next_body())?.ok_or("no text")?;
                    count = wait!($async body.to_bytes(2 << 30))?.len() as u64;
                }
                _ if collects => {
                    let rows = wait!($async inbox.fetch_all(UidSet::all(), item(operation)))?;
                    count = rows.iter().map(|row| seen(row, operation)).sum();
                }
                Operation::Bodies | Operation::Body => {
                    let mut rows = inbox.fetch(UidSet::all(), item(operation))?;
                    while let Some(mut row) = wait!($async rows.next())? {
                        while let Some(mut body) = wait!($async row.next_body())? {
                            while let Some(chunk) = wait!($async body.chunk())? {
                                count += chunk.len() as u64;
                            }
                        }
                    }
                }
                _ => {
                    let mut rows = inbox.fetch(UidSet::all(), item(operation))?;
                    while let Some(row) = wait!($async rows.next())? {
                        count += seen(row.data(), operation);
                    }
                }
            }
            meter.end();
            Ok(count)
        }
    };
}

pub(super) mod blocking {
    subject!(imaplib::blocking::Client, (),);

    pub(in super::super) fn run(task: &Task) -> Outcome<u64> {
        talk(task)
    }
}

pub(super) mod on_tokio {
    subject!(imaplib::Client, (a), async);

    pub(in super::super) fn run(task: &Task) -> Outcome<u64> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(talk(task))
    }
}
