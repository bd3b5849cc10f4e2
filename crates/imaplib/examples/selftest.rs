//! The two sequences of Python's imaplib self-test, against any server:
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example selftest imaps://user@imap.example.org [CA-FILE]
//! ```
//!
//! It creates mailboxes of its own and deletes them, and removes the message that it puts into INBOX.

use imaplib::blocking::{Client, Session};
use imaplib::types::{Flag, Section, SeqNum, StatusItem};
use imaplib::{AppendMessage, ConnectOptions, Endpoint, FetchItem, FlagChange, Search};

const MAIL: &str = "From: user@localhost\r\nSubject: IMAP4 test\r\n\r\ndata...\r\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: selftest ADDRESS [CA-FILE]")?.parse()?;
    let options = arguments.next().map_or_else(ConnectOptions::new, |ca| ConnectOptions::new().ca_file(ca));
    let user = endpoint.user().unwrap_or_default().to_owned();
    let password = std::env::var("IMAP_PASSWORD").unwrap_or_default();
    for sequence in [first_sequence, second_sequence] {
        let client = Client::connect_with(&endpoint, &options)?;
        let mut session = client.login(&user, &password)?;
        sequence(&mut session)?;
        session.logout()?;
    }
    println!("All tests OK.");
    Ok(())
}

/// Mailboxes, a message in one of them, its flags, its end.
pub fn first_sequence(session: &mut Session) -> imaplib::Result<()> {
    // Where the user's own mailboxes lie, and how their levels are separated.
    let (prefix, delimiter) = match session.namespace() {
        Ok(namespaces) => {
            namespaces.personal.first().map_or((String::new(), None), |own| (own.prefix.to_string(), own.delimiter))
        }
        Err(error) if error.is_bad() || error.is_no() => (String::new(), Some('/')),
        Err(error) => return Err(error),
    };
    let level = delimiter.map_or_else(|| "-".to_owned(), String::from);
    let name = |rest: &str| format!("{prefix}imaplib-test{level}{rest}");
    for left in session.list(name("*"))? {
        if left.is_selectable() {
            session.delete(&left.name)?;
        }
    }
    session.create(name("xxx 1"))?;
    session.rename(name("xxx 1"), name("yyy"))?;
    session.create(name("yyz 2"))?;
    session.append(name("yyy"), AppendMessage::from(MAIL))?;
    for listing in session.list(name("yy*"))? {
        println!("{} {}", listing.name, listing.attributes);
    }
    let mut mailbox = session.select(name("yyy"))?;
    println!("{} messages", mailbox.exists());
    let found = mailbox.search_seq(Search::new().subject("test"))?;
    println!("SEARCH: {found}");
    let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::message()];
    for row in mailbox.fetch_all(SeqNum::MIN, items)? {
        println!("{:?} {:?}", row.flags, row.internal_date.map(|date| date.to_string()));
    }
    mailbox.store(SeqNum::MIN, FlagChange::add(Flag::Deleted))?;
    println!("{} expunged, {:?} recent", mailbox.expunge()?, mailbox.state().map(|view| view.recent));
    mailbox.close_and_expunge()?;
    for listing in session.list(name("yy%"))? {
        session.delete(&listing.name)?;
    }
    // Where a parent was made by the way, it goes too; some servers have none.
    let parent = name("");
    let _ = session.delete(parent.trim_end_matches(level.as_str()));
    Ok(())
}

/// INBOX: UIDs, the last message in parts, a new message and its removal.
pub fn second_sequence(session: &mut Session) -> imaplib::Result<()> {
    let before = session.status("INBOX", &[StatusItem::Messages])?.messages;
    let mut inbox = session.select("INBOX")?;
    println!("UIDVALIDITY {:?}, {} messages", inbox.uid_validity(), inbox.exists());
    let all = inbox.search(Search::all())?;
    if let Some(last) = all.last() {
        let items = [
            FetchItem::Flags,
            FetchItem::InternalDate,
            FetchItem::Size,
            FetchItem::header(),
            FetchItem::body_peek(Section::text()),
        ];
        let mut rows = inbox.fetch(last, items)?;
        while let Some(mut row) = rows.next()? {
            println!("{:?} {:?} {:?}", row.uid(), row.flags(), row.size());
            while let Some(mut body) = row.next_body()? {
                let bytes = body.copy_to(&mut std::io::sink())?;
                println!("{}: {bytes} bytes", body.name());
            }
        }
    }
    let appended = inbox.session().append("INBOX", AppendMessage::from(MAIL))?;
    inbox.session().noop()?;
    println!("{} messages, {:?} recent", inbox.exists(), inbox.state().map(|view| view.recent));
    // Python's self-test leaves its message behind.
    let uids = match appended.into_value() {
        Some(appended) => appended.uids.to_set(),
        None => {
            // Some servers do not see it until the mailbox is opened again.
            inbox = session.select("INBOX")?;
            inbox.search(Search::new().subject("IMAP4 test"))?.last().map(Into::into).unwrap_or_default()
        }
    };
    inbox.store(&uids, FlagChange::add(Flag::Deleted))?;
    match inbox.expunge_uids(&uids) {
        Err(error) if error.is_unsupported() => inbox.expunge()?,
        result => result?,
    };
    inbox.close_and_expunge()?;
    let after = session.status("INBOX", &[StatusItem::Messages])?.messages;
    println!("{before:?} messages before, {after:?} after");
    Ok(())
}
