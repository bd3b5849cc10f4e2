//! A server that says anything: the engine neither panics nor loops, and sends only what it was told to.
#![no_main]

use arbitrary::Arbitrary;
use imaplib_proto::command::{self, FetchCommand, FetchItem, Search};
use imaplib_proto::engine::{Engine, Limits, Step, Transmit};
use imaplib_proto::sasl::{CramMd5, ScramSha256};
use imaplib_proto::types::{MailboxName, StatusItem, UidSet};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Action {
    Receive(Vec<u8>),
    /// A line that answers the newest command.
    Complete(u8),
    Start(u8),
    Send(u8),
    Abandon(u8),
    Done,
    Tls,
}

fuzz_target!(|actions: Vec<Action>| {
    let mut limits = Limits::default();
    limits.response = 4096;
    limits.response_before_login = 1024;
    limits.stream_threshold = 64;
    limits.events = 8;
    let mut engine = Engine::new(limits);
    let mut started = 0u64;
    for action in actions.into_iter().take(200) {
        match action {
            Action::Receive(octets) => engine.receive(&octets),
            Action::Complete(kind) => {
                let word = ["OK", "NO", "BAD", "BYE", "OK [CLOSED]", "OK [CAPABILITY IMAP4rev1]"][usize::from(kind % 6)];
                engine.receive(format!("A{started} {word} x\r\n").as_bytes());
            }
            Action::Start(kind) => {
                let inbox = MailboxName::inbox();
                let uids = UidSet::all();
                let done = match kind % 14 {
                    0 => engine.start(command::Noop).is_ok(),
                    1 => engine.start(command::Select::new(inbox)).is_ok(),
                    2 => engine.start(FetchCommand::new(&uids, FetchItem::message())).is_ok(),
                    3 => engine.start(command::UidSearch::new(Search::new().subject("é\r\n"))).is_ok(),
                    4 => engine.start(command::Append::new(inbox, 100)).is_ok(),
                    5 => engine.start(command::Idle).is_ok(),
                    6 => engine.start(command::Authenticate::new(Box::new(CramMd5::new("u", "p")), true)).is_ok(),
                    7 => engine.start(command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "n")), false)).is_ok(),
                    8 => engine.start(command::StartTls).is_ok(),
                    9 => engine.start(command::Login::new("u", "p\r\nq")).is_ok(),
                    10 => {
                        let status = command::ListReturn::Status(vec![StatusItem::Messages]);
                        engine.start(command::ListExtended::new([inbox]).returning([status])).is_ok()
                    },
                    11 => engine.start(command::FetchAll::from(FetchCommand::new(&uids, FetchItem::Flags))).is_ok(),
                    12 => engine.start(command::Enable::new(["UTF8=ACCEPT"])).is_ok(),
                    _ => engine.start(command::Logout).is_ok(),
                };
                started += u64::from(done);
            }
            Action::Send(count) => match engine.transmit() {
                Transmit::Octets(octets) => {
                    let count = octets.len().min(usize::from(count));
                    engine.sent(count);
                }
                Transmit::Stream { left, .. } => engine.streamed(left.min(u64::from(count))),
                Transmit::Nothing => {}
            },
            Action::Abandon(back) => engine.abandon(started.saturating_sub(u64::from(back))),
            Action::Done => engine.idle_done(),
            Action::Tls => drop(engine.tls_begins()),
        }
        for _ in 0..10_000 {
            match engine.poll() {
                Ok(Step::Blocked) | Err(_) => break,
                Ok(_) => {}
            }
        }
        while engine.next_event().is_some() {}
    }
    let _ = engine.end_of_input();
});
