//! Texts of messages, and TLS and DEFLATE on a stream, as streams of `futures-io`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::front::Body;
use super::{Timer, Transport};
use crate::layer::{Layer, Layered};

impl AsyncRead for Body<'_> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.get_mut().poll_bytes(cx, buffer.len()))?;
        match buffer.get_mut(..bytes.len()) {
            Some(room) => room.copy_from_slice(&bytes),
            None => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
        }
        Poll::Ready(Ok(bytes.len()))
    }
}

impl<L: Layer + Unpin> AsyncRead for Layered<Box<dyn Transport>, L> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_plain(cx, buffer)
    }
}

impl<L: Layer + Unpin> AsyncWrite for Layered<Box<dyn Transport>, L> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_accept(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush_all(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_end(cx))?;
        Pin::new(&mut self.get_mut().stream).poll_close(cx)
    }
}

impl<L: Layer + Unpin + 'static> Transport for Layered<Box<dyn Transport>, L> {
    fn timer(&self) -> &Arc<dyn Timer> {
        self.stream.timer()
    }
}
