//! A connection to the served archive inside this program: a pipe in memory each way.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use imaplib::blocking::Transport;
use imaplib_testserver::{Connection, serve};

/// So many bytes wait in a pipe; who writes more waits.
const ROOM: usize = 256 << 10;
/// How often a client that is silent learns of what has changed.
const PAUSE: Duration = Duration::from_millis(500);

/// One direction.
#[derive(Debug, Default)]
struct Pipe {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    is_closed: bool,
}

/// One end of a connection; the other one learns when it is dropped.
#[derive(Debug)]
pub(crate) struct Stream {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
    timeouts: (Duration, Duration),
}

/// Serves a connection in a thread of its own; returns the client's end.
pub(super) fn connect(connection: Connection) -> io::Result<Stream> {
    let (one, other) = (Arc::<Pipe>::default(), Arc::<Pipe>::default());
    let server = Stream { incoming: Arc::clone(&one), outgoing: Arc::clone(&other), timeouts: (PAUSE, Duration::MAX) };
    // Where the client goes, there is nobody to tell.
    let run = move || drop(serve(connection, server));
    thread::Builder::new().name("archive connection".to_owned()).spawn(run)?;
    Ok(Stream { incoming: other, outgoing: one, timeouts: (Duration::MAX, Duration::MAX) })
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this holds, or the pipe is closed.
    fn wait(&self, limit: Duration, is_ready: impl Fn(&State) -> bool) -> io::Result<MutexGuard<'_, State>> {
        let end = Instant::now().checked_add(limit);
        let mut state = self.lock();
        while !is_ready(&state) && !state.is_closed {
            state = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => self.moved.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Err(io::ErrorKind::TimedOut.into()),
                Some(left) => self.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        Ok(state)
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.moved.notify_all();
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.incoming.wait(self.timeouts.0, |state| !state.bytes.is_empty())?;
        let count = state.bytes.read(buffer)?;
        self.incoming.moved.notify_all();
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.outgoing.wait(self.timeouts.1, |state| state.bytes.len() < ROOM)?;
        if state.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(ROOM.saturating_sub(state.bytes.len()));
        state.bytes.extend(bytes.get(..count).unwrap_or_default());
        self.outgoing.moved.notify_all();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Stream {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.timeouts = (read, write);
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.incoming.close();
        self.outgoing.close();
    }
}
