//! Finds the messages of a mailbox that hold a text, the newest first where the server can sort (blocking):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example search imaps://user@imap.example.org INBOX invoice
//! ```

use imaplib::blocking::Client;
use imaplib::types::{Capability, Uid, UidSet};
use imaplib::{ConnectOptions, Endpoint, FetchItem, Search, SortBy, SortKey};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(mailbox), Some(text)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: search ADDRESS MAILBOX TEXT".into());
    };
    let endpoint: Endpoint = address.parse()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new())?.login(user, &password)?;
    let sorts = session.capabilities().has(Capability::Sort);
    let mut mailbox = session.examine(&mailbox)?;
    // The server compares without case, and knows any script: the text goes out as UTF-8.
    let conditions = Search::new().text(text).and_undeleted();
    let found: Vec<Uid> = match sorts {
        true => mailbox.sort([SortBy::reverse(SortKey::Date)], conditions)?,
        false => mailbox.search(conditions)?.iter().take(1000).collect(),
    };

    // One FETCH for all. Its rows come in the order of the mailbox, so they are put into the order of the result.
    let uids: UidSet = found.iter().copied().collect();
    let mut rows = mailbox.fetch_all(uids, [FetchItem::InternalDate, FetchItem::Envelope])?;
    rows.sort_by_key(|row| found.iter().position(|uid| Some(*uid) == row.uid));
    for row in &rows {
        let (Some(uid), Some(envelope)) = (row.uid, &row.envelope) else { continue };
        let date = row.internal_date.map(|date| date.to_string()).unwrap_or_default();
        let from = envelope.from().emails().next().map(|email| email.address());
        let subject = envelope.subject().unwrap_or_default();
        let line = format!("{uid:>6}  {date:<26}  {}  {subject}", from.unwrap_or_default());
        println!("{}", line.replace(char::is_control, " "));
    }
    println!("{} messages", rows.len());
    session.logout()?;
    Ok(())
}
