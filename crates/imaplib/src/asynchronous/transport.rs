//! What a connection can run over: TCP, a child process, a Unix socket, any stream.

use std::any::Any;
use std::ffi::OsString;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "compress")]
use std::task::ready;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::{timeout, timeout_at};
use tokio_rustls::TlsConnector;

use imaplib_proto::client::BadArgument;

use super::now;
#[cfg(feature = "compress")]
use crate::deflate::{self, Deflated};
use crate::endpoint::Address;
use crate::racing::{Race, RaceStep};
use crate::{Error, Result, TimeoutPhase, TlsInfo, system};

/// A stream that a connection can run over. [`Any`] returns it as what it was from [`StreamParts`](super::StreamParts).
pub trait Transport: AsyncRead + AsyncWrite + Any + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Any + Unpin + Send> Transport for S {}

#[cfg(feature = "compress")]
impl Deflated<Box<dyn Transport>> {
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
impl AsyncRead for Deflated<Box<dyn Transport>> {
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
impl AsyncWrite for Deflated<Box<dyn Transport>> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.output.pending().len() >= deflate::BLOCK {
            ready!(this.poll_send(cx))?;
        }
        let bytes = bytes.get(..deflate::BLOCK).unwrap_or(bytes);
        this.output.write(bytes)?;
        Poll::Ready(Ok(bytes.len()))
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

/// The addresses of a host.
pub(super) async fn look_up(address: &Address, limit: Duration) -> Result<impl Iterator<Item = SocketAddr>> {
    let found = timeout(limit, lookup_host((address.host.as_str(), address.port))).await;
    found.map_err(|_| Error::timeout(TimeoutPhase::Lookup))?.map_err(|error| address.unreachable(error))
}

/// Reaches the address that answers first. Each attempt has this limit.
pub(super) async fn connect(mut race: Race, limit: Duration) -> io::Result<TcpStream> {
    let mut attempts = Vec::new();
    loop {
        let until = match race.next(now()) {
            RaceStep::Start(address) => {
                attempts.push(Box::pin(timeout(limit, TcpStream::connect(address))));
                continue;
            }
            RaceStep::Wait(until) => until,
            RaceStep::Failed(error) => return Err(error),
        };
        let finished = poll_fn(|cx| {
            let mut polled = attempts.iter_mut().map(|attempt| attempt.as_mut().poll(cx)).enumerate();
            let Some((at, Poll::Ready(result))) = polled.find(|(_, poll)| poll.is_ready()) else {
                return Poll::Pending;
            };
            drop(attempts.remove(at));
            Poll::Ready(result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())))
        });
        let result = match until {
            Some(until) => timeout_at(until.into(), finished).await.ok(),
            None => Some(finished.await),
        };
        match result {
            Some(Ok(socket)) => return Ok(socket),
            Some(Err(error)) => race.failed(error),
            // The next address begins beside those that are silent.
            None => {}
        }
    }
}

/// Reads some bytes before this time.
pub(super) async fn read_before(stream: &mut dyn Transport, buffer: &mut [u8], end: Instant) -> io::Result<usize> {
    timeout_at(end.into(), stream.read(buffer)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Writes all of the bytes before this time.
pub(super) async fn write_before(stream: &mut dyn Transport, bytes: &[u8], end: Instant) -> io::Result<()> {
    let written = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout_at(end.into(), written).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

pub(super) fn tcp(socket: TcpStream) -> Box<dyn Transport> {
    Box::new(socket)
}

/// Reaches a Unix socket.
#[cfg(unix)]
pub(super) async fn unix(path: &Path) -> io::Result<Box<dyn Transport>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

/// Performs the TLS handshake.
pub(super) async fn tls(
    stream: Box<dyn Transport>,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    limit: Duration,
) -> Result<(Box<dyn Transport>, TlsInfo)> {
    let phase = TimeoutPhase::TlsHandshake;
    let shaken = timeout(limit, TlsConnector::from(config).connect(name, stream)).await;
    let stream = shaken.map_err(|_| Error::timeout(phase))?.map_err(|error| Error::io(phase, error))?;
    let info = TlsInfo::of(stream.get_ref().1);
    Ok((Box::new(stream), info))
}

/// A child process whose standard input and output are the connection. It is killed when this is dropped.
pub(super) struct Child {
    _process: tokio::process::Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Child {
    pub(super) fn spawn(command: &[String], withheld: &[OsString]) -> Result<Self> {
        let (command, failed) = system::tunnel_command(command, withheld)?;
        let mut process = Command::from(command).kill_on_drop(true).spawn().map_err(failed)?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { _process: process, input, output }),
            _ => Err(BadArgument::Tunnel("the tunnel has no input or no output").into()),
        }
    }
}

impl AsyncRead for Child {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Child {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}
