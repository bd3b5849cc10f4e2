//! A proxy on the way to the server: SOCKS5 or HTTP CONNECT.

mod environment;
mod failure;
mod handshake;
mod http;
mod socks5;

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

pub use failure::ProxyFailure;
pub(crate) use handshake::Handshake;

use crate::endpoint::{Address, decode_percent, read_place};
use crate::{Error, Result, TimeoutPhase};

/// A proxy through which the server is reached: SOCKS5 (RFC 1928) or HTTP CONNECT (RFC 9110, section 9.3.6).
///
/// | text | proxy |
/// |---|---|
/// | `socks5://user:password@host:1080` | SOCKS5; `socks5h` is the same |
/// | `http://user:password@host:8080` | HTTP CONNECT; the port is 80 if it is left out |
///
/// The user and the password may be left out; what is special in them is written as `%40`. The proxy looks up the name of
/// the server. What is said to the proxy is not encrypted, and that includes its password; TLS with the server is from end to
/// end all the same.
///
/// ```
/// use imaplib::{ConnectOptions, Proxy};
///
/// let proxy: Proxy = "socks5://alice:secret@proxy.example.org".parse()?;
/// assert_eq!(proxy.to_string(), "socks5://alice:***@proxy.example.org:1080");
/// let options = ConnectOptions::new().proxy(proxy);
/// # Ok::<(), imaplib::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) address: Address,
    kind: Kind,
    login: Option<Login>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Socks5,
    Http,
}

#[derive(Clone, PartialEq, Eq)]
struct Login {
    user: String,
    password: Zeroizing<String>,
}

impl Proxy {
    /// A SOCKS5 proxy. The port is usually 1080.
    #[must_use]
    pub fn socks5(host: impl Into<String>, port: u16) -> Self {
        Self { address: Address { host: host.into(), port }, kind: Kind::Socks5, login: None }
    }

    /// An HTTP proxy that allows CONNECT to the port of the server. The port is often 8080 or 3128.
    #[must_use]
    pub fn http(host: impl Into<String>, port: u16) -> Self {
        Self { address: Address { host: host.into(), port }, kind: Kind::Http, login: None }
    }

    /// Logs in at the proxy, if it requires a login: by RFC 1929 over SOCKS5, by Basic (RFC 7617) over HTTP.
    #[must_use]
    pub fn login(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.login = Some(Login { user: user.into(), password: Zeroizing::new(password.into()) });
        self
    }

    /// The host of the proxy.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.address.host
    }

    /// The port of the proxy.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The password for the proxy, if there is one: so that it can be kept out of logs.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.password.as_str())
    }

    /// The error of a connection to the proxy that was lost or fell silent.
    pub(crate) fn lost(&self, error: std::io::Error) -> Error {
        match error.kind() {
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => Error::timeout(TimeoutPhase::Proxy),
            _ => Error::unreachable(format!("the connection to the proxy {self} failed"), error),
        }
    }

    /// The error of a proxy that failed so.
    pub(crate) fn failed(&self, failure: ProxyFailure) -> Error {
        Error::proxy(format!("cannot reach the server through the proxy {self}"), failure)
    }
}

impl FromStr for Proxy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            // It may hold a password: what stands before an @ is not repeated.
            let shown = text.rsplit('@').next().unwrap_or_default().escape_debug();
            return Err(Error::address(format!(
                "\"{shown}\" is not the address of a proxy: it should be like socks5://host:1080 or http://host:8080"
            )));
        };
        let (kind, port) = match scheme.to_ascii_lowercase().as_str() {
            "socks5" | "socks5h" => (Kind::Socks5, 1080),
            "http" => (Kind::Http, 80),
            _ => {
                return Err(Error::address(format!(
                    "the scheme \"{}\" of the proxy is not known: use socks5 or http",
                    scheme.escape_debug()
                )));
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            None => (None, rest),
            Some((login, place)) => {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                (Some((decode_percent(user)?, decode_percent(password)?)), place)
            }
        };
        let proxy = Self { address: read_place(place, port)?, kind, login: None };
        Ok(match login {
            None => proxy,
            Some((user, password)) => proxy.login(user, password),
        })
    }
}

impl fmt::Display for Proxy {
    /// With `***` in place of the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Socks5 => "socks5://",
            Kind::Http => "http://",
        })?;
        if let Some(login) = &self.login {
            write!(f, "{}:***@", login.user.escape_debug())?;
        }
        match self.address.host.contains(':') {
            true => write!(f, "[{}]:{}", self.address.host, self.address.port),
            false => write!(f, "{}:{}", self.address.host, self.address.port),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_the_password() {
        for (text, shown, password) in [
            ("socks5://h", "socks5://h:1080", None),
            ("SOCKS5H://h:9/", "socks5://h:9", None),
            ("http://h", "http://h:80", None),
            ("http://u:p%40q%3A@[::1]:3128", "http://u:***@[::1]:3128", Some("p@q:")),
            ("socks5://u@h", "socks5://u:***@h:1080", Some("")),
        ] {
            let proxy = text.parse::<Proxy>().unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.password()), (shown, password));
            assert!(!format!("{proxy:?} {proxy:#?}").contains("p@q"), "{proxy:?}");
        }
    }

    #[test]
    fn what_is_not_a_proxy_is_refused_without_repeating_a_password() {
        for text in
            ["", "h:1080", "u:geheim@h", "https://u:geheim@h", "socks4://h", "http://u:geheim@", "http://u:geheim@h:0"]
        {
            let error = text.parse::<Proxy>().unwrap_err();
            assert!(error.is_bad_argument() && !format!("{error} {error:#?}").contains("geheim"), "{text}: {error}");
        }
    }
}
