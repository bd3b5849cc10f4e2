//! Lists all mailboxes with their special use and their figures, in one round trip where the server can (blocking):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example list imaps://user@imap.example.org
//! ```

use imaplib::blocking::Client;
use imaplib::types::{MailboxAttribute, StatusItem};
use imaplib::{ConnectOptions, Endpoint};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint: Endpoint = std::env::args().nth(1).ok_or("usage: list ADDRESS")?.parse()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new())?.login(user, &password)?;
    println!("{:>8} {:>8}  mailbox", "messages", "unseen");
    for mailbox in session.list_status("*", &[StatusItem::Messages, StatusItem::Unseen])? {
        // Names that are only a level of others, and mailboxes that the user may not open, have no figures.
        let figure = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let messages = figure(mailbox.status.as_ref().and_then(|status| status.messages));
        let unseen = figure(mailbox.status.as_ref().and_then(|status| status.unseen));
        // A name may hold whatever somebody put there: no control character goes to the terminal.
        let name = mailbox.listing.name.to_text().replace(char::is_control, "?");
        let uses: String = mailbox
            .listing
            .attributes
            .iter()
            .filter(MailboxAttribute::is_special_use)
            .map(|attribute| format!("  {attribute}"))
            .collect();
        println!("{messages:>8} {unseen:>8}  {name}{uses}");
    }
    session.logout()?;
    Ok(())
}
