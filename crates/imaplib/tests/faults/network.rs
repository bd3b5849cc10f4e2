//! A network in memory, with the server at its other end: no sockets, no threads, and faults at an exact byte.
//!
//! The server is run by the stream itself: what the client writes is in its hands at once, and what it says is there to be
//! read. So a session is the same each time, and costs less than a millisecond.

use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use imaplib_testserver::{AccountHandle, Connection, Settings, Store};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Which way the bytes go that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the server to the client.
    Down,
    /// From the client to the server.
    Up,
}

/// What happens when so many bytes have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The connection is closed; what was on its way arrives.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing arrives any more, and nobody says so.
    Silence,
    /// As `Silence`, and after a while the network takes no more bytes.
    Stall,
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub way: Way,
    /// So many bytes still go that way.
    pub after: usize,
    pub end: End,
}

/// How the network is.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    pub cut: Option<Cut>,
    /// How many bytes one read or write carries at most.
    pub most: Option<usize>,
    /// How long each of the bytes from the server takes, where the clock is the runtime's.
    pub pace: Option<Duration>,
    /// Whether every other call waits a moment, so that a future has pauses to be dropped at.
    pub pauses: bool,
}

pub struct Inner {
    server: Connection,
    conditions: Conditions,
    /// What the server has said and the client has not read.
    ahead: Vec<u8>,
    /// All bytes that went down and up.
    pub down: Vec<u8>,
    pub up: usize,
    happened: bool,
    /// Whether the last read and the last write waited a moment.
    paused: [bool; 2],
    reader: Option<Waker>,
}

/// One connection.
#[derive(Clone)]
pub struct Network(Arc<Mutex<Inner>>);

/// What the stream does with a call.
enum Turn {
    Done(usize),
    Fails(ErrorKind),
    Waits,
}

pub const USER: &str = "alice";
pub const PASSWORD: &str = "secret";

/// A server's account, filled.
pub fn store(messages: &[String]) -> (Store, AccountHandle) {
    let store = Store::new();
    store.add_user(USER, PASSWORD);
    let account = store.account(USER);
    account.create("Target").unwrap();
    for message in messages {
        account.append("INBOX", message.clone()).unwrap();
    }
    (store, account)
}

impl Network {
    pub fn new(store: &Store, settings: &Arc<Settings>, conditions: Conditions) -> Self {
        let server = Connection::new(store.clone(), Arc::clone(settings));
        let (ahead, down) = (Vec::new(), Vec::new());
        Self(Arc::new(Mutex::new(Inner {
            server,
            conditions,
            ahead,
            down,
            up: 0,
            happened: false,
            paused: [false; 2],
            reader: None,
        })))
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// All that the server said, and how many bytes the client said.
    pub fn traffic(&self) -> (Vec<u8>, usize) {
        let inner = self.inner();
        (inner.down.clone(), inner.up)
    }

    /// Makes every other call wait a moment, or none any more.
    pub fn pauses(&self, pauses: bool) {
        self.inner().conditions.pauses = pauses;
    }

    /// The client's end.
    pub fn line(&self) -> Line {
        Line { network: self.clone(), wait: Duration::ZERO, pause: None }
    }
}

impl Inner {
    /// How many bytes may still go that way, and how it then ends.
    fn left(&self, way: Way, gone: usize) -> (usize, Option<End>) {
        match self.conditions.cut {
            Some(cut) if self.happened => (0, Some(cut.end)),
            Some(cut) if cut.way == way => (cut.after.saturating_sub(gone), Some(cut.end)),
            _ => (usize::MAX, None),
        }
    }

    pub fn cut_happened(&self) -> bool {
        self.happened
    }

    /// Whether bytes may have been swallowed.
    pub fn swallows(&self) -> bool {
        self.happened && self.conditions.cut.is_some_and(|cut| matches!(cut.end, End::Silence | End::Stall))
    }

    /// Whether this call is one that waits a moment.
    fn pauses(&mut self, way: Way, cx: &mut Context<'_>) -> bool {
        let paused = &mut self.paused[usize::from(way == Way::Up)];
        *paused = self.conditions.pauses && !*paused;
        if *paused {
            cx.waker().wake_by_ref();
        }
        *paused
    }

    fn read(&mut self, buffer: &mut [u8]) -> Turn {
        let (left, end) = self.left(Way::Down, self.down.len());
        if self.ahead.is_empty() && !self.happened {
            self.server.store_changed();
            while let Some(block) = self.server.next_output(64 << 10) {
                self.ahead.extend_from_slice(&block);
            }
        }
        if left == 0 {
            self.happened = true;
            // What was on its way before the client's direction was cut still arrives, but for a reset.
            let up = self.conditions.cut.is_some_and(|cut| cut.way == Way::Up);
            match end {
                Some(End::Close) if !up || self.ahead.is_empty() => return Turn::Done(0),
                Some(End::Close) => {}
                Some(End::Reset) => return Turn::Fails(ErrorKind::ConnectionReset),
                _ => return Turn::Waits,
            }
        }
        let left = if left == 0 { usize::MAX } else { left };
        let most = self.conditions.most.unwrap_or(usize::MAX);
        let count = self.ahead.len().min(buffer.len()).min(left).min(most);
        if count == 0 {
            return if self.server.is_closed() { Turn::Done(0) } else { Turn::Waits };
        }
        buffer[..count].copy_from_slice(&self.ahead[..count]);
        self.down.extend(self.ahead.drain(..count));
        Turn::Done(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Turn {
        let (left, end) = self.left(Way::Up, self.up);
        if left == 0 {
            // The answers to what arrived are on their way.
            if !self.happened {
                while let Some(block) = self.server.next_output(64 << 10) {
                    self.ahead.extend_from_slice(&block);
                }
            }
            self.happened = true;
            return match end {
                Some(End::Close) => Turn::Fails(ErrorKind::BrokenPipe),
                Some(End::Reset) => Turn::Fails(ErrorKind::ConnectionReset),
                Some(End::Silence) => Turn::Done(bytes.len()),
                _ => Turn::Waits,
            };
        }
        if self.server.is_closed() {
            return Turn::Fails(ErrorKind::BrokenPipe);
        }
        let count = bytes.len().min(left).min(self.conditions.most.unwrap_or(usize::MAX));
        self.server.receive(&bytes[..count]);
        self.up += count;
        if let Some(waker) = self.reader.take() {
            waker.wake();
        }
        Turn::Done(count)
    }
}

/// The client's end of a connection, for both fronts.
pub struct Line {
    network: Network,
    /// The time-out of the blocking front.
    wait: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Line {
    fn blocking(&self, turn: Turn) -> io::Result<usize> {
        match turn {
            Turn::Done(count) => Ok(count),
            Turn::Fails(kind) => Err(kind.into()),
            Turn::Waits => {
                std::thread::sleep(self.wait);
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let turn = self.network.inner().read(buffer);
        self.blocking(turn)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let turn = self.network.inner().write(bytes);
        self.blocking(turn)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl imaplib::blocking::Transport for Line {
    fn set_timeouts(&mut self, read: Duration, _write: Duration) -> io::Result<()> {
        self.wait = read;
        Ok(())
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let network = self.network.clone();
        let mut inner = network.inner();
        if inner.pauses(Way::Down, cx) {
            return Poll::Pending;
        }
        match inner.read(room.initialize_unfilled()) {
            Turn::Done(count) => {
                room.advance(count);
                let pace = inner.conditions.pace.filter(|_| count > 0);
                self.pause = pace.map(|pace| Box::pin(tokio::time::sleep(pace)));
                Poll::Ready(Ok(()))
            }
            Turn::Fails(kind) => Poll::Ready(Err(kind.into())),
            Turn::Waits => {
                inner.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = self.network.inner();
        if inner.pauses(Way::Up, cx) {
            return Poll::Pending;
        }
        match inner.write(bytes) {
            Turn::Done(count) => Poll::Ready(Ok(count)),
            Turn::Fails(kind) => Poll::Ready(Err(kind.into())),
            // Nobody ever wakes it: only a clock can.
            Turn::Waits => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
