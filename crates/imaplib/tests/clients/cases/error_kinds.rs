//! The kind of an error is that of its response code, never of its words; and its nearest `io::Error` keeps it.

use std::io;

use imaplib::types::UidSet;
use imaplib::{Error, ErrorKind, FetchItem, Limits};

use super::{Client, maybe_async, session, test};
use crate::support::{quick, scripted};

#[maybe_async]
#[test]
async fn response_codes_are_kinds() {
    use ErrorKind::*;
    let codes = [
        ("NO [NONEXISTENT]", NoSuchMailbox, io::ErrorKind::NotFound),
        ("NO [TRYCREATE]", NoSuchMailbox, io::ErrorKind::NotFound),
        ("NO [ALREADYEXISTS]", AlreadyExists, io::ErrorKind::AlreadyExists),
        ("NO [OVERQUOTA]", OverQuota, io::ErrorKind::QuotaExceeded),
        ("NO [NOPERM]", PermissionDenied, io::ErrorKind::PermissionDenied),
        ("NO [READ-ONLY]", ReadOnly, io::ErrorKind::PermissionDenied),
        ("NO [UNAVAILABLE]", Unavailable, io::ErrorKind::ResourceBusy),
        ("NO [INUSE]", Unavailable, io::ErrorKind::ResourceBusy),
        ("NO [LIMIT]", Limit, io::ErrorKind::InvalidData),
        ("NO [CANNOT]", Refused, io::ErrorKind::Other),
        ("NO mailbox does not exist, quota exceeded, permission denied", Refused, io::ErrorKind::Other),
        ("BAD", Refused, io::ErrorKind::Other),
    ];
    let (_sent, endpoint) = scripted(move |say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        for (number, (answer, ..)) in codes.iter().enumerate() {
            say(&format!("A{} {answer} text\r\n", number + 1));
        }
    });
    let mut session = session(&endpoint).await;
    for (answer, kind, io_kind) in codes {
        let error = session.create("x").await.unwrap_err();
        assert_eq!((error.kind(), error.is_command_level()), (kind, true), "{answer}");
        let io = io::Error::from(error);
        assert_eq!(io.kind(), io_kind, "{answer}");
        // The error itself is inside.
        assert_eq!(io.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).map(Error::kind), Some(kind));
    }
    let error = session.create("x").await.unwrap_err();
    assert_eq!((error.kind(), io::Error::from(error).kind()), (Timeout, io::ErrorKind::TimedOut));
}

#[maybe_async]
#[test]
async fn a_login_that_cannot_be_had_now_is_not_a_wrong_password() {
    for (code, kind) in [("UNAVAILABLE", ErrorKind::Unavailable), ("EXPIRED", ErrorKind::Authentication)] {
        let (_sent, endpoint) = scripted(move |say| {
            say("* OK [CAPABILITY IMAP4rev1] hi\r\n");
            say(&format!("A1 NO [{code}] x\r\n"));
        });
        let mut client = Client::connect_with(&endpoint, &quick()).await.unwrap();
        let error = client.try_login("ann", "secret").await.unwrap_err();
        assert_eq!((error.kind(), error.is_authentication()), (kind, true), "{code}");
    }
}

/// The limit is the reason for what fails after it, too.
#[maybe_async]
#[test]
async fn a_limit_that_ended_the_session_is_reported_by_each_call() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 3 EXISTS\r\nA1 OK\r\n");
        say(&format!("* 1 FETCH (UID 1 X-TEXT {{90000}}\r\n{})\r\nA2 OK\r\n", "x".repeat(90_000)));
    });
    let limits = Limits::default().response(10_000);
    let client = Client::connect_with(&endpoint, &quick().limits(limits)).await.unwrap();
    let mut session = client.into_session().await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let error = inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert_eq!(inbox.noop().await.unwrap_err().kind(), ErrorKind::Limit);
    assert!(!session.is_usable());
    assert_eq!(session.select("Other").await.unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(session.logout().await.unwrap_err().kind(), ErrorKind::Limit);
}
