//! A session in a struct that lives as long as a program's account (async): mailboxes are opened when they are needed, and
//! the connection is made again when it was lost.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example in_a_struct imaps://user@imap.example.org INBOX Notes
//! ```

use imaplib::types::UidSet;
use imaplib::{Client, ConnectOptions, Endpoint, FetchItem, Mailbox, Session};

/// An account, and the connection to it if there is one.
struct Account {
    endpoint: Endpoint,
    password: String,
    session: Option<Session>,
}

impl Account {
    /// The session, over a new connection if the last one is over.
    async fn session(&mut self) -> imaplib::Result<&mut Session> {
        match self.session.take().filter(Session::is_usable) {
            Some(session) => Ok(self.session.insert(session)),
            None => {
                let client = Client::connect_with(&self.endpoint, &ConnectOptions::new()).await?;
                let session = client.login(self.endpoint.user().unwrap_or_default(), &self.password).await?;
                Ok(self.session.insert(session))
            }
        }
    }

    /// Opens a mailbox, which is created if there is none of this name. It stays open for `newest`.
    async fn open(&mut self, name: &str) -> imaplib::Result<Mailbox<'_>> {
        self.session().await?.select_or_create(name).await
    }

    /// The subject of the newest message in the mailbox that is open.
    async fn newest(&mut self) -> imaplib::Result<Option<String>> {
        // The mailbox is had again from the session, without a command.
        let mut mailbox = self.session().await?.mailbox()?;
        let rows = mailbox.fetch_all(UidSet::last_message(), FetchItem::Envelope).await?;
        let envelope = rows.into_iter().next().and_then(|row| row.envelope);
        Ok(envelope.and_then(|envelope| envelope.subject()).map(|subject| subject.to_string_lossy().into_owned()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: in_a_struct ADDRESS MAILBOX...")?.parse()?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let mut account = Account { endpoint, password, session: None };
    for name in arguments {
        let count = account.open(&name).await?.exists();
        let subject = account.newest().await?.unwrap_or_else(|| "(nothing)".to_owned());
        println!("{name}: {count} messages, {}", subject.replace(char::is_control, " "));
    }
    if let Some(session) = account.session {
        session.logout().await?;
    }
    Ok(())
}
