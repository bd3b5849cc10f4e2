//! Writes a message, or a part of it, to standard output in constant memory, however large it is (async):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example fetch imaps://user@imap.example.org INBOX 4711 [PART] >message.eml
//! ```

use imaplib::types::{Section, Uid};
use imaplib::{Client, ConnectOptions, Endpoint, FetchItem};
use tokio::io::AsyncWriteExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(mailbox), Some(uid)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: fetch ADDRESS MAILBOX UID [PART]".into());
    };
    let endpoint: Endpoint = address.parse()?;
    let uid = Uid::new(uid.parse()?).ok_or("there is no UID 0")?;
    let section = match arguments.next() {
        Some(part) => Section::part(part.parse()?),
        None => Section::message(),
    };
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new()).await?.login(user, &password).await?;
    let mut mailbox = session.examine(&mailbox).await?;
    let mut rows = mailbox.fetch(uid, [FetchItem::Size, FetchItem::body_peek(section)])?;
    let mut output = tokio::io::stdout();
    let mut written = None;
    while let Some(mut row) = rows.next().await? {
        if row.uid() != Some(uid) {
            continue;
        }
        let size = row.size();
        while let Some(mut body) = row.next_body().await? {
            // A part that the message does not have is NIL: it has no length.
            if body.length().is_some() {
                written = Some(body.copy_to(&mut output).await?);
                eprintln!("{}: {written:?} bytes of a message of {size:?}", body.name());
            }
        }
    }
    drop(rows);
    output.flush().await?;
    session.logout().await?;
    written.map(drop).ok_or_else(|| "there is no such message or part".into())
}
