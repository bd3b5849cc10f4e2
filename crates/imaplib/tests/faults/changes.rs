//! What changes on the server while a session goes on, and how one goes on after it was lost.

use std::collections::BTreeMap;

use imaplib::Session;
use imaplib::types::{Uid, UidSet};
use imaplib::{FetchItem, Result};

use crate::network::{Conditions, Cut, End, Network, Way, store};
use crate::session::{Witness, asynchronous};
use crate::{long, messages, options, servers};

/// Fetches what is missing, and keeps what came whole.
async fn fetch_missing(
    session: &mut Session,
    have: &mut BTreeMap<Uid, Vec<u8>>,
    validity: &mut Option<u64>,
) -> Result<()> {
    let mut inbox = session.select("INBOX").await?;
    if *validity != inbox.uid_validity() {
        have.clear();
        *validity = inbox.uid_validity();
    }
    let all = inbox.search(imaplib::Search::all()).await?;
    let missing: UidSet = all.iter().filter(|uid| !have.contains_key(uid)).collect();
    let mut rows = inbox.fetch(&missing, FetchItem::message())?;
    while let Some(mut row) = rows.next().await? {
        let uid = row.uid().unwrap();
        let mut text = Vec::new();
        while let Some(mut body) = row.next_body().await? {
            body.copy_to(&mut text).await?;
        }
        assert!(have.insert(uid, text).is_none(), "{uid} came twice");
    }
    Ok(())
}

/// A download goes on over new connections with what is missing, wherever the old ones broke; also when the mailbox was made
/// anew meanwhile, whose old UIDs mean nothing.
#[tokio::test(start_paused = true)]
async fn a_download_goes_on_where_it_broke() {
    let settings = &servers()[0];
    for renewed in [false, true] {
        let mut connections = 0;
        for after in (400..4500).step_by(29) {
            let (store, account) = store(&messages());
            let (mut have, mut validity) = (BTreeMap::new(), None);
            for attempt in 0.. {
                // Each connection lasts a bit longer than the one before.
                let cut = Cut { way: Way::Down, after: after + attempt * 300, end: End::Reset };
                let conditions = Conditions { cut: Some(cut), ..Conditions::default() };
                let mut witness = Witness::new(account.clone(), Network::new(&store, settings, conditions));
                connections += 1;
                let done = async {
                    let mut session = asynchronous::log_in(&mut witness, &options(long())).await?;
                    fetch_missing(&mut session, &mut have, &mut validity).await
                };
                match done.await {
                    Ok(()) => break,
                    Err(error) => assert!(error.is_connection_lost(), "{error}"),
                }
                if renewed && attempt == 1 {
                    account.renew_uid_validity("INBOX").unwrap();
                }
            }
            let there = account.messages("INBOX").unwrap();
            let there: Vec<_> =
                there.iter().map(|message| (message.uid, message.content.prefix(usize::MAX).to_vec())).collect();
            assert_eq!(have.into_iter().collect::<Vec<_>>(), there);
        }
        println!("{connections} connections");
    }
}

/// A mailbox that is made anew under a session ends it, and does not give other messages under old UIDs.
#[tokio::test(start_paused = true)]
async fn uids_of_another_mailbox_are_not_mixed_in() {
    let (store, account) = store(&messages());
    let mut witness = Witness::new(account, Network::new(&store, &servers()[0], Conditions::default()));
    let mut session = asynchronous::log_in(&mut witness, &options(long())).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    witness.account.renew_uid_validity("INBOX").unwrap();
    let error = inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap_err();
    assert!(error.is_connection_lost() || error.is_no(), "{error}");
}

/// Messages that go during a FETCH renumber those that are left; the rows keep their UIDs, and a hole is no error.
#[test]
fn messages_that_go_during_a_fetch() {
    let (_sent, endpoint) = crate::scripted::scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hello\r\n");
        say("* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nA1 OK [READ-WRITE] done\r\n");
        say(concat!(
            "* 1 FETCH (UID 11 BODY[] {3}\r\none)\r\n* 2 EXPUNGE\r\n* 2 FETCH (UID 13 BODY[] {5}\r\nthree)\r\n",
            "* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 FETCH (UID 14 BODY[] {4}\r\nfour)\r\nA2 OK done\r\n"
        ));
    });
    let client = imaplib::blocking::Client::connect_with(&endpoint, &options(long())).unwrap();
    let mut session = client.into_session().unwrap();
    let mut inbox = session.select("INBOX").unwrap();
    let rows = inbox.fetch_all(UidSet::all(), FetchItem::message()).unwrap();
    let came: Vec<_> =
        rows.iter().map(|row| (row.uid.unwrap().get(), row.sections[0].data.as_bytes().unwrap())).collect();
    assert_eq!(came.len(), 3);
    assert!(came.iter().map(|(uid, text)| (*uid, &text[..])).eq([(11, &b"one"[..]), (13, b"three"), (14, b"four")]));
    assert_eq!(inbox.exists(), 1);
}
