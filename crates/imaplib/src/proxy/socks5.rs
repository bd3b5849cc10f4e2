//! SOCKS5 (RFC 1928) with a user name and a password (RFC 1929).

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{Login, ProxyFailure};
use crate::endpoint::Address;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

/// The exchange with a SOCKS5 proxy.
pub(crate) struct Socks5 {
    pub(super) output: Zeroizing<Vec<u8>>,
    /// The login in the form of RFC 1929, if there is one.
    login: Option<Zeroizing<Vec<u8>>>,
    request: Vec<u8>,
    phase: Phase,
    /// What was received of this phase.
    input: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Method,
    Login,
    Reply,
    Done,
}

impl Socks5 {
    pub(super) fn new(login: Option<&Login>, address: &Address) -> Result<Self, ProxyFailure> {
        let mut request = vec![VERSION, 1, 0];
        match address.host.parse() {
            Ok(IpAddr::V4(v4)) => {
                request.push(1);
                request.extend(v4.octets());
            }
            Ok(IpAddr::V6(v6)) => {
                request.push(4);
                request.extend(v6.octets());
            }
            Err(_) => {
                request.extend([3, u8::try_from(address.host.len()).map_err(|_| ProxyFailure::BadHost)?]);
                request.extend(address.host.as_bytes());
            }
        }
        request.extend(address.port.to_be_bytes());
        let login = login.map(subnegotiation).transpose()?;
        let methods: &[u8] = if login.is_some() { &[VERSION, 2, NO_LOGIN, PASSWORD] } else { &[VERSION, 1, NO_LOGIN] };
        Ok(Self {
            output: methods.to_vec().into(),
            login,
            request,
            phase: Phase::Method,
            input: Vec::with_capacity(32),
        })
    }

    pub(super) fn needed(&self) -> usize {
        let whole = match self.phase {
            Phase::Method | Phase::Login => 2,
            // The length of the address is known from its first two bytes.
            Phase::Reply => match self.input.get(3..5) {
                None => 5,
                Some([1, _]) => 10,
                Some([3, length]) => 7 + usize::from(*length),
                Some(_) => 22,
            },
            Phase::Done => 0,
        };
        whole.saturating_sub(self.input.len())
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<(), ProxyFailure> {
        self.input.extend_from_slice(bytes);
        let version = self.input.first().copied().unwrap_or_default();
        // Of the login the version is 1, and with some proxies that of SOCKS.
        if version != VERSION && !(self.phase == Phase::Login && version == 1) {
            return Err(ProxyFailure::NotAProxy);
        }
        let Some(&code) = self.input.get(1) else { return Ok(()) };
        match (self.phase, code) {
            (Phase::Method, NO_LOGIN) => self.next(Phase::Reply, self.request.clone().into()),
            (Phase::Method, PASSWORD) => {
                let login = self.login.take().ok_or(ProxyFailure::NotAProxy)?;
                self.next(Phase::Login, login);
            }
            (Phase::Method, NONE_ACCEPTABLE) => return Err(ProxyFailure::LoginRequired),
            (Phase::Method, _) => return Err(ProxyFailure::NotAProxy),
            (Phase::Login, 0) => self.next(Phase::Reply, self.request.clone().into()),
            (Phase::Login, _) => return Err(ProxyFailure::LoginRefused),
            (Phase::Reply, 0) => {
                if self.input.get(3).is_some_and(|kind| !matches!(kind, 1 | 3 | 4)) {
                    return Err(ProxyFailure::NotAProxy);
                }
                if self.needed() == 0 {
                    self.next(Phase::Done, Zeroizing::default());
                }
            }
            (Phase::Reply, code) => return Err(refusal(code)),
            (Phase::Done, _) => {}
        }
        Ok(())
    }

    fn next(&mut self, phase: Phase, output: Zeroizing<Vec<u8>>) {
        self.phase = phase;
        self.output = output;
        self.input.clear();
    }
}

/// The user name and the password, as RFC 1929 sends them.
fn subnegotiation(login: &Login) -> Result<Zeroizing<Vec<u8>>, ProxyFailure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 + 2 * 255));
    bytes.push(1);
    for text in [&login.user, &*login.password] {
        let length = u8::try_from(text.len()).ok().filter(|length| *length > 0).ok_or(ProxyFailure::BadLogin)?;
        bytes.push(length);
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

/// RFC 1928, section 6.
fn refusal(code: u8) -> ProxyFailure {
    match code {
        2 => ProxyFailure::Forbidden,
        3 | 4 | 6 => ProxyFailure::HostUnreachable,
        5 => ProxyFailure::ConnectionRefused,
        7 | 8 => ProxyFailure::Unsupported,
        _ => ProxyFailure::General,
    }
}
