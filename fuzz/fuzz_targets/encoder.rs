//! No argument can end a command: outside literals there is exactly one line end, and literals are as long as they say.
#![no_main]

use arbitrary::Arbitrary;
use imaplib_proto::command::{self, AclChange, Command, FetchItem, Search, SortBy, SortKey, ThreadAlgorithm};
use imaplib_proto::sasl::Plain;
use imaplib_proto::types::{Flag, Id, MailboxName, NameEncoding, Rights, Section, StatusItem, UidSet};
use imaplib_proto::wire::{Encoder, Encoding, Fragment};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    which: u8,
    a: String,
    b: String,
    utf8: bool,
    non_sync: Option<u64>,
    number: u64,
}

fn check(command: &impl Command, encoding: Encoding) {
    let mut encoder = Encoder::new(encoding);
    command.encode(&mut encoder);
    let Ok(fragments) = encoder.finish() else { return };
    let mut bytes = Vec::new();
    for fragment in &fragments {
        match fragment {
            Fragment::Bytes(more, secrets) => {
                assert!(secrets.iter().all(|range| range.end <= more.len()));
                bytes.extend_from_slice(more);
            }
            // The message, of which the caller has the bytes.
            Fragment::Stream(length) => bytes.resize(bytes.len() + usize::try_from(*length).unwrap(), b'\n'),
            Fragment::GoAhead => {}
            other => panic!("what is {other:?}?"),
        }
    }
    let mut rest = &bytes[..];
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').expect("a line end");
        let line = &rest[..end];
        assert!(line.ends_with(b"\r") && !line[..end - 1].contains(&b'\r') && !line.contains(&0));
        rest = &rest[end + 1..];
        let line = &line[..end - 1];
        let literal = line.strip_suffix(b"}").and_then(|line| {
            let open = line.iter().rposition(|byte| *byte == b'{')?;
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

/// A name, if the text can be one.
fn name(text: &str) -> Option<MailboxName> {
    MailboxName::new(text).ok()
}

/// Makes and checks the command of this number; nothing if an argument is refused by its own type.
fn command(which: u8, a: String, b: String, number: u64, encoding: Encoding) -> Option<()> {
    let all = UidSet::all;
    match which % 24 {
        0 => check(&command::Login::new(a, b), encoding),
        1 => check(&command::Rename::new(name(&a)?, name(&b)?), encoding),
        2 => check(&command::UidSearch::new(Search::new().subject(a.clone()).header(a, b)), encoding),
        3 => check(&command::Fetch::new(all(), [FetchItem::body_peek(Section::header_fields([a, b]))]), encoding),
        4 => check(&command::Fetch::new(all(), [FetchItem::Other(a)]), encoding),
        5 => check(&command::Id::new(Id::new().with(&a, &b).ok()?), encoding),
        6 => check(&command::Raw::new(a), encoding),
        7 => check(&command::Enable::new([a, b]), encoding),
        8 => check(&command::Subscribe::new(name(&a)?), encoding),
        9 => check(&command::Store::new(all(), command::FlagChange::add(Flag::keyword(&b).ok()?)), encoding),
        10 => check(&command::UidSearch::new(a.parse::<Search>().ok()?), encoding),
        11 => check(&command::List::new(name(&a)?, name(&b)?), encoding),
        12 => check(&command::ListExtended::new([name(&a)?, name(&b)?]), encoding),
        13 => check(&command::GetMetadata::new(name(&a)?, [a, b]), encoding),
        14 => check(&command::SetMetadata::new(name(&a)?, [(a, Some(b.into_bytes()))]), encoding),
        15 => check(&command::SetAcl::new(name(&a)?, &b, AclChange::Add, Rights::new(&a).ok()?), encoding),
        16 => check(&command::ListRights::new(name(&a)?, b), encoding),
        17 => check(&command::GetQuota::new(a), encoding),
        18 => {
            let order = [SortBy::from(SortKey::Subject)];
            check(&command::UidSort::new(order, Search::new().body(a).from(b)), encoding);
        }
        19 => check(&command::UidThread::new(ThreadAlgorithm::References, Search::new().text(a)), encoding),
        20 => check(&command::Move::new(all(), name(&a)?), encoding),
        21 => {
            let mechanism = Box::new(Plain::new(&a, &b));
            check(&command::Authenticate::new(mechanism, number % 2 == 0), encoding);
        }
        22 => check(&command::Status::new(name(&a)?, vec![StatusItem::Messages]), encoding),
        _ => check(&command::Append::new(name(&a)?, number % 5_000).flags(Flag::keyword(&b).ok()?), encoding),
    }
    Some(())
}

fuzz_target!(|input: Input| {
    let names = if input.utf8 { NameEncoding::Utf8 } else { NameEncoding::ModifiedUtf7 };
    let encoding = Encoding::new(names, input.non_sync);
    command(input.which, input.a, input.b, input.number, encoding);
});
