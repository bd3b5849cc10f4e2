//! A client that stays in step with a mailbox in one of the ways, and may be cut at any byte.

use std::collections::VecDeque;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use imaplib::blocking::{Client, Session};
use imaplib::types::{Flag, Flags};
use imaplib::{ConnectOptions, KnownMailbox, SelectOptions, SyncWay, Synced, Trace};

use super::Target;
use super::wire::Wire;

pub struct Follower {
    port: u16,
    user: &'static str,
    pub way: SyncWay,
    cuts: bool,
    session: Option<Session>,
    received: Arc<AtomicU64>,
    /// What was sent and received last.
    said: Arc<Mutex<VecDeque<String>>>,
    /// What was saved, as bytes.
    known: Vec<u8>,
    /// Each message with its flags.
    pub model: BTreeMap<u32, Vec<String>>,
    /// Every message that was ever reported as new.
    ever: BTreeSet<u32>,
    random: u64,
    looks: u64,
    changes: u64,
    connections: u64,
}

struct Said(Arc<Mutex<VecDeque<String>>>);

impl Said {
    fn add(&self, line: String) {
        let mut said = self.0.lock().unwrap();
        if said.len() == 300 {
            said.pop_front();
        }
        said.push_back(line);
    }
}

impl Trace for Said {
    fn sent(&mut self, line: &[u8]) {
        self.add(format!("> {}", String::from_utf8_lossy(line).trim_end()));
    }

    fn received(&mut self, line: &[u8]) {
        self.add(format!("< {}", String::from_utf8_lossy(line).trim_end()));
    }
}

/// The flags as words in order.
pub fn words(flags: &Flags) -> Vec<String> {
    let mut words: Vec<String> =
        flags.iter().filter(|flag| *flag != Flag::Recent).map(|flag| flag.to_string().to_lowercase()).collect();
    words.sort();
    words
}

impl Follower {
    pub fn new(target: &Target, way: SyncWay, cuts: bool) -> Self {
        Self {
            port: target.port,
            user: target.user,
            way,
            cuts,
            session: None,
            received: Arc::default(),
            said: Arc::default(),
            known: KnownMailbox::new().to_bytes(),
            model: BTreeMap::new(),
            ever: BTreeSet::new(),
            random: 0x2545_F491_4F6C_DD1D,
            looks: 0,
            changes: 0,
            connections: 0,
        }
    }

    fn connect(&mut self, left: u64) -> imaplib::Result<Session> {
        self.connections += 1;
        let wire = Wire::of_way(self.port, self.way, Arc::clone(&self.received), left).unwrap();
        let client = Client::from_stream(wire, true, &ConnectOptions::new())?;
        let mut session = client.login(self.user, "secret")?;
        session.set_trace(Box::new(Said(Arc::clone(&self.said))));
        session.select_with("INBOX", SelectOptions::new().for_changes())?;
        Ok(session)
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    /// Finds what changed and applies it. A cut in the middle changes nothing.
    pub fn look(&mut self) {
        let left = if self.cuts { self.random(20_000) } else { u64::MAX };
        // A session is kept for some time, and a new one begins with what was saved.
        if self.random(10) == 0 {
            self.session = None;
        }
        if let Err(error) = self.try_look(left) {
            assert!(self.cuts && error.is_connection_lost(), "{:?}: {error}", self.way);
            self.session = None;
        }
    }

    fn try_look(&mut self, left: u64) -> imaplib::Result<()> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.connect(left)?,
        };
        let known = KnownMailbox::from_bytes(&self.known).unwrap();
        let synced = session.mailbox()?.changes(&known)?;
        self.looks += 1;
        self.apply(&known, synced);
        while session.next_event().is_some() {}
        self.session = Some(session);
        Ok(())
    }

    fn apply(&mut self, known: &KnownMailbox, synced: Synced) {
        let Synced::Changed(changes) = synced else { panic!("{synced:?}") };
        assert!(changes.set_back.is_none(), "{:?}", changes.set_back);
        if !known.is_new() {
            assert_eq!(changes.way, self.way);
        }
        for (uid, flags) in changes.new.iter() {
            assert!(self.ever.insert(uid.get()), "{:?}: {uid} is new twice", self.way);
            assert!(self.model.insert(uid.get(), words(flags)).is_none());
        }
        for (uid, flags) in changes.flags.iter() {
            assert!(self.model.insert(uid.get(), words(flags)).is_some(), "{:?}: {uid} was not there", self.way);
        }
        for uid in changes.vanished.iter() {
            assert!(self.model.remove(&uid.get()).is_some(), "{:?}: {uid} was not there", self.way);
        }
        self.changes += changes.new.len() + changes.flags.len() + changes.vanished.len();
        assert!(self.model.keys().copied().eq(changes.known.uids().iter().map(|uid| uid.get())));
        self.known = changes.known.to_bytes();
    }

    /// Looks until nothing changes any more, on a connection without cuts.
    pub fn settle(&mut self) {
        self.session = None;
        self.try_look(u64::MAX).unwrap();
        let before = self.changes;
        self.try_look(u64::MAX).unwrap();
        assert_eq!(self.changes, before, "{:?}: changes came twice", self.way);
    }

    /// Compares what it knows with the truth.
    pub fn must_equal(&self, truth: &BTreeMap<u32, Vec<String>>, place: &str) {
        if self.model != *truth {
            self.said.lock().unwrap().iter().for_each(|line| eprintln!("{line}"));
            let all: BTreeSet<&u32> = self.model.keys().chain(truth.keys()).collect();
            let differ = all.into_iter().map(|uid| (uid, self.model.get(uid), truth.get(uid)));
            let differ: Vec<_> = differ.filter(|(_, ours, theirs)| ours != theirs).collect();
            panic!("{place} {:?}: UIDs with the flags here and in truth: {differ:?}", self.way);
        }
    }

    /// How many bytes one look receives on a connection that is there.
    pub fn bytes_of_a_look(&mut self) -> u64 {
        let before = self.received.load(Ordering::Relaxed);
        self.try_look(u64::MAX).unwrap();
        self.received.load(Ordering::Relaxed) - before
    }
}

impl fmt::Display for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, looks, changes, connections, .. } = self;
        let (messages, known, received) = (self.model.len(), self.known.len(), self.received.load(Ordering::Relaxed));
        write!(
            f,
            "{way:?}: {looks} looks on {connections} connections found {changes} changes in {received} bytes; \
             {messages} messages are known by {known} bytes"
        )
    }
}
