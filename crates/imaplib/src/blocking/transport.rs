//! What a connection can run over: TCP, TLS, a child process, a Unix socket, any stream.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

#[cfg(feature = "compress")]
use crate::Limits;
#[cfg(feature = "compress")]
use crate::deflate::{self, Deflater, Inflater};
use crate::endpoint::Address;
use crate::{Error, Result, TimeoutPhase, Timeouts, TlsInfo, front, tcp};

/// A stream that a connection can run over.
pub trait Transport: Read + Write + Send + Sync {
    /// Makes reading and writing fail with [`WouldBlock`](io::ErrorKind::WouldBlock) or
    /// [`TimedOut`](io::ErrorKind::TimedOut) when nothing moves for so long. Neither is zero.
    ///
    /// # Errors
    /// If the stream cannot do that. One that never can may do nothing and say `Ok`: then it has no time-outs.
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()>;
}

impl Transport for Box<dyn Transport> {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        (**self).set_timeouts(read, write)
    }
}

/// Any stream, without time-outs: a server that stops to answer stops the caller too.
#[derive(Debug)]
pub struct NoTimeouts<S>(pub S);

impl<S: Read> Read for NoTimeouts<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<S: Write> Write for NoTimeouts<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write + Send + Sync> Transport for NoTimeouts<S> {
    fn set_timeouts(&mut self, _read: Duration, _write: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// Changes of a read time-out smaller than a hundredth are not worth a system call.
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
                fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
                    self.socket.write(octets)
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
    Unix of std::os::unix::net::UnixStream;
}

/// A stream whose both directions are compressed.
#[cfg(feature = "compress")]
pub(super) struct Deflated {
    stream: Box<dyn Transport>,
    input: Inflater,
    output: Deflater,
}

#[cfg(feature = "compress")]
impl Deflated {
    /// Begins with compressed octets that were received already.
    pub(super) fn new(stream: Box<dyn Transport>, received: &[u8], limits: &Limits) -> Self {
        Self { stream, input: Inflater::new(received, limits), output: Deflater::new() }
    }

    fn send(&mut self) -> io::Result<()> {
        while !self.output.pending().is_empty() {
            match self.stream.write(self.output.pending()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.output.sent(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(feature = "compress")]
impl Read for Deflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(count) = self.input.read(buffer)? {
                return Ok(count);
            }
            let read = self.stream.read(self.input.room());
            self.input.filled(*read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(0);
            }
        }
    }
}

#[cfg(feature = "compress")]
impl Write for Deflated {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.output.pending().len() >= deflate::BLOCK {
            self.send()?;
        }
        let octets = octets.get(..deflate::BLOCK).unwrap_or(octets);
        self.output.write(octets)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()?;
        self.send()?;
        self.stream.flush()
    }
}

#[cfg(feature = "compress")]
impl Transport for Deflated {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.stream.set_timeouts(read, write)
    }
}

/// Reaches a host over TCP, at each of its addresses in turn.
pub(super) fn connect(address: &Address, timeouts: &Timeouts) -> Result<Tcp> {
    let place = (address.host.as_str(), address.port);
    let found = place.to_socket_addrs().map_err(|error| Error::unreachable(address, error))?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket_address in found {
        match TcpStream::connect_timeout(&socket_address, timeouts.connect) {
            Ok(socket) => {
                tcp::set_up(&socket, timeouts)?;
                return Ok(Tcp { socket, timeouts: None });
            }
            Err(error) => last = error,
        }
    }
    Err(Error::unreachable(address, last))
}

/// Reaches a Unix socket.
#[cfg(unix)]
pub(super) fn unix(path: &std::path::Path) -> Result<Box<dyn Transport>> {
    let socket = std::os::unix::net::UnixStream::connect(path).map_err(|error| Error::no_socket(path, error))?;
    Ok(Box::new(Unix { socket, timeouts: None }))
}

/// Reaches a Unix socket.
#[cfg(not(unix))]
pub(super) fn unix(_path: &std::path::Path) -> Result<Box<dyn Transport>> {
    Err(Error::argument("this system has no Unix sockets"))
}

/// A child process whose standard input and output are the connection.
pub(super) struct Child {
    process: std::process::Child,
    input: Option<std::process::ChildStdin>,
    output: std::process::ChildStdout,
    timeouts: (Duration, Duration),
}

impl Child {
    pub(super) fn spawn(command: &[String]) -> Result<Self> {
        let (program, arguments) = command.split_first().ok_or_else(|| Error::argument("the tunnel has no command"))?;
        // Pipes and not a socket pair: some servers refuse sockets as super-user.
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error::no_tunnel(program, error))?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => {
                let forever = (Duration::MAX, Duration::MAX);
                Ok(Self { process, input: Some(input), output, timeouts: forever })
            }
            _ => Err(Error::argument("the tunnel has no input or no output")),
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
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        #[cfg(unix)]
        ready(&*input, rustix::event::PollFlags::OUT, self.timeouts.1)?;
        // A pipe that can be written to takes this much without waiting.
        input.write(octets.get(..octets.len().min(4096)).unwrap_or_default())
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
    /// Closes the child's input, which ends it; one that goes on regardless is killed.
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

/// TLS over another transport.
pub(super) struct Tls {
    session: ClientConnection,
    stream: Box<dyn Transport>,
}

impl Tls {
    /// Shakes hands.
    pub(super) fn begin(
        mut stream: Box<dyn Transport>,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        limit: Duration,
    ) -> Result<Self> {
        let deadline = Instant::now() + limit.min(front::FOREVER);
        let mut session = ClientConnection::new(config, name).map_err(Error::tls)?;
        let phase = TimeoutPhase::TlsHandshake;
        while session.is_handshaking() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::timeout(TimeoutPhase::TlsHandshake));
            }
            stream.set_timeouts(left, left).map_err(|error| Error::io(phase, error))?;
            while session.wants_write() {
                uninterrupted(|| session.write_tls(&mut stream)).map_err(|error| Error::io(phase, error))?;
            }
            if session.is_handshaking() && session.wants_read() {
                match session.read_tls(&mut stream) {
                    Ok(0) => return Err(Error::io(phase, io::ErrorKind::UnexpectedEof.into())),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Error::io(phase, error)),
                }
                if let Err(error) = session.process_new_packets() {
                    // The server should learn why; whether it does makes no difference.
                    let _ = session.write_tls(&mut stream);
                    return Err(Error::tls(error));
                }
            }
        }
        let mut tls = Self { session, stream };
        // The client's last message of the hand-shake.
        tls.send_records().map_err(|error| Error::io(phase, error))?;
        Ok(tls)
    }

    pub(super) fn info(&self) -> TlsInfo {
        TlsInfo::of(&self.session)
    }

    fn send_records(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            uninterrupted(|| self.session.write_tls(&mut self.stream))?;
        }
        Ok(())
    }
}

/// Does it again when a signal came in between: with a time-out, sockets tell of it whatever the handler says.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Read for Tls {
    /// Reads at most once from the stream, so that whoever waits can look at the clock between octets of a record.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.session.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        self.session.read_tls(&mut self.stream)?;
        if let Err(error) = self.session.process_new_packets() {
            // The server should learn why; whether it does makes no difference.
            let _ = self.send_records();
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        self.send_records()?;
        match self.session.reader().read(buffer) {
            // Only a part of a record has come.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::Interrupted.into()),
            result => result,
        }
    }
}

impl Write for Tls {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        // What was taken before goes first; what is taken now is never asked for again, so it must not end in an error.
        self.send_records()?;
        let count = self.session.writer().write(octets)?;
        match self.send_records() {
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_records()?;
        self.stream.flush()
    }
}

impl Transport for Tls {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.stream.set_timeouts(read, write)
    }
}
