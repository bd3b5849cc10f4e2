//! Where connections to the account come from.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use imaplib::blocking::Session;

/// Makes connections to one account. A backup asks for one, and for another each time that it is lost.
///
/// A closure that returns a [`Session`] or an [`imaplib::Error`] is one.
pub trait Source {
    /// Connects and logs in.
    ///
    /// # Errors
    /// If that fails: see [`SourceError::may_pass`].
    fn connect(&mut self) -> Result<Session, SourceError>;
}

impl<F: FnMut() -> Result<Session, imaplib::Error>> Source for F {
    fn connect(&mut self) -> Result<Session, SourceError> {
        self().map_err(|error| {
            let may_pass = error.is_temporary() || error.is_connection_lost() || error.is_timeout();
            let wait = error.retry_after();
            SourceError::new(error).may_pass(may_pass).wait(wait)
        })
    }
}

/// Why no connection can be made.
#[derive(Debug)]
pub struct SourceError {
    error: Box<dyn Error + Send + Sync>,
    may_pass: bool,
    wait: Option<Duration>,
}

impl SourceError {
    /// An error that ends the run.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: error.into(), may_pass: false, wait: None }
    }

    /// Notes whether the next attempt may succeed: it is made after some seconds, three times at most.
    #[must_use]
    pub fn may_pass(mut self, may_pass: bool) -> Self {
        self.may_pass = may_pass;
        self
    }

    /// Notes how long the server asks to wait before the next attempt.
    #[must_use]
    pub fn wait(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }

    /// How long the server asks to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.wait
    }

    /// The error that [`Source::connect`] returned.
    #[must_use]
    pub fn inner(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    pub(crate) fn is_passing(&self) -> bool {
        self.may_pass
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}
