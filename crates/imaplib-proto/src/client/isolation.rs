//! Which messages a server cannot send: found by asking for fewer and fewer of them.

use crate::types::{Uid, UidSet};

/// This many failures without any answer in between single out a part.
const FAILURES: u32 = 2;

/// After this many messages in a row that cannot be had, the suspects are taken from both ends in turn.
const TURNS: u32 = 8;

/// After this many, the rest of the part is not asked for.
const MAX_IN_A_ROW: u32 = 200;

/// Finds out which messages a server cannot send: splits what is wanted until each of them is alone. For k of n messages these
/// are O(k log n) commands.
///
/// It can be used across connections, because a message may cost one each time.
///
/// ```
/// use imaplib_proto::client::Isolation;
/// use imaplib_proto::types::UidSet;
///
/// let mut isolation = Isolation::default();
/// isolation.begin(&"1:9".parse()?);
/// while let Some(messages) = isolation.next_part() {
///     // Here it is the message 7 that the server cannot send: it refuses each command that names it.
///     match messages.iter().any(|uid| uid.get() == 7) {
///         true => drop(isolation.failed(&messages)),
///         false => isolation.succeeded(),
///     }
/// }
/// assert_eq!(isolation.bad().to_string(), "7");
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Isolation {
    /// What is still to be asked for; the last part is next.
    parts: Vec<Part>,
    /// What was asked for last, until its outcome is noted.
    asked: Option<Part>,
    bad: UidSet,
    /// How many of these were found since something came.
    in_a_row: u32,
    untried: UidSet,
}

#[derive(Clone, Debug)]
struct Part {
    uids: UidSet,
    /// How often it failed since something of it came.
    failures: u32,
    /// A suspect out of the part below it.
    is_probe: bool,
}

impl Part {
    fn new(uids: UidSet, failures: u32) -> Self {
        Self { uids, failures, is_probe: false }
    }
}

impl Isolation {
    /// Sets what is wanted now. What is known of messages that are still wanted is kept.
    pub fn begin(&mut self, wanted: &UidSet) {
        let mut new = wanted.difference(&self.bad).difference(&self.untried);
        self.parts.extend(self.asked.take());
        for part in &mut self.parts {
            part.uids = part.uids.intersection(&new);
            new = new.difference(&part.uids);
        }
        self.parts.retain(|part| !part.uids.is_empty());
        if !new.is_empty() {
            self.parts.insert(0, Part::new(new, 0));
        }
    }

    /// What to ask for next. Its outcome is for [`succeeded`](Self::succeeded) or [`failed`](Self::failed).
    pub fn next_part(&mut self) -> Option<UidSet> {
        let part = self.parts.pop()?;
        let uids = part.uids.clone();
        self.asked = Some(part);
        Some(uids)
    }

    /// Notes that the answer was complete.
    pub fn succeeded(&mut self) {
        self.in_a_row = 0;
        let asked = self.asked.take();
        if asked.as_ref().is_some_and(|part| part.is_probe)
            && let Some(Part { uids, failures, .. }) = self.parts.pop()
        {
            // The suspect was innocent; one of the others is not, and hardly the innocent one's neighbour.
            let second = uids.greatest(uids.len() / 2);
            let first = uids.difference(&second);
            let was_last = uids.last() < asked.and_then(|part| part.uids.last());
            let halves = if was_last { [first, second] } else { [second, first] };
            let halves = halves.into_iter().filter(|half| !half.is_empty());
            self.parts.extend(halves.map(|half| Part::new(half, failures)));
        }
    }

    /// Notes that the answer broke off, and that only `left` has not come. Returns the message that cannot be had, if
    /// it is known now which that is.
    pub fn failed(&mut self, left: &UidSet) -> Option<Uid> {
        let asked = self.asked.take()?;
        let left = asked.uids.intersection(left);
        let suspect = self.suspect(&left)?;
        let failures = if left.len() < asked.uids.len() {
            self.in_a_row = 0;
            1
        } else {
            asked.failures + 1
        };
        // Where one message has been found before, the next one is looked for at once.
        let is_known = !self.bad.is_empty() && left.len() > 1;
        if failures < FAILURES && !is_known {
            self.parts.push(Part::new(left, failures));
            return None;
        }
        if left.len() == 1 {
            self.bad.insert(suspect);
            self.in_a_row += 1;
            if self.in_a_row >= MAX_IN_A_ROW && asked.is_probe {
                let rest = self.parts.pop().map(|part| part.uids).unwrap_or_default();
                rest.ranges().for_each(|(low, high)| self.untried.insert_range(low, high));
            }
            return Some(suspect);
        }
        let suspect = UidSet::range(suspect, suspect);
        self.parts.push(Part::new(left.difference(&suspect), FAILURES - 1));
        self.parts.push(Part { is_probe: true, ..Part::new(suspect, FAILURES - 1) });
        None
    }

    /// Most servers send messages in order: it is the first that did not come.
    fn suspect(&self, left: &UidSet) -> Option<Uid> {
        let from_the_end = self.in_a_row >= TURNS && self.in_a_row % 2 == 1;
        if from_the_end { left.last() } else { left.first() }
    }

    /// True if something has failed and it is not known yet why.
    pub fn is_at_work(&self) -> bool {
        !self.bad.is_empty() || self.parts.iter().any(|part| part.failures > 0)
    }

    /// The messages that cannot be had.
    pub fn bad(&self) -> &UidSet {
        &self.bad
    }

    /// The messages that were not asked for because too many in a row cannot be had.
    pub fn untried(&self) -> &UidSet {
        &self.untried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    /// How a server fails.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum ServerState {
        /// It sends what stands before the message.
        InOrder,
        /// It refuses the whole.
        AllOrNothing,
        /// It sends what stands behind the message.
        Backwards,
    }

    /// The messages that came, those that were found to be bad, and the number of commands.
    fn play(
        isolation: &mut Isolation,
        wanted: &UidSet,
        server: ServerState,
        is_bad: &dyn Fn(u32) -> bool,
    ) -> (UidSet, usize) {
        let (mut came, mut commands) = (UidSet::new(), 0);
        isolation.begin(wanted);
        while let Some(set) = isolation.next_part() {
            commands += 1;
            let mut messages: Vec<Uid> = set.iter().collect();
            if server == ServerState::Backwards {
                messages.reverse();
            }
            let first_bad = messages.iter().position(|uid| is_bad(uid.get()));
            let sent = match (first_bad, server) {
                (Some(_), ServerState::AllOrNothing) => 0,
                (first_bad, _) => first_bad.unwrap_or(messages.len()),
            };
            messages[..sent].iter().for_each(|uid| came.insert(*uid));
            match first_bad {
                Some(_) => {
                    let found = isolation.failed(&set.difference(&came));
                    assert!(found.is_none_or(|uid| is_bad(uid.get())));
                }
                None => isolation.succeeded(),
            }
            assert!(commands < 100_000);
        }
        (came, commands)
    }

    #[test]
    fn all_others_come_with_few_commands() {
        let wanted = UidSet::range(uid(1), uid(10_000));
        for server in [ServerState::InOrder, ServerState::AllOrNothing, ServerState::Backwards] {
            for (name, bad) in [
                ("none", &[][..]),
                ("the first", &[1]),
                ("the second", &[2]),
                ("one", &[4321]),
                ("the last", &[10_000]),
                ("neighbours", &[500, 501, 502]),
                ("some", &[1, 77, 78, 4096, 5000, 9999, 10_000]),
            ] {
                let mut isolation = Isolation::default();
                let (came, commands) = play(&mut isolation, &wanted, server, &|uid| bad.contains(&uid));
                let found: Vec<u32> = isolation.bad().iter().map(Uid::get).collect();
                assert_eq!((found.as_slice(), came.len()), (bad, 10_000 - bad.len() as u64), "{name}: {server:?}");
                // Three a level, of which there are 14; those that send in order need three a message.
                let each = if server == ServerState::InOrder { 3 } else { 3 * 14 };
                assert!(commands <= 1 + each * bad.len(), "{name}: {server:?}: {commands} commands");
            }
        }
    }

    #[test]
    fn many_bad_messages_cost_two_commands_each() {
        let wanted = UidSet::range(uid(1), uid(10_000));
        let mut isolation = Isolation::default();
        let (came, commands) = play(&mut isolation, &wanted, ServerState::InOrder, &|uid| uid % 10 == 7);
        assert_eq!((isolation.bad().len(), came.len()), (1000, 9000));
        assert!(commands <= 2 * 1000 + 2, "{commands}");
    }

    #[test]
    fn where_all_are_bad_there_is_an_end_and_the_good_ones_behind_them_are_found() {
        let wanted = UidSet::range(uid(1), uid(10_000));
        let mut isolation = Isolation::default();
        let (came, commands) = play(&mut isolation, &wanted, ServerState::InOrder, &|_| true);
        assert!(came.is_empty() && commands <= 3 * MAX_IN_A_ROW as usize, "{commands}");
        assert_eq!(isolation.bad().len() + isolation.untried().len(), 10_000);
        let mut isolation = Isolation::default();
        let (came, commands) = play(&mut isolation, &wanted, ServerState::InOrder, &|uid| uid <= 5000);
        assert_eq!(came.to_string(), "5001:10000");
        assert!(commands <= 5 * MAX_IN_A_ROW as usize, "{commands}");
    }

    #[test]
    fn one_failure_is_no_reason_to_split_and_what_is_known_outlives_a_connection() {
        let wanted = UidSet::range(uid(1), uid(9));
        let mut isolation = Isolation::default();
        isolation.begin(&wanted);
        assert_eq!(isolation.next_part().unwrap(), wanted);
        assert_eq!(isolation.failed(&"4:9".parse().unwrap()), None);
        // Connected again: 9 has gone, 12 is new.
        isolation.begin(&"4:8,12".parse().unwrap());
        assert_eq!(isolation.next_part().unwrap().to_string(), "4:8");
        assert_eq!(isolation.failed(&"4:8".parse().unwrap()), None);
        isolation.begin(&"4:8,12".parse().unwrap());
        assert_eq!(isolation.next_part().unwrap().to_string(), "4");
        assert_eq!(isolation.failed(&"4".parse().unwrap()), Some(uid(4)));
        isolation.begin(&"4:8,12".parse().unwrap());
        assert_eq!(isolation.next_part().unwrap().to_string(), "5:8");
        isolation.succeeded();
        assert_eq!(isolation.next_part().unwrap().to_string(), "12");
        isolation.succeeded();
        assert!(isolation.next_part().is_none());
    }
}
