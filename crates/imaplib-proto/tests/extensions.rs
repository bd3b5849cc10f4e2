//! What commands of extensions can do that no command of the library does: rows of a SELECT that stream, responses that
//! belong to a command after its completion, answers that are told apart by tag.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{Command, Conduct, FetchItem, Incomplete, Rows, Search, Tag, UidSearch};
use imaplib_proto::engine::{CommandError, Engine, Limits, State, Step};
use imaplib_proto::types::{Fetch, MailboxName, StatusKind, StatusResponse, UidSet, Untagged};
use imaplib_proto::wire::Encoder;
use peer::Peer;

/// SELECT with QRESYNC (RFC 7162, section 3.2.5).
#[derive(Default)]
struct Resync {
    gone: UidSet,
}

impl Command for Resync {
    type Output = UidSet;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("SELECT ").mailbox(&MailboxName::inbox()).raw(" (QRESYNC (7 90))");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().selects(MailboxName::inbox(), false).streams_rows()
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Vanished { earlier: true, uids } => {
                self.gone = uids;
                None
            }
            Untagged::Exists(_) => None,
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<UidSet, Incomplete> {
        Ok(self.gone)
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for Resync {
    fn matches_row(&self, row: &Fetch) -> bool {
        row.uid.is_some() && row.mod_seq.is_some()
    }
}

fn uids(steps: &[Step]) -> Vec<u32> {
    let uid = |step: &Step| match step {
        Step::Row(row) => row.fetch.uid.map(|uid| uid.get()),
        _ => None,
    };
    steps.iter().filter_map(uid).collect()
}

#[test]
fn rows_and_vanished_can_belong_to_a_select() {
    for fast in [false, true] {
        let mut peer = Peer::selected("QRESYNC");
        let ticket = peer.start(Resync::default());
        peer.sends("A2 SELECT INBOX (QRESYNC (7 90))\r\n");
        // A command that would be mixed up with it waits.
        peer.start(UidSearch::new(Search::all()));
        peer.sends("");
        let vanished = "* VANISHED (EARLIER) 3:5\r\n";
        let rows = "* 1 FETCH (UID 1 MODSEQ (91) FLAGS ())\r\n* 2 FETCH (UID 2 MODSEQ (92) FLAGS (\\Seen))\r\n";
        let other = "* 2 FETCH (FLAGS (\\Seen))\r\n";
        peer.says(&format!("* OK [CLOSED] x\r\n* 9 EXISTS\r\n{vanished}{rows}{other}A2 OK [READ-ONLY] x\r\n"));
        let mut steps = Vec::new();
        loop {
            if fast && let Some(row) = peer.engine.try_next_row_fast(&ticket) {
                panic!("it has a MODSEQ: {row:?}");
            }
            match peer.engine.poll().unwrap() {
                Step::Blocked => break,
                step => steps.push(step),
            }
        }
        assert_eq!(uids(&steps), [1, 2]);
        assert_eq!(peer.ends(&ticket).unwrap().to_string(), "3:5");
        assert_eq!(peer.engine.state(), State::Selected);
        let mailbox = peer.engine.mailbox().unwrap();
        assert_eq!((mailbox.exists, mailbox.read_only), (9, true));
        let events = peer.events();
        assert!(matches!(&events[..], [Untagged::Status(_), Untagged::Fetch(_)]), "{events:?}");
        peer.sends("A3 UID SEARCH ALL\r\n");
    }
}

#[test]
fn rows_of_a_select_are_counted_by_the_mailbox_that_it_selects() {
    let mut peer = Peer { engine: Engine::new(Limits::default().extra_rows(1)) };
    peer.says("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    peer.steps();
    peer.start(Resync::default());
    peer.out();
    peer.says("* 2 EXISTS\r\n");
    for uid in 1..=3 {
        peer.says(&format!("* 1 FETCH (UID {uid} MODSEQ (91))\r\n"));
    }
    assert_eq!(uids(&peer.steps()), [1, 2, 3]);
    peer.says("* 1 FETCH (UID 4 MODSEQ (91))\r\n");
    assert!(peer.fails().is_limit());
}

#[test]
fn a_refused_select_of_that_kind_leaves_no_mailbox() {
    let mut peer = Peer::selected("QRESYNC");
    let ticket = peer.start(Resync::default());
    peer.out();
    peer.says("* 1 FETCH (UID 1 MODSEQ (91))\r\nA2 NO gone\r\n");
    assert_eq!(uids(&peer.steps()), [1]);
    assert!(matches!(peer.ends(&ticket), Err(CommandError::Refused(_))));
    assert!(peer.engine.mailbox().is_none() && peer.engine.state() == State::Authenticated);
}

/// A search whose result the server keeps up to date (RFC 5267).
#[derive(Default)]
struct Context {
    counts: Vec<u64>,
}

impl Command for Context {
    type Output = Vec<u64>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("UID SEARCH RETURN (UPDATE COUNT) ALL");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("SEARCH").outlives_completion()
    }

    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::ESearch(result) if result.tag.as_ref().and_then(Tag::from_wire) == Some(tag) => {
                self.counts.extend(result.count);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<u64>, Incomplete> {
        Ok(self.counts)
    }
}

#[test]
fn responses_can_belong_to_a_command_after_its_completion() {
    let mut peer = Peer::selected("ESEARCH CONTEXT=SEARCH");
    let ticket = peer.start(Context::default());
    assert_eq!(ticket.tag().to_string(), "A2");
    peer.out();
    peer.says("* ESEARCH (TAG \"A2\") UID COUNT 5\r\n");
    assert!(peer.steps().is_empty() && peer.engine.lasting(&ticket).is_none(), "it is not over");
    peer.says("A2 OK done\r\n");
    assert_eq!(peer.steps(), [Step::Finished(2)]);
    assert!(!peer.engine.is_busy(), "nothing waits for it");
    assert_eq!(peer.engine.lasting(&ticket).unwrap().counts, [5]);

    // What comes while another search runs goes to the one that it names.
    let search = peer.start(UidSearch::new(Search::unseen()).extended());
    peer.sends("A3 UID SEARCH RETURN (ALL) UNSEEN\r\n");
    peer.says("* ESEARCH (TAG \"A2\") UID COUNT 6\r\n* ESEARCH (TAG \"A3\") UID ALL 7\r\nA3 OK done\r\n");
    assert_eq!(peer.steps(), [Step::Updated(2), Step::Finished(3)]);
    assert_eq!(peer.ends(&search).unwrap().complete().unwrap().to_string(), "7");
    assert_eq!(peer.engine.lasting(&ticket).unwrap().counts, [5, 6]);

    // What is nobody's stays an event, and so does all once the result was taken.
    peer.says("* ESEARCH (TAG \"A9\") UID COUNT 1\r\n* 9 EXISTS\r\n");
    assert_eq!(peer.steps(), [Step::Event, Step::Event]);
    assert_eq!(peer.ends(&ticket).unwrap(), [5, 6]);
    peer.says("* ESEARCH (TAG \"A2\") UID COUNT 7\r\n");
    assert_eq!(peer.steps(), [Step::Event]);
    assert!(peer.engine.lasting(&ticket).is_none());
}

#[test]
fn a_refused_or_abandoned_command_does_not_outlive_its_completion() {
    for abandoned in [false, true] {
        let mut peer = Peer::selected("ESEARCH CONTEXT=SEARCH");
        let ticket = peer.start(Context::default());
        peer.out();
        peer.says(if abandoned { "A2 OK done\r\n" } else { "A2 NO [NOUPDATE] x\r\n" });
        assert_eq!(peer.steps(), [Step::Finished(2)]);
        if abandoned {
            peer.engine.abandon(ticket.id());
        }
        assert!(peer.engine.lasting(&ticket).is_none());
        peer.says("* ESEARCH (TAG \"A2\") UID COUNT 7\r\n");
        assert_eq!(peer.steps(), [Step::Event]);
    }
}

#[test]
fn what_it_collects_afterwards_is_held_to_the_limit() {
    let mut peer = Peer { engine: Engine::new(Limits::default().collected(2_000)) };
    peer.says("* PREAUTH [CAPABILITY IMAP4rev1 CONTEXT=SEARCH] hi\r\n");
    peer.steps();
    peer.start(Context::default());
    peer.out();
    peer.says("A1 OK done\r\n");
    for count in 0..3 {
        peer.says(&format!("* ESEARCH (TAG \"A1\") UID COUNT {count}\r\n"));
        assert!(peer.steps().contains(&Step::Updated(1)));
    }
    for _ in 0..20 {
        peer.says("* ESEARCH (TAG \"A1\") UID COUNT 9\r\n");
    }
    assert!(peer.fails().is_limit());
}

#[test]
fn items_and_kinds_are_where_they_are_looked_for() {
    // A status is not mistaken for a completion, whatever its kind.
    let mut peer = Peer::selected("");
    let ticket = peer.start(imaplib_proto::command::FetchAll::from(imaplib_proto::command::Fetch::new(
        UidSet::all(),
        FetchItem::Flags,
    )));
    peer.out();
    peer.says("* NO one message is not readable\r\n* 1 FETCH (UID 1 FLAGS ())\r\nA2 OK done\r\n");
    assert_eq!(peer.ends(&ticket).unwrap().len(), 1);
    let kinds: Vec<_> = peer.engine.status_events().map(|status| status.kind).collect();
    assert_eq!(kinds, [StatusKind::No]);
}

#[test]
fn a_server_that_reports_its_work_makes_progress() {
    let progress = |text: &str, runs: bool| {
        let mut peer = Peer::selected("");
        if runs {
            peer.start(UidSearch::new(Search::all()));
            peer.out();
        }
        let before = peer.engine.progress().answers;
        peer.says(text);
        peer.steps();
        peer.engine.progress().answers - before
    };
    assert_eq!(progress("* OK [INPROGRESS (\"A2\" 5 100)] still at it\r\n", true), 1);
    assert_eq!(progress("* OK [INPROGRESS] still at it\r\n* OK [INPROGRESS] x\r\n", true), 2);
    assert_eq!(progress("* OK still at it\r\n", true), 0);
    assert_eq!(progress("* OK [INPROGRESS] at nothing\r\n", false), 0);
}

#[test]
fn reports_of_work_without_end_are_no_progress() {
    let mut peer = Peer::selected("");
    for (tag, text) in [("A2", "A2 OK x\r\n"), ("A3", "")] {
        peer.start(UidSearch::new(Search::all()));
        peer.out();
        let before = peer.engine.progress().answers;
        peer.says(&format!("* OK [INPROGRESS (\"{tag}\" NIL NIL)] x\r\n").repeat(3000));
        peer.steps();
        assert_eq!(peer.engine.progress().answers - before, 1000);
        peer.says(&format!("* SEARCH\r\n{text}"));
        peer.steps();
    }
}
