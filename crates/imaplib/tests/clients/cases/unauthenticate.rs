//! One connection for several users in turn.

use imaplib::ConnectOptions;
use imaplib::command::Noop;

use super::{log_in, maybe_async, session, test};
use crate::support::{scripted, start};

#[maybe_async]
#[test]
async fn another_user_sees_nothing_of_the_one_before() {
    let (server, endpoint) = start(|builder| builder.user("bob", "hidden").with("UNAUTHENTICATE"));
    let alices = server.store().account("alice");
    alices.append("INBOX", "Subject: for alice\r\n\r\n").unwrap();
    let mut session = log_in(&endpoint, &ConnectOptions::new()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    alices.append("INBOX", "Subject: more for alice\r\n\r\n").unwrap();
    inbox.noop().await.unwrap();
    assert_eq!(inbox.exists(), 2);

    let client = session.unauthenticate().await.unwrap();
    assert!(client.capabilities().has_name("AUTH=PLAIN"));
    let mut session = client.login("bob", "hidden").await.unwrap();
    assert!(session.next_event().is_none() && session.mailbox().is_err());
    assert_eq!(session.select("INBOX").await.unwrap().exists(), 0);
    session.logout().await.unwrap();
    assert_eq!(server.accepted(), 1);
}

#[maybe_async]
#[test]
async fn what_is_not_finished_or_not_offered_is_refused_and_nothing_is_sent() {
    let (sent, endpoint) = scripted(|say| say("* PREAUTH [CAPABILITY IMAP4rev1 UNAUTHENTICATE] hi\r\n"));
    let mut unfinished = session(&endpoint).await;
    let _ticket = unfinished.start(Noop).unwrap();
    assert!(unfinished.unauthenticate().await.unwrap_err().is_bad_argument());
    assert_eq!(sent.lock().unwrap().len(), 0);

    let (sent, endpoint) = scripted(|say| say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n"));
    assert!(session(&endpoint).await.unauthenticate().await.unwrap_err().is_unsupported());
    assert_eq!(sent.lock().unwrap().len(), 0);
}

#[cfg(feature = "compress")]
#[maybe_async]
#[test]
async fn a_compressed_connection_keeps_its_user() {
    let (server, endpoint) = start(|builder| builder.with("COMPRESS=DEFLATE").with("UNAUTHENTICATE"));
    let mut session = log_in(&endpoint, &ConnectOptions::new()).await.unwrap();
    session.compress().await.unwrap();
    session.noop().await.unwrap();
    assert!(session.unauthenticate().await.unwrap_err().is_bad_argument());
    assert!(!server.commands().iter().any(|command| command == "UNAUTHENTICATE"));
}
