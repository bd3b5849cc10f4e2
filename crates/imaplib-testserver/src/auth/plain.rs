//! PLAIN (RFC 4616), LOGIN, EXTERNAL (RFC 4422), ANONYMOUS (RFC 4505).

use super::mechanism::{Lookup, Mechanism, Step};

pub(super) struct Plain;

impl Mechanism for Plain {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let mut pieces = response.splitn(3, |byte| *byte == 0);
        let (Some(authorization), Some(user), Some(password)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Step::malformed();
        };
        let user = String::from_utf8_lossy(user);
        if !authorization.is_empty() && authorization != user.as_bytes() {
            return Step::Failure("[AUTHORIZATIONFAILED] nobody may act for another user".to_owned());
        }
        lookup.check(&user, password)
    }
}

#[derive(Default)]
pub(super) struct Login {
    user: Option<String>,
}

impl Mechanism for Login {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        Some(b"Username:".to_vec())
    }

    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        match self.user.take() {
            None => {
                self.user = Some(String::from_utf8_lossy(response).into_owned());
                Step::Challenge(b"Password:".to_vec())
            }
            Some(user) => lookup.check(&user, response),
        }
    }
}

pub(super) struct External;

impl Mechanism for External {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        match &lookup.settings.external_user {
            Some(user) if response.is_empty() || response == user.as_bytes() => Step::Success(user.clone()),
            _ => Step::refused(),
        }
    }
}

pub(super) struct Anonymous;

impl Mechanism for Anonymous {
    fn step(&mut self, lookup: &Lookup<'_>, _trace: &[u8]) -> Step {
        const USER: &str = "anonymous";
        if lookup.store.password(USER).is_none() {
            lookup.store.add_user(USER, "");
        }
        Step::Success(USER.to_owned())
    }
}
