//! How to connect: trust, time-outs, limits.

use std::path::PathBuf;
use std::time::Duration;

use imaplib_proto::engine::Limits;

/// How to connect. The default is what most programs want.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
}

impl ConnectOptions {
    /// The platform's certificates, and the default time-outs and limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates of this PEM file instead of the platform's.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Shows the server this certificate chain and proves it with this key, both PEM files.
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some((chain.into(), key.into()));
        self
    }

    /// Trusts exactly the server certificate whose DER form has this SHA-256 hash, whoever signed it, whatever name or
    /// date it bears, and no other.
    #[must_use]
    pub fn pin(mut self, sha256: [u8; 32]) -> Self {
        self.pin = Some(sha256);
        self
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How much to hold in memory.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// How long to wait in each phase. Each is a limit, not a delay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// To reach the server: 30 s for each of its addresses.
    pub connect: Duration,
    /// For the TLS hand-shake: 15 s.
    pub tls: Duration,
    /// For the greeting: 30 s.
    pub greeting: Duration,
    /// Without an octet from the server while a command runs, or without progress in sending: 60 s.
    pub silence: Duration,
    /// Without anything of the answer to a command, although the server says other things: 10 minutes. Some servers tell
    /// now and then that they are still searching.
    pub no_progress: Duration,
    /// How many octets a second a response must come at, once it has begun: 1 KiB. A server may be slower by what
    /// `silence` is in seconds; zero is no limit.
    pub min_rate: u64,
    /// For the answer to LOGOUT: 3 s.
    pub logout: Duration,
    /// How long one IDLE lasts before it is renewed: 9 minutes, for many networks forget silent connections after 10.
    pub idle_renewal: Duration,
    /// How often to ask a server that has no IDLE: 60 s.
    pub idle_polling: Duration,
    /// Without an octet over TCP before the system asks whether the other side is still there: 2 minutes. If a minute of
    /// questions brings no answer, the connection is lost. Counted in seconds; zero asks never.
    pub keep_alive: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            tls: Duration::from_secs(15),
            greeting: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            no_progress: Duration::from_secs(600),
            min_rate: 1 << 10,
            logout: Duration::from_secs(3),
            idle_renewal: Duration::from_secs(9 * 60),
            idle_polling: Duration::from_secs(60),
            keep_alive: Duration::from_secs(120),
        }
    }
}

impl Timeouts {
    /// The same limit for reaching the server, TLS, the greeting and commands, and five times as much for
    /// [`no_progress`](Self#structfield.no_progress).
    #[must_use]
    pub fn all(limit: Duration) -> Self {
        let no_progress = limit.saturating_mul(5);
        Self { connect: limit, tls: limit, greeting: limit, silence: limit, no_progress, ..Self::default() }
    }

    /// With another limit for [`connect`](Self#structfield.connect).
    #[must_use]
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// With another limit for [`tls`](Self#structfield.tls).
    #[must_use]
    pub fn tls(mut self, limit: Duration) -> Self {
        self.tls = limit;
        self
    }

    /// With another limit for [`greeting`](Self#structfield.greeting).
    #[must_use]
    pub fn greeting(mut self, limit: Duration) -> Self {
        self.greeting = limit;
        self
    }

    /// With another limit for [`silence`](Self#structfield.silence).
    #[must_use]
    pub fn silence(mut self, limit: Duration) -> Self {
        self.silence = limit;
        self
    }

    /// With another limit for [`no_progress`](Self#structfield.no_progress).
    #[must_use]
    pub fn no_progress(mut self, limit: Duration) -> Self {
        self.no_progress = limit;
        self
    }

    /// With another limit for [`min_rate`](Self#structfield.min_rate).
    #[must_use]
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.min_rate = bytes_per_second;
        self
    }

    /// With another limit for [`logout`](Self#structfield.logout).
    #[must_use]
    pub fn logout(mut self, limit: Duration) -> Self {
        self.logout = limit;
        self
    }

    /// With another limit for [`idle_renewal`](Self#structfield.idle_renewal).
    #[must_use]
    pub fn idle_renewal(mut self, limit: Duration) -> Self {
        self.idle_renewal = limit;
        self
    }

    /// With another limit for [`idle_polling`](Self#structfield.idle_polling).
    #[must_use]
    pub fn idle_polling(mut self, limit: Duration) -> Self {
        self.idle_polling = limit;
        self
    }

    /// With another limit for [`keep_alive`](Self#structfield.keep_alive).
    #[must_use]
    pub fn keep_alive(mut self, limit: Duration) -> Self {
        self.keep_alive = limit;
        self
    }
}
