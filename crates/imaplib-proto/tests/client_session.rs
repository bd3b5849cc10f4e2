//! The start and the end of a connection, mailboxes, APPEND and IDLE: decided without a socket, on a clock that is moved by
//! hand.
#![allow(clippy::unwrap_used, missing_docs)]

mod peer;
mod play;

use imaplib_proto::client::{
    Advance, AppendMessages, AwaitEvents, ErrorKind, ListSpecialUse, ListSubscribed, ListWithStatus, LogOut, Procedure,
    ReceiveGreeting, StartCompression, TimeoutPhase, Timeouts, UpgradeToTls,
};
use imaplib_proto::command::{Append, Noop};
use imaplib_proto::engine::Transmit;
use imaplib_proto::types::{MailboxName, StatusItem, Untagged};
use play::{Comes, Exchange, Play, SECOND, Waits};
use std::time::Duration;

fn any() -> MailboxName {
    MailboxName::new("*").unwrap()
}

#[test]
fn a_server_has_time_to_greet_but_not_for_ever() {
    let mut play = Play::silent();
    let script = [Comes(29 * SECOND, "* OK [CAPABILITY IMAP4rev1] hi\r\n")];
    play.run(&mut ReceiveGreeting::new(&Timeouts::default()), &script).unwrap();
    let error = Play::silent().run(&mut ReceiveGreeting::new(&Timeouts::default()), &[Waits(30 * SECOND)]).unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Greeting));
}

#[test]
fn starttls_is_started_only_where_it_is_safe() {
    let mut play = Play::greeted("STARTTLS");
    let script = [Exchange("A1 STARTTLS\r\n", "A1 OK go\r\n")];
    play.run(&mut UpgradeToTls::new(), &script).unwrap();
    assert!(!play.engine.capabilities_known(), "what was learnt in clear text is forgotten");
    // Bytes behind the answer were put there by somebody.
    let script = [Exchange("A1 STARTTLS\r\n", "A1 OK go\r\n* CAPABILITY IMAP4rev1\r\n")];
    let error = Play::greeted("STARTTLS").run(&mut UpgradeToTls::new(), &script).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    for mut play in [Play::greeted(""), Play::logged_in("STARTTLS")] {
        let error = play.run(&mut UpgradeToTls::new(), &[]).unwrap_err();
        assert_eq!(error.missing_capability(), Some("STARTTLS"));
    }
}

#[test]
fn compression_is_started_only_where_nothing_is_left_open() {
    let mut play = Play::logged_in("COMPRESS=DEFLATE");
    let script = [Exchange("A1 COMPRESS DEFLATE\r\n", "A1 OK go\r\n\u{1}\u{2}")];
    let received = play.run(&mut StartCompression::new(), &script).unwrap();
    assert_eq!(&received[..], b"\x01\x02", "what stands behind the answer is compressed");
    let error = Play::logged_in("").run(&mut StartCompression::new(), &[]).unwrap_err();
    assert_eq!(error.missing_capability(), Some("COMPRESS=DEFLATE"));
    let mut play = Play::logged_in("COMPRESS=DEFLATE");
    play.engine.start(Noop).unwrap();
    assert_eq!(play.run(&mut StartCompression::new(), &[]).unwrap_err().kind(), ErrorKind::BadArgument);
}

#[test]
fn logout_does_not_wait_for_a_server_that_talks_or_is_silent() {
    let timeouts = Timeouts::default();
    let script = [Exchange("A1 LOGOUT\r\n", "* BYE\r\nA1 OK bye\r\n")];
    Play::logged_in("").run(&mut LogOut::new(&timeouts), &script).unwrap();
    let script = [Exchange("A1 LOGOUT\r\n", ""), Waits(3 * SECOND)];
    Play::logged_in("").run(&mut LogOut::new(&timeouts), &script).unwrap();
    let script = [Exchange("A1 LOGOUT\r\n", "* OK still\r\n"), Comes(2 * SECOND, "* OK here\r\n"), Waits(SECOND)];
    Play::logged_in("").run(&mut LogOut::new(&timeouts), &script).unwrap();
}

#[test]
fn list_with_status_takes_one_round_trip_or_two() {
    let items = [StatusItem::Messages];
    let mut play = Play::logged_in("LIST-STATUS");
    let mut procedure = ListWithStatus::new(any(), &items, play.engine.capabilities());
    let script = [Exchange(
        "A1 LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))\r\n",
        "* LIST () \"/\" a\r\n* STATUS a (MESSAGES 3)\r\nA1 OK done\r\n",
    )];
    let found = play.run(&mut procedure, &script).unwrap();
    assert_eq!(found[0].status.as_ref().unwrap().messages, Some(3));
    // Without LIST-STATUS all STATUS commands go out together; a refusal costs that mailbox its figures.
    let mut play = Play::logged_in("");
    let mut procedure = ListWithStatus::new(any(), &items, play.engine.capabilities());
    let script = [
        Exchange(
            "A1 LIST \"\" *\r\n",
            "* LIST () \"/\" a\r\n* LIST (\\Noselect) \"/\" b\r\n* LIST () \"/\" c\r\nA1 OK done\r\n",
        ),
        Exchange(
            "A2 STATUS a (MESSAGES)\r\nA3 STATUS c (MESSAGES)\r\n",
            "* STATUS a (MESSAGES 3)\r\nA2 OK done\r\nA3 NO locked\r\n",
        ),
    ];
    let found = play.run(&mut procedure, &script).unwrap();
    let figures: Vec<_> =
        found.iter().map(|mailbox| mailbox.status.as_ref().and_then(|status| status.messages)).collect();
    assert_eq!(figures, [Some(3), None, None]);
}

#[test]
fn a_server_that_refuses_idle_is_polled() {
    for refusal in ["A2 NO not here\r\n", "A2 BAD what?\r\n"] {
        let mut play = Play::selected("IDLE");
        let mut timeouts = Timeouts::default();
        timeouts.idle_polling = 60 * SECOND;
        let mut waiting = AwaitEvents::new(&play.engine, play.selection());
        let script = [
            Exchange("A2 IDLE\r\n", refusal),
            Waits(60 * SECOND),
            Exchange("A3 NOOP\r\n", "* 6 EXISTS\r\nA3 OK done\r\n"),
        ];
        let event = play.run(&mut waiting.wait(&timeouts, None), &script).unwrap().unwrap();
        assert_eq!(event.response, Untagged::Exists(6));
        play.run(&mut waiting.done(), &[]).unwrap();
    }
    // Refused at its end: it is over all the same.
    let mut play = Play::selected("IDLE");
    let timeouts = Timeouts::default();
    let mut waiting = AwaitEvents::new(&play.engine, play.selection());
    let until = Some(play.now + SECOND);
    let script = [Exchange("A2 IDLE\r\n", "+ idling\r\n"), Waits(SECOND)];
    assert!(play.run(&mut waiting.wait(&timeouts, until), &script).unwrap().is_none());
    play.run(&mut waiting.done(), &[Exchange("DONE\r\n", "A2 BAD what?\r\n")]).unwrap();
}

#[test]
fn names_that_differ_by_a_delimiter_at_the_end_are_two_mailboxes() {
    let mut play = Play::logged_in("IMAP4rev2 LIST-STATUS");
    let items = [StatusItem::Messages];
    let mut procedure = ListWithStatus::new(any(), &items, play.engine.capabilities());
    let lines = "* LIST () \"/\" a/\r\n* LIST () \"/\" a\r\n* LIST () \"/\" Public/\r\n";
    let figures = "* STATUS a (MESSAGES 3)\r\n* STATUS a/ (MESSAGES 4)\r\n* STATUS Public/ (MESSAGES 5)\r\n";
    let answer = format!("{lines}{figures}A1 OK done\r\n");
    let script = [Exchange("A1 LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))\r\n", &answer)];
    let found = play.run(&mut procedure, &script).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|mailbox| {
            let listing = &mailbox.listing;
            let messages = mailbox.status.as_ref().and_then(|status| status.messages);
            (listing.name.to_string(), listing.had_delimiter_at_end, messages)
        })
        .collect();
    let expected = [("a/", false, Some(4)), ("a", false, Some(3)), ("Public", true, Some(5))];
    assert_eq!(found, expected.map(|(name, had, messages)| (name.to_owned(), had, messages)));
    let mut play = Play::logged_in("");
    let mut procedure = ListSubscribed::new(any());
    let lines = "* LSUB () \"/\" a\r\n* LSUB () \"/\" a/\r\nA1 OK done\r\n";
    let found = play.run(&mut procedure, &[Exchange("A1 LSUB \"\" *\r\n", lines)]).unwrap();
    assert_eq!(found.iter().map(|listing| listing.name.to_string()).collect::<Vec<_>>(), ["a", "a/"]);
}

#[test]
fn list_with_a_selection_falls_back_where_nothing_comes_of_it() {
    let mut play = Play::logged_in("LIST-EXTENDED");
    let script = [
        Exchange("A1 LIST (SUBSCRIBED) \"\" * RETURN (CHILDREN)\r\n", "A1 BAD what?\r\n"),
        Exchange("A2 LSUB \"\" *\r\n", "* LSUB () \"/\" a\r\nA2 OK done\r\n"),
    ];
    assert_eq!(play.run(&mut ListSubscribed::new(any()), &script).unwrap().len(), 1);
    let script = [Exchange("A3 LIST \"\" *\r\n", "* LIST (\\Sent) \"/\" s\r\n* LIST () \"/\" t\r\nA3 OK done\r\n")];
    assert_eq!(play.run(&mut ListSpecialUse::new(any()), &script).unwrap().len(), 1);
}

#[test]
fn messages_are_appended_one_behind_the_other_and_each_has_its_result() {
    let mut play = Play::logged_in("LITERAL+");
    let mut procedure = AppendMessages::new();
    let texts = ["first", "2nd", "third"];
    let mut next = texts.iter();
    let mut numbers = Vec::new();
    let mut sent = String::new();
    let mut answered = false;
    let results = loop {
        match procedure.advance(&mut play.engine, play.now).unwrap() {
            Advance::Done(results) => break results,
            Advance::NeedMessage => match next.next() {
                Some(text) => {
                    let append = Append::new(MailboxName::inbox(), text.len() as u64);
                    // BINARY is not offered.
                    let append = if *text == "2nd" { append.binary() } else { append };
                    numbers.extend(procedure.push(&mut play.engine, append).map(|id| (id, *text)));
                }
                None => procedure.end(),
            },
            Advance::NeedSend => sent += &play.out(),
            Advance::NeedSource { command, left } => {
                let (_, text) = numbers.iter().find(|(id, _)| *id == command).unwrap();
                assert_eq!(text.len() as u64, left);
                sent += text;
                play.engine.streamed(left);
            }
            Advance::NeedIo { until: None } if !answered => {
                answered = true;
                assert_eq!(sent, "A1 APPEND INBOX {5+}\r\nfirst\r\nA2 APPEND INBOX {5+}\r\nthird\r\n");
                play.says("A1 OK [APPENDUID 7 9] done\r\nA2 NO [OVERQUOTA] full\r\n");
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(results[0].as_ref().unwrap().value().unwrap().uids.to_string(), "9");
    assert_eq!(results[1].as_ref().unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(results[2].as_ref().unwrap_err().is_no());
}

#[test]
fn a_source_that_fails_leaves_the_messages_before_it_in_doubt() {
    let mut play = Play::logged_in("LITERAL+");
    let mut procedure = AppendMessages::new();
    procedure.push(&mut play.engine, Append::new(MailboxName::inbox(), 5)).unwrap();
    procedure.end();
    assert_eq!(procedure.advance(&mut play.engine, play.now).unwrap(), Advance::NeedSend);
    play.out();
    let Transmit::Stream { command, .. } = play.engine.transmit() else { unreachable!() };
    let error = imaplib_proto::client::Error::external(imaplib_proto::client::ExternalFailure::Source);
    assert!(!procedure.source_failed(&play.engine, command, error).is_outcome_unknown());
}

#[test]
fn a_connection_that_ends_between_two_messages_leaves_the_first_in_doubt_and_not_the_second() {
    for appended in [true, false] {
        let mut play = Play::logged_in("LITERAL+");
        let mut procedure = AppendMessages::new();
        if appended {
            procedure.push(&mut play.engine, Append::new(MailboxName::inbox(), 5)).unwrap();
            play.out();
            play.engine.streamed(5);
            play.out();
            play.says("A1 OK done\r\n");
        }
        play.says("* BYE going down\r\n");
        assert!(play.engine.end_of_input().is_some());
        // The next one cannot even begin.
        assert_eq!(procedure.push(&mut play.engine, Append::new(MailboxName::inbox(), 3)), None);
        procedure.end();
        let error = procedure.advance(&mut play.engine, play.now).unwrap_err();
        assert_eq!((error.kind(), error.is_outcome_unknown()), (ErrorKind::ConnectionLost, appended));
    }
}

#[test]
fn idle_is_renewed_on_time_and_ended_for_other_commands() {
    let mut play = Play::selected("IDLE");
    let timeouts = Timeouts::default();
    let mut idle = AwaitEvents::new(&play.engine, play.selection());
    let end = play.now + 600 * SECOND;
    let script = [
        Exchange("A2 IDLE\r\n", "+ waiting\r\n"),
        Waits(540 * SECOND),
        Exchange("DONE\r\n", "A2 OK done\r\n"),
        Exchange("A3 IDLE\r\n", "+ waiting\r\n"),
        Comes(59 * SECOND, "* 6 EXISTS\r\n"),
    ];
    let event = play.run(&mut idle.wait(&timeouts, Some(end)), &script).unwrap().unwrap();
    assert_eq!(event.response, Untagged::Exists(6));
    // Nothing in time; the IDLE stays.
    assert_eq!(play.run(&mut idle.wait(&timeouts, Some(end)), &[Waits(SECOND)]).unwrap(), None);
    assert_eq!(play.run(&mut idle.wait(&timeouts, Some(end)), &[Waits(Duration::ZERO)]).unwrap(), None);
    play.run(&mut idle.done(), &[Exchange("DONE\r\n", "A3 OK done\r\n")]).unwrap();
}

#[test]
fn a_server_without_idle_is_polled_and_one_that_ends_it_at_once_too() {
    let timeouts = Timeouts::default();
    let mut play = Play::selected("");
    let mut idle = AwaitEvents::new(&play.engine, play.selection());
    let script = [Waits(60 * SECOND), Exchange("A2 NOOP\r\n", "* 6 EXISTS\r\nA2 OK done\r\n")];
    assert!(play.run(&mut idle.wait(&timeouts, None), &script).unwrap().is_some());
    let mut play = Play::selected("IDLE");
    let mut idle = AwaitEvents::new(&play.engine, play.selection());
    let script = [
        Exchange("A2 IDLE\r\n", "+ waiting\r\nA2 OK done\r\n"),
        Waits(60 * SECOND),
        Exchange("A3 NOOP\r\n", "* 6 EXISTS\r\nA3 OK done\r\n"),
    ];
    assert!(play.run(&mut idle.wait(&timeouts, None), &script).unwrap().is_some());
}

#[test]
fn an_idle_of_a_mailbox_that_is_closed_ends() {
    let mut play = Play::selected("IDLE");
    let mut idle = AwaitEvents::new(&play.engine, play.selection());
    let script = [Exchange("A2 IDLE\r\n", "+ waiting\r\n* OK [CLOSED] gone\r\n")];
    let timeouts = Timeouts::default();
    // What was said is told first.
    let said = play.run(&mut idle.wait(&timeouts, None), &script).unwrap();
    assert!(said.is_some());
    assert_eq!(play.run(&mut idle.wait(&timeouts, None), &[]).unwrap_err().kind(), ErrorKind::BadArgument);
}
