//! CONDSTORE and QRESYNC: what a SELECT, a FETCH and a conditional STORE return, as RFC 7162 means it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{
    Command, Enable, Fetch, FetchAll, FetchItem, FlagChange, MessageSet, Resync, Select, Selected, Store,
};
use imaplib_proto::engine::{CommandError, Engine, Limits, Step};
use imaplib_proto::types::{self, Flag, Flags, MailboxName, SeqSet, Uid, UidSet, Untagged};
use imaplib_proto::wire::{Encoder, Encoding};
use peer::Peer;

fn uids(set: &str) -> UidSet {
    set.parse().unwrap()
}

fn seqs(set: &str) -> SeqSet {
    set.parse().unwrap()
}

fn inbox() -> Select {
    Select::new(MailboxName::inbox())
}

/// UID, sequence number, modification sequence and flags of a row.
type Row<'a> = (u32, u32, u64, &'a [Flag]);

fn assert_rows(found: &[types::Fetch], expected: &[Row<'_>]) {
    let rows: Vec<_> =
        found.iter().map(|row| (row.uid, row.seq.unwrap().get(), row.mod_seq, row.flags.clone())).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(uid, seq, mod_seq, flags)| {
            (Uid::new(*uid), *seq, Some(*mod_seq), Some(flags.iter().cloned().collect::<Flags>()))
        })
        .collect();
    assert_eq!(rows, expected);
}

/// A peer with an open mailbox of five messages, and QRESYNC enabled.
fn enabled() -> Peer {
    let mut peer = Peer::selected("ENABLE CONDSTORE QRESYNC");
    let ticket = peer.start(Enable::new(["QRESYNC"]));
    peer.out();
    peer.says("* ENABLED QRESYNC\r\nA2 OK x\r\n");
    peer.ends(&ticket).unwrap();
    peer
}

/// What a SELECT with these parameters returns when the server answers so.
fn select(command: Select, answer: &str) -> (Selected, Peer) {
    let mut peer = enabled();
    let ticket = peer.start(command);
    peer.out();
    peer.says(answer);
    let selected = peer.ends(&ticket).unwrap();
    (selected, peer)
}

fn refused(command: &impl Command) -> bool {
    let mut encoder = Encoder::new(Encoding::default());
    command.encode(&mut encoder);
    encoder.finish().is_err()
}

#[test]
fn a_select_states_what_is_known() {
    let known = || Resync::new(67_890_007, 20_050_715_194_045_000);
    for (command, expected) in [
        (inbox().condstore(), "SELECT INBOX (CONDSTORE)"),
        (inbox().resync(known()), "SELECT INBOX (QRESYNC (67890007 20050715194045000))"),
        (
            inbox().resync(known().known_uids(uids("41,43:211,214:541"))),
            "SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
        ),
        (
            inbox().resync(
                known().known_uids(uids("1:29997")).seq_match(seqs("5000,7500,9000"), uids("15000,22500,27000")),
            ),
            "SELECT INBOX (QRESYNC (67890007 20050715194045000 1:29997 (5000,7500,9000 15000,22500,27000)))",
        ),
        (
            Select::read_only(MailboxName::inbox()).condstore().resync(known().seq_match(seqs("1:2"), uids("4,9"))),
            "EXAMINE INBOX (CONDSTORE QRESYNC (67890007 20050715194045000 (1:2 4,9)))",
        ),
    ] {
        let mut peer = enabled();
        peer.start(command);
        peer.sends(&format!("A3 {expected}\r\n"));
    }
}

#[test]
fn what_no_server_can_accept_is_refused() {
    let known = || Resync::new(7, 90);
    for known in [
        Resync::new(0, 90),
        Resync::new(7, 0),
        known().known_uids(UidSet::new()),
        known().known_uids(uids("4:*")),
        known().seq_match(seqs("1:3"), uids("4:5")),
        known().seq_match(seqs("1:*"), uids("4:5")),
        known().seq_match(seqs("1:2"), uids("4,*")),
        known().seq_match(SeqSet::new(), UidSet::new()),
    ] {
        assert!(refused(&inbox().resync(known.clone())), "{known:?}");
    }
    assert!(refused(&Fetch::new(uids("1:9"), FetchItem::Flags).vanished()));
    assert!(refused(&Fetch::new(seqs("1:9"), FetchItem::Flags).changed_since(5).vanished()));
    assert!(!refused(&Fetch::new(uids("1:9"), FetchItem::Flags).changed_since(5).vanished()));
}

/// The answer to SELECT in the example of RFC 7162, section 3.2.5.
const ANSWER: &str = "* OK [CLOSED]\r\n\
    * 100 EXISTS\r\n\
    * OK [UIDVALIDITY 67890007] UIDVALIDITY\r\n\
    * OK [UIDNEXT 600] Predicted next UID\r\n\
    * OK [HIGHESTMODSEQ 90060115205545359] Highest mailbox mod-sequence\r\n\
    * OK [UNSEEN 7] There are some unseen messages in the mailbox\r\n\
    * FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)\r\n\
    * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen \\*)] Permanent flags\r\n\
    * VANISHED (EARLIER) 41,43:116,118,120:211,214:540\r\n\
    * 49 FETCH (UID 117 FLAGS (\\Seen \\Answered) MODSEQ (90060115194045001))\r\n\
    * 50 FETCH (UID 119 FLAGS (\\Draft $MDNSent) MODSEQ (90060115194045308))\r\n\
    * 100 FETCH (UID 541 FLAGS (\\Seen $Forwarded) MODSEQ (90060115194045001))\r\n\
    A3 OK [READ-WRITE] mailbox selected\r\n";

fn known() -> Resync {
    Resync::new(67_890_007, 90_060_115_194_045_000)
}

#[test]
fn a_select_returns_what_changed_and_what_vanished() {
    let (selected, mut peer) = select(inbox().resync(known()), ANSWER);
    assert!(selected.resynced);
    assert_eq!((selected.vanished.to_string(), selected.dropped), ("41,43:116,118,120:211,214:540".to_owned(), 0));
    assert_rows(
        &selected.changed,
        &[
            (117, 49, 90_060_115_194_045_001, &[Flag::Seen, Flag::Answered]),
            (119, 50, 90_060_115_194_045_308, &[Flag::Draft, Flag::MDN_SENT]),
            (541, 100, 90_060_115_194_045_001, &[Flag::Seen, Flag::FORWARDED]),
        ],
    );
    assert_eq!(peer.events(), []);
    let mailbox = peer.engine.mailbox().unwrap();
    assert_eq!((mailbox.exists, mailbox.highest_mod_seq), (100, Some(90_060_115_205_545_359)));
}

#[test]
fn several_vanished_responses_are_one_set() {
    let answer = ANSWER.replace("41,43:116,118,120:211,214:540", "214:540\r\n* VANISHED (EARLIER) 41,43:116,118:211");
    let (selected, _) = select(inbox().resync(known()), &answer);
    assert_eq!(selected.vanished.to_string(), "41,43:116,118:211,214:540");
}

#[test]
fn a_mailbox_that_is_not_the_known_one_is_not_resynced() {
    for (from, to) in [
        ("UIDVALIDITY 67890007", "UIDVALIDITY 67890008"),
        ("* OK [UIDVALIDITY 67890007] UIDVALIDITY\r\n", ""),
        // Set back, as from a backup of the server.
        ("HIGHESTMODSEQ 90060115205545359", "HIGHESTMODSEQ 90060115194044999"),
        ("HIGHESTMODSEQ 90060115205545359", "NOMODSEQ"),
    ] {
        assert!(ANSWER.contains(from));
        let (selected, mut peer) = select(inbox().resync(known()), &ANSWER.replace(from, to));
        assert_eq!(selected, Selected::default(), "{to}");
        assert_eq!(peer.events(), [], "{to}");
    }
    // Nothing changed at all, and the sequence stands behind the completion.
    let quiet = "* 100 EXISTS\r\n* OK [UIDVALIDITY 67890007] x\r\nA3 OK [HIGHESTMODSEQ 90060115194045000] x\r\n";
    let (selected, _) = select(inbox().resync(known()), quiet);
    assert!(selected.resynced && selected.changed.is_empty() && selected.vanished.is_empty());
}

#[test]
fn without_resync_a_select_takes_no_rows() {
    let (selected, mut peer) = select(inbox(), ANSWER);
    assert_eq!(selected, Selected::default());
    let kinds: Vec<bool> = peer.events().iter().map(|event| matches!(event, Untagged::Fetch(_))).collect();
    assert_eq!(kinds, [false, true, true, true]);
}

#[test]
fn rows_before_closed_are_of_the_mailbox_that_is_left() {
    let mut peer = enabled();
    let ticket = peer.start(Select::new(MailboxName::new("Sent").unwrap()).resync(known()));
    peer.out();
    let before = "* 2 FETCH (UID 20 FLAGS (\\Seen) MODSEQ (95))\r\n* VANISHED 30\r\n* 4 EXISTS\r\n";
    peer.says(&format!("{before}{ANSWER}"));
    let selected = peer.ends(&ticket).unwrap();
    assert_eq!(selected.changed.len(), 3);
    let mut events = Vec::new();
    while let Some(event) = peer.engine.next_event() {
        events.push((event.mailbox.unwrap().to_text().into_owned(), event.response));
    }
    let [(first, Untagged::Vanished { earlier: false, uids: gone }), (second, Untagged::Fetch(row))] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((first.as_str(), second.as_str()), ("INBOX", "INBOX"));
    assert_eq!((gone.to_string(), row.uid), ("30".to_owned(), Uid::new(20)));
    assert_eq!(peer.engine.mailbox().unwrap().exists, 100, "a message of the other mailbox is not counted");
}

#[test]
fn changes_beyond_the_limit_are_counted() {
    let (selected, mut peer) = select(inbox().resync(known().max_changed(2)), ANSWER);
    assert_eq!((selected.changed.len(), selected.dropped), (2, 1));
    assert_eq!(peer.events(), []);
}

#[test]
fn rows_that_are_dropped_are_bounded_too() {
    let mut peer = Peer { engine: Engine::new(Limits::default().extra_rows(3).collected(4_000)) };
    peer.says("* PREAUTH [CAPABILITY IMAP4rev1 QRESYNC] hi\r\n");
    peer.steps();
    peer.start(inbox().resync(Resync::new(7, 90).max_changed(0)));
    peer.out();
    peer.says("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n");
    for uid in 1..=5 {
        peer.says(&format!("* 1 FETCH (UID {uid} FLAGS () MODSEQ (91))\r\n"));
    }
    assert_eq!(peer.steps(), []);
    peer.says("* 1 FETCH (UID 6 FLAGS () MODSEQ (91))\r\n");
    assert!(peer.fails().is_limit());
}

#[test]
fn a_fetch_returns_what_vanished() {
    // RFC 7162, section 3.2.6.
    let mut peer = enabled();
    let ticket = peer.start(Fetch::new(uids("300:500"), FetchItem::Flags).changed_since(12_345).vanished());
    peer.sends("A3 UID FETCH 300:500 (FLAGS UID) (CHANGEDSINCE 12345 VANISHED)\r\n");
    // Another of its kind waits, for VANISHED does not name its command.
    let next = peer.start(Fetch::new(uids("600"), FetchItem::Flags).changed_since(12_345).vanished());
    peer.sends("");
    peer.says("* VANISHED (EARLIER) 300:310,405,411\r\n* 1 FETCH (UID 404 MODSEQ (65402) FLAGS (\\Seen))\r\n");
    peer.says("* 2 FETCH (UID 406 MODSEQ (75403) FLAGS (\\Deleted))\r\n* VANISHED 7\r\nA3 OK done\r\n");
    let rows: Vec<_> = peer
        .steps()
        .into_iter()
        .filter_map(|step| match step {
            Step::Row(row) => Some(*row.fetch),
            _ => None,
        })
        .collect();
    assert_rows(&rows, &[(404, 1, 65_402, &[Flag::Seen]), (406, 2, 75_403, &[Flag::Deleted])]);
    assert_eq!(peer.ends(&ticket).unwrap().vanished.to_string(), "300:310,405,411");
    // One that was not asked for stays an event.
    assert_eq!(peer.events(), [Untagged::Vanished { earlier: false, uids: uids("7") }]);
    peer.out();
    peer.says("A4 OK done\r\n");
    assert_eq!(peer.ends(&next).unwrap().vanished, UidSet::new());

    let all = peer.start(FetchAll::from(Fetch::new(uids("1:9"), FetchItem::Flags).changed_since(5).vanished()));
    peer.out();
    peer.says("* VANISHED (EARLIER) 4\r\nA5 OK done\r\n");
    assert_eq!(peer.ends(&all).unwrap(), []);
    assert_eq!(peer.events(), [Untagged::Vanished { earlier: true, uids: uids("4") }]);
}

/// What a STORE returns when the server answers so.
fn store(
    messages: impl Into<MessageSet>,
    sent: &str,
    answer: &str,
) -> Result<(Vec<types::Fetch>, MessageSet), CommandError> {
    let mut peer = Peer::selected("CONDSTORE");
    let change = FlagChange::add(Flag::Deleted).silent();
    let ticket = peer.start(Store::new(messages, change).unchanged_since(12_121_230_045));
    peer.sends(&format!("A2 {sent} (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)\r\n"));
    peer.says(answer);
    peer.ends(&ticket).map(|outcome| (outcome.rows, outcome.modified))
}

#[test]
fn a_conditional_store_returns_what_it_left_alone() {
    // RFC 7162, section 3.1.3, by sequence number: messages 7 and 9 were changed by another client.
    let row = "* 5 FETCH (UID 50 MODSEQ (320162350))\r\n";
    let answer = format!("{row}A2 OK [MODIFIED 7,9] Conditional STORE failed\r\n");
    let (rows, modified) = store(seqs("5,7,9"), "STORE 5,7,9", &answer).unwrap();
    assert_eq!((rows.len(), rows[0].mod_seq, rows[0].flags.is_none()), (1, Some(320_162_350), true));
    assert_eq!(modified, MessageSet::Seqs(seqs("7,9")));
    // By UID, with NO for a part: what was stored is no error.
    let answer = format!("{row}A2 NO [MODIFIED 101:150,90] Some of the messages no longer exist\r\n");
    let (rows, modified) = store(uids("50,90:150"), "UID STORE 50,90:150", &answer).unwrap();
    assert_eq!((rows.len(), modified), (1, MessageSet::Uids(uids("90,101:150"))));
    // All of them were changed.
    let (_, modified) = store(uids("50"), "UID STORE 50", "A2 OK done\r\n").unwrap();
    assert!(modified.is_empty());
    for refusal in ["A2 NO [NOPERM] x\r\n", "A2 BAD [MODIFIED 50] x\r\n"] {
        assert!(matches!(store(uids("50"), "UID STORE 50", refusal), Err(CommandError::Refused(_))), "{refusal}");
    }
}

#[test]
fn an_unconditional_store_is_refused_by_no() {
    let mut peer = Peer::selected("CONDSTORE");
    let ticket = peer.start(Store::new(uids("50"), FlagChange::add(Flag::Seen)));
    peer.out();
    peer.says("A2 NO [MODIFIED 50] x\r\n");
    assert!(matches!(peer.ends(&ticket), Err(CommandError::Refused(_))));
}
