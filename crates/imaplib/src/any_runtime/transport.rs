//! What a connection can run over: any stream of `futures-io` with a timer.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

pub(super) use super::polled::{read_before, tls, write_before};
use super::{Timer, WithTimer};

/// A stream that a connection can run over: [`WithTimer`] makes one of any stream. [`Any`] returns it as what it was from
/// [`StreamParts`](super::StreamParts).
pub trait Transport: AsyncRead + AsyncWrite + Any + Unpin + Send {
    /// What is waited by.
    fn timer(&self) -> &Arc<dyn Timer>;
}

impl<S: AsyncRead + Unpin> AsyncRead for WithTimer<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.get_mut().get_mut()).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithTimer<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.get_mut().get_mut()).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().get_mut()).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().get_mut()).poll_close(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Any + Unpin + Send> Transport for WithTimer<S> {
    fn timer(&self) -> &Arc<dyn Timer> {
        self.timer()
    }
}

impl Transport for Box<dyn Transport> {
    fn timer(&self) -> &Arc<dyn Timer> {
        (**self).timer()
    }
}

/// Receives into the buffer, and returns how many bytes; 0 at the end.
pub(crate) fn poll_read<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    Pin::new(stream).poll_read(cx, buffer)
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
