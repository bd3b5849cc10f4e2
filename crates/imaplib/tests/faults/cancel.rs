//! The future of each call is dropped at each of its pauses. The session then answers rightly, or says that it is over.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use imaplib::types::{Flag, StatusItem, Uid, UidSet};
use imaplib::{AppendMessage, ConnectOptions, FetchItem, FlagChange, Search, command};
use imaplib::{Client, Session};

use crate::network::{Conditions, Network, PASSWORD, USER, store};
use crate::session::{Witness, asynchronous};
use crate::{long, messages, options, servers};

/// Polls the future until it has paused so often, then drops it.
async fn drop_after<F: Future>(pauses: usize, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = pauses;
    std::future::poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

fn witness(server: usize) -> Witness {
    let (store, account) = store(&messages());
    // Pieces so small that each response and each command takes several.
    let conditions = Conditions { most: Some(12), ..Conditions::default() };
    Witness::new(account, Network::new(&store, &servers()[server], conditions))
}

/// What is true of a session afterwards, whatever was dropped in it.
async fn check(session: &mut Session, witness: &Witness, what: &str, may_end: bool) -> bool {
    if let Err(error) = session.noop().await {
        assert!(may_end, "{what}: the session is over: {error}");
        assert!(error.is_protocol() || error.is_connection_lost(), "{what}: {error}");
        assert!(session.noop().await.is_err(), "{what}: the session is over and goes on");
        return false;
    }
    let mut inbox = session.select("INBOX").await.unwrap();
    let there = witness.account.messages("INBOX").unwrap();
    let items = [FetchItem::Flags, FetchItem::message()];
    let rows = inbox.fetch_all(UidSet::all(), items).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(rows.len(), there.len(), "{what}");
    for (row, message) in rows.iter().zip(&there) {
        assert_eq!(row.uid, Some(message.uid), "{what}");
        assert_eq!(row.sections[0].data.as_bytes().unwrap(), &message.content.prefix(usize::MAX)[..], "{what}");
    }
    assert_eq!(inbox.exists() as usize, there.len(), "{what}");
    true
}

/// Drops the call at its first pause, its second …, until it comes to its end; each time in a new session.
macro_rules! dropped {
    ($drops:ident, $may_end:expr, $($name:literal: |$session:ident| $call:expr;)*) => {
        $(for server in 0..servers().len() {
            for pauses in 0.. {
                let mut witness = witness(server);
                let mut session = asynchronous::log_in(&mut witness, &options(long())).await.unwrap();
                session.select("INBOX").await.unwrap();
                witness.network.pauses(true);
                let over = {
                    let $session = &mut session;
                    drop_after(pauses, async { $call }).await.is_some()
                };
                witness.network.pauses(false);
                let what = format!("{} dropped after {pauses} pauses at server {server}", $name);
                check(&mut session, &witness, &what, $may_end).await;
                if over {
                    break;
                }
                $drops += 1;
            }
        })*
    };
}

async fn read_all(session: &mut Session, set: UidSet) -> imaplib::Result<()> {
    let mut inbox = session.select("INBOX").await?;
    let mut rows = inbox.fetch(set, [FetchItem::Flags, FetchItem::message()])?;
    while let Some(mut row) = rows.next().await? {
        while let Some(mut body) = row.next_body().await? {
            body.copy_to(&mut Vec::new()).await?;
        }
        row.finish().await?;
    }
    Ok(())
}

fn one(uid: u32) -> UidSet {
    Uid::new(uid).unwrap().into()
}

#[tokio::test(start_paused = true)]
async fn every_call_can_be_dropped_at_every_pause() {
    let mut drops = 0;
    dropped! { drops, false,
        "noop": |session| session.noop().await.map(drop);
        "capability": |session| session.capability().await.map(drop);
        "list": |session| session.list("*").await.map(drop);
        "lsub": |session| session.lsub("*").await.map(drop);
        "list_status": |session| session.list_status("*", &[StatusItem::Messages]).await.map(drop);
        "status": |session| session.status("INBOX", &[StatusItem::Messages]).await.map(drop);
        "create": |session| session.create("New").await.map(drop);
        "rename": |session| session.rename("Target", "New").await.map(drop);
        "delete": |session| session.delete("Target").await.map(drop);
        "subscribe": |session| session.subscribe("Target").await.map(drop);
        "unsubscribe": |session| session.unsubscribe("INBOX").await.map(drop);
        "select": |session| session.select("Target").await.map(drop);
        "examine": |session| session.examine("INBOX").await.map(drop);
        "run": |session| session.run(command::Noop).await.map(drop);
        "start and finish": |session| {
            let first = session.start(command::Noop).unwrap();
            let second = session.start(command::Capability::default()).unwrap();
            let _ = session.finish(first).await;
            session.finish(second).await.map(drop)
        };
        "search": |session| session.select("INBOX").await.unwrap().search(Search::all()).await.map(drop);
        "search_seq": |session| session.select("INBOX").await.unwrap().search_seq(Search::all()).await.map(drop);
        "fetch_all": |session| {
            session.select("INBOX").await.unwrap().fetch_all(UidSet::all(), FetchItem::message()).await.map(drop)
        };
        "fetch": |session| read_all(session, UidSet::all()).await;
        "store": |session| {
            session.select("INBOX").await.unwrap().store(&one(1), FlagChange::add(Flag::Flagged)).await.map(drop)
        };
        "copy": |session| session.select("INBOX").await.unwrap().copy(&one(1), "Target").await.map(drop);
        "move_messages": |session| session.select("INBOX").await.unwrap().move_messages(&one(1), "Target").await.map(drop);
        "expunge": |session| {
            let mut inbox = session.select("INBOX").await.unwrap();
            inbox.store(&one(2), FlagChange::add(Flag::Deleted).silent()).await.unwrap();
            inbox.expunge().await.map(drop)
        };
        "expunge_uids": |session| session.select("INBOX").await.unwrap().expunge_uids(&one(1)).await.map(drop);
        "check": |session| session.select("INBOX").await.unwrap().check().await.map(drop);
        "close": |session| session.select("INBOX").await.unwrap().close_and_expunge().await.map(drop);
        "unselect": |session| session.select("INBOX").await.unwrap().unselect().await.map(drop);
        "idle": |session| {
            let mut inbox = session.select("INBOX").await.unwrap();
            let mut idle = inbox.idle();
            let _ = idle.next(Some(Duration::from_millis(1))).await;
            idle.done().await
        };
    }
    // Half a message cannot be taken back, nor can a promise to compress: these may end the session.
    dropped! { drops, true,
        "compress": |session| session.compress().await;
        "compress and fetch": |session| {
            let _ = session.compress().await;
            read_all(session, UidSet::all()).await
        };
        "append": |session| {
            let text = crate::message(9, 400);
            session.append("INBOX", AppendMessage::from(text.as_str())).await.map(drop)
        };
        "append_all": |session| {
            let texts = [crate::message(8, 100), crate::message(9, 100)];
            session.append_all("INBOX", texts.iter().map(|text| AppendMessage::from(text.as_str()))).await.map(drop)
        };
    }
    println!("{drops} futures were dropped at their pauses");
    assert!(drops > 1000, "{drops}");
}

/// What makes a session, and what ends one, leaves none behind.
#[tokio::test(start_paused = true)]
async fn a_login_and_a_logout_can_be_dropped() {
    for pauses in 0.. {
        let witness = witness(0);
        witness.network.pauses(true);
        let whole = async {
            let client = Client::from_stream(witness.network.line(), true, &ConnectOptions::default()).await.unwrap();
            client.login(USER, PASSWORD).await.unwrap().logout().await.unwrap();
        };
        if drop_after(pauses, whole).await.is_some() {
            assert!(pauses > 10);
            break;
        }
    }
}

/// One call after the other is dropped in the same session, so that each meets what is left of those before it.
#[tokio::test(start_paused = true)]
async fn dropped_calls_do_not_trip_over_each_other() {
    let mut drops = 0;
    for server in 0..servers().len() {
        let mut witness = witness(server);
        let mut session = asynchronous::log_in(&mut witness, &options(long())).await.unwrap();
        for first in 0..14 {
            for second in 0..14 {
                witness.network.pauses(true);
                let mut inbox = session.select("INBOX").await.unwrap();
                // The second waits behind the first one, whose end the server has not seen yet.
                for pauses in [first, second] {
                    let mut idle = inbox.idle();
                    drops += u32::from(drop_after(pauses, idle.next(Some(Duration::from_secs(1)))).await.is_none());
                }
                for pauses in [first, second] {
                    let mut idle = inbox.idle();
                    drops += u32::from(drop_after(pauses, idle.next(Some(Duration::from_secs(1)))).await.is_none());
                    drop(idle);
                    drops += u32::from(drop_after(first, inbox.search(Search::all())).await.is_none());
                    let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
                    drops += u32::from(drop_after(second, rows.next()).await.is_none());
                    drop(rows);
                    drops += u32::from(
                        drop_after(pauses, inbox.store(&one(1), FlagChange::add(Flag::Seen))).await.is_none(),
                    );
                    let mut idle = inbox.idle();
                    drops += u32::from(drop_after(second, idle.next(Some(Duration::from_secs(1)))).await.is_none());
                }
                witness.network.pauses(false);
                let what = format!("dropped after {first} and {second} pauses at server {server}");
                check(&mut session, &witness, &what, false).await;
            }
        }
    }
    println!("{drops} futures were dropped one after the other");
    assert!(drops > 2000, "{drops}");
}
