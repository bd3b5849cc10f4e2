//! SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), and their PBKDF2 (RFC 8018, section 5.2), in slices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Answer, Mechanism, SaslError};

/// More rounds of hashing than this are refused unless another limit is set: a hostile server could ask for minutes of work.
const MAX_ROUNDS: u32 = 1_000_000;

/// The hash under a SCRAM mechanism.
trait Hash: 'static {
    type Keyed: Mac + KeyInit + Clone + Send + Sync;

    fn hash(bytes: &[u8]) -> Vec<u8>;

    fn hmac(key: &[u8], bytes: &[u8]) -> Result<Vec<u8>, SaslError> {
        let mut mac = <Self::Keyed as KeyInit>::new_from_slice(key).map_err(|_| SaslError::Credentials)?;
        mac.update(bytes);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

macro_rules! hashes {
    ($($hash:ty)*) => {
        $(impl Hash for $hash {
            type Keyed = Hmac<$hash>;

            fn hash(bytes: &[u8]) -> Vec<u8> {
                <$hash>::digest(bytes).to_vec()
            }
        })*
    };
}

hashes! { Sha1 Sha256 }

/// Where the exchange stands.
enum State<H: Hash> {
    Start,
    First { bare: String },
    Stretching { stretch: Box<Stretch<H::Keyed>>, signed: String, unproved: String },
    Final { server_signature: Vec<u8> },
    Proved,
    Failed,
}

/// The exchange, whatever the hash.
struct Scram<H: Hash> {
    user: String,
    password: Zeroizing<String>,
    nonce: String,
    most_rounds: u32,
    state: State<H>,
}

impl<H: Hash> Scram<H> {
    fn new(user: &str, password: &str, nonce: &str) -> Self {
        // A comma would end the nonce; the caller's entropy stays as it is otherwise.
        let nonce = nonce.chars().filter(|letter| letter.is_ascii_graphic() && *letter != ',').collect();
        let prepared = stringprep::saslprep(password).map(String::from).unwrap_or_else(|_| password.to_owned());
        let user = stringprep::saslprep(user).map(String::from).unwrap_or_else(|_| user.to_owned());
        Self { user, password: Zeroizing::new(prepared), nonce, most_rounds: MAX_ROUNDS, state: State::Start }
    }

    fn initial(&mut self) -> Vec<u8> {
        let user = self.user.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={}", self.nonce);
        let message = format!("n,,{bare}").into_bytes();
        self.state = State::First { bare };
        message
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| SaslError::Challenge)?;
        match std::mem::replace(&mut self.state, State::Failed) {
            State::First { bare } => self.begin_proof(&bare, challenge),
            State::Final { server_signature } => {
                let proof = attribute(challenge, "v=").and_then(|value| STANDARD.decode(value).ok());
                if !bool::from(proof.ok_or(SaslError::ServerProof)?.ct_eq(&server_signature)) {
                    return Err(SaslError::ServerProof);
                }
                self.state = State::Proved;
                Ok(Answer::Ready(Vec::new()))
            }
            State::Start | State::Stretching { .. } | State::Proved | State::Failed => Err(SaslError::Challenge),
        }
    }

    fn begin_proof(&mut self, bare: &str, challenge: &str) -> Result<Answer, SaslError> {
        let nonce = attribute(challenge, "r=").ok_or(SaslError::Challenge)?;
        let salt = attribute(challenge, "s=").and_then(|salt| STANDARD.decode(salt).ok());
        let salt = salt.filter(|salt| !salt.is_empty()).ok_or(SaslError::Challenge)?;
        let rounds = attribute(challenge, "i=").and_then(|rounds| rounds.parse::<u32>().ok());
        let rounds = rounds.filter(|rounds| *rounds > 0).ok_or(SaslError::Challenge)?;
        // `m=` is an extension that must be understood; a nonce that is not ours is another exchange's.
        if challenge.starts_with("m=") || !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(SaslError::Challenge);
        }
        if rounds > self.most_rounds {
            return Err(SaslError::TooManyRounds);
        }
        let unproved = format!("c=biws,r={nonce}");
        let signed = format!("{bare},{challenge},{unproved}");
        let stretch = Stretch::begin(self.password.as_bytes(), &salt, rounds).ok_or(SaslError::Credentials)?;
        self.state = State::Stretching { stretch: Box::new(stretch), signed, unproved };
        self.compute_more()
    }

    /// Hashes for a while; then the proof that the client knows the password.
    fn compute_more(&mut self) -> Result<Answer, SaslError> {
        let State::Stretching { stretch, signed, unproved } = &mut self.state else { return Err(SaslError::Challenge) };
        let Some(salted) = stretch.go_on() else { return Ok(Answer::InProgress) };
        let client_key = Zeroizing::new(H::hmac(salted, b"Client Key")?);
        let signature = H::hmac(&H::hash(&client_key), signed.as_bytes())?;
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, sign)| key ^ sign).collect();
        let server_key = H::hmac(salted, b"Server Key")?;
        let server_signature = H::hmac(&server_key, signed.as_bytes())?;
        let answer = format!("{unproved},p={}", STANDARD.encode(proof)).into_bytes();
        self.state = State::Final { server_signature };
        Ok(Answer::Ready(answer))
    }
}

/// The value of the attribute with this prefix.
fn attribute<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.split(',').find_map(|attribute| attribute.strip_prefix(prefix))
}

macro_rules! scram_mechanisms {
    ($($(#[$doc:meta])* $mechanism:ident, $name:literal, $hash:ty;)*) => {
        $(
            $(#[$doc])*
            ///
            /// The password never crosses the wire, and the server proves that it knows it.
            pub struct $mechanism(Scram<$hash>);

            impl $mechanism {
                /// Logs in as `user`. `nonce` is fresh entropy: at least 18 random bytes as printable text.
                #[must_use]
                pub fn new(user: &str, password: &str, nonce: &str) -> Self {
                    Self(Scram::new(user, password, nonce))
                }
            }

            impl Mechanism for $mechanism {
                fn name(&self) -> &str {
                    $name
                }

                fn limit_iterations(&mut self, most: u32) {
                    self.0.most_rounds = most;
                }

                fn initial(&mut self) -> Option<Vec<u8>> {
                    Some(self.0.initial())
                }

                fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
                    self.0.respond(challenge)
                }

                fn compute_more(&mut self) -> Result<Answer, SaslError> {
                    self.0.compute_more()
                }

                fn is_complete(&self) -> bool {
                    matches!(self.0.state, State::Proved)
                }

                fn secret(&self) -> &str {
                    &self.0.password
                }

                fn reveals_secret(&self) -> bool {
                    false
                }
            }
        )*
    };
}

scram_mechanisms! {
    /// SCRAM-SHA-1 (RFC 5802).
    ScramSha1, "SCRAM-SHA-1", Sha1;
    /// SCRAM-SHA-256 (RFC 7677).
    ScramSha256, "SCRAM-SHA-256", Sha256;
}

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

    /// The answer, once the work for it is done.
    fn answer(mechanism: &mut impl Mechanism, challenge: &[u8]) -> Result<Vec<u8>, SaslError> {
        let mut answer = mechanism.respond(challenge)?;
        loop {
            match answer {
                Answer::Ready(bytes) => return Ok(bytes),
                Answer::InProgress => answer = mechanism.compute_more()?,
            }
        }
    }

    #[test]
    fn the_example_of_rfc_5802() {
        let mut mechanism = ScramSha1::new("user", "pencil", "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(mechanism.initial().unwrap(), b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenge = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        assert_eq!(
            answer(&mut mechanism, challenge).unwrap(),
            b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert!(!mechanism.is_complete());
        assert_eq!(answer(&mut mechanism, b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap(), b"");
        assert!(mechanism.is_complete());
    }

    #[test]
    fn the_example_of_rfc_7677() {
        let mut mechanism = ScramSha256::new("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        mechanism.initial();
        let challenge = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            answer(&mut mechanism, challenge).unwrap(),
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(answer(&mut mechanism, b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap(), b"");
        assert!(mechanism.is_complete());
    }

    #[test]
    fn a_server_that_cheats_is_found_out() {
        let first = |challenge: &[u8]| {
            let mut mechanism = ScramSha256::new("user", "pencil", "abc");
            mechanism.initial();
            answer(&mut mechanism, challenge)
        };
        for challenge in [
            "r=xyz,s=QSXC,i=4096",
            "r=abc,s=QSXC,i=4096",
            "r=abcd,s=,i=1",
            "r=abcd,s=QSXC,i=0",
            "m=x,r=abcd,s=QSXC,i=1",
            "",
            "e=other-error",
        ] {
            assert_eq!(first(challenge.as_bytes()), Err(SaslError::Challenge), "{challenge}");
        }
        assert_eq!(first(b"r=abcd,s=QSXC,i=2147483647"), Err(SaslError::TooManyRounds));
        let mut mechanism = ScramSha256::new("user", "pencil", "abc");
        mechanism.initial();
        mechanism.respond(b"r=abcd,s=QSXC,i=1").unwrap();
        assert_eq!(mechanism.respond(b"v=AAAA"), Err(SaslError::ServerProof));
        assert!(!mechanism.is_complete());
    }

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
