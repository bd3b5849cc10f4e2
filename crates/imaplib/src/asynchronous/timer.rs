//! The timer of tokio.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::Sleep;

/// The clock that this client waits by: that of the runtime.
#[derive(Clone)]
pub(crate) struct Clock;

impl Clock {
    pub(crate) fn of<S: ?Sized>(_stream: &S) -> Self {
        Self
    }

    pub(crate) async fn sleep_until(&self, time: Instant) {
        tokio::time::sleep_until(time.into()).await;
    }
}

pub(crate) fn clock_of<C>(_connect: &C) -> Clock {
    Clock
}

/// What rings at a time that can be set again.
pub(crate) struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    pub(crate) fn new(_clock: &Clock, time: Instant) -> Self {
        Self(Box::pin(tokio::time::sleep_until(time.into())))
    }

    pub(crate) fn time(&self) -> Instant {
        self.0.deadline().into_std()
    }

    pub(crate) fn reset(&mut self, _clock: &Clock, time: Instant) {
        self.0.as_mut().reset(time.into());
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

/// The present, by the clock of the runtime.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
