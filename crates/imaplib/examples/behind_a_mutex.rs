//! One session that several tasks share behind a mutex (async): each holds it while it works.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example behind_a_mutex imaps://user@imap.example.org INBOX Archive Sent
//! ```
//!
//! One connection does one thing after another. For several at once, see the example `pool`.

use std::sync::Arc;

use imaplib::{Client, ConnectOptions, Endpoint, Search, Session};
use tokio::sync::Mutex;

/// How many messages of the mailbox are unread.
async fn unread(session: &Mutex<Session>, name: &str) -> imaplib::Result<u64> {
    // Held over the awaits: nobody else can open another mailbox in between.
    let mut session = session.lock().await;
    let mut mailbox = session.examine(name).await?;
    Ok(mailbox.search(Search::unseen()).await?.len())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: behind_a_mutex ADDRESS MAILBOX...")?.parse()?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await?;
    let session = client.login(endpoint.user().unwrap_or_default(), &password).await?;

    let session = Arc::new(Mutex::new(session));
    let mut tasks = Vec::new();
    for name in arguments {
        let session = Arc::clone(&session);
        tasks.push(tokio::spawn(async move { (unread(&session, &name).await, name) }));
    }
    for task in tasks {
        let (count, name) = task.await?;
        println!("{name}: {} unread", count?);
    }
    // All tasks are over: nobody else has it.
    if let Some(session) = Arc::into_inner(session) {
        session.into_inner().logout().await?;
    }
    Ok(())
}
