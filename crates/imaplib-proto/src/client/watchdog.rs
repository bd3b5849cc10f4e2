//! Watches a server that is waited for: the one owner of time.

use std::time::{Duration, Instant};

use super::{TimeoutPhase, Timeouts, after};
use crate::engine::Progress;

/// At so many bytes a second an answer may take any time.
const ANSWER_RATE: u64 = 64;

/// Watches for silence, for a server that sends everything but the answer, and for one that sends too slowly.
///
/// It has no clock: whoever waits reports what happens and when, sleeps until [`next_deadline`](Self::next_deadline) at the
/// latest, and then [checks](Self::check).
///
/// ```text
///   start(now, wait) ─▶ waiting(progress, now) ─▶ sleep until next_deadline() ─▶ check(now)
///                        ▲                        │ bytes: received(count, now)
///                        └────────────────────────┘        sent(now)
/// ```
#[derive(Clone, Debug)]
pub struct Watchdog {
    silence: Duration,
    no_progress: Duration,
    min_rate: u64,
    /// What is waited for, and so what is watched.
    wait: Wait,
    /// When bytes were last sent or received in this wait, or when it began.
    moved: Instant,
    /// Since when bytes are waited for.
    asked: Option<Instant>,
    /// When a part of an answer was received last.
    answered: Instant,
    /// How far the server had come when it was looked at last.
    seen: Progress,
    /// How much longer the response that has begun may take.
    credit: Duration,
    /// How long the whole answer to a command may take,
    whole_answer: Duration,
    /// and how much of that is left.
    patience: Duration,
    /// Whether a response has begun: the time that a server needs to begin one does not count.
    begun: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// The answer to a command: the server is expected to send something, at a pace.
    Answer,
    /// Anything that happens before this time: the server may be silent.
    Until(Instant),
}

impl Watchdog {
    /// Holds a server to these limits.
    #[must_use]
    pub fn new(timeouts: &Timeouts, now: Instant) -> Self {
        Self {
            silence: timeouts.silence,
            no_progress: timeouts.no_progress,
            min_rate: timeouts.min_rate,
            wait: Wait::Answer,
            moved: now,
            asked: None,
            answered: now,
            seen: Progress::default(),
            credit: Duration::MAX,
            whole_answer: timeouts.whole_answer,
            patience: timeouts.whole_answer,
            begun: false,
        }
    }

    /// A wait begins: between two of them the caller may take its time.
    pub fn start(&mut self, wait: Wait, now: Instant) {
        let before = std::mem::replace(&mut self.wait, wait);
        self.moved = now;
        self.asked = None;
        if before != Wait::Answer || wait != Wait::Answer {
            // Nothing was due in the meantime.
            self.answered = now;
            self.begun = false;
            self.patience = self.whole_answer;
        }
    }

    /// More bytes are waited for now.
    ///
    /// # Errors
    /// If no part of an answer was received for too long, whatever else was.
    pub fn waiting(&mut self, progress: Progress, now: Instant) -> Result<(), TimeoutPhase> {
        if self.wait != Wait::Answer {
            return Ok(());
        }
        self.asked.get_or_insert(now);
        if progress.responses != self.seen.responses {
            self.begun = false;
        }
        if progress.turns != self.seen.turns {
            self.patience = self.whole_answer;
        }
        if progress.answers != self.seen.answers {
            self.answered = now;
        } else if now.saturating_duration_since(self.answered) > self.no_progress {
            return Err(TimeoutPhase::NoProgress);
        }
        self.seen = progress;
        Ok(())
    }

    /// Bytes were received; none where a layer below the engine received what is not data yet.
    ///
    /// # Errors
    /// If the response that has begun is received too slowly, or the whole answer is.
    pub fn received(&mut self, count: usize, now: Instant) -> Result<(), TimeoutPhase> {
        let since_moved = now.saturating_duration_since(std::mem::replace(&mut self.moved, now));
        let waited = self.asked.take().map_or(Duration::ZERO, |asked| now.saturating_duration_since(asked));
        if self.wait != Wait::Answer {
            return Ok(());
        }
        let Some(left) = self.patience.checked_sub(waited.min(since_moved)) else {
            return Err(TimeoutPhase::SlowResponse);
        };
        let earned = Duration::from_nanos((count as u64).saturating_mul(1_000_000_000 / ANSWER_RATE));
        self.patience = left.saturating_add(earned).min(self.whole_answer);
        if !std::mem::replace(&mut self.begun, true) {
            self.credit = self.silence;
            return Ok(());
        }
        let Some(left) = self.credit.checked_sub(waited) else { return Err(TimeoutPhase::SlowResponse) };
        let nanoseconds = (count as u64).saturating_mul(1_000_000_000).checked_div(self.min_rate);
        let earned = nanoseconds.map_or(self.silence, Duration::from_nanos);
        self.credit = left.saturating_add(earned).min(self.silence);
        Ok(())
    }

    /// Bytes were sent.
    pub fn sent(&mut self, now: Instant) {
        self.moved = now;
    }

    /// When to [check](Self::check), if nothing happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Instant {
        match self.wait {
            Wait::Answer => after(self.moved, self.silence),
            Wait::Until(deadline) => deadline,
        }
    }

    /// Whether the deadline has passed.
    ///
    /// # Errors
    /// If it has, and the server was expected to answer.
    pub fn check(&self, now: Instant) -> Result<bool, TimeoutPhase> {
        let over = now >= self.next_deadline();
        match self.wait {
            Wait::Answer if over => Err(TimeoutPhase::Silence),
            _ => Ok(over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A clock that is moved by hand.
    struct Clock(Instant);

    impl Clock {
        fn passes(&mut self, time: Duration) -> Instant {
            self.0 += time;
            self.0
        }
    }

    fn watched(timeouts: &Timeouts) -> (Watchdog, Clock) {
        let start = Instant::now();
        let mut watchdog = Watchdog::new(timeouts, start);
        watchdog.start(Wait::Answer, start);
        (watchdog, Clock(start))
    }

    /// How often so many bytes can be received, each time after so much waiting, at most a thousand times.
    fn lasts(timeouts: &Timeouts, bytes: usize, waited: Duration) -> usize {
        let (mut watchdog, mut clock) = watched(timeouts);
        let again = |_: &i32| {
            watchdog.waiting(Progress::default(), clock.0).is_ok()
                && watchdog.received(bytes, clock.passes(waited)).is_ok()
        };
        (0..1000).take_while(again).count()
    }

    #[test]
    fn a_server_that_drips_is_given_up_and_a_slow_one_is_not() {
        let timeouts = Timeouts::default().no_progress(1_000_000 * SECOND);
        assert!((55..70).contains(&lasts(&timeouts, 1, SECOND)));
        assert_eq!(lasts(&timeouts, 1024, SECOND), 1000);
        assert_eq!(lasts(&timeouts, 64 << 10, 50 * SECOND), 1000, "bursts on a bad line");
        assert_eq!(lasts(&timeouts.min_rate(0), 1, SECOND), 1000);
    }

    #[test]
    fn a_text_that_drips_is_given_up_though_each_byte_is_a_part_of_an_answer() {
        let (mut watchdog, mut clock) = watched(&Timeouts::default());
        let mut progress = Progress::default();
        let again = |_: &i32| {
            progress.answers += 1;
            watchdog.waiting(progress, clock.0).is_ok() && watchdog.received(1, clock.passes(SECOND)).is_ok()
        };
        assert!((55..70).contains(&(0..1000).take_while(again).count()));
    }

    #[test]
    fn each_response_has_its_own_time_and_its_first_byte_is_free() {
        let timeouts = Timeouts::default().no_progress(1_000_000 * SECOND).whole_answer(1_000_000 * SECOND);
        let (mut watchdog, mut clock) = watched(&timeouts);
        let mut progress = Progress::default();
        for _ in 0..1000 {
            progress.responses += 1;
            for _ in 0..2 {
                watchdog.waiting(progress, clock.0).unwrap();
                watchdog.received(20, clock.passes(59 * SECOND)).unwrap();
            }
        }
    }

    /// How long the answer to one command lasts whose rows have so many bytes and come so often, in seconds; at most a million.
    fn lasts_by_rows(bytes: usize, every: u32, turns: bool) -> u64 {
        let (mut watchdog, mut clock) = watched(&Timeouts::default());
        let mut progress = Progress::default();
        let mut second = 0;
        while second < 1_000_000 {
            (progress.responses, progress.answers) = (progress.responses + 1, progress.answers + 1);
            progress.turns += u64::from(turns);
            if watchdog.waiting(progress, clock.0).is_err()
                || watchdog.received(bytes, clock.passes(SECOND * every)).is_err()
            {
                return second;
            }
            second += u64::from(every);
        }
        1_000_000
    }

    #[test]
    fn rows_that_drip_end_and_rows_that_come_do_not() {
        assert!((6_000..8_000).contains(&lasts_by_rows(40, 5, false)));
        assert!((6_000..7_000).contains(&lasts_by_rows(40, 50, false)));
        // A slow server that opens a mailbox for each row; and many commands, one behind the other.
        assert!(lasts_by_rows(70, 3, false) > 2_000 * 3);
        assert_eq!(lasts_by_rows(130, 2, false), 1_000_000);
        assert_eq!(lasts_by_rows(40, 50, true), 1_000_000);
    }

    #[test]
    fn responses_that_are_no_part_of_an_answer_do_not_count() {
        let (mut watchdog, mut clock) = watched(&Timeouts::default());
        let mut progress = Progress::default();
        for _ in 0..60 {
            progress.responses += 1;
            watchdog.waiting(progress, clock.0).unwrap();
            watchdog.received(20, clock.passes(10 * SECOND)).unwrap();
        }
        progress.responses += 1;
        assert_eq!(watchdog.waiting(progress, clock.passes(SECOND)), Err(TimeoutPhase::NoProgress));
        // With a part of the answer there is time again.
        progress.answers += 1;
        watchdog.waiting(progress, clock.0).unwrap();
        watchdog.waiting(progress, clock.passes(600 * SECOND)).unwrap();
    }

    #[test]
    fn silence_counts_from_the_last_byte_in_either_direction() {
        let (mut watchdog, mut clock) = watched(&Timeouts::default());
        let start = clock.0;
        assert_eq!(watchdog.next_deadline(), start + 60 * SECOND);
        watchdog.sent(clock.passes(50 * SECOND));
        assert_eq!(watchdog.next_deadline(), start + 110 * SECOND);
        assert_eq!(watchdog.check(clock.passes(59 * SECOND)), Ok(false));
        watchdog.received(1, clock.0).unwrap();
        assert_eq!(watchdog.check(clock.passes(59 * SECOND)), Ok(false));
        assert_eq!(watchdog.check(clock.passes(SECOND)), Err(TimeoutPhase::Silence));
        // Between two waits the caller may take its time.
        watchdog.start(Wait::Answer, clock.passes(1000 * SECOND));
        assert_eq!(watchdog.check(clock.0), Ok(false));
    }

    #[test]
    fn a_deadline_is_no_error_and_knows_no_pace() {
        let (mut watchdog, mut clock) = watched(&Timeouts::default());
        let deadline = clock.0 + 3 * SECOND;
        watchdog.start(Wait::Until(deadline), clock.0);
        assert_eq!(watchdog.next_deadline(), deadline);
        for _ in 0..10 {
            watchdog.waiting(Progress::default(), clock.0).unwrap();
            watchdog.received(1, clock.passes(700 * SECOND)).unwrap();
        }
        assert_eq!(watchdog.check(clock.0), Ok(true));
        // The time of that wait does not count for the next answer.
        watchdog.start(Wait::Answer, clock.0);
        watchdog.waiting(Progress::default(), clock.0).unwrap();
    }

    #[test]
    fn the_longest_limits_are_for_ever() {
        let (watchdog, mut clock) = watched(&Timeouts::all(Duration::MAX));
        assert_eq!(watchdog.check(clock.passes(1_000_000 * SECOND)), Ok(false));
    }
}
