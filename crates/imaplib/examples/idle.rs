//! Reports new messages as they arrive, and connects again when the connection is lost (async):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example idle imaps://user@imap.example.org INBOX
//! ```
//!
//! IDLE is renewed by itself; a server without IDLE is asked now and then.

use std::time::Duration;

use imaplib::types::{Uid, UidSet, Untagged};
use imaplib::{Client, ConnectOptions, Endpoint, FetchItem};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: idle ADDRESS [MAILBOX]")?.parse()?;
    let mailbox = arguments.next().unwrap_or_else(|| "INBOX".to_owned());
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let mut seen = Seen::default();
    loop {
        match watch(&endpoint, &password, &mailbox, &mut seen).await {
            // Anything else, such as a refused login, would happen again.
            Err(error) if error.is_connection_lost() => eprintln!("{error}; trying again"),
            result => return Ok(result?),
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
}

/// Which messages were reported; another UIDVALIDITY means other UIDs.
#[derive(Default)]
struct Seen {
    validity: Option<u64>,
    last: Option<Uid>,
}

/// Watches the mailbox over one connection.
async fn watch(endpoint: &Endpoint, password: &str, mailbox: &str, seen: &mut Seen) -> imaplib::Result<()> {
    let client = Client::connect_with(endpoint, &ConnectOptions::new()).await?;
    let mut session = client.login(endpoint.user().unwrap_or_default(), password).await?;
    let mut mailbox = session.examine(mailbox).await?;
    if seen.validity.is_none() || seen.validity != mailbox.uid_validity() {
        let last = mailbox.uid_next().and_then(|next| Uid::try_from(next.saturating_sub(1)).ok());
        *seen = Seen { validity: mailbox.uid_validity(), last };
    }
    eprintln!("watching {} messages", mailbox.exists());
    loop {
        // By the standard `n:*` holds the last message even if it is older.
        let known = seen.last;
        let newer = UidSet::starting_at(known.unwrap_or(Uid::MIN));
        for row in mailbox.fetch_all(newer, FetchItem::Envelope).await?.into_iter().filter(|row| row.uid > known) {
            let subject = row.envelope.and_then(|envelope| envelope.subject()).unwrap_or_default();
            println!("{} {}", row.uid.unwrap_or(Uid::MIN), subject.to_string_lossy().replace(char::is_control, " "));
            seen.last = row.uid;
        }
        let mut idle = mailbox.idle();
        while let Some(event) = idle.next(None).await? {
            if matches!(event.response, Untagged::Exists(_)) {
                break;
            }
        }
        idle.done().await?;
    }
}
