//! What a hostile server, or a caller in a hurry, must not get out of the engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{self, FetchItem, FlagChange, Search, ThreadAlgorithm};
use imaplib_proto::engine::{CommandError, Engine, EngineError, Limits, State, Step, Transmit};
use imaplib_proto::sasl::{Plain, ScramSha256};
use imaplib_proto::types::{Flag, MailboxName, SeqNum, UidSet};
use imaplib_proto::wire::FrameError;
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
    peer.engine.tls_started().unwrap();
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
    peer.start(command::Store::new(SeqNum::MIN, FlagChange::add(Flag::Deleted)));
    peer.sends("A2 UID SEARCH 1:5\r\n");
}

#[test]
fn a_long_row_goes_to_the_first_command_that_asked() {
    let mut peer = Peer::selected("");
    let uids: UidSet = "5".parse().unwrap();
    let all = peer.start(command::FetchAll::from(command::Fetch::new(&uids, FetchItem::message())));
    let rows = peer.start(command::Fetch::new(&uids, FetchItem::message()));
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
    assert_eq!(peer.fails(), EngineError::TruncatedLiteral);
}

#[test]
fn collected_answers_have_a_limit() {
    let mut limits = Limits::default();
    limits.collected = 1000;
    let mut engine = Engine::new(limits);
    engine.push(b"* PREAUTH hi\r\n");
    let mut peer = Peer { engine };
    peer.steps();
    peer.start(command::List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap()));
    for _ in 0..100 {
        peer.says("* LIST () NIL \"a rather long name of a mailbox\"\r\n");
    }
    assert_eq!(peer.fails(), EngineError::TooMuch { limit: 1000 });
}

/// An engine with these limits, in INBOX with five messages.
fn limited(limits: Limits) -> Peer {
    let mut peer = Peer { engine: Engine::new(limits) };
    peer.says("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let ticket = peer.start(command::Select::new(MailboxName::inbox()));
    peer.says("* 5 EXISTS\r\nA1 OK done\r\n");
    peer.ends(&ticket).unwrap();
    peer.out();
    peer
}

#[test]
fn more_rows_than_messages_have_a_limit() {
    for row in [
        "* 1 FETCH (UID 1 FLAGS ())\r\n".to_owned(),
        "* 1 FETCH (UID 1 FLAGS () BODY[] {70000}\r\n".to_owned() + &"x".repeat(70_000) + ")\r\n",
    ] {
        let mut peer = limited(Limits::default().extra_rows(10));
        let items = [FetchItem::Flags, FetchItem::message()];
        peer.start(command::Fetch::new(UidSet::all(), items[..1 + usize::from(row.len() > 100)].to_vec()));
        for _ in 0..15 {
            peer.says(&row);
            peer.steps();
        }
        peer.says(&row);
        assert_eq!(peer.fails(), EngineError::TooManyRows { limit: 10 });
    }
}

#[test]
fn what_nobody_asked_for_has_a_limit() {
    let mut peer = limited(Limits::default().unsolicited(100));
    for _ in 0..3 {
        peer.says(&"* OK still here\r\n".repeat(100));
        peer.steps();
        // What is asked for begins a new count.
        let noop = peer.start(command::Noop);
        let tag = peer.out();
        peer.says(&format!("{} OK done\r\n", tag.split(' ').next().unwrap()));
        peer.ends(&noop).unwrap();
    }
    peer.says(&"* OK still here\r\n".repeat(101));
    assert_eq!(peer.fails(), EngineError::TooManyResponses { limit: 100 });
}

#[test]
fn a_login_has_a_limit_of_rounds_and_of_hashing() {
    let mut engine = Engine::new(Limits::default().auth_rounds(3).scram_iterations(5_000));
    engine.push(b"* OK hi\r\n");
    let mut peer = Peer { engine };
    peer.steps();
    let scram = peer.start(command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "nonce")), true));
    peer.out();
    // r=nonce2,s=c2FsdA==,i=5001
    peer.says("+ cj1ub25jZTIscz1jMkZzZEE9PSxpPTUwMDE=\r\n");
    peer.steps();
    peer.sends("*\r\n");
    peer.says("A1 NO\r\n");
    assert_eq!(peer.ends(&scram), Err(CommandError::Sasl(imaplib_proto::sasl::SaslError::TooManyRounds)));
    let mechanism = imaplib_proto::sasl::OAuthBearer::new("u", "t");
    peer.start(command::Authenticate::new(Box::new(mechanism), true));
    peer.says(&"+ e30=\r\n".repeat(4));
    assert_eq!(peer.fails(), EngineError::TooManyRounds { limit: 3 });
}

#[test]
fn hashing_leaves_room_for_others() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let scram = peer.start(command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "nonce")), true));
    peer.out();
    // r=nonce2,s=c2FsdA==,i=10001, and a refusal that comes too early: one is looked at after the other.
    peer.says("+ cj1ub25jZTIscz1jMkZzZEE9PSxpPTEwMDAx\r\nA1 NO not today\r\n");
    assert_eq!(peer.engine.poll(), Ok(Step::InProgress));
    assert!(matches!(peer.engine.transmit(), Transmit::Nothing));
    let steps = peer.steps();
    assert_eq!(steps.iter().filter(|step| **step == Step::InProgress).count(), 8, "{steps:?}");
    assert_eq!(steps.last(), Some(&Step::Finished(scram.id())));
    assert!(peer.out().starts_with("Yz1iaXdzLHI9bm9uY2Uy"), "the proof went out");
    assert!(matches!(peer.ends(&scram), Err(CommandError::Refused(_))));
}

#[test]
fn a_line_has_a_limit_of_its_own() {
    let limits = Limits::default().line(1_000);
    let mut peer = limited(limits);
    peer.says(&format!("* LIST () NIL {{5000}}\r\n{}\r\n", "x".repeat(5_000)));
    peer.says(&"* OK x\r\n".repeat(1_000));
    peer.steps();
    peer.says(&format!("* LIST () NIL \"{}", "x".repeat(1_000)));
    assert!(matches!(peer.fails(), EngineError::Frame(FrameError::TooLong { limit: 1_000 })));
}

#[test]
fn the_pace_of_a_server_can_be_watched() {
    let mut peer = limited(Limits::default());
    let list = peer.start(command::List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap()));
    let before = peer.engine.progress();
    peer.says("* OK still here\r\n* LIST () NIL");
    peer.steps();
    let after = peer.engine.progress();
    assert_eq!((after.responses, after.answers), (before.responses + 1, before.answers));
    peer.says(" x\r\nA2 OK done\r\n");
    peer.ends(&list).unwrap();
    let last = peer.engine.progress();
    assert_eq!((last.responses, last.answers), (after.responses + 2, after.answers + 2));
}

#[test]
fn a_long_search_in_any_order_is_read_in_time() {
    let mut peer = Peer::selected("");
    let search = peer.start(command::UidSearch::new(Search::all()));
    peer.out();
    let numbers: Vec<String> = (1..=200_000u32).rev().map(|number| (number * 2).to_string()).collect();
    let began = std::time::Instant::now();
    peer.says(&format!("* SEARCH {}\r\nA2 OK\r\n", numbers.join(" ")));
    assert_eq!(peer.ends(&search).unwrap().messages.len(), 200_000);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

/// The limits leave room for the largest mailboxes and accounts that are known.
#[test]
fn large_answers_are_within_the_limits() {
    let mut peer = Peer::selected("");
    // Seven digits each, and no two of them in one range.
    let numbers = || (0..1_900_000u32).map(|number| 1_000_001 + 2 * number);
    let search = peer.start(command::UidSearch::new(Search::all()));
    peer.out();
    let answer: String = numbers().map(|number| format!(" {number}")).collect();
    peer.says(&format!("* SEARCH{answer}\r\nA2 OK x\r\n"));
    assert_eq!(peer.ends(&search).unwrap().messages.len(), 1_900_000);

    let thread = peer.start(command::UidThread::new(ThreadAlgorithm::References, Search::all()));
    peer.out();
    let answer: String = numbers().take(1 << 20).map(|number| format!("({number})")).collect();
    peer.says(&format!("* THREAD {answer}\r\nA3 OK x\r\n"));
    assert_eq!(peer.ends(&thread).unwrap().count(), 1 << 20);

    let list = peer.start(command::List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap()));
    peer.out();
    for number in 0..200_000 {
        peer.says(&format!("* LIST (\\HasNoChildren) \"/\" \"customers/of the north/{number:07}/inbox\"\r\n"));
        if number % 1_000 == 0 {
            peer.steps();
        }
    }
    peer.says("A4 OK x\r\n");
    assert_eq!(peer.ends(&list).unwrap().len(), 200_000);
}

#[test]
fn threads_have_a_greatest_number_of_messages() {
    let mut peer = Peer::selected("");
    let thread = peer.start(command::UidThread::new(ThreadAlgorithm::References, Search::all()));
    peer.out();
    peer.says(&format!("* THREAD {}\r\nA2 OK x\r\n", "(1)".repeat((1 << 20) + 1)));
    assert!(matches!(peer.ends(&thread), Err(CommandError::Incomplete(_))));
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

#[test]
fn only_the_first_request_of_an_idle_is_news() {
    let mut peer = limited(Limits::default());
    let idle = peer.start(command::Idle);
    peer.out();
    peer.says("+ idling\r\n");
    assert_eq!(peer.steps(), [Step::Ready]);
    peer.engine.idle_done();
    peer.sends("DONE\r\n");
    let before = peer.engine.progress().answers;
    peer.says("+ \r\n+ \r\n");
    assert_eq!(peer.steps(), [Step::Event, Step::Event]);
    assert_eq!(peer.engine.progress().answers, before, "nothing of the answer came");
    peer.says("A2 OK done\r\n");
    peer.ends(&idle).unwrap();
}

/// Whatever repeats the password during a login, nobody is told it.
#[test]
fn no_response_to_a_login_repeats_the_secret() {
    for line in [
        "* BYE bad password: LOGIN alice \"geheim77\"\r\n",
        "* NO [GEHEIM77 geheim77] geheim77\r\n",
        "* LIST () \"/\" geheim77\r\n",
        "Z1 NO [X-GEHEIM77] geheim77\r\n",
        "A1 NO [GEHEIM77] denied\r\n",
        "A1 BAD Z2VoZWltNzc= denied\r\n",
    ] {
        let mut peer = Peer::new();
        peer.says("* OK hi\r\n");
        peer.steps();
        let login = peer.start(command::Login::new("alice", "geheim77"));
        peer.out();
        peer.says(line);
        peer.steps();
        let mut said = format!("{:?} {:?}", peer.engine.end_of_input(), peer.engine.bye());
        said.push_str(&format!("{:?}", peer.engine.take(&login)));
        while let Some(event) = peer.engine.next_event() {
            said.push_str(&format!("{event:?}"));
        }
        assert!(!said.to_lowercase().contains("geheim"), "{line:?}: {said}");
    }
}

/// Whether a search was answered in full, by fields and not by diagnostics.
#[test]
fn a_partial_answer_to_a_search_says_so() {
    for (answer, messages, unreadable, is_complete) in [
        ("* SEARCH 5 x6", "5", &[&b"x6"[..]][..], false),
        ("* SEARCH 5,6", "5:6", &[], true),
        ("* SEARCH (5 6)", "5:6", &[], true),
        ("* SEARCH 5\t6", "5:6", &[], true),
        ("* SEARCH 5 0", "5", &[], true),
        ("* ESEARCH (TAG \"A2\") UID", "", &[], true),
        ("* ESEARCH (TAG \"A2\") UID ALL 5,6 COUNT 2", "5:6", &[], true),
        ("* ESEARCH (TAG \"A2\") UID ALL 5,x6", "5", &[b"x6"], false),
        ("* ESEARCH (TAG \"A2\") UID ALL x", "", &[b"x"], false),
        ("* ESEARCH (TAG \"A2\") UID ALL", "", &[b"ALL"], false),
        ("* ESEARCH (TAG \"A2\") UID COUNT 3", "", &[], false),
        ("* ESEARCH (TAG \"A2\") UID COUNT 0", "", &[], true),
        ("* ESEARCH (TAG \"A2\") UID ALL 5 COUNT 3", "5", &[], false),
        ("* ESEARCH (TAG \"A2\") UID MIN 5 MAX 9", "5,9", &[], false),
        ("* SEARCH 5 x\r\n* SEARCH 7", "5,7", &[b"x"], false),
        // What names another command is not united with what names this one, or none.
        ("* ESEARCH (TAG \"x\") UID ALL 9\r\n* ESEARCH (TAG \"A2\") UID ALL 5", "5", &[], true),
        ("* ESEARCH (TAG \"A1\") UID ALL 9\r\n* ESEARCH UID ALL 5", "5", &[], true),
        ("* ESEARCH (TAG \"a2\") UID ALL 9\r\n* SEARCH 5", "5", &[], true),
    ] {
        let mut peer = limited(Limits::default());
        let search = peer.start(command::UidSearch::new(Search::all()));
        peer.out();
        peer.says(&format!("{answer}\r\nA2 OK done\r\n"));
        let found = peer.ends(&search).unwrap();
        assert_eq!((found.messages.to_string().as_str(), found.is_complete()), (messages, is_complete), "{answer}");
        assert_eq!(found.unreadable, unreadable, "{answer}");
        assert_eq!(found.complete().is_ok(), is_complete, "{answer}");
    }
    let mut peer = limited(Limits::default());
    let by_date = [command::SortBy::from(command::SortKey::Date)];
    let sort = peer.start(command::UidSort::new(by_date, Search::all()));
    peer.out();
    peer.says("* SORT 5 x6 2\r\nA2 OK done\r\n");
    let sorted = peer.ends(&sort).unwrap();
    assert_eq!((sorted.messages.len(), sorted.is_complete()), (2, false));
}

/// An answer that names a command which was not sent is none, and the search did not find nothing.
#[test]
fn an_answer_to_another_command_is_an_error() {
    let mut peer = limited(Limits::default());
    let search = peer.start(command::UidSearch::new(Search::all()));
    peer.out();
    peer.says("* ESEARCH (TAG \"x\") UID ALL 9\r\nA2 OK done\r\n");
    let error = peer.ends(&search).unwrap_err().to_string();
    assert!(error.contains("names another command"), "{error}");
}

/// An answer to another command, or to one before, is none.
#[test]
fn an_answer_of_another_kind_is_an_error() {
    for (answer, said) in [
        ("* ESEARCH (TAG \"A1\") UID ALL 9", "names another command"),
        ("* ESEARCH (TAG \"A77\") UID ALL 9", "names another command"),
        ("* SORT 9", "is one to SORT or THREAD"),
        ("* THREAD (9)", "is one to SORT or THREAD"),
    ] {
        let mut peer = limited(Limits::default());
        let search = peer.start(command::UidSearch::new(Search::unseen()));
        peer.out();
        peer.says(&format!("{answer}\r\nA2 OK done\r\n"));
        let error = peer.ends(&search).unwrap_err().to_string();
        assert!(error.contains(said), "{answer}: {error}");
    }
    // Where the answer is there as well, it counts.
    let mut peer = limited(Limits::default());
    let search = peer.start(command::UidSearch::new(Search::unseen()));
    peer.out();
    peer.says("* SORT 9\r\n* ESEARCH (TAG \"A1\") UID ALL 8\r\n* SEARCH 7\r\nA2 OK done\r\n");
    assert_eq!(peer.ends(&search).unwrap().complete().unwrap().to_string(), "7");
    for answer in ["", "* SEARCH 9 8\r\n", "* THREAD (9)\r\n"] {
        let mut peer = limited(Limits::default());
        let sort = peer.start(command::UidSort::new([command::SortKey::Date.into()], Search::all()));
        peer.out();
        peer.says(&format!("{answer}A2 OK done\r\n"));
        assert!(matches!(peer.ends(&sort), Err(CommandError::Incomplete(_))), "{answer}");
    }
    for answer in ["", "* SEARCH 9 8\r\n", "* SORT 9\r\n", "* THREAD (1 1)\r\n", "* THREAD (1 2)(3 2)\r\n"] {
        let mut peer = limited(Limits::default());
        let thread = peer.start(command::UidThread::new(ThreadAlgorithm::References, Search::all()));
        peer.out();
        peer.says(&format!("{answer}A2 OK done\r\n"));
        assert!(matches!(peer.ends(&thread), Err(CommandError::Incomplete(_))), "{answer}");
    }
}

/// Numbers that may be those of other messages are not used.
#[test]
fn an_answer_that_does_not_say_which_numbers_it_has_is_in_doubt() {
    for (answer, is_certain) in [
        ("* ESEARCH (TAG \"A2\") ALL 5", false),
        ("* ESEARCH (TAG \"A2\") MIN 5 MAX 6", false),
        ("* ESEARCH (TAG \"A2\")", true),
        ("* ESEARCH (TAG \"A2\") COUNT 0", true),
        ("* ESEARCH (TAG \"A2\") UID ALL 5", true),
    ] {
        let mut peer = limited(Limits::default());
        let search = peer.start(command::UidSearch::new(Search::unseen()));
        peer.out();
        peer.says(&format!("{answer}\r\nA2 OK done\r\n"));
        let found = peer.ends(&search).unwrap();
        assert_eq!((found.is_complete(), found.complete().is_ok()), (is_certain, is_certain), "{answer}");
    }
    for (answer, is_certain) in [("* ESEARCH (TAG \"A2\") UID ALL 5", false), ("* ESEARCH ALL 5", true)] {
        let mut peer = limited(Limits::default());
        let search = peer.start(command::SeqSearch::new(Search::unseen()));
        peer.out();
        peer.says(&format!("{answer}\r\nA2 OK done\r\n"));
        assert_eq!(peer.ends(&search).unwrap().complete().is_ok(), is_certain, "{answer}");
    }
}

/// An answer that cannot be read is no empty one.
#[test]
fn an_unreadable_answer_is_an_error() {
    let mut peer = limited(Limits::default());
    let thread = peer.start(command::UidThread::new(ThreadAlgorithm::References, Search::all()));
    peer.out();
    peer.says("* THREAD (0)\r\nA2 OK done\r\n");
    assert!(matches!(peer.ends(&thread), Err(CommandError::Incomplete(_))));
    let search = peer.start(command::UidSearch::new(Search::all()));
    peer.out();
    peer.says(&format!("* SEARCH{}\r\nA3 OK done\r\n", " 7 1".repeat(1_100_000)));
    assert!(matches!(peer.ends(&search), Err(CommandError::Incomplete(_))));
}
