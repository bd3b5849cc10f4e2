//! Status responses, response codes, and lines that are none.

use imaplib_proto::command::{Enable, MessageSet, Move, Noop};
use imaplib_proto::engine::{CommandError, EngineError};
use imaplib_proto::types::{
    CopyUid, Flag, MailboxName, RefusalHint, Response, ResponseCode, StatusKind, StatusResponse, Uid,
};
use std::time::Duration;

use super::{Feed, Row, does, read};
use crate::cases::code::uids;
use crate::cases::{good, mailbox, noted, tagged, text, unknown, untagged};

const NUL: &str = "NUL at the beginning of the response";
const TAGLESS: &str = "a refusal without a tag";

pub fn rows() -> Vec<Row> {
    use StatusKind::{Bad, Bye, Ok};
    let copied =
        |source: &[(u32, u32)], target| CopyUid { uid_validity: 5, source: uids(source), target: uids(target) };
    vec![
        read(
            1,
            "home.pl, Microsoft 365",
            noted(
                b"* [COPYUID 5 1 6] x\r\n",
                untagged(Ok, Some(ResponseCode::CopyUid(copied(&[(1, 1)], &[(6, 6)]))), "x"),
                &[("a response code without OK", b"")],
            ),
        ),
        does(1, "home.pl, Microsoft 365", a_copyuid_without_ok),
        read(
            2,
            "Outlook.com",
            noted(
                b"A OK [COPYUID 5  ] done\r\n",
                tagged("A", Ok, Some(ResponseCode::CopyUid(copied(&[], &[]))), "done"),
                &[("COPYUID without sets, as Outlook.com sends it when nothing was copied", b"5  ")],
            ),
        ),
        read(
            4,
            "Microsoft 365",
            noted(
                b"A OK [Error=\"x\" Y=z] done\r\n",
                tagged("A", Ok, None, "[Error=\"x\" Y=z] done"),
                &[("brackets that hold no response code", b"[Error=\"x\" Y=z] done")],
            ),
        ),
        read(5, "Exchange", good(b"A1 OK done \r\n", tagged("A1", Ok, None, "done"))),
        read(5, "Exchange", good(b"* OK [ALERT] x \r\n", untagged(Ok, Some(ResponseCode::Alert), "x"))),
        does(16, "Microsoft 365", logged_in_without_a_mailbox),
        does(17, "Microsoft 365", throttled),
        read(
            18,
            "Exchange",
            noted(
                b"Server Unavailable. 15\r\n",
                tagged("", Bad, Some(ResponseCode::Unavailable), "Server Unavailable. 15"),
                &[(TAGLESS, b"Server Unavailable. 15")],
            ),
        ),
        does(18, "Exchange", a_refusal_without_a_tag),
        read(
            30,
            "Gmail",
            good(b"A OK [HIGHESTMODSEQ 9]\r\n", tagged("A", Ok, Some(ResponseCode::HighestModSeq(9)), "")),
        ),
        read(31, "iCloud", good(b"* BYE\r\n", untagged(Bye, None, ""))),
        does(36, "iCloud", an_ok_to_enable_without_enabled),
        does(41, "Yandex", a_bye_for_ever),
        read(65, "unknown", noted(b"\0\0* OK x\r\n", untagged(Ok, None, "x"), &[(NUL, b"\0\0")])),
        read(65, "unknown", noted(b"\0\0\0\r\n", untagged(Bad, None, ""), &[(NUL, b"\0\0\0")])),
        read(
            65,
            "unknown",
            noted(
                b"\0* LIST () \"/\" {3}\r\na\r\n\r\n",
                mailbox::list(&[], Some('/'), crate::cases::name(b"a\r\n")),
                &[(NUL, b"\0")],
            ),
        ),
        read(
            66,
            "Namecheap",
            noted(
                b"BAD \"Must issue a STARTTLS command first\"\r\n",
                tagged("", Bad, None, "Must issue a STARTTLS command first"),
                &[(TAGLESS, b"BAD \"Must issue a STARTTLS command first\"")],
            ),
        ),
        does(66, "Namecheap", a_refusal_without_a_tag),
        read(67, "any", good(b"A1 BYE x\r\n", tagged("A1", Bye, None, "x"))),
        does(67, "any", a_tagged_bye),
        read(
            68,
            "several",
            noted(
                b"* OK [MAILBOXID F22] x\r\n",
                untagged(Ok, Some(ResponseCode::MailboxId(text("F22"))), "x"),
                &[("an object identifier without parentheses", b"F22")],
            ),
        ),
        read(71, "many", good(b"+\r\n", Response::Continuation(text("")))),
        read(
            72,
            "Binc",
            noted(
                b"* OK [PERMANENTFLAGS *] x\r\n",
                untagged(Ok, Some(ResponseCode::PermanentFlags(Flag::Wildcard.into())), "x"),
                &[("flags that are not in parentheses", b"*")],
            ),
        ),
        read(
            72,
            "GreenMail",
            noted(
                b"* FLAGS (\\Seen \\*)\r\n",
                mailbox::flags([Flag::Seen]),
                &[("\\* among flags that are set", b"(\\Seen \\*)")],
            ),
        ),
        read(
            77,
            "Zoho",
            noted(
                b"* -1 FETCH (UID 5)\r\n",
                unknown(None, "FETCH", b"* -1 FETCH (UID 5)\r\n"),
                &[("no number of 32 bits", b"-1")],
            ),
        ),
        read(84, "IceWarp", noted(b" NO x\r\n", tagged("", StatusKind::No, None, "x"), &[(TAGLESS, b"NO x")])),
        does(84, "IceWarp and others", greetings),
    ]
}

fn refusal(feed: &mut Feed, line: &str) -> StatusResponse {
    feed.selected("");
    let noop = feed.sends(Noop, "A2 NOOP\r\n");
    feed.hears(line);
    match feed.ends(&noop) {
        Err(CommandError::Refused(status)) => *status,
        other => panic!("{line}: {other:?}"),
    }
}

fn a_copyuid_without_ok(feed: &mut Feed) {
    feed.selected("MOVE");
    let messages = MessageSet::from(Uid::MIN);
    let moved = feed.sends(Move::new(messages, MailboxName::new("T").unwrap()), "A2 UID MOVE 1 T\r\n");
    feed.hears("* [COPYUID 5 1 6] x\r\n* 1 EXPUNGE\r\nA2 OK done\r\n");
    let reply = feed.peer.engine.take(&moved).unwrap().unwrap();
    assert_eq!(reply.value.into_value().unwrap().target.to_string(), "6");
    assert_eq!(reply.diagnostics.len(), 1);
}

fn logged_in_without_a_mailbox(feed: &mut Feed) {
    let status = refusal(feed, "A2 BAD User is authenticated but not connected.\r\n");
    assert_eq!(status.refusal_hint(), Some(RefusalHint::NotConnected));
}

fn throttled(feed: &mut Feed) {
    for (time, delay) in [("5000", Duration::from_secs(5)), ("99999999", Duration::from_secs(300))] {
        let line = format!("A2 BAD Request is throttled. Suggested Backoff Time: {time} milliseconds\r\n");
        assert_eq!(refusal(feed, &line).refusal_hint(), Some(RefusalHint::Throttled(Some(delay))));
    }
    let status = refusal(feed, "A2 NO Request is throttled. Come back later.\r\n");
    assert_eq!(status.refusal_hint(), Some(RefusalHint::Throttled(None)));
}

fn a_refusal_without_a_tag(feed: &mut Feed) {
    for (line, code) in [
        ("Server Unavailable. 15\r\n", Some(ResponseCode::Unavailable)),
        ("BAD \"Must issue a STARTTLS command first\"\r\n", None),
    ] {
        let status = refusal(feed, line);
        assert_eq!((status.kind, status.code), (StatusKind::Bad, code));
        // The connection goes on.
        let noop = feed.sends(Noop, "A3 NOOP\r\n");
        feed.hears("A3 OK\r\n");
        feed.ends(&noop).unwrap();
    }
    // Success needs its tag.
    feed.selected("");
    let noop = feed.sends(Noop, "A2 NOOP\r\n");
    feed.hears("OK done\r\n");
    assert!(feed.peer.engine.take(&noop).is_none());
}

fn an_ok_to_enable_without_enabled(feed: &mut Feed) {
    feed.selected("ENABLE QRESYNC");
    let enable = feed.sends(Enable::new(["QRESYNC"]), "A2 ENABLE QRESYNC\r\n");
    feed.hears("A2 OK done\r\n");
    assert!(feed.ends(&enable).unwrap().is_empty() && feed.peer.engine.enabled().is_empty());
    let enable = feed.sends(Enable::new(["QRESYNC"]).trusting(), "A3 ENABLE QRESYNC\r\n");
    feed.hears("A3 OK done\r\n");
    assert!(feed.ends(&enable).unwrap().has_name("QRESYNC"));
    assert!(feed.peer.engine.enabled().has_name("QRESYNC"));
    // What the server says counts more, and a refusal is one.
    for (answer, enabled) in [("* ENABLED\r\nA2 OK\r\n", false), ("A2 NO\r\n", false)] {
        feed.selected("ENABLE UTF8=ACCEPT");
        let enable = feed.sends(Enable::new(["UTF8=ACCEPT"]).trusting(), "A2 ENABLE UTF8=ACCEPT\r\n");
        feed.hears(answer);
        let _ = feed.ends(&enable);
        assert_eq!(feed.peer.engine.utf8_enabled(), enabled);
    }
}

fn a_bye_for_ever(feed: &mut Feed) {
    feed.selected("");
    feed.sends(Noop, "A2 NOOP\r\n");
    feed.hears("* BYE first\r\n* BYE again\r\n* BYE again\r\n");
    match feed.peer.engine.poll() {
        Err(EngineError::Closed(Some(bye))) => assert_eq!(bye.text, text("first")),
        other => panic!("{other:?}"),
    }
    assert_eq!(feed.peer.events().len(), 1);
}

fn a_tagged_bye(feed: &mut Feed) {
    assert_eq!(refusal(feed, "A2 BYE x\r\n").kind, StatusKind::Bye);
}

fn greetings(feed: &mut Feed) {
    for (greeting, expected) in [(" NO x\r\n", "x"), ("Server Unavailable. 15\r\n", "Server Unavailable. 15")] {
        feed.peer = crate::peer::Peer::new();
        feed.hears(greeting);
        match feed.peer.engine.poll() {
            Err(EngineError::Closed(Some(status))) => assert_eq!(status.text, text(expected)),
            other => panic!("{other:?}"),
        }
    }
    feed.greeted("\r\n\r\n* OK hello\r\n");
}
