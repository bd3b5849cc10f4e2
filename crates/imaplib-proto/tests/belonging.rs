//! Whose an untagged response is: a command's, the caller's as an event, or nobody's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{
    self, Command, FetchAll, FetchItem, FlagChange, Incomplete, Search, SortKey, Tag, ThreadAlgorithm, UidSearch,
    UidSort, UidThread,
};
use imaplib_proto::engine::{Engine, EngineError, Limits, Step};
use imaplib_proto::types::{MailboxName, StatusResponse, Uid, UidSet, Untagged};
use imaplib_proto::wire::Encoder;
use peer::Peer;

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

/// The UIDs of the rows among the steps.
fn rows(steps: &[Step]) -> Vec<u32> {
    let uid = |step: &Step| match step {
        Step::Row(row) => row.fetch.uid.map(Uid::get),
        _ => None,
    };
    steps.iter().filter_map(uid).collect()
}

const FLAGS: [FetchItem; 1] = [FetchItem::Flags];

#[test]
fn an_expunge_beyond_the_mailbox_is_an_event_with_a_diagnostic() {
    for (number, beyond) in [(5, false), (6, true)] {
        let mut peer = Peer::selected("");
        let expunge = peer.start(command::Expunge::default());
        peer.out();
        peer.says(&format!("* {number} EXPUNGE\r\nA2 OK x\r\n"));
        // One that can be counts for the command.
        assert_eq!(peer.ends(&expunge).unwrap(), u32::from(!beyond), "{number}");
        let event = std::iter::from_fn(|| peer.engine.next_event()).last().unwrap();
        assert_eq!(event.diagnostics.len(), usize::from(beyond), "{number}");
        assert_eq!(peer.engine.mailbox().unwrap().exists, if beyond { 5 } else { 4 });
    }
}

#[test]
fn a_row_goes_to_the_first_command_that_asked_for_it() {
    let mut peer = Peer::selected("");
    let first = peer.start(command::Fetch::new(uid(1), FLAGS));
    let second = peer.start(command::Fetch::new(uid(2), FLAGS));
    let collected = peer.start(FetchAll::from(command::Fetch::new(uid(3), FLAGS)));
    let silent = peer.start(command::Store::new(uid(4), FlagChange::add(imaplib_proto::types::Flag::Seen)));
    peer.out();
    for number in [2, 1, 3, 4, 5] {
        peer.says(&format!("* {number} FETCH (UID {number} FLAGS ())\r\n"));
    }
    let steps = peer.steps();
    assert_eq!(rows(&steps), [2, 1]);
    assert_eq!(steps.iter().filter(|step| **step == Step::Event).count(), 1);
    peer.says("A2 OK x\r\nA3 OK x\r\nA4 OK x\r\nA5 OK x\r\n");
    assert!(peer.ends(&first).is_ok() && peer.ends(&second).is_ok());
    assert_eq!(peer.ends(&collected).unwrap()[0].uid, Some(uid(3)));
    assert_eq!(peer.ends(&silent).unwrap().rows[0].uid, Some(uid(4)));
    let events = peer.events();
    assert!(matches!(&events[..], [Untagged::Fetch(row)] if row.uid == Some(uid(5))), "{events:?}");
}

#[test]
fn rows_of_an_abandoned_command_are_nobodys() {
    for first in [true, false] {
        let mut peer = Peer::selected("");
        // The rows of the first command in flight take another way.
        if !first {
            peer.start(FetchAll::from(command::Fetch::new(uid(9), FLAGS)));
        }
        let ticket = peer.start(command::Fetch::new(uid(1), FLAGS));
        peer.out();
        peer.says("* 1 FETCH (UID 1 FLAGS ())\r\n");
        assert_eq!(rows(&peer.steps()), [1]);
        peer.engine.abandon(ticket.id());
        peer.says("* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n");
        assert_eq!(peer.steps(), [Step::Event], "{first}");
    }
}

#[test]
fn rows_count_for_the_limit_whoever_gets_them() {
    for (abandoned, first) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut peer = Peer { engine: Engine::new(Limits::default().extra_rows(2)) };
        peer.says("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        peer.steps();
        if !first {
            peer.start(FetchAll::from(command::Fetch::new(uid(9), FLAGS)));
        }
        let ticket = peer.start(command::Fetch::new(uid(1), FLAGS));
        peer.out();
        if abandoned {
            peer.engine.abandon(ticket.id());
        }
        let row = "* 1 FETCH (UID 1 FLAGS ())\r\n";
        peer.says(&row.repeat(2));
        assert_eq!(rows(&peer.steps()).len(), if abandoned { 0 } else { 2 });
        peer.says(row);
        assert_eq!(peer.fails(), EngineError::TooManyRows { limit: 2 }, "{abandoned} {first}");
    }
}

#[test]
fn what_is_dropped_of_an_abandoned_answer_is_progress_and_is_not_kept() {
    let large = "x".repeat(70_000);
    let text = format!("* 1 FETCH (UID 1 BODY[] {{70000}}\r\n{large})\r\n");
    let short = "* 1 FETCH (UID 1 FLAGS () BODY[] \"y\")\r\n".to_owned();
    let flags = "* 1 FETCH (UID 1 FLAGS ())\r\n".to_owned();
    for (streams, row) in [(true, text), (true, short), (false, flags)] {
        let mut peer = Peer { engine: Engine::new(Limits::default().collected(4096)) };
        peer.says("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        peer.steps();
        let ticket = peer.start(command::Select::new(MailboxName::inbox()));
        peer.out();
        peer.says("* 500 EXISTS\r\nA1 OK x\r\n");
        peer.ends(&ticket).unwrap();
        let items = || [FetchItem::Flags, FetchItem::message()];
        let id = match streams {
            true => peer.start(command::Fetch::new(UidSet::all(), items())).id(),
            false => peer.start(FetchAll::from(command::Fetch::new(UidSet::all(), FLAGS))).id(),
        };
        peer.out();
        peer.engine.abandon(id);
        for number in 1..=500 {
            let before = peer.engine.progress().answers;
            peer.says(&row.replace(" 1 ", &format!(" {number} ")));
            assert_eq!(peer.steps(), []);
            assert!(peer.engine.progress().answers > before, "{streams} {}", row.len());
        }
        let noop = peer.start(command::Noop);
        peer.out();
        peer.says("A2 OK x\r\nA3 OK x\r\n");
        peer.ends(&noop).unwrap();
    }
}

#[test]
fn searches_that_name_messages_by_number_wait_for_each_other() {
    let by_number = || Search::all().sequence_numbers("1:5".parse().unwrap());
    let commands: [fn(&mut Peer, Search) -> u64; 3] = [
        |peer, by| peer.start(UidSearch::new(by)).id(),
        |peer, by| peer.start(UidSort::new([SortKey::Date.into()], by)).id(),
        |peer, by| peer.start(UidThread::new(ThreadAlgorithm::References, by)).id(),
    ];
    for command in commands {
        let mut peer = Peer::selected("SORT THREAD=REFERENCES");
        command(&mut peer, by_number());
        assert!(peer.out().starts_with("A2 UID "));
        command(&mut peer, Search::all());
        assert_eq!(peer.out(), "", "its answer could not be told from that of the first");
        peer.says("A2 NO x\r\n");
        peer.steps();
        assert!(peer.out().starts_with("A3 UID "));
    }
}

/// A command of a caller that takes every row, though it says of none that it asked for it.
#[derive(Default)]
struct Greedy(Vec<Option<Uid>>);

impl Command for Greedy {
    type Output = Vec<Option<Uid>>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("XROWS");
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row) => {
                self.0.push(row.uid);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        Ok(self.0)
    }
}

#[test]
fn commands_are_offered_what_comes_in_the_order_in_which_they_were_sent() {
    let mut peer = Peer::selected("");
    let greedy = peer.start(Greedy::default());
    let fetch = peer.start(command::Fetch::new(UidSet::all(), FLAGS));
    peer.out();
    peer.says("* 1 FETCH (UID 1 FLAGS ())\r\n");
    assert!(peer.steps().is_empty());
    peer.says("A2 OK x\r\n* 2 FETCH (UID 2 FLAGS ())\r\n");
    assert_eq!(rows(&peer.steps()), [2]);
    assert_eq!(peer.ends(&greedy).unwrap(), [Some(uid(1))]);
    let greedy = peer.start(Greedy::default());
    peer.out();
    peer.says("* 3 FETCH (UID 3 FLAGS ())\r\nA3 OK x\r\nA4 OK x\r\n");
    assert_eq!(rows(&peer.steps()), [3], "the older command asked for it");
    assert!(peer.ends(&fetch).is_ok() && peer.ends(&greedy).unwrap().is_empty());
}

#[test]
fn what_a_command_collects_is_counted_by_its_size() {
    let fits = |limit: usize, count: usize| {
        let mut peer = Peer { engine: Engine::new(Limits::default().collected(limit)) };
        peer.says("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        peer.steps();
        peer.start(Greedy::default());
        peer.out();
        peer.says(&"* 1 FETCH (FLAGS ())\r\n".repeat(count));
        std::iter::repeat_with(|| peer.engine.poll()).find(|step| *step != Ok(Step::Event)).unwrap()
    };
    // Each has 22 bytes on the wire, and some hundred as a value.
    assert_eq!(fits(usize::MAX, 100), Ok(Step::Blocked));
    assert_eq!(fits(10 * 1024, 10), Ok(Step::Blocked));
    assert_eq!(fits(22 * 100, 100), Err(EngineError::TooMuch { limit: 2200 }));
    // One that reaches the limit to the byte fits.
    let size = (0..10_000).find(|limit| fits(*limit, 1) == Ok(Step::Blocked)).unwrap();
    assert_eq!(fits(2 * size, 2), Ok(Step::Blocked));
    assert_eq!(fits(2 * size - 1, 2), Err(EngineError::TooMuch { limit: 2 * size - 1 }));
}

#[test]
fn diagnostics_of_an_answer_are_kept_up_to_a_thousand() {
    let mut peer = Peer::selected("");
    let ticket = peer.start(Greedy::default());
    peer.out();
    peer.says("* 1 FETCH (FLAGS () RFC822.SIZE many)\r\n");
    peer.steps();
    peer.says(&"* 1 FETCH (FLAGS () RFC822.SIZE many)\r\n".repeat(1_200));
    peer.says("A2 OK x\r\n");
    peer.steps();
    assert_eq!(peer.engine.take(&ticket).unwrap().unwrap().diagnostics.len(), 1_000);
}

#[test]
fn responses_before_login_are_nobodys() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let greedy = peer.start(Greedy::default());
    peer.out();
    peer.says("* 3 EXISTS\r\n* 1 FETCH (UID 1)\r\n* ENABLED UTF8=ACCEPT\r\nA1 OK x\r\n");
    assert_eq!(peer.steps(), [Step::Finished(1)]);
    assert!(peer.ends(&greedy).unwrap().is_empty() && peer.events().is_empty() && !peer.engine.utf8_enabled());
}

#[test]
fn who_asks_twice_who_the_server_is_asks_one_after_the_other() {
    let mut peer = Peer::logged_in("ID");
    peer.start(command::Id::default());
    peer.start(command::Id::default());
    peer.sends("A1 ID NIL\r\n");
    peer.says("* ID NIL\r\nA1 OK x\r\n");
    peer.steps();
    peer.sends("A2 ID NIL\r\n");
}

#[test]
fn a_list_of_uids_is_a_set_of_messages() {
    let set = command::MessageSet::from(vec![uid(7), uid(3), uid(4)]);
    assert_eq!(set, command::MessageSet::Uids(UidSet::from_iter([uid(3), uid(4), uid(7)])));
}
