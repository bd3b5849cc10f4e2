//! The proxy that the environment names.

use std::net::IpAddr;

use super::Proxy;
use crate::Result;

impl Proxy {
    /// The proxy that the environment names for this host: that of `ALL_PROXY`, unless the host is among those of `NO_PROXY`
    /// or is this machine. The names in small letters count, too, and come first.
    ///
    /// `NO_PROXY` is a list with commas: `*` for all hosts, a name for itself and all names below it, an IP address, or a
    /// network such as `192.0.2.0/24`.
    ///
    /// # Errors
    /// If `ALL_PROXY` is not the address of a proxy of a known kind.
    pub fn from_environment(host: &str) -> Result<Option<Self>> {
        from_variables(host, |name| std::env::var(name).ok())
    }
}

fn from_variables(host: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let value = |small: &str, large: &str| {
        let found = variable(small).filter(|value| !value.is_empty()).or_else(|| variable(large));
        found.filter(|value| !value.is_empty())
    };
    let Some(proxy) = value("all_proxy", "ALL_PROXY").filter(|_| !is_local(host)) else { return Ok(None) };
    let exempt = value("no_proxy", "NO_PROXY").unwrap_or_default();
    if exempt.split([',', ' ']).any(|entry| covers(entry.trim(), host)) {
        return Ok(None);
    }
    proxy.parse().map(Some)
}

fn is_local(host: &str) -> bool {
    let is_loopback = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    is_loopback || host.eq_ignore_ascii_case("localhost")
}

/// Whether an entry of `NO_PROXY` is about the host.
fn covers(entry: &str, host: &str) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match entry.split_once('/') {
            None => entry.trim_matches(['[', ']']).parse().is_ok_and(|other: IpAddr| other == address),
            Some((network, length)) => match (network.parse(), length.parse()) {
                (Ok(network), Ok(length)) => in_network(address, network, length),
                _ => false,
            },
        };
    }
    let name = entry.trim_start_matches('.').to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    !name.is_empty() && host.strip_suffix(&name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn in_network(address: IpAddr, network: IpAddr, length: u32) -> bool {
    let (address, network, bits) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (address.to_bits().into(), network.to_bits().into(), 32),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let differing: u128 = address ^ network;
    length <= bits && differing.checked_shr(bits - length).unwrap_or_default() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_of(host: &str, variables: &[(&str, &str)]) -> Result<Option<String>> {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Ok(from_variables(host, value)?.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn all_hosts_but_those_that_are_exempt_have_it() {
        let proxy = Some("socks5://p:1080".to_owned());
        for (host, exempt, found) in [
            ("mail.example.org", "", true),
            ("localhost", "", false),
            ("127.0.0.7", "", false),
            ("::1", "", false),
            ("mail.example.org", "*", false),
            ("mail.example.org", "example.org", false),
            ("mail.example.org", "other, .example.org", false),
            ("MAIL.Example.org.", "x,mail.example.org", false),
            ("mail.example.org", "ample.org", true),
            ("mail.example.org", "mail.example.org.evil", true),
            ("192.0.2.7", "192.0.2.0/24", false),
            ("192.0.3.7", "192.0.2.0/24", true),
            ("192.0.2.7", "0.0.0.0/0", false),
            ("192.0.2.7", "192.0.2.7", false),
            ("192.0.2.7", "192.0.2.0/33,192.0.2.0/x", true),
            ("2001:db8::7", "2001:db8::/32", false),
            ("2001:db9::7", "2001:db8::/32,192.0.2.0/24", true),
        ] {
            let variables = [("ALL_PROXY", "socks5://p"), ("NO_PROXY", exempt)];
            assert_eq!(proxy_of(host, &variables).unwrap(), proxy.clone().filter(|_| found), "{host} {exempt}");
        }
    }

    #[test]
    fn small_letters_come_first_and_what_is_not_a_proxy_is_an_error() {
        let both = [("ALL_PROXY", "socks5://large"), ("all_proxy", "http://small")];
        assert_eq!(proxy_of("h", &both).unwrap().as_deref(), Some("http://small:80"));
        assert_eq!(proxy_of("h", &[("all_proxy", ""), ("ALL_PROXY", "")]).unwrap(), None);
        assert!(proxy_of("h", &[("ALL_PROXY", "quic://p")]).unwrap_err().is_bad_argument());
    }
}
