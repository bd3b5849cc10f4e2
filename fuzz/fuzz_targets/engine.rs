//! A server that says anything: the engine neither panics nor loops, and sends only what it was told to.
#![no_main]

use std::collections::HashMap;

use arbitrary::Arbitrary;
use imaplib_proto::command::{self, Command, FetchItem, Search, SortBy, SortKey, FlagChange, ThreadAlgorithm};
use imaplib_proto::engine::{Engine, Limits, Step, Ticket, Transmit};
use imaplib_proto::sasl::{CramMd5, ScramSha256};
use imaplib_proto::types::{Flag, MailboxName, StatusItem, UidSet};
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
    Compress,
}

/// Takes the result of a command, whatever its type.
type Take = Box<dyn FnMut(&mut Engine)>;

/// The commands that were started, and how to take what they give.
#[derive(Default)]
struct Started {
    count: u64,
    takes: HashMap<u64, Take>,
    rows: Option<Ticket<command::Fetch>>,
}

impl Started {
    fn add<C: Command>(&mut self, engine: &mut Engine, command: C) {
        let Ok(ticket) = engine.start(command) else { return };
        self.count = ticket.id();
        self.takes.insert(
            ticket.id(),
            Box::new(move |engine| {
                assert!(engine.take(&ticket).is_some(), "what has finished can be taken");
                assert!(engine.take(&ticket).is_none(), "once");
            }),
        );
    }

    fn start(&mut self, engine: &mut Engine, kind: u8) {
        let inbox = MailboxName::inbox;
        let uids = UidSet::all();
        match kind % 28 {
            0 => self.add(engine, command::Noop),
            1 => self.add(engine, command::Select::new(inbox())),
            2 => self.add(engine, command::Fetch::new(&uids, FetchItem::message())),
            3 => self.add(engine, command::UidSearch::new(Search::new().subject("é\r\n"))),
            4 => self.add(engine, command::Append::new(inbox(), 100)),
            5 => self.add(engine, command::Idle),
            6 => self.add(engine, command::Authenticate::new(Box::new(CramMd5::new("u", "p")), true)),
            7 => self.add(engine, command::Authenticate::new(Box::new(ScramSha256::new("u", "p", "n")), false)),
            8 => self.add(engine, command::StartTls),
            9 => self.add(engine, command::Login::new("u", "p\r\nq")),
            10 => {
                let status = command::ListReturn::Status(vec![StatusItem::Messages]);
                self.add(engine, command::ListExtended::new([inbox()]).returning([status]));
            }
            11 => self.add(engine, command::FetchAll::from(command::Fetch::new(&uids, FetchItem::Flags))),
            12 => self.add(engine, command::Enable::new(["UTF8=ACCEPT"])),
            13 => self.add(engine, command::UidSort::new([SortBy::from(SortKey::Date)], Search::all())),
            14 => self.add(engine, command::UidThread::new(ThreadAlgorithm::References, Search::all())),
            15 => self.add(engine, command::Move::new(&uids, inbox())),
            16 => self.add(engine, command::Copy::new(&uids, inbox())),
            17 => self.add(engine, command::Store::new(&uids, FlagChange::add(Flag::Seen))),
            18 => self.add(engine, command::Status::new(inbox(), vec![StatusItem::Messages])),
            19 => self.add(engine, command::Compress),
            20 => self.add(engine, command::GetAcl::new(inbox())),
            21 => self.add(engine, command::GetQuotaRoot::new(inbox())),
            22 => self.add(engine, command::GetMetadata::new(inbox(), ["/shared/comment"])),
            23 => self.add(engine, command::Namespace::default()),
            24 => self.add(engine, command::Expunge::default()),
            25 => self.add(engine, command::Raw::new("XPING")),
            26 => {
                // Of which the rows are taken by the short way.
                if let Ok(ticket) = engine.start(command::Fetch::new(&uids, FetchItem::Flags)) {
                    self.count = ticket.id();
                    self.rows = Some(ticket);
                }
            }
            _ => self.add(engine, command::Logout),
        }
    }
}

fuzz_target!(|actions: Vec<Action>| {
    let mut limits = Limits::default();
    limits.response = 4096;
    limits.response_before_login = 1024;
    limits.stream_threshold = 64;
    limits.events = 8;
    limits.collected = 8192;
    limits.scram_iterations = 3_000;
    let mut engine = Engine::new(limits);
    let mut started = Started::default();
    for action in actions.into_iter().take(200) {
        match action {
            Action::Receive(bytes) => engine.push(&bytes),
            Action::Complete(kind) => {
                let word =
                    ["OK", "NO", "BAD", "BYE", "OK [CLOSED]", "OK [CAPABILITY IMAP4rev1]"][usize::from(kind % 6)];
                engine.push(format!("A{} {word} x\r\n", started.count).as_bytes());
            }
            Action::Start(kind) => started.start(&mut engine, kind),
            Action::Send(count) => match engine.transmit() {
                Transmit::Bytes(bytes) => {
                    let count = bytes.len().min(usize::from(count));
                    engine.sent(count);
                }
                Transmit::Stream { left, .. } => engine.streamed(left.min(u64::from(count))),
                Transmit::Nothing => {}
            },
            Action::Abandon(back) => {
                let id = started.count.saturating_sub(u64::from(back));
                started.takes.remove(&id);
                started.rows.take_if(|ticket| ticket.id() == id);
                engine.abandon(id);
            }
            Action::Done => engine.idle_done(),
            Action::Tls => drop(engine.tls_started()),
            Action::Compress => drop(engine.compression_started()),
        }
        for turn in 0.. {
            assert!(turn < 10_000, "it goes on for ever");
            if let Some(row) = started.rows.as_ref().and_then(|ticket| engine.try_next_row_fast(ticket)) {
                engine.reuse_row(row);
            }
            match engine.poll() {
                Ok(Step::Blocked) | Err(_) => break,
                Ok(Step::Row(row)) => engine.reuse_row(row.fetch),
                Ok(Step::Finished(id)) => {
                    if let Some(mut take) = started.takes.remove(&id) {
                        take(&mut engine);
                    }
                    if let Some(ticket) = started.rows.take_if(|ticket| ticket.id() == id) {
                        assert!(engine.take(&ticket).is_some(), "what has finished can be taken");
                    }
                }
                Ok(_) => {}
            }
        }
        while engine.next_event().is_some() {}
    }
    let _ = engine.end_of_input();
});
