//! A pool of sessions (async): a few connections that many tasks use, each for a while.
//!
//! ```sh
//! IMAP_PASSWORD=… cargo run --example pool imaps://user@imap.example.org INBOX Archive Sent Drafts
//! ```
//!
//! The same three decisions are what the crates `bb8` and `deadpool` ask their managers for: connect, is it broken, is it
//! still there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use imaplib::{Client, ConnectOptions, Endpoint, Search, Session};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections there are at most; servers allow some ten for each user.
const CONNECTIONS: usize = 2;

struct Pool {
    endpoint: Endpoint,
    password: String,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
}

/// A session that nobody else has. One that is not put back is closed.
struct Pooled {
    session: Session,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    fn new(endpoint: Endpoint, password: String) -> Self {
        Self { endpoint, password, permits: Arc::new(Semaphore::new(CONNECTIONS)), idle: Mutex::default() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> imaplib::Result<Session> {
        let client = Client::connect_with(&self.endpoint, &ConnectOptions::new()).await?;
        client.login(self.endpoint.user().unwrap_or_default(), &self.password).await
    }

    /// A session that is there, or a new one; waits until there may be one more.
    async fn get(&self) -> Result<Pooled, Box<dyn std::error::Error + Send + Sync>> {
        let permit = Arc::clone(&self.permits).acquire_owned().await?;
        let idle = self.idle().pop();
        if let Some(mut session) = idle {
            // One that has waited may have been closed: the server answers, or another one is made.
            if session.noop().await.is_ok() {
                return Ok(Pooled { session, _permit: permit });
            }
        }
        Ok(Pooled { session: self.connect().await?, _permit: permit })
    }

    /// Keeps a session for the next caller, unless its connection failed, a limit was reached or a timeout ran out.
    fn put(&self, pooled: Pooled) {
        if pooled.session.is_usable() {
            self.idle().push(pooled.session);
        }
    }
}

/// How many messages of the mailbox are unread.
async fn unread(pool: &Pool, name: &str) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let mut pooled = pool.get().await?;
    let result = match pooled.session.examine(name).await {
        Ok(mut mailbox) => mailbox.search(Search::unseen()).await.map(|uids| uids.len()),
        Err(error) => Err(error),
    };
    pool.put(pooled);
    Ok(result?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint: Endpoint = arguments.next().ok_or("usage: pool ADDRESS MAILBOX...")?.parse()?;
    let password = std::env::var("IMAP_PASSWORD").map_err(|_| "IMAP_PASSWORD is not set")?;
    let pool = Arc::new(Pool::new(endpoint, password));
    let mut tasks = Vec::new();
    for name in arguments {
        let pool = Arc::clone(&pool);
        tasks.push(tokio::spawn(async move { (unread(&pool, &name).await, name) }));
    }
    for task in tasks {
        match task.await? {
            (Ok(count), name) => println!("{name}: {count} unread"),
            (Err(error), name) => println!("{name}: {error}"),
        }
    }
    let sessions = std::mem::take(&mut *pool.idle());
    for session in sessions {
        session.logout().await?;
    }
    Ok(())
}
