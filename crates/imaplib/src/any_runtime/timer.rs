//! The caller's timer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

/// The timer of a runtime: a function from an [`Instant`] to a future that is ready then, such as `smol::Timer::at`, or
/// `|time| async_std::task::sleep(time - Instant::now())`.
pub trait Timer: Send + Sync {
    /// What is ready at this time. Times that have passed are ready at once.
    fn sleep_until(&self, time: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

impl<T: Fn(Instant) -> F + Send + Sync, F: Future + Send + 'static> Timer for T {
    fn sleep_until(&self, time: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let sleep = self(time);
        Box::pin(async {
            sleep.await;
        })
    }
}

/// A stream with the timer by which the client waits for it. Of a [`Watch`](super::Watch), it is an async closure that connects.
#[derive(Clone)]
pub struct WithTimer<S> {
    stream: S,
    timer: Arc<dyn Timer>,
}

impl<S> WithTimer<S> {
    /// The stream, with this timer.
    pub fn new(stream: S, timer: impl Timer + 'static) -> Self {
        Self { stream, timer: Arc::new(timer) }
    }

    /// The stream.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The timer.
    #[must_use]
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.timer
    }

    /// The stream without the timer.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: fmt::Debug> fmt::Debug for WithTimer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WithTimer").field(&self.stream).finish()
    }
}
