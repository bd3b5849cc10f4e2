//! A second client changes the mailbox at random while the first one fetches, stores and expunges by UID: no message is
//! changed that was not meant, and no row tells of another message than its UID says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use imaplib::blocking::{Client, Session};
use imaplib::types::{Flag, Uid, UidSet};
use imaplib::{AppendMessage, ConnectOptions, FetchItem, FlagChange, Search};
use realservers::{Dovecot, Server};

/// How many changes the second client makes; more with the environment variable `CHANGES`.
fn changes() -> usize {
    std::env::var("CHANGES").ok().and_then(|number| number.parse().ok()).unwrap_or(1000)
}

const START: u32 = 200;
/// The second client keeps the mailbox at about this size.
const FULL: usize = 260;

/// Numbers that are random enough, and the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// A few of these.
    fn some(&mut self, uids: &[Uid]) -> UidSet {
        (0..1 + self.below(5)).map(|_| uids[self.below(uids.len())]).collect()
    }
}

/// What is true of the mailbox, whatever the servers say.
#[derive(Default)]
struct Truth {
    /// The subject of each message.
    subjects: Mutex<HashMap<u32, String>>,
    /// What somebody meant to remove.
    removed: Mutex<HashSet<u32>>,
    changes: AtomicUsize,
}

fn log_in(server: &Server) -> Session {
    let endpoint = format!("imaps://localhost:{}", server.tls_port).parse().unwrap();
    let options = ConnectOptions::new().ca_file(server.certificates().ca());
    Client::connect_with(&endpoint, &options).unwrap().login("alice", Server::PASSWORD).unwrap()
}

fn add(session: &mut Session, truth: &Truth, number: usize) {
    let subject = format!("message {number}");
    // Held while the message is put there, so that who sees its UID can ask for its subject.
    let mut subjects = truth.subjects.lock().unwrap();
    let text = format!("Subject: {subject}\r\n\r\n{}\r\n", "x".repeat(number % 500));
    let uid = session.append("INBOX", AppendMessage::from(text.as_str())).unwrap().into_value().unwrap();
    subjects.insert(uid.uids.to_set().last().unwrap().get(), subject);
}

/// Changes the mailbox at random.
fn disturb(server: &Server, truth: &Truth) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut session = log_in(server);
    let mut inbox = session.select("INBOX").unwrap();
    let mut uids: Vec<Uid> = Vec::new();
    for change in 0..changes() {
        if change % 10 == 0 {
            uids = inbox.search(Search::undeleted()).unwrap().iter().collect();
        }
        match dice.below(8) {
            // Arrivals and departures balance.
            0..3 if uids.len() < FULL => add(inbox.session(), truth, 1_000_000 + change),
            0..3 => drop(inbox.store(dice.some(&uids), FlagChange::add([Flag::Flagged, Flag::Seen])).unwrap()),
            3..5 => drop(inbox.store(dice.some(&uids), FlagChange::remove(Flag::Flagged).silent()).unwrap()),
            _ if uids.len() < FULL / 2 => add(inbox.session(), truth, 1_000_000 + change),
            _ => {
                let gone = dice.some(&uids);
                truth.removed.lock().unwrap().extend(gone.iter().map(Uid::get));
                inbox.store(&gone, FlagChange::add(Flag::Deleted).silent()).unwrap();
                inbox.expunge_uids(&gone).unwrap();
            }
        }
        while inbox.session().next_event().is_some() {}
        truth.changes.store(change + 1, Ordering::Relaxed);
    }
    session.logout().unwrap();
}

/// Fetches, stores and expunges by UID while the mailbox changes; gives the messages that it marked.
fn work(server: &Server, truth: &Truth) -> HashSet<u32> {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut session = log_in(server);
    let mut inbox = session.select("INBOX").unwrap();
    let mark = Flag::keyword("$Mark").unwrap();
    let mut marked = HashSet::new();
    let (mut rows_seen, mut rounds) = (0u64, 0u64);
    let changes = changes();
    while truth.changes.load(Ordering::Relaxed) < changes || rounds < 50 {
        rounds += 1;
        let uids: Vec<Uid> = inbox.search(Search::undeleted()).unwrap().iter().collect();
        if uids.is_empty() {
            continue;
        }
        match dice.below(4) {
            0 => {
                let meant = dice.some(&uids);
                marked.extend(meant.iter().map(Uid::get));
                let rows = inbox.store(&meant, FlagChange::add(mark.clone())).unwrap().rows;
                for row in rows.iter().filter(|row| row.uid.is_some_and(|uid| !meant.contains(uid))) {
                    // A row of another message may come, but not with our mark.
                    let uid = row.uid.unwrap().get();
                    let has = row.flags.as_ref().is_some_and(|flags| flags.contains(&mark));
                    assert!(!has || marked.contains(&uid), "{uid} was marked");
                }
            }
            1 => {
                let gone = dice.some(&uids);
                truth.removed.lock().unwrap().extend(gone.iter().map(Uid::get));
                inbox.store(&gone, FlagChange::add(Flag::Deleted).silent()).unwrap();
                inbox.expunge_uids(&gone).unwrap();
            }
            _ => {
                let items = [FetchItem::Flags, FetchItem::Envelope, FetchItem::message()];
                let mut rows = inbox.fetch(UidSet::all(), items).unwrap();
                while let Some(mut row) = rows.next().unwrap() {
                    let Some(uid) = row.uid().map(Uid::get) else { panic!("a row without UID") };
                    row.finish().unwrap();
                    let data = row.data();
                    let subject = data.envelope.as_ref().and_then(|envelope| envelope.subject());
                    let text = data.sections.first().and_then(|section| section.data.as_bytes()).cloned();
                    let expected = truth.subjects.lock().unwrap().get(&uid).cloned();
                    let expected = expected.unwrap_or_else(|| panic!("{uid} was never there"));
                    // A message that goes while it is fetched may come empty.
                    if let Some(subject) = subject {
                        assert_eq!(subject.to_str(), Some(expected.as_str()), "{uid}");
                    }
                    if let Some(text) = text.filter(|text| !text.is_empty()) {
                        assert!(text.starts_with(format!("Subject: {expected}\r\n").as_bytes()), "{uid}: {text:?}");
                    }
                    rows_seen += 1;
                }
            }
        }
        while inbox.session().next_event().is_some() {}
    }
    inbox.session().noop().unwrap();
    let count = inbox.search(Search::all()).unwrap().len();
    assert_eq!(u64::from(inbox.exists()), count);
    session.logout().unwrap();
    println!("{rounds} commands of the first client, {rows_seen} rows, {} messages marked", marked.len());
    marked
}

fn both(server: &Server) {
    let truth = Truth::default();
    let mut session = log_in(server);
    for number in 0..START {
        add(&mut session, &truth, number as usize);
    }
    let marked = std::thread::scope(|scope| {
        let second = scope.spawn(|| disturb(server, &truth));
        let marked = work(server, &truth);
        second.join().unwrap();
        marked
    });
    // What is there now is what nobody removed, and marked is what was meant to be.
    let mark = Flag::keyword("$Mark").unwrap();
    let mut inbox = session.select("INBOX").unwrap();
    let rows = inbox.fetch_all(UidSet::all(), [FetchItem::Flags, FetchItem::Envelope]).unwrap();
    let (subjects, removed) = (truth.subjects.into_inner().unwrap(), truth.removed.into_inner().unwrap());
    let mut there = HashSet::new();
    for row in rows {
        let uid = row.uid.unwrap().get();
        let subject = row.envelope.as_ref().unwrap().subject().unwrap();
        assert_eq!(subject.to_str(), subjects.get(&uid).map(String::as_str));
        assert!(!removed.contains(&uid), "{uid} is still there");
        assert_eq!(row.flags.as_ref().unwrap().contains(&mark), marked.contains(&uid), "{uid}");
        there.insert(uid);
    }
    for uid in subjects.keys().filter(|uid| !removed.contains(uid)) {
        assert!(there.contains(uid), "{uid} is gone, and nobody removed it");
    }
    println!("{} messages came, {} were removed, {} are there", subjects.len(), removed.len(), there.len());
}

#[test]
fn on_dovecot() {
    if let Some(server) = Dovecot::start().unwrap() {
        both(&server);
    }
}

#[test]
fn on_cyrus() {
    if let Some(server) = realservers::cyrus(&["alice"]).unwrap() {
        both(&server);
    }
}
