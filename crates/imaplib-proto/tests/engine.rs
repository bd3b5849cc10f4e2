//! The engine, driven in memory against a server that says exactly what the test says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod peer;

use imaplib_proto::command::{self, FetchItem, FlagChange, Search};
use imaplib_proto::engine::{CommandError, Engine, EngineError, Limits, State, Step, Transmit};
use imaplib_proto::types::{Flag, MailboxName, ResponseCode, SeqNum, StatusItem, StatusKind, UidSet, Untagged};
use peer::Peer;

#[test]
fn greetings() {
    for (greeting, state) in [
        ("* OK hi\r\n", State::NotAuthenticated),
        ("* OK\r\n", State::NotAuthenticated),
        ("\r\n* ok [CAPABILITY IMAP4rev1] \r\n", State::NotAuthenticated),
        ("* PREAUTH hi\r\n", State::Authenticated),
    ] {
        let mut peer = Peer::new();
        peer.says(greeting);
        assert_eq!((peer.steps(), peer.engine.state()), (vec![Step::Ready], state), "{greeting}");
    }
    for greeting in [
        "* BYE go away\r\n",
        "* NO too many\r\n",
        "220 smtp.example.org ESMTP\r\n",
        "+ hello\r\n",
        "A1 OK\r\n",
        "* 1 EXISTS\r\n",
    ] {
        let mut peer = Peer::new();
        peer.says(greeting);
        peer.fails();
        assert!(peer.engine.start(command::Noop).is_err());
    }
}

#[test]
fn a_literal_waits_for_the_go_ahead() {
    let mut peer = Peer::logged_in("");
    let create = peer.start(command::Create::new(MailboxName::new("a\tb").unwrap()));
    let noop = peer.start(command::Noop);
    peer.sends("A1 CREATE \"a&AAk-b\"\r\nA2 NOOP\r\n");
    peer.says("A2 OK\r\nA1 OK\r\n");
    peer.ends(&create).unwrap();
    peer.ends(&noop).unwrap();
    let search = peer.start(command::UidSearch::new(Search::new().subject("é").body("x\r\ny")));
    let noop = peer.start(command::Noop);
    peer.sends("A3 UID SEARCH CHARSET UTF-8 SUBJECT {2}\r\n");
    // Other data may come before the go-ahead.
    peer.says("* 9 EXISTS\r\n+ go\r\n");
    assert_eq!(peer.steps(), [Step::Event]);
    peer.sends("é BODY {4}\r\n");
    peer.says("+\r\n");
    peer.steps();
    peer.sends("x\r\ny\r\nA4 NOOP\r\n");
    peer.says("* SEARCH 3 1 2\r\nA3 OK\r\nA4 OK\r\n");
    assert_eq!(peer.ends(&search).unwrap().messages.to_string(), "1:3");
    peer.ends(&noop).unwrap();
}

#[test]
fn a_refusal_instead_of_the_go_ahead_ends_the_command() {
    let mut peer = Peer::logged_in("");
    let append = peer.start(command::Append::new(MailboxName::inbox(), 10));
    let noop = peer.start(command::Noop);
    peer.sends("A1 APPEND INBOX {10}\r\n");
    peer.says("A1 NO [OVERQUOTA] full\r\n");
    match peer.ends(&append) {
        Err(CommandError::Refused(status)) => assert_eq!(status.code, Some(ResponseCode::OverQuota)),
        other => panic!("{other:?}"),
    }
    peer.sends("A2 NOOP\r\n");
    peer.says("A2 OK\r\n");
    peer.ends(&noop).unwrap();
}

#[test]
fn what_was_announced_is_sent_even_after_a_refusal() {
    let mut peer = Peer::logged_in("LITERAL+");
    let append = peer.start(command::Append::new(MailboxName::inbox(), 3));
    peer.sends("A1 APPEND INBOX {3+}\r\n");
    assert_eq!(peer.engine.transmit(), Transmit::Stream { command: 1, left: 3 });
    peer.says("A1 NO no\r\n");
    assert!(peer.ends(&append).is_err());
    let noop = peer.start(command::Noop);
    assert_eq!(
        peer.engine.transmit(),
        Transmit::Stream { command: 1, left: 3 },
        "else the next command would be taken for the message"
    );
    peer.engine.streamed(3);
    peer.sends("\r\nA2 NOOP\r\n");
    peer.says("A2 OK\r\n");
    peer.ends(&noop).unwrap();
}

#[test]
fn success_before_the_command_was_sent_is_a_fraud() {
    let mut peer = Peer::logged_in("");
    peer.start(command::Append::new(MailboxName::inbox(), 10));
    peer.out();
    peer.says("A1 OK done\r\n");
    assert_eq!(peer.fails(), EngineError::PrematureCompletion);
}

#[test]
fn ambiguous_commands_are_held_back() {
    let mut peer = Peer::selected("");
    let status = |name: &str| command::Status::new(MailboxName::new(name).unwrap(), [StatusItem::Messages]);
    peer.start(status("a"));
    peer.start(status("b"));
    peer.start(command::UidSearch::new(Search::all()));
    // Two plain searches cannot be told apart.
    peer.start(command::UidSearch::new(Search::unseen()));
    peer.start(command::Noop);
    peer.sends("A2 STATUS a (MESSAGES)\r\nA3 STATUS b (MESSAGES)\r\nA4 UID SEARCH ALL\r\n");
    peer.says("* SEARCH 1\r\nA4 OK\r\n");
    peer.steps();
    peer.sends("A5 UID SEARCH UNSEEN\r\nA6 NOOP\r\n");
    // While NOOP runs, messages may be expunged: sequence numbers must wait.
    peer.start(command::SeqSearch::new(Search::all()));
    peer.sends("");
    peer.says("* STATUS b (MESSAGES 2)\r\n* STATUS a (MESSAGES 1)\r\nA2 OK\r\nA3 OK\r\n* SEARCH\r\nA5 OK\r\n");
    peer.steps();
    peer.sends("");
    peer.says("A6 OK\r\n");
    peer.steps();
    peer.sends("A7 SEARCH ALL\r\n");
    peer.start(command::Store::new(SeqNum::MIN, FlagChange::add(Flag::Seen)));
    peer.start(command::Copy::new(SeqNum::MIN, MailboxName::inbox()));
    peer.sends("A8 STORE 1 +FLAGS (\\Seen)\r\n");
    peer.says("* SEARCH\r\nA7 OK\r\nA8 OK\r\n");
    peer.steps();
    peer.sends("A9 COPY 1 INBOX\r\n");
    // A mailbox is opened alone.
    peer.start(command::Select::new(MailboxName::inbox()));
    peer.start(command::Noop);
    peer.sends("");
    peer.says("A9 OK\r\n");
    peer.steps();
    peer.sends("A10 SELECT INBOX\r\n");
    peer.says("A10 NO\r\n");
    peer.steps();
    peer.sends("A11 NOOP\r\n");
}

#[test]
fn no_more_is_sent_than_the_window_holds() {
    let mut engine = Engine::new({
        let mut limits = Limits::default();
        limits.pipeline_bytes = 30;
        limits
    });
    engine.push(b"* PREAUTH hi\r\n");
    let mut peer = Peer { engine };
    peer.steps();
    for _ in 0..9 {
        peer.start(command::Noop);
    }
    peer.sends("A1 NOOP\r\nA2 NOOP\r\nA3 NOOP\r\n");
    peer.says("A1 OK\r\n");
    peer.steps();
    peer.sends("A4 NOOP\r\n");
}

#[test]
fn rows_go_to_their_command_and_news_to_the_events() {
    let mut peer = Peer::selected("");
    let uids: UidSet = "1:3".parse().unwrap();
    let fetch = peer.start(command::Fetch::new(&uids, [FetchItem::Flags, FetchItem::Envelope]));
    peer.sends("A2 UID FETCH 1:3 (FLAGS ENVELOPE UID)\r\n");
    let envelope = "ENVELOPE (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL)";
    peer.says(&format!(
        "* 1 FETCH (UID 1 FLAGS () {envelope})\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 4 FETCH (UID 4 FLAGS () {envelope})\r\n\
         * 3 EXPUNGE\r\n* 2 FETCH (UID 2 FLAGS () {envelope})\r\nA2 OK\r\n"
    ));
    let rows: Vec<u32> = peer
        .steps()
        .into_iter()
        .filter_map(|step| match step {
            Step::Row(row) => Some(row.fetch.uid.unwrap().get()),
            _ => None,
        })
        .collect();
    assert_eq!(rows, [1, 2]);
    peer.engine.take(&fetch).unwrap().unwrap();
    let events = peer.events();
    assert!(matches!(&events[..], [Untagged::Fetch(_), Untagged::Fetch(_), Untagged::Expunge(_)]), "{events:?}");
    assert_eq!(peer.engine.mailbox().unwrap().exists, 4);
}

#[test]
fn an_abandoned_answer_is_dropped_and_the_next_one_is_right() {
    let large = "x".repeat(100_000);
    let answer = format!(
        "* 1 FETCH (UID 1 BODY[] {{100000}}\r\n{large} FLAGS ())\r\n* 2 FETCH (UID 2 BODY[] \"y\")\r\nA2 OK\r\n"
    );
    for at in (0..answer.len()).step_by(997).chain([answer.len()]) {
        let mut peer = Peer::selected("");
        let uids: UidSet = "1:2".parse().unwrap();
        let fetch = peer.start(command::Fetch::new(&uids, FetchItem::message()));
        peer.out();
        peer.says(&answer[..at]);
        peer.steps();
        peer.engine.abandon(fetch.id());
        let noop = peer.start(command::Noop);
        peer.out();
        peer.says(&answer[at..]);
        assert_eq!(peer.steps(), [], "cut at {at}");
        peer.out();
        peer.says("A3 OK\r\n");
        peer.ends(&noop).unwrap();
        assert_eq!(peer.events(), []);
    }
}

#[test]
fn a_streamed_row_comes_in_parts() {
    let mut peer = Peer::selected("");
    let uids: UidSet = "1".parse().unwrap();
    let items = [FetchItem::Flags, FetchItem::message()];
    peer.start(command::Fetch::new(&uids, items));
    peer.out();
    peer.says("* 1 FETCH (UID 1 BODY[] {70000}\r\n");
    match &peer.steps()[..] {
        [Step::Row(row)] => assert!(row.open && !row.continues && row.fetch.uid.is_some() && row.fetch.flags.is_none()),
        other => panic!("{other:?}"),
    }
    for _ in 0..70 {
        peer.says(&"z".repeat(1000));
        assert!(matches!(&peer.steps()[..], [Step::Chunk(bytes)] if bytes.len() == 1000));
    }
    peer.says(" FLAGS (\\Seen))\r\n");
    match &peer.steps()[..] {
        [Step::Row(row)] => assert!(!row.open && row.continues && row.fetch.flags.is_some()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_idle_that_was_given_up_ends_also_while_another_one_waits() {
    let mut peer = Peer::selected("IDLE");
    let first = peer.start(command::Idle);
    peer.sends("A2 IDLE\r\n");
    peer.engine.abandon(first.id());
    let second = peer.start(command::Idle);
    peer.says("+ idling\r\n");
    peer.steps();
    peer.sends("DONE\r\n");
    peer.says("A2 OK done\r\n");
    peer.steps();
    peer.sends("A3 IDLE\r\n");
    peer.says("+ idling\r\n");
    peer.steps();
    peer.engine.idle_done();
    peer.sends("DONE\r\n");
    peer.says("A3 OK done\r\n");
    peer.ends(&second).unwrap();
}

#[test]
fn idle_begins_and_ends() {
    let mut peer = Peer::selected("IDLE");
    // DONE waits for the go-ahead.
    let idle = peer.start(command::Idle);
    peer.sends("A2 IDLE\r\n");
    peer.engine.idle_done();
    peer.sends("");
    peer.says("* 6 EXISTS\r\n+ idling\r\n");
    assert_eq!(peer.steps(), [Step::Event, Step::Ready]);
    peer.sends("DONE\r\n");
    peer.engine.idle_done();
    peer.sends("");
    peer.says("A2 OK\r\n");
    peer.ends(&idle).unwrap();
    // An abandoned one ends by itself.
    let idle = peer.start(command::Idle);
    peer.out();
    peer.says("+\r\n");
    peer.steps();
    peer.engine.abandon(idle.id());
    peer.start(command::Noop);
    peer.sends("DONE\r\n");
    peer.says("A3 OK\r\n");
    peer.steps();
    peer.sends("A4 NOOP\r\n");
}

#[test]
fn the_view_follows_the_mailbox() {
    let mut peer = Peer::logged_in("");
    let select = peer.start(command::Select::new(MailboxName::inbox()));
    peer.out();
    peer.says(
        "* FLAGS (\\Seen $Junk)\r\n* 3 EXISTS\r\n* 1 RECENT\r\n* OK [UNSEEN 2] x\r\n* OK [UIDVALIDITY 9] x\r\n\
         * OK [UIDNEXT 4] x\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n* OK [HIGHESTMODSEQ 12] x\r\nA1 OK [READ-WRITE] x\r\n",
    );
    peer.ends(&select).unwrap();
    let view = peer.engine.mailbox().unwrap();
    assert_eq!((view.exists, view.recent, view.uid_validity, view.uid_next), (3, 1, Some(9), Some(4)));
    assert_eq!((view.highest_mod_seq, view.read_only), (Some(12), false));
    assert!(view.permanent_flags.as_ref().unwrap().contains(&Flag::Wildcard));
    assert_eq!(peer.events(), []);
    // An expunge beyond the mailbox means nothing.
    peer.says("* 9 EXPUNGE\r\n* 1 EXPUNGE\r\n* 7 EXISTS\r\n* OK [READ-ONLY] x\r\n");
    peer.steps();
    let view = peer.engine.mailbox().unwrap();
    assert_eq!((view.exists, view.read_only), (7, true));
    assert_eq!(peer.events().len(), 4);
    // A failed SELECT leaves no mailbox open.
    let select = peer.start(command::Select::new(MailboxName::new("x").unwrap()));
    peer.out();
    peer.says("* 100 EXISTS\r\nA2 NO no\r\n");
    assert!(peer.ends(&select).is_err());
    assert_eq!((peer.engine.mailbox(), peer.engine.state()), (None, State::Authenticated));
}

#[test]
fn a_mailbox_is_left_only_by_a_command_that_succeeds() {
    let mut peer = Peer::selected("");
    let close = peer.start(command::Close);
    peer.sends("A2 CLOSE\r\n");
    peer.says("A2 NO not now\r\n");
    assert!(peer.ends(&close).is_err());
    assert_eq!(peer.engine.mailbox().map(|view| (view.exists, view.uid_validity)), Some((5, Some(7))));
    assert_eq!(peer.engine.state(), State::Selected);
    let close = peer.start(command::Close);
    peer.sends("A3 CLOSE\r\n");
    peer.says("A3 OK\r\n");
    peer.ends(&close).unwrap();
    assert_eq!((peer.engine.mailbox(), peer.engine.state()), (None, State::Authenticated));
}

#[test]
fn commands_are_numbered_from_one() {
    let mut peer = Peer::logged_in("");
    assert_eq!(peer.engine.last_started(), 0);
    for number in 1..=3 {
        let noop = peer.start(command::Noop);
        assert_eq!(peer.engine.last_started(), number);
        peer.out();
        peer.says(&format!("A{number} OK\r\n"));
        peer.ends(&noop).unwrap();
    }
}

#[test]
fn a_stray_answer_is_an_event() {
    let mut peer = Peer::logged_in("");
    let noop = peer.start(command::Noop);
    peer.out();
    peer.says("A999 OK\r\nB1 OK\r\nwhatever\r\n+ what?\r\n* XNEW 1 2\r\nA1 OK\r\n");
    peer.ends(&noop).unwrap();
    assert_eq!(peer.events().len(), 5);
}

#[test]
fn the_end_of_a_connection() {
    let mut peer = Peer::logged_in("");
    let noop = peer.start(command::Noop);
    peer.says("* BYE shutting down\r\n");
    peer.steps();
    // Some servers go on saying it for ever.
    peer.says("* BYE again\r\n* BYE again\r\n");
    peer.fails();
    match peer.engine.end_of_input() {
        Some(EngineError::Closed(Some(bye))) => {
            assert_eq!((bye.kind, bye.text.to_str()), (StatusKind::Bye, Some("shutting down")));
        }
        other => panic!("{other:?}"),
    }
    assert!(peer.engine.take(&noop).is_none());
    let mut peer = Peer::logged_in("");
    let logout = peer.start(command::Logout);
    peer.says("* BYE see you\r\nA1 OK\r\n");
    peer.ends(&logout).unwrap();
    assert_eq!(peer.engine.end_of_input(), None);
    assert!(peer.engine.start(command::Noop).is_err());
    // A tagged BYE is no success.
    let mut peer = Peer::logged_in("");
    let noop = peer.start(command::Noop);
    peer.says("A1 BYE no\r\n");
    assert!(peer.ends(&noop).is_err());
}

#[test]
fn events_beyond_the_limit_are_counted() {
    let mut limits = Limits::default();
    limits.events = 3;
    let mut engine = Engine::new(limits);
    engine.push(b"* PREAUTH hi\r\n");
    let mut peer = Peer { engine };
    peer.steps();
    for number in 1..=5 {
        peer.says(&format!("* {number} EXISTS\r\n"));
    }
    peer.steps();
    assert_eq!(peer.events(), [Untagged::Exists(3), Untagged::Exists(4), Untagged::Exists(5)]);
    assert_eq!(peer.engine.take_dropped_event_count(), 2);
}

#[test]
fn a_long_item_behind_a_streamed_text_is_kept() {
    let mut peer = Peer::selected("");
    let uids: UidSet = "1".parse().unwrap();
    peer.start(command::Fetch::new(&uids, [FetchItem::message()]));
    peer.out();
    let (body, note) = ("b".repeat(70_000), "n".repeat(70_000));
    peer.says(&format!(
        "* 1 FETCH (UID 1 BODY[] {{70000}}\r\n{body} FLAGS (\\Seen) X-NOTE {{70000}}\r\n{note} RFC822.SIZE 9)\r\n"
    ));
    let mut bytes = 0;
    let mut rows = Vec::new();
    for step in peer.steps() {
        match step {
            Step::Row(row) => rows.push(row),
            Step::Chunk(chunk) => bytes += chunk.len(),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((bytes, rows.len()), (70_000, 2));
    assert!(rows[1].continues && rows[1].fetch.flags.is_some() && rows[1].fetch.size == Some(9));
    assert_eq!(rows[1].fetch.other[0].1.len(), 70_000 + "{70000}\r\n".len());
}
