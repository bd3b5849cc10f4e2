//! No argument can end a command: outside literals there is exactly one line end, and literals are as long as they say.
#![no_main]

use arbitrary::Arbitrary;
use imaplib_proto::command::{self, Command, FetchCommand, FetchItem, Search};
use imaplib_proto::types::{Flag, Id, MailboxName, NameEncoding, Section, UidSet};
use imaplib_proto::wire::{Encoder, Encoding, Fragment};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    which: u8,
    a: String,
    b: String,
    utf8: bool,
    non_sync: Option<u64>,
}

fn check(command: &impl Command, encoding: Encoding) {
    let mut encoder = Encoder::new(encoding);
    command.encode(&mut encoder);
    let Ok(fragments) = encoder.finish() else { return };
    let mut octets = Vec::new();
    for fragment in &fragments {
        if let Fragment::Octets(more, secrets) = fragment {
            assert!(secrets.iter().all(|range| range.end <= more.len()));
            octets.extend_from_slice(more);
        }
    }
    let mut rest = &octets[..];
    loop {
        let end = rest.iter().position(|octet| *octet == b'\n').expect("a line end");
        let line = &rest[..end];
        assert!(line.ends_with(b"\r") && !line[..end - 1].contains(&b'\r') && !line.contains(&0));
        rest = &rest[end + 1..];
        let line = &line[..end - 1];
        let literal = line.strip_suffix(b"}").and_then(|line| {
            let open = line.iter().rposition(|octet| *octet == b'{')?;
            let digits = line[open + 1..].strip_suffix(b"+").unwrap_or(&line[open + 1..]);
            std::str::from_utf8(digits).ok()?.parse::<usize>().ok()
        });
        match literal {
            Some(length) => rest = rest.get(length..).expect("the literal is as long as it says"),
            None => break,
        }
    }
    assert!(rest.is_empty(), "a second command: {}", rest.escape_ascii());
}

fuzz_target!(|input: Input| {
    let names = if input.utf8 { NameEncoding::Utf8 } else { NameEncoding::ModifiedUtf7 };
    let encoding = Encoding { names, non_sync: input.non_sync };
    let (a, b) = (input.a, input.b);
    match input.which % 9 {
        0 => check(&command::Login::new(a, b), encoding),
        1 => {
            if let (Ok(a), Ok(b)) = (MailboxName::new(&a), MailboxName::new(&b)) {
                check(&command::Rename::new(a, b), encoding);
            }
        }
        2 => check(&command::UidSearch::new(Search::new().subject(a.clone()).header(a, b)), encoding),
        3 => check(&FetchCommand::new(UidSet::all(), [FetchItem::peek(Section::header_fields([a, b]))]), encoding),
        4 => check(&FetchCommand::new(UidSet::all(), [FetchItem::Other(a)]), encoding),
        5 => {
            if let Ok(id) = Id::new().with(&a, &b) {
                check(&command::IdCommand::new(id), encoding);
            }
        }
        6 => check(&command::Raw::new(a), encoding),
        7 => check(&command::Enable::new([a, b]), encoding),
        _ => {
            if let (Ok(name), Ok(flag)) = (MailboxName::new(&a), Flag::keyword(&b)) {
                check(&command::Subscribe::new(name), encoding);
                check(&command::StoreCommand::new(UidSet::all(), command::Store::add(flag)), encoding);
            }
            if let Ok(search) = a.parse::<Search>() {
                check(&command::UidSearch::new(search), encoding);
            }
        }
    }
});
