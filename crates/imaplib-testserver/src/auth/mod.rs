//! Authentication: the server's side of SASL mechanisms (RFC 4422).

mod mechanism;
mod scram;
mod simple;

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use mechanism::Mechanism;
pub(crate) use mechanism::{Lookup, Step};

/// A running AUTHENTICATE command.
pub(crate) struct Exchange {
    mechanism: Box<dyn Mechanism>,
    begun: bool,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl Exchange {
    /// Begins an exchange; `None` if the mechanism is not known.
    pub(crate) fn new(mechanism: &str) -> Option<Self> {
        let mechanism: Box<dyn Mechanism> = match mechanism {
            "PLAIN" => Box::new(simple::Plain),
            "LOGIN" => Box::new(simple::Login::default()),
            "EXTERNAL" => Box::new(simple::External),
            "ANONYMOUS" => Box::new(simple::Anonymous),
            "CRAM-MD5" => Box::new(simple::CramMd5::new(&nonce())),
            "SCRAM-SHA-1" => Box::new(scram::Scram::new(scram::Hash::Sha1, false, nonce())),
            "SCRAM-SHA-256" => Box::new(scram::Scram::new(scram::Hash::Sha256, false, nonce())),
            "SCRAM-SHA-512" => Box::new(scram::Scram::new(scram::Hash::Sha512, false, nonce())),
            "SCRAM-SHA-1-PLUS" => Box::new(scram::Scram::new(scram::Hash::Sha1, true, nonce())),
            "SCRAM-SHA-256-PLUS" => Box::new(scram::Scram::new(scram::Hash::Sha256, true, nonce())),
            "SCRAM-SHA-512-PLUS" => Box::new(scram::Scram::new(scram::Hash::Sha512, true, nonce())),
            "XOAUTH2" => Box::new(simple::OAuth::xoauth2()),
            "OAUTHBEARER" => Box::new(simple::OAuth::bearer()),
            _ => return None,
        };
        Some(Self { mechanism, begun: false })
    }

    /// The first challenge; empty where the client begins.
    pub(crate) fn first_challenge(&mut self) -> Vec<u8> {
        self.begun = true;
        self.mechanism.greeting().unwrap_or_default()
    }

    /// Handles the response that came with the command (RFC 4959).
    pub(crate) fn initial_response(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let _ = self.first_challenge();
        self.mechanism.step(lookup, response)
    }

    pub(crate) fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        self.mechanism.step(lookup, response)
    }
}

/// A text that does not repeat; the standard library's hasher keys are the entropy, which is enough for tests.
fn nonce() -> String {
    let random = || RandomState::new().hash_one("nonce");
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::store::Store;

    fn run(mechanism: &str, responses: &[&[u8]]) -> Step {
        let store = Store::new();
        store.add_user("ann", "secret");
        let settings = Settings::new().token("tok").external_user("ann");
        let lookup = Lookup { store: &store, settings: &settings, channel_binding: None };
        let mut exchange = Exchange::new(mechanism).unwrap();
        let _ = exchange.first_challenge();
        let mut last = Step::malformed();
        for response in responses {
            last = exchange.step(&lookup, response);
        }
        last
    }

    #[test]
    fn simple_mechanisms() {
        let ann = Step::Success("ann".to_owned());
        assert_eq!(run("PLAIN", &[b"\0ann\0secret"]), ann);
        assert_eq!(run("PLAIN", &[b"ann\0ann\0secret"]), ann);
        assert_eq!(run("PLAIN", &[b"\0ann\0wrong"]), Step::refused());
        assert_eq!(run("PLAIN", &[b"ann"]), Step::malformed());
        assert_eq!(run("LOGIN", &[b"ann", b"secret"]), ann);
        assert_eq!(run("EXTERNAL", &[b""]), ann);
        assert_eq!(run("EXTERNAL", &[b"bob"]), Step::refused());
        assert_eq!(run("ANONYMOUS", &[b"trace"]), Step::Success("anonymous".to_owned()));
        assert_eq!(run("XOAUTH2", &[b"user=ann\x01auth=Bearer tok\x01\x01"]), ann);
        assert_eq!(run("OAUTHBEARER", &[b"n,a=ann,\x01host=h\x01auth=Bearer tok\x01\x01"]), ann);
        assert!(matches!(run("XOAUTH2", &[b"user=ann\x01auth=Bearer bad\x01\x01"]), Step::Challenge(_)));
        assert_eq!(run("XOAUTH2", &[b"user=ann\x01auth=Bearer bad\x01\x01", b""]), Step::refused());
    }
}
