//! A handle of a mailbox that is not open any more touches nothing and shows nothing, however the other one was opened:
//! servers need not say that a mailbox is closed.

use std::time::Duration;

use imaplib::command::{Command, Conduct, Effect, Incomplete, Raw};
use imaplib::types::{Flag, MailboxName, Uid, UidSet};
use imaplib::{FetchItem, FlagChange, Search};
use imaplib_proto::types::StatusResponse;
use imaplib_proto::wire::Encoder;

use super::{maybe_async, session, test};
use crate::support::scripted;

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

#[maybe_async]
#[test]
async fn a_mailbox_that_was_left_in_other_words_is_left() {
    for line in ["SELECT B", "select \"B\"", "EXAMINE B", "  SELECT B (CONDSTORE)", "CLOSE", "UNSELECT", "close"] {
        for own in [false, true] {
            let (sent, endpoint) = scripted(|say| {
                say("* PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS IDLE] hi\r\n");
                say("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nA1 OK [READ-WRITE] x\r\n");
                say("* 9 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\nA2 OK [READ-WRITE] x\r\n");
                say("* 1 EXPUNGE\r\nA3 OK\r\n");
            });
            let mut session = session(&endpoint).await;
            let mut inbox = session.select("INBOX").await.unwrap();
            assert_eq!((inbox.exists(), inbox.uid_validity()), (3, Some(7)));
            match own {
                true => drop(inbox.session().run(Own(line, Conduct::new())).await.unwrap()),
                false => drop(inbox.session().run(Raw::new(line)).await.unwrap()),
            }
            assert!(inbox.state().is_none() && inbox.exists() == 0 && inbox.uid_validity().is_none(), "{line}");
            let one: UidSet = Uid::new(1).unwrap().into();
            assert!(inbox.expunge().await.unwrap_err().is_bad_argument(), "{line}");
            assert!(inbox.expunge_uids(&one).await.unwrap_err().is_bad_argument(), "{line}");
            assert!(inbox.store(&one, FlagChange::add(Flag::Deleted)).await.unwrap_err().is_bad_argument(), "{line}");
            assert!(inbox.search(Search::all()).await.unwrap_err().is_bad_argument(), "{line}");
            assert!(inbox.fetch(&one, FetchItem::Flags).is_err(), "{line}");
            while inbox.session().next_event().is_some() {}
            let mut idle = inbox.idle();
            assert!(idle.next(Some(Duration::ZERO)).await.unwrap_err().is_bad_argument(), "{line}");
            drop(idle);
            assert!(inbox.unselect().await.unwrap_err().is_bad_argument(), "{line}");
            assert_eq!(sent.lock().unwrap().len(), 2, "{line}: {:?}", sent.lock().unwrap());
        }
    }
}

#[maybe_async]
#[test]
async fn what_takes_more_than_an_answer_is_refused() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 3 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    for line in [
        "STARTTLS",
        "compress DEFLATE",
        "AUTHENTICATE PLAIN",
        "LOGIN a b",
        "UNAUTHENTICATE",
        "IDLE",
        "idle ",
        "APPEND INBOX x",
    ] {
        let error = inbox.session().run(Raw::new(line)).await.unwrap_err();
        assert!(error.is_bad_argument(), "{line}: {error}");
        assert!(inbox.session().run(Own(line, Conduct::new())).await.unwrap_err().is_bad_argument(), "{line}");
        assert!(
            inbox.session().start(Own(line, Conduct::alone())).is_err_and(|error| error.is_bad_argument()),
            "{line}"
        );
    }
    assert_eq!((inbox.exists(), sent.lock().unwrap().len()), (3, 1));
}

#[maybe_async]
#[test]
async fn a_command_that_claims_to_leave_the_mailbox_and_does_not_leaves_it_open() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 3 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
        say("A2 OK\r\n");
        say("A3 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    inbox.session().run(Own("NOOP", Conduct::with_effect(Effect::LeavesMailbox))).await.unwrap();
    assert_eq!(inbox.state().map(|view| view.name.clone()), Some(MailboxName::inbox()));
    inbox.noop().await.unwrap();
}
