//! What a connection can run over: TCP, TLS, a child process, a Unix socket, any stream.

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::path::Path;
use std::time::{Duration, Instant};

use imaplib_proto::client::BadArgument;

use super::Clock;
pub(super) use super::connect::connect;
pub(super) use super::layered::tls;
use crate::endpoint::Address;
use crate::{Result, system};

/// A stream that a connection can run over. [`Any`] returns it as what it was from [`StreamParts`](super::StreamParts).
pub trait Transport: Read + Write + Any + Send {
    /// Makes reading and writing fail with [`WouldBlock`](io::ErrorKind::WouldBlock) or
    /// [`TimedOut`](io::ErrorKind::TimedOut) when nothing moves for so long. Neither is zero.
    ///
    /// # Errors
    /// If the stream cannot do that. One that never can may do nothing and say `Ok`: then it has no timeouts.
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()>;
}

impl Transport for Box<dyn Transport> {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        (**self).set_timeouts(read, write)
    }
}

/// Any stream, without timeouts: a server that stops answering stops the caller too.
#[derive(Debug)]
pub struct NoTimeouts<S>(pub S);

impl<S: Read> Read for NoTimeouts<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<S: Write> Write for NoTimeouts<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write + Any + Send> Transport for NoTimeouts<S> {
    fn set_timeouts(&mut self, _read: Duration, _write: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// Changes of a read timeout smaller than a hundredth are not worth a system call.
fn differs(before: Option<(Duration, Duration)>, read: Duration, write: Duration) -> bool {
    before.is_none_or(|(old_read, old_write)| old_write != write || old_read.abs_diff(read) > read / 100)
}

macro_rules! socket_transport {
    ($($(#[$attribute:meta])* $name:ident of $socket:ty;)*) => {
        $(
            $(#[$attribute])*
            pub(super) struct $name {
                socket: $socket,
                timeouts: Option<(Duration, Duration)>,
            }

            $(#[$attribute])*
            impl Read for $name {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    self.socket.read(buffer)
                }
            }

            $(#[$attribute])*
            impl Write for $name {
                fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                    self.socket.write(bytes)
                }

                fn flush(&mut self) -> io::Result<()> {
                    Ok(())
                }
            }

            $(#[$attribute])*
            impl Transport for $name {
                fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
                    if differs(self.timeouts, read, write) {
                        self.socket.set_read_timeout(Some(read))?;
                        self.socket.set_write_timeout(Some(write))?;
                        self.timeouts = Some((read, write));
                    }
                    Ok(())
                }
            }
        )*
    };
}

socket_transport! {
    Tcp of TcpStream;
    #[cfg(unix)]
    Unix of UnixStream;
}

/// The addresses of a host. The system's own limit counts.
pub(super) fn look_up(address: &Address, _limit: Duration) -> Result<impl Iterator<Item = SocketAddr>> {
    (address.host.as_str(), address.port).to_socket_addrs().map_err(|error| address.unreachable(error))
}

/// Reads some bytes before this time.
pub(super) fn read_before(
    stream: &mut dyn Transport,
    buffer: &mut [u8],
    _clock: &Clock,
    end: Instant,
) -> io::Result<usize> {
    loop {
        wait_until(stream, end)?;
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes all of the bytes before this time.
pub(super) fn write_before(
    stream: &mut dyn Transport,
    mut bytes: &[u8],
    _clock: &Clock,
    end: Instant,
) -> io::Result<()> {
    while !bytes.is_empty() {
        wait_until(stream, end)?;
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

/// Lets the stream wait until this time, which must not have passed.
fn wait_until(stream: &mut dyn Transport, end: Instant) -> io::Result<()> {
    match end.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => stream.set_timeouts(left, left),
    }
}

pub(super) fn tcp(socket: TcpStream) -> Box<dyn Transport> {
    Box::new(Tcp { socket, timeouts: None })
}

/// Reaches a Unix socket.
#[cfg(unix)]
pub(super) fn unix(path: &Path) -> io::Result<Box<dyn Transport>> {
    Ok(Box::new(Unix { socket: UnixStream::connect(path)?, timeouts: None }))
}

/// A child process whose standard input and output are the connection.
pub(super) struct Child {
    process: std::process::Child,
    input: Option<std::process::ChildStdin>,
    output: std::process::ChildStdout,
    timeouts: (Duration, Duration),
}

impl Child {
    pub(super) fn spawn(command: &[String], withheld: &[OsString]) -> Result<Self> {
        let (mut command, failed) = system::tunnel_command(command, withheld)?;
        let mut process = command.spawn().map_err(failed)?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => {
                let forever = (Duration::MAX, Duration::MAX);
                Ok(Self { process, input: Some(input), output, timeouts: forever })
            }
            _ => Err(BadArgument::Tunnel("the tunnel has no input or no output").into()),
        }
    }
}

impl Read for Child {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        ready(&self.output, rustix::event::PollFlags::IN, self.timeouts.0)?;
        self.output.read(buffer)
    }
}

impl Write for Child {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        #[cfg(unix)]
        ready(&*input, rustix::event::PollFlags::OUT, self.timeouts.1)?;
        // A pipe that can be written to takes this much without waiting.
        input.write(bytes.get(..bytes.len().min(4096)).unwrap_or_default())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Child {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.timeouts = (read, write);
        Ok(())
    }
}

impl Drop for Child {
    /// Closes the child's input, which ends it; one that continues regardless is killed.
    fn drop(&mut self) {
        self.input = None;
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end {
            match self.process.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until a pipe can be read from or written to.
#[cfg(unix)]
fn ready(pipe: &impl std::os::fd::AsFd, flags: rustix::event::PollFlags, limit: Duration) -> io::Result<()> {
    let limit = rustix::event::Timespec::try_from(limit.min(Duration::from_secs(1 << 30)))
        .map_err(|_| io::ErrorKind::InvalidInput)?;
    match rustix::event::poll(&mut [rustix::event::PollFd::new(pipe, flags)], Some(&limit))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
