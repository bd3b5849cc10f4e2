//! CRAM-MD5 (RFC 2195).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use super::mechanism::{Lookup, Mechanism, Step};

pub(super) struct CramMd5 {
    challenge: String,
}

impl CramMd5 {
    pub(super) fn new(nonce: &str) -> Self {
        Self { challenge: format!("<{nonce}@localhost>") }
    }
}

impl Mechanism for CramMd5 {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        Some(self.challenge.clone().into_bytes())
    }

    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let text = String::from_utf8_lossy(response);
        let Some((user, digest)) = text.rsplit_once(' ') else { return Step::malformed() };
        let Some(password) = lookup.store.password(user) else { return Step::refused() };
        if digest.eq_ignore_ascii_case(&keyed_digest(password.as_bytes(), self.challenge.as_bytes())) {
            Step::Success(user.to_owned())
        } else {
            Step::refused()
        }
    }
}

fn keyed_digest(key: &[u8], text: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else { return String::new() };
    mac.update(text);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_the_standard() {
        let digest = keyed_digest(b"tanstaaftanstaaf", b"<1896.697170952@postoffice.reston.mci.net>");
        assert_eq!(digest, "b913a602c7eda7a495b4e6e7334d3890");
    }
}
