//! Reaching a host at whichever of its addresses answers first.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use imaplib_proto::client::after;

use crate::racing::{Race, RaceStep};

/// Reaches the address that answers first. Each attempt has this limit.
#[cfg(unix)]
pub(super) fn connect(mut race: Race, limit: Duration) -> io::Result<TcpStream> {
    let mut attempts: Vec<Attempt> = Vec::new();
    loop {
        match race.next(Instant::now()) {
            RaceStep::Start(address) => match Attempt::begin(address, limit) {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => race.failed(error),
            },
            RaceStep::Wait(until) => {
                let until = attempts.iter().map(|attempt| attempt.end).chain(until).min();
                wait(&attempts, until)?;
                let finished = attempts.iter().enumerate().find_map(|(at, attempt)| Some((at, attempt.outcome()?)));
                let Some((at, outcome)) = finished else { continue };
                let Attempt { socket, .. } = attempts.remove(at);
                match outcome.and_then(|()| socket.set_nonblocking(false)) {
                    Ok(()) => return Ok(socket.into()),
                    Err(error) => race.failed(error),
                }
            }
            RaceStep::Failed(error) => return Err(error),
        }
    }
}

/// A socket that is being connected.
#[cfg(unix)]
struct Attempt {
    socket: socket2::Socket,
    end: Instant,
}

#[cfg(unix)]
impl Attempt {
    fn begin(address: std::net::SocketAddr, limit: Duration) -> io::Result<Self> {
        let end = after(Instant::now(), limit);
        let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => Err(error),
            _ => Ok(Self { socket, end }),
        }
    }

    /// Whether it is connected, if that is decided.
    fn outcome(&self) -> Option<io::Result<()>> {
        match self.socket.take_error() {
            Ok(Some(error)) | Err(error) => Some(Err(error)),
            Ok(None) if self.socket.peer_addr().is_ok() => Some(Ok(())),
            Ok(None) if self.end <= Instant::now() => Some(Err(io::ErrorKind::TimedOut.into())),
            Ok(None) => None,
        }
    }
}

/// Waits until an attempt is decided, or until this time.
#[cfg(unix)]
fn wait(attempts: &[Attempt], until: Option<Instant>) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut sockets: Vec<_> = attempts.iter().map(|attempt| PollFd::new(&attempt.socket, PollFlags::OUT)).collect();
    let left = until.map(|until| until.saturating_duration_since(Instant::now()).min(Duration::from_secs(1 << 30)));
    let left = left.map(Timespec::try_from).transpose().map_err(|_| io::ErrorKind::InvalidInput)?;
    match poll(&mut sockets, left.as_ref()) {
        Err(error) if error != rustix::io::Errno::INTR => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reaches the address that answers first. Each attempt has this limit, and a thread that ends with it.
#[cfg(not(unix))]
pub(super) fn connect(mut race: Race, limit: Duration) -> io::Result<TcpStream> {
    let (sender, receiver) = std::sync::mpsc::channel();
    loop {
        match race.next(Instant::now()) {
            RaceStep::Start(address) => {
                let sender = sender.clone();
                std::thread::spawn(move || sender.send(TcpStream::connect_timeout(&address, limit)));
            }
            RaceStep::Wait(until) => {
                // An attempt ends by itself: the limit is for what it cannot report.
                let until = until.unwrap_or_else(|| after(Instant::now(), limit));
                match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(Ok(socket)) => return Ok(socket),
                    Ok(Err(error)) => race.failed(error),
                    Err(_) => {}
                }
            }
            RaceStep::Failed(error) => return Err(error),
        }
    }
}
