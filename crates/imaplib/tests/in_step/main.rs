//! Staying in step with real servers while two others change the mailbox at random, in all three ways, also with cuts.
//!
//! The usual run is short; `OPERATIONS=10000` makes each of the two carry out so many operations, and `SERVER=Cyrus` chooses a
//! server. What is found must equal what Python's imaplib reads.
#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod follower;
mod python;
mod watcher;
mod wire;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Duration;

use imaplib::{Endpoint, SyncWay};
use imaplib_testserver::Server;

use follower::Follower;
use watcher::Watcher;
use writer::Writer;

/// A server with a user of its own for each test.
struct Target {
    name: &'static str,
    port: u16,
    user: &'static str,
}

impl Target {
    fn endpoint(&self) -> Endpoint {
        Endpoint::insecure("127.0.0.1", self.port)
    }
}

const WAYS: [SyncWay; 3] = [SyncWay::Resync, SyncWay::CondStore, SyncWay::Compared];

/// How often all stop and compare.
const ROUNDS: usize = 5;

/// Two writers change INBOX; a follower of each way, and with `cuts` one more whose connection is cut all the time, must end
/// up with what Python reads.
fn follow(target: &Target, cuts: bool) {
    let operations = std::env::var("OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let mut writers = [Writer::new(target, 1), Writer::new(target, 2)];
    writers[0].fill(200);
    let mut followers: Vec<Follower> = WAYS.into_iter().map(|way| Follower::new(target, way, cuts)).collect();
    for round in 0..ROUNDS {
        let (begin, is_over) = (Barrier::new(writers.len() + followers.len()), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let following: Vec<_> = followers
                .iter_mut()
                .map(|follower| {
                    scope.spawn(|| {
                        begin.wait();
                        while !is_over.load(Ordering::Relaxed) {
                            follower.look();
                        }
                    })
                })
                .collect();
            let writing: Vec<_> = writers
                .iter_mut()
                .map(|writer| {
                    scope.spawn(|| {
                        begin.wait();
                        (0..operations / ROUNDS).for_each(|_| writer.operate());
                    })
                })
                .collect();
            writing.into_iter().for_each(|thread| thread.join().unwrap());
            is_over.store(true, Ordering::Relaxed);
            following.into_iter().for_each(|thread| thread.join().unwrap());
        });
        let truth = python::messages(target, "INBOX");
        for follower in &mut followers {
            follower.settle();
            follower.must_equal(&truth, &format!("{} in round {round}", target.name));
        }
    }
    for follower in &followers {
        println!("{}: {follower}", target.name);
    }
}

/// What is received for one change, in a small and in a large mailbox.
fn bytes_are_in_proportion(target: &Target) {
    let mut writer = Writer::new(target, 3);
    let mut seen = Vec::new();
    for size in [100, 1_500] {
        writer.fill(size);
        let mut row = Vec::new();
        for way in WAYS {
            let mut follower = Follower::new(target, way, false);
            follower.settle();
            let idle = follower.bytes_of_a_look();
            let mut flags = |count| {
                writer.flag_last(count);
                follower.bytes_of_a_look()
            };
            let (one, hundred) = (flags(1), flags(100));
            writer.expunge_first();
            let expunged = follower.bytes_of_a_look();
            println!(
                "{}: {} messages, {way:?}: nothing changed {idle} bytes, flags of 1 {one}, of 100 {hundred}, 1 expunged {expunged}",
                target.name,
                follower.model.len()
            );
            row.push([idle, one, hundred, expunged]);
        }
        seen.push(row);
    }
    for (way, (small, large)) in WAYS.iter().zip(seen[0].iter().zip(&seen[1])).take(2) {
        for (small, large) in small.iter().zip(large) {
            // The numbers have more digits.
            assert!(*large < small + small / 4 + 60, "{} {way:?}: {small} and {large} bytes", target.name);
        }
    }
}

/// The mailboxes that are watched.
const WATCHED: [&str; 2] = ["INBOX", "Work"];

/// What is hidden from each watcher: it has NOTIFY and IDLE, IDLE alone, or neither.
const HIDDEN: [&[&str]; 3] = [&[], &["NOTIFY"], &["NOTIFY", "IDLE"]];

/// Two writers change two mailboxes; watchers whose connections are cut at random must end up with what Python reads, and be
/// told of each change once.
fn watch(target: &Target) {
    let operations = std::env::var("OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut writers = WATCHED.map(|mailbox| Writer::in_mailbox(target, mailbox, 5));
    writers.iter_mut().for_each(|writer| writer.fill(50));
    let mut watchers = HIDDEN.map(|hidden| Watcher::new(target, hidden, &WATCHED));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watching: Vec<_> =
            watchers.iter_mut().map(|watcher| scope.spawn(|| watcher.follow_until(&is_over))).collect();
        let writing: Vec<_> = writers
            .iter_mut()
            .map(|writer| {
                scope.spawn(|| {
                    for _ in 0..operations {
                        writer.operate();
                        // The connections are lost and made again meanwhile.
                        std::thread::sleep(Duration::from_millis(100));
                    }
                })
            })
            .collect();
        writing.into_iter().for_each(|thread| thread.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
        watching.into_iter().for_each(|thread| thread.join().unwrap());
    });
    for mailbox in WATCHED {
        let truth = python::messages(target, mailbox);
        watchers.iter().for_each(|watcher| watcher.must_equal(mailbox, &truth, target.name));
    }
    watchers.iter().for_each(|watcher| println!("{}: {watcher}", target.name));
}

/// Cyrus ends all processes of its group when it ends, and so another Cyrus of this program.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn on_all_of(test: impl Fn(&Target), user: &'static str) {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let only = std::env::var("SERVER").ok();
    let is_wanted = |name: &str| only.as_ref().is_none_or(|only| name.starts_with(only.as_str()));
    if is_wanted("test server") {
        let server = Server::builder().with_all().user(user, "secret").start().unwrap();
        test(&Target { name: "test server", port: server.plain_addr().port(), user });
    }
    for (name, start) in [
        ("Dovecot 2.4", Box::new(realservers::dovecot24) as Box<dyn Fn() -> _>),
        ("Cyrus 3.12", Box::new(|| realservers::cyrus(&[user]))),
    ] {
        if !is_wanted(name) {
            continue;
        }
        let Some(server) = start().unwrap() else { continue };
        let run = || test(&Target { name, port: server.port, user });
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
            eprintln!("{name} has logged:\n{}", server.log());
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn each_way_equals_an_independent_reader() {
    on_all_of(|target| follow(target, false), "follow");
}

#[test]
fn each_way_equals_an_independent_reader_on_cut_connections() {
    on_all_of(|target| follow(target, true), "cut");
}

#[test]
fn watched_mailboxes_report_each_change_once_on_cut_connections() {
    on_all_of(watch, "watch");
}

#[test]
fn what_is_received_is_in_proportion_to_the_changes() {
    on_all_of(bytes_are_in_proportion, "bytes");
}
