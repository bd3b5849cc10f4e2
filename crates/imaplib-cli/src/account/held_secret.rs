//! A password or token that is asked for once, and again when it may be good no longer.

use std::sync::{Mutex, PoisonError};

use crate::account::secret::Secret;
use crate::error::Result;

/// A password or token, and how many were asked for up to it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) secret: Secret,
    pub(super) number: u64,
}

/// The password or token of an account: asked for once, however many connections there are, and again when the caller reports
/// that it may be good no longer.
#[derive(Default)]
pub(crate) struct Holder(Mutex<Option<Held>>);

impl Holder {
    /// The secret; `ask` is called if there is none that was asked for after number `expired`.
    pub(crate) fn get(&self, expired: Option<u64>, ask: impl FnOnce() -> Result<Secret>) -> Result<Held> {
        // Locked while it is asked: other connections of the account wait for the same answer.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref().filter(|held| expired.is_none_or(|expired| held.number > expired)) {
            return Ok(held.clone());
        }
        let number = held.as_ref().map_or(1, |held| held.number + 1);
        Ok(held.insert(Held { secret: ask()?, number }).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failure;

    #[test]
    fn a_secret_is_asked_for_once_and_again_when_it_has_expired() {
        let holder = Holder::default();
        let asked = std::cell::Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            Ok(Secret::new(format!("secret {}", asked.get())))
        };
        let first = holder.get(None, ask).unwrap();
        assert_eq!(holder.get(None, ask).unwrap().number, first.number);
        let second = holder.get(Some(first.number), ask).unwrap();
        assert_eq!(second.secret.reveal(), "secret 2");
        // Another connection that had the first one takes the one that is new already.
        assert_eq!(holder.get(Some(first.number), ask).unwrap().number, second.number);
        assert_eq!(asked.get(), 2);
        // What cannot be had now leaves what there was.
        assert!(holder.get(Some(second.number), || Err(Failure::config("no network"))).is_err());
        assert_eq!(holder.get(None, ask).unwrap().number, second.number);
    }
}
