//! A refused login leaves the connection to the caller; the reason of a refused token is kept.

use imaplib::sasl::{OAuthBearer, XOAuth2};
use imaplib::{ConnectOptions, ErrorKind};

use super::{Client, maybe_async, test};
use crate::support::{quick, scripted, start};

#[maybe_async]
#[test]
async fn another_login_is_tried_on_the_same_connection() {
    let (server, endpoint) = start(|builder| builder);
    let mut client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    let error = client.try_login("alice", "wrong").await.unwrap_err();
    assert!(error.is_authentication() && error.kind() == ErrorKind::Authentication, "{error}");
    assert!(client.is_usable() && !client.is_preauthenticated());
    assert!(client.try_login_command("alice", "also wrong").await.unwrap_err().is_authentication());
    let plain = imaplib::mechanism("PLAIN", "alice", "wrong again").unwrap();
    assert!(client.try_authenticate(plain).await.unwrap_err().is_authentication());
    client.try_login("alice", "secret").await.unwrap();
    // Whoever is logged in need not be again.
    client.try_login("alice", "secret").await.unwrap();
    let mut session = client.into_session().await.unwrap();
    session.select("INBOX").await.unwrap();
    assert_eq!(server.accepted(), 1);
}

#[maybe_async]
#[test]
async fn nobody_has_a_session_without_a_login() {
    let (_server, endpoint) = start(|builder| builder);
    let mut client = Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    assert!(client.try_login("alice", "wrong").await.is_err());
    assert!(client.into_session().await.unwrap_err().is_bad_argument());
}

#[maybe_async]
#[test]
async fn the_reason_of_a_refused_token_is_with_the_error() {
    // {"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"} and {"status":"invalid_token","t":"sesame"}
    for (challenge, reason, bearer) in [
        (
            "eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ==",
            r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#,
            false,
        ),
        (
            "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwidCI6InNlc2FtZS1zZXNhbWUifQ==",
            r#"{"status":"invalid_token","t":"<secret>"}"#,
            true,
        ),
    ] {
        let (sent, endpoint) = scripted(move |say| {
            say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\r\n");
            say(&format!("+ {challenge}\r\n"));
            say("A1 NO [AUTHENTICATIONFAILED] no\r\n");
        });
        let mut client = Client::connect_with(&endpoint, &quick()).await.unwrap();
        let refused = match bearer {
            true => client.try_authenticate(OAuthBearer::new("ann", "sesame-sesame")).await,
            false => client.try_authenticate(XOAuth2::new("ann", "sesame-sesame")).await,
        };
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.login_reason()), (ErrorKind::Authentication, Some(reason)));
        assert_eq!((sent.lock().unwrap().len(), client.is_usable()), (2, true));
    }
}
