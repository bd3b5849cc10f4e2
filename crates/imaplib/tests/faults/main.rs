//! The connection is cut at every byte of a session, in every way, and each call must tell the truth about it.
//!
//! The network is in memory and the clock of the async client stands still until everything waits, so that hours of
//! silence take no time. The normal run takes a sample of the places; `FAULTS=all` takes them all.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(missing_docs, unreachable_pub)]

mod cancel;
mod changes;
mod network;
#[path = "../scripted/mod.rs"]
mod scripted;
mod session;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use imaplib::{ConnectOptions, Limits, Timeouts};
use imaplib_testserver::Settings;

use network::{Conditions, Cut, End, Network, Way, store};
use session::{Witness, judge, literals, message};

/// Bytes from which a text is streamed here, so that short ones do both.
const STREAMED: usize = 1000;

/// The two kinds of servers: one with all extensions, and one where everything takes more turns.
pub fn servers() -> [Arc<Settings>; 2] {
    let plain = ["IMAP4rev1", "UIDPLUS", "IDLE"];
    [Arc::new(Settings::new().with("COMPRESS=DEFLATE")), Arc::new(Settings::new().capabilities(plain))]
}

pub fn options(timeouts: Timeouts) -> ConnectOptions {
    ConnectOptions::new().timeouts(timeouts).limits(Limits::default().stream_threshold(STREAMED))
}

pub fn messages() -> Vec<String> {
    vec![message(1, 200), message(2, 3000), message(3, 300)]
}

/// Where to cut: everywhere, or at a sample of places that differs from one direction and way to the next.
fn places(bytes: usize, salt: usize, sample: usize) -> impl Iterator<Item = usize> {
    let step = if std::env::var("FAULTS").is_ok_and(|value| value == "all") { 1 } else { sample };
    (salt % step..bytes).step_by(step)
}

#[derive(Default)]
struct Tally {
    sessions: usize,
    cuts: usize,
    unknown: usize,
    within_literals: usize,
    longest: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, cuts, unknown, within_literals, longest } = self;
        write!(
            f,
            "{sessions} sessions, {cuts} cuts, {unknown} outcomes unknown, {within_literals} within literals, longest stall {longest:?}"
        )
    }
}

const CUTS: [(Way, End); 7] = [
    (Way::Down, End::Close),
    (Way::Down, End::Reset),
    (Way::Down, End::Silence),
    (Way::Up, End::Close),
    (Way::Up, End::Reset),
    (Way::Up, End::Silence),
    (Way::Up, End::Stall),
];

/// The limits of the async client are long, for its clock is not a real one.
fn long() -> Timeouts {
    Timeouts::all(Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn the_async_client_cut_everywhere() {
    let mut tally = Tally::default();
    for settings in servers() {
        let whole = undisturbed(&settings).await;
        let (said, up) = whole.network.traffic();
        let (literals, down) = (literals(&said), said.len());
        for (salt, (way, end)) in CUTS.into_iter().enumerate() {
            let bytes = if way == Way::Down { down } else { up };
            for after in places(bytes, salt, 3) {
                let cut = Some(Cut { way, after, end });
                let (store, account) = store(&messages());
                let network = Network::new(&store, &settings, Conditions { cut, ..Conditions::default() });
                let mut witness = Witness::new(account, network);
                let began = tokio::time::Instant::now();
                let limit = Duration::from_secs(600);
                let options = options(long());
                let run = tokio::time::timeout(limit, session::asynchronous::run(&mut witness, &options));
                let result = run.await.unwrap_or_else(|_| panic!("{cut:?} hangs in the step {}", witness.step));
                let stall = began.elapsed();
                // The step that fails, NOOP, and LOGOUT with its own limit.
                assert!(stall <= Duration::from_secs(60 + 60 + 4), "{cut:?} in the step {}: {stall:?}", witness.step);
                tally.count(&whole, &witness, result, &literals, stall);
            }
        }
    }
    println!("the async client: {tally}");
    assert!(tally.cuts > 10_000, "{tally}");
}

#[test]
fn the_blocking_client_cut_everywhere() {
    let mut tally = Tally::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let limit = Duration::from_millis(1);
    let timeouts = || Timeouts::all(limit).no_progress(Duration::from_secs(60)).min_rate(0).logout(limit);
    for settings in servers() {
        let whole = runtime.block_on(undisturbed(&settings));
        let (said, up) = whole.network.traffic();
        let (literals, down) = (literals(&said), said.len());
        for (salt, (way, end)) in CUTS.into_iter().enumerate() {
            let bytes = if way == Way::Down { down } else { up };
            // Here the clock is a real one.
            let sample = if matches!(end, End::Silence | End::Stall) { 23 } else { 7 };
            for after in places(bytes, salt, sample) {
                let cut = Some(Cut { way, after, end });
                let (store, account) = store(&messages());
                let network = Network::new(&store, &settings, Conditions { cut, ..Conditions::default() });
                let mut witness = Witness::new(account, network);
                let began = std::time::Instant::now();
                let result = session::blocking::run(&mut witness, &options(timeouts()));
                let stall = began.elapsed();
                assert!(stall < Duration::from_secs(5), "{cut:?} in the step {}: {stall:?}", witness.step);
                tally.count(&whole, &witness, result, &literals, stall);
            }
        }
    }
    println!("the blocking client: {tally}");
    assert!(tally.cuts > 4000, "{tally}");
}

impl Tally {
    fn count(
        &mut self,
        whole: &Witness,
        witness: &Witness,
        result: imaplib::Result<()>,
        literals: &[(usize, usize)],
        stall: Duration,
    ) {
        self.sessions += 1;
        self.cuts += usize::from(witness.network.inner().cut_happened());
        self.longest = self.longest.max(stall);
        if let Some(error) = judge(whole, witness, result, literals) {
            self.unknown += usize::from(error.is_outcome_unknown());
            self.within_literals += usize::from(error.truncated_literal().is_some());
        }
    }
}

/// A session on a network without faults.
async fn undisturbed(settings: &Arc<Settings>) -> Witness {
    let (store, account) = store(&messages());
    let mut witness = Witness::new(account, Network::new(&store, settings, Conditions::default()));
    session::asynchronous::run(&mut witness, &options(long())).await.unwrap();
    assert!(witness.saw.len() > 15 && witness.saw.iter().any(|line| line.contains("Exists")), "{:?}", witness.saw);
    witness
}

/// Each byte by itself, in both directions, makes no difference.
#[tokio::test(start_paused = true)]
async fn bytes_one_by_one() {
    for settings in servers() {
        let whole = undisturbed(&settings).await;
        for most in [1, 2, 3, 7] {
            let conditions = || Conditions { most: Some(most), ..Conditions::default() };
            let (first, account) = store(&messages());
            let mut witness = Witness::new(account, Network::new(&first, &settings, conditions()));
            session::asynchronous::run(&mut witness, &options(long())).await.unwrap();
            assert_eq!(whole.saw, witness.saw);
            let (second, account) = store(&messages());
            let mut witness = Witness::new(account, Network::new(&second, &settings, conditions()));
            let patient = long().min_rate(0);
            session::blocking::run(&mut witness, &options(patient)).unwrap();
            assert_eq!(whole.saw, witness.saw);
        }
    }
}

/// A server of one byte a second is slow and not silent: only what has a limit of its own gives it up, and the least rate
/// of a response, if there is one.
#[tokio::test(start_paused = true)]
async fn a_byte_a_second() {
    let conditions = || Conditions { most: Some(1), pace: Some(Duration::from_secs(1)), ..Conditions::default() };
    for settings in servers() {
        let whole = undisturbed(&settings).await;
        let (patient, account) = store(&messages());
        let mut witness = Witness::new(account, Network::new(&patient, &settings, conditions()));
        let patience = Duration::from_secs(3600);
        let timeouts = long().greeting(patience).no_progress(patience).min_rate(0).logout(Duration::from_secs(600));
        let began = tokio::time::Instant::now();
        session::asynchronous::run(&mut witness, &options(timeouts)).await.unwrap();
        let bytes = whole.network.traffic().0.len();
        println!("{bytes} bytes at one a second took {:?}", began.elapsed());
        // What comes while IDLE listens depends on the time.
        let apart_from_idle = |witness: &Witness| {
            witness.saw.iter().filter(|line| !line.starts_with("idle")).cloned().collect::<Vec<_>>()
        };
        assert_eq!(apart_from_idle(&whole), apart_from_idle(&witness));
        let (brisk, account) = store(&messages());
        let mut witness = Witness::new(account, Network::new(&brisk, &settings, conditions()));
        let error = session::asynchronous::run(&mut witness, &options(long().greeting(patience))).await.unwrap_err();
        assert!(error.is_timeout() && error.to_string().contains("too slowly"), "{error}");
        let (hasty, account) = store(&messages());
        let mut witness = Witness::new(account, Network::new(&hasty, &settings, conditions()));
        let began = tokio::time::Instant::now();
        let error = session::asynchronous::run(&mut witness, &options(long().greeting(Duration::from_secs(20)))).await;
        assert!(error.unwrap_err().is_timeout() && witness.step == "greeting");
        assert!(began.elapsed() <= Duration::from_secs(21));
    }
}
