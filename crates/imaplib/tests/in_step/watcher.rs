//! A client that watches mailboxes, on connections that are cut at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use imaplib::blocking::{Client, Session, Watch};
use imaplib::{ConnectOptions, KnownMailbox, Synced, Timeouts, WatchEvent};

use super::Target;
use super::follower::words;
use super::wire::Wire;

/// How many connections are cut; each is followed by a wait twice as long.
const CUTS: u64 = 3;

/// Nothing is reported for so long when nothing changes any more: longer than a server takes, and than it is polled.
const QUIET: Duration = Duration::from_secs(3);

type Connect = Box<dyn FnMut() -> imaplib::Result<Session> + Send>;

pub struct Watcher {
    watch: Watch<Connect>,
    hidden: &'static [&'static str],
    /// The messages of each mailbox with their flags.
    models: BTreeMap<String, BTreeMap<u32, Vec<String>>>,
    /// Every message that was ever reported as new.
    ever: BTreeSet<(String, u32)>,
    changes: u64,
    lost: u64,
    received: Arc<AtomicU64>,
}

impl Watcher {
    pub fn new(target: &Target, hidden: &'static [&'static str], mailboxes: &[&str]) -> Self {
        let (port, user) = (target.port, target.user);
        let received = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&received);
        let (mut random, mut connections) = (0x2545_F491_4F6C_DD1D_u64, 0);
        let connect: Connect = Box::new(move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            connections += 1;
            // The login takes part of it.
            let left = if connections <= CUTS { 2_500 + random % 5_000 } else { u64::MAX };
            let wire = Wire::new(port, hidden, Arc::clone(&counter), left).unwrap();
            let timeouts = Timeouts::all(Duration::from_secs(30)).idle_polling(Duration::from_millis(200));
            Client::from_stream(wire, true, &ConnectOptions::new().timeouts(timeouts))?.login(user, "secret")
        });
        let watch = mailboxes
            .iter()
            .fold(Watch::new(connect), |watch, name| watch.mailbox(*name, KnownMailbox::new()).unwrap());
        let models = mailboxes.iter().map(|name| ((*name).to_owned(), BTreeMap::new())).collect();
        Self { watch, hidden, models, ever: BTreeSet::new(), changes: 0, lost: 0, received }
    }

    /// Applies what is reported until it is over and nothing more comes.
    pub fn follow_until(&mut self, is_over: &AtomicBool) {
        loop {
            let was_over = is_over.load(Ordering::Relaxed);
            match self.watch.next(Some(QUIET)) {
                Ok(Some(WatchEvent::Changed(change))) => self.apply(&change.mailbox.to_text(), change.synced),
                Ok(Some(WatchEvent::Lost { .. })) => self.lost += 1,
                Ok(Some(other)) => panic!("{other:?}"),
                Ok(None) if was_over => return,
                Ok(None) => {}
                // The very first connection may be cut before it is there.
                Err(error) => assert!(error.is_connection_lost(), "{:?}: {error}", self.hidden),
            }
        }
    }

    fn apply(&mut self, mailbox: &str, synced: Synced) {
        let Synced::Changed(changes) = synced else { panic!("{mailbox}: {synced:?}") };
        assert!(changes.set_back.is_none(), "{:?}", changes.set_back);
        let model = self.models.get_mut(mailbox).unwrap();
        let place = format!("{:?} {mailbox}", self.hidden);
        for (uid, flags) in changes.new.iter() {
            assert!(self.ever.insert((mailbox.to_owned(), uid.get())), "{place}: {uid} is new twice");
            assert!(model.insert(uid.get(), words(flags)).is_none());
        }
        for (uid, flags) in changes.flags.iter() {
            let (before, now) = (model.insert(uid.get(), words(flags)), words(flags));
            // A server may raise a modification sequence without a change.
            assert!(before.is_some(), "{place}: {uid} was not there, and has {now:?}");
        }
        for uid in changes.vanished.iter() {
            assert!(model.remove(&uid.get()).is_some(), "{place}: {uid} was not there");
        }
        self.changes += changes.new.len() + changes.flags.len() + changes.vanished.len();
    }

    /// Compares what it knows of a mailbox with the truth.
    pub fn must_equal(&self, mailbox: &str, truth: &BTreeMap<u32, Vec<String>>, server: &str) {
        assert_eq!(&self.models[mailbox], truth, "{server} {mailbox}, without {:?}", self.hidden);
        assert!(self.lost > 0, "{server}, without {:?}: no connection was cut", self.hidden);
    }
}

impl fmt::Display for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hidden, changes, lost, received, .. } = self;
        let received = received.load(Ordering::Relaxed);
        write!(f, "watched without {hidden:?}: {changes} changes in {received} bytes, {lost} connections were lost")
    }
}
