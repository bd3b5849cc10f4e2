//! Which way to log in, and which next: decided without a socket.
#![allow(clippy::unwrap_used, missing_docs)]

mod peer;
mod play;

use imaplib_proto::client::{Error, ErrorKind, LogIn};
use imaplib_proto::sasl::{ChannelBinding, ChannelBindingType};
use play::{Exchange, Play, Scene};

const ALL: &str = "AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256";
const NO: &str = "NO authentication failed\r\n";

fn log_in(capabilities: &str, private: bool, script: &[Scene<'_>]) -> Result<(), Error> {
    let play = Play::greeted(capabilities);
    log_in_over(play, None, private, script)
}

/// The same where the connection has data for channel binding.
fn log_in_over(
    mut play: Play,
    binding: Option<ChannelBinding>,
    private: bool,
    script: &[Scene<'_>],
) -> Result<(), Error> {
    let procedure = LogIn::new(play.engine.capabilities(), "ann", "secret", private, "a-fresh-nonce");
    play.run(&mut procedure?.bound_to(binding, &play.engine), script)
}

fn exporter() -> Option<ChannelBinding> {
    Some(ChannelBinding::new(ChannelBindingType::TlsExporter, vec![7; 32]))
}

#[test]
fn the_strongest_way_is_first() {
    for (offered, first) in [
        (ALL, "A1 AUTHENTICATE SCRAM-SHA-256\r\n"),
        ("AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1", "A1 AUTHENTICATE SCRAM-SHA-1\r\n"),
        ("AUTH=CRAM-MD5 AUTH=PLAIN", "A1 AUTHENTICATE CRAM-MD5\r\n"),
        ("AUTH=LOGIN AUTH=PLAIN", "A1 AUTHENTICATE PLAIN\r\n"),
        ("AUTH=LOGIN", "A1 AUTHENTICATE LOGIN\r\n"),
        ("", "A1 LOGIN ann \"secret\"\r\n"),
    ] {
        for private in [true, false] {
            log_in(offered, private, &[Exchange(first, "A1 OK [CAPABILITY IMAP4rev1] in\r\n")]).unwrap_or_else(
                |error| {
                    // One that proves nothing is not believed, and that is the end of it.
                    assert!(first.contains("SCRAM"), "{offered}: {error}");
                },
            );
        }
    }
}

#[test]
fn a_refusal_without_a_reason_leaves_one_more_way_and_on_a_private_connection_that_is_plain() {
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", &format!("A1 {NO}")),
        Exchange("A2 AUTHENTICATE PLAIN\r\n", "+ \r\n"),
        Exchange("AGFubgBzZWNyZXQ=\r\n", "A2 OK in\r\n"),
    ];
    log_in(ALL, true, &script).unwrap();
    // Only one more: accounts are locked after a few wrong passwords.
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", &format!("A1 {NO}")),
        Exchange("A2 AUTHENTICATE PLAIN\r\n", &format!("A2 {NO}")),
    ];
    let error = log_in(ALL, true, &script).unwrap_err();
    assert_eq!((error.kind(), error.refused_mechanism()), (ErrorKind::Authentication, Some("PLAIN")));
    assert!(!error.is_password_withheld());
}

#[test]
fn where_others_can_read_the_password_is_never_shown_and_the_error_says_so() {
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", &format!("A1 {NO}")),
        Exchange("A2 AUTHENTICATE CRAM-MD5\r\n", &format!("A2 {NO}")),
    ];
    let error = log_in(ALL, false, &script).unwrap_err();
    assert!(error.is_authentication() && error.is_no() && error.is_password_withheld());
    assert_eq!(error.refused_mechanism(), Some("CRAM-MD5"));
    // SCRAM-SHA-1 keeps the same kind of secret: where the one is not set up, the other is not.
    let two = "AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 LOGINDISABLED";
    let error = log_in(two, false, &[Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", &format!("A1 {NO}"))]).unwrap_err();
    assert!(!error.is_password_withheld(), "there is no other way");
}

#[test]
fn a_mechanism_that_the_server_does_not_know_costs_no_attempt() {
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", "A1 BAD what?\r\n"),
        Exchange("A2 AUTHENTICATE SCRAM-SHA-1\r\n", "A2 NO [CANNOT] not set up\r\n"),
        Exchange("A3 AUTHENTICATE CRAM-MD5\r\n", "A3 OK in\r\n"),
    ];
    log_in(ALL, false, &script).unwrap();
}

#[test]
fn a_refusal_with_a_reason_is_the_last() {
    for refusal in [
        "NO [AUTHENTICATIONFAILED] no\r\n",
        "NO [UNAVAILABLE] later\r\n",
        "NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
    ] {
        let script = [Exchange("A1 AUTHENTICATE SCRAM-SHA-256\r\n", &format!("A1 {refusal}"))];
        let error = log_in(ALL, true, &script).unwrap_err();
        assert!(error.is_authentication() && error.is_no(), "{refusal}");
    }
}

#[test]
fn a_server_without_any_way_is_sent_nothing() {
    let error = log_in("LOGINDISABLED", true, &[]).unwrap_err();
    assert!(error.is_login_disabled() && error.kind() == ErrorKind::Authentication);
}

#[test]
fn a_login_is_bound_where_server_and_connection_can_do_it() {
    let offered = "AUTH=PLAIN AUTH=SCRAM-SHA-512 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS";
    // Only both together do.
    for (capabilities, binding) in [(offered, None), ("AUTH=SCRAM-SHA-512", exporter())] {
        let script = [Exchange("A1 AUTHENTICATE SCRAM-SHA-512\r\n", "A1 NO [AUTHENTICATIONFAILED] no\r\n")];
        let error = log_in_over(Play::greeted(capabilities), binding, true, &script).unwrap_err();
        assert!(error.is_authentication());
    }
    // What the client sends first is 'y' where the server does not offer what the connection has.
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-512\r\n", "+ \r\n"),
        Exchange("eSwsbj1hbm4scj1hLWZyZXNoLW5vbmNl\r\n", "A1 NO [AUTHENTICATIONFAILED] no\r\n"),
    ];
    let play = Play::greeted("AUTH=SCRAM-SHA-512");
    assert!(log_in_over(play, exporter(), true, &script).unwrap_err().is_authentication());
}

#[test]
fn a_refused_kind_of_binding_costs_no_attempt() {
    let offered = "AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS";
    let script = [
        Exchange("A1 AUTHENTICATE SCRAM-SHA-256-PLUS\r\n", "+ \r\n"),
        Exchange("cD10bHMtZXhwb3J0ZXIsLG49YW5uLHI9YS1mcmVzaC1ub25jZQ==\r\n", "A1 NO unsupported\r\n"),
        // Neither the other one that is bound, nor one that shows the password.
        Exchange("A2 AUTHENTICATE SCRAM-SHA-256\r\n", "+ \r\n"),
        Exchange("biwsbj1hbm4scj1hLWZyZXNoLW5vbmNl\r\n", "A2 NO wrong\r\n"),
        Exchange("A3 AUTHENTICATE PLAIN\r\n", "A3 NO wrong\r\n"),
    ];
    let error = log_in_over(Play::greeted(offered), exporter(), true, &script).unwrap_err();
    assert_eq!(error.refused_mechanism(), Some("PLAIN"));
}
