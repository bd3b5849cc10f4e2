//! TLS and DEFLATE on a blocking stream.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use super::{Clock, Transport};
use crate::layer::{BLOCK, Layer, Layered};
use crate::tls::TlsLayer;
use crate::{Error, Result, TimeoutPhase, TlsInfo};

impl<L: Layer> Layered<Box<dyn Transport>, L> {
    fn send(&mut self) -> io::Result<()> {
        loop {
            let pending = self.layer.pending();
            if pending.is_empty() {
                return Ok(());
            }
            match self.stream.write(pending) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.layer.sent(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads once from the stream.
    fn receive(&mut self) -> io::Result<()> {
        let read = self.stream.read(self.layer.room());
        self.layer.filled(*read.as_ref().unwrap_or(&0));
        if read? == 0 {
            self.layer.end();
        }
        Ok(())
    }

    /// Plain bytes that are there; `None` if more must be received first.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let taken = self.layer.read(buffer);
        // What the layer itself has to say, such as why it failed. What was taken is never lost by it: it is sent later.
        let sent = self.send();
        match taken {
            Ok(None) => sent.map(|()| None),
            taken => taken,
        }
    }
}

impl<L: Layer> Read for Layered<Box<dyn Transport>, L> {
    /// Reads at most once from the stream, so that whoever waits can look at the clock between the bytes of a record.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(count) = self.take(buffer)? {
            return Ok(count);
        }
        self.receive()?;
        self.take(buffer)?.ok_or_else(|| ErrorKind::Interrupted.into())
    }
}

impl<L: Layer> Write for Layered<Box<dyn Transport>, L> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What was accepted before goes first: what is accepted now is never offered again, so it must not end in an error.
        if self.layer.pending().len() >= BLOCK {
            self.send()?;
        }
        self.layer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.layer.flush()?;
        self.send()?;
        self.stream.flush()
    }
}

impl<L: Layer + 'static> Transport for Layered<Box<dyn Transport>, L> {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.stream.set_timeouts(read, write)
    }
}

/// Performs the TLS handshake.
pub(super) fn tls(
    stream: Box<dyn Transport>,
    layer: TlsLayer,
    _clock: &Clock,
    limit: Duration,
) -> Result<(Box<dyn Transport>, TlsInfo)> {
    let deadline = imaplib_proto::client::after(Instant::now(), limit);
    let failed = |error| Error::io(TimeoutPhase::TlsHandshake, error);
    let mut stream = Layered { stream, layer };
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::timeout(TimeoutPhase::TlsHandshake));
        }
        stream.stream.set_timeouts(left, left).map_err(failed)?;
        let done = stream.layer.handshake();
        // Also where it failed: the server should learn why, and whether it does makes no difference.
        let sent = stream.send();
        let done = done.map_err(Error::handshake)?;
        sent.map_err(failed)?;
        if done {
            stream.stream.flush().map_err(failed)?;
            let info = stream.layer.info();
            return Ok((Box::new(stream), info));
        }
        match stream.receive() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => result.map_err(failed)?,
        }
    }
}
