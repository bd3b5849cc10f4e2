//! Sends many commands at once and receives their answers afterwards: one round trip instead of one each (async).
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example pipelining imaps://user@imap.example.org INBOX Sent Archive
//! ```
//!
//! Commands of different types can be mixed. Those that could be confused or disturb each other are held back until the
//! ones before them are answered, so that no order is wrong.

use imaplib::command::{self, Status};
use imaplib::types::{MailboxName, StatusItem};
use imaplib::{Client, ConnectOptions, Endpoint};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: pipelining ADDRESS MAILBOX…")?.parse()?;
    let names: Vec<MailboxName> = arguments.map(MailboxName::new).collect::<Result<_, _>>()?;
    let user = endpoint.user().ok_or("the address names no user")?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;

    let mut session = Client::connect_with(&endpoint, &ConnectOptions::new()).await?.login(user, &password).await?;
    // Nothing waits for an answer here: each start gives a ticket at once.
    let namespaces = session.start(command::Namespace::default())?;
    let mut tickets = Vec::with_capacity(names.len());
    for name in &names {
        tickets.push(session.start(Status::new(name.clone(), [StatusItem::Messages, StatusItem::UidNext]))?);
    }
    // The first finish sends them all.
    let namespaces = session.finish(namespaces).await?.value;
    println!("own mailboxes lie below {:?}", namespaces.personal.first().map(|space| space.prefix.to_string()));
    for (name, ticket) in names.iter().zip(tickets) {
        match session.finish(ticket).await {
            Ok(reply) => println!("{name}: {} messages", reply.value.messages.unwrap_or_default()),
            // One refusal says nothing about the others.
            Err(error) if error.is_no() => println!("{name}: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    session.logout().await?;
    Ok(())
}
