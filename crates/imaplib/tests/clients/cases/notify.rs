//! NOTIFY: changes of other mailboxes arrive by themselves, and sequence numbers cannot be used where they mean nothing.

use imaplib::command::{NotifiedMailboxes, Notify, NotifyEvent, Raw};
use imaplib::types::{Flag, SeqSet, UidSet, Untagged};
use imaplib::{FetchItem, Search};

use super::{log_in, maybe_async, session, test};
use crate::support::{TEXT, quick, scripted, start};

#[maybe_async]
#[test]
async fn changes_of_other_mailboxes_arrive_while_one_is_open() {
    let (server, endpoint) = start(|builder| builder.with_all());
    let account = server.store().account("alice");
    account.create("Work").unwrap();
    account.append("INBOX", TEXT).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let notify = Notify::new()
        .messages(NotifiedMailboxes::Selected)
        .messages(NotifiedMailboxes::Personal)
        .events(NotifiedMailboxes::Subscribed, [NotifyEvent::MailboxName]);
    inbox.session().run(notify).await.unwrap();
    account.append("Work", TEXT).unwrap();
    let mut idle = inbox.idle();
    let event = idle.next(Some(std::time::Duration::from_secs(5))).await.unwrap().unwrap();
    let Untagged::MailboxStatus(status) = event.response else { panic!("{event:?}") };
    assert_eq!((status.name.to_text().as_ref(), status.messages, status.uid_next), ("Work", Some(1), Some(2)));
    idle.done().await.unwrap();
    // Messages of the open mailbox can be removed at any time: by number nothing is sent, by UID all is.
    let sent = server.commands().len();
    let one: SeqSet = "1".parse().unwrap();
    assert!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap_err().is_bad_argument());
    assert!(inbox.search_seq(Search::all()).await.unwrap_err().is_bad_argument());
    assert!(inbox.store(&one, imaplib::FlagChange::add(Flag::Seen)).await.unwrap_err().is_bad_argument());
    assert!(inbox.copy(&one, "Work").await.unwrap_err().is_bad_argument());
    assert_eq!(server.commands().len(), sent);
    assert_eq!(inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap().len(), 1);
    inbox.session().run(Notify::new()).await.unwrap();
    assert_eq!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap().len(), 1);
    // With a delay, numbers stay what they are while a command uses them. In the caller's own words it is the same.
    inbox.session().run(Notify::new().messages(NotifiedMailboxes::SelectedDelayed)).await.unwrap();
    assert_eq!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap().len(), 1);
    inbox.session().run(Raw::new("NOTIFY SET (Selected (MessageNew MessageExpunge))")).await.unwrap();
    assert!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap_err().is_bad_argument());
}

#[maybe_async]
#[test]
async fn a_refusal_and_an_overflow_leave_numbers_as_they_were() {
    let (_, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 NOTIFY] hi\r\n");
        say("* 1 EXISTS\r\nA1 OK\r\n");
        say("A2 NO [BADEVENT (MessageNew MessageExpunge)] no\r\n");
        say("* 1 FETCH (UID 1 FLAGS ())\r\nA3 OK\r\n");
        say("A4 OK\r\n");
        say("* OK [NOTIFICATIONOVERFLOW] too much\r\nA5 OK\r\n");
        say("* 1 FETCH (UID 1 FLAGS ())\r\nA6 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let one: SeqSet = "1".parse().unwrap();
    let notify = || Notify::new().messages(NotifiedMailboxes::Selected);
    assert!(inbox.session().run(notify()).await.unwrap_err().is_no());
    assert_eq!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap().len(), 1);
    inbox.session().run(notify()).await.unwrap();
    assert!(inbox.fetch_all(&one, FetchItem::Flags).await.is_err());
    inbox.noop().await.unwrap();
    assert_eq!(inbox.fetch_all(&one, FetchItem::Flags).await.unwrap().len(), 1);
}
