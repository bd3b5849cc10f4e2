//! How long to wait, and in which phase a wait ran out.

use std::fmt;
use std::time::Duration;

/// How long to wait in each phase. Each is a limit, not a delay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// To reach the server: 30 s for each of its addresses, and as much for a proxy to do so.
    pub connect: Duration,
    /// For the TLS handshake: 15 s.
    pub tls: Duration,
    /// For the greeting: 30 s.
    pub greeting: Duration,
    /// Without a byte from the server while a command runs, or without progress in sending: 60 s.
    pub silence: Duration,
    /// Without any part of the answer to a command, although the server sends other responses: 10 minutes. Some servers
    /// report now and then that they are still searching.
    pub no_progress: Duration,
    /// At how many bytes a second a response must arrive, once it has begun: 1 KiB. A server may be late by
    /// [`silence`](Self#structfield.silence); zero means no limit.
    pub min_rate: u64,
    /// For the whole answer to a command, beside a second for each 64 bytes of it: 100 minutes. Else a server could go on for
    /// ever with a row now and then. What it reports of its work (INPROGRESS) and the end of each command start it again.
    pub whole_answer: Duration,
    /// For the answer to LOGOUT: 3 s.
    pub logout: Duration,
    /// How long one IDLE lasts before it is renewed: 9 minutes, for many networks forget silent connections after 10.
    pub idle_renewal: Duration,
    /// How often to poll a server that has no IDLE: 60 s.
    pub idle_polling: Duration,
    /// Without a byte over TCP before the system probes whether the other side is still there: 2 minutes. If a minute of
    /// probes brings no answer, the connection is lost. Counted in seconds; zero never probes.
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
            whole_answer: Duration::from_secs(6000),
            logout: Duration::from_secs(3),
            idle_renewal: Duration::from_secs(9 * 60),
            idle_polling: Duration::from_secs(60),
            keep_alive: Duration::from_secs(120),
        }
    }
}

impl Timeouts {
    /// The same limit for reaching the server, TLS, the greeting and commands, five times as much for
    /// [`no_progress`](Self#structfield.no_progress), and a hundred times as much for [`whole_answer`](Self#structfield.whole_answer).
    #[must_use]
    pub fn all(limit: Duration) -> Self {
        let (no_progress, whole_answer) = (limit.saturating_mul(5), limit.saturating_mul(100));
        Self {
            connect: limit,
            tls: limit,
            greeting: limit,
            silence: limit,
            no_progress,
            whole_answer,
            ..Self::default()
        }
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

    /// With another limit for [`whole_answer`](Self#structfield.whole_answer).
    #[must_use]
    pub fn whole_answer(mut self, limit: Duration) -> Self {
        self.whole_answer = limit;
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

/// In which phase a timeout ran out, from [`Error::timeout_phase`](super::Error::timeout_phase).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The name of the server was looked up ([`Timeouts::connect`]).
    Lookup,
    /// The proxy was asked to reach the server ([`Timeouts::connect`]).
    Proxy,
    /// The TLS handshake ([`Timeouts::tls`]).
    TlsHandshake,
    /// The server accepted the connection and sent no greeting ([`Timeouts::greeting`]).
    Greeting,
    /// The server sent nothing ([`Timeouts::silence`]).
    Silence,
    /// The server sent other responses, and no part of the answer ([`Timeouts::no_progress`]).
    NoProgress,
    /// The server sent its response too slowly ([`Timeouts::min_rate`]), or the whole answer ([`Timeouts::whole_answer`]).
    SlowResponse,
    /// The server did not accept what was sent ([`Timeouts::silence`]).
    Sending,
}

impl TimeoutPhase {
    /// What an operation of this phase is called where it fails for another reason than time.
    #[must_use]
    pub fn failed(self) -> &'static str {
        match self {
            Self::Lookup => "cannot look up the name of the server",
            Self::Proxy => "no answer from the proxy",
            Self::TlsHandshake => "the TLS handshake failed",
            Self::Greeting | Self::Silence | Self::NoProgress | Self::SlowResponse => "no answer from the server",
            Self::Sending => "cannot send to the server",
        }
    }
}

impl fmt::Display for TimeoutPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "the name of the server was not found in time",
            Self::Proxy => "the proxy did not reach the server",
            Self::TlsHandshake => "the TLS handshake took too long",
            Self::Greeting => "the server sent no greeting",
            Self::Silence => "no answer from the server",
            Self::NoProgress => "the server sends other responses and does not answer",
            Self::SlowResponse => "the server sends too slowly",
            Self::Sending => "cannot send to the server",
        })
    }
}
