//! What is watched while the server is waited for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use imaplib_proto::client::{Wait, Watchdog};
use tokio::time::{Sleep, sleep_until};

use super::clock::now;
use crate::{ConnectOptions, Error, Result};

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    pub(super) watchdog: Watchdog,
    /// It is set again only when it rings.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether a wait has begun: between two of them the caller may take its time.
    pub(super) begun: bool,
    /// Whether bytes were written that the stream may still hold back.
    pub(super) unflushed: bool,
}

impl Waiting {
    pub(super) fn new(options: &ConnectOptions) -> Self {
        Self { watchdog: Watchdog::new(&options.timeouts, now()), timer: None, begun: false, unflushed: false }
    }

    /// The wait for an answer begins, unless it has.
    pub(super) fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.watchdog.start(Wait::Answer, now());
        }
    }

    /// Ready at the deadline: with an error if the server was expected to answer.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut end = self.watchdog.next_deadline().into();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        loop {
            if timer.as_mut().poll(cx).is_pending() && timer.deadline() <= end {
                return Poll::Pending;
            }
            end = self.watchdog.next_deadline().into();
            match self.watchdog.check(now()) {
                Ok(false) => timer.as_mut().reset(end),
                over => {
                    self.timer = None;
                    return Poll::Ready(over.map(drop).map_err(Error::timeout));
                }
            }
        }
    }
}
