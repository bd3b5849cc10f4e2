//! What a connection can run over: TCP, a child process, a Unix socket, any stream.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
#[cfg(feature = "compress")]
use std::task::ready;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::net::{TcpStream, lookup_host};
use ::tokio::process::{ChildStdin, ChildStdout, Command};
use ::tokio::time::timeout;

#[cfg(feature = "compress")]
use crate::Limits;
#[cfg(feature = "compress")]
use crate::deflate::{self, Deflater, Inflater};
use crate::endpoint::Address;
use crate::{Error, Result, TimeoutPhase, Timeouts, tcp};

/// A stream that a connection can run over.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Transport for S {}

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

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.pending().is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, self.output.pending()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.output.sent(count),
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(feature = "compress")]
impl AsyncRead for Deflated {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if let Some(count) = this.input.read(buffer.initialize_unfilled())? {
                buffer.advance(count);
                return Poll::Ready(Ok(()));
            }
            let mut room = ReadBuf::new(this.input.room());
            let read = Pin::new(&mut this.stream).poll_read(cx, &mut room);
            let count = room.filled().len();
            this.input.filled(count);
            ready!(read)?;
            if count == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

#[cfg(feature = "compress")]
impl AsyncWrite for Deflated {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.output.pending().len() >= deflate::BLOCK {
            ready!(this.poll_send(cx))?;
        }
        let octets = octets.get(..deflate::BLOCK).unwrap_or(octets);
        this.output.write(octets)?;
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.output.flush()?;
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Reaches a host over TCP, at each of its addresses in turn.
pub(super) async fn connect(address: &Address, timeouts: &Timeouts) -> Result<TcpStream> {
    let (place, limit) = ((address.host.as_str(), address.port), timeouts.connect);
    let found = timeout(limit, lookup_host(place)).await.map_err(|_| Error::timeout(TimeoutPhase::Lookup))?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket_address in found.map_err(|error| Error::unreachable(address, error))? {
        match timeout(limit, TcpStream::connect(socket_address)).await {
            Ok(Ok(socket)) => {
                tcp::set_up(&socket, timeouts)?;
                return Ok(socket);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(Error::unreachable(address, last))
}

/// Reaches a Unix socket.
#[cfg(unix)]
pub(super) async fn unix(path: &std::path::Path) -> Result<Box<dyn Transport>> {
    let socket = ::tokio::net::UnixStream::connect(path).await.map_err(|error| Error::no_socket(path, error))?;
    Ok(Box::new(socket))
}

/// Reaches a Unix socket.
#[cfg(not(unix))]
pub(super) async fn unix(_path: &std::path::Path) -> Result<Box<dyn Transport>> {
    Err(Error::argument("this system has no Unix sockets"))
}

/// A child process whose standard input and output are the connection. It is killed when this is dropped.
pub(super) struct Child {
    _process: ::tokio::process::Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Child {
    pub(super) fn spawn(command: &[String]) -> Result<Self> {
        let (program, arguments) = command.split_first().ok_or_else(|| Error::argument("the tunnel has no command"))?;
        // Pipes and not a socket pair: some servers refuse sockets as super-user.
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::no_tunnel(program, error))?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { _process: process, input, output }),
            _ => Err(Error::argument("the tunnel has no input or no output")),
        }
    }
}

impl AsyncRead for Child {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Child {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}
