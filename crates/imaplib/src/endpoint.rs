//! Where a server is, and how it is reached.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::{Error, Result};

/// Where a server is, and how it is reached.
///
/// | text | way |
/// |---|---|
/// | `imaps://user@host:993` | TLS from the first byte; the user and the port may be left out |
/// | `imap://user@host:143` | STARTTLS, refused if it cannot be had |
/// | `imap+insecure://user@host:143` | clear text: everyone on the way can read mail and password |
/// | `tunnel:COMMAND` | a child process whose input and output are the connection |
/// | `unix:PATH` | a Unix socket |
///
/// ```
/// use imaplib::Endpoint;
/// let endpoint: Endpoint = "imaps://alice@imap.example.org".parse()?;
/// assert_eq!(endpoint.user(), Some("alice"));
/// # Ok::<(), imaplib::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) way: Way,
    user: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Tls(Address),
    StartTls(Address),
    Insecure(Address),
    Tunnel(Vec<String>),
    Unix(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// The error of a host that cannot be reached.
    #[cfg(any(feature = "blocking", feature = "tokio"))]
    pub(crate) fn unreachable(&self, error: std::io::Error) -> Error {
        Error::unreachable(format!("cannot reach {} port {}", self.host, self.port), error)
    }
}

impl Endpoint {
    /// TLS from the first byte (RFC 8314). The port is usually 993.
    #[must_use]
    pub fn tls(host: impl Into<String>, port: u16) -> Self {
        Self { way: Way::Tls(Address { host: host.into(), port }), user: None }
    }

    /// STARTTLS, refused if it cannot be had (RFC 9051, section 6.2.1). The port is usually 143.
    #[must_use]
    pub fn starttls(host: impl Into<String>, port: u16) -> Self {
        Self { way: Way::StartTls(Address { host: host.into(), port }), user: None }
    }

    /// Clear text: everyone on the way can read mail and password. For loopback and tests.
    #[must_use]
    pub fn insecure(host: impl Into<String>, port: u16) -> Self {
        Self { way: Way::Insecure(Address { host: host.into(), port }), user: None }
    }

    /// A child process whose input and output are the connection: the program and its arguments. No shell reads them.
    #[must_use]
    pub fn tunnel<I: IntoIterator<Item = S>, S: Into<String>>(command: I) -> Self {
        Self { way: Way::Tunnel(command.into_iter().map(Into::into).collect()), user: None }
    }

    /// A Unix socket.
    #[must_use]
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self { way: Way::Unix(path.into()), user: None }
    }

    /// The user that the text named.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host, if the way leads over a network.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.address().map(|address| address.host.as_str())
    }

    /// The port, if the way leads over a network.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.address().map(|address| address.port)
    }

    /// Whether TLS starts with the first byte (`imaps://`).
    #[must_use]
    pub fn is_implicit_tls(&self) -> bool {
        matches!(self.way, Way::Tls(_))
    }

    /// Whether nobody on the way can read: TLS, or no network at all.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !matches!(self.way, Way::Insecure(_))
    }

    pub(crate) fn address(&self) -> Option<&Address> {
        match &self.way {
            Way::Tls(address) | Way::StartTls(address) | Way::Insecure(address) => Some(address),
            Way::Tunnel(_) | Way::Unix(_) => None,
        }
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(command) = text.strip_prefix("tunnel:") {
            let words =
                shlex::split(command).ok_or_else(|| Error::address("tunnel: a quote in the command is not closed"))?;
            if words.is_empty() {
                return Err(Error::address("tunnel: the command is missing, as in tunnel:ssh mail imapd"));
            }
            return Ok(Self::tunnel(words));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err(Error::address("unix: the path of the socket is missing"));
            }
            return Ok(Self::unix(path));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            // It may hold a password: what stands before an @ is not repeated.
            let shown = text.rsplit('@').next().unwrap_or_default().escape_debug();
            return Err(Error::address(format!(
                "\"{shown}\" is no address of a server: it should be like imaps://user@host"
            )));
        };
        let (make, port): (fn(Address) -> Way, u16) = match scheme.to_ascii_lowercase().as_str() {
            "imaps" => (Way::Tls, 993),
            "imap" => (Way::StartTls, 143),
            "imap+insecure" => (Way::Insecure, 143),
            _ => {
                return Err(Error::address(format!(
                    "the scheme \"{}\" is not known: use imaps, imap (STARTTLS) or imap+insecure (clear text)",
                    scheme.escape_debug()
                )));
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(decode_percent(user)?), place),
            None => (None, rest),
        };
        if rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Err(Error::address(
                "a password must not stand in the address: it would be seen in process lists and histories",
            ));
        }
        Ok(Self { way: make(read_place(place, port)?), user })
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
pub(crate) fn read_place(place: &str, default_port: u16) -> Result<Address> {
    let (host, port) = match place.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, rest)) => match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None => return Err(Error::address("behind the ] of an IPv6 address only a : and the port can stand")),
            },
            None => return Err(Error::address("the ] behind the IPv6 address is missing")),
        },
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if host.is_empty() || host.contains(['/', '?', '#', ' ']) || host.contains(char::is_control) {
        return Err(Error::address(format!("\"{}\" is no name of a host", host.escape_debug())));
    }
    let port = match port {
        None => default_port,
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            Error::address(format!("\"{}\" is no port: it should be 1 to 65535", port.escape_debug()))
        })?,
    };
    Ok(Address { host: host.to_owned(), port })
}

pub(crate) fn decode_percent(text: &str) -> Result<String> {
    let invalid = || Error::address("the address holds a wrong %-escape before the @");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
            let (high, low) = (digit().ok_or_else(invalid)?, digit().ok_or_else(invalid)?);
            u8::try_from(high * 16 + low).map_err(|_| invalid())?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map_err(|_| invalid())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = |f: &mut fmt::Formatter<'_>, scheme: &str, address: &Address| {
            write!(f, "{scheme}://")?;
            if let Some(user) = &self.user {
                for letter in user.chars() {
                    // What would end the user's name here, or be taken for a password, or for an escape.
                    match letter {
                        '%' | ':' | '/' | ' ' => write!(f, "%{:02X}", u32::from(letter))?,
                        letter if letter.is_control() => {
                            letter.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "%{byte:02X}"))?;
                        }
                        letter => write!(f, "{letter}")?,
                    }
                }
                f.write_str("@")?;
            }
            match address.host.contains(':') {
                true => write!(f, "[{}]:{}", address.host, address.port),
                false => write!(f, "{}:{}", address.host, address.port),
            }
        };
        match &self.way {
            Way::Tls(address) => network(f, "imaps", address),
            Way::StartTls(address) => network(f, "imap", address),
            Way::Insecure(address) => network(f, "imap+insecure", address),
            Way::Tunnel(command) => {
                f.write_str("tunnel:")?;
                command.iter().enumerate().try_for_each(|(at, word)| {
                    let space = if at > 0 { " " } else { "" };
                    // Only a NUL cannot be quoted, and no command has one.
                    write!(f, "{space}{}", shlex::try_quote(word).unwrap_or(word.into()))
                })
            }
            Way::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            ("imaps://alice@imap.example.org", "imaps://alice@imap.example.org:993"),
            ("imap://h:1143/", "imap://h:1143"),
            ("IMAP+insecure://a%40b@[::1]:99", "imap+insecure://a@b@[::1]:99"),
            ("tunnel:ssh 'my host' \"a \\\" b\" c\\ d", "tunnel:ssh 'my host' 'a \" b' 'c d'"),
            ("imaps://a%25b%3Ac%2Fd%0Ae@h", "imaps://a%25b%3Ac%2Fd%0Ae@h:993"),
            ("unix:/run/imap", "unix:/run/imap"),
        ] {
            let endpoint = text.parse::<Endpoint>().unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(shown.parse::<Endpoint>().unwrap(), endpoint, "{shown}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_a_password() {
        for text in [
            "",
            "example.org",
            "http://x",
            "imaps://",
            "imaps://h:0",
            "imaps://h:99999",
            "imaps://[::1",
            "imaps://a%zz@h",
            "tunnel:",
            "tunnel:'x",
            "unix:",
            "imaps://u:geheim@h",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(error.is_bad_argument() && !error.to_string().contains("geheim"), "{text}: {error}");
        }
    }
}
