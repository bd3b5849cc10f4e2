//! The async client on another runtime than tokio: lists mailboxes, fetches the newest message of one, and waits for the next one.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --features futures-io --example smol imaps://user@imap.example.org INBOX
//! ```
//!
//! The program opens the socket and brings the timer; TLS, STARTTLS and IDLE are the library's.

use std::time::Duration;

use imaplib::any_runtime::{Client, WithTimer};
use imaplib::types::{SeqSet, UidSet, Untagged};
use imaplib::{ConnectOptions, Endpoint, FetchItem};
use smol::net::TcpStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    smol::block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: smol ADDRESS [MAILBOX]")?.parse()?;
    let mailbox = arguments.next().unwrap_or_else(|| "INBOX".to_owned());
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let (host, port) = endpoint.host().zip(endpoint.port()).ok_or("the address has no host")?;

    let stream = WithTimer::new(TcpStream::connect((host, port)).await?, smol::Timer::at);
    let client = Client::connect_over(stream, &endpoint, &ConnectOptions::new()).await?;
    let mut session = client.login(endpoint.user().unwrap_or_default(), &password).await?;
    for listing in session.list("*").await? {
        println!("{}", listing.name);
    }

    let mut mailbox = session.examine(mailbox.as_str()).await?;
    let mut rows = mailbox.fetch(SeqSet::last_message(), [FetchItem::Size, FetchItem::message()])?;
    while let Some(mut row) = rows.next().await? {
        let size = row.size().unwrap_or_default();
        while let Some(mut body) = row.next_body().await? {
            println!("the newest message has {size} bytes, and {} came", body.to_bytes(1 << 20).await?.len());
        }
    }
    drop(rows);

    let mut idle = mailbox.idle();
    while let Some(event) = idle.next(Some(Duration::from_secs(60))).await? {
        if matches!(event.response, Untagged::Exists(_)) {
            break;
        }
    }
    idle.done().await?;
    let newest = mailbox.fetch_all(UidSet::last_message(), FetchItem::Envelope).await?;
    for envelope in newest.into_iter().filter_map(|row| row.envelope) {
        let subject = envelope.subject().unwrap_or_default();
        println!("new: {}", subject.to_string_lossy().replace(char::is_control, " "));
    }
    session.logout().await?;
    Ok(())
}
