//! Finds what changed in the open mailbox, by the best way that the server offers.

use std::collections::VecDeque;
use std::time::Instant;

use super::changes::{Changes, Restart, SetBack, SyncWay, Synced};
use super::parts::MAX_SET;
use super::procedure::Running;
use super::{Advance, BadArgument, KnownMailbox, Procedure, Result, Selection};
use crate::command::{FetchFlags, FlagsFound, Incomplete, Noop, Search, Status, UidSearch};
use crate::engine::{Engine, EngineError, SelectedMailbox};
use crate::types::{Capability, Flags, MailboxStatus, MessageFlags, ResponseCode, StatusItem, Uid, UidSet};

/// A command asks for the flags of this many messages at most, and of fewer where less may be collected.
const MOST_AT_ONCE: u64 = 100_000;

/// About how many bytes are counted as collected for one row of flags, generously.
const ROW_SIZE: usize = 1_024;

/// How often it is asked again for what changed meanwhile, where messages come and go all the time.
const MOST_PASSES: u32 = 3;

/// How often a server may stop before the end of what it is asked for: with a limit of 1,000 messages, at 100 million.
const MOST_STOPS: u32 = 100_000;

/// Finds what changed in the open mailbox since a client saw it last. Its output is the changes, with what is known after
/// them.
///
/// ```text
///                        ┌ CHANGEDSINCE, VANISHED     QRESYNC is enabled
///  numbers that fell?    │
///  STATUS finds out  ──▶ ┼ CHANGEDSINCE               the server has CONDSTORE
///                        │
///                        └ all flags                  else, or nothing was known, or the server was set back
///                                   │
///                                   ▼
///        did messages come or go meanwhile? CHANGEDSINCE again
///                                   │
///                                   ▼
///            does the number of messages fit?  ──yes──▶ done
///                                   │ no
///                                   ▼
///            UID SEARCH ALL; the flags of what it found and no row had ──▶ done
/// ```
///
/// A mailbox of more than 100,000 messages is asked for in parts. Beside what is known and the changes, it holds eight
/// bytes for each message that has changed or is listed, and each different set of flags once.
#[derive(Debug)]
pub struct FindChanges {
    selection: Selection,
    known: KnownMailbox,
    /// Why what was known is void, if it is.
    restart: Option<Restart>,
    set_back: Option<SetBack>,
    way: SyncWay,
    /// The parts that are not asked for yet.
    parts: VecDeque<UidSet>,
    found: FlagsFound,
    /// Up to which modification sequence all is known, once the first part is asked for.
    mod_seq: Option<u64>,
    /// The messages that are there, where a search was needed.
    there: Option<UidSet>,
    pass: Pass,
    /// How many parts have come in this pass.
    fetched: u32,
    /// How often the server stopped before the end of what it was asked for.
    stops: u32,
    state: Finding,
}

#[derive(Debug)]
enum Finding {
    Start,
    Refreshing(Running<Noop>),
    Checking(Running<Status>),
    /// What is to be done once the search has found which messages there are.
    Searching(Running<UidSearch>, UidSet, Next),
    /// The flags of a part.
    Fetching(Running<FetchFlags>, UidSet),
    Over,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    First,
    /// What changed while the answer came, for the first time or once more.
    Again(u32),
    /// The flags of messages that a search found and no row had.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Fetch,
    Compare,
}

impl FindChanges {
    /// In the mailbox that is open, compared with this.
    #[must_use]
    pub fn new(selection: Selection, known: KnownMailbox) -> Self {
        Self {
            selection,
            known,
            restart: None,
            set_back: None,
            way: SyncWay::Compared,
            parts: VecDeque::new(),
            found: FlagsFound::default(),
            mod_seq: None,
            there: None,
            pass: Pass::First,
            fetched: 0,
            stops: 0,
            state: Finding::Start,
        }
    }

    fn view<'e>(&self, engine: &'e Engine) -> Result<&'e SelectedMailbox> {
        self.selection.check(engine)?;
        self.selection.view(engine).ok_or_else(|| BadArgument::NoMailboxOpen.into())
    }

    /// Lets the server bring its view up to date, which may be older than what another connection has learnt; right after
    /// SELECT, it is.
    fn refresh(&mut self, engine: &mut Engine) -> Result<Finding> {
        self.view(engine)?;
        match engine.has_just_selected() {
            true => self.start(engine),
            false => Running::start(engine, Noop).map(Finding::Refreshing),
        }
    }

    /// Decides whether what is known holds; asks for the numbers of now where those of the view are lower than known: they
    /// are those of when the mailbox was opened.
    fn start(&mut self, engine: &mut Engine) -> Result<Finding> {
        let view = self.view(engine)?;
        let now = KnownMailbox::of_view(view);
        self.restart = restart(&self.known, &now);
        if self.restart.is_some() {
            self.known = KnownMailbox::new();
        }
        self.set_back = SetBack::between(&self.known, now.uid_next, now.mod_seq);
        if self.set_back.is_none() {
            return self.choose(engine);
        }
        let mut items = vec![StatusItem::UidNext];
        items.extend((now.mod_seq > 0).then_some(StatusItem::HighestModSeq));
        Running::start(engine, Status::new(view.name.clone(), items)).map(Finding::Checking)
    }

    /// Looks at the numbers again, as STATUS returned them.
    fn check(&mut self, engine: &mut Engine, status: &MailboxStatus) -> Result<Finding> {
        let view = KnownMailbox::of_view(self.view(engine)?);
        let (uid_next, mod_seq) =
            (status.uid_next.unwrap_or(view.uid_next), status.highest_mod_seq.unwrap_or(view.mod_seq));
        self.set_back = SetBack::between(&self.known, uid_next, mod_seq);
        self.choose(engine)
    }

    /// Chooses the way, and how many parts it needs.
    fn choose(&mut self, engine: &mut Engine) -> Result<Finding> {
        let view = self.view(engine)?;
        let is_continued = has_mod_seqs(engine, view) && self.known.mod_seq > 0 && self.set_back.is_none();
        self.way = match is_continued {
            true if engine.enabled().has(Capability::QResync) => SyncWay::Resync,
            true => SyncWay::CondStore,
            false => SyncWay::Compared,
        };
        if view.exists_is_known && view.exists == 0 {
            return self.compare(engine);
        }
        let added = u64::from(view.exists).saturating_sub(self.known.uids.len());
        match added > most(engine) {
            // Where they are is found first, so that the parts are of equal size.
            true => self.search(engine, UidSet::all(), Next::Fetch),
            false => {
                self.parts = parts(&self.known.uids, most(engine));
                self.fetch(engine)
            }
        }
    }

    fn search(&mut self, engine: &mut Engine, among: UidSet, next: Next) -> Result<Finding> {
        let conditions = if among == UidSet::all() { Search::all() } else { Search::new().uids(among.clone()) };
        let command = UidSearch::new(conditions);
        let extended = engine.capabilities().supports(Capability::ESearch);
        let command = if extended { command.extended() } else { command };
        Ok(Finding::Searching(Running::start(engine, command)?, among, next))
    }

    /// Asks for the next part; once there is none, compares.
    fn fetch(&mut self, engine: &mut Engine) -> Result<Finding> {
        let Some(part) = self.parts.pop_front() else { return self.catch_up(engine) };
        let view = self.view(engine)?;
        let has_mod_seqs = has_mod_seqs(engine, view);
        // What the server reports later can be beyond changes that no row of the answer is about.
        self.mod_seq = self.mod_seq.or(Some(view.highest_mod_seq.unwrap_or_default()));
        let limit = engine.limits().collected;
        if self.found.flags.memory() > limit {
            return Err(engine.close_with(EngineError::TooMuch { limit }).into());
        }
        // Beyond `*`, some servers report nothing as removed: a number stands there instead.
        let open_from = part.first().filter(|_| part.last() == Some(Uid::MAX) && self.way != SyncWay::Resync);
        let messages = open_from.map_or_else(|| part.clone(), UidSet::starting_at);
        let command = FetchFlags::new(messages, has_mod_seqs, std::mem::take(&mut self.found));
        let known = &self.known;
        let command = match (self.pass, self.way) {
            (Pass::First, SyncWay::Compared) | (Pass::Missing, _) => command,
            (Pass::First, _) => command.changed_since(known.mod_seq, known.uids.clone()),
            (Pass::Again(_), _) => command.changed_since(self.mod_seq.unwrap_or_default(), UidSet::new()),
        };
        let command = match self.way {
            SyncWay::Resync if self.pass != Pass::Missing => command.vanished(),
            _ => command,
        };
        Ok(Finding::Fetching(Running::start(engine, command)?, part))
    }

    /// Asks again for what changed while the answer came, until nothing did: only then is it known that the greatest
    /// modification sequence of the rows is that of all that is known.
    fn catch_up(&mut self, engine: &mut Engine) -> Result<Finding> {
        let has_mod_seqs = has_mod_seqs(engine, self.view(engine)?);
        let next = match self.pass {
            Pass::First => 1,
            Pass::Again(count) => count + 1,
            Pass::Missing => return self.compare(engine),
        };
        let is_whole = self.fetched == 1 && !self.found.disturbed;
        if is_whole {
            self.mod_seq = self.mod_seq.max(Some(self.found.mod_seq));
        }
        if is_whole || !has_mod_seqs || self.mod_seq == Some(0) || next > MOST_PASSES {
            return self.compare(engine);
        }
        (self.pass, self.fetched) = (Pass::Again(next), 0);
        (self.found.disturbed, self.found.mod_seq) = (false, 0);
        self.parts.push_back(UidSet::range(Uid::MIN, Uid::MAX));
        self.fetch(engine)
    }

    /// Notes that the server stopped within a part, and asks for the rest of it.
    fn stopped(&mut self, part: &UidSet) -> Result<()> {
        let Some(rest) = self.found.stopped_at.take().and_then(|lowest| below(part, lowest)) else { return Ok(()) };
        self.count_stop()?;
        self.parts.push_front(rest);
        Ok(())
    }

    fn count_stop(&mut self) -> Result<()> {
        self.stops += 1;
        match self.stops > MOST_STOPS {
            true => Err(Incomplete("the server carries commands out for too few messages at a time").into()),
            false => Ok(()),
        }
    }

    /// Compares what was found with what was known; searches where the number of messages does not fit.
    fn compare(&mut self, engine: &mut Engine) -> Result<Finding> {
        let view = self.view(engine)?;
        let (exists, is_known) = (u64::from(view.exists), view.exists_is_known);
        let listed = self.found.flags.uids();
        let Some(there) = &self.there else {
            let left = match (is_known && exists == 0, self.way) {
                (true, _) => UidSet::new(),
                (false, SyncWay::Resync) => self.known.uids.difference(&self.found.vanished).union(&listed),
                (false, SyncWay::CondStore) => self.known.uids.union(&listed),
                (false, SyncWay::Compared) => listed,
            };
            // What came and what went could be as many.
            if is_known && exists == left.len() && !self.found.disturbed {
                self.there = Some(left);
                return Ok(Finding::Over);
            }
            return self.search(engine, UidSet::all(), Next::Compare);
        };
        let missing = there.difference(&listed).difference(&self.known.uids);
        if missing.is_empty() || self.pass == Pass::Missing {
            return Ok(Finding::Over);
        }
        self.pass = Pass::Missing;
        self.parts = missing.split(MAX_SET).into();
        self.fetch(engine)
    }

    /// What it all amounts to.
    fn finish(&mut self, engine: &mut Engine) -> Result<Synced> {
        let view = self.view(engine)?;
        let mut known = KnownMailbox::of_view(view);
        let has_mod_seqs = has_mod_seqs(engine, view);
        let listed = std::mem::take(&mut self.found).flags.finish();
        // A message whose row was received is there, whether the search before it has found it or not.
        let there = self.there.take().unwrap_or_default().union(listed.uids());
        let before = &self.known;
        let none = Flags::new();
        let new = there.difference(&before.uids);
        let new: MessageFlags = new.iter().map(|uid| (uid, listed.get(uid).unwrap_or(&none))).collect();
        let was = |uid: Uid| before.known_flags().and_then(|runs| runs.get(uid));
        let changed = |(uid, flags): &(Uid, &Flags)| before.uids.contains(*uid) && was(*uid) != Some(*flags);
        let flags: MessageFlags = listed.iter().filter(changed).collect();
        let vanished = before.uids.difference(&there);
        known.mod_seq = if has_mod_seqs { self.mod_seq.unwrap_or(known.mod_seq) } else { 0 };
        if self.set_back.is_none() {
            known.uid_next = known.uid_next.max(before.uid_next);
            known.mod_seq = if has_mod_seqs { known.mod_seq.max(before.mod_seq) } else { 0 };
        }
        if let Some(last) = there.last() {
            known.uid_next = known.uid_next.max(u64::from(last.get()) + 1);
        }
        if known.uid_validity == 0 {
            known = KnownMailbox::new();
        } else {
            let all = || there.iter().map(|uid| (uid, listed.get(uid).or_else(|| was(uid)).unwrap_or(&none)));
            let all = (!has_mod_seqs).then(|| all().collect::<MessageFlags>());
            known.set_messages(there, all.as_ref());
        }
        engine.learn_of_mailbox(known.uid_next, known.mod_seq);
        let changes = Changes { new, vanished, flags, way: self.way, set_back: self.set_back, known };
        Ok(match self.restart {
            None => Synced::Changed(changes),
            Some(restart) => Synced::Restarted(restart, changes),
        })
    }
}

impl Procedure for FindChanges {
    type Output = Synced;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Synced>> {
        loop {
            self.state = match &mut self.state {
                Finding::Start => self.refresh(engine)?,
                Finding::Refreshing(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Err(error)) if !error.is_command_level() => return Err(error),
                    Some(_) => self.start(engine)?,
                },
                Finding::Checking(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(reply)) => self.check(engine, &reply.value)?,
                    // Some servers refuse STATUS of the mailbox that is open: what is known of it counts.
                    Some(Err(error)) if error.is_command_level() => self.choose(engine)?,
                    Some(Err(error)) => return Err(error),
                },
                Finding::Searching(running, among, next) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => {
                        let (reply, among, next) = (reply?, std::mem::take(among), *next);
                        let stopped = stop(reply.code.as_ref()).and_then(|lowest| below(&among, lowest));
                        let there = self.there.take().unwrap_or_default().union(&reply.value.complete()?);
                        match (stopped, next) {
                            (Some(rest), _) => {
                                self.count_stop()?;
                                self.there = Some(there);
                                self.search(engine, rest, next)?
                            }
                            (None, Next::Compare) => {
                                self.there = Some(there);
                                self.compare(engine)?
                            }
                            // Which of them are there then is asked again where it matters.
                            (None, Next::Fetch) => {
                                self.parts = parts(&self.known.uids.union(&there), most(engine));
                                self.fetch(engine)?
                            }
                        }
                    }
                },
                Finding::Fetching(running, part) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => {
                        let part = std::mem::take(part);
                        self.found = reply?.value;
                        self.fetched += 1;
                        self.stopped(&part)?;
                        self.fetch(engine)?
                    }
                },
                Finding::Over => return self.finish(engine).map(Advance::Done),
            };
        }
    }
}

/// Whether the mailbox has modification sequences.
fn has_mod_seqs(engine: &Engine, view: &SelectedMailbox) -> bool {
    let offered = |capability| engine.capabilities().supports(capability);
    let is_offered = offered(Capability::CondStore) || offered(Capability::QResync);
    is_offered && view.highest_mod_seq.is_some_and(|number| number > 0)
}

/// Why what is known of a mailbox is void, if it is, by what is the same as long as the mailbox is.
fn restart(known: &KnownMailbox, now: &KnownMailbox) -> Option<Restart> {
    if known.is_new() {
        return None;
    }
    if now.uid_validity == 0 {
        return Some(Restart::NoUidValidity);
    }
    if known.id.is_some() && now.id.is_some() && known.id != now.id {
        return Some(Restart::OtherMailbox);
    }
    let (was, now) = (known.uid_validity, now.uid_validity);
    (was != now).then_some(Restart::UidValidity { was, now })
}

/// How many messages a command asks for.
fn most(engine: &Engine) -> u64 {
    ((engine.limits().collected / ROW_SIZE) as u64).clamp(1, MOST_AT_ONCE)
}

/// All UIDs there can be, in parts in each of which there are at most so many of these messages.
fn parts(uids: &UidSet, most: u64) -> VecDeque<UidSet> {
    let (mut parts, mut low, mut count) = (VecDeque::new(), Uid::MIN, 0);
    for (mut first, last) in uids.ranges() {
        loop {
            let room = u32::try_from(most - count).unwrap_or(u32::MAX);
            let size = last.get() - first.get();
            if size < room {
                count += u64::from(size) + 1;
                break;
            }
            // One of these follows, so there is a next number.
            let next = first.get().saturating_add(room);
            parts.extend(Uid::new(next - 1).map(|high| UidSet::range(low, high)));
            low = Uid::new(next).unwrap_or(Uid::MAX);
            (first, count) = (low, 0);
        }
    }
    parts.push_back(UidSet::range(low, Uid::MAX));
    parts
}

/// Down to which message the server carried out a command, if it has a limit (RFC 9738).
fn stop(code: Option<&ResponseCode>) -> Option<Uid> {
    match code {
        Some(ResponseCode::MessageLimit { uid, .. }) => *uid,
        _ => None,
    }
}

/// Those of the messages that lie below this one.
fn below(among: &UidSet, lowest: Uid) -> Option<UidSet> {
    let high = lowest.get().checked_sub(1).and_then(Uid::new)?;
    let rest = among.intersection(&UidSet::range(Uid::MIN, high));
    (!rest.is_empty() && rest != *among).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_uids_and_hold_no_more_than_they_may() {
        for (uids, most, expected) in [
            ("", 5, "1:4294967295"),
            ("1:3", 3, "1:4294967295"),
            ("1:4", 3, "1:3 4:4294967295"),
            ("5,10:14,20", 3, "1:11 12:19 20:4294967295"),
            ("5,10:13,20", 5, "1:19 20:4294967295"),
            ("4294967294:4294967295", 1, "1:4294967294 4294967295"),
        ] {
            let uids = if uids.is_empty() { UidSet::new() } else { uids.parse().unwrap() };
            let parts = parts(&uids, most);
            let text: Vec<String> = parts.iter().map(UidSet::to_string).collect();
            assert_eq!(text.join(" "), expected, "{uids}");
            assert!(parts.iter().all(|part| part.intersection(&uids).len() <= most));
        }
    }
}
