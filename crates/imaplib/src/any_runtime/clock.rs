//! How this client waits: by the timer that came with the stream.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::{Connect, Timer, Transport};
use crate::exclusive::Exclusive;

/// The clock that this client waits by.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Timer>);

impl Clock {
    pub(crate) fn of(stream: &dyn Transport) -> Self {
        Self(Arc::clone(stream.timer()))
    }

    pub(crate) async fn sleep_until(&self, time: Instant) {
        self.0.sleep_until(time).await;
    }
}

pub(crate) fn clock_of(connect: &impl Connect) -> Clock {
    Clock(Arc::clone(connect.timer()))
}

/// What rings at a time that can be set again.
pub(crate) struct Alarm {
    time: Instant,
    sleep: Exclusive<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Alarm {
    pub(crate) fn new(clock: &Clock, time: Instant) -> Self {
        Self { time, sleep: Exclusive::new(clock.0.sleep_until(time)) }
    }

    pub(crate) fn time(&self) -> Instant {
        self.time
    }

    pub(crate) fn reset(&mut self, clock: &Clock, time: Instant) {
        *self = Self::new(clock, time);
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.get_mut().as_mut().poll(cx)
    }
}

/// The present, by the clock of the system.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets other tasks run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
