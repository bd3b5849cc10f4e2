//! Pools of sessions by the crates `bb8` and `deadpool` (async): what they ask their managers for.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example pool_crates bb8 imaps://user@imap.example.org INBOX Archive Sent Drafts
//! IMAP_PASSWORD=… cargo run --example pool_crates deadpool imaps://user@imap.example.org INBOX Archive Sent Drafts
//! ```
//!
//! The example `pool` needs neither.

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use imaplib::{Client, ConnectOptions, Endpoint, Error, Search, Session};

/// How many connections there are at most; servers allow some ten for each user.
const CONNECTIONS: u32 = 2;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Makes sessions and looks after them.
#[derive(Clone)]
struct Manager {
    endpoint: Endpoint,
    password: String,
}

impl Manager {
    async fn open(&self) -> Result<Session, Error> {
        let client = Client::connect_with(&self.endpoint, &ConnectOptions::new()).await?;
        client.login(self.endpoint.user().unwrap_or_default(), &self.password).await
    }
}

impl bb8::ManageConnection for Manager {
    type Connection = Session;
    type Error = Error;

    async fn connect(&self) -> Result<Session, Error> {
        self.open().await
    }

    /// Whether the server is still there: one that has waited may have been closed.
    async fn is_valid(&self, session: &mut Session) -> Result<(), Error> {
        session.noop().await.map(drop)
    }

    /// Whether the caller's last call ended the connection.
    fn has_broken(&self, session: &mut Session) -> bool {
        !session.is_usable()
    }
}

impl managed::Manager for Manager {
    type Type = Session;
    type Error = Error;

    async fn create(&self) -> Result<Session, Error> {
        self.open().await
    }

    async fn recycle(&self, session: &mut Session, _metrics: &Metrics) -> RecycleResult<Error> {
        if !session.is_usable() {
            return Err(RecycleError::message("the connection has ended"));
        }
        session.noop().await?;
        Ok(())
    }
}

/// How many messages of the mailbox are unread.
async fn unread(session: &mut Session, name: &str) -> Result<u64, Error> {
    Ok(session.examine(name).await?.search(Search::unseen()).await?.len())
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: pool_crates bb8|deadpool ADDRESS MAILBOX...");
    let (kind, endpoint) = (argument()?, argument()?.parse()?);
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let manager = Manager { endpoint, password };
    let mut tasks = Vec::new();
    match kind.as_str() {
        "bb8" => {
            let pool = bb8::Pool::builder().max_size(CONNECTIONS).build(manager).await?;
            for name in arguments {
                let pool = pool.clone();
                tasks.push(tokio::spawn(async move {
                    let counted = unread(&mut *pool.get().await?, &name).await;
                    Ok::<_, AnyError>((name, counted))
                }));
            }
        }
        "deadpool" => {
            let pool = managed::Pool::<Manager>::builder(manager).max_size(CONNECTIONS as usize).build()?;
            for name in arguments {
                let pool = pool.clone();
                tasks.push(tokio::spawn(async move {
                    let counted = unread(&mut *pool.get().await?, &name).await;
                    Ok::<_, AnyError>((name, counted))
                }));
            }
        }
        _ => return Err("the pool is bb8 or deadpool".into()),
    }
    for task in tasks {
        match task.await?? {
            (name, Ok(count)) => println!("{name}: {count} unread"),
            (name, Err(error)) => println!("{name}: {error}"),
        }
    }
    Ok(())
}
