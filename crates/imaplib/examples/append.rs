//! Puts a message from a file into a mailbox, without holding it in memory; makes the mailbox if need be (async):
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example append imaps://user@imap.example.org Archive message.eml
//! ```
//!
//! The bytes are sent as they are: lines must end with CR LF.

use imaplib::types::{AppendUid, Flag, Reported, ResponseCode};
use imaplib::{AppendMessage, Client, ConnectOptions, Endpoint};
use tokio::fs::File;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(mailbox), Some(path)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: append ADDRESS MAILBOX FILE".into());
    };
    let endpoint: Endpoint = address.parse()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let message = open(&path).await?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new()).await?.login(user, &password).await?;
    let appended = match session.append(&mailbox, message).await {
        // The mailbox is not there. The file has been read by then, so it is opened anew.
        Err(error) if matches!(error.code(), Some(ResponseCode::TryCreate)) => {
            session.create(&mailbox).await?;
            session.append(&mailbox, open(&path).await?).await?
        }
        result => result?,
    };
    match appended {
        Reported::Value(AppendUid { uid_validity, uids }) => {
            let uids = uids.to_set();
            println!("{path} is message {uids} of {mailbox} (UIDVALIDITY {uid_validity})");
        }
        _ => println!("{path} is in {mailbox}; the server does not report under which UID"),
    }
    session.logout().await?;
    Ok(())
}

/// The file as a message that is read while it is sent.
async fn open(path: &str) -> Result<AppendMessage<File>, String> {
    let explain = |error: std::io::Error| format!("{path}: {error}");
    let file = File::open(path).await.map_err(explain)?;
    let length = file.metadata().await.map_err(explain)?.len();
    Ok(AppendMessage::new(file, length).flags(Flag::Seen))
}
