//! A mailbox that is opened, created where it is not there, had again, and left; IDLE without one; sessions that are over.

use std::time::Duration;

use imaplib::types::{MailboxName, Untagged};
use imaplib::{AppendMessage, BadArgument, ErrorKind, Result};

use super::{Mailbox, Session, log_in, maybe_async, session, test};
use crate::support::{TEXT, quick, scripted, start};

/// "Open, else create" in the words of a program that decides by itself.
#[maybe_async]
async fn open_or_create(session: &mut Session, name: &str) -> Result<u32> {
    let mailbox = match session.select(name).await {
        Ok(mailbox) => mailbox,
        Err(error) if error.kind() == ErrorKind::NoSuchMailbox => {
            session.create(name).await?;
            session.select(name).await?
        }
        Err(error) => return Err(error),
    };
    Ok(mailbox.exists())
}

/// The same as a function that returns the handle: a borrow that is returned lasts in all branches, so the handle is had
/// again at the end.
#[maybe_async]
async fn opened<'s>(session: &'s mut Session, name: &str) -> Result<Mailbox<'s>> {
    match session.select(name).await.map(drop) {
        Err(error) if error.kind() == ErrorKind::NoSuchMailbox => {
            session.create(name).await?;
            session.select(name).await?;
        }
        result => result?,
    }
    session.mailbox()
}

#[maybe_async]
#[test]
async fn a_mailbox_is_opened_or_created() {
    let (server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    assert!(session.mailbox_state().is_none());
    assert_eq!(open_or_create(&mut session, "One").await.unwrap(), 0);
    let state = session.mailbox_state().unwrap();
    assert_eq!((state.name.to_text().as_ref(), state.exists), ("One", 0));
    assert_eq!(opened(&mut session, "Two").await.unwrap().exists(), 0);
    assert_eq!(session.select_or_create("Three").await.unwrap().exists(), 0);
    server.store().account("alice").append("One", TEXT).unwrap();
    assert_eq!(open_or_create(&mut session, "One").await.unwrap(), 1);
    assert_eq!(opened(&mut session, "One").await.unwrap().exists(), 1);
    assert_eq!(session.select_or_create("One").await.unwrap().exists(), 1);
    let created = server.commands().iter().filter(|command| command.starts_with("CREATE")).count();
    assert_eq!(created, 3);
}

/// What is given up ends without a word: a message that waits behind it is sent then.
#[maybe_async]
#[test]
async fn a_message_follows_a_wait_that_was_dropped() {
    let (server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    for count in 1..10 {
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut idle = inbox.idle();
        // The messages that were appended before are events.
        while idle.next(Some(Duration::from_millis(20))).await.unwrap().is_some() {}
        drop(idle);
        session.append("INBOX", AppendMessage::from(TEXT)).await.unwrap();
        assert_eq!(server.store().account("alice").messages("INBOX").unwrap().len(), count * 3 - 2);
        drop(session.idle());
        let mut idle = session.idle();
        while idle.next(Some(Duration::from_millis(20))).await.unwrap().is_some() {}
        drop(idle);
        let messages = [AppendMessage::from(TEXT), AppendMessage::from(TEXT)];
        session.append_all("INBOX", messages).await.unwrap();
    }
}

#[maybe_async]
#[test]
async fn a_mailbox_is_created_where_the_refusal_has_no_reason_and_only_there() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("A1 NO Unable to open this mailbox.\r\n");
        say("A2 OK created\r\n");
        say("* 0 EXISTS\r\nA3 OK [READ-WRITE]\r\n");
        say("A4 NO Unable to open this mailbox.\r\n");
        say("A5 NO [ALREADYEXISTS] it is there\r\n");
        say("A6 NO [NOPERM] not yours\r\n");
        say("A7 NO [NONEXISTENT] nothing\r\n");
        say("A8 NO [OVERQUOTA] too many\r\n");
    });
    let mut session = session(&endpoint).await;
    assert_eq!(session.select_or_create("New").await.unwrap().exists(), 0);
    let error = session.select_or_create("Locked").await.unwrap_err();
    assert_eq!((error.kind(), error.code().is_none()), (ErrorKind::Refused, true), "{error}");
    assert_eq!(session.mailbox().unwrap_err().argument(), Some(&BadArgument::NoMailboxOpen));
    let error = session.select_or_create("Theirs").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = session.select_or_create("More").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverQuota);
    let sent = sent.lock().unwrap();
    let verbs: Vec<&str> = sent.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(verbs, ["SELECT", "CREATE", "SELECT", "SELECT", "CREATE", "SELECT", "SELECT", "CREATE"]);
}

#[maybe_async]
#[test]
async fn the_open_mailbox_is_had_again_without_a_command() {
    let (server, endpoint) = start(|builder| builder);
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let error = session.mailbox().unwrap_err();
    assert_eq!((error.kind(), error.argument()), (ErrorKind::BadArgument, Some(&BadArgument::NoMailboxOpen)));
    session.select("INBOX").await.unwrap();
    let count = server.commands().len();
    assert_eq!(session.mailbox().unwrap().state().map(|state| state.name.clone()), Some(MailboxName::inbox()));
    assert_eq!((session.mailbox().unwrap().exists(), server.commands().len()), (1, count));
    session.mailbox().unwrap().unselect().await.unwrap();
    assert!(session.mailbox().is_err());
}

#[maybe_async]
#[test]
async fn a_session_without_a_mailbox_can_idle() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi\r\n");
        say("+ idling\r\n* OK [ALERT] going down at noon\r\n");
        say("A1 OK\r\n");
        say("A2 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut idle = session.idle();
    let event = idle.next(Some(Duration::from_secs(5))).await.unwrap().unwrap();
    assert!(matches!(event.response, Untagged::Status(_)), "{event:?}");
    idle.done().await.unwrap();
    session.noop().await.unwrap();
    assert_eq!(*sent.lock().unwrap(), ["A1 IDLE", "DONE", "A2 NOOP"]);
}

#[maybe_async]
#[test]
async fn a_session_is_usable_until_its_connection_failed() {
    let (server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    assert!(session.is_usable());
    assert!(session.select("Nowhere").await.is_err() && session.select("a\0b").await.is_err());
    assert!(session.is_usable(), "a refusal is about the command alone");
    session.noop().await.unwrap();
    server.disconnect_all();
    assert!(session.noop().await.unwrap_err().is_connection_lost() && !session.is_usable());

    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* nothing more\r\n");
    });
    let mut session = super::session(&endpoint).await;
    assert!(session.noop().await.unwrap_err().is_timeout() && !session.is_usable());

    let (_server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let short = AppendMessage::new(TEXT.as_bytes(), 1_000);
    assert!(session.append("INBOX", short).await.unwrap_err().is_bad_argument() && !session.is_usable());

    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* BYE going down\r\nA1 OK\r\n");
    });
    let mut session = super::session(&endpoint).await;
    session.noop().await.unwrap();
    assert!(!session.is_usable(), "the server has announced its end");
    // It has taken its leave already, and answers nothing more.
    session.logout().await.unwrap();
}
