//! What a hostile server, or a caller in a hurry, must not get out of the engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{self, FetchCommand, FetchItem, Search, Store};
use imaplib_proto::engine::{CommandError, Engine, EngineError, Limits, State, Step};
use imaplib_proto::sasl::{Plain, ScramSha256};
use imaplib_proto::types::{Flag, MailboxName, SeqNum, UidSet};
use peer::Peer;

#[test]
fn extensions_are_not_switched_on_in_clear_text() {
    let mut peer = Peer::new();
    peer.says("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n* ENABLED UTF8=ACCEPT\r\n* BYE call 0900-EVIL\r\n");
    peer.steps();
    let ticket = peer.start(command::StartTls);
    peer.out();
    peer.says("* ENABLED UTF8=ACCEPT\r\nA1 OK begin\r\n");
    peer.ends(&ticket).unwrap();
    peer.engine.tls_begins().unwrap();
    assert!(peer.engine.enabled().is_empty() && peer.engine.bye().is_none());
    let login = peer.start(command::Login::new("u", "p"));
    peer.out();
    peer.says("A2 OK\r\n");
    peer.ends(&login).unwrap();
    peer.start(command::Create::new(MailboxName::new("Entwürfe").unwrap()));
    peer.sends("A3 CREATE \"Entw&APw-rfe\"\r\n");
}

#[test]
fn an_idle_that_waits_for_its_turn_can_be_ended() {
    let mut peer = Peer::selected("IDLE");
    let noop = peer.start(command::Noop);
    let idle = peer.start(command::Idle);
    peer.sends("A2 NOOP\r\n");
    peer.engine.idle_done();
    peer.says("A2 OK\r\n");
    peer.ends(&noop).unwrap();
    peer.sends("");
    peer.ends(&idle).unwrap();
}

#[test]
fn numbers_wait_for_a_uid_search_that_names_numbers() {
    let mut peer = Peer::selected("");
    let numbers = Search::new().sequence_numbers("1:5".parse().unwrap());
    peer.start(command::UidSearch::new(numbers));
    peer.start(command::StoreCommand::new(SeqNum::MIN, Store::add(Flag::Deleted)));
    peer.sends("A2 UID SEARCH 1:5\r\n");
}

#[test]
fn a_long_row_goes_to_the_first_command_that_asked() {
    let mut peer = Peer::selected("");
    let uids: UidSet = "5".parse().unwrap();
    let all = peer.start(command::FetchAll::from(FetchCommand::new(&uids, FetchItem::message())));
    let rows = peer.start(FetchCommand::new(&uids, FetchItem::message()));
    peer.out();
    let row = format!("* 1 FETCH (UID 5 BODY[] {{70000}}\r\n{})\r\n", "x".repeat(70_000));
    peer.says(&row);
    assert_eq!(peer.steps(), []);
    peer.says(&row);
    assert!(matches!(&peer.steps()[..], [Step::Row(row), Step::Chunk(_), Step::Row(_)] if row.open));
    peer.says("A2 OK\r\nA3 OK\r\n");
    assert_eq!(peer.ends(&all).unwrap().len(), 1);
    peer.ends(&rows).unwrap();
}

#[test]
fn nobody_is_logged_in_by_a_server_without_proof_or_by_a_select() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let login = peer.start(command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "nonce")), true));
    peer.out();
    peer.says("A1 OK welcome\r\n");
    assert!(peer.ends(&login).is_err());
    assert_eq!(peer.engine.state(), State::NotAuthenticated);
    for answer in ["A2 BAD no\r\n", "A3 OK yes\r\n"] {
        peer.start(command::Select::new(MailboxName::inbox()));
        peer.out();
        peer.says(answer);
        peer.steps();
        assert_eq!(peer.engine.state(), State::NotAuthenticated);
    }
}

#[test]
fn a_message_is_never_sent_for_another() {
    let mut peer = Peer::logged_in("");
    let draft = peer.start(command::Append::new(MailboxName::new("Drafts").unwrap(), 10));
    peer.sends("A1 APPEND Drafts {10}\r\n");
    peer.engine.abandon(draft.id());
    assert!(peer.engine.start(command::Append::new(MailboxName::new("Sent").unwrap(), 10)).is_err());
    assert_eq!(peer.fails(), EngineError::CutLiteral);
}

#[test]
fn collected_answers_have_a_limit() {
    let mut limits = Limits::default();
    limits.collected = 1000;
    let mut engine = Engine::new(limits);
    engine.receive(b"* PREAUTH hi\r\n");
    let mut peer = Peer { engine };
    peer.steps();
    peer.start(command::List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap()));
    for _ in 0..100 {
        peer.says("* LIST () NIL \"a rather long name of a mailbox\"\r\n");
    }
    assert_eq!(peer.fails(), EngineError::TooMuch { limit: 1000 });
}

#[test]
fn a_long_search_in_any_order_is_read_in_time() {
    let mut peer = Peer::selected("");
    let search = peer.start(command::UidSearch::new(Search::all()));
    peer.out();
    let numbers: Vec<String> = (1..=200_000u32).rev().map(|number| (number * 2).to_string()).collect();
    let began = std::time::Instant::now();
    peer.says(&format!("* SEARCH {}\r\nA2 OK\r\n", numbers.join(" ")));
    assert_eq!(peer.ends(&search).unwrap().len(), 200_000);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[test]
fn characters_that_end_a_credential_are_refused() {
    use imaplib_proto::sasl::{OAuthBearer, XOAuth2};
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let evil = "me\u{1}auth=Bearer other\u{1}\u{1}";
    for mechanism in [
        Box::new(XOAuth2::new(evil, "t")) as Box<dyn imaplib_proto::sasl::Mechanism>,
        Box::new(OAuthBearer::new("me", evil)),
        Box::new(Plain::new("me\0you", "p")),
    ] {
        let refused = peer.engine.start(command::Authenticate::new(mechanism, true));
        assert!(matches!(refused, Err(CommandError::Invalid(_))));
    }
    peer.sends("");
}

#[test]
fn a_refusal_does_not_repeat_the_secret() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let login = peer.start(command::Login::new("alice", "geheim"));
    peer.out();
    peer.says("A1 NO bad password: LOGIN alice \"geheim\"\r\n");
    let error = peer.ends(&login).unwrap_err().to_string();
    assert!(!error.contains("geheim") && error.contains("<secret>"), "{error}");
    let plain = peer.start(command::Authenticate::new(Box::new(Plain::new("user", "geheim")), true));
    peer.out();
    peer.says("A2 NO no: AHVzZXIAZ2VoZWlt geheim\r\n");
    let error = peer.ends(&plain).unwrap_err().to_string();
    assert!(!error.contains("geheim") && !error.contains("AHVzZXI"), "{error}");
}
