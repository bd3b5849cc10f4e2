//! Every handle, future and row of both clients can be sent to another thread and shared with one: it compiles.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(missing_docs)]

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use imaplib::command::{FlagChange, Noop};
use imaplib::types::{Flag, Id, StatusItem, UidSet};
use imaplib::{
    AppendMessage, ConnectOptions, Endpoint, Error, FetchItem, Search, SelectOptions, SkippedRow, SortKey, Ticket,
    blocking,
};

const fn shared<T: Send + Sync>() {}
const fn owned<T: Send + Sync + 'static>() {}
const fn unwinds<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    owned::<imaplib::Client>();
    owned::<imaplib::Session>();
    shared::<imaplib::Mailbox<'_>>();
    shared::<imaplib::Rows<'_>>();
    shared::<imaplib::Row<'_>>();
    shared::<imaplib::Body<'_>>();
    shared::<imaplib::Idle<'_>>();
    owned::<blocking::Client>();
    owned::<blocking::Session>();
    shared::<blocking::Mailbox<'_>>();
    shared::<blocking::Rows<'_>>();
    shared::<blocking::Row<'_>>();
    shared::<blocking::Body<'_>>();
    shared::<blocking::Idle<'_>>();
    owned::<Error>();
    owned::<Endpoint>();
    owned::<ConnectOptions>();
    owned::<SkippedRow>();
    owned::<Ticket<Noop>>();
    owned::<imaplib::Event>();
    owned::<imaplib_proto::engine::Engine>();
    unwinds::<ConnectOptions>();
    unwinds::<Endpoint>();
    unwinds::<imaplib::Proxy>();
};

/// The future itself, which may be sent.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

/// Runs never: that it compiles is the test.
async fn every_future(endpoint: &Endpoint, options: &ConnectOptions) -> imaplib::Result<()> {
    let mut client = sent(imaplib::Client::connect_with(endpoint, options)).await?;
    sent(client.try_login("user", "password")).await?;
    sent(client.try_login_command("user", "password")).await?;
    sent(client.try_authenticate(imaplib::sasl::Plain::new("user", "password"))).await?;
    sent(client.try_login_with_tokens("user", |_: bool| async { Ok(String::new()) })).await?;
    sent(client.run(Noop)).await?;
    let mut session = sent(client.into_session()).await?;
    sent(session.id(Id::new())).await?;
    sent(session.enable(&["CONDSTORE"])).await?;
    sent(session.list("*")).await?;
    sent(session.list_status("*", &[StatusItem::Messages])).await?;
    sent(session.status("INBOX", &[StatusItem::Messages])).await?;
    sent(session.append("INBOX", AppendMessage::from("text"))).await?;
    sent(session.append_all("INBOX", [AppendMessage::from("text")])).await?;
    let ticket = session.start(Noop)?;
    sent(session.finish(ticket)).await?;
    #[cfg(feature = "compress")]
    sent(session.compress()).await?;
    sent(session.select_or_create("INBOX")).await?;
    sent(session.examine("INBOX")).await?;
    sent(session.select_with("INBOX", SelectOptions::new())).await?;
    let mut idle = session.idle();
    sent(idle.next(Some(Duration::ZERO))).await?;
    sent(idle.done()).await?;
    let mut mailbox = sent(session.select("INBOX")).await?;
    sent(mailbox.noop()).await?;
    sent(mailbox.search(Search::all())).await?;
    sent(mailbox.sort([SortKey::Date], Search::all())).await?;
    sent(mailbox.fetch_all(UidSet::all(), FetchItem::Flags)).await?;
    sent(mailbox.store(UidSet::all(), FlagChange::add(Flag::Seen))).await?;
    sent(mailbox.copy(UidSet::all(), "Other")).await?;
    sent(mailbox.move_messages(UidSet::all(), "Other")).await?;
    sent(mailbox.expunge()).await?;
    sent(mailbox.store_unchanged_since(UidSet::all(), FlagChange::add(Flag::Seen), 1)).await?;
    sent(mailbox.fetch_changed_since(UidSet::all(), FetchItem::Flags, 1)?.next()).await?;
    let mut rows = mailbox.fetch(UidSet::all(), FetchItem::message())?;
    while let Some(mut row) = sent(rows.next()).await? {
        while let Some(mut body) = sent(row.next_body()).await? {
            sent(body.chunk()).await?;
            sent(body.copy_to(&mut tokio::io::sink())).await?;
            sent(body.to_bytes(1)).await?;
        }
        sent(row.finish()).await?;
    }
    drop(rows);
    sent(mailbox.unselect()).await?;
    sent(session.logout()).await
}

/// A session runs in a task of its own, and behind a lock that several share.
#[test]
fn futures_can_be_spawned() {
    async fn run() {
        let endpoint = Endpoint::insecure("127.0.0.1", 0);
        // Nobody listens there.
        assert!(every_future(&endpoint, &ConnectOptions::new()).await.is_err_and(|error| error.is_unreachable()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build();
    let Ok(runtime) = runtime else { return };
    assert!(runtime.block_on(runtime.spawn(run())).is_ok());
}
