//! PBKDF2 (RFC 8018, section 5.2), in slices, so that others have a turn while a password is hashed.

use hmac::{KeyInit, Mac};
use zeroize::Zeroizing;

/// How often is hashed in one slice, which needs about a millisecond.
const SLICE: u32 = 1_000;

/// A password on its way to a key.
pub(super) struct Stretch<P> {
    keyed: P,
    last: Zeroizing<Vec<u8>>,
    sum: Zeroizing<Vec<u8>>,
    left: u32,
}

impl<P: Mac + KeyInit + Clone> Stretch<P> {
    /// Hashes the password so many times, at least once; `None` if it cannot be a key.
    pub(super) fn begin(password: &[u8], salt: &[u8], rounds: u32) -> Option<Self> {
        let keyed = <P as KeyInit>::new_from_slice(password).ok()?;
        let mut first = keyed.clone();
        first.update(salt);
        first.update(&1u32.to_be_bytes());
        let last = Zeroizing::new(first.finalize().into_bytes().to_vec());
        Some(Self { keyed, sum: last.clone(), last, left: rounds.saturating_sub(1) })
    }

    /// Does a slice of the work; the key if that was the last one.
    pub(super) fn go_on(&mut self) -> Option<&[u8]> {
        let slice = self.left.min(SLICE);
        for _ in 0..slice {
            let mut next = self.keyed.clone();
            next.update(&self.last);
            self.last.copy_from_slice(&next.finalize().into_bytes());
            for (sum, byte) in self.sum.iter_mut().zip(self.last.iter()) {
                *sum ^= byte;
            }
        }
        self.left -= slice;
        (self.left == 0).then_some(&self.sum)
    }
}

#[cfg(test)]
mod tests {
    use hmac::Hmac;
    use sha1::Sha1;
    use sha2::Sha256;

    use super::*;

    fn stretched<P: Mac + KeyInit + Clone>(password: &str, salt: &str, rounds: u32) -> (String, u32) {
        let mut stretch = Stretch::<P>::begin(password.as_bytes(), salt.as_bytes(), rounds).unwrap();
        for slices in 1.. {
            if let Some(key) = stretch.go_on() {
                return (key.iter().map(|byte| format!("{byte:02x}")).collect(), slices);
            }
        }
        unreachable!("it ends")
    }

    #[test]
    fn the_examples_of_rfc_6070() {
        for (rounds, key, slices) in [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6", 1),
            (2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957", 1),
            (4096, "4b007901b765489abead49d926f721d065a429c1", 5),
        ] {
            assert_eq!(stretched::<Hmac<Sha1>>("password", "salt", rounds), (key.to_owned(), slices));
        }
    }

    #[test]
    fn the_examples_of_rfc_7914() {
        let (key, _) = stretched::<Hmac<Sha256>>("passwd", "salt", 1);
        assert_eq!(key, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
        let (key, slices) = stretched::<Hmac<Sha256>>("Password", "NaCl", 80_000);
        assert_eq!(key, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
        assert_eq!(slices, 80);
    }
}
