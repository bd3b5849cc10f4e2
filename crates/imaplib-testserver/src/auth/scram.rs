//! SCRAM (RFC 5802, RFC 7677), with and without channel binding by `tls-exporter` (RFC 9266).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::mechanism::{Lookup, Mechanism, Step};

const ITERATIONS: u32 = 4096;

#[derive(Debug, Clone, Copy)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn salted_password(self, password: &[u8], salt: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => {
                let mut out = vec![0; 20];
                pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, ITERATIONS, &mut out);
                out
            }
            Self::Sha256 => {
                let mut out = vec![0; 32];
                pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, ITERATIONS, &mut out);
                out
            }
            Self::Sha512 => {
                let mut out = vec![0; 64];
                pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, ITERATIONS, &mut out);
                out
            }
        }
    }

    fn hmac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Hmac::<Sha1>::new_from_slice(key).map_or_else(
                |_| Vec::new(),
                |mut mac| {
                    mac.update(text);
                    mac.finalize().into_bytes().to_vec()
                },
            ),
            Self::Sha256 => Hmac::<Sha256>::new_from_slice(key).map_or_else(
                |_| Vec::new(),
                |mut mac| {
                    mac.update(text);
                    mac.finalize().into_bytes().to_vec()
                },
            ),
            Self::Sha512 => Hmac::<Sha512>::new_from_slice(key).map_or_else(
                |_| Vec::new(),
                |mut mac| {
                    mac.update(text);
                    mac.finalize().into_bytes().to_vec()
                },
            ),
        }
    }

    fn digest(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
            Self::Sha512 => Sha512::digest(text).to_vec(),
        }
    }
}

enum State {
    First,
    Final {
        user: String,
        /// What the client must have bound itself to.
        binding: Vec<u8>,
        transcript: String,
        nonce: String,
        salt: Vec<u8>,
    },
    /// The server's signature is sent; the client acknowledges it with an empty response.
    Acknowledge {
        user: String,
    },
    /// An error is sent; the client acknowledges it.
    Refused,
}

pub(super) struct Scram {
    hash: Hash,
    nonce: String,
    /// Whether the login must be tied to the connection.
    plus: bool,
    state: State,
}

impl Scram {
    pub(super) fn new(hash: Hash, plus: bool, nonce: String) -> Self {
        Self { hash, nonce, plus, state: State::First }
    }

    fn first(&mut self, lookup: &Lookup<'_>, response: &str) -> Step {
        let mut pieces = response.splitn(3, ',');
        let (Some(binding), Some(authorization), Some(bare)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Step::malformed();
        };
        let tied = match (binding, lookup.channel_binding) {
            ("n", _) if !self.plus => Vec::new(),
            // The client would have used it, had it seen the list as it was sent.
            ("y", Some(_)) if lookup.settings.offers_channel_binding() => {
                self.state = State::Refused;
                return Step::Challenge(b"e=server-does-support-channel-binding".to_vec());
            }
            ("y", _) if !self.plus => Vec::new(),
            ("p=tls-exporter", Some(data)) if self.plus => data.to_vec(),
            _ => return Step::Failure("this channel binding is not supported".to_owned()),
        };
        let (Some(user), Some(client_nonce)) = (attribute(bare, "n="), attribute(bare, "r=")) else {
            return Step::malformed();
        };
        let user = user.replace("=2C", ",").replace("=3D", "=");
        let nonce = format!("{client_nonce}{}", self.nonce);
        let salt = self.hash.digest(format!("salt of {user}").as_bytes());
        let challenge = format!("r={nonce},s={},i={ITERATIONS}", STANDARD.encode(&salt));
        self.state = State::Final {
            user,
            binding: [format!("{binding},{authorization},").into_bytes(), tied].concat(),
            transcript: format!("{bare},{challenge}"),
            nonce,
            salt,
        };
        Step::Challenge(challenge.into_bytes())
    }
}

impl Mechanism for Scram {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let response = String::from_utf8_lossy(response);
        match std::mem::replace(&mut self.state, State::First) {
            State::First => self.first(lookup, &response),
            State::Final { user, binding, transcript, nonce, salt } => {
                let Some((without_proof, proof)) = response.rsplit_once(",p=") else { return Step::malformed() };
                let binding_ok = attribute(without_proof, "c=") == Some(STANDARD.encode(binding).as_str());
                let nonce_ok = attribute(without_proof, "r=") == Some(nonce.as_str());
                let Some(password) = lookup.store.password(&user) else { return Step::refused() };
                let hash = self.hash;
                let salted = hash.salted_password(password.as_bytes(), &salt);
                let client_key = hash.hmac(&salted, b"Client Key");
                let signed = format!("{transcript},{without_proof}");
                let signature = hash.hmac(&hash.digest(&client_key), signed.as_bytes());
                let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(key, mask)| key ^ mask).collect();
                if !(binding_ok && nonce_ok && STANDARD.decode(proof).is_ok_and(|proof| proof == expected)) {
                    return Step::refused();
                }
                let server_key = hash.hmac(&salted, b"Server Key");
                let verifier = STANDARD.encode(hash.hmac(&server_key, signed.as_bytes()));
                self.state = State::Acknowledge { user };
                Step::Challenge(format!("v={verifier}").into_bytes())
            }
            State::Acknowledge { user } if response.is_empty() => Step::Success(user),
            State::Acknowledge { .. } => Step::malformed(),
            State::Refused => Step::refused(),
        }
    }
}

fn attribute<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.split(',').find_map(|piece| piece.strip_prefix(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::store::Store;

    #[test]
    fn a_client_that_computes_the_same_is_let_in() {
        let store = Store::new();
        store.add_user("ann", "pencil");
        let settings = Settings::new();
        let lookup = Lookup { store: &store, settings: &settings, channel_binding: None };
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha512] {
            let mut server = Scram::new(hash, false, "server".to_owned());
            let Step::Challenge(challenge) = server.step(&lookup, b"n,,n=ann,r=client") else { panic!("no challenge") };
            let challenge = String::from_utf8(challenge).unwrap();
            let salt = STANDARD.decode(attribute(&challenge, "s=").unwrap()).unwrap();
            let salted = hash.salted_password(b"pencil", &salt);
            let key = hash.hmac(&salted, b"Client Key");
            let unsigned = "c=biws,r=clientserver";
            let signed = format!("n=ann,r=client,{challenge},{unsigned}");
            let mask = hash.hmac(&hash.digest(&key), signed.as_bytes());
            let proof: Vec<u8> = key.iter().zip(mask).map(|(a, b)| a ^ b).collect();
            let last = format!("{unsigned},p={}", STANDARD.encode(proof));
            assert!(matches!(server.step(&lookup, last.as_bytes()), Step::Challenge(_)));
            assert_eq!(server.step(&lookup, b""), Step::Success("ann".to_owned()));
        }
    }
}
