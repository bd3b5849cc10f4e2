//! A value that is reached only by whoever owns it.

use std::sync::{Mutex, PoisonError};

/// A value that is reached only by `&mut`, so that what contains it can be shared between threads although the value cannot.
/// The lock is never taken: with `&mut` nobody else can have it.
pub(crate) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
