//! A handle of a mailbox that is not open any more touches nothing and shows nothing, however the other one was opened:
//! servers need not say that a mailbox is closed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod scripted;

use std::time::Duration;

use imaplib::command::{Command, Conduct, Effect, Incomplete, Raw};
use imaplib::types::{Flag, MailboxName, Uid, UidSet};
use imaplib::{ConnectOptions, Endpoint, FetchItem, FlagChange, Search, Timeouts};
use imaplib_proto::types::StatusResponse;
use imaplib_proto::wire::Encoder;
use scripted::scripted;

/// A caller's own command, which says that it changes nothing.
struct Own(&'static str, Conduct);

impl Command for Own {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw(self.0);
    }

    fn conduct(&self) -> Conduct {
        self.1.clone()
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

macro_rules! tests {
    ($front:ident, $($async:ident)?) => {
        $($async)? fn session(endpoint: &Endpoint) -> Session {
            let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)));
            wait!(wait!(Client::connect_with(endpoint, &options)).unwrap().into_session()).unwrap()
        }

        test! { a_mailbox_that_was_left_in_other_words_is_left {
            for line in ["SELECT B", "select \"B\"", "EXAMINE B", "  SELECT B (CONDSTORE)", "CLOSE", "UNSELECT", "close"] {
                for own in [false, true] {
                    let (sent, endpoint) = scripted(|say| {
                        say("* PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS IDLE] hi\r\n");
                        say("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nA1 OK [READ-WRITE] x\r\n");
                        say("* 9 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\nA2 OK [READ-WRITE] x\r\n");
                        say("* 1 EXPUNGE\r\nA3 OK\r\n");
                    });
                    let mut session = wait!(session(&endpoint));
                    let mut inbox = wait!(session.select("INBOX")).unwrap();
                    assert_eq!((inbox.exists(), inbox.uid_validity()), (3, Some(7)));
                    match own {
                        true => drop(wait!(inbox.session().run(Own(line, Conduct::new()))).unwrap()),
                        false => drop(wait!(inbox.session().run(Raw::new(line))).unwrap()),
                    }
                    assert!(inbox.state().is_none() && inbox.exists() == 0 && inbox.uid_validity().is_none(), "{line}");
                    let one: UidSet = Uid::new(1).unwrap().into();
                    assert!(wait!(inbox.expunge()).unwrap_err().is_bad_argument(), "{line}");
                    assert!(wait!(inbox.expunge_uids(&one)).unwrap_err().is_bad_argument(), "{line}");
                    assert!(wait!(inbox.store(&one, FlagChange::add(Flag::Deleted))).unwrap_err().is_bad_argument(), "{line}");
                    assert!(wait!(inbox.search(Search::all())).unwrap_err().is_bad_argument(), "{line}");
                    assert!(inbox.fetch(&one, FetchItem::Flags).is_err(), "{line}");
                    while inbox.session().next_event().is_some() {}
                    let mut idle = inbox.idle();
                    assert!(wait!(idle.next(Some(Duration::ZERO))).unwrap_err().is_bad_argument(), "{line}");
                    drop(idle);
                    assert!(wait!(inbox.unselect()).unwrap_err().is_bad_argument(), "{line}");
                    assert_eq!(sent.lock().unwrap().len(), 2, "{line}: {:?}", sent.lock().unwrap());
                }
            }
        }}

        test! { what_takes_more_than_an_answer_is_refused {
            let (sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
                say("* 3 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
            });
            let mut session = wait!(session(&endpoint));
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            for line in ["STARTTLS", "compress DEFLATE", "AUTHENTICATE PLAIN", "LOGIN a b", "IDLE", "idle ", "APPEND INBOX x"] {
                let error = wait!(inbox.session().run(Raw::new(line))).unwrap_err();
                assert!(error.is_bad_argument(), "{line}: {error}");
                assert!(wait!(inbox.session().run(Own(line, Conduct::new()))).unwrap_err().is_bad_argument(), "{line}");
                assert!(inbox.session().start(Own(line, Conduct::alone())).is_err_and(|error| error.is_bad_argument()), "{line}");
            }
            assert_eq!((inbox.exists(), sent.lock().unwrap().len()), (3, 1));
        }}

        test! { a_command_that_claims_to_leave_the_mailbox_and_does_not_leaves_it_open {
            let (_sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
                say("* 3 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
                say("A2 OK\r\n");
                say("A3 OK\r\n");
            });
            let mut session = wait!(session(&endpoint));
            let mut inbox = wait!(session.select("INBOX")).unwrap();
            wait!(inbox.session().run(Own("NOOP", Conduct::with_effect(Effect::LeavesMailbox)))).unwrap();
            assert_eq!(inbox.state().map(|view| view.name.clone()), Some(MailboxName::inbox()));
            wait!(inbox.noop()).unwrap();
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
