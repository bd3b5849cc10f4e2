//! LOGIN, AUTHENTICATE, and PROXYAUTH.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Command, Conduct, Continue, Dialog, Effect, Incomplete};
use crate::sasl::{Answer, Mechanism, SaslError};
use crate::types::{ImapString, StatusResponse};
use crate::wire::Encoder;

/// LOGIN with a user and a password in the clear (RFC 9051, section 6.2.3).
pub struct Login {
    user: String,
    password: Zeroizing<String>,
}

impl Login {
    /// Logs in as this user.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: Zeroizing::new(password.into()) }
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Command for Login {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        if self.password.contains('\0') {
            encoder.refuse("password (it holds NUL)", "");
            return;
        }
        encoder.raw("LOGIN ").astring(&self.user).space().secret(self.password.as_bytes());
    }

    fn conduct(&self) -> Conduct {
        Conduct::with_effect(Effect::LogsIn)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }

    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        Some(self)
    }
}

impl Dialog for Login {
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        // As PLAIN would send it, for servers that log it so.
        let plain = Zeroizing::new(format!("\0{}\0{}", self.user, *self.password));
        vec![STANDARD.encode(plain.as_bytes()).into(), self.password.clone()]
    }
}

/// AUTHENTICATE with a SASL mechanism (RFC 9051, section 6.2.2).
pub struct Authenticate {
    mechanism: Box<dyn Mechanism>,
    /// The first response, sent with the command if the server has SASL-IR, else upon the first challenge.
    initial: Option<Zeroizing<Vec<u8>>>,
    initial_in_command: bool,
    /// Whether a challenge was answered beyond the first response.
    has_responded: bool,
    failure: Option<SaslError>,
}

impl Authenticate {
    /// Logs in by the mechanism; `initial_response` means that the server has SASL-IR (RFC 4959).
    #[must_use]
    pub fn new(mut mechanism: Box<dyn Mechanism>, initial_response: bool) -> Self {
        let initial = mechanism.initial().map(Zeroizing::new);
        let initial_in_command = initial_response && initial.is_some();
        Self { initial_in_command, mechanism, initial, has_responded: false, failure: None }
    }

    /// Whether a challenge was answered: a refusal before that is not about the password, of mechanisms that send nothing of
    /// it first.
    pub(crate) fn has_responded(&self) -> bool {
        self.has_responded
    }

    fn answer(&mut self, text: &ImapString) -> Result<Answer, SaslError> {
        let challenge = STANDARD.decode(text.as_bytes().trim_ascii()).map_err(|_| SaslError::Challenge)?;
        match self.initial.take_if(|_| !self.initial_in_command) {
            Some(initial) if challenge.is_empty() => Ok(initial.to_vec().into()),
            Some(_) => Err(SaslError::Challenge),
            None => {
                self.has_responded = true;
                self.mechanism.respond(&challenge)
            }
        }
    }

    /// What the engine does with an answer; without one, the exchange is cancelled.
    fn continue_with(&mut self, answer: Result<Answer, SaslError>) -> Continue {
        match answer {
            Ok(Answer::Ready(bytes)) => {
                Continue::Send(STANDARD.encode(Zeroizing::new(bytes).as_slice()).into_bytes().into())
            }
            Ok(Answer::InProgress) => Continue::InProgress,
            Err(error) => {
                self.failure = Some(error);
                Continue::Send(b"*".to_vec().into())
            }
        }
    }
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate").field("mechanism", &self.mechanism.name()).finish_non_exhaustive()
    }
}

impl Command for Authenticate {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        match self.mechanism.check() {
            Ok(()) => {}
            Err(SaslError::NoChannelBinding) => {
                encoder.refuse("mechanism with channel binding (this connection has none)", self.mechanism.name());
                return;
            }
            Err(_) => {
                encoder.refuse("user name or secret (it holds NUL or another character that ends it)", "");
                return;
            }
        }
        encoder.raw("AUTHENTICATE ").atom(self.mechanism.name());
        if let (true, Some(initial)) = (self.initial_in_command, &self.initial) {
            encoder.space();
            if initial.is_empty() {
                encoder.raw("=");
            } else {
                encoder.hidden(Zeroizing::new(STANDARD.encode(initial.as_slice())).as_str());
            }
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::with_effect(Effect::LogsIn)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        if self.failure.is_some() {
            return Err(Incomplete("the server said OK although the authentication was cancelled"));
        }
        if !self.mechanism.is_complete() {
            return Err(Incomplete("the server said OK without proving that it knows the password"));
        }
        Ok(())
    }

    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        Some(self)
    }
}

impl Dialog for Authenticate {
    fn limit_iterations(&mut self, most: u32) {
        self.mechanism.limit_iterations(most);
    }

    fn on_continuation(&mut self, text: &ImapString) -> Continue {
        if self.failure.is_some() {
            return Continue::Unexpected;
        }
        let answer = self.answer(text);
        self.continue_with(answer)
    }

    fn compute_more(&mut self) -> Continue {
        let answer = self.mechanism.compute_more();
        self.continue_with(answer)
    }

    fn secrets(&self) -> Vec<Zeroizing<String>> {
        let encoded = self.initial.as_ref().map(|initial| STANDARD.encode(initial.as_slice())).unwrap_or_default();
        let secret = self.mechanism.secret();
        vec![encoded.into(), STANDARD.encode(secret).into(), secret.to_owned().into()]
    }

    fn server_verified(&self) -> bool {
        self.failure.is_none() && self.mechanism.is_complete()
    }

    fn server_reason(&self) -> Option<&[u8]> {
        self.mechanism.server_reason()
    }

    fn failure(&self) -> Option<SaslError> {
        self.failure
    }
}

/// PROXYAUTH: an administrator continues as another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAuth {
    user: String,
}

impl ProxyAuth {
    /// Continues as this user.
    #[must_use]
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into() }
    }
}

impl Command for ProxyAuth {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("PROXYAUTH ").astring(&self.user);
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}
