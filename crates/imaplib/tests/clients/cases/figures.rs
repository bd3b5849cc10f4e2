//! Figures of mailboxes: nothing that a plain LIST tells is lost with them, and one that STATUS does not know loses no
//! other.

use imaplib::types::StatusItem;

use super::{maybe_async, session, test};
use crate::support::scripted;

#[maybe_async]
#[test]
async fn attributes_come_with_the_figures() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE] hi\r\n");
        say("* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n* STATUS Sent (MESSAGES 3)\r\nA1 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let all = session.list_status("*", &[StatusItem::Messages]).await.unwrap();
    assert_eq!(all[0].status.as_ref().unwrap().messages, Some(3));
    assert!(all[0].listing.attributes.iter().any(|attribute| attribute.is_special_use()));
    let expected = ["A1 LIST \"\" * RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES))"];
    assert_eq!(*sent.lock().unwrap(), expected);
}

#[maybe_async]
#[test]
async fn a_limit_for_all_mailboxes_is_not_asked_for() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 APPENDLIMIT=1000] hi\r\n");
        say("* STATUS INBOX (MESSAGES 3)\r\nA1 OK\r\n");
        say("* STATUS INBOX (MESSAGES 3)\r\nA2 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let status = session.status("INBOX", &[StatusItem::AppendLimit, StatusItem::Messages]).await.unwrap();
    assert_eq!((status.messages, status.append_limit), (Some(3), Some(Some(1000))));
    let status = session.status("INBOX", &[StatusItem::AppendLimit]).await.unwrap();
    assert_eq!(status.append_limit, Some(Some(1000)));
    assert_eq!(*sent.lock().unwrap(), ["A1 STATUS INBOX (MESSAGES)", "A2 STATUS INBOX (MESSAGES)"]);
}
