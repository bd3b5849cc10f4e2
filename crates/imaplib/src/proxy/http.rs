//! HTTP CONNECT (RFC 9110, section 9.3.6) with Basic login (RFC 7617).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::{Login, ProxyFailure};
use crate::endpoint::Address;

/// How long the header of the answer may be, in bytes.
const MAX_HEADER: usize = 16 << 10;

/// How long the header can be before it is known to be one of HTTP, in bytes: `HTTP/1.1 200` and what ends it.
const STATUS_END: usize = 13;

/// The exchange with an HTTP proxy.
pub(crate) struct Http {
    pub(super) output: Zeroizing<Vec<u8>>,
    logs_in: bool,
    header: Vec<u8>,
    done: bool,
}

impl Http {
    pub(super) fn new(login: Option<&Login>, address: &Address) -> Result<Self, ProxyFailure> {
        let host = &address.host;
        if !host.bytes().all(|byte| byte.is_ascii_graphic() || !byte.is_ascii()) {
            return Err(ProxyFailure::BadHost);
        }
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        let place = format!("{open}{host}{close}:{}", address.port);
        let mut request = Zeroizing::new(format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n").into_bytes());
        if let Some(Login { user, password }) = login {
            if user.contains(':') || user.chars().chain(password.chars()).any(char::is_control) {
                return Err(ProxyFailure::BadLogin);
            }
            let credentials = Zeroizing::new([user.as_bytes(), b":", password.as_bytes()].concat());
            let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*credentials));
            // In a buffer that holds all of it: one that grows would leave the password behind.
            let mut whole = Zeroizing::new(Vec::with_capacity(request.len() + encoded.len() + 64));
            whole.extend_from_slice(&request);
            whole.extend_from_slice(b"Proxy-Authorization: Basic ");
            whole.extend_from_slice(encoded.as_bytes());
            whole.extend_from_slice(b"\r\n");
            request = whole;
        }
        request.extend_from_slice(b"\r\n");
        Ok(Self { output: request, logs_in: login.is_some(), header: Vec::new(), done: false })
    }

    /// As many bytes as the header has at least: what follows it is the server's.
    pub(super) fn needed(&self) -> usize {
        match (self.done, self.header.as_slice()) {
            (true, _) => 0,
            (false, header) if header.len() < STATUS_END => STATUS_END - header.len(),
            // An empty line ends it; some proxies end lines without a carriage return.
            (false, [.., b'\n'] | [.., b'\n', b'\r']) => 1,
            (false, _) => 2,
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<(), ProxyFailure> {
        self.header.extend_from_slice(bytes);
        let start = b"HTTP/1.".get(..self.header.len().min(7)).unwrap_or_default();
        if !self.header.starts_with(start) {
            return Err(ProxyFailure::NotAProxy);
        }
        if self.header.ends_with(b"\n\n") || self.header.ends_with(b"\n\r\n") {
            self.done = true;
            return self.judge();
        }
        match self.header.len() > MAX_HEADER {
            true => Err(ProxyFailure::HeaderTooLong),
            false => Ok(()),
        }
    }

    /// Reads the status (RFC 9112, section 4).
    fn judge(&self) -> Result<(), ProxyFailure> {
        let code = match self.header.get(8..STATUS_END) {
            Some([b' ', a, b, c, b' ' | b'\r' | b'\n']) => std::str::from_utf8(&[*a, *b, *c]).ok().and_then(|code| {
                let is_number = code.bytes().all(|digit| digit.is_ascii_digit());
                code.parse::<u16>().ok().filter(|_| is_number)
            }),
            _ => None,
        };
        match code.ok_or(ProxyFailure::NotAProxy)? {
            200..=299 => Ok(()),
            407 if self.logs_in => Err(ProxyFailure::LoginRefused),
            407 => Err(ProxyFailure::LoginRequired),
            403 | 405 => Err(ProxyFailure::Forbidden),
            502..=504 => Err(ProxyFailure::HostUnreachable),
            code => Err(ProxyFailure::Status { code }),
        }
    }
}
