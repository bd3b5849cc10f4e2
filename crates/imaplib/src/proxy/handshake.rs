//! What is said to a proxy before the server is reached, without I/O.

use zeroize::Zeroizing;

use super::{Kind, Proxy, ProxyFailure, http::Http, socks5::Socks5};
use crate::endpoint::Address;

/// The exchange with a proxy: send what there is [to send](Self::take_output), then receive as many bytes as are
/// [needed](Self::needed), until none are.
///
/// It never asks for a byte that may be the server's.
pub(crate) enum Handshake {
    Socks5(Socks5),
    Http(Http),
}

impl Handshake {
    /// Begins to reach the address through the proxy.
    ///
    /// # Errors
    /// If the address or the login cannot be sent to a proxy of this kind.
    pub(crate) fn new(proxy: &Proxy, address: &Address) -> Result<Self, ProxyFailure> {
        Ok(match proxy.kind {
            Kind::Socks5 => Self::Socks5(Socks5::new(proxy.login.as_ref(), address)?),
            Kind::Http => Self::Http(Http::new(proxy.login.as_ref(), address)?),
        })
    }

    /// What is to be sent now; it may hold a password.
    pub(crate) fn take_output(&mut self) -> Zeroizing<Vec<u8>> {
        std::mem::take(match self {
            Self::Socks5(socks) => &mut socks.output,
            Self::Http(http) => &mut http.output,
        })
    }

    /// How many bytes may be received at most; none when the server is reached.
    pub(crate) fn needed(&self) -> usize {
        match self {
            Self::Socks5(socks) => socks.needed(),
            Self::Http(http) => http.needed(),
        }
    }

    /// Accepts bytes of the proxy, not more than are needed.
    ///
    /// # Errors
    /// If the proxy refuses, or sends what it must not.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<(), ProxyFailure> {
        match (self, bytes) {
            (_, []) => Err(ProxyFailure::Closed),
            (Self::Socks5(socks), bytes) => socks.receive(bytes),
            (Self::Http(http), bytes) => http.receive(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays answers to the handshake in pieces; returns what was sent, what was left, and how it ended.
    fn play(proxy: &str, host: &str, answers: &[u8], piece: usize) -> (Vec<u8>, usize, Result<(), ProxyFailure>) {
        let address = Address { host: host.to_owned(), port: 993 };
        let mut handshake = match Handshake::new(&proxy.parse().unwrap(), &address) {
            Ok(handshake) => handshake,
            Err(failure) => return (Vec::new(), answers.len(), Err(failure)),
        };
        let (mut sent, mut rest) = (Vec::new(), answers);
        loop {
            sent.extend_from_slice(&handshake.take_output());
            let count = handshake.needed().min(piece).min(rest.len());
            if handshake.needed() == 0 {
                return (sent, rest.len(), Ok(()));
            }
            if let Err(failure) = handshake.receive(&rest[..count]) {
                return (sent, rest.len(), Err(failure));
            }
            rest = &rest[count..];
        }
    }

    /// What the server sends behind the proxy's answer stays on the stream, however the answer is cut.
    #[test]
    fn the_server_is_reached_and_nothing_of_it_is_taken() {
        const NAME: &[u8] = b"\x05\x01\x00\x05\x01\x00\x03\x04mail\x03\xe1";
        const LOGIN: &[u8] = b"\x05\x02\x00\x02\x01\x01u\x03p:q\x05\x01\x00\x03\x04mail\x03\xe1";
        const BOUND: &[u8] = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        let after = |first: &[u8], last: &[u8]| [first, last, b"* OK hello"].concat();
        for (proxy, host, answers, sent) in [
            ("socks5://p", "mail", after(b"\x05\x00", BOUND), NAME.to_vec()),
            ("socks5://p", "mail", after(b"\x05\x00", b"\x05\x00\x00\x03\x05abcde\x00\x01"), NAME.to_vec()),
            ("socks5://u:p%3aq@p", "mail", after(b"\x05\x02\x01\x00", BOUND), LOGIN.to_vec()),
            // Some answer with the version of SOCKS.
            ("socks5://u:p%3aq@p", "mail", after(b"\x05\x02\x05\x00", BOUND), LOGIN.to_vec()),
            (
                "socks5://p",
                "192.0.2.7",
                after(b"\x05\x00", BOUND),
                b"\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x07\x03\xe1".to_vec(),
            ),
            (
                "socks5://p",
                "2001:db8::1",
                after(
                    b"\x05\x00",
                    b"\x05\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
                ),
                b"\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x03\xe1"
                    .to_vec(),
            ),
            (
                "http://p",
                "mail",
                after(b"", b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"),
                b"CONNECT mail:993 HTTP/1.1\r\nHost: mail:993\r\n\r\n".to_vec(),
            ),
            (
                "http://u:p%3aq@p",
                "::1",
                after(b"", b"HTTP/1.0 204 \n\n"),
                b"CONNECT [::1]:993 HTTP/1.1\r\nHost: [::1]:993\r\nProxy-Authorization: Basic dTpwOnE=\r\n\r\n"
                    .to_vec(),
            ),
        ] {
            for piece in 1..60 {
                assert_eq!(play(proxy, host, &answers, piece), (sent.clone(), 10, Ok(())), "{proxy} {piece}");
            }
        }
    }

    #[test]
    fn what_a_proxy_refuses_or_says_wrongly_is_typed() {
        let socks = "socks5://p";
        let with_login = "socks5://u:p@p";
        let reply = |code: u8| [b"\x05\x00\x05", &[code][..], b"\x00\x01\x00\x00\x00\x00\x00\x00"].concat();
        for (proxy, answers, failure) in [
            (socks, b"* OK an IMAP server\r\n".to_vec(), ProxyFailure::NotAProxy),
            (socks, b"\x05\xff".to_vec(), ProxyFailure::LoginRequired),
            (with_login, b"\x05\xff".to_vec(), ProxyFailure::LoginRequired),
            // It chooses what was not offered.
            (socks, b"\x05\x02".to_vec(), ProxyFailure::NotAProxy),
            (socks, b"\x05\x01".to_vec(), ProxyFailure::NotAProxy),
            (with_login, b"\x05\x02\x01\x01".to_vec(), ProxyFailure::LoginRefused),
            (with_login, b"\x05\x02\x07\x00".to_vec(), ProxyFailure::NotAProxy),
            (socks, b"\x05".to_vec(), ProxyFailure::Closed),
            (socks, b"".to_vec(), ProxyFailure::Closed),
            (socks, b"\x05\x00\x05\x00\x00\x01\x00".to_vec(), ProxyFailure::Closed),
            (socks, b"\x05\x00\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00".to_vec(), ProxyFailure::NotAProxy),
            (socks, b"\x05\x00\x05\x00\x00\x02\x00\x00\x00\x00\x00\x00".to_vec(), ProxyFailure::NotAProxy),
            (socks, reply(1), ProxyFailure::General),
            (socks, reply(2), ProxyFailure::Forbidden),
            (socks, reply(3), ProxyFailure::HostUnreachable),
            (socks, reply(4), ProxyFailure::HostUnreachable),
            (socks, reply(5), ProxyFailure::ConnectionRefused),
            (socks, reply(6), ProxyFailure::HostUnreachable),
            (socks, reply(7), ProxyFailure::Unsupported),
            (socks, reply(8), ProxyFailure::Unsupported),
            (socks, reply(200), ProxyFailure::General),
            ("http://p", b"* OK an IMAP server\r\n".to_vec(), ProxyFailure::NotAProxy),
            ("http://p", b"HTTP/1.1 2000 no\r\n\r\n".to_vec(), ProxyFailure::NotAProxy),
            ("http://p", b"HTTP/2 200 no\r\n\r\n".to_vec(), ProxyFailure::NotAProxy),
            ("http://p", b"HTTP/1.1 407 login\r\n\r\n".to_vec(), ProxyFailure::LoginRequired),
            ("http://u:p@p", b"HTTP/1.1 407 login\r\n\r\n".to_vec(), ProxyFailure::LoginRefused),
            ("http://p", b"HTTP/1.1 403 no\r\n\r\n".to_vec(), ProxyFailure::Forbidden),
            ("http://p", b"HTTP/1.1 502 no\r\n\r\n".to_vec(), ProxyFailure::HostUnreachable),
            ("http://p", b"HTTP/1.1 504 no\r\n\r\n".to_vec(), ProxyFailure::HostUnreachable),
            ("http://p", b"HTTP/1.1 418 tea\r\n\r\n".to_vec(), ProxyFailure::Status { code: 418 }),
            ("http://p", b"HTTP/1.1 200 yes\r\n".to_vec(), ProxyFailure::Closed),
            ("http://p", [&b"HTTP/1.1 200 yes\r\n"[..], &[b'x'; 20_000]].concat(), ProxyFailure::HeaderTooLong),
            ("http://p", vec![b'x'; 20_000], ProxyFailure::NotAProxy),
        ] {
            for piece in [1, 2, 1000] {
                let (_, _, result) = play(proxy, "mail", &answers, piece);
                assert_eq!(result, Err(failure), "{proxy} {}", answers.escape_ascii());
            }
        }
    }

    #[test]
    fn what_cannot_be_sent_is_not() {
        let long = "x".repeat(256);
        for (proxy, host, failure) in [
            ("socks5://p".to_owned(), long.as_str(), ProxyFailure::BadHost),
            (format!("socks5://{long}:p@p"), "mail", ProxyFailure::BadLogin),
            (format!("socks5://u:{long}@p"), "mail", ProxyFailure::BadLogin),
            ("socks5://u@p".to_owned(), "mail", ProxyFailure::BadLogin),
            ("http://u%3a:p@p".to_owned(), "mail", ProxyFailure::BadLogin),
            ("http://u:p%0d%0aX:@p".to_owned(), "mail", ProxyFailure::BadLogin),
            ("http://p".to_owned(), "mail\r\nX: y", ProxyFailure::BadHost),
            ("http://p".to_owned(), "mail x", ProxyFailure::BadHost),
        ] {
            assert_eq!(play(&proxy, host, b"", 1).2, Err(failure), "{proxy} {host:?}");
        }
    }
}
