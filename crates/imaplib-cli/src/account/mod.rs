//! From what the user calls an account to what is needed to reach it.

mod config;
pub(crate) mod connector;
mod first_line;
pub(crate) mod logins;
mod proxy;
pub(crate) mod secret;

use std::path::{Path, PathBuf};
use std::time::Duration;

use imaplib::{Endpoint, Proxy};

use self::config::{AccountConfig, Config};
use self::secret::Secret;
use crate::args::Access;
use crate::error::{Exit, Failure, Result};

/// All that is known of an account before it is connected to.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// What to call it in messages.
    pub(crate) label: String,
    pub(crate) target: Target,
    pub(crate) user: Option<String>,
    pub(crate) auth: Option<Auth>,
    pub(crate) password_command: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    /// The configuration's sources come after the environment, the options' before it.
    pub(crate) from_options: bool,
    /// One of many that are worked on together: what is in the environment is not its own, and nobody is asked.
    pub(crate) is_one_of_many: bool,
    pub(crate) token_command: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) proxy: Option<Proxy>,
    /// Its archive, where the configuration file has one.
    pub(crate) archive: Option<PathBuf>,
}

/// The ports of IMAP, and of IMAP with TLS from the beginning.
const USUAL_PORTS: [u16; 2] = [143, 993];

/// Where the account is.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Endpoint(Endpoint),
    /// The server inside this program.
    Demo,
    /// An archive of `imap backup`, served inside this program.
    Archive(PathBuf),
}

/// A way to log in, chosen with `--auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// The command LOGIN, not the mechanism of that name.
    Login,
    Plain,
    CramMd5,
    ScramSha1,
    ScramSha256,
    ScramSha512,
    ScramSha1Plus,
    ScramSha256Plus,
    ScramSha512Plus,
    XOAuth2,
    OAuthBearer,
    External,
    Anonymous,
}

impl Auth {
    /// Each way with its name in the protocol.
    const ALL: [(Self, &str); 13] = [
        (Self::Login, "LOGIN"),
        (Self::Plain, "PLAIN"),
        (Self::CramMd5, "CRAM-MD5"),
        (Self::ScramSha1, "SCRAM-SHA-1"),
        (Self::ScramSha256, "SCRAM-SHA-256"),
        (Self::ScramSha512, "SCRAM-SHA-512"),
        (Self::ScramSha1Plus, "SCRAM-SHA-1-PLUS"),
        (Self::ScramSha256Plus, "SCRAM-SHA-256-PLUS"),
        (Self::ScramSha512Plus, "SCRAM-SHA-512-PLUS"),
        (Self::XOAuth2, "XOAUTH2"),
        (Self::OAuthBearer, "OAUTHBEARER"),
        (Self::External, "EXTERNAL"),
        (Self::Anonymous, "ANONYMOUS"),
    ];

    fn parse(text: &str) -> Result<Self> {
        let name = text.replace('_', "-");
        let found = Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(&name));
        found.map(|(auth, _)| *auth).ok_or_else(|| {
            let known = Self::ALL.map(|(_, name)| name.to_ascii_lowercase()).join(", ");
            Failure::usage(format!("--auth: there is no mechanism {text:?} here")).hint(format!("known are {known}"))
        })
    }

    /// The mechanism's name in the protocol.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(auth, _)| *auth == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn is_oauth(self) -> bool {
        matches!(self, Self::XOAuth2 | Self::OAuthBearer)
    }

    /// Whether a password is sent.
    pub(crate) fn needs_password(self) -> bool {
        !self.is_oauth() && !matches!(self, Self::External | Self::Anonymous)
    }
}

impl Account {
    /// Finds the account that the arguments name.
    pub(crate) fn resolve(access: &Access, config_file: Option<&Path>) -> Result<Self> {
        let (label, configured) = if is_url(&access.account) {
            (None, AccountConfig { url: Some(access.account.clone()), ..AccountConfig::default() })
        } else {
            (Some(access.account.clone()), from_config(&access.account, config_file)?)
        };
        Self::configured(access, label, configured)
    }

    /// The accounts of the configuration file that have an archive, by their names. One that is not configured well costs itself
    /// alone.
    pub(crate) fn with_archives(access: &Access, config_file: Option<&Path>) -> Result<Vec<(String, Result<Self>)>> {
        let Config { accounts } = config::load(config_file)?;
        let with_archives = accounts.into_iter().filter(|(_, account)| account.archive.is_some());
        let account = |(name, configured): (String, AccountConfig)| {
            let access = Access { account: name.clone(), ..access.clone() };
            let account = Self::configured(&access, Some(name.clone()), configured);
            let account = account.map(|account| Self { is_one_of_many: true, ..account });
            (name, account.map_err(|failure| failure.with_exit(Exit::Config)))
        };
        let accounts: Vec<_> = with_archives.map(account).collect();
        if accounts.is_empty() {
            let path = config_file.map(Path::to_path_buf).or_else(config::default_path).unwrap_or_default();
            return Err(Failure::config(format!("no account in {} has an archive", path.display()))
                .hint("add `archive = \"FOLDER\"` to each account that --all backs up"));
        }
        Ok(accounts)
    }

    fn configured(access: &Access, label: Option<String>, configured: AccountConfig) -> Result<Self> {
        let url = configured
            .url
            .as_deref()
            .ok_or_else(|| Failure::config(format!("account {}: `url` is missing", access.account)))?;
        refuse_password(url)?;
        let target = target(url)?;
        let in_url = match &target {
            Target::Endpoint(endpoint) => endpoint.user().map(str::to_owned),
            Target::Demo | Target::Archive(_) => None,
        };
        let auth = access.auth.as_ref().or(configured.auth.as_ref()).map(|name| Auth::parse(name)).transpose()?;
        let token_command = access.token_command.clone().or(configured.token_command);
        let pin = access.pin.as_ref().or(configured.pin.as_ref()).map(|pin| fingerprint(pin)).transpose()?;
        let expand = |path: PathBuf| config::expand(&path);
        let from_options = access.password_command.is_some() || access.password_file.is_some();
        let certificate = access.client_cert.clone().or(configured.client_cert.map(expand));
        let key = access.client_key.clone().or(configured.client_key.map(expand));
        let client_certificate = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(Failure::config("client-cert and client-key go together")),
        };
        let host = match &target {
            Target::Endpoint(endpoint) => endpoint.host(),
            Target::Demo | Target::Archive(_) => None,
        };
        let proxy = proxy::choose(access.proxy.as_deref(), configured.proxy.as_deref(), host)?;
        Ok(Self {
            label: label.unwrap_or_else(|| access.account.clone()),
            target,
            user: access.user.clone().or(configured.user).or(in_url),
            auth: auth.or_else(|| token_command.is_some().then_some(Auth::XOAuth2)),
            password_command: if from_options { access.password_command.clone() } else { configured.password_command },
            password_file: if from_options {
                access.password_file.clone()
            } else {
                configured.password_file.map(expand)
            },
            from_options,
            is_one_of_many: false,
            token_command,
            ca_file: access.ca_file.clone().or(configured.ca_file.map(expand)),
            pin,
            client_certificate,
            proxy,
            archive: configured.archive.map(expand),
            timeout: access.timeout.or(configured.timeout).map(|seconds| Duration::from_secs(seconds.max(1).into())),
        })
    }

    /// Whose mail it is, however the server is reached: what an archive is bound to.
    ///
    /// The usual ports, 143 and 993, are left out: they are the same server's, with TLS from the beginning or later. At any
    /// other port there may be another server.
    pub(crate) fn identity(&self) -> String {
        let endpoint = match &self.target {
            Target::Endpoint(endpoint) => endpoint,
            Target::Demo => return "demo:".to_owned(),
            Target::Archive(dir) => return format!("archive:{}", dir.display()),
        };
        let user = self.user.as_deref().filter(|user| !user.is_empty());
        let Some(host) = endpoint.host() else {
            return user.map_or_else(|| endpoint.to_string(), |user| format!("{endpoint} (user {user})"));
        };
        let host = host.to_ascii_lowercase();
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let place = match endpoint.port().filter(|port| !USUAL_PORTS.contains(port)) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        user.map_or(place.clone(), |user| format!("{user}@{place}"))
    }

    /// The user name, which most ways to log in need.
    pub(crate) fn require_user(&self) -> Result<&str> {
        self.user.as_deref().filter(|user| !user.is_empty()).ok_or_else(|| {
            Failure::usage(format!("{}: no user name", self.label))
                .hint("write it into the URL (imaps://USER@HOST) or give --user NAME")
        })
    }

    /// The password, from the first source that has one.
    pub(crate) fn password(&self) -> Result<Secret> {
        if !self.from_options
            && !self.is_one_of_many
            && let Some(secret) = secret::from_environment()?
        {
            return Ok(secret);
        }
        let option = if self.from_options { "--password-command" } else { "password-command" };
        match (&self.password_command, &self.password_file) {
            (Some(command), _) => secret::from_command(option, command),
            (None, Some(file)) => secret::from_file(file),
            (None, None) if self.is_one_of_many => Err(Failure::config(format!("{}: no password", self.label))
                .hint("add password-command or password-file to the account: with --all nothing else is read")),
            (None, None) => secret::ask(&self.label),
        }
    }

    /// Whether the password comes from a command or a file, which may give another one later.
    pub(crate) fn has_lasting_password_source(&self) -> bool {
        let from_environment =
            !self.from_options && !self.is_one_of_many && matches!(secret::from_environment(), Ok(Some(_)));
        !from_environment && (self.password_command.is_some() || self.password_file.is_some())
    }

    /// The OAuth access token.
    pub(crate) fn token(&self) -> Result<Secret> {
        let command = self.token_command.as_ref().ok_or_else(|| {
            Failure::usage("OAuth needs an access token").hint("give --token-command CMD, a command that prints one")
        })?;
        secret::from_command("--token-command", command)
    }
}

fn is_url(text: &str) -> bool {
    text.contains("://") || ["tunnel:", "unix:", "demo:", "archive:"].iter().any(|scheme| text.starts_with(scheme))
}

fn target(url: &str) -> Result<Target> {
    if url == "demo:" {
        return Ok(Target::Demo);
    }
    if let Some(dir) = url.strip_prefix("archive:") {
        if dir.is_empty() {
            return Err(Failure::usage("archive: needs the folder of an archive").hint("write archive:DIR"));
        }
        return Ok(Target::Archive(config::expand(Path::new(dir))));
    }
    let endpoint = url.parse().map_err(|error| {
        Failure::usage(format!("{url:?} is not an account: {error}"))
            .hint("write imaps://USER@HOST, imap://USER@HOST, tunnel:COMMAND, unix:PATH, archive:DIR or demo:")
    })?;
    Ok(Target::Endpoint(endpoint))
}

fn from_config(name: &str, config_file: Option<&Path>) -> Result<AccountConfig> {
    let Config { mut accounts } = config::load(config_file)?;
    if let Some(account) = accounts.remove(name) {
        return Ok(account);
    }
    let path = config_file.map(Path::to_path_buf).or_else(config::default_path).unwrap_or_default();
    let failure = Failure::config(format!("there is no account {name:?} in {}", path.display()));
    Err(if accounts.is_empty() {
        failure.hint(format!(
            "an account is a URL (imaps://USER@HOST), or add [accounts.{}] to that file",
            name.escape_debug()
        ))
    } else {
        failure.hint(format!("known are: {}", accounts.into_keys().collect::<Vec<_>>().join(", ")))
    })
}

/// A password in a URL is seen by everybody who lists processes, and lands in the shell's history.
fn refuse_password(url: &str) -> Result<()> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(()) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password may hold `/`: look before the last `@` as well.
    let user = rest.rsplit_once('@').map(|(user, _)| user).or_else(|| authority.rsplit_once('@').map(|(user, _)| user));
    if scheme.starts_with("imap") && user.is_some_and(|user| user.contains(':')) {
        return Err(Failure::usage("a password in the URL is refused: others can see it in the list of processes")
            .hint("leave it out, and use --password-command, --password-file or IMAP_PASSWORD; change the password"));
    }
    Ok(())
}

/// 64 hexadecimal digits, with or without colons and a prefix.
fn fingerprint(text: &str) -> Result<[u8; 32]> {
    let digits: String =
        text.trim_start_matches("sha256:").trim_start_matches("SHA256:").chars().filter(|c| *c != ':').collect();
    let wrong = || {
        Failure::usage("--pin is no SHA-256 fingerprint").hint("it has 64 hexadecimal digits; `imap check` shows it")
    };
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(wrong());
    }
    let mut pin = [0; 32];
    for (byte, pair) in pin.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(pin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_are_refused_and_not_repeated() {
        for url in [
            "imaps://alice:hunter2@h",
            "imap://a:hunter2@h:143/INBOX",
            "imap+insecure://:hunter2@h",
            "imaps://a:hunt/er2@h",
        ] {
            let failure = refuse_password(url).unwrap_err();
            assert!(!failure.message().contains("hunt"), "{url}");
        }
        for url in [
            "imaps://alice@h:993",
            "imaps://h:993",
            "imaps://[::1]:993",
            "imaps://a@[::1]:993",
            "tunnel:ssh a:b@h",
            "demo:",
        ] {
            assert!(refuse_password(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_identity_is_the_same_by_every_way() {
        let resolve = |account: &str, user: Option<&str>| {
            #[derive(clap::Parser)]
            struct Arguments {
                #[command(flatten)]
                access: Access,
            }
            let mut words = vec!["imap".to_owned(), account.to_owned()];
            words.extend(user.map(|user| format!("--user={user}")));
            let arguments = <Arguments as clap::Parser>::try_parse_from(words).unwrap();
            Account::resolve(&arguments.access, None).unwrap().identity()
        };
        for (account, user, identity) in [
            ("imaps://alice@Mail.example.org", None, "alice@mail.example.org"),
            ("imap://mail.example.org", Some("alice"), "alice@mail.example.org"),
            ("imap://mail.example.org:1143", Some("alice"), "alice@mail.example.org:1143"),
            ("imaps://alice@[::1]", None, "alice@[::1]"),
            ("imaps://alice@[::1]:2993", None, "alice@[::1]:2993"),
            ("tunnel:ssh mail imapd", None, "tunnel:ssh mail imapd"),
            ("unix:/run/imap", Some("bob"), "unix:/run/imap (user bob)"),
            ("demo:", None, "demo:"),
        ] {
            assert_eq!(resolve(account, user), identity);
        }
    }

    #[test]
    fn pins_are_read_with_and_without_colons() {
        let plain = "00ff".repeat(16);
        let colons = ["00", "FF"].repeat(16).join(":");
        assert_eq!(fingerprint(&plain).unwrap(), fingerprint(&colons).unwrap());
        for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}
