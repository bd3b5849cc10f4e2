//! SCRAM (RFC 5802, RFC 7677), with and without channel binding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::pbkdf2::Stretch;
use super::{Answer, ChannelBinding, Mechanism, SaslError};

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

hashes! { Sha1 Sha256 Sha512 }

/// The error of a server that offers channel binding to a client which has not seen that: somebody in between has taken it
/// out of the list (RFC 5802, section 7).
const DOWNGRADED: &str = "server-does-support-channel-binding";

/// What the client states of channel binding (RFC 5802, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Binding {
    /// It cannot, or cannot do it as the server does.
    None,
    /// It could, and the server does not offer it.
    NotOffered,
    /// The exchange is valid on this connection alone.
    Bound(ChannelBinding),
}

impl Binding {
    /// The beginning of the first message, which the proof covers.
    fn header(&self) -> String {
        match self {
            Self::None => "n,,".to_owned(),
            Self::NotOffered => "y,,".to_owned(),
            Self::Bound(binding) => format!("p={},,", binding.kind().name()),
        }
    }

    /// What the server compares with its own.
    fn input(&self) -> String {
        let mut input = self.header().into_bytes();
        if let Self::Bound(binding) = self {
            input.extend_from_slice(binding.data());
        }
        STANDARD.encode(input)
    }
}

/// Where the exchange stands.
enum State<H: Hash> {
    Start,
    First {
        bare: String,
    },
    Stretching {
        stretch: Box<Stretch<H::Keyed>>,
        signed: String,
        unproved: String,
    },
    Final {
        server_signature: Vec<u8>,
    },
    Proved,
    /// The server has sent why it refuses.
    Refused,
    Failed,
}

/// The exchange, whatever the hash.
struct Scram<H: Hash> {
    user: String,
    password: Zeroizing<String>,
    nonce: String,
    most_rounds: u32,
    /// Whether the exchange must be bound.
    plus: bool,
    binding: Binding,
    state: State<H>,
    /// Why the server refuses.
    reason: Option<String>,
}

impl<H: Hash> Scram<H> {
    fn new(user: &str, password: &str, nonce: &str) -> Self {
        // A comma would end the nonce; the caller's entropy stays as it is otherwise.
        let nonce = nonce.chars().filter(|letter| letter.is_ascii_graphic() && *letter != ',').collect();
        let prepared = stringprep::saslprep(password).map(String::from).unwrap_or_else(|_| password.to_owned());
        let user = stringprep::saslprep(user).map(String::from).unwrap_or_else(|_| user.to_owned());
        let password = Zeroizing::new(prepared);
        let (binding, state) = (Binding::None, State::Start);
        Self { user, password, nonce, most_rounds: MAX_ROUNDS, plus: false, binding, state, reason: None }
    }

    fn check(&self) -> Result<(), SaslError> {
        match &self.binding {
            Binding::None | Binding::NotOffered if self.plus => Err(SaslError::NoChannelBinding),
            _ => Ok(()),
        }
    }

    fn bind(&mut self, binding: Option<&ChannelBinding>, offered: bool) {
        match (&self.binding, binding) {
            (Binding::Bound(_), _) | (_, None) => {}
            (_, Some(binding)) if self.plus => self.binding = Binding::Bound(binding.clone()),
            (_, Some(_)) => self.binding = if offered { Binding::None } else { Binding::NotOffered },
        }
    }

    fn initial(&mut self) -> Vec<u8> {
        let user = self.user.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={}", self.nonce);
        let message = format!("{}{bare}", self.binding.header()).into_bytes();
        self.state = State::First { bare };
        message
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| SaslError::Challenge)?;
        if let Some(error) = challenge.strip_prefix("e=") {
            return self.refused(error);
        }
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
            State::Start | State::Stretching { .. } | State::Proved | State::Refused | State::Failed => {
                Err(SaslError::Challenge)
            }
        }
    }

    /// The server has sent an error, once: an empty answer lets it refuse the login in its own words.
    fn refused(&mut self, error: &str) -> Result<Answer, SaslError> {
        let before = std::mem::replace(&mut self.state, State::Refused);
        let error = error.split(',').next().unwrap_or_default();
        match before {
            State::First { .. } | State::Final { .. } if error == DOWNGRADED => Err(SaslError::Downgraded),
            State::First { .. } | State::Final { .. } => {
                self.reason = Some(error.to_owned());
                Ok(Answer::Ready(Vec::new()))
            }
            _ => Err(SaslError::Challenge),
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
        let unproved = format!("c={},r={nonce}", self.binding.input());
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
    ($($(#[$doc:meta])* $mechanism:ident, $name:literal, $plus:literal, $hash:ty;)*) => {
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

                #[doc = concat!("The same with channel binding, `", $plus, "`: the login is valid on this connection alone,")]
                /// so that nobody in between can pass it on. [`Mechanism::bind`] receives what ties it, unless
                /// [`bound_to`](Self::bound_to) has.
                #[must_use]
                pub fn plus(user: &str, password: &str, nonce: &str) -> Self {
                    Self(Scram { plus: true, ..Scram::new(user, password, nonce) })
                }

                /// Ties the login to the connection by this, whatever [`Mechanism::bind`] receives.
                #[must_use]
                pub fn bound_to(mut self, binding: ChannelBinding) -> Self {
                    (self.0.plus, self.0.binding) = (true, Binding::Bound(binding));
                    self
                }
            }

            impl Mechanism for $mechanism {
                fn name(&self) -> &str {
                    if self.0.plus { $plus } else { $name }
                }

                fn check(&self) -> Result<(), SaslError> {
                    self.0.check()
                }

                fn bind(&mut self, binding: Option<&ChannelBinding>, offered: bool) {
                    self.0.bind(binding, offered);
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

                fn server_reason(&self) -> Option<&[u8]> {
                    self.0.reason.as_deref().map(str::as_bytes)
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
    ScramSha1, "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", Sha1;
    /// SCRAM-SHA-256 (RFC 7677).
    ScramSha256, "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", Sha256;
    /// SCRAM-SHA-512 (a draft after RFC 7677; Cyrus, Dovecot).
    ScramSha512, "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", Sha512;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::ChannelBindingType;

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

    #[test]
    fn a_bound_login_sends_what_ties_it() {
        let binding = || ChannelBinding::new(ChannelBindingType::TlsExporter, vec![0xff, 0, 1]);
        let mut mechanism = ScramSha256::plus("user", "pencil", "abc");
        assert_eq!(mechanism.check(), Err(SaslError::NoChannelBinding));
        mechanism.bind(Some(&binding()), true);
        assert_eq!((mechanism.check(), mechanism.name()), (Ok(()), "SCRAM-SHA-256-PLUS"));
        assert_eq!(mechanism.initial().unwrap(), b"p=tls-exporter,,n=user,r=abc");
        let last = answer(&mut mechanism, b"r=abcd,s=QSXC,i=1").unwrap();
        let expected = STANDARD.encode(b"p=tls-exporter,,\xff\x00\x01");
        assert!(last.starts_with(format!("c={expected},r=abcd,p=").as_bytes()));
        // What the caller has chosen stays.
        let end_point = ChannelBinding::new(ChannelBindingType::TlsServerEndPoint, vec![1]);
        let mut mechanism = ScramSha1::new("user", "pencil", "abc").bound_to(end_point);
        mechanism.bind(Some(&binding()), true);
        assert_eq!(mechanism.initial().unwrap(), b"p=tls-server-end-point,,n=user,r=abc");
    }

    #[test]
    fn a_login_that_is_not_bound_states_why() {
        let binding = ChannelBinding::new(ChannelBindingType::TlsExporter, vec![1]);
        for (binding, offered, header) in
            [(Some(&binding), false, "y"), (Some(&binding), true, "n"), (None, false, "n"), (None, true, "n")]
        {
            let mut mechanism = ScramSha512::new("user", "pencil", "abc");
            mechanism.bind(binding, offered);
            assert_eq!(mechanism.name(), "SCRAM-SHA-512");
            assert_eq!(mechanism.initial().unwrap(), format!("{header},,n=user,r=abc").as_bytes());
        }
    }

    #[test]
    fn the_error_of_a_server_is_its_refusal_unless_somebody_took_channel_binding_out_of_the_list() {
        for first in [None, Some(&b"r=abcd,s=QSXC,i=1"[..])] {
            for (error, expected) in [
                ("e=invalid-proof,x=y", Ok((Vec::new(), Some("invalid-proof")))),
                ("e=server-does-support-channel-binding", Err(SaslError::Downgraded)),
            ] {
                let mut mechanism = ScramSha256::new("user", "pencil", "abc");
                mechanism.initial();
                if let Some(first) = first {
                    answer(&mut mechanism, first).unwrap();
                }
                let answered = answer(&mut mechanism, error.as_bytes());
                let reason = mechanism.server_reason().map(|reason| std::str::from_utf8(reason).unwrap());
                assert_eq!(answered.map(|answer| (answer, reason)), expected, "{error}");
                assert!(!mechanism.is_complete());
                assert_eq!(mechanism.respond(b"e=again"), Err(SaslError::Challenge));
            }
        }
    }
}
