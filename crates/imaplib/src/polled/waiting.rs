//! How long a stream is waited for: until a time that is set, or as long as the watchdog permits.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use imaplib_proto::client::{Wait, Watchdog};

use super::super::{Alarm, Clock, Transport, now, poll_flush, poll_read, poll_write};
use crate::{ConnectOptions, Error, Result};

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    pub(super) watchdog: Watchdog,
    clock: Clock,
    /// It is set again only when it rings.
    alarm: Option<Alarm>,
    /// Whether a wait has begun: between two of them the caller may take its time.
    pub(super) begun: bool,
    /// Whether bytes were written that the stream may still hold back.
    pub(super) unflushed: bool,
}

impl Waiting {
    pub(crate) fn new(options: &ConnectOptions, clock: &Clock) -> Self {
        let watchdog = Watchdog::new(&options.timeouts, now());
        Self { watchdog, clock: clock.clone(), alarm: None, begun: false, unflushed: false }
    }

    /// The wait for an answer begins, unless it has.
    pub(super) fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.watchdog.start(Wait::Answer, now());
        }
    }

    /// Ready at the deadline: with an error if the server was expected to answer.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut end = self.watchdog.next_deadline();
        let alarm = self.alarm.get_or_insert_with(|| Alarm::new(&self.clock, end));
        loop {
            if alarm.poll(cx).is_pending() && alarm.time() <= end {
                return Poll::Pending;
            }
            end = self.watchdog.next_deadline();
            match self.watchdog.check(now()) {
                Ok(false) => alarm.reset(&self.clock, end),
                over => {
                    self.alarm = None;
                    return Poll::Ready(over.map(drop).map_err(Error::timeout));
                }
            }
        }
    }
}

/// What is polled for, if it comes before this time.
pub(crate) async fn limited<T>(
    clock: &Clock,
    end: Instant,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> io::Result<T> {
    let mut alarm = Alarm::new(clock, end);
    poll_fn(|cx| match poll(cx) {
        Poll::Pending => alarm.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
        ready => ready,
    })
    .await
}

/// Reads some bytes before this time.
pub(crate) async fn read_before(
    stream: &mut dyn Transport,
    buffer: &mut [u8],
    clock: &Clock,
    end: Instant,
) -> io::Result<usize> {
    limited(clock, end, |cx| poll_read(stream, cx, buffer)).await
}

/// Writes all of the bytes before this time.
pub(crate) async fn write_before(
    stream: &mut dyn Transport,
    mut bytes: &[u8],
    clock: &Clock,
    end: Instant,
) -> io::Result<()> {
    let write = |cx: &mut Context<'_>| {
        while !bytes.is_empty() {
            match ready!(poll_write(stream, cx, bytes))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => bytes = bytes.get(count..).unwrap_or_default(),
            }
        }
        poll_flush(stream, cx)
    };
    limited(clock, end, write).await
}
