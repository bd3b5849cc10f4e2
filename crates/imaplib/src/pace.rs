//! Watches the pace of a server that says something all the time and never comes to an end.

use std::time::{Duration, Instant};

use imaplib_proto::engine::Progress;

use crate::{Error, TimeoutPhase, Timeouts};

/// How a server keeps its pace while an answer is waited for. Silence is watched elsewhere.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How far the server had come when it was looked at last.
    seen: Progress,
    /// When something of an answer came last.
    answered: Instant,
    /// How much longer the response that has begun may take.
    credit: Duration,
    /// Whether a response has begun: what it takes a server to begin one is not counted.
    begun: bool,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { seen: Progress::default(), answered: Instant::now(), credit: Duration::MAX, begun: false }
    }

    /// Looks at the pace, before more is waited for.
    ///
    /// # Errors
    /// If nothing of an answer has come for too long, whatever else has.
    pub(crate) fn check(&mut self, progress: Progress, limits: &Timeouts) -> Result<(), Error> {
        if progress.responses != self.seen.responses {
            self.begun = false;
        }
        if progress.answers != self.seen.answers {
            self.answered = Instant::now();
        } else if self.answered.elapsed() > limits.no_progress {
            return Err(Error::timeout(TimeoutPhase::NoProgress));
        }
        self.seen = progress;
        Ok(())
    }

    /// Begins anew: nothing is waited for that has to come.
    pub(crate) fn restart(&mut self) {
        self.answered = Instant::now();
        self.begun = false;
    }

    /// Notes that so many octets came after so much waiting.
    ///
    /// # Errors
    /// If the response that has begun comes too slowly.
    pub(crate) fn received(&mut self, count: usize, waited: Duration, limits: &Timeouts) -> Result<(), Error> {
        if !std::mem::replace(&mut self.begun, true) {
            self.credit = limits.silence;
            return Ok(());
        }
        let Some(left) = self.credit.checked_sub(waited) else {
            return Err(Error::timeout(TimeoutPhase::SlowResponse));
        };
        let nanoseconds = (count as u64).saturating_mul(1_000_000_000).checked_div(limits.min_rate);
        let earned = nanoseconds.map_or(limits.silence, Duration::from_nanos);
        self.credit = left.saturating_add(earned).min(limits.silence);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_drips_is_given_up_and_who_is_slow_is_not() {
        let limits = Timeouts::default();
        let lasts = |octets: usize, waited: Duration| {
            let mut pace = Pace::new();
            (0..1000).take_while(|_| pace.received(octets, waited, &limits).is_ok()).count()
        };
        assert!((55..70).contains(&lasts(1, SECOND)));
        assert_eq!(lasts(1024, SECOND), 1000);
        assert_eq!(lasts(64 << 10, 50 * SECOND), 1000, "bursts on a bad line");
        let unlimited = limits.clone().min_rate(0);
        let mut pace = Pace::new();
        assert!((0..1000).all(|_| pace.received(1, SECOND, &unlimited).is_ok()));
    }

    #[test]
    fn a_text_that_drips_is_given_up_though_each_octet_is_an_answer() {
        let limits = Timeouts::default();
        let (mut pace, mut progress) = (Pace::new(), Progress::default());
        let lasts = (0..1000).take_while(|_| {
            progress.answers += 1;
            pace.check(progress, &limits).is_ok() && pace.received(1, SECOND, &limits).is_ok()
        });
        assert!((55..70).contains(&lasts.count()));
    }

    #[test]
    fn a_server_may_think_before_it_answers() {
        let limits = Timeouts::default();
        let (mut pace, mut progress) = (Pace::new(), Progress::default());
        for _ in 0..10 {
            progress.responses += 1;
            pace.check(progress, &limits).unwrap();
            pace.received(1, 59 * SECOND, &limits).unwrap();
            pace.received(1, 59 * SECOND, &limits).unwrap();
        }
    }

    #[test]
    fn each_response_has_its_own_time() {
        let limits = Timeouts::default();
        let (mut pace, mut progress) = (Pace::new(), Progress::default());
        for _ in 0..1000 {
            progress.responses += 1;
            pace.check(progress, &limits).unwrap();
            pace.received(20, 10 * SECOND, &limits).unwrap();
        }
    }

    #[test]
    fn what_is_no_answer_does_not_count() {
        let limits = Timeouts::default().no_progress(Duration::ZERO);
        let (mut pace, mut progress) = (Pace::new(), Progress::default());
        progress.answers += 1;
        pace.check(progress, &limits).unwrap();
        progress.responses += 1;
        std::thread::sleep(Duration::from_millis(1));
        assert!(pace.check(progress, &limits).unwrap_err().is_timeout());
    }
}
