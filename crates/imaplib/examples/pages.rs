//! A mailbox as a mail program shows it: conversations in pages, the newest first, also on a server with neither SORT nor THREAD
//! (blocking).
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --features mime --example pages imaps://user@imap.example.org INBOX 1
//! ```
//!
//! What the server cannot sort is sorted by the library: the calls are the same.

use std::collections::HashMap;

use imaplib::blocking::{Client, Mailbox};
use imaplib::types::{Fetch, Flag, Uid, UidSet};
use imaplib::{ConnectOptions, Endpoint, FetchItem, Search, SortBy, SortKey, ThreadAlgorithm};

/// How many conversations are on a page.
const PAGE: usize = 10;

/// The messages of a conversation with the depth of each, in the order in which they are read.
type Conversation = Vec<(Uid, usize)>;

/// The conversations, the one with the newest message first.
fn conversations(mailbox: &mut Mailbox<'_>) -> imaplib::Result<Vec<Conversation>> {
    let newest_first = mailbox.sort([SortBy::reverse(SortKey::Date)], Search::all())?;
    let ranks: HashMap<Uid, usize> = newest_first.into_iter().enumerate().map(|(rank, uid)| (uid, rank)).collect();
    let mut conversations: Vec<Conversation> = Vec::new();
    for node in mailbox.thread(ThreadAlgorithm::References, Search::all())?.iter() {
        if node.depth == 0 {
            conversations.push(Vec::new());
        }
        // A message that was answered and is not there has a place, and no number.
        let uid = node.number.and_then(Uid::new);
        if let (Some(conversation), Some(uid)) = (conversations.last_mut(), uid) {
            conversation.push((uid, node.depth));
        }
    }
    let newest = |conversation: &Conversation| conversation.iter().filter_map(|(uid, _)| ranks.get(uid)).min().copied();
    conversations.sort_by_key(|conversation| newest(conversation).unwrap_or(usize::MAX));
    Ok(conversations)
}

fn show(row: &Fetch, depth: usize) {
    let unread = row.flags.as_ref().is_none_or(|flags| !flags.contains(&Flag::Seen));
    let envelope = row.envelope.as_deref();
    let from = envelope.and_then(|envelope| envelope.from().emails().next());
    let name = from.map(|email| email.display_name().unwrap_or_else(|| email.address())).unwrap_or_default();
    let subject = envelope.and_then(|envelope| envelope.subject()).map(|subject| subject.decoded()).unwrap_or_default();
    let line = format!("{}{subject} ({name})", "  ".repeat(depth));
    println!("{} {}", if unread { '*' } else { ' ' }, line.replace(char::is_control, " "));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: pages ADDRESS [MAILBOX [PAGE]]")?.parse()?;
    let mailbox = arguments.next().unwrap_or_else(|| "INBOX".to_owned());
    let page: usize = arguments.next().map_or(Ok(1), |page| page.parse())?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let client = Client::connect_with(&endpoint, &ConnectOptions::new())?;
    let mut session = client.login(endpoint.user().ok_or("the address names no user")?, &password)?;
    let mut mailbox = session.examine(mailbox.as_str())?;

    let conversations = conversations(&mut mailbox)?;
    println!("page {page} of {}", conversations.len().div_ceil(PAGE));
    let shown = conversations.iter().skip(page.saturating_sub(1) * PAGE).take(PAGE);
    // One FETCH for the whole page, whatever order the server answers in.
    let uids: UidSet = shown.clone().flatten().map(|(uid, _)| *uid).collect();
    let rows = mailbox.fetch_all(&uids, [FetchItem::Flags, FetchItem::Envelope])?;
    let rows: HashMap<Uid, Fetch> = rows.into_iter().filter_map(|row| Some((row.uid?, row))).collect();
    for (uid, depth) in shown.flatten() {
        if let Some(row) = rows.get(uid) {
            show(row, *depth);
        }
    }
    Ok(session.logout()?)
}
