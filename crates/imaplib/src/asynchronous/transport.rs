//! What a connection can run over: TCP, a child process, a Unix socket, any stream.

use std::any::Any;
use std::ffi::OsString;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::{timeout, timeout_at};

use imaplib_proto::client::BadArgument;

use super::now;
pub(super) use super::polled::{read_before, tls, write_before};
use crate::endpoint::Address;
use crate::racing::{Race, RaceStep};
use crate::{Error, Result, TimeoutPhase, system};

/// A stream that a connection can run over. [`Any`] returns it as what it was from [`StreamParts`](super::StreamParts).
pub trait Transport: AsyncRead + AsyncWrite + Any + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Any + Unpin + Send> Transport for S {}

/// Receives into the buffer, and returns how many bytes; 0 at the end.
pub(crate) fn poll_read<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut room = ReadBuf::new(buffer);
    Pin::new(stream).poll_read(cx, &mut room).map_ok(|()| room.filled().len())
}

pub(crate) fn poll_write<S: AsyncWrite + Unpin + ?Sized>(
    stream: &mut S,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    Pin::new(stream).poll_write(cx, bytes)
}

pub(crate) fn poll_flush<S: AsyncWrite + Unpin + ?Sized>(stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    Pin::new(stream).poll_flush(cx)
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

pub(super) fn tcp(socket: TcpStream) -> Box<dyn Transport> {
    Box::new(socket)
}

/// Reaches a Unix socket.
#[cfg(unix)]
pub(super) async fn unix(path: &Path) -> io::Result<Box<dyn Transport>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
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
