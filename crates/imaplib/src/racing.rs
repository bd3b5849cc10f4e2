//! Which address of a host is tried when: Happy Eyeballs (RFC 8305), without sockets and without a clock.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long an attempt may be without an answer before the next address is tried beside it (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How many addresses of a host are tried.
const MAX_ADDRESSES: usize = 32;

/// The attempts to reach one host.
pub(crate) struct Race {
    waiting: VecDeque<SocketAddr>,
    running: usize,
    /// When the next attempt begins, if the running ones bring nothing before.
    next_start: Option<Instant>,
    last_error: io::Error,
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum RaceStep {
    /// Begin to connect to this address.
    Start(SocketAddr),
    /// Wait for the running attempts: until this time, if there is one.
    Wait(Option<Instant>),
    /// Every address has failed; this is the last error.
    Failed(io::Error),
}

impl Race {
    /// Addresses in the order of the resolver, which is that of RFC 6724: the families take turns from the first one's on.
    pub(crate) fn new(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let mut waiting = VecDeque::new();
        let (mut first, mut other) = (VecDeque::new(), VecDeque::new());
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            let is_first = first.front().is_none_or(|known: &SocketAddr| known.is_ipv4() == address.is_ipv4());
            let family = if is_first { &mut first } else { &mut other };
            if !family.contains(&address) {
                family.push_back(address);
            }
        }
        while !first.is_empty() || !other.is_empty() {
            waiting.extend(first.pop_front());
            waiting.extend(other.pop_front());
        }
        let last_error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        Self { waiting, running: 0, next_start: None, last_error }
    }

    /// What to do now.
    pub(crate) fn next(&mut self, now: Instant) -> RaceStep {
        let is_time = self.next_start.is_none_or(|time| time <= now);
        match if is_time { self.waiting.pop_front() } else { None } {
            Some(address) => {
                self.running += 1;
                self.next_start = Some(imaplib_proto::client::after(now, ATTEMPT_DELAY));
                RaceStep::Start(address)
            }
            None if self.running > 0 => RaceStep::Wait(self.next_start.filter(|_| !self.waiting.is_empty())),
            None => RaceStep::Failed(std::mem::replace(&mut self.last_error, io::ErrorKind::NotFound.into())),
        }
    }

    /// Reports that an attempt has failed: the next one begins at once.
    pub(crate) fn failed(&mut self, error: io::Error) {
        self.running = self.running.saturating_sub(1);
        self.next_start = None;
        self.last_error = error;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address, and when it was tried or won, in milliseconds.
    type Attempt = (String, u64);

    /// Plays a race: each address answers after so many milliseconds, or fails, or never does anything. Returns which address won
    /// when, or when all had failed, and the attempts with their times.
    fn play(hosts: &[(&str, Option<(u64, bool)>)]) -> (Option<Attempt>, Vec<Attempt>) {
        let start = Instant::now();
        let at = |time: u64| start + Duration::from_millis(time);
        let mut race = Race::new(hosts.iter().map(|(address, _)| format!("{address}:1").parse().unwrap()));
        let (mut now, mut attempts, mut running) = (0, Vec::new(), Vec::new());
        loop {
            match race.next(at(now)) {
                RaceStep::Start(address) => {
                    let name = address.to_string().trim_end_matches(":1").to_owned();
                    let (_, outcome) = hosts.iter().find(|(host, _)| *host == name).unwrap();
                    running.extend(outcome.map(|(after, succeeds)| (now + after, name.clone(), succeeds)));
                    attempts.push((name, now));
                }
                RaceStep::Wait(until) => {
                    running.sort();
                    let until = until.map(|until| u64::try_from((until - start).as_millis()).unwrap());
                    match running.first() {
                        Some((time, ..)) if until.is_none_or(|until| *time <= until) => {
                            let (time, name, succeeds) = running.remove(0);
                            now = time;
                            if succeeds {
                                return (Some((name, now)), attempts);
                            }
                            race.failed(io::ErrorKind::ConnectionRefused.into());
                        }
                        _ => now = until.expect("a wait for nothing"),
                    }
                }
                RaceStep::Failed(_) => return (None, attempts),
            }
        }
    }

    #[test]
    fn a_dead_address_costs_a_quarter_of_a_second() {
        let (winner, attempts) = play(&[("[2001:db8::1]", None), ("192.0.2.1", Some((20, true)))]);
        assert_eq!(winner, Some(("192.0.2.1".into(), 270)));
        assert_eq!(attempts, [("[2001:db8::1]".into(), 0), ("192.0.2.1".into(), 250)]);
    }

    #[test]
    fn one_that_fails_costs_nothing_more_and_one_that_is_slow_can_still_win() {
        let (winner, _) = play(&[("[2001:db8::1]", Some((5, false))), ("192.0.2.1", Some((20, true)))]);
        assert_eq!(winner, Some(("192.0.2.1".into(), 25)));
        let (winner, attempts) = play(&[("[2001:db8::1]", Some((300, true))), ("192.0.2.1", Some((100, true)))]);
        assert_eq!((winner, attempts.len()), (Some(("[2001:db8::1]".into(), 300)), 2));
        let (winner, attempts) = play(&[("[2001:db8::1]", Some((249, true))), ("192.0.2.1", Some((1, true)))]);
        assert_eq!((winner, attempts.len()), (Some(("[2001:db8::1]".into(), 249)), 1));
    }

    #[test]
    fn the_families_take_turns_and_none_is_tried_twice() {
        let dead = |host| (host, Some((1, false)));
        let (winner, attempts) = play(&[
            dead("[2001:db8::1]"),
            dead("[2001:db8::2]"),
            dead("[2001:db8::2]"),
            dead("[2001:db8::3]"),
            dead("192.0.2.1"),
            dead("192.0.2.2"),
        ]);
        let order: Vec<&str> = attempts.iter().map(|(name, _)| name.as_str()).collect();
        let expected = ["[2001:db8::1]", "192.0.2.1", "[2001:db8::2]", "192.0.2.2", "[2001:db8::3]"];
        assert_eq!((winner, order.as_slice()), (None, expected.as_slice()));
    }

    #[test]
    fn a_name_without_an_address_fails_at_once() {
        let step = Race::new([]).next(Instant::now());
        assert!(matches!(&step, RaceStep::Failed(error) if error.kind() == io::ErrorKind::NotFound), "{step:?}");
    }
}
