//! Which proxy an account is reached through.

use imaplib::Proxy;

use crate::error::{Failure, Result};

/// What stands for no proxy where one is named elsewhere.
const NONE: &str = "none";

/// The proxy of the option, else of the configuration, else of the environment; the host is that of a server that is reached
/// over TCP.
pub(super) fn choose(option: Option<&str>, configured: Option<&str>, host: Option<&str>) -> Result<Option<Proxy>> {
    let (name, text) = match (option, configured) {
        (Some(text), _) => ("--proxy", text),
        (None, Some(text)) => ("proxy", text),
        (None, None) => {
            let found = host.map_or(Ok(None), Proxy::from_environment);
            return found.map_err(|error| {
                Failure::config(format!("ALL_PROXY: {error}")).hint("change it, or give --proxy none to do without it")
            });
        }
    };
    if text.eq_ignore_ascii_case(NONE) {
        return Ok(None);
    }
    let failure = |text: String| if option.is_some() { Failure::usage(text) } else { Failure::config(text) };
    let proxy: Proxy = text.parse().map_err(|error| {
        failure(format!("{name}: {error}")).hint("write socks5://HOST:PORT, http://HOST:PORT or none")
    })?;
    if proxy.password().is_some_and(|password| !password.is_empty()) {
        return Err(failure(format!("{name}: a password is refused here: others could see it"))
            .hint("put the proxy with its user and password into the environment variable ALL_PROXY"));
    }
    if host.is_none() {
        return Err(failure(format!("{name}: only a server that is reached over TCP can be behind a proxy"))
            .hint("leave it out, or use an account of imaps:// or imap://"));
    }
    Ok(Some(proxy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_first_and_passwords_are_refused_without_being_repeated() {
        let chosen = |option, configured| {
            choose(option, configured, Some("h")).map(|proxy| proxy.map(|proxy| proxy.to_string()))
        };
        let socks = Some("socks5://p");
        assert_eq!(chosen(Some("http://q:1"), socks).unwrap().as_deref(), Some("http://q:1"));
        assert_eq!(chosen(None, socks).unwrap().as_deref(), Some("socks5://p:1080"));
        assert_eq!(chosen(Some("None"), socks).unwrap(), None);
        for (option, configured) in [(Some("http://u:hunter2@q"), None), (None, Some("socks5://u:hunter2@q"))] {
            let failure = chosen(option, configured).unwrap_err();
            assert!(!failure.message().contains("hunter2"), "{failure}");
        }
        assert!(choose(socks, None, None).is_err());
        assert!(choose(None, None, None).unwrap().is_none());
    }
}
