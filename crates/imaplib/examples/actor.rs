//! A task that owns the session, and is sent what to do (async): it idles while nobody asks for anything.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example actor imaps://user@imap.example.org INBOX hello
//! ```

use imaplib::types::UidSet;
use imaplib::{Client, ConnectOptions, Endpoint, Mailbox, Search};
use tokio::sync::{mpsc, oneshot};

/// What the task can be asked for, and where the answer goes.
enum Request {
    Search(String, oneshot::Sender<imaplib::Result<UidSet>>),
    Count(oneshot::Sender<u32>),
}

/// Owns the mailbox until nobody can ask any more.
async fn run(mut mailbox: Mailbox<'_>, mut requests: mpsc::Receiver<Request>) -> imaplib::Result<()> {
    loop {
        let mut idle = mailbox.idle();
        let request = tokio::select! {
            request = requests.recv() => request,
            // The mailbox is up to date with each event; a wait that is dropped loses none.
            event = idle.next(None) => {
                eprintln!("change: {:?}", event?.map(|event| event.response));
                continue;
            }
        };
        idle.done().await?;
        match request {
            None => return Ok(()),
            Some(Request::Count(answer)) => drop(answer.send(mailbox.exists())),
            Some(Request::Search(text, answer)) => {
                let found = mailbox.search(Search::new().text(text.as_str())).await;
                // Whoever asked decides about a refusal; that the connection is lost ends the task.
                let lost = found.as_ref().is_err_and(|error| !error.is_command_level());
                let _ = answer.send(found);
                if lost {
                    return Ok(());
                }
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: actor ADDRESS MAILBOX WORD...";
    let endpoint: Endpoint = arguments.next().ok_or(usage)?.parse()?;
    let mailbox = arguments.next().ok_or(usage)?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let client = Client::connect_with(&endpoint, &ConnectOptions::new()).await?;
    let mut session = client.login(endpoint.user().unwrap_or_default(), &password).await?;

    let (requests, received) = mpsc::channel(8);
    let actor = tokio::spawn(async move {
        run(session.select(mailbox.as_str()).await?, received).await?;
        session.logout().await
    });
    let (answer, count) = oneshot::channel();
    requests.send(Request::Count(answer)).await?;
    println!("{} messages", count.await?);
    for word in arguments {
        let (answer, found) = oneshot::channel();
        requests.send(Request::Search(word.clone(), answer)).await?;
        println!("{word}: {} messages", found.await??.len());
    }
    drop(requests);
    actor.await??;
    Ok(())
}
