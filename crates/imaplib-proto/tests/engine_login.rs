//! STARTTLS, logins, and what is kept of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod peer;

use std::sync::{Arc, Mutex};

use imaplib_proto::command;
use imaplib_proto::engine::{CommandError, EngineError, State, Step, Trace};
use imaplib_proto::sasl::{Plain, SaslError, ScramSha256};
use imaplib_proto::types::{Capability, Untagged};
use peer::Peer;

#[test]
fn nothing_may_come_between_starttls_and_tls() {
    for extra in ["* CAPABILITY X\r\n", "A2 OK\r\n", "x", "\r"] {
        let mut peer = Peer::new();
        peer.says("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\r\n");
        peer.steps();
        let ticket = peer.start(command::StartTls);
        peer.sends("A1 STARTTLS\r\n");
        peer.says(&format!("A1 OK begin\r\n{extra}"));
        while !matches!(peer.engine.poll().unwrap(), Step::Finished(_) | Step::Blocked) {}
        peer.engine.take(&ticket).unwrap().unwrap();
        assert_eq!(peer.engine.tls_started(), Err(EngineError::DataBeforeTls), "{extra:?}");
        assert!(peer.engine.start(command::Noop).is_err());
    }
}

#[test]
fn what_was_learnt_in_clear_text_is_forgotten() {
    let mut peer = Peer::new();
    peer.says("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=EVIL] hi\r\n* OK [ALERT] pay here\r\n* LIST () \"/\" evil\r\n* 1 EXISTS\r\n");
    peer.steps();
    let ticket = peer.start(command::StartTls);
    peer.out();
    peer.says("* CAPABILITY IMAP4rev1 AUTH=WORSE\r\nA1 OK [CAPABILITY IMAP4rev1 AUTH=WORST] begin\r\n");
    peer.ends(&ticket).unwrap();
    peer.engine.tls_started().unwrap();
    assert!(!peer.engine.capabilities_known() && peer.engine.capabilities().is_empty());
    assert_eq!(peer.events(), []);
}

#[test]
fn capabilities_follow_the_login() {
    for (answer, known) in [
        ("A1 OK [CAPABILITY IMAP4rev1 MOVE] in\r\n", true),
        ("* CAPABILITY IMAP4rev1 MOVE\r\nA1 OK in\r\n", true),
        ("A1 OK in\r\n", false),
    ] {
        let mut peer = Peer::new();
        peer.says("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n");
        peer.steps();
        let login = peer.start(command::Authenticate::new(Box::new(Plain::new("u", "p")), true));
        peer.sends("A1 AUTHENTICATE PLAIN AHUAcA==\r\n");
        peer.says(answer);
        peer.ends(&login).unwrap();
        assert_eq!(peer.engine.state(), State::Authenticated);
        let moves = peer.engine.capabilities().has(Capability::Move);
        assert_eq!((peer.engine.capabilities_known(), moves), (known, known), "{answer}");
    }
}

#[test]
fn nothing_of_a_user_is_left_after_unauthenticate() {
    for (answer, known) in [
        ("A3 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] out\r\n", true),
        ("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA3 OK out\r\n", true),
        ("A3 OK out\r\n", false),
    ] {
        let mut peer = Peer::selected("UNAUTHENTICATE ENABLE UTF8=ACCEPT MOVE");
        let enable = peer.start(command::Enable::new(["UTF8=ACCEPT"]));
        peer.sends("A2 ENABLE UTF8=ACCEPT\r\n");
        peer.says("* ENABLED UTF8=ACCEPT\r\nA2 OK on\r\n* 6 EXISTS\r\n");
        peer.ends(&enable).unwrap();
        assert!(peer.engine.utf8_enabled());
        let epoch = peer.engine.selection_epoch();

        let ticket = peer.start(command::Unauthenticate);
        let behind = peer.start(command::Noop);
        peer.sends("A3 UNAUTHENTICATE\r\n");
        peer.says(&format!("* 1 EXPUNGE\r\n{answer}"));
        peer.ends(&ticket).unwrap();
        assert_eq!(peer.engine.state(), State::NotAuthenticated);
        assert!(peer.engine.mailbox().is_none() && peer.engine.selection_epoch() > epoch);
        assert!(peer.engine.enabled().is_empty() && !peer.engine.utf8_enabled());
        let capabilities = peer.engine.capabilities();
        assert_eq!(
            (capabilities.has_name("AUTH=PLAIN"), capabilities.has(Capability::Move)),
            (known, false),
            "{answer}"
        );
        assert_eq!(peer.engine.capabilities_known(), known, "{answer}");

        peer.sends("A4 NOOP\r\n");
        peer.says("* 7 EXISTS\r\nA4 OK\r\n");
        peer.ends(&behind).unwrap();
        assert_eq!(peer.events(), []);
    }
}

#[test]
fn a_refused_unauthenticate_changes_nothing() {
    let mut peer = Peer::selected("UNAUTHENTICATE");
    let ticket = peer.start(command::Unauthenticate);
    peer.sends("A2 UNAUTHENTICATE\r\n");
    peer.says("* 6 EXISTS\r\nA2 BAD no\r\n");
    assert!(matches!(peer.ends(&ticket), Err(CommandError::Refused(_))));
    assert_eq!((peer.engine.state(), peer.engine.mailbox().map(|mailbox| mailbox.exists)), (State::Selected, Some(6)));
    assert_eq!(peer.events(), [Untagged::Exists(6)]);
}

#[test]
fn authentication_takes_its_turns() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let login = peer.start(command::Authenticate::new(Box::new(Plain::new("u", "p")), false));
    peer.start(command::Noop);
    peer.sends("A1 AUTHENTICATE PLAIN\r\n");
    peer.says("+ \r\n");
    peer.steps();
    peer.sends("AHUAcA==\r\n");
    // A further challenge is not legal: the exchange is cancelled.
    peer.says("+ AAAA\r\n");
    peer.steps();
    peer.sends("*\r\n");
    peer.says("A1 BAD cancelled\r\n");
    assert_eq!(peer.ends(&login), Err(CommandError::Sasl(SaslError::Challenge)));
    peer.sends("A2 NOOP\r\n");
}

#[test]
fn a_server_without_proof_is_not_believed() {
    let mut peer = Peer::new();
    peer.says("* OK hi\r\n");
    peer.steps();
    let login = peer.start(command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "nonce")), true));
    peer.out();
    peer.says("A1 OK welcome\r\n");
    assert!(matches!(peer.ends(&login), Err(CommandError::Incomplete(_))));
}

#[test]
fn no_secret_is_traced() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);
    impl Trace for Log {
        fn sent(&mut self, bytes: &[u8]) {
            *self.0.lock().unwrap() += &format!("C {}", bytes.escape_ascii());
        }
        fn received(&mut self, bytes: &[u8]) {
            *self.0.lock().unwrap() += &format!("S {}", bytes.escape_ascii());
        }
    }
    let log = Log::default();
    let mut peer = Peer::new();
    peer.engine.set_trace(Box::new(log.clone()));
    peer.says("* OK hi\r\n");
    peer.steps();
    for password in ["geheim", "ge\r\nheim", "ge\"heim"] {
        peer.start(command::Login::new("user", password));
        peer.steps();
        let tag = peer.out().split(' ').next().unwrap().to_owned();
        peer.says("+ go\r\n");
        peer.steps();
        peer.out();
        peer.says(&format!("{tag} NO wrong password {password:?}\r\n"));
        peer.steps();
    }
    peer.start(command::Authenticate::new(Box::new(Plain::new("user", "geheim")), true));
    peer.says("A4 NO x\r\n");
    peer.steps();
    peer.start(command::Authenticate::new(Box::new(Plain::new("user", "geheim")), false));
    peer.says("+ \r\nA5 NO x\r\n");
    peer.steps();
    peer.start(command::Login::new("user", "geheim"));
    peer.out();
    peer.says("* OK geheim\r\n* LIST () NIL geheim\r\n* CAPABILITY geheim\r\nA6 OK welcome geheim\r\n");
    peer.steps();
    peer.start(command::Noop);
    peer.says("* NO soon full\r\nA7 NO try later\r\n");
    peer.steps();
    let log = log.0.lock().unwrap();
    for secret in ["heim", "AHVzZXIAZ2VoZWlt"] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(log.contains("LOGIN user <secret>") && log.contains("AUTHENTICATE PLAIN <secret>"), "{log}");
    // What a refused login says is left out, what an accepted one says is shown, and everything after it.
    let received = "S A4 NO <text hidden>\\r\\nC A5 AUTHENTICATE PLAIN\\r\\nS + <secret>\\r\\n";
    assert!(log.starts_with("S * OK hi\\r\\nC A1 LOGIN user <secret>\\r\\nS + <secret>\\r\\n"), "{log}");
    assert!(log.contains(received), "{log}");
    assert!(
        log.ends_with("S A6 OK welcome <secret>\\r\\nC A7 NOOP\\r\\nS * NO soon full\\r\\nS A7 NO try later\\r\\n"),
        "{log}"
    );
}
