//! An archive of `imap backup` as an IMAP server that changes nothing: on sockets, and inside this program.

mod client;
mod inner;
mod kept;
mod listener;
mod names;
mod seats;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use imaplib_testserver::{Backing, Connection, Settings, Store};

pub(crate) use self::inner::Stream;
use self::kept::Kept;
pub(crate) use self::listener::listen;
use crate::error::{Failure, Result};
use crate::output;
use crate::verbs::backup::failure_of;

/// What is offered: what a client needs to read mail, and nothing that would change any.
const CAPABILITIES: [&str; 17] = [
    "IMAP4rev1",
    "SASL-IR",
    "LITERAL-",
    "AUTH=PLAIN",
    "ID",
    "ENABLE",
    "IDLE",
    "NAMESPACE",
    "CHILDREN",
    "UNSELECT",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "STATUS=SIZE",
    "ESEARCH",
    "SEARCHRES",
    "WITHIN",
];

/// The greatest command with its literals, in bytes: nothing but texts to search for is long.
const MAX_COMMAND: u64 = 64 << 10;
/// How long one search may take.
const SEARCH_TIME: Duration = Duration::from_secs(120);
/// How many wrong passwords end a connection.
const LOGIN_ATTEMPTS: u32 = 3;
/// How often it is looked whether the archive has changed.
const INTERVAL: Duration = Duration::from_secs(1);

/// An archive that is served.
#[derive(Debug)]
pub(crate) struct Served {
    store: Store,
    kept: Arc<Kept>,
    user: String,
    is_over: Arc<AtomicBool>,
}

impl Served {
    /// Opens the archive, to which somebody logs in with this name and password. `with_gone` adds what the server has no more.
    pub(crate) fn open(dir: &Path, with_gone: bool, user: &str, password: &str) -> Result<Self> {
        let kept = Arc::new(Kept::open(dir, with_gone).map_err(|error| failure_of(&error))?);
        let store = Store::new();
        let added = store.add_backed_user(user, password, Arc::clone(&kept) as Arc<dyn Backing>);
        added.map_err(|error| Failure::io(&error).context(dir.display()))?;
        let served = Self { store, kept, user: user.to_owned(), is_over: Arc::default() };
        served.follow()?;
        Ok(served)
    }

    /// Follows the archive from now on: what a backup adds is seen by those who have the mailbox open.
    fn follow(&self) -> Result<()> {
        let (store, is_over) = (self.store.clone(), Arc::clone(&self.is_over));
        let follow = move || {
            let mut failed = false;
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(INTERVAL);
                match store.follow() {
                    Ok(_) => failed = false,
                    Err(error) if !failed => {
                        output::note(&format!("the archive cannot be read, and is served as it was: {error}"));
                        failed = true;
                    }
                    Err(_) => {}
                }
            }
        };
        let spawned = thread::Builder::new().name("archive".to_owned()).spawn(follow);
        spawned.map(drop).map_err(|error| Failure::io(&error))
    }

    /// Whose mail it is.
    pub(crate) fn account(&self) -> Option<String> {
        self.kept.account()
    }

    /// A connection on which somebody has to log in.
    fn connection(&self) -> Connection {
        Connection::new(self.store.clone(), settings())
    }

    /// A connection inside this program, on which nobody has to log in.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn stream(&self) -> io::Result<Stream> {
        inner::connect(Connection::new(self.store.clone(), settings().preauthenticated(&self.user)))
    }
}

impl Served {
    /// Closes the archive's database. Nothing is served from then on.
    pub(crate) fn close(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.kept.close();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.close();
    }
}

fn settings() -> Settings {
    let settings = Settings::new().capabilities(CAPABILITIES).name("imap serve").read_only();
    settings.literal_limit(MAX_COMMAND).search_time(SEARCH_TIME).login_attempts(LOGIN_ATTEMPTS)
}
