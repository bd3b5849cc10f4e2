//! Reading and writing before a time that is set.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::super::{Alarm, Clock, Transport, poll_flush, poll_read, poll_write};

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
