//! Searching, fetching and changing messages in several commands: decided without a socket.
#![allow(clippy::unwrap_used, missing_docs)]

mod peer;
mod play;

use imaplib_proto::client::{
    CopyMessages, ErrorKind, ExpungeUids, FetchMessages, MoveMessages, SearchMessages, Selection, StoreMessages,
};
use imaplib_proto::command::{FetchItem, FlagChange, MessageSet, Search};
use imaplib_proto::types::{Flag, MailboxName, Reported, SeqSet, Uid, UidSet};
use play::{Exchange, Fails, Play, Scene};

fn uids(set: &str) -> MessageSet {
    MessageSet::Uids(set.parse().unwrap())
}

fn set(uids: &str) -> UidSet {
    uids.parse().unwrap()
}

fn target() -> MailboxName {
    MailboxName::new("Other").unwrap()
}

/// Every other UID, so that no ranges make the set short: more than one command line.
fn many() -> UidSet {
    (0..3000u32).map(|number| Uid::new(number * 2 + 1).unwrap()).collect()
}

#[test]
fn a_search_is_sent_again_without_the_charset_that_is_refused() {
    let mut play = Play::selected("");
    let search = Search::new().subject("é");
    let mut procedure = SearchMessages::uids(play.selection(), search, play.engine.capabilities());
    let script = [
        Exchange("A2 UID SEARCH CHARSET UTF-8 SUBJECT {2}\r\n", "+ go\r\n"),
        Exchange("é\r\n", "A2 NO [BADCHARSET (US-ASCII)] no\r\n"),
        Exchange("A3 UID SEARCH SUBJECT {2}\r\n", "+ go\r\n"),
        Exchange("é\r\n", "* SEARCH 4 5\r\nA3 OK done\r\n"),
    ];
    assert_eq!(play.run(&mut procedure, &script).unwrap().messages.to_string(), "4:5");
    // The first refusal is told if the second attempt is refused too.
    let mut procedure = SearchMessages::uids(play.selection(), Search::new().subject("é"), play.engine.capabilities());
    let script = [
        Exchange("A4 UID SEARCH CHARSET UTF-8 SUBJECT {2}\r\n", "A4 NO [BADCHARSET (US-ASCII)] no\r\n"),
        Exchange("A5 UID SEARCH SUBJECT {2}\r\n", "A5 BAD what?\r\n"),
    ];
    assert!(play.run(&mut procedure, &script).unwrap_err().code().is_some());
}

#[test]
fn move_without_move_removes_only_what_was_copied() {
    let mut play = Play::selected("UIDPLUS");
    let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
    let script = [
        // 12 was not asked for, whatever the server finds.
        Exchange("A2 UID SEARCH UID 3:9\r\n", "* SEARCH 4 5 6 12\r\nA2 OK done\r\n"),
        Exchange("A3 UID COPY 4:6 Other\r\n", "A3 OK [COPYUID 7 4:5 1:2] copied\r\n"),
        Exchange("A4 UID STORE 4:5 +FLAGS.SILENT (\\Deleted)\r\n", "A4 OK stored\r\n"),
        Exchange("A5 UID EXPUNGE 4:5\r\n", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nA5 OK gone\r\n"),
    ];
    let moved = play.run(&mut procedure, &script).unwrap();
    assert_eq!((moved.copied.value().unwrap().source.to_string(), moved.stayed), ("4:5".to_owned(), UidSet::new()));
}

#[test]
fn nothing_is_removed_by_a_report_that_contradicts_itself() {
    let found = Exchange("A2 UID SEARCH UID 3:9\r\n", "* SEARCH 4 5\r\nA2 OK done\r\n");
    for report in ["4:5 1", "4:5 1:3", "4:5,4:5 1:4", "4:5 1,1", "1:4294967295 1"] {
        let mut play = Play::selected("UIDPLUS");
        let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
        let answer = format!("A3 OK [COPYUID 7 {report}] copied\r\n");
        let script = [found, Exchange("A3 UID COPY 4:5 Other\r\n", &answer)];
        let error = play.run(&mut procedure, &script).unwrap_err();
        assert_eq!((error.kind(), error.partial_copy().is_some()), (ErrorKind::Protocol, true), "{report}");
    }
    // What was not asked for is not removed, and not reported as moved.
    for (report, moved) in [("1:4294967295 1:4294967295", "4:5"), ("5 1", "5"), ("12 1", ""), ("", "")] {
        let mut play = Play::selected("UIDPLUS");
        let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
        let answer = format!("A3 OK [COPYUID 7 {report}] copied\r\n");
        let store = format!("A4 UID STORE {moved} +FLAGS.SILENT (\\Deleted)\r\n");
        let expunge = format!("A5 UID EXPUNGE {moved}\r\n");
        let gone = "* 1 EXPUNGE\r\n".repeat(if moved == "4:5" { 2 } else { 1 }) + "A5 OK gone\r\n";
        let mut script = vec![found, Exchange("A3 UID COPY 4:5 Other\r\n", &answer)];
        if !moved.is_empty() {
            script.extend([Exchange(&store, "A4 OK stored\r\n"), Exchange(&expunge, &gone)]);
        }
        let copied = play.run(&mut procedure, &script).unwrap().copied;
        assert_eq!(copied.value().unwrap().source.to_string(), moved, "{report}");
    }
}

#[test]
fn an_error_contains_what_was_copied_before() {
    let reported = |error: imaplib_proto::client::Error| error.partial_copy().unwrap().source.to_string();
    let said = "* OK [COPYUID 7 3 1] x\r\n* 3 EXPUNGE\r\nA2 NO [OVERQUOTA] full\r\n";
    let mut play = Play::selected("MOVE");
    let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
    let error = play.run(&mut procedure, &[Exchange("A2 UID MOVE 3:9 Other\r\n", said)]).unwrap_err();
    assert_eq!((error.is_no(), reported(error)), (true, "3".to_owned()));
    let script = [
        Exchange("A2 UID SEARCH UID 3:9\r\n", "* SEARCH 4 5\r\nA2 OK done\r\n"),
        Exchange("A3 UID COPY 4:5 Other\r\n", "A3 OK [COPYUID 7 5 1] copied\r\n"),
        Exchange("A4 UID STORE 5 +FLAGS.SILENT (\\Deleted)\r\n", "A4 NO no\r\n"),
    ];
    for script in [&script[..], &[script[0], script[1], Fails]] {
        let mut play = Play::selected("UIDPLUS");
        let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
        assert_eq!(reported(play.run(&mut procedure, script).unwrap_err()), "5");
    }
    // One of several commands.
    let set = MessageSet::Uids(many());
    let [MessageSet::Uids(first), MessageSet::Uids(second), ..] = &set.split(7_500)[..] else { unreachable!() };
    let lines = [format!("A2 UID COPY {first} Other\r\n"), format!("A3 UID COPY {second} Other\r\n")];
    let script =
        [Exchange(&lines[0], "A2 OK [COPYUID 7 1,3 8:9] x\r\n"), Exchange(&lines[1], "A3 NO [OVERQUOTA] full\r\n")];
    let mut play = Play::selected("");
    let mut procedure = CopyMessages::new(play.selection(), set.clone(), target());
    assert_eq!(reported(play.run(&mut procedure, &script).unwrap_err()), "1,3");
}

#[test]
fn move_is_used_where_it_is_offered_and_refused_where_others_mail_could_go() {
    let mut play = Play::selected("MOVE");
    let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
    let script = [Exchange("A2 UID MOVE 3:9 Other\r\n", "* OK [COPYUID 7 3 1] x\r\n* 3 EXPUNGE\r\nA2 OK moved\r\n")];
    let moved = play.run(&mut procedure, &script).unwrap();
    assert_eq!((moved.copied.value().unwrap().target.to_string(), moved.stayed), ("1".to_owned(), UidSet::new()));
    let mut play = Play::selected("");
    let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
    let error = play.run(&mut procedure, &[]).unwrap_err();
    assert_eq!((error.kind(), error.missing_capability()), (ErrorKind::Unsupported, Some("UIDPLUS")));
}

#[test]
fn what_stays_although_the_server_says_ok_is_found() {
    let stays = |capabilities: &str, script: &[Scene<'_>]| {
        let mut play = Play::selected(capabilities);
        let mut procedure = MoveMessages::new(play.selection(), uids("3:5"), target());
        play.run(&mut procedure, script).unwrap()
    };
    // Nothing goes, whether the server reports copies or not.
    let left = Exchange("A3 UID SEARCH UID 3:5\r\n", "* SEARCH 3 4 5 9\r\nA3 OK done\r\n");
    for answer in ["A2 OK moved\r\n", "* OK [COPYUID 7 3:5 1:3] x\r\nA2 OK moved\r\n"] {
        let moved = stays("MOVE", &[Exchange("A2 UID MOVE 3:5 Other\r\n", answer), left]);
        assert_eq!((moved.stayed, moved.copied.is_nothing()), (set("3:5"), answer.starts_with('A')));
    }
    // Some go.
    let some = "* OK [COPYUID 7 3:5 1:3] x\r\n* 3 EXPUNGE\r\nA2 OK moved\r\n";
    let left = Exchange("A3 UID SEARCH UID 3:5\r\n", "* SEARCH 5\r\nA3 OK done\r\n");
    assert_eq!(stays("MOVE", &[Exchange("A2 UID MOVE 3:5 Other\r\n", some), left]).stayed, set("5"));
    // What was not copied is not asked for: the report says it.
    let some = "* OK [COPYUID 7 3 1] x\r\n* 3 EXPUNGE\r\nA2 OK moved\r\n";
    assert_eq!(stays("MOVE", &[Exchange("A2 UID MOVE 3:5 Other\r\n", some)]).stayed, UidSet::new());
    // Without MOVE.
    let script = [
        Exchange("A2 UID SEARCH UID 3:5\r\n", "* SEARCH 4 5\r\nA2 OK done\r\n"),
        Exchange("A3 UID COPY 4:5 Other\r\n", "A3 OK copied\r\n"),
        Exchange("A4 UID STORE 4:5 +FLAGS.SILENT (\\Deleted)\r\n", "A4 OK stored\r\n"),
        Exchange("A5 UID EXPUNGE 4:5\r\n", "* 4 EXPUNGE\r\nA5 OK gone\r\n"),
        Exchange("A6 UID SEARCH UID 4:5\r\n", "* SEARCH 5\r\nA6 OK done\r\n"),
    ];
    let moved = stays("UIDPLUS", &script);
    assert_eq!((moved.stayed, moved.copied), (set("5"), Reported::Nothing));
}

#[test]
fn a_report_that_cannot_be_read_is_not_none() {
    let copied = |answer: &str| {
        let mut play = Play::selected("MOVE");
        let mut procedure = CopyMessages::new(play.selection(), uids("3:5"), target());
        play.run(&mut procedure, &[Exchange("A2 UID COPY 3:5 Other\r\n", answer)]).unwrap()
    };
    assert_eq!(copied("A2 OK done\r\n"), Reported::Nothing);
    assert_eq!(copied("A2 OK [COPYUID 7 3:x 1] done\r\n"), Reported::Unreadable("7 3:x 1".into()));
    assert_eq!(copied("* OK [COPYUID x] x\r\nA2 OK done\r\n"), Reported::Unreadable("x".into()));
    assert!(copied("A2 OK [COPYUID 7 3 1] done\r\n").value().is_some());
    // Nothing is removed by it.
    let mut play = Play::selected("UIDPLUS");
    let mut procedure = MoveMessages::new(play.selection(), uids("3:5"), target());
    let script = [
        Exchange("A2 UID SEARCH UID 3:5\r\n", "* SEARCH 4 5\r\nA2 OK done\r\n"),
        Exchange("A3 UID COPY 4:5 Other\r\n", "A3 OK [COPYUID 7 4:5 x] copied\r\n"),
    ];
    assert_eq!(play.run(&mut procedure, &script).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn a_move_that_is_cut_after_the_copy_has_an_unknown_outcome() {
    let copy = Exchange("A3 UID COPY 4:5 Other\r\n", "A3 OK copied\r\n");
    let search = Exchange("A2 UID SEARCH UID 3:9\r\n", "* SEARCH 4 5\r\nA2 OK done\r\n");
    for (script, unknown) in [(&[search, Fails][..], false), (&[search, copy, Fails], true)] {
        let mut play = Play::selected("UIDPLUS");
        let mut procedure = MoveMessages::new(play.selection(), uids("3:9"), target());
        let error = play.run(&mut procedure, script).unwrap_err();
        assert_eq!((error.kind(), error.is_outcome_unknown()), (ErrorKind::ConnectionLost, unknown));
        assert_eq!(error.partial_rows(), []);
    }
}

#[test]
fn long_sets_are_split_and_the_answers_joined() {
    let mut play = Play::selected("");
    let set = MessageSet::Uids(many());
    let change = FlagChange::add(Flag::Seen);
    let mut procedure = StoreMessages::new(play.selection(), &set, &change);
    let parts = set.split(7_500);
    assert!(parts.len() > 1);
    let lines: Vec<(String, String)> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let MessageSet::Uids(part) = part else { unreachable!() };
            let (tag, seq) = (at + 2, at + 1);
            let uid = part.iter().next().unwrap();
            let answer = format!("* {seq} FETCH (UID {uid} FLAGS (\\Seen))\r\nA{tag} OK done\r\n");
            (format!("A{tag} UID STORE {part} +FLAGS (\\Seen)\r\n"), answer)
        })
        .collect();
    let script: Vec<_> = lines.iter().map(|(line, answer)| Exchange(line, answer)).collect();
    assert_eq!(play.run(&mut procedure, &script).unwrap().rows.len(), parts.len());
    // Cut after the first part: its rows are with the error, and nobody knows how much is done.
    let mut play = Play::selected("");
    let mut procedure = StoreMessages::new(play.selection(), &set, &change);
    let error = play.run(&mut procedure, &[script[0], Fails]).unwrap_err();
    assert_eq!((error.partial_rows().len(), error.is_outcome_unknown()), (1, true));
    // An empty set sends nothing.
    let nothing = ExpungeUids::new(play.selection(), &UidSet::default(), &"UIDPLUS".split(' ').collect());
    assert_eq!(Play::selected("").run(&mut nothing.unwrap(), &[]).unwrap(), 0);
}

#[test]
fn a_long_set_of_sequence_numbers_is_named_by_uid_before_it_is_copied() {
    let mut play = Play::selected("");
    let numbers: SeqSet = many().to_string().parse().unwrap();
    let found = numbers.to_string();
    let mut procedure = CopyMessages::new(play.selection(), MessageSet::Seqs(numbers), target());
    let search = format!("A2 UID SEARCH {found}\r\n");
    let script = [
        Exchange(&search, "* SEARCH 7\r\nA2 OK done\r\n"),
        Exchange("A3 UID COPY 7 Other\r\n", "A3 NO [TRYCREATE] no\r\n"),
    ];
    assert!(play.run(&mut procedure, &script).unwrap_err().is_no());
}

#[test]
fn a_server_that_does_not_answer_rfc822_is_asked_in_another_way() {
    let mut play = Play::selected("");
    let items = [FetchItem::Rfc822].into();
    let mut procedure = FetchMessages::new(play.selection(), &uids("4"), &items, play.engine.capabilities());
    let script = [
        Exchange("A2 UID FETCH 4 (UID RFC822)\r\n", "A2 OK nothing\r\n"),
        Exchange("A3 UID FETCH 4 (UID BODY[])\r\n", "* 1 FETCH (UID 4 BODY[] {2}\r\nhi)\r\nA3 OK done\r\n"),
    ];
    assert_eq!(play.run(&mut procedure, &script).unwrap().len(), 1);
}

#[test]
fn no_message_of_another_mailbox_is_touched() {
    let mut play = Play::selected("UIDPLUS");
    let selection = play.selection();
    play.says("* OK [CLOSED] moved\r\n");
    let closed = |selection: Selection, play: &Play| !selection.is_open(&play.engine);
    assert!(closed(selection, &play));
    let change = FlagChange::add(Flag::Deleted);
    let error = play.run(&mut StoreMessages::new(selection, &uids("3"), &change), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArgument);
    assert_eq!(play.out(), "");
}
