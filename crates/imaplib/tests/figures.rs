//! Figures of mailboxes: nothing that a plain LIST tells is lost with them, and one that STATUS does not know loses no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod scripted;

use std::time::Duration;

use imaplib::types::StatusItem;
use imaplib::{ConnectOptions, Endpoint, Timeouts};
use scripted::scripted;

macro_rules! tests {
    ($front:ident, $($async:ident)?) => {
        $($async)? fn session(endpoint: &Endpoint) -> Session {
            let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)));
            wait!(wait!(Client::connect_with(endpoint, &options)).unwrap().into_session()).unwrap()
        }

        test! { attributes_come_with_the_figures {
            let (sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE] hi\r\n");
                say("* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n* STATUS Sent (MESSAGES 3)\r\nA1 OK\r\n");
            });
            let mut session = wait!(session(&endpoint));
            let all = wait!(session.list_status("*", &[StatusItem::Messages])).unwrap();
            assert_eq!(all[0].status.as_ref().unwrap().messages, Some(3));
            assert!(all[0].listing.attributes.iter().any(|attribute| attribute.is_special_use()));
            let expected = ["A1 LIST \"\" * RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES))"];
            assert_eq!(*sent.lock().unwrap(), expected);
        }}

        test! { a_limit_for_all_mailboxes_is_not_asked_for {
            let (sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1 APPENDLIMIT=1000] hi\r\n");
                say("* STATUS INBOX (MESSAGES 3)\r\nA1 OK\r\n");
                say("* STATUS INBOX (MESSAGES 3)\r\nA2 OK\r\n");
            });
            let mut session = wait!(session(&endpoint));
            let status = wait!(session.status("INBOX", &[StatusItem::AppendLimit, StatusItem::Messages])).unwrap();
            assert_eq!((status.messages, status.append_limit), (Some(3), Some(Some(1000))));
            let status = wait!(session.status("INBOX", &[StatusItem::AppendLimit])).unwrap();
            assert_eq!(status.append_limit, Some(Some(1000)));
            assert_eq!(*sent.lock().unwrap(), ["A1 STATUS INBOX (MESSAGES)", "A2 STATUS INBOX (MESSAGES)"]);
        }}
    };
}

mod blocking {
    use super::*;
    use imaplib::blocking::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)* };
    }
    macro_rules! test {
        ($name:ident $body:block) => {
            #[test]
            fn $name() $body
        };
    }
    tests!(blocking,);
}

mod asynchronous {
    use super::*;
    use imaplib::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)*.await };
    }
    macro_rules! test {
        ($name:ident $body:block) => {
            #[tokio::test]
            async fn $name() $body
        };
    }
    tests!(tokio, async);
}
