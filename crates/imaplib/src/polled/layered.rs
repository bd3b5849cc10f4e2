//! TLS and DEFLATE on an async stream.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::super::{Clock, Transport, now, poll_flush, poll_read, poll_write};
use super::waiting::limited;
use crate::layer::{BLOCK, Layer, Layered};
use crate::tls::TlsLayer;
use crate::{Error, Result, TimeoutPhase, TlsInfo};

impl<L: Layer> Layered<Box<dyn Transport>, L> {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let pending = self.layer.pending();
            if pending.is_empty() {
                return Poll::Ready(Ok(()));
            }
            match ready!(poll_write(&mut *self.stream, cx, pending))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.layer.sent(count),
            }
        }
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let read = poll_read(&mut *self.stream, cx, self.layer.room());
        self.layer.filled(match &read {
            Poll::Ready(Ok(count)) => *count,
            _ => 0,
        });
        if ready!(read)? == 0 {
            self.layer.end();
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_plain(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let taken = self.layer.read(buffer);
            // What the layer itself has to say, such as why it failed. What does not go now goes with what is sent next.
            let sent = self.poll_send(cx);
            if let Some(count) = taken? {
                return Poll::Ready(Ok(count));
            }
            if let Poll::Ready(Err(error)) = sent {
                return Poll::Ready(Err(error));
            }
            ready!(self.poll_receive(cx))?;
        }
    }

    pub(crate) fn poll_accept(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.layer.pending().len() >= BLOCK {
            ready!(self.poll_send(cx))?;
        }
        Poll::Ready(self.layer.write(bytes))
    }

    pub(crate) fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.layer.flush()?;
        ready!(self.poll_send(cx))?;
        poll_flush(&mut *self.stream, cx)
    }

    /// Sends the last that the layer has to say.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.layer.close()?;
        ready!(self.poll_send(cx))?;
        poll_flush(&mut *self.stream, cx)
    }
}

impl Layered<Box<dyn Transport>, TlsLayer> {
    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let failed = |error| Error::io(TimeoutPhase::TlsHandshake, error);
        loop {
            let done = self.layer.handshake();
            // Also where it failed: the server should learn why, and whether it does makes no difference.
            let sent = self.poll_send(cx);
            let done = done.map_err(Error::handshake)?;
            ready!(sent).map_err(failed)?;
            if done {
                return poll_flush(&mut *self.stream, cx).map_err(failed);
            }
            // A stream that holds bytes back would wait with the server.
            if let Poll::Ready(Err(error)) = poll_flush(&mut *self.stream, cx) {
                return Poll::Ready(Err(failed(error)));
            }
            ready!(self.poll_receive(cx)).map_err(failed)?;
        }
    }
}

/// Performs the TLS handshake.
pub(crate) async fn tls(
    stream: Box<dyn Transport>,
    layer: TlsLayer,
    clock: &Clock,
    limit: Duration,
) -> Result<(Box<dyn Transport>, TlsInfo)> {
    let mut stream = Layered { stream, layer };
    let end = imaplib_proto::client::after(now(), limit);
    let shaken = limited(clock, end, |cx| stream.poll_handshake(cx).map(Ok)).await;
    shaken.map_err(|error| Error::io(TimeoutPhase::TlsHandshake, error))??;
    let info = stream.layer.info();
    Ok((Box::new(stream), info))
}
