//! Connecting and logging in, with a password or token that is asked for once, and again when it may be good no longer.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use imaplib::blocking::{Client, Session};
use imaplib::{ConnectOptions, Endpoint, Limits, Timeouts, mechanism};
use imaplib_testserver::{SAMPLE_PASSWORD, SAMPLE_USER, Server};

use crate::account::secret::{Secret, VARIABLE};
use crate::account::{Account, Auth, Target};
use crate::args::Access;
use crate::error::library::{of_login, of_token_login, while_connecting};
use crate::error::{Cause, Exit, Failure, Result};
use crate::output::trace;
use crate::serve::Served;

/// Who reads an archive inside this program; nobody can log in so.
const ARCHIVE_USER: &str = "archive";

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

/// Makes connections to one account, as many as are needed.
pub(crate) struct Connector {
    pub(crate) account: Account,
    demo: Option<Server>,
    archive: Option<Served>,
    secret: Holder,
    interrupt: Option<Arc<AtomicBool>>,
}

impl Connector {
    /// Makes connections to the account that the arguments name.
    pub(crate) fn to(access: &Access, config: Option<&Path>) -> Result<Self> {
        Self::new(Account::resolve(access, config)?)
    }

    /// Makes connections to this account; starts the embedded server where it is `demo:`, and opens an archive.
    pub(crate) fn new(mut account: Account) -> Result<Self> {
        let (demo, archive) = match &account.target {
            Target::Demo => (Some(start_demo()?), None),
            Target::Archive(dir) => (None, Some(Served::open(dir, false, ARCHIVE_USER, "")?)),
            Target::Endpoint(_) => (None, None),
        };
        if demo.is_some() && account.user.is_none() {
            account.user = Some(SAMPLE_USER.to_owned());
        }
        Ok(Self { account, demo, archive, secret: Holder::default(), interrupt: None })
    }

    /// Ends the waits of its connections when this flag is set.
    pub(crate) fn ended_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.interrupt = Some(flag);
        self
    }

    /// Whether the server wants a login for sure: a tunnel or a socket may need none.
    pub(crate) fn needs_login(&self) -> bool {
        match &self.account.target {
            Target::Endpoint(endpoint) => endpoint.host().is_some(),
            Target::Demo | Target::Archive(_) => false,
        }
    }

    /// Whether TLS begins behind the greeting (STARTTLS), so that anybody can have written that.
    pub(crate) fn greets_before_tls(&self) -> bool {
        match &self.account.target {
            Target::Endpoint(endpoint) => {
                endpoint.host().is_some() && endpoint.is_private() && !endpoint.is_implicit_tls()
            }
            Target::Demo | Target::Archive(_) => false,
        }
    }

    /// Asks for what a login needs, before a server waits for it.
    pub(crate) fn prepare(&self) -> Result<()> {
        if !self.needs_login() {
            return Ok(());
        }
        self.require_user()?;
        self.held().map(drop)
    }

    /// Fails where the login needs a user name and there is none.
    pub(crate) fn require_user(&self) -> Result<()> {
        match self.account.auth.is_none_or(|auth| auth.needs_password() || auth.is_oauth()) {
            true => self.account.require_user().map(drop),
            false => Ok(()),
        }
    }

    /// Connects, and does not log in.
    pub(crate) fn open(&self) -> Result<Client> {
        self.prepare()?;
        let endpoint = match (&self.account.target, &self.demo) {
            (Target::Endpoint(endpoint), _) => endpoint.clone(),
            (Target::Demo, Some(server)) => {
                let address = server.plain_addr();
                Endpoint::insecure(address.ip().to_string(), address.port())
            }
            (Target::Archive(_), _) => return self.open_archive(),
            (Target::Demo, None) => return Err(Failure::new(Exit::Unavailable, "the demo server is not running")),
        };
        let client = Client::connect_with(&endpoint, &self.options()?);
        client.map_err(|error| while_connecting(&error, &endpoint).of_account(&self.account.label))
    }

    /// A connection inside this program, on which nobody has to log in.
    fn open_archive(&self) -> Result<Client> {
        let stream = self.archive.as_ref().map(Served::stream);
        let stream = stream.ok_or_else(|| Failure::new(Exit::Unavailable, "the archive is not open"))??;
        Client::from_stream(stream, true, &self.options()?)
            .map_err(|error| of_login(&error).of_account(&self.account.label))
    }

    /// Connects and logs in.
    pub(crate) fn session(&self) -> Result<Session> {
        self.login(self.open()?)
    }

    /// Logs in.
    pub(crate) fn login(&self, client: Client) -> Result<Session> {
        if client.is_preauthenticated() {
            return client.into_session().map_err(|error| of_login(&error).of_account(&self.account.label));
        }
        self.login_with(client, &self.held()?)
    }

    /// Logs in with this password or token.
    pub(crate) fn login_with(&self, client: Client, held: &Held) -> Result<Session> {
        let user = match self.account.auth {
            Some(Auth::External | Auth::Anonymous) => self.account.user.as_deref().unwrap_or_default(),
            _ => self.account.require_user()?,
        };
        let secret = held.secret.reveal();
        let session = match self.account.auth {
            None => client.login(user, secret),
            Some(Auth::Login) => client.login_command(user, secret),
            Some(auth) => mechanism(auth.name(), user, secret).and_then(|mechanism| client.authenticate(mechanism)),
        };
        let explained = match self.account.auth {
            Some(auth) if auth.is_oauth() => of_token_login,
            _ => of_login,
        };
        session.map_err(|error| explained(&error).of_account(&self.account.label))
    }

    /// The password or token; asked for once, however many connections there are.
    pub(crate) fn held(&self) -> Result<Held> {
        self.secret.get(None, || self.ask())
    }

    /// One that was asked for after the one with this number, which was good once and may be so no longer.
    ///
    /// What cannot be had now, because the network is away, may be had later: the failure is one of the connection.
    pub(crate) fn asked_again(&self, expired: u64) -> Result<Held> {
        let asked = self.secret.get(Some(expired), || self.ask());
        asked.map_err(|failure| {
            failure.with_exit(Exit::Temporary).cause(Cause::Connection).lost(true).of_account(&self.account.label)
        })
    }

    /// Whether the login is by a token, which expires by itself.
    pub(crate) fn has_token(&self) -> bool {
        self.demo.is_none() && self.account.auth.is_some_and(Auth::is_oauth)
    }

    /// Whether there may be another password or token when it is asked for again, without anybody being disturbed.
    pub(crate) fn can_ask_again(&self) -> bool {
        self.demo.is_none() && (self.has_token() || self.account.has_lasting_password_source())
    }

    fn ask(&self) -> Result<Secret> {
        let secret = match (&self.demo, self.account.auth) {
            (Some(_), _) => Secret::new(SAMPLE_PASSWORD.to_owned()),
            (None, Some(auth)) if auth.is_oauth() => self.account.token()?,
            (None, Some(auth)) if !auth.needs_password() => Secret::new(String::new()),
            (None, _) => self.account.password()?,
        };
        if self.demo.is_none() {
            trace::remember(&secret);
        }
        Ok(secret)
    }

    fn options(&self) -> Result<ConnectOptions> {
        let mut options = ConnectOptions::new().limits(limits()).withhold_from_tunnel(VARIABLE);
        if let Some(file) = &self.account.ca_file {
            readable("--ca-file", file)?;
            options = options.ca_file(file);
        }
        if let Some((certificate, key)) = &self.account.client_certificate {
            readable("--client-cert", certificate)?;
            readable("--client-key", key)?;
            options = options.client_certificate(certificate, key);
        }
        if let Some(pin) = self.account.pin {
            options = options.pin(pin);
        }
        if let Some(proxy) = &self.account.proxy {
            if let Some(password) = proxy.password().filter(|password| !password.is_empty()) {
                trace::remember(&Secret::new(password.to_owned()));
            }
            options = options.proxy(proxy.clone());
        }
        if let Some(flag) = &self.interrupt {
            options = options.interrupt(Arc::clone(flag));
        }
        if let Some(timeout) = self.account.timeout {
            options = options.timeouts(Timeouts::all(timeout));
        }
        Ok(options)
    }
}

/// Texts of messages stream here, so that what is held is small: no server gets much memory of this program.
fn limits() -> Limits {
    let limits = Limits::default().response(8 << 20).line(1 << 20).number_list_line(8 << 20).collected(24 << 20);
    limits.events(1_000).event_bytes(2 << 20).extra_rows(10_000)
}

fn readable(option: &str, path: &Path) -> Result<()> {
    let is_file = |file: std::fs::File| Ok(file.metadata()?.is_file());
    let reason = match std::fs::File::open(path).and_then(is_file) {
        Ok(true) => return Ok(()),
        Ok(false) => "it is not a regular file".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Failure::config(format!("{option} {}: {reason}", path.display()))
        .hint("give the path of a readable file in PEM form"))
}

fn start_demo() -> Result<Server> {
    Server::builder()
        .sample_account()
        .start()
        .map_err(|error| Failure::io(&error).context("cannot start the demo server"))
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
