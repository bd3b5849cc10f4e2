//! What is watched while the server is waited for.

use std::task::{Context, Poll};

use imaplib_proto::client::{Wait, Watchdog};

use super::super::{Alarm, Clock, now};
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
