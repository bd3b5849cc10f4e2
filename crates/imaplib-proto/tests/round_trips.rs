//! What goes both ways comes back as it went: written as a client writes it, read as a server would send it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod random;

use bytes::Bytes;
use imaplib_proto::command::{self, Command, FetchItem, Search, UidSearch};
use imaplib_proto::parse::{Context, read};
use imaplib_proto::types::{
    Date, DateTime, Fetch, Flag, Flags, Id, MailboxName, NameEncoding, Part, Response, Rights, Section, SectionName,
    SeqNum, SeqSet, Uid, UidSet, Untagged,
};
use imaplib_proto::wire::{Encoder, Encoding, Fragment};
use random::Random;

const ROUNDS: u64 = 2_000;

/// Characters that mean something somewhere on the way.
const CHARACTERS: &str = "aZ09 \"\\()[]{}%*&-+,/.~<>@=?_:;!#$'|^`\u{7f}\tüß€漢😀\u{a0}\u{301}";

/// What the encoder writes on a connection with these rules, with literals that wait for nothing.
fn written(names: NameEncoding, write: impl FnOnce(&mut Encoder)) -> Option<Vec<u8>> {
    let mut encoder = Encoder::new(Encoding::new(names, Some(u64::MAX)));
    write(&mut encoder);
    let fragments = encoder.finish().ok()?;
    let bytes = fragments.iter().flat_map(|fragment| match fragment {
        Fragment::Bytes(bytes, _) => bytes.to_vec(),
        other => panic!("{other:?}"),
    });
    let bytes: Vec<u8> = bytes.collect();
    Some(bytes.strip_suffix(b"\r\n").unwrap().to_vec())
}

fn read_back(names: NameEncoding, before: &str, bytes: &[u8], behind: &str) -> Untagged {
    let line = Bytes::from([before.as_bytes(), bytes, behind.as_bytes(), b"\r\n"].concat());
    let parsed = read(&line, &Context::default().names(names));
    assert_eq!(parsed.diagnostics, [], "{}", line.escape_ascii());
    match parsed.response {
        Response::Untagged(untagged) => untagged,
        other => panic!("{other:?}"),
    }
}

fn row(items: &str) -> Fetch {
    match read_back(NameEncoding::Utf8, "* 1 FETCH (", items.as_bytes(), ")") {
        Untagged::Fetch(row) => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_of_mailboxes() {
    let mut random = Random(1);
    for _ in 0..ROUNDS {
        let name = MailboxName::new(random.text(CHARACTERS, 12)).unwrap();
        for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
            let bytes = written(names, |encoder| _ = encoder.mailbox(&name)).unwrap();
            match read_back(names, "* LIST () NIL ", &bytes, "") {
                Untagged::List(listing) => {
                    assert_eq!(listing.name, name);
                    assert_eq!(listing.name.to_string(), name.to_string());
                    // And what came from a server goes back as it came.
                    let again = written(names, |encoder| _ = encoder.mailbox(&listing.name)).unwrap();
                    assert_eq!(again, bytes);
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn names_that_obey_no_encoding() {
    let mut random = Random(2);
    for _ in 0..ROUNDS {
        let bytes: Vec<u8> = (0..=random.below(10)).map(|_| *random.of(b"&ab-,\x80\xff\xc3 \"\\/")).collect();
        for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
            let name = MailboxName::from_wire(bytes.clone().into(), names);
            let sent = written(names, |encoder| _ = encoder.mailbox(&name)).unwrap();
            match read_back(names, "* LIST () NIL ", &sent, "") {
                Untagged::List(listing) => assert_eq!(listing.name.as_bytes(), bytes),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn strings() {
    let mut random = Random(3);
    for _ in 0..ROUNDS {
        let text = random.text(&format!("{CHARACTERS}\r\n"), 20);
        for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
            for form in 0..3 {
                let bytes = written(names, |encoder| {
                    let _ = match form {
                        0 => encoder.string(&text),
                        1 => encoder.astring(&text),
                        _ => encoder.literal(&text),
                    };
                })
                .unwrap();
                match read_back(names, "* QUOTAROOT x ", &bytes, "") {
                    Untagged::QuotaRoots(found) => assert_eq!(found.roots[0].to_str(), Some(text.as_str())),
                    other => panic!("{text:?}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn identities() {
    let mut random = Random(4);
    for _ in 0..ROUNDS {
        let mut id = Id::new();
        for name in ["name", "a b", "x\"y"].into_iter().take(1 + random.below(3)) {
            id = id.with(name, &random.text(CHARACTERS, 10)).unwrap();
        }
        let bytes = written(NameEncoding::Utf8, |encoder| {
            encoder.list(id.iter(), |encoder, (name, value)| encoder.string(name).space().nstring(value));
        });
        assert_eq!(read_back(NameEncoding::Utf8, "* ID ", &bytes.unwrap(), ""), Untagged::Id(id));
    }
}

#[test]
fn flags() {
    let mut random = Random(5);
    let system = [Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Draft];
    for _ in 0..ROUNDS {
        let mut flags = Flags::new();
        for _ in 0..random.below(6) {
            match Flag::keyword(&random.text("abAB$_-.:/+=", 6)) {
                Ok(keyword) if random.below(2) == 0 => flags.insert(keyword),
                _ => flags.insert(random.of(&system).clone()),
            }
        }
        let bytes = written(NameEncoding::Utf8, |encoder| _ = encoder.flags(&flags)).unwrap();
        assert_eq!(read_back(NameEncoding::Utf8, "* FLAGS ", &bytes, ""), Untagged::Flags(flags.clone()));
        for flag in flags.iter() {
            assert_eq!(flag.to_string().parse::<Flag>().unwrap(), flag);
        }
    }
}

#[test]
fn sets() {
    let mut random = Random(6);
    for round in 0..ROUNDS {
        let span = if round % 2 == 0 { 40 } else { u32::MAX as usize };
        let numbers: Vec<u32> =
            (0..=random.below(30)).map(|_| 1 + u32::try_from(random.below(span)).unwrap()).collect();
        let uids: UidSet = numbers.iter().filter_map(|number| Uid::new(*number)).collect();
        let text = uids.to_string();
        assert_eq!(text.parse::<UidSet>().unwrap(), uids);
        assert_eq!(uids.iter().map(Uid::get).collect::<Vec<_>>(), {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted
        });
        let vanished = Untagged::Vanished { earlier: false, uids: uids.clone() };
        assert_eq!(read_back(NameEncoding::Utf8, "* VANISHED ", text.as_bytes(), ""), vanished);
        let seqs: SeqSet = numbers.iter().filter_map(|number| SeqNum::new(*number)).collect();
        assert_eq!(seqs.to_string(), text);
        assert_eq!(text.parse::<SeqSet>().unwrap(), seqs);
        // The parts of a set are the set.
        let together: UidSet = uids.split(20).iter().flat_map(|part| part.iter().collect::<Vec<_>>()).collect();
        assert_eq!(together, uids);
    }
}

#[test]
fn dates() {
    let mut random = Random(7);
    for _ in 0..ROUNDS {
        let seconds = i64::try_from(random.below(8_000_000_000)).unwrap() - 2_000_000_000;
        let moment = DateTime::from_unix(seconds).unwrap();
        let bytes = written(NameEncoding::Utf8, |encoder| _ = encoder.date_time(moment)).unwrap();
        let found = row(&format!("INTERNALDATE {}", String::from_utf8(bytes).unwrap())).internal_date.unwrap();
        assert_eq!((found, found.offset(), found.unix_timestamp()), (moment, moment.offset(), seconds));
        assert_eq!(moment.to_string().parse::<DateTime>().unwrap(), moment);
        let day = Date::from_days(seconds / 86_400).unwrap();
        assert_eq!(day.to_string().parse::<Date>().unwrap(), day);
    }
}

#[test]
fn sections() {
    let mut random = Random(8);
    for _ in 0..ROUNDS {
        let numbers: Vec<u32> = (0..random.below(4)).map(|_| 1 + u32::try_from(random.below(20)).unwrap()).collect();
        let part = Part::new(numbers.clone());
        let fields = ["Subject", "X-A \"b", "To"];
        let fields = || fields.into_iter().take(3);
        let section = match random.below(6) {
            0 => Section::part(part.clone()),
            1 => Section::header_of(part.clone()),
            2 => Section::text_of(part.clone()),
            3 => Section::header_fields(fields()),
            4 => Section::header_fields_not(fields()),
            _ if numbers.is_empty() => Section::message(),
            _ => Section::mime(part.clone()),
        };
        if !numbers.is_empty() {
            assert_eq!(part.to_string().parse::<Part>().unwrap(), part);
        }
        let command = command::Fetch::new(Uid::MIN, FetchItem::body_peek(section.clone()));
        let bytes = written(NameEncoding::Utf8, |encoder| command.encode(encoder)).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let item = text.strip_prefix("UID FETCH 1 (UID BODY.PEEK[").unwrap().strip_suffix("])").unwrap();
        let found = row(&format!("BODY[{item}] \"x\""));
        assert_eq!(found.sections[0].name, SectionName::Body(section));
    }
}

#[test]
fn rights() {
    let mut random = Random(9);
    for _ in 0..ROUNDS {
        let rights = Rights::new(&random.text("lrswipkxtea0129", 12)).unwrap();
        let bytes = written(NameEncoding::Utf8, |encoder| _ = encoder.astring(rights.as_str())).unwrap();
        match read_back(NameEncoding::Utf8, "* MYRIGHTS x ", &bytes, "") {
            Untagged::MyRights(found) => assert_eq!(found.rights, rights),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn conditions_of_searches() {
    let mut random = Random(10);
    // No letters that would make a literal, which text has not.
    let characters = "abAB09 ()\"\\*%.@-";
    for _ in 0..ROUNDS {
        let mut search = condition(&mut random, characters);
        for _ in 0..random.below(4) {
            search = match random.below(3) {
                0 => !search,
                1 => search.or(condition(&mut random, characters)),
                _ => search.and(condition(&mut random, characters)),
            };
        }
        let written = |search: &Search| {
            let command = UidSearch::new(search.clone());
            let bytes = written(NameEncoding::Utf8, |encoder| command.encode(encoder)).unwrap();
            String::from_utf8(bytes).unwrap().strip_prefix("UID SEARCH ").unwrap().to_owned()
        };
        let text = written(&search);
        let again: Search = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(written(&again), text);
    }
}

fn condition(random: &mut Random, characters: &str) -> Search {
    let text = random.text(characters, 10);
    match random.below(9) {
        0 => Search::unseen(),
        1 => Search::new().subject(text),
        2 => Search::new().from(text),
        3 => Search::new().header("List-Id", text),
        4 => Search::new().since(Date::new(2026, 2, 1).unwrap()),
        5 => Search::new().larger(random.number() >> 32),
        6 => Search::new().uids("3:5,9".parse().unwrap()),
        7 => Search::new().keyword(Flag::JUNK),
        _ => Search::all(),
    }
}
